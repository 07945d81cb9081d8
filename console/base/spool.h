/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps text for a descriptor until the descriptor takes it. */
#ifndef KPL011_SPOOL_H
#define KPL011_SPOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/loop.h"

/* While more bytes than this wait, nothing should be added: see spool_full(). */
#define SPOOL_LIMIT 65536

struct spool_ops {
	/* Everything has been written. */
	void (*drained)(void *arg);
	/* Writing failed: @err is a negative errno. */
	void (*failed)(int err, void *arg);
};

struct spool;

/* @fd must not block. NULL: out of memory. */
struct spool *spool_new(struct loop *loop, int fd, const struct spool_ops *ops, void *arg);

/* Adds at most SPOOL_LIMIT bytes; only while the spool is not full. */
void spool_add(struct spool *spool, const void *bytes, size_t len);

bool spool_full(const struct spool *spool);
bool spool_empty(const struct spool *spool);

void spool_free(struct spool *spool);

#endif /* KPL011_SPOOL_H */
