/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The screen of one guest: a terminal emulator that is given the guest's bytes.
 * Nothing but vt.c knows which library it is made of; it builds with libvterm
 * 0.1.4 and 0.3.3.
 *
 * Rows count from the top of the screen; negative ones are scrollback, -1 the
 * one that left the screen last. Scrollback is of the primary screen only.
 *
 * Nothing here trusts the bytes: titles, sizes and sequences are those of a
 * hostile guest.
 */
#ifndef KPL011_VT_H
#define KPL011_VT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vt/encoding.h"

#define VT_ROWS_MIN 2
#define VT_ROWS_MAX 500
#define VT_COLS_MIN 10
#define VT_COLS_MAX 1000

/* A base character and its combining ones; the rest of a cell's are dropped. */
#define VT_CHARS 5

/* Bytes of a title with its NUL. It is UTF-8 without control characters. */
#define VT_TITLE_SIZE 256

enum vt_attr {
	VT_BOLD = 1 << 0,
	VT_UNDERLINE = 1 << 1,
	VT_ITALIC = 1 << 2,
	VT_BLINK = 1 << 3,
	VT_REVERSE = 1 << 4,
	VT_CONCEAL = 1 << 5,
	VT_STRIKE = 1 << 6,
	VT_DIM = 1 << 7,
};

enum vt_color_kind {
	VT_COLOR_DEFAULT,
	VT_COLOR_INDEXED, /* @index, 0 to 255 */
	VT_COLOR_RGB,
};

struct vt_color {
	uint8_t kind; /* enum vt_color_kind */
	uint8_t index;
	uint8_t red, green, blue;
};

struct vt_cell {
	uint32_t chars[VT_CHARS]; /* Unicode, ends with 0; none: blank */
	uint8_t width : 2;	  /* columns: 1 or 2; 0: the right half of a wide one */
	uint8_t is_protected : 1; /* from DECSED and DECSEL */
	uint8_t attrs;		  /* enum vt_attr */
	struct vt_color fg, bg;
};

struct vt_cursor {
	int row, col;
	bool visible;
	bool blinks;
};

/* What the guest wants to be told of the mouse. */
enum vt_mouse {
	VT_MOUSE_NONE,
	VT_MOUSE_CLICKS,
	VT_MOUSE_DRAGS,
	VT_MOUSE_MOVES,
};

/* What the guest wants of the Backspace key: DECBKM. */
enum vt_backspace {
	VT_BACKSPACE_UNSAID,
	VT_BACKSPACE_BS,
	VT_BACKSPACE_DEL,
};

/* Keys that are no characters. */
enum vt_key {
	VT_KEY_ENTER,
	VT_KEY_TAB,
	VT_KEY_BACKSPACE,
	VT_KEY_ESCAPE,
	VT_KEY_UP,
	VT_KEY_DOWN,
	VT_KEY_LEFT,
	VT_KEY_RIGHT,
	VT_KEY_INSERT,
	VT_KEY_DELETE,
	VT_KEY_HOME,
	VT_KEY_END,
	VT_KEY_PAGE_UP,
	VT_KEY_PAGE_DOWN,
	VT_KEY_F1, /* F2 is VT_KEY_F1 + 1, up to F12 */
	VT_KEY_F12 = VT_KEY_F1 + 11,
};

enum vt_mod {
	VT_SHIFT = 1 << 0,
	VT_ALT = 1 << 1,
	VT_CTRL = 1 << 2,
};

struct vt_ops {
	/*
	 * Bytes for the guest: what a key, a paste, the mouse, or an answer to
	 * a question of the guest is in its terminal's language.
	 */
	void (*send)(const char *bytes, size_t len, void *arg);
	void (*bell)(void *arg);  /* optional */
	void (*title)(void *arg); /* optional: vt_title() changed */
};

struct vt;

/**
 * vt_new - a blank screen
 * @rows: height, %VT_ROWS_MIN to %VT_ROWS_MAX
 * @cols: width, %VT_COLS_MIN to %VT_COLS_MAX
 * @scrollback: lines that are kept above it, 0: none
 * @ops: what it calls, from inside of the functions below
 * @arg: for @ops
 *
 * Return: NULL without memory
 */
struct vt *vt_new(int rows, int cols, size_t scrollback, const struct vt_ops *ops, void *arg);
void vt_free(struct vt *vt);

/*
 * Whether questions of the guest are answered, and its bells heard: not in a
 * replay of what was answered long ago, and only by who holds the input. Off
 * at first.
 */
void vt_live(struct vt *vt, bool live);

/*
 * A piece of what the guest has sent begins: some KiB that came at once, in however many calls of
 * vt_write(). What few bytes can ask for much of has a bound for each piece: answers are at most
 * 4 KiB, and so many cells are filled, or moved where rows are not moved as a whole.
 */
