/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a PL011 uses of the kernel, of its stream and of its input, for the host:
 * it is included before its files, in place of the headers of the latter two.
 * Locks know whether they are held. Of time there are ticks, and when something
 * is due.
 */
#ifndef UNIT_PL011_HOST_H
#define UNIT_PL011_HOST_H
#define KPL011_DUE_H
#define KPL011_INPUT_H
#define KPL011_STREAM_H
#define KPL011_TRACE_H
#define KPL011_WAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <linux/errno.h>
#include <linux/kpl011.h>
#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/types.h>
#include <asm/barrier.h>

#define likely(x)	(x)
#define unlikely(x)	(x)
#define noinline	__attribute__((noinline))
#undef __always_inline
#define __always_inline	inline __attribute__((always_inline))
#define __acquires(x)
#define __releases(x)
#define __acquire(x)	((void)0)
#define __release(x)	((void)0)

typedef struct { bool held; } spinlock_t;

#define spin_lock_init(lock)	((void)((lock)->held = false))
#define spin_lock(lock)							\
	do {								\
		assert_false((lock)->held);				\
		(lock)->held = true;					\
	} while (0)
#define spin_unlock(lock)						\
	do {								\
		assert_true((lock)->held);				\
		(lock)->held = false;					\
	} while (0)
#define DEFINE_MUTEX(name)	spinlock_t name
#define mutex_lock(lock)	spin_lock(lock)
#define mutex_unlock(lock)	spin_unlock(lock)
#define spin_trylock(lock)	(!(lock)->held && ((lock)->held = true))
#define lockdep_assert_held(lock)	assert_true((lock)->held)

extern unsigned long jiffies;
#define time_before_eq(a, b)	((long)((a) - (b)) <= 0)
#define TICK_NSEC	1
#define ktime_get_ns()	((u64)jiffies)

struct kernel_param;
struct kernel_param_ops {
	int (*set)(const char *text, const struct kernel_param *param);
	int (*get)(char *text, const struct kernel_param *param);
};

/* The parameter, for the tests to set and to get. */
#define module_param_cb(name, ops, arg, mode) \
	const struct kernel_param_ops *const unit_param_##name = (ops)
#define MODULE_PARM_DESC(name, text)	struct kernel_param
#define sysfs_streq(a, b)	(!strcmp((a), (b)))
#define sysfs_emit(buf, ...)	sprintf((buf), __VA_ARGS__)

static inline int kstrtobool(const char *text, bool *value)
{
	*value = !strcmp(text, "on");
	return *value || !strcmp(text, "off") ? 0 : -EINVAL;
}

/* The tests look at @at, and call @fn. */
#define KPL_NEVER	UINT64_MAX
struct work_struct { char none; };
typedef void (*work_func_t)(struct work_struct *work);
struct kpl_due {
	struct work_struct work;
	work_func_t fn;
	u64 at;
};

#define kpl_due_init(due, function) \
	((void)((due)->fn = (function), (due)->at = KPL_NEVER))
#define kpl_due_start(due)	((void)0)
#define kpl_due_stop(due)	((void)0)

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
struct unit_none { char none; };
struct kpl_stream {
	spinlock_t lock;
	struct { struct unit_shared *shared; } ring;
	struct unit_none wake;
};

/* What goes out is not looked at here. */
#define kpl_ring_push(ring, byte)	((void)(byte), (ring)->shared->head++)
#define kpl_stream_keeps(stream, byte)	((void)(byte), true)
#define kpl_stream_put(stream, byte)	kpl_ring_push(&(stream)->ring, byte)
#define kpl_stream_fed(stream)		((void)0)
#define kpl_wake_readers(wake)		((void)0)
#define kpl_wake_is_hungry(wake)	((void)(wake), false)

#define trace_kpl011_read_enabled()			false
#define trace_kpl011_write_enabled()			false
#define trace_kpl011_read(port, offset, len, value)	((void)0)
#define trace_kpl011_write(port, offset, len, value)	((void)0)
#define trace_kpl011_line(port, level)			((void)0)
#define trace_kpl011_break(port, received)		((void)0)

#include "pl011.h"

#endif /* UNIT_PL011_HOST_H */
