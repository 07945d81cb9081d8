/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the logs of an archive have more than they may, all of them or those of an owner;
 * and who gives then, until they have not. That nobody can is told, as often as users can make it
 * happen: of an owner in its sums, and of all once an hour.
 */
#ifndef KPL011_ROOM_H
#define KPL011_ROOM_H

#include "daemon/archive.h"
#include "daemon/usersums.h"

/* In one turn of the loop. */
#define ROOM_TURN_NS ((uint64_t)5 * 1000000)

/* Until it is told again that nothing of all logs can be removed. */
#define ROOM_TOLD_MS ((uint64_t)3600 * 1000)

struct room_ops {
	/* What all logs of an owner may have; LOGNAME_OWN: of the daemon's own guests. */
	void (*owner_limits)(int64_t uid, uint64_t limits[ARCHIVE_MEASURES], void *arg);
	/*
	 * Some of a guest's logs goes, of which there is so much too much; false: none can.
	 * @wait: it can a little later.
	 */
	bool (*give)(struct archive_guest *guest, enum archive_measure measure, uint64_t excess,
		     const char *why, bool *wait, void *arg);
};

struct room {
	struct archive *archive;
	const struct room_ops *ops;
	void *arg;
	struct usersums *sums;		    /* what is told by owner; or NULL */
	uint64_t limits[ARCHIVE_MEASURES];  /* of all logs; 0: none */
	bool told[ARCHIVE_MEASURES];	    /* nothing can be removed */
	uint64_t told_ms[ARCHIVE_MEASURES]; /* when that was told; 0: never */
	bool crowded;			    /* logs are cut off early */
	uint32_t generation;		    /* of the limits of owners */
	int64_t behind;			    /* this owner goes what is left, */
	bool under_way;			    /* if there is such a one */
	bool again;			    /* and then all of it once more */
	bool waits;			    /* something of it can only go a little later */
};

/* Removes what is too much; true: the turn that @begun is over, and there is more. */
bool room_make(struct room *room, uint64_t begun);

/* The limits of owners are others: they are asked for when it is an owner's turn. */
void room_renew(struct room *room);

/* It is one's turn, whose guests are looked at. */
void room_look(struct room *room, struct archive_owner *owner);

/*
 * What an owner has is another than before; true: that is too much. @crowded: logs are cut
 * off early from now on.
 */
bool room_note(struct room *room, struct archive_owner *owner, bool *crowded);

/* How large a guest's log may become before it is cut off early; 0: as it likes. */
uint64_t room_rotate_size(const struct room *room, const char *base);

#endif /* KPL011_ROOM_H */
