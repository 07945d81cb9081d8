// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/msg.h"
#include "daemon/beside.h"
#include "daemon/calendar.h"
#include "daemon/dirread.h"
#include "daemon/packer.h"
#include "daemon/removal.h"
#include "daemon/retire.h"
#include "daemon/room.h"

#define AGES_MS ((uint64_t)3600 * 1000)
#define RETRY_MS ((uint64_t)60 * 1000)
#define TELL_MS ((uint64_t)1000)

/* A guest that did not come again for so long is gone. */
#define UNUSED_SECONDS (24 * 3600)

enum phase {
	IDLE,
	FILES,	/* what there is in the directory */
	GUESTS, /* what their limits say */
};

/* Between two turns that make room guests are logged. */
#define MAKING_MS 1

struct keeper {
	struct loop *loop;
	struct logdir *dir;
	const struct keeper_ops *ops;
	void *arg;
	struct archive archive;
	struct packer *packer;
	struct calendar calendar;
	struct room room;
	struct removal removal;
	struct beside *beside;
	/* Looking through it. */
	enum phase phase;
	bool ready;   /* it was through once */
	bool again;   /* the limits are others since */
	bool telling; /* that it was through */
	struct dirread *entries;
	uint32_t generation; /* of the directory */
	uint32_t seen;	     /* counts how often */
	uint64_t count;	     /* of files, this time */
	uint64_t told_ms;
	int unlooked;		  /* it could not be looked through, and that was told: an errno */
	bool sweeping;		  /* who was not seen is gone */
	bool swept;		  /* this guest is */
	char guest[LOGNAME_SIZE]; /* the one before */
	struct loop_event *look;
	struct loop_event *making; /* room: there is too much */
	struct loop_event *ages;   /* files grow too old without anything happening */
	struct loop_event *retry;  /* of removing */
};

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
		.look = keeper->unlooked,
		.clock = keeper->calendar.err,
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

bool keeper_time(struct keeper *keeper, int64_t *now)
{
	*now = calendar_least(&keeper->calendar);
	return steady_is_sure(&keeper->calendar.steady);
}

/* False: it stays, and was told. */
static bool remove_file(struct keeper *keeper, struct archive_file *file, size_t limit,
			const char *why)
{
	uint64_t bytes = file->bytes;

	if (removal_do(&keeper->removal, file, why)) {
		keeper->ops->removed(limit, bytes, keeper->arg);
		return true;
	}
	loop_timer_set(keeper->retry, RETRY_MS);
	return false;
}

/* It is the oldest, and being compressed: whether that is to come to its end first. */
static bool may_end(const struct archive_file *file, enum archive_measure measure, uint64_t excess)
{
	return excess <= (measure == ARCHIVE_BYTES ? file->bytes : 1);
}

/* Something of it goes; false: it has nothing that could. */
static bool give(struct archive_guest *guest, enum archive_measure measure, uint64_t excess,
		 const char *why, bool *wait, void *arg)
{
	struct keeper *keeper = arg;
	struct archive_file *file = archive_oldest(guest);
	bool in_use = keeper->ops->in_use(guest->base, keeper->arg);

	*wait = false;
	if (measure == ARCHIVE_GUESTS && in_use)
		return false;
	*wait = file && file->busy && may_end(file, measure, excess);
	if (*wait)
		return false;
	if (file && file->busy)
		packer_cancel(keeper->packer);
	if (file)
		return remove_file(keeper, file, measure, why);
	if (!in_use)
		return retire_guest(&keeper->archive, keeper->dir, &keeper->calendar, guest);
	/* As many files as before. */
	if (measure == ARCHIVE_FILES)
		return false;
	keeper->ops->rotate(guest->base, keeper->arg);
	return archive_oldest(guest);
}

static void owner_limits(int64_t uid, uint64_t limits[ARCHIVE_MEASURES], void *arg)
{
	struct keeper *keeper = arg;

	keeper->ops->owner_limits(uid, limits, keeper->arg);
}

static const struct room_ops room_ops = {
	.owner_limits = owner_limits,
	.give = give,
};

static void on_room(void *arg)
{
	struct keeper *keeper = arg;

	/* What is not known yet cannot be judged. */
	if (!keeper->ready || keeper->dir->fd < 0)
		return;
	if (room_make(&keeper->room, clock_ns())) {
		loop_timer_set(keeper->making, MAKING_MS);
		return;
	}
	packer_run(keeper->packer);
	if (keeper->telling) {
		keeper->telling = false;
		keeper->ops->looked(true, keeper->arg);
	}
}

