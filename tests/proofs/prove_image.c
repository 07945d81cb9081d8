// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proofs of kmod/image.c for CBMC: after the steps of kpl_image_step() a guest
 * reads in each word of the page what kpl_uart_show() says, whatever the UART was
 * before and has become, and never an interrupt without its reason meanwhile.
 */
#include "sound.h"
#include "uart.c"
#include "image.c"

static void elsewhere(void)
{
}

/* Any word of the page, so that what is proven of it is proven of all. */
static u32 any_word(void)
{
	u32 word = nondet_u32();

	ASSUME(word < KPL_UART_PAGE / 4);
	return word;
}

/* A vCPU that polls finds no interrupt without its reason, at any time. */
static bool is_reasonable(const u32 *image)
{
	return !(image[PL011_MIS / 4] & ~(image[PL011_RIS / 4] &
					  image[PL011_IMSC / 4]));
}

void update(void)
{
	struct kpl_uart before, after;
	u32 image[KPL_UART_PAGE / 4];
	u32 word = any_word();
	unsigned int step;
	u64 changed = 0;
	u32 old;

	any_sound_uart(&before);
	any_sound_uart(&after);
	old = kpl_uart_show(&before, 4 * word);
	ASSUME(image[word] == old);
	ASSUME(is_reasonable(image));
	for (step = 0; step < KPL_IMAGE_STEPS; step++) {
		changed |= kpl_image_step(image, &after, step);
		CHECK(is_reasonable(image));
	}
	CHECK(image[word] == kpl_uart_show(&after, 4 * word));
	/* And who cleans the caches is told of each word that is another. */
	if (image[word] != old)
		CHECK(word < KPL_IMAGE_REGS && changed >> word & 1);
}

void first(void)
{
	struct kpl_uart uart;
	u32 image[KPL_UART_PAGE / 4];
	u32 word = any_word();

	any_sound_uart(&uart);
	kpl_image_init(image, &uart);
	CHECK(image[word] == kpl_uart_show(&uart, 4 * word));
}
