/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Internals of a stream, shared by logstream.c, by logstream_lines.c, which
 * gives single lines to the journal or writes them as JSON objects, and by
 * logstream_told.c, where both say what came of a turn: what was written or
 * lost, what fails or works again, and how it goes on.
 */
#ifndef KPL011_LOGSTREAM_IN_H
#define KPL011_LOGSTREAM_IN_H

#include "base/clock.h"
#include "base/users.h"
#include "daemon/logfile.h"
#include "daemon/losses.h"
#include "daemon/logstream.h"
#include "daemon/logtext.h"
#include "source/lineread.h"

/* The most bytes of a guest that one turn reads. */
#define LOGSTREAM_CHUNK 65536

/* A turn ends after this time: some output takes long to make lines of, and other guests wait. */
#define LOGSTREAM_TURN_NS ((uint64_t)10 * 1000000)

/* Whether there may be more to read now, even of a line that has not ended. */
static inline bool logstream_goes_on(enum lineread_result got)
{
	return got == LINEREAD_PIECE || got == LINEREAD_SKIPPED;
}

static inline bool logstream_takes_long(uint64_t begun)
{
	return clock_roughly_ns() - begun > LOGSTREAM_TURN_NS;
}

/* What fails; reported once for all streams. A journal's stream may have both. */
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
	struct lineread *lines; /* not for LOGSTREAM_RAW; nor are the next two */
	struct logtext text;
	struct loop_event *pause;
	struct loop_event *reader;
	struct loop_event *retry;
	uint64_t delay_ms;	  /* before the next try; 0: it can write */
	bool open;		  /* the next turn also writes a line without an end */
	uint64_t note_ms;	  /* journal: delay before its position is noted again */
	unsigned int failing;	  /* bits of enum failing */
	char fault[LOGNAME_SIZE]; /* the file that cannot be written */
	struct losses losses;
	int disk_err; /* the errno of FAILING_DISK */
	struct logstream_counts counts;
	char *front;	      /* JSON: what each object begins with */
	size_t queued;	      /* bytes of objects in this turn; journal: bytes sent in it */
	uint64_t queued_lost; /* bytes of the guest that these report as lost */
};

/*
 * Whether a message about the stream is to be printed by itself, rather than be counted in the
 * sums of its user. @what and @err, an errno or 0, negative, are its cause; @bytes: of the guest,
 * which are summed up as well.
 */
bool logstream_is_first(const struct logstream *stream, const char *what, int err, uint64_t bytes);

/*
 * Moves the reader to the position of the log; to 0 if the guest has not printed as much. 0 or a
 * negative errno.
 */
int logstream_rewind(struct logstream *stream);

void logstream_count_written(struct logstream *stream, size_t bytes);

/* The stream can write again: to all its places, or to one. */
void logstream_works(struct logstream *stream);
void logstream_works_with(struct logstream *stream, enum failing failing);

/* Writing fails with @err: the stream tries again later. */
void logstream_failed(struct logstream *stream, int err, enum failing failing);

/* The journal takes lines, but the position cannot be noted. */
void logstream_unnoted(struct logstream *stream, int err);

/* Counts and reports bytes of the guest that were lost. */
void logstream_lost(struct logstream *stream, uint64_t count);

/*
 * Reports @count bytes of the guest as lost, unless that is 0. The log itself says at each place
 * how much is missing.
 */
void logstream_say_lost(const struct logstream *stream, uint64_t count);

/*
 * All of the guest's output was written: notes that in the ledger, later if that fails now, and
 * then tells who has the stream.
 */
void logstream_finish(struct logstream *stream);

/* The port cannot be read any more, although this is not its end: finishes. @err: why, negative. */
void logstream_unreadable(struct logstream *stream, int err);

/* Leaves the guest alone for a moment, after a turn that read @len bytes and all there were. */
void logstream_rest(struct logstream *stream, size_t len);

/* Continues as the last result of a turn says; @piece is the last one that it took. */
void logstream_end_turn(struct logstream *stream, enum lineread_result got,
			const struct lineread_piece *piece);

bool logstream_is_same(const struct ledger_point *a, const struct ledger_point *b);

/* A line without an end is logged when the guest has printed nothing more of it for this time. */
#define LOGSTREAM_PAUSE_MS 10000

/* @open: also give a line that has no end yet, since no more of it comes. */
void logstream_turn_lines(struct logstream *stream, bool open);

#endif /* KPL011_LOGSTREAM_IN_H */
