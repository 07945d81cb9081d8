/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a guest's output piece by piece, each with its position and time. Pieces are lines, rows of
 * a hex dump, or what was printed at one time.
 */
#ifndef KPL011_LINEREAD_H
#define KPL011_LINEREAD_H

#include <stdbool.h>

#include "source/source.h"

/* The longest piece, in bytes: a longer line comes in several. */
#define LINEREAD_MAX 4096

/* Bytes of a row of a hex dump. */
#define LINEREAD_ROW 16

struct lineread;

enum lineread_by {
	LINEREAD_LINES,
	LINEREAD_ROWS,
	LINEREAD_TIMES, /* whatever there is, up to the next mark */
};

enum lineread_result {
	LINEREAD_PIECE,
	LINEREAD_SKIPPED, /* bytes before the next piece are lost */
	LINEREAD_BEGINS,  /* the next piece is another VMM's, and begins a line */
	LINEREAD_WAIT,	  /* for the source's descriptor to become readable */
	LINEREAD_END,
	LINEREAD_FAILED,
};

struct lineread_piece {
	uint64_t pos;
	int64_t ns;  /* when its first byte was printed; 0: unknown */
	bool begins; /* a line begins with it */
	bool ends;   /* a line ends with it */
	bool behind; /* a carriage return after the newline of the line before (LF CR) */
	const unsigned char *bytes;
	size_t len;
	uint64_t skipped; /* of LINEREAD_SKIPPED */
	int err;	  /* of LINEREAD_FAILED: a negative errno */
};

/**
 * lineread_new - begin to read
 * @src: the source, at position @from
 * @from: the position
 * @until: the position to stop at, if the guest does not end before
 * @by: what the pieces are
 *
 * Return: what lineread_next() takes, to be freed with lineread_free(); NULL: out of memory
 */
struct lineread *lineread_new(struct source *src, uint64_t from, uint64_t until,
			      enum lineread_by by);

/**
 * lineread_next - the next piece
 * @read: from lineread_new()
 * @partial: also return the beginning of a line whose end has not come yet
 * @piece: the piece, valid until the next call
 */
enum lineread_result lineread_next(struct lineread *read, bool partial,
				   struct lineread_piece *piece);

/* The position after the bytes that were read and are in no piece yet; 0: there are none. */
uint64_t lineread_waiting(const struct lineread *read);

void lineread_free(struct lineread *read);

#endif /* KPL011_LINEREAD_H */
