// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads that need not trap (KPL011_ATTACH_PAGE): when they do, and that the
 * guest sees nothing of it.
 */
#include <errno.h>
#include <fcntl.h>
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

/* Polls until reads do not trap. */
static int poll_until_mapped(struct vm *vm, int fd)
{
	time_t end = time(NULL) + SURELY;
	uint64_t value;

	while (page(fd) != KPL011_PAGE_MAPPED)
		if (vm_load(vm, REG(PL011_FR), 4, &value, MANY) || time(NULL) > end)
			return -1;
	return 0;
}

/*
 * ABI: "after some reads that trapped"
 * ABI: "Reads of that memory are neither counted nor traced"
 * ABI: "reads need not trap, see KPL011_PAGE_OFF"
 * ABI: KPL011_PAGE_MAPPED "they do not trap"
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
 * ABI: "they trap: the page was not asked for"
 * ABI: "Whether the guest's reads trap."
 */
TEST_F(page, reads_trap_where_it_was_not_asked_for)
{
	struct kpl011_attach args = self->args;
	char wanted[8] = "";
	uint64_t value;
	int fd, param;

	/* Or the administrator has asked for all. */
	param = open("/sys/module/kpl011/parameters/page", O_RDONLY);
	ASSERT_LT(0, read(param, wanted, sizeof(wanted) - 1));
	close(param);
	if (!strcmp(wanted, "on\n"))
		SKIP(return, "the module was loaded with page=on");
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

/* ABI: "the register page becomes memory that the guest can read" */
TEST_F(page, what_is_read_is_what_a_trap_would_answer)
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
TEST_F(page, full_fifo_is_seen_without_a_trap)
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
 * ABI: "they trap at the moment"
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
	end = time(NULL) + SURELY;
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
	uint32_t *memory = mmap(NULL, KPL011_MMIO_SIZE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t value;

	ASSERT_NE(MAP_FAILED, (void *)memory);
	memory[PL011_FR / 4] = 0x12345678;
	ASSERT_EQ(0, vm_set_slot(&self->vm, 5, VM_UART_GPA, memory, KPL011_MMIO_SIZE));
	ASSERT_EQ(0, vm_load(&self->vm, REG(PL011_FR), 4, &value, MANY));
	EXPECT_EQ(0x12345678, value);
	EXPECT_EQ(KPL011_PAGE_UNMAPPED, page(self->fd));
	ASSERT_EQ(0, vm_set_slot(&self->vm, 5, VM_UART_GPA, memory, 0));
	EXPECT_EQ(0, poll_until_mapped(&self->vm, self->fd));
	EXPECT_EQ(0x97, load(&self->vm, REG(PL011_FR), 4));
	munmap(memory, KPL011_MMIO_SIZE);
}

/*
 * A slot that comes, moves, changes or goes elsewhere costs nobody the page; one
 * that covers it and much more takes it.
 */
TEST_F(page, memory_elsewhere_leaves_it_mapped)
{
	const uint64_t size = 16 * KPL011_MMIO_SIZE;
	struct kvm_userspace_memory_region region = {
		.slot = 5, .memory_size = size,
	};
	/* Where it ends at the page, begins behind it, and is far away. */
	const uint64_t at[] = { VM_UART_GPA - size, VM_UART_GPA + KPL011_MMIO_SIZE,
				0x50000000 };
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct kpl011_info info;
	unsigned int i, round;
	uint64_t before;

	ASSERT_NE(MAP_FAILED, memory);
	region.userspace_addr = (uintptr_t)memory;
	ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
	before = reads(self->fd);
	for (i = 0; i < 3; i++) {
		region.guest_phys_addr = at[i];
		/* New, or moved; then with a log of what is dirty, and without. */
		for (round = 0; round < 3; round++) {
			region.flags = round == 1 ? KVM_MEM_LOG_DIRTY_PAGES : 0;
			ASSERT_EQ(0, ioctl(self->vm.fd, KVM_SET_USER_MEMORY_REGION,
					   &region));
			EXPECT_EQ(0, load(&self->vm, at[i], 4));
			EXPECT_EQ(0x97, load(&self->vm, REG(PL011_FR), 4));
		}
	}
	ASSERT_EQ(0, vm_set_slot(&self->vm, 5, at[2], memory, 0));
	EXPECT_EQ(0x97, load(&self->vm, REG(PL011_FR), 4));
	EXPECT_EQ(before, reads(self->fd));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(KPL011_PAGE_MAPPED, info.page);
	EXPECT_EQ(1, info.page_maps);
	EXPECT_EQ(0, info.page_unmaps);
	/* With its last page over it, with its first, and with one in between. */
	for (i = 0; i < 3; i++) {
		const uint64_t first = VM_UART_GPA -
			(i == 0 ? size - KPL011_MMIO_SIZE : i == 1 ? 0 : size / 2);

		ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, first, memory, size));
		EXPECT_EQ(KPL011_PAGE_UNMAPPED, page(self->fd));
		EXPECT_EQ(0, load(&self->vm, REG(PL011_FR), 4));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, first, memory, 0));
		ASSERT_EQ(0, port_info(self->fd, &info));
		EXPECT_EQ(i + 1, info.page_unmaps);
	}
	munmap(memory, size);
}

