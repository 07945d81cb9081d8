/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The logs that exist, by owner and guest: each archive, and the size of the log being written.
 * It decides which have to go when there are too many or too much. Pure: the keeper carries out
 * what it decides. All operations take as many steps as a search in a tree.
 */
#ifndef KPL011_ARCHIVE_H
#define KPL011_ARCHIVE_H

#include <stddef.h>

#include "daemon/logname.h"

/* What can be limited. */
enum archive_measure {
	ARCHIVE_BYTES, /* on the disk */
	ARCHIVE_FILES,
	ARCHIVE_GUESTS,
	ARCHIVE_MEASURES,
};

struct archive_guest;

/* An archive: a file that was rotated out of a log. */
struct archive_file {
	struct archive_guest *guest;
	uint64_t seq;
	int64_t time;
	uint64_t bytes; /* on the disk */
	int64_t retry;	/* not compressed before this, on the caller's clock */
	int err;	/* of compressing it, a negative errno; 0: not tried, or done */
	bool clean;
	bool packed;
	bool busy;     /* it is being compressed */
	bool twin;     /* it is packed, and an unpacked file exists as well */
	bool todo;     /* it is to be compressed */
	bool stuck;    /* it could not be removed, and is not offered meanwhile */
	uint32_t seen; /* the scan of the directory that saw it last, or in which it changed */
};

/* The archives of one of a guest's logs, by number. */
struct archive_log {
	void *files;
	void *twins; /* the packed ones of those that exist packed and unpacked */
	uint64_t count;
	uint64_t stuck; /* how many of them are stuck */
};

/* The current file of a log, which is being written or may be written again. */
struct archive_live {
	bool exists;
	uint64_t bytes;
	int64_t time; /* when it was last written */
	uint32_t seen;
};

/* A guest's place among those of its owner. */
struct archive_rank {
	bool in;
	unsigned int size; /* number of binary digits of what it has */
	int64_t time;
};

struct archive_guest {
	struct archive_owner *owner;
	struct archive_log logs[2]; /* raw, clean */
	struct archive_live live[2];
	uint64_t bytes;	      /* of its archives */
	uint64_t last;	      /* the greatest number of an archive */
	int64_t newest;	      /* of its archives */
	uint64_t nth;	      /* serial number, to order guests with the same time */
	uint64_t keeps_files; /* limit for each of its logs, and */
	uint64_t keeps_bytes; /* for all of them; 0: no limit; for the caller's use */
	bool compress;
	bool counted;
	bool changed;
	unsigned int unable; /* a bit for each measure: nothing of it can go now */
	uint64_t stuck_bytes;
	struct archive_guest *next_changed;
	struct archive_rank ranks[ARCHIVE_MEASURES];
	char base[];
};

/* What exists beside logs, such as ledgers; an owner's, or nobody's. */
struct archive_small {
	uint64_t bytes;
	uint64_t files;
};

/*
 * To whom the logs of some guests are charged: their owner, or the user to whom that uid is
 * subordinate.
 */
struct archive_owner {
	int64_t uid; /* LOGNAME_OWN: the user of the daemon */
	struct archive_small small;
	struct archive_small small_seen; /* found by the count under way */
	uint32_t small_look;		 /* the count that @small_seen is of */
	uint64_t total[ARCHIVE_MEASURES];
	uint64_t limit[ARCHIVE_MEASURES]; /* 0: none; for the caller's use */
	uint32_t limits_of;		  /* their generation, likewise */
	bool crowded;			  /* for the caller's use */
	bool near;			  /* close to its share of everything; likewise */
	bool told[ARCHIVE_MEASURES];
	void *guests[ARCHIVE_MEASURES];
	uint64_t ranked[ARCHIVE_MEASURES];
	size_t entries;
};

struct archive {
	/*
	 * The uid to which what a user has is charged; NULL: that user's own. Must not be set
	 * once there is something in the archive.
	 */
	int64_t (*payer)(int64_t uid, void *arg);
	void *arg;
	void *guests;
	void *owners;
	void *most[ARCHIVE_MEASURES]; /* owners, the one that has most first */
	void *todo;
	uint64_t total[ARCHIVE_MEASURES];
	uint32_t seen; /* the last scan of the directory: set by the caller, before it begins */
	struct archive_small small; /* what is nobody's */
	struct archive_small small_seen;
	uint32_t small_look;
	int64_t small_behind; /* the new count is in use up to this owner */
	size_t owner_count;
	uint64_t guests_ever;
	struct archive_guest *changed;
};

/* What is kept of one guest; 0: no limit. */
struct archive_limits {
	uint64_t files; /* for each of its logs */
	uint64_t bytes; /* for all of them */
	int64_t since;	/* what is older goes: in seconds since 1970 */
	int64_t from;	/* what is older than this has a wrong date, and stays */
};

/* Adds an archive. NULL: no memory; the file is then unknown. */
struct archive_file *archive_add(struct archive *archive, const struct logname *name,
				 uint64_t bytes);
