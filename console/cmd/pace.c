// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/pace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/expect.h"
#include "text/textline.h"
#include "text/when.h"

/* How often it is asked what the guest has not read yet. */
#define ASK_MS 10

/* Reads before one line whose bytes are no answer to it: a guest that floods has no end. */
#define DRAIN_READS 256

/* Of the lines before the last one, which a pattern may see as well. */
#define TAIL 2048

/* Longer than this no pattern is looked for in one piece, nanoseconds. */
#define LOOK_NS 200000000

/* Of what the guest printed last, for a message. */
#define LAST_LINE 160

enum state {
	PACE_OPEN,   /* more may go */
	PACE_GIVEN,  /* the port has not taken it */
	PACE_UNREAD, /* the guest has not read it */
	PACE_PAUSE,
	PACE_PROMPT,
};

struct pace {
	struct source *src;
	const struct pace_request *request;
	bool local;
	const struct pace_ops *ops;
	void *arg;
	enum state state;
	unsigned char last; /* byte that was allowed */
	bool line;	    /* it ended a line */
	uint64_t lines;
	struct loop_event *timer;

	/* With a pattern. */
	struct loop_event *reader;
	struct expect *lines_seen; /* that have ended */
	struct expect *line_now;   /* and the one that has not */
	bool looks;		   /* what is printed now may be the prompt */
	bool found;		   /* it came, maybe before the pause was over */
	struct textline text;
	size_t mark; /* of it: what was there before the line was sent */
	size_t tail_len;
	char tail[TAIL]; /* of the lines that have ended */
	char last_line[LAST_LINE + 1];
};

int pace_check(const struct pace_request *request, char *error, size_t size)
{
	struct expect *expect;
	int err;

	if (!request->wait_for)
		return 0;
	expect = expect_new();
	if (!expect)
		return -ENOMEM;
	err = expect_pattern(expect, request->wait_for, error, size);
	expect_free(expect);
	return err;
}

static void open_up(struct pace *pace)
{
	pace->state = PACE_OPEN;
	pace->ops->ready(pace->arg);
}

static void paused(struct pace *pace)
{
	if (pace->line && pace->request->wait_for && !pace->found)
		pace->state = PACE_PROMPT;
	else
		open_up(pace);
}

static bool unread(struct pace *pace)
{
	struct source_facts facts;

	return pace->local && !source_facts(pace->src, &facts) && facts.live && facts.rx_queued;
}

/* The guest has read it, or nobody can tell. */
static void was_read(struct pace *pace)
{
	uint64_t ms = pace->request->char_ms;

	if (pace->line && pace->request->line_ms > ms)
		ms = pace->request->line_ms;
	if (!ms) {
		paused(pace);
		return;
	}
	pace->state = PACE_PAUSE;
	loop_timer_set(pace->timer, ms);
}

static void check_read(struct pace *pace)
{
	if (unread(pace)) {
		pace->state = PACE_UNREAD;
		loop_timer_set(pace->timer, ASK_MS);
		return;
	}
	was_read(pace);
}

static void on_timer(void *arg)
{
	struct pace *pace = arg;

	if (pace->state == PACE_UNREAD)
		check_read(pace);
	else if (pace->state == PACE_PAUSE)
		paused(pace);
}

static void keep_last(struct pace *pace)
{
	size_t end = pace->text.len;
	size_t from;

	while (end && strchr(" \t", pace->text.text[end - 1]))
		end--;
	if (!end)
		return;
	from = end < LAST_LINE ? 0 : end - LAST_LINE;
	memcpy(pace->last_line, pace->text.text + from, end - from);
	pace->last_line[end - from] = '\0';
}

static void found(struct pace *pace)
{
	pace->looks = false;
	pace->found = true;
	if (pace->state == PACE_PROMPT)
		open_up(pace);
}

/* Looks at all of it; a pattern that takes too long is given up. */
static void look(struct pace *pace, struct expect *expect, const char *text, size_t len)
{
	int64_t until = when_now() + LOOK_NS;
	enum expect_result result;
	struct expect_hit hit;

	if (!pace->looks || !len)
		return;
	expect_add(expect, text, len);
	do {
		result = expect_step(expect, &hit);
	} while (result == EXPECT_MORE && when_now() < until);
	if (result == EXPECT_FOUND) {
		found(pace);
	} else if (result != EXPECT_NONE) {
		pace->looks = false;
		loop_off(pace->reader);
		pace->ops->too_hard(pace->arg);
	}
}

/* What does not change any more. */
static void commit(struct pace *pace, const char *text, size_t len)
{
	size_t keep = len < sizeof(pace->tail) ? sizeof(pace->tail) - len : 0;

	look(pace, pace->lines_seen, text, len);
	keep = keep < pace->tail_len ? keep : pace->tail_len;
	memmove(pace->tail, pace->tail + pace->tail_len - keep, keep);
	if (len > sizeof(pace->tail)) {
		text += len - sizeof(pace->tail);
		len = sizeof(pace->tail);
	}
	memcpy(pace->tail + keep, text, len);
	pace->tail_len = keep + len;
}

