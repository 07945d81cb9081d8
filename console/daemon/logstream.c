// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/logstream_in.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/msg.h"
#include "daemon/journal.h"
#include "daemon/usersums.h"
#include "guests/guests.h"
#include "source/source_port.h"
#include "text/when.h"

/*
 * A turn for one byte costs as much as one for thousands. So a guest that prints little is left
 * alone for a moment, in which even a guest that prints as fast as it can (some 2 MB/s) fills no
 * more than a third of its history.
 */
#define REST_PART 8192 /* bytes of the history per millisecond */
#define REST_MAX_MS 50
#define LITTLE_PART 16 /* little: less than this part of the history in a turn */

const size_t LOGSTREAM_SCRATCH = LOGSTREAM_CHUNK + LOGTEXT_ROOM;

#define RETRY_FIRST_MS 1000
#define RETRY_MAX_MS 30000
#define JOURNAL_RETRY_FIRST_MS 10
/* A slow journal takes the next line in a moment, and many guests may wait for that. */
#define JOURNAL_RETRY_MAX_MS 200

static void turn(void *arg);

const char *logstream_kind_name(enum logstream_kind kind)
{
	static const char *const names[] = { "raw", "clean", "journal", "json" };

	return names[kind];
}

/* Whether this message is to be printed by itself, rather than be counted in a sum. */
static bool is_first(const struct logstream *stream, const char *what, int err, uint64_t bytes)
{
	char cause[160];

	snprintf(cause, sizeof(cause), "%s%s%s", what, err ? ": " : "", err ? strerror(-err) : "");
	return usersums_add(stream->shared->dir.told, stream->facts.uid, cause, stream->label,
			    bytes);
}

/* Moves the reader to the position of the log. */
static int rewind_source(struct logstream *stream)
{
	int err = source_seek(stream->src, stream->file.at.pos);

	if (err == -EINVAL) {
		if (is_first(stream, "its log ends where it has printed nothing yet", 0, 0))
			msg_error("%s: its log ends at byte %" PRIu64
				  ", which it has not printed yet: logging from its first byte",
				  stream->label, stream->file.at.pos);
		stream->file.at.pos = 0;
		err = source_seek(stream->src, 0);
	}
	if (err || stream->kind == LOGSTREAM_RAW)
		return err;
	lineread_free(stream->lines);
	stream->lines = lineread_new(stream->src, stream->file.at.pos, UINT64_MAX, LINEREAD_LINES);
	logtext_begin(&stream->text, stream->file.at.pos);
	return stream->lines ? 0 : -ENOMEM;
}

void logstream_count_written(struct logstream *stream, size_t bytes)
{
	stream->counts.written += bytes;
	stream->shared->totals[stream->kind].written += bytes;
}

static void tell_news(const struct logstream_shared *shared)
{
	if (shared->news)
		shared->news(shared->news_arg);
}

void logstream_works_with(struct logstream *stream, enum failing failing)
{
	struct logstream_shared *shared = stream->shared;

	if (failing == FAILING_DISK)
		stream->note_ms = 0;
	if (!(stream->failing & failing))
		return;
	stream->failing &= ~(unsigned int)failing;
	if (failing == FAILING_DISK)
		logdir_worked(&shared->dir, stream->fault, stream->disk_err);
	else if (!--shared->unsent)
		msg_error("the journal takes lines again");
	tell_news(shared);
}

void logstream_works(struct logstream *stream)
{
	stream->delay_ms = 0;
	logstream_works_with(stream, FAILING_DISK);
	logstream_works_with(stream, FAILING_JOURNAL);
}

static void say_unsent(struct logstream_shared *shared, int err)
{
	if (shared->unsent++)
		return;
	msg_error("cannot send to the journal at %s: %s", shared->journal_path, journal_error(err));
	msg_more("The daemon keeps trying; meanwhile the kernel keeps the history of each guest.");
}

