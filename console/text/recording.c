// SPDX-License-Identifier: GPL-2.0-only
#include "text/recording_in.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 8192

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct recording *recording_new(recording_read_cb *read, void *arg)
{
	struct recording *recording = calloc(1, sizeof(*recording));

	if (!recording)
		return NULL;
	recording->in.read = read;
	recording->in.arg = arg;
	return recording;
}

void recording_free(struct recording *recording)
{
	if (!recording)
		return;
	json_decref(recording->json);
	free(recording->timing.buf);
	free(recording->in.buf);
	free(recording);
}

void recording_set_timing(struct recording *recording, recording_read_cb *read, void *arg)
{
	recording->timing.read = read;
	recording->timing.arg = arg;
}

static bool make_room(struct recording_in *in)
{
	size_t size = in->size ? in->size * 2 : FIRST_SIZE;
	unsigned char *buf;

	if (in->head)
		memmove(in->buf, in->buf + in->head, in->tail - in->head);
	in->tail -= in->head;
	in->head = 0;
	/* There has to be room for a NUL. */
	if (in->size && in->tail < in->size / 2)
		return true;
	buf = realloc(in->buf, size);
	if (!buf)
		return false;
	in->buf = buf;
	in->size = size;
	return true;
}

bool recording_fill(struct recording_in *in, size_t want)
{
	ssize_t n;

	while (!in->ended && in->tail - in->head < want) {
		if ((!in->size || in->tail + 1 >= in->size) && !make_room(in))
			return false;
		n = in->read(in->buf + in->tail, in->size - 1 - in->tail, in->arg);
		if (n <= 0) {
			in->err = (int)n;
			in->ended = true;
		} else {
			in->tail += (size_t)n;
		}
	}
	return true;
}

char *recording_line(struct recording_in *in, size_t *len)
{
	size_t looked = 0;
	unsigned char *end;
	char *line;

	for (;;) {
		end = in->size ? memchr(in->buf + in->head + looked, '\n',
					in->tail - in->head - looked)
			       : NULL;
		looked = in->tail - in->head;
		if (end || in->ended)
			break;
		if (looked >= RECORDING_LINE_MAX || !recording_fill(in, looked + 1)) {
			in->ended = true;
			in->err = looked >= RECORDING_LINE_MAX ? -EFBIG : -ENOMEM;
			in->head = in->tail;
			return NULL;
		}
	}
	if (!end && !looked)
		return NULL;
	line = (char *)in->buf + in->head;
	*len = end ? (size_t)(end - (in->buf + in->head)) : looked;
	in->head += *len + !!end;
	line[*len] = '\0';
	in->line++;
	in->cut = !end && in->err;
	return line;
}

void recording_bad(struct recording *recording, const char *fmt, ...)
{
	va_list ap;

	if (recording->damage++)
		return;
	va_start(ap, fmt);
	vsnprintf(recording->first_damage, sizeof(recording->first_damage), fmt, ap);
	va_end(ap);
}

enum recording_result recording_fail(struct recording *recording, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(recording->why, sizeof(recording->why), fmt, ap);
	va_end(ap);
	return RECORDING_FAILED;
}

double recording_wait(struct recording *recording, double seconds, size_t number)
{
	double ms = seconds * 1000;

	if (ms <= RECORDING_MS_MAX)
		return ms > 0 ? ms : 0;
	if (recording->kind == RECORDING_TYPESCRIPT)
		recording_bad(recording, "line %zu of its times has an impossible time", number);
	else
		recording_bad(recording, "%s %zu has an impossible time",
			      recording->kind == RECORDING_CAST_1 ? "event" : "line", number);
	return 0;
}

static bool begins(const struct recording_in *in, const char *with)
{
	size_t len = strlen(with);

	return in->tail - in->head >= len && !memcmp(in->buf + in->head, with, len);
}

static enum recording_result begin_typescript(struct recording *recording)
{
	recording->kind = RECORDING_TYPESCRIPT;
	return RECORDING_EVENT;
}

/* The times do not count its first line. */
static enum recording_result begin_behind_line(struct recording *recording)
{
	size_t len;

	if (!recording_line(&recording->in, &len))
		return recording_fail(recording, "line 1 is too long");
	return begin_typescript(recording);
}

static enum recording_result begin(struct recording *recording)
{
	static const struct {
		const char *name;
		const char *magic;
	} others[] = {
		{ "bzip2", "BZh" },
		{ "lz4", "\x04\x22\x4d\x18" },
		{ "xz", "\xfd\x37zXZ" },
	};
	struct recording_in *in = &recording->in;

	if (!recording_fill(in, strlen(BYTE_ORDER_MARK TYPESCRIPT_START)))
		return recording_fail(recording, "out of memory");
	if (begins(in, TYPESCRIPT_START) || begins(in, BYTE_ORDER_MARK TYPESCRIPT_START))
		return begin_behind_line(recording);
	/* The user has given times, and so says that it is a typescript. */
	recording->any_language = recording->timing.read;
	if (recording->any_language && typescript_fits(recording))
		return begin_typescript(recording);
	if (begins(in, BYTE_ORDER_MARK))
		in->head += strlen(BYTE_ORDER_MARK);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (begins(in, others[i].magic))
			return recording_fail(
				recording,
				"it is compressed with %s: run %s -dc FILE | kpl011 play -",
				others[i].name, others[i].name);
	if (!recording->any_language || in->head == in->tail)
		return asciicast_begin(recording);
	if (begins(in, "{"))
		return recording_fail(
			recording,
			"it begins like an asciicast, and only a typescript has a file of times");
	/* As scriptreplay(1) does: the typescript is cut off, or its times are. */
	return begin_behind_line(recording);
}

enum recording_result recording_next(struct recording *recording, struct recording_event *event)
{
	enum recording_result result = RECORDING_EVENT;

	if (recording->kind == RECORDING_UNKNOWN)
		result = begin(recording);
	if (result != RECORDING_EVENT)
		return result;
	if (recording->kind == RECORDING_TYPESCRIPT)
		return typescript_next(recording, event);
	return asciicast_next(recording, event);
}

const char *recording_why(const struct recording *recording)
{
	return recording->why;
}

int recording_error(const struct recording *recording, bool *timing)
{
	*timing = !recording->in.err && recording->timing.err;
	return *timing ? recording->timing.err : recording->in.err;
}

size_t recording_damage(const struct recording *recording, const char **why)
{
	*why = recording->first_damage;
	return recording->damage;
}

double recording_idle_ms(const struct recording *recording)
{
	return recording->idle_ms;
}

bool recording_times_are_none(const struct recording *recording)
{
	return recording->times_are_none;
}

bool recording_without_times(const struct recording *recording)
{
	return recording->kind == RECORDING_TYPESCRIPT && !recording->timing.read;
}
