// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to a VM that its devices have to know, and that KVM tells
 * nobody: a reset, interrupt levels that the VMM restores, and memory that comes
 * to where they are.
 *
 * Resets and levels are seen by kprobes, whose handlers run in the context of
 * an exception: they leave a note for the devices' next access and have work
 * look after devices that nobody accesses. A change of the slots must wait until
 * the devices' pages are out of the VM, which a kprobe cannot do: it is
 * seen by the function tracer, whose callback runs in the context of the call.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/hashtable.h>
#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/llist.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <asm/syscall.h>

#include "gfp.h"
#include "kvm_vm.h"

/**
 * struct kpl_watch - a VM with devices
 * @link: in the table of them
 * @kvm: the VM
 * @told: held while @devices are told, or change
 * @devices: kpl_vm.watched, of those on the bus; RCU reads them
 * @refs: one while there are @devices, one of each device that may take its
 *	  notes, one while @work is pending
 * @lock: protects the next three
 * @inited: vCPUs that the VMM has initialised again since one has run
 * @exits: exits of all vCPUs when the last of @inited was
 * @reset: those were all that there were to initialise
 * @levels: the VMM is setting interrupt levels, or has; KPL_NOTE_LINES stands
 *	    meanwhile
 * @pending: in watch_pending, or @work is to come
 * @pended: place in watch_pending
 * @work: has devices act on their notes
 * @rcu: frees it when no reader of the table can have it
 */
struct kpl_watch {
	struct hlist_node link;
	struct kvm *kvm;
	spinlock_t told; /* protects devices */
	struct list_head devices;
	refcount_t refs;
	raw_spinlock_t lock; /* protects inited, exits and reset */
	DECLARE_BITMAP(inited, KVM_MAX_VCPUS);
	u64 exits;
	bool reset;
	bool levels;
	atomic_t pending;
	struct llist_node pended;
	struct delayed_work work;
	struct rcu_head rcu;
};

/* Protects the table, which RCU reads. */
static DEFINE_SPINLOCK(watch_lock);
static DEFINE_HASHTABLE(watch_table, 8);
static LLIST_HEAD(watch_pending);
static struct workqueue_struct *watch_wq;

/* Under rcu_read_lock() or watch_lock. */
static struct kpl_watch *watch_find(const struct kvm *kvm)
{
	struct kpl_watch *watch;

	hash_for_each_possible_rcu(watch_table, watch, link, (unsigned long)kvm,
				   lockdep_is_held(&watch_lock))
		if (watch->kvm == kvm)
			return watch;
	return NULL;
}

static void watch_put(struct kpl_watch *watch)
{
	if (refcount_dec_and_test(&watch->refs))
		kfree_rcu(watch, rcu);
}

/*
 * Whether the VMM still sets levels: they are right when its ioctl is over,
 * which holds kvm->lock. Nobody knows for how long, so that it is not waited
 * for. Under watch->told, with a device that keeps the VM.
 */
static bool watch_levels_busy(struct kpl_watch *watch)
{
	struct kpl_vm *vm;

	if (!READ_ONCE(watch->levels))
		return false;
	if (!mutex_trylock(&watch->kvm->lock))
		return true;
	WRITE_ONCE(watch->levels, false);
	mutex_unlock(&watch->kvm->lock);
	list_for_each_entry(vm, &watch->devices, watched)
		set_bit(KPL_NOTE_LINES, &vm->notes);
	return false;
}

/*
 * Have the devices act on their notes. kpl_watch_del() waits meanwhile, so that
 * they are still in the VM.
 */
static void watch_work(struct work_struct *work)
{
	struct kpl_watch *watch = container_of(to_delayed_work(work),
					       struct kpl_watch, work);
	struct kpl_vm *vm;
	bool again = false;

	/* What is noted from here on has it come again. Pairs with watch_note(). */
	atomic_xchg(&watch->pending, 0);
	spin_lock(&watch->told);
	if (!list_empty(&watch->devices))
		again = watch_levels_busy(watch);
	list_for_each_entry(vm, &watch->devices, watched)
		kpl_vm_see_notes(vm);
	again = again && !atomic_xchg(&watch->pending, 1);
	if (again)
		queue_delayed_work(watch_wq, &watch->work, 1);
	spin_unlock(&watch->told);
	if (!again)
		watch_put(watch);
}

