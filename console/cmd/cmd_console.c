// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/console.h"
#include "source/drain.h"
#include "ui/escape.h"
#include "ui/feed.h"
#include "guests/guests.h"
#include "guests/pick.h"
#include "base/human.h"
#include "base/loop.h"
#include "base/msg.h"
#include "base/note.h"
#include "base/output.h"
#include "qemu/qemu_output.h"
#include "remote/hosts.h"
#include "source/tail.h"
#include "base/term.h"
#include "text/vtscan.h"

/* History that is shown unless asked otherwise. */
#define HISTORY 65536

/* Input waits up to here; what is not read stays where it comes from. */
#define QUEUE 65536

/*
 * A guest that takes nothing must not lock its operator in: the escape key is
 * behind the rest of a paste. After so long more of it is read, up to a limit.
 */
#define STALL_MS 2000
#define STALL_QUEUE (8 * 1024 * 1024)

/* Time for an answer when standard input has ended and is no terminal. */
#define LINGER_MS 500

struct console {
	struct loop *loop;
	struct source *src;
	struct source_facts facts;
	char label[SOURCE_NAME_SIZE];
	int status;

	/* The guest's output. */
	struct output out;
	struct drain *drain;
	struct vtscan scan;
	bool screen; /* stdout is a terminal */
	struct notes notes;
	bool history;
	bool has_lines;
	uint64_t lines;

	/* The operator's keys. */
	struct feed *feed; /* NULL: nothing can be sent */
	struct escape escape;
	char escape_name[ESCAPE_NAME_SIZE];
	struct loop_event *keys;
	struct loop_event *suspend;
	struct loop_event *resume;
	struct loop_event *stall;
	struct loop_event *linger;
	bool keyboard; /* stdin is a terminal */
	bool spy;
	bool stalled;
	bool input_ended;
	bool left; /* by the escape key */

	/* Of the command that has opened it, or -1. */
	int output;
	int stop;
	struct qemu_output *told;
	struct loop_event *stopped;
};

static void leave(struct console *con, int status)
{
	con->status = status;
	loop_stop(con->loop);
}

static void help(struct console *con)
{
	const char *esc = con->escape_name;

	note(&con->notes, "behind %s:", esc);
	note_more(&con->notes, "q d .   leave");
	if (con->feed) {
		note_more(&con->notes, "b       send a break");
		note_more(&con->notes, "s KEY   send a break and KEY: a Linux guest's magic SysRq");
		note_more(&con->notes, "%-7s send %s itself", esc, esc);
	}
	note_more(&con->notes, "z       suspend kpl011");
	note_more(&con->notes, "? h     this help");
}

/* Guest to operator. */

static void skipped(uint64_t count, void *arg)
{
	struct console *con = arg;

	note(&con->notes, "skipped %" PRIu64 " bytes", count);
}

static void ended(enum drain_end how, int err, void *arg)
{
	struct console *con = arg;

	switch (how) {
	case DRAIN_DONE:
		leave(con, STATUS_GONE);
		return;
	case DRAIN_SOURCE_FAILED:
		term_restore();
		msg_error("cannot read the output of %s: %s", con->label, strerror(-err));
		leave(con, STATUS_FAILED);
		return;
	case DRAIN_OUTPUT_FAILED:
		if (err == -EPIPE) {
			leave(con, STATUS_SIGNAL + SIGPIPE);
			return;
		}
		term_restore();
		msg_error("cannot write the output of %s: %s", con->label, strerror(-err));
		leave(con, STATUS_FAILED);
		return;
	}
}

static size_t filter(uint64_t pos, const unsigned char *in, size_t len, unsigned char *out,
		     void *arg)
{
	struct console *con = arg;
	size_t old = 0;
	size_t n;

	if (!con->screen) {
		memcpy(out, in, len);
		return len;
	}
	if (pos < con->facts.tx_newest) {
		old = len;
		if (con->facts.tx_newest - pos < len)
			old = (size_t)(con->facts.tx_newest - pos);
	}
	n = vtscan_bytes(&con->scan, true, in, old, out);
	return n + vtscan_bytes(&con->scan, false, in + old, len - old, out + n);
}

