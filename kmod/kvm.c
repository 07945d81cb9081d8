// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device in KVM. This file and kvm_page.c are the two that include KVM's
 * headers, and that know how KVM differs between kernel versions.
 *
 * KVM exports little of what an in-kernel device needs. What Kbuild finds
 * exported by the target kernel is linked; of the rest the address is taken
 * from a kprobe that is registered on the name, and taken off again, at load.
 *
 * Lifetime: a kpl_vm holds the VM's file from kpl_vm_open() to kpl_vm_close(),
 * while it is attached and detached. An attached device holds no reference on
 * the VM, or the VM would never go; it holds one on this module instead, which
 * KVM's call of the destructor gives back.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cred.h>
#include <linux/file.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/irq_work.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <asm/virt.h>

#include "account.h"
#include "kvm_vm.h"

#if !IS_ENABLED(CONFIG_KVM)
#error "the target kernel is configured without KVM (CONFIG_KVM)"
#endif
#if !IS_ENABLED(CONFIG_KPROBES)
#error "the target kernel is configured without CONFIG_KPROBES"
#endif

/*
 * The functions of KVM that are used, with their types from KVM's own headers.
 * KPL_EXPORTS_* come from Kbuild.
 */
#ifdef KPL_EXPORTS_kvm_io_bus_register_dev
#define ADDR_kvm_io_bus_register_dev kvm_io_bus_register_dev
#else
#define ADDR_kvm_io_bus_register_dev NULL
#endif
#ifdef KPL_EXPORTS_kvm_io_bus_unregister_dev
#define ADDR_kvm_io_bus_unregister_dev kvm_io_bus_unregister_dev
#else
#define ADDR_kvm_io_bus_unregister_dev NULL
#endif
#ifdef KPL_EXPORTS_kvm_vgic_inject_irq
#define ADDR_kvm_vgic_inject_irq kvm_vgic_inject_irq
#else
#define ADDR_kvm_vgic_inject_irq NULL
#endif
#ifdef KPL_EXPORTS_file_is_kvm
#define ADDR_file_is_kvm file_is_kvm
#else
#define ADDR_file_is_kvm NULL
#endif

/*
 * Kernels before 6.3 cannot be asked whether KVM works here. They load the
 * module on a machine without, where nobody can have a VM to attach to.
 */
#ifndef KPL_DECLARES_is_kvm_arm_initialised
static bool is_kvm_arm_initialised(void)
{
	return true;
}
#endif
#if defined(KPL_EXPORTS_is_kvm_arm_initialised) || \
	!defined(KPL_DECLARES_is_kvm_arm_initialised)
#define ADDR_is_kvm_arm_initialised is_kvm_arm_initialised
#else
#define ADDR_is_kvm_arm_initialised NULL
#endif

#define POINTER_TO(function)	typeof(true ? function : NULL)

static struct {
	POINTER_TO(kvm_io_bus_register_dev) io_bus_register_dev;
	POINTER_TO(kvm_io_bus_unregister_dev) io_bus_unregister_dev;
	POINTER_TO(kvm_vgic_inject_irq) vgic_inject_irq;
	POINTER_TO(file_is_kvm) file_is_kvm;
	POINTER_TO(is_kvm_arm_initialised) arm_initialised;
} kvm_fn __ro_after_init = {
	.io_bus_register_dev = ADDR_kvm_io_bus_register_dev,
	.io_bus_unregister_dev = ADDR_kvm_io_bus_unregister_dev,
	.vgic_inject_irq = ADDR_kvm_vgic_inject_irq,
	.file_is_kvm = ADDR_file_is_kvm,
	.arm_initialised = ADDR_is_kvm_arm_initialised,
};

/* kvm_vgic_inject_irq() for an SPI, which has no vCPU. */
static int vgic_inject_spi(struct kvm *kvm, u32 intid, bool level, void *owner)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return kvm_fn.vgic_inject_irq(kvm, NULL, intid, level, owner);
#else
	return kvm_fn.vgic_inject_irq(kvm, 0, intid, level, owner);
#endif
}

