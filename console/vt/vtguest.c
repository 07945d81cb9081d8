// SPDX-License-Identifier: GPL-2.0-only
/*
 * libvterm gets nothing but what it is known to bear, and never a part of a
 * sequence: too many parameters, great ones, broken UTF-8 and endless combining
 * characters overrun its buffers or grow them without end. So it is always
 * between two sequences, and one more can be given to it at any time.
 */
#include "vt/vtguest.h"

#include <stdio.h>
#include <string.h>

#include "vt/plain.h"
#include "vt/title.h"
#include "base/utf8.h"

/*
 * Cells that REP and DECALN may write in one vt_write(), or one screen: a few bytes
 * of theirs fill it, and a hostile guest sends nothing else.
 */
#define FILLED_MAX (1u << 18)

/* libvterm has an array of as many characters on its stack. */
#define TEXT_MAX 512

/* Characters that libvterm gets for a row's end. */
#define EDGE 2

/* Stand for all characters of their width, for its table of widths is not ours. */
#define NARROW "\xc2\xa1"
#define WIDE "\xe4\xb8\x80"

enum {
	SI = 0x0f,
	SO = 0x0e,
};

void vtguest_moved(struct vt *vt)
{
	vt->last.row = -1;
	vt->last.at_edge = false;
	vt->last.pending = false;
}

static void on_ascii(const char *text, size_t len, void *arg)
{
	struct vt *vt = arg;

	vt->last.ch = (unsigned char)text[len - 1];
	while (len) {
		size_t done = plain_text(vt, text, len);

		/* To the last column, and from there to the next row. */
		if (!done) {
			done = len < TEXT_MAX ? len : TEXT_MAX;
			if (done > EDGE && plain_is(vt))
				done = EDGE;
			vt_give(vt, text, done);
		}
		text += done;
		len -= done;
	}
}

/* A character that goes to the one before the cursor. */
static void combine(struct vt *vt, uint32_t ch)
{
	struct vt_place pos;

	if (vt->last.row >= 0) {
		grid_combine(vt->page.grid, vt->last.row, vt->last.col, ch);
		return;
	}
	pos = vt_place(vt);
	grid_combine(vt->page.grid, pos.row, pos.col - 1, ch);
}

static void on_glyph(uint32_t ch, void *arg)
{
	struct vt *vt = arg;
	locale_t before = uselocale(vt->locale);
	int width = utf8_width(ch);

	uselocale(before);
	if (width < 0)
		return;
	if (!width) {
		combine(vt, ch);
		return;
	}
	vt->last.ch = ch;
	if (plain_glyph(vt, ch, width))
		return;
	vt->glyph = ch;
	if (width == 2)
		vt_give(vt, WIDE, strlen(WIDE));
	else
		vt_give(vt, NARROW, strlen(NARROW));
	vt->glyph = 0;
}

static void on_control(unsigned char c, void *arg)
{
	struct vt *vt = arg;
	const char byte = (char)c;

	if (c == SO || c == SI)
		vt->set = c == SO;
	else if (c != '\a')
		vtguest_moved(vt);
	if (!plain_control(vt, c))
		vt_give(vt, &byte, 1);
}

static void set_title(struct vt *vt, const char *text, size_t len)
{
	locale_t before = uselocale(vt->locale);
	char title[VT_TITLE_SIZE];

	title_clean(title, text, len);
	uselocale(before);
	if (!strcmp(title, vt->title))
		return;
	memcpy(vt->title, title, sizeof(title));
	if (vt->ops->title)
		vt->ops->title(vt->arg);
}

static void save_cursor(struct vt *vt)
{
	vt_give(vt, "\0337", 2);
	vt->saved_pen = vt->pen;
	vt->saved_rows = 0;
}

/* The screen may have another size since it was saved: libvterm does not look. */
static void restore_cursor(struct vt *vt)
{
	struct vt_place pos;

	vt_give(vt, "\0338", 2);
	pos = vt_place(vt);
	vtguest_moved(vt);
	vt->pen = vt->saved_pen;
	if (page_is_primary(&vt->page))
		pos.row -= vt->saved_rows;
	/* A mode that does not exist: after it the cursor is inside. */
	vt_give(vt, "\033[?9999l", 8);
	if (vt->saved_rows)
		vt_givef(vt, "\033[%dd", pos.row < 0 ? 1 : pos.row + 1);
}

static void reset_modes(struct vt *vt)
{
	vt->pen = (struct pen){ .attrs = 0 };
	vt->inserts = vt->in_margins = vt->margins = false;
	memset(vt->translates, 0, sizeof(vt->translates));
	vt->set = 0;
}

