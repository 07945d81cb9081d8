// SPDX-License-Identifier: GPL-2.0-only
/*
 * What may be asked of a port beyond bytes: positions and times, the mapped
 * ring, who may type, reading without loss, lines, errors, reset, state and
 * detaching.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include "../kselftest_harness.h"

#include "port.h"
#include "vm.h"

#define REG(offset)	(VM_UART_GPA + (offset))
#define GICD_ICFGR2	(VM_GICD_GPA + 0xc08)	/* INTIDs 32 to 47: 0 is level */

FIXTURE(request) {
	struct vm vm;
	struct kpl011_attach args;
	int fd;
};

FIXTURE_SETUP(request)
{
	ASSERT_EQ(0, vm_create(&self->vm, true));
	self->args = port_args(self->vm.fd);
	self->args.ring_size = KPL011_RING_MIN;
	self->args.flow_ms = KPL011_FLOW_MS_MAX;
	self->fd = port_attach_open(&self->args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(request)
{
	vm_destroy(&self->vm);
	port_poll(self->fd, 0);
	port_reap(self->fd);
	close(self->fd);
}

static int print(struct vm *vm, const char *text)
{
	for (; *text; text++)
		if (vm_store(vm, REG(PL011_DR), 4, (unsigned char)*text, 1))
			return -1;
	return 0;
}

static uint64_t load(struct vm *vm, uint32_t offset)
{
	uint64_t value;

	return vm_load(vm, REG(offset), 4, &value, 1) ? UINT64_MAX : value;
}

static int store(struct vm *vm, uint32_t offset, uint32_t value)
{
	return vm_store(vm, REG(offset), 4, value, 1);
}

static int ask(int fd, unsigned int cmd, void *args)
{
	return ioctl(fd, cmd, args) ? -errno : 0;
}

static uint64_t boottime(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Seek, and return the position or the error. */
static int64_t seek(int fd, uint32_t whence, uint64_t arg)
{
	struct kpl011_seek args = {
		.size = sizeof(args), .whence = whence, .arg = arg,
	};
	int ret = ask(fd, KPL011_SEEK, &args);

	return ret ? ret : (int64_t)args.pos;
}

/*
 * ABI: KPL011_SEEK EINVAL
 * ABI: "Else 0."
 * ABI: KPL011_SEEK "@pos:"
 * ABI: "@whence: KPL011_SEEK_*"
 * ABI: KPL011_SEEK_OLDEST "the oldest byte that is kept"
 * ABI: KPL011_SEEK_NEWEST "behind the newest byte"
 */
TEST_F(request, seek_to_the_oldest_and_the_newest)
{
	EXPECT_EQ(0, seek(self->fd, KPL011_SEEK_OLDEST, 0));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'a',
			      KPL011_RING_MIN + 9));
	EXPECT_EQ(9, seek(self->fd, KPL011_SEEK_OLDEST, 0));
	EXPECT_EQ(9, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(KPL011_RING_MIN + 9, seek(self->fd, KPL011_SEEK_NEWEST, 0));
	EXPECT_EQ(-EINVAL, seek(self->fd, KPL011_SEEK_OLDEST, 1));
	EXPECT_EQ(-EINVAL, seek(self->fd, KPL011_SEEK_NEWEST, 1));
	EXPECT_EQ(-EINVAL, seek(self->fd, 4, 0));
}

/*
 * ABI: KPL011_SEEK_LINES "the last @arg lines"
 * ABI: "one that the guest has not ended yet counts too"
 */
TEST_F(request, seek_to_the_last_lines)
{
	ASSERT_EQ(0, print(&self->vm, "one\ntwo\n\nfour\n"));
	EXPECT_EQ(14, seek(self->fd, KPL011_SEEK_LINES, 0));
	EXPECT_EQ(9, seek(self->fd, KPL011_SEEK_LINES, 1));
	EXPECT_EQ(8, seek(self->fd, KPL011_SEEK_LINES, 2));
	EXPECT_EQ(4, seek(self->fd, KPL011_SEEK_LINES, 3));
	EXPECT_EQ(0, seek(self->fd, KPL011_SEEK_LINES, 4));
	EXPECT_EQ(0, seek(self->fd, KPL011_SEEK_LINES, UINT64_MAX));
	/* One that has not ended counts. */
	ASSERT_EQ(0, print(&self->vm, "login: "));
	EXPECT_EQ(14, seek(self->fd, KPL011_SEEK_LINES, 1));
	EXPECT_EQ(9, seek(self->fd, KPL011_SEEK_LINES, 2));
}

/* ABI: "Where fewer lines or only later ones are kept" */
TEST_F(request, seek_to_lines_that_are_not_kept)
{
	ASSERT_EQ(0, print(&self->vm, "first\n"));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0x80, 60));
	ASSERT_EQ(0, print(&self->vm, "\n"));
	EXPECT_EQ(6, seek(self->fd, KPL011_SEEK_LINES, 1));
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	/* 5000 bytes, a newline every 256: more than the ring has. */
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0, 5000));
	EXPECT_EQ(67 + 5000 - KPL011_RING_MIN,
		  seek(self->fd, KPL011_SEEK_LINES, 100));
	EXPECT_EQ(67 + 4096 + 768 + '\n' + 1 - 256,
		  seek(self->fd, KPL011_SEEK_LINES, 2));
}

