/* SPDX-License-Identifier: GPL-2.0-only */
/* The title that a guest gives its terminal. Pure. */
#ifndef KPL011_TITLE_H
#define KPL011_TITLE_H

#include <stddef.h>

#include "vt/vt.h"

/*
 * Makes a title of any bytes: terminated UTF-8 that fits, without controls and
 * characters that change the direction of text.
 */
void title_clean(char out[VT_TITLE_SIZE], const char *text, size_t len);

#endif /* KPL011_TITLE_H */
