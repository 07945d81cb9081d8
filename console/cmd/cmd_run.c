// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd/attach_args.h"
#include "cmd/cmd.h"
#include "cmd/console.h"
#include "cmd/escape.h"
#include "guests/attach.h"
#include "guests/guests.h"
#include "base/clock.h"
#include "base/human.h"
#include "base/msg.h"
#include "qemu/qemu_args.h"
#include "qemu/qemu_child.h"
#include "qemu/qemu_output.h"
#include "qemu/qmp.h"
#include "source/holder.h"
#include "source/source_port.h"

/* How long QEMU may take to start: the default and the maximum. */
#define START_MS 60000
#define START_MS_MAX (24 * 3600 * 1000)

/* How long to wait for the end of a QEMU that has closed its monitor. */
#define LAST_WORDS_MS 2000

struct run {
	struct attach_options opts;
	bool chosen; /* the operator has set some of @opts */
	bool console;
	int escape;
	uint64_t start_ms;
	char **argv;   /* of QEMU */
	bool stays;    /* it has -S: do not start the guest */
	bool incoming; /* it has -incoming */

	int control;
	int signals; /* a signalfd of the blocked signals */
	sigset_t before;
	struct qemu_child child;
	struct qmp *qmp;
	uint64_t until;
	struct attach_result port;
};

/* Checks QEMU's command line before it is started. */
static int look_at(struct run *run)
{
	static const char *const refused[] = { "daemonize", "preconfig" };

	for (char **arg = run->argv; *arg; arg++) {
		size_t len = strlen(*arg) + 1;

		for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
			if (qemu_args_has(*arg, len, refused[i]))
				return cmd_usage(
					&cmd_run,
					"QEMU's %s does not go with run, which waits for QEMU's "
					"end; use 'kpl011 attach'",
					*arg);
		run->stays |= qemu_args_has(*arg, len, "S");
		run->incoming |= qemu_args_has(*arg, len, "incoming");
	}
	return STATUS_OK;
}

/* The number of a signal that came, or 0. @typed: the kernel sent it, as for Ctrl-C. */
static int next_signal(struct run *run, bool *typed)
{
	struct signalfd_siginfo info;

	if (read(run->signals, &info, sizeof(info)) != sizeof(info))
		return 0;
	*typed = info.ssi_code > 0;
	return (int)info.ssi_signo;
}

static bool hold_signals(struct run *run)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	run->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (run->signals < 0) {
		msg_error("cannot wait for signals: %s", strerror(errno));
		return false;
	}
	sigprocmask(SIG_BLOCK, &set, &run->before);
	return true;
}

static const char *program(const struct run *run)
{
	const char *slash = strrchr(run->argv[0], '/');

	return slash ? slash + 1 : run->argv[0];
}

static const char *label(const struct run *run)
{
	return run->port.name[0] ? run->port.name : program(run);
}

/* Ends QEMU before its guest has run. Returns @status. */
static int give_up(struct run *run, int status)
{
	qmp_close(run->qmp);
	run->qmp = NULL;
	qemu_child_end(&run->child);
	qemu_child_wait(&run->child);
	return status;
}

static void tell_output(struct run *run)
{
	if (run->child.output >= 0)
		qemu_output_tell(run->child.output);
}

/* Handles a failure of QEMU's monitor: @err is a negative errno, @reason its text. */
static int monitor_failed(struct run *run, int err, const char *reason)
{
	bool typed;
	int status;
	int sig;

	if (err == -ECANCELED) {
		sig = next_signal(run, &typed);
		return give_up(run, STATUS_SIGNAL + sig);
	}
	qmp_close(run->qmp);
	run->qmp = NULL;
	if ((err == -ECONNRESET || err == -EPIPE) && qemu_child_ends(&run->child, LAST_WORDS_MS)) {
		status = qemu_child_wait(&run->child);
		tell_output(run);
		if (status > STATUS_SIGNAL)
			msg_error("%s was ended by signal %d (%s) before its guest began",
				  label(run), status - STATUS_SIGNAL,
				  strsignal(status - STATUS_SIGNAL));
		else
			msg_error("%s ended with exit status %d before its guest began", label(run),
				  status);
		return status ? status : STATUS_FAILED;
	}
	tell_output(run);
	if (err == -ETIMEDOUT) {
		msg_error("cannot run %s: it was not ready in %llu s, and was ended", label(run),
			  (unsigned long long)run->start_ms / 1000);
		msg_more("It has to be a QEMU, or a program that passes its arguments and "
			 "descriptors on to one. A slow one needs --timeout.");
		return give_up(run, STATUS_TIMEOUT);
	}
	msg_error("cannot run %s: its monitor: %s", label(run), reason);
	return give_up(run, STATUS_FAILED);
}

