// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/alertstream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/msg.h"
#include "daemon/alertafter.h"
#include "daemon/logfile.h"
#include "daemon/losses.h"
#include "daemon/usersums.h"
#include "guests/guests.h"
#include "source/owner.h"
#include "source/source_port.h"
#include "text/when.h"

/* Bytes of a guest in one turn; at most LOGSTREAM_SCRATCH. */
#define CHUNK 4096

/* Searching them may take this long; the rest is left for the next turn. */
#define TURN_NS ((uint64_t)10 * 1000000)

/*
 * Pause of a guest that prints little, at most, however large its history: alerts are to be sent
 * soon.
 */
#define REST_MS 8

/* Noting a position that failed is retried after this time, then after twice that, and so on. */
#define RETRY_FIRST_MS 1000
#define RETRY_MAX_MS 30000

struct seen_line {
	size_t len;
	char text[ALERTNEWS_LINE_SIZE];
};

struct alertstream {
	struct logstream_shared *shared;
	struct source *src;
	struct source_facts facts;
	char label[SOURCE_NAME_SIZE];
	char user[USER_NAME_SIZE];
	struct logfile file; /* only its ledger is used */
	struct loop_event *reader;
	struct loop_event *rest;
	struct loop_event *retry; /* to note the position again */
	uint64_t delay_ms;
	logstream_done_cb *done;
	void *arg;
	struct alerts_line line;
	struct alertafter after;
	uint64_t wanted;
	uint32_t generation; /* the generation of rules that @wanted belongs to */
	uint64_t pos;	     /* of the first byte being searched, or to be read next */
	unsigned char *left; /* bytes read and not yet searched; NULL: none */
	size_t left_from;
	size_t left_len;
	uint64_t begun;	    /* when the turn began */
	uint64_t noted;	    /* position from which to search again after a kill */
	uint64_t line_from; /* position of the line under way */
	uint64_t before;    /* rules that it has matched before the daemon was started */
	uint64_t told;	    /* and since then: a bit for each rule */
	struct losses losses;
	uint64_t counts[ALERTS_MAX];
	bool ended;		  /* all of its output was searched */
	bool kept;		  /* the daemon ends, and alerting.c has what it knows */
	char fault[LOGNAME_SIZE]; /* the file that cannot be written */
	int failing; /* its ledger cannot be written, which was printed: a negative errno */
	/* The last complete lines; the next goes to [line_count % ...]. */
	struct seen_line lines[ALERTNEWS_LINES - 1];
	size_t line_count;
};

static void put_lines(const struct alertstream *stream, struct alertnews *news)
{
	const size_t room = sizeof(stream->lines) / sizeof(stream->lines[0]);
	size_t first = stream->line_count > room ? stream->line_count - room : 0;
	size_t n = 0;

	for (size_t i = first; i < stream->line_count; i++) {
		const struct seen_line *line = &stream->lines[i % room];

		memcpy(news->lines + n, line->text, line->len);
		n += line->len;
		news->lines[n++] = '\n';
	}
	strcpy(news->lines + n, news->match);
}

static bool matched(size_t index, const char *text, size_t len, size_t behind, void *arg)
{
	struct alertstream *stream = arg;
	struct alerting *alerting = stream->shared->alerting;
	const struct alertrules *rules = alerting_has(alerting);
	size_t start = alerts_start(rules->alerts);
	uint64_t begun = stream->noted;
	uint64_t bit = UINT64_C(1) << index;
	struct alertnews *news;
	int64_t ns;

	stream->told |= bit;
	if (stream->before & bit) {
		stream->before &= ~bit;
		return false;
	}
	stream->counts[index]++;
	stream->noted = stream->pos + behind;
	if (alertafter_has(&stream->after, rules->all[index].name)) {
		alerting_seen_again(alerting, index);
		return false;
	}
	news = alerting_seen(alerting, stream->facts.uid, stream->label, index);
	if (!news)
		return false;
	news->uid = stream->facts.uid;
	news->port = stream->facts.id;
	news->pid = stream->facts.pid;
	news->pos = stream->noted;
	strcpy(news->guest, stream->label);
	strcpy(news->user, stream->user);
	strcpy(news->boot, stream->file.ledger.port.boot);
	ns = when_printed(stream->src, stream->noted ? stream->noted - 1 : 0);
	news->real_ns = ns ? when_real_now() - (when_now() - ns) : 0;
	alertnews_match(news, text, len, start);
	put_lines(stream, news);
	alertafter_begin(&stream->after, news, &rules->all[index], start, begun);
	alerting_tell(alerting);
	return false;
}

