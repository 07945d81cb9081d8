// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/renaming.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "base/regular.h"
#include "base/users.h"
#include "daemon/dirread.h"
#include "daemon/ledger.h"
#include "daemon/sums.h"
#include "source/source_port.h"

/* In .kpl011/: how far the renaming has come. No file: nothing was done. */
#define FORMAT LOGDIR_FORMAT
#define FORMAT_TMP "format.tmp"

enum format {
	FORMAT_OLD,
	FORMAT_NUMBERS, /* no base is NAME@NUMBER any more */
	FORMAT_OWNERS,	/* the owners are in the names */
};

/* A log whose owner is known from one of its ledgers. */
struct owned {
	char base[LOGNAME_SIZE];
	char given[LOGNAME_SIZE];
	uid_t uid;
	bool mixed;   /* guests of two users have written to it */
	bool settled; /* all these ledgers have owners: only @mixed is of interest */
	bool renamed;
};

enum phase {
	NEW_LEDGERS, /* whether there are any */
	NUMBER_LOGS,
	NUMBER_LEDGERS,
	FIND_OWNERS,
	RENAME_LOGS,
	OWN_LEDGERS,
	THROUGH,
};

struct renaming {
	enum phase phase;
	struct dirread *entries; /* the directory of this phase */
	uint64_t begun;		 /* when the turn began */
	size_t numbered;
	const struct logdir *dir;
	const char *boot;
	uid_t plain;
	struct owned *owned;
	size_t count;
	size_t room;
	struct sums staying; /* what could not be renamed */
	bool changed;	     /* something was renamed */
	bool has_new;	     /* there are ledgers with owners */
	bool told;	     /* reported that the format cannot be noted */
	bool unread;	     /* some could not be read, which was reported */
};

static enum format read_format(const struct logdir *dir)
{
	int fd = regular_open_at(dir->state, FORMAT, O_RDONLY | O_NOFOLLOW, 0);
	char digit = '0';

	/* If it cannot be read, rename nothing. */
	if (fd < 0)
		return fd == -ENOENT ? FORMAT_OLD : FORMAT_OWNERS;
	if (read(fd, &digit, 1) != 1)
		digit = '2';
	close(fd);
	return digit == '1' ? FORMAT_NUMBERS : FORMAT_OWNERS;
}

/* Syncs the format if something was renamed: if it were lost, that would be renamed again. */
static void write_format(struct renaming *all, enum format format)
{
	const struct logdir *dir = all->dir;
	int fd = regular_open_at(dir->state, FORMAT_TMP, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW,
				 0600);
	char text[2] = { (char)('0' + format), '\n' };
	bool written = fd >= 0 && write(fd, text, 2) == 2 && (!all->changed || !fsync(fd));

	if (written)
		written = !renameat(dir->state, FORMAT_TMP, dir->state, FORMAT);
	if (!written && !all->told)
		msg_error("cannot note in %s/.kpl011/%s what logs are called: %s", dir->path,
			  fd < 0 ? FORMAT_TMP : FORMAT, regular_reason(fd < 0 ? fd : -errno));
	all->told |= !written;
	if (fd >= 0)
		close(fd);
}

static void close_dir(struct renaming *all)
{
	dirread_close(all->entries);
	all->entries = NULL;
}

/* The format is not noted then, so that the next start continues. */
static void tell_unread(struct renaming *all, int err)
{
	if (!all->unread)
		msg_error("cannot look through %s for old names: %s; the next start tries again",
			  all->dir->path, strerror(err));
	all->unread = true;
}

/* Gets the next entry of a directory. Returns false after the last, or if the turn is over. */
static bool next_entry(struct renaming *all, int at, const char **name)
{
	if (!all->entries)
		all->entries = dirread_open(at);
	else if (clock_passed(all->begun, RENAMING_TURN_NS))
		return false;
	*name = all->entries ? dirread_next(all->entries) : NULL;
	if (*name)
		return true;
	if (!all->entries || dirread_error(all->entries))
		tell_unread(all, all->entries ? dirread_error(all->entries) : errno);
	close_dir(all);
	return false;
}

/* Calls @fn with each ledger. */
static void each_ledger(struct renaming *all,
			void (*fn)(struct renaming *all, const char *name, struct ledger *ledger))
{
	struct ledger ledger;
	const char *name;

	while (next_entry(all, all->dir->state, &name))
		if (name[0] >= '0' && name[0] <= '9' &&
		    !ledger_load(all->dir->state, name, &ledger))
			fn(all, name, &ledger);
}

/* Writes back the ledger of a log that was renamed, and is the same file. */
static void store(struct renaming *all, const char *name, const struct ledger *ledger)
{
	int fd = regular_open_at(all->dir->state, name, O_WRONLY | O_NOFOLLOW, 0);

	if (fd < 0)
		return;
	all->changed = true;
	ledger_store(fd, ledger);
	close(fd);
}

/* Makes a file's name with another base. Returns false if it is not a log's. */
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

/*
 * Returns false if the new name exists, or the file cannot be renamed; this is reported, and the
 * file keeps its name.
 */
