// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives every VM a port, as KVM announces it.
 *
 * KVM sends its event just before the new VM's descriptor is there to be
 * found, so a VM that is not found is looked for again, a few milliseconds
 * later, on a timer of its own. QEMU makes other VMs for a moment to ask KVM
 * something; they come after the real one, whose descriptor is the lowest, and
 * are answered with EEXIST.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "attach.h"
#include "cmd.h"
#include "guests.h"
#include "loop.h"
#include "match.h"
#include "msg.h"
#include "source_port.h"
#include "uevent.h"
#include "vmfind.h"

#define RETRY_FIRST_MS 2
#define RETRY_MAX_MS 100
#define RETRY_TOTAL_MS 2000

/* Messages of the kernel in one turn. */
#define EVENTS_PER_TURN 64

struct watch;

/* A VM that was announced and is not attached yet. */
struct attempt {
	struct watch *watch;
	struct attempt *next;
	pid_t pid;
	uint64_t since_ms;
	uint64_t delay_ms;
	bool announced; /* else found by looking, and maybe no VM */
	struct loop_event *timer;
};

/* A port whose end is waited for. */
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
	struct attach_options opts;
	const char *glob;
	bool new_only;
	bool once;
	int control;
	int uevents;
	struct loop_event *reader;
	struct attempt *attempts;
	struct port_watch *ports;
	int status;
};

static void tell(struct watch *watch, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* One line on stdout, at once. */
static void tell(struct watch *watch, const char *fmt, ...)
{
	char clean[1024];
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	msg_clean(clean, sizeof(clean), text);
	printf("%s\n", clean);
	if (!fflush(stdout))
		return;
	if (errno == EPIPE) {
		watch->status = STATUS_SIGNAL + SIGPIPE;
	} else if (!watch->status) {
		msg_error("cannot write to standard output: %s", strerror(errno));
		watch->status = STATUS_FAILED;
	}
	loop_stop(watch->loop);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
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
	     guests_detached(port->src) ? "detached" : "gone", port->id);
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
	msg_error("cannot watch %s (port %u), its end will not be told: %s", name, id,
		  strerror(-err));
}

static void forget_attempt(struct attempt *attempt)
{
	struct attempt **link = &attempt->watch->attempts;

	while (*link != attempt)
		link = &(*link)->next;
	*link = attempt->next;
	loop_event_free(attempt->timer);
	free(attempt);
}

static void attached(struct watch *watch, pid_t pid, const struct attach_result *result,
		     bool before)
{
	char path[PORT_PATH_SIZE];

	if (is_watched(watch, result->id))
		return;
	tell(watch, "%s: attached%s, %s (process %d)", result->name, before ? " before" : "",
	     port_path(result->id, path), (int)pid);
	if (!watch->once)
		watch_port(watch, result->id, result->name);
}

static void refused(struct watch *watch, pid_t pid, const struct attach_result *result, int status)
{
	if (result->name[0])
		tell(watch, "%s: refused, %s", result->name, result->reason);
	else
		tell(watch, "process %d: refused, %s", (int)pid, result->reason);
	if (watch->once)
		watch->status = status;
}

/* Tries once; false: not yet. */
static bool try_attach(struct watch *watch, const struct attempt *attempt)
{
	bool late = now_ms() - attempt->since_ms >= RETRY_TOTAL_MS;
	char name[SOURCE_NAME_SIZE] = "";
	struct attach_result result;
	enum status status;

	if (!attach_name(attempt->pid, &watch->opts, name) && watch->glob &&
	    !match_glob(watch->glob, name))
		return true;
	status = attach_process(watch->control, attempt->pid, &watch->opts, &result);
	switch (status) {
	case STATUS_OK:
		attached(watch, attempt->pid, &result, false);
		return true;
	case STATUS_ATTACHED:
		if (result.known)
			attached(watch, attempt->pid, &result, true);
		else
			refused(watch, attempt->pid, &result, status);
		return true;
	case STATUS_NO_VM:
	case STATUS_NO_GUEST:
		if (!attempt->announced)
			return true;
		if (status == STATUS_NO_VM && !late)
			return false;
		/* A VM that was made to ask KVM something, most likely. */
		if (name[0])
			tell(watch, "%s: gone before it could be attached", name);
		else
			tell(watch, "process %d: gone before it could be attached",
			     (int)attempt->pid);
		return true;
	default:
		refused(watch, attempt->pid, &result, status);
		return true;
	}
}

static void on_retry(void *arg)
{
	struct attempt *attempt = arg;

	if (try_attach(attempt->watch, attempt)) {
		forget_attempt(attempt);
		return;
	}
	if (attempt->delay_ms < RETRY_MAX_MS)
		attempt->delay_ms *= 2;
	loop_timer_set(attempt->timer, attempt->delay_ms);
}

