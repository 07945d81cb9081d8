/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds out whether the logs of an archive exceed their limits, all together or
 * those of an owner, and has logs removed until they do not. If nothing can be
 * removed, this is reported, but not as often as users can cause it: for an
 * owner in sums, and for all logs once an hour.
 */
#ifndef KPL011_ROOM_H
#define KPL011_ROOM_H

#include "daemon/archive.h"
#include "daemon/usersums.h"

/* The length of a turn of the loop. */
#define ROOM_TURN_NS ((uint64_t)5 * 1000000)

/* Delay before it is reported again that nothing of all logs can be removed. */
#define ROOM_TOLD_MS ((uint64_t)3600 * 1000)

struct room_ops {
	/* Gets the limits of all logs of an owner; LOGNAME_OWN: of the daemon's own user. */
	void (*owner_limits)(int64_t uid, uint64_t limits[ARCHIVE_MEASURES], void *arg);
	/*
	 * Removes some of a guest's logs, since there is @excess too much. Returns false if nothing
	 * can be removed; @wait: it can be a little later.
	 */
	bool (*give)(struct archive_guest *guest, enum archive_measure measure, uint64_t excess,
		     const char *why, bool *wait, void *arg);
};

struct room {
	struct archive *archive;
	const struct room_ops *ops;
	void *arg;
	struct usersums *sums;		    /* of messages, by owner; or NULL */
	uint64_t limits[ARCHIVE_MEASURES];  /* of all logs; 0: none */
	bool told[ARCHIVE_MEASURES];	    /* reported that nothing can be removed */
	uint64_t told_ms[ARCHIVE_MEASURES]; /* when that was reported; 0: never */
	bool crowded;			    /* logs are rotated early */
	uint32_t generation;		    /* of the limits of owners */
	int64_t behind;			    /* continue after this owner, */
	bool under_way;			    /* if this is set */
	bool again;			    /* start once more afterwards */
	bool waits;			    /* something can only be removed later */
};

/* Removes what exceeds limits. Returns true if the turn since @begun is over, and there is more. */
bool room_make(struct room *room, uint64_t begun);

/* The limits of owners have changed: gets them again when it is an owner's turn. */
void room_renew(struct room *room);

/* To be called when it is an owner's turn, before its guests are looked at. */
void room_look(struct room *room, struct archive_owner *owner);

/*
 * An owner's total has changed. Returns true if a limit is exceeded. Sets @crowded if logs are
 * rotated early from now on.
 */
bool room_note(struct room *room, struct archive_owner *owner, bool *crowded);

/* The size at which a guest's log is rotated early; 0: it is not. */
uint64_t room_rotate_size(const struct room *room, const char *base);

#endif /* KPL011_ROOM_H */