/* A guest's logs have grown, or are more. */
static void note(struct keeper *keeper, const char *base)
{
	struct archive_guest *guest = archive_guest(&keeper->archive, base);
	bool crowded;

	if (!guest || !keeper->ready)
		return;
	if (room_note(&keeper->room, guest->owner, &crowded))
		loop_timer_set(keeper->making, MAKING_MS);
	/* What is large already; what grows is cut off when it does. */
	if (crowded)
		keeper_apply(keeper);
}

/* Who has something beside logs may have too much of it. */
static void note_all(void *arg)
{
	struct keeper *keeper = arg;
	struct archive_owner *owner;
	int64_t uid = INT64_MIN;
	bool crowded;

	for (; keeper->ready && (owner = archive_owner_after(&keeper->archive, uid));
	     uid = owner->uid)
		if (room_note(&keeper->room, owner, &crowded))
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

uint64_t keeper_rotate_size(const struct keeper *keeper, const char *base)
{
	return room_rotate_size(&keeper->room, base);
}

static void drop_unseen(struct keeper *keeper, struct archive_guest *guest)
{
	for (int clean = 0; clean < 2; clean++) {
		struct archive_file *file = archive_file_after(guest, clean, NULL);
		struct archive_file *next;

		for (; file; file = next) {
			next = archive_file_after(guest, clean, file);
			if (file->busy)
				continue;
			if (file->seen == keeper->seen) {
				/* What was wrong may have been mended. */
				if (file->retry)
					archive_end(&keeper->archive, file, 0);
				continue;
			}
			removal_forget(&keeper->removal, file);
		}
		if (guest->live[clean].exists && guest->live[clean].seen != keeper->seen)
			archive_live(&keeper->archive, guest->base, clean,
				     &(struct archive_live){ 0 });
	}
}

static bool is_unused(struct keeper *keeper, const struct archive_guest *guest, int64_t now)
{
	bool exists = false;

	for (int clean = 0; clean < 2; clean++) {
		const struct archive_live *live = &guest->live[clean];

		exists |= live->exists;
		if (live->exists &&
		    (live->time > now - UNUSED_SECONDS || live->time < RETIRE_PLAUSIBLE))
			return false;
	}
	return exists && !keeper->ops->in_use(guest->base, keeper->arg);
}

/* It is larger than it would have become now. */
static void cut_large(struct keeper *keeper, const struct archive_guest *guest)
{
	uint64_t size = keeper_rotate_size(keeper, guest->base);

	if (size && (guest->live[0].bytes > size || guest->live[1].bytes > size) &&
	    keeper->ops->in_use(guest->base, keeper->arg))
		keeper->ops->rotate(guest->base, keeper->arg);
}

/* True: the turn is over, and it is not done. */
static bool limit_guest(struct keeper *keeper, struct archive_guest *guest, uint64_t begun)
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
	archive_compress(&keeper->archive, guest, kept.compress);
	while ((file = archive_excess(guest, &limits))) {
		/* It is looked at again when it was compressed. */
		if (file->busy ||
		    !remove_file(keeper, file, KEEPER_GUEST, "by the limits of its guest"))
			break;
		/* On a disk that is busy each of them may take as long as a turn. */
		if (clock_passed(begun, ROOM_TURN_NS))
			return true;
	}
	return false;
}

static bool apply_guest(struct keeper *keeper, struct archive_guest *guest, uint64_t begun)
{
	int64_t now;

	if (keeper->sweeping && !keeper->swept)
		drop_unseen(keeper, guest);
	keeper->swept = true;
	if (removal_twins(&keeper->removal, guest, begun, ROOM_TURN_NS))
		return true;
	archive_able(&keeper->archive, guest);
	if (keeper_time(keeper, &now) && is_unused(keeper, guest, now))
		retire_guest(&keeper->archive, keeper->dir, &keeper->calendar, guest);
	cut_large(keeper, guest);
	return limit_guest(keeper, guest, begun);
}

