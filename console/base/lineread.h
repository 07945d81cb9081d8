/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's output piece by piece, each with its position and time: lines, rows
 * of a hex dump, or what was printed at a time.
 */
#ifndef KPL011_LINEREAD_H
#define KPL011_LINEREAD_H

#include <stdbool.h>

#include "source/source.h"

/* Bytes of a piece, at most: a longer line comes in several. */
#define LINEREAD_MAX 4096

/* Bytes of a row. */
#define LINEREAD_ROW 16

struct lineread;

enum lineread_by {
	LINEREAD_LINES,
	LINEREAD_ROWS,
	LINEREAD_TIMES, /* whatever there is, up to the next mark */
};

enum lineread_result {
	LINEREAD_PIECE,
	LINEREAD_SKIPPED, /* bytes in front of the next piece are lost */
	LINEREAD_BEGINS,  /* the next piece is another VMM's: it begins a line */
	LINEREAD_WAIT,	  /* for the source's descriptor */
	LINEREAD_END,
	LINEREAD_FAILED,
};

struct lineread_piece {
	uint64_t pos;
	int64_t ns;  /* when its first byte was printed; 0: not known */
	bool begins; /* a line */
	bool ends;   /* with its newline */
	bool behind; /* carriage returns behind the newline of the line before (LF CR) */
	const unsigned char *bytes;
	size_t len;
	uint64_t skipped; /* of LINEREAD_SKIPPED */
	int err;	  /* of LINEREAD_FAILED: a negative errno */
};

/**
 * lineread_new - begin
 * @src: the source, at position @from
 * @from: the position
 * @until: where it ends, if the guest does not before
 * @by: what the pieces are
 *
 * Return: NULL without memory
 */
struct lineread *lineread_new(struct source *src, uint64_t from, uint64_t until,
			      enum lineread_by by);

/**
 * lineread_next - the next piece
 * @read: what was begun
 * @partial: also the beginning of a line whose end has not come yet
 * @piece: what it is, valid until the next call
 */
enum lineread_result lineread_next(struct lineread *read, bool partial,
				   struct lineread_piece *piece);

/* Where the bytes end that were read and are in no piece yet; 0: there are none. */
uint64_t lineread_waiting(const struct lineread *read);

void lineread_free(struct lineread *read);

#endif /* KPL011_LINEREAD_H */
