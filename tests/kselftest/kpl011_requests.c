// SPDX-License-Identifier: GPL-2.0-only
/*
 * What else may be asked of a port: reset, state, detaching, counters; and what all
 * requests have in common.
 */
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "request.h"

/*
 * ABI: KPL011_RESET EBADF ENODEV
 * ABI: "Like the reset input of a PL011."
 * ABI: "resets of the UART, by KPL011_RESET"
 */
TEST_F(request, reset_resets_the_uart_and_keeps_the_history)
{
	struct kpl011_reset reset = { .size = sizeof(reset) };
	int reader = port_open(self->args.id, O_RDONLY);
	struct kpl011_info info;
	char buf[8];

	ASSERT_LE(0, reader);
	ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, 0, 1));
	ASSERT_EQ(0, print(&self->vm, "kept"));
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(0, store(&self->vm, PL011_IMSC, PL011_INT_RT));
	ASSERT_EQ(2, write(self->fd, "xy", 2));
	EXPECT_EQ(1, vm_line(&self->vm, KPL011_VIRT_INTID));
	EXPECT_EQ(-EBADF, ask(reader, KPL011_RESET, &reset));
	ASSERT_EQ(0, ask(self->fd, KPL011_RESET, &reset));
	EXPECT_EQ(0, vm_line(&self->vm, KPL011_VIRT_INTID));
	EXPECT_EQ(0, load(&self->vm, PL011_IMSC));
	EXPECT_EQ(0x300, load(&self->vm, PL011_CR));
	EXPECT_EQ(PL011_FR_RXFE, load(&self->vm, PL011_FR) & PL011_FR_RXFE);
	EXPECT_EQ(4, read(self->fd, buf, sizeof(buf)));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(1, info.resets);
	vm_destroy(&self->vm);
	EXPECT_EQ(-ENODEV, ask(self->fd, KPL011_RESET, &reset));
	close(reader);
}

/* ABI: "What is queued for the guest stays queued, except for what the FIFO held" */
TEST_F(request, reset_keeps_what_is_not_the_uarts)
{
	struct kpl011_reset reset = { .size = sizeof(reset) };
	struct kpl011_info before, after;
	struct kpl011_modem lines;
	char bytes[PL011_FIFO_DEPTH + 3];
	int i;

	for (i = 0; i < (int)sizeof(bytes); i++)
		bytes[i] = 'A' + i;
	ASSERT_EQ(0, modem(self->fd, KPL011_MODEM_SET, PL011_FR_RI, &lines));
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(sizeof(bytes), write(self->fd, bytes, sizeof(bytes)));
	ASSERT_EQ(0, print(&self->vm, "counted"));
	ASSERT_EQ(0, port_info(self->fd, &before));
	ASSERT_EQ(0, ask(self->fd, KPL011_RESET, &reset));
	ASSERT_EQ(0, port_info(self->fd, &after));
	EXPECT_EQ(3, after.rx_queued);
	EXPECT_EQ(before.tx_newest, after.tx_newest);
	EXPECT_EQ(before.rx_bytes, after.rx_bytes);
	EXPECT_EQ(before.reads, after.reads);
	EXPECT_EQ(before.writes, after.writes);
	EXPECT_EQ(before.interrupts, after.interrupts);
	ASSERT_EQ(0, modem(self->fd, 0, 0, &lines));
	EXPECT_EQ(PL011_FR_RI, lines.inputs);
	for (i = PL011_FIFO_DEPTH; i < (int)sizeof(bytes); i++)
		EXPECT_EQ(bytes[i], load(&self->vm, PL011_DR));
}

/*
 * ABI: KPL011_STATE_SET EINVAL EBADF ENODEV
 * ABI: KPL011_STATE_SET "none of which changes anything"
 * ABI: "@uart: the state of the UART"
 * ABI: "address of a struct kpl011_uart_state that the UART begins with"
 * ABI: KPL011_ATTACH EINVAL
 */
