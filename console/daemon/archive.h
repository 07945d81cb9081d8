/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The logs that there are, by owner and guest: those that were cut off file by file, those
 * that are being written by their size. Which have to go where they are too many. Pure: what
 * it says is done by keeper.c. All of it takes as many steps as a search in a tree.
 */
#ifndef KPL011_ARCHIVE_H
#define KPL011_ARCHIVE_H

#include <stddef.h>

#include "daemon/logname.h"

/* What is limited. */
enum archive_measure {
	ARCHIVE_BYTES, /* on the disk */
	ARCHIVE_FILES,
	ARCHIVE_GUESTS,
	ARCHIVE_MEASURES,
};

struct archive_guest;

/* A file that was cut off. */
struct archive_file {
	struct archive_guest *guest;
	uint64_t seq;
	int64_t time;
	uint64_t bytes; /* on the disk */
	int64_t retry;	/* not compressed before, on whatever clock */
	int err;	/* of compressing it, negative; 0: it was not tried, or could be */
	bool clean;
	bool packed;
	bool busy;     /* it is being compressed */
	bool twin;     /* it is packed, and is there unpacked as well */
	bool todo;     /* it is to be compressed */
	bool stuck;    /* it could not be removed, and is not asked for meanwhile */
	uint32_t seen; /* for whoever looks through the directory */
};

/* One log of a guest: what was cut off from it, by number. */
struct archive_log {
	void *files;
	void *twins; /* those of them that are there packed and not: the packed ones */
	uint64_t count;
	uint64_t stuck; /* how many of them are */
};

/* What is being written, or was and may go on. */
struct archive_live {
	bool exists;
	uint64_t bytes;
	int64_t time; /* when it was written last */
	uint32_t seen;
};

/* Where a guest stands among those of its owner. */
struct archive_rank {
	bool in;
	unsigned int size; /* how often the least there is can be doubled */
	int64_t time;
};

struct archive_guest {
	struct archive_owner *owner;
	struct archive_log logs[2]; /* raw, clean */
	struct archive_live live[2];
	uint64_t bytes;	      /* of the files that were cut off */
	uint64_t last;	      /* the greatest number */
	int64_t newest;	      /* of the files that were cut off */
	uint64_t nth;	      /* of all that there have been, for those of one time */
	uint64_t keeps_files; /* of each of its logs, and */
	uint64_t keeps_bytes; /* of all of them; 0: no limit; for whoever uses this */
	bool compress;
	bool counted;
	bool changed;
	unsigned int unable; /* a bit for each measure: it has nothing that can go now */
	uint64_t stuck_bytes;
	struct archive_guest *next_changed;
	struct archive_rank ranks[ARCHIVE_MEASURES];
	char base[];
};

/* What is there beside logs: positions in them, and what is of nobody. */
struct archive_small {
	uint64_t bytes;
	uint64_t files;
};

/* Who answers for the logs of some guests: their owner, or whose subordinate uid that is. */
struct archive_owner {
	int64_t uid; /* LOGNAME_OWN: the daemon's own */
	struct archive_small small;
	struct archive_small small_seen; /* by who looks at all of it */
	uint32_t small_look;		 /* when it did */
	uint64_t total[ARCHIVE_MEASURES];
	uint64_t limit[ARCHIVE_MEASURES]; /* 0: none; for whoever uses this */
	uint32_t limits_of;		  /* which they are, for the same */
	bool crowded;			  /* for the same */
	bool near;			  /* likewise: to its share of all */
	bool told[ARCHIVE_MEASURES];
	void *guests[ARCHIVE_MEASURES];
	uint64_t ranked[ARCHIVE_MEASURES];
	size_t entries;
};

struct archive {
	/* Whose share that of a user is of; NULL: its own. Never set once there is something. */
	int64_t (*payer)(int64_t uid, void *arg);
	void *arg;
	void *guests;
	void *owners;
	void *most[ARCHIVE_MEASURES]; /* owners, who has most first */
	void *todo;
	uint64_t total[ARCHIVE_MEASURES];
	struct archive_small small; /* of nobody */
	struct archive_small small_seen;
	uint32_t small_look;
	int64_t small_behind; /* counted anew up to this owner */
	size_t owner_count;
	uint64_t guests_ever;
	struct archive_guest *changed;
};

/* What of one guest is kept; 0: no limit. */
struct archive_limits {
	uint64_t files; /* of each of its logs */
	uint64_t bytes; /* of all of them */
	int64_t since;	/* what is older goes: seconds since 1970 */
	int64_t from;	/* but what is older than that was dated by a clock that was wrong */
};

