/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Searches one guest's output for the patterns of alerts. It has a position of its own and a
 * ledger, as a log has: what a guest prints while the daemon is away is searched later, and after
 * a kill the search continues where it was noted.
 */
#ifndef KPL011_ALERTSTREAM_H
#define KPL011_ALERTSTREAM_H

#include "daemon/alerting.h"
#include "daemon/logstream.h"

struct alertstream;

/* Like logstream_new(). @alerts: what to search for, a bit for each rule. */
int alertstream_new(struct logstream_shared *shared, const struct ledger_port *port,
		    const char *base, uint64_t alerts, logstream_done_cb *done, void *arg,
		    struct alertstream **stream);
void alertstream_free(struct alertstream *stream);

/*
 * alertstream_keep(): at the daemon's end, sends the alerts that wait, and hands over to
 * alerting.c what the next start has to know of them. alertstream_kept(): that was stored; the
 * position that alertstream_free() notes relies on it.
 */
void alertstream_keep(struct alertstream *stream);
void alertstream_kept(struct alertstream *stream);

/* Whether it is noted that this guest is done; if not, @done is called once more when it is. */
bool alertstream_is_noted(const struct alertstream *stream);

/* Sets the alerts that are searched for; the rules may have changed. */
void alertstream_decide(struct alertstream *stream, uint64_t alerts);

/* How often each alert was seen, by the current index of its rule. */
const uint64_t *alertstream_counts(const struct alertstream *stream);

/* The last part of its ledger's name. */
#define ALERTSTREAM_KIND "alert"

#endif /* KPL011_ALERTSTREAM_H */