/* libvterm's reset forgets some modes. */
void vtguest_reset(struct vt *vt, bool hard)
{
	static const char modes[] = "\033[?1047l\033[?1000l\033[?1005l\033[?1006l\033[?1015l"
				    "\033[?5l\033[?69l\033[20l";

	vt->pen = (struct pen){ .attrs = 0 };
	vt_give(vt, modes, strlen(modes));
	if (vt->cols_before)
		vt_resize(vt, vt->page.rows, vt->cols_before);
	vt->cols_before = 0;
	vt_reset_term(vt, hard);
	reset_modes(vt);
	vt->newlines = vt->sides = false;
	save_cursor(vt);
	vtguest_moved(vt);
	vt->last.ch = 0;
	set_title(vt, "", 0);
}

static unsigned int screen_cells(const struct vt *vt)
{
	return (unsigned int)vt->page.rows * (unsigned int)vt->page.cols;
}

/* False: too many have been filled already. */
static bool may_fill(struct vt *vt, unsigned int cells)
{
	vt->filled += cells;
	return vt->filled <= FILLED_MAX || vt->filled <= screen_cells(vt);
}

/*
 * Nothing that libvterm would take for the beginning of more; nor 8-bit controls
 * (ESC SP G), for garbage would spoil the keys with it.
 */
static void on_escape(char intermediate, char final, void *arg)
{
	struct vt *vt = arg;

	if (!intermediate && !strchr("7=>no", final))
		vtguest_moved(vt);
	if (!intermediate && final == 'c') {
		vtguest_reset(vt, true);
	} else if (!intermediate && final == '7') {
		save_cursor(vt);
	} else if (!intermediate && final == '8') {
		restore_cursor(vt);
	} else if (!intermediate && strchr("DEHM=>no", final)) {
		if (final == 'n' || final == 'o')
			vt->set = final - 'n' + 2;
		vt_givef(vt, "\033%c", final);
	} else if (intermediate && strchr("()*+", intermediate) && strchr("0AB", final)) {
		vt->translates[intermediate - '('] = final != 'B';
		vt_givef(vt, "\033%c%c", intermediate, final);
	} else if (intermediate == '#' && final == '8' && may_fill(vt, screen_cells(vt))) {
		vtguest_moved(vt);
		vt_give(vt, "\033#8", 3);
	}
}

static unsigned int count_of(const struct vtparse_csi *csi)
{
	return csi->args[0] ? csi->args[0] : 1;
}

/* REP: the last character again; more than the screen has would show no more. */
static void repeat(struct vt *vt, unsigned int count)
{
	if (count > screen_cells(vt))
		count = screen_cells(vt);
	if (!vt->last.ch || !may_fill(vt, count))
		return;
	for (unsigned int i = 0; i < count; i++) {
		const char byte = (char)vt->last.ch;

		if (vt->last.ch < 0x80)
			vt_give(vt, &byte, 1);
		else
			on_glyph(vt->last.ch, vt);
	}
}

static void ansi_mode(struct vt *vt, unsigned int mode, bool on)
{
	if (mode == 4)
		vt->inserts = on;
	if (mode == 20)
		vt->newlines = on;
	vt_givef(vt, "\033[%u%c", mode, on ? 'h' : 'l');
}

/*
 * DECCOLM: 132 columns or 80. The screen is cleared, the cursor at home and the
 * margins are gone also where the size is not the guest's to choose.
 */
static void set_columns(struct vt *vt, bool wide)
{
	const struct grid_rect all = { 0, vt->page.rows, 0, vt->page.cols };
	int before = vt->cols_before ? vt->cols_before : vt->page.cols;

	if (!vt->allows_columns)
		return;
	vtguest_moved(vt);
	if (!vt->keeps_screen)
		grid_erase(vt->page.grid, all, vt->pen.bg);
	vt_give(vt, "\033[r\033[s\033[H", 9);
	if (!vt->may_resize || vt_resize(vt, vt->page.rows, wide ? 132 : 80))
		return;
	vt->cols_before = wide ? before : 0;
}

static void private_mode(struct vt *vt, unsigned int mode, bool on)
{
	bool saves = mode == 1048 || mode == 1049;

	if (mode == 3)
		set_columns(vt, on);
	if (mode == 40)
		vt->allows_columns = on;
	if (mode == 95)
		vt->keeps_screen = on;
	if (mode == 3 || mode == 40 || mode == 95)
		return;
	if (mode == 6 || mode == 47 || mode == 69 || (mode >= 1047 && mode <= 1049))
		vtguest_moved(vt);
	if (mode == 6)
		vt->in_margins = on;
	if (mode == 69)
		vt->sides = on;
	if (mode == 47 || mode == 1049)
		mode = 1047;
	if (mode != 1048)
		vt_givef(vt, "\033[?%u%c", mode, on ? 'h' : 'l');
	if (saves && on)
		save_cursor(vt);
	else if (saves)
		restore_cursor(vt);
}

/* What libvterm knows, by leader and intermediate; it gets nothing else. */
static bool is_known(const struct vtparse_csi *csi)
{
	if (!csi->leader && !csi->intermediate)
		return strchr("@ABCDEFGHIJKLMPSTXZ`acdefgjknr", csi->final);
	if (csi->leader == '?' && !csi->intermediate)
		return strchr("JKn", csi->final);
	if (csi->leader == '?')
		return csi->intermediate == '$' && csi->final == 'p';
	if (csi->leader == '>')
		return !csi->intermediate && csi->final == 'c';
	if (csi->leader)
		return false;
	return (csi->intermediate == ' ' && csi->final == 'q') ||
	       (csi->intermediate == '\'' && (csi->final == '}' || csi->final == '~'));
}