static void announced(struct watch *watch, pid_t pid)
{
	struct attempt *attempt;

	for (attempt = watch->attempts; attempt; attempt = attempt->next) {
		if (attempt->pid == pid) {
			attempt->since_ms = now_ms();
			attempt->delay_ms = RETRY_FIRST_MS;
			return;
		}
	}
	attempt = calloc(1, sizeof(*attempt));
	if (attempt)
		attempt->timer = loop_timer(watch->loop, on_retry, attempt);
	if (!attempt || !attempt->timer) {
		free(attempt);
		msg_error("cannot attach the VM of process %d: out of memory", (int)pid);
		return;
	}
	attempt->watch = watch;
	attempt->pid = pid;
	attempt->since_ms = now_ms();
	attempt->delay_ms = RETRY_FIRST_MS;
	attempt->announced = true;
	attempt->next = watch->attempts;
	watch->attempts = attempt;
	/* At once, but after the events that are here already. */
	loop_timer_set(attempt->timer, 0);
}

static int scan_process(pid_t pid, void *arg)
{
	struct watch *watch = arg;
	struct attempt attempt = { .watch = watch, .pid = pid, .since_ms = now_ms() };

	/* What one may not look into is not known to be a VM. */
	if (vmfind_has_vm(pid) == 1)
		try_attach(watch, &attempt);
	return 0;
}

static void scan(struct watch *watch)
{
	int err = vmfind_each(scan_process, watch);

	if (err)
		msg_error("cannot look for running VMs in /proc: %s", strerror(-err));
}

static void on_uevent(void *arg)
{
	struct watch *watch = arg;
	pid_t pid;
	int ret;

	for (int i = 0; i < EVENTS_PER_TURN; i++) {
		ret = uevent_read(watch->uevents, &pid);
		if (ret == -EAGAIN)
			return;
		if (ret == -ENOBUFS) {
			msg_error(
				"the kernel's events came too fast and some were lost: looking at every process");
			scan(watch);
		} else if (ret < 0) {
			msg_error("cannot receive the kernel's events: %s", strerror(-ret));
			watch->status = STATUS_FAILED;
			loop_stop(watch->loop);
			return;
		} else if (ret) {
			announced(watch, pid);
		}
	}
}

/* A descriptor for each guest. */
static void allow_many_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int follow(struct watch *watch)
{
	int sig;

	/* First, so that no VM falls between looking and listening. */
	watch->uevents = uevent_open();
	if (watch->uevents < 0) {
		msg_error("cannot listen to the kernel's events: %s", strerror(-watch->uevents));
		return STATUS_FAILED;
	}
	watch->reader = loop_reader(watch->loop, watch->uevents, LOOP_KEYS, on_uevent, watch);
	if (!watch->reader || loop_stop_on_signals(watch->loop)) {
		msg_error("out of memory");
		watch->status = STATUS_FAILED;
		goto out;
	}
	loop_on(watch->reader);
	if (!watch->new_only)
		scan(watch);
	sig = loop_run(watch->loop);
	if (sig)
		watch->status = sig > 0 ? STATUS_SIGNAL + sig : STATUS_FAILED;
out:
	while (watch->attempts)
		forget_attempt(watch->attempts);
	while (watch->ports)
		forget_port(watch->ports);
	loop_event_free(watch->reader);
	close(watch->uevents);
	return watch->status;
}

static int start(struct watch *watch)
{
	int status;

	watch->control = port_control_open();
	if (watch->control < 0)
		return guests_no_module(-watch->control);
	allow_many_files();
	watch->loop = loop_new();
	if (!watch->loop) {
		msg_error("out of memory");
		status = STATUS_FAILED;
	} else if (watch->once) {
		scan(watch);
		status = watch->status;
	} else {
		status = follow(watch);
	}
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
	struct watch watch = { .control = -1, .uevents = -1 };
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
	return start(&watch);
}

const struct cmd cmd_watch = {
	.name = "watch",
	.args = "[--name GLOB] [--new-only | --once]",
	.summary = "give every VM a port, as it starts",
	.help = "\n"
		"Attaches the VMs that run, then each new one as KVM announces it, where QEMU's\n"
		"virt machine has its first UART. A line tells of each one that is attached, was\n"
		"refused, detached, or is gone. As root it attaches the VMs of all users.\n"
		"\n"
		"  --name GLOB   only VMs whose name matches the pattern\n"
		"  --new-only    not those that run already\n"
		"  --once        only those that run already, then end; the exit code is that\n"
		"                of the last one that was refused\n",
	.run = run,
};
