/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows of cells, and what a terminal does with them. Every place is cut to the
 * grid, and both halves of a wide character are there or none is. To scroll and to
 * erase rows takes no longer where there is more in them. Pure.
 *
 * A grid that was made smaller keeps the cells at the right and the rows below that
 * it does not show any more, until what is shown of them is erased or moved.
 */
#ifndef KPL011_GRID_H
#define KPL011_GRID_H

#include "vt/vt.h"

#define GRID_DAMAGE_WORDS ((VT_ROWS_MAX + 63) / 64)

struct grid_row {
	bool wraps;	    /* goes on in the next row */
	int used;	    /* cells that are there, hidden ones too; what follows is blank */
	struct vt_color bg; /* of what follows */
	struct vt_cell cells[];
};

struct grid {
	int rows, cols; /* that are shown */
	int below;	/* rows under these that are hidden */
	int room_rows, room_cols;
	struct grid_row **row; /* from the top; moved about when it scrolls */
	uint64_t damage[GRID_DAMAGE_WORDS];
};

/* From start to before end. */
struct grid_rect {
	int top, bottom;
	int left, right;
};

/* Blank. NULL without memory. */
struct grid *grid_new(int rows, int cols);
void grid_free(struct grid *grid);
size_t grid_memory(const struct grid *grid);

/* @cell: its width says whether it takes the next column, too. */
void grid_put(struct grid *grid, int row, int col, const struct vt_cell *cell);

/* ASCII that has room in the row, all of it as @cell but for the character. */
void grid_put_run(struct grid *grid, int row, int col, const struct vt_cell *cell, const char *text,
		  size_t len);

/* One more character of the cell there; dropped if that is blank or full. */
void grid_combine(struct grid *grid, int row, int col, uint32_t ch);

void grid_erase(struct grid *grid, struct grid_rect rect, struct vt_color bg);

/* All but the cells that are protected. */
void grid_erase_selectively(struct grid *grid, struct grid_rect rect, struct vt_color bg);

/* Content goes up by @up rows and left by @left columns; negative: the other way. */
void grid_scroll(struct grid *grid, struct grid_rect rect, int up, int left, struct vt_color bg);

/* Copies the first @cols cells of a row: those that are shown, or hidden ones too. */
void grid_get(struct grid *grid, int row, struct vt_cell *cells, int cols);

/* How many cells there are before what is blank and of the default colours, hidden ones too. */
int grid_used(struct grid *grid, int row);

/* The row has characters. */
bool grid_is_blank(const struct grid *grid, int row);

/* Room for a size that grid_set_size() can be given. 0 or -ENOMEM. */
int grid_reserve(struct grid *grid, int rows, int cols);

/* Hidden rows and cells are shown again before blank ones are. */
void grid_set_size(struct grid *grid, int rows, int cols);

/* The first @count of @total rows change places with the others. */
void grid_rotate(struct grid *grid, int total, int count);

void grid_damage(struct grid *grid, int from, int to);

/* A cell of no character. */
struct vt_cell grid_blank(struct vt_color bg);

static inline bool grid_same_color(const struct vt_color *a, const struct vt_color *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == VT_COLOR_INDEXED)
		return a->index == b->index;
	return a->kind != VT_COLOR_RGB ||
	       (a->red == b->red && a->green == b->green && a->blue == b->blue);
}

/* Makes the halves of a wide character that @col would cut blank. */
void grid_mend(struct vt_cell *cells, int cols, int col);

#endif /* KPL011_GRID_H */
