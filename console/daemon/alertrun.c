// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/alertrun.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/msg.h"

/* Between the two signals that end it. */
#define GRACE_MS 2000

/* Where the child tells why it could not begin. */
#define REPORT_FD 3

#define ENV_MAX 20

/* Descriptors that a program expects to be able to have, and select(2) knows. */
#define FILES_MAX 1024

struct alertrun {
	char label[SOURCE_NAME_SIZE + ALERTRULES_NAME_SIZE + 4];
	char *program;
	uid_t owner;
	pid_t pid;
	int pidfd;
	int report;
	bool late;
	uint64_t limit;
	struct loop_event *ended;
	struct loop_event *timer;
	alertrun_done_cb *done;
	void *arg;
};

/* What failed in the child, and why. */
struct report {
	int err;
	char what[24];
};

struct env {
	char *words[ENV_MAX + 1];
	size_t count;
	bool no_memory;
};

static void put(struct env *env, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(struct env *env, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&env->words[env->count], fmt, ap) < 0) {
		env->words[env->count] = NULL;
		env->no_memory = true;
	} else {
		env->count++;
	}
	va_end(ap);
}

static void make_env(struct env *env, const struct alertrule *rule, const struct alertnews *news,
		     uint64_t count)
{
	const struct alertuser *run_as = &rule->run_as;

	put(env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	put(env, "LANG=C.UTF-8");
	put(env, "HOME=%s", run_as->home);
	put(env, "USER=%s", run_as->name);
	put(env, "LOGNAME=%s", run_as->name);
	put(env, "KPL011_ALERT=%s", rule->name);
	put(env, "KPL011_PRIORITY=%d", rule->priority);
	put(env, "KPL011_GUEST=%s", news->guest);
	put(env, "KPL011_UID=%u", news->uid);
	put(env, "KPL011_USER=%s", news->user);
	put(env, "KPL011_PORT=%u", news->port);
	put(env, "KPL011_PID=%d", (int)news->pid);
	put(env, "KPL011_BOOT=%s", news->boot);
	put(env, "KPL011_POSITION=%" PRIu64, news->pos);
	if (news->real_ns)
		put(env, "KPL011_TIME=%" PRId64, news->real_ns / 1000000000);
	put(env, "KPL011_COUNT=%" PRIu64, count);
	put(env, "KPL011_MATCH=%s", news->match);
	put(env, "KPL011_LINES=%s%s", news->lines, news->after ? news->after : "");
}

static void free_env(struct env *env)
{
	while (env->count)
		free(env->words[--env->count]);
}

static void __attribute__((noreturn)) give_up(const char *what)
{
	struct report report = { .err = errno };

	snprintf(report.what, sizeof(report.what), "%s", what);
	if (write(REPORT_FD, &report, sizeof(report)) < 0)
		_exit(126);
	_exit(127);
}

static void keep_no_descriptor(int report)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (dup2(report, REPORT_FD) < 0 && report != REPORT_FD)
		_exit(127);
	fcntl(REPORT_FD, F_SETFD, FD_CLOEXEC);
	if (null < 0)
		give_up("open /dev/null");
	/* @null may be 0 to 2 itself, and then it is not closed either. */
	for (int fd = 0; fd < REPORT_FD; fd++)
		if (fd == null ? fcntl(fd, F_SETFD, 0) < 0 : dup2(null, fd) < 0)
			give_up("open /dev/null");
	if (syscall(SYS_close_range, REPORT_FD + 1, ~0U, 0))
		give_up("close descriptors");
}

/* The daemon goes before others, and is to be killed last; its command is as any other. */
static void be_ordinary(void)
{
	struct rlimit files;
	int fd;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigprocmask(SIG_SETMASK, &(sigset_t){ 0 }, NULL);
	setpriority(PRIO_PROCESS, 0, 0);
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (write(fd, "0\n", 2) < 0)
			errno = 0;
		close(fd);
	}
	if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur > FILES_MAX) {
		files.rlim_cur = FILES_MAX;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	umask(0022);
}

static void become(const struct alertuser *run_as)
{
	if (!geteuid() && setgroups((size_t)run_as->count, run_as->groups))
		give_up("set its groups");
	if (setresgid(run_as->gid, run_as->gid, run_as->gid))
		give_up("set its group");
	if (setresuid(run_as->uid, run_as->uid, run_as->uid))
		give_up("become its user");
}

