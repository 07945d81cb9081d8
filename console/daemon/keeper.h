/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the logs within their limits: has those compressed that were cut off, and removes
 * the oldest where there is too much. What is being written is cut off early for it, and
 * a log that nobody writes any more, since its guest is gone or the policy is another one,
 * goes with what was cut off, after a day or when its room is needed.
 *
 * It looks through the directory at the start, every hour and when it is told to, in pieces,
 * so that nobody waits for it; and looks at what is new as it comes.
 */
#ifndef KPL011_KEEPER_H
#define KPL011_KEEPER_H

#include "base/loop.h"
#include "daemon/archive.h"
#include "daemon/logdir.h"
#include "daemon/packer.h"

struct keeper;

/* Why a file goes: too much of a measure, of an owner's or of all; or the limits of its guest. */
#define KEEPER_GUEST ARCHIVE_MEASURES
#define KEEPER_REASONS (ARCHIVE_MEASURES + 1)

/* What is kept of a guest; 0: no limit. */
struct keeper_limits {
	uint64_t files;
	uint64_t bytes;
	uint64_t age; /* seconds */
	bool compress;
};

/* Of the guest whose files begin with @base. */
struct keeper_ops {
	void (*limits)(const char *base, struct keeper_limits *limits, void *arg);
	/* What all logs of an owner may have; LOGNAME_OWN: of the daemon's own guests. */
	void (*owner_limits)(int64_t uid, uint64_t limits[ARCHIVE_MEASURES], void *arg);
	/* Whose share what this user has is of, where owners share something; LOGNAME_OWN too. */
	int64_t (*payer)(int64_t uid, void *arg);
	/* Whether one of its logs is being written, or will be. */
	bool (*in_use)(const char *base, bool clean, void *arg);
	/* One was removed. */
	void (*removed)(size_t reason, uint64_t bytes, void *arg);
	/*
	 * Whose a file in .kpl011/ is, or ARCHIVE_NOBODY; false: it is of a port that is no
	 * more, and may go.
	 */
	bool (*owner_of)(const char *name, int64_t *uid, void *arg);
	/* Cut it off. */
	void (*rotate)(const char *base, bool clean, void *arg);
	/* It has looked through all; or is at it still, told from time to time. */
	void (*looked)(bool through, void *arg);
};

/* NULL: no memory. Looks at what is there with keeper_scan(). @boot: the id of this one. */
struct keeper *keeper_new(struct loop *loop, struct logdir *dir, const char *boot,
			  const struct keeper_ops *ops, void *arg);
void keeper_free(struct keeper *keeper);

/* Of all logs; 0: no limit. Holds from the next keeper_apply() on. */
void keeper_set(struct keeper *keeper, const uint64_t limits[ARCHIVE_MEASURES]);

/* Begins to look through the directory; ops->looked() tells when it is through. */
void keeper_scan(struct keeper *keeper);

/*
 * All guests that there were at the start have their names: what nobody writes now is nobody's,
 * and may go. Nothing is removed before.
 */
void keeper_all_named(struct keeper *keeper);

/* Begins to look through .kpl011/: what nobody needs any more goes, and the rest is counted. */
void keeper_look_at_ledgers(struct keeper *keeper);

/* So many more ledgers of a guest, or with a negative number less. */
void keeper_ledgers(struct keeper *keeper, const char *base, int64_t count);

/* The same if the directory is another one since. */
void keeper_renew(struct keeper *keeper);

/* Begins to remove what is too much, of all guests, and of each; the same tells. */
void keeper_apply(struct keeper *keeper);

/* What is being written of a guest now; @bytes on the disk. False in @exists: it is no more. */
void keeper_live(struct keeper *keeper, const char *base, bool clean, bool exists, uint64_t bytes);

/* One of a guest's logs is not being written any more. */
void keeper_unused(struct keeper *keeper, const char *base);

/* Whether it knows what there is, so that a log can be cut off. */
bool keeper_is_ready(const struct keeper *keeper);

/*
 * Whether a log of that name is the daemon's, as web1.log may be another program's, which is left
 * alone; and that it is from now on.
 */
bool keeper_owns(struct keeper *keeper, const char *name);
void keeper_own(struct keeper *keeper, const char *name);

/* Whether no file of another program is in the place of any of these logs. */
bool keeper_is_free(struct keeper *keeper, const char *base);

/* What a file that is cut off now is to be called: @base and @clean are set. */
void keeper_name(struct keeper *keeper, struct logname *name);

/* It is called so now, and has @bytes on the disk. */
void keeper_add(struct keeper *keeper, const struct logname *name, uint64_t bytes);

/* How large a guest's log may become before it is cut off early; 0: as it likes. */
uint64_t keeper_rotate_size(const struct keeper *keeper, const char *base);

/*
 * What time it is, to tell what period a log is of; false: that is not sure, and nothing is
 * to be done by its age.
 */
bool keeper_time(struct keeper *keeper, int64_t *now);

/* Of all logs. */
uint64_t keeper_total(const struct keeper *keeper, enum archive_measure measure);

/* Files that were looked at, while it is at it. */
uint64_t keeper_seen(const struct keeper *keeper);

/* What fails now. */
struct keeper_failing {
	struct packer_failing packer;
	int remove;    /* an errno, or 0 */
	int look;      /* through the directory: an errno, or 0 */
	int clock;     /* its file cannot be written: a negative errno, or 0 */
	int roll;      /* which logs are kpl011's cannot be noted: the same */
	int unknown;   /* and this cannot be read: the same */
	bool unsure;   /* what time it is, since the clock has jumped */
	bool too_much; /* there is, and nothing of it can be removed */
};

void keeper_fails(struct keeper *keeper, struct keeper_failing *failing);

#endif /* KPL011_KEEPER_H */
