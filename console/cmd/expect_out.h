/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `kpl011 expect` prints: matches, as text or JSON, and the lines seen last. They come from a
 * guest, so shown.h says what of them a terminal gets. Secrets that a script sends are hidden,
 * even if the guest has echoed them.
 */
#ifndef KPL011_EXPECT_OUT_H
#define KPL011_EXPECT_OUT_H

#include <stdbool.h>

#include "base/loop.h"
#include "base/output.h"
#include "source/source.h"
#include "text/expect_script.h"
#include "text/seen.h"

/* What is printed with a match, or needed to print it. */
struct expect_out {
	const struct output *out;
	struct loop *loop; /* runs; its signals end a write that nobody reads */
	struct source *src;
	const struct source_facts *facts;
	const struct expect_script *script; /* knows the secrets */
	const char *regex;
	size_t line;  /* of the script; 0: the pattern is from the command line */
	uint64_t pos; /* the end of what was searched */
	uint64_t skipped;
};

/* Prints the match as a JSON object; @hit is NULL without a match. Returns a status. */
int expect_out_json(const struct expect_out *out, const struct expect_hit *hit);

/* Prints the match as text. Returns a status. */
int expect_out_text(const struct expect_out *out, const struct expect_hit *hit);

/* Prints the lines seen last on stderr, below a message. */
void expect_out_seen(const struct expect_script *script, struct seen *seen);

#endif /* KPL011_EXPECT_OUT_H */
