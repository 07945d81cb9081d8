// SPDX-License-Identifier: GPL-2.0-only
/*
 * What libvterm gets, and what it tells: where cells go, modes, and its output, which are keys and
 * answers. No other file knows it.
 */
#include "vt/vtterm.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <vterm.h>

#include "base/utf8.h"

/* Bytes of answers for each piece, see vt_begin(). */
#define ANSWERS_MAX 4096

/*
 * Cells that may be moved or checked one by one for each piece: TOUCHED_MAX, and TOUCHED_BYTE more
 * for each byte. A program that scrolls a part of the screen does so for a line of text, which has
 * many bytes if the part is wide; a hostile guest needs but a few bytes each time.
 */
#define TOUCHED_MAX (1u << 18)
#define TOUCHED_BYTE 128

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

bool vt_may_touch(struct vt *vt, const struct grid_rect *area)
{
	uint64_t most = TOUCHED_MAX + (uint64_t)vt->taken * TOUCHED_BYTE;
	int rows = area->bottom - area->top;
	uint64_t cells;

	/* One row costs no more than a line that goes to the scrollback. */
	if (rows < 2)
		return true;
	cells = (uint64_t)rows * (uint64_t)(area->right - area->left);
	if (vt->touched && vt->touched + cells > most)
		return false;
	vt->touched += cells;
	return true;
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
	vt->behind = vt_wraps(vt);
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
	if (!vt_may_touch(vt, is_whole ? &gone : &area))
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
	else if (vt_may_touch(vt, &area))
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

void vtterm_open(struct vt *vt, int rows, int cols)
{
	/* Some versions never enlarge the arrays that they make for the first size. */
	vt->term = vterm_new_with_allocator(VT_ROWS_MAX, cols, &allocator, vt);
	vterm_set_utf8(vt->term, 1);
	vterm_output_set_callback(vt->term, on_output, vt);
	vt->state = vterm_obtain_state(vt->term);
	vterm_state_set_callbacks(vt->state, &callbacks, vt);
	vterm_set_size(vt->term, rows, cols);
}

void vtterm_close(struct vt *vt)
{
	if (vt->term)
		vterm_free(vt->term);
}

void vtterm_resize(struct vt *vt, int rows, int cols)
{
	vterm_set_size(vt->term, rows, cols);
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
