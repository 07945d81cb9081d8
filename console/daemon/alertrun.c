// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/alertrun.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "daemon/alertchild.h"

/* Longer than the supervisor takes: one that takes longer hangs. */
#define GRACE_MS (ALERTCHILD_GRACE_MS + ALERTCHILD_LAST_MS + 1000)

#define ENV_MAX 20

struct alertrun {
	char label[SOURCE_NAME_SIZE + ALERTRULES_NAME_SIZE + 4];
	char *program;
	pid_t pid;
	int report;
	bool late;
	uint64_t limit;
	struct loop_event *ended;
	struct loop_event *timer;
	alertrun_done_cb *done;
	void *arg;
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

static void free_parts(struct alertrun *run)
{
	loop_event_free(run->ended);
	loop_event_free(run->timer);
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

/* The supervisor alone has the other end of the pipe, which is closed when it ends. */
static void await(const struct alertrun *run, uint64_t until_ms)
{
	struct pollfd ended = { .fd = run->report };
	uint64_t now = clock_ms();

	if (poll(&ended, 1, until_ms > now ? (int)(until_ms - now) : 0) == 1)
		waitpid(run->pid, NULL, WNOHANG);
}

void alertrun_end(struct alertrun *const *runs, size_t count)
{
	uint64_t until = clock_ms() + ALERTCHILD_GRACE_MS + ALERTCHILD_LAST_MS;

	for (size_t i = 0; i < count; i++) {
		if (!runs[i])
			continue;
		msg_error("%s: %s is ended, as the daemon stops", runs[i]->label, runs[i]->program);
		kill(runs[i]->pid, SIGTERM);
	}
	for (size_t i = 0; i < count; i++) {
		if (runs[i])
			await(runs[i], until);
		alertrun_free(runs[i]);
	}
}

static void say_stays(const struct alertrun *run, int err)
{
	if (err == EPERM)
		msg_error(
			"%s: cannot end %s, or a process that it started: it is another user's, and the service lacks CAP_KILL",
			run->label, run->program);
	else if (err)
		msg_error("%s: cannot end the processes that %s started: %s", run->label,
			  run->program, strerror(err));
	else
		msg_error("%s: %s, or a process that it started, was killed and does not end",
			  run->label, run->program);
}

static void say_failed(const struct alertrun *run, struct alertchild_report *report)
{
	report->text[sizeof(report->text) - 1] = '\0';
	msg_error("%s: cannot run %s: cannot %s: %s", run->label, run->program, report->text,
		  strerror(report->err));
	if (report->err == EPERM)
		msg_more("The daemon's service does not allow it: see ALERTS in kpl011-daemon(8).");
}

static void say_status(const struct alertrun *run, int status)
{
	if (run->late)
		msg_error("%s: %s took more than %" PRIu64 " s, and was ended", run->label,
			  run->program, run->limit);
	else if (WIFSIGNALED(status))
		msg_error("%s: %s was ended by signal %d", run->label, run->program,
			  WTERMSIG(status));
	else if (status)
		msg_error("%s: %s failed with status %d", run->label, run->program,
			  WEXITSTATUS(status));
}

static void on_child(int sig, void *arg)
{
	struct alertrun *run = arg;
	struct alertchild_report report;
	bool failed = false;
	bool known = false;
	int status = 0;

	(void)sig;
	if (waitpid(run->pid, &status, WNOHANG) == 0)
		return;
	while (read(run->report, &report, sizeof(report)) == sizeof(report)) {
		if (report.what == ALERTCHILD_STAYS) {
			say_stays(run, report.err);
		} else if (report.what == ALERTCHILD_FAILED) {
			say_failed(run, &report);
			failed = true;
			known = true;
		} else {
			status = report.status;
		}
	}
	if (!known)
		say_status(run, status);
	run->done(run, failed || run->late || status, run->arg);
}

/* The supervisor ends the command. If it does not, it is killed, and the command with it. */
static void on_limit(void *arg)
{
	struct alertrun *run = arg;

	kill(run->pid, run->late ? SIGKILL : SIGTERM);
	if (!run->late)
		loop_timer_set(run->timer, GRACE_MS);
	run->late = true;
}

/* Nothing can fail after the fork: the command may have done a part of its work by then. */
static int start(struct alertrun *run, struct loop *loop, const struct alertrule *rule,
		 char *const *env)
{
	pid_t parent = getpid();
	int report[2];

	run->ended = loop_signal(loop, SIGCHLD, on_child, run);
	run->timer = loop_timer(loop, on_limit, run);
	if (!run->ended || !run->timer)
		return -ENOMEM;
	if (pipe2(report, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	run->report = report[0];
	run->pid = fork();
	if (!run->pid)
		alertchild_run(rule, env, report[1], parent);
	close(report[1]);
	if (run->pid < 0)
		return -errno;
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
	if (run) {
		*run = (struct alertrun){ .report = -1, .limit = rule->limit };
		snprintf(run->label, sizeof(run->label), "%s: %s", news->guest, rule->name);
		run->program = strdup(rule->words[0]);
		run->done = done;
		run->arg = arg;
	}
	if (run && run->program && !env.no_memory)
		err = start(run, loop, rule, env.words);
	free_env(&env);
	if (!err)
		return run;
	msg_error("%s: %s: cannot run %s: %s", news->guest, rule->name, rule->words[0],
		  strerror(-err));
	alertrun_free(run);
	return NULL;
}
