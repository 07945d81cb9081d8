// SPDX-License-Identifier: GPL-2.0-only
/* Gives every VM a port, and prints a line for each. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guests/attach.h"
#include "cmd/cmd.h"
#include "guests/guests.h"
#include "base/loop.h"
#include "base/msg.h"
#include "base/output.h"
#include "source/source_port.h"
#include "source/words.h"
#include "guests/watcher.h"

struct watch;

/* A port whose end will be reported. */
struct port_watch {
	struct watch *watch;
	struct port_watch *next;
	struct source *src;
	struct loop_event *hangup;
	uint32_t id;
	char name[SOURCE_NAME_SIZE];
};

struct watch {
	struct loop *loop;
	struct output out;
	struct attach_options opts;
	const char *glob;
	bool new_only;
	bool once;
	int control;
	struct watcher *watcher;
	struct port_watch *ports;
	int status;
};

static void tell(struct watch *watch, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints one line on stdout, at once. */
static void tell(struct watch *watch, const char *fmt, ...)
{
	char clean[1024];
	char line[1024 + 1];
	char text[1024];
	size_t len;
	va_list ap;
	int err;

	/* A signal has ended the loop: do not wait for the reader again. */
	if (loop_stopped(watch->loop))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	msg_clean(clean, sizeof(clean), text);
	len = (size_t)snprintf(line, sizeof(line), "%s\n", clean);
	err = output_all(&watch->out, watch->loop, line, len);
	if (!err || err == -EINTR)
		return;
	if (err == -EPIPE) {
		watch->status = STATUS_SIGNAL + SIGPIPE;
	} else if (!watch->status) {
		msg_error("cannot write to standard output: %s", strerror(-err));
		watch->status = STATUS_FAILED;
	}
	loop_stop(watch->loop);
}

static void forget_port(struct port_watch *port)
{
	struct port_watch **link = &port->watch->ports;

	while (*link != port)
		link = &(*link)->next;
	*link = port->next;
	loop_event_free(port->hangup);
	source_close(port->src);
	free(port);
}

static void on_gone(void *arg)
{
	struct port_watch *port = arg;

	tell(port->watch, "%s: %s; its last output: kpl011 log %u", port->name,
	     source_detached(port->src) ? "detached" : "gone", port->id);
	forget_port(port);
}

static bool is_watched(const struct watch *watch, uint32_t id)
{
	for (const struct port_watch *port = watch->ports; port; port = port->next)
		if (port->id == id)
			return true;
	return false;
}

static void watch_port(struct watch *watch, uint32_t id, const char *name)
{
	struct port_watch *port = calloc(1, sizeof(*port));
	int err = -ENOMEM;

	if (!port)
		goto failed;
	port->watch = watch;
	port->id = id;
	snprintf(port->name, sizeof(port->name), "%s", name);
	err = port_open(id, false, &port->src);
	if (err)
		goto failed;
	port->hangup = loop_hangup(watch->loop, port->src->fd, on_gone, port);
	if (!port->hangup) {
		err = -ENOMEM;
		source_close(port->src);
		goto failed;
	}
	port->next = watch->ports;
	watch->ports = port;
	return;

failed:
	free(port);
	msg_error("cannot watch %s (port %u), its end will not be reported: %s", name, id,
		  strerror(-err));
}

static void attached(pid_t pid, const struct attach_result *result, bool before, void *arg)
{
	struct watch *watch = arg;
	char path[PORT_PATH_SIZE];

	if (is_watched(watch, result->id))
		return;
	tell(watch, "%s: attached%s, %s (process %d)", result->name, before ? " before" : "",
	     port_path(result->id, path), (int)pid);
	if (!watch->once)
		watch_port(watch, result->id, result->name);
}

static void refused(pid_t pid, const struct attach_result *result, enum status status, void *arg)
{
	struct watch *watch = arg;

	if (result->name[0])
		tell(watch, "%s: refused, %s", result->name, result->reason);
	else
		tell(watch, "process %d: refused, %s", (int)pid, result->reason);
	if (watch->once)
		watch->status = (int)status;
}

static void vanished(pid_t pid, const char *name, void *arg)
{
	struct watch *watch = arg;

	if (name[0])
		tell(watch, "%s: gone before it could be attached", name);
	else
		tell(watch, "process %d: gone before it could be attached", (int)pid);
}

static void scan(struct watch *watch)
{
	int err = watcher_scan_now(watch->watcher);

	if (!err)
		return;
	msg_error("cannot look for running VMs in /proc: %s", strerror(-err));
	/* Without --once it continues with VMs that start. */
	if (watch->once)
		watch->status = STATUS_FAILED;
}

static void failed(int err, void *arg)
{
	struct watch *watch = arg;

	if (err == -ENOBUFS) {
		msg_error(
			"the kernel's events came too fast and some were lost: looking at every process");
		scan(watch);
		return;
	}
	msg_error("cannot receive the kernel's events: %s", strerror(-err));
	watch->status = STATUS_FAILED;
	loop_stop(watch->loop);
}

static const struct watcher_ops watcher_ops = {
	.attached = attached,
	.refused = refused,
	.vanished = vanished,
	.failed = failed,
};

/* Runs until it is interrupted; keeps a descriptor open for each guest. */
static int follow(struct watch *watch)
{
	int sig;

	if (loop_stop_on_signals(watch->loop)) {
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	if (!watch->new_only)
		scan(watch);
	sig = loop_run(watch->loop);
	while (watch->ports)
		forget_port(watch->ports);
	return status_after(sig, watch->status);
}

static int start(struct watch *watch)
{
	int status = STATUS_FAILED;
	int err = -ENOMEM;

	watch->control = port_control_open();
	if (watch->control < 0)
		return guests_no_module(-watch->control);
	loop_allow_many();
	watch->loop = loop_new();
	/* Listen before scanning, so that no VM starts unnoticed in between. */
	if (watch->loop)
		err = watcher_new(watch->loop, watch->control, &watch->opts, watch->glob,
				  &watcher_ops, watch, &watch->watcher);
	if (err == -ENOMEM) {
		msg_error("out of memory");
	} else if (err) {
		msg_error("cannot listen to the kernel's events: %s", strerror(-err));
	} else if (watch->once) {
		scan(watch);
		status = watch->status;
	} else {
		status = follow(watch);
	}
	watcher_free(watch->watcher);
	loop_free(watch->loop);
	close(watch->control);
	return status;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "new-only", no_argument, NULL, 'N' },
		{ "once", no_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct watch watch = { .control = -1 };
	int status;
	int c;

	attach_defaults(&watch.opts);
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'n':
			watch.glob = optarg;
			break;
		case 'N':
			watch.new_only = true;
			break;
		case 'o':
			watch.once = true;
			break;
		case 'h':
			return cmd_help(&cmd_watch);
		default:
			return cmd_usage(&cmd_watch, NULL);
		}
	}
	if (optind != argc)
		return cmd_usage(&cmd_watch, "takes no arguments: '%s'", argv[optind]);
	if (watch.once && watch.new_only)
		return cmd_usage(&cmd_watch, "--once and --new-only leave nothing to do");
	output_open(&watch.out, STDOUT_FILENO);
	status = start(&watch);
	output_close(&watch.out);
	return status;
}

const struct cmd cmd_watch = {
	.name = "watch",
	.args = "[--name GLOB] [--new-only | --once]",
	.summary = "give every VM a port, as it starts",
	.help = "\n"
		"Attaches the VMs that run, and then each new one as KVM announces it, where QEMU's\n"
		"virt machine has its first UART. Prints a line for each VM that is attached,\n"
		"refused, detached, or gone. As root it attaches the VMs of all users. For other\n"
		"addresses, more history, or logs, use 'kpl011 daemon'.\n"
		"\n"
		"  --name GLOB   attach only VMs whose name matches the pattern\n"
		"  --new-only    do not attach VMs that run already\n"
		"  --once        attach only VMs that run already, and end; the exit status is that\n"
		"                of the last one that was refused, or 1 if /proc cannot be searched\n",
	.run = run,
};
