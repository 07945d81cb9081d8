// SPDX-License-Identifier: GPL-2.0-only
#include "remote/link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "remote/ssh.h"

/* How long the process may take to end after its output has ended. */
#define END_MS 2000

/* The exit status of a shell that does not find a command. */
#define NOT_FOUND 127

struct link {
	const struct link_ops *ops;
	void *arg;
	struct ssh ssh;
	struct frame_in *in;
	struct outbox *box;
	struct loop_event *reader;
	struct loop_event *errors;
	struct loop_event *exited;
	struct loop_event *end;
	bool ending;		   /* its output has ended */
	char last[LINK_LINE_SIZE]; /* whole line on standard error; empty: none, or reported */
	char line[LINK_LINE_SIZE]; /* the line that has not ended yet */
	size_t line_len;
};

static void tell_last(struct link *link)
{
	if (link->last[0])
		link->ops->line(link->last, link->arg);
	link->last[0] = '\0';
}

/* Keeps the line, as the last one before the end is the reason, and reports the one before. */
static void end_line(struct link *link)
{
	link->line[link->line_len] = '\0';
	link->line_len = 0;
	if (!link->line[0])
		return;
	tell_last(link);
	memcpy(link->last, link->line, sizeof(link->last));
}

static void on_errors(void *arg)
{
	struct link *link = arg;
	char bytes[4096];
	ssize_t n;

	n = read(link->ssh.err, bytes, sizeof(bytes));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		loop_off(link->errors);
		return;
	}
	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] == '\n')
			end_line(link);
		else if (bytes[i] != '\r' && bytes[i] && link->line_len < LINK_LINE_SIZE - 1)
			link->line[link->line_len++] = bytes[i];
	}
}

/* The first line of what came in place of a greeting; empty: there is none. */
static void noise_line(struct link *link, char out[LINK_LINE_SIZE])
{
	const char *noise = frame_in_noise(link->in);

	noise += strspn(noise, "\r\n \t");
	if (frame_in_greeted(link->in))
		noise = "";
	snprintf(out, LINK_LINE_SIZE, "%.*s", (int)strcspn(noise, "\r\n"), noise);
}

/*
 * Whether a shell at the far end has not found kpl011. False if it was the shell here that has
 * not found the command in place of ssh.
 */
static bool is_not_installed(const struct link *link, int status)
{
	static const char here[] = SSH_SHELL ": ";

	return status == NOT_FOUND && strncmp(link->last, here, strlen(here));
}

/* The process has ended; or its output has, and the process does not end. */
static void on_ended(void *arg)
{
	struct link *link = arg;
	char why[LINK_LINE_SIZE + 80];
	char noise[LINK_LINE_SIZE];
	int status;

	for (int i = 0; i < 16; i++)
		on_errors(link);
	if (link->line_len)
		end_line(link);
	noise_line(link, noise);
	loop_off(link->errors);
	loop_off(link->exited);
	status = ssh_end(&link->ssh);
	if (is_not_installed(link, status))
		snprintf(why, sizeof(why), "kpl011 is not installed there, or not in the PATH (%s)",
			 link->last);
	else if (link->last[0])
		snprintf(why, sizeof(why), "%s", link->last);
	else if (noise[0])
		snprintf(why, sizeof(why), "it says: %s", noise);
	else if (status)
		snprintf(why, sizeof(why), "ssh has ended with exit status %d", status);
	else
		snprintf(why, sizeof(why), "the other side has closed the connection");
	link->ops->lost(why, link->arg);
}

static void on_readable(void *arg)
{
	struct link *link = arg;
	enum frame_result result;
	const char *why = NULL;
	struct frame frame;
	unsigned char *room;
	size_t len;
	ssize_t n;

	room = frame_in_room(link->in, &len);
	n = read(link->ssh.out, room, len);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		loop_off(link->reader);
		link->ending = true;
		loop_on(link->exited);
		loop_timer_set(link->end, END_MS);
		return;
	}
	/* The connection continues, so the last line was not the reason for its end. */
	if (frame_in_greeted(link->in))
		tell_last(link);
	link->ops->heard(link->arg);
	frame_in_added(link->in, (size_t)n);
	while (!why && (result = frame_in_next(link->in, &frame)) != FRAME_MORE)
		why = result == FRAME_ONE ? link->ops->frame(&frame, link->arg)
					  : frame_in_why(link->in);
	if (why)
		link->ops->lost(why, link->arg);
	else
		link->ops->through(link->arg);
}

static void on_drained(void *arg)
{
	(void)arg;
}

static void on_failed(int err, void *arg)
{
	struct link *link = arg;

	/* With EPIPE the process is ending, and its last line is the reason. */
	if (err != -EPIPE)
		link->ops->lost(strerror(-err), link->arg);
}

static const struct outbox_ops outbox_ops = {
	.drained = on_drained,
	.failed = on_failed,
};

static void free_events(struct link *link)
{
	loop_event_free(link->reader);
	loop_event_free(link->errors);
	loop_event_free(link->exited);
	loop_event_free(link->end);
	link->reader = NULL;
	link->errors = NULL;
	link->exited = NULL;
	link->end = NULL;
}

static bool make_events(struct link *link, struct loop *loop)
{
	link->reader = loop_reader(loop, link->ssh.out, LOOP_DATA, on_readable, link);
	link->errors = loop_reader(loop, link->ssh.err, LOOP_DATA, on_errors, link);
	link->exited = loop_reader(loop, link->ssh.pidfd, LOOP_DATA, on_ended, link);
	link->end = loop_timer(loop, on_ended, link);
	if (!link->reader || !link->errors || !link->exited || !link->end)
		return false;
	loop_on(link->errors);
	loop_on(link->ending ? link->exited : link->reader);
	if (link->ending)
		loop_timer_set(link->end, END_MS);
	return true;
}

bool link_move(struct link *link, struct loop *loop)
{
	free_events(link);
	return outbox_move(link->box, loop) && make_events(link, loop);
}

struct outbox *link_box(struct link *link)
{
	return link->box;
}

int link_new(struct loop *loop, const struct host *host, const char *command, bool asks,
	     const struct link_ops *ops, void *arg, struct link **result)
{
	struct link *link = calloc(1, sizeof(*link));
	int err;

	if (!link)
		return -ENOMEM;
	link->ops = ops;
	link->arg = arg;
	err = ssh_start(host, command, asks, &link->ssh);
	if (err) {
		free(link);
		return err;
	}
	link->in = frame_in_new(true);
	link->box = outbox_new(loop, link->ssh.in, &outbox_ops, link);
	if (!link->in || !link->box || !make_events(link, loop)) {
		link_free(link);
		return -ENOMEM;
	}
	*result = link;
	return 0;
}

void link_free(struct link *link)
{
	if (!link)
		return;
	free_events(link);
	outbox_free(link->box);
	frame_in_free(link->in);
	ssh_end(&link->ssh);
	free(link);
}