static void __attribute__((noreturn))
child(const struct alertrule *rule, char *const *env, int report)
{
	setsid();
	keep_no_descriptor(report);
	be_ordinary();
	become(&rule->run_as);
	if (chdir("/"))
		give_up("go to /");
	execve(rule->words[0], rule->words, env);
	give_up("start");
}

static void free_parts(struct alertrun *run)
{
	loop_event_free(run->ended);
	loop_event_free(run->timer);
	if (run->pidfd >= 0)
		close(run->pidfd);
	if (run->report >= 0)
		close(run->report);
	free(run->program);
	free(run);
}

void alertrun_free(struct alertrun *run)
{
	if (run)
		free_parts(run);
}

uid_t alertrun_owner(const struct alertrun *run)
{
	return run->owner;
}

static void say_end(const struct alertrun *run, int status)
{
	struct report report;

	if (read(run->report, &report, sizeof(report)) == sizeof(report)) {
		report.what[sizeof(report.what) - 1] = '\0';
		msg_error("%s: cannot run %s: cannot %s: %s", run->label, run->program, report.what,
			  strerror(report.err));
		if (report.err == EPERM)
			msg_more("Its service may not: see ALERTS in kpl011-daemon(8).");
	} else if (run->late) {
		msg_error("%s: %s took more than %" PRIu64 " s, and was ended", run->label,
			  run->program, run->limit);
	} else if (WIFSIGNALED(status)) {
		msg_error("%s: %s was ended by signal %d", run->label, run->program,
			  WTERMSIG(status));
	} else {
		msg_error("%s: %s failed with status %d", run->label, run->program,
			  WEXITSTATUS(status));
	}
}

static void on_end(void *arg)
{
	struct alertrun *run = arg;
	int status = 0;
	bool failed;

	/* It is there to be waited for, so its number is nobody else's. */
	kill(-run->pid, SIGKILL);
	if (waitpid(run->pid, &status, WNOHANG) == 0)
		return;
	failed = run->late || status;
	if (failed)
		say_end(run, status);
	run->done(run, failed, run->arg);
}

static void on_limit(void *arg)
{
	struct alertrun *run = arg;

	if (kill(-run->pid, run->late ? SIGKILL : SIGTERM) && errno == EPERM)
		msg_error(
			"%s: cannot end %s, which takes longer than it may: it is another user's, and the service lacks CAP_KILL",
			run->label, run->program);
	if (!run->late)
		loop_timer_set(run->timer, GRACE_MS);
	run->late = true;
}

static int start(struct alertrun *run, const struct alertrule *rule, char *const *env)
{
	int report[2];

	if (pipe2(report, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	run->report = report[0];
	run->pid = fork();
	if (!run->pid)
		child(rule, env, report[1]);
	close(report[1]);
	if (run->pid < 0)
		return -errno;
	run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
	return run->pidfd < 0 ? -errno : 0;
}

static int watch(struct alertrun *run, struct loop *loop)
{
	run->ended = loop_reader(loop, run->pidfd, LOOP_KEYS, on_end, run);
	run->timer = loop_timer(loop, on_limit, run);
	if (!run->ended || !run->timer)
		return -ENOMEM;
	loop_on(run->ended);
	loop_timer_set(run->timer, run->limit * 1000);
	return 0;
}

struct alertrun *alertrun_start(struct loop *loop, const struct alertrule *rule,
				const struct alertnews *news, uint64_t count,
				alertrun_done_cb *done, void *arg)
{
	struct alertrun *run = calloc(1, sizeof(*run));
	struct env env = { 0 };
	int err = -ENOMEM;

	make_env(&env, rule, news, count);
	if (run && !env.no_memory) {
		*run = (struct alertrun){ .pidfd = -1, .report = -1, .limit = rule->limit };
		snprintf(run->label, sizeof(run->label), "%s: %s", news->guest, rule->name);
		run->program = strdup(rule->words[0]);
		run->owner = news->uid;
		run->done = done;
		run->arg = arg;
		err = run->program ? start(run, rule, env.words) : -ENOMEM;
	}
	free_env(&env);
	if (!err)
		err = watch(run, loop);
	if (!err)
		return run;
	msg_error("%s: %s: cannot run %s: %s", news->guest, rule->name, rule->words[0],
		  strerror(-err));
	/* It may be another user's by now. */
	if (run && run->pid > 0)
		waitpid(run->pid, NULL, kill(run->pid, SIGKILL) ? WNOHANG : 0);
	alertrun_free(run);
	return NULL;
}
