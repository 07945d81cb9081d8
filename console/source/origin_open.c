// SPDX-License-Identifier: GPL-2.0-only
#include "source/origin_open.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>

#include "source/source_file.h"
#include "source/source_stream.h"

int origin_open(const struct origin *origin, struct source **src)
{
	struct stat st;

	/* A named pipe is no file that grows. */
	if (origin->kind == ORIGIN_FILE && (stat(origin->path, &st) || !S_ISFIFO(st.st_mode)))
		return file_open(origin, src);
	return stream_open(origin, src);
}

int origin_open_wait(const struct origin *origin, struct source **src)
{
	int err = origin_open(origin, src);

	if (err)
		return err;
	while ((*src)->connecting) {
		struct pollfd ready = { .fd = (*src)->fd, .events = POLLIN };

		poll(&ready, 1, -1);
		err = source_again(*src);
		if (err && err != -EINPROGRESS) {
			source_close(*src);
			return err;
		}
	}
	return 0;
}
