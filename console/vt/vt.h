/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The screen of one guest: a terminal emulator that is fed with the guest's bytes.
 * Only vtterm.c knows which library it uses; it builds with libvterm 0.1.4 and 0.3.3.
 *
 * Rows count from the top of the screen. Negative rows are scrollback; -1 is the one
 * that left the screen last. Only the primary screen has scrollback.
 *
 * Nothing here trusts the bytes: titles, sizes and sequences may be those of a hostile
 * guest.
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

/* Characters of a cell: a base character and combining ones. More are dropped. */
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
	uint32_t chars[VT_CHARS]; /* Unicode; 0 after the last, if there is room; none: blank */
	uint8_t width : 2;	  /* in columns: 1 or 2; 0: the right half of a wide character */
	uint8_t is_protected : 1; /* DECSED and DECSEL do not erase it */
	uint8_t attrs;		  /* enum vt_attr */
	struct vt_color fg, bg;
};

struct vt_cursor {
	int row, col;
	bool visible;
	bool blinks;
};

/* Which mouse events the guest wants. */
enum vt_mouse {
	VT_MOUSE_NONE,
	VT_MOUSE_CLICKS,
	VT_MOUSE_DRAGS,
	VT_MOUSE_MOVES,
};

/* What the guest wants the Backspace key to send: DECBKM. */
enum vt_backspace {
	VT_BACKSPACE_UNSAID,
	VT_BACKSPACE_BS,
	VT_BACKSPACE_DEL,
};

/* Keys that are not characters. */
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
	 * Sends bytes to the guest: the sequence for a key, a paste or a mouse event, or
	 * the answer to a question of the guest.
	 */
	void (*send)(const char *bytes, size_t len, void *arg);
	void (*bell)(void *arg);  /* optional */
	void (*title)(void *arg); /* optional: vt_title() changed */
};

struct vt;

/**
 * vt_new - create a blank screen
 * @rows: height, %VT_ROWS_MIN to %VT_ROWS_MAX
 * @cols: width, %VT_COLS_MIN to %VT_COLS_MAX
 * @scrollback: lines of scrollback to keep; 0: none
 * @ops: called from inside the functions below
 * @arg: for @ops
 *
 * Return: NULL if out of memory
 */
struct vt *vt_new(int rows, int cols, size_t scrollback, const struct vt_ops *ops, void *arg);
void vt_free(struct vt *vt);

/*
 * Whether the guest's questions are answered and its bells reported: not while old output is
 * replayed, which was answered long ago, and only by the process that holds the input. Off at
 * first.
 */
void vt_live(struct vt *vt, bool live);

/*
 * Begins a piece of output: some KiB that were read at once, which may go to vt_write() in several
 * calls. For each piece there is a limit to what a few bytes can cause much of: bytes of answers
 * (4 KiB), cells that are filled, and cells that are moved other than in whole rows.
 */
void vt_begin(struct vt *vt);

/*
 * Takes bytes of the guest, which may be split anywhere. None of the guest's requests reaches the
 * operator's terminal: not those for the clipboard (OSC 52), colours or the window. A guest cannot
 * erase the scrollback.
 */
void vt_write(struct vt *vt, const void *bytes, size_t len);

/* Sets the encoding of vt_write()'s bytes and of typed characters. UTF-8 at first. */
void vt_encode(struct vt *vt, enum encoding encoding);

/*
 * Resets the terminal, as after power-on: the screen is blank. Moves the primary screen to the
 * scrollback, and after it the alternate one if that was shown.
 */
void vt_reset(struct vt *vt);

/*
 * Resets all that the guest has set, and begins a new line. What was printed stays on the screen,
 * with the alternate screen below it if that was shown.
 */
void vt_revive(struct vt *vt);

/*
 * Prepares to write again what was written before, from the beginning of a line on. @line: its
 * number, counted as vt_scrolled() does. Earlier lines are in the scrollback afterwards, later
 * ones are forgotten, and all but the size is as after power-on.
 */