static const struct drain_ops drain_ops = {
	.skipped = skipped,
	.end = ended,
	.filter = filter,
};

_Static_assert(DRAIN_FILTER_ROOM >= VTSCAN_HELD, "the filter has room");

/* Operator to guest. */

static size_t queue_limit(const struct console *con)
{
	return con->stalled ? STALL_QUEUE : QUEUE;
}

/* Reads keys while there is room for them. */
static void gate(struct console *con)
{
	size_t queued = con->feed ? feed_queued(con->feed) : 0;

	if (con->stalled && queued < QUEUE)
		con->stalled = false;
	if (con->input_ended)
		return;
	if (queued < queue_limit(con)) {
		loop_on(con->keys);
		return;
	}
	loop_off(con->keys);
	if (con->keyboard && !con->stalled)
		loop_timer_set(con->stall, STALL_MS);
}

static void on_stall(void *arg)
{
	struct console *con = arg;
	size_t queued = con->feed ? feed_queued(con->feed) : 0;

	if (queued < QUEUE || con->stalled)
		return;
	con->stalled = true;
	note(&con->notes, "%s takes no input; %zu KiB wait for it", con->label, queued / 1024);
	gate(con);
}

static void taken(void *arg)
{
	struct console *con = arg;

	gate(con);
	if (con->input_ended && feed_empty(con->feed))
		loop_timer_set(con->linger, LINGER_MS);
}

static void make_feed(struct console *con);

static void failed(int err, void *arg)
{
	struct console *con = arg;

	/* The end of the output comes, too, and is waited for. */
	if (err != -ENODEV)
		note(&con->notes, "cannot send to %s: %s", con->label, strerror(-err));
	/* What is typed when the host is there again is sent; the rest of a paste is not. */
	if (err == -ECONNRESET)
		make_feed(con);
}

static const struct feed_ops feed_ops = {
	.taken = taken,
	.failed = failed,
};

static void make_feed(struct console *con)
{
	feed_free(con->feed);
	con->feed = feed_new(con->loop, con->src, STALL_QUEUE, &feed_ops, con);
}

static void on_linger(void *arg)
{
	leave(arg, STATUS_OK);
}

static void send_bytes(struct console *con, const unsigned char *bytes, size_t len)
{
	if (con->feed && len)
		feed_bytes(con->feed, bytes, len);
}

static void send_break(struct console *con, const unsigned char *key)
{
	if (!con->feed)
		note(&con->notes, "this console only watches");
	else if (!feed_break(con->feed))
		note(&con->notes, "too many breaks wait for %s", con->label);
	else if (key)
		send_bytes(con, key, 1);
}

static void keys_typed(struct console *con, const unsigned char *in, size_t len)
{
	unsigned char plain[4096];
	unsigned char byte;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		enum escape_act act = escape_step(&con->escape, in[i], &byte);

		if (act == ESCAPE_ACT_SEND) {
			plain[n++] = byte;
			continue;
		}
		if (act == ESCAPE_ACT_WAIT)
			continue;
		/* In order: what was typed before it goes first. */
		send_bytes(con, plain, n);
		n = 0;
		switch (act) {
		case ESCAPE_ACT_LEAVE:
			con->left = true;
			leave(con, STATUS_OK);
			return;
		case ESCAPE_ACT_BREAK:
			send_break(con, NULL);
			break;
		case ESCAPE_ACT_SYSRQ:
			send_break(con, &byte);
			break;
		case ESCAPE_ACT_HELP:
			help(con);
			break;
		case ESCAPE_ACT_SUSPEND:
			/* The whole pipeline, as a terminal's Ctrl-Z does. */
			kill(0, SIGTSTP);
			break;
		case ESCAPE_ACT_UNKNOWN:
			note(&con->notes, "%s %s means nothing, %s ? lists what does",
			     con->escape_name, escape_name(byte, (char[ESCAPE_NAME_SIZE]){ 0 }),
			     con->escape_name);
			break;
		case ESCAPE_ACT_SEND:
		case ESCAPE_ACT_WAIT:
			break;
		}
	}
	send_bytes(con, plain, n);
}