/* NULL: no memory; the file is not known then. */
struct archive_file *archive_add(struct archive *archive, const struct logname *name,
				 uint64_t bytes);
void archive_remove(struct archive *archive, struct archive_file *file);
void archive_free(struct archive *archive);

/* Somebody else may answer for a guest now. */
void archive_rehome(struct archive *archive, struct archive_guest *guest);

/* It was compressed, to so many bytes. */
void archive_packed(struct archive *archive, struct archive_file *file, uint64_t bytes);

/* What is being written of a guest, from now on; false: no memory. */
bool archive_live(struct archive *archive, const char *base, bool clean,
		  const struct archive_live *live);

/* NULL: there is none that has a log. It stays until the next call of archive_victim(). */
struct archive_guest *archive_guest(const struct archive *archive, const char *base);

/* By what its logs begin with, one after the other; "": the first. NULL: that was the last. */
struct archive_guest *archive_guest_after(const struct archive *archive, const char *base);

/* NULL: nobody of that number has a log. It stays as long as its guests. */
struct archive_owner *archive_owner(const struct archive *archive, int64_t uid);

/*
 * What an owner has beside logs is so much more; negative: less. It counts as logs do. @uid:
 * ARCHIVE_NOBODY, it is of none.
 */
#define ARCHIVE_NOBODY INT64_MAX
void archive_small(struct archive *archive, int64_t uid, int64_t bytes, int64_t files);

/*
 * Counts it anew: from the first call on what is seen, up to the last, which says that of one
 * owner after the other. True: there are more owners, and it is to be called again.
 */
void archive_small_begin(struct archive *archive);
void archive_small_saw(struct archive *archive, int64_t uid, uint64_t bytes);
bool archive_small_end(struct archive *archive);

/* By number, one after the other; INT64_MIN: the first. */
struct archive_owner *archive_owner_after(const struct archive *archive, int64_t uid);

/* The number of the next file of a guest. */
uint64_t archive_next(const struct archive *archive, const char *base);

/* NULL: it is not known. Of that name; or else of that name packed, or not. */
struct archive_file *archive_find(const struct archive *archive, const struct logname *name);

/* Of one log by number, one after the other; NULL: the first; or the last was that. */
struct archive_file *archive_file_after(const struct archive_guest *guest, bool clean,
					const struct archive_file *file);

/* What a file is called. */
void archive_name(const struct archive_file *file, struct logname *name);

/* The oldest of a guest's files that is not stuck, or NULL; it may be busy. */
struct archive_file *archive_oldest(struct archive_guest *guest);

/*
 * A file could not be removed: others are asked for in its place until archive_able(). False:
 * as many as that is done for are stuck, so that it may be all of them.
 */
bool archive_stuck(struct archive *archive, struct archive_file *file);

/* The first of a guest's files that its limits do not allow, or NULL; likewise. */
struct archive_file *archive_excess(struct archive_guest *guest,
				    const struct archive_limits *limits);

/* One that is there both packed and not: the packed one. NULL: there is none. */
struct archive_file *archive_twin(struct archive_guest *guest);

/**
 * archive_victim - whose file goes first where all together are too much
 * @archive: the logs
 * @measure: of what there is too much
 * @limit: how much there may be
 *
 * Of the owner who has most and would not have less than he would have if all had the same,
 * or else of the one who has most; an owner who has no more than that gives nothing. Of his
 * guests that have about as much as the one that has most, it is the one with the oldest; of
 * too many guests the one that has been still for longest.
 *
 * Return: NULL: nobody can give
 */
struct archive_guest *archive_victim(struct archive *archive, enum archive_measure measure,
				     uint64_t limit);

/* The same of one owner, by number. */
struct archive_guest *archive_victim_of(struct archive *archive, int64_t uid,
					enum archive_measure measure);

/* A guest has nothing that could go, or may have something again. */
void archive_unable(struct archive *archive, struct archive_guest *guest,
		    enum archive_measure measure);
void archive_able(struct archive *archive, struct archive_guest *guest);

/* Whether a guest's files are to be compressed. True: they were not, or were, until now. */
bool archive_compress(struct archive *archive, struct archive_guest *guest, bool compress);

/* Of those to be compressed the one that is next, or NULL; look at its retry. */
struct archive_file *archive_wanted(const struct archive *archive);

/* It is being compressed; or not any more, and not before @retry again. */
void archive_begin(struct archive *archive, struct archive_file *file);
void archive_end(struct archive *archive, struct archive_file *file, int64_t retry);

#endif /* KPL011_ARCHIVE_H */
