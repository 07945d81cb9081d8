/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The patterns of fnmatch(3) (*, ?, [...]) without flags, for texts that may be hostile. Pure.
 */
#ifndef KPL011_GLOB_H
#define KPL011_GLOB_H

#include <stdbool.h>

/* Whether @pattern matches all of @text. Takes time in proportion to the length of the text. */
bool glob_matches(const char *pattern, const char *text);

#endif /* KPL011_GLOB_H */
