/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies the output of a source to a descriptor.
 *
 * One chunk is under way at a time. While the descriptor takes nothing the
 * source is not read: its own history is the buffer. Bytes that are lost from
 * that are counted, and reported at their place in the output.
 */
#ifndef KPL011_DRAIN_H
#define KPL011_DRAIN_H

#include <stdint.h>

#include "base/loop.h"
#include "source/source.h"

/* Bytes of a guest in one turn. */
#define DRAIN_CHUNK 65536

/* Bytes that a filter may make of one chunk, at most. */
#define DRAIN_FILTER_ROOM (14 * DRAIN_CHUNK + 288)

enum drain_end {
	DRAIN_DONE, /* the guest is gone, or the limit was reached */
	DRAIN_SOURCE_FAILED,
	DRAIN_OUTPUT_FAILED, /* -EPIPE, too */
};

struct drain_ops {
	/* @count bytes are missing before what comes next. */
	void (*skipped)(uint64_t count, void *arg);
	/* Optional: source_blocked_news() had news, with this @err. */
	void (*blocked)(int err, void *arg);
	/* Everything was written, or it failed with @err, a negative errno. */
	void (*end)(enum drain_end end, int err, void *arg);
	/*
	 * Optional: puts at @out what to write in place of the @len bytes at
	 * @in, which begin at @pos. Returns the number of bytes at @out.
	 */
	size_t (*filter)(uint64_t pos, const unsigned char *in, size_t len, unsigned char *out,
			 void *arg);
};

struct drain;

/**
 * drain_new - start to copy
 * @loop: the loop
 * @src: the source
 * @from: its position, where copying starts
 * @until: the position to end at; UINT64_MAX: when the guest is gone
 * @fd: the descriptor to write to, non-blocking
 * @ops: callbacks
 * @arg: for @ops
 *
 * Return: NULL without memory
 */
struct drain *drain_new(struct loop *loop, struct source *src, uint64_t from, uint64_t until,
			int fd, const struct drain_ops *ops, void *arg);

/* Writes a text after what is under way. False: there is no room for it. */
bool drain_note(struct drain *drain, const char *text);

/* Whether bytes that have come already are not written yet. */
bool drain_is_behind(const struct drain *drain);

void drain_free(struct drain *drain);

#endif /* KPL011_DRAIN_H */