void vt_begin(struct vt *vt);

/*
 * Takes bytes of the guest, cut anywhere. Of the guest's requests none reaches the
 * operator's terminal: not the clipboard (OSC 52), no colours, no window; the
 * scrollback cannot be erased.
 */
void vt_write(struct vt *vt, const void *bytes, size_t len);

/* What vt_write() is given from now on, and the guest for characters. UTF-8 at first. */
void vt_encode(struct vt *vt, enum encoding encoding);

/*
 * As after power-on: blank. What was on the primary screen goes to the scrollback, and behind
 * it what was on the alternate one if that was seen.
 */
void vt_reset(struct vt *vt);

/*
 * Nothing that the guest has set holds any more, and what it prints next begins in a
 * line of its own; what was printed stays, and below it what was on the alternate screen if
 * that was seen.
 */
void vt_revive(struct vt *vt);

/*
 * What follows was written before, from the beginning of a line on that is counted as vt_scrolled()
 * does: what is before it is in the scrollback, what came behind it is forgotten, and the rest is
 * as after power-on but for the size.
 */
void vt_go_back(struct vt *vt, uint64_t line);

/*
 * Whether the guest may switch between 80 and 132 columns, which it asks for with
 * DECCOLM where it has allowed that itself, as in xterm. Off at first.
 */
void vt_let_resize(struct vt *vt, bool may);

/*
 * Lines are not wrapped anew. What does not fit goes to the scrollback or is hidden,
 * and is there again on a screen that is large enough, the cursor too. It is the operator's
 * size, which a reset leaves. 0 or -ENOMEM, unchanged.
 */
int vt_resize(struct vt *vt, int rows, int cols);
void vt_size(const struct vt *vt, int *rows, int *cols);

/*
 * Lines of scrollback that there are. Fewer are kept of lines that take more
 * memory than any text needs.
 */
size_t vt_scrollback(const struct vt *vt);

/*
 * How many lines ever went into the scrollback, less those that came back when
 * the screen grew: a line that was row -1 when this was n is row
 * n - 1 - vt_scrolled() now.
 */
uint64_t vt_scrolled(const struct vt *vt);

/*
 * Rows that were below when the screen was larger, and are again when it is, up to the last with
 * characters. They can be read as the others, from the number of rows of the screen on.
 */
int vt_hidden(const struct vt *vt);

/* @cells: a row of the width of the screen. False: there is no such row. */
bool vt_row(const struct vt *vt, long row, struct vt_cell *cells);

/*
 * The columns that are kept of a row: it was printed when the screen was as wide as this, or
 * the screen is. @cells: so many of it, up to %VT_COLS_MAX.
 */
int vt_row_width(const struct vt *vt, long row);
bool vt_row_whole(const struct vt *vt, long row, struct vt_cell *cells);

/* Whether the line goes on in the next row, with no line feed between. */
bool vt_row_wraps(const struct vt *vt, long row);

/*
 * The row as UTF-8 without trailing blanks (but those of a row that wraps),
 * terminated, at most @size bytes. @cols: if not NULL, for each byte its column.
 * What is wider than the screen is given whole. Returns the length.
 */
size_t vt_row_text(const struct vt *vt, long row, char *text, size_t size, uint16_t *cols);

/*
 * The rows that changed since the last call, a bit each from row 0, at
 * @rows[(VT_ROWS_MAX + 63) / 64]. False: none.
 */
bool vt_damage(struct vt *vt, uint64_t *rows);

void vt_cursor(const struct vt *vt, struct vt_cursor *cursor);
const char *vt_title(const struct vt *vt);
bool vt_on_alternate(const struct vt *vt);
enum vt_mouse vt_mouse(const struct vt *vt);

/* It is unsaid again where the operator says otherwise, and after a reset. */
enum vt_backspace vt_backspace(const struct vt *vt);
void vt_forget_backspace(struct vt *vt);

/* Each gives bytes through send(), whether or not it is live. */
/* False: the guest's encoding does not have the character, and nothing was sent. */
bool vt_key_char(struct vt *vt, uint32_t ch, unsigned int mods);
void vt_key(struct vt *vt, enum vt_key key, unsigned int mods);
/* Around a paste; empty unless the guest asked for brackets. */
void vt_paste_begin(struct vt *vt);
void vt_paste_end(struct vt *vt);
/* @button: 1 left, 2 middle, 3 right, 4 and 5 the wheel; 0: it moved */
void vt_mouse_event(struct vt *vt, int row, int col, int button, bool pressed, unsigned int mods);

/* Bytes of memory, the scrollback included. */
size_t vt_memory(const struct vt *vt);

#endif /* KPL011_VT_H */
