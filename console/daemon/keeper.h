/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the logs within their limits: compresses those that were cut off, in a
 * process of its own, one at a time, and removes the oldest when there are too
 * many. What is being written is never removed. What was written by a guest that
 * is gone goes with those that were cut off, after a day or when its room is needed.
 */
#ifndef KPL011_KEEPER_H
#define KPL011_KEEPER_H

#include "base/loop.h"
#include "daemon/archive.h"
#include "daemon/logdir.h"

struct keeper;

/* Of the guest whose files begin with @base. */
struct keeper_ops {
	/* What is kept. */
	void (*limits)(const char *base, struct archive_limits *limits, bool *compress, void *arg);
	/* Whether its logs are being written. */
	bool (*in_use)(const char *base, void *arg);
};

/* NULL: no memory. Looks at what is there with keeper_scan(). */
struct keeper *keeper_new(struct loop *loop, struct logdir *dir, const struct keeper_ops *ops,
			  void *arg);
void keeper_free(struct keeper *keeper);

/* Bytes of all logs; 0: no limit. Holds from the next keeper_apply() on. */
void keeper_budget(struct keeper *keeper, uint64_t budget);

/* Looks through the directory, anew. 0 or a negative errno. */
int keeper_scan(struct keeper *keeper);

/* The same if the directory is another one since. */
void keeper_renew(struct keeper *keeper);

/* A log that is being written has grown, or shrunk. */
void keeper_grew(struct keeper *keeper, int64_t bytes);

/* What a file that is cut off now is to be called: @base and @clean are set. */
void keeper_name(struct keeper *keeper, struct logname *name);

/* It is called so now, and has @size bytes. */
void keeper_add(struct keeper *keeper, const struct logname *name, uint64_t size);

/* Removes what is too much, of all guests. */
void keeper_apply(struct keeper *keeper);

/* Bytes of all logs. */
uint64_t keeper_bytes(const struct keeper *keeper);

#endif /* KPL011_KEEPER_H */
