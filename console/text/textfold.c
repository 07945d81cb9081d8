// SPDX-License-Identifier: GPL-2.0-only
#include "text/textfold.h"

#include <string.h>

#include "base/utf8.h"
#include "text/foldrows.h"
#include "text/linecells.h"

/* The width that a shell assumes if nobody has told it. */
#define COLUMNS 80

/* Widths that a terminal may have. */
#define WIDTH_MIN 20
#define WIDTH_MAX 1000

/* Bytes that show that a row is the first one, redrawn. */
#define SAME 8
#define SAME_GUESSED 3
#define SAME_COUNTED 2

/* Bytes of a row in which that is looked for. */
#define ANEW 16

/* The most bytes of a row before that is known. */
#define ANEW_MAX 1024

/* Blanks at the end of a line that only a program pads it with. */
#define PADDING 4

/* The most blanks in a prompt, before the one at its end, and its greatest length. */
#define PROMPT_BLANKS 2
#define PROMPT_MAX 80

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool at_end(const struct textline *line)
{
	return line->at == line->len && !line->beyond && !line->half;
}

/* As in "1/9 => x" and "10 > x"; but "=> " alone is the prompt of U-Boot. */
static bool is_arrow(const char *text, size_t at)
{
	if (text[at] != '>')
		return false;
	while (at && text[at - 1] != ' ')
		if (!strchr("<>=-|[(", text[--at]))
			return false;
	return at;
}

/*
 * The length of a prompt with something after it, as in "root@web1:~# ls", "[root@web1 ~]$ ls",
 * "sqlite> select"; or 0.
 */
static size_t prompt_of(const struct textline *line)
{
	const char *text = line->text;
	int blanks = 0;

	for (size_t i = 0; i + 2 < line->len && i < PROMPT_MAX; i++) {
		if (text[i] == ' ' && ++blanks > PROMPT_BLANKS)
			return 0;
		/* No command begins with the other end of a progress bar. */
		if (strchr("#$>", text[i]) && text[i + 1] == ' ')
			return strchr(" ]", text[i + 2]) || is_arrow(text, i) ? 0 : i + 2;
	}
	return 0;
}

/* Whether a program that shows its progress on one line has padded it to a width. */
static bool is_padded(const struct textline *line)
{
	size_t at = line->len;

	while (at && line->text[at - 1] == ' ')
		at--;
	return at && line->len - at >= PADDING;
}

/* Columns of a row, if some rows of a known width end at @col; else 0. */
static size_t known_row(const struct textfold *fold, size_t col)
{
	if (fold->row)
		return col % fold->row ? 0 : fold->row;
	if (fold->width && !(col % fold->width))
		return fold->width;
	return col % COLUMNS ? 0 : COLUMNS;
}

/* The same for a row that the editor ends there, of any width. */
static size_t editors_row(const struct textfold *fold, size_t col)
{
	/* Rows that were printed at once have no marks at their ends. */
	size_t row = fold->row ? col - fold->last : col;

	if (col <= fold->last || row < WIDTH_MIN || row > WIDTH_MAX)
		return 0;
	return !fold->row || !(fold->row % row) ? row : 0;
}

static void begin_row(struct textfold *fold, size_t row, size_t col)
{
	fold->row = (uint16_t)row;
	fold->last = col;
	if (fold->rows < col / row + 1)
		fold->rows = (uint16_t)(col / row + 1);
}

/* The last fold was one. */
static void confirm(struct textfold *fold)
{
	if (!fold->pending)
		return;
	fold->pending = 0;
	if (fold->editor == TEXTFOLD_PASTES && !fold->guessed)
		fold->width = fold->row;
}

static void go_to_row(struct textline *line)
{
	size_t col = cells_column(line);

	cells_go_to(line, line->fold.row ? col - col % line->fold.row : 0);
}

