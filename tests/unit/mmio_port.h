/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kmod/mmio.c uses of the kernel and of a port, for the host: it is
 * included before it, in place of kmod/port.h and of what that includes. Of
 * time there are ticks, and when the port's timer is due.
 */
#ifndef UNIT_MMIO_PORT_H
#define UNIT_MMIO_PORT_H
#define KPL011_DUE_H
#define KPL011_PORT_H
#define KPL011_TRACE_H

#include <linux/compiler.h>
#include <linux/kpl011.h>
#include <linux/types.h>

#include "page_port.h"

#define unlikely(x)	(x)
#define noinline	__attribute__((noinline))
#undef __always_inline
#define __always_inline	inline __attribute__((always_inline))

#define TICK_NSEC	1
#define ktime_get_ns()	((u64)jiffies)
#define KPL_NEVER	UINT64_MAX
struct kpl_due { u64 at; };
#define kpl_due_start(due)	((void)0)

struct kpl_input {
	u16 ch[64];
	unsigned int in;
	unsigned int out;
};

static inline bool kpl_input_is_empty(const struct kpl_input *input)
{
	return input->in == input->out;
}

static inline unsigned int kpl_input_pull(struct kpl_input *input, u16 *to,
					  unsigned int n, bool *more)
{
	unsigned int done = 0;

	while (done < n && !kpl_input_is_empty(input))
		to[done++] = input->ch[input->out++ % 64];
	*more = !kpl_input_is_empty(input);
	return done;
}

struct unit_shared { u64 head; };
struct unit_ring { struct unit_shared *shared; };
struct unit_none { char none; };
struct unit_stream {
	spinlock_t lock;
	struct unit_ring ring;
	struct unit_none wake;
};

struct kpl_port {
	struct kpl_vm *vm;
	struct unit_stream stream;
	struct kpl_page page;
	bool live;
	bool detached;
	bool line;
	struct kpl_uart uart;
	struct kpl_due timeout;
	u64 tx_breaks;
	struct kpl_input input;
	u64 interrupts;
	u64 reads[KPL011_REGS];
	u64 writes[KPL011_REGS];
};

/* What goes out is not looked at here. */
#define kpl_ring_push(ring, byte)	((void)(byte), (ring)->shared->head++)
#define kpl_stream_keeps(stream, byte)	((void)(byte), true)
#define kpl_stream_put(stream, byte)	kpl_ring_push(&(stream)->ring, byte)
#define kpl_stream_fed(stream)		((void)0)
#define kpl_wake_readers(wake)		((void)0)
#define kpl_wake_is_hungry(wake)	false

#define trace_kpl011_read_enabled()			false
#define trace_kpl011_write_enabled()			false
#define trace_kpl011_read(port, offset, len, value)	((void)0)
#define trace_kpl011_write(port, offset, len, value)	((void)0)
#define trace_kpl011_line(port, level)			((void)0)
#define trace_kpl011_break(port, received)		((void)0)

#endif /* UNIT_MMIO_PORT_H */
