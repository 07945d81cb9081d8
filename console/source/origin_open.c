// SPDX-License-Identifier: GPL-2.0-only
#include "source/origin_open.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "source/source_file.h"
#include "source/source_stream.h"

int origin_open(const struct origin *origin, struct source **src)
{
	struct stat st;

	/* A named pipe is a stream, even if it is written file:PATH. */
	if (origin->kind == ORIGIN_FILE && (stat(origin->path, &st) || !S_ISFIFO(st.st_mode)))
		return file_open(origin, src);
	return stream_open(origin, src);
}

/* The timeout for poll(), in milliseconds. */
static int wait_ms(int64_t until)
{
	int64_t ms;

	if (until == INT64_MAX)
		return -1;
	ms = (until - clock_boot_ns()) / 1000000;
	if (ms <= 0)
		return 0;
	return ms < INT_MAX ? (int)ms + 1 : INT_MAX;
}

int origin_open_until(const struct origin *origin, struct source **src, int64_t until)
{
	int err = origin_open(origin, src);

	if (err)
		return err;
	while ((*src)->connecting) {
		struct pollfd ready = { .fd = (*src)->fd, .events = POLLIN };

		err = poll(&ready, 1, wait_ms(until)) ? source_again(*src) : -ETIMEDOUT;
		if (err && err != -EINPROGRESS) {
			source_close(*src);
			return err;
		}
	}
	return 0;
}

int origin_open_wait(const struct origin *origin, struct source **src)
{
	return origin_open_until(origin, src, INT64_MAX);
}
