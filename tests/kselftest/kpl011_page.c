// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads that need not trap (KPL011_ATTACH_PAGE): when they do, and that the
 * guest sees nothing of it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "fixture_page.h"

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

/* Attached first, and only then given tags (MTE), which is early enough. */
static int attach_and_tag(struct vm *vm, void *arg)
{
	struct kvm_enable_cap tags = { .cap = KVM_CAP_ARM_MTE };
	struct kpl011_attach *args = arg;

	*args = port_args(vm->fd);
	args->flags = KPL011_ATTACH_PAGE;
	return port_attach(args) || ioctl(vm->fd, KVM_ENABLE_CAP, &tags) ? -1 : 0;
}

/*
 * A page of the VM would have tags then; what a device has has none, and is cleaned.
 *
 * ABI: KPL011_INFO "@page_cleans:"
 */
TEST_F(page, vm_that_gets_tags_after_the_attach_reads_the_page_as_a_device)
{
	struct kpl011_attach args;
	struct kpl011_info info;
	struct vm vm;
	int fd;

	if (ioctl(self->vm.fd, KVM_CHECK_EXTENSION, KVM_CAP_ARM_MTE) <= 0)
		SKIP(return, "this host has no tags for VMs");
	ASSERT_EQ(0, vm_create_after(&vm, attach_and_tag, &args));
	fd = port_open(args.id, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, poll_until_mapped(&vm, fd));
	EXPECT_EQ(0x97, load(&vm, REG(PL011_FR), 4));
	ASSERT_EQ(0, vm_store(&vm, REG(PL011_IMSC), 4, PL011_INT_RX, 1));
	EXPECT_EQ(PL011_INT_RX, load(&vm, REG(PL011_IMSC), 4));
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(KPL011_PAGE_MAPPED, info.page);
	EXPECT_LT(0, info.page_cleans);
	vm_destroy(&vm);
	port_poll(fd, 0);
	EXPECT_EQ(0, port_reap(fd));
	close(fd);
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

TEST_HARNESS_MAIN
