/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of vt.c share: a screen, and what it has told since it was made. */
#ifndef VT_FIXTURE_H
#define VT_FIXTURE_H

#include "cmocka_all.h"

#include "vt/vt.h"

#define SENT_SIZE 16384

/* Terminated. */
extern char sent[SENT_SIZE];
extern size_t sent_len;
extern int bells, titles;

/* Nothing was told yet. */
struct vt *make(int rows, int cols, size_t scrollback);

void write_text(struct vt *vt, const char *text);

/* All rows of the screen with a bar between, or one. Valid until the next call. */
const char *screen(const struct vt *vt);
const char *line(const struct vt *vt, long row);
/* One with what a smaller screen hides of it. */
const char *whole(const struct vt *vt, long row);

struct vt_cell cell(const struct vt *vt, long row, int col);

void expect_cursor(const struct vt *vt, int row, int col);
void expect_color(struct vt_color color, struct vt_color expected);

#endif /* VT_FIXTURE_H */
