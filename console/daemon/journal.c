// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

/* As syslog's info. */
#define PRIORITY 6

int journal_open(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

/* Each value is one line: text has none in it, and names are printable. */
static size_t put_fields(const struct journal_line *line, char *out, size_t size)
{
	int n = snprintf(out, size,
			 "\nPRIORITY=%d\nSYSLOG_IDENTIFIER=kpl011\nGUEST=%s\nUID=%u\nUSER=%s\n"
			 "PORT=%u\nBOOT=",
			 PRIORITY, line->guest, line->uid, line->user, line->port);

	/* As in the journal's own _BOOT_ID. */
	for (const char *p = line->boot; *p && (size_t)n + 1 < size; p++)
		if (*p != '-')
			out[n++] = *p;
	n += snprintf(out + n, size - (size_t)n, "\nKPL011_POSITION=%" PRIu64 "\n", line->pos);
	if (line->pid)
		n += snprintf(out + n, size - (size_t)n, "PID=%d\n", (int)line->pid);
	if (line->time)
		n += snprintf(out + n, size - (size_t)n, "KPL011_REALTIME_USEC=%" PRId64 "\n",
			      line->time / 1000);
	return (size_t)n;
}

int journal_send(int fd, const char *path, const struct journal_line *line)
{
	static const char first[] = "MESSAGE=";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char fields[512];
	struct iovec parts[] = {
		{ .iov_base = (void *)first, .iov_len = strlen(first) },
		{ .iov_base = (void *)line->text, .iov_len = line->len },
		{ .iov_base = fields },
	};
	struct msghdr msg = {
		.msg_name = &address,
		.msg_namelen = sizeof(address),
		.msg_iov = parts,
		.msg_iovlen = 3,
	};

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	parts[2].iov_len = put_fields(line, fields, sizeof(fields));
	if (sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return errno == ENOBUFS ? -EAGAIN : -errno;
	return 0;
}
