/* SPDX-License-Identifier: GPL-2.0-only */
/* The system's clocks, in seconds; tests replace clocks.c. */
#ifndef KPL011_CLOCKS_H
#define KPL011_CLOCKS_H

#include <stdint.h>

/* @wall: since 1970, as the clock is set. @since_boot: since the boot; nobody can set that. */
void clocks_read(int64_t *wall, int64_t *since_boot);

#endif /* KPL011_CLOCKS_H */
