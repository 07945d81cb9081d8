// SPDX-License-Identifier: GPL-2.0-only
#include "vt/grid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/within.h"

struct vt_cell grid_blank(struct vt_color bg)
{
	return (struct vt_cell){ .width = 1, .bg = bg };
}

static size_t row_size(int cols)
{
	return sizeof(struct grid_row) + (size_t)cols * sizeof(struct vt_cell);
}

static void blank(struct vt_cell *cells, int from, int to, struct vt_color bg)
{
	const struct vt_cell cell = grid_blank(bg);

	for (int col = from; col < to; col++)
		cells[col] = cell;
}

/* Makes the cells before @col valid. */
static void fill(struct grid_row *row, int col)
{
	if (row->used < col) {
		blank(row->cells, row->used, col, row->bg);
		row->used = col;
	}
}

static int reserve_cols(struct grid *grid, int cols)
{
	for (int row = 0; row < grid->room_rows; row++) {
		struct grid_row *wider = realloc(grid->row[row], row_size(cols));

		if (!wider)
			return -ENOMEM;
		grid->row[row] = wider;
	}
	grid->room_cols = cols;
	return 0;
}

int grid_reserve(struct grid *grid, int rows, int cols)
{
	struct grid_row **array;

	if (cols > grid->room_cols && reserve_cols(grid, cols))
		return -ENOMEM;
	if (rows <= grid->room_rows)
		return 0;
	array = reallocarray(grid->row, (size_t)rows, sizeof(*array));
	if (!array)
		return -ENOMEM;
	grid->row = array;
	while (grid->room_rows < rows) {
		struct grid_row *row = calloc(1, row_size(grid->room_cols));

		if (!row)
			return -ENOMEM;
		grid->row[grid->room_rows++] = row;
	}
	return 0;
}

void grid_set_size(struct grid *grid, int rows, int cols)
{
	int known = grid->rows + grid->below;

	for (; known < rows; known++) {
		grid->row[known]->used = 0;
		grid->row[known]->wraps = false;
		grid->row[known]->bg = (struct vt_color){ .kind = VT_COLOR_DEFAULT };
	}
	grid->below = known - rows;
	grid->rows = rows;
	grid->cols = cols;
	/* Rows that are not shown any more must not be reported as changed. */
	memset(grid->damage, 0, sizeof(grid->damage));
	grid_damage(grid, 0, rows);
}

struct grid *grid_new(int rows, int cols)
{
	struct grid *grid = calloc(1, sizeof(*grid));

	if (!grid)
		return NULL;
	if (grid_reserve(grid, rows, cols)) {
		grid_free(grid);
		return NULL;
	}
	grid_set_size(grid, rows, cols);
	return grid;
}

void grid_free(struct grid *grid)
{
	if (!grid)
		return;
	for (int row = 0; row < grid->room_rows; row++)
		free(grid->row[row]);
	free(grid->row);
	free(grid);
}

size_t grid_memory(const struct grid *grid)
{
	return sizeof(*grid) +
	       (size_t)grid->room_rows * (sizeof(*grid->row) + row_size(grid->room_cols));
}

void grid_damage(struct grid *grid, int from, int to)
{
	while (from < to) {
		int end = (from | 63) + 1 < to ? (from | 63) + 1 : to;

		grid->damage[from / 64] |= ~0ull >> (64 - (end - from)) << from % 64;
		from = end;
	}
}

void grid_mend(struct vt_cell *cells, int cols, int col)
{
	bool is_left = col > 0 && cells[col - 1].width == 2;
	bool is_right = col < cols && !cells[col].width;

	if (col < 0 || col > cols || is_left == is_right)
		return;
	if (is_left)
		cells[col - 1] = grid_blank(cells[col - 1].bg);
	if (is_right)
		cells[col] = grid_blank(cells[col].bg);
}

/* Forgets the hidden cells of a row that was written or moved up to the last column. */
static void drop_hidden(const struct grid *grid, struct grid_row *row)
{
	if (row->used > grid->cols)
		row->used = grid->cols;
}

/* Before the cells from @left to @right are overwritten: blanks halves that would be left over. */
static void cut(struct grid_row *row, int left, int right)
{
	if (left > 0 && left < row->used && !row->cells[left].width)
		row->cells[left - 1] = grid_blank(row->cells[left - 1].bg);
	if (right < row->used && !row->cells[right].width)
		row->cells[right] = grid_blank(row->cells[right].bg);
}

/* Updates a row to which something was written that ends before @end. */
static void write_to(const struct grid *grid, struct grid_row *row, int end)
{
	if (end == grid->cols)
		drop_hidden(grid, row);
	/* The line continued after the row's old end, which has been overwritten. */
	if (end >= row->used)
		row->wraps = false;
	if (end > row->used)
		row->used = end;
}

