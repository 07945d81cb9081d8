// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/keeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

#include "base/human.h"
#include "base/msg.h"
#include "daemon/compress.h"
#include "text/when.h"

/* Names below .kpl011/ while a file is being made. */
#define TMP "pack."

#define AGES_MS ((uint64_t)3600 * 1000)
#define RETRY_MS ((uint64_t)60 * 1000)

/* A guest that did not come again for so long is gone; looked for so often at most. */
#define UNUSED_SECONDS (24 * 3600)
#define RETIRE_NS ((uint64_t)10 * 1000000000)

/* ioprio_set(2) has no header. */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_IDLE (3 << 13)

struct keeper {
	struct loop *loop;
	struct logdir *dir;
	const struct keeper_ops *ops;
	void *arg;
	struct archive archive;
	uint32_t generation; /* of the directory that was looked through */
	uint64_t budget;
	uint64_t current;    /* bytes of what is being written */
	uint64_t retired_ns; /* when unused logs were looked for, CLOCK_BOOTTIME */
	bool told_budget;
	int told_err;
	struct loop_event *children;
	struct loop_event *ages;  /* files grow too old without anything happening */
	struct loop_event *retry; /* of compressing */
	bool pausing;
	pid_t child;
	struct logname packing;
};

static void pump(struct keeper *keeper);
static void on_child(int sig, void *arg);

static void on_ages(void *arg)
{
	keeper_apply(arg);
}

static void on_retry(void *arg)
{
	struct keeper *keeper = arg;

	keeper->pausing = false;
	pump(keeper);
}

struct keeper *keeper_new(struct loop *loop, struct logdir *dir, const struct keeper_ops *ops,
			  void *arg)
{
	struct keeper *keeper = calloc(1, sizeof(*keeper));

	if (!keeper)
		return NULL;
	keeper->loop = loop;
	keeper->dir = dir;
	keeper->ops = ops;
	keeper->arg = arg;
	keeper->children = loop_signal(loop, SIGCHLD, on_child, keeper);
	keeper->ages = loop_timer(loop, on_ages, keeper);
	keeper->retry = loop_timer(loop, on_retry, keeper);
	if (!keeper->children || !keeper->ages || !keeper->retry) {
		keeper_free(keeper);
		return NULL;
	}
	return keeper;
}

void keeper_free(struct keeper *keeper)
{
	if (!keeper)
		return;
	if (keeper->child) {
		kill(keeper->child, SIGKILL);
		waitpid(keeper->child, NULL, 0);
	}
	loop_event_free(keeper->children);
	loop_event_free(keeper->ages);
	loop_event_free(keeper->retry);
	archive_free(&keeper->archive);
	free(keeper);
}

void keeper_budget(struct keeper *keeper, uint64_t budget)
{
	keeper->budget = budget;
}

uint64_t keeper_bytes(const struct keeper *keeper)
{
	return keeper->current + keeper->archive.bytes;
}

/* False: it stays, and was told. */
static bool remove_file(struct keeper *keeper, size_t index, const char *why)
{
	const struct archive_file *file = &keeper->archive.files[index];
	char size[HUMAN_SIZE];
	char name[LOGNAME_SIZE];

	logname_put(&file->name, name);
	if (unlinkat(keeper->dir->fd, name, 0) && errno != ENOENT) {
		if (keeper->told_err != errno)
			msg_error("cannot remove %s/%s, %s: %s", keeper->dir->path, name, why,
				  strerror(errno));
		keeper->told_err = errno;
		return false;
	}
	msg_error("removed %s (%s), %s", name, human_bytes(file->size, size), why);
	archive_remove(&keeper->archive, index);
	return true;
}

/* The log of a guest that is gone is as one that was cut off when it ended. */
static void retire(struct keeper *keeper, struct logname *name, const char *text,
		   const struct stat *st)
{
	char rotated[LOGNAME_SIZE];

	keeper_name(keeper, name);
	name->time = (int64_t)st->st_mtime;
	if (renameat(keeper->dir->fd, text, keeper->dir->fd, logname_put(name, rotated)))
		return;
	keeper->current -=
		keeper->current < (uint64_t)st->st_size ? keeper->current : (uint64_t)st->st_size;
	archive_add(&keeper->archive, name, (uint64_t)st->st_size);
}

/* Those of guests that did not come again for so many seconds. */
static void retire_unused(struct keeper *keeper, int64_t seconds)
{
	int fd = openat(keeper->dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int64_t now = when_real_now() / 1000000000;
	struct dirent *entry;
	struct logname name;
	struct stat st;

	keeper->retired_ns = when_now();
	while (dir && (entry = readdir(dir)))
		if (logname_current(entry->d_name, &name) &&
		    !keeper->ops->in_use(name.base, keeper->arg) &&
		    !fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode) &&
		    st.st_mtime <= now - seconds)
			retire(keeper, &name, entry->d_name, &st);
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}

