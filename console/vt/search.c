// SPDX-License-Identifier: GPL-2.0-only
#define PCRE2_CODE_UNIT_WIDTH 8

#include "vt/search.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pattern.h"
#include "base/utf8.h"

/* Limits of one call of pcre2_match(): internal calls of PCRE2, and KiB of heap. */
#define MATCH_CALLS 20000
#define MATCH_HEAP 4096

/* Bytes at which one call tries to match: some milliseconds in the worst case. */
#define SLICE 32

/*
 * A long line is searched in parts: rows in which a match may begin, and rows after these
 * into which it may reach.
 */
#define LINE_ROWS 64
#define REACH_ROWS 8

/* The most bytes of a cell, and of a row, which has more than a line may if most of it combines. */
#define CELL_MAX ((size_t)VT_CHARS * UTF8_MAX)
#define ROW_MAX (VT_COLS_MAX * CELL_MAX)

/* A cell. Its row is counted from the guest's first line, so that scrolling does not change it. */
struct spot {
	int64_t line;
	int col;
};

struct search {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;

	bool backward;
	struct spot place; /* the next match begins here or after it; backward: before it */
	unsigned int gave_up;

	/* Backward: the line is scanned forward up to @place; the last match found is the best. */
	bool scanning;
	struct spot scanned;
	bool has_best;
	struct spot best, best_end;

	/* The current line, or part of it. */
	int64_t first;
	int rows;   /* rows in which a match may begin */
	size_t own; /* bytes of these rows */
	size_t len; /* bytes of these rows and of those into which it may reach */
	char text[ROW_MAX + 1];
	uint16_t col[ROW_MAX + 1]; /* the column of each byte */
	uint8_t row[ROW_MAX + 1];  /* and its row, counted from @first */
};

/* Whether a pattern has a capital letter, not counting those after a backslash, as in \S. */
static bool has_capital(const char *pattern)
{
	static const char capital[] = "(?<!\\\\)(?:\\\\\\\\)*\\p{Lu}";
	pcre2_match_data *data;
	pcre2_code *code;
	PCRE2_SIZE at;
	int found = 0;
	int number;

	code = pcre2_compile((PCRE2_SPTR)capital, PCRE2_ZERO_TERMINATED, PCRE2_UTF, &number, &at,
			     NULL);
	data = code ? pcre2_match_data_create(1, NULL) : NULL;
	if (data)
		found = pcre2_match(code, (PCRE2_SPTR)pattern, strlen(pattern), 0, 0, data, NULL);
	pcre2_match_data_free(data);
	pcre2_code_free(code);
	return found > 0;
}

static pcre2_code *compile(const char *pattern, char *error, size_t size)
{
	uint32_t options = PATTERN_OF_TEXT | PCRE2_USE_OFFSET_LIMIT;
	pcre2_code *code;
	PCRE2_SIZE at;
	int number;

	if (strlen(pattern) > SEARCH_PATTERN_MAX) {
		snprintf(error, size, "the pattern is longer than %d bytes", SEARCH_PATTERN_MAX);
		return NULL;
	}
	if (!has_capital(pattern))
		options |= PCRE2_CASELESS;
	code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, &number, &at,
			     NULL);
	if (!code)
		pattern_reason(error, size, pattern, number, at);
	return code;
}

struct search *search_new(const char *pattern, char *error, size_t size)
{
	struct search *search = calloc(1, sizeof(*search));

	if (!search) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	search->code = compile(pattern, error, size);
	if (!search->code) {
		search_free(search);
		return NULL;
	}
	search->data = pcre2_match_data_create(1, NULL);
	search->limits = pcre2_match_context_create(NULL);
	if (!search->data || !search->limits) {
		snprintf(error, size, "out of memory");
		search_free(search);
		return NULL;
	}
	pcre2_set_match_limit(search->limits, MATCH_CALLS);
	pcre2_set_heap_limit(search->limits, MATCH_HEAP);
	return search;
}

void search_free(struct search *search)
{
	if (!search)
		return;
	pcre2_match_context_free(search->limits);
	pcre2_match_data_free(search->data);
	pcre2_code_free(search->code);
	free(search);
}

void search_begin(struct search *search, const struct vt *vt, long row, int col, bool backward)
{
	search->backward = backward;
	search->place = (struct spot){ (int64_t)vt_scrolled(vt) + row, col };
	search->gave_up = 0;
	search->scanning = false;
}

