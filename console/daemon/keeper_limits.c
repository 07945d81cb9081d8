// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/keeper_in.h"

#include "base/clock.h"

bool keeper_time(struct keeper *keeper, int64_t *now)
{
	*now = calendar_least(&keeper->calendar);
	return steady_is_sure(&keeper->calendar.steady);
}

/*
 * Removes a file. If it stays, which is printed, another one of its guest can go in its place.
 * False: so many of them stayed that no other is tried now.
 */
static bool remove_file(struct keeper *keeper, struct archive_file *file, size_t limit,
			const char *why)
{
	uint64_t bytes = file->bytes;

	if (removal_do(&keeper->removal, file, why)) {
		keeper->ops->removed(limit, bytes, keeper->arg);
		return true;
	}
	loop_timer_set(keeper->retry, RETRY_MS);
	return archive_stuck(&keeper->archive, file);
}

/*
 * Whether compressing the oldest file, which is under way, is to end first: one file is enough.
 */
static bool may_end(const struct archive_file *file, enum archive_measure measure, uint64_t excess)
{
	return excess <= (measure == ARCHIVE_BYTES ? file->bytes : 1);
}

/* Whether what is known is about this directory: rotating a log may find another one, or none. */
static bool is_known(const struct keeper *keeper)
{
	return keeper->ready && keeper->dir->fd >= 0;
}

/*
 * Rotates the guest's current logs. False: there was nothing to rotate, or what is in the
 * directory has to be found out first (@wait).
 */
static bool cut_off(struct keeper *keeper, struct archive_guest *guest, bool *wait)
{
	for (int clean = 0; clean < 2; clean++)
		keeper->ops->rotate(guest->base, clean, keeper->arg);
	*wait = !is_known(keeper);
	return !*wait && archive_oldest(guest);
}

/* Removes something of a guest, or finds that it is stuck. False: nothing of it can go now. */
static bool give(struct archive_guest *guest, enum archive_measure measure, uint64_t excess,
		 const char *why, bool *wait, void *arg)
{
	struct keeper *keeper = arg;
	struct archive_file *file;
	bool clean;

	*wait = !is_known(keeper);
	if (*wait)
		return false;
	if (measure == ARCHIVE_GUESTS && retire_is_written(&keeper->retire, guest))
		return false;
	if (retire_oldest(&keeper->retire, guest, &clean)) {
		if (!retire_log(&keeper->retire, guest, clean, &file))
			return false;
		/* It has the greatest number, but its contents are the oldest. */
		return !file || remove_file(keeper, file, measure, why);
	}
	file = archive_oldest(guest);
	*wait = file && file->busy && may_end(file, measure, excess);
	if (*wait)
		return false;
	if (file && file->busy)
		packer_cancel(keeper->packer);
	if (file)
		return remove_file(keeper, file, measure, why);
	/* Rotating does not make fewer files. */
	return measure != ARCHIVE_FILES && cut_off(keeper, guest, wait);
}

static void owner_limits(int64_t uid, uint64_t limits[ARCHIVE_MEASURES], void *arg)
{
	struct keeper *keeper = arg;

	keeper->ops->owner_limits(uid, limits, keeper->arg);
}

const struct room_ops keeper_room_ops = {
	.owner_limits = owner_limits,
	.give = give,
};

void keeper_make_room(void *arg)
{
	struct keeper *keeper = arg;

	/* What is unknown as yet cannot be judged. */
	if (!is_known(keeper) || !keeper->named)
		return;
	if (room_make(&keeper->room, clock_ns())) {
		loop_timer_set(keeper->making, MAKING_MS);
		return;
	}
	/* There is another directory: after its scan this is called again. */
	if (!keeper->ready)
		return;
	packer_run(keeper->packer);
	if (keeper->telling) {
		keeper->telling = false;
		/* If something waits, those after it were not asked. */
		if (!keeper->waits && !keeper->room.waits)
			removal_through(&keeper->removal);
		else if (keeper->removal.staying)
			loop_timer_set(keeper->retry, RETRY_MS);
		keeper->ops->looked(true, keeper->arg);
	}
}

uint64_t keeper_rotate_size(const struct keeper *keeper, const char *base)
{
	return room_rotate_size(&keeper->room, base);
}

/* True: the turn is over, and there is more to do. */
bool keeper_limit_guest(struct keeper *keeper, struct archive_guest *guest, uint64_t begun)
{
	struct archive_limits limits = { .from = RETIRE_PLAUSIBLE };
	struct keeper_limits kept = { 0 };
	struct archive_file *file;
	int64_t now;
	bool sure = keeper_time(keeper, &now);

	keeper->ops->limits(guest->base, &kept, keeper->arg);
	limits.files = kept.files;
	limits.bytes = kept.bytes;
	guest->keeps_files = kept.files;
	guest->keeps_bytes = kept.bytes;
	limits.since = kept.age && sure ? now - (int64_t)kept.age : INT64_MIN;
	if (archive_compress(&keeper->archive, guest, kept.compress) && !kept.compress)
		packer_leave(keeper->packer, guest);
	while ((file = archive_excess(guest, &limits))) {
		/* It is considered again when it was compressed. */
		if (file->busy) {
			keeper->waits = true;
			break;
		}
		if (!remove_file(keeper, file, KEEPER_GUEST, "by the limits of its guest"))
			break;
		/* On a busy disk each removal may take as long as a turn. */
		if (clock_passed(begun, ROOM_TURN_NS))
			return true;
	}
	return false;
}
