/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of a screen, for vt.c, which has libvterm, and vtguest.c, which says
 * what the guest's bytes do to both.
 */
#ifndef KPL011_VTGUEST_H
#define KPL011_VTGUEST_H

#include <locale.h>

#include "vt/charset.h"
#include "vt/page.h"
#include "vt/pen.h"
#include "vt/vt.h"
#include "vt/vtparse.h"

struct VTerm;
struct VTermState;

/* By DECSC. */
struct vt_saved {
	int row, col;
	struct pen pen;
	struct charset charset;
	bool in_margins;
	bool at_end; /* as of the last character */
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
	int hidden_row; /* where the cursor was before the screen was too small; -1: inside */
	int hidden_col;

	/* Where the cursor is, if libvterm does not know it yet. */
	struct {
		bool is;
		int row, col;
	} ahead;
	bool behind; /* libvterm's may be behind a full row: what comes next wraps */

	uint32_t glyph; /* what a stand-in is for; 0: there is none */
	struct {
		int row, col;	/* where the last character is; row -1: nowhere */
		uint32_t ch;	/* what it is, for REP; 0: nothing */
		bool at_edge;	/* the next one wraps, or may */
		bool at_end;	/* it is in the last column, and the cursor is behind it */
		bool at_margin; /* the next one wraps at the margin that is at the right */
	} last;
	bool no_scrollback; /* lines that leave now are deleted ones */

	/* Whether plain text goes where the cursor is, as it is. */
	bool inserts, in_margins;
	bool margins;  /* there are some at the top and the bottom */
	bool sides;    /* and at the sides */
	bool newlines; /* LF is CR LF */
	bool wraps;    /* from the last column to the next row */
	struct charset charset;
	struct grid_rect region; /* what is between the margins */
	bool keeps_protected;	 /* ED, EL and ECH erase nothing that is protected: SPA */
	bool keeps_all;		 /* and what libvterm erases now is not to be */
	enum vt_backspace backspace;

	/* DECCOLM: the operator lets it change the size; the guest allows it; DECNCSM. */
	bool may_resize, allows_columns, keeps_screen;
	int cols_before; /* it has 132 columns now; 0: it has not */

	enum encoding encoding;
	bool live;
	bool writing;
	size_t answered;	  /* bytes, since vt_begin() */
	size_t taken;		  /* of what the guest sends, since then, too */
	uint64_t filled, touched; /* cells, since then */
	size_t term_memory;

	bool cursor_visible, cursor_blinks, reversed;
	enum vt_mouse mouse;
	char title[VT_TITLE_SIZE];
};

struct vt_place {
	int row, col;
};

/* Of vt.c: one or more whole sequences, or text, for libvterm. */
void vt_give(struct vt *vt, const char *bytes, size_t len);
__attribute__((format(printf, 2, 3))) void vt_givef(struct vt *vt, const char *format, ...);

/* Of vt.c, too: an answer to a question of the guest, if it is to have any. */
__attribute__((format(printf, 2, 3))) void vt_answer(struct vt *vt, const char *format, ...);

/* Where the cursor is. */
struct vt_place vt_place(const struct vt *vt);

/* RIS, or DECSTR. */
void vt_reset_term(struct vt *vt, bool hard);

/* Of vtguest.c: what is done with each piece of the guest's bytes, a struct vt. */
extern const struct vtparse_ops vtguest_ops;

/* As after power-on; unless @hard what is on the primary screen stays. */
void vtguest_reset(struct vt *vt, bool hard);

/* The next character wraps. */
static inline bool vtguest_wraps(const struct vt *vt)
{
	return vt->wraps && vt->last.at_end;
}

/*
 * Whether what takes a while for each cell of it may be done to @area. False: the guest has had
 * that done too often, see vt_begin().
 */
bool vtguest_may_touch(struct vt *vt, const struct grid_rect *area);

/* Stand for all characters of their width, for libvterm's table of widths is not ours. */
#define VTGUEST_NARROW "\xc2\xa1"
#define VTGUEST_WIDE "\xe4\xb8\x80"

/* Whether the cursor is behind the row still, after a CSI sequence that is to come. */
void vtguest_stand(struct vt *vt, const struct vtparse_csi *csi);

/* The same of a tab: at the end of a row there is no further stop, and what was to wrap still is.
 */
void vtguest_tabbed(struct vt *vt);

/* libvterm's cursor stays on the first column of a wide character that ends the row. */
void vtguest_end_wide(struct vt *vt);

/* A wide character in insert mode, for which libvterm makes room for one column only. */
void vtguest_insert_wide(struct vt *vt);

/* The cursor is behind the row again, if that ends in a character still. */
void vtguest_go_behind(struct vt *vt);

/* It is in the last column, not behind it. */
void vtguest_come_back(struct vt *vt);

/* The cursor is no longer behind the last character. */
void vtguest_moved(struct vt *vt);

#endif /* KPL011_VTGUEST_H */