static void on_keys(void *arg)
{
	struct console *con = arg;
	size_t queued = con->feed ? feed_queued(con->feed) : 0;
	size_t room = queue_limit(con) - queued;
	unsigned char buf[4096];
	ssize_t n;

	n = read(STDIN_FILENO, buf, room < sizeof(buf) ? room : sizeof(buf));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		keys_typed(con, buf, (size_t)n);
		/* Also what was typed just before it leaves. */
		if (con->feed)
			feed_flush(con->feed);
		gate(con);
		return;
	}
	if (n < 0 && errno != EIO) {
		note(&con->notes, "cannot read standard input: %s", strerror(errno));
		leave(con, STATUS_FAILED);
		return;
	}
	con->input_ended = true;
	loop_off(con->keys);
	/* A terminal ends when it is closed. */
	if (con->keyboard)
		leave(con, STATUS_SIGNAL + SIGHUP);
	else if (!con->feed || feed_empty(con->feed))
		loop_timer_set(con->linger, LINGER_MS);
}

/* The operator's terminal. */

static void undo_screen(struct console *con)
{
	char undo[VTSCAN_UNDO_SIZE];

	if (!con->screen)
		return;
	vtscan_undo(&con->scan, undo);
	/* A terminal that takes nothing cannot be helped. */
	(void)!write(con->out.fd, undo, strlen(undo));
}

static void on_suspend(int sig, void *arg)
{
	struct console *con = arg;

	undo_screen(con);
	term_restore();
	/* Without a handler: the shell's job control does what it always does. */
	loop_event_free(con->suspend);
	kill(getpid(), sig);
	con->suspend = loop_signal(con->loop, SIGTSTP, on_suspend, con);
	term_again();
}

static void on_resume(int sig, void *arg)
{
	struct console *con = arg;

	(void)sig;
	/* After SIGSTOP, of which nothing was heard, the shell has changed it. */
	if (con->keyboard)
		term_again();
}

static void host_says(const char *text, void *arg)
{
	struct console *con = arg;

	note(&con->notes, "%s", text);
}

static const struct remote_ops host_ops = {
	.say = host_says,
};

static void on_stop(void *arg)
{
	leave(arg, STATUS_OK);
}

/* What the command has that opened the console. */
static bool make_outer(struct console *con)
{
	if (con->output >= 0) {
		con->told = qemu_output_new(con->loop, con->output, &con->notes);
		if (!con->told)
			return false;
	}
	if (con->stop < 0)
		return true;
	con->stopped = loop_reader(con->loop, con->stop, LOOP_KEYS, on_stop, con);
	if (con->stopped)
		loop_on(con->stopped);
	return con->stopped;
}

static bool make_events(struct console *con)
{
	con->drain = drain_new(con->loop, con->src, con->facts.tx_oldest, UINT64_MAX, con->out.fd,
			       &drain_ops, con);
	if (con->screen && isatty(STDERR_FILENO))
		con->notes.among = con->drain;
	hosts_set_ops(&host_ops, con);
	if (!con->spy && con->facts.live)
		make_feed(con);
	con->keys = loop_reader(con->loop, STDIN_FILENO, LOOP_KEYS, on_keys, con);
	con->stall = loop_timer(con->loop, on_stall, con);
	con->linger = loop_timer(con->loop, on_linger, con);
	if (con->keyboard) {
		con->suspend = loop_signal(con->loop, SIGTSTP, on_suspend, con);
		con->resume = loop_signal(con->loop, SIGCONT, on_resume, con);
	}
	return !source_join(con->src, con->loop) && con->drain && con->keys && con->stall &&
	       con->linger && (con->feed || con->spy || !con->facts.live) &&
	       (!con->keyboard || (con->suspend && con->resume)) && make_outer(con) &&
	       !loop_stop_on_signals(con->loop);
}

