// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/packer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "daemon/aside.h"
#include "daemon/compress.h"
#include "daemon/ondisk.h"
#include "daemon/troubles.h"

/* Delays before a failed file is tried again, and before the next file after a failure. */
#define RETRY_MS ((uint64_t)60 * 1000)
#define PAUSE_MS ((uint64_t)1000)

/* A process that has written nothing for this long hangs, and would hold up the other files. */
#define STUCK_MS ((uint64_t)10 * 60 * 1000)

/* Stands for an errno: the process was killed. */
#define KILLED ASIDE_KILLED

/* Exit status, not an errno: the file was made, but could not be given its group. */
#define OTHER_GROUP 200

/*
 * A process whose disk hangs does not end when it is killed. Up to ENDING_MAX of these are left
 * behind while other files continue. A process that takes longer than OVERDUE_MS is reported, and
 * at its own end the daemon waits no longer than LAST_MS for them.
 */
#define ENDING_MAX 4
#define OVERDUE_MS ((uint64_t)10 * 1000)
#define LAST_MS ((uint64_t)1000)

/* From the kernel: there is no header for ioprio_set(2). */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_IDLE (3 << 13)

/* A process that compresses a file; when the result has its name, one that syncs that. */
struct packing {
	pid_t pid;	   /* 0: none */
	bool named;	   /* it is the one that syncs */
	struct logname to; /* its result */
	char tmp[32];	   /* temporary name of the result */
	uint32_t generation;
};

struct packer {
	struct loop *loop;
	struct logdir *dir;
	struct archive *archive;
	packer_changed_cb *changed;
	void *arg;
	struct loop_event *children;
	struct loop_event *later;
	struct loop_event *stuck;
	struct loop_event *overdue;
	uint64_t not_before; /* of clock_ms() */
	struct packing now;
	off_t made;			   /* size of the result at the last look */
	struct packing ending[ENDING_MAX]; /* killed, and not gone yet */
	bool told;			   /* reported that one of them does not end */
	unsigned int count;		   /* processes begun so far */
	struct troubles troubles;
	bool other_group; /* the last result has another group, reported */
};

static void on_child(int sig, void *arg);

static void on_later(void *arg)
{
	packer_run(arg);
}

static void on_stuck(void *arg);
static void on_overdue(void *arg);

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
	packer->overdue = loop_timer(loop, on_overdue, packer);
	if (packer->children && packer->later && packer->stuck && packer->overdue)
		return packer;
	packer_free(packer);
	return NULL;
}

/* Whether it was begun in the directory that is open now. */
static bool is_here(const struct packer *packer, const struct packing *packing)
{
	return packer->dir->fd >= 0 && packing->generation == packer->dir->generation;
}

/* Removes what a process has made, unless it has become an archive. */
static void clean_up(const struct packer *packer, const struct packing *packing)
{
	if (is_here(packer, packing))
		unlinkat(packer->dir->state, packing->tmp, 0);
}

/* Finds the file that is being compressed, or NULL if the archive no longer has it. */
static struct archive_file *find_source(const struct packer *packer)
{
	struct logname from = packer->now.to;
	struct archive_file *file;

	from.packed = false;
	file = archive_find(packer->archive, &from);
	/* It may have been removed and found again, or there is only a compressed one. */
	return file && file->busy ? file : NULL;
}

/* Collects the killed processes that are gone. Returns false if some are left. */
static bool take_ended(struct packer *packer)
{
	bool all = true;

	for (size_t i = 0; i < ENDING_MAX; i++) {
		struct packing *packing = &packer->ending[i];

		if (!packing->pid)
			continue;
		if (!waitpid(packing->pid, NULL, WNOHANG)) {
			all = false;
			continue;
		}
		packing->pid = 0;
		clean_up(packer, packing);
	}
	if (all && packer->told)
		msg_error("the killed processes that compressed logs have ended now");
	packer->told &= !all;
	return all;
}

