/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One guest's output on its way to one place: its log, its clean log, that in JSON, or
 * the journal. Each has a position of its own, and none waits for another. While
 * its place takes nothing the guest's history in the kernel is the buffer.
 */
#ifndef KPL011_LOGSTREAM_H
#define KPL011_LOGSTREAM_H

#include "base/loop.h"
#include "daemon/keeper.h"
#include "daemon/ledger.h"
#include "daemon/policy.h"
#include "source/source.h"

enum logstream_kind {
	LOGSTREAM_RAW,
	LOGSTREAM_CLEAN,
	LOGSTREAM_JOURNAL,
	LOGSTREAM_JSON,
	LOGSTREAM_KINDS,
};

struct alerting;
struct logstream;

/* What has come of it. */
struct logstream_counts {
	uint64_t written; /* bytes; of a journal: of lines */
	uint64_t lost;	  /* bytes of the guest */
	uint64_t errors;  /* of writing: whenever it began to fail */
};

/* What all of them use. */
struct logstream_shared {
	struct loop *loop;
	struct logdir dir;
	struct keeper *keeper;
	int journal;		  /* to send with */
	const char *journal_path; /* where to */
	struct alerting *alerting;
	void (*news)(void *arg); /* what fails is another than before */
	void *news_arg;
	struct logstream_counts totals[LOGSTREAM_KINDS]; /* since the daemon began */
	unsigned int unsent;	/* streams that cannot send to it: told once */
	unsigned int unnoted;	/* streams that could not note at their end what they sent to it */
	unsigned char *scratch; /* LOGSTREAM_SCRATCH bytes, for one turn */
};

extern const size_t LOGSTREAM_SCRATCH;

/* The end of a ledger's name: "raw", "clean", "journal", "json". */
const char *logstream_kind_name(enum logstream_kind kind);

/* The guest is gone and everything was written. It may be freed. */
typedef void logstream_done_cb(void *arg);

/**
 * logstream_new - open its port, with no log yet
 * @shared: stays
 * @kind: where to
 * @port: whose
 * @base: what the names of its files begin with
 * @decision: its limits
 * @done: is called when there is no more, maybe by logstream_begin()
 * @arg: for @done
 * @stream: the stream
 *
 * Return: 0 or a negative errno, of the port
 */
int logstream_new(struct logstream_shared *shared, enum logstream_kind kind,
		  const struct ledger_port *port, const char *base,
		  const struct policy_decision *decision, logstream_done_cb *done, void *arg,
		  struct logstream **stream);

/* Begins, or goes on. 0 or a negative errno, of the port or of the ledger; then it can again. */
int logstream_begin(struct logstream *stream);
bool logstream_has_begun(const struct logstream *stream);

struct logfile;

/*
 * Opens a port, and the ledger of this kind, and its log if it has one, of what is read
 * there. 0, or a negative errno; @src and @file are to be closed if they were opened.
 */
int logstream_open(struct logstream_shared *shared, const struct ledger_port *port,
		   const char *base, const char *kind, struct source **src,
		   struct source_facts *facts, struct logfile *file);

/* Where it stands is in the ledger. */
void logstream_free(struct logstream *stream);

/* All were freed: what @unnoted has counted is told of once. */
void logstream_ended_all(const struct logstream_shared *shared);

/* How far it has come, and what it says of itself. */
struct logstream_state {
	uint64_t pos; /* all before is written */
	bool failing;
	bool waiting; /* it has not begun */
	bool done;
	const char *file; /* empty: there is none */
	struct logstream_counts counts;
};

/* How long who has printed so little, and no more, is left alone; 0: not at all. */
uint64_t logstream_rest_ms(const struct source_facts *facts, size_t len);

void logstream_state(const struct logstream *stream, struct logstream_state *state);

/* From now on with these limits. */
void logstream_decide(struct logstream *stream, const struct policy_decision *decision);

/* Cuts its log off. */
void logstream_rotate(struct logstream *stream);

#endif /* KPL011_LOGSTREAM_H */
