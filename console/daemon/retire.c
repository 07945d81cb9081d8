// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/retire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ondisk.h"

/* Looks again, since the archive lacks files that could not be looked at. */
static bool exists(const struct logdir *dir, const struct logname *name)
{
	struct logname packed = *name;
	char text[LOGNAME_SIZE];
	struct stat st;

	packed.packed = true;
	return !fstatat(dir->fd, logname_put(name, text), &st, AT_SYMLINK_NOFOLLOW) ||
	       !fstatat(dir->fd, logname_put(&packed, text), &st, AT_SYMLINK_NOFOLLOW);
}

/* Completes a name that has its time already. */
static void number(const struct retire *retire, struct logname *name)
{
	name->seq = archive_next(retire->archive, name->base);
	name->packed = false;
	while (exists(retire->dir, name))
		name->seq++;
}

void retire_name(const struct retire *retire, struct logname *name)
{
	name->time = calendar_most(retire->calendar);
	number(retire, name);
}

bool retire_is_written(const struct retire *retire, const struct archive_guest *guest)
{
	for (int clean = 0; clean < 2; clean++)
		if (retire->in_use(guest->base, clean, retire->arg))
			return true;
	return false;
}

static bool is_left(const struct retire *retire, const struct archive_guest *guest, bool clean)
{
	return !retire->roll->unknown && guest->live[clean].exists &&
	       !retire->in_use(guest->base, clean, retire->arg);
}

bool retire_oldest(const struct retire *retire, struct archive_guest *guest, bool *clean)
{
	const struct archive_file *file = archive_oldest(guest);
	int64_t time = file ? file->time : INT64_MAX;
	bool found = false;

	for (int i = 0; i < 2; i++) {
		const struct archive_live *live = &guest->live[i];

		if (live->time >= time || (file && live->time < RETIRE_PLAUSIBLE) ||
		    !is_left(retire, guest, i))
			continue;
		time = live->time;
		*clean = i;
		found = true;
	}
	return found;
}

void retire_unused(const struct retire *retire, struct archive_guest *guest, int64_t since)
{
	struct archive_file *file;

	for (int clean = 0; clean < 2; clean++) {
		const struct archive_live *live = &guest->live[clean];

		if (live->time >= RETIRE_PLAUSIBLE && live->time <= since &&
		    is_left(retire, guest, clean))
			retire_log(retire, guest, clean, &file);
	}
}

bool retire_log(const struct retire *retire, struct archive_guest *guest, bool clean,
		struct archive_file **file)
{
	const struct logdir *dir = retire->dir;
	struct logname name = { .clean = clean };
	char current[LOGNAME_SIZE];
	char rotated[LOGNAME_SIZE];
	struct stat st;

	*file = NULL;
	strcpy(name.base, guest->base);
	snprintf(current, sizeof(current), "%.240s%s", guest->base,
		 clean ? LOGNAME_CLEAN : LOGNAME_RAW);
	if (fstatat(dir->fd, current, &st, AT_SYMLINK_NOFOLLOW)) {
		if (errno != ENOENT)
			return false;
	} else if (!st.st_size) {
		/* It is empty: nothing was written after it was rotated. */
		if (unlinkat(dir->fd, current, 0))
			return false;
	} else {
		name.time = calendar_most(retire->calendar);
		if (st.st_mtime >= RETIRE_PLAUSIBLE && st.st_mtime < name.time)
			name.time = st.st_mtime;
		number(retire, &name);
		if (renameat(dir->fd, current, dir->fd, logname_put(&name, rotated)))
			return false;
		*file = archive_add(retire->archive, &name, ondisk_bytes(&st, time(NULL)));
	}
	roll_drop(retire->roll, current);
	archive_live(retire->archive, guest->base, clean, &(struct archive_live){ 0 });
	return true;
}
