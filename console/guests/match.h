/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the guests that an operator means with a word. Pure.
 *
 *   7          the port with that number
 *   pid:1234   the VM of that process
 *   name:7     the guest with exactly that name, even if it is all digits
 *   web1       the same; if there is none, and the word has one of *?[ in it,
 *   web*       the guests whose name it matches
 *   web1@anna  those of that user (a name or a number); also web*@anna
 *   a/web1     any of these, on the host a
 *
 * Anybody may call a guest web1@anna. So a word with an @ in it never means that whole name;
 * name:web1@anna does.
 */
#ifndef KPL011_MATCH_H
#define KPL011_MATCH_H

#include "source/source.h"

enum match_kind {
	MATCH_ID,
	MATCH_PID,
	MATCH_NAME, /* exactly */
	MATCH_ANY,  /* exactly, otherwise as a pattern */
};

struct match {
	enum match_kind kind;
	uint64_t number;
	const char *text;
	const char *host; /* @host_len bytes without a NUL; NULL: any host */
	size_t host_len;
};

/* Which guests are meant if both live and dead ones match. */
enum match_lives {
	MATCH_LIVE, /* the live ones of each owner; dead ones if that owner has no live one */
	MATCH_DEAD, /* the dead ones of each owner; live ones if that owner has no dead one */
	MATCH_BOTH,
};

/* False: @spec can mean no guest ("", "pid:x"). @spec must outlive @match. */
bool match_parse(const char *spec, struct match *match);

/**
 * match_find - find the guests that are meant
 * @match: what the operator wrote
 * @all: the guests
 * @count: their number
 * @lives: which to leave out if both live and dead guests of one owner match
 * @found: filled with indices into @all; has room for @count
 *
 * Return: number of indices in @found
 */
size_t match_find(const struct match *match, const struct source_facts *all, size_t count,
		  enum match_lives lives, size_t *found);

#endif /* KPL011_MATCH_H */
