/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A port with a page (KPL011_ATTACH_PAGE): the fixture of several programs, which
 * are skipped where reads trap whatever is asked for.
 */
#ifndef KPL011_TEST_FIXTURE_PAGE_H
#define KPL011_TEST_FIXTURE_PAGE_H

#include <fcntl.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>
#include "harness.h"

#include "port.h"
#include "vm.h"

#define REG(offset)	(VM_UART_GPA + (offset))
#define GICD_ICFGR2	(VM_GICD_GPA + 0xc08)	/* INTIDs 32 to 47: 0 is level */
#define OTHER_GPA	0x09040000ull
#define MANY		1000	/* reads that must have the page mapped */

FIXTURE(page) {
	struct vm vm;
	struct kpl011_attach args;
	int fd;
};

FIXTURE_SETUP(page)
{
	ASSERT_EQ(0, vm_create(&self->vm, true));
	ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, 0, 1));
	self->args = port_args(self->vm.fd);
	self->args.flags = KPL011_ATTACH_PAGE;
	self->fd = port_attach_open(&self->args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(page)
{
	vm_destroy(&self->vm);
	port_poll(self->fd, 0);
	port_reap(self->fd);
	close(self->fd);
}

static inline uint64_t load(struct vm *vm, uint64_t gpa, unsigned int width)
{
	uint64_t value;

	return vm_load(vm, gpa, width, &value, 1) ? ~0ull : value;
}

static inline uint64_t reads(int fd)
{
	struct kpl011_info info;

	return port_info(fd, &info) ? ~0ull : info.reads;
}

static inline uint32_t page(int fd)
{
	struct kpl011_info info;

	return port_info(fd, &info) ? ~0u : info.page;
}

/* Before the harness, and where skip.c lets it: all of them need reads that do not trap. */
static void __attribute__((constructor)) skip_where_reads_trap(void)
{
	struct kpl011_info info;
	struct kpl011_attach args;
	struct vm vm;
	int fd;

	if (access("/dev/kpl011/control", R_OK | W_OK) || vm_create(&vm, false))
		return;
	args = port_args(vm.fd);
	args.flags = KPL011_ATTACH_PAGE;
	fd = port_attach_open(&args, O_RDWR);
	if (!port_info(fd, &info) && info.page > KPL011_PAGE_MAPPED)
		ksft_exit_skip("reads trap on this host, whatever is asked for\n");
	vm_destroy(&vm);
	port_poll(fd, 0);
	port_reap(fd);
	close(fd);
}

/* Polls until reads do not trap. */
static inline int poll_until_mapped(struct vm *vm, int fd)
{
	time_t end = time(NULL) + SURELY;
	uint64_t value;

	while (page(fd) != KPL011_PAGE_MAPPED)
		if (vm_load(vm, REG(PL011_FR), 4, &value, MANY) || time(NULL) > end)
			return -1;
	return 0;
}

#endif
