// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads that need not trap (KPL011_ATTACH_PAGE): when they do, and that the
 * guest sees nothing of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../kselftest_harness.h"

#include "port.h"
#include "vm.h"

#define REG(offset)	(VM_UART_GPA + (offset))
#define GICD_ICFGR2	(VM_GICD_GPA + 0xc08)	/* INTIDs 32 to 47: 0 is level */
#define OTHER_GPA	0x09040000ull
#define MANY		1000	/* reads that must have the page mapped */
#define SLOW		60	/* seconds: a host may be emulated, and busy */

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

static uint64_t load(struct vm *vm, uint64_t gpa, unsigned int width)
{
	uint64_t value;

	return vm_load(vm, gpa, width, &value, 1) ? ~0ull : value;
}

static uint64_t reads(int fd)
{
	struct kpl011_info info;

	return port_info(fd, &info) ? ~0ull : info.reads;
}

static uint32_t page(int fd)
{
	struct kpl011_info info;

	return port_info(fd, &info) ? ~0u : info.page;
}

/* 0: it is, with a newline. */
static int attribute_is(unsigned int id, const char *name, const char *value)
{
	char path[64], line[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/sys/class/kpl011/%u/%s", id, name);
	fd = open(path, O_RDONLY);
	n = read(fd, line, sizeof(line));
	close(fd);
	return n != (ssize_t)strlen(value) + 1 || strncmp(line, value, strlen(value));
}

/* What the kernel found: user space can not ask the CPU. */
static bool has_fwb(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	bool found = false;
	char line[1024];
	ssize_t n;

	for (;;) {
		n = read(fd, line, sizeof(line) - 1);
		if (n < 0 && errno == EPIPE)
			continue;
		if (n <= 0)
			break;
		line[n] = '\0';
		found |= strstr(line, "Stage-2 Force Write-Back") != NULL;
	}
	close(fd);
	return found;
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

/* Polls until reads do not trap; at most 10 s. */
static int poll_until_mapped(struct vm *vm, int fd)
{
	time_t end = time(NULL) + 10;
	uint64_t value;

	while (page(fd) != KPL011_PAGE_MAPPED)
		if (vm_load(vm, REG(PL011_FR), 4, &value, MANY) || time(NULL) > end)
			return -1;
	return 0;
}

/*
 * ABI: "after some reads that trapped"
 * ABI: "Such reads are neither counted nor traced"
 * ABI: "reads need not trap, see KPL011_PAGE_OFF"
 * ABI: KPL011_PAGE_MAPPED "they do not"
 * ABI: KPL011_INFO "@page_cleans:"
 * ABI: KPL011_INFO "@pad: 0"
 * ABI: "@page_maps:"
 */
TEST_F(page, reads_stop_trapping_when_there_is_nothing_to_receive)
{
	struct kpl011_info info;
	uint64_t before, value;

	EXPECT_EQ(KPL011_PAGE_UNMAPPED, page(self->fd));
	ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
	before = reads(self->fd);
	ASSERT_EQ(0, vm_load(&self->vm, REG(PL011_FR), 4, &value, MANY));
	EXPECT_EQ(0x97, value);
	EXPECT_EQ(before, reads(self->fd));
	/* What is written traps and counts as ever. */
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'x', MANY));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(MANY, info.tx_newest);
	EXPECT_EQ(MANY, info.writes_of[PL011_DR / 4]);
	EXPECT_EQ(1, info.page_maps);
	EXPECT_EQ(0, info.page_unmaps);
	EXPECT_EQ(KPL011_PAGE_MAPPED, info.page);
	EXPECT_EQ(KPL011_ATTACH_PAGE, info.attach_flags);
	EXPECT_EQ(0, info.pad);
	/* The line of RIS at least, which DR changed. */
	EXPECT_EQ(has_fwb(), !info.page_cleans);
	EXPECT_EQ(0, attribute_is(self->args.id, "page", "mapped"));
	EXPECT_EQ(0, attribute_is(self->args.id, "page_maps", "1"));
	EXPECT_EQ(0, attribute_is(self->args.id, "page_unmaps", "0"));
}

/*
 * ABI: "they do: it was not asked for"
 * ABI: "Whether the guest's reads trap."
 */