/* The line as it is now, behind those before it: a prompt has no end. */
static void peek(struct pace *pace)
{
	char text[TAIL + TEXTLINE_MAX];
	size_t from = pace->text.give > pace->mark ? pace->text.give : pace->mark;

	if (!pace->looks || pace->text.ended || from >= pace->text.len)
		return;
	memcpy(text, pace->tail, pace->tail_len);
	memcpy(text + pace->tail_len, pace->text.text + from, pace->text.len - from);
	expect_begin(pace->line_now, 0);
	look(pace, pace->line_now, text, pace->tail_len + pace->text.len - from);
}

/* As a person sees it: escapes gone, and what was written over. */
static void see(struct pace *pace, const unsigned char *bytes, size_t len)
{
	for (size_t at = 0; at < len;) {
		size_t end;

		at += textline_add(&pace->text, bytes + at, len - at);
		keep_last(pace);
		end = pace->text.ended ? pace->text.len : pace->text.give;
		if (!end)
			continue;
		if (pace->mark < end)
			commit(pace, pace->text.text + pace->mark, end - pace->mark);
		pace->mark = 0;
		if (pace->text.ended)
			commit(pace, "\n", 1);
	}
	peek(pace);
}

/* Reads some of what the guest prints. False: there is none now, or will be none. */
static bool take(struct pace *pace)
{
	unsigned char bytes[EXPECT_CHUNK / 4];
	uint64_t skipped;
	ssize_t n = source_read(pace->src, bytes, sizeof(bytes), &skipped);

	if (n == -EAGAIN)
		return false;
	if (n <= 0) {
		loop_off(pace->reader);
		pace->ops->failed((int)n, pace->arg);
		return false;
	}
	/* What was lost may be in the middle of anything. */
	if (skipped) {
		pace->text = (struct textline){ .ended = false };
		pace->mark = 0;
	}
	see(pace, bytes, (size_t)n);
	return true;
}

static void on_output(void *arg)
{
	take(arg);
}

/* What is there already is no answer to the line that ends now. */
static void forget(struct pace *pace)
{
	pace->looks = false;
	for (int i = 0; i < DRAIN_READS && take(pace); i++)
		;
	expect_begin(pace->lines_seen, 0);
	pace->tail_len = 0;
	pace->mark = pace->text.ended ? 0 : pace->text.len;
	pace->found = false;
	pace->looks = true;
}

/* Bytes up to the end of the first line, or all. */
static size_t first_line(const struct pace *pace, const unsigned char *bytes, size_t len,
			 bool *ended)
{
	size_t i = 0;

	*ended = false;
	/* The second half of a line's end that came apart. */
	if (pace->last == '\r' && bytes[0] == '\n')
		return 1;
	while (i < len && bytes[i] != '\n' && bytes[i] != '\r')
		i++;
	if (i == len)
		return len;
	*ended = true;
	return i + 1 < len && bytes[i] == '\r' && bytes[i + 1] == '\n' ? i + 2 : i + 1;
}

size_t pace_allow(struct pace *pace, const unsigned char *bytes, size_t len)
{
	size_t n;

	if (!pace || !len)
		return len;
	if (pace->state != PACE_OPEN)
		return 0;
	n = first_line(pace, bytes, len, &pace->line);
	if (pace->request->char_ms && n > 1) {
		pace->line = bytes[0] == '\n' || bytes[0] == '\r';
		n = 1;
	}
	pace->last = bytes[n - 1];
	pace->state = PACE_GIVEN;
	pace->lines += pace->line;
	if (pace->line && pace->reader)
		forget(pace);
	return n;
}

void pace_taken(struct pace *pace)
{
	if (pace && pace->state == PACE_GIVEN)
		check_read(pace);
}

bool pace_done(const struct pace *pace)
{
	return !pace || pace->state == PACE_OPEN;
}

uint64_t pace_lines(const struct pace *pace)
{
	return pace ? pace->lines : 0;
}

bool pace_waits(const struct pace *pace)
{
	return pace && pace->state == PACE_PROMPT;
}

const char *pace_last(const struct pace *pace)
{
	return pace->last_line;
}

struct pace *pace_new(struct loop *loop, struct source *src, const struct pace_request *request,
		      bool local, const struct pace_ops *ops, void *arg)
{
	struct pace *pace = calloc(1, sizeof(*pace));
	char error[256];

	if (!pace)
		return NULL;
	pace->src = src;
	pace->request = request;
	pace->local = local;
	pace->ops = ops;
	pace->arg = arg;
	pace->timer = loop_timer(loop, on_timer, pace);
	if (!pace->timer)
		goto fail;
	if (!request->wait_for)
		return pace;
	pace->lines_seen = expect_new();
	pace->line_now = expect_new();
	pace->reader = loop_reader(loop, src->fd, LOOP_DATA, on_output, pace);
	if (!pace->lines_seen || !pace->line_now || !pace->reader ||
	    expect_pattern(pace->lines_seen, request->wait_for, error, sizeof(error)) ||
	    expect_pattern(pace->line_now, request->wait_for, error, sizeof(error)))
		goto fail;
	expect_begin(pace->lines_seen, 0);
	loop_on(pace->reader);
	return pace;
fail:
	pace_free(pace);
	return NULL;
}

void pace_free(struct pace *pace)
{
	if (!pace)
		return;
	loop_event_free(pace->reader);
	loop_event_free(pace->timer);
	expect_free(pace->line_now);
	expect_free(pace->lines_seen);
	free(pace);
}