static void watch_irq(struct irq_work *work)
{
	struct kpl_watch *watch, *next;

	llist_for_each_entry_safe(watch, next, llist_del_all(&watch_pending),
				  pended)
		if (!queue_delayed_work(watch_wq, &watch->work, 0))
			watch_put(watch);
}

static DEFINE_IRQ_WORK(watch_irq_work, watch_irq);

/* From a kprobe's handler, under rcu_read_lock(). */
static void watch_note(struct kpl_watch *watch, int note)
{
	struct kpl_vm *vm;

	list_for_each_entry_rcu(vm, &watch->devices, watched)
		set_bit(note, &vm->notes);
	/* Pairs with watch_work(): it sees the notes, or this its end. */
	if (atomic_xchg(&watch->pending, 1) ||
	    !refcount_inc_not_zero(&watch->refs))
		return;
	if (llist_add(&watch->pended, &watch_pending))
		irq_work_queue(&watch_irq_work);
}

/*
 * The VMM initialises a vCPU again. It resets the VM when it has done so with
 * each vCPU that was running, and none has run in between: one that it brings
 * back by itself, for PSCI or a hotplug that it handles, comes while
 * others run. Returns whether this one was the last.
 */
static bool watch_vcpu_inited(struct kpl_watch *watch,
			      const struct kvm_vcpu *inited)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;
	bool all = true, before;
	u64 exits = 0;

	kvm_for_each_vcpu(i, vcpu, watch->kvm)
		exits += READ_ONCE(vcpu->stat.exits);

	raw_spin_lock(&watch->lock);
	/* A vCPU has run, or the VMM begins with them once more. */
	if (watch->exits != exits ||
	    test_bit(inited->vcpu_idx, watch->inited)) {
		bitmap_zero(watch->inited, KVM_MAX_VCPUS);
		watch->exits = exits;
		watch->reset = false;
	}
	__set_bit(inited->vcpu_idx, watch->inited);
	kvm_for_each_vcpu(i, vcpu, watch->kvm)
		if (READ_ONCE(vcpu->pid) && !test_bit(vcpu->vcpu_idx, watch->inited) &&
		    READ_ONCE(vcpu->arch.mp_state.mp_state) != KVM_MP_STATE_STOPPED)
			all = false;
	before = watch->reset;
	watch->reset |= all;
	raw_spin_unlock(&watch->lock);
	return all && !before;
}

/*
 * Whether the VMM initialises the vCPU that is being reset. KVM also resets one
 * that another vCPU has switched on by PSCI, when it runs or the VMM asks for its
 * registers; and still does so where the VMM has initialised it meanwhile. Nothing
 * of the vCPU tells these apart, but each is an ioctl of it, and only one is this.
 */
static bool watch_by_vmm(void)
{
	unsigned long args[6];

	syscall_get_arguments(current, current_pt_regs(), args);
	return (u32)args[1] == KVM_ARM_VCPU_INIT;
}

/* kvm_reset_vcpu(vcpu) */
static int watch_reset(struct kprobe *probe, struct pt_regs *regs)
{
	const struct kvm_vcpu *vcpu =
		(const struct kvm_vcpu *)regs_get_kernel_argument(regs, 0);
	struct kpl_watch *watch;

	/* One that has not run is new. */
	if (!READ_ONCE(vcpu->pid) || !watch_by_vmm())
		return 0;
	rcu_read_lock();
	watch = watch_find(vcpu->kvm);
	if (watch && watch_vcpu_inited(watch, vcpu))
		watch_note(watch, KPL_NOTE_RESET);
	rcu_read_unlock();
	return 0;
}

/* vgic_write_irq_line_level_info(vcpu, intid, val): about to be, with kvm->lock */
static int watch_levels(struct kprobe *probe, struct pt_regs *regs)
{
	const struct kvm_vcpu *vcpu =
		(const struct kvm_vcpu *)regs_get_kernel_argument(regs, 0);
	struct kpl_watch *watch;

	rcu_read_lock();
	watch = watch_find(vcpu->kvm);
	if (watch) {
		WRITE_ONCE(watch->levels, true);
		watch_note(watch, KPL_NOTE_LINES);
	}
	rcu_read_unlock();
	return 0;
}

static struct kprobe watch_probes[] = {
	{ .symbol_name = "kvm_reset_vcpu", .pre_handler = watch_reset },
	{ .symbol_name = "vgic_write_irq_line_level_info", .pre_handler = watch_levels },
};

