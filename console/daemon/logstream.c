// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/logstream_in.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/msg.h"
#include "guests/guests.h"
#include "source/owner.h"
#include "source/source_port.h"

const size_t LOGSTREAM_SCRATCH = LOGSTREAM_CHUNK + LOGTEXT_ROOM;

static void turn(void *arg);

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
		logstream_unreadable(stream, (int)n);
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
		logstream_finish(stream);
	else {
		logstream_works(stream);
		logstream_rest(stream, (size_t)n);
	}
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
	facts_user(&stream->facts, stream->user);
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
		err = logstream_rewind(stream);
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
	logstream_say_lost(stream, losses_rest(&stream->losses));
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
	else if (logstream_is_first(stream, "cannot be logged without loss", err, 0))
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
