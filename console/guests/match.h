/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which guests an operator means. Pure.
 *
 *   7          the port with that number
 *   pid:1234   the VM of that process
 *   name:7     the guest with exactly that name, even if it is all digits
 *   web1       the same, and if there is none and it has one of *?[ in it,
 *   web*       the guests whose name it matches
 *   web1@anna  those of that user, by name or number; also web*@anna
 *   a/web1     any of these, of the host a
 *
 * A name that has an @ in it is meant by name: alone, for anybody may call a guest web1@anna.
 */
#ifndef KPL011_MATCH_H
#define KPL011_MATCH_H

#include "source/source.h"

enum match_kind {
	MATCH_ID,
	MATCH_PID,
	MATCH_NAME, /* exactly */
	MATCH_ANY,  /* exactly, else as a pattern */
};

struct match {
	enum match_kind kind;
	uint64_t number;
	const char *text;
	const char *host; /* NULL: any; no string: it has @host_len bytes */
	size_t host_len;
};

/* Which lives of a guest are meant. */
enum match_lives {
	MATCH_LIVE, /* those that live, of each owner who has such */
	MATCH_DEAD, /* the opposite */
	MATCH_BOTH,
};

/* False: it can mean no guest ("", "pid:x"). @spec must stay. */
bool match_parse(const char *spec, struct match *match);

/**
 * match_find - find what is meant
 * @match: what the operator wrote
 * @all: the guests
 * @count: their number
 * @lives: where both live and dead guests of one owner match
 * @found: room for @count indices into @all
 *
 * Return: number of indices in @found
 */
size_t match_find(const struct match *match, const struct source_facts *all, size_t count,
		  enum match_lives lives, size_t *found);

/* Whether @name matches the pattern @glob (*, ?, [...]). */
bool match_glob(const char *glob, const char *name);

#endif /* KPL011_MATCH_H */
