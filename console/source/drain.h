/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a source to a descriptor.
 *
 * One chunk is under way at a time; while the descriptor takes nothing the
 * source is not read, and its own history is the buffer. What is lost from
 * that is counted, to the byte, and told in its place.
 */
#ifndef KPL011_DRAIN_H
#define KPL011_DRAIN_H

#include <stdint.h>

#include "base/loop.h"
#include "source/source.h"

/* Bytes of a guest in one turn. */
#define DRAIN_CHUNK 65536

/* What a filter may make of a chunk. */
#define DRAIN_FILTER_ROOM (14 * DRAIN_CHUNK + 288)

enum drain_end {
	DRAIN_DONE, /* the guest is gone, or the limit was reached */
	DRAIN_SOURCE_FAILED,
	DRAIN_OUTPUT_FAILED, /* -EPIPE, too */
};

struct drain_ops {
	/* @count bytes are missing in front of what comes next. */
	void (*skipped)(uint64_t count, void *arg);
	/* Optional: as of source_blocked_news(). */
	void (*blocked)(int err, void *arg);
	/* Everything was written, or it failed with @err, a negative errno. */
	void (*end)(enum drain_end end, int err, void *arg);
	/*
	 * Optional: what to write in place of the @len bytes at @in, which
	 * begin at @pos. Returns the number of bytes at @out.
	 */
	size_t (*filter)(uint64_t pos, const unsigned char *in, size_t len, unsigned char *out,
			 void *arg);
};

struct drain;

/**
 * drain_new - begin
 * @loop: the loop
 * @src: where from, at position @from
 * @from: the source's position
 * @until: end at this position, UINT64_MAX: when the guest is gone
 * @fd: where to, not blocking
 *
 * Return: NULL without memory
 */
struct drain *drain_new(struct loop *loop, struct source *src, uint64_t from, uint64_t until,
			int fd, const struct drain_ops *ops, void *arg);

/* Writes a text behind what is under way. False: there is no room for it. */
bool drain_note(struct drain *drain, const char *text);

/* What is here already is not written yet. */
bool drain_is_behind(const struct drain *drain);

void drain_free(struct drain *drain);

#endif /* KPL011_DRAIN_H */