static void apply_budget(struct keeper *keeper)
{
	char budget[HUMAN_SIZE];
	char why[128];
	size_t victim;

	if (keeper->budget && keeper_bytes(keeper) > keeper->budget &&
	    when_now() - keeper->retired_ns > RETIRE_NS)
		retire_unused(keeper, 0);
	while (keeper->budget && keeper_bytes(keeper) > keeper->budget) {
		snprintf(why, sizeof(why), "since all logs are more than the budget of %s",
			 human_bytes(keeper->budget, budget));
		victim = archive_victim(&keeper->archive);
		if (victim == SIZE_MAX) {
			/* What is being compressed can go when that is done. */
			if (!keeper->told_budget && !keeper->child)
				msg_error(
					"the logs that are being written alone are more than the budget of %s: a smaller rotate-size would help",
					budget);
			keeper->told_budget |= !keeper->child;
			return;
		}
		if (!remove_file(keeper, victim, why))
			return;
	}
	keeper->told_budget = false;
}

static void apply_guest(struct keeper *keeper, const char *base)
{
	struct archive_limits limits = { 0 };
	bool compress = false;
	size_t index;

	keeper->ops->limits(base, &limits, &compress, keeper->arg);
	while ((index = archive_excess(&keeper->archive, base, &limits)) != SIZE_MAX)
		if (!remove_file(keeper, index, "by the limits of its guest"))
			break;
	for (index = 0; index < keeper->archive.count; index++)
		if (!strcmp(keeper->archive.files[index].name.base, base))
			keeper->archive.files[index].wanted = compress;
}

static int by_base(const void *a, const void *b)
{
	return strcmp(a, b);
}

void keeper_apply(struct keeper *keeper)
{
	char(*bases)[LOGNAME_SIZE];
	size_t count;

	if (keeper->dir->fd < 0)
		return;
	retire_unused(keeper, UNUSED_SECONDS);
	count = keeper->archive.count;
	bases = reallocarray(NULL, count + 1, sizeof(*bases));
	/* A copy: files go meanwhile. */
	for (size_t i = 0; bases && i < count; i++)
		memcpy(bases[i], keeper->archive.files[i].name.base, LOGNAME_SIZE);
	if (bases)
		qsort(bases, count, sizeof(*bases), by_base);
	for (size_t i = 0; bases && i < count; i++)
		if (!i || strcmp(bases[i], bases[i - 1]))
			apply_guest(keeper, bases[i]);
	free(bases);
	loop_timer_set(keeper->ages, AGES_MS);
	apply_budget(keeper);
	pump(keeper);
}

/*
 * Of a compression that was killed behind its end both are there; who knows
 * whether another program made the smaller one. It is made again.
 */
static void drop_twins(struct keeper *keeper)
{
	struct archive *archive = &keeper->archive;
	char text[LOGNAME_SIZE];

	for (size_t i = 0; i < archive->count; i++) {
		struct logname name = archive->files[i].name;
		struct stat st;

		if (!name.packed)
			continue;
		name.packed = false;
		if (fstatat(keeper->dir->fd, logname_put(&name, text), &st, AT_SYMLINK_NOFOLLOW))
			continue;
		name.packed = true;
		if (!unlinkat(keeper->dir->fd, logname_put(&name, text), 0))
			archive_remove(archive, i--);
	}
}

static void drop_leftovers(const struct keeper *keeper)
{
	int fd = openat(keeper->dir->state, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, TMP, strlen(TMP)))
			unlinkat(keeper->dir->state, entry->d_name, 0);
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}

