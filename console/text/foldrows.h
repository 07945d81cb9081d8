/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cursor in the rows of a line that was folded, of which each is a row of a terminal: it
 * goes up and down, and what is erased, taken away or inserted in a row leaves the others as
 * they are. Pure.
 */
#ifndef KPL011_FOLDROWS_H
#define KPL011_FOLDROWS_H

#include "text/textline.h"

/* How many there are; of a line that is folded, as is that of the others. */
size_t foldrows_count(struct textline *line);

/* A sequence. True: it is done. */
bool foldrows_move(struct textline *line, const struct vtparse_csi *csi);

/* In insert mode @ch is to be printed: what it moves over the edge is gone. */
void foldrows_insert(struct textline *line, uint32_t ch);

#endif /* KPL011_FOLDROWS_H */
