/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opens regular files whose path is known in advance. Whoever may write to the directory could put
 * a pipe there, whose open(2) would block for ever, or a device.
 */
#ifndef KPL011_REGULAR_H
#define KPL011_REGULAR_H

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

/* What is there is not a regular file. */
#define REGULAR_NOT (-EMEDIUMTYPE)

/**
 * regular_open_at - open a regular file, without blocking
 * @dir: as for openat(2)
 * @path: of the file
 * @flags: for open(2); O_RDONLY, O_CLOEXEC, O_NONBLOCK and O_NOCTTY are always set. For reading,
 *         /dev/null is accepted as well, as an empty file.
 * @mode: of a new file
 *
 * Return: a descriptor or a negative errno; REGULAR_NOT, or -ELOOP with O_NOFOLLOW
 */
int regular_open_at(int dir, const char *path, int flags, mode_t mode);

int regular_open(const char *path, int flags);

/* The same for reading with stdio. NULL: see errno. */
FILE *regular_fopen(const char *path);

/* Describes a negative errno of these functions. */
const char *regular_reason(int err);

#endif /* KPL011_REGULAR_H */
