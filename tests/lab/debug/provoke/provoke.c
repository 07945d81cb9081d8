// SPDX-License-Identifier: GPL-2.0-only
/*
 * One fault of each kind, for tests/lab/selftest: what a kernel with checks must report.
 * "insmod provoke.ko fault=NAME" does it once.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

static char *fault = "";
module_param(fault, charp, 0);

static void provoke_warning(void)
{
	WARN_ON(1);
}

static void provoke_use_after_free(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	READ_ONCE(p[8]);
}

static void provoke_shift(void)
{
	int one = 1, by = 40;

	OPTIMIZER_HIDE_VAR(by);
	one <<= by;
	OPTIMIZER_HIDE_VAR(one);
}

static void provoke_sleep(void)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	might_sleep();
	spin_unlock(&lock);
}

static void provoke_deadlock(void)
{
	static DEFINE_MUTEX(a);
	static DEFINE_MUTEX(b);

	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);
	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}

static void provoke_rcu(void)
{
	static int __rcu *pointer;

	rcu_dereference(pointer);
}

static void provoke_leak(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
}

static void no_timer(struct timer_list *timer)
{
}

static void provoke_object(void)
{
	struct timer_list *timer = kzalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, no_timer, 0);
	mod_timer(timer, jiffies + 3600 * HZ);
	kfree(timer);
}

static void provoke_list(void)
{
	LIST_HEAD(head);
	struct list_head entry = {};

	list_add(&entry, &head);
	list_add(&entry, &head);
}

static void provoke_refcount(void)
{
	refcount_t count = REFCOUNT_INIT(0);

	refcount_inc(&count);
}

static unsigned long raced;

static int race(void *unused)
{
	while (!kthread_should_stop()) {
		raced++;
		cond_resched();
	}
	return 0;
}

/* On a CPU each: one that waits in the middle of its access has to be overtaken by the other. */
static void provoke_race(void)
{
	unsigned int here = get_cpu(), there = cpumask_any_but(cpu_online_mask, here);
	unsigned long end = jiffies + 60 * HZ;
	struct task_struct *other;

	migrate_disable();
	put_cpu();
	other = kthread_create_on_cpu(race, NULL, there, "provoke/%u");
	if (!IS_ERR(other)) {
		wake_up_process(other);
		while (time_before(jiffies, end)) {
			raced++;
			barrier(); /* it is written each time */
			cond_resched();
		}
		kthread_stop(other);
	}
	migrate_enable();
}

static const struct {
	const char *name;
	void (*provoke)(void);
} faults[] = {
	{ "warning", provoke_warning },
	{ "use-after-free", provoke_use_after_free },
	{ "shift", provoke_shift },
	{ "sleep", provoke_sleep },
	{ "deadlock", provoke_deadlock },
	{ "rcu", provoke_rcu },
	{ "leak", provoke_leak },
	{ "object", provoke_object },
	{ "list", provoke_list },
	{ "refcount", provoke_refcount },
	{ "race", provoke_race },
};

static int __init provoke_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (!strcmp(faults[i].name, fault)) {
			faults[i].provoke();
			return 0;
		}
	}
	return -EINVAL;
}
module_init(provoke_init);

static void __exit provoke_exit(void)
{
}
module_exit(provoke_exit);

MODULE_DESCRIPTION("Faults for the kernel's checks to find");
MODULE_LICENSE("GPL");
