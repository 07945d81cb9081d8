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
#include "guests/guests.h"
#include "source/source_port.h"
#include "text/when.h"

/* Bytes of a guest in one turn. */
#define CHUNK 65536

/* A time and a blank. */
#define FRONT 64

/* What a piece may become: each of its bytes a line. */
#define PIECE_ROOM (CLEAN_ROOM(LINEREAD_MAX) + (LINEREAD_MAX + 2) * FRONT)

const size_t LOGSTREAM_SCRATCH = CHUNK + PIECE_ROOM;

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
	struct logfile file;
	bool lossless;
	struct lineread *lines; /* but for LOGSTREAM_RAW */
	struct loop_event *reader;
	struct loop_event *retry;
	uint64_t delay_ms; /* 0: it can write */
	enum failing failing;
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
	return stream->lines ? 0 : -ENOMEM;
}

static void works(struct logstream *stream)
{
	struct logstream_shared *shared = stream->shared;

	stream->delay_ms = 0;
	if (stream->failing == FAILING_DISK)
		logdir_worked(&shared->dir);
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

	if (err != -EAGAIN && stream->failing == FAILING_NOT) {
		stream->failing = failing;
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

static void finish(struct logstream *stream)
{
	int err = logfile_done(&stream->file);

	if (err) {
		failed(stream, err, FAILING_DISK);
		return;
	}
	works(stream);
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

static void lost(struct logstream *stream, uint64_t count)
{
	msg_error("%s: %" PRIu64 " bytes were overwritten before they could be logged (%s)",
		  stream->label, count, logstream_kind_name(stream->kind));
	if (!stream->lossless)
		return;
	msg_more("It held up its guest for as long as it may, then it did not any more.");
	source_lossless(stream->src, true);
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
	}
	if (err)
		failed(stream, err, FAILING_DISK);
	else if (!n && !skipped)
		finish(stream);
	else
		works(stream);
}

static size_t put_front(uint64_t ns, unsigned char *out)
{
	char text[WHEN_ISO_SIZE];

	return (size_t)snprintf((char *)out, FRONT, "%-29s ", ns ? when_iso(ns, text) : "-");
}

/* The text of a piece, with its time in front of each of its lines. */
static size_t put_piece(const struct lineread_piece *piece, struct ledger_point *to,
			unsigned char *out)
{
	unsigned char text[CLEAN_ROOM(LINEREAD_MAX)];
	size_t len = clean_bytes(&to->clean, piece->bytes, piece->len, text);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (!to->in_line)
			n += put_front(piece->ns, out + n);
		to->in_line = text[i] != '\n';
		out[n++] = text[i];
	}
	return n;
}

static size_t put_lost(uint64_t count, struct ledger_point *to, unsigned char *out)
{
	size_t n = 0;

	if (to->in_line)
		out[n++] = '\n';
	to->in_line = false;
	to->clean = (struct clean){ 0 };
	n += put_front(when_now(), out + n);
	return n + (size_t)sprintf((char *)out + n, "[kpl011: %" PRIu64 " bytes lost]\n", count);
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

static void turn_clean(struct logstream *stream)
{
	unsigned char *out = stream->shared->scratch;
	struct ledger_point to = stream->file.at;
	enum lineread_result got = LINEREAD_WAIT;
	struct lineread_piece piece;
	uint64_t skipped = 0;
	bool any = false;
	size_t n = 0;
	int err = 0;

	while (n < CHUNK) {
		got = lineread_next(stream->lines, false, &piece);
		if (got == LINEREAD_PIECE) {
			n += put_piece(&piece, &to, out + n);
			to.pos = piece.pos + piece.len;
		} else if (got == LINEREAD_SKIPPED) {
			n += put_lost(piece.skipped, &to, out + n);
			to.pos += piece.skipped;
			skipped += piece.skipped;
		} else {
			break;
		}
		any = true;
	}
	if (got == LINEREAD_END && to.in_line) {
		out[n++] = '\n';
		to.in_line = false;
		any = true;
	}
	if (any)
		err = logfile_append(&stream->file, out, n, false, &to);
	if (err) {
		failed(stream, err, FAILING_DISK);
		return;
	}
	if (any)
		works(stream);
	if (skipped)
		lost(stream, skipped);
	end_turn(stream, got, &piece);
}

static int send_line(struct logstream *stream, const struct lineread_piece *piece,
		     const unsigned char *text, size_t len)
{
	int64_t ago = piece->ns ? (int64_t)(when_now() - piece->ns) : 0;
	struct journal_line line = {
		.guest = stream->label,
		.port = stream->facts.id,
		.pid = stream->facts.pid,
		.pos = piece->pos,
		.time = piece->ns ? when_real_now() - ago : 0,
		.text = (const char *)text,
		.len = len,
	};

	return journal_send(stream->shared->journal, stream->shared->journal_path, &line);
}

static int send_piece(struct logstream *stream, const struct lineread_piece *piece,
		      struct clean *clean)
{
	unsigned char *text = stream->shared->scratch;
	size_t len = clean_bytes(clean, piece->bytes, piece->len, text);
	size_t from = 0;
	int err = 0;

	for (size_t i = 0; !err && i <= len; i++) {
		if (i < len && text[i] != '\n')
			continue;
		/* An empty line tells nothing, and the journal has no use for it. */
		if (i > from)
			err = send_line(stream, piece, text + from, i - from);
		from = i + 1;
	}
	return err;
}

static int send_lost(struct logstream *stream, uint64_t count)
{
	struct lineread_piece piece = { .pos = stream->file.at.pos };
	char text[64];
	int len = snprintf(text, sizeof(text), "[kpl011: %" PRIu64 " bytes lost]", count);

	return send_line(stream, &piece, (unsigned char *)text, (size_t)len);
}

/* A line may come twice after a kill, and when the journal is behind. */
static void turn_journal(struct logstream *stream)
{
	struct ledger_point to = stream->file.at;
	enum lineread_result got = LINEREAD_WAIT;
	struct lineread_piece piece;
	bool any = false;
	int err = 0;
	int full = 0;

	for (size_t n = 0; !full && n < CHUNK; n += piece.len + FRONT) {
		struct ledger_point next = to;

		got = lineread_next(stream->lines, false, &piece);
		if (got == LINEREAD_PIECE) {
			full = send_piece(stream, &piece, &next.clean);
			next.pos = piece.pos + piece.len;
		} else if (got == LINEREAD_SKIPPED) {
			full = send_lost(stream, piece.skipped);
			next.clean = (struct clean){ 0 };
			next.pos += piece.skipped;
			if (!full)
				lost(stream, piece.skipped);
		} else {
			break;
		}
		if (full)
			break;
		to = next;
		any = true;
	}
	if (any) {
		err = logfile_append(&stream->file, NULL, 0, false, &to);
		/* It was sent: not again, whether or not it could be noted. */
		stream->file.at = to;
	}
	if (full || err) {
		failed(stream, full ? full : err, full ? FAILING_JOURNAL : FAILING_DISK);
		return;
	}
	if (any)
		works(stream);
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
		turn_clean(stream);
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
	int err;

	err = port_open(port->id, false, &stream->src);
	if (!err)
		err = source_facts(stream->src, &stream->facts);
	if (!err)
		err = logfile_open(&stream->file, &shared->dir, shared->keeper, port, base,
				   logstream_kind_name(stream->kind), stream->facts.tx_oldest);
	if (!err)
		err = rewind_source(stream);
	if (err)
		return err;
	guests_label(&stream->facts, stream->label);
	/* Its descriptor may be another one now. */
	stream->reader = loop_reader(shared->loop, stream->src->fd, LOOP_DATA, turn, stream);
	stream->retry = loop_timer(shared->loop, on_retry, stream);
	return stream->reader && stream->retry ? 0 : -ENOMEM;
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

void logstream_free(struct logstream *stream)
{
	if (!stream)
		return;
	/* Whether it can write again will not be known. */
	if (stream->failing == FAILING_DISK)
		stream->shared->dir.failing--;
	else if (stream->failing == FAILING_JOURNAL)
		stream->shared->unsent--;
	loop_event_free(stream->reader);
	loop_event_free(stream->retry);
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
