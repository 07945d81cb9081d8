// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/kpl011/<id>: the bytes in both directions, the interrupt line, and what
 * becomes of a port when its VM goes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "kselftest_harness.h"

#include "port.h"
#include "vm.h"

#define DR	(VM_UART_GPA + 0x00)
#define FR	(VM_UART_GPA + 0x18)
#define LCR_H	(VM_UART_GPA + 0x2c)
#define CR	(VM_UART_GPA + 0x30)
#define IMSC	(VM_UART_GPA + 0x38)
#define RIS	(VM_UART_GPA + 0x3c)
#define ICR	(VM_UART_GPA + 0x44)
#define PERIPHID0 (VM_UART_GPA + 0xfe0)
#define GICD_ICFGR2 (VM_GICD_GPA + 0xc08)	/* INTIDs 32 to 47: 0 is level */
#define FR_RXFE	0x10
#define INT_RT	0x40
#define INT_RX	0x10

FIXTURE(port) {
	struct vm vm;
	struct kpl011_attach args;
	int fd;
};

FIXTURE_SETUP(port)
{
	ASSERT_EQ(0, vm_create(&self->vm, true));
	self->args = port_args(self->vm.fd);
	self->args.ring_size = KPL011_RING_MIN;
	self->fd = port_attach_open(&self->args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(port)
{
	vm_destroy(&self->vm);
	close(self->fd);
}

static int print(struct vm *vm, const char *text)
{
	for (; *text; text++)
		if (vm_store(vm, DR, 4, (unsigned char)*text, 1))
			return -1;
	return 0;
}

TEST_F(port, guest_byte_is_read)
{
	char buf[16];

	ASSERT_EQ(0, print(&self->vm, "Hello"));
	ASSERT_EQ(5, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp("Hello", buf, 5));
	EXPECT_EQ(-1, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(port, access_of_every_width_is_answered)
{
	uint64_t value;
	char buf[16];

	ASSERT_EQ(0, vm_store(&self->vm, DR, 1, 'a', 1));
	ASSERT_EQ(0, vm_store(&self->vm, DR, 2, 'b', 1));
	ASSERT_EQ(0, vm_store(&self->vm, DR, 4, 'c', 1));
	ASSERT_EQ(0, vm_store(&self->vm, DR, 8, 'd', 1));
	ASSERT_EQ(0, vm_store(&self->vm, DR + 1, 1, 'e', 1));
	ASSERT_EQ(3, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp("abc", buf, 3));

	ASSERT_EQ(0, vm_load(&self->vm, PERIPHID0, 1, &value, 1));
	EXPECT_EQ(0x11, value);
	ASSERT_EQ(0, vm_load(&self->vm, PERIPHID0, 2, &value, 1));
	EXPECT_EQ(0x11, value);
	ASSERT_EQ(0, vm_load(&self->vm, PERIPHID0, 4, &value, 1));
	EXPECT_EQ(0x11, value);
	ASSERT_EQ(0, vm_load(&self->vm, PERIPHID0, 8, &value, 1));
	EXPECT_EQ(0, value);
}

TEST_F(port, late_reader_gets_the_history)
{
	char buf[16];
	int late;

	ASSERT_EQ(0, print(&self->vm, "before"));
	late = port_open(self->args.id, O_RDONLY | O_NONBLOCK);
	ASSERT_LE(0, late);
	ASSERT_EQ(6, read(late, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp("before", buf, 6));
	/* And takes nothing from another. */
	EXPECT_EQ(6, read(self->fd, buf, sizeof(buf)));
	close(late);
}

TEST_F(port, reader_that_fell_behind_can_tell_what_it_missed)
{
	unsigned char buf[KPL011_RING_MIN];
	off_t pos;
	size_t i;

	ASSERT_EQ(0, vm_store(&self->vm, DR, 4, 0, 10));
	ASSERT_EQ(10, read(self->fd, buf, sizeof(buf)));
	ASSERT_EQ(0, vm_store(&self->vm, DR, 4, 10, KPL011_RING_MIN + 123));
	ASSERT_EQ(KPL011_RING_MIN, read(self->fd, buf, sizeof(buf)));
	pos = lseek(self->fd, 0, SEEK_CUR);
	EXPECT_EQ(123, pos - KPL011_RING_MIN - 10);
	for (i = 0; i < KPL011_RING_MIN; i++)
		ASSERT_EQ((10 + 123 + i) & 0xff, buf[i]);
}

TEST_F(port, lseek_finds_the_oldest_and_the_newest)
{
	unsigned char byte;

	ASSERT_EQ(0, vm_store(&self->vm, DR, 4, 0, KPL011_RING_MIN + 50));
	EXPECT_EQ(50, lseek(self->fd, 0, SEEK_DATA));
	ASSERT_EQ(1, read(self->fd, &byte, 1));
	EXPECT_EQ(50, byte);
	EXPECT_EQ(60, lseek(self->fd, 60, SEEK_DATA));
	EXPECT_EQ(KPL011_RING_MIN + 50, lseek(self->fd, 0, SEEK_END));
	EXPECT_EQ(KPL011_RING_MIN + 40, lseek(self->fd, -10, SEEK_CUR));
	EXPECT_EQ(-1, lseek(self->fd, 1, SEEK_END));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, lseek(self->fd, -1, SEEK_SET));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, lseek(self->fd, INT64_MAX, SEEK_CUR));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, lseek(self->fd, KPL011_RING_MIN + 50, SEEK_DATA));
	EXPECT_EQ(ENXIO, errno);
	EXPECT_EQ(1, pread(self->fd, &byte, 1, 100));
	EXPECT_EQ(100, byte);
	EXPECT_EQ(KPL011_RING_MIN + 40, lseek(self->fd, 0, SEEK_CUR));
}

static void *blocking_read(void *arg)
{
	char *byte = arg;
	int fd = *(int *)(arg + 8);

	return (void *)(intptr_t)read(fd, byte, 1);
}

TEST_F(port, sleeping_reader_is_woken_by_a_byte_and_by_the_end)
{
	struct {
		char byte[8];
		int fd;
	} arg = { .fd = port_open(self->args.id, O_RDONLY) };
	pthread_t thread;
	void *ret;

	ASSERT_LE(0, arg.fd);
	ASSERT_EQ(0, pthread_create(&thread, NULL, blocking_read, &arg));
	ASSERT_EQ(0, print(&self->vm, "w"));
	ASSERT_EQ(0, pthread_join(thread, &ret));
	EXPECT_EQ(1, (intptr_t)ret);
	EXPECT_EQ('w', arg.byte[0]);

	ASSERT_EQ(0, pthread_create(&thread, NULL, blocking_read, &arg));
	vm_destroy(&self->vm);
	ASSERT_EQ(0, pthread_join(thread, &ret));
	EXPECT_EQ(0, (intptr_t)ret);
	close(arg.fd);
}

TEST_F(port, poll_tells_of_bytes_room_and_death)
{
	char buf[16];

	EXPECT_EQ(POLLOUT, port_poll(self->fd, POLLIN | POLLOUT));
	ASSERT_EQ(0, print(&self->vm, "x"));
	EXPECT_EQ(POLLIN | POLLOUT, port_poll(self->fd, POLLIN | POLLOUT));
	ASSERT_EQ(1, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(POLLOUT, port_poll(self->fd, POLLIN | POLLOUT));
	vm_destroy(&self->vm);
	EXPECT_EQ(POLLIN | POLLHUP, port_poll(self->fd, POLLIN | POLLOUT));
}

TEST_F(port, written_bytes_reach_the_guest_in_order)
{
	unsigned char bytes[1000];
	uint64_t value;
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = i * 3;
	ASSERT_EQ(0, vm_store(&self->vm, LCR_H, 4, 0x70, 1));
	ASSERT_EQ((ssize_t)sizeof(bytes),
		  write(self->fd, bytes, sizeof(bytes)));
	for (i = 0; i < sizeof(bytes); i++) {
		ASSERT_EQ(0, vm_load(&self->vm, DR, 4, &value, 1));
		ASSERT_EQ(bytes[i], value);
	}
	ASSERT_EQ(0, vm_load(&self->vm, FR, 4, &value, 1));
	EXPECT_EQ(FR_RXFE, value & FR_RXFE);
}

TEST_F(port, full_queue_says_so_and_drops_nothing)
{
	unsigned char bytes[256];
	struct kpl011_info info;
	uint64_t value;
	size_t i, taken = 0;
	ssize_t n;

	ASSERT_EQ(0, vm_store(&self->vm, LCR_H, 4, 0x70, 1));
	for (;;) {
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = taken + i;
		n = write(self->fd, bytes, sizeof(bytes));
		if (n < 0)
			break;
		taken += n;
		ASSERT_GE(65536, taken);
	}
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, port_poll(self->fd, 0) & POLLOUT);
	EXPECT_EQ(-EAGAIN, port_break(self->fd));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(taken, info.rx_bytes);
	EXPECT_EQ(taken, info.rx_queued);

	for (i = 0; i < taken; i++) {
		ASSERT_EQ(0, vm_load(&self->vm, DR, 4, &value, 1));
		ASSERT_EQ(i & 0xff, value);
	}
	EXPECT_EQ(POLLOUT, port_poll(self->fd, POLLOUT));
}

struct blocking_write {
	int fd;
	size_t size;
};

static void *blocking_write(void *arg)
{
	struct blocking_write *all = arg;
	static char bytes[8192];

	return (void *)(intptr_t)write(all->fd, bytes, all->size);
}

/* A writer that waits is woken by what makes room, read or flush. */
static void drain_by(struct __test_metadata *_metadata, struct vm *vm,
		     unsigned int id, bool flush)
{
	struct blocking_write all = {
		.fd = port_open(id, O_RDWR), .size = 8192,
	};
	struct kpl011_info info;
	pthread_t thread;
	uint64_t value;
	void *ret;
	int i;

	ASSERT_LE(0, all.fd);
	ASSERT_EQ(0, vm_store(vm, LCR_H, 4, 0x70, 1));
	ASSERT_EQ(0, pthread_create(&thread, NULL, blocking_write, &all));
	do {
		ASSERT_EQ(0, port_info(all.fd, &info));
		if (!flush) {
			ASSERT_EQ(0, vm_load(vm, DR, 4, &value, 16));
			continue;
		}
		/* FEN off and on again throws away what the FIFO holds. */
		for (i = 0; i < 8; i++) {
			ASSERT_EQ(0, vm_store(vm, LCR_H, 4, 0x60, 1));
			ASSERT_EQ(0, vm_store(vm, LCR_H, 4, 0x70, 1));
		}
	} while (info.rx_bytes < all.size || info.rx_queued);
	ASSERT_EQ(0, pthread_join(thread, &ret));
	EXPECT_EQ((intptr_t)all.size, (intptr_t)ret);
	close(all.fd);
}

TEST_F(port, sleeping_writer_is_woken_by_reads)
{
	drain_by(_metadata, &self->vm, self->args.id, false);
}

TEST_F(port, sleeping_writer_is_woken_by_a_flush)
{
	drain_by(_metadata, &self->vm, self->args.id, true);
}

TEST_F(port, break_keeps_its_place_among_the_bytes)
{
	uint64_t value;

	ASSERT_EQ(0, vm_store(&self->vm, LCR_H, 4, 0x70, 1));
	ASSERT_EQ(1, write(self->fd, "a", 1));
	ASSERT_EQ(0, port_break(self->fd));
	ASSERT_EQ(1, write(self->fd, "h", 1));
	ASSERT_EQ(0, vm_load(&self->vm, DR, 4, &value, 1));
	EXPECT_EQ('a', value);
	ASSERT_EQ(0, vm_load(&self->vm, DR, 4, &value, 1));
	EXPECT_EQ(0x500, value);
	ASSERT_EQ(0, vm_load(&self->vm, DR, 4, &value, 1));
	EXPECT_EQ('h', value);
}

TEST_F(port, line_follows_the_masked_interrupt)
{
	struct kpl011_info info;
	uint64_t value;

	ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, 0, 1));
	ASSERT_EQ(0, vm_store(&self->vm, LCR_H, 4, 0x70, 1));
	EXPECT_EQ(0, vm_line(&self->vm, KPL011_VIRT_INTID));
	ASSERT_EQ(1, write(self->fd, "k", 1));
	EXPECT_EQ(0, vm_line(&self->vm, KPL011_VIRT_INTID));
	ASSERT_EQ(0, vm_store(&self->vm, IMSC, 4, INT_RT | INT_RX, 1));
	EXPECT_EQ(1, vm_line(&self->vm, KPL011_VIRT_INTID));
	ASSERT_EQ(0, vm_load(&self->vm, DR, 4, &value, 1));
	EXPECT_EQ(0, vm_line(&self->vm, KPL011_VIRT_INTID));
	ASSERT_EQ(1, write(self->fd, "k", 1));
	EXPECT_EQ(1, vm_line(&self->vm, KPL011_VIRT_INTID));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(2, info.interrupts);
}

