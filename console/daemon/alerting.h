/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is done about alerts, of all guests: they go to the journal, and commands are run,
 * a few at a time and fair by owner. No guest and no log waits for either.
 */
#ifndef KPL011_ALERTING_H
#define KPL011_ALERTING_H

#include "base/loop.h"
#include "daemon/alertafter.h"
#include "daemon/alertbook.h"
#include "daemon/alertcounts.h"
#include "daemon/alertrules.h"
#include "daemon/logdir.h"

/* Commands that run at a time, at most; of one owner's guests it is one. */
#define ALERTING_RUNS_MAX 4

struct alerting;

struct usersums;

/*
 * @journal: to send with. @told: what is told by owner meanwhile, outlives it; NULL: each is.
 * NULL: no memory.
 */
struct alerting *alerting_new(struct loop *loop, int journal, struct usersums *told);

/*
 * Goes on where the daemon ended that was here before, once the directory is open, which stays as
 * long as this. Before any guest is looked at.
 */
void alerting_restore(struct alerting *alerting, const struct logdir *dir, const char *boot);

/*
 * The same of one guest, at this position; false: there is nothing. @told: a bit for each rule
 * that its line has matched.
 */
bool alerting_resume(struct alerting *alerting, const struct ledger_port *port, uint64_t pos,
		     struct alertafter *after, uint64_t *told);

/* The counts are kept, before they are told. */
void alerting_note(struct alerting *alerting);

/*
 * Those that have changed are: before it is noted how far a guest was looked at, or a kill between
 * the two would lose what is in between. It costs little, since guests make it happen.
 */
void alerting_note_new(struct alerting *alerting);

/* 0, or why that could not be done, which was told: a negative errno. */
int alerting_unnoted(const struct alerting *alerting);

/* The daemon ends, and this is where a guest is. */
void alerting_keep(struct alerting *alerting, const struct ledger_port *port, uint64_t pos,
		   const struct alertafter *after, uint64_t told);

/*
 * The daemon ends, and all guests have been kept: what can be told at once is, and the rest is
 * for the next start. False: that could not be noted, and is told here.
 */
bool alerting_end(struct alerting *alerting, const struct logdir *dir, const char *boot);
void alerting_free(struct alerting *alerting);

/* From now on by these rules, which stay until the next call; NULL: there are none. */
void alerting_rules(struct alerting *alerting, struct alertrules *rules, const char *journal_path);

const struct alertrules *alerting_has(const struct alerting *alerting);

/* Another with each call of alerting_rules(): an index may be that of another rule then. */
uint32_t alerting_generation(const struct alerting *alerting);

/*
 * Rules of that generation, a bit for each, as those of the same names that there are now; of one
 * that is too long ago none is known.
 */
uint64_t alerting_renumber(const struct alerting *alerting, uint32_t generation, uint64_t bits);

/*
 * A guest has printed what matches a rule. Returns where what was seen is to be put, to be
 * followed by alerting_tell(), or NULL: it was counted.
 */
struct alertnews *alerting_seen(struct alerting *alerting, uid_t uid, const char *guest,
				size_t rule);
void alerting_tell(struct alerting *alerting);

/* One does not wait any more: it is sent now, if the journal takes it. */
void alerting_send(struct alerting *alerting, const struct alertnews *news);

/* It matches within what such an alert waits for, and is part of that. */
void alerting_seen_again(struct alerting *alerting, size_t rule);

/* Of all alerts that there are or were. NULL: it is not known yet from where they go on. */
const struct alertcounts *alerting_counts(const struct alerting *alerting);

/* Whether the journal does not take alerts now, which was told. */
bool alerting_unsent(const struct alerting *alerting);

#endif /* KPL011_ALERTING_H */
