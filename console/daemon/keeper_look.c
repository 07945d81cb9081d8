// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/keeper_in.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/msg.h"
#include "daemon/ondisk.h"

#define TELL_MS ((uint64_t)1000)

/* A log that nobody has written for this long is treated as an archive. */
#define UNUSED_SECONDS (24 * 3600)

static void drop_unseen(struct keeper *keeper, struct archive_guest *guest)
{
	for (int clean = 0; clean < 2; clean++) {
		struct archive_file *file = archive_file_after(guest, clean, NULL);
		struct archive_file *next;

		for (; file; file = next) {
			next = archive_file_after(guest, clean, file);
			if (file->busy)
				continue;
			if (file->seen == keeper->archive.seen) {
				/* The cause may have been removed: try again at once. */
				if (file->retry)
					archive_end(&keeper->archive, file, 0);
				continue;
			}
			removal_forget(&keeper->removal, file);
		}
		if (guest->live[clean].exists && guest->live[clean].seen != keeper->archive.seen)
			archive_live(&keeper->archive, guest->base, clean,
				     &(struct archive_live){ 0 });
	}
}

/* Rotates logs that are larger than the early rotation now permits. */
static void cut_large(struct keeper *keeper, const struct archive_guest *guest)
{
	uint64_t size = keeper_rotate_size(keeper, guest->base);

	for (int clean = 0; size && clean < 2; clean++)
		if (guest->live[clean].bytes > size)
			keeper->ops->rotate(guest->base, clean, keeper->arg);
}

static bool apply_guest(struct keeper *keeper, struct archive_guest *guest, uint64_t begun)
{
	int64_t now;

	if (!keeper->swept) {
		if (keeper->sweeping)
			drop_unseen(keeper, guest);
		/*
		 * Only in its first turn: otherwise a guest whose removals fail slowly would
		 * never be done.
		 */
		archive_able(&keeper->archive, guest);
	}
	keeper->swept = true;
	if (removal_twins(&keeper->removal, guest, begun, ROOM_TURN_NS))
		return true;
	if (keeper->named && keeper_time(keeper, &now))
		retire_unused(&keeper->retire, guest, now - UNUSED_SECONDS);
	cut_large(keeper, guest);
	/* It has found another directory in the place of this one: that is scanned first. */
	if (keeper->phase != KEEPER_GUESTS)
		return true;
	return keeper_limit_guest(keeper, guest, begun);
}

/* A file that exists but cannot be examined: what is known about it stays. */
static void keep(struct keeper *keeper, const char *text)
{
	struct archive_guest *guest;
	struct archive_file *file;
	struct logname name;

	if (logname_current(text, &name)) {
		roll_lists(&keeper->roll, text, keeper->archive.seen);
		guest = archive_guest(&keeper->archive, name.base);
		if (guest)
			guest->live[name.clean].seen = keeper->archive.seen;
	} else if (logname_get(text, &name)) {
		file = archive_find(&keeper->archive, &name);
		if (file)
			file->seen = keeper->archive.seen;
	}
}

static void see(struct keeper *keeper, const char *text)
{
	struct archive_file *file;
	struct logname name;
	struct stat st;
	uint64_t bytes;

	if (fstatat(keeper->dir->fd, text, &st, AT_SYMLINK_NOFOLLOW)) {
		if (errno != ENOENT)
			keep(keeper, text);
		return;
	}
	if (!S_ISREG(st.st_mode))
		return;
	bytes = ondisk_bytes(&st, time(NULL));
	keeper->count++;
	if (logname_current(text, &name)) {
		/* While it is unknown whose it is, it counts for nobody. */
		if (!roll_lists(&keeper->roll, text, keeper->archive.seen)) {
			roll_tell(&keeper->roll, text);
			return;
		}
		archive_live(&keeper->archive, name.base, name.clean,
			     &(struct archive_live){ .exists = true,
						     .bytes = bytes,
						     .time = st.st_mtime,
						     .seen = keeper->archive.seen });
	} else if (logname_get(text, &name)) {
		file = archive_find(&keeper->archive, &name);
		if (!file || file->packed != name.packed)
			file = archive_add(&keeper->archive, &name, bytes);
		else if (file->bytes != bytes)
			archive_size(&keeper->archive, file, bytes);
		if (file)
			file->seen = keeper->archive.seen;
	}
}

/*
 * Files that were not seen must not be taken for removed, also not by a keeper_apply() before the
 * next scan.
 */
