// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtparse splits the bytes into text and sequences, and vtguest carries them out. The
 * pen has the attributes and colours of what is written, the page all cells, those of
 * the scrollback included. Plain text goes directly to the page. The rest goes through
 * libvterm, which moves the cursor and knows margins, modes, keys and answers. Only its
 * state layer is used, which is the same in all versions.
 */
#include "vt/vt.h"

#include <locale.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vterm.h>

#include "base/utf8.h"
#include "vt/margins.h"
#include "vt/pen.h"
#include "vt/vtguest.h"

/* Bytes of answers for each piece, see vt_begin(). */
#define ANSWERS_MAX 4096

/* libvterm's allocator, which counts bytes. libvterm does not survive a lack of memory. */
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

/* Tells libvterm where the cursor is. */
static void catch_up(struct vt *vt)
{
	char text[32];
	int len;

	if (!vt->ahead.is)
		return;
	vt->ahead.is = false;
	len = snprintf(text, sizeof(text), "\033[%d;%dH", vt->ahead.row + 1, vt->ahead.col + 1);
	vterm_input_write(vt->term, text, (size_t)len);
}

void vt_give(struct vt *vt, const char *bytes, size_t len)
{
	catch_up(vt);
	vterm_input_write(vt->term, bytes, len);
}

void vt_givef(struct vt *vt, const char *format, ...)
{
	char text[256];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len > 0 && (size_t)len < sizeof(text))
		vt_give(vt, text, (size_t)len);
}

struct vt_place vt_place(const struct vt *vt)
{
	VTermPos pos;

	if (vt->ahead.is)
		return (struct vt_place){ vt->ahead.row, vt->ahead.col };
	vterm_state_get_cursorpos(vt->state, &pos);
	return (struct vt_place){ pos.row, pos.col };
}

void vt_reset_term(struct vt *vt, bool hard)
{
	catch_up(vt);
	vterm_state_reset(vt->state, hard);
}

/* Callbacks of the state layer. */

static int on_putglyph(VTermGlyphInfo *info, VTermPos pos, void *arg)
{
	struct vt *vt = arg;
	struct vt_cell cell = {
		.chars = { vt->glyph ? vt->glyph : info->chars[0] },
		.width = info->width == 2 ? 2 : 1,
		.attrs = vt->pen.attrs,
		.is_protected = vt->pen.is_protected,
		.fg = vt->pen.fg,
		.bg = vt->pen.bg,
	};

	grid_put(vt->page.grid, pos.row, pos.col, &cell);
	if (vt->last.at_edge && !pos.col && pos.row > 0 && pos.row < vt->page.rows)
		vt->page.grid->row[pos.row - 1]->wraps = true;
	vt->last.row = pos.row;
	vt->last.col = pos.col;
	/* Also if one column is left: a wide character, which has no room there, would wrap. */
	vt->last.at_edge = pos.col + cell.width >= vt->page.cols - 1;
	vt->last.at_end = pos.col + cell.width == vt->page.cols;
	vt->last.at_margin = false;
	vt->behind = vtguest_wraps(vt);
	return 1;
}

static int on_scrollrect(VTermRect rect, int downward, int rightward, void *arg)
{
	struct vt *vt = arg;
	const struct grid_rect area = { rect.start_row, rect.end_row, rect.start_col,
					rect.end_col };
	bool is_whole = !area.left && area.right == vt->page.cols && !rightward;
	struct grid_rect gone = area; /* to the scrollback */

	if (!is_whole || area.top || !page_is_primary(&vt->page) || vt->no_scrollback)
		gone.bottom = 0;
	else if (downward < area.bottom)
		gone.bottom = downward;
	if (!vtguest_may_touch(vt, is_whole ? &gone : &area))
		return 1;
	page_keep(&vt->page, gone.bottom);
	grid_scroll(vt->page.grid, area, downward, rightward, vt->pen.bg);
	return 1;
}

static int on_erase(VTermRect rect, int selective, void *arg)
{
	struct vt *vt = arg;
	const struct grid_rect area = { rect.start_row, rect.end_row, rect.start_col,
					rect.end_col };

	if (vt->keeps_all)
		return 1;
	if (!selective && !vt->keeps_protected)
		grid_erase(vt->page.grid, area, vt->pen.bg);
	else if (vtguest_may_touch(vt, &area))
		grid_erase_selectively(vt->page.grid, area, vt->pen.bg);
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

/* libvterm's output: keys, and, while the guest's bytes are processed, answers. */
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

void vt_answer(struct vt *vt, const char *format, ...)
{
	char text[128];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len > 0 && (size_t)len < sizeof(text))
		on_output(text, (size_t)len, vt);
}

struct vt *vt_new(int rows, int cols, size_t scrollback, const struct vt_ops *ops, void *arg)
{
	struct vt *vt = calloc(1, sizeof(*vt));

