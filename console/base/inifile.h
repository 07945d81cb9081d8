/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file of settings: lines "[SECTION]" and "NAME = VALUE". What all such files have in common:
 * blanks in front of a line and a byte order mark mean nothing, a comment is a line that begins
 * with '#' or ';', or is behind a value, a blank, a semicolon and another blank. A line is taken
 * as it is or told: nothing of it is cut off.
 */
#ifndef KPL011_INIFILE_H
#define KPL011_INIFILE_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of a line, without the blanks around it. */
#define INIFILE_LINE_MAX 198

struct inifile_ops {
	/* A line that begins with a '[', @len bytes; NULL: it is wrong, and that was told. */
	void (*section)(size_t line, const char *text, size_t len, void *arg);
	void (*setting)(size_t line, const char *name, const char *value, void *arg);
	void (*wrong)(size_t line, const char *why, void *arg);
};

/* Lines are counted from 1. 0, or -ENOMEM. */
int inifile_parse(const char *text, size_t len, const struct inifile_ops *ops, void *arg);

/* Whether there is nothing but a comment from @at on, behind the ']' of a section. Pure. */
bool inifile_is_empty(const char *at, const char *end);

/* All of a regular file, of at most 1 MiB, to be freed. 0 or a negative errno. */
int inifile_read(const char *path, char **text, size_t *len);

#endif /* KPL011_INIFILE_H */
