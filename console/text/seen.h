/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waits for patterns in what a person would see of a guest's output (see textline.h for that, and
 * expect.h for patterns) or, if asked for, in its bytes. Positions are those of the bytes, either
 * way. Pure.
 *
 * A line that is being printed is searched as it is whenever the guest pauses, and as it was before
 * a message of the guest's kernel was glued to it: so a prompt is still a prompt, and what comes
 * after the message continues it. See glued.h for messages.
 */
#ifndef KPL011_SEEN_H
#define KPL011_SEEN_H

#include <stdbool.h>

#include "text/expect.h"

/* The most bytes that seen_add() takes at once. */
#define SEEN_CHUNK 16384

/* Lines that are kept for a message; of each, its end. */
#define SEEN_LINES 10

struct seen;

/* NULL: out of memory. */
struct seen *seen_new(enum expect_of of);
void seen_free(struct seen *seen);

/* As expect_pattern(). */
int seen_pattern(struct seen *seen, const char *pattern, char *error, size_t size);

/* The next byte has position @pos, and does not continue those before it. */
void seen_begin(struct seen *seen, uint64_t pos);

/*
 * What was printed right before that byte, to be called after seen_begin(): in the middle of a line
 * ^ does not match. Without this call a line begins there.
 */
void seen_behind(struct seen *seen, const void *bytes, size_t len);

/*
 * The guest paused before the byte at @pos, which is still to be added and comes after those of
 * earlier calls: what was there stood for a while, as a prompt does.
 */
void seen_paused(struct seen *seen, uint64_t pos);

/* Adds at most SEEN_CHUNK bytes: at first, or after seen_step() returned EXPECT_NONE. */
void seen_add(struct seen *seen, const void *bytes, size_t len);

/* Nothing more is there for now. To be called when seen_add() may be called. */
void seen_stand(struct seen *seen);

/* As expect_step(). */
enum expect_result seen_step(struct seen *seen, struct expect_hit *hit);

/*
 * The lines that were seen last, since the beginning and with something on them; 0 is the oldest.
 * The last may be unfinished; of a long one this is the end. NULL: there are not so many.
 */
const char *seen_line(struct seen *seen, size_t index);

#endif /* KPL011_SEEN_H */
