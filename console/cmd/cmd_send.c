// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "ui/feed.h"
#include "guests/guests.h"
#include "guests/pick.h"
#include "base/human.h"
#include "base/loop.h"
#include "base/msg.h"
#include "base/unescape.h"

#define QUEUE 65536

struct send {
	struct loop *loop;
	struct source *src;
	struct feed *feed;
	char label[SOURCE_NAME_SIZE];
	int status;
	/* What to send: a text, or a file. */
	char *text;
	size_t text_len;
	size_t text_at;
	const char *path;
	int fd; /* -1: no file, or its end was reached */
	struct loop_event *reader;
	bool enter;
	bool many; /* guests, one after another */
	bool send_break;
	int sysrq;	     /* the key, or 0 */
	uint64_t given;	     /* bytes that went into the queue */
	uint64_t timeout_ms; /* 0: none */
};

static void stop(struct send *send, int status)
{
	send->status = status;
	loop_stop(send->loop);
}

static void give(struct send *send, const void *bytes, size_t len)
{
	feed_bytes(send->feed, bytes, len);
	send->given += len;
}

/* Keeps the queue filled; stops when everything was taken. */
static void refill(struct send *send)
{
	size_t room = QUEUE - feed_queued(send->feed);
	size_t left = send->text_len - send->text_at;

	if (left > room)
		left = room;
	give(send, send->text + send->text_at, left);
	send->text_at += left;
	room -= left;
	if (send->text_at < send->text_len)
		return;
	if (send->fd >= 0) {
		if (room)
			loop_on(send->reader);
		else
			loop_off(send->reader);
		return;
	}
	if (send->enter && room) {
		send->enter = false;
		give(send, "\r", 1);
	}
	if (!send->enter && feed_empty(send->feed))
		stop(send, STATUS_OK);
}

static void taken(void *arg)
{
	struct send *send = arg;

	refill(send);
}

static void say_left(const struct send *send)
{
	uint64_t queued = feed_queued(send->feed);

	if (queued || send->given)
		msg_more("%" PRIu64 " bytes were taken; the rest was not sent.",
			 send->given - queued);
}

static void failed(int err, void *arg)
{
	struct send *send = arg;

	if (err == -ENODEV) {
		msg_error("cannot send to %s: %s", send->label,
			  guests_detached(send->src) ? "it was detached"
			  : send->src->no_past	     ? "its console was closed"
						     : "its VM is gone");
		stop(send, STATUS_GONE);
	} else {
		msg_error("cannot send to %s: %s", send->label, strerror(-err));
		stop(send, STATUS_FAILED);
	}
	say_left(send);
}

static const struct feed_ops feed_ops = {
	.taken = taken,
	.failed = failed,
};

static void on_input(void *arg)
{
	struct send *send = arg;
	char buf[16384];
	size_t room = QUEUE - feed_queued(send->feed);
	ssize_t n;

	n = read(send->fd, buf, room < sizeof(buf) ? room : sizeof(buf));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		msg_error("cannot read %s: %s", send->path, strerror(errno));
		say_left(send);
		stop(send, STATUS_FAILED);
		return;
	}
	if (!n) {
		loop_event_free(send->reader);
		send->reader = NULL;
		if (send->fd != STDIN_FILENO)
			close(send->fd);
		send->fd = -1;
	} else {
		give(send, buf, (size_t)n);
	}
	refill(send);
}

static void on_timeout(void *arg)
{
	struct send *send = arg;

	msg_error("%s did not take everything in time", send->label);
	say_left(send);
	stop(send, STATUS_TIMEOUT);
}

static int work(struct send *send, struct source *src)
{
	struct loop_event *timer;
	char key = (char)send->sysrq;
	int sig = 0;

	send->src = src;
	send->feed = feed_new(send->loop, src, QUEUE, &feed_ops, send);
	timer = loop_timer(send->loop, on_timeout, send);
	if (send->fd >= 0)
		send->reader = loop_reader(send->loop, send->fd, LOOP_DATA, on_input, send);
	if (!send->feed || !timer || source_join(src, send->loop) ||
	    (send->fd >= 0 && !send->reader) || loop_stop_on_signals(send->loop)) {
		msg_error("out of memory");
		send->status = STATUS_FAILED;
		goto out;
	}
	if (send->timeout_ms)
		loop_timer_set(timer, send->timeout_ms);
	if (send->send_break || send->sysrq)
		feed_break(send->feed);
	if (send->sysrq)
		give(send, &key, 1);
	refill(send);
	sig = loop_run(send->loop);
	if (sig > 0)
		say_left(send);
out:
	source_leave(src);
	loop_event_free(timer);
	loop_event_free(send->reader);
	feed_free(send->feed);
	if (sig > 0)
		return STATUS_SIGNAL + sig;
	return sig < 0 ? STATUS_FAILED : send->status;
}

/* The words with a blank between them, as echo does it. */
static char *join(char **words, int count)
{
	size_t size = 1;
	char *text;
	char *at;

	for (int i = 0; i < count; i++)
		size += strlen(words[i]) + 1;
	text = malloc(size);
	if (!text)
		return NULL;
	at = text;
	for (int i = 0; i < count; i++)
		at += sprintf(at, "%s%s", i ? " " : "", words[i]);
	*at = '\0';
	return text;
}

