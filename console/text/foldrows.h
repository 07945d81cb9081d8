/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cursor in a folded line, each of whose rows is a row of a terminal. The cursor moves up and
 * down, and what is erased, deleted or inserted in a row leaves the others as they are. Pure.
 */
#ifndef KPL011_FOLDROWS_H
#define KPL011_FOLDROWS_H

#include "text/textline.h"

/* The number of rows. The line must be folded, here and in foldrows_move(). */
size_t foldrows_count(struct textline *line);

/* Handles a control sequence. True: it is done. */
bool foldrows_move(struct textline *line, const struct vtparse_csi *csi);

/* In insert mode, @ch is to be printed: deletes what that pushes over the edge. */
void foldrows_insert(struct textline *line, uint32_t ch);

#endif /* KPL011_FOLDROWS_H */
