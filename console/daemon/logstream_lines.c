// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/logstream_in.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/msg.h"
#include "daemon/journal.h"
#include "text/when.h"

/* The longest object without its text; and with the longest text, each byte of it an escape. */
#define FRONT_MAX 2048
#define OBJECT_MAX (FRONT_MAX + 6 * TEXTLINE_MAX)

static int send_journal(struct logstream *stream, const struct ledger_point *from, int64_t ns,
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

	if (err)
		return err;
	logstream_count_written(stream, len);
	stream->queued += len;
	return 0;
}

static json_t *text_of(const char *text)
{
	return json_text(text, strlen(text));
}

/* Makes the beginning of all objects of a guest: "{...,". NULL: no memory, or it is too long. */
static char *make_front(const struct logstream *stream)
{
	const struct source_facts *facts = &stream->facts;
	json_t *json = json_object();
	char host[256] = "";
	char *front;

	gethostname(host, sizeof(host) - 1);
	json_object_set_new(json, "host", text_of(host));
	json_object_set_new(json, "boot", text_of(stream->file.ledger.port.boot));
	json_object_set_new(json, "guest", text_of(facts->name));
	json_object_set_new(json, "uid", json_integer(facts->uid));
	json_object_set_new(json, "user", text_of(stream->user));
	json_object_set_new(json, "port", json_integer(facts->id));
	front = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (front && strlen(front) < FRONT_MAX - 256) {
		front[strlen(front) - 1] = ',';
		return front;
	}
	free(front);
	return NULL;
}

/* Escapes @text, which is UTF-8 without control characters except tabs. */
static size_t put_text(const char *text, size_t len, unsigned char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte == '"' || byte == '\\')
			out[n++] = '\\';
		if (byte < ' ' || byte == 0x7f)
			n += (size_t)sprintf((char *)out + n, "\\u%04x", byte);
		else
			out[n++] = byte;
	}
	return n;
}

/* Appends the queued objects to the file and notes @to; then the queue is empty. */
static int write_objects(struct logstream *stream, const struct ledger_point *to)
{
	int err;

	if (!stream->queued && logstream_is_same(to, &stream->file.at) && !stream->failing)
		return 0;
	err = logfile_append(&stream->file, stream->shared->scratch, stream->queued, false, to);
	if (err)
		return err;
	logstream_count_written(stream, stream->queued);
	stream->queued = 0;
	if (stream->queued_lost)
		logstream_lost(stream, stream->queued_lost);
	stream->queued_lost = 0;
	return 0;
}

static int put_object(struct logstream *stream, const struct ledger_point *from, int64_t ns,
		      const char *text, size_t len, bool whole)
{
	unsigned char *out = stream->shared->scratch;
	char iso[WHEN_ISO_SIZE];
	size_t n;
	int err;

	if (stream->queued + OBJECT_MAX > LOGSTREAM_CHUNK) {
		err = write_objects(stream, from);
		if (err)
			return err;
	}
	if (!stream->front)
		stream->front = make_front(stream);
	if (!stream->front)
		return -ENOMEM;
	n = stream->queued;
	n += (size_t)sprintf((char *)out + n, "%s\"position\":%" PRIu64, stream->front, from->pos);
	if (ns)
		n += (size_t)sprintf((char *)out + n, ",\"time\":\"%s\"", when_iso(ns, iso));
	if (!whole)
		n += (size_t)sprintf((char *)out + n, ",\"open\":true");
	n += (size_t)sprintf((char *)out + n, ",\"text\":\"");
	n += put_text(text, len, out + n);
	n += (size_t)sprintf((char *)out + n, "\"}\n");
	stream->queued = n;
	return 0;
}

/* @whole: the line has ended; otherwise the next one continues it. */
static int give(struct logstream *stream, const struct ledger_point *from, int64_t ns,
		const char *text, size_t len, bool whole)
{
	if (stream->kind == LOGSTREAM_JSON)
		return put_object(stream, from, ns, text, len, whole);
	return send_journal(stream, from, ns, text, len);
}

/*
 * Gives the current line. @last: nothing continues it, whether or not it has ended. Empty lines are
 * skipped: they say nothing, and the journal has no use for them.
 */
static int send_text(struct logstream *stream, struct ledger_point *to, bool last)
{
	const struct textline *line = &stream->text.line;
	int err = 0;

	if (line->len)
		err = give(stream, to, stream->text.ns, line->text, line->len, last || line->ended);
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
			err = send_text(stream, to, false);
	}
	return err;
}

