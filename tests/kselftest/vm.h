/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest VM that can touch a UART: one vCPU, a page of code, no VMM. Each
 * call below runs the vCPU for one kind of access and returns when the guest
 * has left again by a store to VM_EXIT_GPA.
 */
#ifndef KPL011_TEST_VM_H
#define KPL011_TEST_VM_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/kvm.h>

#define VM_MEMORY_GPA	0x40000000ull
#define VM_MEMORY_SIZE	0x10000
#define VM_GICD_GPA	0x08000000ull
#define VM_GICC_GPA	0x08010000ull	/* of a GICv2 */
#define VM_GICR_GPA	0x080a0000ull	/* of a GICv3 */
#define VM_UART_GPA	0x09000000ull
#define VM_EXIT_GPA	0x0a000000ull
#define VM_SPIS		64
#define VM_LOADS	0x2000

struct vm {
	int fd;
	int vcpu;
	int gic;
	unsigned int gic_version;	/* 2, 3, or 0 without a GIC */
	struct kvm_run *run;
	unsigned int run_size;
	void *memory;
	uint32_t features;
};

/*
 * Each returns 0, or -1 with errno set and the step that failed on stderr.
 *
 * The GIC is a GICv3, or a GICv2 on a host that cannot give its VMs a GICv3.
 */
int vm_create(struct vm *vm, bool with_gic);
/* With a GIC, and a PMU whose overflow interrupt is an SPI, where the host has PMUs. */
int vm_create_with_pmu(struct vm *vm, int intid);
/* With a GIC, and with what @first does to it before there is a vCPU: 0, or it fails. */
int vm_create_after(struct vm *vm, int (*first)(struct vm *vm, void *arg), void *arg);
void vm_destroy(struct vm *vm);
/*
 * A GICv2 for a VM without a GIC, which has no addresses until it is set up. Where the host
 * has none, the first fails without a message.
 */
int vm_create_gicv2(struct vm *vm);
int vm_set_up_gicv2(struct vm *vm);
/* One more vCPU of a VM without a GIC, for the calls below; to be destroyed, too. */
int vm_add_vcpu(const struct vm *vm, struct vm *more, unsigned int id);

/*
 * A signal handler that sets run->immediate_exit ends each of these, with EINTR;
 * it stays set.
 *
 * @n stores of @width bytes to @gpa, the value counting up from @value.
 */
int vm_store(struct vm *vm, uint64_t gpa, unsigned int width, uint64_t value,
	     uint64_t n);
/* One load; the last of @n is returned in @value. */
int vm_load(struct vm *vm, uint64_t gpa, unsigned int width, uint64_t *value,
	    uint64_t n);
/* @n loads of 4 bytes, 1 to VM_LOADS, all of which are returned. */
int vm_load_each(struct vm *vm, uint64_t gpa, uint32_t *values, uint64_t n);
/* @n times a load of FR, then a store of @value to DR, of the UART at @gpa. */
int vm_poll_and_store(struct vm *vm, uint64_t gpa, uint64_t value, uint64_t n);

/* The guest switches another vCPU on, which is off, by KVM's PSCI. */
int vm_cpu_on(struct vm *vm, unsigned int id);
/* That one runs, from where it was switched on until it leaves. */
int vm_run_on(struct vm *vm);

/* A VMM looks at the registers of a vCPU. */
int vm_see(struct vm *vm);

/* What a VMM does to an SPI's line, and to a vCPU when it resets the VM. */
int vm_set_line(struct vm *vm, unsigned int intid, int level);
int vm_reset(struct vm *vm);

/* Level of an SPI's line as the GIC sees it: 0, 1, or -1. */
int vm_line(struct vm *vm, unsigned int intid);
/* And as the VMM puts it back with the state of a GICv3; the 31 beside it go low. */
int vm_restore_line(struct vm *vm, unsigned int intid, int level);

/* Memory of the VMM at a guest-physical address; none with a @size of 0. */
int vm_set_slot(struct vm *vm, unsigned int slot, uint64_t gpa, void *memory,
		uint64_t size);

#endif