void vt_go_back(struct vt *vt, uint64_t line);

/*
 * Whether the guest may switch between 80 and 132 columns with DECCOLM. As in xterm, it has to
 * allow itself that first. Off at first.
 */
void vt_let_resize(struct vt *vt, bool may);

/*
 * Changes the size. Lines are not rewrapped. What does not fit, perhaps the cursor, goes to the
 * scrollback or is hidden, and comes back when the screen is large enough again. This is the
 * operator's size, which a reset does not change. 0, or -ENOMEM: nothing has changed.
 */
int vt_resize(struct vt *vt, int rows, int cols);
void vt_size(const struct vt *vt, int *rows, int *cols);

/*
 * Lines in the scrollback. If lines take more memory than any text needs, fewer than asked for
 * are kept.
 */
size_t vt_scrollback(const struct vt *vt);

/*
 * How many lines ever went to the scrollback, less those that came back when the screen
 * grew. A line that was row -1 when this was n is row n - 1 - vt_scrolled() now.
 */
uint64_t vt_scrolled(const struct vt *vt);

/*
 * How many rows are hidden below the screen since it became smaller, up to the last one with
 * characters. They can be read like other rows, and their numbers follow those of the screen.
 */
int vt_hidden(const struct vt *vt);

/* Copies a row, as wide as the screen, to @cells. False: there is no such row. */
bool vt_row(const struct vt *vt, long row, struct vt_cell *cells);

/*
 * The width of what is kept of a row: at least that of the screen, more if the screen was wider
 * when the row was printed. @cells: gets that many cells, up to %VT_COLS_MAX.
 */
int vt_row_width(const struct vt *vt, long row);
bool vt_row_whole(const struct vt *vt, long row, struct vt_cell *cells);

/* Whether the line continues in the next row, without a line feed between them. */
bool vt_row_wraps(const struct vt *vt, long row);

/*
 * Copies a row to @text as UTF-8, terminated, at most @size bytes, even if it is wider
 * than the screen. Trailing blanks are left out, unless the row wraps. @cols: if not
 * NULL, gets the column of each byte. Returns the length.
 */
size_t vt_row_text(const struct vt *vt, long row, char *text, size_t size, uint16_t *cols);

/*
 * The rows that have changed since the last call: a bit for each row, from 0 on, in
 * @rows[(VT_ROWS_MAX + 63) / 64]. False: none has.
 */
bool vt_damage(struct vt *vt, uint64_t *rows);

void vt_cursor(const struct vt *vt, struct vt_cursor *cursor);
const char *vt_title(const struct vt *vt);
bool vt_on_alternate(const struct vt *vt);
enum vt_mouse vt_mouse(const struct vt *vt);

/*
 * Unsaid again after a reset, and after vt_forget_backspace(), which is for an operator's choice of
 * what the key sends.
 */
enum vt_backspace vt_backspace(const struct vt *vt);
void vt_forget_backspace(struct vt *vt);

/* The functions below send bytes by ops->send(), whether or not the screen is live. */
/* False: the guest's encoding does not have the character, and nothing was sent. */
bool vt_key_char(struct vt *vt, uint32_t ch, unsigned int mods);
void vt_key(struct vt *vt, enum vt_key key, unsigned int mods);
/* To be called before and after a paste. They send nothing unless the guest asked for brackets. */
void vt_paste_begin(struct vt *vt);
void vt_paste_end(struct vt *vt);
/* @button: 1 left, 2 middle, 3 right, 4 and 5 the wheel; 0: the mouse moved */
void vt_mouse_event(struct vt *vt, int row, int col, int button, bool pressed, unsigned int mods);

/* Bytes of memory that it takes, with the scrollback. */
size_t vt_memory(const struct vt *vt);

#endif /* KPL011_VT_H */
