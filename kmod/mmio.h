/* SPDX-License-Identifier: GPL-2.0-only */
/* A vCPU's accesses to the registers of a PL011. */
#ifndef KPL011_MMIO_H
#define KPL011_MMIO_H

#include <linux/types.h>

u64 kpl_mmio_read(void *device, u32 offset, unsigned int len);
int kpl_mmio_write(void *device, u32 offset, unsigned int len, u64 value);

#endif /* KPL011_MMIO_H */
