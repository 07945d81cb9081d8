/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parses the line that begins a section of the policy, such as "[guest
 * web[0-9]]", and a comment after it: the kind of section, and its pattern or
 * name. The section ends at the first ']' that does not end a set of characters
 * in the pattern. Pure.
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
 * section_get - parse the line
 * @line: begins with the '['
 * @len: its bytes, without its end
 * @section: the result
 * @why: what is wrong with it
 * @size: bytes at @why
 *
 * Return: false if it is wrong
 */
bool section_get(const char *line, size_t len, struct section *section, char *why, size_t size);

/**
 * section_never - find out why a pattern can match nothing
 * @glob: as glob_matches() takes it
 * @max: bytes of the longest text that there can be
 * @why: the reason
 * @size: bytes at @why
 *
 * Return: false if it can match something
 */
bool section_never(const char *glob, size_t max, char *why, size_t size);

#endif /* KPL011_SECTION_H */
