// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMs with a GICv2, whose CPU interface is neither memory of the VM nor, before Linux 7,
 * on KVM's bus. Only a host with a GICv2, or one that is compatible, has them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "harness.h"

#include "port.h"
#include "vm.h"

#define REG(offset)	(VM_UART_GPA + (offset))
#define GICC_PMR	(VM_GICC_GPA + 4)
#define GICD_ISPENDR1	(VM_GICD_GPA + 0x204)
#define GICD_ICFGR2	(VM_GICD_GPA + 0xc08)	/* INTIDs 32 to 47: 0 is level */
#define LINE		(1u << KPL011_VIRT_INTID % 32)

FIXTURE(gic2) {
	struct vm vm;	/* .gic < 0: the host has no GICv2 */
	struct kpl011_attach args;
};

FIXTURE_SETUP(gic2)
{
	ASSERT_EQ(0, vm_create(&self->vm, false));
	self->args = port_args(self->vm.fd);
	vm_create_gicv2(&self->vm);
}

FIXTURE_TEARDOWN(gic2)
{
	vm_destroy(&self->vm);
}

#define NEED_GICV2()						\
	do {							\
		if (self->vm.gic < 0)				\
			SKIP(return, "the host has no GICv2");	\
	} while (0)

/* The guest reads: UINT64_MAX if that left to the VMM. */
static uint64_t load(struct vm *vm, uint64_t gpa)
{
	uint64_t value;

	return vm_load(vm, gpa, 4, &value, 1) ? UINT64_MAX : value;
}

/* ABI: KPL011_ATTACH EADDRINUSE */
TEST_F(gic2, EADDRINUSE_where_the_vm_has_its_gic)
{
	static const uint64_t gpas[] = { VM_GICD_GPA, VM_GICC_GPA, VM_GICC_GPA + 0x1000 };
	unsigned int runs;
	size_t i;

	NEED_GICV2();
	/* One that has no address yet is in nobody's way. */
	EXPECT_EQ(0, port_attach(&self->args));
	ASSERT_EQ(0, vm_set_up_gicv2(&self->vm));
	self->args.intid++;
	for (runs = 0; runs < 2; runs++) {
		for (i = 0; i < sizeof(gpas) / sizeof(*gpas); i++) {
			self->args.gpa = gpas[i];
			EXPECT_EQ(-EADDRINUSE, port_attach(&self->args));
		}
		EXPECT_NE(UINT64_MAX, load(&self->vm, GICC_PMR));
	}
	self->args.gpa = VM_GICC_GPA - KPL011_MMIO_SIZE;
	EXPECT_EQ(0, port_attach(&self->args));
	self->args.gpa = VM_GICC_GPA + 0x2000;
	self->args.intid++;
	EXPECT_EQ(0, port_attach(&self->args));
}

/* ABI: "What the VMM puts at the page afterwards is not refused" */
TEST_F(gic2, port_that_leaves_from_under_the_gic_takes_nothing_of_it)
{
	struct kpl011_detach detach = { .size = sizeof(detach) };
	int fd;

	NEED_GICV2();
	self->args.gpa = VM_GICC_GPA;
	self->args.flags = KPL011_ATTACH_PAGE;
	fd = port_attach_open(&self->args, O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vm_set_up_gicv2(&self->vm));
	EXPECT_NE(UINT64_MAX, load(&self->vm, GICC_PMR));
	ASSERT_EQ(0, ioctl(fd, KPL011_DETACH, &detach));
	EXPECT_NE(UINT64_MAX, load(&self->vm, GICC_PMR));
	EXPECT_EQ(0, port_reap(fd));
	close(fd);
}

/* A GICv2 takes it as a GICv3 does. */
TEST_F(gic2, line_is_high_while_there_is_something_to_read)
{
	int fd;

	NEED_GICV2();
	fd = port_attach_open(&self->args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vm_set_up_gicv2(&self->vm));
	ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, 0, 1));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_IMSC), 4, PL011_INT_RX | PL011_INT_RT, 1));
	EXPECT_EQ(0, load(&self->vm, GICD_ISPENDR1) & LINE);
	ASSERT_EQ(1, write(fd, "x", 1));
	EXPECT_EQ(LINE, load(&self->vm, GICD_ISPENDR1) & LINE);
	EXPECT_EQ('x', load(&self->vm, REG(PL011_DR)));
	EXPECT_EQ(0, load(&self->vm, GICD_ISPENDR1) & LINE);
	close(fd);
}

TEST_HARNESS_MAIN
