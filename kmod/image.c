// SPDX-License-Identifier: GPL-2.0-only
#include <linux/compiler.h>

#include "image.h"
#include "uart.h"

/**
 * kpl_image_init() - make the image, constant registers and all
 * @image: KPL_UART_PAGE bytes; nobody reads them yet
 * @uart: the UART
 */
void kpl_image_init(u32 *image, const struct kpl_uart *uart)
{
	u32 offset;

	for (offset = 0; offset < KPL_UART_PAGE; offset += 4)
		image[offset / 4] = kpl_uart_show(uart, offset);
}

/**
 * kpl_image_update() - bring the image up to date
 * @image: from kpl_image_init()
 * @uart: the UART
 *
 * Return: a bit for each register that changed: bit n is that at offset 4 n.
 */
u64 kpl_image_update(u32 *image, const struct kpl_uart *uart)
{
	/* The others read as 0 while there is nothing to take. */
	static const u8 regs[] = {
		PL011_RSR, PL011_FR, PL011_ILPR, PL011_IBRD, PL011_FBRD,
		PL011_LCR_H, PL011_CR, PL011_IFLS, PL011_IMSC, PL011_RIS,
		PL011_MIS, PL011_DMACR, PL011_TCR, PL011_ITIP, PL011_ITOP,
		PL011_TDR,
	};
	u64 changed = 0;
	unsigned int i;

	for (i = 0; i < sizeof(regs); i++) {
		unsigned int reg = regs[i] / 4;
		u32 value = kpl_uart_show(uart, regs[i]);

		if (image[reg] == value)
			continue;
		WRITE_ONCE(image[reg], value);
		changed |= 1ull << reg;
	}
	return changed;
}
