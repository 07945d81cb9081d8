/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes a file so that it is either there as a whole or as it was before; a device or a pipe takes
 * each byte at once. What is written has no name until it is on the disk. Symbolic links are not
 * followed, since others may be able to write to the directory, too.
 */
#ifndef KPL011_NEWFILE_H
#define KPL011_NEWFILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum newfile_how {
	NEWFILE_REPLACE, /* replaces a file; writes to a device or a pipe */
	/*
	 * Replaces a regular file without waiting for the disk, so a crash of the host may lose it.
	 * Does not write to a device or a pipe, which could wait for its reader: REGULAR_NOT.
	 */
	NEWFILE_QUICK,
	NEWFILE_FRESH, /* the name must be free: -EEXIST */
};

struct newfile {
	int fd;
	/* The rest is for newfile.c. */
	int dir;
	enum newfile_how how;
	bool direct; /* writes to a device or a pipe */
	bool named;  /* it is called @temporary; else it has no name yet */
	char name[NAME_MAX + 1];
	char temporary[NAME_MAX + 1];
};

/**
 * newfile_begin - begin to write a file
 * @file: filled in
 * @path: the name that it gets at the end
 * @mode: of a new file, as for open(2); a file of ours that is replaced passes on its own
 * @how: what may be there already
 *
 * Return: 0, to be followed by newfile_end(), or a negative errno. -ELOOP: it is a symbolic link
 */
int newfile_begin(struct newfile *file, const char *path, mode_t mode, enum newfile_how how);

/* Writes all of it. Returns 0 or a negative errno. */
int newfile_write(struct newfile *file, const void *bytes, size_t len);

/*
 * With @err 0 puts the file in its place. If @err is not 0, or if that fails, nothing has changed;
 * but a device or a pipe may have taken some of the bytes, or all of them. Returns @err or a
 * negative errno of its own.
 */
int newfile_end(struct newfile *file, int err);

/* All of the above at once. */
int newfile_put(const char *path, mode_t mode, enum newfile_how how, const void *bytes, size_t len);

/* Describes a negative errno of these functions. */
const char *newfile_reason(int err);

#endif /* KPL011_NEWFILE_H */