void archive_remove(struct archive *archive, struct archive_file *file);
void archive_free(struct archive *archive);

/* Asks @payer again to whom a guest is charged. */
void archive_rehome(struct archive *archive, struct archive_guest *guest);

/* Corrects the size of a file. */
void archive_size(struct archive *archive, struct archive_file *file, uint64_t bytes);

/* The file was compressed, to @bytes bytes. */
void archive_packed(struct archive *archive, struct archive_file *file, uint64_t bytes);

/* Sets what is known of the current file of a guest's log. False: no memory. */
bool archive_live(struct archive *archive, const char *base, bool clean,
		  const struct archive_live *live);

/* NULL: no guest of that name has a log. It stays valid until the next archive_victim(). */
struct archive_guest *archive_guest(const struct archive *archive, const char *base);

/* The guest after @base, in the order of these names; "": the first. NULL: that was the last. */
struct archive_guest *archive_guest_after(const struct archive *archive, const char *base);

/* NULL: no owner of that uid has a log. It stays valid as long as its guests. */
struct archive_owner *archive_owner(const struct archive *archive, int64_t uid);

/*
 * Adds to what an owner has beside logs, or subtracts if negative. It counts like logs do. @uid:
 * ARCHIVE_NOBODY for what has no owner.
 */
#define ARCHIVE_NOBODY INT64_MAX
void archive_small(struct archive *archive, int64_t uid, int64_t bytes, int64_t files);

/*
 * Counts it again: archive_small_begin() once, archive_small_saw() for each file, and then
 * archive_small_end(), which takes over the new count of one owner after the other. True: there
 * are more owners, and it is to be called again.
 */
void archive_small_begin(struct archive *archive);
void archive_small_saw(struct archive *archive, int64_t uid, uint64_t bytes);
bool archive_small_end(struct archive *archive);

/* The owner after @uid, in the order of uids; INT64_MIN: the first. NULL: that was the last. */
struct archive_owner *archive_owner_after(const struct archive *archive, int64_t uid);

/* The number of a guest's next archive. */
uint64_t archive_next(const struct archive *archive, const char *base);

/* The file of that name, or else its packed or unpacked counterpart. NULL: neither is known. */
struct archive_file *archive_find(const struct archive *archive, const struct logname *name);

/* The archive of a log after @file, by number; NULL: the first. NULL: @file was the last. */
struct archive_file *archive_file_after(const struct archive_guest *guest, bool clean,
					const struct archive_file *file);

/* The name of an archive. */
void archive_name(const struct archive_file *file, struct logname *name);

/* A guest's oldest archive that is not stuck, or NULL; it may be busy. */
struct archive_file *archive_oldest(struct archive_guest *guest);

/*
 * An archive could not be removed: others are offered in its place until archive_able(). False:
 * as many are stuck as are skipped, so that all of the guest's may be.
 */
bool archive_stuck(struct archive *archive, struct archive_file *file);

/* The oldest of a guest's archives that its limits do not allow, or NULL; it may be busy. */
struct archive_file *archive_excess(struct archive_guest *guest,
				    const struct archive_limits *limits);

/* The packed one of an archive that exists both packed and unpacked. NULL: there is none. */
struct archive_file *archive_twin(struct archive_guest *guest);

/**
 * archive_victim - which guest gives a file when all logs together are too much
 * @archive: the logs
 * @measure: of what there is too much
 * @limit: how much all of them may have
 *
 * It is a guest of the owner who has most and who, after giving, still has an equal share of
 * @limit; or else of the owner who has most. An owner with no more than that share gives
 * nothing. Of the owner's guests that have about as much as the largest, it is the one with the
 * oldest file; for ARCHIVE_GUESTS, the one that has been silent for longest.
 *
 * Return: the guest, or NULL if nobody can give
 */
struct archive_guest *archive_victim(struct archive *archive, enum archive_measure measure,
				     uint64_t limit);

/* The same among the guests of one owner. */
struct archive_guest *archive_victim_of(struct archive *archive, int64_t uid,
					enum archive_measure measure);

/* A guest has nothing that could go; archive_able(): it may have something again. */
void archive_unable(struct archive *archive, struct archive_guest *guest,
		    enum archive_measure measure);
void archive_able(struct archive *archive, struct archive_guest *guest);

/* Sets whether a guest's archives are to be compressed. True: that is a change. */
bool archive_compress(struct archive *archive, struct archive_guest *guest, bool compress);

/* The archive to be compressed next, or NULL; the caller checks its @retry. */
struct archive_file *archive_wanted(const struct archive *archive);

/* Compressing it begins; archive_end(): it has ended, and may not begin again before @retry. */
void archive_begin(struct archive *archive, struct archive_file *file);
void archive_end(struct archive *archive, struct archive_file *file, int64_t retry);

#endif /* KPL011_ARCHIVE_H */
