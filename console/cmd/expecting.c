// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/expecting.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "base/status.h"
#include "cmd/busy.h"
#include "cmd/expect_end.h"
#include "cmd/expect_place.h"
#include "cmd/limit.h"
#include "guests/await.h"
#include "source/catch_up.h"
#include "source/cursor.h"
#include "source/feed.h"
#include "source/words.h"
#include "text/when.h"

/* How long to search before keys and timers have their turn, nanoseconds. */
#define TURN_NS 10000000

/* A guest that prints nothing for this time, in nanoseconds, has paused. */
#define PAUSE_NS 100000000ll

/* How many marks to ask for at once. */
#define MARKS 256

static bool add_pattern(struct wait *wait, size_t step)
{
	char error[256];
	int err = seen_pattern(wait->seen, wait->script->steps[step].text, error, sizeof(error));

	if (err) {
		msg_error("'%s': %s", wait->script->steps[step].text, error);
		expect_end(wait, STATUS_FAILED);
		return false;
	}
	wait->patterns[wait->count++] = step;
	return true;
}

/* Begins to wait for the patterns of this step, of the "or" steps after it, and of "fail". */
static bool look(struct wait *wait)
{
	const struct expect_script *script = wait->script;
	int err = source_seek(wait->src, wait->from);

	seen_free(wait->seen);
	wait->seen = seen_new(wait->opts->of);
	wait->count = 0;
	if (err || !wait->seen) {
		msg_error("cannot read the output of %s: %s", wait->label,
			  strerror(err ? -err : ENOMEM));
		expect_end(wait, STATUS_FAILED);
		return false;
	}
	for (size_t i = wait->step; i < script->count; i++) {
		if (i > wait->step && script->steps[i].act != EXPECT_ACT_OR)
			break;
		if (!add_pattern(wait, i))
			return false;
	}
	for (size_t i = 0; i < wait->step; i++)
		if (script->steps[i].act == EXPECT_ACT_FAIL && !add_pattern(wait, i))
			return false;
	wait->pos = wait->from;
	wait->stood = wait->seen_all = false;
	wait->begun = clock_processor_ns();
	seen_begin(wait->seen, wait->pos);
	expect_place_behind(wait->seen, wait->src, wait->from, wait->from == wait->behind);
	if (wait->each_ms)
		loop_timer_set(wait->each, wait->each_ms);
	loop_timer_set(wait->more, 0);
	return true;
}

/* Sends a text. Only what is printed from now on can be an answer, unless @keeps is set. */
static bool send_step(struct wait *wait, const struct expect_line *step)
{
	struct source_facts facts;
	int err = wait->gone ? -ENODEV : 0;

	if (!err && !wait->opts->keeps)
		err = catch_up_facts(wait->src, &facts, false);
	if (!err)
		err = feed_bytes(wait->feed, step->text, step->len);
	if (err) {
		expect_end_unsent(wait, err);
		return false;
	}
	if (!wait->opts->keeps && facts.tx_newest > wait->from)
		wait->from = facts.tx_newest;
	return true;
}

static void failed(int err, void *arg)
{
	struct wait *wait = arg;

	/* The end comes with the output, too, and that is searched first. */
	if (err == -ENODEV && !wait->found)
		wait->gone = true;
	else
		expect_end_unsent(wait, err);
}

/* The script is done: ends once what it sent was taken and is not lost with the connection. */
static void finish(void *arg)
{
	struct wait *wait = arg;

	if (wait->gone) {
		expect_end_unsent(wait, -ENODEV);
		return;
	}
	if (wait->feed && !feed_empty(wait->feed))
		return;
	switch (wait->feed ? unread_look(&wait->unread, false) : UNREAD_NONE) {
	case UNREAD_LATE:
		msg_error("%s has not read everything yet: waiting for it", wait->label);
		loop_timer_set(wait->settle, UNREAD_ASK_MS);
		break;
	case UNREAD_WAIT:
		loop_timer_set(wait->settle, UNREAD_ASK_MS);
		break;
	case UNREAD_GONE:
		expect_end_unsent(wait, -ENODEV);
		break;
	default:
		loop_stop(wait->loop);
		break;
	}
}

