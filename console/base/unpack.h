/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads what is in a file, whether it is compressed with gzip, with zstd, or not at all. */
#ifndef KPL011_UNPACK_H
#define KPL011_UNPACK_H

#include <errno.h>
#include <stdbool.h>
#include <sys/types.h>

/* The largest window of zstd; UNPACK_WINDOW: a file needs a larger one, and is not read. */
#define UNPACK_WINDOW_MIB 128
#define UNPACK_WINDOW (-EOVERFLOW)

struct unpack;

/* @fd is read to its end, and may block. NULL: out of memory. */
struct unpack *unpack_new(int fd);

/* Called before each read; if it returns false, unpack_read() returns -ECANCELED. */
typedef bool unpack_wait_cb(void *arg);
void unpack_set_wait(struct unpack *unpack, unpack_wait_cb *wait, void *arg);

/*
 * Returns the number of the next bytes, at most @len; 0 at the end. -EBADMSG: the compressed data
 * is damaged; -ENODATA: it ends too early; UNPACK_WINDOW; or another negative errno of reading.
 */
ssize_t unpack_read(struct unpack *unpack, void *buf, size_t len);

void unpack_free(struct unpack *unpack);

#endif /* KPL011_UNPACK_H */
