// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM: whether this kernel has it as the module needs it, and a VM that a device
 * is in, from the descriptor that its VMM has. Only the files named kvm_ and this
 * one include KVM's headers and know how KVM differs between kernel versions.
 *
 * Lifetime: a kpl_vm holds the VM's file from kpl_vm_open() to kpl_vm_close(),
 * while a device is being attached. See kvm_refs.c for what holds it afterwards.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cred.h>
#include <linux/file.h>
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

/* KPL_EXPORTS_* come from Kbuild. */
#ifdef KPL_EXPORTS_file_is_kvm
#define ADDR_file_is_kvm file_is_kvm
#else
#define ADDR_file_is_kvm NULL
#endif

/*
 * Kernels before 6.3 do not tell whether KVM works on this machine. They load
 * the module even if it does not; then nobody has a VM to attach to.
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
 * A task of the process that created the VM, or NULL. KVM notes the number of
 * the creating thread. By now another thread may have that number, but not with
 * the same memory. If the creating thread has ended, take the owner of the
 * memory, if the kernel records it (CONFIG_MEMCG); else the caller, if the
 * memory is its own. Under rcu_read_lock().
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
 * kpl_vm_open() - open a VM
 * @fd: file descriptor of the calling process
 *
 * Return: the VM, for kpl_vm_close() and kpl_vm_free(); or an ERR_PTR: EBADF,
 * ENODEV if @fd is not a KVM VM, ENOMEM.
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
	/*
	 * A VM of root's is charged to whoever attaches it: its VMM may have
	 * become another user meanwhile, whose limits then apply.
	 */
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
 * kpl_vm_close() - close the VM's file
 * @vm: from kpl_vm_open()
 *
 * An attached device stays attached. This may drop the last reference on the
 * VM, which destroys it and so calls @gone.
 */
void kpl_vm_close(struct kpl_vm *vm)
{
	struct file *file = vm->file;

	vm->file = NULL;
	fput(file);
}

/**
 * kpl_vm_free() - free the page, and drop the reference of kpl_vm_open()
 * @vm: closed, and not attached
 */
void kpl_vm_free(struct kpl_vm *vm)
{
	kpl_vm_page_free(vm);
	put_pid(vm->pid);
	kpl_vm_unref(vm);
}

/**
 * kpl_vm_owner() - the user who created the VM
 * @vm: the VM
 *
 * Return: the effective user of the process that opened it.
 */
kuid_t kpl_vm_owner(const struct kpl_vm *vm)
{
	return vm->owner;
}

/**
 * kpl_vm_payer() - the user who is charged for the VM's ports
 * @vm: the VM
 *
 * Return: the user, by kpl_account_of().
 */
kuid_t kpl_vm_payer(const struct kpl_vm *vm)
{
	return vm->payer;
}

/**
 * kpl_vm_is_lent() - whether a user other than root pays for root's VM
 * @vm: the VM
 *
 * Return: whether the VM is root's and kpl_vm_payer() is not root.
 */
bool kpl_vm_is_lent(const struct kpl_vm *vm)
{
	return vm->lent;
}

/**
 * kpl_vm_pid() - the process that created the VM
 * @vm: the VM
 *
 * Return: the process, which may have ended; NULL if it had ended at
 * kpl_vm_open().
 */
struct pid *kpl_vm_pid(const struct kpl_vm *vm)
{
	return vm->pid;
}

/**
 * kpl_kvm_init() - find KVM in this kernel
 *
 * Return: 0; ENOENT if this kernel's KVM lacks a function that is needed, which
 * the log names; ENODEV if KVM does not work on this machine; ENOMEM.
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
 * Nothing is attached by now.
 */
void kpl_kvm_exit(void)
{
	kpl_watch_exit();
	kpl_bus_exit();
	kpl_refs_exit();
}
