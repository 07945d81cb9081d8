/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where `kpl011 expect` begins to look in what a guest has printed.
 */
#ifndef KPL011_EXPECT_PLACE_H
#define KPL011_EXPECT_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/expecting.h"
#include "source/source.h"
#include "text/seen.h"

/**
 * expect_place_find - where to begin
 * @opts: say so, unless the guest came while it was waited for
 * @src: the guest
 * @facts: of it; they may be newer afterwards
 * @came: it came while it was waited for
 * @from: the place
 *
 * Return: a status; it has said why
 */
int expect_place_find(const struct expecting_options *opts, struct source *src,
		      struct source_facts *facts, bool came, uint64_t *from);

/**
 * expect_place_behind - tell what is right in front of the place, if that is kept
 * @seen: is told, and @src is where it goes on afterwards
 * @src: the guest
 * @from: the place
 * @in_line: it is in the middle of a line, if nothing else is known
 */
void expect_place_behind(struct seen *seen, struct source *src, uint64_t from, bool in_line);

#endif /* KPL011_EXPECT_PLACE_H */
