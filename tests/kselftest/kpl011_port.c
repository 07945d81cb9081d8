// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/kpl011/<id>: the bytes in both directions, the interrupt line, and what
 * becomes of a port when its VM goes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "harness.h"

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

/*
 * ABI: "what the guest transmitted is read here"
 * ABI: "from the file's position on and advances it"
 * ABI: "or fails with EAGAIN under O_NONBLOCK"
 * ABI: "the UART transmits and receives whether or not the guest has enabled it"
 */
TEST_F(port, guest_byte_is_read)
{
	char buf[16];

	ASSERT_EQ(0, print(&self->vm, "Hello"));
	ASSERT_EQ(5, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp("Hello", buf, 5));
	EXPECT_EQ(-1, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(EAGAIN, errno);
}

/* ABI: "the kernel answers the guest's accesses to the page" */
TEST_F(port, access_of_every_width_is_answered)
{
	uint64_t value;
	char buf[16];

	ASSERT_EQ(0, vm_store(&self->vm, DR, 1, 'a', 1));
	ASSERT_EQ(0, vm_store(&self->vm, DR, 2, 'b', 1));
	ASSERT_EQ(0, vm_store(&self->vm, DR, 4, 'c', 1));
	ASSERT_EQ(0, vm_store(&self->vm, DR, 8, 'd', 1));
	ASSERT_EQ(0, vm_store(&self->vm, DR + 1, 1, 'e', 1));
	ASSERT_EQ(4, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp("abcd", buf, 4));

	ASSERT_EQ(0, vm_load(&self->vm, PERIPHID0, 1, &value, 1));
	EXPECT_EQ(0x11, value);
	ASSERT_EQ(0, vm_load(&self->vm, PERIPHID0, 2, &value, 1));
	EXPECT_EQ(0x11, value);
	ASSERT_EQ(0, vm_load(&self->vm, PERIPHID0, 4, &value, 1));
	EXPECT_EQ(0x11, value);
	/* As of memory: it may be memory (KPL011_ATTACH_PAGE). */
	ASSERT_EQ(0, vm_load(&self->vm, PERIPHID0, 8, &value, 1));
	EXPECT_EQ(0x1000000011, value);
	ASSERT_EQ(0, vm_load(&self->vm, PERIPHID0 + 4, 2, &value, 1));
	EXPECT_EQ(0x10, value);
	ASSERT_EQ(0, vm_load(&self->vm, PERIPHID0 + 1, 1, &value, 1));
	EXPECT_EQ(0, value);
}

/*
 * ABI: "Each open file has a position of its own, 0 at open"
 * ABI: "whether or not anyone reads them"
 */
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

/* ABI: "Reads likewise from the given position" */
TEST_F(port, pread_reads_elsewhere_and_moves_nothing)
{
	unsigned char buf[KPL011_RING_MIN];

	ASSERT_EQ(0, vm_store(&self->vm, DR, 4, 0, KPL011_RING_MIN + 70));
	ASSERT_EQ(70, lseek(self->fd, 70, SEEK_SET));
	ASSERT_EQ(3, pread(self->fd, buf, 3, 100));
	EXPECT_EQ(100, buf[0]);
	EXPECT_EQ(102, buf[2]);
	/* What is lost is skipped, and where there is nothing it says so. */
	ASSERT_EQ(1, pread(self->fd, buf, 1, 0));
	EXPECT_EQ(70, buf[0]);
	EXPECT_EQ(-1, pread(self->fd, buf, 1, KPL011_RING_MIN + 70));
	EXPECT_EQ(EAGAIN, errno);
	vm_destroy(&self->vm);
	EXPECT_EQ(0, pread(self->fd, buf, 1, KPL011_RING_MIN + 70));
	EXPECT_EQ(70, lseek(self->fd, 0, SEEK_CUR));
}

/* ABI: "characters have 8 bits until the guest first sets WLEN" */
TEST_F(port, characters_have_8_bits_until_the_guest_chose)
{
	unsigned char buf[4];

	ASSERT_EQ(0, vm_store(&self->vm, DR, 4, 0xff, 1));
	/* FEN alone chooses none; WLEN of 7 bits, and of 5 then. */
	ASSERT_EQ(0, vm_store(&self->vm, LCR_H, 4, 0x10, 1));
	ASSERT_EQ(0, vm_store(&self->vm, DR, 4, 0xfe, 1));
	ASSERT_EQ(0, vm_store(&self->vm, LCR_H, 4, 0x50, 1));
	ASSERT_EQ(0, vm_store(&self->vm, DR, 4, 0xff, 1));
	ASSERT_EQ(0, vm_store(&self->vm, LCR_H, 4, 0x10, 1));
	ASSERT_EQ(0, vm_store(&self->vm, DR, 4, 0xff, 1));
	ASSERT_EQ(4, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0xff, buf[0]);
	EXPECT_EQ(0xfe, buf[1]);
	EXPECT_EQ(0x7f, buf[2]);
	EXPECT_EQ(0x1f, buf[3]);
}

/*
 * ABI: "It skips bytes that are no longer kept"
 * ABI: "The kernel keeps the history, the newest @ring_size bytes"
 */
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

/*
 * ABI: "SEEK_DATA goes to the first byte at or after the offset that is still kept"
 * ABI: "EINVAL for a position that is negative or beyond that of SEEK_END"
 * ABI: "SEEK_DATA with a negative offset fails with ENXIO, too"
 * ABI: "the number of a byte is its position"
 */
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
	EXPECT_EQ(-1, lseek(self->fd, -1, SEEK_DATA));
	EXPECT_EQ(ENXIO, errno);
	EXPECT_EQ(-1, lseek(self->fd, 0, SEEK_HOLE));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(1, pread(self->fd, &byte, 1, 100));
	EXPECT_EQ(100, byte);
	EXPECT_EQ(KPL011_RING_MIN + 40, lseek(self->fd, 0, SEEK_CUR));
}

