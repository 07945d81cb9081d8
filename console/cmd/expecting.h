/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a script of `kpl011 expect` with one guest. The patterns and the text of a command line
 * are a script, too, of one wait.
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
	bool keeps;	    /* search what was printed before a text was sent, too */
	int64_t until;	    /* when everything has to be done, as when_now(); 0: no limit */
	const char *cursor; /* a file, or NULL */
	bool take;	    /* take the input from its holder */
	bool json;
};

/* Returns a status; on failure it has printed why. */
int expecting(const struct expecting_options *opts, const char *guest);

#endif /* KPL011_EXPECTING_H */
