// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/daemon.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/msg.h"
#include "daemon/decide.h"
#include "daemon/portwatch.h"
#include "daemon/recorders.h"
#include "daemon/selfreport.h"
#include "daemon/sdnotify.h"
#include "daemon/usersums.h"
#include "daemon/where.h"
#include "guests/vmfind.h"
#include "guests/watcher.h"
#include "source/source_port.h"

/*
 * A reload that has not ended after RELOAD_MAX_NS does not keep the next one from beginning.
 * Between two reloads others are served for as long as the last one took, at most
 * RELOAD_PAUSE_NS.
 */
#define RELOAD_MAX_NS ((uint64_t)10000 * 1000000)
#define RELOAD_PAUSE_NS ((uint64_t)1000 * 1000000)

/* How long READY=1 may wait for VMs that run and have no port yet. */
#define READY_WAITS_NS ((uint64_t)2000 * 1000000)

/* While nobody reads messages, they are tried again after this time. */
#define TELL_MISSED_MS 1000

/* Attaches of a user's VMs within a short time that are printed one by one. */
#define ATTACHED_ALONE 10

struct daemon {
	const struct daemon_options *options;
	struct policy policy;
	struct recorders recorders;
	struct loop *loop;
	struct watcher *watcher;
	struct portwatch *portwatch;
	bool started;	/* all ports that exist were looked at */
	bool no_module; /* the module is not loaded, which was printed */
	bool scanning;	/* looking for VMs that run */
	uint64_t scan_ns;
	bool to_tell; /* READY=1 is to be sent */
	bool wanted;  /* a reload is wanted */
	bool reloading;
	uint64_t reload_ns;	/* when the reload began */
	uint64_t not_before_ns; /* the next reload must not begin before */
	struct loop_event *reload;
	struct {
		pid_t pid;
		uid_t uid;
	} chosen; /* the last process to be attached; it may be gone by now */
	struct loop_event *watchdog;
	struct loop_event *reporting;
	struct loop_event *telling; /* to print how many messages were missed */
	bool news;		    /* something began to fail since the last report began */
	struct loop_event *signals[6];
	enum status status;
};

static void scan_vms(struct daemon *daemon)
{
	int err = watcher_scan(daemon->watcher);

	daemon->scanning = !err;
	daemon->recorders.failing.scan = err;
	daemon->scan_ns = clock_ns();
	if (err)
		msg_error("cannot look for running VMs in /proc: %s", strerror(-err));
}

static int appeared(uint32_t id, void *arg)
{
	struct daemon *daemon = arg;

	return recorders_add(&daemon->recorders, id);
}

static void gone(uint32_t id, void *arg)
{
	struct daemon *daemon = arg;

	recorders_gone(&daemon->recorders, id);
}

static void missed_ports(void *arg)
{
	struct daemon *daemon = arg;

	recorders_missed(&daemon->recorders);
}

static void looking(void *arg)
{
	struct daemon *daemon = arg;

	recorders_hold(&daemon->recorders);
}

static void unseen(int64_t id, int err, void *arg)
{
	struct daemon *daemon = arg;

	daemon->recorders.failing.port = err;
	if (!err)
		msg_error("all ports can be looked at again");
	else if (id < 0 && err == ENOSPC)
		msg_error(
			"%s cannot be watched, as this user has as many watches as fs.inotify.max_user_watches allows: new ports are found some seconds late; it is tried again",
			port_dir());
	else if (id < 0)
		msg_error(
			"%s cannot be looked through, and ports in it are not logged: %s; it is tried again",
			port_dir(), strerror(err));
	else
		msg_error("port %" PRId64
			  " cannot be looked at, and is not logged: %s; it is tried again",
			  id, strerror(err));
}

static void scanned(void *arg)
{
	struct daemon *daemon = arg;

	/* VMs that have ports already are known by now. */
	if (!daemon->started)
		scan_vms(daemon);
	daemon->started = true;
	recorders_all_there(&daemon->recorders);
}

static void module(void *arg)
{
	struct daemon *daemon = arg;

	if (daemon->no_module)
		msg_error("the kernel module kpl011 is loaded now");
	daemon->no_module = false;
	daemon->recorders.failing.module = false;
	scan_vms(daemon);
}

