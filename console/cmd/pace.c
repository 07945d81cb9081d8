// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/pace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/expect.h"
#include "text/textline.h"

/* How often it is asked what the guest has not read yet. */
#define ASK_MS 10

/* Reads before one line whose bytes are no answer to it: a guest that floods has no end. */
#define DRAIN_READS 256

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
	struct loop_event *more;
	struct expect *expect;
	bool looks; /* what is printed now may be the prompt */
	bool found; /* it came, maybe before the pause was over */
	bool busy;  /* the bytes that were read are not done with */
	uint64_t pos;
	struct textline text;
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

static void keep_last(struct pace *pace, const unsigned char *bytes, size_t len)
{
	for (size_t at = 0; at < len;) {
		size_t end;
		size_t from;

		at += textline_add(&pace->text, bytes + at, len - at);
		end = pace->text.len;
		while (end && strchr(" \t", pace->text.text[end - 1]))
			end--;
		if (!end)
			continue;
		from = end < LAST_LINE ? 0 : end - LAST_LINE;
		memcpy(pace->last_line, pace->text.text + from, end - from);
		pace->last_line[end - from] = '\0';
	}
}

/* Bytes of the guest, or 0: there are none now, or it was told that there will be none. */
static size_t take(struct pace *pace, unsigned char *bytes, size_t size)
{
	uint64_t skipped;
	ssize_t n = source_read(pace->src, bytes, size, &skipped);

	if (n == -EAGAIN)
		return 0;
	if (n <= 0) {
		loop_off(pace->reader);
		pace->ops->failed((int)n, pace->arg);
		return 0;
	}
	/* What was lost may be in the middle of anything. */
	if (skipped) {
		pace->text = (struct textline){ .ended = false };
		pace->pos += skipped;
		expect_begin(pace->expect, pace->pos);
	}
	keep_last(pace, bytes, (size_t)n);
	pace->pos += (uint64_t)n;
	return (size_t)n;
}

static void look(struct pace *pace)
{
	struct expect_hit hit;

	switch (expect_step(pace->expect, &hit)) {
	case EXPECT_FOUND:
		pace->busy = false;
		pace->looks = false;
		pace->found = true;
		if (pace->state == PACE_PROMPT)
			open_up(pace);
		return;
	case EXPECT_NONE:
		pace->busy = false;
		return;
	case EXPECT_MORE:
		return;
	case EXPECT_TOO_HARD:
		pace->busy = false;
		loop_off(pace->reader);
		pace->ops->too_hard(pace->arg);
		return;
	}
}

/* One piece in a turn, and one step: keys and timers come between. */
static void on_output(void *arg)
{
	unsigned char bytes[EXPECT_CHUNK / 4];
	struct pace *pace = arg;
	size_t n;

	if (!pace->busy) {
		n = take(pace, bytes, sizeof(bytes));
		if (!n || !pace->looks)
			return;
		expect_add(pace->expect, bytes, n);
		pace->busy = true;
	}
	look(pace);
	if (pace->busy) {
		loop_off(pace->reader);
		loop_timer_set(pace->more, 0);
	}
}

static void on_more(void *arg)
{
	struct pace *pace = arg;

	loop_on(pace->reader);
	if (pace->busy)
		on_output(pace);
}

/* What is there already is no answer to the line that ends now. */
static void forget(struct pace *pace)
{
	unsigned char bytes[EXPECT_CHUNK / 4];

	for (int i = 0; i < DRAIN_READS; i++)
		if (!take(pace, bytes, sizeof(bytes)))
			break;
	expect_begin(pace->expect, pace->pos);
	pace->busy = false;
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
	if (pace->line && pace->expect)
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
	pace->expect = expect_new();
	pace->more = loop_timer(loop, on_more, pace);
	pace->reader = loop_reader(loop, src->fd, LOOP_DATA, on_output, pace);
	if (!pace->expect || !pace->more || !pace->reader ||
	    expect_pattern(pace->expect, request->wait_for, error, sizeof(error)))
		goto fail;
	expect_begin(pace->expect, 0);
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
	loop_event_free(pace->more);
	loop_event_free(pace->timer);
	expect_free(pace->expect);
	free(pace);
}
