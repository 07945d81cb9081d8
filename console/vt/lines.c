// SPDX-License-Identifier: GPL-2.0-only
#include "vt/lines.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "vt/grid.h"
#include "base/utf8.h"

/*
 * A packed line has styles, one for each run of cells that look the same, then the
 * cells as UTF-8. These bytes, which no cell has as a character, are marks.
 */
enum {
	MARK_BLANK = 0x00, /* a cell without a character */
	MARK_WIDE = 0x01,  /* the next character takes two columns */
	MARK_JOIN = 0x02,  /* the next character belongs to the cell before it */
};

/* Bytes of a packed cell at most: each character with a mark. */
#define CELL_BYTES (VT_CHARS * (1 + UTF8_MAX))

struct style {
	uint16_t cells; /* how many cells have it; a wide one counts as two */
	uint8_t attrs;
	struct vt_color fg, bg;
};

struct line {
	uint32_t text_len;
	uint16_t used;
	uint16_t styles : 15; /* how many; 0: all cells are plain */
	uint16_t wraps : 1;
	struct style style[];
};

struct lines {
	struct line **ring; /* has @room elements; grows up to @max */
	size_t room, max;
	size_t head; /* where the next line goes */
	size_t count;
	size_t bytes; /* of all lines */
	uint64_t total;
};

static size_t line_size(const struct line *line)
{
	return sizeof(*line) + line->styles * sizeof(struct style) + line->text_len;
}

struct lines *lines_new(size_t max)
{
	struct lines *lines = calloc(1, sizeof(*lines));

	if (lines)
		lines->max = max;
	return lines;
}

static size_t slot(const struct lines *lines, size_t age)
{
	return (lines->head + lines->room - 1 - age) % lines->room;
}

static void drop_oldest(struct lines *lines)
{
	size_t at = slot(lines, lines->count - 1);

	if (lines->ring[at])
		lines->bytes -= line_size(lines->ring[at]);
	free(lines->ring[at]);
	lines->ring[at] = NULL;
	lines->count--;
}

void lines_free(struct lines *lines)
{
	if (!lines)
		return;
	while (lines->count)
		drop_oldest(lines);
	free(lines->ring);
	free(lines);
}

/* Makes room for one more line. False: there is none. */
static bool make_room(struct lines *lines)
{
	size_t room = lines->room ? lines->room * 2 : 64;
	struct line **ring;

	if (lines->count < lines->room)
		return true;
	if (room > lines->max)
		room = lines->max;
	if (room > lines->room) {
		ring = calloc(room, sizeof(*ring));
		if (ring) {
			for (size_t i = 0; i < lines->count; i++)
				ring[i] = lines->ring[slot(lines, lines->count - 1 - i)];
			free(lines->ring);
			lines->ring = ring;
			lines->room = room;
			lines->head = lines->count % room;
			return true;
		}
	}
	if (lines->count)
		drop_oldest(lines);
	return lines->room > 0;
}

/* A line that is being packed; has room for any line of a screen. */
struct packed {
	struct style style[VT_COLS_MAX + 1];
	size_t styles; /* not counting the first one, which is plain */
	size_t len;
	char text[VT_COLS_MAX * CELL_BYTES];
};

#define LOOK_SIZE (sizeof(struct vt_cell) - offsetof(struct vt_cell, attrs))

static bool same_look(const struct vt_cell *a, const struct vt_cell *b)
{
	/* Members that a colour's kind does not use may differ. */
	return !memcmp(&a->attrs, &b->attrs, LOOK_SIZE) ||
	       (a->attrs == b->attrs && grid_same_color(&a->fg, &b->fg) &&
		grid_same_color(&a->bg, &b->bg));
}

static char *put_cell(char *text, const struct vt_cell *cell)
{
	if (cell->width == 2)
		*text++ = MARK_WIDE;
	if (cell->chars[0] < 0x80) {
		*text++ = (char)cell->chars[0];
		if (!cell->chars[0])
			return text;
	} else {
		text += utf8_put(text, cell->chars[0]);
	}
	for (int i = 1; i < VT_CHARS && cell->chars[i]; i++) {
		*text++ = MARK_JOIN;
		text += utf8_put(text, cell->chars[i]);
	}
	return text;
}

static void pack_cells(struct packed *packed, const struct vt_cell *cells, int used)
{
	static const struct vt_cell plain;
	const struct vt_cell *look = &plain;
	struct style *style = packed->style;
	char *text = packed->text;
	int since = 0;

	*style = (struct style){ 0 };
	for (int col = 0; col < used; col++) {
		const struct vt_cell *cell = &cells[col];

		if (!cell->width)
			continue;
		if (!same_look(look, cell)) {
			style->cells = (uint16_t)(col - since);
			*++style = (struct style){ 0, cell->attrs, cell->fg, cell->bg };
			since = col;
			look = cell;
		}
		if (cell->chars[0] < 0x80 && !cell->chars[1] && cell->width == 1)
			*text++ = (char)cell->chars[0];
		else
			text = put_cell(text, cell);
	}
	style->cells = (uint16_t)(used - since);
	packed->styles = (size_t)(style - packed->style);
	packed->len = (size_t)(text - packed->text);
}

