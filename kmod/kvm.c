// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one file that includes KVM's headers, and that knows how KVM differs
 * between kernel versions.
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
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <kvm/iodev.h>
#include <asm/virt.h>

#include "kvm.h"

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

/* kvm_vgic_inject_irq() for an SPI: no vCPU, and no owner claims it. */
static int vgic_inject_spi(struct kvm *kvm, u32 intid, bool level)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return kvm_fn.vgic_inject_irq(kvm, NULL, intid, level, NULL);
#else
	return kvm_fn.vgic_inject_irq(kvm, 0, intid, level, NULL);
#endif
}

/**
 * struct kpl_vm - one device in one VM
 * @dev: as KVM's MMIO bus knows it
 * @file: the VM's file, while it is open
 * @kvm: the VM; valid while @file is held or the device is attached
 * @owner: who created the VM
 * @pid: the process that created it, or NULL
 * @gpa: guest-physical address of the page
 * @intid: the interrupt
 * @gone: the device is off the bus; written once
 * @ops: the device
 * @device: argument of @ops
 */
struct kpl_vm {
	struct kvm_io_device dev;
	struct file *file;
	struct kvm *kvm;
	kuid_t owner;
	struct pid *pid;
	gpa_t gpa;
	u32 intid;
	atomic_t gone;
	const struct kpl_vm_ops *ops;
	void *device;
};

static struct kpl_vm *to_vm(struct kvm_io_device *dev)
{
	return container_of(dev, struct kpl_vm, dev);
}

static int vm_dev_read(struct kvm_vcpu *vcpu, struct kvm_io_device *dev,
		       gpa_t addr, int len, void *val)
{
	struct kpl_vm *vm = to_vm(dev);
	u32 value = vm->ops->read(vm->device, addr - vm->gpa, len);

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
		memset(val, 0, len);
		break;
	}
	return 0;
}

static int vm_dev_write(struct kvm_vcpu *vcpu, struct kvm_io_device *dev,
			gpa_t addr, int len, const void *val)
{
	struct kpl_vm *vm = to_vm(dev);
	u64 value = 0;

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
	vm->ops->write(vm->device, addr - vm->gpa, len, value);
	return 0;
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
	put_pid(vm->pid);
	kfree(vm);
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
	mutex_unlock(&kvm->slots_lock);
	if (ret)
		module_put(THIS_MODULE);
	return ret;
}

/**
 * kpl_vm_detach() - take the device out of the VM
 * @vm: attached and open
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
	if (!vgic_initialized(vm->kvm))
		return false;
	return !vgic_inject_spi(vm->kvm, vm->intid, level);
}

struct kvm_function {
	const char *name;
	void **fn;
};

static int __init find_function(const char *name, void **fn)
{
	struct kprobe probe = { .symbol_name = name };
	int ret;

	if (*fn)
		return 0;
	ret = register_kprobe(&probe);
	if (ret) {
		pr_err("this kernel has no %s(), which kpl011 needs (%d)\n",
		       name, ret);
		return -ENOENT;
	}
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
		ret = find_function(functions[i].name, functions[i].fn);
		if (ret)
			return ret;
	}

	if (!kvm_fn.arm_initialised()) {
		pr_err("KVM does not work on this machine: no EL2, or kvm-arm.mode=none\n");
		return -ENODEV;
	}
	return 0;
}
