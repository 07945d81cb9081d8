/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens with the alerts of all guests: they are sent to the journal, and commands are run
 * for them, a few at a time and in an order that is fair to owners. No guest and no log waits for
 * either.
 */
#ifndef KPL011_ALERTING_H
#define KPL011_ALERTING_H

#include "base/loop.h"
#include "daemon/alertafter.h"
#include "daemon/alertbook.h"
#include "daemon/alertcounts.h"
#include "daemon/alertrules.h"
#include "daemon/logdir.h"

/* Commands that run at the same time, at most; and at most one for each owner. */
#define ALERTING_RUNS_MAX 4

struct alerting;

struct usersums;

/*
 * @journal: the socket to send with. @told: sums up messages by owner, and must outlive this;
 * NULL: each message is printed. NULL: no memory.
 */
struct alerting *alerting_new(struct loop *loop, int journal, struct usersums *told);

/*
 * Takes up what an earlier run of the daemon has left, once the directory is open. @dir must stay
 * as long as this. Call it before any guest's output is searched.
 */
void alerting_restore(struct alerting *alerting, const struct logdir *dir, const char *boot);

/*
 * The same for one guest's port, at position @pos. Fills @after, and sets @told to a bit for each
 * rule that the line there has matched already. False: nothing was left of it.
 */
bool alerting_resume(struct alerting *alerting, const struct ledger_port *port, uint64_t pos,
		     struct alertafter *after, uint64_t *told);

/* Writes the counts to their file; to be called before they are reported. */
void alerting_note(struct alerting *alerting);

/*
 * Writes the counts if they have changed; to be called before a guest's position is noted: a kill
 * between the two would lose the matches in between. It costs little, as guests decide how often
 * it happens.
 */
void alerting_note_new(struct alerting *alerting);

/* Why the counts could not be written, a negative errno that was printed; or 0. */
int alerting_unnoted(const struct alerting *alerting);

/*
 * At the daemon's end: notes for the next start what a guest's port at @pos still waits for, and
 * which rules its line has matched.
 */
void alerting_keep(struct alerting *alerting, const struct ledger_port *port, uint64_t pos,
		   const struct alertafter *after, uint64_t told);

/*
 * At the daemon's end, after alerting_keep() for all guests: sends what can be sent at once, and
 * stores the rest for the next start. False: it could not be stored, and is printed.
 */
bool alerting_end(struct alerting *alerting, const struct logdir *dir, const char *boot);
void alerting_free(struct alerting *alerting);

/* Sets the rules, which must stay until the next call; NULL: there are none. */
void alerting_rules(struct alerting *alerting, struct alertrules *rules, const char *journal_path);

const struct alertrules *alerting_has(const struct alerting *alerting);

/* Changes with each call of alerting_rules(): an index may then belong to another rule. */
uint32_t alerting_generation(const struct alerting *alerting);

/*
 * Translates bits of rules from an earlier generation to the rules of the same names that there
 * are now. Of a generation that is too long ago none is known: 0.
 */
uint64_t alerting_renumber(const struct alerting *alerting, uint32_t generation, uint64_t bits);

/*
 * Notes a match of a rule in a guest's output. Returns where the caller is to put what it saw,
 * before it calls alerting_tell(); NULL: the match was counted only.
 */
struct alertnews *alerting_seen(struct alerting *alerting, uid_t uid, const char *guest,
				size_t rule);
void alerting_tell(struct alerting *alerting);

/* An alert waits no longer: sends it now if the journal takes it. */
void alerting_send(struct alerting *alerting, const struct alertnews *news);

/*
 * Counts a match among the lines that an alert of the same rule waits for, which are part of it.
 */
void alerting_seen_again(struct alerting *alerting, size_t rule);

/*
 * The counts of all alerts that there are or were. NULL: where they continue from is not known
 * yet.
 */
const struct alertcounts *alerting_counts(const struct alerting *alerting);

/* Whether the journal takes no alerts at the moment; this was printed. */
bool alerting_unsent(const struct alerting *alerting);

#endif /* KPL011_ALERTING_H */
