/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest prints after a match, such as the call trace of a panic. An alert waits for the
 * number of lines and for the time that its rule gives; it is sent when either is reached.
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

/* The waiting alerts of one guest. */
struct alertafter {
	struct loop *loop;
	const struct textline *line; /* the line under way */
	/* An alert waits no longer. @news is NULL for one of alertafter_resume(). */
	void (*done)(struct alertnews *news, void *arg);
	void *arg;
	struct loop_event *timer;
	struct alertafter_one *first; /* the oldest */
};

/**
 * alertafter_begin - let an alert wait
 * @after: its guest's list, to whose end the alert goes
 * @news: what it reports; must stay until @after->done() is called with it
 * @rule: how many lines it waits for, and how long
 * @start: offset of the match in its line
 * @from: position from which the output is searched again after a kill
 */
void alertafter_begin(struct alertafter *after, struct alertnews *news,
		      const struct alertrule *rule, size_t start, uint64_t from);

/* What a waiting alert still waits for: lines after its own, and time. */
struct alertafter_left {
	char alert[ALERTRULES_NAME_SIZE];
	size_t lines;
	uint64_t ms;
	bool in_line; /* the line that matched has not ended */
};

/* @number: 0 for the oldest, and so on. False: there are no more. */
bool alertafter_left(const struct alertafter *after, size_t number, struct alertafter_left *left);

/*
 * Takes up an alert that an earlier run of the daemon sent before all its lines had come: what
 * follows still belongs to it, and is not sent.
 */
void alertafter_resume(struct alertafter *after, const struct alertafter_left *left, uint64_t from);

/* Whether an alert of that name waits: what matches meanwhile is part of it. */
bool alertafter_has(const struct alertafter *after, const char *alert);

/* A line has ended. */
void alertafter_line(struct alertafter *after, const char *text, size_t len);

/* @count bytes of the output were lost, and the line under way with them. */
void alertafter_lost(struct alertafter *after, uint64_t count);

/* No output follows: all alerts stop waiting, with the lines that they have. */
void alertafter_end(struct alertafter *after);

/*
 * The position from which the output has to be searched again after a kill; @noted if none waits.
 */
uint64_t alertafter_from(const struct alertafter *after, uint64_t noted);

/* Call alertafter_end() first. */
void alertafter_free(struct alertafter *after);

#endif /* KPL011_ALERTAFTER_H */