static struct packing *free_place(struct packer *packer)
{
	for (size_t i = 0; i < ENDING_MAX; i++)
		if (!packer->ending[i].pid)
			return &packer->ending[i];
	return NULL;
}

/* Kills the process without waiting for it: SIGCHLD tells when it ends. Needs a free place. */
static void end_child(struct packer *packer)
{
	struct archive_file *file = find_source(packer);
	struct packing *packing = free_place(packer);

	*packing = packer->now;
	packer->now.pid = 0;
	loop_off(packer->stuck);
	kill(packing->pid, SIGKILL);
	/* If it ends after the daemon, only the next daemon would do that. */
	clean_up(packer, packing);
	loop_timer_set(packer->overdue, OVERDUE_MS);
	if (file)
		archive_end(packer->archive, file, 0);
}

static void on_overdue(void *arg)
{
	struct packer *packer = arg;
	char name[LOGNAME_SIZE];

	for (size_t i = 0; i < ENDING_MAX && !packer->told; i++) {
		const struct packing *packing = &packer->ending[i];

		if (!packing->pid)
			continue;
		packer->told = true;
		msg_error("process %d, which compresses to %s/%s, was killed and does not end",
			  (int)packing->pid, packer->dir->path, logname_put(&packing->to, name));
		msg_more("Its disk most likely does not answer. The daemon does not wait for it.");
	}
}

/* Called when the daemon ends. Processes that are left make no archives: only a daemon does. */
static void wait_for_the_last(struct packer *packer)
{
	uint64_t begun = clock_ms();

	for (size_t i = 0; i < ENDING_MAX; i++) {
		struct pollfd ended = { .fd = -1, .events = POLLIN };
		uint64_t passed = clock_ms() - begun;

		if (packer->ending[i].pid)
			ended.fd = pidfd_open(packer->ending[i].pid, 0);
		if (ended.fd < 0)
			continue;
		poll(&ended, 1, passed < LAST_MS ? (int)(LAST_MS - passed) : 0);
		close(ended.fd);
	}
	if (!take_ended(packer))
		on_overdue(packer);
}

void packer_free(struct packer *packer)
{
	if (!packer)
		return;
	packer_cancel(packer);
	wait_for_the_last(packer);
	loop_event_free(packer->children);
	loop_event_free(packer->later);
	loop_event_free(packer->stuck);
	loop_event_free(packer->overdue);
	free(packer);
}

/* The child process, which ends when the daemon does. */
static _Noreturn void child(const struct logdir *dir, pid_t parent, const char *from,
			    const char *tmp)
{
	bool other_group;
	int err;

	aside_begin(parent, dir->fd, dir->state);
	setpriority(PRIO_PROCESS, 0, 19);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_IDLE);
	err = compress_file(dir->fd, from, dir->state, tmp, &other_group);
	_exit(err ? -err : other_group ? OTHER_GROUP : 0);
}

static const char *reason(int err)
{
	return err == KILLED ? "the process that does it was killed" : strerror(err);
}

static void end_trouble(struct packer *packer, struct archive_file *file, const char *how)
{
	if (file->err && troubles_end(&packer->troubles, file->err))
		msg_error("logs %s: %s", how, reason(file->err));
	file->err = 0;
}

static void leave(struct packer *packer, struct archive_file *file)
{
	end_trouble(packer, file, "that could not be compressed do not have to be any more");
}

void packer_leave(struct packer *packer, const struct archive_guest *guest)
{
	for (int clean = 0; clean < 2; clean++) {
		struct archive_file *file = archive_file_after(guest, clean, NULL);

		for (; file; file = archive_file_after(guest, clean, file))
			leave(packer, file);
	}
}