static void look_failed(struct keeper *keeper, int err)
{
	if (keeper->unlooked != err)
		msg_error("cannot look through %s: %s; it is tried again", keeper->dir->path,
			  strerror(err));
	keeper->unlooked = err;
	keeper->phase = KEEPER_IDLE;
	keeper->sweeping = false;
	keeper->again = false;
	loop_timer_set(keeper->ages, RETRY_MS);
	/* A reload does not wait for the disk. */
	keeper->ops->looked(true, keeper->arg);
}

/* True: the turn is over, and there is more to do. */
static bool look_at_files(struct keeper *keeper, uint64_t begun)
{
	const char *name;
	int err;

	while ((name = dirread_next(keeper->entries))) {
		see(keeper, name);
		if (clock_passed(begun, ROOM_TURN_NS))
			return true;
	}
	err = dirread_error(keeper->entries);
	dirread_close(keeper->entries);
	keeper->entries = NULL;
	if (err) {
		look_failed(keeper, err);
		return err;
	}
	if (keeper->unlooked)
		msg_error("%s can be looked through again", keeper->dir->path);
	keeper->unlooked = 0;
	return err;
}

static void begin_guests(struct keeper *keeper)
{
	keeper->phase = KEEPER_GUESTS;
	keeper->guest[0] = '\0';
	keeper->swept = false;
	keeper->again = false;
	keeper->waits = false;
	room_renew(&keeper->room);
}

static bool look_at_guests(struct keeper *keeper, uint64_t begun)
{
	struct archive_guest *guest;
	char base[LOGNAME_SIZE];

	while ((guest = archive_guest_after(&keeper->archive, keeper->guest))) {
		strcpy(base, guest->base);
		archive_rehome(&keeper->archive, guest);
		room_look(&keeper->room, guest->owner);
		if (apply_guest(keeper, guest, begun))
			return true;
		strcpy(keeper->guest, base);
		keeper->swept = false;
		if (clock_passed(begun, ROOM_TURN_NS))
			return true;
	}
	return false;
}

static void end_look(struct keeper *keeper)
{
	keeper->phase = KEEPER_IDLE;
	keeper->ready = true;
	if (keeper->sweeping)
		roll_prune(&keeper->roll, keeper->archive.seen);
	keeper->sweeping = false;
	calendar_store(&keeper->calendar);
	loop_timer_set(keeper->ages, AGES_MS);
	beside_look(keeper->beside);
	keeper->telling = true;
	keeper_make_room(keeper);
}

void keeper_go_on(void *arg)
{
	struct keeper *keeper = arg;
	uint64_t begun = clock_ns();
	bool more = true;

	if (keeper->dir->fd < 0)
		return;
	if (keeper->phase == KEEPER_FILES && !look_at_files(keeper, begun))
		begin_guests(keeper);
	if (keeper->phase == KEEPER_IDLE)
		return;
	if (keeper->phase == KEEPER_GUESTS)
		more = look_at_guests(keeper, begun);
	if (!more && keeper->again) {
		begin_guests(keeper);
		more = true;
	}
	if (!more) {
		end_look(keeper);
		return;
	}
	loop_timer_set(keeper->look, 0);
	if (clock_ms() - keeper->told_ms > TELL_MS) {
		keeper->told_ms = clock_ms();
		keeper->ops->looked(false, keeper->arg);
	}
}

void keeper_scan(struct keeper *keeper)
{
	loop_timer_set(keeper->ages, AGES_MS);
	if (keeper->dir->fd < 0)
		return;
	roll_load(&keeper->roll);
	/* What is known is about another directory. */
	if (keeper->generation != keeper->dir->generation)
		keeper->ready = false;
	dirread_close(keeper->entries);
	keeper->entries = dirread_open(keeper->dir->fd);
	if (!keeper->entries) {
		look_failed(keeper, errno);
		return;
	}
	if (!keeper->ready)
		packer_cancel(keeper->packer);
	keeper->generation = keeper->dir->generation;
	keeper->phase = KEEPER_FILES;
	keeper->archive.seen++;
	keeper->count = 0;
	keeper->sweeping = true;
	keeper->told_ms = clock_ms();
	loop_timer_set(keeper->look, 0);
}

void keeper_all_named(struct keeper *keeper)
{
	if (keeper->named)
		return;
	keeper->named = true;
	keeper_apply(keeper);
}

void keeper_renew(struct keeper *keeper)
{
	if (keeper->generation != keeper->dir->generation)
		keeper_scan(keeper);
}

void keeper_apply(struct keeper *keeper)
{
	if (keeper->phase != KEEPER_IDLE) {
		keeper->again = true;
		return;
	}
	/* It has to be known first what exists: the scan that is to come applies the limits. */
	if (keeper->dir->fd < 0 || !keeper->ready)
		return;
	begin_guests(keeper);
	keeper->told_ms = clock_ms();
	loop_timer_set(keeper->look, 0);
}
