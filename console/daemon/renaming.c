// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/renaming.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/users.h"
#include "daemon/ledger.h"
#include "source/source_port.h"

/* Below .kpl011/: how far it came. None: nothing was done. */
#define FORMAT "format"
#define FORMAT_TMP "format.tmp"

enum format {
	FORMAT_OLD,
	FORMAT_NUMBERS, /* no base is NAME@NUMBER any more */
	FORMAT_OWNERS,	/* the owners are in the names */
};

/* A log that is found its owner by one of its ledgers. */
struct owned {
	char base[LOGNAME_SIZE];
	char given[LOGNAME_SIZE];
	uid_t uid;
	bool mixed; /* two users' guests have written to it */
	bool renamed;
};

struct renaming {
	const struct logdir *dir;
	const char *boot;
	uid_t plain;
	struct owned *owned;
	size_t count;
	size_t room;
	bool has_new; /* ledgers that know their owner */
};

static enum format read_format(const struct logdir *dir)
{
	int fd = openat(dir->state, FORMAT, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char digit = '0';

	/* What cannot be read is no reason to rename anything. */
	if (fd < 0)
		return errno == ENOENT ? FORMAT_OLD : FORMAT_OWNERS;
	if (read(fd, &digit, 1) != 1)
		digit = '2';
	close(fd);
	return digit == '1' ? FORMAT_NUMBERS : FORMAT_OWNERS;
}

/* @told: that it cannot be, once. */
static void write_format(const struct logdir *dir, enum format format, bool *told)
{
	int fd = openat(dir->state, FORMAT_TMP,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	char text[2] = { (char)('0' + format), '\n' };
	bool written = fd >= 0 && write(fd, text, 2) == 2 && !fsync(fd);

	if (written)
		written = !renameat(dir->state, FORMAT_TMP, dir->state, FORMAT);
	if (!written && !*told)
		msg_error("cannot note in %s/.kpl011 what logs are called: %s", dir->path,
			  strerror(errno));
	*told |= !written;
	if (fd >= 0)
		close(fd);
}

static DIR *open_dir(int at)
{
	int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

/* Calls @fn with each ledger. */
static void each_ledger(struct renaming *all,
			void (*fn)(struct renaming *all, const char *name, struct ledger *ledger))
{
	DIR *dir = open_dir(all->dir->state);
	struct dirent *entry;
	struct ledger ledger;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' &&
		    !ledger_load(all->dir->state, entry->d_name, &ledger))
			fn(all, entry->d_name, &ledger);
	if (dir)
		closedir(dir);
}

/* Of a log that was renamed, which is the same file still. */
static void store(const struct renaming *all, const char *name, const struct ledger *ledger)
{
	int fd = openat(all->dir->state, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return;
	ledger_store(fd, ledger);
	close(fd);
}

/* What a file is called with another base; false: it is no log. */
static bool with_base(const char *file, const char *base, char out[LOGNAME_SIZE])
{
	struct logname name;

	if (logname_get(file, &name)) {
		snprintf(name.base, sizeof(name.base), "%s", base);
		logname_put(&name, out);
		return true;
	}
	if (!logname_current(file, &name))
		return false;
	return snprintf(out, LOGNAME_SIZE, "%.240s%s", base,
			name.clean ? LOGNAME_CLEAN : LOGNAME_RAW) < LOGNAME_SIZE;
}

/* False: there is one of that name, or it cannot be; that is told, and it stays. */
static bool rename_file(const struct logdir *dir, const char *from, const char *to)
{
	if (!renameat2(dir->fd, from, dir->fd, to, RENAME_NOREPLACE))
		return true;
	if (errno != ENOENT)
		msg_error("cannot rename %s/%s to %s: %s; it stays as it is", dir->path, from, to,
			  strerror(errno));
	return false;
}

static bool base_of(const char *file, char base[LOGNAME_SIZE])
{
	struct logname name;

	if (!logname_get(file, &name) && !logname_current(file, &name))
		return false;
	strcpy(base, name.base);
	return true;
}

/* From NAME@NUMBER to NAME~NUMBER. */
static void number_ledger(struct renaming *all, const char *name, struct ledger *ledger)
{
	char base[LOGNAME_SIZE];

	if (ledger->port.uid != LEDGER_NO_UID || !logname_of_old(ledger->base, base))
		return;
	strcpy(ledger->base, base);
	store(all, name, ledger);
}

static void number_logs(struct renaming *all)
{
	DIR *dir = open_dir(all->dir->fd);
	char base[LOGNAME_SIZE];
	char new[LOGNAME_SIZE];
	char to[LOGNAME_SIZE];
	struct dirent *entry;
	size_t renamed = 0;

	while (dir && (entry = readdir(dir)))
		if (base_of(entry->d_name, base) && logname_of_old(base, new) &&
		    with_base(entry->d_name, new, to))
			renamed += rename_file(all->dir, entry->d_name, to);
	if (dir)
		closedir(dir);
	if (renamed)
		msg_error("logs in %s that were called NAME@NUMBER are called NAME~NUMBER now: "
			  "%zu file%s",
			  all->dir->path, renamed, renamed == 1 ? "" : "s");
	each_ledger(all, number_ledger);
}

static struct owned *add_owned(struct renaming *all)
{
	if (all->count == all->room) {
		size_t room = all->room ? 2 * all->room : 16;
		struct owned *owned = reallocarray(all->owned, room, sizeof(*owned));

		if (!owned)
			return NULL;
		all->owned = owned;
		all->room = room;
	}
	all->owned[all->count] = (struct owned){ 0 };
	return &all->owned[all->count++];
}

/* Whose the port is that this ledger is of; false: it is no more. */
static bool find_owner(const struct renaming *all, const struct ledger *ledger, uid_t *uid)
{
	struct port_info info;

	if (ledger->port.uid != LEDGER_NO_UID || strcmp(ledger->port.boot, all->boot) ||
	    port_info(ledger->port.id, &info) ||
	    (uint64_t)info.facts.attach_ns != ledger->port.attach_ns)
		return false;
	*uid = info.facts.uid;
	return true;
}

static const char *give(const struct renaming *all, const char *base, uid_t uid,
			char given[LOGNAME_SIZE])
{
	return logname_give(base, uid == all->plain ? LOGNAME_OWN : (int64_t)uid, given);
}

static void note_owner(struct renaming *all, const char *name, struct ledger *ledger)
{
	struct owned *owned;
	uid_t uid;

	(void)name;
	if (!find_owner(all, ledger, &uid))
		return;
	owned = add_owned(all);
	if (!owned)
		return;
	strcpy(owned->base, ledger->base);
	owned->uid = uid;
	give(all, ledger->base, uid, owned->given);
}

static int by_base(const void *a, const void *b)
{
	return strcmp(((const struct owned *)a)->base, ((const struct owned *)b)->base);
}

/* Leaves one of each base. */
static void merge_owners(struct renaming *all)
{
	size_t kept = 0;

	if (all->count)
		qsort(all->owned, all->count, sizeof(*all->owned), by_base);
	for (size_t i = 0; i < all->count; i++) {
		if (kept && !by_base(&all->owned[kept - 1], &all->owned[i]))
			all->owned[kept - 1].mixed |= all->owned[kept - 1].uid != all->owned[i].uid;
		else
			all->owned[kept++] = all->owned[i];
	}
	all->count = kept;
}

static struct owned *find_owned(const struct renaming *all, const char *base)
{
	struct owned key;

	if (!all->count)
		return NULL;
	snprintf(key.base, sizeof(key.base), "%s", base);
	return bsearch(&key, all->owned, all->count, sizeof(key), by_base);
}

static void rename_owned(struct renaming *all)
{
	DIR *dir = open_dir(all->dir->fd);
	char base[LOGNAME_SIZE];
	char to[LOGNAME_SIZE];
	struct dirent *entry;
	struct owned *owned;

	while (dir && (entry = readdir(dir))) {
		owned = base_of(entry->d_name, base) ? find_owned(all, base) : NULL;
		if (owned && !owned->mixed && strcmp(owned->given, base) &&
		    with_base(entry->d_name, owned->given, to))
			owned->renamed |= rename_file(all->dir, entry->d_name, to);
	}
	if (dir)
		closedir(dir);
}

static void say_owned(const struct renaming *all)
{
	char user[USER_NAME_SIZE];

	for (size_t i = 0; i < all->count; i++) {
		const struct owned *owned = &all->owned[i];

		if (owned->renamed)
			msg_error("%s" LOGNAME_RAW " and what goes with it is called %s" LOGNAME_RAW
				  " now: the guest is of user %s",
				  owned->base, owned->given, user_name(owned->uid, user));
		else if (owned->mixed)
			msg_error(
				"%s" LOGNAME_RAW
				" has output of guests of several users: it stays, and each has a "
				"log of its own from here on",
				owned->base);
	}
}

static void own_ledger(struct renaming *all, const char *name, struct ledger *ledger)
{
	const struct owned *owned = find_owned(all, ledger->base);
	uid_t uid;

	if (!owned || !find_owner(all, ledger, &uid))
		return;
	ledger->port.uid = uid;
	give(all, ledger->base, uid, ledger->base);
	/* What was written is in the file that stays: the new one goes on behind it. */
	if (owned->mixed && strcmp(ledger->base, owned->base)) {
		ledger->ino = 0;
		ledger->from = (struct ledger_point){ .pos = ledger->from.pos };
		ledger->to = ledger->from;
	}
	store(all, name, ledger);
}

static void note_new(struct renaming *all, const char *name, struct ledger *ledger)
{
	(void)name;
	all->has_new |= ledger->port.uid != LEDGER_NO_UID;
}

void renaming_logs(const struct logdir *dir, const char *boot, uid_t plain)
{
	struct renaming all = { .dir = dir, .boot = boot, .plain = plain };
	enum format format = read_format(dir);
	bool told = false;

	if (format == FORMAT_OLD)
		each_ledger(&all, note_new);
	if (format == FORMAT_OWNERS)
		return;
	/* It was lost where names have owners already: they are not to be taken for numbers. */
	if (format == FORMAT_OLD && !all.has_new) {
		number_logs(&all);
		write_format(dir, FORMAT_NUMBERS, &told);
	}
	each_ledger(&all, note_owner);
	merge_owners(&all);
	rename_owned(&all);
	say_owned(&all);
	each_ledger(&all, own_ledger);
	free(all.owned);
	write_format(dir, FORMAT_OWNERS, &told);
}
