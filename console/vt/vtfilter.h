/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters a guest's bytes for an operator's terminal. What shows something passes;
 * what asks the terminal something or changes its settings does not. Only listed
 * things pass, and are generated anew: characters, the C0 controls that move the
 * cursor, BEL, SGR, cursor movement, erasing, inserting, deleting and scrolling. What
 * these set, attributes, margins and the saved cursor, vtfilter_undo() resets.
 *
 * Dropped are questions, modes, titles, the clipboard and all other strings, keys, tab
 * stops, and C1 controls in any form. Character sets and insert mode are emulated
 * here, so that the characters look as they should. Pure.
 */
#ifndef KPL011_VTFILTER_H
#define KPL011_VTFILTER_H

#include <locale.h>

#include "vt/charset.h"
#include "vt/glyphs.h"
#include "vt/pen.h"
#include "vt/vtparse.h"

/* Bytes that vtfilter_bytes() makes of @len bytes at most. */
#define VTFILTER_ROOM(len) (14 * (size_t)(len) + 256)

struct vtfilter {
	struct vtparse parse;
	struct glyphs glyphs; /* of the terminal */
	bool quiet;	      /* drop bells; the caller may change it at any time */
	bool inserts;
	bool cursor_keys; /* the guest wants application cursor keys */
	bool drove;	  /* a sequence has passed */
	bool margins;	  /* one that sets margins has passed */
	bool saved;	  /* the guest has saved the cursor */
	bool saves;	  /* a sequence that saves cursor and attributes has passed */
	struct charset charset, saved_charset;
	struct pen pen, saved_pen;
	unsigned char *at, *end; /* in vtfilter_bytes(): where the next byte goes, and the limit */
};

/* @locale: (locale_t)0 for UTF-8. It stays the caller's. */
void vtfilter_init(struct vtfilter *filter, locale_t locale);

/* Filters @bytes to @out, which has VTFILTER_ROOM(@len) bytes. Returns the bytes at @out. */
size_t vtfilter_bytes(struct vtfilter *filter, const void *bytes, size_t len, void *out);

/*
 * The bytes that restore the terminal, even if only a part of the filter's output has
 * reached it; empty if it needs none. More bytes of the guest may follow.
 */
const char *vtfilter_undo(struct vtfilter *filter);

#endif /* KPL011_VTFILTER_H */
