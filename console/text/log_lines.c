// SPDX-License-Identifier: GPL-2.0-only
#include "text/log_lines.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/msg.h"
#include "base/output.h"
#include "base/spool.h"
#include "base/status.h"
#include "source/lineread.h"
#include "source/words.h"
#include "text/shown.h"
#include "text/textline.h"
#include "text/when.h"

/* The most pieces in a turn of the loop: those that print nothing leave nothing to wait for. */
#define TURN 256

/*
 * Lines of several guests are printed as a whole. But a line that does not continue for this long
 * is a prompt, and is printed as it is.
 */
#define STILL_MS 500

/* Room for what comes before a line, and for both. */
#define FRONT_SIZE 256
#define TEXT_SIZE (TEXTLINE_MAX + FRONT_SIZE)

_Static_assert(SHOWN_ROOM(TEXT_SIZE) <= SPOOL_LIMIT, "the spool takes it");
_Static_assert(TEXTLINE_MAX >= LINEREAD_MAX, "a piece is no more than a line");

struct stream {
	struct log *log;
	const struct log_guest *guest;
	struct lineread *read;
	struct loop_event *reader;
	struct loop_event *timer;
	uint64_t unfinished; /* where the unfinished line ended when @timer was set */
	bool still;	     /* @timer has expired */
	struct textline line;
	size_t printed; /* bytes of the line's text */
	int64_t ns;	/* when the line began */
	bool in_line;
	bool pending; /* @piece is to be printed */
	size_t taken; /* bytes of it that are in the line already */
	bool ended;
	bool waits;	/* there was no more of it */
	int64_t looked; /* CLOCK_BOOTTIME, when it was looked for more */
	bool tells;	/* @news are to be reported when all before is written */
	enum lineread_result news;
	struct lineread_piece piece;
	int64_t order;	/* a time: the line's place among those of others */
	int64_t before; /* the time of the line before */
};

struct log {
	struct loop *loop;
	struct log_style style;
	struct shown shown;
	bool text; /* print lines as they were seen, not their bytes */
	struct stream *streams;
	size_t count;
	struct loop_event *more;
	struct stream *open_line; /* the one that printed a line without its end */
	int name_width;
	struct spool *spool;
	int status;
};

static void stop(struct log *log, int status)
{
	if (status)
		log->status = status;
	loop_stop(log->loop);
}

static size_t put_time(const struct stream *stream, char *out, size_t size)
{
	int64_t attach = stream->guest->facts.attach_ns;
	int64_t ns = stream->ns;
	char iso[WHEN_ISO_SIZE];
	int64_t past;

	switch (stream->log->style.times) {
	case LOG_NO_TIMES:
		break;
	case LOG_ISO:
		/* As wide as a time, if that is unknown. */
		return (size_t)snprintf(out, size, "%-29s ", ns ? when_iso(ns, iso) : "-");
	case LOG_RELATIVE:
	case LOG_DELTA:
		if (!ns)
			return (size_t)snprintf(out, size, "[%12s] ", "-");
		past = stream->log->style.times == LOG_DELTA ? stream->before : attach;
		past = past && past < ns ? ns - past : 0;
		return (size_t)snprintf(out, size, "[%5" PRId64 ".%06u] ", past / 1000000000,
					(unsigned int)(past / 1000 % 1000000));
	}
	return 0;
}

/* What comes before a line: the guest's name, and the time. */
static size_t put_front(const struct stream *stream, char *out, size_t size)
{
	const struct log *log = stream->log;
	size_t n = 0;

	if (log->style.names) {
		int colour = 31 + (int)((size_t)(stream - log->streams) % 6);

		if (log->style.colours)
			n += (size_t)snprintf(out, size, "\033[%dm", colour);
		n += (size_t)snprintf(out + n, size - n, "%-*s |%s ", log->name_width,
				      stream->guest->label, log->style.colours ? "\033[m" : "");
	}
	return n + put_time(stream, out + n, size - n);
}