/* Protects changes of the list of attached devices, which RCU reads. */
static DEFINE_SPINLOCK(vm_lock);
static LIST_HEAD(vm_attached);

static struct kpl_vm *to_vm(struct kvm_io_device *dev)
{
	return container_of(dev, struct kpl_vm, dev);
}

/* The first access after a reset of the VM is to a device that was reset. */
static inline void vm_see_reset(struct kpl_vm *vm)
{
	if (unlikely(READ_ONCE(vm->reset)) && xchg(&vm->reset, false))
		vm->ops->reset(vm->device);
}

/* A read that is not of 4 bytes, or the first after a reset. */
static noinline void vm_dev_read_any(struct kpl_vm *vm, u32 offset, int len,
				     void *val)
{
	u64 value;

	vm_see_reset(vm);
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
}

static int vm_dev_read(struct kvm_vcpu *vcpu, struct kvm_io_device *dev,
		       gpa_t addr, int len, void *val)
{
	struct kpl_vm *vm = to_vm(dev);
	u32 offset = addr - vm->gpa;

	if (unlikely(len != 4 || READ_ONCE(vm->reset)))
		vm_dev_read_any(vm, offset, len, val);
	else
		*(u32 *)val = vm->ops->read(vm->device, offset, 4);
	return 0;
}

/* A write that is not of 4 bytes, or the first after a reset. */
static noinline int vm_dev_write_any(struct kpl_vm *vm, u32 offset, int len,
				     const void *val)
{
	u64 value = 0;

	vm_see_reset(vm);
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
	u32 offset = addr - vm->gpa;

	if (unlikely(len != 4 || READ_ONCE(vm->reset)))
		return vm_dev_write_any(vm, offset, len, val);
	return vm->ops->write(vm->device, offset, 4, *(const u32 *)val);
}

/*
 * Called by KVM when the VM is destroyed, after its last vCPU and before its
 * GIC went; and by kvm_io_bus_unregister_dev() of some kernels but not others,
 * after which kpl_vm_detach() calls it again.
 *
 * The caller goes on in this function for a few instructions after the module
 * reference is dropped: synchronize_rcu_tasks() in the module's exit waits for
 * it.
 */
static void vm_dev_destructor(struct kvm_io_device *dev)
{
	struct kpl_vm *vm = to_vm(dev);

	if (atomic_xchg(&vm->gone, 1))
		return;
	spin_lock(&vm_lock);
	list_del_rcu(&vm->attached);
	spin_unlock(&vm_lock);
	vm->ops->gone(vm->device);
	module_put(THIS_MODULE);
}

static const struct kvm_io_device_ops vm_dev_ops = {
	.read = vm_dev_read,
	.write = vm_dev_write,
	.destructor = vm_dev_destructor,
};

/* Find what is in the way of a device. The caller holds slots_lock. */
static int vm_check_free(struct kvm *kvm, gpa_t gpa, u32 size, u32 intid)
{
	struct kvm_memory_slot *slot;
	struct kvm_io_bus *bus;
	int i;

	bus = rcu_dereference_protected(kvm->buses[KVM_MMIO_BUS],
					lockdep_is_held(&kvm->slots_lock));
	if (!bus)
		return -EIO;

	for (i = 0; i < bus->dev_count; i++) {
		const struct kvm_io_range *range = &bus->range[i];
		bool ours = range->dev->ops == &vm_dev_ops;

		/* An ioeventfd of any width has length 0. */
		if (range->addr < gpa + size &&
		    gpa < range->addr + max(range->len, 1))
			return ours ? -EEXIST : -EADDRINUSE;
		if (ours && to_vm(range->dev)->intid == intid)
			return -EADDRINUSE;
	}

	slot = __gfn_to_memslot(kvm_memslots(kvm), gpa_to_gfn(gpa));
	return slot ? -EADDRINUSE : 0;
}

/**
 * kpl_vm_open() - take hold of a VM
 * @fd: file descriptor of the calling process
 *
 * Return: the VM, to be given to kpl_vm_close() and kpl_vm_free(); or an
 * ERR_PTR: EBADF, ENODEV if @fd is no KVM VM, ENOMEM.
 */