/* Print a byte in a tick of its own, and return a time before it. */
static uint64_t print_later(struct vm *vm, const char *text)
{
	struct timespec pause = { .tv_nsec = 20000000 };
	uint64_t before;

	nanosleep(&pause, NULL);
	before = boottime();
	nanosleep(&pause, NULL);
	return print(vm, text) ? 0 : before;
}

/*
 * ABI: KPL011_SEEK_TIME "what was printed from @arg on"
 * ABI: "For KPL011_SEEK_TIME nanoseconds of CLOCK_BOOTTIME"
 */
TEST_F(request, seek_to_a_time)
{
	uint64_t first, second;

	first = print_later(&self->vm, "one\n");
	second = print_later(&self->vm, "two\n");
	EXPECT_EQ(0, seek(self->fd, KPL011_SEEK_TIME, 0));
	EXPECT_EQ(0, seek(self->fd, KPL011_SEEK_TIME, first));
	EXPECT_EQ(4, seek(self->fd, KPL011_SEEK_TIME, second));
	EXPECT_EQ(8, seek(self->fd, KPL011_SEEK_TIME, boottime()));
}

/* ABI: "Where fewer lines or only later ones are kept" */
TEST_F(request, seek_to_a_time_that_is_not_kept)
{
	uint64_t first = print_later(&self->vm, "one\n");

	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0,
			      KPL011_RING_MIN + 5));
	EXPECT_EQ(9, seek(self->fd, KPL011_SEEK_TIME, 0));
	EXPECT_EQ(9, seek(self->fd, KPL011_SEEK_TIME, first));
}

/* ABI: "only later ones are kept" */
TEST_F(request, seek_to_a_time_whose_mark_is_not_kept)
{
	struct timespec pause = { .tv_nsec = 10000000 };
	unsigned int i;

	/* A mark for each byte, more than are kept, while all bytes are. */
	for (i = 0; i < KPL011_RING_MIN / 32 + 20; i++) {
		ASSERT_EQ(0, print(&self->vm, "x"));
		nanosleep(&pause, NULL);
	}
	EXPECT_EQ(0, seek(self->fd, KPL011_SEEK_TIME, 0));
	EXPECT_EQ(0, seek(self->fd, KPL011_SEEK_TIME, 1));
	EXPECT_EQ(i, seek(self->fd, KPL011_SEEK_TIME, boottime()));
}

static int get_marks(int fd, uint64_t pos, struct kpl011_mark *marks,
		     uint32_t count)
{
	struct kpl011_marks args = {
		.size = sizeof(args), .pos = pos,
		.marks = (uintptr_t)marks, .count = count,
	};
	int ret = ask(fd, KPL011_MARKS, &args);

	return ret ? ret : (int)args.count;
}

/*
 * ABI: KPL011_MARKS EINVAL
 * ABI: struct kpl011_mark "@pos:"
 * ABI: struct kpl011_mark "@ns:"
 * ABI: "There is one for the first byte that is transmitted in each tick"
 * ABI: KPL011_MARKS "@pos: a position"
 * ABI: KPL011_MARKS "@marks:"
 * ABI: KPL011_MARKS "@count:"
 * ABI: "The first mark that is returned is the last one at or before @pos"
 * ABI: "Marks that one KPL011_MARKS returns."
 */
TEST_F(request, marks_tell_when_lines_and_bytes_after_a_pause_came)
{
	struct kpl011_mark marks[8];
	uint64_t first, second, after;

	EXPECT_EQ(0, get_marks(self->fd, 0, marks, 8));
	first = print_later(&self->vm, "x");
	second = print_later(&self->vm, "y");
	after = boottime();
	ASSERT_EQ(2, get_marks(self->fd, 0, marks, 8));
	EXPECT_EQ(0, marks[0].pos);
	EXPECT_LE(first, marks[0].ns);
	EXPECT_GT(second, marks[0].ns);
	EXPECT_EQ(1, marks[1].pos);
	EXPECT_LE(second, marks[1].ns);
	EXPECT_GE(after, marks[1].ns);
	/* From a position on, and as many as there is room for. */
	ASSERT_EQ(1, get_marks(self->fd, 1, marks, 8));
	EXPECT_EQ(1, marks[0].pos);
	ASSERT_EQ(1, get_marks(self->fd, 0, marks, 1));
	EXPECT_EQ(0, marks[0].pos);
	EXPECT_EQ(-EINVAL, get_marks(self->fd, 0, marks, 0));
	EXPECT_EQ(-EINVAL, get_marks(self->fd, 0, marks, KPL011_MARKS_MAX + 1));
	EXPECT_EQ(-EFAULT, get_marks(self->fd, 0, (void *)8, 8));
}