/* It was not a fold: puts the blank back, and what came after it at the beginning. */
static void undo(struct textline *line)
{
	struct textfold *fold = &line->fold;
	char anew[ANEW_MAX];
	size_t len = line->at - fold->pending;
	size_t blank = fold->pending;

	memcpy(anew, line->text + blank, len);
	line->text[blank] = ' ';
	line->len = blank + 1;
	cells_changed(line, blank);
	fold->pending = 0;
	fold->redrawn = true;
	fold->rows--;
	fold->last -= fold->row;
	if (fold->rows < 2)
		fold->row = fold->rows = 0;
	/* Before the blank, which may be beyond the edge. */
	line->at = blank;
	line->half = false;
	line->beyond = 0;
	if (fold->row)
		cells_left(line, 1);
	go_to_row(line);
	for (size_t i = 0; i < len;) {
		uint32_t ch;

		i += utf8_get(anew + i, &ch);
		cells_put(line, ch);
	}
}

/* Whether the row is the first one with other numbers in it, as of a program that counts. */
static bool counts_on(const struct textline *line, size_t same)
{
	const char *text = line->text;
	size_t end = line->fold.pending;
	size_t at = 0;
	size_t anew = end;
	size_t stop = line->len < end + ANEW ? line->len : end + ANEW;
	size_t chars = 0;

	/* One that begins with a number, as no prompt does. */
	if (is_digit(text[0]))
		same = SAME_COUNTED;
	while (chars < same) {
		while (at < end && text[at] == ' ')
			at++;
		while (anew < stop && text[anew] == ' ')
			anew++;
		if (anew == stop)
			return chars && stop == end + ANEW;
		if (at == end)
			return false;
		if (is_digit(text[at]) && is_digit(text[anew])) {
			while (at < end && is_digit(text[at]))
				at++;
			while (anew < stop && is_digit(text[anew]))
				anew++;
		} else if (text[at++] != text[anew++]) {
			return false;
		} else {
			chars++;
		}
	}
	return true;
}

/* Whether the row that was begun is the first one, redrawn, or readline's search. */
static bool drawn_anew(const struct textline *line)
{
	static const char *const searches[] = { "(reverse-i-search)", "(i-search)", "(failed " };
	const struct textfold *fold = &line->fold;
	const char *row = line->text + fold->pending;
	size_t len = line->len - fold->pending;
	size_t same = fold->guessed ? SAME_GUESSED : SAME;

	if (len >= same && !memcmp(row, line->text, same))
		return true;
	for (size_t i = 0; i < sizeof(searches) / sizeof(searches[0]); i++)
		if (len >= SAME && !memcmp(row, searches[i], SAME))
			return true;
	return fold->editor == TEXTFOLD_NONE && counts_on(line, same);
}

/* Handles a blank and a carriage return at the end of the line. True: it is a fold. */
static bool folds(struct textline *line)
{
	struct textfold *fold = &line->fold;
	size_t col;
	size_t row;

	if (line->len < 2 || line->text[line->len - 1] != ' ')
		return false;
	col = cells_column(line) - 1;
	if (fold->editor == TEXTFOLD_NONE && fold->redrawn)
		return false;
	row = known_row(fold, col);
	fold->guessed = false;
	if (!row && fold->editor == TEXTFOLD_PASTES)
		row = editors_row(fold, col);
	if (!row && fold->editor == TEXTFOLD_NONE && !fold->row && prompt_of(line)) {
		row = editors_row(fold, col);
		fold->guessed = true;
	}
	if (!row)
		return false;
	line->len--;
	line->at--;
	cells_changed(line, line->at);
	begin_row(fold, row, col);
	fold->pending = line->len;
	return true;
}

/* After a line without an end, zsh and fish fill a row with one of these marks and blanks. */
static void learn_from_mark(struct textline *line)
{
	static const char *const marks[] = { "%", "#", "\xe2\x8f\x8e" };
	size_t at;
	size_t col;

	if (line->len < WIDTH_MIN || line->text[line->len - 1] != ' ')
		return;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		at = strlen(marks[i]);
		if (memcmp(line->text, marks[i], at))
			continue;
		while (at < line->len && line->text[at] == ' ')
			at++;
		col = cells_column(line);
		if (at == line->len && col >= WIDTH_MIN && col <= WIDTH_MAX)
			line->fold.width = (uint16_t)col;
	}
}

/*
 * readline prints what comes at once over the edges, without a mark. Returns the columns of a row
 * if it may have done so; else 0.
 */