static void free_events(struct console *con)
{
	hosts_set_ops(NULL, NULL);
	source_leave(con->src);
	con->notes.among = NULL;
	qemu_output_free(con->told);
	loop_event_free(con->stopped);
	loop_event_free(con->resume);
	loop_event_free(con->suspend);
	loop_event_free(con->linger);
	loop_event_free(con->stall);
	loop_event_free(con->keys);
	feed_free(con->feed);
	drain_free(con->drain);
}

/* Where to begin, and the source is there. */
static int find_start(struct console *con)
{
	uint64_t pos = con->facts.tx_newest;
	int err = 0;

	if (con->has_lines)
		err = tail_lines(con->src, &con->facts, con->lines, &pos);
	else if (con->history)
		err = tail_bytes(con->src, &con->facts, HISTORY, &pos);
	if (!err)
		err = source_seek(con->src, pos);
	if (err) {
		msg_error("cannot read the output of %s: %s", con->label, strerror(-err));
		return STATUS_FAILED;
	}
	/* From here on what is missing counts. */
	con->facts.tx_oldest = pos;
	return STATUS_OK;
}

static void say_connected(const struct console *con)
{
	const char *how = con->spy ? " to watch" : "";

	if (con->escape.key == ESCAPE_NONE)
		msg_error("Connected to %s (port %u)%s. There is no escape.", con->label,
			  con->facts.id, how);
	else
		msg_error("Connected to %s (port %u)%s. Escape is %s; %s ? for help.", con->label,
			  con->facts.id, how, con->escape_name, con->escape_name);
}

static void say_goodbye(const struct console *con, size_t unsent)
{
	/* The guest's cursor is anywhere in its line. */
	if (con->notes.among)
		(void)!write(STDERR_FILENO, "\r\n", 2);
	if (con->status == STATUS_GONE)
		msg_error(guests_detached(con->src) ? "%s was detached" : "the VM of %s is gone",
			  con->label);
	else
		msg_error("left %s", con->label);
	if (unsent)
		msg_more("%zu bytes of input were not sent: the guest did not take them.", unsent);
}

static int converse(struct console *con)
{
	size_t unsent;
	int sig = 0;
	int err = 0;

	output_open(&con->out, STDOUT_FILENO);
	say_connected(con);
	if (con->keyboard)
		err = term_raw(STDIN_FILENO, con->screen ? STDOUT_FILENO : -1);
	if (err) {
		msg_error("cannot set up the terminal: %s", strerror(-err));
		con->status = STATUS_FAILED;
	} else if (!make_events(con)) {
		term_restore();
		msg_error("out of memory");
		con->status = STATUS_FAILED;
	} else {
		gate(con);
		sig = loop_run(con->loop);
		undo_screen(con);
		/*
		 * Keys that were meant for a guest which is no more are not for
		 * the shell.
		 */
		if (con->keyboard && !con->left)
			term_discard_input();
		term_restore();
		unsent = con->feed ? feed_queued(con->feed) : 0;
		say_goodbye(con, unsent);
	}
	free_events(con);
	output_close(&con->out);
	if (sig > 0)
		return STATUS_SIGNAL + sig;
	return sig < 0 ? STATUS_FAILED : con->status;
}