/* And put over a page that is mapped it is the guest's from the first access on. */
TEST_F(page, memory_that_comes_later_gets_what_the_guest_stores)
{
	const uint64_t elsewhere = 0x50000000;
	uint32_t *memory = mmap(NULL, KPL011_MMIO_SIZE, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int round;

	ASSERT_NE(MAP_FAILED, (void *)memory);
	for (round = 0; round < 20; round++) {
		uint32_t *word = memory + PL011_IBRD / 4 + round;

		ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
		*word = 0x11111111;
		/* Every second one was elsewhere before, and is moved. */
		if (round % 2)
			ASSERT_EQ(0, vm_set_slot(&self->vm, 5, elsewhere, memory,
						 KPL011_MMIO_SIZE));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, VM_UART_GPA, memory, KPL011_MMIO_SIZE));
		EXPECT_EQ(KPL011_PAGE_UNMAPPED, page(self->fd));
		if (round % 3)
			EXPECT_EQ(0x11111111, load(&self->vm, VM_UART_GPA +
						   (uintptr_t)word % KPL011_MMIO_SIZE, 4));
		ASSERT_EQ(0, vm_store(&self->vm, VM_UART_GPA + (uintptr_t)word % KPL011_MMIO_SIZE,
				      4, 0xabcd + round, 1));
		EXPECT_EQ(0xabcd + round, *word);
		ASSERT_EQ(1, write(self->fd, "x", 1));
		EXPECT_EQ(0xabcd + round, load(&self->vm, VM_UART_GPA +
					       (uintptr_t)word % KPL011_MMIO_SIZE, 4));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, VM_UART_GPA, memory, 0));
		EXPECT_EQ('x', load(&self->vm, REG(PL011_DR), 4));
	}
	munmap(memory, KPL011_MMIO_SIZE);
}

/* Whether the kernel has warned of anything (Documentation/admin-guide/tainted-kernels.rst). */
static long warned(void)
{
	char line[32] = "";
	int fd = open("/proc/sys/kernel/tainted", O_RDONLY);

	if (fd < 0 || read(fd, line, sizeof(line) - 1) <= 0)
		line[0] = '\0';
	close(fd);
	return atol(line) & 1 << 9;
}

/* KVM maps it as one block, over the tables of the page, or breaks such a block up for it. */
TEST_F(page, huge_pages_over_beside_and_under_it_are_only_that)
{
	const uint64_t huge = 2 << 20, block = VM_UART_GPA & ~(huge - 1);
	long before = warned();
	unsigned int round;
	char *memory;

	memory = mmap(NULL, 4 * huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, memory);
	memory = (char *)(((uintptr_t)memory + huge - 1) & ~(huge - 1));
	madvise(memory, 3 * huge, MADV_HUGEPAGE);
	memset(memory, 0x5a, 3 * huge);
	for (round = 0; round < 4; round++) {
		/* Under: a block where the page comes next. */
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, block, memory, huge));
		EXPECT_EQ(0x5a5a5a5a, load(&self->vm, block + 0x2000, 4));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, block, memory, 0));
		ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
		/* Beside: the next block, and pages before and behind it. */
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, block + huge, memory + huge, huge));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 6, VM_UART_GPA + 0x1000, memory + 0x1000,
					 0x1000));
		EXPECT_EQ(0x5a5a5a5a, load(&self->vm, block + huge, 4));
		EXPECT_EQ(0x5a5a5a5a, load(&self->vm, VM_UART_GPA + 0x1000, 4));
		ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
		EXPECT_EQ(0x97, load(&self->vm, REG(PL011_FR), 4));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 6, VM_UART_GPA + 0x1000, memory, 0));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, block + huge, memory + huge, 0));
		/* Over. */
		ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, block, memory, huge));
		EXPECT_EQ(0x5a5a5a5a, load(&self->vm, VM_UART_GPA + 0x1000, 4));
		EXPECT_EQ(0x5a5a5a5a, load(&self->vm, REG(PL011_FR), 4));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, block, memory, 0));
		EXPECT_EQ(0x97, load(&self->vm, REG(PL011_FR), 4));
	}
	EXPECT_EQ(before, warned());
}

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

static ssize_t set_pages(const char *value)
{
	int fd = open("/sys/module/kpl011/parameters/page", O_WRONLY);
	ssize_t n = write(fd, value, strlen(value));

	close(fd);
	return n;
}

/*
 * The administrator's word is above any flag, at once and for all.
 *
 * ABI: "the parameter was page=off at attach"
 */
TEST_F(page, off_wins)
{
	struct kpl011_attach args = self->args;
	char was[8] = "";
	uint64_t before, value;
	int fd, param;

	param = open("/sys/module/kpl011/parameters/page", O_RDONLY);
	ASSERT_LT(0, read(param, was, sizeof(was) - 1));
	close(param);
	if (access("/sys/module/kpl011/parameters/page", W_OK))
		SKIP(return, "needs root");
	ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
	ASSERT_EQ(3, set_pages("off"));
	EXPECT_EQ(KPL011_PAGE_UNMAPPED, page(self->fd));
	args.gpa = OTHER_GPA;
	args.intid++;
	fd = port_attach_open(&args, O_RDWR);
	EXPECT_LE(0, fd);
	EXPECT_EQ(KPL011_PAGE_FORBIDDEN, page(fd));
	EXPECT_EQ(0, attribute_is(args.id, "page", "forbidden"));
	before = reads(self->fd);
	EXPECT_EQ(0, vm_load(&self->vm, REG(PL011_FR), 4, &value, MANY));
	EXPECT_EQ(0, vm_load(&self->vm, OTHER_GPA + PL011_FR, 4, &value, MANY));
	EXPECT_EQ(before + MANY, reads(self->fd));
	EXPECT_EQ(MANY, reads(fd));
	EXPECT_EQ(-1, set_pages("perhaps"));
	/* As it was before, for the tests that follow. */
	EXPECT_LT(0, set_pages(was));
	close(fd);
	ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
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
