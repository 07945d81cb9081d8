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
#include <sys/queue.h>
#include <sys/types.h>

#include "daemon/alertnews.h"
#include "daemon/alertrules.h"
#include "source/source.h"

/* Alerts of one owner that are remembered; those of more guests are one for all. */
#define ALERTBOOK_OWNER_MAX 4096

struct alertbook_entry;
TAILQ_HEAD(alertbook_entries, alertbook_entry);

/* A user, with all subordinate uids. */
struct alertbook_owner {
	LIST_ENTRY(alertbook_owner) in_bucket;
	struct alertbook_entries to_run;
	void **set;  /* that it is in, or NULL */
	uint64_t at; /* its place there: a time, and */
	uint64_t nth;
	uid_t uid;
	size_t entries;
	size_t after;	 /* bytes that its alerts have of what follows them */
	bool runs;	 /* a command for one of them */
	uint64_t run_at; /* the next is not run before */
};

/* One alert of one guest. */
struct alertbook_entry {
	struct alertbook_entry *next;	/* of its bucket */
	struct alertbook_entries *list; /* that it is in while it is to be sent, or NULL */
	TAILQ_ENTRY(alertbook_entry) in_list;
	TAILQ_ENTRY(alertbook_entry) in_owner; /* while it is to be run for */
	bool due;			       /* it is in the set of these, by */
	uint64_t at;
	uint64_t nth;
	struct alertbook_owner *owner; /* who answers for: */
	uid_t uid;
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
	bool said; /* elsewhere, as it could not be sent */
	bool run;
	bool command; /* there is one to be run for it */
};

#define ALERTBOOK_BUCKETS 1024

/*
 * Each step is as long as a search, or as what one owner has, however many there are: what
 * is next is at the beginning of a list or of a set. alertbook_begin() makes it.
 */
struct alertbook {
	struct alertbook_entry *buckets[ALERTBOOK_BUCKETS];
	LIST_HEAD(, alertbook_owner) owners[ALERTBOOK_BUCKETS];
	struct alertbook_entries fresh; /* to be sent, and not counted as told */
	struct alertbook_entries to_send;
	struct alertbook_entries said;
	void *due;  /* entries, by when there is something to do */
	void *line; /* owners that have something to run, by since when it may be */
	void *idle; /* owners that have nothing, by when they are forgotten */
	uint64_t nth;
};

void alertbook_begin(struct alertbook *book);

/**
 * alertbook_seen - a guest has printed something that matches
 * @book: the book
 * @uid: its owner
 * @guest: its name
 * @alert: what it matches
 * @quiet: for so long the same is not told again
 * @command: there is one to be run for it
 * @now: the time
 * @wanted: where what was seen is to be put, or NULL: it was counted, and that is all
 *
 * Return: -ENOMEM; 1: it is to be told now; else 0
 */
int alertbook_seen(struct alertbook *book, uid_t uid, const char *guest, const char *alert,
		   uint64_t quiet, bool command, uint64_t now, struct alertnews **wanted);

/* No command is run for an owner before that. */
void alertbook_limit(struct alertbook *book, uid_t owner, uint64_t run_at);

/* With nothing in it if there is none: NULL: no memory. */
struct alertbook_entry *alertbook_add(struct alertbook *book, uid_t uid, const char *guest,
				      const char *alert);

/* NULL: there is none, or it is one of those that are one for all. */
struct alertbook_entry *alertbook_find(struct alertbook *book, uid_t uid, const char *guest,
				       const char *alert);

/*
 * What was put into an entry of alertbook_add() is done from now on. @counted: what is to be sent
 * was counted as told by the daemon before.
 */
void alertbook_resume(struct alertbook *book, struct alertbook_entry *entry, bool counted,
		      uint64_t now);

/*
 * What was seen again while it was not to be told is to be told now, if its time is over;
 * what is over is forgotten. Returns when to call it again; UINT64_MAX: there is nothing;
 * @now: @over has said that the turn is over, and there may be more.
 */
uint64_t alertbook_pass(struct alertbook *book, uint64_t now, bool (*over)(void *arg), void *arg);

/* When that is. */
uint64_t alertbook_due(const struct alertbook *book);

/* The next entry behind @entry, or the first; NULL: there are no more. */
struct alertbook_entry *alertbook_next(const struct alertbook *book,
				       const struct alertbook_entry *entry);

/* The same of owners. */
struct alertbook_owner *alertbook_next_owner(const struct alertbook *book,
					     const struct alertbook_owner *owner);

/*
 * Whose command is to be run now: of the owner who waits longest, the worst by @rank (the
 * lower the worse; negative: it is not to be run any more), and of these the oldest. NULL:
 * nobody's; then @next is lowered to when.
 */
struct alertbook_entry *alertbook_turn(struct alertbook *book, uint64_t now,
				       int (*rank)(const char *alert, void *arg), void *arg,
				       uint64_t *next);

/* It is run; the owner's next not before so many milliseconds have passed. */
void alertbook_ran(struct alertbook *book, struct alertbook_entry *entry, uint64_t now,
		   uint64_t every);

/* That has ended; @owner: the uid of whose it was. */
void alertbook_ended(struct alertbook *book, uid_t owner, uint64_t now);

/* There is none to run for it any more. */
void alertbook_not_run(struct alertbook *book, struct alertbook_entry *entry);

/*
 * It was counted as told: it is to be sent now; or else, as it waits for what follows, when
 * alertbook_ready() says so.
 */
void alertbook_counted(struct alertbook *book, struct alertbook_entry *entry);

/* What was seen waits for nothing any more. Calls @ready with its entry if that is to be sent. */
void alertbook_ready(struct alertbook *book, const struct alertnews *news, uint64_t now,
		     void (*ready)(struct alertbook_entry *entry, void *arg), void *arg);

/* It could not be sent, and was told elsewhere. */
void alertbook_said(struct alertbook *book, struct alertbook_entry *entry);

/* It was sent. What was seen is dropped when it was, and was run for. */
void alertbook_sent(struct alertbook *book, struct alertbook_entry *entry);

void alertbook_free(struct alertbook *book);

#endif /* KPL011_ALERTBOOK_H */
