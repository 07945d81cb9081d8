// SPDX-License-Identifier: GPL-2.0-only
#include "vt/page.h"

#include <errno.h>
#include <string.h>

#include "base/utf8.h"

int page_init(struct page *page, int rows, int cols, size_t scrollback)
{
	*page = (struct page){ .rows = rows, .cols = cols };
	page->primary = grid_new(rows, cols);
	page->grid = page->primary;
	page->lines = lines_new(scrollback);
	return page->primary && page->lines ? 0 : -ENOMEM;
}

void page_fini(struct page *page)
{
	grid_free(page->primary);
	grid_free(page->alternate);
	lines_free(page->lines);
}

bool page_show_alternate(struct page *page, bool on)
{
	if (on && !page->alternate)
		page->alternate = grid_new(page->rows, page->cols);
	if (on && !page->alternate)
		return false;
	page->grid = on ? page->alternate : page->primary;
	grid_damage(page->grid, 0, page->rows);
	return true;
}

static void keep(struct page *page, struct grid *grid, int rows)
{
	for (int row = 0; row < rows && row < grid->rows; row++)
		lines_push(page->lines, grid->row[row]->cells, grid_used(grid, row),
			   grid->row[row]->wraps);
}

void page_keep(struct page *page, int rows)
{
	keep(page, page->primary, rows);
}

/* The last row that has characters, but at least @cursor. */
static int last_row(const struct grid *grid, int cursor)
{
	int row = grid->rows - 1;

	while (row > cursor && grid_is_blank(grid, row))
		row--;
	return row;
}

/* How many rows of a screen are used: all up to the last one with characters. */
static int used_rows(const struct grid *grid)
{
	int row = last_row(grid, 0);

	return row + !grid_is_blank(grid, row);
}

/* Copies the used rows of a screen to the scrollback, hidden ones too, but at most @most. */
static void keep_used(struct page *page, struct grid *grid, int most)
{
	int rows = grid->rows;
	int used;

	grid_set_size(grid, rows + grid->below, grid->cols);
	used = used_rows(grid);
	keep(page, grid, used < most ? used : most);
	grid_set_size(grid, rows, grid->cols);
}

void page_keep_all(struct page *page)
{
	keep_used(page, page->primary, VT_ROWS_MAX);
	if (!page_is_primary(page))
		keep_used(page, page->alternate, VT_ROWS_MAX);
}

void page_keep_before(struct page *page, uint64_t line)
{
	uint64_t total = lines_total(page->lines);

	if (line > total)
		keep_used(page, page->primary,
			  line - total < VT_ROWS_MAX ? (int)(line - total) : VT_ROWS_MAX);
	while (lines_total(page->lines) > line && lines_count(page->lines))
		lines_drop(page->lines);
}

struct grid *page_take_alternate(struct page *page, int *rows)
{
	struct grid *taken = page->alternate;

	*rows = 0;
	if (page_is_primary(page))
		return NULL;
	page_show_alternate(page, false);
	page->alternate = NULL;
	grid_set_size(taken, taken->rows + taken->below, taken->cols);
	*rows = used_rows(taken);
	return taken;
}

void page_swap_row(struct page *page, int row, struct grid *other, int other_row)
{
	struct grid *grid = page->primary;
	struct grid_row *here;

	/* Both grids get room for each other's cells. */
	if (grid_reserve(grid, page->rows, other->room_cols) ||
	    grid_reserve(other, other->rows, grid->room_cols))
		return;
	here = grid->row[row];
	grid->row[row] = other->row[other_row];
	other->row[other_row] = here;
	grid_damage(grid, row, row + 1);
}

/* Moves the first @gone rows to the scrollback; the grid has that many fewer rows then. */
static void leave(struct page *page, struct grid *grid, int gone)
{
	keep(page, grid, gone);
	grid_rotate(grid, grid->rows + grid->below, gone);
	grid->rows -= gone;
}

int page_next_row(struct page *page)
{
	struct grid *grid = page->primary;
	int rows = grid->rows;
	int used;

	grid_set_size(grid, rows + grid->below, grid->cols);
	used = used_rows(grid);
	if (used > rows)
		leave(page, grid, used - rows);
	grid_set_size(grid, rows, grid->cols);
	return used < rows ? used : rows;
}

/*
 * Prepares the screen for fewer rows: unused rows at the bottom will be hidden, others leave
 * at the top, but not the cursor's. Returns how many left.
 */
static int shrink_primary(struct page *page, int rows, int cursor)
{
	struct grid *grid = page->primary;
	int gone = last_row(grid, cursor) + 1 - rows;

	if (gone > cursor)
		gone = cursor;
	if (gone <= 0)
		return 0;
	leave(page, grid, gone);
	return gone;
}

/*
 * Brings lines back from the scrollback for the rows from @first on, for which there are no hidden
 * ones. Returns how many.
 */
static int grow_primary(struct page *page, int first)
{
	struct grid *grid = page->primary;
	int come;

	for (come = 0; come < grid->rows - first && lines_count(page->lines); come++) {
		int used = lines_used(page->lines, 0);
		struct grid_row *line;

		if (grid_reserve(grid, grid->rows, used))
			break;
		line = grid->row[grid->rows - 1 - come];
		lines_pop(page->lines, line->cells, used, &line->wraps);
		line->used = used;
	}
	grid_rotate(grid, grid->rows, grid->rows - come);
	return come;
}