	if (!vt)
		return NULL;
	vt->ops = ops;
	vt->arg = arg;
	vt->hidden_row = -1;
	vtparse_init(&vt->parse);
	/* Widths do not depend on the operator's language. */
	vt->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (page_init(&vt->page, rows, cols, scrollback) || !vt->locale) {
		vt_free(vt);
		return NULL;
	}
	/* Some versions never enlarge the arrays that they make for the first size. */
	vt->term = vterm_new_with_allocator(VT_ROWS_MAX, cols, &allocator, vt);
	vterm_set_utf8(vt->term, 1);
	vterm_output_set_callback(vt->term, on_output, vt);
	vt->state = vterm_obtain_state(vt->term);
	vterm_state_set_callbacks(vt->state, &callbacks, vt);
	vterm_set_size(vt->term, rows, cols);
	vt->writing = true;
	vtguest_reset(vt, true);
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

static void write_encoded(struct vt *vt, const char *bytes, size_t len)
{
	char text[512];
	size_t piece = sizeof(text) / ENCODING_GROWTH;

	for (; len; len -= piece, bytes += piece) {
		size_t n;

		if (piece > len)
			piece = len;
		n = encoding_to_utf8(vt->encoding, bytes, piece, text);
		vtparse_bytes(&vt->parse, text, n, &vtguest_ops, vt);
	}
}

void vt_begin(struct vt *vt)
{
	vt->answered = 0;
	vt->taken = 0;
	vt->filled = vt->touched = 0;
}

void vt_write(struct vt *vt, const void *bytes, size_t len)
{
	vt->writing = true;
	vt->hidden_row = -1;
	vt->taken += len;
	if (vt->encoding == ENCODING_UTF8)
		vtparse_bytes(&vt->parse, bytes, len, &vtguest_ops, vt);
	else
		write_encoded(vt, bytes, len);
	vt->writing = false;
}

void vt_encode(struct vt *vt, enum encoding encoding)
{
	/* A character that was begun cannot end in another encoding. */
	if (vt->encoding != encoding)
		vtparse_init(&vt->parse);
	vt->encoding = encoding;
}

void vt_let_resize(struct vt *vt, bool may)
{
	vt->may_resize = may;
}

static int resize(struct vt *vt, int rows, int cols)
{
	struct vt_place pos = vt_place(vt);
	bool hidden = vt->hidden_row >= 0;
	bool writing = vt->writing;
	int up;
	int error;

	if (rows == vt->page.rows && cols == vt->page.cols)
		return 0;
	error = page_resize(&vt->page, rows, cols, pos.row, &up);
	if (error)
		return error;
	vt->saved[0].row -= up;
	if (hidden)
		pos = (struct vt_place){ vt->hidden_row, vt->hidden_col };
	if (page_is_primary(&vt->page))
		pos.row -= up;
	/* A screen that is large enough shows it there again, unless something is written first. */
	hidden = pos.row >= rows || pos.col >= cols;
	vt->hidden_row = hidden ? pos.row : -1;
	vt->hidden_col = pos.col;
	/* Removes the margins, which may now be outside. */
	vt->writing = true;
	vt_give(vt, "\033[r\033[s", 6);
	margins_reset(vt);
	vterm_set_size(vt->term, rows, cols);
	vt_givef(vt, "\033[%d;%dH", pos.row + 1, pos.col + 1);
	vt->writing = writing;
	vtguest_moved(vt);
	return 0;
}

int vt_resize(struct vt *vt, int rows, int cols)
{
	int error = resize(vt, rows, cols);

	/* The operator's size: a reset must not bring back the one from before DECCOLM. */
	if (!error && !vt->writing)
		vt->cols_before = 0;
	return error;
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

/* Reverses a row's cells if the whole screen is reversed (DECSCNM). */
static void reverse_row(const struct vt *vt, long row, struct vt_cell *cells, int cols)
{
	for (int col = 0; col < cols && vt->reversed && row >= 0; col++)
		pen_reverse_screen(&cells[col]);
}

int vt_hidden(const struct vt *vt)
{
	return page_hidden(&vt->page);
}

bool vt_row(const struct vt *vt, long row, struct vt_cell *cells)
{
	if (!page_row(&vt->page, row, cells))
		return false;
	reverse_row(vt, row, cells, vt->page.cols);
	return true;
}

int vt_row_width(const struct vt *vt, long row)
{
	return page_row_width(&vt->page, row);
}

bool vt_row_whole(const struct vt *vt, long row, struct vt_cell *cells)
{
	if (!page_row_whole(&vt->page, row, cells))
		return false;
	reverse_row(vt, row, cells, vt_row_width(vt, row));
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
	struct vt_place place = vt_place(vt);

	*cursor = (struct vt_cursor){ place.row, place.col, vt->cursor_visible, vt->cursor_blinks };
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

enum vt_backspace vt_backspace(const struct vt *vt)
{
	return vt->backspace;
}

void vt_forget_backspace(struct vt *vt)
{
	vt->backspace = VT_BACKSPACE_UNSAID;
}

/* What a key sends with Ctrl, since the VT100. Other keys are not changed by Ctrl. */
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

bool vt_key_char(struct vt *vt, uint32_t ch, unsigned int mods)
{
	char bytes[1 + UTF8_MAX] = "\033";
	size_t len = 1;

	/* Does not use libvterm, which sends CSI u: no guest knows that. */
	if (mods & VT_CTRL)
		ch = with_ctrl(ch);
	if (vt->encoding == ENCODING_UTF8)
		len = utf8_put(bytes + 1, ch);
	else if (!encoding_byte(vt->encoding, ch, bytes + 1))
		return false;
	if (mods & VT_ALT)
		vt->ops->send(bytes, 1 + len, vt->arg);
	else
		vt->ops->send(bytes + 1, len, vt->arg);
	return true;
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
	/* Keys that send a character send the same with Shift or Ctrl, except Tab with Shift. */
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
