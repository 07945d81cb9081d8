// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device on the MMIO bus of a VM: its accesses, how it comes and how it
 * leaves.
 *
 * kvm_io_bus_unregister_dev() is not used. It allocates a smaller bus, charged
 * to the caller, and if it cannot, it takes the whole bus away: the GIC and
 * every other device of the VM. So a device leaves in two steps. First it
 * disclaims every access (KPL_NOTE_OUT), and is out of the VM once the accesses
 * under way are over: that cannot fail. Second, its entry is taken off the bus,
 * by the same steps as KVM's. If there is no memory for that, the entry stays.
 * It then costs one of the VM's thousand entries, is in nobody's way, and goes
 * with the next device that leaves or with the VM.
 *
 * How long accesses under way last is up to the VMM: a vCPU of the VM that
 * waits for memory is in the same grace period. So the end of the detach is
 * work, which comes by itself, and whoever detaches may wait for it or not.
 *
 * Lifetime: an entry has a reference on its kpl_vm and one on this module.
 * KVM's call of the destructor drops them, or vm_out() does for entries that
 * bus_sweep() took off. An entry has none on the VM, or the VM would never go.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>

#include "kvm_vm.h"

/* KPL_EXPORTS_* come from Kbuild. */
#ifdef KPL_EXPORTS_kvm_io_bus_register_dev
#define ADDR_kvm_io_bus_register_dev kvm_io_bus_register_dev
#else
#define ADDR_kvm_io_bus_register_dev NULL
#endif

static KPL_POINTER_TO(kvm_io_bus_register_dev) io_bus_register_dev
	__ro_after_init = ADDR_kvm_io_bus_register_dev;

/* The address of a part of the GIC that the VMM has not placed yet. */
#define GIC_NO_BASE	(~(gpa_t)0)

/* Values of kpl_vm.gone: whether @gone was called, and has returned. */
#define GONE_BEGUN	1
#define GONE_DONE	2

static struct workqueue_struct *bus_wq;

static struct kpl_vm *to_vm(struct kvm_io_device *dev)
{
	return container_of(dev, struct kpl_vm, dev);
}

/*
 * Called before an access if there is a note. Returns whether the device is to
 * answer the access.
 */
static bool vm_may_access(struct kpl_vm *vm)
{
	if (test_bit(KPL_NOTE_OUT, &vm->notes))
		return false;
	kpl_vm_see_notes(vm);
	return true;
}

/*
 * Whether an access cannot take the short path. A vCPU that comes to the entry
 * of a device that has left may see where bus_shrink_entry() has put the entry
 * before it sees the note; so @offset is checked, too.
 */
static bool is_special(const struct kpl_vm *vm, gpa_t offset, int len)
{
	return unlikely(len != 4 || offset >= vm->size || READ_ONCE(vm->notes));
}

/* A read that is_special(). */
static noinline int vm_dev_read_any(struct kpl_vm *vm, gpa_t offset, int len,
				    void *val)
{
	u64 value;

	if (offset >= vm->size || !vm_may_access(vm))
		return -EOPNOTSUPP;
	value = vm->ops->read(vm->device, offset, len);
	switch (len) {
	case 1:
		*(u8 *)val = value;
		break;
	case 2:
		*(u16 *)val = value;
		break;
	case 4:
		*(u32 *)val = value;
		break;
	default:
		*(u64 *)val = value;
		break;
	}
	return 0;
}

static int vm_dev_read(struct kvm_vcpu *vcpu, struct kvm_io_device *dev,
		       gpa_t addr, int len, void *val)
{
	struct kpl_vm *vm = to_vm(dev);
	gpa_t offset = addr - vm->gpa;

	if (is_special(vm, offset, len))
		return vm_dev_read_any(vm, offset, len, val);
	*(u32 *)val = vm->ops->read(vm->device, offset, 4);
	return 0;
}

