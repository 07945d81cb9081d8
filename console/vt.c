// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtparse takes the bytes apart; what they look like is the pen's; the cells, those
 * that left the screen as well, are the page's. libvterm is in between: it knows where
 * the cursor goes, margins, modes, character sets, keys and answers. Of it only
 * the state layer is used, which is the same in all versions.
 *
 * libvterm gets nothing but what it is known to bear, and never a part of a
 * sequence: too many parameters, great ones, broken UTF-8 and endless combining
 * characters overrun its buffers or grow them without end. So it is always
 * between two sequences, and one more can be given to it at any time.
 */
#include "vt.h"

#include <locale.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vterm.h>

#include "page.h"
#include "pen.h"
#include "title.h"
#include "utf8.h"
#include "vtparse.h"

/* Bytes of answers to the questions in one vt_write(). */
#define ANSWERS_MAX 4096

/*
 * Cells that REP and DECALN may write in one vt_write(), or one screen: a few bytes
 * of theirs fill it, and a hostile guest sends nothing else.
 */
#define FILLED_MAX (1u << 18)

/* libvterm has an array of as many characters on its stack. */
#define TEXT_MAX 512

/* Characters that are worth a move of the cursor. */
#define RUN_MIN 6

/* Stand for all characters of their width, for its table of widths is not ours. */
#define NARROW "\xc2\xa1"
#define WIDE "\xe4\xb8\x80"

enum {
	SI = 0x0f,
	SO = 0x0e,
};

struct vt {
	VTerm *term;
	VTermState *state;
	struct vtparse parse;
	const struct vt_ops *ops;
	void *arg;
	locale_t locale;

	struct page page;
	struct pen pen;
	struct pen saved_pen;
	int saved_rows; /* rows that the saved cursor's line went up since */

	uint32_t glyph; /* what a stand-in is for; 0: there is none */
	struct {
		int row, col; /* where the last character is; row -1: nowhere */
		uint32_t ch;  /* what it is, for REP; 0: nothing */
		bool at_edge; /* the next one wraps, or may */
		bool pending; /* the next one wraps: the cursor is behind the row */
	} last;
	bool no_scrollback; /* lines that leave now are deleted ones */

	/* Whether plain text goes where the cursor is, as it is. */
	bool inserts, in_margins;
	bool translates[4]; /* each character set, G0 to G3 */
	int set;	    /* the one in use */

	bool live;
	bool writing;
	size_t answered; /* bytes, in this vt_write() */
	uint64_t filled; /* cells, in this vt_write() */
	size_t term_memory;

	bool cursor_visible, cursor_blinks, reversed;
	enum vt_mouse mouse;
	char title[VT_TITLE_SIZE];
};

/* What libvterm has allocated. It does not survive a lack of memory. */
static void *term_malloc(size_t size, void *data)
{
	struct vt *vt = data;
	void *memory = calloc(1, size);

	if (!memory)
		abort();
	vt->term_memory += malloc_usable_size(memory);
	return memory;
}

static void term_free(void *memory, void *data)
{
	struct vt *vt = data;

	vt->term_memory -= malloc_usable_size(memory);
	free(memory);
}

static VTermAllocatorFunctions allocator = { term_malloc, term_free };

/* One or more whole sequences, or text. */
static void give(struct vt *vt, const char *bytes, size_t len)
{
	vterm_input_write(vt->term, bytes, len);
}

__attribute__((format(printf, 2, 3))) static void givef(struct vt *vt, const char *format, ...)
{
	char text[256];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len > 0 && (size_t)len < sizeof(text))
		give(vt, text, (size_t)len);
}

/* The cursor is no longer behind the last character. */
static void forget_last(struct vt *vt)
{
	vt->last.row = -1;
	vt->last.at_edge = false;
	vt->last.pending = false;
}

/* The state layer's calls. */

static int on_putglyph(VTermGlyphInfo *info, VTermPos pos, void *arg)
{
	struct vt *vt = arg;
	struct vt_cell cell = {
		.chars = { vt->glyph ? vt->glyph : info->chars[0] },
		.width = info->width == 2 ? 2 : 1,
		.attrs = vt->pen.attrs,
		.fg = vt->pen.fg,
		.bg = vt->pen.bg,
	};

	grid_put(vt->page.grid, pos.row, pos.col, &cell);
	if (vt->last.at_edge && !pos.col && pos.row > 0 && pos.row < vt->page.rows)
		vt->page.grid->row[pos.row - 1]->wraps = true;
	vt->last.row = pos.row;
	vt->last.col = pos.col;
	/* A wide one that had no room may be the next. */
	vt->last.at_edge = pos.col + cell.width >= vt->page.cols - 1;
	vt->last.pending = pos.col + cell.width == vt->page.cols;
	return 1;
}

