// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/room.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/msg.h"

/* The smallest log that is rotated because there is too much. */
#define ROTATE_MIN ((uint64_t)65536)

static const char *what(enum archive_measure measure, uint64_t limit, char text[64])
{
	char bytes[HUMAN_SIZE];

	if (measure == ARCHIVE_BYTES)
		snprintf(text, 64, "budget of %s", human_bytes(limit, bytes));
	else
		snprintf(text, 64, "limit of %" PRIu64 " %s", limit,
			 measure == ARCHIVE_FILES ? "files" : "guests");
	return text;
}

/* A limit that is exceeded. */
struct excess {
	int64_t uid;
	bool owner; /* of this owner only */
	enum archive_measure measure;
	uint64_t limit;
	bool *told;
	uint64_t *told_ms; /* for all logs only */
};

static const char *whose_logs(const struct excess *excess, char whose[48])
{
	if (excess->owner && excess->uid == LOGNAME_OWN)
		snprintf(whose, 48, "the logs of the daemon's own user");
	else if (excess->owner)
		snprintf(whose, 48, "the logs of user %" PRId64, excess->uid);
	else
		snprintf(whose, 48, "all logs");
	return whose;
}

static void say_why(const struct excess *excess, char why[160])
{
	char text[64];
	char whose[48];

	snprintf(why, 160, "since %s exceed the %s", whose_logs(excess, whose),
		 what(excess->measure, excess->limit, text));
}

/* Users can make this come and go, by beginning and ending guests. */
static bool is_to_be_told(const struct room *room, const struct excess *excess)
{
	uint64_t now = clock_ms();
	char cause[160];
	char text[64];
	char whose[48];

	if (excess->owner) {
		snprintf(cause, sizeof(cause), "more than the %s, and nothing can be removed",
			 what(excess->measure, excess->limit, text));
		return usersums_add(room->sums, excess->uid, cause, whose_logs(excess, whose), 0);
	}
	if (*excess->told_ms && now - *excess->told_ms < ROOM_TOLD_MS)
		return false;
	*excess->told_ms = now;
	return true;
}

static void say_full(const struct room *room, const struct excess *excess, const char *why)
{
	if (!is_to_be_told(room, excess))
		return;
	msg_error("nothing can be removed, although it is necessary %s", why);
	msg_more(excess->measure == ARCHIVE_GUESTS
			 ? "All these guests run; a higher limit would help."
			 : "It is tried again; a higher limit would help.");
}

/* By how much the limit is exceeded. */
static uint64_t too_much(const struct room *room, const struct excess *excess)
{
	const struct archive_owner *owner = archive_owner(room->archive, excess->uid);
	uint64_t total = room->archive->total[excess->measure];

	if (excess->owner)
		total = owner ? owner->total[excess->measure] : 0;
	return total > excess->limit ? total - excess->limit : 0;
}

static struct archive_guest *victim_of(struct room *room, const struct excess *excess)
{
	if (excess->owner)
		return archive_victim_of(room->archive, excess->uid, excess->measure);
	return archive_victim(room->archive, excess->measure, excess->limit);
}

/* Returns true if the turn is over, and there is more. */
static bool make_room(struct room *room, const struct excess *excess, uint64_t begun)
{
	struct archive_guest *guest;
	uint64_t much = 0;
	char why[160];
	bool wait = false;

	say_why(excess, why);
	while (!wait && (much = too_much(room, excess)) && (guest = victim_of(room, excess))) {
		if (!room->ops->give(guest, excess->measure, much, why, &wait, room->arg) && !wait)
			archive_unable(room->archive, guest, excess->measure);
		if (clock_passed(begun, ROOM_TURN_NS))
			return true;
	}
	if (!much) {
		/* An owner without logs was freed, and @told with it. */
		if (!excess->owner)
			*excess->told = false;
	} else if (!wait && !*excess->told) {
		*excess->told = true;
		say_full(room, excess, why);
	}
	room->waits |= much && wait;
	return false;
}

static bool limit_owner(struct room *room, struct archive_owner *owner, uint64_t begun)
{
	int64_t uid = owner->uid;

	for (int m = 0; m < ARCHIVE_MEASURES; m++) {
		struct excess excess = { .uid = uid, .owner = true, .measure = m };

		owner = archive_owner(room->archive, uid);
		if (!owner)
			return false;
		excess.limit = owner->limit[m];
		excess.told = &owner->told[m];
		if (!excess.limit || owner->total[m] <= excess.limit)
			owner->told[m] = false;
		else if (make_room(room, &excess, begun))
			return true;
	}
	return false;
}

/* Whether logs are to be rotated early; then until there is room again. */
static bool is_crowded(uint64_t total, uint64_t limit, bool was)
{
	return limit && total > limit - limit / (was ? 4 : 8);
}

/* An owner's share of the limit of all logs: the same for each. */
static uint64_t share_of(const struct room *room)
{
	size_t owners = room->archive->owner_count;

	return room->limits[ARCHIVE_BYTES] / (owners ? owners : 1);
}