/* ABI: "ENXIO: the node's port is gone, or not attached yet." */
TEST_F(port, node_of_no_port_can_not_be_opened)
{
	static const char path[] = "/tmp/kpl011-no-port";
	struct stat st;

	ASSERT_EQ(0, fstat(self->fd, &st));
	/* The number after the newest is the next port's. */
	ASSERT_EQ(0, mknod(path, S_IFCHR | 0600,
			   makedev(major(st.st_rdev), minor(st.st_rdev) + 1)));
	EXPECT_EQ(-1, open(path, O_RDONLY));
	EXPECT_EQ(ENXIO, errno);
	unlink(path);
}

static void *blocking_read(void *arg)
{
	char *byte = arg;
	int fd = *(int *)(arg + 8);

	return (void *)(intptr_t)read(fd, byte, 1);
}

/*
 * ABI: "If there is nothing to read, it waits"
 * ABI: "It returns 0 at the end: the port is not attached any more"
 */
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

/*
 * ABI: "POLLIN: there is a byte at the file's position, or the end is reached."
 * ABI: "POLLHUP, in place of POLLOUT"
 */
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

/*
 * ABI: "what it shall receive is written here"
 * ABI: "Queues bytes for the guest's receive FIFO, in order"
 */
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

/*
 * ABI: "takes what fits, and fails with EAGAIN"
 * ABI: "A byte that was taken is never dropped"
 * ABI: KPL011_BREAK EAGAIN
 * ABI: "bytes that write(2) and KPL011_INJECT have taken"
 */
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