static void failed(struct packer *packer, struct archive_file *file, int err)
{
	char name[LOGNAME_SIZE];

	packer->not_before = clock_ms() + PAUSE_MS;
	archive_end(packer->archive, file, (int64_t)(clock_ms() + RETRY_MS));
	/* The policy may have changed since this file was begun. */
	if (!file->todo) {
		leave(packer, file);
		return;
	}
	if (file->err == err)
		return;
	if (file->err)
		troubles_end(&packer->troubles, file->err);
	file->err = err;
	if (!troubles_begin(&packer->troubles, err))
		return;
	msg_error("cannot compress to %s/%s: %s; it stays as it is, and is tried again",
		  packer->dir->path, logname_put(&packer->now.to, name), reason(err));
}

static void works(struct packer *packer, struct archive_file *file)
{
	end_trouble(packer, file, "that could not be compressed can be compressed again");
}

void packer_cancel(struct packer *packer)
{
	if (packer->now.pid)
		end_child(packer);
}

bool packer_makes(const struct packer *packer, const char *name)
{
	bool found = packer->now.pid && !strcmp(packer->now.tmp, name);

	for (size_t i = 0; i < ENDING_MAX; i++)
		found |= packer->ending[i].pid && !strcmp(packer->ending[i].tmp, name);
	return found;
}

void packer_forget(struct packer *packer, struct archive_file *file)
{
	end_trouble(packer, file, "that could not be compressed are gone");
}

static void begin(struct packer *packer, struct archive_file *file)
{
	struct packing *now = &packer->now;
	char from[LOGNAME_SIZE];
	pid_t parent = getpid();
	pid_t pid;

	archive_name(file, &now->to);
	logname_put(&now->to, from);
	now->to.packed = true;
	now->generation = packer->dir->generation;
	snprintf(now->tmp, sizeof(now->tmp), PACKER_TMP "%d.%u", (int)parent, packer->count++);
	pid = fork();
	if (!pid)
		child(packer->dir, parent, from, now->tmp);
	if (pid < 0) {
		failed(packer, file, errno);
		loop_timer_set(packer->later, PAUSE_MS);
		return;
	}
	now->pid = pid;
	now->named = false;
	packer->made = 0;
	archive_begin(packer->archive, file);
	loop_timer_set(packer->stuck, STUCK_MS);
}

void packer_run(struct packer *packer)
{
	struct archive_file *file = archive_wanted(packer->archive);
	uint64_t now = clock_ms();
	uint64_t then;

	if (!file || packer->now.pid || packer->dir->fd < 0 || !free_place(packer))
		return;
	then = packer->not_before;
	if (file->retry > (int64_t)then)
		then = (uint64_t)file->retry;
	if (then > now)
		loop_timer_set(packer->later, then - now);
	else
		begin(packer, file);
}

static void note_group(struct packer *packer, bool other)
{
	char name[LOGNAME_SIZE];

	if (other && !packer->other_group) {
		msg_error(
			"%s/%s cannot be given the group of the original log: that group cannot read it",
			packer->dir->path, logname_put(&packer->now.to, name));
		msg_more(
			"The daemon has to be in that group or to have CAP_CHOWN. This is reported once.");
	} else if (!other && packer->other_group) {
		msg_error("compressed logs in %s have the group of the original log again",
			  packer->dir->path);
	}
	packer->other_group = other;
}

/* If there can be no process, both files stay, as synced() has it. */
static void begin_syncing(struct packer *packer)
{
	int fd = packer->dir->fd;
	pid_t parent = getpid();
	pid_t pid = fork();

	if (!pid) {
		aside_begin(parent, fd, fd);
		_exit(fsync(fd) ? errno : 0);
	}
	if (pid < 0)
		return;
	packer->now.pid = pid;
	packer->now.named = true;
	packer->made = 0;
	loop_timer_set(packer->stuck, STUCK_MS);
}

/*
 * Removes the log that was compressed: not before, as a crash of the host could otherwise lose both
 * files. If the name is not known to be on the disk, both stay, as after a kill of the daemon: the
 * next look finds them.
 */