/* Ends a line that the guest's next byte does not continue. */
static int send_end(struct logstream *stream, struct ledger_point *to)
{
	int err = logtext_open(&stream->text) ? send_text(stream, to, true) : 0;

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
		err = give(stream, to, 0, text, (size_t)len, true);
	if (err)
		return err;
	logtext_begin(&stream->text, to->pos + count);
	to->pos += count;
	/* Count when written: otherwise the next try counts these bytes again, and more. */
	if (stream->kind == LOGSTREAM_JSON)
		stream->queued_lost += count;
	else
		logstream_lost(stream, count);
	return 0;
}

/* Gives what there is, up to LOGSTREAM_CHUNK bytes. Returns 0, or why it could not. */
static int take_lines(struct logstream *stream, bool open, struct ledger_point *to,
		      enum lineread_result *got, struct lineread_piece *piece)
{
	uint64_t begun = clock_roughly_ns();
	int full = 0;

	*got = LINEREAD_WAIT;
	for (size_t n = 0; !full && n < LOGSTREAM_CHUNK; n += piece->len + LOGTEXT_FRONT) {
		if (*got != LINEREAD_WAIT && logstream_takes_long(begun))
			break;
		*got = lineread_next(stream->lines, open, piece);
		if (*got == LINEREAD_PIECE)
			full = send_piece(stream, piece, to);
		else if (*got == LINEREAD_SKIPPED)
			full = send_lost(stream, piece->skipped, to);
		else
			break;
	}
	if (!full && *got == LINEREAD_END)
		full = send_end(stream, to);
	else if (!full && open && !logstream_goes_on(*got) && logtext_open(&stream->text))
		full = send_text(stream, to, false);
	return full;
}

/* Even if nothing was sent, a failing stream has to find out whether it can note its position. */
static bool is_tried_again(const struct logstream *stream, int full, enum lineread_result got)
{
	/*
	 * The disk does not wait for a journal that is away; one that is slow is tried too often.
	 */
	if (full)
		return full != -EAGAIN && stream->failing & FAILING_DISK;
	/* At the end of the output logstream_finish() notes the position. */
	return got == LINEREAD_WAIT && stream->failing;
}

/* Notes what was sent. A line may be sent twice after a kill, or when the journal is slow. */
static void note_sent(struct logstream *stream, const struct ledger_point *to, int full,
		      enum lineread_result got)
{
	int err;

	if (logstream_is_same(to, &stream->file.at) && !is_tried_again(stream, full, got))
		return;
	err = logfile_append(&stream->file, NULL, 0, false, to);
	/* It was sent, and is not sent again, even if it cannot be noted. */
	stream->file.at = *to;
	if (!full || (full == -EAGAIN && stream->queued))
		logstream_works_with(stream, FAILING_JOURNAL);
	/* A slow journal still takes lines: try again soon. */
	if (!full || full == -EAGAIN)
		stream->delay_ms = 0;
	if (err)
		logstream_unnoted(stream, err);
	else
		logstream_works_with(stream, FAILING_DISK);
}

/* Writes and notes the turn's objects. In a file nothing comes twice; what fails is read again. */
static int note_written(struct logstream *stream, const struct ledger_point *to, bool goes_on)
{
	int err;

	/*
	 * Test whether it can write only when there is something to write, or nothing more to read.
	 */
	if (goes_on && !stream->queued && logstream_is_same(to, &stream->file.at))
		return 0;
	err = write_objects(stream, to);
	if (!err)
		logstream_works(stream);
	return err;
}

void logstream_turn_lines(struct logstream *stream, bool open)
{
	bool json = stream->kind == LOGSTREAM_JSON;
	struct ledger_point to = stream->file.at;
	enum lineread_result got;
	uint64_t begun = stream->text.pos;
	struct lineread_piece piece;
	int err;

	stream->queued = 0;
	stream->queued_lost = 0;
	err = take_lines(stream, open, &to, &got, &piece);
	/* The journal gets lines even if the position cannot be noted. */
	if (!json)
		note_sent(stream, &to, err, got);
	else if (!err)
		err = note_written(stream, &to, logstream_goes_on(got));
	stream->open = open && (err || logstream_goes_on(got));
	if (err) {
		logstream_failed(stream, err, json ? FAILING_DISK : FAILING_JOURNAL);
		return;
	}
	if (got == LINEREAD_WAIT && json && !open)
		loop_timer_set(stream->pause, LOGSTREAM_PAUSE_MS);
	if (got == LINEREAD_WAIT)
		logstream_rest(stream, stream->text.pos - begun);
	logstream_end_turn(stream, got, &piece);
}

void logstream_ended_all(const struct logstream_shared *shared)
{
	if (!shared->unnoted)
		return;
	/* The reason was reported when it began. */
	msg_error("cannot note what was sent to the journal, for %u guest%s: "
		  "%s still cannot be written",
		  shared->unnoted, shared->unnoted == 1 ? "" : "s", shared->dir.path);
	msg_more("The journal gets these lines once more when the daemon is started again.");
}
