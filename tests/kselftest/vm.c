// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vm.h"

#define ROUTINE_SIZE	32	/* bytes between the routines below */
#define VALUES		0x8000	/* in the memory: of vm_load_each() */

/* Of the GIC's distributor. */
#define GICD_ISPENDR	0x200
#define GICD_ICPENDR	0x280
#define GICD_ICFGR	0xc00

/*
 * What the guest runs, one routine for each access and width: x0 is the
 * address, x1 the value, x2 how often, x3 where to leave.
 */
extern const char vm_routines[] __attribute__((visibility("hidden")));
extern const char vm_routines_end[] __attribute__((visibility("hidden")));
asm(".pushsection .rodata\n"
    ".globl vm_routines, vm_routines_end\n"
    ".balign 32\n"
    "vm_routines:\n"
    ".irp access, \"strb w1\", \"strh w1\", \"str w1\", \"str x1\"\n"
    ".balign 32\n"
    "1:	\\access, [x0]\n"
    "	add	x1, x1, #1\n"
    "	subs	x2, x2, #1\n"
    "	b.ne	1b\n"
    "	str	x1, [x3]\n"
    "	b	.\n"
    ".endr\n"
    ".irp access, \"ldrb w1\", \"ldrh w1\", \"ldr w1\", \"ldr x1\"\n"
    ".balign 32\n"
    "1:	\\access, [x0]\n"
    "	subs	x2, x2, #1\n"
    "	b.ne	1b\n"
    "	str	x1, [x3]\n"
    "	b	.\n"
    ".endr\n"
    ".balign 32\n"
    "1:	ldr	w4, [x0, #0x18]\n"	/* FR */
    "	str	w1, [x0]\n"
    "	subs	x2, x2, #1\n"
    "	b.ne	1b\n"
    "	str	x1, [x3]\n"
    "	b	.\n"
    ".balign 32\n"
    "1:	ldr	w4, [x0]\n"
    "	str	w4, [x1], #4\n"
    "	subs	x2, x2, #1\n"
    "	b.ne	1b\n"
    "	str	x1, [x3]\n"
    "	b	.\n"
    ".balign 32\n"
    "	mov	x4, x3\n"	/* what is called clears it */
    "	hvc	#0\n"
    "	str	x0, [x4]\n"
    "	b	.\n"
    "vm_routines_end:\n"
    ".popsection\n");

static int failed(const char *step)
{
	int saved = errno;

	fprintf(stderr, "# %s: %s\n", step, strerror(saved));
	errno = saved;
	return -1;
}

static int set_device_attr(int fd, uint32_t group, uint64_t attr, void *value)
{
	struct kvm_device_attr args = {
		.group = group, .attr = attr, .addr = (uintptr_t)value,
	};

	return ioctl(fd, KVM_SET_DEVICE_ATTR, &args);
}

int vm_set_up_gicv2(struct vm *vm)
{
	uint64_t dist = VM_GICD_GPA, cpu = VM_GICC_GPA;
	uint32_t irqs = VM_SPIS + 32;

	if (set_device_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_ADDR,
			    KVM_VGIC_V2_ADDR_TYPE_DIST, &dist) ||
	    set_device_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_ADDR,
			    KVM_VGIC_V2_ADDR_TYPE_CPU, &cpu) ||
	    set_device_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &irqs) ||
	    set_device_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_CTRL,
			    KVM_DEV_ARM_VGIC_CTRL_INIT, NULL))
		return failed("KVM_SET_DEVICE_ATTR(GICv2)");
	return 0;
}

int vm_create_gicv2(struct vm *vm)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_ARM_VGIC_V2 };

	if (ioctl(vm->fd, KVM_CREATE_DEVICE, &device))
		return -1;
	vm->gic = device.fd;
	vm->gic_version = 2;
	return 0;
}