TEST_F(request, state_goes_from_one_vm_to_another)
{
	struct kpl011_state state = { .size = sizeof(state) };
	int reader = port_open(self->args.id, O_RDONLY);
	struct vm vm;
	int fd;

	ASSERT_LE(0, reader);
	ASSERT_EQ(0, store(&self->vm, PL011_IBRD, 13));
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(0, store(&self->vm, PL011_IMSC, PL011_INT_RT));
	ASSERT_EQ(2, write(self->fd, "ab", 2));
	ASSERT_EQ(0, ask(reader, KPL011_STATE_GET, &state));
	EXPECT_EQ(2, state.uart.rx_count);

	/* Into one that runs, */
	ASSERT_EQ(0, vm_create(&vm, true));
	ASSERT_EQ(0, vm_store(&vm, GICD_ICFGR2, 4, 0, 1));
	self->args = port_args(vm.fd);
	fd = port_attach_open(&self->args, O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ask(fd, KPL011_STATE_SET, &state));
	EXPECT_EQ(1, vm_line(&vm, KPL011_VIRT_INTID));
	EXPECT_EQ(13, load(&vm, PL011_IBRD));
	EXPECT_EQ('a', load(&vm, PL011_DR));
	EXPECT_EQ('b', load(&vm, PL011_DR));
	EXPECT_EQ(0, vm_line(&vm, KPL011_VIRT_INTID));
	/* and refused whole. */
	state.uart.rx_count = 33;
	state.uart.ibrd = 26;
	EXPECT_EQ(-EINVAL, ask(fd, KPL011_STATE_SET, &state));
	EXPECT_EQ(13, load(&vm, PL011_IBRD));
	state.uart.rx_count = 2;
	EXPECT_EQ(-EBADF, ask(reader, KPL011_STATE_SET, &state));
	vm_destroy(&vm);
	EXPECT_EQ(-ENODEV, ask(fd, KPL011_STATE_SET, &state));
	EXPECT_EQ(0, port_reap(fd));
	close(fd);

	/* Or with the attach. */
	ASSERT_EQ(0, vm_create(&vm, true));
	ASSERT_EQ(0, vm_store(&vm, GICD_ICFGR2, 4, 0, 1));
	self->args = port_args(vm.fd);
	self->args.state = (uintptr_t)&state.uart;
	state.uart.rx_count = 3;
	EXPECT_EQ(0, port_attach(&self->args));
	vm_destroy(&vm);
	ASSERT_EQ(0, vm_create(&vm, true));
	self->args.vm_fd = vm.fd;
	state.uart.rx_count = 33;
	EXPECT_EQ(-EINVAL, port_attach(&self->args));
	self->args.state = 8;
	EXPECT_EQ(-EFAULT, port_attach(&self->args));
	state.uart.rx_count = 2;
	self->args.state = (uintptr_t)&state.uart;
	fd = port_attach_open(&self->args, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(26, load(&vm, PL011_IBRD));
	EXPECT_EQ('a', load(&vm, PL011_DR));
	vm_destroy(&vm);
	close(fd);
	close(reader);
}

/*
 * ABI: KPL011_DETACH EBADF ENODEV
 * ABI: KPL011_STATE_DETACHED "by KPL011_DETACH"
 * ABI: "Once the ioctl has returned, the guest's accesses go to the VMM again"
 * ABI: "The interrupt line is low."
 * ABI: "What was queued for the guest and not read is lost"
 * ABI: "@death_ns:"
 */
TEST_F(request, detached_port_is_out_of_the_vm_and_keeps_its_history)
{
	struct kpl011_detach detach = { .size = sizeof(detach) };
	int reader = port_open(self->args.id, O_RDONLY);
	struct kpl011_info info;
	char buf[8];

	ASSERT_LE(0, reader);
	ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, 0, 1));
	ASSERT_EQ(0, print(&self->vm, "mine"));
	ASSERT_EQ(0, store(&self->vm, PL011_IMSC, PL011_INT_RT));
	ASSERT_EQ(1, write(self->fd, "x", 1));
	EXPECT_EQ(1, vm_line(&self->vm, KPL011_VIRT_INTID));
	EXPECT_EQ(-EBADF, ask(reader, KPL011_DETACH, &detach));
	ASSERT_EQ(0, ask(self->fd, KPL011_DETACH, &detach));
	EXPECT_EQ(-ENODEV, ask(self->fd, KPL011_DETACH, &detach));
	EXPECT_EQ(0, vm_line(&self->vm, KPL011_VIRT_INTID));
	/* The access goes to the VMM, which this one is not. */
	EXPECT_EQ(-1, store(&self->vm, PL011_DR, 'q'));
	EXPECT_EQ(POLLHUP, port_poll(self->fd, 0));
	EXPECT_EQ(4, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, read(self->fd, buf, sizeof(buf)));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(KPL011_STATE_DETACHED, info.state);
	EXPECT_NE(0, info.death_ns);
	/* There is room for another now, which knows nothing of the byte. */
	self->args.size = sizeof(self->args);
	EXPECT_EQ(0, port_attach(&self->args));
	EXPECT_EQ(PL011_FR_RXFE, load(&self->vm, PL011_FR) & PL011_FR_RXFE);
	EXPECT_EQ(0, port_reap(self->fd));
	close(reader);
}

