/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file of settings: lines "[SECTION]" and "NAME = VALUE". The rules are the same for all such
 * files: blanks at the start of a line and a byte order mark are ignored. A comment is a line that
 * begins with '#' or ';', or follows a value after a blank, a semicolon and another blank. Each
 * line is either taken whole or reported as wrong; nothing of it is cut off.
 */
#ifndef KPL011_INIFILE_H
#define KPL011_INIFILE_H

#include <stdbool.h>
#include <stddef.h>

/* The longest line, in bytes, without the blanks around it. */
#define INIFILE_LINE_MAX 198

struct inifile_ops {
	/* A line that begins with '[', @len bytes. NULL: it is wrong, and wrong() was called. */
	void (*section)(size_t line, const char *text, size_t len, void *arg);
	void (*setting)(size_t line, const char *name, const char *value, void *arg);
	void (*wrong)(size_t line, const char *why, void *arg);
};

/* Calls @ops for each line, counted from 1. Returns 0 or -ENOMEM. */
int inifile_parse(const char *text, size_t len, const struct inifile_ops *ops, void *arg);

/* Whether nothing but a comment follows from @at on, after the ']' of a section. Pure. */
bool inifile_is_empty(const char *at, const char *end);

/*
 * Reads all of a regular file, of at most 1 MiB; the caller frees @text. Returns 0 or a negative
 * errno.
 */
int inifile_read(const char *path, char **text, size_t *len);

#endif /* KPL011_INIFILE_H */
