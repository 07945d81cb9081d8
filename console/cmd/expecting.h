/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does what a script of `kpl011 expect` says, with one guest.
 */
#ifndef KPL011_EXPECTING_H
#define KPL011_EXPECTING_H

#include <stdbool.h>
#include <stdint.h>

#include "text/expect.h"
#include "text/expect_script.h"

enum expecting_from {
	EXPECTING_FROM_NOW,
	EXPECTING_FROM_START,
	EXPECTING_FROM_POSITION,
};

struct expecting_options {
	const struct expect_script *script;
	enum expect_of of;
	enum expecting_from from;
	uint64_t pos;	    /* of EXPECTING_FROM_POSITION */
	bool keeps;	    /* what was there before is looked at, though something is sent */
	int64_t until;	    /* of when_now(): all of it; 0: it has no limit */
	const char *cursor; /* a file, or NULL */
	bool take;	    /* the input from whoever has it */
	bool json;
};

/* Returns a status; it has said why. */
int expecting(const struct expecting_options *opts, const char *guest);

#endif /* KPL011_EXPECTING_H */