/* Notes a failure, and reports it unless it is -EAGAIN. */
static void note_failing(struct logstream *stream, int err, enum failing failing)
{
	/* The disk may fail for another reason than before. */
	if (stream->failing & failing & FAILING_DISK && err != stream->disk_err) {
		logdir_forget(&stream->shared->dir, stream->disk_err);
		stream->failing &= ~(unsigned int)FAILING_DISK;
	}
	if (err == -EAGAIN || stream->failing & failing)
		return;
	stream->failing |= failing;
	stream->counts.errors++;
	stream->shared->totals[stream->kind].errors++;
	if (failing == FAILING_JOURNAL) {
		say_unsent(stream->shared, err);
	} else {
		stream->disk_err = err;
		logdir_failed(&stream->shared->dir, logfile_fault(&stream->file, stream->fault),
			      err);
	}
	tell_news(stream->shared);
}

/* A turn that has something to send sets the timer again, or notes this position as well. */
void logstream_unnoted(struct logstream *stream, int err)
{
	note_failing(stream, err, FAILING_DISK);
	stream->note_ms = stream->note_ms ? 2 * stream->note_ms : RETRY_FIRST_MS;
	if (stream->note_ms > RETRY_MAX_MS)
		stream->note_ms = RETRY_MAX_MS;
	loop_timer_set(stream->retry, stream->note_ms);
}

/* Tries again later; what was read and not written is read again. */
void logstream_failed(struct logstream *stream, int err, enum failing failing)
{
	uint64_t first = err == -EAGAIN ? JOURNAL_RETRY_FIRST_MS : RETRY_FIRST_MS;
	uint64_t max = err == -EAGAIN ? JOURNAL_RETRY_MAX_MS : RETRY_MAX_MS;

	note_failing(stream, err, failing);
	loop_off(stream->reader);
	stream->delay_ms = stream->delay_ms ? 2 * stream->delay_ms : first;
	if (stream->delay_ms > max)
		stream->delay_ms = max;
	err = rewind_source(stream);
	if (err && is_first(stream, "cannot seek in its output", err, 0))
		msg_error("%s: cannot seek in its output: %s", stream->label, strerror(-err));
	loop_timer_set(stream->retry, stream->delay_ms);
}

/* The log itself says at each place how much is missing. */
static void say_lost(const struct logstream *stream, uint64_t count)
{
	char what[96];

	snprintf(what, sizeof(what), "bytes were overwritten before they could be logged (%s)",
		 logstream_kind_name(stream->kind));
	if (!count || !is_first(stream, what, 0, count))
		return;
	msg_error("%s: %" PRIu64 " bytes were overwritten before they could be logged (%s)",
		  stream->label, count, logstream_kind_name(stream->kind));
	if (stream->lossless)
		msg_more("The log held up its guest for as long as it may.");
}

void logstream_lost(struct logstream *stream, uint64_t count)
{
	stream->counts.lost += count;
	stream->shared->totals[stream->kind].lost += count;
	say_lost(stream, losses_add(&stream->losses, count));
	if (stream->lossless)
		source_lossless(stream->src, true);
}

static void finish(struct logstream *stream)
{
	int err = logfile_done(&stream->file);

	if (err) {
		logstream_failed(stream, err, FAILING_DISK);
		return;
	}
	logstream_works(stream);
	say_lost(stream, losses_rest(&stream->losses));
	loop_off(stream->reader);
	stream->done(stream->arg);
}

/* The port cannot be read any more, although this is not its end. */
static void unreadable(struct logstream *stream, int err)
{
	if (err != -ENODEV && is_first(stream, "its output cannot be read", err, 0))
		msg_error("cannot read the output of %s: %s", stream->label, strerror(-err));
	finish(stream);
}

uint64_t logstream_rest_ms(const struct source_facts *facts, size_t len)
{
	uint64_t ms = facts->ring_size / REST_PART;

	if (!len || len > facts->ring_size / LITTLE_PART)
		return 0;
	return ms < REST_MAX_MS ? ms : REST_MAX_MS;
}

