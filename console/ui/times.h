/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For each line of a guest's screen and scrollback: when it was printed, and at which
 * position in the output it begins. Lines are numbered from the first one ever printed;
 * only the newest ones are remembered.
 */
#ifndef KPL011_TIMES_H
#define KPL011_TIMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/source.h"

struct times;

/* What a window shows of them, in the order in which a key switches. */
enum times_shown {
	TIMES_NONE,
	TIMES_CLOCK, /* the time of day */
	TIMES_SINCE, /* since the line before */
	TIMES_KINDS,
};

/* @lines: how many lines are remembered. NULL: no memory. */
struct times *times_new(size_t lines);
void times_free(struct times *times);

/* The bytes of the following times_line() calls begin at @pos of @src, which has their marks. */
void times_begin(struct times *times, uint64_t pos, struct source *src);

/* The next @len bytes are printed from @line on; @begins: the line begins with them. */
void times_line(struct times *times, long line, size_t len, bool begins);

/* The position of a line's first byte; false: it is not known. */
bool times_begins(const struct times *times, long line, uint64_t *pos);

/* Forgets this line and all after it. */
void times_forget(struct times *times, long line);

/* When a line was printed, CLOCK_BOOTTIME in nanoseconds; 0: not known. */
int64_t times_get(const struct times *times, long line);

/* "12:34:56.789 " */
#define TIMES_TEXT_SIZE 14

/* A CLOCK_BOOTTIME as local time of day; blanks if it is 0. */
const char *times_text(int64_t ns, char text[TIMES_TEXT_SIZE]);

/* "   +0.123456 ", the seconds from one time to the other; blanks if one is not known. */
const char *times_since(int64_t before, int64_t ns, char text[TIMES_TEXT_SIZE]);

#endif /* KPL011_TIMES_H */
