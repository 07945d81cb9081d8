// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM, as the other files named kvm_ see it: which functions of it there are,
 * and a VM that a device is in. These files alone include KVM's headers, and
 * know how KVM differs between kernel versions.
 *
 * KVM exports little of what an in-kernel device needs. What Kbuild finds
 * exported by the target kernel is linked; of the rest the address is taken
 * from a kprobe that is registered on the name, and taken off again, at load.
 *
 * Lifetime: a kpl_vm holds the VM's file from kpl_vm_open() to kpl_vm_close(),
 * while it is attached and detached. An attached device holds no reference on
 * the VM: see kvm_bus.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cred.h>
#include <linux/file.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <asm/virt.h>

#include "account.h"
#include "gfp.h"
#include "kvm_vm.h"

#if !IS_ENABLED(CONFIG_KVM)
#error "the target kernel is configured without KVM (CONFIG_KVM)"
#endif
#if !IS_ENABLED(CONFIG_KPROBES)
#error "the target kernel is configured without CONFIG_KPROBES"
#endif

/* KPL_EXPORTS_* come from Kbuild. */
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

static KPL_POINTER_TO(file_is_kvm) is_kvm __ro_after_init = ADDR_file_is_kvm;
static KPL_POINTER_TO(is_kvm_arm_initialised) arm_initialised __ro_after_init =
	ADDR_is_kvm_arm_initialised;

/*
 * A task of the process that created the VM, or NULL. KVM notes the number of the
 * thread, which another one may have by now, but not with this memory. Where that
 * thread has ended the memory tells, if the kernel keeps whose it is; else whoever
 * attaches may be the one. Under rcu_read_lock().
 */
static struct task_struct *vm_creator(const struct kvm *kvm)
{
	struct task_struct *task;

	task = pid_task(find_pid_ns(kvm->userspace_pid, &init_pid_ns),
			PIDTYPE_PID);
	if (task && READ_ONCE(task->mm) == kvm->mm)
		return task;
#ifdef CONFIG_MEMCG
	return rcu_dereference(kvm->mm->owner);
#else
	return current->mm == kvm->mm ? current : NULL;
#endif
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
	if (!is_kvm(file)) {
		fput(file);
		return ERR_PTR(-ENODEV);
	}

	vm = kzalloc(sizeof(*vm), KPL_GFP);
	if (!vm) {
		fput(file);
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&vm->refs, 1);
	vm->file = file;
	vm->kvm = file->private_data;
	vm->owner = file->f_cred->euid;
	vm->payer = kpl_account_of(file->f_cred);
	/* A VMM of root's may have become another user since, as whom it has limits. */
	if (uid_eq(vm->payer, GLOBAL_ROOT_UID)) {
		vm->payer = kpl_account_of(current_cred());
		vm->lent = !uid_eq(vm->payer, GLOBAL_ROOT_UID);
	}

	rcu_read_lock();
	task = vm_creator(vm->kvm);
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
 * kpl_vm_unref() - let go of the memory
 * @vm: as kpl_vm_free(), or off the bus
 */
void kpl_vm_unref(struct kpl_vm *vm)
{
	if (refcount_dec_and_test(&vm->refs))
		kfree_rcu(vm, rcu);
}

/**
 * kpl_vm_free() - free the memory
 * @vm: closed, and not attached
 */
void kpl_vm_free(struct kpl_vm *vm)
{
	kpl_vm_page_free(vm);
	put_pid(vm->pid);
	kpl_vm_unref(vm);
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
 * kpl_vm_is_lent() - whether that is another user than the VM's
 * @vm: the VM
 *
 * Return: whether the VM is root's and the user is not.
 */
bool kpl_vm_is_lent(const struct kpl_vm *vm)
{
	return vm->lent;
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
 * kpl_kvm_need() - find a function of the kernel without which there is nothing
 * @name: its name
 * @fn: as of kpl_kvm_find()
 *
 * Return: 0; or ENOENT, and the log names it.
 */
int __init kpl_kvm_need(const char *name, void **fn)
{
	int ret = kpl_kvm_find(name, fn);

	if (!ret)
		return 0;
	pr_err("this kernel has no %s(), which kpl011 needs (%d)\n", name, ret);
	return -ENOENT;
}

/**
 * kpl_kvm_init() - find KVM in this kernel
 *
 * Return: 0; ENOENT, with the function named in the log, if this kernel's KVM
 * lacks one that is needed; ENODEV if KVM does not work on this machine; ENOMEM.
 */
int __init kpl_kvm_init(void)
{
	int ret;

	ret = kpl_kvm_need("file_is_kvm", (void **)&is_kvm);
	if (!ret)
		ret = kpl_kvm_need("is_kvm_arm_initialised",
				   (void **)&arm_initialised);
	if (!ret)
		ret = kpl_line_init();
	if (ret)
		return ret;

	if (!arm_initialised()) {
		pr_err("KVM does not work on this machine: no EL2, or kvm-arm.mode=none\n");
		return -ENODEV;
	}

	ret = kpl_bus_init();
	if (ret)
		return ret;
	ret = kpl_watch_init();
	if (ret) {
		kpl_bus_exit();
		return ret;
	}
	kpl_kvm_page_init();
	return 0;
}

/**
 * kpl_kvm_exit() - let go of KVM
 *
 * Nothing is attached.
 */
void kpl_kvm_exit(void)
{
	kpl_watch_exit();
	kpl_bus_exit();
}
