// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/keeper_in.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "daemon/retire.h"

void keeper_free(struct keeper *keeper)
{
	if (!keeper)
		return;
	calendar_store(&keeper->calendar);
	dirread_close(keeper->entries);
	packer_free(keeper->packer);
	removal_end(&keeper->removal);
	beside_free(keeper->beside);
	loop_event_free(keeper->look);
	loop_event_free(keeper->making);
	loop_event_free(keeper->ages);
	loop_event_free(keeper->retry);
	archive_free(&keeper->archive);
	roll_free(&keeper->roll);
	free(keeper);
}

void keeper_set(struct keeper *keeper, const uint64_t limits[ARCHIVE_MEASURES])
{
	memcpy(keeper->room.limits, limits, sizeof(keeper->room.limits));
}

uint64_t keeper_total(const struct keeper *keeper, enum archive_measure measure)
{
	return keeper->archive.total[measure];
}

void keeper_fails(struct keeper *keeper, struct keeper_failing *failing)
{
	*failing = (struct keeper_failing){
		.remove = troubles_now(&keeper->removal.troubles),
		.look = keeper->unlooked ? keeper->unlooked : beside_fails(keeper->beside),
		.clock = keeper->calendar.err,
		.roll = keeper->roll.failing,
		.unknown = keeper->roll.unknown,
		.unsure = keeper->calendar.begun && !steady_is_sure(&keeper->calendar.steady),
	};
	packer_fails(keeper->packer, &failing->packer);
	for (int m = 0; m < ARCHIVE_MEASURES; m++)
		failing->too_much |= keeper->room.told[m];
}

uint64_t keeper_seen(const struct keeper *keeper)
{
	return keeper->count;
}

bool keeper_is_ready(const struct keeper *keeper)
{
	return keeper->ready;
}

/* A guest's logs have grown, or there are more of them. */
static void note(struct keeper *keeper, const char *base)
{
	struct archive_guest *guest = archive_guest(&keeper->archive, base);
	bool crowded;

	if (!guest || !keeper->ready)
		return;
	if (room_note(&keeper->room, guest->owner, &crowded))
		loop_timer_set(keeper->making, MAKING_MS);
	/* For logs that are large already; others are rotated as they grow. */
	if (crowded)
		keeper_apply(keeper);
}

/* An owner may have too much beside logs. */
static void note_all(void *arg)
{
	struct keeper *keeper = arg;

	if (keeper->ready)
		loop_timer_set(keeper->making, MAKING_MS);
}

static bool owner_of(const char *name, int64_t *uid, void *arg)
{
	struct keeper *keeper = arg;

	return keeper->ops->owner_of(name, uid, keeper->arg);
}

static const struct beside_ops beside_ops = {
	.owner_of = owner_of,
	.counted = note_all,
};

bool keeper_owns(struct keeper *keeper, const char *name)
{
	return roll_has(&keeper->roll, name, keeper->archive.seen);
}

void keeper_own(struct keeper *keeper, const char *name)
{
	roll_add(&keeper->roll, name, keeper->archive.seen);
}

void keeper_disown(struct keeper *keeper, const char *name)
{
	roll_drop(&keeper->roll, name);
}

bool keeper_is_free(struct keeper *keeper, const char *base)
{
	static const char *const ends[] = { LOGNAME_RAW, LOGNAME_CLEAN, LOGNAME_JSON LOGNAME_RAW };
	char name[LOGNAME_SIZE];
	struct stat st;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(name, sizeof(name), "%.240s%s", base, ends[i]);
		if (!keeper_owns(keeper, name) &&
		    !fstatat(keeper->dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) &&
		    S_ISREG(st.st_mode))
			return false;
	}
	return true;
}

void keeper_look_at_ledgers(struct keeper *keeper)
{
	beside_look(keeper->beside);
}

void keeper_ledgers(struct keeper *keeper, const char *base, int64_t count)
{
	beside_ledgers(keeper->beside, base, count);
	note(keeper, base);
}