static void *detach_thread(void *fd)
{
	struct kpl011_detach detach = { .size = sizeof(detach) };

	return (void *)(intptr_t)ask(*(int *)fd, KPL011_DETACH, &detach);
}

/* ABI: KPL011_DETACH ENODEV */
TEST_F(request, detach_by_many_at_once_succeeds_once)
{
	pthread_t threads[8];
	int i, done = 0;
	void *ret;

	for (i = 0; i < 8; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, detach_thread,
					    &self->fd));
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], &ret));
		EXPECT_TRUE(!ret || (intptr_t)ret == -ENODEV);
		done += !ret;
	}
	EXPECT_EQ(1, done);
}

/*
 * ABI: "an access at offset o has number o / 4"
 * ABI: "@reads_of:"
 * ABI: "@writes_of:"
 * ABI: "@reads: register reads"
 * ABI: "@writes: register writes"
 */
TEST_F(request, info_counts_accesses_by_register)
{
	struct kpl011_info info;
	uint64_t value;

	ASSERT_EQ(0, print(&self->vm, "abc"));
	ASSERT_EQ(0, vm_load(&self->vm, REG(PL011_FR), 4, &value, 5));
	load(&self->vm, PL011_PERIPHID0);
	load(&self->vm, 0x500);
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(3, info.writes_of[PL011_DR / 4]);
	EXPECT_EQ(5, info.reads_of[PL011_FR / 4]);
	EXPECT_EQ(1, info.reads_of[KPL011_REG_IDS]);
	EXPECT_EQ(1, info.reads_of[KPL011_REG_OTHER]);
	EXPECT_EQ(7, info.reads);
	EXPECT_EQ(3, info.writes);
}

/*
 * ABI: "On return the kernel fills no more than @size bytes."
 * ABI: KPL011_INFO "The first version ends here."
 */
TEST_F(request, info_of_the_first_version_ends_where_it_did)
{
	struct kpl011_info info;

	memset(&info, 0xa5, sizeof(info));
	info.size = offsetof(struct kpl011_info, attach_flags);
	info.flags = 0;
	ASSERT_EQ(0, ask(self->fd, KPL011_INFO, &info));
	EXPECT_EQ(self->args.id, info.id);
	EXPECT_EQ(0xa5a5a5a5, info.attach_flags);
}

/* Each ioctl, its number, and the size of the first version of its structure. */
#define REQUEST(cmd, nr, size)	{ KPL011_##cmd, 0xbc00 + (nr), size }

static const struct {
	unsigned int cmd, number, size;
} requests[] = {
	REQUEST(INFO, 0x40, 192), REQUEST(BREAK, 0x41, 8), REQUEST(REAP, 0x42, 8),
	REQUEST(DETACH, 0x43, 8), REQUEST(SEEK, 0x44, 32), REQUEST(MARKS, 0x45, 32),
	REQUEST(INPUT, 0x46, 32), REQUEST(FLOW, 0x47, 16), REQUEST(MODEM, 0x48, 16),
	REQUEST(INJECT, 0x49, 16), REQUEST(RESET, 0x4a, 8),
	REQUEST(STATE_GET, 0x4b, 184), REQUEST(STATE_SET, 0x4c, 184),
};

