/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the files of this host that say how it is set up. If $KPL011_HOST_ROOT is
 * set, the files below it are read instead, which may be a copy of those of another
 * host. Writes nothing.
 */
#ifndef KPL011_HOST_H
#define KPL011_HOST_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The path of a file of the host, with $KPL011_HOST_ROOT before it. @path begins with a slash. */
const char *host_path(const char *path, char out[PATH_MAX]);

bool host_has(const char *path);

/*
 * Reads the beginning of a file, less a newline at its end, and terminates it. Returns the number
 * of bytes, or a negative errno.
 */
ssize_t host_read(const char *path, char *text, size_t size);

/* Whether the file has a line that begins with @begins. @line, if not NULL, gets the first one. */
bool host_line(const char *path, const char *begins, char *line, size_t size);

/* Whether the folder has a file with @word in its name. @name: set to that name. */
bool host_named(const char *folder, const char *word, char name[NAME_MAX + 1]);

#endif /* KPL011_HOST_H */