void grid_put(struct grid *grid, int row, int col, const struct vt_cell *cell)
{
	int end = col + (cell->width == 2 ? 2 : 1);
	struct grid_row *line;

	if (row < 0 || row >= grid->rows || col < 0 || end > grid->cols)
		return;
	line = grid->row[row];
	fill(line, col);
	cut(line, col, end);
	line->cells[col] = *cell;
	if (cell->width == 2) {
		line->cells[col + 1] = *cell;
		line->cells[col + 1].chars[0] = 0;
		line->cells[col + 1].width = 0;
	}
	write_to(grid, line, end);
	grid->damage[row / 64] |= 1ull << row % 64;
}

void grid_put_run(struct grid *grid, int row, int col, const struct vt_cell *cell, const char *text,
		  size_t len)
{
	struct vt_cell one = *cell;
	struct grid_row *line;
	int end;

	if (row < 0 || row >= grid->rows || col < 0 || col >= grid->cols ||
	    len > (size_t)(grid->cols - col))
		return;
	end = col + (int)len;
	line = grid->row[row];
	fill(line, col);
	cut(line, col, end);
	for (; col < end; col++) {
		one.chars[0] = (unsigned char)*text++;
		line->cells[col] = one;
	}
	write_to(grid, line, end);
	grid_damage(grid, row, row + 1);
}

void grid_combine(struct grid *grid, int row, int col, uint32_t ch)
{
	struct vt_cell *cell;
	int at;

	if (row < 0 || row >= grid->rows || col < 0 || col >= grid->cols)
		return;
	if (col >= grid->row[row]->used)
		return;
	cell = &grid->row[row]->cells[col];
	if (!cell->width && col > 0)
		cell--;
	for (at = 0; at < VT_CHARS && cell->chars[at]; at++)
		;
	if (!at || at == VT_CHARS)
		return;
	cell->chars[at] = ch;
	if (at + 1 < VT_CHARS)
		cell->chars[at + 1] = 0;
	grid_damage(grid, row, row + 1);
}

/* Cuts @rect to the grid. False: nothing is left of it. */
static bool clip(const struct grid *grid, struct grid_rect *rect)
{
	rect->top = within(rect->top, 0, grid->rows);
	rect->bottom = within(rect->bottom, 0, grid->rows);
	rect->left = within(rect->left, 0, grid->cols);
	rect->right = within(rect->right, 0, grid->cols);
	return rect->top < rect->bottom && rect->left < rect->right;
}

static void erase_row(struct grid *grid, struct grid_row *row, int left, int right,
		      struct vt_color bg)
{
	if (right == grid->cols) {
		drop_hidden(grid, row);
		row->wraps = false;
	}
	cut(row, left, right);
	if (right >= row->used && grid_same_color(&bg, &row->bg)) {
		if (left < row->used)
			row->used = left;
	} else if (right == grid->cols) {
		fill(row, left);
		row->used = left;
		row->bg = bg;
	} else {
		fill(row, right);
		blank(row->cells, left, right, bg);
	}
}

void grid_erase(struct grid *grid, struct grid_rect rect, struct vt_color bg)
{
	if (!clip(grid, &rect))
		return;
	for (int row = rect.top; row < rect.bottom; row++)
		erase_row(grid, grid->row[row], rect.left, rect.right, bg);
	if (!rect.left && rect.right == grid->cols && rect.bottom == grid->rows)
		grid->below = 0;
	grid_damage(grid, rect.top, rect.bottom);
}

static void erase_selectively(struct grid *grid, struct grid_row *row, int left, int right,
			      struct vt_color bg)
{
	int from = left;

	for (int col = left; col < right && col < row->used; col++) {
		if (!row->cells[col].is_protected)
			continue;
		if (from < col)
			erase_row(grid, row, from, col, bg);
		from = col + 1;
	}
	if (from < right)
		erase_row(grid, row, from, right, bg);
}

void grid_erase_selectively(struct grid *grid, struct grid_rect rect, struct vt_color bg)
{
	if (!clip(grid, &rect))
		return;
	for (int row = rect.top; row < rect.bottom; row++)
		erase_selectively(grid, grid->row[row], rect.left, rect.right, bg);
	grid_damage(grid, rect.top, rect.bottom);
}

static void reverse(struct grid_row **row, int count)
{
	for (int low = 0, high = count - 1; low < high; low++, high--) {
		struct grid_row *other = row[low];

		row[low] = row[high];
		row[high] = other;
	}
}

