/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Describes the process that holds the input of a guest. The kernel says which process it is;
 * its command, user, terminal and start come from /proc of its host.
 */
#ifndef KPL011_HOLDER_H
#define KPL011_HOLDER_H

#include <string.h>

#include "base/human.h"
#include "base/users.h"
#include "source/source.h"

#define HOLDER_NAME_SIZE 64

/* Seconds without a key after which a holder releases the input: by default, and at most. */
#define HOLDER_RELEASE 300
#define HOLDER_RELEASE_MAX (7 * 24 * 3600)

/* "picocom (process 4711)", or what is known of a process that has ended or is not visible. */
const char *holder_name(const struct source_input *input, char out[HOLDER_NAME_SIZE]);

/* Bytes of a command line that are shown. */
#define HOLDER_COMMAND_SIZE 64

/* What /proc tells about a process. All strings are printable; an empty one is not known. */
struct holder {
	char command[HOLDER_COMMAND_SIZE];
	char user[USER_NAME_SIZE];
	char terminal[24]; /* "pts/3" */
	char from[48];	   /* address from which its user logged in by ssh */
	int64_t start_ns;  /* CLOCK_BOOTTIME; 0: not known */
};

/* False: there is no such process here, or nothing is known about it. */
bool holder_look(const struct source_input *input, struct holder *holder);

/*
 * What else is known, such as "'picocom -b 9600 ...' of alice, on pts/3, running since 20:14";
 * empty if nothing is. It is printable.
 */
const char *holder_about(const struct source_input *input, char out[SOURCE_ABOUT_SIZE]);

/* Reads the time after which the input is released, such as 30s or 5m; 0: never. */
static inline bool holder_parse_release(const char *text, uint64_t *ms)
{
	uint64_t seconds = 0;

	if (strcmp(text, "0") != 0 && !human_parse_age(text, 0, HOLDER_RELEASE_MAX, &seconds))
		return false;
	*ms = seconds * 1000;
	return true;
}

#endif /* KPL011_HOLDER_H */