/* Runs the script up to its next wait, or to its end. */
static void go_on_with_script(struct wait *wait)
{
	for (; wait->step < wait->script->count; wait->step++) {
		const struct expect_line *step = &wait->script->steps[wait->step];

		if (step->act == EXPECT_ACT_TIMEOUT)
			wait->each_ms = step->ms;
		else if (step->act == EXPECT_ACT_SEND && !send_step(wait, step))
			return;
		else if (step->act == EXPECT_ACT_LOOK) {
			look(wait);
			return;
		}
	}
	wait->step--;
	wait->found = true;
	/* A late match may have used up the step's time: what is not taken yet gets all of it. */
	if (wait->each_ms)
		loop_timer_set(wait->each, wait->each_ms);
	loop_off(wait->reader);
	finish(wait);
}

static void matched(struct wait *wait, const struct expect_hit *hit)
{
	const struct expect_line *step = &wait->script->steps[wait->patterns[hit->pattern]];
	struct expect_out out;
	int status;

	expect_end_describe(wait, hit, &out);
	status = wait->opts->json ? expect_out_json(&out, hit) : expect_out_text(&out, hit);
	/* What could not be printed is searched for again. */
	if (!status && wait->opts->cursor &&
	    !cursor_save(wait->opts->cursor, wait->src, &wait->facts, hit->end))
		status = STATUS_FAILED;
	if (status) {
		expect_end(wait, status);
		return;
	}
	wait->from = hit->end;
	wait->behind =
		hit->all.len && memchr("\r\n", hit->all.text[hit->all.len - 1], 2) ? 0 : hit->end;
	loop_off(wait->reader);
	if (step->act == EXPECT_ACT_FAIL) {
		expect_end_failed_by(wait, hit->pattern);
		return;
	}
	/* For patterns of the command line, the exit status says which one matched. */
	if (!step->line && hit->pattern)
		wait->status = STATUS_PATTERN + (int)hit->pattern + 1;
	wait->step = step->label ? step->next : wait->step + 1;
	go_on_with_script(wait);
}

/* Passes the known pauses before bytes from @wait->pos to @end to @wait->seen. */
static void tell_pauses(struct wait *wait, uint64_t end)
{
	struct source_mark marks[MARKS];
	uint64_t pos = wait->pos ? wait->pos - 1 : 0;
	size_t count;

	do {
		count = source_marks(wait->src, pos, marks, MARKS);
		for (size_t i = 1; i < count && marks[i].pos < end; i++)
			if (marks[i].pos >= wait->pos && marks[i].ns - marks[i - 1].ns >= PAUSE_NS)
				seen_paused(wait->seen, marks[i].pos);
		/* The next request begins with the last mark of this one. */
		pos = count ? marks[count - 1].pos : end;
	} while (count == MARKS && pos < end);
}

/*
 * If the @len bytes that were read are another VMM's than those before them, the search first takes
 * the latter as they stand, as at a pause: true, and the position is set back so that the bytes are
 * read again. The second time they begin a new text.
 */
static bool stop_before(struct wait *wait, size_t len)
{
	if (!len || !source_begins(wait->src, wait->pos))
		return false;
	if (wait->begins == wait->pos || source_seek(wait->src, wait->pos)) {
		seen_begin(wait->seen, wait->pos);
		return false;
	}
	wait->begins = wait->pos;
	seen_stand(wait->seen);
	return true;
}

/* Reads more of the output. False: that has failed. */
static bool take(struct wait *wait)
{
	char text[SOURCE_BLOCKED_SIZE];
	char chunk[SEEN_CHUNK];
	uint64_t skipped;
	ssize_t n;
	int err;

	n = source_read(wait->src, chunk, sizeof(chunk), &skipped);
	if (source_blocked_news(wait->src, &err))
		msg_error("%s", source_blocked_text(wait->label, err, text));
	if (n == -EAGAIN) {
		wait->stood = true;
		seen_stand(wait->seen);
		return true;
	}
	if (n < 0) {
		msg_error("cannot read the output of %s: %s", wait->label, strerror((int)-n));
		expect_end(wait, STATUS_FAILED);
		return false;
	}
	if (skipped) {
		msg_error("skipped %" PRIu64 " bytes of %s: they are no longer kept", skipped,
			  wait->label);
		wait->skipped += skipped;
		wait->pos += skipped;
		seen_begin(wait->seen, wait->pos);
	} else if (stop_before(wait, (size_t)n)) {
		return true;
	}
	if (n) {
		if (wait->opts->of == EXPECT_TEXT)
			tell_pauses(wait, wait->pos + (uint64_t)n);
		seen_add(wait->seen, chunk, (size_t)n);
		wait->pos += (uint64_t)n;
	} else {
		wait->ended = true;
		seen_stand(wait->seen);
	}
	return true;
}

