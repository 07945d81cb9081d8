/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads recordings of terminals: asciicast 1, 2 and 3, as asciinema writes them, and typescripts of
 * script(1), with their times in a file of their own or without times. Pure. What cannot be
 * understood is left out and counted; the rest is returned.
 */
#ifndef KPL011_RECORDING_H
#define KPL011_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The longest line, in bytes; for an asciicast 1, which is one object, the longest file. */
#define RECORDING_LINE_MAX (64 * 1024 * 1024)

/* What was printed at one time. */
struct recording_event {
	double wait_ms; /* since the event before */
	const unsigned char *bytes;
	size_t len;
};

enum recording_result {
	RECORDING_EVENT,
	RECORDING_END,
	RECORDING_FAILED, /* it is not a recording, or cannot be read: see recording_why() */
};

struct recording;

/* Reads the next bytes of a file. Returns how many, 0 at the end, or a negative errno. */
typedef ssize_t recording_read_cb(void *buf, size_t len, void *arg);

/* NULL: out of memory. */
struct recording *recording_new(recording_read_cb *read, void *arg);
void recording_free(struct recording *recording);

/* Sets where a typescript's times are, as script(1) writes them; before the first event. */
void recording_set_timing(struct recording *recording, recording_read_cb *read, void *arg);

/* @event: valid until the next call. */
enum recording_result recording_next(struct recording *recording, struct recording_event *event);

/* Why it failed: a sentence that follows the file's name. */
const char *recording_why(const struct recording *recording);

/* A negative errno if the recording or (@timing) its times could not be read; else 0. */
int recording_error(const struct recording *recording, bool *timing);

/*
 * How many lines, or parts of a compressed file, could not be understood. @why: a sentence about
 * the first of them.
 */
size_t recording_damage(const struct recording *recording, const char **why);

/* The longest pause that the recording allows; 0: it does not say. Known with the first event. */
double recording_idle_ms(const struct recording *recording);

/* Whether it is a typescript whose times were not given. Known with the first event. */
bool recording_without_times(const struct recording *recording);

/* Whether it failed because the file that was given as a typescript's times contains none. */
bool recording_times_are_none(const struct recording *recording);

#endif /* KPL011_RECORDING_H */