static struct line *pack(const struct vt_cell *cells, int used, bool wraps)
{
	struct packed packed;
	struct line *line;
	size_t styles;

	pack_cells(&packed, cells, used < VT_COLS_MAX ? used : VT_COLS_MAX);
	/* All of it is plain: no styles are stored. */
	styles = packed.styles ? packed.styles + 1 : 0;
	line = malloc(sizeof(*line) + styles * sizeof(struct style) + packed.len);
	if (!line)
		return NULL;
	line->text_len = (uint32_t)packed.len;
	line->used = (uint16_t)used;
	line->styles = (uint16_t)styles & 0x7fff;
	line->wraps = wraps;
	memcpy(line->style, packed.style, styles * sizeof(struct style));
	memcpy(line->style + styles, packed.text, packed.len);
	return line;
}

void lines_push(struct lines *lines, const struct vt_cell *cells, int used, bool wraps)
{
	struct line *line;

	lines->total++;
	if (!lines->max || !make_room(lines))
		return;
	line = pack(cells, used, wraps);
	lines->ring[lines->head] = line;
	lines->head = (lines->head + 1) % lines->room;
	lines->count++;
	if (line)
		lines->bytes += line_size(line);
	while (lines->count > 1 && lines->bytes > lines->max * LINES_BYTES)
		drop_oldest(lines);
}

static void unpack(const struct line *line, struct vt_cell *cells, int cols)
{
	const char *text = (const char *)(line->style + line->styles);
	const char *end = text + line->text_len;
	const struct style plain = { .cells = UINT16_MAX };
	const struct style *style = line->styles ? line->style : &plain;
	int left = style->cells; /* cells that still have it */
	int col = 0;

	while (text < end && col < cols) {
		struct vt_cell *cell = &cells[col];

		while (!left) {
			style++;
			left = style->cells;
		}
		*cell = (struct vt_cell){
			.width = 1, .attrs = style->attrs, .fg = style->fg, .bg = style->bg
		};
		if (*text == MARK_WIDE) {
			cell->width = 2;
			text++;
		}
		text += utf8_get(text, &cell->chars[0]);
		for (int i = 1; text < end && *text == MARK_JOIN; i++)
			text += 1 + utf8_get(text + 1, &cell->chars[i]);
		if (cell->width == 2 && col + 1 < cols) {
			cells[col + 1] = *cell;
			memset(cells[col + 1].chars, 0, sizeof(cells->chars));
			cells[col + 1].width = 0;
		} else if (cell->width == 2) {
			*cell = grid_blank(cell->bg);
		}
		left -= cell->width;
		col += cell->width;
	}
	for (; col < cols; col++)
		cells[col] = grid_blank((struct vt_color){ .kind = VT_COLOR_DEFAULT });
}

/* Stands for a line for which there was no memory. */
static const struct line lost;

static const struct line *at_age(const struct lines *lines, size_t age)
{
	const struct line *line = lines->ring[slot(lines, age)];

	return line ? line : &lost;
}

void lines_drop(struct lines *lines)
{
	struct line *line;

	if (!lines->count)
		return;
	lines->head = slot(lines, 0);
	line = lines->ring[lines->head];
	lines->ring[lines->head] = NULL;
	lines->count--;
	lines->total--;
	if (line)
		lines->bytes -= line_size(line);
	free(line);
}

bool lines_pop(struct lines *lines, struct vt_cell *cells, int cols, bool *wraps)
{
	if (!lines->count || at_age(lines, 0)->used > cols)
		return false;
	lines_get(lines, 0, cells, cols);
	*wraps = lines_wraps(lines, 0);
	lines_drop(lines);
	return true;
}

size_t lines_count(const struct lines *lines)
{
	return lines->count;
}

uint64_t lines_total(const struct lines *lines)
{
	return lines->total;
}

void lines_get(const struct lines *lines, size_t age, struct vt_cell *cells, int cols)
{
	unpack(at_age(lines, age), cells, cols);
}

int lines_used(const struct lines *lines, size_t age)
{
	return at_age(lines, age)->used;
}

bool lines_wraps(const struct lines *lines, size_t age)
{
	return at_age(lines, age)->wraps;
}

/* Adds what malloc needs for each line. */
size_t lines_memory(const struct lines *lines)
{
	return sizeof(*lines) + lines->room * sizeof(*lines->ring) + lines->bytes +
	       lines->count * 2 * sizeof(size_t);
}
