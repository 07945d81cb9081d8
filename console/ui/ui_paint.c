// SPDX-License-Identifier: GPL-2.0-only
#include "ui/ui_paint.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/utf8.h"
#include "vt/glyphs.h"

/* What a role looks like: in colour, and with @plain attributes in monochrome. */
static const struct {
	short fg; /* -1: the terminal's own, light or dark */
	short bg;
	attr_t attrs;
	attr_t plain;
} roles[] = {
	[UI_PLAIN] = { -1, -1, 0, 0 },
	[UI_DIM] = { -1, -1, A_DIM, 0 },
	[UI_TITLE] = { -1, -1, A_UNDERLINE, A_UNDERLINE },
	[UI_FOCUS] = { COLOR_BLACK, COLOR_CYAN, 0, A_REVERSE },
	[UI_SELECTED] = { -1, -1, A_REVERSE, A_REVERSE },
	[UI_BAD] = { COLOR_RED, -1, 0, A_BOLD },
	[UI_NEWS] = { -1, -1, A_BOLD, A_BOLD },
	[UI_ALARM] = { COLOR_WHITE, COLOR_RED, A_BOLD, A_REVERSE | A_BOLD },
	[UI_STATUS] = { -1, -1, A_REVERSE, A_REVERSE },
};

/* The pair of two colours; -1: the terminal's own. */
static int pair_of(const struct ui *ui, int fg, int bg)
{
	int pair;

	if (!ui->color || (fg < 0 && bg < 0))
		return 0;
	if (ui->pairs_side)
		return (fg + 1) * ui->pairs_side + bg + 1;
	pair = alloc_pair(fg, bg);
	return pair < 0 ? 0 : pair;
}

static void set_style(const struct ui *ui, attr_t attrs, int fg, int bg)
{
	int pair = pair_of(ui, fg, bg);

	/* Pairs above 255 do not fit into an attribute. */
	attr_set(attrs, (short)(pair > 255 ? 0 : pair), &pair);
}

void ui_role(const struct ui *ui, enum ui_role role)
{
	if (ui->color)
		set_style(ui, roles[role].attrs, roles[role].fg, roles[role].bg);
	else
		set_style(ui, roles[role].plain, -1, -1);
}

/* A stand-in for what the terminal lacks is as wide as the character. */
static void put_char(const struct ui *ui, wchar_t ch, int columns)
{
	wchar_t text[3] = { ch };

	if (!glyphs_have(ui->glyphs, (uint32_t)ch))
		for (text[0] = L'\0'; columns > 0; columns--)
			text[columns - 1] = (wchar_t)glyphs_stand_in((uint32_t)ch);
	addwstr(text);
}

/* Takes the first character off a text that is not empty. Returns its width in columns. */
static int next_char(const char **text, wchar_t *ch)
{
	mbstate_t state = { 0 };
	size_t n = mbrtowc(ch, *text, MB_CUR_MAX, &state);
	int columns;

	if (n == (size_t)-1 || n == (size_t)-2) {
		*ch = L'?';
		n = 1;
	}
	*text += n;
	columns = wcwidth(*ch);
	/* Names of sockets and files are others', too. */
	if (columns < 0 || utf8_turns((uint32_t)*ch)) {
		*ch = L'.';
		columns = 1;
	}
	return columns;
}

int ui_columns(const char *text)
{
	int columns = 0;
	wchar_t ch;

	while (*text)
		columns += next_char(&text, &ch);
	return columns;
}

const char *ui_tail(const char *text, int width)
{
	int columns = ui_columns(text);
	const char *next = text;
	wchar_t ch;

	/* A combining character is left out with the character that it belongs to. */
	while (*text) {
		int n = next_char(&next, &ch);

		if (n && columns <= width)
			break;
		columns -= n;
		text = next;
	}
	return text;
}

int ui_text(const struct ui *ui, int row, int col, int width, bool fill, const char *text)
{
	int used = 0;
	wchar_t ch;

	if (width <= 0 || row < 0 || row >= LINES || col >= COLS)
		return 0;
	if (width > COLS - col)
		width = COLS - col;
	wmove(stdscr, row, col);
	while (*text && used < width) {
		int columns = next_char(&text, &ch);

		if (used + columns > width)
			break;
		put_char(ui, ch, columns);
		used += columns;
	}
	for (; fill && used < width; used++)
		addch(' ');
	return used;
}