static void ended(const char *text, size_t len, bool whole, size_t behind, void *arg)
{
	const size_t room = sizeof(((struct alertstream *)NULL)->lines) / sizeof(struct seen_line);
	struct alertstream *stream = arg;
	struct seen_line *line = &stream->lines[stream->line_count % room];

	stream->line_from = stream->pos + behind;
	if (stream->line_from > stream->noted)
		stream->noted = stream->line_from;
	if (whole) {
		stream->before = 0;
		stream->told = 0;
	}
	/* Of a very long line only the last part is kept as a line. */
	if (!whole || !len)
		return;
	line->len = alertnews_text(line->text, sizeof(line->text), text, len);
	stream->line_count++;
	alertafter_line(&stream->after, text, len);
}

/* A timer retries for guests that print nothing more. */
static void retry_later(struct alertstream *stream, int err)
{
	if (!err) {
		stream->delay_ms = 0;
		loop_off(stream->retry);
		return;
	}
	if (!stream->delay_ms)
		stream->delay_ms = RETRY_FIRST_MS;
	loop_timer_set(stream->retry, stream->delay_ms);
}

/* Reports an error as for a log. Searching continues in spite of it. */
static void noted(struct alertstream *stream, int err)
{
	struct logdir *dir = &stream->shared->dir;

	retry_later(stream, err);
	if (err == stream->failing)
		return;
	if (stream->failing && err)
		logdir_forget(dir, stream->failing);
	else if (stream->failing)
		logdir_worked(dir, stream->fault, stream->failing);
	if (err)
		logdir_failed(dir, logfile_fault(&stream->file, stream->fault), err);
	stream->failing = err;
}

/*
 * Notes the position in the ledger. If that fails, the output since the last note is searched
 * again after a kill; searching continues in spite of it.
 */
static void note(struct alertstream *stream)
{
	/* Output of alerts that wait is searched again after a kill. */
	struct ledger_point to = { .pos = alertafter_from(&stream->after, stream->noted) };
	int err;

	if (to.pos == stream->file.at.pos && !stream->failing)
		return;
	alerting_note_new(stream->shared->alerting);
	err = logfile_append(&stream->file, NULL, 0, false, &to);
	noted(stream, err);
	stream->file.at.pos = to.pos;
}

/*
 * Sends the alert before it notes the position: a kill between the two has it sent twice rather
 * than not at all.
 */
static void complete(struct alertnews *news, void *arg)
{
	struct alertstream *stream = arg;

	if (news)
		alerting_send(stream->shared->alerting, news);
	if (!stream->kept)
		note(stream);
}

static void say_lost(const struct alertstream *stream, uint64_t count)
{
	static const char what[] =
		"bytes were overwritten before they could be searched for alerts";

	if (count &&
	    usersums_add(stream->shared->dir.told, stream->facts.uid, what, stream->label, count))
		msg_error("%s: %" PRIu64
			  " bytes were overwritten before they could be searched for alerts",
			  stream->label, count);
}

static void note_end(struct alertstream *stream)
{
	note(stream);
	noted(stream, logfile_done(&stream->file));
}

static void on_retry(void *arg)
{
	struct alertstream *stream = arg;

	stream->delay_ms *= 2;
	if (stream->delay_ms > RETRY_MAX_MS)
		stream->delay_ms = RETRY_MAX_MS;
	if (!stream->ended) {
		note(stream);
		return;
	}
	note_end(stream);
	if (stream->file.ledger.done)
		stream->done(stream->arg);
}

/* The next life is searched from now on, whether or not it can be noted that this one is done. */
static void finish(struct alertstream *stream)
{
	stream->noted = stream->pos;
	stream->ended = true;
	alertafter_end(&stream->after);
	note_end(stream);
	say_lost(stream, losses_rest(&stream->losses));
	loop_off(stream->reader);
	loop_off(stream->rest);
	stream->done(stream->arg);
}

/* The next byte begins a line, as far as is known. */
static void begin_line(struct alertstream *stream)
{
	stream->noted = stream->pos;
	stream->line_from = stream->pos;
	stream->before = 0;
	stream->told = 0;
	stream->line = (struct alerts_line){ 0 };
}

