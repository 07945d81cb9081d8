// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/retire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of a file that could not be looked at when the directory was. */
static bool exists(const struct logdir *dir, const struct logname *name)
{
	struct logname packed = *name;
	char text[LOGNAME_SIZE];
	struct stat st;

	packed.packed = true;
	return !fstatat(dir->fd, logname_put(name, text), &st, AT_SYMLINK_NOFOLLOW) ||
	       !fstatat(dir->fd, logname_put(&packed, text), &st, AT_SYMLINK_NOFOLLOW);
}

void retire_name(const struct archive *archive, const struct logdir *dir, struct calendar *calendar,
		 struct logname *name)
{
	name->time = calendar_most(calendar);
	name->seq = archive_next(archive, name->base);
	name->packed = false;
	while (exists(dir, name))
		name->seq++;
}

/* The log of a guest that is gone is as one that was cut off when it ended. */
static bool retire_log(struct archive *archive, const struct logdir *dir, struct calendar *calendar,
		       struct archive_guest *guest, bool clean)
{
	struct logname name = { .clean = clean };
	char current[LOGNAME_SIZE];
	char rotated[LOGNAME_SIZE];
	struct stat st;

	if (!guest->live[clean].exists)
		return true;
	strcpy(name.base, guest->base);
	snprintf(current, sizeof(current), "%.240s%s", guest->base,
		 clean ? LOGNAME_CLEAN : LOGNAME_RAW);
	if (fstatat(dir->fd, current, &st, AT_SYMLINK_NOFOLLOW)) {
		if (errno != ENOENT)
			return false;
	} else if (!st.st_size) {
		/* It was cut off, and nothing came since. */
		if (unlinkat(dir->fd, current, 0))
			return false;
	} else {
		retire_name(archive, dir, calendar, &name);
		if (st.st_mtime >= RETIRE_PLAUSIBLE && st.st_mtime < name.time)
			name.time = st.st_mtime;
		if (renameat(dir->fd, current, dir->fd, logname_put(&name, rotated)))
			return false;
		archive_add(archive, &name, (uint64_t)st.st_blocks * 512);
	}
	archive_live(archive, guest->base, clean, &(struct archive_live){ 0 });
	return true;
}

bool retire_guest(struct archive *archive, const struct logdir *dir, struct calendar *calendar,
		  struct archive_guest *guest)
{
	bool raw = retire_log(archive, dir, calendar, guest, false);
	bool clean = retire_log(archive, dir, calendar, guest, true);

	return raw && clean;
}
