// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads typescripts of script(1). Each line of the times is "SECONDS BYTES", or has a letter before
 * that: O for what was printed, I for what was typed, S for a signal, H for a fact.
 */
#include "text/recording_in.h"

#include <stdlib.h>
#include <string.h>

/* Bytes that are returned at once of a long event, and of a typescript without times. */
#define PIECE 65536

/* The times do not count the last line, either; it is not longer than this. */
#define END "\nScript done on "
#define END_MAX 512

/* Without times everything is shown at once, except for that line. */
static enum recording_result next_without_times(struct recording *recording,
						struct recording_event *event)
{
	struct recording_in *in = &recording->in;
	const unsigned char *end;
	size_t len;

	if (!recording_fill(in, PIECE + END_MAX))
		return recording_fail(recording, "out of memory");
	len = in->tail - in->head;
	if (!in->ended) {
		len -= END_MAX;
	} else {
		size_t last = len < END_MAX ? len : END_MAX;

		end = memmem(in->buf + in->tail - last, last, END, strlen(END));
		if (end)
			len = (size_t)(end - (in->buf + in->head));
	}
	if (!len)
		return RECORDING_END;
	*event = (struct recording_event){ .bytes = in->buf + in->head, .len = len };
	in->head = in->ended ? in->tail : in->head + len;
	return RECORDING_EVENT;
}

/* Reads seconds, also with a decimal comma, as some locales have it. */
static bool parse_seconds(char **text, double *seconds)
{
	char *comma = *text + strspn(*text, "+-0123456789");
	char *end;

	if (*comma == ',')
		*comma = '.';
	*seconds = strtod(*text, &end);
	if (end == *text || *end != ' ')
		return false;
	*text = end + 1;
	return true;
}

static bool parse_bytes(const char *text, size_t *bytes)
{
	size_t digits = strspn(text, "0123456789");

	if (!digits || digits > 12 || (text[digits] && text[digits] != '\r'))
		return false;
	*bytes = (size_t)strtoull(text, NULL, 10);
	return true;
}

/* Reads "OUTPUT_LOG name" or "INPUT_LOG name"; with the same name, both are in one file. */
static void fact(struct recording *recording, const char *text, char names[2][256])
{
	static const char *const keys[] = { "OUTPUT_LOG ", "INPUT_LOG " };

	for (int i = 0; i < 2; i++) {
		size_t len = strlen(keys[i]);

		if (!strncmp(text, keys[i], len) && strlen(text + len) < sizeof(names[i]))
			strcpy(names[i], text + len);
	}
	if (names[0][0] && !strcmp(names[0], names[1]))
		recording->one_log = true;
}

/* Skips what was typed. */
static void skip(struct recording *recording, size_t bytes)
{
	struct recording_in *in = &recording->in;

	while (bytes && recording_fill(in, 1) && in->head < in->tail) {
		size_t n = in->tail - in->head < bytes ? in->tail - in->head : bytes;

		in->head += n;
		bytes -= n;
	}
}

/* A line of the times. */
struct timed {
	char letter; /* 0: nothing but @seconds is of use */
	double seconds;
	size_t bytes;
};

/* False: it is not a line of times. Reports what is wrong. Changes @line. */
static bool parse_line(struct recording *recording, char *line, struct timed *timed,
		       char names[2][256])
{
	bool ok;

	*timed = (struct timed){ .letter = 'O' };
	if (line[0] >= 'A' && line[0] <= 'Z' && line[1] == ' ') {
		timed->letter = line[0];
		line += 2;
	}
	ok = parse_seconds(&line, &timed->seconds);
	if (ok && timed->letter == 'H')
		fact(recording, line, names);
	if (ok && timed->letter != 'O' && timed->letter != 'I')
		return true;
	if (ok && parse_bytes(line, &timed->bytes))
		return true;
	timed->letter = 0;
	if (!recording->timing.cut)
		recording_bad(recording, "line %zu of its times is invalid",
			      recording->timing.line);
	return ok;
}

/* Reads the next event into @left and @wait_ms. False: the times have ended. */
static bool next_time(struct recording *recording)
{
	char names[2][256] = { "", "" };
	struct timed timed;
	char *line;
	size_t len;

	while ((line = recording_line(&recording->timing, &len))) {
		if (!len)
			continue;
		if (!parse_line(recording, line, &timed, names)) {
			/* This is the typescript and not its times: read no more of it. */
			if (recording->timing.line == 1 &&
			    !strncmp(line, TYPESCRIPT_START, strlen(TYPESCRIPT_START)))
				return false;
			continue;
		}
		recording->timed |= timed.letter;
		recording->wait_ms +=
			recording_wait(recording, timed.seconds, recording->timing.line);
		if (timed.letter == 'O') {
			recording->left = timed.bytes;
			if (timed.bytes)
				return true;
		} else if (timed.letter == 'I' && recording->one_log) {
			skip(recording, timed.bytes);
		}
	}
	return false;
}