static const struct portwatch_ops portwatch_ops = {
	.appeared = appeared,
	.gone = gone,
	.missed = missed_ports,
	.looking = looking,
	.scanned = scanned,
	.unseen = unseen,
	.module = module,
};

static bool choose(pid_t pid, const char *name, struct attach_options *opts, void *arg)
{
	struct daemon *daemon = arg;
	struct policy_decision decision;
	struct vm_process process;

	if (vmfind_process(pid, &process))
		return true;
	daemon->chosen.pid = pid;
	daemon->chosen.uid = process.uid;
	decide_process(&daemon->policy, pid, name, process.uid, &decision);
	opts->gpa = decision.value[POLICY_GPA];
	opts->intid = (uint32_t)decision.value[POLICY_INTID];
	opts->ring_size = (uint32_t)decision.value[POLICY_HISTORY];
	opts->strict = decision.value[POLICY_STRICT];
	opts->page = decision.value[POLICY_PAGE];
	return decision.value[POLICY_ATTACH] && !recorders_have(&daemon->recorders, pid, opts->gpa);
}

/*
 * Users can create VMs as often as they like. True: the message is to be printed now, as one of
 * the first @alone; else it is counted.
 */
static bool is_told(const struct daemon *daemon, pid_t pid, const char *name, const char *cause,
		    unsigned int alone)
{
	struct vm_process process = { .uid = daemon->chosen.uid };
	char object[SOURCE_NAME_SIZE + 32];

	if (pid != daemon->chosen.pid && vmfind_process(pid, &process))
		process.uid = daemon->chosen.uid;
	snprintf(object, sizeof(object), "%s (process %d)", name, (int)pid);
	return usersums_add_some(daemon->recorders.shared.dir.told, process.uid, cause, object, 0,
				 alone);
}

static void attached(pid_t pid, const struct attach_result *result, bool before, void *arg)
{
	struct daemon *daemon = arg;
	char path[PORT_PATH_SIZE];

	if (!before && is_told(daemon, pid, result->name, "attached", ATTACHED_ALONE))
		msg_error("%s: attached, %s (process %d)", result->name,
			  port_path(result->id, path), (int)pid);
	appeared(result->id, daemon);
}

static void refused(pid_t pid, const struct attach_result *result, enum status status, void *arg)
{
	const char *name = result->name[0] ? result->name : "a VM";
	char cause[sizeof(result->reason) + 16];
	struct daemon *daemon = arg;

	if (status == STATUS_NO_MODULE) {
		if (!daemon->no_module)
			msg_error("no guest can be attached: %s; waiting for it", result->reason);
		daemon->no_module = true;
		daemon->recorders.failing.module = true;
		return;
	}
	snprintf(cause, sizeof(cause), "refused, %s", result->reason);
	if (!is_told(daemon, pid, name, cause, 1))
		return;
	msg_error("%s (process %d): %s", name, (int)pid, cause);
	if (result->advice[0])
		msg_more("%s", result->advice);
}

static void no_events(int err, void *arg)
{
	struct daemon *daemon = arg;

	if (err == -ENOBUFS) {
		scan_vms(daemon);
		return;
	}
	msg_error("cannot receive the kernel's events: %s", strerror(-err));
	daemon->status = STATUS_FAILED;
	loop_stop(daemon->loop);
}

static void reload_in_turn(struct daemon *daemon)
{
	uint64_t now = clock_ns();
	uint64_t then = daemon->not_before_ns;

	if (!daemon->wanted)
		return;
	if (daemon->reloading)
		then = daemon->reload_ns + RELOAD_MAX_NS;
	loop_timer_set(daemon->reload, then > now ? (then - now) / 1000000 : 0);
}

static void reloaded(struct daemon *daemon)
{
	uint64_t now = clock_ns();
	uint64_t took = now - daemon->reload_ns;

	if (!daemon->reloading)
		return;
	daemon->reloading = false;
	daemon->not_before_ns = now + (took < RELOAD_PAUSE_NS ? took : RELOAD_PAUSE_NS);
	reload_in_turn(daemon);
}