struct kpl_vm *kpl_vm_open(int fd)
{
	struct task_struct *task;
	struct file *file;
	struct kpl_vm *vm;

	file = fget(fd);
	if (!file)
		return ERR_PTR(-EBADF);
	if (!kvm_fn.file_is_kvm(file)) {
		fput(file);
		return ERR_PTR(-ENODEV);
	}

	vm = kzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);
	if (!vm) {
		fput(file);
		return ERR_PTR(-ENOMEM);
	}
	vm->file = file;
	vm->kvm = file->private_data;
	vm->owner = file->f_cred->euid;
	vm->payer = kpl_account_of(file->f_cred);

	/* KVM notes the thread; users know the process. */
	rcu_read_lock();
	task = pid_task(find_pid_ns(vm->kvm->userspace_pid, &init_pid_ns),
			PIDTYPE_PID);
	if (task)
		vm->pid = get_pid(task_tgid(task));
	rcu_read_unlock();
	return vm;
}

/**
 * kpl_vm_close() - let go of the VM's file
 * @vm: from kpl_vm_open()
 *
 * An attached device stays attached. This may be what destroys the VM, and so
 * call @gone.
 */
void kpl_vm_close(struct kpl_vm *vm)
{
	struct file *file = vm->file;

	vm->file = NULL;
	fput(file);
}

/**
 * kpl_vm_free() - free the memory
 * @vm: closed, and not attached
 */
void kpl_vm_free(struct kpl_vm *vm)
{
	kpl_vm_page_free(vm);
	put_pid(vm->pid);
	kfree_rcu(vm, rcu);
}

/**
 * kpl_vm_owner() - who created the VM
 * @vm: the VM
 *
 * Return: the effective user of the process that opened it.
 */
kuid_t kpl_vm_owner(const struct kpl_vm *vm)
{
	return vm->owner;
}

/**
 * kpl_vm_payer() - who answers for what is done for the VM
 * @vm: the VM
 *
 * Return: the user, by kpl_account_of().
 */
kuid_t kpl_vm_payer(const struct kpl_vm *vm)
{
	return vm->payer;
}

/**
 * kpl_vm_pid() - the process that created the VM
 * @vm: the VM
 *
 * Return: the process, which may have ended; NULL if it had at kpl_vm_open().
 */
struct pid *kpl_vm_pid(const struct kpl_vm *vm)
{
	return vm->pid;
}

/**
 * kpl_vm_attach() - put a device into the VM
 * @vm: open, never attached before
 * @gpa: guest-physical address of its registers
 * @size: bytes of them; a page
 * @intid: its interrupt, an SPI
 * @ops: how to call it
 * @device: argument of @ops
 *
 * On success @ops may be called at once, and @gone will be, some time.
 * Context: may sleep; the caller is inside a system call on this module.
 *
 * Return: 0; EEXIST, EADDRINUSE, ERANGE (no SPI of this VM), EINVAL (outside
 * the address space), ENOSPC, ENOMEM.
 */
int kpl_vm_attach(struct kpl_vm *vm, u64 gpa, u32 size, u32 intid,
		  const struct kpl_vm_ops *ops, void *device)
{
	struct kvm *kvm = vm->kvm;
	int ret;

	/* KVM_ARM_VM_TYPE_IPA_SIZE: no guest has more than 52 bits. */
	if (gpa + size < gpa || (gpa + size - 1) >> 52)
		return -EINVAL;
	if (vgic_initialized(kvm) && !vgic_valid_spi(kvm, intid))
		return -ERANGE;

	kvm_iodevice_init(&vm->dev, &vm_dev_ops);
	vm->gpa = gpa;
	vm->intid = intid;
	vm->ops = ops;
	vm->device = device;

	__module_get(THIS_MODULE);
	mutex_lock(&kvm->slots_lock);
	ret = vm_check_free(kvm, gpa, size, intid);
	if (!ret)
		ret = kvm_fn.io_bus_register_dev(kvm, KVM_MMIO_BUS, gpa, size,
						 &vm->dev);
	if (!ret) {
		spin_lock(&vm_lock);
		list_add_tail_rcu(&vm->attached, &vm_attached);
		spin_unlock(&vm_lock);
	}
	mutex_unlock(&kvm->slots_lock);
	if (ret)
		module_put(THIS_MODULE);
	return ret;
}