/* Moves the first @count of @total rows after the others. */
static void rotate(struct grid_row **row, int total, int count)
{
	struct grid_row *first = row[0];

	if (count == 1) {
		memmove(row, row + 1, (size_t)(total - 1) * sizeof(*row));
		row[total - 1] = first;
		return;
	}
	reverse(row, count);
	reverse(row + count, total - count);
	reverse(row, total);
}

void grid_rotate(struct grid *grid, int total, int count)
{
	if (count > 0 && count < total)
		rotate(grid->row, total, count);
}

/* Scrolls rows of the whole width: permutes the rows, and moves no cell. */
static void scroll_rows(struct grid *grid, struct grid_rect rect, int up, struct vt_color bg)
{
	int total = rect.bottom - rect.top;
	int count = within(up < 0 ? -up : up, 0, total);

	if (rect.top > 0)
		grid->row[rect.top - 1]->wraps = false;
	if (rect.bottom == grid->rows)
		grid->below = 0;
	rotate(grid->row + rect.top, total, up > 0 ? count : total - count);
	if (up > 0)
		rect.top = rect.bottom - count;
	else
		rect.bottom = rect.top + count;
	for (int row = rect.top; row < rect.bottom; row++)
		erase_row(grid, grid->row[row], 0, grid->cols, bg);
	/* The row in which this line continued is gone. */
	if (up < 0)
		grid->row[rect.top + total - 1]->wraps = false;
}

static void scroll_cells(struct grid *grid, struct grid_rect rect, int up, int left,
			 struct vt_color bg)
{
	int width = rect.right - rect.left;
	int height = rect.bottom - rect.top;
	int rows = within(height - (up < 0 ? -up : up), 0, height);
	int cols = within(width - (left < 0 ? -left : left), 0, width);

	for (int row = rect.top; row < rect.bottom; row++) {
		struct grid_row *line = grid->row[row];

		if (rect.right == grid->cols)
			drop_hidden(grid, line);
		cut(line, rect.left, rect.right);
		fill(line, rect.right);
	}
	for (int i = 0; i < rows && cols; i++) {
		int to = up > 0 ? rect.top + i : rect.bottom - 1 - i;

		memmove(grid->row[to]->cells + rect.left + (left < 0 ? width - cols : 0),
			grid->row[to + up]->cells + rect.left + (left > 0 ? width - cols : 0),
			(size_t)cols * sizeof(struct vt_cell));
	}
	for (int row = rect.top; row < rect.bottom; row++) {
		struct vt_cell *cells = grid->row[row]->cells;
		bool is_new = up > 0 ? row >= rect.bottom - (height - rows)
				     : row < rect.top + (height - rows);

		if (is_new)
			blank(cells, rect.left, rect.right, bg);
		else if (left > 0)
			blank(cells, rect.left + cols, rect.right, bg);
		else
			blank(cells, rect.left, rect.right - cols, bg);
		grid_mend(cells, grid->row[row]->used, rect.left);
		grid_mend(cells, grid->row[row]->used,
			  left > 0 ? rect.left + cols : rect.right - cols);
		grid_mend(cells, grid->row[row]->used, rect.right);
		if (rect.right == grid->cols)
			grid->row[row]->wraps = false;
	}
}

void grid_scroll(struct grid *grid, struct grid_rect rect, int up, int left, struct vt_color bg)
{
	if (!clip(grid, &rect) || (!up && !left))
		return;
	grid_damage(grid, rect.top, rect.bottom);
	if (!left && !rect.left && rect.right == grid->cols)
		scroll_rows(grid, rect, up, bg);
	else
		scroll_cells(grid, rect, up, left, bg);
}

void grid_get(struct grid *grid, int row, struct vt_cell *cells, int cols)
{
	struct grid_row *line = grid->row[row];

	fill(line, cols);
	memcpy(cells, line->cells, (size_t)cols * sizeof(*cells));
	/* The other half of this character is hidden. */
	if (cells[cols - 1].width == 2)
		cells[cols - 1] = grid_blank(cells[cols - 1].bg);
}

int grid_used(struct grid *grid, int row)
{
	struct grid_row *line = grid->row[row];
	int used;

	if (line->bg.kind != VT_COLOR_DEFAULT)
		fill(line, grid->cols);
	used = line->used;
	while (used > 0 && !line->cells[used - 1].chars[0] && line->cells[used - 1].width &&
	       line->cells[used - 1].bg.kind == VT_COLOR_DEFAULT)
		used--;
	return used;
}

bool grid_is_blank(const struct grid *grid, int row)
{
	for (int col = 0; col < grid->row[row]->used; col++)
		if (grid->row[row]->cells[col].chars[0])
			return false;
	return true;
}
