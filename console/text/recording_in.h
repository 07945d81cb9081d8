/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the readers of recordings share: reading a file by lines and by bytes, and keeping what was
 * wrong with it. Pure.
 */
#ifndef KPL011_RECORDING_IN_H
#define KPL011_RECORDING_IN_H

#include <jansson.h>

#include "text/recording.h"

#define RECORDING_WHY_SIZE 160

/* The most that an event may come after the one before: ten years. */
#define RECORDING_MS_MAX (10.0 * 366 * 24 * 3600 * 1000)

struct recording_in {
	recording_read_cb *read; /* NULL: there is no file */
	void *arg;
	int err; /* a negative errno; the bytes before it are good */
	bool ended;
	size_t line; /* number of the line that was read last */
	bool cut;    /* that line has no end, since reading failed */
	unsigned char *buf;
	size_t size;
	size_t head;
	size_t tail;
};

enum recording_kind {
	RECORDING_UNKNOWN,
	RECORDING_CAST_1,
	RECORDING_CAST_2,
	RECORDING_CAST_3,
	RECORDING_TYPESCRIPT,
};

struct recording {
	enum recording_kind kind;
	struct recording_in in;
	struct recording_in timing;
	char why[RECORDING_WHY_SIZE];
	size_t damage;
	char first_damage[RECORDING_WHY_SIZE];
	double idle_ms;

	/* Of asciicasts. */
	json_t *json;  /* an event, or all of an asciicast 1 */
	size_t index;  /* of the next event in that */
	double pos_ms; /* time of the event before, in an asciicast 2 */
	bool too_much; /* what was read last has too many values for the memory */

	/* Of typescripts. */
	bool one_log;	   /* what was typed is in the typescript, too */
	size_t left;	   /* bytes of this event that are still to come */
	double wait_ms;	   /* before the next event */
	bool over;	   /* the typescript or its times have ended */
	bool any_language; /* its first and last line, if it has them, may be in any language */
	bool timed;	   /* at least one line of its times was valid */
	bool times_are_none;
};

/* Reads until @want bytes are there from @head on, or fewer at the end. False: out of memory. */
bool recording_fill(struct recording_in *in, size_t want);

/*
 * The next line, with a NUL in place of its end. NULL: the file has ended, or the line is too long
 * or memory is out, which ends the file as well: see @in->err.
 */
char *recording_line(struct recording_in *in, size_t *len);

/* Counts what cannot be understood; keeps the text of the first time. */
void recording_bad(struct recording *recording, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Sets why it failed. */
enum recording_result recording_fail(struct recording *recording, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Milliseconds to wait for @seconds in a file: 0 if they are negative, or impossibly many. @number
 * says where they are: the line of the file or, of a typescript, of its times; of an asciicast 1,
 * the event.
 */
double recording_wait(struct recording *recording, double seconds, size_t number);

/* Reads the file's header. */
enum recording_result asciicast_begin(struct recording *recording);

enum recording_result asciicast_next(struct recording *recording, struct recording_event *event);
enum recording_result typescript_next(struct recording *recording, struct recording_event *event);

/*
 * Whether a typescript is as long as its times count, apart from a first and a last line in any
 * language. Moves to where the times count from: after that first line, or to the first byte, since
 * some typescripts have none.
 */
bool typescript_fits(struct recording *recording);

/* A typescript begins with this. */
#define TYPESCRIPT_START "Script started on "

#endif /* KPL011_RECORDING_IN_H */
