// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to a VM that its devices have to know of, and that KVM reports
 * to nobody: a reset, interrupt levels that the VMM restores, and memory that
 * comes to lie over a device.
 *
 * Kprobes see resets and levels. Their handlers run in the context of an
 * exception: they leave a note for the devices' next access, and have work look
 * after devices that nobody accesses. A change of the memory slots must wait
 * until the devices' pages are out of the VM, which a kprobe cannot do. The
 * function tracer sees these changes, and its callback runs in the context of
 * the call.
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
 * @link: in the hash table of these
 * @kvm: the VM
 * @told: held while @devices are told of something, or change
 * @devices: kpl_vm.watched of those on the bus; RCU reads the list
 * @refs: one while there are @devices, one of each device that may take its
 *	  notes, one while @work is pending
 * @lock: protects the next three
 * @inited: vCPUs that the VMM has initialised again since any vCPU has run
 * @exits: exits of all vCPUs when the last of @inited was initialised
 * @reset: those were all that there were to initialise
 * @levels: the VMM is setting interrupt levels, or was; KPL_NOTE_LINES stays
 *	    set meanwhile
 * @pending: the watch is on watch_pending, or @work is to come
 * @pended: on watch_pending
 * @work: has devices act on their notes
 * @rcu: frees the watch when no reader of the table can have it
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

/* Protects the table; RCU reads it. */
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
 * Whether the VMM is still setting levels. They are final when its ioctl, which
 * holds kvm->lock, is over. That may take any time, so do not wait for it.
 * Under watch->told, with a device that keeps the VM.
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
 * Have the devices act on their notes. They stay in the VM meanwhile, since
 * kpl_watch_del() waits for watch->told.
 */
static void watch_work(struct work_struct *work)
{
	struct kpl_watch *watch = container_of(to_delayed_work(work),
					       struct kpl_watch, work);
	struct kpl_vm *vm;
	bool again = false;

	/* A note from here on queues this again. Pairs with watch_note(). */
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

/* Called from a kprobe's handler, under rcu_read_lock(). */
static void watch_note(struct kpl_watch *watch, int note)
{
	struct kpl_vm *vm;

	list_for_each_entry_rcu(vm, &watch->devices, watched)
		set_bit(note, &vm->notes);
	/* Pairs with watch_work(): it sees the notes, or this finds 0. */
	if (atomic_xchg(&watch->pending, 1) ||
	    !refcount_inc_not_zero(&watch->refs))
		return;
	if (llist_add(&watch->pended, &watch_pending))
		irq_work_queue(&watch_irq_work);
}

/*
 * The VMM initialises a vCPU again. That is a reset of the VM once it has done
 * so with each vCPU that was running and none has run in between: a single vCPU
 * that it brings back, for PSCI or a hotplug that it handles, comes while
 * others run. Returns whether this vCPU was the last.
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
	/* A vCPU has run, or the VMM starts a new round. */
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
 * Whether the VMM is initialising the vCPU that is being reset. KVM also resets
 * a vCPU that another one has switched on by PSCI, when it runs or when the VMM
 * asks for its registers; it does so even if the VMM has initialised the vCPU
 * meanwhile. The vCPU's state does not tell these apart. But each of them
 * happens in an ioctl of the vCPU, and only this one in KVM_ARM_VCPU_INIT.
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

	/* A vCPU that has not run is new. */
	if (!READ_ONCE(vcpu->pid) || !watch_by_vmm())
		return 0;
	rcu_read_lock();
	watch = watch_find(vcpu->kvm);
	if (watch && watch_vcpu_inited(watch, vcpu))
		watch_note(watch, KPL_NOTE_RESET);
	rcu_read_unlock();
	return 0;
}

/* vgic_write_irq_line_level_info(vcpu, intid, val) begins, under kvm->lock */
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
 * kpl_watch_new() - allocate a watch for kpl_watch_add()
 * @kvm: the VM
 *
 * Return: the watch, or NULL.
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
 * kpl_watch_add() - tell a device what happens to its VM, from now on
 * @vm: the device, on the bus; its VM's slots_lock is held
 * @new: from kpl_watch_new(); not the caller's any more
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
 * kpl_watch_del() - stop telling a device what happens to its VM
 * @vm: the device
 *
 * Once this has returned, the watch calls none of the device's @ops.
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
	/*
	 * Still under watch_lock, or another device might join a watch that is
	 * not in the table any more.
	 */
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
 * kpl_watch_put() - drop a device's reference on its watch
 * @vm: the device, after kpl_watch_del() and its last kpl_vm_take_notes()
 */
void kpl_watch_put(struct kpl_vm *vm)
{
	watch_put(vm->watch);
}

/**
 * kpl_vm_see_notes() - let the device know at once what happened to the VM
 * @vm: attached now or before; the caller does not hold the device's lock
 *
 * For callers that read or change the device's state. Otherwise a reset of the
 * VM that came before the caller would reach the device only after it, with the
 * guest's next access.
 */
void kpl_vm_see_notes(struct kpl_vm *vm)
{
	if (unlikely(READ_ONCE(vm->notes) & ~BIT(KPL_NOTE_OUT)))
		vm->ops->noted(vm->device);
}

/**
 * kpl_vm_take_notes() - take the notes of what happened to the VM
 * @vm: attached
 *
 * Context: under the device's lock, which the caller holds until it has acted
 * on the notes. So whoever takes the lock next finds that done.
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
		/* The level may still change. The work takes the last one. */
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

/* The arguments that watch_slots() relies on. */
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
 * slot. It holds slots_lock, which keeps kpl_vm_page_map() out, and guests see
 * the change only after this. @new is the slot as it will be, moved or not, or
 * NULL if it goes: then no page was under it. Devices may leave, but not while
 * they are told.
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

/* PERMANENT: kernel.ftrace_enabled cannot become 0 meanwhile. */
static struct ftrace_ops watch_slots_ops = {
	.func = watch_slots,
	.flags = FTRACE_OPS_FL_PERMANENT | SLOTS_FLAGS,
};

static bool watch_slots_on;

/**
 * kpl_watch_slots() - tell devices before memory comes over them, from now on
 *
 * Return: 0; or an error, and devices are not told: ENOENT if KVM has no such
 * function or nothing can follow it, EBUSY if the function tracer is off.
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
 * Return: 0; ENOENT, and the log names the function; or ENOMEM.
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
 * kpl_watch_exit() - stop following KVM
 *
 * No device is in a VM by now.
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
