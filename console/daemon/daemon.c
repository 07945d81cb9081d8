// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/daemon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/human.h"
#include "base/loop.h"
#include "base/msg.h"
#include "base/xdg.h"
#include "daemon/decide.h"
#include "daemon/journal.h"
#include "daemon/portwatch.h"
#include "daemon/recorder.h"
#include "daemon/sdnotify.h"
#include "guests/vmfind.h"
#include "guests/watcher.h"
#include "source/source_port.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define LOGS "/var/log/kpl011"

#define BROKEN_RETRY_MS 5000
#define DIR_RETRY_MS 1000

struct daemon {
	const struct daemon_options *options;
	struct policy policy;
	struct logstream_shared shared;
	char boot[LEDGER_BOOT_SIZE];
	struct loop *loop;
	struct watcher *watcher;
	struct portwatch *portwatch;
	struct recorder *recorders; /* those of earlier attaches first */
	bool starting;		    /* all there are come first, then their names */
	bool no_module;		    /* and that was told */
	bool hidden;		    /* there are ports of others, and that was told */
	struct loop_event *tidying;
	struct loop_event *again; /* what could not be begun */
	struct loop_event *watchdog;
	struct loop_event *signals[6];
	enum status status;
};

/* $LOGS_DIRECTORY is systemd's. */
static bool find_directory(const struct daemon *daemon, char path[PATH_MAX])
{
	const char *given = daemon->options->directory;
	const char *logs = getenv("LOGS_DIRECTORY");

	if (!given && daemon->policy.directory[0])
		given = daemon->policy.directory;
	if (!given && logs && *logs)
		given = logs;
	if (!given && !geteuid())
		given = LOGS;
	if (given)
		return snprintf(path, PATH_MAX, "%s", given) < PATH_MAX;
	return xdg_path("XDG_STATE_HOME", ".local/state", "kpl011", path) && xdg_make_dirs(path);
}

static struct recorder *find_id(const struct daemon *daemon, uint32_t id)
{
	for (struct recorder *recorder = daemon->recorders; recorder; recorder = recorder->next)
		if (recorder->port.id == id && !recorder->forgotten)
			return recorder;
	return NULL;
}

/* Who writes to files of that name. */
static struct recorder *find_writer(const struct daemon *daemon, const char *base)
{
	for (struct recorder *recorder = daemon->recorders; recorder; recorder = recorder->next)
		if (!recorder->done && !strcmp(recorder->base, base))
			return recorder;
	return NULL;
}

static void keep(const char *base, struct archive_limits *limits, bool *compress, void *arg)
{
	const struct daemon *daemon = arg;
	struct policy_decision decision;
	struct policy_guest guest = { 0 };
	char name[LOGNAME_SIZE];
	uint64_t age;

	for (const struct recorder *r = daemon->recorders; r; r = r->next) {
		if (strcmp(r->base, base))
			continue;
		decision = r->decision;
		guest.name = base;
	}
	if (!guest.name) {
		guest.name = logname_guest(base, name);
		policy_decide(&daemon->policy, &guest, &decision);
	}
	age = decision.value[POLICY_KEEP_AGE];
	*limits = (struct archive_limits){
		.files = decision.value[POLICY_KEEP_FILES],
		.bytes = decision.value[POLICY_KEEP_SIZE],
		.since = age ? (int64_t)time(NULL) - (int64_t)age : 0,
	};
	*compress = decision.value[POLICY_COMPRESS];
}

static bool in_use(const char *base, void *arg)
{
	return find_writer(arg, base);
}

static const struct keeper_ops keeper_ops = {
	.limits = keep,
	.in_use = in_use,
};

/*
 * Two guests that live never write to one file; a guest's next life goes on in
 * that of the one before, when that one is through.
 */
static void choose_base(const struct daemon *daemon, struct recorder *recorder)
{
	const char *name = recorder->facts.name;
	const struct recorder *other;
	char base[LOGNAME_SIZE];

	logname_base(name, *name ? -1 : (int64_t)recorder->port.id, base);
	other = find_writer(daemon, base);
	if (other && !recorder_lives(other))
		return;
	if (other)
		logname_base(name, recorder->port.id, base);
	strcpy(recorder->base, base);
}

static void start(struct daemon *daemon, struct recorder *recorder)
{
	struct policy_decision decision = recorder->decision;

	recorder_decide(recorder, &decision);
	if (recorder->broken)
		loop_timer_set(daemon->again, BROKEN_RETRY_MS);
	if (recorder->forgotten)
		loop_timer_set(daemon->tidying, 0);
}