int ui_print(const struct ui *ui, int row, int col, int width, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return ui_text(ui, row, col, width, false, text);
}

void ui_time(const struct ui *ui, enum times_shown shown, int64_t before, int64_t ns, int row,
	     int col, int width)
{
	char text[TIMES_TEXT_SIZE];

	ui_role(ui, UI_DIM);
	ui_text(ui, row, col, width, false,
		shown == TIMES_SINCE ? times_since(before, ns, text) : times_text(ns, text));
}

static attr_t attrs_of(unsigned int attrs)
{
	static const struct {
		unsigned int vt;
		attr_t curses;
	} map[] = {
		{ VT_BOLD, A_BOLD },   { VT_UNDERLINE, A_UNDERLINE }, { VT_ITALIC, A_ITALIC },
		{ VT_BLINK, A_BLINK }, { VT_REVERSE, A_REVERSE },     { VT_CONCEAL, A_INVIS },
		{ VT_DIM, A_DIM },
	};
	attr_t out = 0;

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (attrs & map[i].vt)
			out |= map[i].curses;
	return out;
}

/* Takes the characters of a cell that the terminal has. False: it lacks the first. */
static bool take_chars(const struct ui *ui, const struct vt_cell *cell, wchar_t *text)
{
	size_t to = 0;

	for (size_t i = 0; i < VT_CHARS && i < CCHARW_MAX && cell->chars[i]; i++) {
		if (glyphs_have(ui->glyphs, cell->chars[i]))
			text[to++] = (wchar_t)cell->chars[i];
		else if (!i)
			return false;
	}
	if (!to)
		text[to++] = L' ';
	text[to] = L'\0';
	/* What curses would take for a control character, or misplace. */
	if (wcwidth(text[0]) < 1 || wcwidth(text[0]) != (cell->width ? cell->width : 1)) {
		text[0] = text[0] == L' ' ? L' ' : L'?';
		text[1] = L'\0';
	}
	return true;
}

void ui_cell(struct ui *ui, int row, int col, const struct vt_cell *cell, attr_t flags)
{
	wchar_t text[CCHARW_MAX + 1];
	struct quantized look = quantize(&ui->quantizer, cell);
	attr_t attrs = attrs_of(look.attrs) ^ flags;
	bool whole = take_chars(ui, cell, text);
	int pair = pair_of(ui, look.fg, look.bg);
	cchar_t out;

	if (!whole) {
		text[0] = (wchar_t)glyphs_stand_in(cell->chars[0]);
		text[1] = L'\0';
	}
	if (setcchar(&out, text, attrs, (short)(pair > 255 ? 0 : pair), &pair) == ERR)
		setcchar(&out, L"?", attrs, 0, NULL);
	mvadd_wch(row, col, &out);
	if (!whole && cell->width == 2)
		add_wch(&out);
}

void ui_box(const struct ui *ui, int *row, int *col, int *rows, int *cols, const char *title)
{
	int height = *rows + 2 < ui->rows ? *rows + 2 : ui->rows;
	int width = *cols + 4 < ui->cols ? *cols + 4 : ui->cols;
	int top = (ui->rows - height) / 2;
	int left = (ui->cols - width) / 2;

	ui_role(ui, UI_PLAIN);
	for (int i = 0; i < height; i++)
		ui_text(ui, top + i, left, width, true, "");
	mvaddch(top, left, ACS_ULCORNER);
	hline(ACS_HLINE, 0);
	mvhline(top, left + 1, ACS_HLINE, width - 2);
	mvhline(top + height - 1, left + 1, ACS_HLINE, width - 2);
	mvvline(top + 1, left, ACS_VLINE, height - 2);
	mvvline(top + 1, left + width - 1, ACS_VLINE, height - 2);
	mvaddch(top, left + width - 1, ACS_URCORNER);
	mvaddch(top + height - 1, left, ACS_LLCORNER);
	mvaddch(top + height - 1, left + width - 1, ACS_LRCORNER);
	ui_role(ui, UI_NEWS);
	ui_print(ui, top, left + 2, width - 4, " %s ", title);
	ui_role(ui, UI_PLAIN);
	*row = top + 1;
	*col = left + 2;
	*rows = height - 2;
	*cols = width - 4;
}
