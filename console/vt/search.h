/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Search of a guest's screen and scrollback with a regular expression (PCRE2).
 * Rows that wrap are one line. Neither the pattern nor what the guest wrote can
 * hold up the caller: a search goes on in steps, and gives up on a line that
 * takes too many.
 */
#ifndef KPL011_SEARCH_H
#define KPL011_SEARCH_H

#include "vt/vt.h"

/* Bytes of a pattern, at most. */
#define SEARCH_PATTERN_MAX 1024

/* Bytes of a line that are looked at as one; it is cut between rows. */
#define SEARCH_LINE_MAX 8192

struct search;

enum search_result {
	SEARCH_FOUND,
	SEARCH_NONE, /* there is no more of it in this direction */
	SEARCH_MORE, /* not done: call search_step() again */
};

/* From a cell to before another; rows as vt.h has them. */
struct search_hit {
	long row;
	int col;
	long end_row;
	int end_col;
};

/**
 * search_new - a pattern to search for
 * @pattern: a regular expression, UTF-8; without capitals it matches these, too
 * @error: what is wrong with it, and where
 * @size: bytes at @error
 *
 * Return: NULL if it is wrong, or without memory
 */
struct search *search_new(const char *pattern, char *error, size_t size);
void search_free(struct search *search);

/*
 * Where to start: forward finds the first match that begins at or after the
 * place, backward the last that begins before it.
 */
void search_begin(struct search *search, const struct vt *vt, long row, int col, bool backward);

/**
 * search_step - look for the next match
 * @search: it goes on behind the last one, also when lines have scrolled since
 * @vt: the same as at search_begin()
 * @enough: asked every few milliseconds at most, whether to stop for now; may be NULL
 * @arg: for @enough
 * @hit: set if found
 */
enum search_result search_step(struct search *search, const struct vt *vt,
			       bool (*enough)(void *arg), void *arg, struct search_hit *hit);

/* Lines since search_begin() that were given up on. */
unsigned int search_gave_up(const struct search *search);

#endif /* KPL011_SEARCH_H */
