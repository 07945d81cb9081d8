// SPDX-License-Identifier: GPL-2.0-only
#include "text/foldrows.h"

#include "base/utf8.h"
#include "text/linecells.h"

/*
 * Text that was printed at once has no marks at its edges; a full row does not have an empty one
 * below it.
 */
size_t foldrows_count(struct textline *line)
{
	size_t col = cells_column_of(line, line->len);
	size_t rows = col ? (col - 1) / line->fold.row + 1 : 1;

	return rows > line->fold.rows ? rows : line->fold.rows;
}

/*
 * Notes that nothing is left from the cursor's row on, or from an earlier row on if the cursor came
 * from one where nothing was left.
 */
static void note_erased(struct textline *line)
{
	struct textfold *fold = &line->fold;
	uint16_t row = (uint16_t)(cells_column(line) / fold->row + 1);

	if (!fold->erased || fold->erased > row)
		fold->erased = row;
}

/* EL in one of several rows. */
static bool erase_in_row(struct textline *line, unsigned int what)
{
	size_t row = line->fold.row;
	size_t col = cells_column(line);
	size_t begin = col - col % row;
	size_t from = what ? begin : col;
	size_t to = what == 1 ? col + 1 : begin + row;

	if (what > 2)
		return true;
	if (from == begin && what != 1)
		note_erased(line);
	cells_expand_tabs(line);
	cells_go_to(line, from);
	if (line->at == line->len && !line->beyond && !line->half) {
		cells_go_to(line, col);
		return true;
	}
	if (line->at < line->len)
		cells_take_away(line, to - from, true);
	/* Blanks that nothing follows do not count. */
	cells_cut_blanks(line);
	cells_go_to(line, col);
	return true;
}

/* How many of @count columns from the cursor on are in its row. */
static size_t rest_of_row(struct textline *line, size_t count)
{
	size_t rest = line->fold.row - cells_column(line) % line->fold.row;

	return count < rest ? count : rest;
}

/* DCH: if there are rows below, blanks come in at the edge. */
static bool delete_in_row(struct textline *line, size_t count)
{
	size_t row = line->fold.row;
	size_t col = cells_column(line);
	size_t end = col - col % row + row;

	count = rest_of_row(line, count);
	cells_take_away(line, count, false);
	if (cells_column_of(line, line->len) + count <= end)
		return true;
	cells_go_to(line, end - count);
	cells_settle(line);
	cells_blanks(line, line->at, line->at, count);
	cells_go_to(line, col);
	return true;
}

/*
 * Deletes what a move of the rest of the row by @count columns to the right pushes over the edge.
 */
static void push_over_edge(struct textline *line, size_t count)
{
	size_t row = line->fold.row;
	size_t col = cells_column(line);

	cells_go_to(line, col - col % row + row - count);
	cells_take_away(line, count, false);
	cells_go_to(line, col);
}

void foldrows_insert(struct textline *line, uint32_t ch)
{
	int width = utf8_width(ch);

	if (line->fold.row && width > 0)
		push_over_edge(line, rest_of_row(line, (size_t)width));
}

/* ICH; what is not at the edge is as in a line without rows. */
static void insert_in_row(struct textline *line, size_t count)
{
	cells_expand_tabs(line);
	count = rest_of_row(line, count);
	push_over_edge(line, count);
	if (line->at == line->len)
		return;
	cells_settle(line);
	cells_blanks(line, line->at, line->at, count);
}

static bool go_up(struct textline *line, size_t count)
{
	struct textfold *fold = &line->fold;
	size_t row = cells_column(line) / fold->row;

	if (row < count)
		return false;
	/* An editor that does not mark where its line ends leaves rows that it has erased. */
	if (fold->editor != TEXTFOLD_PASTES && fold->erased > 1 &&
	    row + 1 == foldrows_count(line) &&
	    cells_column_of(line, line->len) <= (fold->erased - 1u) * fold->row)
		fold->rows = fold->erased - 1;
	fold->erased = 0;
	fold->below = false;
	fold->up = true;
	cells_left(line, count * fold->row);
	return true;
}

static bool go_down(struct textline *line, size_t count)
{
	struct textfold *fold = &line->fold;

	if (cells_column(line) / fold->row + count >= foldrows_count(line))
		return false;
	cells_right(line, count * fold->row);
	return true;
}

bool foldrows_move(struct textline *line, const struct vtparse_csi *csi)
{
	size_t count = csi->args[0] ? csi->args[0] : 1;
	size_t row = line->fold.row;
	size_t col;

	switch (csi->final) {
	case 'A':
		return go_up(line, count);
	case 'B':
		return go_down(line, count);
	case 'K':
		return erase_in_row(line, csi->args[0]);
	case 'J':
		if (!csi->args[0] && !(cells_column(line) % row))
			note_erased(line);
		return false;
	case 'P':
		return delete_in_row(line, count);
	case 'X':
		cells_take_away(line, rest_of_row(line, count), true);
		return true;
	case '@':
		insert_in_row(line, count);
		return true;
	case 'G':
	case '`':
		col = cells_column(line);
		cells_expand_tabs(line);
		cells_go_to(line, col - col % row + (count < row ? count : row) - 1);
		return true;
	default:
		return false;
	}
}