/* A user with many processes can make the search for VMs slow: others do not wait for that. */
static void tell_ready(struct daemon *daemon)
{
	if (!daemon->to_tell ||
	    (daemon->scanning && !clock_passed(daemon->scan_ns, READY_WAITS_NS)))
		return;
	daemon->to_tell = false;
	sdnotify(SDNOTIFY_MUST, "READY=1");
	loop_timer_set(daemon->reporting, 0);
	reloaded(daemon);
}

static void vms_scanned(bool through, void *arg)
{
	struct daemon *daemon = arg;

	daemon->scanning = !through;
	tell_ready(daemon);
}

static const struct watcher_ops watcher_ops = {
	.choose = choose,
	.attached = attached,
	.refused = refused,
	.failed = no_events,
	.scanned = vms_scanned,
};

static void on_stop(int sig, void *arg)
{
	struct daemon *daemon = arg;

	(void)sig;
	sdnotify(SDNOTIFY_MUST, "STOPPING=1");
	loop_stop(daemon->loop);
}

static void reload(void *arg)
{
	struct daemon *daemon = arg;
	struct policy policy;

	daemon->wanted = false;
	daemon->reloading = true;
	daemon->reload_ns = clock_ns();
	sdnotify(SDNOTIFY_MUST, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, clock_ns() / 1000);
	if (decide_load(daemon->options->config, &policy)) {
		msg_error("the policy stays as it was");
		daemon->recorders.failing.policy = true;
	} else {
		if (strcmp(policy.directory, daemon->policy.directory))
			msg_error("another directory for logs is used only after a restart");
		policy_free(&daemon->policy);
		daemon->policy = policy;
		msg_error("the policy was read again");
		daemon->recorders.failing.policy = false;
		decide_say_never(daemon->options->config, &daemon->policy);
		scan_vms(daemon);
		recorders_decide(&daemon->recorders);
		return;
	}
	sdnotify(SDNOTIFY_MUST, "READY=1");
	loop_timer_set(daemon->reporting, 0);
	reloaded(daemon);
}

/*
 * Reloads run one after the other, however often they are asked for, and others are served
 * between.
 */
static void on_reload(int sig, void *arg)
{
	struct daemon *daemon = arg;

	(void)sig;
	daemon->wanted = true;
	reload_in_turn(daemon);
}

static void ready(void *arg)
{
	struct daemon *daemon = arg;

	daemon->to_tell = true;
	tell_ready(daemon);
}

static void on_rotate(int sig, void *arg)
{
	struct daemon *daemon = arg;

	(void)sig;
	recorders_rotate(&daemon->recorders);
}

static void on_watchdog(void *arg)
{
	struct daemon *daemon = arg;

	sdnotify(SDNOTIFY_MUST, "WATCHDOG=1");
	loop_timer_set(daemon->watchdog, sdnotify_watchdog());
}

static void on_report(void *arg)
{
	struct daemon *daemon = arg;

	uint64_t later = daemon->policy.metrics[0] ? REPORT_METRICS_MS : REPORT_EVERY_MS;
	bool more;

	/* A report that begins now may miss what fails from now on. */
	if (!daemon->recorders.report)
		daemon->news = false;
	more = report_write(&daemon->recorders) || daemon->recorders.report_again;
	daemon->recorders.report_again = false;
	if (more)
		later = 0;
	else if (daemon->news)
		later = REPORT_NEWS_MS;
	loop_timer_set(daemon->reporting, later);
}

/* Waits a little, as many may fail one after the other. */
static void on_news(void *arg)
{
	struct daemon *daemon = arg;

	if (!daemon->news && !daemon->recorders.report && !daemon->to_tell)
		loop_timer_set(daemon->reporting, REPORT_NEWS_MS);
	daemon->news = true;
}

static void on_telling(void *arg)
{
	struct daemon *daemon = arg;

	if (msg_tell_missed())
		loop_timer_set(daemon->telling, TELL_MISSED_MS);
}

static void missed(void *arg)
{
	struct daemon *daemon = arg;

	if (daemon->telling)
		loop_timer_set(daemon->telling, TELL_MISSED_MS);
}

