// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/packer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "daemon/compress.h"
#include "daemon/troubles.h"

/* Of one file, again; and the next one after one that could not be. */
#define RETRY_MS ((uint64_t)60 * 1000)
#define PAUSE_MS ((uint64_t)1000)

/* Who has written nothing for so long hangs, and the others would with it. */
#define STUCK_MS ((uint64_t)10 * 60 * 1000)

/* For the first of them there may be no memory, or no process. */
#define KILLED EINTR

/* ioprio_set(2) has no header. */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_IDLE (3 << 13)

struct packer {
	struct loop *loop;
	struct logdir *dir;
	struct archive *archive;
	packer_changed_cb *changed;
	void *arg;
	struct loop_event *children;
	struct loop_event *later;
	struct loop_event *stuck;
	uint64_t not_before; /* clock_ms() */
	pid_t child;
	struct logname packing; /* what it makes */
	off_t made;		/* of it, when that was looked at last */
	struct troubles troubles;
};

static void on_child(int sig, void *arg);

static void on_later(void *arg)
{
	packer_run(arg);
}

static const char *tmp_name(char tmp[32])
{
	snprintf(tmp, 32, PACKER_TMP "%d", (int)getpid());
	return tmp;
}

static void on_stuck(void *arg)
{
	struct packer *packer = arg;
	char tmp[32];
	struct stat st;

	if (!packer->child)
		return;
	if (fstatat(packer->dir->state, tmp_name(tmp), &st, AT_SYMLINK_NOFOLLOW))
		st.st_size = 0;
	if (st.st_size == packer->made)
		kill(packer->child, SIGKILL);
	packer->made = st.st_size;
	loop_timer_set(packer->stuck, STUCK_MS);
}

struct packer *packer_new(struct loop *loop, struct logdir *dir, struct archive *archive,
			  packer_changed_cb *changed, void *arg)
{
	struct packer *packer = calloc(1, sizeof(*packer));

	if (!packer)
		return NULL;
	packer->loop = loop;
	packer->dir = dir;
	packer->archive = archive;
	packer->changed = changed;
	packer->arg = arg;
	packer->children = loop_signal(loop, SIGCHLD, on_child, packer);
	packer->later = loop_timer(loop, on_later, packer);
	packer->stuck = loop_timer(loop, on_stuck, packer);
	if (packer->children && packer->later && packer->stuck)
		return packer;
	packer_free(packer);
	return NULL;
}

/* Of one that was killed. */
static void drop_leftovers(const struct packer *packer)
{
	int fd = openat(packer->dir->state, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, PACKER_TMP, strlen(PACKER_TMP)))
			unlinkat(packer->dir->state, entry->d_name, 0);
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}

/* It may have come to its end just now: then both are there, and the smaller one goes. */
static void end_child(struct packer *packer)
{
	char name[LOGNAME_SIZE];
	struct archive_file *file;
	struct logname from;
	struct stat st;

	kill(packer->child, SIGKILL);
	waitpid(packer->child, NULL, 0);
	packer->child = 0;
	loop_off(packer->stuck);
	from = packer->packing;
	from.packed = false;
	if (packer->dir->fd >= 0 &&
	    !fstatat(packer->dir->fd, logname_put(&from, name), &st, AT_SYMLINK_NOFOLLOW))
		unlinkat(packer->dir->fd, logname_put(&packer->packing, name), 0);
	file = archive_find(packer->archive, &from);
	if (file && file->busy)
		archive_end(packer->archive, file, 0);
}

void packer_free(struct packer *packer)
{
	if (!packer)
		return;
	packer_cancel(packer);
	loop_event_free(packer->children);
	loop_event_free(packer->later);
	loop_event_free(packer->stuck);
	free(packer);
}

/* Guests' ports are not to be kept open by it. */
static void close_but(unsigned int a, unsigned int b)
{
	unsigned int low = a < b ? a : b;
	unsigned int high = a < b ? b : a;

	if (low > 3)
		close_range(3, low - 1, 0);
	if (high > low + 1)
		close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0u, 0);
}