/**
 * kpl_vm_get() - hold the VM
 * @vm: attached, and kept so by the lock that @gone takes
 *
 * Return: whether it is held; not one that is being destroyed.
 */
bool kpl_vm_get(struct kpl_vm *vm)
{
	return kvm_get_kvm_safe(vm->kvm);
}

/**
 * kpl_vm_put() - undo kpl_vm_get()
 * @vm: held
 *
 * This may be what destroys the VM. Context: may sleep.
 */
void kpl_vm_put(struct kpl_vm *vm)
{
	kvm_put_kvm(vm->kvm);
}

/**
 * kpl_vm_detach() - take the device out of the VM
 * @vm: attached, and open or held
 *
 * @gone has been called when this returns. Context: may sleep.
 */
void kpl_vm_detach(struct kpl_vm *vm)
{
	struct kvm *kvm = vm->kvm;

	mutex_lock(&kvm->slots_lock);
	kvm_fn.io_bus_unregister_dev(kvm, KVM_MMIO_BUS, &vm->dev);
	mutex_unlock(&kvm->slots_lock);
	vm_dev_destructor(&vm->dev);
}

/**
 * kpl_vm_see_reset() - have the device know of a reset of the VM at once
 * @vm: attached some time; the caller does not hold the device's lock
 *
 * For who asks for the device's state, or puts one in: else the next access
 * would come to a device that is reset after that.
 */
void kpl_vm_see_reset(struct kpl_vm *vm)
{
	vm_see_reset(vm);
}

/*
 * The VMM has an idle UART at the same interrupt. With an owner, KVM takes the
 * level from the owner alone. Returns whether it is this device's: not while
 * it is somebody else's.
 */
static bool vm_own_line(struct kpl_vm *vm, bool own)
{
	struct vgic_irq *irq =
		&vm->kvm->arch.vgic.spis[vm->intid - VGIC_NR_PRIVATE_IRQS];
	unsigned long flags;

	raw_spin_lock_irqsave(&irq->irq_lock, flags);
	if (own && !irq->owner)
		irq->owner = vm;
	else if (!own && irq->owner == vm)
		irq->owner = NULL;
	own = irq->owner == vm;
	raw_spin_unlock_irqrestore(&irq->irq_lock, flags);
	return own;
}

/**
 * kpl_vm_set_line() - drive the interrupt line
 * @vm: attached
 * @level: high is asserted
 *
 * Context: under the device's lock, which @gone takes too.
 *
 * Return: whether the VM's GIC took it. Before the GIC is set up it does not:
 * call again at the guest's next access.
 */
bool kpl_vm_set_line(struct kpl_vm *vm, bool level)
{
	/* Before that, a GICv2 would be initialised here, which sleeps. */
	if (!vgic_initialized(vm->kvm) || !vgic_valid_spi(vm->kvm, vm->intid))
		return false;
	if (!vm->owned)
		vm->owned = vm_own_line(vm, true);
	return !vgic_inject_spi(vm->kvm, vm->intid, level,
				vm->owned ? vm : NULL);
}

/**
 * kpl_vm_leave_line() - lower the interrupt line and leave it to the VMM
 * @vm: attached
 *
 * Context: as kpl_vm_set_line(), which must not be called any more.
 */
void kpl_vm_leave_line(struct kpl_vm *vm)
{
	if (kpl_vm_set_line(vm, false) && vm->owned)
		vm->owned = vm_own_line(vm, false);
}

/*
 * Devices that were reset learn of it before long, too: what a vCPU reads
 * without a trap shall be of a device that was reset. vm_lock keeps them there.
 */
