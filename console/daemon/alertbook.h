/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which alerts were told, and which are to be: the same of a guest, by its owner and name,
 * is told once in a while, with how often it was seen since; whose command is run next is
 * fair by owner. Pure; times are in milliseconds.
 */
#ifndef KPL011_ALERTBOOK_H
#define KPL011_ALERTBOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/alertnews.h"
#include "daemon/alertrules.h"
#include "source/source.h"

/* Alerts of one owner that are remembered; those of more guests are one for all. */
#define ALERTBOOK_OWNER_MAX 4096

struct alertbook_owner {
	struct alertbook_owner *next;
	uid_t uid;
	size_t entries;
	size_t after;	 /* bytes that its alerts have of what follows them */
	bool runs;	 /* a command for one of them */
	uint64_t run_at; /* the next is not run before */
};

/* One alert of one guest. */
struct alertbook_entry {
	struct alertbook_entry *next; /* of its bucket */
	struct alertbook_owner *owner;
	char guest[SOURCE_NAME_SIZE];
	char alert[ALERTRULES_NAME_SIZE];
	uint64_t quiet;		 /* for so long */
	uint64_t until;		 /* and until then now */
	uint64_t since;		 /* it is to be told */
	uint64_t count;		 /* of what is to be sent: how often it was seen */
	uint64_t run_count;	 /* the same of what is to be run for */
	uint64_t again;		 /* seen since */
	struct alertnews *news;	 /* to be told, or NULL */
	struct alertnews *later; /* the first of those that were seen since */
	bool send;
	bool counted; /* as told */
	bool said;    /* elsewhere, as it could not be sent */
	bool run;
};

#define ALERTBOOK_BUCKETS 1024

struct alertbook {
	struct alertbook_owner *owners; /* who had a turn is behind the others */
	struct alertbook_entry *buckets[ALERTBOOK_BUCKETS];
};

/**
 * alertbook_seen - a guest has printed something that matches
 * @book: the book
 * @uid: its owner
 * @guest: its name
 * @alert: what it matches
 * @quiet: for so long the same is not told again
 * @now: the time
 * @wanted: where what was seen is to be put, or NULL: it was counted, and that is all
 *
 * Return: -ENOMEM; 1: it is to be told now; else 0
 */
int alertbook_seen(struct alertbook *book, uid_t uid, const char *guest, const char *alert,
		   uint64_t quiet, uint64_t now, struct alertnews **wanted);

/* An owner, and an entry with nothing in it if there is none: NULL: no memory. */
struct alertbook_owner *alertbook_owner(struct alertbook *book, uid_t uid);
struct alertbook_entry *alertbook_add(struct alertbook *book, uid_t uid, const char *guest,
				      const char *alert);

/* NULL: there is none, or it is one of those that are one for all. */
struct alertbook_entry *alertbook_find(struct alertbook *book, uid_t uid, const char *guest,
				       const char *alert);

/*
 * What was seen again while it was not to be told is to be told now, if its time is over;
 * what is over is forgotten. Returns when to call it again; UINT64_MAX: there is nothing.
 */
uint64_t alertbook_pass(struct alertbook *book, uint64_t now);

/* The next entry behind @entry, or the first; NULL: there are no more. */
struct alertbook_entry *alertbook_next(const struct alertbook *book,
				       const struct alertbook_entry *entry);

/*
 * Whose command is to be run now: of the owner who waits longest, the worst by @rank (the
 * lower the worse), and of these the oldest. NULL: nobody's; then @next is lowered to when.
 */
struct alertbook_entry *alertbook_turn(struct alertbook *book, uint64_t now,
				       int (*rank)(const char *alert, void *arg), void *arg,
				       uint64_t *next);

/* It is run; the owner's next not before so many milliseconds have passed. */
void alertbook_ran(struct alertbook *book, struct alertbook_entry *entry, uint64_t now,
		   uint64_t every);

/* That of this owner has ended. */
void alertbook_ended(struct alertbook *book, uid_t uid);

/* It was sent, or run: what was seen is dropped when both are done. */
void alertbook_told(struct alertbook_entry *entry);

void alertbook_free(struct alertbook *book);

#endif /* KPL011_ALERTBOOK_H */