static bool has_to_start(const struct recorder *recorder)
{
	return !recorder->done && !recorder->base[0] && recorder->decision.value[POLICY_LOG];
}

static void tell_status(const struct daemon *daemon)
{
	char bytes[HUMAN_SIZE];
	size_t guests = 0;

	for (const struct recorder *r = daemon->recorders; r; r = r->next)
		guests += !r->done;
	sdnotify(SDNOTIFY_MAY, "STATUS=%zu guests, %s of logs in %s", guests,
		 human_bytes(keeper_bytes(daemon->shared.keeper), bytes), daemon->shared.dir.path);
}

/* Who has written before has its name already. */
static void settle(struct daemon *daemon)
{
	if (daemon->starting)
		return;
	/* What was written before is not known without it. */
	if (daemon->shared.dir.state < 0 && logdir_check(&daemon->shared.dir)) {
		loop_timer_set(daemon->again, DIR_RETRY_MS);
		return;
	}
	keeper_renew(daemon->shared.keeper);
	for (struct recorder *r = daemon->recorders; r; r = r->next)
		if (has_to_start(r) && recorder_remembers(r, r->base))
			start(daemon, r);
	for (struct recorder *r = daemon->recorders; r; r = r->next) {
		if (!has_to_start(r))
			continue;
		choose_base(daemon, r);
		if (r->base[0])
			start(daemon, r);
	}
	tell_status(daemon);
}

static void reap(const struct recorder *recorder)
{
	struct source *src;
	int err;

	err = port_open(recorder->port.id, true, &src);
	if (!err) {
		err = source_reap(src);
		source_close(src);
	}
	if (err && err != -ENODEV && err != -ENOENT && err != -EBUSY)
		msg_error("cannot reap %s (port %u): %s", recorder->label, recorder->port.id,
			  strerror(-err));
}

static void tidy(void *arg)
{
	struct daemon *daemon = arg;
	struct recorder **link = &daemon->recorders;

	while (*link) {
		struct recorder *recorder = *link;
		bool open = recorder->streams[0] || recorder->streams[1] || recorder->streams[2];

		if (recorder->done && open) {
			recorder_rest(recorder);
			if (recorder->decision.value[POLICY_REAP])
				reap(recorder);
		}
		if (recorder->forgotten && (recorder->done || !open)) {
			*link = recorder->next;
			recorder_forget(recorder);
			recorder_free(recorder);
		} else {
			link = &recorder->next;
		}
	}
	settle(daemon);
}

static void done(struct recorder *recorder, void *arg)
{
	struct daemon *daemon = arg;

	(void)recorder;
	loop_timer_set(daemon->tidying, 0);
}

static const struct recorder_ops recorder_ops = {
	.done = done,
};

static void start_broken(void *arg)
{
	struct daemon *daemon = arg;

	for (struct recorder *r = daemon->recorders; r; r = r->next)
		if (r->broken)
			start(daemon, r);
	settle(daemon);
}

static int appeared(uint32_t id, void *arg)
{
	struct daemon *daemon = arg;
	struct recorder **link = &daemon->recorders;
	struct recorder *recorder;
	int err;

	if (find_id(daemon, id))
		return 0;
	err = recorder_new(&daemon->shared, id, daemon->boot, &recorder_ops, daemon, &recorder);
	/* Another's: its node tells when it changes. Or it went. */
	if (err == -EACCES || err == -EPERM) {
		if (!daemon->hidden)
			msg_error(
				"port %u is not logged, it belongs to another user; others may as well",
				id);
		daemon->hidden = true;
		return 0;
	}
	if (err == -ENOENT || err == -ENODEV || err == -ENXIO)
		return 0;
	if (err)
		return err;
	decide_port(&daemon->policy, &recorder->facts, &recorder->decision);
	while (*link && (*link)->port.attach_ns <= recorder->port.attach_ns)
		link = &(*link)->next;
	recorder->next = *link;
	*link = recorder;
	settle(daemon);
	return 0;
}

static void gone(uint32_t id, void *arg)
{
	struct daemon *daemon = arg;
	struct recorder *recorder = find_id(daemon, id);

	if (!recorder)
		return;
	recorder->forgotten = true;
	loop_timer_set(daemon->tidying, 0);
}

static void scan_vms(struct daemon *daemon)
{
	int err = watcher_scan(daemon->watcher);

	if (err)
		msg_error("cannot look for running VMs in /proc: %s", strerror(-err));
}

