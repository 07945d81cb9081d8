/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kmod/page.c uses of the kernel and of a port, for the host: it is
 * included before it, in place of kmod/port.h. Locks know whether they are held,
 * and which is outside of which.
 */
#ifndef UNIT_PAGE_PORT_H
#define UNIT_PAGE_PORT_H
#define KPL011_INPUT_H
#define KPL011_PORT_H

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

#include "page.h"
#include "uart.h"

#ifndef UNIT_MMIO_PORT_H
struct kpl_port {
	struct kpl_vm *vm;
	struct kpl_page page;
	struct { spinlock_t lock; } stream;
	bool live;
	bool detached;
	struct kpl_uart uart;
	unsigned int input; /* characters that wait */
};

#define kpl_input_is_empty(input)	(!*(input))
#endif

#endif /* UNIT_PAGE_PORT_H */
