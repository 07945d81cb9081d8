// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/roll.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "base/regular.h"
#include "daemon/aside.h"
#include "daemon/dirread.h"
#include "daemon/ordered.h"

#define TMP LOGDIR_ROLL ".tmp"

/* Before a name: the file is gone. */
#define GONE '/'

/* The most files of others that are reported. */
#define STRANGERS_MAX 32

/* The file is written again when it has this many lines more than twice those that it needs. */
#define LINES_MORE 1024

struct entry {
	uint32_t seen;
	char name[];
};

/* A key to search for. */
union like {
	struct entry entry;
	char room[sizeof(struct entry) + LOGNAME_SIZE];
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static struct entry *make(const char *name, uint32_t seen)
{
	struct entry *entry = malloc(sizeof(*entry) + strlen(name) + 1);

	if (!entry)
		return NULL;
	entry->seen = seen;
	strcpy(entry->name, name);
	return entry;
}

static struct entry *find(void *set, const char *name)
{
	union like like;

	snprintf(like.entry.name, LOGNAME_SIZE, "%.255s", name);
	return ordered_find(set, &like.entry, by_name);
}

static struct entry *after(void *set, const char *name)
{
	union like like;

	snprintf(like.entry.name, LOGNAME_SIZE, "%.255s", name);
	return ordered_after(set, &like.entry, by_name);
}

static void put(struct roll *roll, const char *name, uint32_t seen)
{
	struct entry *entry = make(name, seen);

	if (entry && ordered_put(&roll->names, entry, by_name))
		roll->count++;
	else
		free(entry);
}

static void take(struct roll *roll, struct entry *entry)
{
	ordered_take(&roll->names, entry, by_name);
	free(entry);
	roll->count--;
}

/* As a length of a turn: write all now, since the daemon ends. */
#define AT_THE_END UINT64_MAX

/* Notes the result of writing the file: a negative errno, or 0. */
static void noted(struct roll *roll, int err)
{
	if (err && !roll->failing) {
		msg_error("cannot note in %s/" LOGDIR_STATE "/" LOGDIR_ROLL
			  " which logs are kpl011's: %s; it is tried again",
			  roll->dir->path, regular_reason(err));
		loop_timer_set(roll->timer, ROLL_RETRY_MS);
	} else if (!err && roll->failing) {
		msg_error("%s/" LOGDIR_STATE "/" LOGDIR_ROLL " is written again", roll->dir->path);
	}
	roll->failing = err;
	roll->stale = err;
}

static int begin_writing(struct roll *roll)
{
	int fd = regular_open_at(roll->dir->state, TMP, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW,
				 0600);

	if (fd < 0)
		return fd;
	roll->file = fdopen(fd, "w");
	if (!roll->file) {
		close(fd);
		return -ENOMEM;
	}
	roll->written[0] = '\0';
	roll->file_lines = 0;
	roll->file_err = 0;
	return 0;
}

static void write_line(struct roll *roll, const char *text)
{
	if (fprintf(roll->file, "%s\n", text) < 0 && !roll->file_err)
		roll->file_err = errno ? errno : EIO;
	roll->file_lines++;
}

static void write_gone(struct roll *roll, const char *name)
{
	char text[LOGNAME_SIZE + 1];

	snprintf(text, sizeof(text), "%c%s", GONE, name);
	write_line(roll, text);
}

static int end_writing(struct roll *roll)
{
	int state = roll->dir->state;
	FILE *file = roll->file;

	roll->file = NULL;
	roll->syncing = false;
	if (fclose(file) && !roll->file_err)
		roll->file_err = errno;
	if (!roll->file_err && renameat(state, TMP, state, LOGDIR_ROLL))
		roll->file_err = errno;
	if (roll->file_err)
		return -roll->file_err;
	roll->lines = roll->file_lines;
	roll->half = false;
	roll->none = false;
	return 0;
}

/* Syncs in a child process, so that no guest waits for the disk. */
static void start_child(struct roll *roll)
{
	pid_t parent = getpid();
	int fd = fileno(roll->file);

	roll->child = fork();
	if (!roll->child) {
		aside_begin(parent, fd, fd);
		_exit(fsync(fd) ? errno : 0);
	}
	roll->child_syncs = roll->child > 0;
	if (roll->child > 0)
		return;
	roll->child = 0;
	roll->file_err = errno;
	noted(roll, end_writing(roll));
}

static void begin_syncing(struct roll *roll, bool at_the_end)
{
	/* Without a file a kill would make the next start take over files of others. */
	bool wait = at_the_end || roll->none;

	if (fflush(roll->file) || (wait && fsync(fileno(roll->file))))
		roll->file_err = errno;
	if (roll->file_err || wait) {
		noted(roll, end_writing(roll));
		return;
	}
	roll->syncing = true;
	/* The child of an earlier directory may not have ended yet. */
	if (!roll->child)
		start_child(roll);
}

/* Returns true if the turn is over, and there is more. */
static bool write_some(struct roll *roll, uint64_t begun, uint64_t turn_ns)
{
	struct entry *entry;
	int err = roll->file ? 0 : begin_writing(roll);

	if (err) {
		noted(roll, err);
		return false;
	}
	while (!roll->file_err && (entry = after(roll->names, roll->written))) {
		write_line(roll, entry->name);
		strcpy(roll->written, entry->name);
		if (clock_passed(begun, turn_ns))
			return true;
	}
	begin_syncing(roll, turn_ns == AT_THE_END);
	return false;
}

static bool may_write(const struct roll *roll)
{
	return roll->stale && !roll->syncing;
}

/* The same. */
static bool prune_some(struct roll *roll, uint64_t begun, uint64_t turn_ns)
{
	struct entry *entry;

	while ((entry = after(roll->names, roll->pruned))) {
		strcpy(roll->pruned, entry->name);
		/* Not "!=": the next look may have seen it already. */
		if ((int32_t)(entry->seen - roll->pruned_for) < 0) {
			if (roll->file)
				write_gone(roll, entry->name);
			take(roll, entry);
			roll->stale = true;
		}
		if (clock_passed(begun, turn_ns))
			return true;
	}
	roll->pruning = false;
	return false;
}

static bool go_on(struct roll *roll, uint64_t begun, uint64_t turn_ns)
{
	if (roll->unknown || roll->dir->state < 0)
		return false;
	if (roll->pruning && prune_some(roll, begun, turn_ns))
		return true;
	if (turn_ns == AT_THE_END ? !roll->stale : !may_write(roll))
		return false;
	return write_some(roll, begun, turn_ns);
}

/* What failed has a timer of its own. */
static void go_on_later(struct roll *roll)
{
	if (!roll->unknown && !roll->failing && (may_write(roll) || roll->pruning))
		loop_timer_set(roll->timer, 0);
}

/* Adds all files that have names of logs and are not rotated: an earlier version made them. */
static int take_over(struct roll *roll)
{
	struct dirread *entries = dirread_open(roll->dir->fd);
	struct logname name;
	const char *text;
	int err = entries ? 0 : -errno;

	while (entries && (text = dirread_next(entries)))
		if (logname_current(text, &name))
			put(roll, text, 0);
	if (entries)
		err = -dirread_error(entries);
	dirread_close(entries);
	/* No file may exist before all of these are in it. */
	roll->stale = true;
	roll->none = true;
	return err;
}

static void read_line(struct roll *roll, const char *line)
{
	struct logname name;
	struct entry *entry;

	if (line[0] == GONE) {
		entry = find(roll->names, line + 1);
		/* One that was made since then is newer. */
		if (entry && !entry->seen)
			take(roll, entry);
	} else if (logname_current(line, &name)) {
		put(roll, line, 0);
	}
}

static int read_names(struct roll *roll, FILE *file)
{
	char line[LOGNAME_SIZE + 3];

	roll->half = false;
	/*
	 * A line of a damaged file may hold NUL bytes. So all of the buffer is searched for its
	 * end, and cleared before, as it may have the end of an earlier line.
	 */
	while (memset(line, 0, sizeof(line)), fgets(line, sizeof(line), file)) {
		char *end = memchr(line, '\n', sizeof(line));
		bool rest = roll->half;

		/*
		 * A kill may have left half of the last line. Any other without an end is longer
		 * than a name can be: what follows is the rest of it.
		 */
		roll->half = !end;
		if (!end || rest)
			continue;
		*end = '\0';
		roll->lines++;
		if (strlen(line) == (size_t)(end - line))
			read_line(roll, line);
	}
	return ferror(file) ? -EIO : 0;
}

/* Returns 0 or a negative errno. */
static int read_all(struct roll *roll)
{
	int fd = regular_open_at(roll->dir->state, LOGDIR_ROLL, O_RDONLY | O_NOFOLLOW, 0);
	FILE *file;
	int err;

	if (fd == -ENOENT)
		return take_over(roll);
	if (fd < 0)
		return fd;
	file = fdopen(fd, "r");
	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	err = read_names(roll, file);
	fclose(file);
	return err;
}

static void free_all(void **set)
{
	struct entry *entry;

	while ((entry = ordered_first(*set, by_name))) {
		ordered_take(set, entry, by_name);
		free(entry);
	}
}

/* Another directory has other files; but a failure that was reported is not over. */
static void forget_all(struct roll *roll)
{
	if (roll->file)
		fclose(roll->file);
	roll->file = NULL;
	roll->syncing = false;
	roll->child_syncs = false;
	free_all(&roll->names);
	roll->count = 0;
	roll->stale = false;
	roll->pruning = false;
}

void roll_load(struct roll *roll)
{
	int was_unknown = roll->unknown;
	int err;

	if (roll->dir->state < 0)
		return;
	if (!roll->loaded || roll->generation != roll->dir->generation)
		forget_all(roll);
	else if (!roll->unknown)
		return;
	roll->loaded = true;
	roll->generation = roll->dir->generation;
	roll->lines = 0;
	/* Not known before it is read. */
	roll->half = true;
	roll->none = false;
	err = read_all(roll);
	roll->unknown = err;
	if (err && !was_unknown)
		msg_error(
			"cannot read %s/" LOGDIR_STATE "/" LOGDIR_ROLL
			", which lists kpl011's logs: %s; until it can be read, all files with names of "
			"logs are taken for kpl011's, and no log is removed that nobody writes",
			roll->dir->path, regular_reason(err));
	else if (!err && was_unknown)
		msg_error("%s/" LOGDIR_STATE "/" LOGDIR_ROLL " can be read again", roll->dir->path);
	/* Only writing it shows whether this file can be written. */
	roll->stale |= roll->failing;
	if (err)
		loop_timer_set(roll->timer, ROLL_RETRY_MS);
	else if (roll->failing)
		loop_timer_set(roll->timer, 0);
	else
		go_on_later(roll);
}

static void on_timer(void *arg)
{
	struct roll *roll = arg;
	bool more;

	if (roll->unknown) {
		roll_load(roll);
		if (!roll->unknown)
			roll->known(roll->arg);
		return;
	}
	more = go_on(roll, clock_ns(), ROLL_TURN_NS);
	if (more || roll->failing)
		loop_timer_set(roll->timer, more ? 0 : ROLL_RETRY_MS);
}

static void on_child(int sig, void *arg)
{
	struct roll *roll = arg;
	int status;

	(void)sig;
	if (!roll->child || waitpid(roll->child, &status, WNOHANG) != roll->child)
		return;
	roll->child = 0;
	if (!roll->syncing)
		return;
	/* The directory is gone or was replaced: roll_load() begins again. */
	if (roll->dir->state < 0 || roll->generation != roll->dir->generation)
		return;
	if (!roll->child_syncs) {
		start_child(roll);
	} else {
		if (!roll->file_err)
			roll->file_err = aside_result(status);
		noted(roll, end_writing(roll));
	}
	if (roll->failing)
		loop_timer_set(roll->timer, ROLL_RETRY_MS);
	go_on_later(roll);
}

bool roll_begin(struct roll *roll, struct loop *loop)
{
	roll->timer = loop_timer(loop, on_timer, roll);
	roll->children = loop_signal(loop, SIGCHLD, on_child, roll);
	return roll->timer && roll->children;
}

void roll_free(struct roll *roll)
{
	/* Write what could not be noted, or not yet. */
	go_on(roll, 0, AT_THE_END);
	forget_all(roll);
	free_all(&roll->strangers);
	loop_event_free(roll->timer);
	loop_event_free(roll->children);
}

bool roll_lists(struct roll *roll, const char *name, uint32_t seen)
{
	struct entry *entry = find(roll->names, name);

	if (entry)
		entry->seen = seen;
	return entry;
}

bool roll_has(struct roll *roll, const char *name, uint32_t seen)
{
	return roll_lists(roll, name, seen) || roll->unknown || !roll->loaded;
}

/* Appends to the file. A slash ends half a line first, so that it is not taken for a name. */
static int append(struct roll *roll, const char *text)
{
	char line[LOGNAME_SIZE + 8];
	int len = snprintf(line, sizeof(line), "%s%s\n", roll->half ? "/\n" : "", text);
	int fd =
		regular_open_at(roll->dir->state, LOGDIR_ROLL, O_WRONLY | O_APPEND | O_NOFOLLOW, 0);
	ssize_t n;
	int err = 0;

	if (fd < 0)
		return fd;
	n = write(fd, line, (size_t)len);
	if (n != len)
		err = n < 0 ? -errno : -ENOSPC;
	if (n >= 0)
		roll->half = err;
	close(fd);
	return err;
}

static void note(struct roll *roll, const char *text)
{
	int err;

	if (roll->dir->state < 0)
		return;
	err = append(roll, text);
	roll->lines++;
	/* Whichever of the two files a kill leaves has the line. */
	if (roll->file)
		write_line(roll, text);
	if (err && err != -ENOENT && !roll->unknown)
		noted(roll, err);
	if (err || roll->lines > 2 * roll->count + LINES_MORE)
		roll->stale = true;
	go_on_later(roll);
}

void roll_add(struct roll *roll, const char *name, uint32_t seen)
{
	/*
	 * A log made during a look through the directory may not be found there: it is marked here.
	 */
	if (roll_lists(roll, name, seen))
		return;
	put(roll, name, seen);
	note(roll, name);
}

void roll_drop(struct roll *roll, const char *name)
{
	struct entry *entry = find(roll->names, name);
	char text[LOGNAME_SIZE + 1];

	if (!entry)
		return;
	take(roll, entry);
	snprintf(text, sizeof(text), "%c%s", GONE, name);
	note(roll, text);
}

void roll_tell(struct roll *roll, const char *name)
{
	struct entry *entry;

	if (roll->unknown || roll->stranger_count >= STRANGERS_MAX || find(roll->strangers, name))
		return;
	entry = make(name, 0);
	if (!entry || !ordered_put(&roll->strangers, entry, by_name)) {
		free(entry);
		return;
	}
	msg_error("%s/%s is not a log that kpl011 created: it is left alone", roll->dir->path,
		  name);
	if (++roll->stranger_count == STRANGERS_MAX)
		msg_more("There may be more, which are left alone as well.");
}

void roll_prune(struct roll *roll, uint32_t seen)
{
	if (roll->unknown || !roll->loaded)
		return;
	roll->pruning = true;
	roll->pruned_for = seen;
	roll->pruned[0] = '\0';
	go_on_later(roll);
}