unsigned int search_gave_up(const struct search *search)
{
	return search->gave_up;
}

static int compare(const struct spot *a, const struct spot *b)
{
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->col < b->col ? -1 : a->col > b->col;
}

static long row_of(const struct vt *vt, int64_t line)
{
	return (long)(line - (int64_t)vt_scrolled(vt));
}

static long top_of(const struct vt *vt)
{
	return -(long)vt_scrollback(vt);
}

static int height_of(const struct vt *vt)
{
	int rows, cols;

	vt_size(vt, &rows, &cols);
	return rows + vt_hidden(vt);
}

/* Room for one more row, with its NUL. The first one always fits. */
static size_t room_for(const struct search *search, int rows)
{
	if (!rows)
		return sizeof(search->text);
	return search->len < SEARCH_LINE_MAX ? SEARCH_LINE_MAX + 1 - search->len : 0;
}

/* Loads rows from @first on, as far as they are one line and there is room. */
static void load_from(struct search *search, const struct vt *vt, long first)
{
	bool wraps = true;
	int rows;

	search->first = (int64_t)vt_scrolled(vt) + first;
	search->len = 0;
	for (rows = 0; wraps && rows < LINE_ROWS + REACH_ROWS; rows++) {
		size_t room = room_for(search, rows);
		long row = first + rows;
		size_t more = vt_row_text(vt, row, search->text + search->len, room,
					  search->col + search->len);

		/* This row may have been cut for lack of room: leave it to the next part. */
		if (rows && more + 2 * CELL_MAX >= room)
			break;
		memset(search->row + search->len, rows, more);
		search->len += more;
		wraps = vt_row_wraps(vt, row) && row + 1 < height_of(vt);
	}
	search->text[search->len] = '\0';
	/* If the line continues, the last rows here are also the start of the next part. */
	search->rows = wraps && rows > REACH_ROWS ? rows - REACH_ROWS : rows;
	search->own = search->len;
	while (search->own && search->row[search->own - 1] >= search->rows)
		search->own--;
}

/* Loads the line, or the part of it, to which @row belongs. */
static void load(struct search *search, const struct vt *vt, long row)
{
	long first = row;

	while (first > top_of(vt) && row - first < LINE_ROWS && vt_row_wraps(vt, first - 1))
		first--;
	/* A line that is too long is cut at the same rows wherever the search comes from. */
	if (row - first == LINE_ROWS)
		first = row - (long)((vt_scrolled(vt) + (uint64_t)row) % LINE_ROWS);
	load_from(search, vt, first);
	if (first + search->rows <= row)
		load_from(search, vt, row);
}

static struct spot spot_of(const struct search *search, size_t at)
{
	if (at >= search->len)
		return (struct spot){ search->first + search->rows, 0 };
	return (struct spot){ search->first + search->row[at], search->col[at] };
}

/* The place after the cell of the last byte before @at, in the row of that byte. */
static struct spot end_of(const struct search *search, const struct vt *vt, size_t at)
{
	struct spot spot = spot_of(search, at - 1);
	struct vt_cell cells[VT_COLS_MAX];
	long row = row_of(vt, spot.line);

	if (spot.col < vt_row_width(vt, row) && vt_row_whole(vt, row, cells))
		spot.col += cells[spot.col].width == 2;
	spot.col++;
	return spot;
}

/* The offset of the first byte that is not before @spot. */
static size_t offset_of(const struct search *search, const struct spot *spot)
{
	size_t at;

	for (at = 0; at < search->len; at++) {
		struct spot here = spot_of(search, at);

		if (compare(&here, spot) >= 0)
			break;
	}
	return at;
}

static bool is_inside_character(const struct search *search, size_t at)
{
	return at < search->len && ((unsigned char)search->text[at] & 0xc0) == 0x80;
}

enum found { FOUND, NOT_FOUND, NOT_DONE, GAVE_UP };