static void skip(struct alertstream *stream, uint64_t skipped)
{
	say_lost(stream, losses_add(&stream->losses, skipped));
	alertafter_lost(&stream->after, skipped);
	stream->pos += skipped;
	begin_line(stream);
}

static bool is_over(void *arg)
{
	const struct alertstream *stream = arg;

	return clock_roughly_ns() - stream->begun > TURN_NS;
}

/* Continues in the next turn, after others have had theirs. */
static void go_on(struct alertstream *stream)
{
	loop_off(stream->reader);
	loop_timer_set(stream->rest, 0);
}

static bool keep(struct alertstream *stream, const unsigned char *bytes, size_t len)
{
	stream->left = malloc(len);
	if (stream->left)
		memcpy(stream->left, bytes, len);
	stream->left_len = len;
	return stream->left;
}

/* True: all of these were searched. */
static bool look(struct alertstream *stream, const unsigned char *bytes, size_t from, size_t len)
{
	static const struct alerts_ops in_turns = {
		.matched = matched,
		.over = is_over,
		.ended = ended,
	};
	static const struct alerts_ops in_one = { .matched = matched, .ended = ended };
	const struct alerts *alerts = alerting_has(stream->shared->alerting)->alerts;

	stream->begun = clock_roughly_ns();
	from = alerts_look(alerts, &stream->line, stream->label, stream->wanted, bytes, from, len,
			   &in_turns, stream);
	if (stream->line.searched || from < len) {
		stream->left_from = from;
		if (stream->left || keep(stream, bytes, len))
			return false;
		/* Without memory for the rest, this turn takes longer than it may. */
		alerts_look(alerts, &stream->line, stream->label, stream->wanted, bytes, from, len,
			    &in_one, stream);
	}
	stream->pos += len;
	free(stream->left);
	stream->left = NULL;
	return true;
}

/* The rules have changed, and alertstream_decide() has not been called with its alerts yet. */
static bool is_undecided(const struct alertstream *stream)
{
	return stream->generation != alerting_generation(stream->shared->alerting);
}

/* True: everything that was read was searched. */
static bool look_at_left(struct alertstream *stream)
{
	if (!stream->left)
		return true;
	if (!look(stream, stream->left, stream->left_from, stream->left_len)) {
		go_on(stream);
		return false;
	}
	note(stream);
	return true;
}

static void turn(void *arg)
{
	struct alertstream *stream = arg;
	unsigned char *bytes = stream->shared->scratch;
	uint64_t skipped = 0;
	uint64_t ms;
	ssize_t n;

	if (is_undecided(stream)) {
		loop_off(stream->reader);
		return;
	}
	if (!look_at_left(stream))
		return;
	n = source_read(stream->src, bytes, CHUNK, &skipped);
	if (n == -EAGAIN)
		return;
	if (n < 0 && n != -ENODEV &&
	    usersums_add(stream->shared->dir.told, stream->facts.uid,
			 "its output cannot be read for alerts", stream->label, 0))
		msg_error("cannot read the output of %s: %s", stream->label, strerror((int)-n));
	if (n < 0 || (!n && !skipped)) {
		finish(stream);
		return;
	}
	if (skipped)
		skip(stream, skipped);
	if (!look(stream, bytes, 0, (size_t)n)) {
		go_on(stream);
		return;
	}
	note(stream);
	ms = n < CHUNK ? logstream_rest_ms(&stream->facts, (size_t)n) : 0;
	if (!ms)
		return;
	loop_off(stream->reader);
	loop_timer_set(stream->rest, ms < REST_MS ? ms : REST_MS);
}

static void on_rested(void *arg)
{
	struct alertstream *stream = arg;

	/* It may have ended meanwhile, because of a new policy. */
	if (stream->ended)
		return;
	loop_on(stream->reader);
	turn(stream);
}

static int seek(struct alertstream *stream)
{
	int err = source_seek(stream->src, stream->file.at.pos);

	if (err == -EINVAL) {
		stream->file.at.pos = 0;
		err = source_seek(stream->src, 0);
	}
	stream->pos = stream->file.at.pos;
	begin_line(stream);
	return err;
}