static int connect_to(struct console *con, const char *spec)
{
	int status;

	/* The dead can be looked at, but not be talked to. */
	status = pick_open(spec, false, &con->src, &con->facts);
	if (status)
		return status;
	if (con->facts.live && !con->spy) {
		source_close(con->src);
		status = guests_open(&con->facts, true, &con->src);
		if (status)
			return status;
	}
	guests_label(&con->facts, con->label);
	status = find_start(con);
	if (!status) {
		con->loop = loop_new();
		if (con->loop) {
			status = converse(con);
		} else {
			msg_error("out of memory");
			status = STATUS_FAILED;
		}
		loop_free(con->loop);
	}
	source_close(con->src);
	return status;
}

static void init(struct console *con)
{
	*con = (struct console){ .history = true, .output = -1, .stop = -1 };
	con->keyboard = isatty(STDIN_FILENO);
	con->screen = isatty(STDOUT_FILENO);
	vtscan_init(&con->scan);
}

/* A file or a pipe may hold any byte. */
static int default_escape(const struct console *con)
{
	return con->keyboard ? ESCAPE_DEFAULT : ESCAPE_NONE;
}

static void set_escape(struct console *con, int key)
{
	escape_init(&con->escape, key);
	escape_name(key, con->escape_name);
}

int console_open(struct console_request *request)
{
	struct console con;
	char number[16];
	int status;

	init(&con);
	con.output = request->output;
	con.stop = request->stop;
	set_escape(&con,
		   request->escape == CONSOLE_ESCAPE ? default_escape(&con) : request->escape);
	snprintf(number, sizeof(number), "%u", request->id);
	status = connect_to(&con, number);
	request->left = con.left;
	return status;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "escape", required_argument, NULL, 'e' },
		{ "lines", required_argument, NULL, 'n' },
		{ "no-history", no_argument, NULL, 'N' },
		{ "spy", no_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct console con;
	int key;
	int c;

	init(&con);
	key = default_escape(&con);
	while ((c = getopt_long(argc, argv, "e:n:h", options, NULL)) != -1) {
		switch (c) {
		case 'e':
			if (!escape_parse(optarg, &key))
				return cmd_usage(&cmd_console,
						 "-e %s: not a key like ^A, a character, or none",
						 optarg);
			break;
		case 'n':
			if (!human_parse(optarg, 0, UINT64_MAX, &con.lines))
				return cmd_usage(&cmd_console, "-n %s: not a number of lines",
						 optarg);
			con.has_lines = true;
			break;
		case 'N':
			con.history = false;
			break;
		case 's':
			con.spy = true;
			break;
		case 'h':
			return cmd_help(&cmd_console);
		default:
			return cmd_usage(&cmd_console, NULL);
		}
	}
	if (con.has_lines && !con.history)
		return cmd_usage(&cmd_console, "-n and --no-history do not go together");
	if (argc - optind != 1)
		return cmd_usage(&cmd_console, "give one guest");
	set_escape(&con, key);
	return connect_to(&con, argv[optind]);
}

const struct cmd cmd_console = {
	.name = "console",
	.args = "[-e KEY] [-n LINES | --no-history] [--spy] GUEST",
	.summary = "talk to a guest",
	.help = "\n"
		"Shows the last 64 KiB that the guest has sent and then goes on; keys go to the\n"
		"guest as they are. Behind the escape key, Ctrl-] unless set otherwise:\n"
		"\n"
		"  q d .   leave                     b       send a break\n"
		"  z       suspend kpl011            s KEY   send a break and KEY (SysRq)\n"
		"  ?       list these                Ctrl-]  send the escape key itself\n"
		"\n"
		"If standard input is no terminal, it is sent as it is, without an escape key;\n"
		"half a second after its end was taken the command leaves. The exit code is 7\n"
		"when it ends because the VM is gone. A dead guest's last output is shown.\n"
		"\n"
		"  -e, --escape KEY   the escape key: ^A to ^_, a character, or none\n"
		"  -n, --lines N      show the last N lines at first\n"
		"      --no-history   show none\n"
		"      --spy          watch only; keys are not sent\n",
	.run = run,
	.hosts = CMD_HERE,
};
