// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a VMM does to a VM that has a port: it restores the state of the GIC,
 * initialises vCPUs again, one or all, or has no GIC in the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include "../kselftest_harness.h"

#include "port.h"
#include "vm.h"

#define REG(offset)	(VM_UART_GPA + (offset))
#define GICD_ICFGR2	(VM_GICD_GPA + 0xc08)	/* INTIDs 32 to 47: 0 is level */
#define INTID		KPL011_VIRT_INTID

FIXTURE(vmm) {
	struct vm vm;
	struct kpl011_attach args;
	int fd;
};

FIXTURE_SETUP(vmm)
{
	ASSERT_EQ(0, vm_create(&self->vm, true));
	ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, 0, 1));
	self->args = port_args(self->vm.fd);
	self->fd = port_attach_open(&self->args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(vmm)
{
	vm_destroy(&self->vm);
	port_poll(self->fd, 0);
	port_reap(self->fd);
	close(self->fd);
}

static uint64_t load(struct vm *vm, uint64_t gpa)
{
	uint64_t value;

	return vm_load(vm, gpa, 4, &value, 1) ? ~0ull : value;
}

/* Wait until the line has a level; 0 if it has within 10 s. */
static int line_becomes(struct vm *vm, int level)
{
	time_t end = time(NULL) + 10;

	while (vm_line(vm, INTID) != level)
		if (time(NULL) > end)
			return -1;
	return 0;
}

/*
 * The guest waits for its interrupt, and nobody does anything.
 *
 * ABI: "If the VMM restores another level with the state of the GIC"
 */
TEST_F(vmm, restored_line_that_is_low_rises_again)
{
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_IMSC), 4, PL011_INT_RX | PL011_INT_RT, 1));
	ASSERT_EQ(1, write(self->fd, "x", 1));
	EXPECT_EQ(1, vm_line(&self->vm, INTID));
	ASSERT_EQ(0, vm_restore_line(&self->vm, INTID, 0));
	EXPECT_EQ(0, line_becomes(&self->vm, 1));
}

TEST_F(vmm, restored_line_that_is_high_falls_again)
{
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_IMSC), 4, PL011_INT_RX | PL011_INT_RT, 1));
	EXPECT_EQ(0, vm_line(&self->vm, INTID));
	ASSERT_EQ(0, vm_restore_line(&self->vm, INTID, 1));
	EXPECT_EQ(0, line_becomes(&self->vm, 0));
}

/* What the guest or a user does first finds the line right, however soon. */
TEST_F(vmm, restored_line_is_right_after_the_next_access)
{
	unsigned int i;

	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_IMSC), 4, PL011_INT_RX | PL011_INT_RT, 1));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(1, write(self->fd, "x", 1));
		ASSERT_EQ(0, vm_restore_line(&self->vm, INTID, 0));
		ASSERT_EQ(1, write(self->fd, "y", 1));
		EXPECT_EQ(1, vm_line(&self->vm, INTID));
		ASSERT_EQ(0, vm_restore_line(&self->vm, INTID, 0));
		EXPECT_EQ('x', load(&self->vm, REG(PL011_DR)));
		EXPECT_EQ(1, vm_line(&self->vm, INTID));
		EXPECT_EQ('y', load(&self->vm, REG(PL011_DR)));
		EXPECT_EQ(0, vm_line(&self->vm, INTID));
		ASSERT_EQ(0, vm_restore_line(&self->vm, INTID, 1));
		ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_ICR), 4, 0x7ff, 1));
		EXPECT_EQ(0, vm_line(&self->vm, INTID));
	}
}

/* A VM of two vCPUs with a port: its descriptor, or below 0. */
static int two_vcpus(struct vm *first, struct vm *second)
{
	struct kpl011_attach args;

	if (vm_create(first, false) || vm_add_vcpu(first, second, 1))
		return -1;
	args = port_args(first->fd);
	return port_attach_open(&args, O_RDWR | O_NONBLOCK);
}

/*
 * One vCPU that comes back, since the VMM handles PSCI or a hotplug by itself, is
 * no reset of the VM.
 */
TEST_F(vmm, initialising_one_of_two_vcpus_resets_nothing)
{
	struct kpl011_info info;
	struct vm first, second;
	int fd;

	fd = two_vcpus(&first, &second);
	ASSERT_LE(0, fd);
	/* Both have run. */
	ASSERT_EQ(0, vm_store(&first, REG(PL011_IBRD), 4, 13, 1));
	EXPECT_EQ(13, load(&second, REG(PL011_IBRD)));
	ASSERT_EQ(0, vm_reset(&second));
	EXPECT_EQ(13, load(&first, REG(PL011_IBRD)));
	EXPECT_EQ(13, load(&second, REG(PL011_IBRD)));
	ASSERT_EQ(0, vm_reset(&first));
	EXPECT_EQ(13, load(&second, REG(PL011_IBRD)));
	/* One after the other, with something running in between. */
	ASSERT_EQ(0, vm_reset(&second));
	EXPECT_EQ(13, load(&second, REG(PL011_IBRD)));
	ASSERT_EQ(0, vm_reset(&first));
	EXPECT_EQ(13, load(&first, REG(PL011_IBRD)));
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(0, info.resets);
	vm_destroy(&second);
	vm_destroy(&first);
	close(fd);
}

/* ABI: "resets of the UART, by KPL011_RESET or with the VM" */
TEST_F(vmm, initialising_both_of_two_vcpus_resets_the_uart_once)
{
	struct kvm_mp_state stopped = { .mp_state = KVM_MP_STATE_STOPPED };
	struct kpl011_info info;
	struct vm first, second;
	int fd;

	fd = two_vcpus(&first, &second);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vm_store(&first, REG(PL011_IBRD), 4, 13, 1));
	EXPECT_EQ(13, load(&second, REG(PL011_IBRD)));
	ASSERT_EQ(0, vm_reset(&first));
	ASSERT_EQ(0, vm_reset(&second));
	EXPECT_EQ(0, load(&second, REG(PL011_IBRD)));
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(1, info.resets);
	/* One that is off is not waited for, and comes to a UART that was reset. */
	ASSERT_EQ(0, vm_store(&first, REG(PL011_IBRD), 4, 14, 1));
	ASSERT_EQ(0, ioctl(second.vcpu, KVM_SET_MP_STATE, &stopped));
	ASSERT_EQ(0, vm_reset(&first));
	ASSERT_EQ(0, vm_reset(&second));
	EXPECT_EQ(0, load(&first, REG(PL011_IBRD)));
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(2, info.resets);
	vm_destroy(&second);
	vm_destroy(&first);
	close(fd);
}

/* ABI: KPL011_ATTACH ENXIO */
TEST_F(vmm, vm_that_runs_without_a_gic_is_refused)
{
	struct kpl011_attach args;
	struct vm bare;

	ASSERT_EQ(0, vm_create(&bare, false));
	/* It may get one as long as it has not run. */
	args = port_args(bare.fd);
	EXPECT_EQ(0, port_attach(&args));
	ASSERT_EQ(0, vm_store(&bare, REG(PL011_IBRD), 4, 13, 1));
	args = port_args(bare.fd);
	args.gpa += KPL011_MMIO_SIZE;
	args.intid++;
	EXPECT_EQ(-ENXIO, port_attach(&args));
	vm_destroy(&bare);
}

TEST_HARNESS_MAIN
