/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Patterns (*, ?, [...]) as fnmatch(3) has them, without flags, for texts that somebody
 * hostile has written. Pure.
 */
#ifndef KPL011_GLOB_H
#define KPL011_GLOB_H

#include <stdbool.h>

/* Whether all of @text is as @pattern says. The time is in proportion to the text. */
bool glob_matches(const char *pattern, const char *text);

#endif /* KPL011_GLOB_H */