/* ABI: "room for 1 KiB or more" */
TEST_F(port, writable_is_room_for_1_KiB)
{
	struct pollfd pfd = { .fd = self->fd, .events = POLLOUT };
	static char bytes[8192];
	uint64_t value;

	ASSERT_EQ(0, vm_store(&self->vm, LCR_H, 4, 0x70, 1));
	while (write(self->fd, bytes, sizeof(bytes)) > 0)
		;
	ASSERT_EQ(EAGAIN, errno);
	do {
		ASSERT_EQ(0, vm_load(&self->vm, DR, 4, &value, 1));
		ASSERT_LE(0, poll(&pfd, 1, 0));
	} while (!pfd.revents);
	EXPECT_EQ(1024, write(self->fd, bytes, sizeof(bytes)));
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

/* ABI: "it waits for room" */
TEST_F(port, sleeping_writer_is_woken_by_reads)
{
	drain_by(_metadata, &self->vm, self->args.id, false);
}

TEST_F(port, sleeping_writer_is_woken_by_a_flush)
{
	drain_by(_metadata, &self->vm, self->args.id, true);
}

/* ABI: "The guest receives the break after the bytes that were written before it." */
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

/*
 * ABI: "The interrupt is level-triggered, active high."
 * ABI: "times that the interrupt line rose"
 */
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

/* ABI: "UARTEN, TXE, RXE and WLEN are enforced" */
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

/* ABI: "UARTEN, TXE, RXE and WLEN are enforced" */
TEST_F(port, strict_uart_enforces_each_of_its_enables)
{
	uint64_t value;
	char buf[16];
	struct vm vm;
	int fd;

	ASSERT_EQ(0, vm_create(&vm, false));
	self->args = port_args(vm.fd);
	self->args.flags = KPL011_ATTACH_STRICT;
	fd = port_attach_open(&self->args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vm_store(&vm, LCR_H, 4, PL011_LCR_FEN, 1));
	/* RXE without TXE, */
	ASSERT_EQ(0, vm_store(&vm, CR, 4, PL011_CR_UARTEN | PL011_CR_RXE, 1));
	ASSERT_EQ(0, print(&vm, "t"));
	EXPECT_EQ(-1, read(fd, buf, sizeof(buf)));
	ASSERT_EQ(1, write(fd, "r", 1));
	ASSERT_EQ(0, vm_load(&vm, DR, 4, &value, 1));
	/* 5 bits, which a guest that chose none has, */
	EXPECT_EQ('r' & 0x1f, value);
	/* and TXE without RXE. */
	ASSERT_EQ(0, vm_store(&vm, CR, 4, PL011_CR_UARTEN | PL011_CR_TXE, 1));
	ASSERT_EQ(1, read(fd, buf, sizeof(buf)));
	EXPECT_EQ('t' & 0x1f, buf[0]);
	ASSERT_EQ(1, write(fd, "r", 1));
	ASSERT_EQ(0, vm_load(&vm, FR, 4, &value, 1));
	EXPECT_EQ(FR_RXFE, value & FR_RXFE);
	vm_destroy(&vm);
	EXPECT_NE(0, port_poll(fd, 0) & POLLHUP);
	EXPECT_EQ(0, port_reap(fd));
	close(fd);
}

/* A guest may take its interrupts by the edge. */
TEST_F(port, line_falls_between_two_characters_without_fifos)
{
	struct kpl011_info before, after;
	uint64_t value;
	int i;

	ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, 0, 1));
	ASSERT_EQ(0, vm_store(&self->vm, IMSC, 4, INT_RX, 1));
	ASSERT_EQ(0, port_info(self->fd, &before));
	ASSERT_EQ(3, write(self->fd, "abc", 3));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(1, vm_line(&self->vm, KPL011_VIRT_INTID));
		ASSERT_EQ(0, vm_load(&self->vm, DR, 4, &value, 1));
		EXPECT_EQ('a' + i, value);
	}
	EXPECT_EQ(0, vm_line(&self->vm, KPL011_VIRT_INTID));
	ASSERT_EQ(0, port_info(self->fd, &after));
	EXPECT_EQ(before.interrupts + 3, after.interrupts);
}

