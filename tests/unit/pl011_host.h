/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stream and the input of a PL011, for tests of it: they are included before
 * its files, in place of kmod/stream.h and kmod/input.h.
 */
#ifndef UNIT_PL011_HOST_H
#define UNIT_PL011_HOST_H
#define KPL011_INPUT_H
#define KPL011_STREAM_H

#include "kernel_host.h"

/* @queued: of @ch, from @out on. */
struct kpl_input {
	u16 ch[64];
	unsigned int queued;
	unsigned int out;
};

static inline bool kpl_input_is_empty(const struct kpl_input *input)
{
	return !input->queued;
}

static inline unsigned int kpl_input_pull(struct kpl_input *input, u16 *to,
					  unsigned int n, bool *more)
{
	unsigned int done = 0;

	while (done < n && !kpl_input_is_empty(input)) {
		to[done++] = input->ch[input->out++ % 64];
		input->queued--;
	}
	*more = !kpl_input_is_empty(input);
	return done;
}

struct unit_shared { u64 head; };
struct kpl_stream {
	spinlock_t lock;
	struct { struct unit_shared *shared; } ring;
	struct kpl_wake wake;
};

/* What goes out is not looked at here. */
#define kpl_ring_push(ring, byte)	((void)(byte), (ring)->shared->head++)
#define kpl_stream_keeps(stream, byte)	((void)(byte), true)
#define kpl_stream_put(stream, byte)	kpl_ring_push(&(stream)->ring, byte)
#define kpl_stream_fed(stream)		((void)0)

#include "pl011.h"

#endif /* UNIT_PL011_HOST_H */
