/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the position of the next byte that a guest prints. A port's facts tell it. Of a
 * connection only what was read is known, and bytes that wait in it were printed before: they
 * are read first.
 */
#ifndef KPL011_CATCH_UP_H
#define KPL011_CATCH_UP_H

#include "source/source.h"

/* Bytes that @got of catch_up() is given at a time, at most. */
#define CATCH_UP_CHUNK 16384

typedef void catch_up_cb(const unsigned char *bytes, size_t len, void *arg);

/**
 * catch_up - read what was printed before now
 * @src: the source, read from its position on
 * @got: is given the bytes in order; NULL: they are dropped
 * @arg: for @got
 *
 * A guest that floods always has more, so at most CATCH_UP_MAX bytes are read.
 *
 * Return: -EAGAIN, there is no more for now; 1, there may be more; 0, the end was reached; or
 * another negative errno
 */
int catch_up(struct source *src, catch_up_cb *got, void *arg);

/* Bytes that catch_up() reads, at most. */
#define CATCH_UP_MAX (16 * 1024 * 1024)

/*
 * Updates @facts so that tx_newest is the position of the next byte that the guest prints. This
 * may move the source's position. @keeps: everything that is read for this can be read again,
 * up to CATCH_UP_MAX bytes. Returns 0 or a negative errno.
 */
int catch_up_facts(struct source *src, struct source_facts *facts, bool keeps);

#endif /* KPL011_CATCH_UP_H */
