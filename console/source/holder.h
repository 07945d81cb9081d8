/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who holds the input of a guest, in words. The kernel names a process; what it is, whose,
 * where and since when is what /proc of its machine tells whoever asks.
 */
#ifndef KPL011_HOLDER_H
#define KPL011_HOLDER_H

#include <string.h>

#include "base/human.h"
#include "base/users.h"
#include "source/source.h"

#define HOLDER_NAME_SIZE 64

/* Seconds without a key after which who holds the input lets go of it, unless told; at most. */
#define HOLDER_RELEASE 300
#define HOLDER_RELEASE_MAX (7 * 24 * 3600)

/* "picocom (process 4711)", or what there is to say of one that is not to be seen. */
const char *holder_name(const struct source_input *input, char out[HOLDER_NAME_SIZE]);

/* Bytes of a command line that are shown. */
#define HOLDER_COMMAND_SIZE 64

/* What /proc tells of one. All of it is printable; empty: it is not known. */
struct holder {
	char command[HOLDER_COMMAND_SIZE];
	char user[USER_NAME_SIZE];
	char terminal[24]; /* "pts/3" */
	char from[48];	   /* an address: who is logged in over a network */
	int64_t start_ns;  /* CLOCK_BOOTTIME; 0: not known */
};

/* False: there is no such process here, or nothing is known about it. */
bool holder_look(const struct source_input *input, struct holder *holder);

/*
 * What else is known: "'picocom -b 9600 ...' of alice, on pts/3, running since 20:14"; empty if
 * nothing is. All of it is printable.
 */
const char *holder_about(const struct source_input *input, char out[SOURCE_ABOUT_SIZE]);

/* Reads such a time, 30s or 5m; 0: the input is kept. */
static inline bool holder_parse_release(const char *text, uint64_t *ms)
{
	uint64_t seconds = 0;

	if (strcmp(text, "0") != 0 && !human_parse_age(text, 0, HOLDER_RELEASE_MAX, &seconds))
		return false;
	*ms = seconds * 1000;
	return true;
}

#endif /* KPL011_HOLDER_H */