static int on_scrollrect(VTermRect rect, int downward, int rightward, void *arg)
{
	struct vt *vt = arg;
	const struct grid_rect area = { rect.start_row, rect.end_row, rect.start_col,
					rect.end_col };

	if (page_is_primary(&vt->page) && !vt->no_scrollback && !rect.start_row &&
	    !rect.start_col && rect.end_col == vt->page.cols && !rightward)
		page_keep(&vt->page, downward < rect.end_row ? downward : rect.end_row);
	grid_scroll(vt->page.grid, area, downward, rightward, vt->pen.bg);
	return 1;
}

static int on_erase(VTermRect rect, int selective, void *arg)
{
	struct vt *vt = arg;
	const struct grid_rect area = { rect.start_row, rect.end_row, rect.start_col,
					rect.end_col };

	(void)selective;
	grid_erase(vt->page.grid, area, vt->pen.bg);
	return 1;
}

static int on_settermprop(VTermProp prop, VTermValue *value, void *arg)
{
	struct vt *vt = arg;

	switch (prop) {
	case VTERM_PROP_CURSORVISIBLE:
		vt->cursor_visible = value->boolean;
		return 1;
	case VTERM_PROP_CURSORBLINK:
		vt->cursor_blinks = value->boolean;
		return 1;
	case VTERM_PROP_REVERSE:
		if (vt->reversed != !!value->boolean)
			grid_damage(vt->page.grid, 0, vt->page.rows);
		vt->reversed = value->boolean;
		return 1;
	case VTERM_PROP_ALTSCREEN:
		return page_show_alternate(&vt->page, value->boolean);
	case VTERM_PROP_MOUSE:
		vt->mouse = value->number == VTERM_PROP_MOUSE_CLICK  ? VT_MOUSE_CLICKS
			    : value->number == VTERM_PROP_MOUSE_DRAG ? VT_MOUSE_DRAGS
			    : value->number == VTERM_PROP_MOUSE_MOVE ? VT_MOUSE_MOVES
								     : VT_MOUSE_NONE;
		return 1;
	default:
		return 1;
	}
}

static int on_bell(void *arg)
{
	struct vt *vt = arg;

	if (vt->live && vt->ops->bell)
		vt->ops->bell(vt->arg);
	return 1;
}

static const VTermStateCallbacks callbacks = {
	.putglyph = on_putglyph,
	.scrollrect = on_scrollrect,
	.erase = on_erase,
	.settermprop = on_settermprop,
	.bell = on_bell,
};

/* Keys, and answers, which are made while the guest's bytes are taken. */
static void on_output(const char *bytes, size_t len, void *arg)
{
	struct vt *vt = arg;

	if (vt->writing) {
		if (!vt->live || vt->answered + len > ANSWERS_MAX)
			return;
		vt->answered += len;
	}
	vt->ops->send(bytes, len, vt->arg);
}

/* The parser's calls. */

/*
 * The beginning of a text that stays in its row is put there at once, and the
 * cursor moved by that much. libvterm has to see the last character, for what comes
 * may belong to it, or wrap. Returns how many are done.
 */
static size_t put_run(struct vt *vt, const char *text, size_t len)
{
	struct vt_cell cell = {
		.width = 1, .attrs = vt->pen.attrs, .fg = vt->pen.fg, .bg = vt->pen.bg
	};
	VTermPos pos;
	size_t room;

	if (vt->inserts || vt->in_margins || vt->translates[vt->set])
		return 0;
	vterm_state_get_cursorpos(vt->state, &pos);
	room = (size_t)(vt->page.cols - 1 - pos.col);
	if (len > room)
		len = room + 1;
	if (len < RUN_MIN)
		return 0;
	grid_put_run(vt->page.grid, pos.row, pos.col, &cell, text, --len);
	givef(vt, "\033[%zuC", len);
	return len;
}

static void on_ascii(const char *text, size_t len, void *arg)
{
	struct vt *vt = arg;
	size_t done = put_run(vt, text, len);

	text += done;
	len -= done;
	vt->last.ch = (unsigned char)text[len - 1];
	for (size_t at = 0; at < len; at += TEXT_MAX)
		give(vt, text + at, len - at < TEXT_MAX ? len - at : TEXT_MAX);
}