TEST_F(page, reads_trap_where_it_was_not_asked_for)
{
	struct kpl011_attach args = self->args;
	char wanted = 0;
	uint64_t value;
	int fd, param;

	/* Or the administrator has asked for all. */
	param = open("/sys/module/kpl011/parameters/page", O_RDONLY);
	ASSERT_EQ(1, read(param, &wanted, 1));
	close(param);
	if (wanted == 'Y')
		SKIP(return, "the module was loaded with page=1");
	args.flags = 0;
	args.gpa = OTHER_GPA;
	args.intid++;
	fd = port_attach_open(&args, O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vm_load(&self->vm, OTHER_GPA + PL011_FR, 4, &value, MANY));
	EXPECT_EQ(MANY, reads(fd));
	EXPECT_EQ(KPL011_PAGE_OFF, page(fd));
	close(fd);
}

/* Two UARTs of one VM, one of which is read without traps, are told apart by nothing. */
static void same(struct __test_metadata *_metadata, FIXTURE_DATA(page) *self)
{
	static const unsigned int widths[] = { 1, 2, 4, 8 };
	uint64_t before = reads(self->fd);
	unsigned int i, at;

	for (i = 0; i < 4; i++)
		for (at = 0; at + 8 <= KPL011_MMIO_SIZE; at += at < 0x98 ? widths[i] : 0xf48) {
			uint64_t ours = load(&self->vm, REG(at), widths[i]);
			uint64_t theirs = load(&self->vm, OTHER_GPA + at, widths[i]);

			EXPECT_EQ(theirs, ours) {
				TH_LOG("%u bytes at 0x%x", widths[i], at);
			}
		}
	EXPECT_EQ(before, reads(self->fd));
}

/* ABI: "the register page becomes memory for the guest to read" */
TEST_F_TIMEOUT(page, what_is_read_is_what_a_trap_would_answer, SLOW)
{
	static const struct { uint32_t offset, value; } writes[] = {
		{ PL011_IBRD, 0x1234 }, { PL011_FBRD, 0x2a }, { PL011_LCR_H, 0x70 },
		{ PL011_IFLS, 0x24 }, { PL011_CR, 0x301 }, { PL011_IMSC, 0x7f2 },
		{ PL011_DR, 'x' }, { PL011_ICR, PL011_INT_TX }, { PL011_DMACR, 5 },
		{ PL011_CR, 0xc301 }, { PL011_IMSC, 0 }, { PL011_DR, 'y' },
		{ PL011_TDR, 0x123 }, { PL011_RSR, 0 }, { PL011_IMSC, PL011_INT_TX },
	};
	struct kpl011_modem lines = {
		.size = sizeof(lines), .flags = KPL011_MODEM_SET, .inputs = PL011_FR_RI,
	};
	struct kpl011_attach args = self->args;
	unsigned int i;
	int fd;

	/* One that always traps: something is there to be read, but by nobody. */
	args.flags = 0;
	args.gpa = OTHER_GPA;
	args.intid++;
	fd = port_attach_open(&args, O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
	same(_metadata, self);
	for (i = 0; i < sizeof(writes) / sizeof(*writes); i++) {
		ASSERT_EQ(0, vm_store(&self->vm, REG(writes[i].offset), 4, writes[i].value, 1));
		ASSERT_EQ(0, vm_store(&self->vm, OTHER_GPA + writes[i].offset, 4,
				      writes[i].value, 1));
		same(_metadata, self);
	}
	/* And what the host changes. */
	ASSERT_EQ(0, ioctl(self->fd, KPL011_MODEM, &lines));
	ASSERT_EQ(0, ioctl(fd, KPL011_MODEM, &lines));
	same(_metadata, self);
	EXPECT_EQ(KPL011_PAGE_MAPPED, page(self->fd));
	EXPECT_EQ(1, vm_line(&self->vm, KPL011_VIRT_INTID));
	close(fd);
}

/* A transmitter that waits is seen to wait, and to go on. */
TEST_F_TIMEOUT(page, full_fifo_is_seen_without_a_trap, SLOW)
{
	struct kpl011_flow flow = { .size = sizeof(flow), .flags = KPL011_FLOW_ON };
	char buf[KPL011_RING_DEFAULT];
	struct kpl011_attach args = self->args;
	uint64_t before;
	int fd;

	args.gpa = OTHER_GPA;
	args.intid++;
	args.flow_ms = KPL011_FLOW_MS_MAX;
	args.ring_size = KPL011_RING_MIN;
	fd = port_attach_open(&args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ioctl(fd, KPL011_FLOW, &flow));
	ASSERT_EQ(0, vm_store(&self->vm, OTHER_GPA + PL011_LCR_H, 4, 0x70, 1));
	while (page(fd) != KPL011_PAGE_MAPPED)
		ASSERT_EQ(0, vm_load(&self->vm, OTHER_GPA + PL011_FR, 4, &before, MANY));
	before = reads(fd);
	ASSERT_EQ(0, vm_store(&self->vm, OTHER_GPA + PL011_DR, 4, 'x', KPL011_RING_MIN + 32));
	EXPECT_EQ(PL011_FR_TXFF | PL011_FR_BUSY,
		  load(&self->vm, OTHER_GPA + PL011_FR, 4) &
			  (PL011_FR_TXFF | PL011_FR_BUSY | PL011_FR_TXFE));
	ASSERT_EQ(KPL011_RING_MIN, read(fd, buf, sizeof(buf)));
	EXPECT_EQ(32, read(fd, buf, sizeof(buf)));
	EXPECT_EQ(PL011_FR_TXFE,
		  load(&self->vm, OTHER_GPA + PL011_FR, 4) &
			  (PL011_FR_TXFF | PL011_FR_BUSY | PL011_FR_TXFE));
	EXPECT_EQ(before, reads(fd));
	close(fd);
}

/*
 * ABI: "they do at the moment"
 * ABI: "while there is nothing to receive"
 * ABI: "@page_unmaps:"
 */
TEST_F(page, input_is_there_from_the_return_of_write_on)
{
	struct kpl011_info info;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
		ASSERT_EQ(1, write(self->fd, "q", 1));
		EXPECT_EQ(KPL011_PAGE_UNMAPPED, page(self->fd));
		EXPECT_EQ(0, load(&self->vm, REG(PL011_FR), 4) & PL011_FR_RXFE);
		EXPECT_EQ('q', load(&self->vm, REG(PL011_DR), 4));
		EXPECT_EQ(PL011_FR_RXFE, load(&self->vm, REG(PL011_FR), 4) & PL011_FR_RXFE);
	}
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(20, info.page_maps);
	EXPECT_EQ(20, info.page_unmaps);
}