static int create_gic(struct vm *vm)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	uint64_t dist = VM_GICD_GPA, redist = VM_GICR_GPA;
	uint32_t irqs = VM_SPIS + 32;

	if (ioctl(vm->fd, KVM_CREATE_DEVICE, &device)) {
		if (errno == ENODEV && !vm_create_gicv2(vm))
			return vm_set_up_gicv2(vm);
		return failed("KVM_CREATE_DEVICE(GIC)");
	}
	vm->gic = device.fd;
	vm->gic_version = 3;
	if (set_device_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_ADDR,
			    KVM_VGIC_V3_ADDR_TYPE_DIST, &dist) ||
	    set_device_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_ADDR,
			    KVM_VGIC_V3_ADDR_TYPE_REDIST, &redist) ||
	    set_device_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &irqs) ||
	    set_device_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_CTRL,
			    KVM_DEV_ARM_VGIC_CTRL_INIT, NULL))
		return failed("KVM_SET_DEVICE_ATTR(GICv3)");
	return 0;
}

static int init_vcpu(struct vm *vm)
{
	struct kvm_vcpu_init init = { 0 };

	if (ioctl(vm->fd, KVM_ARM_PREFERRED_TARGET, &init))
		return failed("KVM_ARM_PREFERRED_TARGET");
	init.features[0] |= vm->features;
	if (ioctl(vm->vcpu, KVM_ARM_VCPU_INIT, &init))
		return failed("KVM_ARM_VCPU_INIT");
	return 0;
}

static int create_vcpu(struct vm *vm, int kvm, unsigned int id)
{
	vm->vcpu = ioctl(vm->fd, KVM_CREATE_VCPU, id);
	if (vm->vcpu < 0)
		return failed("KVM_CREATE_VCPU");
	if (init_vcpu(vm))
		return -1;
	vm->run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	vm->run = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		       vm->vcpu, 0);
	return vm->run == MAP_FAILED ? failed("mmap(vCPU)") : 0;
}

int vm_set_slot(struct vm *vm, unsigned int slot, uint64_t gpa, void *memory,
		uint64_t size)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)memory,
	};

	return ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region) ?
		       failed("KVM_SET_USER_MEMORY_REGION") : 0;
}

static int create(struct vm *vm, bool with_gic, uint32_t features,
		  int (*first)(struct vm *vm, void *arg), void *arg)
{
	int kvm, ret = -1;

	*vm = (struct vm) { .fd = -1, .vcpu = -1, .gic = -1, .features = features };
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		return failed("/dev/kvm");
	vm->fd = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0) {
		failed("KVM_CREATE_VM");
		goto out;
	}
	vm->memory = mmap(NULL, VM_MEMORY_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (vm->memory == MAP_FAILED) {
		failed("mmap(memory)");
		goto out;
	}
	memcpy(vm->memory, vm_routines, vm_routines_end - vm_routines);
	__builtin___clear_cache(vm->memory, (char *)vm->memory + VM_MEMORY_SIZE);
	if (vm_set_slot(vm, 0, VM_MEMORY_GPA, vm->memory, VM_MEMORY_SIZE) ||
	    (first && first(vm, arg)) || create_vcpu(vm, kvm, 0))
		goto out;
	if (with_gic && create_gic(vm))
		goto out;
	ret = 0;
out:
	close(kvm);
	return ret;
}

int vm_create(struct vm *vm, bool with_gic)
{
	return create(vm, with_gic, 0, NULL, NULL);
}

int vm_create_after(struct vm *vm, int (*first)(struct vm *vm, void *arg), void *arg)
{
	return create(vm, true, 0, first, arg);
}

int vm_create_with_pmu(struct vm *vm, int intid)
{
	if (create(vm, true, 1u << KVM_ARM_VCPU_PMU_V3, NULL, NULL))
		return -1;
	if (set_device_attr(vm->vcpu, KVM_ARM_VCPU_PMU_V3_CTRL, KVM_ARM_VCPU_PMU_V3_IRQ,
			    &intid) ||
	    set_device_attr(vm->vcpu, KVM_ARM_VCPU_PMU_V3_CTRL, KVM_ARM_VCPU_PMU_V3_INIT, NULL))
		return failed("KVM_SET_DEVICE_ATTR(PMU)");
	return 0;
}

int vm_add_vcpu(const struct vm *vm, struct vm *more, unsigned int id)
{
	int kvm, ret;

	*more = (struct vm) { .fd = dup(vm->fd), .vcpu = -1, .gic = -1 };
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		return failed("/dev/kvm");
	ret = create_vcpu(more, kvm, id);
	close(kvm);
	return ret;
}