void keeper_live(struct keeper *keeper, const char *base, bool clean, bool exists, uint64_t bytes)
{
	struct archive_live live = {
		.exists = exists,
		.bytes = exists ? bytes : 0,
		.time = calendar_most(&keeper->calendar),
		.seen = keeper->archive.seen,
	};

	archive_live(&keeper->archive, base, clean, &live);
	note(keeper, base);
}

void keeper_unused(struct keeper *keeper, const char *base)
{
	struct archive_guest *guest = archive_guest(&keeper->archive, base);

	if (!guest)
		return;
	archive_able(&keeper->archive, guest);
	note(keeper, base);
}

void keeper_name(struct keeper *keeper, struct logname *name)
{
	retire_name(&keeper->retire, name);
}

void keeper_add(struct keeper *keeper, const struct logname *name, uint64_t bytes)
{
	struct archive_file *file = archive_add(&keeper->archive, name, bytes);
	uint64_t begun = clock_ns();

	if (!file)
		return;
	/* What is left over waits for the next scan. */
	if (keeper->ready)
		keeper_limit_guest(keeper, file->guest, begun);
	note(keeper, name->base);
	packer_run(keeper->packer);
}

/*
 * Files have become older, or .kpl011/logs could be read, and it is known which files are
 * others'.
 */
static void on_look(void *arg)
{
	keeper_scan(arg);
}

static void on_retry(void *arg)
{
	keeper_apply(arg);
}

static void on_packed(const char *base, void *arg)
{
	struct keeper *keeper = arg;
	struct archive_guest *guest = archive_guest(&keeper->archive, base);

	if (guest)
		keeper_limit_guest(keeper, guest, clock_ns());
	keeper_make_room(keeper);
}

struct keeper *keeper_new(struct loop *loop, struct logdir *dir, const char *boot,
			  const struct keeper_ops *ops, void *arg)
{
	struct keeper *keeper = calloc(1, sizeof(*keeper));

	if (!keeper)
		return NULL;
	keeper->loop = loop;
	keeper->dir = dir;
	keeper->ops = ops;
	keeper->arg = arg;
	keeper->archive.payer = ops->payer;
	keeper->archive.arg = arg;
	keeper->room.archive = &keeper->archive;
	keeper->room.ops = &keeper_room_ops;
	keeper->room.arg = keeper;
	keeper->room.sums = dir->told;
	keeper->roll.dir = dir;
	keeper->roll.known = on_look;
	keeper->roll.arg = keeper;
	calendar_begin(&keeper->calendar, dir, boot);
	keeper->retire = (struct retire){
		.archive = &keeper->archive,
		.dir = dir,
		.calendar = &keeper->calendar,
		.roll = &keeper->roll,
		.in_use = ops->in_use,
		.arg = arg,
	};
	keeper->packer = packer_new(loop, dir, &keeper->archive, on_packed, keeper);
	keeper->removal.dir = dir;
	keeper->removal.archive = &keeper->archive;
	keeper->removal.packer = keeper->packer;
	keeper->look = loop_timer(loop, keeper_go_on, keeper);
	keeper->beside =
		beside_new(loop, dir, &keeper->archive, keeper->packer, &beside_ops, keeper);
	keeper->making = loop_timer(loop, keeper_make_room, keeper);
	keeper->ages = loop_timer(loop, on_look, keeper);
	keeper->retry = loop_timer(loop, on_retry, keeper);
	if (!roll_begin(&keeper->roll, loop) || !removal_begin(&keeper->removal, loop) ||
	    !keeper->packer || !keeper->beside || !keeper->look || !keeper->making ||
	    !keeper->ages || !keeper->retry) {
		keeper_free(keeper);
		return NULL;
	}
	/* Making room comes before more is written. */
	loop_set_priority(keeper->making, LOOP_KEYS);
	return keeper;
}