/* A character that goes to the one before the cursor. */
static void combine(struct vt *vt, uint32_t ch)
{
	VTermPos pos;

	if (vt->last.row >= 0) {
		grid_combine(vt->page.grid, vt->last.row, vt->last.col, ch);
		return;
	}
	vterm_state_get_cursorpos(vt->state, &pos);
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
	vt->glyph = ch;
	if (width == 2)
		give(vt, WIDE, strlen(WIDE));
	else
		give(vt, NARROW, strlen(NARROW));
	vt->glyph = 0;
}

static void on_control(unsigned char c, void *arg)
{
	struct vt *vt = arg;
	const char byte = (char)c;

	if (c == SO || c == SI)
		vt->set = c == SO;
	else if (c != '\a')
		forget_last(vt);
	give(vt, &byte, 1);
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
	give(vt, "\0337", 2);
	vt->saved_pen = vt->pen;
	vt->saved_rows = 0;
}

/* The screen may have another size since it was saved: libvterm does not look. */
static void restore_cursor(struct vt *vt)
{
	VTermPos pos;

	give(vt, "\0338", 2);
	vterm_state_get_cursorpos(vt->state, &pos);
	forget_last(vt);
	vt->pen = vt->saved_pen;
	if (page_is_primary(&vt->page))
		pos.row -= vt->saved_rows;
	/* A mode that does not exist: after it the cursor is inside. */
	give(vt, "\033[?9999l", 8);
	if (vt->saved_rows)
		givef(vt, "\033[%dd", pos.row < 0 ? 1 : pos.row + 1);
}

static void reset_modes(struct vt *vt)
{
	vt->pen = (struct pen){ .attrs = 0 };
	vt->inserts = vt->in_margins = false;
	memset(vt->translates, 0, sizeof(vt->translates));
	vt->set = 0;
}

/* As after power-on. libvterm's reset forgets some modes. */
static void reset(struct vt *vt)
{
	static const char modes[] = "\033[?1047l\033[?1000l\033[?1005l\033[?1006l\033[?1015l"
				    "\033[?5l\033[?69l\033[20l";

	vt->pen = (struct pen){ .attrs = 0 };
	give(vt, modes, strlen(modes));
	vterm_state_reset(vt->state, 1);
	reset_modes(vt);
	save_cursor(vt);
	forget_last(vt);
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
		forget_last(vt);
	if (!intermediate && final == 'c') {
		reset(vt);
	} else if (!intermediate && final == '7') {
		save_cursor(vt);
	} else if (!intermediate && final == '8') {
		restore_cursor(vt);
	} else if (!intermediate && strchr("DEHM=>no", final)) {
		if (final == 'n' || final == 'o')
			vt->set = final - 'n' + 2;
		givef(vt, "\033%c", final);
	} else if (intermediate && strchr("()*+", intermediate) && strchr("0AB", final)) {
		vt->translates[intermediate - '('] = final != 'B';
		givef(vt, "\033%c%c", intermediate, final);
	} else if (intermediate == '#' && final == '8' && may_fill(vt, screen_cells(vt))) {
		forget_last(vt);
		give(vt, "\033#8", 3);
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
			give(vt, &byte, 1);
		else
			on_glyph(vt->last.ch, vt);
	}
}

static void ansi_mode(struct vt *vt, unsigned int mode, bool on)
{
	if (mode == 4)
		vt->inserts = on;
	givef(vt, "\033[%u%c", mode, on ? 'h' : 'l');
}

static void private_mode(struct vt *vt, unsigned int mode, bool on)
{
	bool saves = mode == 1048 || mode == 1049;

	if (mode == 6 || mode == 47 || mode == 69 || (mode >= 1047 && mode <= 1049))
		forget_last(vt);
	if (mode == 6)
		vt->in_margins = on;
	if (mode == 47 || mode == 1049)
		mode = 1047;
	if (mode != 1048)
		givef(vt, "\033[?%u%c", mode, on ? 'h' : 'l');
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
	give(vt, text, len);
}

/*
 * EL and ED to the end. Behind a full row there is nothing to erase; libvterm's
 * cursor is still on its last character.
 */