/*
 * ABI: "A structure only ever grows at its end."
 * ABI: "ioctl numbers do not encode the size."
 * ABI: every ioctl EINVAL
 * ABI: "is the size that the caller was compiled with"
 * ABI: every "The first version ends here."
 */
TEST_F(request, first_versions_and_numbers_are_what_they_were)
{
	int control = open("/dev/kpl011/control", O_RDWR);
	uint32_t args[512] = { 0 };
	size_t i;

	EXPECT_EQ(0xbc00, KPL011_ATTACH);
	args[0] = 95;
	EXPECT_EQ(-EINVAL, ask(control, KPL011_ATTACH, args));
	args[0] = 96;
	EXPECT_EQ(-ERANGE, ask(control, KPL011_ATTACH, args));
	for (i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		EXPECT_EQ(requests[i].number, requests[i].cmd);
		args[0] = requests[i].size - 1;
		EXPECT_EQ(-EINVAL, ask(self->fd, requests[i].cmd, args));
		/* Long enough: now it is the flag that is wrong. */
		args[0] = requests[i].size;
		args[1] = 1u << 31;
		EXPECT_EQ(-EOPNOTSUPP, ask(self->fd, requests[i].cmd, args));
		args[1] = 0;
	}
	EXPECT_EQ(96, offsetof(struct kpl011_attach, state));
	EXPECT_EQ(192, offsetof(struct kpl011_info, attach_flags));
	close(control);
}

/*
 * ABI: "Padding must be zero"
 * ABI: KPL011_ATTACH "@pad: must be 0"
 * ABI: KPL011_INJECT "@pad: must be 0"
 * ABI: KPL011_SEEK "@pad: must be 0"
 * ABI: KPL011_MARKS "@pad: must be 0"
 * ABI: KPL011_FLOW "@pad: must be 0"
 * ABI: every ioctl EINVAL
 */
TEST_F(request, padding_must_be_zero)
{
	struct kpl011_inject inject = { .size = sizeof(inject), .pad = 1 };
	struct kpl011_seek to = { .size = sizeof(to), .pad = 1 };
	struct kpl011_flow ask_flow = { .size = sizeof(ask_flow), .pad = 1 };
	struct kpl011_mark mark;
	struct kpl011_marks marks = {
		.size = sizeof(marks), .pad = 1,
		.marks = (uintptr_t)&mark, .count = 1,
	};

	EXPECT_EQ(-EINVAL, ask(self->fd, KPL011_INJECT, &inject));
	EXPECT_EQ(-EINVAL, ask(self->fd, KPL011_SEEK, &to));
	EXPECT_EQ(-EINVAL, ask(self->fd, KPL011_FLOW, &ask_flow));
	EXPECT_EQ(-EINVAL, ask(self->fd, KPL011_MARKS, &marks));
	self->args = port_args(self->vm.fd);
	self->args.gpa += KPL011_MMIO_SIZE;
	self->args.intid++;
	self->args.pad = 1;
	EXPECT_EQ(-EINVAL, port_attach(&self->args));
	inject.pad = to.pad = ask_flow.pad = marks.pad = self->args.pad = 0;
	EXPECT_EQ(0, ask(self->fd, KPL011_INJECT, &inject));
	EXPECT_EQ(0, ask(self->fd, KPL011_SEEK, &to));
	EXPECT_EQ(0, ask(self->fd, KPL011_FLOW, &ask_flow));
	EXPECT_EQ(0, ask(self->fd, KPL011_MARKS, &marks));
	EXPECT_EQ(0, port_attach(&self->args));
}

/*
 * ABI: "members that are returned are ignored on entry"
 * ABI: KPL011_INFO "@flags: must be 0"
 */