/* A write that is_special(). */
static noinline int vm_dev_write_any(struct kpl_vm *vm, gpa_t offset, int len,
				     const void *val)
{
	u64 value = 0;

	if (offset >= vm->size || !vm_may_access(vm))
		return -EOPNOTSUPP;
	switch (len) {
	case 1:
		value = *(const u8 *)val;
		break;
	case 2:
		value = *(const u16 *)val;
		break;
	case 4:
		value = *(const u32 *)val;
		break;
	case 8:
		value = *(const u64 *)val;
		break;
	}
	return vm->ops->write(vm->device, offset, len, value);
}

static int vm_dev_write(struct kvm_vcpu *vcpu, struct kvm_io_device *dev,
			gpa_t addr, int len, const void *val)
{
	struct kpl_vm *vm = to_vm(dev);
	gpa_t offset = addr - vm->gpa;

	if (is_special(vm, offset, len))
		return vm_dev_write_any(vm, offset, len, val);
	return vm->ops->write(vm->device, offset, 4, *(const u32 *)val);
}

/* Tell the device that it is out of the VM, unless it was told before. */
static void vm_gone(struct kpl_vm *vm, bool dead)
{
	if (atomic_cmpxchg(&vm->gone, 0, GONE_BEGUN))
		return;
	kpl_watch_del(vm);
	vm->ops->gone(vm->device, dead);
	/* Not before: until then others may have taken notes. */
	kpl_watch_put(vm);
	/* Whoever sees that it has returned sees what it did: pairs with vm_out(). */
	atomic_set_release(&vm->gone, GONE_DONE);
	/* Pairs with wait_var_event(). */
	smp_mb();
	wake_up_var(&vm->gone);
}

/* An entry is off the bus, and no vCPU can find it any more. */
static void vm_entry_put(struct kpl_vm *vm)
{
	kpl_vm_unref(vm);
	module_put(THIS_MODULE);
}

/*
 * KVM calls this when the VM is destroyed: no vCPU runs any more, and the GIC
 * is still there. It also calls this while the VM lives, with slots_lock held,
 * if the VMM took an ioeventfd or a zone of coalesced MMIO off this bus and
 * there was no memory for a smaller one: then KVM drops the bus, this device is
 * out, and the VM continues without it.
 *
 * A few instructions of this function run after it has dropped the module
 * reference: synchronize_rcu_tasks() in the module's exit waits for them.
 */
static void vm_dev_destructor(struct kvm_io_device *dev)
{
	struct kpl_vm *vm = to_vm(dev);

	vm_gone(vm, !refcount_read(&vm->kvm->users_count));
	vm_entry_put(vm);
}

static const struct kvm_io_device_ops vm_dev_ops = {
	.read = vm_dev_read,
	.write = vm_dev_write,
	.destructor = vm_dev_destructor,
};

static struct kvm_io_bus *vm_bus(struct kvm *kvm)
{
	return rcu_dereference_protected(kvm->buses[KVM_MMIO_BUS],
					 lockdep_is_held(&kvm->slots_lock));
}

/* Whether an entry belongs to a device of this module that has left. */
static bool entry_is_left(const struct kvm_io_range *range)
{
	return range->dev->ops == &vm_dev_ops &&
	       test_bit(KPL_NOTE_OUT, &to_vm(range->dev)->notes);
}

/*
 * Take the entries of devices that have left off the bus, if there is memory
 * for a bus without them. The new bus is charged to the caller, as the old one
 * was, and freed by KVM. @vm frees the old one, and drops what the entries
 * held, when no vCPU looks at it any more.
 */
