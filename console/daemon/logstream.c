// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/logstream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lineread.h"
#include "base/msg.h"
#include "daemon/journal.h"
#include "daemon/logfile.h"
#include "daemon/logtext.h"
#include "guests/guests.h"
#include "source/source_port.h"
#include "text/when.h"

/* Bytes of a guest in one turn. */
#define CHUNK 65536

/* A line that stands still so long is logged without its end. */
#define PAUSE_MS 10000

/*
 * A turn costs as much for a byte as for thousands: who prints little is left alone for a
 * moment, in which even one that prints as fast as it can (some 2 MB/s) comes to no more than
 * a third of its history.
 */
#define REST_PART 8192 /* bytes of the history for each millisecond */
#define REST_MAX_MS 50
#define LITTLE_PART 16 /* less than this part of the history in a turn */

const size_t LOGSTREAM_SCRATCH = CHUNK + LOGTEXT_ROOM;

/* What is lost of a guest is told so often. */
#define LOST_NS (60ull * 1000000000)

#define RETRY_FIRST_MS 1000
#define RETRY_MAX_MS 30000
#define JOURNAL_RETRY_FIRST_MS 10

/* What is told once for all streams. */
enum failing {
	FAILING_NOT,
	FAILING_DISK,
	FAILING_JOURNAL,
};

struct logstream {
	struct logstream_shared *shared;
	enum logstream_kind kind;
	logstream_done_cb *done;
	void *arg;
	struct source *src;
	struct source_facts facts;
	char label[SOURCE_NAME_SIZE];
	char user[USER_NAME_SIZE];
	struct logfile file;
	bool lossless;
	struct lineread *lines; /* but for LOGSTREAM_RAW, as the rest of these */
	struct logtext text;
	struct loop_event *pause;
	struct loop_event *reader;
	struct loop_event *retry;
	uint64_t delay_ms; /* 0: it can write */
	enum failing failing;
	uint64_t lost; /* bytes that were not told */
	uint64_t lost_told;
	int disk_err; /* of FAILING_DISK */
	struct logstream_counts counts;
};

static void turn(void *arg);

const char *logstream_kind_name(enum logstream_kind kind)
{
	static const char *const names[] = { "raw", "clean", "journal" };

	return names[kind];
}

