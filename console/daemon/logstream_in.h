/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of a stream, for logstream.c, and logstream_lines.c, which gives lines one by one
 * to the journal or as objects of JSON.
 */
#ifndef KPL011_LOGSTREAM_IN_H
#define KPL011_LOGSTREAM_IN_H

#include "base/clock.h"
#include "base/lineread.h"
#include "base/users.h"
#include "daemon/logfile.h"
#include "daemon/losses.h"
#include "daemon/logstream.h"
#include "daemon/logtext.h"

/* Bytes of a guest in one turn. */
#define LOGSTREAM_CHUNK 65536

/* A guest may print what takes long to make lines of: others have their turns meanwhile. */
#define LOGSTREAM_TURN_NS ((uint64_t)10 * 1000000)

/* It is not through what there is: of a line that has not ended more may be there already. */
static inline bool logstream_goes_on(enum lineread_result got)
{
	return got == LINEREAD_PIECE || got == LINEREAD_SKIPPED;
}

static inline bool logstream_takes_long(uint64_t begun)
{
	return clock_roughly_ns() - begun > LOGSTREAM_TURN_NS;
}

/* What is told once for all streams; of a journal's it may be both. */
enum failing {
	FAILING_DISK = 1,
	FAILING_JOURNAL = 2,
};

struct logstream {
	struct logstream_shared *shared;
	enum logstream_kind kind;
	logstream_done_cb *done;
	void *arg;
	bool begun;
	struct ledger_port port;
	char base[LOGNAME_SIZE];
	struct policy_decision decision;
	struct source *src;
	struct source_facts facts;
	char label[SOURCE_NAME_SIZE];
	char user[USER_NAME_SIZE];
	struct logfile file;
	bool lossless;
	struct lineread *lines; /* but for LOGSTREAM_RAW, as the rest of these */
	struct logtext text;
	struct loop_event *pause;
	struct loop_event *reader;
	struct loop_event *retry;
	uint64_t delay_ms;    /* 0: it can write */
	bool open;	      /* what it could not write is of a line that stands still, too */
	uint64_t note_ms;     /* what could not be noted of a journal is tried again in this time */
	unsigned int failing; /* of enum failing, in bits */
	char fault[LOGNAME_SIZE]; /* what cannot be written then */
	struct losses losses;
	int disk_err; /* of FAILING_DISK */
	struct logstream_counts counts;
	char *front;	      /* of each object, in JSON */
	size_t queued;	      /* bytes of objects, within a turn; in a journal's: that were sent */
	uint64_t queued_lost; /* bytes of the guest that those tell to be lost */
};

void logstream_count_written(struct logstream *stream, size_t bytes);

/* It can write again, to all that it writes to, or to this. */
void logstream_works(struct logstream *stream);
void logstream_works_with(struct logstream *stream, enum failing failing);

/* It can not, for this reason: it is tried again. */
void logstream_failed(struct logstream *stream, int err, enum failing failing);

/* The journal goes on, and how far it has come cannot be noted. */
void logstream_unnoted(struct logstream *stream, int err);

/* Bytes of the guest were lost. */
void logstream_lost(struct logstream *stream, uint64_t count);

/* Behind a turn that has read @len bytes, and all there were. */
void logstream_rest(struct logstream *stream, size_t len);

/* What a turn ended with: behind the last piece that it took. */
void logstream_end_turn(struct logstream *stream, enum lineread_result got,
			const struct lineread_piece *piece);

bool logstream_is_same(const struct ledger_point *a, const struct ledger_point *b);

/* A line that stands still so long is logged without its end. */
#define LOGSTREAM_PAUSE_MS 10000

/* @open: also of a line that has no end yet, and stands still. */
void logstream_turn_lines(struct logstream *stream, bool open);

#endif /* KPL011_LOGSTREAM_IN_H */