int page_resize(struct page *page, int rows, int cols, int cursor, int *up)
{
	struct grid *grid = page->primary;
	int first = grid->rows + grid->below;

	if (grid_reserve(grid, rows, cols) ||
	    (page->alternate && grid_reserve(page->alternate, rows, cols)))
		return -ENOMEM;
	/* While the alternate screen is shown, the primary screen's cursor is not known. */
	if (!page_is_primary(page))
		cursor = last_row(grid, 0);
	*up = rows < page->rows ? shrink_primary(page, rows, cursor) : 0;
	grid_set_size(grid, rows, cols);
	if (rows > first)
		*up = -grow_primary(page, first);
	if (page->alternate)
		grid_set_size(page->alternate, rows, cols);
	page->rows = rows;
	page->cols = cols;
	return 0;
}

int page_hidden(const struct page *page)
{
	const struct grid *grid = page->grid;
	int hidden = grid->below;

	while (hidden && grid_is_blank(grid, grid->rows + hidden - 1))
		hidden--;
	return hidden;
}

static bool is_row(const struct page *page, long row)
{
	if (row < 0)
		return (unsigned long)-row <= lines_count(page->lines);
	return row < page->rows || row < page->rows + page_hidden(page);
}

static size_t age_of(long row)
{
	return (size_t)(-1 - row);
}

bool page_row(const struct page *page, long row, struct vt_cell *cells)
{
	if (!is_row(page, row))
		return false;
	if (row < 0)
		lines_get(page->lines, age_of(row), cells, page->cols);
	else
		grid_get(page->grid, (int)row, cells, page->cols);
	return true;
}

int page_row_width(const struct page *page, long row)
{
	int used = 0;

	if (is_row(page, row))
		used = row < 0 ? lines_used(page->lines, age_of(row))
			       : grid_used(page->grid, (int)row);
	return used > page->cols ? used : page->cols;
}

bool page_row_whole(const struct page *page, long row, struct vt_cell *cells)
{
	int width = page_row_width(page, row);

	if (width == page->cols)
		return page_row(page, row, cells);
	if (row < 0)
		lines_get(page->lines, age_of(row), cells, width);
	else
		grid_get(page->grid, (int)row, cells, width);
	return true;
}

bool page_row_wraps(const struct page *page, long row)
{
	if (!is_row(page, row))
		return false;
	if (row >= 0)
		return page->grid->row[row]->wraps;
	/* Row -1 continues on the primary screen, and not on the alternate one. */
	return lines_wraps(page->lines, age_of(row)) && (row < -1 || page_is_primary(page));
}

/* One cell as UTF-8, a blank one as a space. Returns its bytes; 0: they do not fit. */
static size_t cell_text(const struct vt_cell *cell, char *text, size_t size)
{
	char bytes[VT_CHARS * UTF8_MAX];
	size_t len = 0;

	for (int i = 0; i < VT_CHARS && cell->chars[i]; i++)
		len += utf8_put(bytes + len, cell->chars[i]);
	if (!len)
		bytes[len++] = ' ';
	if (len >= size)
		return 0;
	memcpy(text, bytes, len);
	return len;
}

static bool is_blank(const struct vt_cell *cell)
{
	return cell->width && (!cell->chars[0] || cell->chars[0] == ' ');
}

size_t page_row_text(const struct page *page, long row, char *text, size_t size, uint16_t *cols)
{
	struct vt_cell unpacked[VT_COLS_MAX];
	const struct vt_cell *cells = unpacked;
	size_t len = 0;
	bool wraps;
	int used;

	if (!size)
		return 0;
	text[0] = '\0';
	if (!is_row(page, row))
		return 0;
	if (row < 0) {
		used = lines_used(page->lines, age_of(row));
		lines_get(page->lines, age_of(row), unpacked, used);
	} else {
		used = grid_used(page->grid, (int)row);
		cells = page->grid->row[row]->cells;
	}
	/* Blanks at the end of a row that wraps are inside of the line. */
	wraps = page_row_wraps(page, row);
	while (!wraps && used > 0 && is_blank(&cells[used - 1]))
		used--;
	for (int col = 0; col < used; col++) {
		size_t more;

		if (!cells[col].width)
			continue;
		more = cell_text(&cells[col], text + len, size - len);
		if (!more)
			break;
		for (size_t i = 0; i < more && cols; i++)
			cols[len + i] = (uint16_t)col;
		len += more;
	}
	text[len] = '\0';
	return len;
}

bool page_damage(struct page *page, uint64_t *rows)
{
	uint64_t any = 0;

	for (int i = 0; i < GRID_DAMAGE_WORDS; i++) {
		any |= page->grid->damage[i];
		rows[i] = page->grid->damage[i];
		page->grid->damage[i] = 0;
	}
	return any;
}

size_t page_memory(const struct page *page)
{
	return lines_memory(page->lines) + grid_memory(page->primary) +
	       (page->alternate ? grid_memory(page->alternate) : 0);
}