/* Reads again from where the log is. */
static int rewind_source(struct logstream *stream)
{
	int err = source_seek(stream->src, stream->file.at.pos);

	if (err == -EINVAL) {
		msg_error("%s: byte %" PRIu64
			  " is not there yet, where its log should go on: beginning anew",
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

static void count_written(struct logstream *stream, size_t bytes)
{
	stream->counts.written += bytes;
	stream->shared->totals[stream->kind].written += bytes;
}

static void works(struct logstream *stream)
{
	struct logstream_shared *shared = stream->shared;

	stream->delay_ms = 0;
	if (stream->failing == FAILING_DISK)
		logdir_worked(&shared->dir, stream->file.name, stream->disk_err);
	else if (stream->failing == FAILING_JOURNAL && !--shared->unsent)
		msg_error("the journal takes lines again");
	stream->failing = FAILING_NOT;
}

static void say_unsent(struct logstream_shared *shared, int err)
{
	if (shared->unsent++)
		return;
	msg_error("cannot send to the journal at %s: %s", shared->journal_path, strerror(-err));
	msg_more("It is tried again until it can; the kernel keeps what guests print.");
}

/* Later again; what was read and not written is read again. -EAGAIN is nothing to tell. */
static void failed(struct logstream *stream, int err, enum failing failing)
{
	uint64_t first = err == -EAGAIN ? JOURNAL_RETRY_FIRST_MS : RETRY_FIRST_MS;

	/* Of the disk it may be another reason by now. */
	if (stream->failing == FAILING_DISK && failing == FAILING_DISK && err != stream->disk_err) {
		logdir_forget(&stream->shared->dir, stream->disk_err);
		stream->failing = FAILING_NOT;
	}
	if (err != -EAGAIN && stream->failing == FAILING_NOT) {
		stream->failing = failing;
		stream->disk_err = err;
		stream->counts.errors++;
		stream->shared->totals[stream->kind].errors++;
		if (failing == FAILING_JOURNAL)
			say_unsent(stream->shared, err);
		else
			logdir_failed(&stream->shared->dir, stream->file.name, err);
	}
	loop_off(stream->reader);
	stream->delay_ms = stream->delay_ms ? 2 * stream->delay_ms : first;
	if (stream->delay_ms > RETRY_MAX_MS)
		stream->delay_ms = RETRY_MAX_MS;
	err = rewind_source(stream);
	if (err)
		msg_error("%s: cannot go back in its output: %s", stream->label, strerror(-err));
	loop_timer_set(stream->retry, stream->delay_ms);
}

/* The log has it in each place; here it is told, of a guest that never stops, once in a while. */
static void say_lost(struct logstream *stream)
{
	if (!stream->lost)
		return;
	msg_error("%s: %" PRIu64 " bytes were overwritten before they could be logged (%s)",
		  stream->label, stream->lost, logstream_kind_name(stream->kind));
	if (stream->lossless)
		msg_more("It held up its guest for as long as it may, then it did not any more.");
	stream->lost = 0;
	stream->lost_told = when_now();
}

static void lost(struct logstream *stream, uint64_t count)
{
	stream->lost += count;
	stream->counts.lost += count;
	stream->shared->totals[stream->kind].lost += count;
	if (!stream->lost_told || when_now() - stream->lost_told > LOST_NS)
		say_lost(stream);
	if (stream->lossless)
		source_lossless(stream->src, true);
}

static void finish(struct logstream *stream)
{
	int err = logfile_done(&stream->file);

	if (err) {
		failed(stream, err, FAILING_DISK);
		return;
	}
	works(stream);
	say_lost(stream);
	loop_off(stream->reader);
	stream->done(stream->arg);
}

/* It can not be read any more, other than at its end. */
static void unreadable(struct logstream *stream, int err)
{
	if (err != -ENODEV)
		msg_error("cannot read the output of %s: %s", stream->label, strerror(-err));
	finish(stream);
}

/* Behind a turn that has read @len bytes, and all there were. */
static void rest(struct logstream *stream, size_t len)
{
	uint64_t ms = stream->facts.ring_size / REST_PART;

	if (stream->lossless || !len || len > stream->facts.ring_size / LITTLE_PART || !ms)
		return;
	loop_off(stream->reader);
	loop_timer_set(stream->retry, ms < REST_MAX_MS ? ms : REST_MAX_MS);
}

static void turn_raw(struct logstream *stream)
{
	unsigned char *bytes = stream->shared->scratch;
	struct ledger_point to = stream->file.at;
	uint64_t skipped;
	char text[64];
	ssize_t n;
	int err = 0;

	n = source_read(stream->src, bytes, CHUNK, &skipped);
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
			lost(stream, skipped);
	}
	if (!err && n) {
		to = stream->file.at;
		to.pos += (uint64_t)n;
		err = logfile_append(&stream->file, bytes, (size_t)n, true, &to);
		if (!err)
			count_written(stream, (size_t)n);
	}
	if (err)
		failed(stream, err, FAILING_DISK);
	else if (!n && !skipped)
		finish(stream);
	else {
		works(stream);
		rest(stream, (size_t)n);
	}
}

/* What a turn ended with: behind the last piece that it took. */
static void end_turn(struct logstream *stream, enum lineread_result got,
		     const struct lineread_piece *piece)
{
	if (got == LINEREAD_END)
		finish(stream);
	else if (got == LINEREAD_FAILED)
		unreadable(stream, piece->err);
	else if (got != LINEREAD_WAIT)
		loop_timer_set(stream->retry, 0);
}

static bool is_same(const struct ledger_point *a, const struct ledger_point *b)
{
	return a->pos == b->pos && a->in_line == b->in_line;
}

/* @open: also of a line that has no end yet, and stands still. */
static int write_text(struct logstream *stream, bool open, enum lineread_result *got,
		      struct lineread_piece *piece)
{
	unsigned char *out = stream->shared->scratch;
	struct ledger_point to = stream->file.at;
	uint64_t skipped = 0;
	size_t n = 0;
	int err;

	*got = LINEREAD_WAIT;
	for (size_t seen = 0; seen < CHUNK && n < CHUNK; seen += piece->len) {
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
	else if (open)
		n += logtext_put_open(&stream->text, &to, out + n);
	if (is_same(&to, &stream->file.at))
		return 0;
	err = logfile_append(&stream->file, out, n, false, &to);
	if (err)
		return err;
	count_written(stream, n);
	works(stream);
	if (skipped)
		lost(stream, skipped);
	return 0;
}

static void turn_clean(struct logstream *stream, bool open)
{
	uint64_t from = stream->text.pos;
	enum lineread_result got;
	struct lineread_piece piece;
	int err = write_text(stream, open, &got, &piece);

	if (err) {
		failed(stream, err, FAILING_DISK);
		return;
	}
	if (got == LINEREAD_WAIT && !open) {
		loop_timer_set(stream->pause, PAUSE_MS);
		rest(stream, stream->text.pos - from);
	}
	end_turn(stream, got, &piece);
}

static void on_pause(void *arg)
{
	struct logstream *stream = arg;

	if (!stream->delay_ms)
		turn_clean(stream, true);
}

static int send_line(struct logstream *stream, const struct ledger_point *from, int64_t ns,
		     const char *text, size_t len)
{
	int64_t ago = ns ? (int64_t)when_now() - ns : 0;
	struct journal_line line = {
		.guest = stream->label,
		.uid = stream->facts.uid,
		.user = stream->user,
		.boot = stream->file.ledger.port.boot,
		.port = stream->facts.id,
		.pid = stream->facts.pid,
		.pos = from->pos,
		.time = ns ? when_real_now() - ago : 0,
		.text = text,
		.len = len,
	};

	int err = journal_send(stream->shared->journal, stream->shared->journal_path, &line);

	if (!err)
		count_written(stream, len);
	return err;
}

/* The line there is. An empty one tells nothing, and the journal has no use for it. */
static int send_text(struct logstream *stream, struct ledger_point *to)
{
	const struct textline *line = &stream->text.line;
	int err = 0;

	if (line->len)
		err = send_line(stream, to, stream->text.ns, line->text, line->len);
	if (!err)
		logtext_given(&stream->text, to);
	return err;
}

static int send_piece(struct logstream *stream, const struct lineread_piece *piece,
		      struct ledger_point *to)
{
	int err = 0;
	bool whole;

	for (size_t at = 0; !err && at < piece->len;) {
		at += logtext_take(&stream->text, piece, at, &whole);
		if (whole)
			err = send_text(stream, to);
	}
	return err;
}

/* A line that the guest's next byte does not go on with. */
static int send_end(struct logstream *stream, struct ledger_point *to)
{
	int err = logtext_open(&stream->text) ? send_text(stream, to) : 0;

	if (err)
		return err;
	to->pos = stream->text.pos;
	logtext_begin(&stream->text, to->pos);
	return 0;
}

static int send_lost(struct logstream *stream, uint64_t count, struct ledger_point *to)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "[kpl011: %" PRIu64 " bytes lost]", count);
	int err = send_end(stream, to);

	if (!err)
		err = send_line(stream, to, 0, text, (size_t)len);
	if (err)
		return err;
	logtext_begin(&stream->text, to->pos + count);
	to->pos += count;
	lost(stream, count);
	return 0;
}

/* A line may come twice after a kill, and when the journal is behind. */
static void turn_journal(struct logstream *stream)
{
	struct ledger_point to = stream->file.at;
	enum lineread_result got = LINEREAD_WAIT;
	uint64_t begun = stream->text.pos;
	struct lineread_piece piece;
	int err = 0;
	int full = 0;

	for (size_t n = 0; !full && n < CHUNK; n += piece.len + LOGTEXT_FRONT) {
		got = lineread_next(stream->lines, false, &piece);
		if (got == LINEREAD_PIECE)
			full = send_piece(stream, &piece, &to);
		else if (got == LINEREAD_SKIPPED)
			full = send_lost(stream, piece.skipped, &to);
		else
			break;
	}
	if (!full && got == LINEREAD_END)
		full = send_end(stream, &to);
	if (!is_same(&to, &stream->file.at)) {
		err = logfile_append(&stream->file, NULL, 0, false, &to);
		/* It was sent: not again, whether or not it could be noted. */
		stream->file.at = to;
		if (!err && !full)
			works(stream);
		/* It is slow, but goes on: then so do we. */
		if (full == -EAGAIN)
			stream->delay_ms = 0;
	}
	if (full || err) {
		failed(stream, full ? full : err, full ? FAILING_JOURNAL : FAILING_DISK);
		return;
	}
	if (got == LINEREAD_WAIT)
		rest(stream, stream->text.pos - begun);
	end_turn(stream, got, &piece);
}

static void turn(void *arg)
{
	struct logstream *stream = arg;

	switch (stream->kind) {
	case LOGSTREAM_RAW:
		turn_raw(stream);
		break;
	case LOGSTREAM_CLEAN:
		turn_clean(stream, false);
		break;
	case LOGSTREAM_JOURNAL:
	case LOGSTREAM_KINDS:
		turn_journal(stream);
		break;
	}
}

static void on_retry(void *arg)
{
	struct logstream *stream = arg;

	loop_on(stream->reader);
	turn(stream);
}

static int begin(struct logstream *stream, const struct ledger_port *port, const char *base)
{
	struct logstream_shared *shared = stream->shared;
	struct ledger_truth truth = { .base = base };
	int err;

	err = port_open(port->id, false, &stream->src);
	if (!err)
		err = source_facts(stream->src, &stream->facts);
	truth.oldest = stream->facts.tx_oldest;
	truth.newest = stream->facts.tx_newest;
	truth.live = stream->facts.live;
	if (!err)
		err = logfile_open(&stream->file, &shared->dir, shared->keeper, port, base,
				   logstream_kind_name(stream->kind), &truth);
	if (!err)
		err = rewind_source(stream);
	if (err)
		return err;
	guests_label(&stream->facts, stream->label);
	guests_user(&stream->facts, stream->user);
	/* Its descriptor may be another one now. */
	stream->reader = loop_reader(shared->loop, stream->src->fd, LOOP_DATA, turn, stream);
	stream->retry = loop_timer(shared->loop, on_retry, stream);
	stream->pause = loop_timer(shared->loop, on_pause, stream);
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
	new->done = done;
	new->arg = arg;
	new->file.fd = -1;
	new->file.ledger_fd = -1;
	err = begin(new, port, base);
	if (err) {
		logstream_free(new);
		return err;
	}
	*stream = new;
	logstream_decide(new, decision);
	if (new->file.ledger.done) {
		done(arg);
		return 0;
	}
	loop_on(new->reader);
	return 0;
}

/* What there is of a line would else be in its log when somebody goes on with it. */
static void write_last(struct logstream *stream)
{
	enum lineread_result got;
	struct lineread_piece piece;

	if (stream->kind == LOGSTREAM_CLEAN && stream->pause && !stream->delay_ms &&
	    !stream->file.ledger.done)
		write_text(stream, true, &got, &piece);
}

void logstream_free(struct logstream *stream)
{
	if (!stream)
		return;
	write_last(stream);
	say_lost(stream);
	/* Whether it can write again will not be known. */
	if (stream->failing == FAILING_DISK)
		logdir_forget(&stream->shared->dir, stream->disk_err);
	else if (stream->failing == FAILING_JOURNAL)
		stream->shared->unsent--;
	loop_event_free(stream->reader);
	loop_event_free(stream->retry);
	loop_event_free(stream->pause);
	logfile_close(&stream->file);
	lineread_free(stream->lines);
	source_close(stream->src);
	free(stream);
}

static void set_lossless(struct logstream *stream, bool on)
{
	int err = 0;

	if (on != stream->lossless)
		err = source_lossless(stream->src, on);
	if (err)
		msg_error("%s: cannot be logged without loss: %s", stream->label,
			  err == -EPERM ? "it was attached without flow control" : strerror(-err));
	else
		stream->lossless = on;
}

void logstream_decide(struct logstream *stream, const struct policy_decision *decision)
{
	stream->file.rotate_size = decision->value[POLICY_ROTATE_SIZE];
	stream->file.rotate_age = decision->value[POLICY_ROTATE_AGE];
	/* A journal that is slow is no reason for a guest to wait. */
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
		.done = stream->file.ledger.done,
		.file = stream->file.name,
		.counts = stream->counts,
	};
}
