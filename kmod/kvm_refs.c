// SPDX-License-Identifier: GPL-2.0-only
/*
 * What holds a VM, and what is known of it. A detach holds the VM by
 * kpl_vm_get(). An attached device holds no reference on the VM: see kvm_bus.c.
 */
#include <linux/kvm_host.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/slab.h>

#include "compat.h"
#include "kvm_vm.h"

static void vm_unseen(struct rcu_head *rcu)
{
	struct kpl_vm *vm = container_of(rcu, struct kpl_vm, rcu);

	kfree_rcu(vm, rcu);
}

/**
 * kpl_vm_unref() - drop a reference on the memory
 * @vm: as for kpl_vm_free(), or off the bus
 */
void kpl_vm_unref(struct kpl_vm *vm)
{
	if (!refcount_dec_and_test(&vm->refs))
		return;
	/* It was on no bus: its attach was refused, which a user may repeat at once. */
	if (!vm->watch) {
		kfree(vm);
		return;
	}
	/*
	 * To send an MSI, KVM looks for the ITS on the bus at an address that the
	 * VMM chose. Before 7.2, and in stable kernels before July 2026, it lets go of
	 * kvm->srcu before it looks at the @ops of what it found. Tasks RCU waits for
	 * a task that is preempted in between.
	 */
	call_rcu_tasks(&vm->rcu, vm_unseen);
}

/**
 * kpl_vm_get() - take a reference on the VM
 * @vm: attached, and kept so by the lock that @gone takes
 *
 * Return: whether it was taken; not on a VM that is being destroyed.
 */
bool kpl_vm_get(struct kpl_vm *vm)
{
	return kvm_get_kvm_safe(vm->kvm);
}

/**
 * kpl_vm_put() - undo kpl_vm_get()
 * @vm: the VM
 *
 * This may destroy the VM.
 *
 * Context: may sleep.
 */
void kpl_vm_put(struct kpl_vm *vm)
{
	kvm_put_kvm(vm->kvm);
}

/**
 * kpl_refs_exit() - wait until no memory of a VM is to be freed by this module
 *
 * Nothing is attached by now. This may sleep.
 */
void kpl_refs_exit(void)
{
	rcu_barrier_tasks();
}
