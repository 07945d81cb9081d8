// SPDX-License-Identifier: GPL-2.0-only
/*
 * libvterm gets only what it is known to handle: too many parameters, large ones,
 * broken UTF-8 and endless combining characters overrun its buffers or grow them
 * without end. It never gets a part of a sequence. So it is always between two
 * sequences, and can be given another one at any time.
 */
#include "vt/vtguest.h"

#include <stdio.h>
#include <string.h>

#include "vt/behind.h"
#include "vt/margins.h"
#include "vt/modes.h"
#include "vt/plain.h"
#include "vt/report.h"
#include "vt/saved.h"
#include "vt/title.h"
#include "base/utf8.h"

/*
 * Cells that REP and DECALN may write for each piece, see vt_begin(); one screen if that
 * is more. A few bytes fill a screen, and a hostile guest may send nothing else.
 */
#define FILLED_MAX (1u << 18)

/* Bytes of text that libvterm gets at once: it has an array for their characters on its stack. */
#define TEXT_MAX 512

/* Characters that libvterm gets at the end of a row; then the fast path is tried again. */
#define EDGE 2

enum {
	SI = 0x0f,
	SO = 0x0e,
};

static void put_ascii(struct vt *vt, const char *text, size_t len)
{
	for (; len && margins_put(vt, text, 1, 1); len--)
		text++;
	while (len) {
		size_t done = plain_text(vt, text, len);

		/* libvterm fills the last column, and wraps. */
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

/* Adds a combining character to the character before the cursor. */
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

static void put_glyph(struct vt *vt, uint32_t ch)
{
	locale_t before = uselocale(vt->locale);
	int width = utf8_width(ch);
	const char *any = width == 2 ? VTTERM_WIDE : VTTERM_NARROW;

	uselocale(before);
	/* Drops a wide one that does not fit while wrapping is off; libvterm would wrap it. */
	if (width < 0 || (!vt->wraps && width == 2 && vt_place(vt).col == margins_last_col(vt)))
		return;
	if (!width) {
		combine(vt, ch);
		return;
	}
	vt->last.ch = ch;
	if (plain_glyph(vt, ch, width))
		return;
	vt->glyph = ch;
	if (!margins_put(vt, any, strlen(any), width)) {
		if (vt->inserts && width == 2)
			vtguest_insert_wide(vt);
		else
			vt_give(vt, any, strlen(any));
		vtguest_end_wide(vt);
	}
	vt->glyph = 0;
}

static void on_glyph(uint32_t ch, void *arg)
{
	struct vt *vt = arg;

	vt->charset.single = 0;
	put_glyph(vt, ch);
}

static void on_ascii(const char *text, size_t len, void *arg)
{
	struct vt *vt = arg;

	if (!charset_translates(&vt->charset))
		put_ascii(vt, text, len);
	for (size_t i = 0; i < len && charset_translates(&vt->charset); i++) {
		uint32_t ch = charset_char(&vt->charset, text[i]);
		const char byte = (char)ch;

		if (ch < 0x80)
			put_ascii(vt, &byte, 1);
		else
			put_glyph(vt, ch);
		if (!charset_translates(&vt->charset))
			put_ascii(vt, text + i + 1, len - i - 1);
	}
	vt->last.ch = (unsigned char)text[len - 1];
}

static void on_control(unsigned char c, void *arg)
{
	struct vt *vt = arg;
	const char byte = (char)c;

	vt->last.ch = 0;
	if (c == SO || c == SI) {
		charset_control(&vt->charset, c);
		return;
	}
	if (c == '\t')
		vtguest_tabbed(vt);
	else if (c != '\a')
		vtguest_moved(vt);
	if (!plain_control(vt, c) && !margins_control(vt, c))
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

/* The part that hard and soft resets have in common. */
static void reset_modes(struct vt *vt)
{
	vt->pen = (struct pen){ .attrs = 0 };
	vt->inserts = vt->in_margins = vt->sides = vt->keeps_protected = false;
	vt->wraps = true;
	vt->charset = (struct charset){ .set = 0 };
	margins_reset(vt);
}

/* Resets some modes explicitly, which libvterm's own reset leaves out. */
void vtguest_reset(struct vt *vt, bool hard)
{
	static const char modes[] = "\033[?1047l\033[?1000l\033[?1005l\033[?1006l\033[?1015l"
				    "\033[?5l\033[?69l\033[20l";
	const struct grid_rect all = { 0, VT_ROWS_MAX, 0, VT_COLS_MAX };

	vt->pen = (struct pen){ .attrs = 0 };
	vt->keeps_protected = false;
	vt_give(vt, modes, strlen(modes));
	if (vt->cols_before)
		vt_resize(vt, vt->page.rows, vt->cols_before);
	vt->cols_before = 0;
	if (vt->page.alternate)
		grid_erase(vt->page.alternate, all, vt->pen.bg);
	vt_reset_term(vt, hard);
	reset_modes(vt);
	vt->newlines = false;
	vt->backspace = VT_BACKSPACE_UNSAID;
	saved_reset(vt);
	vtguest_moved(vt);
	vt->last.ch = 0;
	set_title(vt, "", 0);
}

static unsigned int screen_cells(const struct vt *vt)
{
	return (unsigned int)vt->page.rows * (unsigned int)vt->page.cols;
}

/* False: the guest has filled too many cells already. */
static bool may_fill(struct vt *vt, unsigned int cells)
{
	vt->filled += cells;
	return vt->filled <= FILLED_MAX || vt->filled <= screen_cells(vt);
}

/* SPA and EPA. After SPA, ED, EL and ECH erase no protected cells. */
static void protect(struct vt *vt, bool on)
{
	vt->pen.is_protected = on;
	if (on)
		vt->keeps_protected = true;
}

/*
 * DECALN: fills the screen with plain characters, removes the margins and moves the cursor home.
 * What is written next has the same attributes as before.
 */
static void align(struct vt *vt)
{
	struct pen pen = vt->pen;

	if (!may_fill(vt, screen_cells(vt)))
		return;
	vt->pen = (struct pen){ .attrs = 0 };
	vt->in_margins = false;
	margins_reset(vt);
	vt_give(vt, "\033[?6l\033[r\033[s\033[H\033#8", 17);
	vt->pen = pen;
	vt->behind = false;
	vtguest_moved(vt);
}

/*
 * Does not pass on what libvterm would take for the beginning of more; nor ESC SP G,
 * which switches to 8-bit controls: garbage would change what keys send.
 */
static void on_escape(char intermediate, char final, void *arg)
{
	struct vt *vt = arg;

	vt->last.ch = 0;
	charset_escape(&vt->charset, intermediate, final);
	if (intermediate == '#' && final == '8')
		align(vt);
	if (intermediate)
		return;
	/* IND and RI: libvterm's cursor would stay behind the row if it cannot move. */
	if (final == 'D' || final == 'M')
		vtguest_come_back(vt);
	else if (!strchr("78=>noNOVW", final))
		vtguest_moved(vt);
	if (final == 'c')
		vtguest_reset(vt, true);
	else if (final == '7')
		saved_save(vt);
	else if (final == '8')
		saved_restore(vt);
	else if (final == '6' || final == '9')
		margins_index(vt, final == '9');
	else if (final == 'V' || final == 'W')
		protect(vt, final == 'V');
	else if (strchr("DEHM=>", final) && !margins_escape(vt, final))
		vt_givef(vt, "\033%c", final);
}

static unsigned int count_of(const struct vtparse_csi *csi)
{
	return csi->args[0] ? csi->args[0] : 1;
}

/*
 * REP: repeats the character before it, if a character came directly before it. A
 * screenful is enough: more would not show.
 */
static void repeat(struct vt *vt, uint32_t ch, unsigned int count)
{
	const char byte = (char)ch;

	if (count > screen_cells(vt))
		count = screen_cells(vt);
	if (!ch || !may_fill(vt, count))
		return;
	for (unsigned int i = 0; i < count; i++) {
		if (ch < 0x80)
			on_ascii(&byte, 1, vt);
		else
			on_glyph(ch, vt);
	}
	vt->last.ch = 0;
}

/* Whether libvterm may get a sequence: it knows these, by leader and intermediate. */
static bool is_known(const struct vtparse_csi *csi)
{
	if (!csi->leader && !csi->intermediate)
		return strchr("ABCDEFGHIJKSTXZ`adefgjk", csi->final);
	if (csi->leader == '?' && !csi->intermediate)
		return strchr("JK", csi->final);
	if (csi->leader == '?')
		return csi->intermediate == '$' && csi->final == 'p';
	if (csi->leader == '>')
		return !csi->intermediate && csi->final == 'c';
	if (csi->leader)
		return false;
	return (csi->intermediate == ' ' && csi->final == 'q') ||
	       (csi->intermediate == '\'' && (csi->final == '}' || csi->final == '~'));
}

/* Passes a sequence to libvterm, with two arguments at most. */
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
 * EL and ED to the end. If the cursor is behind a full row, there is nothing to erase
 * in that row, but libvterm's cursor is still on its last character: put that back.
 */
static void erase_rest(struct vt *vt, const struct vtparse_csi *csi)
{
	struct vt_cell cell;
	bool wraps;

	if (csi->final == 'K' && plain_erase_row(vt))
		return;
	if (!vt_wraps(vt) || vt->last.row < 0) {
		pass(vt, csi);
		return;
	}
	wraps = vt->page.grid->row[vt->last.row]->wraps;
	cell = vt->page.grid->row[vt->last.row]->cells[vt->last.col];
	pass(vt, csi);
	grid_put(vt->page.grid, vt->last.row, vt->last.col, &cell);
	vt->page.grid->row[vt->last.row]->wraps = wraps;
}

/*
 * DECSTR, and DECSCL, which has no other visible effect. libvterm's own would also
 * reset tab stops and the mouse, and 0.1.4 looks for DECSTR at the wrong place.
 */
static void soft_reset(struct vt *vt)
{
	static const char modes[] = "\033[?6l\033[r\033[4l\033[?7h\033[?1l\033>\033[?25h";
	struct vt_place pos = vt_place(vt);
	bool wraps = vt_wraps(vt);

	vtguest_moved(vt);
	margins_allow_sides(vt, false);
	vt_give(vt, modes, strlen(modes));
	reset_modes(vt);
	vt_givef(vt, "\033[%d;%dH", pos.row + 1, pos.col + 1);
	if (wraps)
		vtguest_go_behind(vt);
	saved_save(vt);
	vt->saved[!page_is_primary(&vt->page)].row = 0;
	vt->saved[!page_is_primary(&vt->page)].col = 0;
}

/* IL and DL. They move the cursor to the left margin, which libvterm does not. */
static void shift_lines(struct vt *vt, const struct vtparse_csi *csi)
{
	if (!margins_have_cursor(vt))
		return;
	vt->no_scrollback = csi->final == 'M';
	pass(vt, csi);
	vt->no_scrollback = false;
	margins_go_left(vt);
}

/*
 * Sequences without a leader and an intermediate. False: this one changes nothing here, and
 * libvterm may get it unchanged.
 */
static bool on_plain_csi(struct vt *vt, const struct vtparse_csi *csi)
{
	int count = (int)count_of(csi);

	switch (csi->final) {
	case 'H':
	case 'f':
		return plain_move(vt, csi);
	case 'L':
	case 'M':
		shift_lines(vt, csi);
		return true;
	case '@':
	case 'P':
		margins_shift_cells(vt, csi->final == 'P' ? count : -count);
		return true;
	case 'r':
		margins_set_rows(vt, csi);
		return true;
	case 's':
		if (vt->sides)
			margins_set_cols(vt, csi);
		else
			saved_save(vt);
		return true;
	case 'u':
		saved_restore(vt);
		return true;
	case 'T':
		return csi->count > 1; /* mouse highlighting: ignored */
	case 'h':
	case 'l':
		for (unsigned int i = 0; i < csi->count; i++)
			modes_set(vt, csi->args[i], csi->final == 'h');
		return true;
	default:
		return margins_move(vt, csi);
	}
}

/* The same for sequences with a leader or an intermediate. */
static bool on_other_csi(struct vt *vt, const struct vtparse_csi *csi)
{
	if (csi->leader == '?' && !csi->intermediate && strchr("hl", csi->final)) {
		for (unsigned int i = 0; i < csi->count; i++)
			modes_set_private(vt, csi->args[i], csi->final == 'h');
		return true;
	}
	if (csi->leader)
		return false;
	if (csi->intermediate == '!' && csi->final == 'p') {
		soft_reset(vt);
	} else if (csi->intermediate == '"' && csi->final == 'p') {
		soft_reset(vt);
	} else if (csi->intermediate == '"' && csi->final == 'q') {
		vt->keeps_protected = false;
		if (csi->args[0] <= 2)
			vt->pen.is_protected = csi->args[0] == 1;
	} else if (csi->intermediate == ' ' && strchr("@A", csi->final)) {
		int count = (int)count_of(csi);

		margins_shift(vt, csi->final == '@' ? count : -count);
	} else {
		return false;
	}
	return true;
}

static void on_csi(const struct vtparse_csi *csi, void *arg)
{
	struct vt *vt = arg;
	bool plain = !csi->leader && !csi->intermediate;
	uint32_t ch = vt->last.ch;

	vt->last.ch = 0;
	if (plain && csi->final == 'm') {
		pen_sgr(&vt->pen, csi);
		return;
	}
	if (plain && csi->final == 'b') {
		repeat(vt, ch, count_of(csi));
		return;
	}
	if (plain && (csi->final == 'K' || csi->final == 'J') && !csi->args[0]) {
		erase_rest(vt, csi);
		return;
	}
	vtguest_stand(vt, csi);
	if (report_csi(vt, csi))
		return;
	if (plain ? on_plain_csi(vt, csi) : on_other_csi(vt, csi))
		return;
	if (is_known(csi))
		pass(vt, csi);
}

/*
 * Titles, and questions for settings (DECRQSS). All else is ignored: the clipboard
 * (OSC 52), the operator's colours, files.
 */
static void on_string(char kind, const char *text, size_t len, void *arg)
{
	struct vt *vt = arg;

	vt->last.ch = 0;
	if (kind == ']' && len >= 2 && (text[0] == '0' || text[0] == '2') && text[1] == ';')
		set_title(vt, text + 2, len - 2);
	else if (kind == 'P' && !strncmp(text, "$q", 2))
		report_setting(vt, text + 2);
}

const struct vtparse_ops vtguest_ops = {
	.ascii = on_ascii,
	.glyph = on_glyph,
	.control = on_control,
	.escape = on_escape,
	.csi = on_csi,
	.string = on_string,
};
