/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The place in a guest's output at which `kpl011 expect` begins to search, and what precedes it.
 */
#ifndef KPL011_EXPECT_PLACE_H
#define KPL011_EXPECT_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/expecting.h"
#include "source/source.h"
#include "text/seen.h"

/**
 * expect_place_find - find where to begin
 * @opts: --from or --cursor
 * @src: the guest
 * @facts: of the guest; may be updated
 * @came: the command had to wait for the guest, so that "now" is its first byte
 * @from: set to the position
 *
 * Return: a status; on failure it has printed why
 */
int expect_place_find(const struct expecting_options *opts, struct source *src,
		      struct source_facts *facts, bool came, uint64_t *from);

/**
 * expect_place_behind - pass what was printed right before a position, if that is kept
 * @seen: gets it, to know whether a line begins at @from
 * @src: the guest; its position is @from afterwards
 * @from: the position
 * @in_line: if it is not kept, take @from for the middle of a line
 */
void expect_place_behind(struct seen *seen, struct source *src, uint64_t from, bool in_line);

#endif /* KPL011_EXPECT_PLACE_H */
