/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a user's files are (XDG Base Directory Specification). */
#ifndef KPL011_XDG_H
#define KPL011_XDG_H

#include <limits.h>
#include <stdbool.h>

/*
 * $@variable/@file, or $HOME/@otherwise/@file. False: neither variable is an absolute path, or the
 * result is too long.
 */
bool xdg_path(const char *variable, const char *otherwise, const char *file, char path[PATH_MAX]);

/* Creates the directories that lead to a file. */
bool xdg_make_dirs(const char *path);

#endif /* KPL011_XDG_H */