void vm_destroy(struct vm *vm)
{
	if (vm->run && vm->run != MAP_FAILED)
		munmap(vm->run, vm->run_size);
	if (vm->memory && vm->memory != MAP_FAILED)
		munmap(vm->memory, VM_MEMORY_SIZE);
	if (vm->gic >= 0)
		close(vm->gic);
	if (vm->vcpu >= 0)
		close(vm->vcpu);
	if (vm->fd >= 0)
		close(vm->fd);
	*vm = (struct vm) { .fd = -1, .vcpu = -1, .gic = -1 };
}

static int set_reg(struct vm *vm, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	return ioctl(vm->vcpu, KVM_SET_ONE_REG, &reg);
}

#define CORE_REG(reg)	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | \
			 KVM_REG_ARM_CORE_REG(reg))

/* Let KVM finish an access that left, before the next routine sets the pc. */
static void finish_access(struct vm *vm)
{
	vm->run->immediate_exit = 1;
	ioctl(vm->vcpu, KVM_RUN, 0);
	vm->run->immediate_exit = 0;
}

/* Run a routine until it leaves; @value is x1 before and after. */
static int run_routine(struct vm *vm, unsigned int routine, uint64_t gpa,
		       uint64_t *value, uint64_t n)
{
	uint64_t regs[4] = { gpa, *value, n, VM_EXIT_GPA };
	unsigned int i;

	for (i = 0; i < 4; i++)
		if (set_reg(vm, CORE_REG(regs.regs[0]) + 2 * i, regs[i]))
			return failed("KVM_SET_ONE_REG");
	if (set_reg(vm, CORE_REG(regs.pc), VM_MEMORY_GPA +
					   routine * ROUTINE_SIZE))
		return failed("KVM_SET_ONE_REG(pc)");

	for (;;) {
		if (ioctl(vm->vcpu, KVM_RUN, 0)) {
			if (errno == EINTR && !vm->run->immediate_exit)
				continue;
			return failed("KVM_RUN");
		}
		if (vm->run->exit_reason == KVM_EXIT_MMIO &&
		    vm->run->mmio.phys_addr == VM_EXIT_GPA)
			break;
		fprintf(stderr, "# exit %u at 0x%llx\n", vm->run->exit_reason,
			(unsigned long long)vm->run->mmio.phys_addr);
		finish_access(vm);
		errno = EIO;
		return -1;
	}
	memcpy(value, vm->run->mmio.data, sizeof(*value));
	finish_access(vm);
	return 0;
}

/* 1, 2, 4 or 8 bytes to the routine of that width. */
static unsigned int width_index(unsigned int width)
{
	return __builtin_ctz(width);
}

int vm_store(struct vm *vm, uint64_t gpa, unsigned int width, uint64_t value,
	     uint64_t n)
{
	return run_routine(vm, width_index(width), gpa, &value, n);
}

int vm_load(struct vm *vm, uint64_t gpa, unsigned int width, uint64_t *value,
	    uint64_t n)
{
	*value = 0;
	return run_routine(vm, 4 + width_index(width), gpa, value, n);
}

int vm_poll_and_store(struct vm *vm, uint64_t gpa, uint64_t value, uint64_t n)
{
	return run_routine(vm, 8, gpa, &value, n);
}

int vm_load_each(struct vm *vm, uint64_t gpa, uint32_t *values, uint64_t n)
{
	uint64_t to = VM_MEMORY_GPA + VALUES;

	if (run_routine(vm, 9, gpa, &to, n))
		return -1;
	memcpy(values, (char *)vm->memory + VALUES, n * sizeof(*values));
	return 0;
}

int vm_cpu_on(struct vm *vm, unsigned int id)
{
	uint64_t value = id;

	/* It begins with the first routine; x3, where to leave, is its argument. */
	if (run_routine(vm, 10, KVM_PSCI_FN_CPU_ON, &value, VM_MEMORY_GPA))
		return -1;
	return value ? -1 : 0;
}