/* Waits until QEMU's main loop answers: then the VM exists, and its vCPUs are stopped. */
static int wait_until_there(struct run *run)
{
	char reason[QMP_REASON_SIZE];
	int err;

	err = qemu_child_greeted(&run->child, run->signals, run->until);
	if (err)
		return monitor_failed(run, err, strerror(-err));
	run->qmp = qmp_adopt(run->child.monitor, run->signals, run->until, reason);
	err = errno;
	run->child.monitor = -1;
	return run->qmp ? STATUS_OK : monitor_failed(run, -err, reason);
}

/* Detaches and reaps the port of a guest that never ran. */
static void forget_port(const struct run *run)
{
	struct source *src;

	port_detach(run->port.id);
	if (port_open(run->port.id, true, &src))
		return;
	source_reap(src);
	source_close(src);
}

static int attach(struct run *run)
{
	int status;

	status = attach_process(run->control, run->child.qemu, &run->opts, &run->port);
	/* The daemon or 'kpl011 watch' was quicker. The guest has done nothing yet. */
	if (status == STATUS_ATTACHED && run->port.known && !run->chosen)
		status = STATUS_OK;
	if (status == STATUS_ATTACHED && run->port.known) {
		forget_port(run);
		status = attach_process(run->control, run->child.qemu, &run->opts, &run->port);
	}
	if (status) {
		msg_error("cannot run %s: %s", label(run), run->port.reason);
		if (run->port.advice[0])
			msg_more("%s", run->port.advice);
		return give_up(run, status);
	}
	return STATUS_OK;
}

/* QEMU's run state, such as "running", "prelaunch" or "inmigrate"; empty if it is not known. */
static void run_state(struct run *run, char state[32])
{
	char reason[QMP_REASON_SIZE];
	json_t *value = NULL;
	const char *text;

	state[0] = '\0';
	if (qmp_execute(run->qmp, "query-status", NULL, run->until, &value, reason))
		return;
	text = json_string_value(json_object_get(value, "status"));
	snprintf(state, 32, "%s", text ? text : "");
	json_decref(value);
}

static int let_go(struct run *run)
{
	char reason[QMP_REASON_SIZE];
	char path[PORT_PATH_SIZE];
	char state[32];
	int status;
	int err;

	if (run->incoming) {
		run_state(run, state);
		if (strcmp(state, "inmigrate") && strcmp(state, "prelaunch"))
			msg_error("%s was migrated in before it was attached: use -incoming defer",
				  label(run));
	} else if (!run->stays) {
		err = qmp_execute(run->qmp, "cont", NULL, run->until, NULL, reason);
		if (err) {
			status = monitor_failed(run, err, reason);
			forget_port(run);
			return status;
		}
	}
	qmp_close(run->qmp);
	run->qmp = NULL;
	msg_error("%s: attached, %s%s", run->port.name, port_path(run->port.id, path),
		  run->stays ? "; it is stopped, as -S says" : "");
	return STATUS_OK;
}

/* Waits for the end of QEMU, and passes signals on to it. */
static int wait_for_end(struct run *run)
{
	struct pollfd pfds[] = {
		{ .fd = run->child.pidfd, .events = POLLIN },
		{ .fd = run->signals, .events = POLLIN },
		{ .fd = run->child.output, .events = POLLIN },
	};
	bool typed;
	int sig;

	while (!pfds[0].revents) {
		if (poll(pfds, 3, -1) < 0)
			continue;
		if (pfds[2].revents && !qemu_output_tell(run->child.output))
			pfds[2].fd = -1;
		sig = pfds[1].revents ? next_signal(run, &typed) : 0;
		/* The terminal's signals reach QEMU, unless --console gave it its own group. */
		if (sig && (run->console || !typed))
			qemu_child_signal(&run->child, sig);
	}
	tell_output(run);
	return qemu_child_wait(&run->child);
}