/* ABI: "each first byte of a line that lies 32 bytes or more behind" */
TEST_F(request, marks_tell_where_lines_begin)
{
	struct kpl011_mark mark;
	struct vm vm;
	int fd, line;

	/* Room for the marks of a guest that needs seconds for it. */
	ASSERT_EQ(0, vm_create(&vm, false));
	self->args = port_args(vm.fd);
	self->args.ring_size = 16 * KPL011_RING_DEFAULT;
	fd = port_attach_open(&self->args, O_RDWR);
	ASSERT_LE(0, fd);
	/* Lines of 256 bytes, from 11 on; several of them in a tick. */
	ASSERT_EQ(0, vm_store(&vm, REG(PL011_DR), 4, 0, 4000));
	ASSERT_EQ(1, get_marks(fd, 0, &mark, 1));
	EXPECT_EQ(0, mark.pos);
	for (line = '\n' + 1 + 256; line < 4000; line += 256) {
		ASSERT_EQ(1, get_marks(fd, line, &mark, 1));
		/* A tick may have begun a little before it. */
		EXPECT_LT(line - 32, mark.pos);
		EXPECT_GE(line, mark.pos);
	}
	vm_destroy(&vm);
	EXPECT_EQ(POLLHUP, port_poll(fd, 0));
	EXPECT_EQ(0, port_reap(fd));
	close(fd);
}

/*
 * ABI: "As many are kept as the ring has bytes / 32"
 * ABI: "The first mark that is returned is the last one at or before @pos"
 * ABI: "in the order of their positions"
 */
TEST_F(request, marks_of_a_flood_of_lines_grow_and_stay_bounded)
{
	struct kpl011_mark marks[KPL011_MARKS_MAX], some[2];
	int i, n;

	/* A newline every 256 bytes, most of them in one tick. */
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0, 40000));
	n = get_marks(self->fd, 0, marks, KPL011_MARKS_MAX);
	ASSERT_EQ(KPL011_RING_MIN / 32, n);
	for (i = 1; i < n; i++) {
		EXPECT_LT(marks[i - 1].pos, marks[i].pos);
		EXPECT_LE(marks[i - 1].ns, marks[i].ns);
	}
	/* The one at or before a position, or the oldest if that is lost. */
	ASSERT_EQ(2, get_marks(self->fd, marks[6].pos - 1, some, 2));
	EXPECT_EQ(marks[5].pos, some[0].pos);
	EXPECT_EQ(marks[6].pos, some[1].pos);
	ASSERT_EQ(1, get_marks(self->fd, marks[0].pos - 1, some, 1));
	EXPECT_EQ(marks[0].pos, some[0].pos);
}

/*
 * ABI: "PROT_READ of offset 0: struct kpl011_ring."
 * ABI: "@version: 1"
 * ABI: struct kpl011_ring "@offset:"
 * ABI: struct kpl011_ring "@size:"
 * ABI: struct kpl011_ring "@pad: 0"
 * ABI: struct kpl011_ring "@head:"
 * ABI: "@reserved: what @head will be"
 * ABI: "The byte at position p is at @offset + p % @size."
 */
TEST_F(request, mapped_ring_is_read_without_a_call)
{
	long page = sysconf(_SC_PAGESIZE);
	size_t size = page + KPL011_RING_MIN;
	const volatile struct kpl011_ring *ring;
	const char *bytes;
	void *map;

	map = mmap(NULL, size, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	ring = map;
	EXPECT_EQ(1, ring->version);
	EXPECT_EQ(page, ring->offset);
	EXPECT_EQ(KPL011_RING_MIN, ring->size);
	EXPECT_EQ(0, ring->pad);
	EXPECT_EQ(0, ring->head);
	ASSERT_EQ(0, print(&self->vm, "mapped"));
	EXPECT_EQ(6, __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE));
	bytes = (const char *)map + ring->offset;
	EXPECT_EQ(0, memcmp(bytes, "mapped", 6));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'A',
			      KPL011_RING_MIN));
	EXPECT_EQ(6 + KPL011_RING_MIN, ring->head);
	EXPECT_EQ(ring->head, ring->reserved);
	EXPECT_EQ('A', bytes[6]);
	/* It stays when the port goes. */
	vm_destroy(&self->vm);
	EXPECT_EQ('A', bytes[6]);
	EXPECT_EQ(0, munmap(map, size));
}

