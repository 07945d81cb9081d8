// SPDX-License-Identifier: GPL-2.0-only
#include "guests/await.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/loop.h"
#include "base/msg.h"
#include "guests/match.h"
#include "remote/hosts.h"
#include "source/origin_open.h"
#include "source/words.h"
#include "text/when.h"

#define MS 1000000ll

/*
 * Milliseconds from one look to the next. With a thousand ports a look takes longer: then they
 * are further apart, so that looking takes one part in SHARE of the time.
 */
#define EVERY_MS 100
#define SHARE 20

static void on_timer(void *arg)
{
	loop_stop(arg);
}

/* Sleeps, and meanwhile takes what other hosts report about their guests. */
static void listen_to_hosts(int64_t ms)
{
	struct loop *loop = loop_new();
	struct loop_event *timer = loop ? loop_timer(loop, on_timer, loop) : NULL;
	size_t joined = 0;

	if (timer) {
		while (joined < hosts_count() && !remote_join(hosts_at(joined), loop))
			joined++;
		loop_timer_set(timer, (uint64_t)ms);
		loop_run(loop);
	}
	while (joined)
		remote_leave(hosts_at(--joined));
	loop_event_free(timer);
	loop_free(loop);
}

static void sleep_until(int64_t then, int64_t until)
{
	int64_t ns = (then < until ? then : until) - when_now();
	struct timespec left = { .tv_sec = ns / (1000 * MS), .tv_nsec = ns % (1000 * MS) };

	if (ns <= 0)
		return;
	if (hosts_count())
		listen_to_hosts(ns / MS + 1);
	else
		nanosleep(&left, NULL);
}

enum there {
	THERE,
	NOT_YET,
	ONLY_DEAD,
	CANNOT_TELL, /* pick_open() prints the reason */
};

/*
 * Looks for live guests. A port's number means that port, dead or not. @dead is set to the first
 * guest that matches.
 */
static enum there look(const struct match *match, struct source_facts *dead)
{
	enum there there = NOT_YET;
	struct guests guests;
	size_t *found;
	size_t n;

	if (hosts_count() ? guests_scan_again(&guests) != STATUS_OK : guests_look(&guests) != 0)
		return CANNOT_TELL;
	found = calloc(guests.count + 1, sizeof(*found));
	n = found ? match_find(match, guests.all, guests.count, MATCH_LIVE, found) : 0;
	if (!found || (!n && guests.unreached)) {
		there = CANNOT_TELL;
	} else if (n) {
		there = match->kind == MATCH_ID ? THERE : ONLY_DEAD;
		for (size_t i = 0; i < n; i++)
			if (guests.all[found[i]].live)
				there = THERE;
		*dead = guests.all[found[0]];
	}
	free(found);
	guests_free(&guests);
	return there;
}

/* Prints why ports of some hosts cannot be seen, which look() does not. */
static void say_why_not_seen(void)
{
	struct guests guests;

	if (hosts_count() && guests_scan(&guests) == STATUS_OK)
		guests_free(&guests);
}

static enum status say_never(const char *spec, const struct source_facts *dead)
{
	char text[SOURCE_NAME_SIZE];
	char number[SOURCE_NAME_SIZE + 16];

	say_why_not_seen();
	msg_error("no guest called '%s' appeared in time", spec);
	if (dead->name[0] || dead->id)
		msg_more("%s is %s; its last output: kpl011 log %s", guests_label(dead, text),
			 facts_state(dead), guests_number(dead, number));
	else
		msg_more("'kpl011 list' shows what there is.");
	return STATUS_TIMEOUT;
}

static enum status await_guest(const char *spec, enum pick_for what, int64_t until,
			       struct source **src, struct source_facts *facts, bool *came)
{
	struct source_facts dead = { 0 };
	struct match match;

	/* pick_open() prints what is wrong with @spec. */
	if (!match_parse(spec, &match))
		return pick_open(spec, what, src, facts);
	for (;;) {
		int64_t start = when_now();
		enum there there = look(&match, &dead);
		int64_t took = when_now() - start;

		if (there == THERE || there == CANNOT_TELL)
			return pick_open(spec, what, src, facts);
		*came = true;
		if (when_now() >= until)
			return say_never(spec, &dead);
		sleep_until(start + (took * SHARE > EVERY_MS * MS ? took * SHARE : EVERY_MS * MS),
			    until);
	}
}

static enum status await_origin(const char *spec, enum pick_for what, int64_t until,
				struct source **src, struct source_facts *facts, bool *came)
{
	char unable[ORIGIN_WHY_SIZE];
	struct origin origin;
	const char *why;
	int err;

	if (!origin_parse(spec, &origin, &why))
		return pick_open(spec, what, src, facts);
	for (;;) {
		int64_t start = when_now();

		err = origin_open_until(&origin, src, until);
		/* -EAGAIN: the backlog of the VMM's socket is full. */
		if (!err || (pick_open_status(err) != STATUS_NO_GUEST && err != -EAGAIN))
			return pick_opened(&origin, err, what, src, facts);
		*came = true;
		if (when_now() >= until)
			break;
		sleep_until(start + EVERY_MS * MS, until);
	}
	msg_error("%s did not appear in time: %s", spec, origin_why(&origin, err, unable));
	return STATUS_TIMEOUT;
}

enum status await_open(const char *spec, enum pick_for what, int64_t until, struct source **src,
		       struct source_facts *facts, bool *came)
{
	*came = false;
	if (origin_looks(spec))
		return await_origin(spec, what, until, src, facts, came);
	return await_guest(spec, what, until, src, facts, came);
}
