// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/sdnotify.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/human.h"

/* Delays between tries, which grow while the manager is slow. */
#define RETRY_FIRST_MS 10
#define RETRY_MAX_MS 1000

/* No more can be kept: messages that are the same are kept once, and once more after a reload. */
#define KEPT_MAX 8
#define KEPT_SIZE 512

#define RELOADING "RELOADING=1"

/* A process has one manager. */
static struct {
	char kept[KEPT_MAX][KEPT_SIZE];
	size_t count;
	struct loop_event *retry;
	uint64_t delay_ms;
} manager;

/* Returns 0, also without a manager, or a negative errno. */
static int send_to(const char *path, const char *text)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t len;
	int err = 0;
	int fd;

	if (!path || (*path != '/' && *path != '@') || strlen(path) >= sizeof(address.sun_path))
		return 0;
	strcpy(address.sun_path, path);
	if (*path == '@')
		address.sun_path[0] = '\0';
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address, len) < 0)
		err = -errno;
	close(fd);
	return err;
}

static bool is_behind(int err)
{
	return err == -EAGAIN || err == -ENOBUFS || err == -ENOMEM || err == -EMFILE ||
	       err == -ENFILE || err == -EINTR;
}

static void take(size_t from, size_t count)
{
	manager.count -= count;
	memmove(manager.kept[from], manager.kept[from + count],
		(manager.count - from) * sizeof(manager.kept[0]));
}

static void send_kept(void)
{
	while (manager.count) {
		/* Other errors will not go away: drop the message. */
		if (is_behind(send_to(getenv("NOTIFY_SOCKET"), manager.kept[0])))
			return;
		take(0, 1);
		manager.delay_ms = 0;
	}
}

static void try_later(void)
{
	if (!manager.count || !manager.retry)
		return;
	manager.delay_ms = manager.delay_ms ? 2 * manager.delay_ms : RETRY_FIRST_MS;
	if (manager.delay_ms > RETRY_MAX_MS)
		manager.delay_ms = RETRY_MAX_MS;
	loop_timer_set(manager.retry, manager.delay_ms);
}

static void on_retry(void *arg)
{
	(void)arg;
	send_kept();
	try_later();
}

static bool is_reloading(const char *text)
{
	return !strncmp(text, RELOADING, strlen(RELOADING));
}

/* Index of the last reload that is kept, or 0. */
static size_t last_reload(void)
{
	for (size_t i = manager.count; i-- > 0;)
		if (is_reloading(manager.kept[i]))
			return i;
	return 0;
}

/* Of several reloads that it has not heard of, the manager needs to know only the last. */
static void keep(const char *text)
{
	size_t from = last_reload();

	if (is_reloading(text) && manager.count && is_reloading(manager.kept[from]))
		take(from, manager.count - from);
	for (size_t i = from; i < manager.count && !is_reloading(text); i++)
		if (!strcmp(manager.kept[i], text))
			return;
	if (manager.count < KEPT_MAX)
		snprintf(manager.kept[manager.count++], KEPT_SIZE, "%s", text);
}

bool sdnotify_begin(struct loop *loop)
{
	manager.retry = loop_timer(loop, on_retry, NULL);
	return manager.retry;
}

void sdnotify_end(void)
{
	send_kept();
	loop_event_free(manager.retry);
	manager.retry = NULL;
	manager.count = 0;
	manager.delay_ms = 0;
}

void sdnotify(enum sdnotify how, const char *fmt, ...)
{
	char text[KEPT_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (how == SDNOTIFY_MAY) {
		/* Nothing overtakes what is kept. */
		if (!manager.count)
			send_to(getenv("NOTIFY_SOCKET"), text);
		return;
	}
	keep(text);
	if (manager.delay_ms)
		return;
	send_kept();
	try_later();
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
