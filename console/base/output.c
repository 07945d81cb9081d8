// SPDX-License-Identifier: GPL-2.0-only
#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/loop.h"

void output_open(struct output *out, int fd)
{
	char path[32];
	struct stat st;
	int flags;

	*out = (struct output){ .fd = fd, .shared = -1 };
	flags = fcntl(fd, F_GETFL);
	/* A regular file never makes a writer wait for a reader. */
	if (flags < 0 || (flags & O_NONBLOCK) || fstat(fd, &st) || S_ISREG(st.st_mode))
		return;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	out->fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (out->fd >= 0) {
		out->own = true;
		return;
	}
	out->fd = fd;
	if (!fcntl(fd, F_SETFL, flags | O_NONBLOCK)) {
		out->shared = fd;
		out->flags = flags;
	}
}

void output_close(struct output *out)
{
	if (out->own)
		close(out->fd);
	if (out->shared >= 0)
		fcntl(out->shared, F_SETFL, out->flags);
	*out = (struct output){ .fd = -1, .shared = -1 };
}

int output_all(const struct output *out, struct loop *loop, const void *bytes, size_t len)
{
	const char *text = bytes;

	while (len) {
		ssize_t n = write(out->fd, text, len);

		if (n > 0) {
			text += n;
			len -= (size_t)n;
		} else if (!n) {
			return -EIO;
		} else if (errno == EAGAIN) {
			if (!loop_wait_writable(loop, out->fd))
				return -EINTR;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}