/* In a process that ends with this one. */
static _Noreturn void child(const struct logdir *dir, pid_t parent, const char *from,
			    const char *to, const char *tmp)
{
	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGXFSZ)
			signal(sig, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It may have been killed before. */
	if (getppid() != parent)
		_exit(KILLED);
	close_but((unsigned int)dir->fd, (unsigned int)dir->state);
	setpriority(PRIO_PROCESS, 0, 19);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_IDLE);
	_exit(-compress_file(dir->fd, from, to, dir->state, tmp));
}

static void failed(struct packer *packer, struct archive_file *file, int err)
{
	char name[LOGNAME_SIZE];

	packer->not_before = clock_ms() + PAUSE_MS;
	archive_end(packer->archive, file, (int64_t)(clock_ms() + RETRY_MS));
	if (file->err == err)
		return;
	if (file->err)
		troubles_end(&packer->troubles, file->err);
	file->err = err;
	if (!troubles_begin(&packer->troubles, err))
		return;
	msg_error("cannot compress to %s/%s: %s; it stays as it is, and is tried again",
		  packer->dir->path, logname_put(&packer->packing, name),
		  err == KILLED ? "the process that does it was killed" : strerror(err));
}

static void works(struct packer *packer, struct archive_file *file)
{
	if (file->err && troubles_end(&packer->troubles, file->err))
		msg_error("logs can be compressed again that could not be: %s",
			  file->err == KILLED ? "the process that does it was killed"
					      : strerror(file->err));
	file->err = 0;
}

void packer_cancel(struct packer *packer)
{
	if (packer->child)
		end_child(packer);
}

void packer_stop(struct packer *packer)
{
	packer_cancel(packer);
	if (packer->dir->state >= 0)
		drop_leftovers(packer);
}

void packer_forget(struct packer *packer, const struct archive_file *file)
{
	if (file->err)
		troubles_end(&packer->troubles, file->err);
}

void packer_run(struct packer *packer)
{
	struct archive_file *file = archive_wanted(packer->archive);
	char from[LOGNAME_SIZE];
	char to[LOGNAME_SIZE];
	char tmp[32];
	pid_t parent = getpid();
	uint64_t now = clock_ms();
	uint64_t then;
	pid_t pid;

	if (!file || packer->child || packer->dir->fd < 0)
		return;
	then = packer->not_before;
	if (file->retry > (int64_t)then)
		then = (uint64_t)file->retry;
	if (then > now) {
		loop_timer_set(packer->later, then - now);
		return;
	}
	archive_name(file, &packer->packing);
	logname_put(&packer->packing, from);
	packer->packing.packed = true;
	logname_put(&packer->packing, to);
	tmp_name(tmp);
	pid = fork();
	if (!pid)
		child(packer->dir, parent, from, to, tmp);
	if (pid < 0) {
		failed(packer, file, errno);
		loop_timer_set(packer->later, PAUSE_MS);
		return;
	}
	packer->child = pid;
	packer->made = 0;
	archive_begin(packer->archive, file);
	loop_timer_set(packer->stuck, STUCK_MS);
}

static void packed(struct packer *packer, struct archive_file *file)
{
	char name[LOGNAME_SIZE];
	struct logname was;
	struct stat st;

	archive_end(packer->archive, file, 0);
	works(packer, file);
	archive_name(file, &was);
	if (fstatat(packer->dir->fd, logname_put(&packer->packing, name), &st, AT_SYMLINK_NOFOLLOW))
		return;
	unlinkat(packer->dir->fd, logname_put(&was, name), 0);
	archive_packed(packer->archive, file, (uint64_t)st.st_blocks * 512);
}

static void on_child(int sig, void *arg)
{
	struct packer *packer = arg;
	struct archive_file *file;
	int status;
	int err;

	(void)sig;
	if (!packer->child || waitpid(packer->child, &status, WNOHANG) != packer->child)
		return;
	packer->child = 0;
	loop_off(packer->stuck);
	packer->packing.packed = false;
	file = archive_find(packer->archive, &packer->packing);
	packer->packing.packed = true;
	err = WIFEXITED(status) ? WEXITSTATUS(status) : KILLED;
	if (file && !err) {
		packed(packer, file);
	} else if (file && err != ENOENT) {
		failed(packer, file, err);
	} else if (file) {
		/* An operator took it away. */
		packer_forget(packer, file);
		archive_remove(packer->archive, file);
	}
	packer->changed(packer->packing.base, packer->arg);
	packer_run(packer);
}
