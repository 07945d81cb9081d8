// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cmd/busy.h"
#include "cmd/cmd.h"
#include "source/drain.h"
#include "source/feed.h"
#include "source/words.h"
#include "guests/guests.h"
#include "guests/pick.h"
#include "base/loop.h"
#include "base/msg.h"
#include "base/output.h"

/* How many bytes of input wait here; the rest stays unread in the terminal. */
#define QUEUE 65536

/* How long to wait for the end of a guest's output after nothing could be sent any more. */
#define GONE_MS 1000

#define PATH_SIZE 128

struct pty {
	struct loop *loop;
	struct source *src;
	struct source_facts facts;
	char label[SOURCE_NAME_SIZE];
	int status;
	const char *link; /* NULL: none */
	bool spy;

	int master;
	int terminal; /* the other end, kept open because programs come and go */
	char path[PATH_SIZE];
	struct drain *drain;
	struct feed *feed; /* NULL: nothing can be sent */
	struct loop_event *keys;
	struct loop_event *end; /* the end of the output is late */
	bool gone;		/* nothing can be sent any more */
};

static void stop(struct pty *pty, int status)
{
	pty->status = status;
	loop_stop(pty->loop);
}

static void skipped(uint64_t count, void *arg)
{
	const struct pty *pty = arg;

	msg_error("skipped %" PRIu64 " bytes of %s: nobody read them from %s in time", count,
		  pty->label, pty->path);
}

static void blocked(int err, void *arg)
{
	char text[SOURCE_BLOCKED_SIZE];
	const struct pty *pty = arg;

	msg_error("%s", source_blocked_text(pty->label, err, text));
}

static void ended(enum drain_end how, int err, void *arg)
{
	char text[SOURCE_ENDED_SIZE];
	struct pty *pty = arg;

	if (how == DRAIN_DONE) {
		msg_error("%s", source_ended(pty->src, pty->label, text));
		stop(pty, STATUS_GONE);
		return;
	}
	msg_error("cannot %s %s: %s",
		  how == DRAIN_SOURCE_FAILED ? "read the output of" : "write to",
		  how == DRAIN_SOURCE_FAILED ? pty->label : pty->path, strerror(-err));
	stop(pty, STATUS_FAILED);
}

static const struct drain_ops drain_ops = {
	.skipped = skipped,
	.blocked = blocked,
	.end = ended,
};

/* Nothing more is sent, or there would be a gap in it. */
static void give_up(struct pty *pty, int err)
{
	msg_error("cannot send to %s: %s", pty->label, strerror(-err));
	stop(pty, cmd_unsent(err));
}

static void on_keys(void *arg)
{
	struct pty *pty = arg;
	char keys[4096];
	size_t room = pty->gone ? QUEUE : QUEUE - feed_queued(pty->feed);
	ssize_t n;
	int err;

	if (!room) {
		loop_off(pty->keys);
		return;
	}
	n = read(pty->master, keys, room < sizeof(keys) ? room : sizeof(keys));
	if (n > 0 && pty->gone)
		return;
	if (n > 0) {
		err = feed_bytes(pty->feed, keys, (size_t)n);
		if (err)
			give_up(pty, err);
	} else if (!n || (errno != EAGAIN && errno != EINTR)) {
		loop_off(pty->keys);
	}
}

static void taken(void *arg)
{
	struct pty *pty = arg;

	loop_on(pty->keys);
}

static void make_feed(struct pty *pty);

/* The guest prints on, so its end does not come: discard input, so that no program blocks. */
static void on_end_late(void *arg)
{
	struct pty *pty = arg;

	msg_error("cannot send to %s any more: what is typed at %s goes nowhere", pty->label,
		  pty->path);
	loop_on(pty->keys);
}

static void failed(int err, void *arg)
{
	struct pty *pty = arg;

	loop_off(pty->keys);
	/* Most likely the output ends as well: wait for that. */
	pty->gone = err == -ENODEV;
	if (pty->gone) {
		loop_timer_set(pty->end, GONE_MS);
		return;
	}
	/* The host will be there again; what was lost has been reported. */
	if (err == -ECONNRESET) {
		make_feed(pty);
		if (pty->feed)
			loop_on(pty->keys);
		else
			give_up(pty, -ENOMEM);
		return;
	}
	if (err == -EBUSY) {
		busy_say(pty->src, pty->label, "send to", true);
		stop(pty, cmd_unsent(err));
		return;
	}
	give_up(pty, err);
}

static const struct feed_ops feed_ops = {
	.taken = taken,
	.failed = failed,
};

static void make_feed(struct pty *pty)
{
	feed_free(pty->feed);
	pty->feed = feed_new(pty->loop, pty->src, QUEUE, &feed_ops, pty);
}

