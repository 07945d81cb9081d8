/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's bytes for an operator's terminal: what they show, and nothing that
 * asks it, sets it or stays in it. What may pass is listed, and made anew:
 * characters, the C0 controls that move the cursor, SGR, cursor movement, erasing,
 * inserting, deleting and scrolling. Of what it sets, attributes, margins and the
 * saved cursor, vtfilter_undo() is the end.
 *
 * Left out are questions, modes, titles, the clipboard and all other strings, keys,
 * tab stops, and C1 controls in whatever form. Character sets and insert mode are
 * kept here, and the characters come out as they would look. Pure.
 */
#ifndef KPL011_VTFILTER_H
#define KPL011_VTFILTER_H

#include <locale.h>

#include "vt/charset.h"
#include "vt/glyphs.h"
#include "vt/pen.h"
#include "vt/vtparse.h"

/* Room for what vtfilter_bytes() makes of @len bytes. */
#define VTFILTER_ROOM(len) (14 * (size_t)(len) + 256)

struct vtfilter {
	struct vtparse parse;
	struct glyphs glyphs; /* of the terminal */
	bool quiet;	      /* no bells: set at any time */
	bool inserts;
	bool cursor_keys; /* the guest wants application cursor keys */
	bool drove;	  /* a sequence has passed */
	bool margins;	  /* one that sets them */
	bool saved;	  /* the cursor, by the guest */
	bool saves;	  /* one that saves it, and the attributes with it */
	struct charset charset, saved_charset;
	struct pen pen, saved_pen;
	unsigned char *at, *end; /* while at work: where the next byte goes, and none */
};

/* @locale: (locale_t)0 for UTF-8. It stays the caller's. */
void vtfilter_init(struct vtfilter *filter, locale_t locale);

/* Returns the number of bytes at @out. */
size_t vtfilter_bytes(struct vtfilter *filter, const void *bytes, size_t len, void *out);

/*
 * What puts the terminal right again, also if only a part of what was made has
 * reached it; empty if nothing is to be done. Bytes may go on behind it.
 */
const char *vtfilter_undo(struct vtfilter *filter);

#endif /* KPL011_VTFILTER_H */
