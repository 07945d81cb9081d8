/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page of registers and an interrupt line in a KVM VM. This is all that the
 * rest of the module knows of KVM.
 */
#ifndef KPL011_KVM_H
#define KPL011_KVM_H

#include <linux/bits.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct kpl_vm;
struct pid;

/* What kpl_vm_take_notes() returns. */
#define KPL_VM_RESET	BIT(0)	/* the VM was reset */
#define KPL_VM_LINES	BIT(1)	/* the VMM set the levels of interrupt lines */

/**
 * struct kpl_vm_ops - how a device is called
 * @read: a vCPU reads; returns what it sees, zero-extended from @len bytes
 * @write: a vCPU writes @value, zero-extended from @len bytes; returns 0
 * @noted: something happened to the VM; the device calls kpl_vm_take_notes()
 *	   under its lock, and acts on the notes before it releases the lock.
 *	   Called by a vCPU before its next access, by kpl_vm_see_notes(), or by
 *	   work, whichever comes first.
 * @slots: a memory slot is about to cover the page: the device must unmap it
 *	   before this returns, and kpl_vm_page_map() fails until the slot is
 *	   there. Not called on PREEMPT_RT.
 * @gone: the device is out of the VM, which is being destroyed if @dead. No
 *	  access is under way, and none will come. Once this has returned, no
 *	  function of this header may be called but kpl_vm_owner(),
 *	  kpl_vm_is_lent(), kpl_vm_pid(), kpl_vm_see_notes() and kpl_vm_free().
 *	  May sleep.
 *
 * vCPU threads call @read and @write, several at once. These two and @slots
 * must not sleep. @offset is in bytes from the start of the page; @len is 1, 2,
 * 4 or 8.
 */
struct kpl_vm_ops {
	u64 (*read)(void *device, u32 offset, unsigned int len);
	int (*write)(void *device, u32 offset, unsigned int len, u64 value);
	void (*noted)(void *device);
	void (*slots)(void *device);
	void (*gone)(void *device, bool dead);
};

int kpl_kvm_init(void);
void kpl_kvm_exit(void);

struct kpl_vm *kpl_vm_open(int fd);
void kpl_vm_close(struct kpl_vm *vm);
void kpl_vm_free(struct kpl_vm *vm);
bool kpl_vm_get(struct kpl_vm *vm);
void kpl_vm_put(struct kpl_vm *vm);
kuid_t kpl_vm_owner(const struct kpl_vm *vm);
kuid_t kpl_vm_payer(const struct kpl_vm *vm);
bool kpl_vm_is_lent(const struct kpl_vm *vm);
struct pid *kpl_vm_pid(const struct kpl_vm *vm);

int kpl_vm_check(struct kpl_vm *vm, u64 gpa, u32 size, u32 intid);
int kpl_vm_attach(struct kpl_vm *vm, u64 gpa, u32 size, u32 intid,
		  const struct kpl_vm_ops *ops, void *device);
int kpl_vm_lock(struct kpl_vm *vm);
void kpl_vm_unlock(struct kpl_vm *vm);
void kpl_vm_detach(struct kpl_vm *vm);
int kpl_vm_wait_out(struct kpl_vm *vm);
void kpl_vm_see_notes(struct kpl_vm *vm);
u32 kpl_vm_take_notes(struct kpl_vm *vm);

bool kpl_vm_set_line(struct kpl_vm *vm, bool level);
bool kpl_vm_line(struct kpl_vm *vm);
void kpl_vm_leave_line(struct kpl_vm *vm);

void kpl_kvm_page_init(void);
u32 kpl_vm_page_create(struct kpl_vm *vm, u32 **words);
void kpl_vm_page_free(struct kpl_vm *vm);
void kpl_vm_page_prepare(struct kpl_vm *vm);
bool kpl_vm_page_map(struct kpl_vm *vm);
void kpl_vm_page_unmap(struct kpl_vm *vm);
unsigned int kpl_vm_page_clean(struct kpl_vm *vm, u64 changed);

#endif /* KPL011_KVM_H */