static size_t put_row(const struct lineread_piece *piece, char *out)
{
	size_t skip = piece->pos % LINEREAD_ROW;
	int n = sprintf(out, "%08" PRIx64 " ", piece->pos - skip);

	for (size_t i = 0; i < LINEREAD_ROW; i++) {
		if (i == 8)
			out[n++] = ' ';
		if (i < skip || i >= skip + piece->len)
			n += sprintf(out + n, "   ");
		else
			n += sprintf(out + n, " %02x", piece->bytes[i - skip]);
	}
	n += sprintf(out + n, "  |%*s", (int)skip, "");
	for (size_t i = 0; i < piece->len; i++)
		out[n++] = piece->bytes[i] >= 0x20 && piece->bytes[i] < 0x7f ? (char)piece->bytes[i]
									     : '.';
	n += sprintf(out + n, "|\n");
	return (size_t)n;
}

static void spool_text(struct log *log, const char *text, size_t len)
{
	char out[SHOWN_ROOM(TEXT_SIZE)];

	spool_add(log->spool, out, shown_bytes(&log->shown, text, len, out));
}

/* Prints some of a line. @begins: this begins the line, and its front comes first. */
static void put(struct stream *stream, bool begins, const char *bytes, size_t len)
{
	struct log *log = stream->log;
	char text[TEXT_SIZE];
	size_t n = 0;

	/* End a line that this would continue. */
	if (log->open_line && (log->open_line != stream || begins))
		text[n++] = '\n';
	if (begins || (log->open_line != stream && log->style.names))
		n += put_front(stream, text + n, FRONT_SIZE - 2);
	if (begins && stream->ns)
		stream->before = stream->ns;
	memcpy(text + n, bytes, len);
	n += len;
	if (n)
		log->open_line = text[n - 1] != '\n' ? stream : NULL;
	spool_text(log, text, n);
}

/*
 * Prints the line so far, and its end if @ends. If what was printed of it has changed since, prints
 * it again as it is.
 */
static void put_text(struct stream *stream, size_t len, bool ends)
{
	struct textline *line = &stream->line;
	bool again = line->low < stream->printed;
	size_t from = again ? 0 : stream->printed;
	char text[TEXTLINE_MAX + 1];

	line->low = line->len;
	/* What is final of it may be less than what stood there for a while. */
	if (len < from || (len == from && !ends))
		return;
	memcpy(text, line->text + from, len - from);
	text[len - from] = '\n';
	put(stream, again || !stream->in_line, text, len - from + ends);
	stream->in_line = !ends;
	stream->printed = len;
}

/* The line stands still: prints what there is of it, unless it would appear twice. */
static void put_open(struct stream *stream, bool last)
{
	const struct textline *line = &stream->line;

	if (line->ended || line->give)
		return;
	if (line->low >= stream->printed ? line->len > stream->printed : last)
		put_text(stream, line->len, false);
}

static void print_text(struct stream *stream)
{
	struct lineread_piece *piece = &stream->piece;
	struct textline *line = &stream->line;

	while (stream->taken < piece->len && !spool_full(stream->log->spool)) {
		if (!stream->in_line && (line->ended || !line->len))
			stream->ns = piece->ns;
		stream->taken += textline_add(line, piece->bytes + stream->taken,
					      piece->len - stream->taken);
		if (line->ended) {
			put_text(stream, line->len, true);
			stream->printed = 0;
		} else if (line->give) {
			put_text(stream, line->give, false);
			stream->printed -= line->give;
		}
	}
	stream->pending = stream->taken < piece->len;
}

static void print_bytes(struct stream *stream)
{
	const struct lineread_piece *piece = &stream->piece;
	char text[TEXT_SIZE];
	size_t n = piece->len;

	if (piece->begins)
		stream->ns = piece->ns;
	if (stream->log->style.hex)
		n = put_row(piece, text);
	else
		memcpy(text, piece->bytes, n);
	/* Belongs to a line that has ended. */
	if (piece->behind)
		spool_text(stream->log, text, n);
	else
		put(stream, piece->begins, text, n);
	stream->pending = false;
}

static void print(struct stream *stream)
{
	if (stream->log->text)
		print_text(stream);
	else
		print_bytes(stream);
}

