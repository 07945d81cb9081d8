/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The image of a UART's registers: a page of memory that reads as the UART does
 * while kpl_uart_can_mirror(). Pure, like the UART. The page may be read at any
 * time: each register changes at once, and one after the other in the order
 * that kpl_image_step() states.
 */
#ifndef KPL011_IMAGE_H
#define KPL011_IMAGE_H

#include <linux/types.h>

struct kpl_uart;

/* The registers that are not constant come first; each has a bit. */
#define KPL_IMAGE_REGS	36

/* Steps in which the image changes. */
#define KPL_IMAGE_STEPS	4

void kpl_image_init(u32 *image, const struct kpl_uart *uart);
u64 kpl_image_step(u32 *image, const struct kpl_uart *uart, unsigned int step);

#endif /* KPL011_IMAGE_H */