TEST_F(port, interrupt_cleared_with_its_character_left_comes_again)
{
	uint64_t value;

	ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, 0, 1));
	ASSERT_EQ(0, vm_store(&self->vm, IMSC, 4, INT_RX, 1));
	ASSERT_EQ(1, write(self->fd, "k", 1));
	EXPECT_EQ(1, vm_line(&self->vm, KPL011_VIRT_INTID));
	ASSERT_EQ(0, vm_store(&self->vm, ICR, 4, INT_RX, 1));
	/* No access of the guest: the time-out is the port's own. */
	while (vm_line(&self->vm, KPL011_VIRT_INTID) == 0)
		;
	ASSERT_EQ(0, vm_load(&self->vm, RIS, 4, &value, 1));
	EXPECT_EQ(INT_RX, value);
	ASSERT_EQ(0, vm_load(&self->vm, DR, 4, &value, 1));
	EXPECT_EQ(0, vm_line(&self->vm, KPL011_VIRT_INTID));
}

TEST_F(port, strict_uart_works_when_it_is_enabled)
{
	char buf[16];
	uint64_t value;
	struct vm vm;
	int fd;

	ASSERT_EQ(0, vm_create(&vm, true));
	self->args = port_args(vm.fd);
	self->args.flags = KPL011_ATTACH_STRICT;
	fd = port_attach_open(&self->args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vm_store(&vm, LCR_H, 4, 0x70, 1));
	ASSERT_EQ(0, print(&vm, "on"));
	ASSERT_EQ(1, write(fd, "k", 1));
	EXPECT_EQ(-1, read(fd, buf, sizeof(buf)));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_EQ(0, vm_load(&vm, DR, 4, &value, 1));
	EXPECT_EQ(0, value);

	ASSERT_EQ(0, vm_store(&vm, CR, 4, 0x301, 1));
	ASSERT_EQ(2, read(fd, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp("on", buf, 2));
	ASSERT_EQ(0, vm_load(&vm, DR, 4, &value, 1));
	EXPECT_EQ('k', value);
	vm_destroy(&vm);
	ASSERT_NE(0, port_poll(fd, 0) & POLLHUP);
	EXPECT_EQ(0, port_reap(fd));
	close(fd);
}

TEST_F(port, info_counts_what_happened)
{
	struct kpl011_info info;
	uint64_t value;

	ASSERT_EQ(0, vm_store(&self->vm, DR, 4, 'a', KPL011_RING_MIN + 7));
	ASSERT_EQ(0, vm_store(&self->vm, LCR_H, 4, 1, 1));
	ASSERT_EQ(0, vm_load(&self->vm, FR, 4, &value, 3));
	ASSERT_EQ(0, port_break(self->fd));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(KPL011_RING_MIN + 7, info.tx_newest);
	EXPECT_EQ(7, info.tx_oldest);
	EXPECT_EQ(1, info.tx_breaks);
	EXPECT_EQ(1, info.rx_breaks);
	EXPECT_EQ(3, info.reads);
	EXPECT_EQ(KPL011_RING_MIN + 8, info.writes);
}

TEST_F(port, dead_port_keeps_the_last_words)
{
	struct kpl011_info info;
	char buf[32];

	ASSERT_EQ(0, print(&self->vm, "last words"));
	vm_destroy(&self->vm);
	EXPECT_EQ(POLLHUP, port_poll(self->fd, 0));
	ASSERT_EQ(10, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp("last words", buf, 10));
	EXPECT_EQ(0, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(-1, write(self->fd, "x", 1));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-ENODEV, port_break(self->fd));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(KPL011_STATE_DEAD, info.state);
	EXPECT_LE(info.attach_ns, info.death_ns);
}

TEST_F(port, dead_port_can_be_reaped_and_a_live_one_not)
{
	char buf[32];
	int fd;

	EXPECT_EQ(-EBUSY, port_reap(self->fd));
	ASSERT_EQ(0, print(&self->vm, "bye"));
	vm_destroy(&self->vm);
	ASSERT_NE(0, port_poll(self->fd, 0) & POLLHUP);
	fd = port_open(self->args.id, O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EBADF, port_reap(fd));
	EXPECT_EQ(-EBADF, port_break(fd));
	EXPECT_EQ(0, port_reap(self->fd));
	EXPECT_EQ(-ENODEV, port_reap(self->fd));
	EXPECT_EQ(-ENOENT, port_open(self->args.id, O_RDONLY));
	/* A file that was open stays good. */
	EXPECT_EQ(3, read(fd, buf, sizeof(buf)));
	close(fd);
}

TEST_F(port, dead_ports_are_kept_but_for_those_dead_longest)
{
	unsigned int ids[KPL011_DEAD_MAX];
	unsigned int i;
	int fd;

	for (i = 0; i < KPL011_DEAD_MAX; i++) {
		struct kpl011_attach args;
		struct vm vm;

		ASSERT_EQ(0, vm_create(&vm, false));
		args = port_args(vm.fd);
		fd = port_attach_open(&args, O_RDWR);
		ASSERT_LE(0, fd);
		ids[i] = args.id;
		vm_destroy(&vm);
		ASSERT_EQ(POLLHUP, port_poll(fd, 0));
		close(fd);
	}
	/* Attached first, and the last to die. */
	vm_destroy(&self->vm);

	/* The one that is too many goes a moment later. */
	for (i = 0; i < 1000; i++) {
		fd = port_open(ids[0], O_RDONLY);
		if (fd < 0)
			break;
		close(fd);
		usleep(10000);
	}
	EXPECT_EQ(-ENOENT, fd);
	EXPECT_EQ(0, port_reap(self->fd));
	for (i = 1; i < KPL011_DEAD_MAX; i++) {
		fd = port_open(ids[i], O_RDWR);
		EXPECT_LE(0, fd);
		EXPECT_EQ(0, port_reap(fd));
		close(fd);
	}
}

TEST_F(port, EINVAL_E2BIG_EOPNOTSUPP_EFAULT_ENOTTY)
{
	static const unsigned int cmds[] = { KPL011_INFO, KPL011_BREAK,
					     KPL011_REAP };
	uint32_t args[512] = { 0 };
	size_t i;

	for (i = 0; i < 3; i++) {
		args[0] = 4;
		EXPECT_EQ(-1, ioctl(self->fd, cmds[i], args));
		EXPECT_EQ(EINVAL, errno);
		args[0] = sizeof(args);
		args[511] = 1;
		EXPECT_EQ(-1, ioctl(self->fd, cmds[i], args));
		EXPECT_EQ(E2BIG, errno);
		args[511] = 0;
		args[1] = 1;
		EXPECT_EQ(-1, ioctl(self->fd, cmds[i], args));
		EXPECT_EQ(EOPNOTSUPP, errno);
		args[1] = 0;
		EXPECT_EQ(-1, ioctl(self->fd, cmds[i], 8));
		EXPECT_EQ(EFAULT, errno);
	}
	EXPECT_EQ(-1, ioctl(self->fd, KPL011_ATTACH, args));
	EXPECT_EQ(ENOTTY, errno);
}

TEST_HARNESS_MAIN
