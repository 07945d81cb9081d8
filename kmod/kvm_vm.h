/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files that know KVM share: kvm.c and kvm_page.c, and no other.
 */
#ifndef KPL011_KVM_VM_H
#define KPL011_KVM_VM_H

#include <linux/kvm_host.h>
#include <linux/version.h>
#include <kvm/iodev.h>

#include "kvm.h"

/**
 * struct kpl_vm - one device in one VM
 * @dev: as KVM's MMIO bus knows it
 * @file: the VM's file, while it is open
 * @kvm: the VM; valid while @file is held or the device is attached
 * @owner: who created the VM
 * @payer: who answers for what @owner has
 * @pid: the process that created it, or NULL
 * @gpa: guest-physical address of the page
 * @intid: the interrupt
 * @attached: on the list of attached devices; changed under vm_lock
 * @reset: the VM was reset, and the device does not know yet
 * @owned: the interrupt is this device's alone
 * @gone: the device is off the bus; written once
 * @ops: the device
 * @device: argument of @ops
 * @page: what vCPUs may read without a trap, or NULL
 * @tables: pages of the VM's tables that the leaf needed; a reference keeps
 *	    them there when the leaf goes, so that the next one is cheap
 * @page_device: it is mapped as a device: its words are to be cleaned
 * @rcu: frees it when no reader of the list can have it
 */
struct kpl_vm {
	struct kvm_io_device dev;
	struct file *file;
	struct kvm *kvm;
	kuid_t owner;
	kuid_t payer;
	struct pid *pid;
	gpa_t gpa;
	u32 intid;
	struct list_head attached;
	bool reset;
	bool owned;
	atomic_t gone;
	const struct kpl_vm_ops *ops;
	void *device;
	struct page *page;
	struct page *tables[KPL_VM_TABLES];
	bool page_device;
	struct rcu_head rcu;
};

int kpl_kvm_find(const char *name, void **fn);

#endif /* KPL011_KVM_VM_H */
