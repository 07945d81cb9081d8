// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/logstream_in.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/msg.h"
#include "daemon/journal.h"
#include "daemon/usersums.h"

/*
 * A turn for one byte costs as much as one for thousands. So a guest that prints little is left
 * alone for a moment, in which even a guest that prints as fast as it can (some 2 MB/s) fills no
 * more than a third of its history.
 */
#define REST_PART 8192 /* bytes of the history per millisecond */
#define REST_MAX_MS 50
#define LITTLE_PART 16 /* little: less than this part of the history in a turn */

#define RETRY_FIRST_MS 1000
#define RETRY_MAX_MS 30000
#define JOURNAL_RETRY_FIRST_MS 10
/* A slow journal takes the next line in a moment, and many guests may wait for that. */
#define JOURNAL_RETRY_MAX_MS 200

const char *logstream_kind_name(enum logstream_kind kind)
{
	static const char *const names[] = { "raw", "clean", "journal", "json" };

	return names[kind];
}

bool logstream_is_first(const struct logstream *stream, const char *what, int err, uint64_t bytes)
{
	char cause[160];

	snprintf(cause, sizeof(cause), "%s%s%s", what, err ? ": " : "", err ? strerror(-err) : "");
	return usersums_add(stream->shared->dir.told, stream->facts.uid, cause, stream->label,
			    bytes);
}

int logstream_rewind(struct logstream *stream)
{
	int err = source_seek(stream->src, stream->file.at.pos);

	if (err == -EINVAL) {
		if (logstream_is_first(stream, "its log ends where it has printed nothing yet", 0,
				       0))
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
	err = logstream_rewind(stream);
	if (err && logstream_is_first(stream, "cannot seek in its output", err, 0))
		msg_error("%s: cannot seek in its output: %s", stream->label, strerror(-err));
	loop_timer_set(stream->retry, stream->delay_ms);
}

void logstream_say_lost(const struct logstream *stream, uint64_t count)
{
	char what[96];

	snprintf(what, sizeof(what), "bytes were overwritten before they could be logged (%s)",
		 logstream_kind_name(stream->kind));
	if (!count || !logstream_is_first(stream, what, 0, count))
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
	logstream_say_lost(stream, losses_add(&stream->losses, count));
	if (stream->lossless)
		source_lossless(stream->src, true);
}

void logstream_finish(struct logstream *stream)
{
	int err = logfile_done(&stream->file);

	if (err) {
		logstream_failed(stream, err, FAILING_DISK);
		return;
	}
	logstream_works(stream);
	logstream_say_lost(stream, losses_rest(&stream->losses));
	loop_off(stream->reader);
	stream->done(stream->arg);
}

void logstream_unreadable(struct logstream *stream, int err)
{
	if (err != -ENODEV && logstream_is_first(stream, "its output cannot be read", err, 0))
		msg_error("cannot read the output of %s: %s", stream->label, strerror(-err));
	logstream_finish(stream);
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

void logstream_end_turn(struct logstream *stream, enum lineread_result got,
			const struct lineread_piece *piece)
{
	if (got == LINEREAD_END)
		logstream_finish(stream);
	else if (got == LINEREAD_FAILED)
		logstream_unreadable(stream, piece->err);
	else if (got != LINEREAD_WAIT)
		loop_timer_set(stream->retry, 0);
}

bool logstream_is_same(const struct ledger_point *a, const struct ledger_point *b)
{
	return a->pos == b->pos && a->in_line == b->in_line;
}