/* What comes next does not continue the line. */
static void cut_off(struct stream *stream)
{
	put_open(stream, true);
	stream->line = (struct textline){ .ended = false };
	stream->printed = 0;
	stream->in_line = false;
}

/* Reports the news, after all that came before, on a line of its own. */
static void tell(struct stream *stream)
{
	const char *label = stream->guest->label;
	struct log *log = stream->log;
	char text[SOURCE_BLOCKED_SIZE];

	if (shown_break(&log->shown))
		log->open_line = NULL;
	stream->tells = false;
	if (stream->news == LINEREAD_WAIT) {
		msg_error("%s", source_blocked_text(label, stream->piece.err, text));
		return;
	}
	if (stream->news == LINEREAD_SKIPPED) {
		msg_error("skipped %" PRIu64 " bytes of %s: they are no longer kept",
			  stream->piece.skipped, label);
		return;
	}
	stream->ended = true;
	if (stream->news == LINEREAD_END) {
		msg_error("%s", source_ended(stream->guest->src, label, text));
		return;
	}
	msg_error("cannot read the output of %s: %s", label, strerror(-stream->piece.err));
	log->status = STATUS_FAILED;
}

static void hear(struct stream *stream, enum lineread_result news)
{
	stream->news = news;
	stream->tells = news != LINEREAD_END || stream->guest->until == UINT64_MAX;
	stream->ended = !stream->tells;
}

/* There is no more for now. */
static void await(struct stream *stream, bool all)
{
	uint64_t end = lineread_waiting(stream->read);

	if (all)
		put_open(stream, false);
	stream->still = false;
	if (end && end != stream->unfinished)
		loop_timer_set(stream->timer, STILL_MS);
	stream->unfinished = end;
	stream->waits = true;
	loop_on(stream->reader);
}

/* Looks for the next piece to print, unless there is one. */
static void look(struct stream *stream)
{
	struct log *log = stream->log;
	bool all = log->count == 1 || log->style.hex || stream->still;

	while (!stream->pending && !stream->ended) {
		if (stream->tells && !spool_empty(log->spool))
			break;
		if (stream->tells) {
			tell(stream);
			continue;
		}
		stream->looked = clock_boot_ns();
		switch (lineread_next(stream->read, all, &stream->piece)) {
		case LINEREAD_PIECE:
			stream->pending = true;
			stream->taken = 0;
			/* A piece without a time is printed with the one before. */
			if (stream->piece.ns)
				stream->order = stream->piece.ns;
			break;
		case LINEREAD_SKIPPED:
			cut_off(stream);
			hear(stream, LINEREAD_SKIPPED);
			break;
		case LINEREAD_BEGINS:
			cut_off(stream);
			break;
		case LINEREAD_WAIT:
			if (source_blocked_news(stream->guest->src, &stream->piece.err)) {
				hear(stream, LINEREAD_WAIT);
				break;
			}
			await(stream, all);
			return;
		case LINEREAD_END:
			put_open(stream, true);
			hear(stream, LINEREAD_END);
			break;
		case LINEREAD_FAILED:
			hear(stream, LINEREAD_FAILED);
			break;
		}
	}
	loop_off(stream->reader);
}

static bool is_before(const struct stream *stream, const struct stream *first)
{
	return stream->pending && (!first || stream->order < first->order);
}

/*
 * The stream that is printed next; NULL: none. @over: how many have ended.
 *
 * To look for more is a system call. Where there was none, none is older than that look, so it is
 * not repeated before the next piece is newer.
 */
static struct stream *next(struct log *log, size_t *over)
{
	struct stream *first = NULL;

	*over = 0;
	for (size_t i = 0; i < log->count; i++) {
		struct stream *stream = &log->streams[i];

		if (!stream->waits)
			look(stream);
		*over += stream->ended;
		if (is_before(stream, first))
			first = stream;
	}
	for (size_t i = 0; first && i < log->count; i++) {
		struct stream *stream = &log->streams[i];

		if (!stream->waits || stream->looked > first->order)
			continue;
		stream->waits = false;
		look(stream);
		if (is_before(stream, first))
			first = stream;
	}
	return first;
}

