/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files that know KVM share: kvm.c and those named kvm_, and no others.
 */
#ifndef KPL011_KVM_VM_H
#define KPL011_KVM_VM_H

#include <linux/kvm_host.h>
#include <linux/refcount.h>
#include <linux/version.h>
#include <linux/workqueue.h>
#include <kvm/iodev.h>

#include "kvm.h"

struct kpl_watch;

/*
 * The most tables of stage 2 below the first level; KVM_PGTABLE's last level is
 * 3.
 */
#define KPL_VM_TABLES	4

/* Bits of kpl_vm.notes. Any of them takes an access off its short path. */
#define KPL_NOTE_RESET	0	/* the VM was reset, the device not yet */
#define KPL_NOTE_LINES	1	/* the VMM set the levels of the VM's interrupts */
#define KPL_NOTE_OUT	2	/* the device has left, and answers no access */

/**
 * struct kpl_vm - one device in one VM
 * @dev: as KVM's MMIO bus knows it
 * @refs: one of whoever has it from kpl_vm_open(), one of the bus, one of a
 *	  detach under way
 * @file: the VM's file, while it is open
 * @kvm: the VM; valid while @file is held or the device is on the bus
 * @owner: the user who created the VM
 * @payer: the user who is charged for the VM's ports
 * @lent: the VM is root's, and @payer, who attached it, is not root
 * @pid: the process that created the VM, or NULL
 * @gpa: guest-physical address of the page
 * @size: bytes of the page
 * @intid: the interrupt
 * @notes: bits KPL_NOTE_*
 * @owned: the interrupt is this device's alone; under the device's lock
 * @out: the device is out of the VM, and vm_out() is done; written once
 * @gone: whether @ops->gone was called, and has returned (kvm_bus.c)
 * @ops: how to call the device
 * @device: argument of @ops
 * @watch: what happens to the VM, while the device is on the bus; NULL if it
 *	   never was
 * @watched: on @watch->devices
 * @page: what vCPUs may read without a trap, or NULL
 * @page_device: the leaf that is mapped, or was last, maps the page as device
 *		 memory, so its words have to be cleaned; written under the
 *		 device's lock and serialised as kpl_vm_page_map() is, read
 *		 under either
 * @tables: how many of @table there are; serialised as kpl_vm_page_map() is
 * @table: zeroed pages for the tables that a mapping takes
 * @old_bus: a bus that vm_out() is to free, together with what the entries of
 *	     @swept held
 * @swept: the first of those whose entries bus_sweep() took off, linked by
 *	   @swept_next
 * @swept_next: the next of them
 * @out_work: runs vm_out() after KPL_NOTE_OUT, when the last access is over
 * @rcu: waits for the last access; after that, frees the memory when neither a
 *	 reader of @watch nor KVM can have it
 */
struct kpl_vm {
	struct kvm_io_device dev;
	refcount_t refs;
	struct file *file;
	struct kvm *kvm;
	kuid_t owner;
	kuid_t payer;
	bool lent;
	struct pid *pid;
	gpa_t gpa;
	u32 size;
	u32 intid;
	unsigned long notes;
	bool owned;
	bool out;
	atomic_t gone;
	const struct kpl_vm_ops *ops;
	void *device;
	struct kpl_watch *watch;
	struct list_head watched;
	struct page *page;
	bool page_device;
	unsigned int tables;
	void *table[KPL_VM_TABLES];
	struct kvm_io_bus *old_bus;
	struct kpl_vm *swept;
	struct kpl_vm *swept_next;
	struct work_struct out_work;
	struct rcu_head rcu;
};

int kpl_kvm_find(const char *name, void **fn);
int kpl_kvm_need(const char *name, void **fn);
void kpl_vm_unref(struct kpl_vm *vm);
void kpl_refs_exit(void);

int kpl_bus_init(void);
void kpl_bus_exit(void);

int kpl_line_init(void);
int kpl_line_check(struct kvm *kvm, u32 intid);
bool kpl_line_is_taken(struct kvm *kvm, u32 intid);

int kpl_watch_init(void);
void kpl_watch_exit(void);
struct kpl_watch *kpl_watch_new(struct kvm *kvm);
void kpl_watch_add(struct kpl_vm *vm, struct kpl_watch *watch);
void kpl_watch_del(struct kpl_vm *vm);
void kpl_watch_put(struct kpl_vm *vm);
int kpl_watch_slots(void);

/* The type of a pointer to a function of KVM, from KVM's own header. */
#define KPL_POINTER_TO(function)	typeof(true ? function : NULL)

#endif /* KPL011_KVM_VM_H */
