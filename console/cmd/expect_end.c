// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/expect_end.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/msg.h"
#include "base/status.h"
#include "cmd/busy.h"
#include "cmd/cmd.h"
#include "source/feed.h"
#include "source/words.h"

/*
 * Whatever the limit, what is there already is searched, unless that has used this much processor
 * time, in nanoseconds: on a busy machine the limit may be over before the process got any.
 */
#define LATE_NS 100000000

void expect_end(struct wait *wait, int status)
{
	wait->status = status;
	wait->over = true;
	loop_off(wait->reader);
	loop_stop(wait->loop);
}

/* The place in a script, as "login:7: "; empty for the command line. */
static const char *where(const struct wait *wait, char out[64])
{
	size_t line = wait->script->steps[wait->step].line;

	out[0] = '\0';
	if (line)
		snprintf(out, 64, "%.40s:%zu: ", wait->script->name, line);
	return out;
}

/* What a message calls the patterns: the pattern itself if there is only one. */
static const char *what(const struct wait *wait)
{
	return wait->count == 1 ? wait->script->steps[wait->patterns[0]].text
				: "any of the patterns";
}

void expect_end_describe(const struct wait *wait, const struct expect_hit *hit,
			 struct expect_out *out)
{
	const struct expect_line *step =
		&wait->script->steps[hit ? wait->patterns[hit->pattern] : wait->step];

	*out = (struct expect_out){
		.out = &wait->out,
		.loop = wait->loop,
		.src = wait->src,
		.facts = &wait->facts,
		.script = wait->script,
		.regex = step->text,
		.line = step->line,
		.pos = wait->pos,
		.skipped = wait->skipped,
	};
}

/* Explains why a pattern with a carriage return cannot match text, which has none. */
static void say_why_not(const struct wait *wait)
{
	for (size_t i = 0; wait->opts->of == EXPECT_TEXT && i < wait->count; i++) {
		const char *text = wait->script->steps[wait->patterns[i]].text;

		if (!strstr(text, "\\r") && !strchr(text, '\r'))
			continue;
		msg_more("A pattern sees lines without carriage returns, except with --bytes.");
		return;
	}
}

static void failed_without(struct wait *wait, int status)
{
	struct expect_out out;

	expect_out_seen(wait->script, wait->seen);
	say_why_not(wait);
	if (wait->opts->json) {
		expect_end_describe(wait, NULL, &out);
		expect_out_json(&out, NULL);
	}
	expect_end(wait, status);
}

void expect_end_gone(struct wait *wait)
{
	char text[SOURCE_ENDED_SIZE];
	char line[64];

	msg_error("%s%s and did not print %s", where(wait, line),
		  source_ended(wait->src, wait->label, text), what(wait));
	failed_without(wait, STATUS_GONE);
}

static void out_of_time(struct wait *wait, struct loop_event *timer)
{
	char line[64];

	if (!wait->found && !wait->seen_all && clock_processor_ns() - wait->begun < LATE_NS) {
		loop_timer_set(timer, 1);
		return;
	}
	if (wait->found) {
		msg_error("%s did not %s everything that was to be sent in time", wait->label,
			  feed_empty(wait->feed) ? "read" : "take");
		expect_end(wait, STATUS_TIMEOUT);
		return;
	}
	msg_error("%s%s did not print %s in time", where(wait, line), wait->label, what(wait));
	if (wait->feed && source_unread_lost(wait->src))
		msg_more("Nobody has read what was sent to it: it is lost.");
	failed_without(wait, STATUS_TIMEOUT);
}

void expect_end_timeout(void *arg)
{
	out_of_time(arg, ((struct wait *)arg)->timer);
}

void expect_end_each(void *arg)
{
	out_of_time(arg, ((struct wait *)arg)->each);
}

void expect_end_unsent(struct wait *wait, int err)
{
	wait->err = err;
	expect_end(wait, cmd_unsent(err));
}

void expect_end_failed_by(struct wait *wait, size_t pattern)
{
	int number = 0;

	for (size_t i = 0; i <= wait->patterns[pattern]; i++)
		number += wait->script->steps[i].act == EXPECT_ACT_FAIL;
	msg_error("%.40s:%zu: %s printed %s", wait->script->name,
		  wait->script->steps[wait->patterns[pattern]].line, wait->label,
		  wait->script->steps[wait->patterns[pattern]].text);
	expect_out_seen(wait->script, wait->seen);
	expect_end(wait, STATUS_PATTERN + number + 1);
}

void expect_end_say_unsent(struct wait *wait)
{
	if (wait->err == -EBUSY)
		busy_say(wait->src, wait->label, "send to", true);
	else
		msg_error("cannot send to %s: %s", wait->label,
			  wait->err == -ENODEV ? "it is gone" : strerror(-wait->err));
}