static size_t unmarked_row(struct textline *line)
{
	const struct textfold *fold = &line->fold;
	size_t row = fold->width ? fold->width : COLUMNS;
	size_t col;

	if (fold->row || line->len < row || fold->editor == TEXTFOLD_ASKS)
		return 0;
	if (fold->editor == TEXTFOLD_NONE && (fold->redrawn || !prompt_of(line)))
		return 0;
	col = cells_column_of(line, line->len);
	/* Text that has filled a row has not gone to the next one. */
	return col > row || (col == row && !fold->printed) ? row : 0;
}

static void find_rows(struct textline *line)
{
	size_t row = unmarked_row(line);
	size_t col;

	if (!row)
		return;
	col = cells_column_of(line, line->len);
	begin_row(&line->fold, row, col - col % row);
}

/*
 * The same at a carriage return. If the width is not known, a row may be longer than the line: what
 * the cursor does next will tell.
 */
static void find_rows_behind(struct textline *line)
{
	struct textfold *fold = &line->fold;
	size_t row = unmarked_row(line);

	if (row && !fold->width)
		fold->doubt = cells_column(line) / row * row;
	else
		find_rows(line);
}

/* The carriage return went to the beginning of the last row (@row), or of the line. */
static void settle_doubt(struct textline *line, bool row)
{
	struct textfold *fold = &line->fold;
	size_t col = cells_column(line);
	size_t begin = fold->doubt;

	fold->doubt = 0;
	if (!begin || !row)
		return;
	find_rows(line);
	cells_go_to(line, begin + col);
}

/*
 * Whether what comes next is inside a row: an editor begins after its prompt, and a program that
 * redraws the line at its beginning.
 */
static bool is_in_row(struct textline *line)
{
	size_t col = cells_column(line);
	size_t prompt = prompt_of(line);

	return col && col < COLUMNS && (!prompt || col != cells_column_of(line, prompt));
}

static bool go_back(struct textline *line)
{
	struct textfold *fold = &line->fold;
	bool padded = fold->editor == TEXTFOLD_NONE && is_padded(line);

	if (fold->pending && line->at == fold->pending) {
		undo(line);
		return true;
	}
	confirm(fold);
	if (!fold->returns)
		fold->from_end = at_end(line);
	fold->returns += fold->returns < 2;
	if (at_end(line)) {
		if (!padded && folds(line))
			return true;
		learn_from_mark(line);
	}
	if (!padded)
		find_rows_behind(line);
	if (!fold->row)
		return false;
	cells_cut_blanks(line);
	go_to_row(line);
	return true;
}

bool textfold_return(struct textline *line)
{
	bool done = go_back(line);

	line->fold.printed = false;
	return done;
}

/* Handles two carriage returns and a line feed at the end of the line. True: it continues. */
static bool goes_on(struct textline *line)
{
	struct textfold *fold = &line->fold;
	size_t col = cells_column_of(line, line->len);
	size_t row;

	if (!col)
		return false;
	row = fold->editor != TEXTFOLD_PASTES && prompt_of(line) ? known_row(fold, col) : 0;
	if (!row && fold->editor == TEXTFOLD_ASKS)
		row = editors_row(fold, col);
	if (!row)
		return false;
	line->at = line->len;
	line->half = false;
	line->beyond = 0;
	begin_row(fold, row, col);
	if (fold->editor == TEXTFOLD_ASKS)
		fold->width = fold->row;
	return true;
}

bool textfold_feed(struct textline *line)
{
	struct textfold *fold = &line->fold;
	bool twice = fold->returns == 2 && fold->from_end;
	bool up = fold->up && fold->editor == TEXTFOLD_NONE;

	fold->doubt = 0;
	textfold_control(line);
	if (fold->pending) {
		undo(line);
		return false;
	}
	if (twice && goes_on(line))
		return true;
	if (!fold->row || cells_column(line) / fold->row + 1 >= foldrows_count(line))
		return false;
	/* Only at Enter does an editor go down to a row that the line does not need. */
	if (up && cells_column_of(line, line->len) <= cells_column(line) + fold->row)
		return false;
	cells_right(line, fold->row);
	/* readline goes down this way, too; if it was Enter, it switches bracketed paste off. */
	fold->below = fold->editor == TEXTFOLD_PASTES;
	return true;
}

