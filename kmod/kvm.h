/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page of registers and an interrupt line in a KVM VM. This is all that the
 * rest of the module knows of KVM.
 */
#ifndef KPL011_KVM_H
#define KPL011_KVM_H

#include <linux/types.h>
#include <linux/uidgid.h>

struct kpl_vm;
struct pid;

/**
 * struct kpl_vm_ops - what a device is asked
 * @read: a vCPU reads; returns what it sees, zero-extended from @len bytes
 * @write: a vCPU writes @value, zero-extended from @len bytes; returns 0
 * @reset: the VM has been reset; called from a vCPU before its next access, or
 *	   by kpl_vm_see_reset() if that is earlier
 * @gone: the VM is being destroyed, or was detached: no access is under way,
 *	  none will come, and kpl_vm_set_line() must not be called any more.
 *	  The kpl_vm may be freed from here. May sleep.
 *
 * @read and @write come from vCPU threads, several at once, and must not
 * sleep. @offset is in bytes from the start of the page; @len is 1, 2, 4 or 8.
 */
struct kpl_vm_ops {
	u64 (*read)(void *device, u32 offset, unsigned int len);
	int (*write)(void *device, u32 offset, unsigned int len, u64 value);
	void (*reset)(void *device);
	void (*gone)(void *device);
};

/* Tables of stage 2 below the first, at most; KVM_PGTABLE's last level is 3. */
#define KPL_VM_TABLES	4

/**
 * struct kpl_vm_tables - zeroed pages for the tables that a mapping may need
 * @count: how many are left
 * @page: their addresses
 */
struct kpl_vm_tables {
	unsigned int count;
	void *page[KPL_VM_TABLES];
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
struct pid *kpl_vm_pid(const struct kpl_vm *vm);

int kpl_vm_attach(struct kpl_vm *vm, u64 gpa, u32 size, u32 intid,
		  const struct kpl_vm_ops *ops, void *device);
void kpl_vm_detach(struct kpl_vm *vm);
void kpl_vm_see_reset(struct kpl_vm *vm);
bool kpl_vm_set_line(struct kpl_vm *vm, bool level);
void kpl_vm_leave_line(struct kpl_vm *vm);

void kpl_kvm_page_init(void);
u32 kpl_vm_page_create(struct kpl_vm *vm, u32 **words);
void kpl_vm_page_free(struct kpl_vm *vm);
bool kpl_vm_page_map(struct kpl_vm *vm, struct kpl_vm_tables *tables);
void kpl_vm_page_unmap(struct kpl_vm *vm);
void kpl_vm_page_leave(struct kpl_vm *vm);
unsigned int kpl_vm_page_clean(struct kpl_vm *vm, u64 changed);
bool kpl_vm_tables_get(struct kpl_vm *vm, struct kpl_vm_tables *tables);
void kpl_vm_tables_put(struct kpl_vm_tables *tables);

#endif /* KPL011_KVM_H */
