/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The book of alerts: which ones were sent, and which are still to be sent or to have their
 * command run. The same alert of the same guest, by owner and name, is sent at most once in a
 * while, with the number of matches since. Commands are run in an order that is fair to owners.
 * Pure; times are in milliseconds.
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

/* Entries that one owner can have; guests beyond these share one entry for each alert. */
#define ALERTBOOK_OWNER_MAX 4096

struct alertbook_entry;
TAILQ_HEAD(alertbook_entries, alertbook_entry);

/* A user, together with that user's subordinate uids. */
struct alertbook_owner {
	LIST_ENTRY(alertbook_owner) in_bucket;
	struct alertbook_entries to_run;
	void **set;  /* the set that it is in, or NULL */
	uint64_t at; /* its place there: a time, then a serial number */
	uint64_t nth;
	uid_t uid;
	size_t entries;
	size_t after;	 /* bytes of lines after matches that its alerts hold */
	bool runs;	 /* a command for one of its alerts is running */
	uint64_t run_at; /* the next command is not run before this */
};

/* One alert of one guest. */
struct alertbook_entry {
	struct alertbook_entry *next;	/* in its bucket */
	struct alertbook_entries *list; /* the list that it is in while it is to be sent, or NULL */
	TAILQ_ENTRY(alertbook_entry) in_list;
	TAILQ_ENTRY(alertbook_entry) in_owner; /* while its command is to be run */
	bool due;			       /* it is in the set of due entries, ordered by: */
	uint64_t at;
	uint64_t nth;
	struct alertbook_owner *owner; /* to whom this user belongs: */
	uid_t uid;
	char guest[SOURCE_NAME_SIZE];
	char alert[ALERTRULES_NAME_SIZE];
	uint64_t quiet;		 /* least time between two alerts */
	uint64_t until;		 /* no alert before this */
	uint64_t count;		 /* matches that the alert to be sent reports */
	uint64_t run_count;	 /* the same for the command to be run */
	uint64_t again;		 /* matches after those, for the next alert */
	struct alertnews *news;	 /* what is to be reported, or NULL */
	struct alertnews *later; /* the first of these that there was memory for, or NULL */
	bool send;
	bool said; /* printed, as it could not be sent */
	bool run;
	bool command; /* its rule has a command */
};

#define ALERTBOOK_BUCKETS 1024

/*
 * Finding what is next takes a search, or a walk over what one owner has, however many entries
 * there are: it is the first of a list or of a set. alertbook_begin() initialises it.
 */
struct alertbook {
	struct alertbook_entry *buckets[ALERTBOOK_BUCKETS];
	LIST_HEAD(, alertbook_owner) owners[ALERTBOOK_BUCKETS];
	struct alertbook_entries fresh; /* to be sent, and not yet counted as such */
	struct alertbook_entries to_send;
	struct alertbook_entries said;
	void *due;  /* entries, by when something is to be done */
	void *line; /* owners with commands to run, by when their turn began */
	void *idle; /* owners without entries, by when to forget them */
	uint64_t nth;
};

void alertbook_begin(struct alertbook *book);

/**
 * alertbook_seen - note a match in a guest's output
 * @book: the book
 * @uid: its owner
 * @guest: its name
 * @alert: the name of the alert
 * @quiet: the same alert is not sent again for this time
 * @command: whether it has a command to run
 * @now: the time
 * @wanted: set to where the caller is to put what it saw, or to NULL: the match was counted only
 *
 * Return: 1 if it is to be sent now, 0 if not, or -ENOMEM
 */
int alertbook_seen(struct alertbook *book, uid_t uid, const char *guest, const char *alert,
		   uint64_t quiet, bool command, uint64_t now, struct alertnews **wanted);

/* No command is run for an owner before @run_at. */
void alertbook_limit(struct alertbook *book, uid_t owner, uint64_t run_at);

/* Finds an entry, or adds an empty one. NULL: no memory. */
struct alertbook_entry *alertbook_add(struct alertbook *book, uid_t uid, const char *guest,
				      const char *alert);

/* NULL: there is none, or its guest shares an entry with others (ALERTBOOK_OWNER_MAX). */
struct alertbook_entry *alertbook_find(struct alertbook *book, uid_t uid, const char *guest,
				       const char *alert);

/*
 * The caller has filled an entry of alertbook_add() with what an earlier run of the daemon has
 * left: it is queued again. @counted: that run has counted the alert as sent already.
 */
void alertbook_resume(struct alertbook *book, struct alertbook_entry *entry, bool counted,
		      uint64_t now);

/*
 * Makes what was seen again meanwhile due, where its quiet time is over, and forgets entries that
 * are of no use any more. Returns when to call it again: UINT64_MAX if there is nothing to wait
 * for, @now if @over has ended the turn and more may be left.
 */
uint64_t alertbook_pass(struct alertbook *book, uint64_t now, bool (*over)(void *arg), void *arg);

/* When alertbook_pass() is to be called next. */
uint64_t alertbook_due(const struct alertbook *book);

/* The entry after @entry, or the first if that is NULL. Returns NULL after the last. */
struct alertbook_entry *alertbook_next(const struct alertbook *book,
				       const struct alertbook_entry *entry);

/* The same for owners. */
struct alertbook_owner *alertbook_next_owner(const struct alertbook *book,
					     const struct alertbook_owner *owner);

/*
 * Whose command is to be run now: of the owner who waits longest, the alert with the lowest @rank,
 * and of these the oldest. A negative rank means that the command is not to be run any more.
 * NULL: nobody's; if an owner's turn comes later, @next is lowered to that time.
 */
struct alertbook_entry *alertbook_turn(struct alertbook *book, uint64_t now,
				       int (*rank)(const char *alert, void *arg), void *arg,
				       uint64_t *next);

/* The command is being run; the owner's next one must wait for @every milliseconds. */
void alertbook_ran(struct alertbook *book, struct alertbook_entry *entry, uint64_t now,
		   uint64_t every);

/* A command has ended; @owner: the uid of its owner. */
void alertbook_ended(struct alertbook *book, uid_t owner, uint64_t now);

/* Its command is not to be run any more. */
void alertbook_not_run(struct alertbook *book, struct alertbook_entry *entry);

/*
 * It was counted, and is to be sent now; if it waits for the lines after it, alertbook_ready()
 * queues it.
 */
void alertbook_counted(struct alertbook *book, struct alertbook_entry *entry);

/* @news waits for nothing any more. Calls @ready with its entry if that is to be sent. */
void alertbook_ready(struct alertbook *book, const struct alertnews *news, uint64_t now,
		     void (*ready)(struct alertbook_entry *entry, void *arg), void *arg);

/* It could not be sent, and was printed instead. */
void alertbook_said(struct alertbook *book, struct alertbook_entry *entry);

/* It was sent. Its news is freed once it is sent and its command, if any, was started. */
void alertbook_sent(struct alertbook *book, struct alertbook_entry *entry);

void alertbook_free(struct alertbook *book);

#endif /* KPL011_ALERTBOOK_H */