void textfold_print(struct textline *line)
{
	line->fold.returns = 0;
	line->fold.below = line->fold.up = false;
	line->fold.erased = 0;
	if (line->fold.doubt)
		settle_doubt(line, is_in_row(line));
}

void textfold_printed(struct textline *line)
{
	struct textfold *fold = &line->fold;

	fold->printed = true;
	if (!fold->pending)
		return;
	if (line->len - fold->pending > ANEW_MAX || line->at != line->len)
		confirm(fold);
	else if (drawn_anew(line))
		undo(line);
	else if (line->len - fold->pending >= ANEW)
		confirm(fold);
}

void textfold_control(struct textline *line)
{
	line->fold.returns = 0;
	line->fold.printed = line->fold.up = false;
	if (line->fold.doubt)
		settle_doubt(line, is_in_row(line));
	if (line->at != line->fold.pending)
		confirm(&line->fold);
}

/* The editor has read the line: rows below the cursor without text do not belong to it any more. */
static void leave_editor(struct textline *line)
{
	line->fold.editor = TEXTFOLD_NONE;
	line->fold.rows = 0;
	if (line->fold.row)
		line->fold.rows = (uint16_t)foldrows_count(line);
}

/* Notes what an editor shows of itself. */
static void note_editor(struct textline *line, const struct vtparse_csi *csi)
{
	struct textfold *fold = &line->fold;

	if (csi->leader == '?' && csi->args[0] == 2004 && csi->final == 'h')
		fold->editor = TEXTFOLD_PASTES;
	else if (csi->leader == '?' && csi->args[0] == 2004 && csi->final == 'l')
		leave_editor(line);
	else if (!csi->leader && csi->final == 'n' && csi->args[0] == 6 &&
		 fold->editor == TEXTFOLD_NONE)
		fold->editor = TEXTFOLD_ASKS;
}

bool textfold_csi(struct textline *line, const struct vtparse_csi *csi)
{
	struct textfold *fold = &line->fold;
	bool up = fold->up && !csi->leader && strchr("CD", csi->final);

	fold->returns = 0;
	/* A colour shows nothing. */
	if (csi->intermediate || csi->final == 'm')
		return false;
	if (fold->doubt && !csi->leader && csi->final == 'C')
		return false;
	if (fold->doubt && !csi->leader && strchr("AK", csi->final))
		settle_doubt(line, csi->final == 'A' || fold->editor == TEXTFOLD_PASTES ||
					   is_in_row(line));
	textfold_control(line);
	fold->up = up;
	/* Nobody moves right or deletes from the beginning of an empty row: it was not a fold. */
	if (fold->pending && !csi->leader &&
	    strchr(fold->guessed ? "CDGPX@`KJ" : "CDGPX@`", csi->final))
		undo(line);
	note_editor(line, csi);
	if (!csi->leader && strchr("ABG`", csi->final))
		find_rows(line);
	return fold->row && !csi->leader && foldrows_move(line, csi);
}

static bool find_number(const char *text, size_t len, const char *word, size_t *number)
{
	const char *at = memmem(text, len, word, strlen(word));
	const char *end = text + len;

	*number = 0;
	if (!at)
		return false;
	for (at += strlen(word); at < end && *at >= '0' && *at <= '9' && *number < WIDTH_MAX; at++)
		*number = *number * 10 + (size_t)(*at - '0');
	return true;
}

/*
 * From a typed "stty rows 24 cols 132", from "columns 132;" of stty -a, or from "COLUMNS=132" of
 * resize.
 */
static void learn_from_text(struct textline *line)
{
	static const char *const words[] = { " cols ", " columns ", "COLUMNS=" };
	size_t number;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (find_number(line->text, line->len, words[i], &number) && number >= WIDTH_MIN &&
		    number < WIDTH_MAX)
			line->fold.width = (uint16_t)number;
}

void textfold_end(struct textline *line)
{
	learn_from_text(line);
	line->fold = (struct textfold){ .width = line->fold.width };
}

void textfold_given(struct textline *line)
{
	line->fold = (struct textfold){ .width = line->fold.width, .editor = line->fold.editor };
}
