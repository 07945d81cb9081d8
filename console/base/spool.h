/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text on its way to a descriptor that may not take it now.
 */
#ifndef KPL011_SPOOL_H
#define KPL011_SPOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/loop.h"

/* With more than this nothing should be added: spool_full(). */
#define SPOOL_LIMIT 65536

struct spool_ops {
	/* Everything was written. */
	void (*drained)(void *arg);
	/* It cannot be: @err is a negative errno. */
	void (*failed)(int err, void *arg);
};

struct spool;

/* @fd: not blocking. NULL: no memory. */
struct spool *spool_new(struct loop *loop, int fd, const struct spool_ops *ops, void *arg);

/* At most SPOOL_LIMIT bytes, and only while it is not full. */
void spool_add(struct spool *spool, const void *bytes, size_t len);

bool spool_full(const struct spool *spool);
bool spool_empty(const struct spool *spool);

void spool_free(struct spool *spool);

#endif /* KPL011_SPOOL_H */