TEST_F(request, what_is_returned_is_ignored_on_entry)
{
	const uint32_t any = ~0u;
	struct kpl011_seek to = { .size = sizeof(to), .pos = any };
	struct kpl011_flow ask_flow = { .size = sizeof(ask_flow), .status = any };
	struct kpl011_input who = {
		.size = sizeof(who), .status = any, .pid = any,
	};
	struct kpl011_modem lines = {
		.size = sizeof(lines), .inputs = any, .outputs = any,
	};
	struct kpl011_state state;
	struct kpl011_info info;

	memset(who.comm, 0xff, sizeof(who.comm));
	memset(&info, 0xff, sizeof(info));
	memset(&state, 0xff, sizeof(state));
	info.size = sizeof(info);
	state.size = sizeof(state);
	info.flags = state.flags = 0;
	EXPECT_EQ(0, ask(self->fd, KPL011_INFO, &info));
	EXPECT_EQ(0, info.flags);
	EXPECT_EQ(0, info.tx_newest);
	EXPECT_EQ(0, ask(self->fd, KPL011_SEEK, &to));
	EXPECT_EQ(0, to.pos);
	EXPECT_EQ(0, ask(self->fd, KPL011_INPUT, &who));
	EXPECT_EQ(0, who.status);
	EXPECT_EQ(0, who.pid);
	EXPECT_EQ(0, who.comm[0]);
	EXPECT_EQ(0, ask(self->fd, KPL011_FLOW, &ask_flow));
	EXPECT_EQ(0, ask_flow.status);
	EXPECT_EQ(0, ask(self->fd, KPL011_MODEM, &lines));
	EXPECT_EQ(PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD, lines.inputs);
	EXPECT_EQ(0, lines.outputs);
	EXPECT_EQ(0, ask(self->fd, KPL011_STATE_GET, &state));
	EXPECT_EQ(0, state.uart.reserved);
	self->args.size = sizeof(self->args);
	self->args.id = any;
	self->args.gpa += KPL011_MMIO_SIZE;
	self->args.intid++;
	EXPECT_EQ(0, port_attach(&self->args));
	EXPECT_NE(any, self->args.id);
}

/* ABI: every ioctl EFAULT */
TEST_F(request, EFAULT_where_it_can_not_be_returned)
{
	static const unsigned int cmds[] = {
		KPL011_INFO, KPL011_SEEK, KPL011_MARKS, KPL011_INPUT,
		KPL011_FLOW, KPL011_MODEM, KPL011_STATE_GET,
	};
	struct kpl011_marks *args;
	struct kpl011_mark mark;
	size_t i;

	args = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)args);
	for (i = 0; i < 2 * sizeof(cmds) / sizeof(*cmds); i++) {
		const bool writable = i % 2;

		ASSERT_EQ(0, mprotect(args, 4096, PROT_READ | PROT_WRITE));
		memset(args, 0, 4096);
		args->size = 2048;
		if (cmds[i / 2] == KPL011_MARKS) {
			args->marks = (uintptr_t)&mark;
			args->count = 1;
		}
		if (!writable)
			ASSERT_EQ(0, mprotect(args, 4096, PROT_READ));
		EXPECT_EQ(writable ? 0 : -EFAULT, ask(self->fd, cmds[i / 2], args));
	}
	munmap(args, 4096);
}