static void see(struct keeper *keeper, const char *text)
{
	struct archive_file *file;
	struct logname name;
	struct stat st;
	uint64_t bytes;

	if (fstatat(keeper->dir->fd, text, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return;
	bytes = (uint64_t)st.st_blocks * 512;
	keeper->count++;
	if (logname_current(text, &name)) {
		archive_live(&keeper->archive, name.base, name.clean,
			     &(struct archive_live){ .exists = true,
						     .bytes = bytes,
						     .time = st.st_mtime,
						     .seen = keeper->seen });
	} else if (logname_get(text, &name)) {
		file = archive_find(&keeper->archive, &name);
		if (!file || file->packed != name.packed)
			file = archive_add(&keeper->archive, &name, bytes);
		if (file)
			file->seen = keeper->seen;
	}
}

/* What was not seen is not taken for removed. */
static void look_failed(struct keeper *keeper, int err)
{
	if (keeper->unlooked != err)
		msg_error("cannot look through %s: %s; it is tried again", keeper->dir->path,
			  strerror(err));
	keeper->unlooked = err;
	keeper->phase = IDLE;
	loop_timer_set(keeper->ages, RETRY_MS);
	/* Whoever waits for a reload waits for no disk. */
	keeper->ops->looked(true, keeper->arg);
}

/* True: the turn is over, and it is not done. */
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
	keeper->phase = GUESTS;
	keeper->guest[0] = '\0';
	keeper->swept = false;
	keeper->again = false;
	room_renew(&keeper->room);
}

static bool look_at_guests(struct keeper *keeper, uint64_t begun)
{
	struct archive_guest *guest;
	char base[LOGNAME_SIZE];

	while ((guest = archive_guest_after(&keeper->archive, keeper->guest))) {
		strcpy(base, guest->base);
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
	keeper->phase = IDLE;
	keeper->ready = true;
	keeper->sweeping = false;
	calendar_store(&keeper->calendar);
	loop_timer_set(keeper->ages, AGES_MS);
	keeper_look_at_ledgers(keeper);
	keeper->telling = true;
	on_room(keeper);
}

static void on_look(void *arg)
{
	struct keeper *keeper = arg;
	uint64_t begun = clock_ns();
	bool more = true;

	if (keeper->dir->fd < 0)
		return;
	if (keeper->phase == FILES && !look_at_files(keeper, begun))
		begin_guests(keeper);
	if (keeper->phase == IDLE)
		return;
	if (keeper->phase == GUESTS)
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
	dirread_close(keeper->entries);
	keeper->entries = dirread_open(keeper->dir->fd);
	if (!keeper->entries) {
		look_failed(keeper, errno);
		return;
	}
	if (keeper->generation != keeper->dir->generation || !keeper->ready) {
		packer_cancel(keeper->packer);
	}
	keeper->generation = keeper->dir->generation;
	keeper->phase = FILES;
	keeper->seen++;
	keeper->count = 0;
	keeper->sweeping = true;
	keeper->told_ms = clock_ms();
	loop_timer_set(keeper->look, 0);
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

void keeper_renew(struct keeper *keeper)
{
	if (keeper->generation != keeper->dir->generation)
		keeper_scan(keeper);
}

void keeper_apply(struct keeper *keeper)
{
	if (keeper->phase != IDLE) {
		keeper->again = true;
		return;
	}
	if (keeper->dir->fd < 0)
		return;
	begin_guests(keeper);
	keeper->told_ms = clock_ms();
	loop_timer_set(keeper->look, 0);
}

void keeper_live(struct keeper *keeper, const char *base, bool clean, bool exists, uint64_t bytes)
{
	struct archive_live live = {
		.exists = exists,
		.bytes = exists ? bytes : 0,
		.time = calendar_most(&keeper->calendar),
		.seen = keeper->seen,
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
	retire_name(&keeper->archive, keeper->dir, &keeper->calendar, name);
}

void keeper_add(struct keeper *keeper, const struct logname *name, uint64_t bytes)
{
	struct archive_file *file = archive_add(&keeper->archive, name, bytes);
	uint64_t begun = clock_ns();

	if (!file)
		return;
	file->seen = keeper->seen;
	/* What is left over is for the next look. */
	if (keeper->ready)
		limit_guest(keeper, file->guest, begun);
	note(keeper, name->base);
	packer_run(keeper->packer);
}

static void on_ages(void *arg)
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
		limit_guest(keeper, guest, clock_ns());
	on_room(keeper);
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
	keeper->room.archive = &keeper->archive;
	keeper->room.ops = &room_ops;
	keeper->room.arg = keeper;
	calendar_begin(&keeper->calendar, dir, boot);
	keeper->packer = packer_new(loop, dir, &keeper->archive, on_packed, keeper);
	keeper->removal.dir = dir;
	keeper->removal.archive = &keeper->archive;
	keeper->removal.packer = keeper->packer;
	keeper->look = loop_timer(loop, on_look, keeper);
	keeper->beside =
		beside_new(loop, dir, &keeper->archive, keeper->packer, &beside_ops, keeper);
	keeper->making = loop_timer(loop, on_room, keeper);
	keeper->ages = loop_timer(loop, on_ages, keeper);
	keeper->retry = loop_timer(loop, on_retry, keeper);
	if (!removal_begin(&keeper->removal, loop) || !keeper->packer || !keeper->beside ||
	    !keeper->look || !keeper->making || !keeper->ages || !keeper->retry) {
		keeper_free(keeper);
		return NULL;
	}
	/* Before more is written. */
	loop_set_priority(keeper->making, LOOP_KEYS);
	return keeper;
}