static void erase_rest(struct vt *vt, const struct vtparse_csi *csi)
{
	struct vt_cell cell;
	bool wraps;

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
		forget_last(vt);
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
		vterm_state_reset(vt->state, 0);
		reset_modes(vt);
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
		givef(vt, "\033P%s\033\\", text);
}

static const struct vtparse_ops parsed = {
	.ascii = on_ascii,
	.glyph = on_glyph,
	.control = on_control,
	.escape = on_escape,
	.csi = on_csi,
	.string = on_string,
};

struct vt *vt_new(int rows, int cols, size_t scrollback, const struct vt_ops *ops, void *arg)
{
	struct vt *vt = calloc(1, sizeof(*vt));

	if (!vt)
		return NULL;
	vt->ops = ops;
	vt->arg = arg;
	vtparse_init(&vt->parse);
	/* Widths do not depend on the operator's language. */
	vt->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (page_init(&vt->page, rows, cols, scrollback) || !vt->locale) {
		vt_free(vt);
		return NULL;
	}
	/* Some versions keep the arrays of the first size, whatever comes later. */
	vt->term = vterm_new_with_allocator(VT_ROWS_MAX, cols, &allocator, vt);
	vterm_set_utf8(vt->term, 1);
	vterm_output_set_callback(vt->term, on_output, vt);
	vt->state = vterm_obtain_state(vt->term);
	vterm_state_set_callbacks(vt->state, &callbacks, vt);
	vterm_set_size(vt->term, rows, cols);
	vt->writing = true;
	reset(vt);
	vt->writing = false;
	return vt;
}

void vt_free(struct vt *vt)
{
	if (!vt)
		return;
	if (vt->term)
		vterm_free(vt->term);
	if (vt->locale)
		freelocale(vt->locale);
	page_fini(&vt->page);
	free(vt);
}

void vt_live(struct vt *vt, bool live)
{
	vt->live = live;
}

void vt_write(struct vt *vt, const void *bytes, size_t len)
{
	vt->writing = true;
	vt->answered = 0;
	vt->filled = 0;
	vtparse_bytes(&vt->parse, bytes, len, &parsed, vt);
	vt->writing = false;
}

void vt_reset(struct vt *vt)
{
	vtparse_init(&vt->parse);
	vt->writing = true;
	reset(vt);
	vt->writing = false;
}

int vt_resize(struct vt *vt, int rows, int cols)
{
	VTermPos pos;
	int up;
	int error;

	if (rows == vt->page.rows && cols == vt->page.cols)
		return 0;
	vterm_state_get_cursorpos(vt->state, &pos);
	error = page_resize(&vt->page, rows, cols, pos.row, &up);
	if (error)
		return error;
	vt->saved_rows += up;
	if (page_is_primary(&vt->page))
		pos.row -= up;
	/* Margins that are outside are not looked after: there are none. */
	vt->writing = true;
	give(vt, "\033[r\033[s", 6);
	vterm_set_size(vt->term, rows, cols);
	givef(vt, "\033[%d;%dH", pos.row + 1, pos.col + 1);
	vt->writing = false;
	forget_last(vt);
	return 0;
}

void vt_size(const struct vt *vt, int *rows, int *cols)
{
	*rows = vt->page.rows;
	*cols = vt->page.cols;
}

size_t vt_scrollback(const struct vt *vt)
{
	return lines_count(vt->page.lines);
}

uint64_t vt_scrolled(const struct vt *vt)
{
	return lines_total(vt->page.lines);
}

bool vt_row(const struct vt *vt, long row, struct vt_cell *cells)
{
	if (!page_row(&vt->page, row, cells))
		return false;
	for (int col = 0; col < vt->page.cols && vt->reversed && row >= 0; col++)
		cells[col].attrs ^= VT_REVERSE;
	return true;
}

bool vt_row_wraps(const struct vt *vt, long row)
{
	return page_row_wraps(&vt->page, row);
}

size_t vt_row_text(const struct vt *vt, long row, char *text, size_t size, uint16_t *cols)
{
	return page_row_text(&vt->page, row, text, size, cols);
}

bool vt_damage(struct vt *vt, uint64_t *rows)
{
	return page_damage(&vt->page, rows);
}

void vt_cursor(const struct vt *vt, struct vt_cursor *cursor)
{
	VTermPos pos;

	vterm_state_get_cursorpos(vt->state, &pos);
	*cursor = (struct vt_cursor){ pos.row, pos.col, vt->cursor_visible, vt->cursor_blinks };
}