static void say_too_hard(const struct wait *wait, const struct expect_hit *hit)
{
	msg_error("%s takes too many steps at some places in what %s prints: they are skipped",
		  wait->script->steps[wait->patterns[hit->pattern]].text, wait->label);
	msg_more("Nested repeats, as in (a+)+, are the usual cause.");
}

/* Does one step of the search. False: there is nothing to do for now. */
static bool go_on_once(struct wait *wait)
{
	struct expect_hit hit;

	switch (seen_step(wait->seen, &hit)) {
	case EXPECT_FOUND:
		matched(wait, &hit);
		return false;
	case EXPECT_TOO_HARD:
		say_too_hard(wait, &hit);
		return true;
	case EXPECT_MORE:
		return true;
	case EXPECT_NONE:
		break;
	}
	if (wait->ended) {
		expect_end_gone(wait);
		return false;
	}
	wait->seen_all |= wait->stood || wait->pos >= wait->facts.tx_newest;
	if (wait->stood) {
		wait->stood = false;
		loop_on(wait->reader);
		return false;
	}
	return take(wait);
}

static void go_on(void *arg)
{
	struct wait *wait = arg;
	int64_t start = when_now();

	loop_off(wait->reader);
	if (wait->found || wait->over)
		return;
	while (when_now() - start < TURN_NS)
		if (!go_on_once(wait))
			return;
	loop_timer_set(wait->more, 0);
}

static void taken(void *arg)
{
	struct wait *wait = arg;

	if (wait->found)
		finish(wait);
}

static const struct feed_ops feed_ops = {
	.taken = taken,
	.failed = failed,
};

static bool begin(struct wait *wait)
{
	size_t bytes = expect_script_sends(wait->script);

	wait->reader = loop_reader(wait->loop, wait->src->fd, LOOP_DATA, go_on, wait);
	wait->more = loop_timer(wait->loop, go_on, wait);
	wait->timer = loop_timer(wait->loop, expect_end_timeout, wait);
	wait->each = loop_timer(wait->loop, expect_end_each, wait);
	wait->settle = loop_timer(wait->loop, finish, wait);
	unread_begin(&wait->unread, wait->src, NULL);
	if (!wait->reader || !wait->more || !wait->timer || !wait->each || !wait->settle ||
	    source_join(wait->src, wait->loop) || loop_stop_on_signals(wait->loop))
		return false;
	if (bytes)
		wait->feed = feed_new(wait->loop, wait->src, bytes, &feed_ops, wait);
	if (bytes && !wait->feed)
		return false;
	if (wait->opts->until)
		loop_timer_set(wait->timer, limit_left_ms(wait->opts->until));
	return true;
}

static int work(struct wait *wait)
{
	int sig = 0;

	output_open(&wait->out, STDOUT_FILENO);
	if (begin(wait)) {
		go_on_with_script(wait);
		if (!wait->over)
			sig = loop_run(wait->loop);
	} else {
		msg_error("out of memory");
		wait->status = STATUS_FAILED;
	}
	source_leave(wait->src);
	if (wait->err)
		expect_end_say_unsent(wait);
	feed_free(wait->feed);
	seen_free(wait->seen);
	loop_event_free(wait->settle);
	loop_event_free(wait->each);
	loop_event_free(wait->timer);
	loop_event_free(wait->more);
	loop_event_free(wait->reader);
	output_close(&wait->out);
	return status_after(sig, wait->status);
}

int expecting(const struct expecting_options *opts, const char *guest)
{
	enum pick_for what = expect_script_sends(opts->script) ? PICK_WRITE : PICK_READ;
	struct wait wait = { .opts = opts, .script = opts->script, .status = STATUS_OK };
	int status;

	if (opts->until)
		status = await_open(guest, what, opts->until, &wait.src, &wait.facts, &wait.came);
	else
		status = pick_open(guest, what, &wait.src, &wait.facts);
	if (status)
		return status;
	guests_label(&wait.facts, wait.label);
	status = expect_place_find(opts, wait.src, &wait.facts, wait.came, &wait.from);
	if (!status && opts->take && !busy_take(wait.src, wait.label))
		status = limit_is_over(opts->until) ? STATUS_TIMEOUT : STATUS_FAILED;
	if (!status) {
		wait.loop = loop_new();
		if (wait.loop) {
			status = work(&wait);
		} else {
			msg_error("out of memory");
			status = STATUS_FAILED;
		}
		loop_free(wait.loop);
	}
	source_close(wait.src);
	return status;
}
