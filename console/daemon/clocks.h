/* SPDX-License-Identifier: GPL-2.0-only */
/* What the system's clocks say, in seconds; tests play them in place of clocks.c. */
#ifndef KPL011_CLOCKS_H
#define KPL011_CLOCKS_H

#include <stdint.h>

/* Since 1970, as it is set; and since the boot, which nobody can set. */
void clocks_read(int64_t *wall, int64_t *since_boot);

#endif /* KPL011_CLOCKS_H */
