/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For commands that type at a guest whose input another process holds: say who the holder is, and
 * take the input from it.
 */
#ifndef KPL011_BUSY_H
#define KPL011_BUSY_H

#include <stdbool.h>

#include "source/source.h"

/*
 * Prints that @what ("send to") cannot be done, and who holds the input. @take: the command has
 * --take, which is suggested. While the source is joined to a loop, another host is not waited for,
 * and the holder is the one that was known last.
 */
void busy_say(struct source *src, const char *label, const char *what, bool take);

/*
 * Takes the input from its holder. True: it has the input, or the source has no holders; false: it
 * has printed why not. Call it while the source is joined to no loop.
 */
bool busy_take(struct source *src, const char *label);

#endif /* KPL011_BUSY_H */
