// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/alertchild.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* The pipe for reports. */
#define REPORT_FD 3

/* Programs expect to be able to have this many descriptors, and select(2) handles no more. */
#define FILES_MAX 1024

/* Milliseconds between two looks at whether killed processes have ended. */
#define AGAIN_MS 20

static void report(enum alertchild_what what, int err, int status, const char *text)
{
	struct alertchild_report told = { .what = what, .err = err, .status = status };

	snprintf(told.text, sizeof(told.text), "%s", text);
	if (write(REPORT_FD, &told, sizeof(told)) < 0)
		_exit(126);
}

static void __attribute__((noreturn)) give_up(const char *what)
{
	report(ALERTCHILD_FAILED, errno, 0, what);
	_exit(127);
}

static void keep_no_descriptor(int from)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (dup2(from, REPORT_FD) < 0 && from != REPORT_FD)
		_exit(127);
	fcntl(REPORT_FD, F_SETFD, FD_CLOEXEC);
	if (null < 0)
		give_up("open /dev/null");
	/* @null may be one of 0 to 2 itself, and is not closed then. */
	for (int fd = 0; fd < REPORT_FD; fd++)
		if (fd == null ? fcntl(fd, F_SETFD, 0) < 0 : dup2(null, fd) < 0)
			give_up("open /dev/null");
	if (syscall(SYS_close_range, REPORT_FD + 1, ~0U, 0))
		give_up("close descriptors");
}

/*
 * The daemon has a raised priority and is the last to be killed for memory; its command is an
 * ordinary process.
 */
static void be_ordinary(void)
{
	struct rlimit files;
	int fd;

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
command(const struct alertrule *rule, char *const *env, pid_t parent)
{
	setsid();
	be_ordinary();
	become(&rule->run_as);
	/*
	 * Changing the user clears the parent-death signal, so it is set here. If the supervisor
	 * is killed, the command dies as well.
	 */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	if (chdir("/"))
		give_up("go to /");
	execve(rule->words[0], rule->words, env);
	give_up("start");
}

/*
 * Signals all children, and their process groups where they lead one. Returns 0, or the errno of
 * a child that could not be signalled.
 */
static int kill_children(int sig)
{
	FILE *list = fopen("/proc/thread-self/children", "re");
	int err = 0;
	int pid;

	if (!list)
		return errno;
	while (fscanf(list, "%d", &pid) == 1) {
		kill(-pid, sig);
		if (kill(pid, sig) && errno != ESRCH)
			err = errno;
	}
	fclose(list);
	return err;
}

/* Reaps the children that have ended; @status is @main's. False: there are none left. */
static bool reap(pid_t main, bool *ended, int *status)
{
	int one;
	pid_t pid;

	while ((pid = waitpid(-1, &one, WNOHANG)) > 0) {
		if (pid != main)
			continue;
		*ended = true;
		*status = one;
	}
	return !pid;
}

static void wait_a_while(const sigset_t *signals, uint64_t ms)
{
	struct timespec wait = { .tv_sec = (time_t)(ms / 1000),
				 .tv_nsec = (long)(ms % 1000) * 1000000 };

	sigtimedwait(signals, NULL, &wait);
}

/*
 * Orphans become children of this process, so it kills until there are none. False: some are
 * left.
 */
static bool kill_all(pid_t main, const sigset_t *signals, bool *ended, int *status)
{
	uint64_t begun = clock_ms();
	int err;

	do {
		err = kill_children(SIGKILL);
		if (!reap(main, ended, status))
			return true;
		wait_a_while(signals, AGAIN_MS);
	} while (!err && clock_ms() - begun < ALERTCHILD_LAST_MS);
	if (!reap(main, ended, status))
		return true;
	report(ALERTCHILD_STAYS, err, 0, "");
	return false;
}

/* Waits until the command has ended or is to be ended, and ends what is left. */
static void look_after(pid_t main, const sigset_t *signals)
{
	bool ended = false;
	uint64_t asked = 0;
	int status = 0;
	bool any = true;

	while (any && !ended && (!asked || clock_ms() - asked < ALERTCHILD_GRACE_MS)) {
		int sig;

		if (asked) {
			wait_a_while(signals, AGAIN_MS);
		} else if ((sig = sigwaitinfo(signals, NULL)) == SIGTERM) {
			asked = clock_ms();
			kill_children(SIGTERM);
		}
		any = reap(main, &ended, &status);
	}
	if (any)
		kill_all(main, signals, &ended, &status);
	if (ended)
		report(ALERTCHILD_ENDED, 0, status, "");
}

void alertchild_run(const struct alertrule *rule, char *const *env, int to, pid_t parent)
{
	sigset_t signals;
	pid_t self;
	pid_t pid;

	setsid();
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_SETMASK, &signals, NULL);
	keep_no_descriptor(to);
	prctl(PR_SET_NAME, "kpl011-alert");
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		give_up("supervise it");
	self = getpid();
	pid = fork();
	if (!pid)
		command(rule, env, self);
	if (pid < 0)
		give_up("start");
	look_after(pid, &signals);
	_exit(0);
}