/* With something to take every read traps, however many there are. */
TEST_F(page, stays_away_while_there_is_something_to_take)
{
	uint64_t before, value;

	ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
	ASSERT_EQ(2, write(self->fd, "ab", 2));
	before = reads(self->fd);
	ASSERT_EQ(0, vm_load(&self->vm, REG(PL011_FR), 4, &value, MANY));
	EXPECT_EQ(before + MANY, reads(self->fd));
	EXPECT_EQ('a', load(&self->vm, REG(PL011_DR), 4));
	EXPECT_EQ('b', load(&self->vm, REG(PL011_DR), 4));
	EXPECT_EQ(0, poll_until_mapped(&self->vm, self->fd));
}

TEST_F(page, breaks_and_errors_are_there_too)
{
	struct kpl011_break brk = { .size = sizeof(brk) };
	struct kpl011_inject inject = {
		.size = sizeof(inject), .character = PL011_DR_PE | 'p',
	};

	ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
	ASSERT_EQ(0, ioctl(self->fd, KPL011_BREAK, &brk));
	EXPECT_EQ(PL011_BREAK, load(&self->vm, REG(PL011_DR), 4));
	ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
	ASSERT_EQ(0, ioctl(self->fd, KPL011_INJECT, &inject));
	EXPECT_EQ(PL011_DR_PE | 'p', load(&self->vm, REG(PL011_DR), 4));
	EXPECT_EQ(PL011_DR_PE >> 8, load(&self->vm, REG(PL011_RSR), 4));
}

TEST_F(page, loopback_is_received)
{
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_LCR_H), 4, 0x70, 1));
	ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_CR), 4, 0x301 | PL011_CR_LBE, 1));
	EXPECT_EQ(KPL011_PAGE_UNMAPPED, page(self->fd));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'l', 1));
	EXPECT_EQ('l', load(&self->vm, REG(PL011_DR), 4));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_CR), 4, 0x301, 1));
	EXPECT_EQ(0, poll_until_mapped(&self->vm, self->fd));
}

TEST_F(page, restored_input_is_received)
{
	struct kpl011_state state = { .size = sizeof(state) };

	ASSERT_EQ(1, write(self->fd, "s", 1));
	ASSERT_EQ(0, ioctl(self->fd, KPL011_STATE_GET, &state));
	EXPECT_EQ('s', load(&self->vm, REG(PL011_DR), 4));
	ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
	ASSERT_EQ(0, ioctl(self->fd, KPL011_STATE_SET, &state));
	EXPECT_EQ('s', load(&self->vm, REG(PL011_DR), 4));
}