void logstream_rest(struct logstream *stream, size_t len)
{
	uint64_t ms = logstream_rest_ms(&stream->facts, len);

	if (stream->lossless || !ms)
		return;
	loop_off(stream->reader);
	loop_timer_set(stream->retry, ms);
}

static void turn_raw(struct logstream *stream)
{
	unsigned char *bytes = stream->shared->scratch;
	struct ledger_point to = stream->file.at;
	uint64_t skipped;
	char text[64];
	ssize_t n;
	int err = 0;

	n = source_read(stream->src, bytes, LOGSTREAM_CHUNK, &skipped);
	if (n == -EAGAIN)
		return;
	if (n < 0) {
		unreadable(stream, (int)n);
		return;
	}
	if (skipped) {
		to.pos += skipped;
		err = logfile_append(&stream->file, text,
				     (size_t)snprintf(text, sizeof(text),
						      "\n[kpl011: %" PRIu64 " bytes lost]\n",
						      skipped),
				     false, &to);
		if (!err)
			logstream_lost(stream, skipped);
	}
	if (!err && n) {
		to = stream->file.at;
		to.pos += (uint64_t)n;
		err = logfile_append(&stream->file, bytes, (size_t)n, true, &to);
		if (!err)
			logstream_count_written(stream, (size_t)n);
	}
	if (err)
		logstream_failed(stream, err, FAILING_DISK);
	else if (!n && !skipped)
		finish(stream);
	else {
		logstream_works(stream);
		logstream_rest(stream, (size_t)n);
	}
}

void logstream_end_turn(struct logstream *stream, enum lineread_result got,
			const struct lineread_piece *piece)
{
	if (got == LINEREAD_END)
		finish(stream);
	else if (got == LINEREAD_FAILED)
		unreadable(stream, piece->err);
	else if (got != LINEREAD_WAIT)
		loop_timer_set(stream->retry, 0);
}

bool logstream_is_same(const struct ledger_point *a, const struct ledger_point *b)
{
	return a->pos == b->pos && a->in_line == b->in_line;
}

/* @open: also write a line that has no end yet, since no more of it comes. */
static int write_text(struct logstream *stream, bool open, enum lineread_result *got,
		      struct lineread_piece *piece)
{
	unsigned char *out = stream->shared->scratch;
	struct ledger_point to = stream->file.at;
	uint64_t begun = clock_roughly_ns();
	uint64_t skipped = 0;
	size_t n = 0;
	bool same;
	int err;

	*got = LINEREAD_WAIT;
	for (size_t seen = 0; seen < LOGSTREAM_CHUNK && n < LOGSTREAM_CHUNK; seen += piece->len) {
		if (*got != LINEREAD_WAIT && logstream_takes_long(begun))
			break;
		*got = lineread_next(stream->lines, open, piece);
		if (*got == LINEREAD_PIECE) {
			n += logtext_put(&stream->text, piece, &to, out + n);
		} else if (*got == LINEREAD_SKIPPED) {
			n += logtext_put_lost(&stream->text, piece->skipped, &to, out + n);
			skipped += piece->skipped;
		} else {
			break;
		}
	}
	if (*got == LINEREAD_END)
		n += logtext_put_end(&stream->text, &to, out + n);
	else if (open && !logstream_goes_on(*got))
		n += logtext_put_open(&stream->text, &to, out + n);
	/* Even with nothing new, a failing stream has to find out whether it can write again. */
	same = logstream_is_same(&to, &stream->file.at);
	if (same && (!stream->failing || logstream_goes_on(*got)))
		return 0;
	/*
	 * If logfile_append() finds the directory replaced, it clears file.at.in_line, but not a
	 * copy.
	 */
	err = logfile_append(&stream->file, out, n, false, same ? &stream->file.at : &to);
	if (err)
		return err;
	logstream_count_written(stream, n);
	logstream_works(stream);
	if (skipped)
		logstream_lost(stream, skipped);
	return 0;
}