const char *vt_title(const struct vt *vt)
{
	return vt->title;
}

bool vt_on_alternate(const struct vt *vt)
{
	return !page_is_primary(&vt->page);
}

enum vt_mouse vt_mouse(const struct vt *vt)
{
	return vt->mouse;
}

/* What a key with Ctrl has sent since the VT100; others are not changed by it. */
static uint32_t with_ctrl(uint32_t ch)
{
	if (ch >= 'a' && ch <= 'z')
		return ch - 'a' + 1;
	if (ch >= '@' && ch <= '_')
		return ch - '@';
	if (ch == ' ')
		return 0;
	if (ch == '?')
		return 0x7f;
	if (ch == '/')
		return 0x1f;
	return ch;
}

void vt_key_char(struct vt *vt, uint32_t ch, unsigned int mods)
{
	char bytes[1 + UTF8_MAX] = "\033";

	/* Not libvterm's CSI u: no guest knows it. */
	if (mods & VT_CTRL)
		ch = with_ctrl(ch);
	if (mods & VT_ALT)
		vt->ops->send(bytes, 1 + utf8_put(bytes + 1, ch), vt->arg);
	else
		vt->ops->send(bytes, utf8_put(bytes, ch), vt->arg);
}

static VTermModifier term_mods(unsigned int mods)
{
	return (mods & VT_SHIFT ? VTERM_MOD_SHIFT : 0) | (mods & VT_ALT ? VTERM_MOD_ALT : 0) |
	       (mods & VT_CTRL ? VTERM_MOD_CTRL : 0);
}

void vt_key(struct vt *vt, enum vt_key key, unsigned int mods)
{
	static const VTermKey keys[] = {
		[VT_KEY_ENTER] = VTERM_KEY_ENTER,
		[VT_KEY_TAB] = VTERM_KEY_TAB,
		[VT_KEY_BACKSPACE] = VTERM_KEY_BACKSPACE,
		[VT_KEY_ESCAPE] = VTERM_KEY_ESCAPE,
		[VT_KEY_UP] = VTERM_KEY_UP,
		[VT_KEY_DOWN] = VTERM_KEY_DOWN,
		[VT_KEY_LEFT] = VTERM_KEY_LEFT,
		[VT_KEY_RIGHT] = VTERM_KEY_RIGHT,
		[VT_KEY_INSERT] = VTERM_KEY_INS,
		[VT_KEY_DELETE] = VTERM_KEY_DEL,
		[VT_KEY_HOME] = VTERM_KEY_HOME,
		[VT_KEY_END] = VTERM_KEY_END,
		[VT_KEY_PAGE_UP] = VTERM_KEY_PAGEUP,
		[VT_KEY_PAGE_DOWN] = VTERM_KEY_PAGEDOWN,
	};

	if (key == VT_KEY_BACKSPACE && mods & VT_CTRL) {
		vt_key_char(vt, '\b', mods & VT_ALT);
		return;
	}
	/* Those that are a character have no other one with Shift or Ctrl. */
	if (key <= VT_KEY_ESCAPE)
		mods &= key == VT_KEY_TAB ? VT_ALT | VT_SHIFT : VT_ALT;
	if (key >= VT_KEY_F1 && key <= VT_KEY_F12)
		vterm_keyboard_key(vt->term, VTERM_KEY_FUNCTION(key - VT_KEY_F1 + 1),
				   term_mods(mods));
	else if (key < VT_KEY_F1)
		vterm_keyboard_key(vt->term, keys[key], term_mods(mods));
}

void vt_paste_begin(struct vt *vt)
{
	vterm_keyboard_start_paste(vt->term);
}

void vt_paste_end(struct vt *vt)
{
	vterm_keyboard_end_paste(vt->term);
}

void vt_mouse_event(struct vt *vt, int row, int col, int button, bool pressed, unsigned int mods)
{
	if (vt->mouse == VT_MOUSE_NONE || row < 0 || row >= vt->page.rows || col < 0 ||
	    col >= vt->page.cols)
		return;
	vterm_mouse_move(vt->term, row, col, term_mods(mods));
	/* The wheel is never released. */
	if (button >= 1 && button <= 5 && (pressed || button < 4))
		vterm_mouse_button(vt->term, button, pressed, term_mods(mods));
}

size_t vt_memory(const struct vt *vt)
{
	return sizeof(*vt) + vt->term_memory + page_memory(&vt->page);
}
