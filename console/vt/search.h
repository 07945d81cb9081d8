/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Searches a guest's screen and scrollback with a regular expression (PCRE2). Rows
 * that wrap are one line. Neither the pattern nor the guest's text can hold up the
 * caller: a search runs in steps, and gives up on a line if matching it takes too
 * much time.
 */
#ifndef KPL011_SEARCH_H
#define KPL011_SEARCH_H

#include "vt/vt.h"

/* The longest pattern, in bytes. */
#define SEARCH_PATTERN_MAX 1024

/*
 * The most bytes of a line that are matched at once, unless a single row has more; a longer line is
 * cut between rows.
 */
#define SEARCH_LINE_MAX 8192

struct search;

enum search_result {
	SEARCH_FOUND,
	SEARCH_NONE, /* there are no more matches in this direction */
	SEARCH_MORE, /* not finished: call search_step() again */
};

/* From a cell to just before another one; rows count as in vt.h. */
struct search_hit {
	long row;
	int col;
	long end_row;
	int end_col;
};

/**
 * search_new - compile a pattern
 * @pattern: a regular expression in UTF-8; ignores case if it has no capital letter
 * @error: filled on failure with what is wrong, and where
 * @size: bytes at @error
 *
 * Return: NULL if the pattern is wrong or there is no memory
 */
struct search *search_new(const char *pattern, char *error, size_t size);
void search_free(struct search *search);

/*
 * Sets where to start. A forward search finds the first match that begins at or after
 * that place; a backward search the last one that begins before it.
 */
void search_begin(struct search *search, const struct vt *vt, long row, int col, bool backward);

/**
 * search_step - look for the next match
 * @search: continues after the last match, even if lines have scrolled since
 * @vt: the same as for search_begin()
 * @enough: called every few milliseconds or more often: whether to stop for now; or NULL
 * @arg: for @enough
 * @hit: set if a match is found
 */
enum search_result search_step(struct search *search, const struct vt *vt,
			       bool (*enough)(void *arg), void *arg, struct search_hit *hit);

/* How many lines the search has given up on since search_begin(). */
unsigned int search_gave_up(const struct search *search);

#endif /* KPL011_SEARCH_H */