/* ABI: "until it sets RXE again" */
TEST_F(port, receiver_that_was_switched_off_leaves_it_in_the_queue)
{
	uint64_t value;

	ASSERT_EQ(1, write(self->fd, "a", 1));
	ASSERT_EQ(0, vm_store(&self->vm, CR, 4, PL011_CR_UARTEN, 1));
	/* One that never was on hears; */
	ASSERT_EQ(0, vm_load(&self->vm, DR, 4, &value, 1));
	EXPECT_EQ('a', value);
	ASSERT_EQ(0, vm_store(&self->vm, CR, 4, 0x301, 1));
	ASSERT_EQ(0, vm_store(&self->vm, CR, 4, 0x101, 1));
	ASSERT_EQ(2, write(self->fd, "bc", 2));
	ASSERT_EQ(0, vm_load(&self->vm, FR, 4, &value, 1));
	EXPECT_EQ(FR_RXFE, value & FR_RXFE);
	/* not even itself, which it does for the interrupt, as old Linux. */
	ASSERT_EQ(0, vm_store(&self->vm, CR, 4, 0x101 | PL011_CR_LBE, 1));
	ASSERT_EQ(0, vm_store(&self->vm, DR, 4, 'x', 1));
	ASSERT_EQ(0, vm_load(&self->vm, RIS, 4, &value, 1));
	EXPECT_EQ(PL011_INT_TX, value & PL011_INT_TX);
	ASSERT_EQ(0, vm_load(&self->vm, DR, 4, &value, 1));
	EXPECT_EQ(0, value);
	/* It is all there when it listens again. */
	ASSERT_EQ(0, vm_store(&self->vm, CR, 4, 0x301, 1));
	ASSERT_EQ(0, vm_load(&self->vm, DR, 4, &value, 1));
	EXPECT_EQ('b', value);
	ASSERT_EQ(0, vm_load(&self->vm, DR, 4, &value, 1));
	EXPECT_EQ('c', value);
}

/* ABI: "reports by RX what it would report by RT" */
TEST_F(port, guest_that_unmasked_rx_alone_is_told_of_one_character)
{
	uint64_t value;

	ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, 0, 1));
	ASSERT_EQ(0, vm_store(&self->vm, LCR_H, 4, 0x70, 1));
	ASSERT_EQ(0, vm_store(&self->vm, IMSC, 4, INT_RX, 1));
	EXPECT_EQ(0, vm_line(&self->vm, KPL011_VIRT_INTID));
	ASSERT_EQ(3, write(self->fd, "ls\r", 3));
	EXPECT_EQ(1, vm_line(&self->vm, KPL011_VIRT_INTID));
	/* It clears, and reads nothing: it is asked again, by the port's timer. */
	ASSERT_EQ(0, vm_store(&self->vm, ICR, 4, INT_RX, 1));
	while (vm_line(&self->vm, KPL011_VIRT_INTID) == 0)
		;
	ASSERT_EQ(0, vm_load(&self->vm, DR, 4, &value, 3));
	EXPECT_EQ('\r', value);
	EXPECT_EQ(0, vm_line(&self->vm, KPL011_VIRT_INTID));
}

/*
 * ABI: "@tx_newest:"
 * ABI: "@tx_oldest:"
 * ABI: "@tx_breaks:"
 * ABI: "@rx_breaks:"
 * ABI: "@reads: register reads"
 * ABI: "@writes: register writes"
 */
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

