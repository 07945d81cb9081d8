// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMs that end with a page of a UART in their stage-2 tables, in any order and
 * in any state: nothing is left of them.
 */
#include <errno.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "fixture_page.h"

/* Kilobytes of stage-2 tables of all VMs, to the last page; -1 if they are not told. */
static long tables(void)
{
	char line[128];
	long kib = -1;
	FILE *file;
	int fold;

	/* Else each CPU has some changes for itself. */
	fold = open("/proc/sys/vm/stat_refresh", O_WRONLY);
	if (write(fold, "1", 1) != 1)
		return -1;
	close(fold);
	file = fopen("/proc/meminfo", "r");

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "SecPageTables:", 14))
			kib = atol(line + 14);
	if (file)
		fclose(file);
	return kib;
}

/* The same when those of VMs that ended before have been freed, after a grace period. */
static long tables_settled(void)
{
	long now, last = -1;

	while ((now = tables()) != last) {
		last = now;
		syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
		syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	}
	return now;
}

/* Waits until there are as many as before; how many there are. */
static long tables_become(long before)
{
	time_t end = time(NULL) + SURELY;
	long now;

	while ((now = tables()) != before && time(NULL) < end)
		sched_yield();
	return now;
}

/* One VM with a page that is mapped, and how it ends. Returns the exit status. */
static int vm_with_page(unsigned int end)
{
	struct kpl011_detach detach = { .size = sizeof(detach) };
	struct kpl011_attach args;
	struct vm vm;
	int fd;

	if (vm_create(&vm, end & 1))
		return 1;
	args = port_args(vm.fd);
	args.flags = KPL011_ATTACH_PAGE;
	fd = port_attach_open(&args, O_RDWR);
	if (fd < 0 || poll_until_mapped(&vm, fd))
		return 2;
	switch (end / 2) {
	case 0: /* All at once, by the end of the process. */
		return 0;
	case 1:
		vm_destroy(&vm);
		return 0;
	case 2:
		return ioctl(fd, KPL011_DETACH, &detach) ? 3 : 0;
	case 3: /* The vCPU last. */
		close(vm.fd);
		close(vm.gic);
		close(fd);
		return 0;
	case 4: /* Not mapped any more. */
		return write(fd, "x", 1) == 1 ? 0 : 4;
	case 5:
		munmap(vm.memory, VM_MEMORY_SIZE);
		vm_destroy(&vm);
		return 0;
	default:
		kill(getpid(), SIGKILL);
		return 5;
	}
}

#define ENDS	14
/* Without a VM of the test's own, whose tables a fork would change. */
FIXTURE(tables) {
	long before;
};

FIXTURE_SETUP(tables)
{
	self->before = tables_settled();
	if (self->before < 0)
		SKIP(return, "not root, or a kernel that does not tell SecPageTables");
}

FIXTURE_TEARDOWN(tables)
{
	EXPECT_EQ(self->before, tables_become(self->before));
}

TEST_F(tables, none_is_left_of_vms_that_end_in_any_order)
{
	unsigned int round;
	int status;

	for (round = 0; round < 15 * ENDS; round++) {
		pid_t child = fork();

		ASSERT_LE(0, child);
		if (!child)
			_exit(vm_with_page(round % ENDS));
		ASSERT_EQ(child, waitpid(child, &status, 0));
		EXPECT_EQ(round % ENDS / 2 == 6 ? SIGKILL : 0, status);
	}
}

/* Each page with tables of its own, in a VM of one user. */
TEST_F(tables, none_is_left_of_a_vm_with_many_ports)
{
	unsigned int i;
	int status;
	time_t end;
	pid_t child;

	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		struct vm vm;

		if (vm_create(&vm, true))
			_exit(1);
		for (i = 0; i < 60; i++) {
			struct kpl011_attach args = port_args(vm.fd);
			uint64_t value;
			int fd;

			args.gpa = (2ull + i) << 30;
			args.intid = 32 + i;
			args.ring_size = KPL011_RING_MIN;
			args.flags = KPL011_ATTACH_PAGE;
			fd = port_attach_open(&args, O_RDWR);
			end = time(NULL) + SURELY;
			while (page(fd) != KPL011_PAGE_MAPPED)
				if (vm_load(&vm, args.gpa + PL011_FR, 4, &value, MANY) ||
				    time(NULL) > end)
					_exit(2);
			close(fd);
		}
		_exit(tables() > self->before ? 0 : 3);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

/* The VM, its process and its memory go in any order, mapped or just about to be. */
TEST_F(page, vm_goes_in_any_state)
{
	unsigned int round;
	int status, fd;
	uint64_t value;
	pid_t child;

	for (round = 0; round < 40; round++) {
		int pipes[2];
		uint32_t id;

		ASSERT_EQ(0, pipe(pipes));
		child = fork();
		ASSERT_LE(0, child);
		if (!child) {
			struct kpl011_attach args;
			struct vm vm;

			if (vm_create(&vm, round & 1))
				_exit(1);
			args = port_args(vm.fd);
			args.flags = KPL011_ATTACH_PAGE;
			if (port_attach(&args) ||
			    write(pipes[1], &args.id, sizeof(args.id)) < 0)
				_exit(1);
			for (;;)
				if (vm_load(&vm, REG(PL011_FR), 4, &value, 1 + round))
					_exit(1);
		}
		ASSERT_EQ(sizeof(id), read(pipes[0], &id, sizeof(id)));
		fd = port_open(id, O_RDWR | O_NONBLOCK);
		ASSERT_LE(0, fd);
		/* Half of them with a page that comes and goes, half with one there. */
		while (round & 2 && page(fd) != KPL011_PAGE_MAPPED)
			sched_yield();
		for (unsigned int i = 0; round & 4 && i < 2 * round; i++)
			if (write(fd, "x", 1) != 1)
				ASSERT_EQ(EAGAIN, errno);
		ASSERT_EQ(0, kill(child, SIGKILL));
		ASSERT_EQ(child, waitpid(child, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
		EXPECT_NE(0, port_poll(fd, 0) & POLLHUP);
		EXPECT_NE(KPL011_PAGE_MAPPED, page(fd));
		EXPECT_EQ(0, port_reap(fd));
		close(fd);
		close(pipes[0]);
		close(pipes[1]);
	}
}

TEST_HARNESS_MAIN
