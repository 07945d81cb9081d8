/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of a screen, which the parts of the emulator share, and what they do with
 * libvterm: they know it only through these functions.
 */
#ifndef KPL011_VTTERM_H
#define KPL011_VTTERM_H

#include <locale.h>

#include "vt/charset.h"
#include "vt/page.h"
#include "vt/pen.h"
#include "vt/vt.h"
#include "vt/vtparse.h"

struct VTerm;
struct VTermState;

/* What DECSC saves. */
struct vt_saved {
	int row, col;
	struct pen pen;
	struct charset charset;
	bool in_margins;
	bool at_end; /* see last.at_end of struct vt */
};

struct vt {
	struct VTerm *term;
	struct VTermState *state;
	struct vtparse parse;
	const struct vt_ops *ops;
	void *arg;
	locale_t locale;

	struct page page;
	struct pen pen;
	struct vt_saved saved[2]; /* of the primary screen, and of the other */
	int hidden_row; /* the cursor's, if the screen has become too small for it; else -1 */
	int hidden_col;

	/* If @is: where the cursor is, which libvterm does not know yet. */
	struct {
		bool is;
		int row, col;
	} ahead;
	bool behind; /* libvterm's cursor may be behind a full row: the next character wraps */

	uint32_t glyph; /* the character for which libvterm gets a stand-in; 0: none */
	struct {
		int row, col;	/* where the last character is; row -1: nowhere */
		uint32_t ch;	/* that character, for REP; 0: none */
		bool at_edge;	/* the next one wraps, or may */
		bool at_end;	/* it is in the last column, and the cursor is behind it */
		bool at_margin; /* the next one wraps at the right margin */
	} last;
	bool no_scrollback; /* lines that leave the screen now are deleted */

	/* The modes and margins that change where text goes. */
	bool inserts, in_margins;
	bool margins;  /* there are margins at the top or the bottom */
	bool sides;    /* there may be margins at the sides (DECLRMM) */
	bool newlines; /* LF is CR LF */
	bool wraps;    /* from the last column to the next row (DECAWM) */
	struct charset charset;
	struct grid_rect region; /* what is between the margins */
	bool keeps_protected;	 /* ED, EL and ECH erase no protected cells (SPA) */
	bool keeps_all;		 /* ignore what libvterm erases now */
	enum vt_backspace backspace;

	/* DECCOLM: the operator permits it; the guest has allowed it (?40); DECNCSM. */
	bool may_resize, allows_columns, keeps_screen;
	int cols_before; /* columns before the guest switched to 132; 0: it has not */

	enum encoding encoding;
	bool live;
	bool writing;		  /* the guest's bytes are being processed */
	size_t answered;	  /* bytes of answers since vt_begin() */
	size_t taken;		  /* bytes of the guest since then */
	uint64_t filled, touched; /* cells since then */
	size_t term_memory;

	bool cursor_visible, cursor_blinks, reversed;
	enum vt_mouse mouse;
	char title[VT_TITLE_SIZE];
};

struct vt_place {
	int row, col;
};

/* Gives libvterm one or more whole sequences, or text. */
void vt_give(struct vt *vt, const char *bytes, size_t len);
__attribute__((format(printf, 2, 3))) void vt_givef(struct vt *vt, const char *format, ...);

/* Answers a question of the guest, if the screen is live. */
__attribute__((format(printf, 2, 3))) void vt_answer(struct vt *vt, const char *format, ...);

/* Makes, frees or resizes libvterm's part of the screen. A screen without one can be closed. */
void vtterm_open(struct vt *vt, int rows, int cols);
void vtterm_close(struct vt *vt);
void vtterm_resize(struct vt *vt, int rows, int cols);

/* Where the cursor is. */
struct vt_place vt_place(const struct vt *vt);

/* RIS, or DECSTR. */
void vt_reset_term(struct vt *vt, bool hard);

/* Whether the next character wraps. */
static inline bool vt_wraps(const struct vt *vt)
{
	return vt->wraps && vt->last.at_end;
}

/*
 * Whether an operation that takes time for each cell may be done to @area. False: the guest has
 * caused too many of these, see vt_begin().
 */
bool vt_may_touch(struct vt *vt, const struct grid_rect *area);

/* libvterm gets these for all characters of their width, since its table of widths differs. */
#define VTTERM_NARROW "\xc2\xa1"
#define VTTERM_WIDE "\xe4\xb8\x80"

#endif /* KPL011_VTTERM_H */
