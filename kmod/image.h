/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The image of a UART's registers: a page of memory that reads as the UART
 * does while kpl_uart_can_mirror(). Pure. Whoever reads it may do so at any
 * time; each register changes at once, and never in between.
 */
#ifndef KPL011_IMAGE_H
#define KPL011_IMAGE_H

#include <linux/types.h>

struct kpl_uart;

/* The registers that are not constant come first: a bit for each. */
#define KPL_IMAGE_REGS	36

void kpl_image_init(u32 *image, const struct kpl_uart *uart);
u64 kpl_image_update(u32 *image, const struct kpl_uart *uart);

#endif /* KPL011_IMAGE_H */