/* Owners below their share give nothing to others: their logs are not rotated early. */
static bool note_crowding(struct room *room, struct archive_owner *owner)
{
	const struct archive *archive = room->archive;
	bool was = room->crowded || owner->crowded;
	bool was_near = owner->near;

	room->crowded = is_crowded(archive->total[ARCHIVE_BYTES], room->limits[ARCHIVE_BYTES],
				   room->crowded);
	owner->crowded = is_crowded(owner->total[ARCHIVE_BYTES], owner->limit[ARCHIVE_BYTES],
				    owner->crowded);
	owner->near = room->crowded &&
		      is_crowded(owner->total[ARCHIVE_BYTES], share_of(room), owner->near);
	return (!was && (room->crowded || owner->crowded)) || (!was_near && owner->near);
}

/* Gets the current limits from the policy, which may look up the owner's name. */
static void get_limits(struct room *room, struct archive_owner *owner)
{
	if (owner->limits_of != room->generation + 1)
		room->ops->owner_limits(owner->uid, owner->limit, room->arg);
	owner->limits_of = room->generation + 1;
}

void room_look(struct room *room, struct archive_owner *owner)
{
	get_limits(room, owner);
	note_crowding(room, owner);
}

/* Returns true if the turn is over, and there is more. */
static bool limit_owners(struct room *room, uint64_t begun)
{
	struct archive_owner *owner;

	while ((owner = archive_owner_after(room->archive, room->behind))) {
		int64_t uid = owner->uid;

		room_look(room, owner);
		if (limit_owner(room, owner, begun))
			return true;
		room->behind = uid;
		room->under_way = true;
		if (clock_passed(begun, ROOM_TURN_NS))
			return true;
	}
	room->behind = INT64_MIN;
	room->under_way = false;
	return false;
}

bool room_make(struct room *room, uint64_t begun)
{
	bool more;

	if (!room->under_way) {
		room->behind = INT64_MIN;
		room->waits = false;
	}
	if (limit_owners(room, begun))
		return true;
	for (int m = 0; m < ARCHIVE_MEASURES; m++) {
		struct excess excess = {
			.measure = m,
			.limit = room->limits[m],
			.told = &room->told[m],
			.told_ms = &room->told_ms[m],
		};

		/* Without a limit there is not too much. */
		if (!excess.limit)
			room->told[m] = false;
		else if (make_room(room, &excess, begun))
			return true;
	}
	/* Owners at the front may have more than they had at their turn. */
	more = room->again;
	room->again = false;
	return more;
}

/* The largest file that one more file of a guest removes by the guest's own limits. */
static uint64_t pushed_out(const struct archive_guest *guest)
{
	uint64_t most = 0;

	for (int clean = 0; clean < 2; clean++) {
		const struct archive_file *file = archive_file_after(guest, clean, NULL);
		uint64_t bytes = guest->bytes + guest->live[clean].bytes;
		bool full = guest->keeps_files && guest->logs[clean].count >= guest->keeps_files;

		full |= guest->keeps_bytes && bytes > guest->keeps_bytes;
		if (full && file && file->bytes > most)
			most = file->bytes;
	}
	return most;
}

/*
 * Whether a guest's log is rotated early for the limit of all logs: if its owner is near its share,
 * and stays there when a new file removes an old one.
 */
static bool is_near(const struct room *room, const struct archive_guest *guest)
{
	uint64_t total = guest->owner->total[ARCHIVE_BYTES];
	uint64_t out = pushed_out(guest);

	if (!room->crowded)
		return false;
	return out ? total >= share_of(room) + out : is_crowded(total, share_of(room), false);
}

void room_renew(struct room *room)
{
	room->generation++;
	room->under_way = false;
}

bool room_note(struct room *room, struct archive_owner *owner, bool *crowded)
{
	get_limits(room, owner);
	*crowded = note_crowding(room, owner);
	for (int m = 0; m < ARCHIVE_MEASURES; m++)
		if ((room->limits[m] && room->archive->total[m] > room->limits[m]) ||
		    (owner->limit[m] && owner->total[m] > owner->limit[m])) {
			room->again = room->under_way;
			return true;
		}
	return false;
}

static uint64_t part(uint64_t limit, uint64_t among)
{
	uint64_t size = limit / 8 / (among ? among : 1);

	return size < ROTATE_MIN ? ROTATE_MIN : size;
}

uint64_t room_rotate_size(const struct room *room, const char *base)
{
	const struct archive *archive = room->archive;
	const struct archive_guest *guest = archive_guest(archive, base);
	const struct archive_owner *owner = guest ? guest->owner : NULL;
	uint64_t guests = owner ? owner->total[ARCHIVE_GUESTS] : 0;
	uint64_t size = 0;
	uint64_t own;

	if (!owner)
		return 0;
	if (is_near(room, guest))
		size = part(room->limits[ARCHIVE_BYTES] / (archive->owner_count + 1), guests);
	if (owner->crowded) {
		own = part(owner->limit[ARCHIVE_BYTES], guests);
		size = size && size < own ? size : own;
	}
	return size;
}
