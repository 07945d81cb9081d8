/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recordings of terminals: asciicast 1, 2 and 3, as asciinema writes them, and
 * typescripts of script(1), with their times in a file of their own or without.
 * Pure. What of one cannot be understood is left out and counted; the rest of
 * it is had.
 */
#ifndef KPL011_RECORDING_H
#define KPL011_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Bytes of a line, at most; of an asciicast 1, which is one object, of all of it. */
#define RECORDING_LINE_MAX (64 * 1024 * 1024)

/* What was printed at a time. */
struct recording_event {
	double wait_ms; /* behind the event before */
	const unsigned char *bytes;
	size_t len;
};

enum recording_result {
	RECORDING_EVENT,
	RECORDING_END,
	RECORDING_FAILED, /* it is no recording, or cannot be read: see recording_why() */
};

struct recording;

/* The next bytes of a file, 0 at its end, or a negative errno. */
typedef ssize_t recording_read_cb(void *buf, size_t len, void *arg);

/* NULL: no memory. */
struct recording *recording_new(recording_read_cb *read, void *arg);
void recording_free(struct recording *recording);

/* Before the first event: where a typescript's times are, as script(1) writes them. */
void recording_set_timing(struct recording *recording, recording_read_cb *read, void *arg);

/* @event: valid until the next call. */
enum recording_result recording_next(struct recording *recording, struct recording_event *event);

/* Why it failed: a sentence that begins behind the file's name. */
const char *recording_why(const struct recording *recording);

/* A negative errno, where it could not be read: of its own file, or of the times. 0: it could. */
int recording_error(const struct recording *recording, bool *timing);

/*
 * How many lines, or parts of a compressed file, could not be understood, and of the first
 * of them a sentence.
 */
size_t recording_damage(const struct recording *recording, const char **why);

/* Known with the first event: no pause is to be longer; 0: nothing is said of that. */
double recording_idle_ms(const struct recording *recording);

/* Likewise: a typescript, of which the times were not given. */
bool recording_without_times(const struct recording *recording);

/* Why it failed: in what was given as the times of a typescript there is none. */
bool recording_times_are_none(const struct recording *recording);

#endif /* KPL011_RECORDING_H */