/**
 * kpl_watch_new() - have memory for kpl_watch_add()
 * @kvm: the VM
 *
 * Return: the memory, or NULL.
 */
struct kpl_watch *kpl_watch_new(struct kvm *kvm)
{
	struct kpl_watch *watch = kzalloc(sizeof(*watch), KPL_GFP);

	if (!watch)
		return NULL;
	watch->kvm = kvm;
	INIT_LIST_HEAD(&watch->devices);
	refcount_set(&watch->refs, 1);
	spin_lock_init(&watch->told);
	raw_spin_lock_init(&watch->lock);
	INIT_DELAYED_WORK(&watch->work, watch_work);
	return watch;
}

/**
 * kpl_watch_add() - have a device told from now on
 * @vm: the device, on the bus; its VM's slots_lock is held
 * @new: from kpl_watch_new(), which is not the caller's any more
 */
void kpl_watch_add(struct kpl_vm *vm, struct kpl_watch *new)
{
	struct kpl_watch *watch;

	lockdep_assert_held(&vm->kvm->slots_lock);

	spin_lock(&watch_lock);
	watch = watch_find(vm->kvm);
	if (!watch) {
		watch = new;
		new = NULL;
		hash_add_rcu(watch_table, &watch->link, (unsigned long)vm->kvm);
	}
	refcount_inc(&watch->refs);
	vm->watch = watch;
	spin_lock(&watch->told);
	list_add_tail_rcu(&vm->watched, &watch->devices);
	spin_unlock(&watch->told);
	spin_unlock(&watch_lock);
	kfree(new);
}

/**
 * kpl_watch_del() - have a device not told any more
 * @vm: the device
 *
 * From the return on none of its @ops is called from here.
 */
void kpl_watch_del(struct kpl_vm *vm)
{
	struct kpl_watch *watch = vm->watch;
	bool last;

	spin_lock(&watch_lock);
	spin_lock(&watch->told);
	list_del_rcu(&vm->watched);
	last = list_empty(&watch->devices);
	spin_unlock(&watch->told);
	/* In one with that, or another device would come to one that is not found. */
	if (last)
		hash_del_rcu(&watch->link);
	spin_unlock(&watch_lock);
	if (!last)
		return;
	/* Work that is under way finds no device, and does not come again. */
	if (cancel_delayed_work(&watch->work))
		watch_put(watch);
	watch_put(watch);
}

/**
 * kpl_watch_put() - after the last kpl_vm_take_notes()
 * @vm: the device, after kpl_watch_del()
 */
void kpl_watch_put(struct kpl_vm *vm)
{
	watch_put(vm->watch);
}

/**
 * kpl_vm_see_notes() - have the device know at once of what happened to the VM
 * @vm: attached some time; the caller does not hold the device's lock
 *
 * For who asks for the device's state, or changes it: else the next access
 * would come to a device that is reset after that.
 */
void kpl_vm_see_notes(struct kpl_vm *vm)
{
	if (unlikely(READ_ONCE(vm->notes) & ~BIT(KPL_NOTE_OUT)))
		vm->ops->noted(vm->device);
}

/**
 * kpl_vm_take_notes() - take note of what happened to the VM
 * @vm: attached
 *
 * Context: under the device's lock, under which it acts on them, too: whoever
 * comes behind finds a device that has.
 *
 * Return: KPL_VM_RESET and KPL_VM_LINES.
 */
u32 kpl_vm_take_notes(struct kpl_vm *vm)
{
	u32 notes = 0;

	if (test_and_clear_bit(KPL_NOTE_RESET, &vm->notes))
		notes |= KPL_VM_RESET;
	if (test_and_clear_bit(KPL_NOTE_LINES, &vm->notes)) {
		notes |= KPL_VM_LINES;
		/* The level may change after this. The work takes the last one. */
		if (READ_ONCE(vm->watch->levels))
			set_bit(KPL_NOTE_LINES, &vm->notes);
	}
	return notes;
}

#if defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS) || \
	defined(CONFIG_DYNAMIC_FTRACE_WITH_REGS)

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
#define SLOTS_FLAGS	0
static unsigned long slots_argument(struct ftrace_regs *fregs, unsigned int n)
{
	return ftrace_regs_get_argument(fregs, n);
}
#else
#define SLOTS_FLAGS	FTRACE_OPS_FL_SAVE_REGS
static unsigned long slots_argument(struct ftrace_regs *fregs, unsigned int n)
{
	return ftrace_get_regs(fregs)->regs[n];
}
#endif

