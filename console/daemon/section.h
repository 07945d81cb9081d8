/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first line of a section of the policy, "[guest web[0-9]] ; a comment": what the section
 * is, and whose. The bracket that closes it is the one that closes none of the pattern's. Pure.
 */
#ifndef KPL011_SECTION_H
#define KPL011_SECTION_H

#include <stdbool.h>
#include <stddef.h>

enum section_kind {
	SECTION_DAEMON,
	SECTION_OWNER, /* @of: a pattern */
	SECTION_DEFAULTS,
	SECTION_GUEST, /* @of: a pattern */
	SECTION_ALERTS,
	SECTION_ALERT, /* @of: a name, which may be empty */
};

#define SECTION_OF_SIZE 256

struct section {
	enum section_kind kind;
	char of[SECTION_OF_SIZE];
};

/**
 * section_get - read the line
 * @line: begins with the '['
 * @len: its bytes, without its end
 * @section: what it says
 * @why: what is wrong with it
 * @size: bytes at @why
 *
 * Return: false: it is wrong
 */
bool section_get(const char *line, size_t len, struct section *section, char *why, size_t size);

/**
 * section_never - why a pattern can match nothing
 * @glob: as match_glob() takes it
 * @max: bytes of the longest that there may be
 * @why: the reason
 * @size: bytes at @why
 *
 * Return: false: it can match
 */
bool section_never(const char *glob, size_t max, char *why, size_t size);

#endif /* KPL011_SECTION_H */
