/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vCPU's accesses to the registers of a PL011, and what follows from them or
 * from a change by the host: bytes go to the ring and their readers, queued
 * input goes to the UART, the interrupt line follows MIS.
 */
#ifndef KPL011_MMIO_H
#define KPL011_MMIO_H

#include <linux/types.h>

struct kpl_pl011;

u64 kpl_mmio_read(void *device, u32 offset, unsigned int len);
int kpl_mmio_write(void *device, u32 offset, unsigned int len, u64 value);

void kpl_mmio_ready(void *device);
void kpl_mmio_update(struct kpl_pl011 *dev);
void kpl_mmio_release(struct kpl_pl011 *dev);
void kpl_mmio_timeout(struct kpl_pl011 *dev);

#endif /* KPL011_MMIO_H */