/* What is to be sent, from the arguments behind the guest. */
static int prepare(struct send *send, char **words, int count, bool escapes)
{
	bool input = count == 1 && !strcmp(words[0], "-");
	int what;

	what = !!send->path + (count > 0) + send->send_break + !!send->sysrq;
	if (what > 1)
		return cmd_usage(&cmd_send,
				 "one thing at a time: a text, --file, --break or --sysrq");
	if (!what && !send->enter)
		return cmd_usage(&cmd_send, "nothing to send");
	if (send->enter && (send->send_break || send->sysrq))
		return cmd_usage(&cmd_send, "--enter goes with a text or a file");
	if (send->many && (input || send->path))
		return cmd_usage(&cmd_send, "--all-matching goes with a text, a break or a key");
	if (escapes && (!count || input))
		return cmd_usage(&cmd_send, "--escapes goes with a text");

	if (input || (send->path && !strcmp(send->path, "-"))) {
		send->path = "standard input";
		send->fd = STDIN_FILENO;
	} else if (count) {
		send->text = join(words, count);
		if (!send->text) {
			msg_error("out of memory");
			return STATUS_FAILED;
		}
		send->text_len = strlen(send->text);
		if (escapes && !unescape(send->text, &send->text_len))
			return cmd_usage(&cmd_send, "the text has an escape that is none of C's");
	} else if (send->path) {
		send->fd = open(send->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (send->fd < 0) {
			msg_error("cannot open %s: %s", send->path, strerror(errno));
			return errno == EACCES ? STATUS_PERMISSION : STATUS_FAILED;
		}
	}
	return STATUS_OK;
}

static int to_guest(struct send *send, const char *spec)
{
	struct source_facts facts;
	struct source *src;
	int status;

	status = pick_open(spec, PICK_WRITE, &src, &facts);
	if (status)
		return status;
	guests_label(&facts, send->label);
	if (src->no_break && (send->send_break || send->sysrq)) {
		msg_error("cannot send a break to %s: its console carries none", send->label);
		source_close(src);
		return STATUS_USAGE;
	}
	send->loop = loop_new();
	if (send->loop) {
		status = work(send, src);
	} else {
		msg_error("out of memory");
		status = STATUS_FAILED;
	}
	loop_free(send->loop);
	source_close(src);
	return status;
}

/* Those that live, each by its number, so that nobody else is meant. */
static int to_all(const struct send *send, char *const *spec)
{
	struct guests guests;
	int result;

	result = pick_guests(&guests, spec, 1, PICK_LIVE, true);
	if (result)
		return result;
	for (size_t i = 0; i < guests.count && result < STATUS_SIGNAL; i++) {
		struct send one = *send;
		char number[SOURCE_NAME_SIZE + 16];
		int status;

		guests_number(&guests.all[i], number);
		status = to_guest(&one, number);
		if (status)
			result = status;
		else
			printf("%s: sent (port %s)\n", one.label, number);
	}
	guests_free(&guests);
	return cmd_flush(result);
}

static int run(int argc, char **argv)
{
	enum { FILE_ = 256, ENTER, BREAK, SYSRQ, ESCAPES, TIMEOUT, ALL };
	static const struct option options[] = {
		{ "file", required_argument, NULL, FILE_ },
		{ "enter", no_argument, NULL, ENTER },
		{ "break", no_argument, NULL, BREAK },
		{ "sysrq", required_argument, NULL, SYSRQ },
		{ "escapes", no_argument, NULL, ESCAPES },
		{ "timeout", required_argument, NULL, TIMEOUT },
		{ "all-matching", no_argument, NULL, ALL },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct send send = { .fd = -1 };
	bool escapes = false;
	int status;
	int c;

	/*
	 * No short options: in "send web1 ls -l" the -l is an error then, and
	 * never something else than what was meant.
	 */
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case FILE_:
			send.path = optarg;
			break;
		case ENTER:
			send.enter = true;
			break;
		case BREAK:
			send.send_break = true;
			break;
		case SYSRQ:
			if (optarg[0] <= ' ' || optarg[0] > '~' || optarg[1])
				return cmd_usage(&cmd_send, "--sysrq %s: not one key", optarg);
			send.sysrq = optarg[0];
			break;
		case ESCAPES:
			escapes = true;
			break;
		case TIMEOUT:
			if (!human_parse_seconds(optarg, &send.timeout_ms))
				return cmd_usage(&cmd_send, "--timeout %s: not a number of seconds",
						 optarg);
			break;
		case ALL:
			send.many = true;
			break;
		case 'h':
			return cmd_help(&cmd_send);
		default:
			msg_more("a text that begins with a dash goes behind --");
			return cmd_usage(&cmd_send, NULL);
		}
	}
	if (optind == argc)
		return cmd_usage(&cmd_send, "which guest?");
	status = prepare(&send, argv + optind + 1, argc - optind - 1, escapes);
	if (!status)
		status = send.many ? to_all(&send, argv + optind) : to_guest(&send, argv[optind]);
	free(send.text);
	if (send.fd > STDIN_FILENO)
		close(send.fd);
	return status;
}

const struct cmd cmd_send = {
	.name = "send",
	.args = "[--enter] [--escapes] [--timeout S] [--all-matching] GUEST TEXT... | --file F | - | --break | --sysrq KEY",
	.summary = "type a text or a file into a guest, or send a break",
	.help = "\n"
		"Ends when the guest's port has taken everything; it drops nothing, however long\n"
		"the guest takes. Words are sent with a blank between them and without a newline.\n"
		"A text that begins with a dash goes behind '--'.\n"
		"\n"
		"  -, --file F     standard input, or a file of any size, as it is\n"
		"  --enter         the Enter key (carriage return) behind it, or alone\n"
		"  --escapes       the text has escapes of C: \\n \\t \\e \\x1b \\033 ...\n"
		"  --break         a break\n"
		"  --sysrq KEY     a break and the key: a Linux guest's magic SysRq\n"
		"  --timeout S     give up after so many seconds\n"
		"  --all-matching  GUEST is a pattern, and all that it matches are meant, one after\n"
		"                  another; a line tells of each\n",
	.run = run,
	.hosts = CMD_HERE,
};