static void bus_sweep(struct kpl_vm *vm)
{
	struct kvm *kvm = vm->kvm;
	struct kvm_io_bus *bus, *smaller;
	int i, left = 0;

	lockdep_assert_held(&kvm->slots_lock);

	bus = vm_bus(kvm);
	if (!bus)
		return;
	for (i = 0; i < bus->dev_count; i++)
		left += entry_is_left(&bus->range[i]);
	if (!left)
		return;
	smaller = kmalloc(struct_size(bus, range, bus->dev_count - left),
			  GFP_KERNEL_ACCOUNT | __GFP_NORETRY |
			  __GFP_NOWARN);
	if (!smaller)
		return;
	memcpy(smaller, bus, sizeof(*bus));
	smaller->dev_count = 0;
	for (i = 0; i < bus->dev_count; i++) {
		struct kvm_io_range *range = &bus->range[i];

		if (!entry_is_left(range)) {
			smaller->range[smaller->dev_count++] = *range;
			continue;
		}
		to_vm(range->dev)->swept_next = vm->swept;
		vm->swept = to_vm(range->dev);
	}
	rcu_assign_pointer(kvm->buses[KVM_MMIO_BUS], smaller);
	vm->old_bus = bus;
}

/*
 * An entry that stays must not mislead KVM's search for others. If a larger
 * region comes to lie over the entry, KVM sorts it after the entry, and a
 * search for an address of that region below the entry goes to the wrong side.
 * So make the entry a point, right at the end of what is before it: such a
 * region can begin there, but not below. vCPUs may be searching: the entries
 * are in order after the first of the two stores, too.
 */
static void bus_shrink_entry(struct kpl_vm *vm)
{
	struct kvm_io_bus *bus = vm_bus(vm->kvm);
	gpa_t end = 0;
	int i;

	for (i = 0; bus && i < bus->dev_count; i++) {
		struct kvm_io_range *range = &bus->range[i];

		if (range->dev == &vm->dev) {
			WRITE_ONCE(range->len, 0);
			WRITE_ONCE(range->addr, min(end, range->addr));
			return;
		}
		end = max(end, range->addr + range->len);
	}
}

/*
 * No access can reach the device any more: finish its detach. The module stays
 * until this is over: kpl_bus_exit() waits for it.
 */
static void vm_out(struct work_struct *work)
{
	struct kpl_vm *vm = container_of(work, struct kpl_vm, out_work);
	struct kpl_vm *swept, *next;

	vm_gone(vm, false);
	/* KVM may drop the bus meanwhile, and may still be in @gone. */
	wait_var_event(&vm->gone, atomic_read_acquire(&vm->gone) == GONE_DONE);
	kvfree(vm->old_bus);
	for (swept = vm->swept; swept; swept = next) {
		next = swept->swept_next;
		vm_entry_put(swept);
	}
	kpl_vm_put(vm);
	/* Before the detach returns: its caller may then unload the module. */
	module_put(THIS_MODULE);
	/* Pairs with kpl_vm_wait_out(). */
	smp_store_release(&vm->out, true);
	/* Pairs with wait_var_event_killable(). */
	smp_mb();
	wake_up_var(&vm->out);
	kpl_vm_unref(vm);
}

/* A grace period of kvm->srcu is over. What follows may sleep: use work. */
static void vm_out_later(struct rcu_head *rcu)
{
	queue_work(bus_wq, &container_of(rcu, struct kpl_vm, rcu)->out_work);
}

/* Whether a device would overlap another one. */
static bool is_over(gpa_t gpa, u32 size, gpa_t base, u32 length)
{
	return base < gpa + size && gpa < base + length;
}

/*
 * Whether the VM's GIC is there, or will be: when a vCPU first runs, KVM sets
 * up what the VMM has placed. The distributor is on the bus from then on. A
 * GICv2's CPU interface need not be: it is a leaf of stage 2, or the hypervisor
 * answers for it.
 */
static bool gic_is_there(struct kvm *kvm, gpa_t gpa, u32 size)
{
	const struct vgic_dist *gic = &kvm->arch.vgic;
	gpa_t dist = READ_ONCE(gic->vgic_dist_base);
	bool v2 = gic->vgic_model == KVM_DEV_TYPE_ARM_VGIC_V2;

	if (!irqchip_in_kernel(kvm))
		return false;
	if (dist != GIC_NO_BASE &&
	    is_over(gpa, size, dist, v2 ? KVM_VGIC_V2_DIST_SIZE : KVM_VGIC_V3_DIST_SIZE))
		return true;
	/* A GICv3 has a list there, of regions that are on the bus already. */
	if (!v2 || READ_ONCE(gic->vgic_cpu_base) == GIC_NO_BASE)
		return false;
	return is_over(gpa, size, READ_ONCE(gic->vgic_cpu_base), KVM_VGIC_V2_CPU_SIZE);
}

