// SPDX-License-Identifier: GPL-2.0-only
/* /dev/kpl011/<id>: the bytes in both directions. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "fixture_port.h"

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

/*
 * ABI: write(2) "EFAULT: the bytes cannot be read."
 * ABI: "If an error comes after some bytes were queued"
 */
TEST_F(port, EFAULT_where_there_is_nothing_to_be_written)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	struct kpl011_info info;
	ssize_t n;
	char *room;

	room = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, room);
	ASSERT_EQ(0, munmap(room + page, page));
	EXPECT_EQ(-1, write(self->fd, room + page, 1));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(0, info.rx_bytes);
	/* The bytes before are not lost, nor queued without a word. */
	n = write(self->fd, room + page - 500, 1000);
	EXPECT_LT(0, n);
	EXPECT_GE(500, n);
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ((uint64_t)n, info.rx_bytes);
	munmap(room, page);
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
