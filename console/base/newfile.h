/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that is written: it is there whole, or it is as it was. What is written has no name
 * until it is on the disk, and no symbolic link is followed, for the directory may be one that
 * others can write as well.
 */
#ifndef KPL011_NEWFILE_H
#define KPL011_NEWFILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum newfile_how {
	NEWFILE_REPLACE, /* what is there; a device or a pipe is written to */
	/*
	 * A regular file, without a wait for the disk: a crash of the host may lose it. A device
	 * or a pipe is not written to, which could wait for its reader: REGULAR_NOT.
	 */
	NEWFILE_QUICK,
	NEWFILE_FRESH, /* there is none: -EEXIST */
};

struct newfile {
	int fd;
	/* The rest is for newfile.c. */
	int dir;
	enum newfile_how how;
	bool direct; /* to a device or a pipe */
	bool named;  /* as @temporary; else it has no name yet */
	char name[NAME_MAX + 1];
	char temporary[NAME_MAX + 1];
};

/**
 * newfile_begin - begin to write a file
 * @file: filled in
 * @path: what it is called at the end
 * @mode: for a new one, as of open(2); one that is replaced hands its own on
 * @how: what may be there
 *
 * Return: 0, to be followed by newfile_end(), or a negative errno. -ELOOP: it is a symbolic link
 */
int newfile_begin(struct newfile *file, const char *path, mode_t mode, enum newfile_how how);

/* All of it. 0, or a negative errno. */
int newfile_write(struct newfile *file, const void *bytes, size_t len);

/*
 * With @err 0 the file is in its place; otherwise, and if that fails, nothing has changed. @err,
 * or a negative errno of its own.
 */
int newfile_end(struct newfile *file, int err);

/* All of this at once. */
int newfile_put(const char *path, mode_t mode, enum newfile_how how, const void *bytes, size_t len);

/* What a negative errno means for a file that is written. */
const char *newfile_reason(int err);

#endif /* KPL011_NEWFILE_H */