/* What watch_slots() takes its arguments for. */
static_assert(__same_type(kvm_arch_prepare_memory_region,
			  int (struct kvm *kvm,
			       const struct kvm_memory_slot *old,
			       struct kvm_memory_slot *new,
			       enum kvm_mr_change change)));

static bool slot_covers(const struct kvm_memory_slot *slot, gpa_t gpa)
{
	return slot && gpa_to_gfn(gpa) - slot->base_gfn < slot->npages;
}

/*
 * kvm_arch_prepare_memory_region(kvm, old, new, change): KVM changes a memory
 * slot, with slots_lock held, and guests see the change only after this.
 * slots_lock keeps page_map() out. @new is what there is to be, moved or not, or
 * NULL where the slot goes: there was no page under that. Devices may leave, but
 * not while they are told.
 */
static void watch_slots(unsigned long ip, unsigned long parent_ip,
			struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	const struct kvm *kvm = (const struct kvm *)slots_argument(fregs, 0);
	const struct kvm_memory_slot *new =
		(const struct kvm_memory_slot *)slots_argument(fregs, 2);
	struct kpl_watch *watch;
	struct kpl_vm *vm;

	preempt_disable_notrace();
	rcu_read_lock();
	watch = watch_find(kvm);
	if (watch) {
		spin_lock(&watch->told);
		list_for_each_entry(vm, &watch->devices, watched)
			if (slot_covers(new, vm->gpa))
				vm->ops->slots(vm->device);
		spin_unlock(&watch->told);
	}
	rcu_read_unlock();
	preempt_enable_notrace();
}

/* PERMANENT: kernel.ftrace_enabled cannot be 0 meanwhile. */
static struct ftrace_ops watch_slots_ops = {
	.func = watch_slots,
	.flags = FTRACE_OPS_FL_PERMANENT | SLOTS_FLAGS,
};

static bool watch_slots_on;

/**
 * kpl_watch_slots() - have devices told before memory comes over them
 *
 * Return: 0; or an error, and they are not told: ENOENT where KVM has no such
 * function or nothing can follow it, EBUSY where the function tracer is off.
 */
int __init kpl_watch_slots(void)
{
	void *fn = NULL;
	int ret;

	ret = kpl_kvm_find("kvm_arch_prepare_memory_region", &fn);
	if (ret)
		return ret;
	ret = ftrace_set_filter_ip(&watch_slots_ops, (unsigned long)fn, 0, 1);
	if (ret)
		return ret;
	ret = register_ftrace_function(&watch_slots_ops);
	watch_slots_on = !ret;
	return ret;
}

static void watch_slots_exit(void)
{
	if (watch_slots_on)
		unregister_ftrace_function(&watch_slots_ops);
	ftrace_free_filter(&watch_slots_ops);
}

#else

int __init kpl_watch_slots(void)
{
	return -ENOENT;
}

static void watch_slots_exit(void)
{
}

#endif

/**
 * kpl_watch_init() - follow KVM from now on
 *
 * Return: 0; ENOENT, with the function named in the log, ENOMEM.
 */
int __init kpl_watch_init(void)
{
	size_t i;
	int ret;

	watch_wq = alloc_workqueue("kpl011-watch", WQ_UNBOUND, 0);
	if (!watch_wq)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(watch_probes); i++) {
		ret = register_kprobe(&watch_probes[i]);
		if (!ret)
			continue;
		pr_err("cannot follow %s() of this kernel, which kpl011 needs to (%d)\n",
		       watch_probes[i].symbol_name, ret);
		while (i--)
			unregister_kprobe(&watch_probes[i]);
		destroy_workqueue(watch_wq);
		return -ENOENT;
	}
	return 0;
}

/**
 * kpl_watch_exit() - follow it no more
 *
 * No device is in a VM.
 */
void kpl_watch_exit(void)
{
	size_t i;

	watch_slots_exit();
	for (i = 0; i < ARRAY_SIZE(watch_probes); i++)
		unregister_kprobe(&watch_probes[i]);
	irq_work_sync(&watch_irq_work);
	destroy_workqueue(watch_wq);
}