/* Finds the first match at or after *@at. If there is none, *@at is how far it has searched. */
static enum found match(struct search *search, size_t *at, bool (*enough)(void *arg), void *arg,
			PCRE2_SIZE **range)
{
	while (*at < search->own) {
		size_t next = *at + SLICE;
		int count;

		pcre2_set_offset_limit(search->limits, next - 1);
		count = pcre2_match(search->code, (PCRE2_SPTR)search->text, search->len, *at,
				    PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY, search->data,
				    search->limits);
		*range = pcre2_get_ovector_pointer(search->data);
		if (count >= 0 && (*range)[0] >= search->own)
			return NOT_FOUND;
		/* With \K a match may end before it begins. */
		if (count >= 0)
			return (*range)[0] >= *at && (*range)[0] < (*range)[1] ? FOUND : GAVE_UP;
		if (count != PCRE2_ERROR_NOMATCH)
			return GAVE_UP;
		while (is_inside_character(search, next))
			next++;
		*at = next;
		if (*at < search->own && enough && enough(arg))
			return NOT_DONE;
	}
	return NOT_FOUND;
}

static void set_hit(const struct vt *vt, struct search_hit *hit, const struct spot *from,
		    const struct spot *to)
{
	*hit = (struct search_hit){ row_of(vt, from->line), from->col, row_of(vt, to->line),
				    to->col };
}

/* Searches one line or part. NOT_DONE also means that there are more of them. */
static enum found forward(struct search *search, const struct vt *vt, bool (*enough)(void *arg),
			  void *arg, struct search_hit *hit)
{
	long row = row_of(vt, search->place.line);
	struct spot from, to;
	enum found found;
	PCRE2_SIZE *range;
	size_t at;

	if (row < top_of(vt)) {
		row = top_of(vt);
		search->place = (struct spot){ (int64_t)vt_scrolled(vt) + row, 0 };
	}
	if (row >= height_of(vt))
		return NOT_FOUND;
	load(search, vt, row);
	at = offset_of(search, &search->place);
	found = match(search, &at, enough, arg, &range);
	if (found == FOUND) {
		from = spot_of(search, range[0]);
		to = end_of(search, vt, range[1]);
		set_hit(vt, hit, &from, &to);
		search->place = spot_of(search, range[1]);
		/* A match that ends inside a cell takes all of it. */
		if (compare(&search->place, &to) < 0)
			search->place = to;
		return FOUND;
	}
	search->gave_up += found == GAVE_UP;
	search->place = found == NOT_DONE ? spot_of(search, at)
					  : (struct spot){ search->first + search->rows, 0 };
	return NOT_DONE;
}

/* Continues to find the matches of the line that begin before @place, and keeps the last one. */
static enum found scan(struct search *search, const struct vt *vt, bool (*enough)(void *arg),
		       void *arg)
{
	size_t end = offset_of(search, &search->place);
	size_t at = offset_of(search, &search->scanned);

	while (at < end) {
		PCRE2_SIZE *range;
		enum found found = match(search, &at, enough, arg, &range);

		if (found == NOT_DONE)
			search->scanned = spot_of(search, at);
		if (found != FOUND)
			return found;
		if (range[0] >= end)
			break;
		search->has_best = true;
		search->best = spot_of(search, range[0]);
		search->best_end = end_of(search, vt, range[1]);
		at = range[1];
	}
	return NOT_FOUND;
}

static enum found backward(struct search *search, const struct vt *vt, bool (*enough)(void *arg),
			   void *arg, struct search_hit *hit)
{
	int height = height_of(vt);
	long row = row_of(vt, search->place.line);
	enum found found;

	if (row >= height) {
		row = height;
		search->place = (struct spot){ (int64_t)vt_scrolled(vt) + row, 0 };
	}
	if (!search->place.col)
		row--;
	if (row < top_of(vt))
		return NOT_FOUND;
	load(search, vt, row);
	if (!search->scanning) {
		search->scanning = true;
		search->scanned = (struct spot){ search->first, 0 };
		search->has_best = false;
	}
	found = scan(search, vt, enough, arg);
	if (found == NOT_DONE)
		return NOT_DONE;
	search->scanning = false;
	search->gave_up += found == GAVE_UP;
	if (search->has_best) {
		set_hit(vt, hit, &search->best, &search->best_end);
		search->place = search->best;
		return FOUND;
	}
	search->place = (struct spot){ search->first, 0 };
	return NOT_DONE;
}

enum search_result search_step(struct search *search, const struct vt *vt,
			       bool (*enough)(void *arg), void *arg, struct search_hit *hit)
{
	for (;;) {
		enum found found = search->backward ? backward(search, vt, enough, arg, hit)
						    : forward(search, vt, enough, arg, hit);

		if (found == FOUND)
			return SEARCH_FOUND;
		if (found == NOT_FOUND)
			return SEARCH_NONE;
		if (enough && enough(arg))
			return SEARCH_MORE;
	}
}