static int begin(struct alertstream *stream, const struct ledger_port *port, const char *base)
{
	struct logstream_shared *shared = stream->shared;
	int err;

	err = logstream_open(shared, port, base, ALERTSTREAM_KIND, &stream->src, &stream->facts,
			     &stream->file);
	if (!err)
		err = seek(stream);
	if (err)
		return err;
	guests_label(&stream->facts, stream->label);
	facts_user(&stream->facts, stream->user);
	stream->reader = loop_reader(shared->loop, stream->src->fd, LOOP_DATA, turn, stream);
	stream->rest = loop_timer(shared->loop, on_rested, stream);
	stream->retry = loop_timer(shared->loop, on_retry, stream);
	alerting_resume(shared->alerting, port, stream->pos, &stream->after, &stream->before);
	return stream->reader && stream->rest && stream->retry ? 0 : -ENOMEM;
}

int alertstream_new(struct logstream_shared *shared, const struct ledger_port *port,
		    const char *base, uint64_t alerts, logstream_done_cb *done, void *arg,
		    struct alertstream **stream)
{
	struct alertstream *new = calloc(1, sizeof(*new));
	int err;

	if (!new)
		return -ENOMEM;
	new->shared = shared;
	new->done = done;
	new->arg = arg;
	new->wanted = alerts;
	new->generation = alerting_generation(shared->alerting);
	new->after = (struct alertafter){
		.loop = shared->loop,
		.line = &new->line.line,
		.done = complete,
		.arg = new,
	};
	new->file.fd = -1;
	new->file.ledger_fd = -1;
	err = begin(new, port, base);
	if (err) {
		alertstream_free(new);
		return err;
	}
	*stream = new;
	new->ended = new->file.ledger.done;
	if (new->ended)
		done(arg);
	else
		loop_on(new->reader);
	return 0;
}

void alertstream_keep(struct alertstream *stream)
{
	struct alerting *alerting = stream->shared->alerting;
	uint64_t told = stream->told | stream->before;

	if (stream->ended)
		return;
	stream->kept = true;
	told = alerting_renumber(alerting, stream->generation, told);
	alerting_keep(alerting, &stream->file.ledger.port, stream->line_from, &stream->after, told);
	alertafter_end(&stream->after);
}

void alertstream_kept(struct alertstream *stream)
{
	if (stream->kept)
		stream->noted = stream->line_from;
}

void alertstream_free(struct alertstream *stream)
{
	if (!stream)
		return;
	alertafter_end(&stream->after);
	if (stream->ended && stream->failing)
		note_end(stream);
	else if (stream->kept || stream->failing)
		note(stream);
	alertafter_free(&stream->after);
	say_lost(stream, losses_rest(&stream->losses));
	if (stream->failing)
		logdir_forget(&stream->shared->dir, stream->failing);
	loop_event_free(stream->reader);
	loop_event_free(stream->rest);
	loop_event_free(stream->retry);
	free(stream->left);
	logfile_close(&stream->file);
	source_close(stream->src);
	free(stream);
}

/* A count that began at 0 with each new policy would hide the matches right after it. */
static void carry_counts(struct alertstream *stream)
{
	uint64_t counts[ALERTS_MAX] = { 0 };

	for (size_t i = 0; i < ALERTS_MAX; i++) {
		uint64_t bit = UINT64_C(1) << i;
		uint64_t now = alerting_renumber(stream->shared->alerting, stream->generation, bit);

		if (now)
			counts[__builtin_ctzll(now)] = stream->counts[i];
	}
	memcpy(stream->counts, counts, sizeof(counts));
}

void alertstream_decide(struct alertstream *stream, uint64_t alerts)
{
	const struct alerting *alerting = stream->shared->alerting;
	uint32_t generation = stream->generation;
	uint64_t told = stream->line.told;

	/* The bits may now stand for other rules. */
	alerts_look_again(&stream->line);
	stream->line.told = alerting_renumber(alerting, generation, told);
	stream->told = alerting_renumber(alerting, generation, stream->told);
	stream->before = alerting_renumber(alerting, generation, stream->before);
	carry_counts(stream);
	stream->wanted = alerts;
	stream->generation = alerting_generation(alerting);
	if (stream->ended)
		return;
	loop_on(stream->reader);
	if (stream->left)
		loop_timer_set(stream->rest, 0);
}

const uint64_t *alertstream_counts(const struct alertstream *stream)
{
	return stream->counts;
}

bool alertstream_is_noted(const struct alertstream *stream)
{
	return stream->file.ledger.done;
}