static void go_on(void *arg)
{
	struct log *log = arg;

	/* Since the last turn there may be more of each. */
	for (size_t i = 0; i < log->count; i++)
		log->streams[i].waits = false;
	for (int i = 0; i < TURN && !spool_full(log->spool); i++) {
		size_t over;
		struct stream *first = next(log, &over);

		if (!first) {
			if (over == log->count && spool_empty(log->spool))
				stop(log, STATUS_OK);
			return;
		}
		print(first);
	}
	/* Read no more until that is written. */
	for (size_t i = 0; i < log->count; i++)
		loop_off(log->streams[i].reader);
	if (spool_empty(log->spool))
		loop_timer_set(log->more, 0);
}

static void on_readable(void *arg)
{
	struct stream *stream = arg;

	go_on(stream->log);
}

static void on_still(void *arg)
{
	struct stream *stream = arg;

	if (!stream->unfinished || lineread_waiting(stream->read) != stream->unfinished)
		return;
	stream->still = true;
	go_on(stream->log);
}

static void on_failed(int err, void *arg)
{
	struct log *log = arg;

	if (err == -EPIPE) {
		stop(log, STATUS_SIGNAL + SIGPIPE);
		return;
	}
	msg_error("cannot write to standard output: %s", strerror(-err));
	stop(log, STATUS_FAILED);
}

static void on_hangup(void *arg)
{
	on_failed(-EPIPE, arg);
}

static const struct spool_ops spool_ops = {
	.drained = go_on,
	.failed = on_failed,
};

static bool open_streams(struct log *log, struct log_guest *guests)
{
	for (size_t i = 0; i < log->count; i++) {
		struct stream *stream = &log->streams[i];
		int width = (int)strlen(guests[i].label);

		stream->log = log;
		stream->guest = &guests[i];
		stream->order = INT64_MIN;
		stream->read = lineread_new(guests[i].src, guests[i].from, guests[i].until,
					    log->style.hex ? LINEREAD_ROWS : LINEREAD_LINES);
		stream->reader =
			loop_reader(log->loop, guests[i].src->fd, LOOP_DATA, on_readable, stream);
		stream->timer = loop_timer(log->loop, on_still, stream);
		if (!stream->read || !stream->reader || !stream->timer ||
		    source_join(guests[i].src, log->loop))
			return false;
		log->name_width = width > log->name_width ? width : log->name_width;
	}
	return true;
}

static int run(struct log *log, struct log_guest *guests)
{
	struct loop_event *hangup;
	struct output out;
	int sig = 0;

	output_open(&out, STDOUT_FILENO);
	shown_open(&log->shown, out.fd, log->style.raw);
	/* On a terminal the bytes of a line could print over what comes before it. */
	log->text = log->style.clean || (log->shown.filters && !log->style.hex);
	log->spool = spool_new(log->loop, out.fd, &spool_ops, log);
	log->more = loop_timer(log->loop, go_on, log);
	hangup = loop_hangup(log->loop, out.fd, on_hangup, log);
	if (!log->spool || !log->more || !open_streams(log, guests) ||
	    loop_stop_on_signals(log->loop)) {
		msg_error("out of memory");
		log->status = STATUS_FAILED;
	} else {
		/* If there is no line at all, there is nothing to run for. */
		go_on(log);
		sig = loop_run(log->loop);
	}
	for (size_t i = 0; i < log->count; i++) {
		source_leave(guests[i].src);
		loop_event_free(log->streams[i].timer);
		loop_event_free(log->streams[i].reader);
		lineread_free(log->streams[i].read);
	}
	loop_event_free(hangup);
	loop_event_free(log->more);
	spool_free(log->spool);
	shown_close(&log->shown);
	output_close(&out);
	return status_after(sig, log->status);
}

int log_lines(struct log_guest *guests, size_t count, const struct log_style *style)
{
	struct log log = { .style = *style, .count = count, .status = STATUS_OK };
	int status = STATUS_FAILED;

	log.loop = loop_new();
	log.streams = calloc(count, sizeof(*log.streams));
	if (log.loop && log.streams)
		status = run(&log, guests);
	else
		msg_error("out of memory");
	free(log.streams);
	loop_free(log.loop);
	return status;
}
