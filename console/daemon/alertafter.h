/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest prints behind a match, the call trace of a panic: its alert waits for so many
 * lines, and for no longer than it may. It is told when they are there.
 */
#ifndef KPL011_ALERTAFTER_H
#define KPL011_ALERTAFTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"
#include "daemon/alertnews.h"
#include "daemon/alertrules.h"
#include "text/textline.h"

struct alertafter_one;

/* Of one guest. */
struct alertafter {
	struct loop *loop;
	const struct textline *line; /* under way */
	/* One does not wait any more. */
	void (*done)(struct alertnews *news, void *arg);
	void *arg;
	struct loop_event *timer;
	struct alertafter_one *first; /* the oldest */
};

/**
 * alertafter_begin - an alert is to wait
 * @after: of its guest; at the end of the list
 * @news: what it tells, which stays until it does not wait any more
 * @rule: for how many lines, and how long
 * @start: where in the line the match is
 * @from: where the line begins in the guest's output
 */
void alertafter_begin(struct alertafter *after, struct alertnews *news,
		      const struct alertrule *rule, size_t start, uint64_t from);

/* What is left of one that waits: of the lines that follow it, and of its time. */
struct alertafter_left {
	char alert[ALERTRULES_NAME_SIZE];
	size_t lines;
	uint64_t ms;
	bool in_line; /* that which matched has not ended */
};

/* Of the oldest, 0, and of those behind it; false: there are no more. */
bool alertafter_left(const struct alertafter *after, size_t number, struct alertafter_left *left);

/* It was told before, with less: what follows is part of it, and waited for by nobody. */
void alertafter_resume(struct alertafter *after, const struct alertafter_left *left, uint64_t from);

/* One of that name waits: what matches meanwhile is part of it. */
bool alertafter_has(const struct alertafter *after, const char *alert);

/* A line has ended. */
void alertafter_line(struct alertafter *after, const char *text, size_t len);

/* So many bytes were lost, and what was in the line with them. */
void alertafter_lost(struct alertafter *after, uint64_t count);

/* Nothing follows: all are told with what there is. */
void alertafter_end(struct alertafter *after);

/* Where in the guest's output it has to be looked at again after a kill, or @noted. */
uint64_t alertafter_from(const struct alertafter *after, uint64_t noted);

/* After alertafter_end(). */
void alertafter_free(struct alertafter *after);

#endif /* KPL011_ALERTAFTER_H */