int vm_see(struct vm *vm)
{
	uint64_t value;
	struct kvm_one_reg reg = {
		.id = CORE_REG(regs.pc), .addr = (uintptr_t)&value,
	};

	return ioctl(vm->vcpu, KVM_GET_ONE_REG, &reg) ? failed("KVM_GET_ONE_REG") : 0;
}

int vm_run_on(struct vm *vm)
{
	if (ioctl(vm->vcpu, KVM_RUN, 0))
		return failed("KVM_RUN");
	if (vm->run->exit_reason != KVM_EXIT_MMIO || vm->run->mmio.phys_addr != VM_EXIT_GPA)
		return -1;
	finish_access(vm);
	return 0;
}

int vm_reset(struct vm *vm)
{
	return init_vcpu(vm);
}

int vm_set_line(struct vm *vm, unsigned int intid, int level)
{
	struct kvm_irq_level args = {
		.irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | intid,
		.level = level,
	};

	return ioctl(vm->fd, KVM_IRQ_LINE, &args) ? failed("KVM_IRQ_LINE") : 0;
}

/* The levels of 32 interrupts, with KVM_GET_DEVICE_ATTR or _SET_. */
static int access_lines(struct vm *vm, unsigned long request, unsigned int intid,
			uint32_t *levels)
{
	struct kvm_device_attr args = {
		.group = KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO,
		.attr = (uint64_t)VGIC_LEVEL_INFO_LINE_LEVEL <<
			KVM_DEV_ARM_VGIC_LINE_LEVEL_INFO_SHIFT |
			(intid & ~31u),
		.addr = (uintptr_t)levels,
	};

	return ioctl(vm->gic, request, &args) ? failed("LEVEL_INFO") : 0;
}

/* A register of a GICv2's distributor as a VMM reads or writes it: -1, or 0 and *@value. */
static int access_dist(struct vm *vm, unsigned long request, unsigned int offset,
		       uint32_t *value)
{
	struct kvm_device_attr args = {
		.group = KVM_DEV_ARM_VGIC_GRP_DIST_REGS,
		.attr = offset,
		.addr = (uintptr_t)value,
	};

	return ioctl(vm->gic, request, &args) ? failed("DIST_REGS") : 0;
}

/*
 * A GICv2 has no LEVEL_INFO. While it takes an SPI by levels and has latched nothing, ISPENDR
 * is the line; what it had latched, and how it took the SPI, is put back afterwards.
 */
static int line_of_gicv2(struct vm *vm, unsigned int intid)
{
	unsigned int set = GICD_ISPENDR + intid / 32 * 4, clear = GICD_ICPENDR + intid / 32 * 4;
	unsigned int cfg = GICD_ICFGR + intid / 16 * 4;
	uint32_t bit = 1u << intid % 32, edge = 2u << intid % 16 * 2;
	uint32_t config, levels, edges, latched = 0, pending;

	if (access_dist(vm, KVM_GET_DEVICE_ATTR, cfg, &config))
		return -1;
	levels = config & ~edge;
	edges = config | edge;
	if (access_dist(vm, KVM_SET_DEVICE_ATTR, cfg, &edges) ||
	    access_dist(vm, KVM_GET_DEVICE_ATTR, set, &latched) ||
	    access_dist(vm, KVM_SET_DEVICE_ATTR, cfg, &levels) ||
	    access_dist(vm, KVM_SET_DEVICE_ATTR, clear, &bit) ||
	    access_dist(vm, KVM_GET_DEVICE_ATTR, set, &pending) ||
	    access_dist(vm, KVM_SET_DEVICE_ATTR, cfg, &config))
		return -1;
	if (latched & bit && access_dist(vm, KVM_SET_DEVICE_ATTR, set, &bit))
		return -1;
	return !!(pending & bit);
}

int vm_line(struct vm *vm, unsigned int intid)
{
	uint32_t levels = 0;

	if (vm->gic_version == 2)
		return line_of_gicv2(vm, intid);
	if (access_lines(vm, KVM_GET_DEVICE_ATTR, intid, &levels))
		return -1;
	return levels >> intid % 32 & 1;
}

int vm_restore_line(struct vm *vm, unsigned int intid, int level)
{
	uint32_t levels = (uint32_t)level << intid % 32;

	return access_lines(vm, KVM_SET_DEVICE_ATTR, intid, &levels);
}
