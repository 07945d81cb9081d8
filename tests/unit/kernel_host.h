/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module's files use of the kernel, and of the helpers that call it
 * most, for the host: it is included before a file. Locks know whether they are
 * held. Of time there are ticks, and when something is due. A fuzzer includes its
 * own must.h before.
 */
#ifndef UNIT_KERNEL_HOST_H
#define UNIT_KERNEL_HOST_H
#define KPL011_DUE_H
#define KPL011_TRACE_H
#define KPL011_WAKE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifndef FUZZ_MUST_H
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define MUST(condition)	assert_true(condition)
#endif

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
		MUST(!(lock)->held);					\
		(lock)->held = true;					\
	} while (0)
#define spin_unlock(lock)						\
	do {								\
		MUST((lock)->held);					\
		(lock)->held = false;					\
	} while (0)
#define DEFINE_MUTEX(name)	spinlock_t name
#define mutex_lock(lock)	spin_lock(lock)
#define mutex_unlock(lock)	spin_unlock(lock)
#define spin_trylock(lock)	(!(lock)->held && ((lock)->held = true))
#define lockdep_assert_held(lock)	MUST((lock)->held)

extern unsigned long jiffies;
#define time_before_eq(a, b)	((long)((a) - (b)) <= 0)
#define TICK_NSEC	1
#define NSEC_PER_MSEC	1000000
#define ktime_get_ns()	((u64)jiffies)
#define ktime_get_boottime_ns()	((u64)jiffies)

#define U64_MAX	UINT64_MAX
#define min(a, b)							\
	({								\
		__typeof__(a) min_a = (a);				\
		__typeof__(b) min_b = (b);				\
		min_a < min_b ? min_a : min_b;				\
	})
#define max(a, b)							\
	({								\
		__typeof__(a) max_a = (a);				\
		__typeof__(b) max_b = (b);				\
		max_a > max_b ? max_a : max_b;				\
	})

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

/* @woken: how often. What wakes readers alone is not looked at. */
struct kpl_wake { unsigned int woken; };
#define kpl_wake(wake)			((void)(wake)->woken++)
#define kpl_wake_readers(wake)		((void)(wake))
#define kpl_wake_is_hungry(wake)	((void)(wake), false)

#define trace_kpl011_read_enabled()			false
#define trace_kpl011_write_enabled()			false
#define trace_kpl011_read(port, offset, len, value)	((void)0)
#define trace_kpl011_write(port, offset, len, value)	((void)0)
#define trace_kpl011_line(port, level)			((void)0)
#define trace_kpl011_break(port, received)		((void)0)
#define trace_kpl011_flow(port, state)			((void)0)

#endif /* UNIT_KERNEL_HOST_H */
