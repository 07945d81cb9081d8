/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the logs within their limits: has archives compressed, and removes the oldest when there
 * is too much. For that it rotates current logs early, and treats a log that nobody writes any
 * more, because its guest is gone or the policy has changed, as an archive after a day, or as
 * soon as its room is needed.
 *
 * It scans the directory at the start, every hour and on request, in pieces, so that nobody waits
 * for it; and considers new files as they come.
 */
#ifndef KPL011_KEEPER_H
#define KPL011_KEEPER_H

#include "base/loop.h"
#include "daemon/archive.h"
#include "daemon/logdir.h"
#include "daemon/packer.h"

struct keeper;

/*
 * Why a file is removed: too much of a measure, for its owner or for all; or its guest's limits.
 */
#define KEEPER_GUEST ARCHIVE_MEASURES
#define KEEPER_REASONS (ARCHIVE_MEASURES + 1)

/* What is kept of a guest; 0: no limit. */
struct keeper_limits {
	uint64_t files;
	uint64_t bytes;
	uint64_t age; /* seconds */
	bool compress;
};

/* @base: the guest whose files begin with it. */
struct keeper_ops {
	void (*limits)(const char *base, struct keeper_limits *limits, void *arg);
	/* Gets the limits of all logs of an owner; LOGNAME_OWN: of the daemon's own guests. */
	void (*owner_limits)(int64_t uid, uint64_t limits[ARCHIVE_MEASURES], void *arg);
	/* The owner to whom what this user has is charged; @uid may be LOGNAME_OWN. */
	int64_t (*payer)(int64_t uid, void *arg);
	/* Whether one of a guest's logs is being written, or will be. */
	bool (*in_use)(const char *base, bool clean, void *arg);
	/* A file was removed. */
	void (*removed)(size_t reason, uint64_t bytes, void *arg);
	/*
	 * Sets the owner of a file in .kpl011/, or ARCHIVE_NOBODY. False: its port does not exist
	 * any more, and it may be removed.
	 */
	bool (*owner_of)(const char *name, int64_t *uid, void *arg);
	/* Rotates the log. */
	void (*rotate)(const char *base, bool clean, void *arg);
	/*
	 * A scan is complete (@through), or still under way, which is reported from time to time.
	 */
	void (*looked)(bool through, void *arg);
};

/* NULL: no memory. keeper_scan() makes it look at what exists. @boot: the id of this boot. */
struct keeper *keeper_new(struct loop *loop, struct logdir *dir, const char *boot,
			  const struct keeper_ops *ops, void *arg);
void keeper_free(struct keeper *keeper);

/*
 * Sets the limits of all logs together; 0: no limit. They apply from the next keeper_apply() on.
 */
void keeper_set(struct keeper *keeper, const uint64_t limits[ARCHIVE_MEASURES]);

/* Begins to scan the directory; ops->looked() tells when it is done. */
void keeper_scan(struct keeper *keeper);

/*
 * All guests that existed at the start have their names: a log that nobody writes now belongs to
 * nobody, and may be removed. Nothing is removed before this.
 */
void keeper_all_named(struct keeper *keeper);

/* Begins to scan .kpl011/: removes what nobody needs any more, and counts the rest. */
void keeper_look_at_ledgers(struct keeper *keeper);

/* A guest has @count more ledgers, or fewer if negative. */
void keeper_ledgers(struct keeper *keeper, const char *base, int64_t count);

/* Like keeper_scan(), if the directory is not the one that was scanned. */
void keeper_renew(struct keeper *keeper);

/* Begins to apply the limits of all, and of each guest; ops->looked() tells when it is done. */
void keeper_apply(struct keeper *keeper);

/*
 * Sets the size of a current log, in bytes on the disk. @exists: false if it does not exist any
 * more.
 */
void keeper_live(struct keeper *keeper, const char *base, bool clean, bool exists, uint64_t bytes);

/* One of a guest's logs is not written any more. */
void keeper_unused(struct keeper *keeper, const char *base);

/* Whether it knows which files exist, so that a log can be rotated. */
bool keeper_is_ready(const struct keeper *keeper);

/*
 * keeper_owns(): whether a log of that name is the daemon's; web1.log may be another program's,
 * which is left alone. keeper_own(): it is the daemon's from now on. keeper_disown(): the daemon
 * could not create it after all.
 */
bool keeper_owns(struct keeper *keeper, const char *name);
void keeper_own(struct keeper *keeper, const char *name);
void keeper_disown(struct keeper *keeper, const char *name);

/* Whether no file of another program has the name of any of these logs. */
bool keeper_is_free(struct keeper *keeper, const char *base);

/* The name of an archive that is made now: @base and @clean are set. */
void keeper_name(struct keeper *keeper, struct logname *name);

/* An archive of that name was made, with @bytes on the disk. */
void keeper_add(struct keeper *keeper, const struct logname *name, uint64_t bytes);

/* The size at which a guest's log is to be rotated early; 0: none. */
uint64_t keeper_rotate_size(const struct keeper *keeper, const char *base);

/*
 * The time, to decide which period a log belongs to. False: it is not certain, and nothing is to
 * be done by its age.
 */
bool keeper_time(struct keeper *keeper, int64_t *now);

/* What all logs have together. */
uint64_t keeper_total(const struct keeper *keeper, enum archive_measure measure);

/* Files that the scan under way has seen. */
uint64_t keeper_seen(const struct keeper *keeper);

/* What fails now. */
struct keeper_failing {
	struct packer_failing packer;
	int remove;    /* an errno, or 0 */
	int look;      /* scanning the directory, or .kpl011/ in it: an errno, or 0 */
	int clock;     /* .kpl011/clock cannot be written: a negative errno, or 0 */
	int roll;      /* .kpl011/logs cannot be written: likewise */
	int unknown;   /* .kpl011/logs cannot be read: likewise */
	bool unsure;   /* the time is not certain, since the clock has jumped */
	bool too_much; /* a limit is exceeded, and nothing more can be removed */
};

void keeper_fails(struct keeper *keeper, struct keeper_failing *failing);

#endif /* KPL011_KEEPER_H */