static void module(void *arg)
{
	struct daemon *daemon = arg;

	if (daemon->no_module)
		msg_error("the kernel module kpl011 is loaded now");
	daemon->no_module = false;
	scan_vms(daemon);
}

static const struct portwatch_ops portwatch_ops = {
	.appeared = appeared,
	.gone = gone,
	.module = module,
};

static bool choose(pid_t pid, const char *name, struct attach_options *opts, void *arg)
{
	const struct daemon *daemon = arg;
	struct policy_decision decision;
	struct vm_process process;

	if (vmfind_process(pid, &process))
		return true;
	decide_process(&daemon->policy, pid, name, 0, process.uid, &decision);
	opts->gpa = decision.value[POLICY_GPA];
	opts->intid = (uint32_t)decision.value[POLICY_INTID];
	opts->ring_size = (uint32_t)decision.value[POLICY_HISTORY];
	opts->strict = decision.value[POLICY_STRICT];
	opts->page = decision.value[POLICY_PAGE];
	return decision.value[POLICY_ATTACH];
}

static void attached(pid_t pid, const struct attach_result *result, bool before, void *arg)
{
	char path[PORT_PATH_SIZE];

	if (!before)
		msg_error("%s: attached, %s (process %d)", result->name,
			  port_path(result->id, path), (int)pid);
	appeared(result->id, arg);
}

static void refused(pid_t pid, const struct attach_result *result, enum status status, void *arg)
{
	struct daemon *daemon = arg;

	if (status == STATUS_NO_MODULE) {
		if (!daemon->no_module)
			msg_error("no guest can be attached: %s; waiting for it", result->reason);
		daemon->no_module = true;
		return;
	}
	msg_error("%s (process %d): refused, %s", result->name[0] ? result->name : "a VM", (int)pid,
		  result->reason);
	if (result->advice[0])
		msg_more("%s", result->advice);
}

/* It was made to ask KVM something, most likely. */
static void vanished(pid_t pid, const char *name, void *arg)
{
	(void)pid;
	(void)name;
	(void)arg;
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

static const struct watcher_ops watcher_ops = {
	.choose = choose,
	.attached = attached,
	.refused = refused,
	.vanished = vanished,
	.failed = no_events,
};

static void on_stop(int sig, void *arg)
{
	struct daemon *daemon = arg;

	(void)sig;
	sdnotify(SDNOTIFY_MUST, "STOPPING=1");
	loop_stop(daemon->loop);
}

static void use_policy(struct daemon *daemon)
{
	struct policy_decision decision;

	daemon->shared.journal_path = daemon->policy.journal;
	keeper_budget(daemon->shared.keeper, daemon->policy.budget);
	for (struct recorder *r = daemon->recorders; r; r = r->next) {
		decide_port(&daemon->policy, &r->facts, &decision);
		r->decision = decision;
		if (r->base[0])
			start(daemon, r);
	}
	settle(daemon);
	keeper_apply(daemon->shared.keeper);
}

static uint64_t monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void on_reload(int sig, void *arg)
{
	struct daemon *daemon = arg;
	struct policy policy;

	(void)sig;
	sdnotify(SDNOTIFY_MUST, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, monotonic_us());
	if (decide_load(daemon->options->config, &policy)) {
		msg_error("the policy stays as it was");
	} else {
		if (strcmp(policy.directory, daemon->policy.directory))
			msg_error("another directory is used after a restart");
		policy_free(&daemon->policy);
		daemon->policy = policy;
		use_policy(daemon);
		scan_vms(daemon);
		msg_error("the policy was read anew");
	}
	sdnotify(SDNOTIFY_MUST, "READY=1");
}

static void on_rotate(int sig, void *arg)
{
	struct daemon *daemon = arg;

	(void)sig;
	for (struct recorder *r = daemon->recorders; r; r = r->next)
		recorder_rotate(r);
}

static void on_watchdog(void *arg)
{
	struct daemon *daemon = arg;

	sdnotify(SDNOTIFY_MAY, "WATCHDOG=1");
	loop_timer_set(daemon->watchdog, sdnotify_watchdog());
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

	daemon->tidying = loop_timer(daemon->loop, tidy, daemon);
	daemon->again = loop_timer(daemon->loop, start_broken, daemon);
	daemon->watchdog = loop_timer(daemon->loop, on_watchdog, daemon);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		daemon->signals[i] =
			loop_signal(daemon->loop, signals[i].sig, signals[i].cb, daemon);
		if (!daemon->signals[i])
			return false;
	}
	return daemon->tidying && daemon->again && daemon->watchdog;
}

