/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that a terminal shows and has shown: the primary screen, its scrollback, and the
 * alternate screen on which programs draw. Rows count as in vt.h. Pure.
 */
#ifndef KPL011_PAGE_H
#define KPL011_PAGE_H

#include "vt/grid.h"
#include "vt/lines.h"

struct page {
	int rows, cols;
	struct grid *primary;
	struct grid *alternate; /* NULL until a guest uses it */
	struct grid *grid;	/* the one of the two that is shown */
	struct lines *lines;
};

/* 0 or -ENOMEM; page_fini() has to follow in any case. */
int page_init(struct page *page, int rows, int cols, size_t scrollback);
void page_fini(struct page *page);

/* False: out of memory, and the primary screen is still shown. */
bool page_show_alternate(struct page *page, bool on);

static inline bool page_is_primary(const struct page *page)
{
	return page->grid == page->primary;
}

/* Copies the first @rows of the primary screen to the scrollback. */
void page_keep(struct page *page, int rows);

/*
 * Copies the used rows of the primary screen to the scrollback, hidden ones too; and after them
 * those of the alternate screen if that is shown.
 */
void page_keep_all(struct page *page);

/*
 * Makes the scrollback end just before @line. Lines are numbered as lines_total() counts them; the
 * rows of the primary screen follow. Copies rows to the scrollback, or drops lines from it.
 */
void page_keep_before(struct page *page, uint64_t line);

/*
 * If the alternate screen is shown, takes it away, and shows the primary one. Returns it, to be
 * given to grid_free(). @rows: how many of its rows are used. NULL: it is not shown.
 */
struct grid *page_take_alternate(struct page *page, int *rows);

/* Swaps a row of the primary screen with a row of another grid. */
void page_swap_row(struct page *page, int row, struct grid *other, int other_row);

/*
 * Returns the row after the last used one of the primary screen; the screen's height if it is
 * full. Hidden rows below are shown first: as many rows as that needs leave at the top.
 */
int page_next_row(struct page *page);

/*
 * Changes the size of both screens.
 * @cursor: the cursor's row on the screen that is shown.
 * @up: set to the number of rows by which the lines of the primary screen moved up.
 * Returns 0 or -ENOMEM; then nothing has changed.
 */
int page_resize(struct page *page, int rows, int cols, int cursor, int *up);

/* Rows that are hidden below the screen, up to the last one with characters. */
int page_hidden(const struct page *page);

bool page_row(const struct page *page, long row, struct vt_cell *cells);

/* The columns that are kept of a row, at least those of the screen; and all these cells. */
int page_row_width(const struct page *page, long row);
bool page_row_whole(const struct page *page, long row, struct vt_cell *cells);
bool page_row_wraps(const struct page *page, long row);
size_t page_row_text(const struct page *page, long row, char *text, size_t size, uint16_t *cols);

/* See vt_damage(). */
bool page_damage(struct page *page, uint64_t *rows);

size_t page_memory(const struct page *page);

#endif /* KPL011_PAGE_H */
