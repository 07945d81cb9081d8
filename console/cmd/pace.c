// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/pace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "source/catch_up.h"
#include "text/seen.h"

/* How often to ask what the guest has not read yet, in milliseconds. */
#define ASK_MS 10

/* Reads per turn of the loop. */
#define READS 16

/* How many bytes to keep to know whether a line begins after them. */
#define BEHIND 256

enum state {
	PACE_OPEN,   /* more may be sent */
	PACE_GIVEN,  /* until the port has taken it */
	PACE_UNREAD, /* until the guest has read it */
	PACE_PAUSE,  /* until the pause is over */
	PACE_PROMPT, /* until the prompt has come */
};

struct pace {
	struct source *src;
	const struct pace_request *request;
	bool local;
	const struct pace_ops *ops;
	void *arg;
	enum state state;
	struct utf8 utf8;   /* a character that was allowed in part */
	unsigned char last; /* the last byte that was allowed */
	bool line;	    /* what was allowed last ends a line */
	bool open_line;	    /* @last is in a line that has not ended */
	uint64_t lines;
	struct loop_event *timer;

	/* With a pattern. */
	struct loop_event *reader;
	struct seen *seen;
	bool looks; /* search what is printed now for the prompt */
	bool found; /* the prompt came, maybe before the pause was over */
	bool told;  /* too_hard() was called */
	/* The end of what was read, to know whether a line begins after it. */
	size_t behind_len;
	unsigned char behind[BEHIND];
};

int pace_check(const struct pace_request *request, char *error, size_t size)
{
	struct seen *seen;
	int err;

	if (!request->wait_for)
		return 0;
	seen = seen_new(EXPECT_TEXT);
	if (!seen)
		return -ENOMEM;
	err = seen_pattern(seen, request->wait_for, error, size);
	seen_free(seen);
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

/* The guest has read what was sent, or nobody can tell. */
static void was_read(struct pace *pace)
{
	uint64_t ms = pace->utf8.need ? 0 : pace->request->char_ms;

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

/* Searches what was read for the prompt. */
static void look(struct pace *pace)
{
	enum expect_result result;
	struct expect_hit hit;

	do {
		result = seen_step(pace->seen, &hit);
		if (result == EXPECT_TOO_HARD && !pace->told) {
			pace->told = true;
			pace->ops->too_hard(pace->arg);
		}
	} while (result == EXPECT_MORE || result == EXPECT_TOO_HARD);
	if (result != EXPECT_FOUND)
		return;
	pace->looks = false;
	pace->found = true;
	if (pace->state == PACE_PROMPT)
		open_up(pace);
}

/* The output is at its end, or cannot be read. */
static void unreadable(struct pace *pace, int err)
{
	loop_off(pace->reader);
	pace->ops->failed(err, pace->arg);
}

static void keep_behind(const unsigned char *bytes, size_t len, void *arg)
{
	struct pace *pace = arg;

	pace->behind_len = len < BEHIND ? len : BEHIND;
	memcpy(pace->behind, bytes + len - pace->behind_len, pace->behind_len);
}

/* Reads some output. False: there is none for now, or it has ended. */
static bool take(struct pace *pace)
{
	unsigned char bytes[SEEN_CHUNK];
	uint64_t skipped;
	ssize_t n = source_read(pace->src, bytes, sizeof(bytes), &skipped);

	if (n == -EAGAIN) {
		if (pace->looks) {
			seen_stand(pace->seen);
			look(pace);
		}
		return false;
	}
	if (n <= 0) {
		unreadable(pace, (int)n);
		return false;
	}
	keep_behind(bytes, (size_t)n, pace);
	if (!pace->looks)
		return true;
	/* After lost bytes, nothing before them counts. */
	if (skipped)
		seen_begin(pace->seen, 0);
	seen_add(pace->seen, bytes, (size_t)n);
	look(pace);
	return true;
}

static void on_output(void *arg)
{
	for (int i = 0; i < READS && take(arg); i++)
		;
}

/* Skips the output so far, which cannot be the answer to the line that ends now. */
static void forget(struct pace *pace)
{
	int err = catch_up(pace->src, keep_behind, pace);

	if (err <= 0 && err != -EAGAIN)
		unreadable(pace, err);
	seen_begin(pace->seen, 0);
	seen_behind(pace->seen, pace->behind, pace->behind_len);
	pace->found = false;
	pace->looks = true;
}

/* How many bytes the first line has, with its end, or all. @ended: it has an end. */
static size_t first_line(const struct pace *pace, const unsigned char *bytes, size_t len,
			 bool *ended)
{
	size_t i = 0;

	*ended = false;
	/* A CR LF was split: this LF belongs to the line end before. */
	if (pace->last == '\r' && bytes[0] == '\n')
		return 1;
	while (i < len && bytes[i] != '\n' && bytes[i] != '\r')
		i++;
	if (i == len)
		return len;
	*ended = true;
	return i + 1 < len && bytes[i] == '\r' && bytes[i + 1] == '\n' ? i + 2 : i + 1;
}

/* How many bytes the first character has, or all; a byte that is not part of one counts as one. */
static size_t first_character(struct pace *pace, const unsigned char *bytes, size_t len)
{
	uint32_t ch;

	for (size_t i = 0; i < len; i++) {
		enum utf8_got got = utf8_byte(&pace->utf8, bytes[i], &ch);

		/* The character before is incomplete, and may have been allowed before. */
		if (got == UTF8_CUT && i)
			return i;
		if (got == UTF8_CUT)
			got = utf8_byte(&pace->utf8, bytes[i], &ch);
		if (got != UTF8_PART)
			return i + 1;
	}
	return len;
}

size_t pace_allow(struct pace *pace, const unsigned char *bytes, size_t len)
{
	size_t n;

	if (!pace || !len)
		return len;
	if (pace->state != PACE_OPEN)
		return 0;
	n = first_line(pace, bytes, len, &pace->line);
	if (pace->request->char_ms) {
		size_t one = first_character(pace, bytes, n);

		if (one < n)
			pace->line = bytes[0] == '\n' || bytes[0] == '\r';
		n = one;
	}
	pace->last = bytes[n - 1];
	pace->open_line = pace->last != '\n' && pace->last != '\r';
	pace->state = PACE_GIVEN;
	pace->lines += pace->line;
	/* The last byte there is may turn out to end a line that has no line end. */
	if (pace->reader && (pace->line || (pace->open_line && n == len)))
		forget(pace);
	return n;
}

void pace_taken(struct pace *pace)
{
	if (pace && pace->state == PACE_GIVEN)
		check_read(pace);
}

bool pace_end(struct pace *pace)
{
	if (!pace || !pace->reader || !pace->open_line)
		return false;
	pace->open_line = false;
	pace->lines++;
	if (pace->found)
		return false;
	pace->state = PACE_PROMPT;
	return true;
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
	const char *last = "";

	for (size_t i = 0; seen_line(pace->seen, i); i++)
		last = seen_line(pace->seen, i);
	return last;
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
	pace->seen = seen_new(EXPECT_TEXT);
	pace->reader = loop_reader(loop, src->fd, LOOP_DATA, on_output, pace);
	if (!pace->seen || !pace->reader ||
	    seen_pattern(pace->seen, request->wait_for, error, sizeof(error)))
		goto fail;
	seen_begin(pace->seen, 0);
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
	seen_free(pace->seen);
	free(pace);
}
