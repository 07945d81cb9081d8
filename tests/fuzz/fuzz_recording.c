// SPDX-License-Identifier: GPL-2.0-only
/*
 * A recording of anything, in pieces of any length, and the times of one: up to the
 * first NUL of the input is the one, behind it the other.
 */
#include <string.h>

#include "must.h"
#include "text/recording.h"

struct text {
	const unsigned char *bytes;
	size_t len;
	size_t step;
};

static ssize_t take(void *buf, size_t len, void *arg)
{
	struct text *text = arg;

	if (len > text->step)
		len = text->step;
	if (len > text->len)
		len = text->len;
	memcpy(buf, text->bytes, len);
	text->bytes += len;
	text->len -= len;
	return (ssize_t)len;
}

/* What it shows, as a sum that tells one from another. */
static unsigned long play(struct text file, struct text timing, bool timed)
{
	struct recording *recording = recording_new(take, &file);
	struct recording_event event;
	enum recording_result result;
	unsigned long sum = 1;
	size_t events = 0;

	MUST(recording);
	if (timed)
		recording_set_timing(recording, take, &timing);
	while ((result = recording_next(recording, &event)) == RECORDING_EVENT) {
		MUST(event.wait_ms >= 0 && event.wait_ms < 1e15);
		for (size_t i = 0; i < event.len; i++)
			sum = sum * 31 + event.bytes[i];
		MUST(++events < 100000);
	}
	MUST(result != RECORDING_FAILED || recording_why(recording)[0]);
	recording_free(recording);
	return sum * 4 + result;
}

int LLVMFuzzerTestOneInput(const unsigned char *in, size_t len)
{
	const unsigned char *border = len ? memchr(in, 0, len) : NULL;
	struct text file = { .bytes = in, .len = border ? (size_t)(border - in) : len };
	struct text timing = { .bytes = in };
	unsigned long sum;

	if (border)
		timing = (struct text){ .bytes = border + 1, .len = len - file.len - 1 };
	file.step = timing.step = 1 << 20;
	sum = play(file, timing, border);
	file.step = timing.step = 1 + len % 5;
	MUST(play(file, timing, border) == sum);
	return 0;
}
