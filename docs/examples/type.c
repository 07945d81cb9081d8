// SPDX-License-Identifier: GPL-2.0-only
/*
 * type ID TEXT: take the input of a guest from nobody, type a line, and give
 * it back. Who holds the input is told where it is somebody else.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/kpl011.h>

/* write(2) waits where the guest is slow, and takes all but after a signal. */
static void type(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			err(1, "write");
		if (n > 0) {
			text += n;
			len -= n;
		}
	}
}

int main(int argc, char **argv)
{
	struct kpl011_input input = {
		.size = sizeof(input), .flags = KPL011_INPUT_TAKE,
	};
	char path[64];
	int fd;

	if (argc != 3)
		errx(2, "usage: type ID TEXT");
	snprintf(path, sizeof(path), "/dev/kpl011/%s", argv[1]);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", path);
	if (ioctl(fd, KPL011_INPUT, &input)) {
		if (errno == EBUSY)
			errx(1, "%s (process %d) types there", input.comm, input.pid);
		err(1, "KPL011_INPUT");
	}
	type(fd, argv[2], strlen(argv[2]));
	type(fd, "\r", 1);
	/* To close the file is to give it back. */
	close(fd);
	return 0;
}