static bool rename_file(struct renaming *all, const char *from, const char *to)
{
	const struct logdir *dir = all->dir;

	if (!renameat2(dir->fd, from, dir->fd, to, RENAME_NOREPLACE)) {
		all->changed = true;
		return true;
	}
	if (errno != ENOENT && sums_add(&all->staying, strerror(errno), from, 0, clock_ms()))
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
	char base[LOGNAME_SIZE];
	char new[LOGNAME_SIZE];
	char to[LOGNAME_SIZE];
	const char *name;

	while (next_entry(all, all->dir->fd, &name))
		if (base_of(name, base) && logname_of_old(base, new) && with_base(name, new, to))
			all->numbered += rename_file(all, name, to);
	if (!all->entries && all->numbered)
		msg_error("logs in %s that were called NAME@NUMBER are called NAME~NUMBER now: "
			  "%zu file%s",
			  all->dir->path, all->numbered, all->numbered == 1 ? "" : "s");
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

/* Gets the owner of a ledger's port. Returns false if that no longer exists. */
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

/* A start that was killed may have settled some ledgers. */
static void note_owner(struct renaming *all, const char *name, struct ledger *ledger)
{
	bool settled = ledger->port.uid != LEDGER_NO_UID;
	uid_t uid = (uid_t)ledger->port.uid;
	struct owned *owned;

	(void)name;
	if (!settled && !find_owner(all, ledger, &uid))
		return;
	owned = add_owned(all);
	if (!owned)
		return;
	if (settled)
		logname_give(ledger->base, LOGNAME_OWN, owned->base);
	else
		strcpy(owned->base, ledger->base);
	owned->uid = uid;
	owned->settled = settled;
	give(all, owned->base, uid, owned->given);
}

static int by_base(const void *a, const void *b)
{
	return strcmp(((const struct owned *)a)->base, ((const struct owned *)b)->base);
}

/* Leaves one entry for each base. */
static void merge_owners(struct renaming *all)
{
	size_t kept = 0;

	if (all->count)
		qsort(all->owned, all->count, sizeof(*all->owned), by_base);
	for (size_t i = 0; i < all->count; i++) {
		struct owned *before = kept ? &all->owned[kept - 1] : NULL;

		if (before && !by_base(before, &all->owned[i])) {
			before->mixed |= before->uid != all->owned[i].uid;
			before->settled &= all->owned[i].settled;
		} else {
			all->owned[kept++] = all->owned[i];
		}
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
	char base[LOGNAME_SIZE];
	char to[LOGNAME_SIZE];
	struct owned *owned;
	const char *name;

	while (next_entry(all, all->dir->fd, &name)) {
		owned = base_of(name, base) ? find_owned(all, base) : NULL;
		if (owned && !owned->mixed && !owned->settled && strcmp(owned->given, base) &&
		    with_base(name, owned->given, to))
			owned->renamed |= rename_file(all, name, to);
	}
}

static void say_owned(const struct renaming *all)
{
	char user[USER_NAME_SIZE];

	for (size_t i = 0; i < all->count; i++) {
		const struct owned *owned = &all->owned[i];

		if (owned->renamed)
			msg_error("%s" LOGNAME_RAW
				  " and the files that belong to it are called %s" LOGNAME_RAW
				  " now: the guest belongs to user %s",
				  owned->base, owned->given, user_name(owned->uid, user));
		else if (owned->mixed && !owned->settled)
			msg_error("%s" LOGNAME_RAW
				  " has output of guests of several users: it keeps its name, and "
				  "each has a log of its own from now on",
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
	/* Earlier output stays in the old file: the new one continues after it. */
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

struct renaming *renaming_begin(const struct logdir *dir, const char *boot, uid_t plain)
{
	enum format format = read_format(dir);
	struct renaming *all;

	if (format == FORMAT_OWNERS)
		return NULL;
	all = calloc(1, sizeof(*all));
	if (!all)
		return NULL;
	*all = (struct renaming){
		.phase = format == FORMAT_OLD ? NEW_LEDGERS : FIND_OWNERS,
		.dir = dir,
		.boot = boot,
		.plain = plain,
	};
	return all;
}

static void say_staying(struct renaming *all)
{
	struct sums_one sum;

	while (sums_take(&all->staying, UINT64_MAX, &sum))
		msg_error("cannot rename %" PRIu64 " more file%s in %s: %s; the last was %s",
			  sum.files, sum.files == 1 ? "" : "s", all->dir->path, sum.cause,
			  sum.last);
}

void renaming_free(struct renaming *all)
{
	if (!all)
		return;
	say_staying(all);
	close_dir(all);
	free(all->owned);
	free(all);
}

static void go_on(struct renaming *all)
{
	switch (all->phase) {
	case NEW_LEDGERS:
		each_ledger(all, note_new);
		break;
	case NUMBER_LOGS:
		number_logs(all);
		break;
	case NUMBER_LEDGERS:
		each_ledger(all, number_ledger);
		break;
	case FIND_OWNERS:
		each_ledger(all, note_owner);
		break;
	case RENAME_LOGS:
		rename_owned(all);
		break;
	case OWN_LEDGERS:
		each_ledger(all, own_ledger);
		break;
	case THROUGH:
		break;
	}
}

/* Called after a phase, before the next. */
static void end_phase(struct renaming *all)
{
	switch (all->phase++) {
	case NEW_LEDGERS:
		/*
		 * The format was lost after names got owners, which must not be taken for numbers.
		 * If not all ledgers could be read, that may be the case: rename nothing.
		 */
		if (all->has_new)
			all->phase = FIND_OWNERS;
		else if (all->unread)
			all->phase = THROUGH;
		break;
	case NUMBER_LEDGERS:
		if (!all->unread)
			write_format(all, FORMAT_NUMBERS);
		break;
	case FIND_OWNERS:
		merge_owners(all);
		break;
	case RENAME_LOGS:
		say_owned(all);
		break;
	case OWN_LEDGERS:
		if (!all->unread)
			write_format(all, FORMAT_OWNERS);
		break;
	default:
		break;
	}
}

bool renaming_go_on(struct renaming *all)
{
	all->begun = clock_ns();
	while (all->phase != THROUGH) {
		go_on(all);
		if (all->entries)
			return true;
		end_phase(all);
	}
	return false;
}