static void vm_reset_work(struct work_struct *work)
{
	struct kpl_vm *vm;

	spin_lock(&vm_lock);
	list_for_each_entry(vm, &vm_attached, attached)
		vm_see_reset(vm);
	spin_unlock(&vm_lock);
}

static DECLARE_WORK(vm_reset, vm_reset_work);

static void vm_reset_irq(struct irq_work *work)
{
	schedule_work(&vm_reset);
}

static DEFINE_IRQ_WORK(vm_reset_note, vm_reset_irq);

/*
 * KVM resets a vCPU. If it has run before, and is not one that another vCPU
 * switches on (PSCI CPU_ON), it is the VMM that resets the VM, whoever asked
 * for it. A kprobe's handler runs in the context of an exception, so that it
 * only leaves a note for the next access, and has work do it otherwise.
 */
static int vm_vcpu_reset(struct kprobe *probe, struct pt_regs *regs)
{
	const struct kvm_vcpu *vcpu =
		(const struct kvm_vcpu *)regs_get_kernel_argument(regs, 0);
	struct kpl_vm *vm;
	bool any = false;

	if (!vcpu->pid || READ_ONCE(vcpu->arch.reset_state.reset))
		return 0;
	rcu_read_lock();
	list_for_each_entry_rcu(vm, &vm_attached, attached)
		if (vm->kvm == vcpu->kvm) {
			WRITE_ONCE(vm->reset, true);
			any = true;
		}
	rcu_read_unlock();
	if (any)
		irq_work_queue(&vm_reset_note);
	return 0;
}

static struct kprobe vm_reset_probe = {
	.symbol_name = "kvm_reset_vcpu",
	.pre_handler = vm_vcpu_reset,
};

struct kvm_function {
	const char *name;
	void **fn;
};

/**
 * kpl_kvm_find() - find a function of the kernel that modules cannot link
 * @name: its name
 * @fn: where its address goes; left alone if there is one already
 *
 * Return: 0, or the error of register_kprobe().
 */
int __init kpl_kvm_find(const char *name, void **fn)
{
	struct kprobe probe = { .symbol_name = name };
	int ret;

	if (*fn)
		return 0;
	ret = register_kprobe(&probe);
	if (ret)
		return ret;
	*fn = probe.addr;
	unregister_kprobe(&probe);
	return 0;
}

/**
 * kpl_kvm_init() - find KVM in this kernel
 *
 * Return: 0; ENOENT, with the function named in the log, if this kernel's KVM
 * lacks one that is needed; ENODEV if KVM does not work on this machine.
 */
int __init kpl_kvm_init(void)
{
	static const struct kvm_function functions[] __initconst = {
		{ "kvm_io_bus_register_dev",
		  (void **)&kvm_fn.io_bus_register_dev },
		{ "kvm_io_bus_unregister_dev",
		  (void **)&kvm_fn.io_bus_unregister_dev },
		{ "kvm_vgic_inject_irq", (void **)&kvm_fn.vgic_inject_irq },
		{ "file_is_kvm", (void **)&kvm_fn.file_is_kvm },
		{ "is_kvm_arm_initialised", (void **)&kvm_fn.arm_initialised },
	};
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		ret = kpl_kvm_find(functions[i].name, functions[i].fn);
		if (ret) {
			pr_err("this kernel has no %s(), which kpl011 needs (%d)\n",
			       functions[i].name, ret);
			return -ENOENT;
		}
	}

	if (!kvm_fn.arm_initialised()) {
		pr_err("KVM does not work on this machine: no EL2, or kvm-arm.mode=none\n");
		return -ENODEV;
	}

	kpl_kvm_page_init();
	ret = register_kprobe(&vm_reset_probe);
	if (ret) {
		pr_err("cannot follow kvm_reset_vcpu() of this kernel (%d)\n",
		       ret);
		return -ENOENT;
	}
	return 0;
}

/**
 * kpl_kvm_exit() - let go of KVM
 *
 * Nothing is attached.
 */
void kpl_kvm_exit(void)
{
	unregister_kprobe(&vm_reset_probe);
	irq_work_sync(&vm_reset_note);
	flush_work(&vm_reset);
}