static uint64_t boottime(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/*
 * ABI: "@attach_ns:"
 * ABI: "@death_ns:"
 */
TEST_F(port, info_tells_when_it_began_and_ended)
{
	uint64_t before, attached, after;
	struct kpl011_info info;
	int fd;

	self->args.gpa += KPL011_MMIO_SIZE;
	self->args.intid++;
	before = boottime();
	fd = port_attach_open(&self->args, O_RDONLY);
	attached = boottime();
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_LE(before, info.attach_ns);
	EXPECT_GE(attached, info.attach_ns);
	EXPECT_EQ(0, info.death_ns);
	before = boottime();
	vm_destroy(&self->vm);
	EXPECT_NE(0, port_poll(fd, 0) & POLLHUP);
	after = boottime();
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(KPL011_STATE_DEAD, info.state);
	EXPECT_LE(before, info.death_ns);
	EXPECT_GE(after, info.death_ns);
	close(fd);
}

/* What a process of other namespaces is told of this one's port, and of its input. */
static int foreigner(int fd)
{
	struct kpl011_input input = { .size = sizeof(input) };
	struct kpl011_info info;
	int status;
	pid_t child;

	/* Into a user namespace without this user, and a PID namespace. */
	if (unshare(CLONE_NEWUSER | CLONE_NEWPID))
		return 1;
	child = fork();
	if (child)
		return child < 0 || waitpid(child, &status, 0) != child ||
		       !WIFEXITED(status) ? 2 : WEXITSTATUS(status);
	if (port_info(fd, &info) || ioctl(fd, KPL011_INPUT, &input))
		_exit(3);
	_exit(info.pid || info.uid != 65534 ? 4 :
	      input.pid || input.status != KPL011_INPUT_OTHER ? 5 : 0);
}

/*
 * ABI: KPL011_INFO "@pid:"
 * ABI: KPL011_INFO "@uid:"
 * ABI: KPL011_INPUT "@pid:"
 */
TEST_F(port, pids_and_uids_are_those_of_the_callers_namespaces)
{
	struct kpl011_input input = {
		.size = sizeof(input), .flags = KPL011_INPUT_TAKE,
	};
	struct kpl011_info info;
	int other, status;
	pid_t child;

	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(getpid(), info.pid);
	EXPECT_EQ(getuid(), info.uid);
	ASSERT_EQ(0, ioctl(self->fd, KPL011_INPUT, &input));
	other = port_open(self->args.id, O_RDONLY);
	ASSERT_LE(0, other);
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(foreigner(other));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	close(other);
}

/*
 * ABI: "@rx_bytes:"
 * ABI: "@rx_queued:"
 * ABI: "@rx_breaks:"
 */
TEST_F(port, info_counts_what_is_queued)
{
	struct kpl011_inject inject = {
		.size = sizeof(inject), .character = PL011_BREAK,
	};
	struct kpl011_info info;
	uint64_t value;

	ASSERT_EQ(3, write(self->fd, "abc", 3));
	ASSERT_EQ(0, port_break(self->fd));
	ASSERT_EQ(0, ioctl(self->fd, KPL011_INJECT, &inject));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(3, info.rx_bytes);
	EXPECT_EQ(2, info.rx_breaks);
	EXPECT_EQ(5, info.rx_queued);
	ASSERT_EQ(0, vm_load(&self->vm, DR, 4, &value, 4));
	inject.character = 'd';
	ASSERT_EQ(0, ioctl(self->fd, KPL011_INJECT, &inject));
	ASSERT_EQ(0, vm_load(&self->vm, DR, 4, &value, 1));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(4, info.rx_bytes);
	EXPECT_EQ(2, info.rx_breaks);
	EXPECT_EQ(1, info.rx_queued);
}

/*
 * ABI: "then it is dead, and keeps its history"
 * ABI: "It returns 0 at the end: the port is not attached any more"
 * ABI: write(2) "ENODEV"
 * ABI: KPL011_BREAK ENODEV
 * ABI: KPL011_STATE_DEAD "the VM is gone"
 */
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

/*
 * ABI: "The node disappears at once, and the history when the last file open on it is closed."
 * ABI: KPL011_REAP EBADF EBUSY ENODEV
 * ABI: KPL011_BREAK EBADF
 */
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

/* A port of another user whose VM is gone: its id. */
static int port_of_another_user(void)
{
	unsigned int id = 0;
	int pipefd[2], status;
	pid_t child;

	if (chmod("/dev/kvm", 0666) || pipe(pipefd))
		return -1;
	child = fork();
	if (!child) {
		struct kpl011_attach args;
		struct vm vm;

		if (setgid(1000) || setuid(1000) || vm_create(&vm, false))
			_exit(1);
		args = port_args(vm.fd);
		_exit(port_attach(&args) ||
		      write(pipefd[1], &args.id, sizeof(args.id)) < 0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status ||
	    read(pipefd[0], &id, sizeof(id)) != sizeof(id))
		return -1;
	return id;
}

/* ABI: "Dead ports that are kept for each user" */
TEST_F(port, dead_ports_are_kept_but_for_those_dead_longest)
{
	unsigned int ids[KPL011_DEAD_MAX];
	int others = port_of_another_user();
	unsigned int i;
	int fd;

	ASSERT_LE(0, others);
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
	/* Dead longer, and not of this user. */
	fd = port_open(others, O_RDWR);
	EXPECT_LE(0, fd);
	EXPECT_EQ(0, port_reap(fd));
	close(fd);
	EXPECT_EQ(0, port_reap(self->fd));
	for (i = 1; i < KPL011_DEAD_MAX; i++) {
		fd = port_open(ids[i], O_RDWR);
		EXPECT_LE(0, fd);
		EXPECT_EQ(0, port_reap(fd));
		close(fd);
	}
}

/* ABI: every ioctl EINVAL E2BIG EOPNOTSUPP EFAULT ENOTTY */
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
