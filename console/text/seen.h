/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Patterns that wait for what a person would see of a guest's output: see textline.h
 * for what that is, and expect.h for patterns. Or, if that is asked for, for its
 * bytes. Positions are those of the bytes, either way. Pure.
 *
 * A line that is being printed is looked at as it is whenever the guest pauses, and
 * as it was before a message of its kernel was glued to it: a prompt is a prompt then,
 * and what comes behind the message goes on with it. See glued.h for messages.
 */
#ifndef KPL011_SEEN_H
#define KPL011_SEEN_H

#include <stdbool.h>

#include "text/expect.h"

/* Bytes that seen_add() takes at once, at most. */
#define SEEN_CHUNK 16384

/* Lines that are kept, for a message; the end of each. */
#define SEEN_LINES 10

struct seen;

/* NULL: no memory. */
struct seen *seen_new(enum expect_of of);
void seen_free(struct seen *seen);

/* As expect_pattern(). */
int seen_pattern(struct seen *seen, const char *pattern, char *error, size_t size);

/* The next byte has this position, and does not go on from those before it. */
void seen_begin(struct seen *seen, uint64_t pos);

/*
 * What was printed right before that, after seen_begin(): in the middle of a line ^ does not
 * match. Without it a line begins there.
 */
void seen_behind(struct seen *seen, const void *bytes, size_t len);

/*
 * The guest paused in front of the byte at @pos, which is to be added and comes behind
 * those that this was said of before: what was there stood for a while, as a prompt does.
 */
void seen_paused(struct seen *seen, uint64_t pos);

/* At most SEEN_CHUNK bytes, when seen_step() said EXPECT_NONE or at first. */
void seen_add(struct seen *seen, const void *bytes, size_t len);

/* Nothing more is there for now. In the same place as seen_add(). */
void seen_stand(struct seen *seen);

/* As expect_step(). */
enum expect_result seen_step(struct seen *seen, struct expect_hit *hit);

/*
 * The lines that were seen last, with something on them and since it began; the last
 * may not have ended: of a long one its end. The oldest is 0. NULL: there are not so many.
 */
const char *seen_line(struct seen *seen, size_t index);

#endif /* KPL011_SEEN_H */