/* Reads all of it. False: it is too long for that, or cannot be read. */
static bool read_all(struct recording_in *in)
{
	return recording_fill(in, RECORDING_LINE_MAX) && in->ended && !in->err;
}

/* How many bytes the times count; they are read again after that. */
static size_t count_bytes(struct recording *recording)
{
	struct recording_in *in = &recording->timing;
	size_t sums[2] = { 0, 0 };
	char names[2][256] = { "", "" };
	size_t head = in->head;
	struct timed timed;
	char *line;
	size_t len;

	while ((line = recording_line(in, &len))) {
		if (len && parse_line(recording, line, &timed, names) &&
		    (timed.letter == 'O' || timed.letter == 'I'))
			sums[timed.letter == 'I'] += timed.bytes;
		/* Put back what recording_line() has replaced by a NUL. */
		if (line + len < (char *)in->buf + in->head)
			line[len] = '\n';
	}
	in->head = head;
	in->line = 0;
	recording->damage = 0;
	return recording->one_log ? sums[0] + sums[1] : sums[0];
}

/* Whether this is nothing, or a newline and a line, as script(1) ends in any language. */
static bool may_be_end(const unsigned char *bytes, size_t len)
{
	const unsigned char *end;

	if (!len)
		return true;
	if (len == 1 || len > END_MAX || bytes[0] != '\n')
		return false;
	end = memchr(bytes + 1, '\n', len - 1);
	return !end || end + 1 == bytes + len;
}

bool typescript_fits(struct recording *recording)
{
	struct recording_in *in = &recording->in;
	const unsigned char *bytes;
	const unsigned char *end;
	size_t counted;
	size_t header;
	size_t len;

	if (!read_all(&recording->timing) || !read_all(in))
		return false;
	counted = count_bytes(recording);
	bytes = in->buf + in->head;
	len = in->tail - in->head;
	end = memchr(bytes, '\n', len);
	header = end ? (size_t)(end - bytes) + 1 : len;
	if (counted > len - header || !may_be_end(bytes + header + counted, len - header - counted))
		return len && counted == len;
	in->head += header;
	return len;
}

/* No event was shown: damage in what should be its times says nothing about the recording. */
static enum recording_result fail_without_times(struct recording *recording)
{
	recording->damage = 0;
	recording->times_are_none = true;
	return recording_fail(recording, "its file of times contains no times");
}

/* What is left is what script(1) writes at the end, or was printed and has no time. */
static void look_at_rest(struct recording *recording)
{
	struct recording_in *in = &recording->in;
	size_t len = strlen(END);

	recording->over = true;
	if (recording->timing.err || !recording_fill(in, END_MAX + 1) || in->head == in->tail)
		return;
	if (recording->any_language
		    ? may_be_end(in->buf + in->head, in->tail - in->head)
		    : in->tail - in->head >= len && !memcmp(in->buf + in->head, END, len))
		return;
	recording_bad(recording, "its times end before it does: without them, all of it is shown");
}

enum recording_result typescript_next(struct recording *recording, struct recording_event *event)
{
	struct recording_in *in = &recording->in;
	size_t len;

	if (!recording->timing.read)
		return next_without_times(recording, event);
	if (!recording->over && !recording->left && !next_time(recording)) {
		if (!recording->timed && recording->damage)
			return fail_without_times(recording);
		look_at_rest(recording);
	}
	if (recording->over)
		return RECORDING_END;
	len = recording->left < PIECE ? recording->left : PIECE;
	if (!recording_fill(in, len))
		return recording_fail(recording, "out of memory");
	if (in->tail - in->head < len) {
		if (!in->err)
			recording_bad(recording, "it ends before its times do");
		len = in->tail - in->head;
		recording->left = len;
		recording->over = true;
	}
	if (!len)
		return RECORDING_END;
	*event = (struct recording_event){
		.wait_ms = recording->wait_ms,
		.bytes = in->buf + in->head,
		.len = len,
	};
	in->head += len;
	recording->left -= len;
	recording->wait_ms = 0;
	return RECORDING_EVENT;
}
