/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What time it is, as far as that can be relied on: the clock of calendars can be set, the
 * one that counts since the boot cannot. Where the former went another way than the latter it
 * is not believed until it has gone on steadily for a day. Pure, but for steady_load() and
 * steady_store(). All in seconds.
 */
#ifndef KPL011_STEADY_H
#define KPL011_STEADY_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of a boot's id, a UUID, with its NUL. */
#define STEADY_BOOT_SIZE 40

struct steady {
	char boot[STEADY_BOOT_SIZE];
	int64_t known; /* what time it was, since 1970, */
	int64_t at;    /* when since the boot it was so long */
	int64_t ahead; /* by how much the clock is ahead of it; 0: it is believed */
	int64_t since; /* since when it is, on the clock of the boot */
	bool was_off;  /* the host, for an unknown time, and the clock has not agreed since */
};

enum steady_verdict {
	STEADY_AS_IT_WAS,
	STEADY_JUMPED,	/* steady->ahead says how far; it is waited out */
	STEADY_BACK,	/* it is where it was before it jumped */
	STEADY_BELIEVED /* it was steady for long enough where it jumped to */
};

/* With nothing known yet the clock is believed. */
void steady_begin(struct steady *steady, const char *boot, int64_t wall, int64_t since_boot);

/* Looks at the clocks, from time to time and before what is asked below. */
enum steady_verdict steady_look(struct steady *steady, const char *boot, int64_t wall,
				int64_t since_boot);

/* At the last look: not later than it is, to tell what is old; and not earlier, for names. */
int64_t steady_least(const struct steady *steady);
int64_t steady_most(const struct steady *steady);

static inline bool steady_is_sure(const struct steady *steady)
{
	return !steady->ahead;
}

/* In a file. False: there is none, or it is none. */
bool steady_load(int dir, const char *name, struct steady *steady);
/* 0 or a negative errno: what cannot be kept is as after an installation. */
int steady_store(int dir, const char *name, const struct steady *steady);

#endif /* KPL011_STEADY_H */