TEST_F(page, reset_uart_is_read_as_one)
{
	struct kpl011_reset reset = { .size = sizeof(reset) };

	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_IMSC), 4, 0x10, 1));
	ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
	EXPECT_EQ(0x10, load(&self->vm, REG(PL011_IMSC), 4));
	ASSERT_EQ(0, ioctl(self->fd, KPL011_RESET, &reset));
	EXPECT_EQ(0, load(&self->vm, REG(PL011_IMSC), 4));
	EXPECT_EQ(KPL011_PAGE_MAPPED, page(self->fd));
}

/* No access of the guest has to come first, as it does where all of them trap. */
TEST_F(page, reset_of_the_vm_is_seen_before_long)
{
	time_t end;

	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_IMSC), 4, 0x10, 1));
	ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
	ASSERT_EQ(0, vm_reset(&self->vm));
	end = time(NULL) + 10;
	while (load(&self->vm, REG(PL011_IMSC), 4))
		ASSERT_GT(end, time(NULL));
}

/* ABI: "while the trace event kpl011_read is on" */
TEST_F(page, traced_reads_trap)
{
	static const char *const events[] = {
		"/sys/kernel/tracing/events/kpl011/kpl011_read/enable",
		"/sys/kernel/debug/tracing/events/kpl011/kpl011_read/enable",
	};
	uint64_t before, value;
	int fd;

	fd = open(events[0], O_WRONLY);
	if (fd < 0)
		fd = open(events[1], O_WRONLY);
	if (fd < 0)
		SKIP(return, "no tracefs");
	ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
	ASSERT_EQ(1, write(fd, "1", 1));
	EXPECT_EQ(KPL011_PAGE_UNMAPPED, page(self->fd));
	before = reads(self->fd);
	ASSERT_EQ(0, vm_load(&self->vm, REG(PL011_FR), 4, &value, MANY));
	EXPECT_EQ(before + MANY, reads(self->fd));
	ASSERT_EQ(1, write(fd, "0", 1));
	close(fd);
	EXPECT_EQ(0, poll_until_mapped(&self->vm, self->fd));
}

/* From the return of KPL011_DETACH on accesses go to the VMM. */
TEST_F(page, detached_port_leaves_nothing_behind)
{
	struct kpl011_detach args = { .size = sizeof(args) };
	uint64_t value;

	ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
	ASSERT_EQ(0, ioctl(self->fd, KPL011_DETACH, &args));
	EXPECT_EQ(KPL011_PAGE_UNMAPPED, page(self->fd));
	EXPECT_EQ(-1, vm_load(&self->vm, REG(PL011_FR), 4, &value, 1));
	EXPECT_EQ(KVM_EXIT_MMIO, self->vm.run->exit_reason);
	/* There is room for another one. */
	EXPECT_EQ(0, port_attach(&self->args));
}

/* The VMM puts memory there: it is the guest's, and no page goes over it. */
TEST_F(page, memory_of_the_vmm_goes_first)
{
	struct kvm_userspace_memory_region region = {
		.slot = 5, .guest_phys_addr = VM_UART_GPA, .memory_size = KPL011_MMIO_SIZE,
	};
	uint32_t *memory = mmap(NULL, KPL011_MMIO_SIZE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t value;

	ASSERT_NE(MAP_FAILED, (void *)memory);
	memory[PL011_FR / 4] = 0x12345678;
	region.userspace_addr = (uintptr_t)memory;
	ASSERT_EQ(0, ioctl(self->vm.fd, KVM_SET_USER_MEMORY_REGION, &region));
	ASSERT_EQ(0, vm_load(&self->vm, REG(PL011_FR), 4, &value, MANY));
	EXPECT_EQ(0x12345678, value);
	EXPECT_EQ(KPL011_PAGE_UNMAPPED, page(self->fd));
	region.memory_size = 0;
	ASSERT_EQ(0, ioctl(self->vm.fd, KVM_SET_USER_MEMORY_REGION, &region));
	EXPECT_EQ(0, poll_until_mapped(&self->vm, self->fd));
	EXPECT_EQ(0x97, load(&self->vm, REG(PL011_FR), 4));

	/* Put over a page that is mapped it may be hidden, and that is all. */
	region.memory_size = KPL011_MMIO_SIZE;
	ASSERT_EQ(0, ioctl(self->vm.fd, KVM_SET_USER_MEMORY_REGION, &region));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_IBRD), 4, 0xffff, 8));
	ASSERT_EQ(1, write(self->fd, "x", 1));
	ASSERT_EQ(0, vm_load(&self->vm, REG(PL011_FR), 4, &value, MANY));
	munmap(memory, KPL011_MMIO_SIZE);
}

/* The VM, its process and its memory go in any order, mapped or just about to be. */
TEST_F_TIMEOUT(page, vm_goes_in_any_state, SLOW)
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
