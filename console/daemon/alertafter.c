// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/alertafter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* Part of the last line that Linux prints of an oops or a panic. */
#define TRACE_END "---[ end "

struct alertafter_one {
	struct alertafter_one *next;
	struct alertnews *news; /* NULL: an earlier run of the daemon has sent it */
	char alert[ALERTRULES_NAME_SIZE];
	size_t start;
	uint64_t from;
	uint64_t until; /* by clock_ms() */
	size_t lines;	/* still to come */
	bool in_line;	/* the line that matched has not ended */
};

static void let_go(struct alertafter *after, struct alertafter_one **link)
{
	struct alertafter_one *one = *link;

	*link = one->next;
	if (one->news)
		one->news->waits = false;
	after->done(one->news, after->arg);
	free(one);
}

/* Uses what there is of the line under way as well: it may be the last one. */
static void take_open_line(struct alertafter *after, struct alertafter_one *one)
{
	const struct textline *line = after->line;

	if (line->ended || !line->len || !one->news)
		return;
	if (one->in_line)
		alertnews_rematch(one->news, line->text, line->len, one->start);
	else if (one->lines)
		alertnews_add(one->news, line->text + line->give, line->len - line->give);
}

static void set_timer(struct alertafter *after, uint64_t now)
{
	uint64_t until = UINT64_MAX;

	for (const struct alertafter_one *one = after->first; one; one = one->next)
		if (one->until < until)
			until = one->until;
	if (until != UINT64_MAX)
		loop_timer_set(after->timer, until > now ? until - now : 0);
}

static void on_timer(void *arg)
{
	struct alertafter *after = arg;
	struct alertafter_one **link = &after->first;
	uint64_t now = clock_ms();

	while (*link) {
		if ((*link)->until > now) {
			link = &(*link)->next;
			continue;
		}
		take_open_line(after, *link);
		let_go(after, link);
	}
	set_timer(after, now);
}

/* Appends an empty one to the list. NULL: no memory. */
static struct alertafter_one *add(struct alertafter *after)
{
	struct alertafter_one **link = &after->first;

	if (!after->timer)
		after->timer = loop_timer(after->loop, on_timer, after);
	if (!after->timer)
		return NULL;
	while (*link)
		link = &(*link)->next;
	*link = calloc(1, sizeof(**link));
	return *link;
}

void alertafter_begin(struct alertafter *after, struct alertnews *news,
		      const struct alertrule *rule, size_t start, uint64_t from)
{
	struct alertafter_one *one = add(after);
	uint64_t now = clock_ms();

	/* Without memory for this, the alert is sent at once, with the lines that there are. */
	if (!one)
		return;
	*one = (struct alertafter_one){
		.news = news,
		.start = start,
		.from = from,
		.until = now + rule->after_time * 1000,
		.lines = rule->after,
		.in_line = true,
	};
	strcpy(one->alert, rule->name);
	news->waits = true;
	set_timer(after, now);
}

bool alertafter_left(const struct alertafter *after, size_t number, struct alertafter_left *left)
{
	const struct alertafter_one *one = after->first;
	uint64_t now = clock_ms();

	while (one && number--)
		one = one->next;
	if (!one)
		return false;
	*left = (struct alertafter_left){
		.lines = one->lines,
		.ms = one->until > now ? one->until - now : 0,
		.in_line = one->in_line,
	};
	strcpy(left->alert, one->alert);
	return true;
}

void alertafter_resume(struct alertafter *after, const struct alertafter_left *left, uint64_t from)
{
	struct alertafter_one *one = add(after);
	uint64_t now = clock_ms();

	if (!one)
		return;
	*one = (struct alertafter_one){
		.from = from,
		.until = now + left->ms,
		.lines = left->lines,
		.in_line = left->in_line,
	};
	strcpy(one->alert, left->alert);
	set_timer(after, now);
}

bool alertafter_has(const struct alertafter *after, const char *alert)
{
	for (const struct alertafter_one *one = after->first; one; one = one->next)
		if (!strcmp(one->alert, alert))
			return true;
	return false;
}

/* True: the alert waits for nothing more. */
static bool take_line(struct alertafter_one *one, const char *text, size_t len)
{
	bool last = len >= strlen(TRACE_END) && memmem(text, len, TRACE_END, strlen(TRACE_END));

	if (one->in_line) {
		one->in_line = false;
		if (one->news)
			alertnews_rematch(one->news, text, len, one->start);
		return last || !one->lines;
	}
	if (!one->news)
		return last || !one->lines || !--one->lines;
	return !alertnews_add(one->news, text, len) || last || !--one->lines;
}

void alertafter_line(struct alertafter *after, const char *text, size_t len)
{
	struct alertafter_one **link = &after->first;

	while (*link)
		if (take_line(*link, text, len))
			let_go(after, link);
		else
			link = &(*link)->next;
}

void alertafter_lost(struct alertafter *after, uint64_t count)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "[kpl011: %" PRIu64 " bytes lost]", count);

	struct alertafter_one **link = &after->first;

	while (*link) {
		struct alertafter_one *one = *link;

		one->in_line = false;
		if (one->lines && (!one->news || alertnews_add(one->news, text, (size_t)len)))
			link = &one->next;
		else
			let_go(after, link);
	}
}

void alertafter_end(struct alertafter *after)
{
	while (after->first) {
		take_open_line(after, after->first);
		let_go(after, &after->first);
	}
}

uint64_t alertafter_from(const struct alertafter *after, uint64_t noted)
{
	const struct alertafter_one *one = after->first;

	/* Alerts that an earlier run has sent need no second search. */
	while (one && !one->news)
		one = one->next;
	return one ? one->from : noted;
}

void alertafter_free(struct alertafter *after)
{
	loop_event_free(after->timer);
}
