// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/journal.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "base/clock.h"

/* LOG_INFO of syslog(3). */
#define PRIORITY 6

/* The message id of all alerts, for catalogs and filters. */
#define ALERT_ID "c5a0a1c9d3a84b6b9f0f2f3e6d1b7a42"

/* A journal that is only slow takes something within this time. */
#define BEHIND_NS ((uint64_t)30 * 1000000000)

/*
 * Whoever waits for the journal asks more often than this: after a longer time nothing is known.
 */
#define ASKED_NS (2 * BEHIND_NS)

/* The state of the journal, for all senders. */
static struct {
	uint64_t since_ns; /* it has taken nothing since then; 0: it takes entries */
	uint64_t asked_ns;
} behind;

int journal_open(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

/* Each value is one line: neither texts nor names contain newlines. */
static size_t put_fields(const struct journal_line *line, char *out, size_t size)
{
	const struct journal_alert *alert = line->alert;
	int n = snprintf(out, size,
			 "\nPRIORITY=%d\nSYSLOG_IDENTIFIER=%s\nGUEST=%s\nUID=%u\nUSER=%s\n"
			 "PORT=%u\nBOOT=",
			 alert ? alert->priority : PRIORITY, alert ? "kpl011-alert" : "kpl011",
			 line->guest, line->uid, line->user, line->port);

	/* Without dashes, as in the journal's own _BOOT_ID. */
	for (const char *p = line->boot; *p && (size_t)n + 1 < size; p++)
		if (*p != '-')
			out[n++] = *p;
	n += snprintf(out + n, size - (size_t)n, "\nKPL011_POSITION=%" PRIu64 "\n", line->pos);
	if (line->pid)
		n += snprintf(out + n, size - (size_t)n, "PID=%d\n", (int)line->pid);
	if (line->time)
		n += snprintf(out + n, size - (size_t)n, "KPL011_REALTIME_USEC=%" PRId64 "\n",
			      line->time / 1000);
	if (alert)
		n += snprintf(out + n, size - (size_t)n,
			      "MESSAGE_ID=" ALERT_ID "\nALERT=%s\nALERT_COUNT=%" PRIu64 "\n",
			      alert->name, alert->count);
	return (size_t)n;
}

/* A value of several lines is preceded by its length: 64 bits, the lowest byte first. */
static size_t put_lines(const struct journal_alert *alert, char front[32], struct iovec parts[4])
{
	uint64_t len = htole64(strlen(alert->lines) + strlen(alert->after));
	size_t n = (size_t)sprintf(front, "ALERT_LINES\n");

	memcpy(front + n, &len, sizeof(len));
	parts[0] = (struct iovec){ front, n + sizeof(len) };
	parts[1] = (struct iovec){ (void *)alert->lines, strlen(alert->lines) };
	parts[2] = (struct iovec){ (void *)alert->after, strlen(alert->after) };
	parts[3] = (struct iovec){ (void *)"\n", 1 };
	return 4;
}

static int is_behind(void)
{
	uint64_t now = clock_ns();

	if (!behind.since_ns || now - behind.asked_ns > ASKED_NS)
		behind.since_ns = now;
	behind.asked_ns = now;
	return now - behind.since_ns > BEHIND_NS ? -ETIMEDOUT : -EAGAIN;
}

int journal_send(int fd, const char *path, const struct journal_line *line)
{
	static const char first[] = "MESSAGE=";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char fields[768];
	char front[32];
	struct iovec parts[7] = {
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
	if (line->alert)
		msg.msg_iovlen += put_lines(line->alert, front, parts + 3);
	if (sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) {
		behind.since_ns = 0;
		return 0;
	}
	if (errno == EAGAIN || errno == ENOBUFS)
		return is_behind();
	behind.since_ns = 0;
	return -errno;
}
