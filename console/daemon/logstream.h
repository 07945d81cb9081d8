/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's output on its way to one place: its raw, clean or JSON log, or the
 * journal. Each stream has a position of its own, and none waits for another.
 * While its place takes nothing, the guest's history in the kernel is the
 * buffer.
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

/* What a stream has done so far. */
struct logstream_counts {
	uint64_t written; /* bytes; of a journal: of the lines' text */
	uint64_t lost;	  /* bytes of the guest */
	uint64_t errors;  /* how often writing began to fail */
};

/* What all streams share. */
struct logstream_shared {
	struct loop *loop;
	struct logdir dir;
	struct keeper *keeper;
	int journal;		  /* the socket to send with */
	const char *journal_path; /* the address to send to */
	struct alerting *alerting;
	void (*news)(void *arg); /* called when other things fail than before */
	void *news_arg;
	struct logstream_counts totals[LOGSTREAM_KINDS]; /* since the daemon began */
	unsigned int unsent;	/* streams that cannot send to the journal */
	unsigned int unnoted;	/* streams that ended without noting what they sent to it */
	unsigned char *scratch; /* LOGSTREAM_SCRATCH bytes, used within a turn */
};

extern const size_t LOGSTREAM_SCRATCH;

/* The kind as the end of a ledger's name: "raw", "clean", "journal" or "json". */
const char *logstream_kind_name(enum logstream_kind kind);

/* The guest is gone, and all its output was written. The stream may be freed. */
typedef void logstream_done_cb(void *arg);

/**
 * logstream_new - open a port to log it, without a log yet
 * @shared: must outlive the stream
 * @kind: the place to write to
 * @port: the port
 * @base: what the names of the guest's files begin with
 * @decision: what the policy says
 * @done: is called when all was written, perhaps by logstream_begin()
 * @arg: for @done
 * @stream: the new stream
 *
 * Return: 0, or a negative errno of the port
 */
int logstream_new(struct logstream_shared *shared, enum logstream_kind kind,
		  const struct ledger_port *port, const char *base,
		  const struct policy_decision *decision, logstream_done_cb *done, void *arg,
		  struct logstream **stream);

/*
 * Begins to log, or continues where the ledger says. Returns 0, or a negative errno of the port or
 * the ledger; it may be called again then.
 */
int logstream_begin(struct logstream *stream);
bool logstream_has_begun(const struct logstream *stream);

struct logfile;

/*
 * Opens a port, and the ledger of @kind with its log, if that kind has one. Returns 0 or a negative
 * errno; the caller closes @src and @file if they were opened.
 */
int logstream_open(struct logstream_shared *shared, const struct ledger_port *port,
		   const char *base, const char *kind, struct source **src,
		   struct source_facts *facts, struct logfile *file);

/* Frees the stream; the ledger has its position. */
void logstream_free(struct logstream *stream);

/* To be called when all streams are freed: reports what @unnoted has counted. */
void logstream_ended_all(const struct logstream_shared *shared);

/* The position of a stream, and what else a report says of it. */
struct logstream_state {
	uint64_t pos; /* everything before was written */
	bool failing;
	bool waiting; /* it has not begun */
	bool done;
	const char *file; /* empty: it has no file */
	struct logstream_counts counts;
};

/*
 * How long to leave a guest alone after a turn that read @len bytes, all there were; 0: not at all.
 */
uint64_t logstream_rest_ms(const struct source_facts *facts, size_t len);

void logstream_state(const struct logstream *stream, struct logstream_state *state);

/* Applies another decision from now on. */
void logstream_decide(struct logstream *stream, const struct policy_decision *decision);

/* Rotates the stream's log. */
void logstream_rotate(struct logstream *stream);

#endif /* KPL011_LOGSTREAM_H */
