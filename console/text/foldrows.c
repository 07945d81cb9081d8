// SPDX-License-Identifier: GPL-2.0-only
#include "text/foldrows.h"

#include "base/utf8.h"
#include "text/linecells.h"

/* What was printed at once has no mark at its edges; a row that is full has none below it. */
size_t foldrows_count(struct textline *line)
{
	size_t col = cells_column_of(line, line->len);
	size_t rows = col ? (col - 1) / line->fold.row + 1 : 1;

	return rows > line->fold.rows ? rows : line->fold.rows;
}

/* From the cursor's row on there is nothing, if the cursor has gone on from a row that was so. */
static void note_erased(struct textline *line)
{
	struct textfold *fold = &line->fold;
	uint16_t row = (uint16_t)(cells_column(line) / fold->row + 1);

	if (!fold->erased || fold->erased > row)
		fold->erased = row;
}

/* EL in a row that others are below. */
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
	/* Blanks that nothing is behind are none. */
	cells_cut_blanks(line);
	cells_go_to(line, col);
	return true;
}

/* The columns of the row from the cursor on, of which it has @count at most. */
static size_t rest_of_row(struct textline *line, size_t count)
{
	size_t rest = line->fold.row - cells_column(line) % line->fold.row;

	return count < rest ? count : rest;
}

/* DCH: blanks come in at the edge, if there are rows below. */
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

/* What is moved to the right by as much goes over the edge. */
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

/* ICH, of which the rest is as in a line without rows. */
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
	/* An editor that has no mark for its end leaves rows that it has erased. */
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
