// SPDX-License-Identifier: GPL-2.0-only
#include "text/recording_in.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 8192

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