/* Look for what is in the way of a device. The caller holds slots_lock. */
static int vm_check_free(struct kvm *kvm, gpa_t gpa, u32 size, u32 intid)
{
	struct kvm_memory_slot *slot;
	struct kvm_io_bus *bus = vm_bus(kvm);
	int i;

	if (!bus)
		return -EIO;

	for (i = 0; i < bus->dev_count; i++) {
		const struct kvm_io_range *range = &bus->range[i];
		bool ours = range->dev->ops == &vm_dev_ops;

		if (entry_is_left(range))
			continue;
		/* An ioeventfd for any width has length 0. */
		if (is_over(gpa, size, range->addr, max(range->len, 1)))
			return ours ? -EEXIST : -EADDRINUSE;
		if (ours && to_vm(range->dev)->intid == intid)
			return -EADDRINUSE;
	}

	slot = __gfn_to_memslot(kvm_memslots(kvm), gpa_to_gfn(gpa));
	if (slot || gic_is_there(kvm, gpa, size) || kpl_line_is_taken(kvm, intid))
		return -EADDRINUSE;
	/* The limit is KVM's. */
	return bus->dev_count - bus->ioeventfd_count > NR_IOBUS_DEVS - 1 ?
		       -ENOSPC : 0;
}

/* The part of kpl_vm_check() that needs no lock. */
static int vm_check_place(struct kvm *kvm, u64 gpa, u32 size, u32 intid)
{
	/* KVM_ARM_VM_TYPE_IPA_SIZE: no guest has more than 52 bits. */
	if (gpa + size < gpa || (gpa + size - 1) >> 52)
		return -EINVAL;
	return kpl_line_check(kvm, intid);
}

/**
 * kpl_vm_check() - whether kpl_vm_attach() would put a device into the VM
 * @vm: open
 * @gpa: as for kpl_vm_attach()
 * @size: likewise
 * @intid: likewise
 *
 * For callers that show a device to others before it is in the VM.
 *
 * Context: may sleep.
 *
 * Return: 0; or what kpl_vm_attach() would return now, except ENOMEM.
 */
int kpl_vm_check(struct kpl_vm *vm, u64 gpa, u32 size, u32 intid)
{
	struct kvm *kvm = vm->kvm;
	int ret;

	ret = vm_check_place(kvm, gpa, size, intid);
	if (!ret)
		ret = mutex_lock_killable(&kvm->slots_lock);
	if (ret)
		return ret;
	ret = vm_check_free(kvm, gpa, size, intid);
	mutex_unlock(&kvm->slots_lock);
	return ret;
}

/**
 * kpl_vm_attach() - put a device into the VM
 * @vm: open, never attached before
 * @gpa: guest-physical address of its registers
 * @size: bytes of these; a page
 * @intid: its interrupt, an SPI
 * @ops: how to call it
 * @device: argument of @ops
 *
 * On success @ops may be called at once, and @gone will be called some time.
 *
 * Context: may sleep; the caller is inside a system call on this module.
 *
 * Return: 0; EEXIST (a device of this module is there), EADDRINUSE (something
 * else is, or has the interrupt), ERANGE (not an SPI of this VM), ENXIO (the VM
 * has no GIC that could deliver the interrupt, and cannot get one), EINVAL
 * (outside the address space), ENOSPC, ENOMEM, EIO (KVM dropped the bus of this
 * VM), EINTR (a fatal signal came).
 */