static void turn_clean(struct logstream *stream, bool open)
{
	uint64_t from = stream->text.pos;
	enum lineread_result got;
	struct lineread_piece piece;
	int err = write_text(stream, open, &got, &piece);

	stream->open = open && (err || logstream_goes_on(got));
	if (err) {
		logstream_failed(stream, err, FAILING_DISK);
		return;
	}
	if (got == LINEREAD_WAIT && !open) {
		loop_timer_set(stream->pause, LOGSTREAM_PAUSE_MS);
		logstream_rest(stream, stream->text.pos - from);
	}
	logstream_end_turn(stream, got, &piece);
}

static void on_pause(void *arg)
{
	struct logstream *stream = arg;

	if (stream->delay_ms || stream->file.ledger.done)
		return;
	if (stream->kind == LOGSTREAM_CLEAN)
		turn_clean(stream, true);
	else
		logstream_turn_lines(stream, true);
}

static void turn(void *arg)
{
	struct logstream *stream = arg;

	switch (stream->kind) {
	case LOGSTREAM_RAW:
		turn_raw(stream);
		break;
	case LOGSTREAM_CLEAN:
		turn_clean(stream, stream->open);
		break;
	case LOGSTREAM_JOURNAL:
	case LOGSTREAM_JSON:
	case LOGSTREAM_KINDS:
		logstream_turn_lines(stream, stream->open);
		break;
	}
}

static void on_retry(void *arg)
{
	struct logstream *stream = arg;

	/* The guest's next life may already write to the log. */
	if (stream->file.ledger.done)
		return;
	loop_on(stream->reader);
	turn(stream);
}

static int open_file(struct logstream_shared *shared, const struct ledger_port *port,
		     const char *base, const char *kind, struct source *src,
		     struct source_facts *facts, struct logfile *file)
{
	struct ledger_truth truth = { .base = base };
	int err = source_facts(src, facts);

	shared->dir.unread[0] = '\0';
	/* The port was reaped while this stream waited: what is known of it is final. */
	if (facts->attach_ns && (err == -ENODEV || err == -ENOENT || err == -ENXIO))
		facts->live = false;
	else if (err)
		return err;
	truth.oldest = facts->tx_oldest;
	truth.newest = facts->tx_newest;
	truth.live = facts->live;
	return logfile_open(file, &shared->dir, shared->keeper, port, base, kind, &truth);
}

int logstream_open(struct logstream_shared *shared, const struct ledger_port *port,
		   const char *base, const char *kind, struct source **src,
		   struct source_facts *facts, struct logfile *file)
{
	int err;

	shared->dir.unread[0] = '\0';
	err = port_open(port->id, false, src);
	return err ? err : open_file(shared, port, base, kind, *src, facts, file);
}

static int open_port(struct logstream *stream)
{
	struct loop *loop = stream->shared->loop;
	int err;

	stream->shared->dir.unread[0] = '\0';
	err = port_open(stream->port.id, false, &stream->src);
	if (!err)
		err = source_facts(stream->src, &stream->facts);
	if (err)
		return err;
	guests_label(&stream->facts, stream->label);
	guests_user(&stream->facts, stream->user);
	stream->reader = loop_reader(loop, stream->src->fd, LOOP_DATA, turn, stream);
	stream->retry = loop_timer(loop, on_retry, stream);
	stream->pause = loop_timer(loop, on_pause, stream);
	return stream->reader && stream->retry && stream->pause ? 0 : -ENOMEM;
}

int logstream_new(struct logstream_shared *shared, enum logstream_kind kind,
		  const struct ledger_port *port, const char *base,
		  const struct policy_decision *decision, logstream_done_cb *done, void *arg,
		  struct logstream **stream)
{
	struct logstream *new = calloc(1, sizeof(*new));
	int err;