static void free_events(struct daemon *daemon)
{
	for (size_t i = 0; i < sizeof(daemon->signals) / sizeof(daemon->signals[0]); i++)
		loop_event_free(daemon->signals[i]);
	loop_event_free(daemon->tidying);
	loop_event_free(daemon->again);
	loop_event_free(daemon->watchdog);
}

/* Of ports that are no more: ids count anew with each load of the module. */
static void drop_ledgers(const struct daemon *daemon)
{
	int fd = openat(daemon->shared.dir.state, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct ledger_port port = { 0 };
	char path[PORT_PATH_SIZE];
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		const struct recorder *recorder;

		if (sscanf(entry->d_name, "%u-%" SCNu64 ".", &port.id, &port.attach_ns) != 2)
			continue;
		recorder = find_id(daemon, port.id);
		/* Who cannot be asked now may be there. */
		if (recorder ? recorder->port.attach_ns != port.attach_ns
			     : access(port_path(port.id, path), F_OK))
			unlinkat(daemon->shared.dir.state, entry->d_name, 0);
	}
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}

static void follow(struct daemon *daemon)
{
	portwatch_scan(daemon->portwatch);
	scan_vms(daemon);
	daemon->starting = false;
	settle(daemon);
	drop_ledgers(daemon);
	if (sdnotify_watchdog())
		on_watchdog(daemon);
	sdnotify(SDNOTIFY_MUST, "READY=1");
	if (loop_run(daemon->loop) < 0)
		daemon->status = STATUS_FAILED;
}

static bool read_boot(char boot[LEDGER_BOOT_SIZE])
{
	FILE *file = fopen(BOOT_ID, "re");
	bool read = file && fscanf(file, "%36[0-9a-f-]", boot) == 1;

	if (file)
		fclose(file);
	return read;
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

static enum status run(struct daemon *daemon)
{
	struct logstream_shared *shared = &daemon->shared;
	enum status status;

	shared->loop = daemon->loop;
	shared->scratch = malloc(LOGSTREAM_SCRATCH);
	shared->keeper = keeper_new(daemon->loop, &shared->dir, &keeper_ops, daemon);
	shared->journal = journal_open();
	if (!shared->scratch || !shared->keeper || shared->journal < 0 || !make_events(daemon))
		return say_no_memory();
	keeper_scan(shared->keeper);
	use_policy(daemon);
	status = make_watchers(daemon);
	if (!status) {
		follow(daemon);
		status = daemon->status;
	}
	return status;
}

/* It is the journal's: what is told may be lost, but no guest waits for it. */
static void never_wait_for_messages(void)
{
	struct stat st;

	if (!fstat(STDERR_FILENO, &st) && S_ISSOCK(st.st_mode))
		fcntl(STDERR_FILENO, F_SETFL, fcntl(STDERR_FILENO, F_GETFL) | O_NONBLOCK);
}

enum status daemon_run(const struct daemon_options *options)
{
	struct daemon daemon = { .options = options, .starting = true };
	struct recorder *recorder;
	char path[PATH_MAX];
	enum status status;

	status = decide_load(options->config, &daemon.policy);
	if (status)
		return status;
	if (!read_boot(daemon.boot) || !find_directory(&daemon, path)) {
		msg_error("cannot tell where the logs are to be: give a --directory");
		policy_free(&daemon.policy);
		return STATUS_FAILED;
	}
	loop_allow_many();
	umask(0027);
	signal(SIGXFSZ, SIG_IGN);
	never_wait_for_messages();
	status = logdir_open(&daemon.shared.dir, path);
	if (status) {
		policy_free(&daemon.policy);
		return status;
	}
	daemon.shared.journal = -1;
	daemon.loop = loop_new();
	status = daemon.loop ? run(&daemon) : say_no_memory();
	while ((recorder = daemon.recorders)) {
		daemon.recorders = recorder->next;
		recorder_free(recorder);
	}
	portwatch_free(daemon.portwatch);
	watcher_free(daemon.watcher);
	free_events(&daemon);
	keeper_free(daemon.shared.keeper);
	loop_free(daemon.loop);
	if (daemon.shared.journal >= 0)
		close(daemon.shared.journal);
	free(daemon.shared.scratch);
	logdir_close(&daemon.shared.dir);
	policy_free(&daemon.policy);
	return status;
}
