// SPDX-License-Identifier: GPL-2.0-only
#include <linux/compiler.h>
#include <asm/barrier.h>

#include "image.h"
#include "uart.h"

/**
 * kpl_image_init() - fill in the image, constant registers included
 * @image: KPL_UART_PAGE bytes, which nobody reads yet
 * @uart: the UART
 */
void kpl_image_init(u32 *image, const struct kpl_uart *uart)
{
	u32 offset;

	for (offset = 0; offset < KPL_UART_PAGE; offset += 4)
		image[offset / 4] = kpl_uart_show(uart, offset);
}

/* Make a word read as @value. Returns the word's bit if it did not yet. */
static u64 image_set(u32 *image, u32 offset, u32 value)
{
	if (image[offset / 4] == value)
		return 0;
	WRITE_ONCE(image[offset / 4], value);
	return 1ull << offset / 4;
}

/**
 * kpl_image_step() - bring the image up to date, one step of it
 * @image: from kpl_image_init()
 * @uart: the UART
 * @step: 0 to KPL_IMAGE_STEPS - 1, in this order, with no change of @uart in
 *	  between; guests must see each step before the next
 *
 * A vCPU may poll, reading one word after the other, while another vCPU or the
 * host changes the UART. It never finds an interrupt in MIS without its reason
 * in RIS and IMSC, nor one that has just risen in RIS without its reason in FR: a
 * bit that falls leaves MIS first, a bit that rises reaches MIS last.
 *
 * Return: a bit for each register that changed: bit n is the one at offset 4 n.
 */
u64 kpl_image_step(u32 *image, const struct kpl_uart *uart, unsigned int step)
{
	/* RIS and MIS have their own steps. All others read as 0 meanwhile. */
	static const u8 regs[] = {
		PL011_RSR, PL011_FR, PL011_ILPR, PL011_IBRD, PL011_FBRD,
		PL011_LCR_H, PL011_CR, PL011_IFLS, PL011_IMSC, PL011_DMACR,
		PL011_TCR, PL011_ITIP, PL011_ITOP, PL011_TDR,
	};
	u64 changed = 0;
	unsigned int i;

	/* Pairs with a load barrier of the guest between two registers. */
	smp_wmb();
	switch (step) {
	case 0:
		return image_set(image, PL011_MIS,
				 image[PL011_MIS / 4] &
				 kpl_uart_show(uart, PL011_MIS));
	case 1:
		for (i = 0; i < sizeof(regs); i++)
			changed |= image_set(image, regs[i],
					     kpl_uart_show(uart, regs[i]));
		return changed;
	case 2:
		return image_set(image, PL011_RIS,
				 kpl_uart_show(uart, PL011_RIS));
	default:
		return image_set(image, PL011_MIS,
				 kpl_uart_show(uart, PL011_MIS));
	}
}
