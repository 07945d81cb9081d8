// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/sdnotify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/human.h"

#define SECONDS 5

void sdnotify(enum sdnotify how, const char *fmt, ...)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval wait = { .tv_sec = SECONDS };
	int flags = MSG_NOSIGNAL | (how == SDNOTIFY_MAY ? MSG_DONTWAIT : 0);
	socklen_t len;
	char text[512];
	va_list ap;
	int fd;

	if (!path || (*path != '/' && *path != '@') || strlen(path) >= sizeof(address.sun_path))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	strcpy(address.sun_path, path);
	if (*path == '@')
		address.sun_path[0] = '\0';
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	sendto(fd, text, strlen(text), flags, (struct sockaddr *)&address, len);
	close(fd);
}

uint64_t sdnotify_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	uint64_t value;

	if (!usec || !human_parse(usec, 1, UINT64_MAX, &value))
		return 0;
	if (pid && (pid_t)atoi(pid) != getpid())
		return 0;
	return value / 1000 / 2 ? value / 1000 / 2 : 1;
}