/* ABI: "An mmap(2) shall have @offset + @size bytes and PROT_READ alone" */
TEST_F(request, mapped_ring_can_not_be_written)
{
	long page = sysconf(_SC_PAGESIZE);
	size_t size = page + KPL011_RING_MIN;
	void *map;

	EXPECT_EQ(MAP_FAILED, mmap(NULL, size, PROT_READ | PROT_WRITE,
				   MAP_SHARED, self->fd, 0));
	EXPECT_EQ(EPERM, errno);
	/* Nor a part that is not there. */
	EXPECT_EQ(MAP_FAILED, mmap(NULL, size + 16 * page, PROT_READ,
				   MAP_SHARED, self->fd, 0));
	EXPECT_EQ(EINVAL, errno);
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-1, mprotect(map, size, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	munmap(map, size);
}

#define FLOOD_BYTES	40000

static void *flood(void *vm)
{
	return (void *)(intptr_t)vm_store(vm, REG(PL011_DR), 4, 0, FLOOD_BYTES);
}

/* The way to read that the header tells; the byte at position p is p & 0xff. */
/*
 * ABI: "1. head = load of @head"
 * ABI: "2. copy bytes p to head - 1"
 * ABI: "3. a barrier between loads"
 * ABI: "To sleep until there is more"
 */
TEST_F(request, mapped_ring_shows_no_wrong_byte_while_the_guest_prints)
{
	size_t size = sysconf(_SC_PAGESIZE) + KPL011_RING_MIN;
	const volatile struct kpl011_ring *ring;
	uint64_t p = 0, head, reserved, i, read = 0, sleeps = 0;
	unsigned char copy[KPL011_RING_MIN];
	const volatile unsigned char *bytes;
	pthread_t thread;
	void *ret;

	ring = mmap(NULL, size, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, (void *)ring);
	bytes = (const volatile unsigned char *)ring + ring->offset;
	ASSERT_EQ(0, pthread_create(&thread, NULL, flood, &self->vm));
	while (p < FLOOD_BYTES) {
		head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
		if (p == head) {
			ASSERT_EQ(head, lseek(self->fd, head, SEEK_SET));
			ASSERT_EQ(POLLIN, port_poll(self->fd, POLLIN));
			sleeps++;
			continue;
		}
		if (head - p > ring->size)
			p = head - ring->size;
		for (i = p; i < head; i++)
			copy[i % ring->size] = bytes[i % ring->size];
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		reserved = __atomic_load_n(&ring->reserved, __ATOMIC_RELAXED);
		ASSERT_LE(head, reserved);
		if (reserved > ring->size && reserved - ring->size > p)
			p = reserved - ring->size;
		for (; p < head; p++, read++)
			ASSERT_EQ(p & 0xff, copy[p % ring->size]);
		p = head;
	}
	ASSERT_EQ(0, pthread_join(thread, &ret));
	EXPECT_EQ(NULL, ret);
	EXPECT_LT(0, read);
	EXPECT_LT(0, sleeps);
	EXPECT_EQ(0, munmap((void *)ring, size));
}

static int input(int fd, uint32_t flags, struct kpl011_input *args)
{
	*args = (struct kpl011_input) { .size = sizeof(*args), .flags = flags };
	return ask(fd, KPL011_INPUT, args);
}

#define LONG_COMM	"fifteen letters"

/*
 * ABI: "Bytes of the name of a task"
 * ABI: KPL011_INPUT EBUSY
 * ABI: write(2) "EBUSY"
 * ABI: KPL011_BREAK EBUSY
 * ABI: KPL011_INJECT EBUSY
 * ABI: "hold it from now on"
 * ABI: "let go of it"
 * ABI: KPL011_INPUT_MINE "this file holds it"
 * ABI: "another file does"
 * ABI: KPL011_INPUT "@flags:"
 * ABI: KPL011_INPUT "@pid:"
 * ABI: KPL011_INPUT "@comm:"
 * ABI: "While nobody holds the input, any file may write."
 * ABI: "fail with EBUSY"
 * ABI: "What was queued before stays."
 */
TEST_F(request, input_is_held_by_one_file)
{
	int other = port_open(self->args.id, O_RDWR | O_NONBLOCK);
	struct kpl011_inject inject = { .size = sizeof(inject) };
	struct kpl011_input who;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, input(self->fd, 0, &who));
	EXPECT_EQ(0, who.status);
	EXPECT_EQ(2, write(other, "Aa", 2));
	ASSERT_EQ(0, prctl(PR_SET_NAME, LONG_COMM));
	ASSERT_EQ(0, input(self->fd, KPL011_INPUT_TAKE, &who));
	EXPECT_EQ(KPL011_INPUT_MINE, who.status);
	EXPECT_EQ(1, write(self->fd, "b", 1));
	EXPECT_EQ(-1, write(other, "c", 1));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(-EBUSY, port_break(other));
	EXPECT_EQ(-EBUSY, ask(other, KPL011_INJECT, &inject));

	EXPECT_EQ(-EBUSY, input(other, KPL011_INPUT_TAKE, &who));
	EXPECT_EQ(KPL011_INPUT_OTHER, who.status);
	EXPECT_EQ(getpid(), who.pid);
	EXPECT_STREQ(LONG_COMM, who.comm);
	ASSERT_EQ(0, input(self->fd, KPL011_INPUT_GIVE, &who));
	EXPECT_EQ(0, who.status);
	EXPECT_EQ(1, write(other, "c", 1));
	/* What was queued before it was taken, and after. */
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x60));
	EXPECT_EQ('A', load(&self->vm, PL011_DR));
	EXPECT_EQ('a', load(&self->vm, PL011_DR));
	EXPECT_EQ('b', load(&self->vm, PL011_DR));
	EXPECT_EQ('c', load(&self->vm, PL011_DR));
	close(other);
}