static void synced(struct packer *packer, int err)
{
	struct logname from = packer->now.to;
	const struct archive_file *file;
	char name[LOGNAME_SIZE];

	/* EINVAL: this file system has nothing to sync in a directory. */
	if ((err && err != EINVAL) || !is_here(packer, &packer->now))
		return;
	from.packed = false;
	file = archive_find(packer->archive, &from);
	/* A look that has found both files keeps this one, and removes the other. */
	if (!file || file->packed)
		unlinkat(packer->dir->fd, logname_put(&from, name), 0);
}

/*
 * The result is complete and on the disk. Only the daemon gives it its name, as it knows whether
 * there is still a log to be replaced: a process could do so long after it was killed.
 */
static void packed(struct packer *packer, struct archive_file *file, bool other_group)
{
	const struct logdir *dir = packer->dir;
	char name[LOGNAME_SIZE];
	struct stat st;

	logname_put(&packer->now.to, name);
	if (renameat(dir->state, packer->now.tmp, dir->fd, name)) {
		failed(packer, file, errno);
		return;
	}
	note_group(packer, other_group);
	archive_end(packer->archive, file, 0);
	works(packer, file);
	if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return;
	archive_packed(packer->archive, file, ondisk_bytes(&st, time(NULL)));
	begin_syncing(packer);
}

/* Whether an operator has removed the log meanwhile. A missing .kpl011/ is no sign of that. */
static bool is_removed(const struct packer *packer, const struct archive_file *file)
{
	char name[LOGNAME_SIZE];
	struct logname from;
	struct stat st;

	archive_name(file, &from);
	return fstatat(packer->dir->fd, logname_put(&from, name), &st, AT_SYMLINK_NOFOLLOW) &&
	       errno == ENOENT;
}

static void on_stuck(void *arg)
{
	struct packer *packer = arg;
	char base[sizeof(packer->now.to.base)];
	struct archive_file *file;
	struct stat st;

	if (!packer->now.pid)
		return;
	if (fstatat(packer->dir->state, packer->now.tmp, &st, AT_SYMLINK_NOFOLLOW))
		st.st_size = 0;
	if (st.st_size != packer->made) {
		packer->made = st.st_size;
		loop_timer_set(packer->stuck, STUCK_MS);
		return;
	}
	file = find_source(packer);
	if (file)
		failed(packer, file, KILLED);
	snprintf(base, sizeof(base), "%s", packer->now.to.base);
	end_child(packer);
	/* The limits of its guest had to wait for this file. */
	packer->changed(base, packer->arg);
	packer_run(packer);
}

static void ended(struct packer *packer, int status)
{
	struct archive_file *file = find_source(packer);
	int err = aside_result(status);

	packer->now.pid = 0;
	loop_off(packer->stuck);
	if (packer->now.named) {
		synced(packer, err);
	} else if (file && !is_here(packer, &packer->now)) {
		/* A log of that name may be in the new directory as well. */
		archive_end(packer->archive, file, 0);
	} else if (file && is_removed(packer, file)) {
		packer_forget(packer, file);
		archive_remove(packer->archive, file);
	} else if (file && (!err || err == OTHER_GROUP)) {
		packed(packer, file, err);
	} else if (file) {
		failed(packer, file, err);
	}
	clean_up(packer, &packer->now);
	/* Until then the log has its place on the disk. */
	if (!packer->now.pid)
		packer->changed(packer->now.to.base, packer->arg);
}

static void on_child(int sig, void *arg)
{
	struct packer *packer = arg;
	int status;

	(void)sig;
	take_ended(packer);
	if (packer->now.pid && waitpid(packer->now.pid, &status, WNOHANG) == packer->now.pid)
		ended(packer, status);
	packer_run(packer);
}

void packer_fails(const struct packer *packer, struct packer_failing *failing)
{
	int err = troubles_now(&packer->troubles);

	*failing = (struct packer_failing){
		.err = err,
		.killed = err == KILLED,
		.stuck = packer->told,
		.other_group = packer->other_group,
	};
}
