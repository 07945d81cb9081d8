/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of this host that tell how it is set up. Below $KPL011_HOST_ROOT if that
 * is set: what a copy of another host's files says. Nothing is written.
 */
#ifndef KPL011_HOST_H
#define KPL011_HOST_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Where a file of the host is. @path begins with a slash. */
const char *host_path(const char *path, char out[PATH_MAX]);

bool host_has(const char *path);

/* The file's beginning, without a newline at its end. Bytes, or a negative errno. */
ssize_t host_read(const char *path, char *text, size_t size);

/* Whether the file has a line that begins so; @line, if not NULL, is all of it. */
bool host_line(const char *path, const char *begins, char *line, size_t size);

/* Whether a file in this folder has @word in its name; @name is its name. */
bool host_named(const char *folder, const char *word, char name[NAME_MAX + 1]);

#endif /* KPL011_HOST_H */