/*
 * ABI: "another file took the input"
 * ABI: "with TAKE: from whoever holds it"
 * ABI: "another took it from this one"
 * ABI: KPL011_INPUT "@status:"
 * ABI: KPL011_INPUT "@pid:"
 * ABI: "A file that is closed lets go of it."
 */
TEST_F(request, input_that_is_taken_over_is_told)
{
	int other = port_open(self->args.id, O_RDWR | O_NONBLOCK);
	struct kpl011_input who;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, input(self->fd, KPL011_INPUT_TAKE, &who));
	EXPECT_EQ(0, port_poll(self->fd, POLLOUT | POLLPRI) & POLLPRI);
	ASSERT_EQ(0, input(other, KPL011_INPUT_TAKE | KPL011_INPUT_FORCE,
			   &who));
	EXPECT_EQ(KPL011_INPUT_MINE, who.status);
	EXPECT_EQ(POLLPRI, port_poll(self->fd, POLLPRI));
	ASSERT_EQ(0, input(self->fd, 0, &who));
	EXPECT_EQ(KPL011_INPUT_OTHER | KPL011_INPUT_LOST, who.status);
	EXPECT_EQ(getpid(), who.pid);
	ASSERT_EQ(0, input(self->fd, 0, &who));
	EXPECT_EQ(KPL011_INPUT_OTHER, who.status);
	EXPECT_EQ(0, port_poll(self->fd, POLLOUT | POLLPRI) & POLLPRI);
	/* A file that is closed lets go. */
	close(other);
	EXPECT_EQ(1, write(self->fd, "x", 1));
}

/* ABI: KPL011_INPUT EBADF EINVAL */
TEST_F(request, input_needs_a_file_that_can_write)
{
	int reader = port_open(self->args.id, O_RDONLY);
	struct kpl011_input who;

	ASSERT_LE(0, reader);
	EXPECT_EQ(-EBADF, input(reader, KPL011_INPUT_TAKE, &who));
	EXPECT_EQ(0, input(reader, 0, &who));
	EXPECT_EQ(-EINVAL, input(self->fd, KPL011_INPUT_FORCE, &who));
	EXPECT_EQ(-EINVAL, input(self->fd, KPL011_INPUT_TAKE | KPL011_INPUT_GIVE,
				 &who));
	close(reader);
}

static int flow(int fd, uint32_t flags)
{
	struct kpl011_flow args = { .size = sizeof(args), .flags = flags };
	int ret = ask(fd, KPL011_FLOW, &args);

	return ret ? ret : (int)args.status;
}

/*
 * ABI: "this file reads without loss from now on"
 * ABI: KPL011_FLOW_LOSSLESS "this file reads without loss"
 * ABI: KPL011_FLOW "@flags:"
 * ABI: "No byte from the file's position on is overwritten"
 * ABI: "the guest finds its transmit FIFO full"
 * ABI: "No vCPU is blocked."
 * ABI: "@tx_lost:"
 * ABI: "@flow_stalls:"
 * ABI: "@flow_stall_ns:"
 */
