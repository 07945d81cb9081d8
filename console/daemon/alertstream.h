/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One guest's output on its way past the patterns of alerts. It has a position of its own
 * and a ledger, as a log has: what a guest prints while the daemon is away is looked at
 * later, and nothing is told again after a kill.
 */
#ifndef KPL011_ALERTSTREAM_H
#define KPL011_ALERTSTREAM_H

#include "daemon/alerting.h"
#include "daemon/logstream.h"

struct alertstream;

/* As of logstream_new(), with the @alerts that are looked for, a bit for each rule. */
int alertstream_new(struct logstream_shared *shared, const struct ledger_port *port,
		    const char *base, uint64_t alerts, logstream_done_cb *done, void *arg,
		    struct alertstream **stream);
void alertstream_free(struct alertstream *stream);

/*
 * The daemon ends: what waits is told, and for the next start it is kept what that was of. Then
 * that was noted; the position goes by it when it is freed.
 */
void alertstream_keep(struct alertstream *stream);
void alertstream_kept(struct alertstream *stream);

/* That it is done with its guest is; else @done is called once more, when it is. */
bool alertstream_is_noted(const struct alertstream *stream);

/* From now on these; rules may have changed. */
void alertstream_decide(struct alertstream *stream, uint64_t alerts);

/* How often each was seen, by the index of its rule now. */
const uint64_t *alertstream_counts(const struct alertstream *stream);

/* The end of its ledger's name. */
#define ALERTSTREAM_KIND "alert"

#endif /* KPL011_ALERTSTREAM_H */
