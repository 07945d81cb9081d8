/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the lines of a guest's screen were printed, and from where on in its output. Lines
 * are counted from the first that was ever printed.
 */
#ifndef KPL011_TIMES_H
#define KPL011_TIMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/source.h"

struct times;

/* What is shown of them, one after the other. */
enum times_shown {
	TIMES_NONE,
	TIMES_CLOCK, /* the time of day */
	TIMES_SINCE, /* since the line before */
	TIMES_KINDS,
};

/* @lines: as many are remembered. NULL: no memory. */
struct times *times_new(size_t lines);
void times_free(struct times *times);

/* Bytes follow that begin at @pos of @src, which knows when they were sent. */
void times_begin(struct times *times, uint64_t pos, struct source *src);

/* The next @len of them begin in this line; @begins: it begins with them. */
void times_line(struct times *times, long line, size_t len, bool begins);

/* The position of the byte that a line begins with; false: it is not known. */
bool times_begins(const struct times *times, long line, uint64_t *pos);

/* This line and all behind it were not printed yet. */
void times_forget(struct times *times, long line);

/* CLOCK_BOOTTIME in nanoseconds; 0: not known. */
int64_t times_get(const struct times *times, long line);

/* "12:34:56.789 " */
#define TIMES_TEXT_SIZE 14

/* A time in the local zone; blanks if it is not known. */
const char *times_text(int64_t ns, char text[TIMES_TEXT_SIZE]);

/* "   +0.123456 ", seconds from one to the other; blanks if one is not known. */
const char *times_since(int64_t before, int64_t ns, char text[TIMES_TEXT_SIZE]);

/* When the byte at @pos was sent; 0: not known. */
int64_t times_of(struct source *src, uint64_t pos);

#endif /* KPL011_TIMES_H */