/* It takes two arguments at most. */
static void pass(struct vt *vt, const struct vtparse_csi *csi)
{
	char text[64] = "\033[";
	size_t len = 2;

	if (csi->leader)
		text[len++] = csi->leader;
	for (unsigned int i = 0; i < csi->count && i < 2; i++) {
		if (i)
			text[len++] = ';';
		if (csi->given & 1u << i)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%u", csi->args[i]);
	}
	if (csi->intermediate)
		text[len++] = csi->intermediate;
	text[len++] = csi->final;
	vt_give(vt, text, len);
}

/*
 * EL and ED to the end. Behind a full row there is nothing to erase; libvterm's
 * cursor is still on its last character.
 */
static void erase_rest(struct vt *vt, const struct vtparse_csi *csi)
{
	struct vt_cell cell;
	bool wraps;

	if (csi->final == 'K' && plain_erase_row(vt))
		return;
	if (!vt->last.pending) {
		pass(vt, csi);
		return;
	}
	wraps = vt->page.grid->row[vt->last.row]->wraps;
	cell = vt->page.grid->row[vt->last.row]->cells[vt->last.col];
	pass(vt, csi);
	grid_put(vt->page.grid, vt->last.row, vt->last.col, &cell);
	vt->page.grid->row[vt->last.row]->wraps = wraps;
}

/* Margins at the top and the bottom are none. */
static bool is_whole(const struct vt *vt, const struct vtparse_csi *csi)
{
	return csi->args[0] <= 1 &&
	       (csi->count < 2 || !csi->args[1] || csi->args[1] >= vt->page.rows);
}

static void on_csi(const struct vtparse_csi *csi, void *arg)
{
	struct vt *vt = arg;
	bool plain = !csi->leader && !csi->intermediate;

	if (plain && csi->final == 'm') {
		pen_sgr(&vt->pen, csi);
		return;
	}
	if (plain && csi->final == 'b') {
		repeat(vt, count_of(csi));
		return;
	}
	if (plain && (csi->final == 'K' || csi->final == 'J') && !csi->args[0]) {
		erase_rest(vt, csi);
		return;
	}
	/* Modes, questions, tab stops and shapes leave the cursor where it is. */
	if (!strchr("hlncgq", csi->final))
		vtguest_moved(vt);
	if (plain && strchr("Hf", csi->final) && plain_move(vt, csi))
		return;
	if (plain && csi->final == 'r')
		vt->margins = !is_whole(vt, csi);
	if (csi->leader == '?' && !csi->intermediate && strchr("hl", csi->final)) {
		for (unsigned int i = 0; i < csi->count; i++)
			private_mode(vt, csi->args[i], csi->final == 'h');
	} else if (plain && strchr("hl", csi->final)) {
		for (unsigned int i = 0; i < csi->count; i++)
			ansi_mode(vt, csi->args[i], csi->final == 'h');
	} else if (plain && csi->final == 's' && !csi->given) {
		on_escape(0, '7', vt);
	} else if (plain && csi->final == 'u' && !csi->given) {
		on_escape(0, '8', vt);
	} else if (plain && csi->final == 's') {
		pass(vt, csi);
	} else if (plain && csi->final == 'T' && csi->count > 1) {
		return; /* a kind of mouse reports */
	} else if (!csi->leader && csi->intermediate == '!' && csi->final == 'p') {
		/* DECSTR, which libvterm 0.1.4 looks for at the wrong place. */
		vt_reset_term(vt, false);
		reset_modes(vt);
	} else if (!csi->leader && csi->intermediate == '"' && csi->final == 'q') {
		if (csi->args[0] <= 2)
			vt->pen.is_protected = csi->args[0] == 1;
	} else if (is_known(csi)) {
		vt->no_scrollback = csi->final == 'M';
		pass(vt, csi);
		vt->no_scrollback = false;
	}
}

/*
 * Titles, and the question for a setting (DECRQSS) that vim has. Nothing else: no
 * clipboard (OSC 52), no colours of the operator's, no files.
 */
static void on_string(char kind, const char *text, size_t len, void *arg)
{
	struct vt *vt = arg;

	if (kind == ']' && len >= 2 && (text[0] == '0' || text[0] == '2') && text[1] == ';')
		set_title(vt, text + 2, len - 2);
	else if (kind == 'P' && (!strcmp(text, "$qr") || !strcmp(text, "$q q")))
		vt_givef(vt, "\033P%s\033\\", text);
}

const struct vtparse_ops vtguest_ops = {
	.ascii = on_ascii,
	.glyph = on_glyph,
	.control = on_control,
	.escape = on_escape,
	.csi = on_csi,
	.string = on_string,
};