int kpl_vm_attach(struct kpl_vm *vm, u64 gpa, u32 size, u32 intid,
		  const struct kpl_vm_ops *ops, void *device)
{
	struct kvm *kvm = vm->kvm;
	struct kpl_watch *watch;
	int ret;

	ret = vm_check_place(kvm, gpa, size, intid);
	if (ret)
		return ret;

	watch = kpl_watch_new(kvm);
	if (!watch)
		return -ENOMEM;

	kvm_iodevice_init(&vm->dev, &vm_dev_ops);
	INIT_WORK(&vm->out_work, vm_out);
	vm->gpa = gpa;
	vm->size = size;
	vm->intid = intid;
	vm->ops = ops;
	vm->device = device;

	__module_get(THIS_MODULE);
	refcount_inc(&vm->refs);
	/* The VMM can hold it as long as it likes: let a waiter be killed. */
	ret = mutex_lock_killable(&kvm->slots_lock);
	if (ret)
		goto out;
	ret = vm_check_free(kvm, gpa, size, intid);
	if (!ret)
		ret = io_bus_register_dev(kvm, KVM_MMIO_BUS, gpa, size,
					  &vm->dev);
	/*
	 * Not before it is in the VM: a device that is told of something drives
	 * its line, and more.
	 */
	if (!ret)
		kpl_watch_add(vm, watch);
	mutex_unlock(&kvm->slots_lock);
out:
	if (ret) {
		kfree(watch);
		vm_entry_put(vm);
	}
	return ret;
}

/**
 * kpl_vm_lock() - keep all devices in the VM, and the memory slots as they are
 * @vm: attached, and held
 *
 * The VMM can make this wait as long as it likes; a fatal signal ends the wait.
 *
 * Return: 0, to be followed by kpl_vm_unlock(); or EINTR.
 */
int kpl_vm_lock(struct kpl_vm *vm)
{
	return mutex_lock_killable(&vm->kvm->slots_lock);
}

/**
 * kpl_vm_unlock() - undo kpl_vm_lock()
 * @vm: held
 */
void kpl_vm_unlock(struct kpl_vm *vm)
{
	mutex_unlock(&vm->kvm->slots_lock);
}

/**
 * kpl_vm_detach() - take the device out of the VM
 * @vm: attached, held, and locked by kpl_vm_lock(); not detached before
 *
 * No access that begins from now on reaches the device, and @gone is called
 * when those under way are over. This touches no other device of the VM, and
 * cannot fail.
 */
void kpl_vm_detach(struct kpl_vm *vm)
{
	lockdep_assert_held(&vm->kvm->slots_lock);

	/* vm_out() drops all three. */
	refcount_inc(&vm->refs);
	kvm_get_kvm(vm->kvm);
	__module_get(THIS_MODULE);
	set_bit(KPL_NOTE_OUT, &vm->notes);
	bus_sweep(vm);
	bus_shrink_entry(vm);
	/* Accesses under way may have missed the note, or use the old bus. */
	call_srcu(&vm->kvm->srcu, &vm->rcu, vm_out_later);
}

/**
 * kpl_vm_wait_out() - wait until a device is out of its VM
 * @vm: after kpl_vm_detach(), and not locked
 *
 * Return: 0, and @gone has been called; or ERESTARTSYS if a fatal signal came,
 * and @gone will be called.
 */
int kpl_vm_wait_out(struct kpl_vm *vm)
{
	/* Whoever sees that it is out sees what @gone did: pairs with vm_out(). */
	return wait_var_event_killable(&vm->out, smp_load_acquire(&vm->out));
}

/**
 * kpl_bus_init() - find KVM's bus in this kernel
 *
 * Return: 0; ENOENT, with what is missing in the log, or ENOMEM.
 */
int __init kpl_bus_init(void)
{
	int ret = kpl_kvm_need("kvm_io_bus_register_dev",
			       (void **)&io_bus_register_dev);

	if (ret)
		return ret;
	bus_wq = alloc_workqueue("kpl011-out", WQ_UNBOUND, 0);
	return bus_wq ? 0 : -ENOMEM;
}

/**
 * kpl_bus_exit() - let go of KVM's bus
 *
 * No device is in a VM by now, but vm_out() may still run for one that has
 * left.
 */
void kpl_bus_exit(void)
{
	destroy_workqueue(bus_wq);
}
