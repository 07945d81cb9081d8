// SPDX-License-Identifier: GPL-2.0-only
/*
 * What holds a VM, and what is known of it. A detach holds the VM by
 * kpl_vm_get(). An attached device holds no reference on the VM: see kvm_bus.c.
 */
#include <linux/kvm_host.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/slab.h>

#include "kvm_vm.h"

/**
 * kpl_vm_unref() - drop a reference on the memory
 * @vm: as for kpl_vm_free(), or off the bus
 */
void kpl_vm_unref(struct kpl_vm *vm)
{
	if (refcount_dec_and_test(&vm->refs))
		kfree_rcu(vm, rcu);
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