	if (!new)
		return -ENOMEM;
	new->shared = shared;
	new->kind = kind;
	new->port = *port;
	snprintf(new->base, sizeof(new->base), "%s", base);
	new->done = done;
	new->arg = arg;
	new->file.fd = -1;
	new->file.ledger_fd = -1;
	logstream_decide(new, decision);
	err = open_port(new);
	if (err) {
		logstream_free(new);
		return err;
	}
	*stream = new;
	return 0;
}

int logstream_begin(struct logstream *stream)
{
	int err = open_file(stream->shared, &stream->port, stream->base,
			    logstream_kind_name(stream->kind), stream->src, &stream->facts,
			    &stream->file);

	if (!err)
		err = rewind_source(stream);
	if (err)
		return err;
	stream->begun = true;
	logstream_decide(stream, &stream->decision);
	if (stream->file.ledger.done)
		stream->done(stream->arg);
	else
		loop_on(stream->reader);
	return 0;
}

bool logstream_has_begun(const struct logstream *stream)
{
	return stream->begun;
}

/* Tries to note once more what was sent and could not be noted. */
static void note_last(struct logstream *stream)
{
	if (logfile_append(&stream->file, NULL, 0, false, &stream->file.at))
		stream->shared->unnoted++;
}

/* An unfinished line would otherwise be missing from the log until somebody continues it. */
static void write_last(struct logstream *stream)
{
	enum lineread_result got;
	struct lineread_piece piece;

	if (!stream->begun || stream->file.ledger.done)
		return;
	if (stream->kind == LOGSTREAM_CLEAN)
		write_text(stream, true, &got, &piece);
	else if (stream->kind == LOGSTREAM_JSON)
		logstream_turn_lines(stream, true);
	else if (stream->kind == LOGSTREAM_JOURNAL && stream->note_ms)
		note_last(stream);
}

void logstream_free(struct logstream *stream)
{
	if (!stream)
		return;
	write_last(stream);
	say_lost(stream, losses_rest(&stream->losses));
	/* It will not be known whether it can write again. */
	if (stream->failing & FAILING_DISK)
		logdir_forget(&stream->shared->dir, stream->disk_err);
	if (stream->failing & FAILING_JOURNAL)
		stream->shared->unsent--;
	loop_event_free(stream->reader);
	loop_event_free(stream->retry);
	loop_event_free(stream->pause);
	logfile_close(&stream->file);
	lineread_free(stream->lines);
	free(stream->front);
	source_close(stream->src);
	free(stream);
}

static void set_lossless(struct logstream *stream, bool on)
{
	int err = 0;

	if (on != stream->lossless)
		err = source_lossless(stream->src, on);
	if (!err)
		stream->lossless = on;
	else if (is_first(stream, "cannot be logged without loss", err, 0))
		msg_error("%s: cannot be logged without loss: %s", stream->label,
			  err == -EPERM ? "it was attached without flow control" : strerror(-err));
}

void logstream_decide(struct logstream *stream, const struct policy_decision *decision)
{
	stream->decision = *decision;
	/* Nor may it hold a guest while it does not read yet, or no longer. */
	if (!stream->begun || stream->file.ledger.done)
		return;
	stream->file.rotate_size = decision->value[POLICY_ROTATE_SIZE];
	stream->file.rotate_age = decision->value[POLICY_ROTATE_AGE];
	/* A slow journal must not hold guests. */
	if (stream->kind != LOGSTREAM_JOURNAL)
		set_lossless(stream, decision->value[POLICY_LOSSLESS]);
}

void logstream_rotate(struct logstream *stream)
{
	logfile_rotate(&stream->file);
}

void logstream_state(const struct logstream *stream, struct logstream_state *state)
{
	*state = (struct logstream_state){
		.pos = stream->file.at.pos,
		.failing = stream->failing,
		.waiting = !stream->begun,
		.done = stream->file.ledger.done,
		.file = stream->file.name,
		.counts = stream->counts,
	};
}
