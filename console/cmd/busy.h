/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The input of a guest that another holds: who that is, and how it is taken.
 */
#ifndef KPL011_BUSY_H
#define KPL011_BUSY_H

#include <stdbool.h>

#include "source/source.h"

/*
 * Says who holds the input, for which @what ("send to") cannot be done. @take: the command has
 * --take. While the source has no loop; or what was known last is told.
 */
void busy_say(struct source *src, const char *label, const char *what, bool take);

/*
 * Takes the input from whoever has it. True if it has it, or nobody can; says why if not.
 * While the source has no loop.
 */
bool busy_take(struct source *src, const char *label);

#endif /* KPL011_BUSY_H */