TEST_F(request, reader_without_loss_holds_up_the_guest)
{
	unsigned char buf[KPL011_RING_MIN + 100];
	struct kpl011_info info;
	size_t i;

	ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, 0, 1));
	EXPECT_EQ(KPL011_FLOW_LOSSLESS, flow(self->fd, KPL011_FLOW_ON));
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0, KPL011_RING_MIN));
	ASSERT_EQ(0, store(&self->vm, PL011_ICR, PL011_INT_ALL));
	ASSERT_EQ(0, store(&self->vm, PL011_IMSC, PL011_INT_TX));
	EXPECT_EQ(PL011_FR_TXFE, load(&self->vm, PL011_FR) &
				 (PL011_FR_TXFE | PL011_FR_TXFF));
	/* The ring is full: these wait in the FIFO, and the last is lost. */
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0, 33));
	EXPECT_EQ(PL011_FR_TXFF | PL011_FR_BUSY,
		  load(&self->vm, PL011_FR) & (PL011_FR_TXFF | PL011_FR_BUSY));
	EXPECT_EQ(0, vm_line(&self->vm, KPL011_VIRT_INTID));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(1, info.flow_stalls);
	/* The present one is not included. */
	EXPECT_EQ(0, info.flow_stall_ns);

	ASSERT_EQ(KPL011_RING_MIN, read(self->fd, buf, sizeof(buf)));
	for (i = 0; i < KPL011_RING_MIN; i++)
		ASSERT_EQ(i & 0xff, buf[i]);
	/* Asking for more is what says that these are read. */
	ASSERT_EQ(32, read(self->fd, buf, sizeof(buf)));
	for (i = 0; i < 32; i++)
		ASSERT_EQ(i, buf[i]);
	EXPECT_EQ(1, vm_line(&self->vm, KPL011_VIRT_INTID));
	EXPECT_EQ(PL011_FR_TXFE, load(&self->vm, PL011_FR) &
				 (PL011_FR_TXFE | PL011_FR_BUSY));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(1, info.flow_stalls);
	EXPECT_LT(0, info.flow_stall_ns);
	EXPECT_EQ(1, info.tx_lost);
	EXPECT_EQ(0, info.flow_drops);
}

/*
 * ABI: "before the position has moved past it: by lseek(2) or KPL011_SEEK"
 * ABI: KPL011_FLOW_OFF "it does not any more"
 */
TEST_F(request, every_way_of_moving_on_lets_the_guest_go_on)
{
	static const char *const ways[] = { "lseek", "seek", "poll", "off",
					    "close" };
	unsigned char buf[KPL011_RING_MIN];
	unsigned int i;

	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	for (i = 0; i < 5; i++) {
		int fd = port_open(self->args.id, O_RDONLY | O_NONBLOCK);

		ASSERT_LE(0, fd);
		ASSERT_LE(0, seek(fd, KPL011_SEEK_OLDEST, 0));
		ASSERT_EQ(KPL011_FLOW_LOSSLESS, flow(fd, KPL011_FLOW_ON));
		ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0,
				      KPL011_RING_MIN));
		/* The first time the ring was empty. */
		ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0, 1));
		ASSERT_EQ(PL011_FR_BUSY, load(&self->vm, PL011_FR) &
					 PL011_FR_BUSY);
		if (!strcmp(ways[i], "lseek")) {
			EXPECT_LE(0, lseek(fd, 0, SEEK_END));
		} else if (!strcmp(ways[i], "seek")) {
			EXPECT_LE(0, seek(fd, KPL011_SEEK_NEWEST, 0));
		} else if (!strcmp(ways[i], "poll")) {
			EXPECT_EQ((int)sizeof(buf), read(fd, buf, sizeof(buf)));
			port_poll(fd, POLLIN | POLLOUT);
		} else if (!strcmp(ways[i], "off")) {
			EXPECT_EQ(0, flow(fd, KPL011_FLOW_OFF));
		}
		close(fd);
		EXPECT_EQ(0, load(&self->vm, PL011_FR) & PL011_FR_BUSY) {
			TH_LOG("after %s", ways[i]);
		}
	}
}

/*
 * ABI: "the file was dropped as a lossless reader"
 * ABI: "for longer than @flow_ms of struct kpl011_attach is dropped"
 * ABI: "it did, and was too slow"
 * ABI: KPL011_FLOW "@status:"
 * ABI: "@flow_drops:"
 * ABI: "Milliseconds that lossless readers may hold up a guest"
 */
