/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `kpl011 expect` prints. It comes from a guest: see shown.h. What was sent and
 * is not to be shown is not, though the guest may have echoed it.
 */
#ifndef KPL011_EXPECT_OUT_H
#define KPL011_EXPECT_OUT_H

#include <stdbool.h>

#include "base/loop.h"
#include "base/output.h"
#include "source/source.h"
#include "text/expect_script.h"
#include "text/seen.h"

/* Of a match, beyond itself. */
struct expect_out {
	const struct output *out;
	struct loop *loop; /* in a callback of it: what is not read can be interrupted */
	struct source *src;
	const struct source_facts *facts;
	const struct expect_script *script; /* has the secrets */
	const char *regex;
	size_t line;  /* of the script; 0: there is none */
	uint64_t pos; /* behind what was looked at */
	uint64_t skipped;
};

/* The match as an object; @hit may be NULL. Returns a status. */
int expect_out_json(const struct expect_out *out, const struct expect_hit *hit);

/* The match as text. */
int expect_out_text(const struct expect_out *out, const struct expect_hit *hit);

/* Says which lines were seen last. */
void expect_out_seen(const struct expect_script *script, struct seen *seen);

#endif /* KPL011_EXPECT_OUT_H */
