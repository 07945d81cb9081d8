/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells the time, as far as that can be relied on. The wall clock can be set,
 * the clock that counts since the boot cannot. When the wall clock moves
 * differently, it is not believed until it has run steadily for a day. Pure,
 * except for steady_load() and steady_store(). All in seconds.
 */
#ifndef KPL011_STEADY_H
#define KPL011_STEADY_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of a boot id (a UUID) with its NUL. */
#define STEADY_BOOT_SIZE 40

struct steady {
	char boot[STEADY_BOOT_SIZE];
	int64_t known; /* the believed time since 1970 at the last look, */
	int64_t at;    /* which was at this time since the boot */
	int64_t ahead; /* by how much the wall clock is ahead of @known; 0: it is believed */
	int64_t since; /* since when it is ahead, in time since the boot */
	bool was_off;  /* the host was off, and the clocks have not agreed since */
};

enum steady_verdict {
	STEADY_AS_IT_WAS,
	STEADY_JUMPED,	/* steady->ahead says how far; wait before believing it */
	STEADY_BACK,	/* it is where it was before it jumped */
	STEADY_BELIEVED /* it ran steadily for long enough after a jump */
};

/* Begins with nothing known: the wall clock is believed. */
void steady_begin(struct steady *steady, const char *boot, int64_t wall, int64_t since_boot);

/* Updates the state; call it from time to time, and before the functions below. */
enum steady_verdict steady_look(struct steady *steady, const char *boot, int64_t wall,
				int64_t since_boot);

/* As of the last look: never too late, to find what is old; and never too early, for names. */
int64_t steady_least(const struct steady *steady);
int64_t steady_most(const struct steady *steady);

static inline bool steady_is_sure(const struct steady *steady)
{
	return !steady->ahead;
}

/* Loads the state from a file. Returns false if there is none, or it is not valid. */
bool steady_load(int dir, const char *name, struct steady *steady);
/* Returns 0 or a negative errno; without the file a host begins as after the installation. */
int steady_store(int dir, const char *name, const struct steady *steady);

#endif /* KPL011_STEADY_H */