TEST_F(request, reader_that_stalls_is_dropped_and_told)
{
	struct kpl011_info info;
	struct vm vm;
	int fd;

	ASSERT_EQ(0, vm_create(&vm, false));
	self->args = port_args(vm.fd);
	self->args.ring_size = KPL011_RING_MIN;
	self->args.flow_ms = 1;
	fd = port_attach_open(&self->args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, fd);
	EXPECT_EQ(KPL011_FLOW_LOSSLESS, flow(fd, KPL011_FLOW_ON));
	ASSERT_EQ(0, store(&vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(0, vm_store(&vm, REG(PL011_DR), 4, 0, KPL011_RING_MIN + 8));
	EXPECT_EQ(POLLPRI, port_poll(fd, POLLPRI));
	EXPECT_EQ(KPL011_FLOW_DROPPED, flow(fd, 0));
	EXPECT_EQ(0, flow(fd, 0));
	EXPECT_EQ(0, port_poll(fd, POLLOUT | POLLPRI) & POLLPRI);
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(1, info.flow_drops);
	EXPECT_EQ(1, info.flow_ms);
	EXPECT_EQ(KPL011_RING_MIN + 8, info.tx_newest);
	EXPECT_EQ(0, load(&vm, PL011_FR) & PL011_FR_BUSY);
	vm_destroy(&vm);
	EXPECT_EQ(POLLHUP, port_poll(fd, 0));
	EXPECT_EQ(0, port_reap(fd));
	close(fd);
}

/*
 * ABI: KPL011_FLOW EPERM EINVAL
 * ABI: "no reader may hold up the guest"
 * ABI: "@attach_flags:"
 * ABI: KPL011_INFO "@flow_ms:"
 */
TEST_F(request, flow_control_can_be_forbidden_at_attach)
{
	struct kpl011_info info;
	struct vm vm;
	int fd;

	ASSERT_EQ(0, vm_create(&vm, false));
	self->args = port_args(vm.fd);
	self->args.flags = KPL011_ATTACH_NO_FLOW;
	fd = port_attach_open(&self->args, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EPERM, flow(fd, KPL011_FLOW_ON));
	EXPECT_EQ(-EINVAL, flow(fd, KPL011_FLOW_ON | KPL011_FLOW_OFF));
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(KPL011_ATTACH_NO_FLOW, info.attach_flags);
	EXPECT_EQ(KPL011_FLOW_MS_DEFAULT, info.flow_ms);
	vm_destroy(&vm);
	EXPECT_EQ(POLLHUP, port_poll(fd, 0));
	EXPECT_EQ(0, port_reap(fd));
	close(fd);
}

/* ABI: "everything has been read" */
TEST_F(request, what_waited_when_the_vm_went_is_still_read)
{
	unsigned char buf[KPL011_RING_MIN];

	EXPECT_EQ(KPL011_FLOW_LOSSLESS, flow(self->fd, KPL011_FLOW_ON));
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0,
			      KPL011_RING_MIN + 5));
	vm_destroy(&self->vm);
	ASSERT_EQ(KPL011_RING_MIN, read(self->fd, buf, sizeof(buf)));
	ASSERT_EQ(5, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(4, buf[4]);
	EXPECT_EQ(0, read(self->fd, buf, sizeof(buf)));
}

static int modem(int fd, uint32_t flags, uint32_t inputs,
		 struct kpl011_modem *args)
{
	*args = (struct kpl011_modem) {
		.size = sizeof(*args), .flags = flags, .inputs = inputs,
	};
	return ask(fd, KPL011_MODEM, args);
}

/*
 * ABI: KPL011_MODEM EINVAL EBADF ENODEV
 * ABI: KPL011_MODEM "@flags:"
 * ABI: KPL011_MODEM "@inputs:"
 * ABI: "With KPL011_MODEM_SET they are set, else returned."
 * ABI: "CTS, DSR and DCD are asserted from attach on."
 * ABI: KPL011_MODEM "@outputs:"
 */
TEST_F(request, modem_lines_go_both_ways)
{
	int reader = port_open(self->args.id, O_RDONLY);
	struct kpl011_modem lines;

	ASSERT_LE(0, reader);
	ASSERT_EQ(0, store(&self->vm, PL011_CR,
			   0x301 | PL011_CR_RTS | PL011_CR_OUT1));
	ASSERT_EQ(0, modem(reader, 0, 0, &lines));
	EXPECT_EQ(PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD, lines.inputs);
	EXPECT_EQ(PL011_CR_RTS | PL011_CR_OUT1, lines.outputs);
	ASSERT_EQ(0, store(&self->vm, PL011_CR,
			   0x301 | PL011_CR_DTR | PL011_CR_OUT2));
	ASSERT_EQ(0, modem(reader, 0, 0, &lines));
	EXPECT_EQ(PL011_CR_DTR | PL011_CR_OUT2, lines.outputs);
	ASSERT_EQ(0, modem(self->fd, KPL011_MODEM_SET, PL011_FR_RI, &lines));
	EXPECT_EQ(PL011_FR_RI, lines.inputs);
	EXPECT_EQ(PL011_FR_RI, load(&self->vm, PL011_FR) & PL011_FR_MODEM);
	EXPECT_EQ(PL011_INT_RI | PL011_INT_CTS | PL011_INT_DSR | PL011_INT_DCD,
		  load(&self->vm, PL011_RIS));
	EXPECT_EQ(-EINVAL, modem(self->fd, KPL011_MODEM_SET, PL011_FR_TXFE,
				 &lines));
	EXPECT_EQ(-EBADF, modem(reader, KPL011_MODEM_SET, 0, &lines));
	vm_destroy(&self->vm);
	EXPECT_EQ(-ENODEV, modem(self->fd, KPL011_MODEM_SET, 0, &lines));
	close(reader);
}

/* ABI: KPL011_MODEM "@inputs:" */
TEST_F(request, guest_that_was_held_by_cts_goes_on)
{
	struct kpl011_modem lines;
	char buf[8];

	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(0, store(&self->vm, PL011_CR, 0x301 | PL011_CR_CTSEN));
	ASSERT_EQ(0, modem(self->fd, KPL011_MODEM_SET, 0, &lines));
	ASSERT_EQ(0, print(&self->vm, "cts"));
	EXPECT_EQ(-1, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_EQ(0, modem(self->fd, KPL011_MODEM_SET, PL011_FR_CTS, &lines));
	EXPECT_EQ(POLLIN, port_poll(self->fd, POLLIN));
	EXPECT_EQ(3, read(self->fd, buf, sizeof(buf)));
}

/*
 * ABI: KPL011_INJECT EINVAL EBADF
 * ABI: "@character: as DR shows it"
 * ABI: "Like a write(2) of one byte"
 */
TEST_F(request, injected_errors_reach_the_guest_in_their_place)
{
	struct kpl011_inject inject = {
		.size = sizeof(inject), .character = PL011_DR_PE | 'p',
	};
	int reader = port_open(self->args.id, O_RDONLY);

	ASSERT_LE(0, reader);
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(1, write(self->fd, "a", 1));
	ASSERT_EQ(0, ask(self->fd, KPL011_INJECT, &inject));
	inject.character = PL011_DR_OE | PL011_DR_FE | 'o';
	ASSERT_EQ(0, ask(self->fd, KPL011_INJECT, &inject));
	ASSERT_EQ(1, write(self->fd, "z", 1));
	EXPECT_EQ('a', load(&self->vm, PL011_DR));
	EXPECT_EQ(PL011_DR_PE | 'p', load(&self->vm, PL011_DR));
	EXPECT_EQ(PL011_DR_OE | PL011_DR_FE | 'o', load(&self->vm, PL011_DR));
	EXPECT_EQ('z', load(&self->vm, PL011_DR));
	EXPECT_EQ(PL011_INT_PE | PL011_INT_FE | PL011_INT_OE,
		  load(&self->vm, PL011_RIS));
	inject.character = 0x1000;
	EXPECT_EQ(-EINVAL, ask(self->fd, KPL011_INJECT, &inject));
	inject.character = 0;
	EXPECT_EQ(-EBADF, ask(reader, KPL011_INJECT, &inject));
	close(reader);
}

/*
 * ABI: KPL011_INJECT EBUSY EAGAIN ENODEV
 * ABI: "@character: as DR shows it"
 */
TEST_F(request, inject_is_refused_like_a_write)
{
	struct kpl011_inject inject = {
		.size = sizeof(inject), .character = PL011_BREAK,
	};
	int other = port_open(self->args.id, O_RDWR | O_NONBLOCK);
	struct kpl011_input who;
	static char bytes[8192];

	ASSERT_LE(0, other);
	ASSERT_EQ(0, ask(self->fd, KPL011_INJECT, &inject));
	EXPECT_EQ(PL011_BREAK, load(&self->vm, PL011_DR));
	ASSERT_EQ(0, input(other, KPL011_INPUT_TAKE, &who));
	EXPECT_EQ(-EBUSY, ask(self->fd, KPL011_INJECT, &inject));
	close(other);
	while (write(self->fd, bytes, sizeof(bytes)) > 0)
		;
	ASSERT_EQ(EAGAIN, errno);
	EXPECT_EQ(-EAGAIN, ask(self->fd, KPL011_INJECT, &inject));
	vm_destroy(&self->vm);
	EXPECT_EQ(-ENODEV, ask(self->fd, KPL011_INJECT, &inject));
}

/*
 * ABI: KPL011_RESET EBADF ENODEV
 * ABI: "As its reset input does."
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

/* ABI: "What is queued for the guest stays queued but for what its FIFO held" */
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
 * ABI: "From the return on the guest's accesses go to the VMM again"
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
 * ABI: "the one at offset o is number o / 4"
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
 * ABI: "On return it fills no more than @size bytes."
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
 * ABI: "ioctl numbers carry no size."
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
 * ABI: KPL011_ATTACH "@pad: 0"
 * ABI: KPL011_INJECT "@pad: 0"
 * ABI: KPL011_SEEK "@pad: 0"
 * ABI: KPL011_MARKS "@pad: 0"
 * ABI: KPL011_FLOW "@pad: 0"
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
 * ABI: KPL011_INFO "@flags: 0"
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

/*
 * ABI: every "@flags: 0"
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