static void converse(struct run *run)
{
	char number[16];
	struct console_request request = {
		.guest = number,
		.escape = run->escape,
		.output = run->child.output,
		.stop = run->signals,
		.release_ms = HOLDER_RELEASE * 1000,
	};
	int status;

	snprintf(number, sizeof(number), "%u", run->port.id);
	status = console_open(&request);
	/* The console's terminal was closed. */
	if (status == STATUS_SIGNAL + SIGHUP)
		qemu_child_signal(&run->child, SIGHUP);
	if (!request.left || qemu_child_ends(&run->child, 0))
		return;
	msg_error("%s continues; Ctrl-C ends it", label(run));
	msg_more("Its console, from elsewhere: kpl011 console %u", run->port.id);
}

static int start(struct run *run)
{
	int status;
	int err;

	err = qemu_child_start(run->argv, run->console, !run->stays && !run->incoming, &run->before,
			       &run->child);
	if (err) {
		msg_error("cannot start %s: %s", run->argv[0], strerror(-err));
		return err == -EACCES ? STATUS_PERMISSION : STATUS_FAILED;
	}
	run->until = clock_ms() + run->start_ms;
	status = wait_until_there(run);
	if (!status)
		status = attach(run);
	if (!status)
		status = let_go(run);
	if (!status && run->console)
		converse(run);
	if (!status)
		status = wait_for_end(run);
	qemu_child_free(&run->child);
	return status;
}

static int run_qemu(struct run *run)
{
	int status;

	run->control = port_control_open();
	if (run->control < 0)
		return guests_no_module(-run->control);
	status = STATUS_FAILED;
	if (hold_signals(run)) {
		status = start(run);
		close(run->signals);
		sigprocmask(SIG_SETMASK, &run->before, NULL);
	}
	close(run->control);
	return status;
}

static int run(int argc, char **argv)
{
	enum { TIMEOUT = 256 };
	static const struct option options[] = {
		ATTACH_ARGS_TABLE,
		{ "console", no_argument, NULL, 'c' },
		{ "escape", required_argument, NULL, 'e' },
		{ "timeout", required_argument, NULL, TIMEOUT },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct run run = { .escape = CONSOLE_ESCAPE, .start_ms = START_MS };
	int status;
	int c;

	attach_defaults(&run.opts);
	while ((c = getopt_long(argc, argv, "+ce:h", options, NULL)) != -1) {
		if (attach_arg(&cmd_run, c, optarg, &run.opts, &status)) {
			if (status)
				return status;
			run.chosen = true;
			continue;
		}
		switch (c) {
		case 'c':
			run.console = true;
			break;
		case 'e':
			if (!escape_parse(optarg, &run.escape))
				return cmd_usage(&cmd_run,
						 "-e %s: not a key like ^A, a character, or none",
						 optarg);
			break;
		case TIMEOUT:
			if (!human_parse_seconds(optarg, &run.start_ms) ||
			    run.start_ms > START_MS_MAX)
				return cmd_usage(
					&cmd_run,
					"--timeout %s: not a number of seconds above 0, up to a day",
					optarg);
			break;
		case 'h':
			return cmd_help(&cmd_run);
		default:
			return cmd_usage(&cmd_run, NULL);
		}
	}
	if (run.escape != CONSOLE_ESCAPE && !run.console)
		return cmd_usage(&cmd_run, "-e goes with --console");
	if (optind == argc)
		return cmd_usage(&cmd_run, "which QEMU? give its command line after --");
	run.argv = argv + optind;
	status = look_at(&run);
	return status ? status : run_qemu(&run);
}

const struct cmd cmd_run = {
	.name = "run",
	.args = ATTACH_ARGS_USAGE " [--timeout S] [--console [-e KEY]] -- QEMU [OPTION...]",
	.summary = "start a QEMU whose guest has a port from its first instruction on",
	.help = "\n"
		"Starts QEMU with its vCPUs stopped, gives its VM a port, and then starts the guest.\n"
		"The exit status is that of QEMU. If QEMU does not start, or its VM cannot be\n"
		"attached, run ends QEMU before the guest has run, and the exit status says why.\n"
		"Signals are passed on to QEMU.\n"
		"\n"
		"run appends -S and a monitor of its own to QEMU's command line. If that has -S or\n"
		"-incoming itself, the guest is attached and left as it is. QEMU may be started by\n"
		"another program, such as taskset.\n"
		"\n" ATTACH_ARGS_HELP
		"  --timeout S    how many seconds QEMU may take to start (60)\n"
		"  -c, --console  talk to the guest here; what QEMU prints is reported line by line,\n"
		"                 and it has no standard input. Leaving the console leaves the guest\n"
		"                 running; then Ctrl-C ends QEMU\n"
		"  -e, --escape KEY\n"
		"                 the escape key of the console\n",
	.run = run,
};
