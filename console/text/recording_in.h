/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the readers of recordings share: a file by lines and by bytes, and what
 * was wrong with it. Pure.
 */
#ifndef KPL011_RECORDING_IN_H
#define KPL011_RECORDING_IN_H

#include <jansson.h>

#include "text/recording.h"

#define RECORDING_WHY_SIZE 160

/* As far as an event may be behind another: ten years. */
#define RECORDING_MS_MAX (10.0 * 366 * 24 * 3600 * 1000)

struct recording_in {
	recording_read_cb *read; /* NULL: there is none */
	void *arg;
	int err; /* a negative errno; what came before is there */
	bool ended;
	size_t line; /* its number */
	bool cut;    /* it has no end, since it cannot be read on */
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
	json_t *json;  /* the event, or all of an asciicast 1 */
	size_t index;  /* of its next event */
	double pos_ms; /* of the event before, in an asciicast 2 */
	bool too_much; /* for the memory: what was read last has too many values */

	/* Of typescripts. */
	bool one_log;	   /* what was typed is in it, too */
	size_t left;	   /* bytes of this event that are to come */
	double wait_ms;	   /* before the next event */
	bool over;	   /* it ended before its times did */
	bool any_language; /* of its first and last line, if it has them */
	bool timed;	   /* a line of its times was one */
	bool times_are_none;
};

/* At least @want bytes from @head on, or fewer at the end. False: no memory. */
bool recording_fill(struct recording_in *in, size_t want);

/*
 * The next line without its end, and a NUL behind it; NULL: the end, or it is longer than
 * it may be, which is the end as well.
 */
char *recording_line(struct recording_in *in, size_t *len);

/* Counts what cannot be understood. */
void recording_bad(struct recording *recording, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Sets why it failed. */
enum recording_result recording_fail(struct recording *recording, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Seconds of a file as what is waited: never negative, and none that cannot be. */
double recording_wait(struct recording *recording, double seconds, size_t line);

/* Of the file's header. */
enum recording_result asciicast_begin(struct recording *recording);

enum recording_result asciicast_next(struct recording *recording, struct recording_event *event);
enum recording_result typescript_next(struct recording *recording, struct recording_event *event);

/*
 * Whether all of a typescript is what its times count, but for a first and a last line in any
 * language. It is read from where they count from: behind that first line, or from its first byte
 * on, since some are written without.
 */
bool typescript_fits(struct recording *recording);

/* It begins so. */
#define TYPESCRIPT_START "Script started on "

#endif /* KPL011_RECORDING_IN_H */
