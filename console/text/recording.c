// SPDX-License-Identifier: GPL-2.0-only
#include "text/recording_in.h"

#include <stdlib.h>
#include <string.h>

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
