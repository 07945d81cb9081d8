/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How `kpl011 expect` ends without the match that was waited for, and what it says then; and the
 * state of the wait, which that is about. Private to expecting.c.
 */
#ifndef KPL011_EXPECT_END_H
#define KPL011_EXPECT_END_H

#include "base/loop.h"
#include "base/output.h"
#include "cmd/expect_out.h"
#include "cmd/expecting.h"
#include "cmd/unread.h"
#include "source/source.h"
#include "text/seen.h"

struct wait {
	const struct expecting_options *opts;
	const struct expect_script *script;
	struct loop *loop;
	struct source *src;
	struct source_facts facts;
	char label[SOURCE_NAME_SIZE];
	struct output out;
	int status;
	bool over; /* the result has been printed */
	bool came; /* the command had to wait for the guest */

	size_t step;	  /* of the script: the current one */
	uint64_t each_ms; /* the script's "timeout"; 0: none */
	uint64_t from;	  /* where the search begins */
	uint64_t behind;  /* the end of the last match if it does not end a line; or 0 */
	uint64_t pos;	  /* what is read next */
	uint64_t begins;  /* here the output does not continue what was before */
	uint64_t skipped;

	/* The current wait: the patterns of its step, and of "fail" steps before it. */
	struct seen *seen;
	size_t patterns[EXPECT_PATTERNS]; /* steps */
	size_t count;
	bool stood;	/* there was nothing more to read */
	bool seen_all;	/* that was so once, or all that there was at first has been read */
	uint64_t begun; /* when the wait began, as clock_processor_ns() */
	bool ended;	/* the output is at its end */

	struct feed *feed; /* NULL: the script sends nothing */
	bool gone;	   /* nothing can be sent any more; the output is still searched */
	int err;	   /* why it could not be sent */
	struct loop_event *reader;
	struct loop_event *more;
	struct loop_event *timer;
	struct loop_event *each;
	struct loop_event *settle;
	struct unread unread;
	bool found; /* the whole script: it only waits until what it sent is taken */
};

/* Ends the wait and the loop with this exit status; the result has been printed. */
void expect_end(struct wait *wait, int status);

/* What is printed with a match, or, if @hit is NULL, without one. */
void expect_end_describe(const struct wait *wait, const struct expect_hit *hit,
			 struct expect_out *out);

/* The output has ended, and nothing matched. */
void expect_end_gone(struct wait *wait);

/* A "fail" pattern has matched; @pattern: its number in this wait. */
void expect_end_failed_by(struct wait *wait, size_t pattern);

/* Callbacks of the timers of all, and of a step; @arg: struct wait. */
void expect_end_timeout(void *arg);
void expect_end_each(void *arg);

/* Something could not be sent. @err: why, a negative errno; expect_end_say_unsent() says it. */
void expect_end_unsent(struct wait *wait, int err);

/* Called after the loop, since busy_say() may have to ask another host for the holder. */
void expect_end_say_unsent(struct wait *wait);

#endif /* KPL011_EXPECT_END_H */