/* Makes a raw terminal, so that bytes pass as they are even before a program has set it up. */
static bool open_terminal(struct pty *pty)
{
	struct termios raw;

	pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (pty->master >= 0 && !grantpt(pty->master) && !unlockpt(pty->master) &&
	    !ptsname_r(pty->master, pty->path, sizeof(pty->path)))
		pty->terminal = open(pty->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (pty->terminal < 0 || tcgetattr(pty->terminal, &raw)) {
		msg_error("cannot make a terminal: %s", strerror(errno));
		return false;
	}
	cfmakeraw(&raw);
	tcsetattr(pty->terminal, TCSANOW, &raw);
	return true;
}

/* Whether it is a link to a pseudo terminal, such as a killed command leaves behind. */
static bool is_left(const char *link)
{
	static const char dir[] = "/dev/pts/";
	char target[PATH_SIZE];
	ssize_t len = readlink(link, target, sizeof(target));

	return len > (ssize_t)strlen(dir) && !strncmp(target, dir, strlen(dir));
}

static bool make_link(const struct pty *pty)
{
	if (!pty->link)
		return true;
	if (is_left(pty->link))
		unlink(pty->link);
	if (!symlink(pty->path, pty->link))
		return true;
	msg_error("cannot make the link %s: %s", pty->link, strerror(errno));
	return false;
}

/* Removes the link unless another command has replaced it. */
static void remove_link(const struct pty *pty)
{
	char target[PATH_SIZE];
	ssize_t len;

	if (!pty->link)
		return;
	len = readlink(pty->link, target, sizeof(target));
	if (len == (ssize_t)strlen(pty->path) && !memcmp(target, pty->path, (size_t)len))
		unlink(pty->link);
}

/* If a signal interrupts this, loop_run() returns at once. */
static int print_path(const struct pty *pty)
{
	struct output out;
	char line[PATH_SIZE + 1];
	int err;

	output_open(&out, STDOUT_FILENO);
	err = output_all(&out, pty->loop, line,
			 (size_t)snprintf(line, sizeof(line), "%s\n", pty->path));
	output_close(&out);
	if (!err || err == -EINTR)
		return STATUS_OK;
	msg_error("cannot write to standard output: %s", strerror(-err));
	return STATUS_FAILED;
}

static int work(struct pty *pty)
{
	int sig = 0;

	pty->drain = drain_new(pty->loop, pty->src, pty->facts.tx_newest, UINT64_MAX, pty->master,
			       &drain_ops, pty);
	pty->keys = loop_reader(pty->loop, pty->master, LOOP_KEYS, on_keys, pty);
	if (!pty->spy)
		make_feed(pty);
	pty->end = loop_timer(pty->loop, on_end_late, pty);
	if (!pty->drain || !pty->keys || !pty->end || (!pty->feed && !pty->spy) ||
	    source_join(pty->src, pty->loop) || loop_stop_on_signals(pty->loop)) {
		msg_error("out of memory");
		pty->status = STATUS_FAILED;
	} else if (!make_link(pty)) {
		pty->status = STATUS_FAILED;
	} else {
		if (pty->feed)
			loop_on(pty->keys);
		pty->status = print_path(pty);
		if (!pty->status)
			sig = loop_run(pty->loop);
		remove_link(pty);
	}
	source_leave(pty->src);
	loop_event_free(pty->keys);
	loop_event_free(pty->end);
	feed_free(pty->feed);
	drain_free(pty->drain);
	return status_after(sig, pty->status);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "link", required_argument, NULL, 'l' },
		{ "spy", no_argument, NULL, 's' },
		{ "take", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct pty pty = { .master = -1, .terminal = -1 };
	bool take = false;
	int status;
	int err;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'l':
			if (!cmd_has_name(&cmd_pty, "--link", optarg))
				return STATUS_USAGE;
			pty.link = optarg;
			break;
		case 's':
			pty.spy = true;
			break;
		case 't':
			take = true;
			break;
		case 'h':
			return cmd_help(&cmd_pty);
		default:
			return cmd_usage(&cmd_pty, NULL);
		}
	}
	if (pty.spy && take)
		return cmd_usage(&cmd_pty, "--spy and --take do not go together");
	if (argc - optind != 1)
		return cmd_usage(&cmd_pty, "give one guest");
	status = pick_open(argv[optind], pty.spy ? PICK_READ : PICK_WRITE, &pty.src, &pty.facts);
	if (status)
		return status;
	guests_label(&pty.facts, pty.label);
	status = STATUS_FAILED;
	pty.loop = loop_new();
	if (!pty.loop)
		msg_error("out of memory");
	else if ((err = source_seek(pty.src, pty.facts.tx_newest)))
		msg_error("cannot read the output of %s: %s", pty.label, strerror(-err));
	else if ((!take || busy_take(pty.src, pty.label)) && open_terminal(&pty))
		status = work(&pty);
	if (pty.terminal >= 0)
		close(pty.terminal);
	if (pty.master >= 0)
		close(pty.master);
	loop_free(pty.loop);
	source_close(pty.src);
	return status;
}

const struct cmd cmd_pty = {
	.name = "pty",
	.args = "[--link PATH] [--spy | --take] GUEST",
	.summary = "give a guest's console a terminal for minicom, picocom, screen",
	.help = "\n"
		"Prints the path of the terminal, and passes bytes between it and the guest until the\n"
		"VM is gone or the command is interrupted. Programs can open and close it as they\n"
		"like. Speed and parity have no effect. A break that a program sends there cannot be\n"
		"seen: 'kpl011 send --break GUEST' sends one.\n"
		"\n"
		"  --link PATH   make a symbolic link to the terminal, and remove it at the end\n"
		"  --spy         send nothing\n"
		"  --take        take the input from its holder, and hold it until the end\n",
	.run = run,
	.hosts = CMD_HERE,
};