int keeper_scan(struct keeper *keeper)
{
	int fd = openat(keeper->dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct logname name;
	struct stat st;

	if (!dir) {
		int err = -errno;

		if (fd >= 0)
			close(fd);
		return err;
	}
	archive_free(&keeper->archive);
	keeper->current = 0;
	keeper->generation = keeper->dir->generation;
	while ((entry = readdir(dir))) {
		if (fstatat(keeper->dir->fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(st.st_mode))
			continue;
		if (logname_current(entry->d_name, &name))
			keeper->current += (uint64_t)st.st_size;
		else if (logname_get(entry->d_name, &name))
			archive_add(&keeper->archive, &name, (uint64_t)st.st_size);
	}
	closedir(dir);
	if (!keeper->child)
		drop_leftovers(keeper);
	drop_twins(keeper);
	return 0;
}

void keeper_renew(struct keeper *keeper)
{
	if (keeper->generation == keeper->dir->generation)
		return;
	keeper_scan(keeper);
	keeper_apply(keeper);
}

void keeper_grew(struct keeper *keeper, int64_t bytes)
{
	if (bytes < 0 && keeper->current < (uint64_t)-bytes)
		keeper->current = 0;
	else
		keeper->current += (uint64_t)bytes;
	if (bytes > 0)
		apply_budget(keeper);
}

/* Of a file that could not be looked at when the directory was. */
static bool exists(const struct keeper *keeper, const struct logname *name)
{
	struct logname packed = *name;
	char text[LOGNAME_SIZE];
	struct stat st;

	packed.packed = true;
	return !fstatat(keeper->dir->fd, logname_put(name, text), &st, AT_SYMLINK_NOFOLLOW) ||
	       !fstatat(keeper->dir->fd, logname_put(&packed, text), &st, AT_SYMLINK_NOFOLLOW);
}

void keeper_name(struct keeper *keeper, struct logname *name)
{
	name->time = when_real_now() / 1000000000;
	name->seq = archive_next(&keeper->archive, name->base);
	name->packed = false;
	while (exists(keeper, name))
		name->seq++;
}

void keeper_add(struct keeper *keeper, const struct logname *name, uint64_t size)
{
	keeper_grew(keeper, -(int64_t)size);
	if (!archive_add(&keeper->archive, name, size))
		return;
	apply_guest(keeper, name->base);
	pump(keeper);
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
		_exit(EINTR);
	close_but((unsigned int)dir->fd, (unsigned int)dir->state);
	setpriority(PRIO_PROCESS, 0, 19);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_IDLE);
	_exit(-compress_file(dir->fd, from, to, dir->state, tmp));
}

static void pump(struct keeper *keeper)
{
	size_t index = archive_wanted(&keeper->archive);
	struct archive_file *file;
	char from[LOGNAME_SIZE];
	char to[LOGNAME_SIZE];
	char tmp[32];
	pid_t parent = getpid();
	pid_t pid;

	if (index == SIZE_MAX || keeper->child || keeper->pausing || keeper->dir->fd < 0)
		return;
	file = &keeper->archive.files[index];
	keeper->packing = file->name;
	logname_put(&keeper->packing, from);
	keeper->packing.packed = true;
	logname_put(&keeper->packing, to);
	snprintf(tmp, sizeof(tmp), TMP "%d", (int)parent);
	pid = fork();
	if (!pid)
		child(keeper->dir, parent, from, to, tmp);
	if (pid < 0) {
		keeper->pausing = true;
		loop_timer_set(keeper->retry, RETRY_MS);
		return;
	}
	keeper->child = pid;
	file->busy = true;
}

static void packed(struct keeper *keeper, size_t index)
{
	struct archive_file *file = &keeper->archive.files[index];
	char name[LOGNAME_SIZE];
	struct stat st;

	if (fstatat(keeper->dir->fd, logname_put(&keeper->packing, name), &st, AT_SYMLINK_NOFOLLOW))
		return;
	unlinkat(keeper->dir->fd, logname_put(&file->name, name), 0);
	keeper->archive.bytes -= file->size;
	keeper->archive.bytes += (uint64_t)st.st_size;
	file->size = (uint64_t)st.st_size;
	file->name.packed = true;
}

static void not_packed(struct keeper *keeper, int status)
{
	int err = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	char name[LOGNAME_SIZE];

	if (err != keeper->told_err)
		msg_error("cannot compress to %s/%s: %s; it stays as it is, and is tried again",
			  keeper->dir->path, logname_put(&keeper->packing, name), strerror(err));
	keeper->told_err = err;
	keeper->pausing = true;
	loop_timer_set(keeper->retry, RETRY_MS);
}

static void on_child(int sig, void *arg)
{
	struct keeper *keeper = arg;
	size_t index;
	int status;

	(void)sig;
	if (!keeper->child || waitpid(keeper->child, &status, WNOHANG) != keeper->child)
		return;
	keeper->child = 0;
	index = archive_find(&keeper->archive, &keeper->packing);
	if (index != SIZE_MAX)
		keeper->archive.files[index].busy = false;
	if (WIFEXITED(status) && !WEXITSTATUS(status)) {
		keeper->told_err = 0;
		if (index != SIZE_MAX)
			packed(keeper, index);
	} else if (!WIFEXITED(status) || WEXITSTATUS(status) != ENOENT) {
		not_packed(keeper, status);
	} else if (index != SIZE_MAX) {
		/* An operator took it away. */
		archive_remove(&keeper->archive, index);
	}
	apply_budget(keeper);
	pump(keeper);
}
