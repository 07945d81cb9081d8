/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where what a guest prints from now on begins. A port counts what is printed; of a connection
 * only what was read is known, and what waits in it was printed before.
 */
#ifndef KPL011_CATCH_UP_H
#define KPL011_CATCH_UP_H

#include "source/source.h"

/* Bytes that are there at once, at most. */
#define CATCH_UP_CHUNK 16384

typedef void catch_up_cb(const unsigned char *bytes, size_t len, void *arg);

/**
 * catch_up - read what was printed before now
 * @src: the source, from its position on
 * @got: is given the bytes in order; NULL: nobody wants them
 * @arg: for @got
 *
 * A guest that floods has no end: there is a limit to what is read.
 *
 * Return: -EAGAIN, there is no more for now; 1, there may be; 0, it was the end; or another
 * negative errno
 */
int catch_up(struct source *src, catch_up_cb *got, void *arg);

/* What catch_up() reads, at most. */
#define CATCH_UP_MAX (16 * 1024 * 1024)

/*
 * Makes @facts those of now, and its tx_newest the place where what is printed from now on
 * begins. The source's position may be any. @keeps: what is read for that can be read again, all
 * of it. Returns 0 or a negative errno.
 */
int catch_up_facts(struct source *src, struct source_facts *facts, bool keeps);

#endif /* KPL011_CATCH_UP_H */
