// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/expecting.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/msg.h"
#include "base/output.h"
#include "base/status.h"
#include "cmd/busy.h"
#include "cmd/cmd.h"
#include "cmd/expect_out.h"
#include "cmd/expect_place.h"
#include "cmd/limit.h"
#include "cmd/unread.h"
#include "guests/await.h"
#include "source/catch_up.h"
#include "source/cursor.h"
#include "text/seen.h"
#include "text/when.h"
#include "ui/feed.h"

/* How long to search before keys and timers have their turn, nanoseconds. */
#define TURN_NS 10000000

/* A guest that prints nothing for this time, in nanoseconds, has paused. */
#define PAUSE_NS 100000000ll

/*
 * Whatever the limit, what is there already is searched, unless that has used this much processor
 * time, in nanoseconds: on a busy machine the limit may be over before the process got any.
 */
#define LATE_NS 100000000

/* How many marks to ask for at once. */
#define MARKS 256

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

static void stop(struct wait *wait, int status)
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

static void describe(const struct wait *wait, const struct expect_hit *hit, struct expect_out *out)
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
		describe(wait, NULL, &out);
		expect_out_json(&out, NULL);
	}
	stop(wait, status);
}

static void ended(struct wait *wait)
{
	char text[GUESTS_ENDED_SIZE];
	char line[64];

	msg_error("%s%s and did not print %s", where(wait, line),
		  guests_ended(wait->src, wait->label, text), what(wait));
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
		stop(wait, STATUS_TIMEOUT);
		return;
	}
	msg_error("%s%s did not print %s in time", where(wait, line), wait->label, what(wait));
	if (wait->feed && unread_would_be_lost(wait->src))
		msg_more("Nobody has read what was sent to it: it is lost.");
	failed_without(wait, STATUS_TIMEOUT);
}

static void on_timeout(void *arg)
{
	out_of_time(arg, ((struct wait *)arg)->timer);
}

/* The timeout of a step. */
static void on_each(void *arg)
{
	out_of_time(arg, ((struct wait *)arg)->each);
}

static bool add_pattern(struct wait *wait, size_t step)
{
	char error[256];
	int err = seen_pattern(wait->seen, wait->script->steps[step].text, error, sizeof(error));

	if (err) {
		msg_error("'%s': %s", wait->script->steps[step].text, error);
		stop(wait, STATUS_FAILED);
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
		stop(wait, STATUS_FAILED);
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

static void unsent(struct wait *wait, int err)
{
	wait->err = err;
	stop(wait, cmd_unsent(err));
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
		unsent(wait, err);
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
		unsent(wait, err);
}

/* The script is done: ends once what it sent was taken and is not lost with the connection. */
static void finish(void *arg)
{
	struct wait *wait = arg;

	if (wait->gone) {
		unsent(wait, -ENODEV);
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
		unsent(wait, -ENODEV);
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

/* A "fail" pattern has matched. */
static void failed_by(struct wait *wait, size_t pattern)
{
	int number = 0;

	for (size_t i = 0; i <= wait->patterns[pattern]; i++)
		number += wait->script->steps[i].act == EXPECT_ACT_FAIL;
	msg_error("%.40s:%zu: %s printed %s", wait->script->name,
		  wait->script->steps[wait->patterns[pattern]].line, wait->label,
		  wait->script->steps[wait->patterns[pattern]].text);
	expect_out_seen(wait->script, wait->seen);
	stop(wait, STATUS_PATTERN + number + 1);
}

static void matched(struct wait *wait, const struct expect_hit *hit)
{
	const struct expect_line *step = &wait->script->steps[wait->patterns[hit->pattern]];
	struct expect_out out;
	int status;

	describe(wait, hit, &out);
	status = wait->opts->json ? expect_out_json(&out, hit) : expect_out_text(&out, hit);
	if (wait->opts->cursor &&
	    !cursor_save(wait->opts->cursor, wait->src, &wait->facts, hit->end))
		status = STATUS_FAILED;
	if (status) {
		stop(wait, status);
		return;
	}
	wait->from = hit->end;
	wait->behind =
		hit->all.len && memchr("\r\n", hit->all.text[hit->all.len - 1], 2) ? 0 : hit->end;
	loop_off(wait->reader);
	if (step->act == EXPECT_ACT_FAIL) {
		failed_by(wait, hit->pattern);
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
	char text[GUESTS_BLOCKED_SIZE];
	char chunk[SEEN_CHUNK];
	uint64_t skipped;
	ssize_t n;
	int err;

	n = source_read(wait->src, chunk, sizeof(chunk), &skipped);
	if (source_blocked_news(wait->src, &err))
		msg_error("%s", guests_blocked(wait->label, err, text));
	if (n == -EAGAIN) {
		wait->stood = true;
		seen_stand(wait->seen);
		return true;
	}
	if (n < 0) {
		msg_error("cannot read the output of %s: %s", wait->label, strerror((int)-n));
		stop(wait, STATUS_FAILED);
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
	msg_error("%s takes too many steps in places of what %s prints: these are skipped",
		  wait->script->steps[wait->patterns[hit->pattern]].text, wait->label);
	msg_more("A pattern without repeats inside of repeats does not.");
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
		ended(wait);
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

/* Called after the loop, since busy_say() may have to ask another host for the holder. */
static void say_failed(struct wait *wait)
{
	if (wait->err == -EBUSY)
		busy_say(wait->src, wait->label, "send to", true);
	else
		msg_error("cannot send to %s: %s", wait->label,
			  wait->err == -ENODEV ? "it is gone" : strerror(-wait->err));
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
	wait->timer = loop_timer(wait->loop, on_timeout, wait);
	wait->each = loop_timer(wait->loop, on_each, wait);
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
		say_failed(wait);
	feed_free(wait->feed);
	seen_free(wait->seen);
	loop_event_free(wait->settle);
	loop_event_free(wait->each);
	loop_event_free(wait->timer);
	loop_event_free(wait->more);
	loop_event_free(wait->reader);
	output_close(&wait->out);
	if (sig > 0)
		return STATUS_SIGNAL + sig;
	return sig < 0 ? STATUS_FAILED : wait->status;
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