static bool make_events(struct daemon *daemon)
{
	static const struct {
		int sig;
		loop_signal_cb *cb;
	} signals[] = {
		{ SIGTERM, on_stop },  { SIGINT, on_stop },    { SIGQUIT, on_stop },
		{ SIGHUP, on_reload }, { SIGUSR1, on_rotate },
	};

	daemon->watchdog = loop_timer(daemon->loop, on_watchdog, daemon);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		daemon->signals[i] =
			loop_signal(daemon->loop, signals[i].sig, signals[i].cb, daemon);
		if (!daemon->signals[i])
			return false;
		/*
		 * These can come without end: they get the priority of guests' output, so that
		 * more urgent events go first.
		 */
		if (signals[i].cb == on_stop)
			continue;
		loop_off(daemon->signals[i]);
		loop_set_priority(daemon->signals[i], LOOP_DATA);
		loop_on(daemon->signals[i]);
	}
	daemon->reporting = loop_timer(daemon->loop, on_report, daemon);
	daemon->reload = loop_timer(daemon->loop, reload, daemon);
	daemon->telling = loop_timer(daemon->loop, on_telling, daemon);
	return daemon->watchdog && daemon->reporting && daemon->reload && daemon->telling &&
	       sdnotify_begin(daemon->loop);
}

static void free_events(struct daemon *daemon)
{
	for (size_t i = 0; i < sizeof(daemon->signals) / sizeof(daemon->signals[0]); i++)
		loop_event_free(daemon->signals[i]);
	loop_event_free(daemon->watchdog);
	loop_event_free(daemon->reporting);
	loop_event_free(daemon->reload);
	sdnotify_end();
	loop_event_free(daemon->telling);
	daemon->telling = NULL;
}

static void follow(struct daemon *daemon)
{
	daemon->recorders.ready = ready;
	daemon->recorders.ready_arg = daemon;
	daemon->recorders.shared.news = on_news;
	daemon->recorders.shared.news_arg = daemon;
	portwatch_scan(daemon->portwatch);
	if (sdnotify_watchdog())
		on_watchdog(daemon);
	if (loop_run(daemon->loop) < 0)
		daemon->status = STATUS_FAILED;
	report_write_last(&daemon->recorders);
}

static enum status say_no_memory(void)
{
	msg_error("out of memory");
	return STATUS_FAILED;
}

static enum status make_watchers(struct daemon *daemon)
{
	struct attach_options opts;
	int err;

	attach_defaults(&opts);
	err = watcher_new(daemon->loop, -1, &opts, NULL, &watcher_ops, daemon, &daemon->watcher);
	if (err) {
		msg_error("cannot listen to the kernel's events: %s", strerror(-err));
		return STATUS_FAILED;
	}
	err = portwatch_new(daemon->loop, &portwatch_ops, daemon, &daemon->portwatch);
	if (err) {
		msg_error("cannot watch %s: %s", port_dir(), strerror(-err));
		return STATUS_FAILED;
	}
	return STATUS_OK;
}

static enum status run(struct daemon *daemon, const char *path)
{
	enum status status;

	if (!make_events(daemon))
		return say_no_memory();
	status = recorders_open(&daemon->recorders, daemon->loop, &daemon->policy, path);
	if (!status)
		status = make_watchers(daemon);
	if (status)
		return status;
	follow(daemon);
	return daemon->status;
}

enum status daemon_run(const struct daemon_options *options)
{
	struct daemon daemon = { .options = options };
	char path[PATH_MAX];
	enum status status;

	status = decide_load(options->config, &daemon.policy);
	if (status)
		return status;
	if (!where_logs_are(options, &daemon.policy, path)) {
		msg_error("cannot tell where the logs are to be: give --directory");
		policy_free(&daemon.policy);
		return STATUS_FAILED;
	}
	decide_say_never(options->config, &daemon.policy);
	loop_allow_many();
	umask(0027);
	signal(SIGXFSZ, SIG_IGN);
	msg_never_wait(missed, &daemon);
	daemon.loop = loop_new_of_many();
	status = daemon.loop ? run(&daemon, path) : say_no_memory();
	portwatch_free(daemon.portwatch);
	watcher_free(daemon.watcher);
	recorders_close(&daemon.recorders);
	free_events(&daemon);
	loop_free(daemon.loop);
	policy_free(&daemon.policy);
	msg_tell_missed();
	msg_never_wait(NULL, NULL);
	return status;
}
