/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guests of another host, as that host reports them. Pure, except that it reads
 * the clocks.
 */
#ifndef KPL011_ROSTER_H
#define KPL011_ROSTER_H

#include "remote/wire.h"

/* Guests of a host, at most; more are not shown. */
#define ROSTER_MAX 4096

struct roster {
	const char *host; /* its name */
	bool known;	  /* its clocks were received at least once */
	char boot[WIRE_BOOT_SIZE];
	int64_t shift;		  /* from its CLOCK_BOOTTIME to ours */
	struct source_facts *all; /* by number; times are of this machine */
	size_t count;
	size_t hidden;	 /* ports of other users there */
	int ports_error; /* why there are none at all, a negative errno, or 0 */
};

void roster_free(struct roster *roster);

/* Takes the host's hello, and later readings of its clocks. */
void roster_hello(struct roster *roster, const struct wire_hello *hello);
void roster_clocks(struct roster *roster, int64_t boot_ns, int64_t real_ns);

/* Takes a note about guests. False: the rest of them is in a note that follows. */
bool roster_take(struct roster *roster, json_t *note);

/* Removes a guest that is about to be reaped. */
void roster_forget(struct roster *roster, uint32_t id);
/* Has it again, with what was known of it, since it was not reaped. */
void roster_put_back(struct roster *roster, const struct source_facts *facts);

/* NULL: there is no such guest any more. */
const struct source_facts *roster_find(const struct roster *roster, uint32_t id, uint64_t life);

/* Converts a time of that host's CLOCK_BOOTTIME to this machine's. */
int64_t roster_time(const struct roster *roster, int64_t ns);

#endif /* KPL011_ROSTER_H */