/* ABI: every ioctl EFAULT */
TEST_F(request, request_that_cannot_be_answered_changes_nothing)
{
	const struct kpl011_input take = {
		.size = sizeof(take), .flags = KPL011_INPUT_TAKE | KPL011_INPUT_FORCE,
	};
	const struct kpl011_input give = { .size = sizeof(give), .flags = KPL011_INPUT_GIVE };
	const struct kpl011_input asks = { .size = sizeof(asks) };
	const struct kpl011_flow on = { .size = sizeof(on), .flags = KPL011_FLOW_ON };
	const struct kpl011_flow off = { .size = sizeof(off), .flags = KPL011_FLOW_OFF };
	const struct kpl011_modem set = {
		.size = sizeof(set), .flags = KPL011_MODEM_SET, .inputs = PL011_FR_RI,
	};
	const struct kpl011_seek newest = {
		.size = sizeof(newest), .whence = KPL011_SEEK_NEWEST,
	};
	int other = port_open(self->args.id, O_RDWR | O_NONBLOCK);
	struct kpl011_modem lines;
	struct kpl011_input who;

	ASSERT_LE(0, other);
	/* Nobody has the input, then another one, and then this one. */
	EXPECT_EQ(-EFAULT, ask_in_vain(self->fd, KPL011_INPUT, &take, sizeof(take)));
	ASSERT_EQ(0, input(other, 0, &who));
	EXPECT_EQ(0, who.status);
	ASSERT_EQ(0, input(other, KPL011_INPUT_TAKE, &who));
	EXPECT_EQ(-EFAULT, ask_in_vain(self->fd, KPL011_INPUT, &take, sizeof(take)));
	ASSERT_EQ(0, input(other, 0, &who));
	EXPECT_EQ(KPL011_INPUT_MINE, who.status);
	ASSERT_EQ(0, input(self->fd, KPL011_INPUT_TAKE | KPL011_INPUT_FORCE, &who));
	EXPECT_EQ(-EFAULT, ask_in_vain(self->fd, KPL011_INPUT, &give, sizeof(give)));
	ASSERT_EQ(0, input(self->fd, 0, &who));
	EXPECT_EQ(KPL011_INPUT_MINE, who.status);
	/* The other one, who has not heard that he lost it, is told again. */
	EXPECT_EQ(-EFAULT, ask_in_vain(other, KPL011_INPUT, &asks, sizeof(asks)));
	EXPECT_EQ(POLLPRI, port_poll(other, POLLPRI));
	ASSERT_EQ(0, input(other, 0, &who));
	EXPECT_EQ(KPL011_INPUT_OTHER | KPL011_INPUT_LOST, who.status);

	EXPECT_EQ(-EFAULT, ask_in_vain(self->fd, KPL011_FLOW, &on, sizeof(on)));
	EXPECT_EQ(0, flow(self->fd, 0));
	EXPECT_EQ(KPL011_FLOW_LOSSLESS, flow(self->fd, KPL011_FLOW_ON));
	EXPECT_EQ(-EFAULT, ask_in_vain(self->fd, KPL011_FLOW, &off, sizeof(off)));
	EXPECT_EQ(KPL011_FLOW_LOSSLESS, flow(self->fd, 0));

	EXPECT_EQ(-EFAULT, ask_in_vain(self->fd, KPL011_MODEM, &set, sizeof(set)));
	ASSERT_EQ(0, modem(self->fd, 0, 0, &lines));
	EXPECT_EQ(PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD, lines.inputs);

	ASSERT_EQ(0, print(&self->vm, "ab"));
	EXPECT_EQ(-EFAULT, ask_in_vain(self->fd, KPL011_SEEK, &newest, sizeof(newest)));
	EXPECT_EQ(0, lseek(self->fd, 0, SEEK_CUR));
	close(other);
}

/*
 * ABI: every "@flags: must be 0"
 * ABI: every ioctl EINVAL E2BIG EOPNOTSUPP EFAULT
 */
TEST_F(request, EINVAL_E2BIG_EOPNOTSUPP_EFAULT)
{
	static const unsigned int cmds[] = {
		KPL011_DETACH, KPL011_SEEK, KPL011_MARKS, KPL011_INPUT,
		KPL011_FLOW, KPL011_MODEM, KPL011_INJECT, KPL011_RESET,
		KPL011_STATE_GET, KPL011_STATE_SET,
	};
	uint32_t args[512] = { 0 };
	size_t i;

	for (i = 0; i < sizeof(cmds) / sizeof(*cmds); i++) {
		args[0] = 4;
		EXPECT_EQ(-EINVAL, ask(self->fd, cmds[i], args));
		args[0] = sizeof(args);
		args[511] = 1;
		EXPECT_EQ(-E2BIG, ask(self->fd, cmds[i], args));
		args[511] = 0;
		args[1] = 0x80000000;
		EXPECT_EQ(-EOPNOTSUPP, ask(self->fd, cmds[i], args));
		args[1] = 0;
		EXPECT_EQ(-EFAULT, ask(self->fd, cmds[i], (void *)8));
	}
}

TEST_HARNESS_MAIN
