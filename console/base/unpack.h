/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is in a file, whether that is compressed by gzip, by zstd, or not at all.
 */
#ifndef KPL011_UNPACK_H
#define KPL011_UNPACK_H

#include <errno.h>
#include <stdbool.h>
#include <sys/types.h>

/* So much of what came out is kept to go on by, at most; what asks for more is not read. */
#define UNPACK_WINDOW_MIB 128
#define UNPACK_WINDOW (-EOVERFLOW)

struct unpack;

/* NULL: no memory. @fd: is read to its end, and may block. */
struct unpack *unpack_new(int fd);

/* Before each read @wait is called, and -ECANCELED if it returns false. */
typedef bool unpack_wait_cb(void *arg);
void unpack_set_wait(struct unpack *unpack, unpack_wait_cb *wait, void *arg);

/*
 * The next bytes: how many, at most @len; 0 at the end. -EBADMSG: what is compressed
 * is damaged, -ENODATA: it ends too early, UNPACK_WINDOW; or another negative errno, of reading.
 */
ssize_t unpack_read(struct unpack *unpack, void *buf, size_t len);

void unpack_free(struct unpack *unpack);

#endif /* KPL011_UNPACK_H */
