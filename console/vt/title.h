/* SPDX-License-Identifier: GPL-2.0-only */
/* What a guest calls itself. Pure. */
#ifndef KPL011_TITLE_H
#define KPL011_TITLE_H

#include <stddef.h>

#include "vt/vt.h"

/*
 * Any bytes as a title: UTF-8, without controls and what turns text round, of
 * VT_TITLE_SIZE bytes at most. Terminated.
 */
void title_clean(char out[VT_TITLE_SIZE], const char *text, size_t len);

#endif /* KPL011_TITLE_H */
