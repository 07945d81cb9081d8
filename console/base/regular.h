/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files whose place is known beforehand: whoever may write there can put a pipe in it, whose
 * open(2) waits for ever, or a device.
 */
#ifndef KPL011_REGULAR_H
#define KPL011_REGULAR_H

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

/* What is there is no regular file. */
#define REGULAR_NOT (-EMEDIUMTYPE)

/**
 * regular_open_at - open a regular file, without waiting
 * @dir: as of openat(2)
 * @path: of the file
 * @flags: of open(2); O_RDONLY, O_CLOEXEC, O_NONBLOCK and O_NOCTTY are there anyway. To read,
 *         /dev/null is taken as well: it is an empty file.
 * @mode: for a new one
 *
 * Return: a descriptor or a negative errno; REGULAR_NOT, or -ELOOP with O_NOFOLLOW
 */
int regular_open_at(int dir, const char *path, int flags, mode_t mode);

int regular_open(const char *path, int flags);

/* The same to read with stdio; NULL: see errno. */
FILE *regular_fopen(const char *path);

/* That a file which is open is one. 0 or a negative errno. */
int regular_check(int fd, struct stat *st);

/* What a negative errno means for such a file. */
const char *regular_reason(int err);

#endif /* KPL011_REGULAR_H */
