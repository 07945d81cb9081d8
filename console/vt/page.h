/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that a terminal shows and has shown: the primary screen, its scrollback, and
 * the alternate screen that programs draw on. Rows as in vt.h. Pure.
 */
#ifndef KPL011_PAGE_H
#define KPL011_PAGE_H

#include "vt/grid.h"
#include "vt/lines.h"

struct page {
	int rows, cols;
	struct grid *primary;
	struct grid *alternate; /* made when it is asked for */
	struct grid *grid;	/* the one of them that is seen */
	struct lines *lines;
};

/* 0 or -ENOMEM; page_fini() is due in any case. */
int page_init(struct page *page, int rows, int cols, size_t scrollback);
void page_fini(struct page *page);

/* False without memory: the primary one is still seen. */
bool page_show_alternate(struct page *page, bool on);

static inline bool page_is_primary(const struct page *page)
{
	return page->grid == page->primary;
}

/* The first @rows of the primary screen go to the scrollback, too. */
void page_keep(struct page *page, int rows);

/*
 * What is on the primary screen goes there, too, hidden rows as well; and behind it what is on
 * the alternate one if that is seen.
 */
void page_keep_all(struct page *page);

/*
 * Of all lines, as lines_total() counts them and the rows of the primary screen behind them,
 * those before this one are in the scrollback afterwards, and no others.
 */
void page_keep_before(struct page *page, uint64_t line);

/*
 * The alternate screen if it is seen, to be freed by grid_free(), and how many rows of it are
 * used: the primary one is seen then. NULL: it is not.
 */
struct grid *page_take_alternate(struct page *page, int *rows);

/* A row of it changes places with one of the primary screen. */
void page_swap_row(struct page *page, int row, struct grid *other, int other_row);

/*
 * The row below all that is on the primary screen; its height if that is full. Of what is hidden
 * below the last rows are on the screen then, and above them leaves what has no room.
 */
int page_next_row(struct page *page);

/*
 * @cursor: its row on the screen that is seen.
 * @up: rows by which the lines of the primary screen have gone up.
 * 0 or -ENOMEM, unchanged.
 */
int page_resize(struct page *page, int rows, int cols, int cursor, int *up);

/* Rows below that a smaller screen hides, up to the last with characters. */
int page_hidden(const struct page *page);

bool page_row(const struct page *page, long row, struct vt_cell *cells);

/* Columns that are kept of it, at least those of the screen; and all of these. */
int page_row_width(const struct page *page, long row);
bool page_row_whole(const struct page *page, long row, struct vt_cell *cells);
bool page_row_wraps(const struct page *page, long row);
size_t page_row_text(const struct page *page, long row, char *text, size_t size, uint16_t *cols);

/* As vt_damage(). */
bool page_damage(struct page *page, uint64_t *rows);

size_t page_memory(const struct page *page);

#endif /* KPL011_PAGE_H */
