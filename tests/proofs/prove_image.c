// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proofs of kmod/image.c for CBMC: after kpl_image_update() a guest reads in
 * each word of the page what kpl_uart_show() says, whatever the UART was
 * before and has become.
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

void update(void)
{
	struct kpl_uart before, after;
	u32 image[KPL_UART_PAGE / 4];
	u32 word = any_word();
	u32 old;
	u64 changed;

	any_sound_uart(&before);
	any_sound_uart(&after);
	old = kpl_uart_show(&before, 4 * word);
	ASSUME(image[word] == old);
	changed = kpl_image_update(image, &after);
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
