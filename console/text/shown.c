// SPDX-License-Identifier: GPL-2.0-only
#include "text/shown.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A terminal that takes nothing for so long cannot be helped. */
#define UNDO_MS 1000

void shown_open(struct shown *shown, int fd, bool raw)
{
	locale_t locale = glyphs_locale();

	*shown = (struct shown){ .fd = fd, .filters = !raw && isatty(fd), .locale = locale };
	vtfilter_init(&shown->filter, locale);
}

static void on_suspend(int sig, void *arg)
{
	struct shown *shown = arg;

	shown_undo(shown);
	/* Without a handler: the shell's job control does what it always does. */
	loop_event_free(shown->suspend);
	kill(getpid(), sig);
	shown->suspend = loop_signal(shown->loop, sig, on_suspend, shown);
}

int shown_watch(struct shown *shown, struct loop *loop)
{
	struct sigaction old;

	if (!shown->filters || (!sigaction(SIGTSTP, NULL, &old) && old.sa_handler == SIG_IGN))
		return 0;
	shown->loop = loop;
	shown->suspend = loop_signal(loop, SIGTSTP, on_suspend, shown);
	return shown->suspend ? 0 : -ENOMEM;
}

size_t shown_bytes(struct shown *shown, const void *bytes, size_t len, void *out)
{
	if (shown->filters)
		return vtfilter_bytes(&shown->filter, bytes, len, out);
	memcpy(out, bytes, len);
	return len;
}

void shown_undo(struct shown *shown)
{
	struct pollfd room = { .fd = shown->fd, .events = POLLOUT };
	const char *text = shown->filters ? vtfilter_undo(&shown->filter) : "";
	size_t len = strlen(text);

	while (len) {
		ssize_t n = write(shown->fd, text, len);

		if (n > 0) {
			text += n;
			len -= (size_t)n;
		} else if (!n || (errno != EAGAIN && errno != EINTR) ||
			   poll(&room, 1, UNDO_MS) <= 0) {
			return;
		}
	}
}

void shown_close(struct shown *shown)
{
	loop_event_free(shown->suspend);
	shown_undo(shown);
	if (shown->locale)
		freelocale(shown->locale);
	*shown = (struct shown){ .fd = -1 };
}
