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
	u64 changed = 0;
	unsigned int i;

	for (i = 0; i < KPL_IMAGE_REGS; i++) {
		u32 value = kpl_uart_show(uart, 4 * i);

		if (image[i] == value)
			continue;
		WRITE_ONCE(image[i], value);
		changed |= 1ull << i;
	}
	return changed;
}
