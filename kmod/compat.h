/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between the supported kernels (6.1 and later) outside KVM. Those
 * in KVM are dealt with where they matter, in kvm*.c.
 */
#ifndef KPL011_COMPAT_H
#define KPL011_COMPAT_H

#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/rcupdate.h>
#include <linux/version.h>

/* device_type.devnode() takes a const device from 6.2 on. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define KPL_DEVNODE_CONST const
#else
#define KPL_DEVNODE_CONST
#endif

/* Flags of a mapping are changed through functions from 6.3 on. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define kpl_vm_flags_clear vm_flags_clear
#else
#define kpl_vm_flags_clear(vma, flags) ((vma)->vm_flags &= ~(flags))
#endif

/* hrtimer_init() became hrtimer_setup(), which takes the function, in 6.13. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define kpl_hrtimer_setup hrtimer_setup
#else
#define kpl_hrtimer_setup(timer, fn, clock, mode) do {	\
	struct hrtimer *t_ = (timer);			\
							\
	hrtimer_init(t_, clock, mode);			\
	t_->function = (fn);				\
} while (0)
#endif

/* Without Tasks RCU the kernel's call_rcu_tasks() is call_rcu(). */
#ifndef CONFIG_TASKS_RCU
#define rcu_barrier_tasks rcu_barrier
#endif

/* The kernel's unbound workqueue has another name from 6.18 on. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
#define kpl_system_wq system_dfl_wq
#else
#define kpl_system_wq system_unbound_wq
#endif

/*
 * Two bits of f_mode say which events of a file fsnotify reports; before 6.14
 * it was one bit.
 */
#ifdef FMODE_FSNOTIFY_MASK
#define KPL_FSNOTIFY_MASK FMODE_FSNOTIFY_MASK
#else
#define KPL_FSNOTIFY_MASK FMODE_NONOTIFY
#endif

#endif /* KPL011_COMPAT_H */
