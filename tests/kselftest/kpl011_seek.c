// SPDX-License-Identifier: GPL-2.0-only
/* Positions and times: where to read from, and when it was printed. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "request.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME	0x80
#endif

/*
 * ABI: KPL011_SEEK EINVAL
 * ABI: "Otherwise 0."
 * ABI: KPL011_SEEK "@pos:"
 * ABI: "@whence: KPL011_SEEK_*"
 * ABI: KPL011_SEEK_OLDEST "the oldest byte that is kept"
 * ABI: KPL011_SEEK_NEWEST "after the newest byte"
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
 * ABI: "one that the guest has not ended yet counts, too"
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

/* ABI: "If fewer lines are kept, or only later output" */
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

static void on_signal(int signal)
{
}

static void *signals(void *to)
{
	for (;;) {
		pthread_kill(*(pthread_t *)to, SIGUSR1);
		pthread_testcancel();
	}
	return NULL;
}

/* ABI: KPL011_SEEK EINTR */
TEST_F(request, seek_for_lines_ends_by_a_signal)
{
	const struct sigaction action = { .sa_handler = on_signal };
	pthread_t self_thread = pthread_self(), thread;
	int ret;

	/* One line, so that there is none before the oldest byte. */
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(0, print(&self->vm, "x"));
	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, pthread_create(&thread, NULL, signals, &self_thread));
	do
		ret = seek(self->fd, KPL011_SEEK_LINES, 2);
	while (ret != -EINTR);
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	/* The position stays. */
	EXPECT_EQ(0, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(0, seek(self->fd, KPL011_SEEK_LINES, 2));
}

/* ABI: "The position is that of read(2), and write(2) does not move it." */
TEST_F(request, position_is_not_that_of_a_write_that_slept)
{
	static char paste[4096];
	struct call call = {
		.fd = port_open(self->args.id, O_RDWR),
		.buf = paste, .size = sizeof(paste),
	};
	struct kpl011_info info;
	uint64_t value;
	char buf[16];

	ASSERT_LE(0, call.fd);
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(0, pthread_create(&call.thread, NULL, call_write, &call));
	ASSERT_EQ(0, call_sleeps(&call));
	ASSERT_EQ(0, print(&self->vm, "0123456789"));
	ASSERT_EQ(10, read(call.fd, buf, sizeof(buf)));
	do {
		ASSERT_EQ(0, vm_load(&self->vm, REG(PL011_DR), 4, &value, 64));
		ASSERT_EQ(0, port_info(self->fd, &info));
	} while (info.rx_bytes < sizeof(paste));
	ASSERT_EQ(0, pthread_join(call.thread, NULL));
	EXPECT_EQ((ssize_t)sizeof(paste), call.ret);
	EXPECT_EQ(10, lseek(call.fd, 0, SEEK_CUR));
	ASSERT_EQ(0, fcntl(call.fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-1, read(call.fd, buf, sizeof(buf)));
	EXPECT_EQ(EAGAIN, errno);
	/* Nor does one with a position of its own move it. */
	EXPECT_EQ(1, pwrite(call.fd, "x", 1, 5));
	EXPECT_EQ(2, pread(call.fd, buf, 2, 3));
	EXPECT_EQ(10, lseek(call.fd, 0, SEEK_CUR));
	close(call.fd);
}

/* ABI: "Each buffer of a readv(2) is a read(2) of its own." */
TEST_F(request, readv_fills_its_buffers_in_order)
{
	char first[2], second[4];
	struct iovec to[2] = { { first, 2 }, { second, 4 } };

	ASSERT_EQ(0, print(&self->vm, "abcde"));
	ASSERT_EQ(5, readv(self->fd, to, 2));
	EXPECT_EQ(0, memcmp("ab", first, 2));
	EXPECT_EQ(0, memcmp("cde", second, 3));
	EXPECT_EQ(5, lseek(self->fd, 0, SEEK_CUR));
	/* And preadv(2) is a pread(2). */
	ASSERT_EQ(4, preadv(self->fd, to, 2, 1));
	EXPECT_EQ('b', first[0]);
	EXPECT_EQ(5, lseek(self->fd, 0, SEEK_CUR));
}

struct sharing {
	int fd;
	unsigned int got[256];	/* how often each byte */
};

static void *share(void *arg)
{
	struct sharing *sharing = arg;
	unsigned char buf[3];
	ssize_t n;

	while ((n = read(sharing->fd, buf, sizeof(buf))) > 0)
		while (n--)
			sharing->got[buf[n]]++;
	return NULL;
}

/* ABI: "If threads share a file, each byte goes to one of them" */
TEST_F(request, threads_that_read_one_file_get_each_byte_once)
{
	int fd = port_open(self->args.id, O_RDONLY);
	struct sharing sharing[2] = { { .fd = fd }, { .fd = fd } };
	unsigned int i, wrong = 0;
	pthread_t thread[2];

	ASSERT_LE(0, fd);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, share,
					    &sharing[i]));
	/* Each value 16 times; the ring has room for all. */
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0, 4096));
	vm_destroy(&self->vm);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_join(thread[i], NULL));
	for (i = 0; i < 256; i++)
		wrong += sharing[0].got[i] + sharing[1].got[i] != 16;
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(4096, lseek(fd, 0, SEEK_CUR));
	close(fd);
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
 * ABI: KPL011_SEEK_TIME "what was transmitted from @arg on"
 * ABI: "For KPL011_SEEK_TIME a time"
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

/* ABI: "If fewer lines are kept, or only later output" */
TEST_F(request, seek_to_a_time_that_is_not_kept)
{
	uint64_t first = print_later(&self->vm, "one\n");

	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0,
			      KPL011_RING_MIN + 5));
	EXPECT_EQ(9, seek(self->fd, KPL011_SEEK_TIME, 0));
	EXPECT_EQ(9, seek(self->fd, KPL011_SEEK_TIME, first));
}

/* ABI: "or only later output" */
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
 * ABI: "There is a mark for the first byte that the guest transmits in each tick"
 * ABI: KPL011_MARKS "@pos: a position"
 * ABI: KPL011_MARKS "@marks:"
 * ABI: KPL011_MARKS "@count:"
 * ABI: "The first mark that is returned is the last one at or before @pos"
 * ABI: "Marks that one KPL011_MARKS returns at most."
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

/* ABI: "the first byte of each line that begins 32 bytes or more after" */
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
 * ABI: "The kernel keeps the newest @ring_size / 32 marks"
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

/* What a port tells of times: of 3 marks, or < 0. */
struct told {
	struct kpl011_info info;
	struct kpl011_mark marks[3];
	uint64_t now;
	int64_t at[3];	/* where each mark's time leads to */
	int64_t begin;	/* and a time long before all of them */
	int64_t end;	/* and now */
};

static int tell(int fd, uint64_t begin, struct told *told)
{
	unsigned int i;

	if (port_info(fd, &told->info) || get_marks(fd, 0, told->marks, 3) != 3)
		return -1;
	told->now = boottime();
	for (i = 0; i < 3; i++)
		told->at[i] = seek(fd, KPL011_SEEK_TIME, told->marks[i].ns);
	told->begin = seek(fd, KPL011_SEEK_TIME, begin);
	told->end = seek(fd, KPL011_SEEK_TIME, told->now);
	return 0;
}

/* The same, to a process whose CLOCK_BOOTTIME is @offset ahead of this one's. */
static int tell_elsewhere(int fd, int64_t offset, uint64_t begin, struct told *told)
{
	int64_t sec = offset / 1000000000, ns = offset % 1000000000;
	int offsets, ends[2], status, n;
	pid_t child;

	if (ns < 0) {
		ns += 1000000000;
		sec--;
	}
	offsets = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	if (offsets < 0 || unshare(CLONE_NEWTIME) || pipe(ends) ||
	    dprintf(offsets, "boottime %jd %jd\n", (intmax_t)sec, (intmax_t)ns) < 0)
		return -1;
	close(offsets);
	child = fork();
	if (!child)
		_exit(tell(fd, begin, told) ||
		      write(ends[1], told, sizeof(*told)) != sizeof(*told));
	close(ends[1]);
	n = child < 0 ? -1 : read(ends[0], told, sizeof(*told));
	close(ends[0]);
	return waitpid(child, &status, 0) == child && !status && n == sizeof(*told) ? 0 : -1;
}

/* Each is what it is here, by the other clock; and leads to the same place. */
static unsigned int differences(const struct told *here, const struct told *there,
				uint64_t offset)
{
	unsigned int i, wrong = 0;

	wrong += there->info.attach_ns != here->info.attach_ns + offset;
	wrong += there->info.death_ns != here->info.death_ns + offset;
	wrong += there->now - offset < here->now;
	for (i = 0; i < 3; i++) {
		wrong += there->marks[i].ns != here->marks[i].ns + offset;
		wrong += there->marks[i].pos != here->marks[i].pos;
		wrong += there->at[i] != here->at[i];
	}
	return wrong;
}

/*
 * ABI: "as the caller of the ioctl reads that clock in its time namespace"
 * ABI: "A time before the zero of that clock is negative, in two's complement."
 */
TEST_F(request, times_are_those_of_the_callers_time_namespace)
{
	const int64_t ahead = 1000000000000000;
	struct told here, there;
	int64_t behind;

	if (access("/proc/self/timens_offsets", F_OK))
		SKIP(return, "a kernel without time namespaces");
	print_later(&self->vm, "x");
	print_later(&self->vm, "y");
	print_later(&self->vm, "z");
	ASSERT_EQ(0, tell_elsewhere(self->fd, ahead, 1000000000, &there));
	EXPECT_EQ(0, there.info.death_ns);
	vm_destroy(&self->vm);
	EXPECT_NE(0, port_poll(self->fd, 0) & POLLHUP);

	ASSERT_EQ(0, tell(self->fd, 0, &here));
	EXPECT_NE(0, here.info.death_ns);
	EXPECT_EQ(0, here.at[0]);
	EXPECT_EQ(1, here.at[1]);
	EXPECT_EQ(2, here.at[2]);
	EXPECT_EQ(0, here.begin);
	EXPECT_EQ(3, here.end);

	/* There the host has not been up for a second when any of it was. */
	ASSERT_EQ(0, tell_elsewhere(self->fd, ahead, 1000000000, &there));
	EXPECT_EQ(0, differences(&here, &there, ahead));
	EXPECT_EQ(0, there.begin);
	EXPECT_EQ(3, there.end);

	/* And here all of it was before the clock began. */
	behind = -(int64_t)boottime();
	ASSERT_EQ(0, tell_elsewhere(self->fd, behind, -1ull, &there));
	EXPECT_EQ(0, differences(&here, &there, behind));
	EXPECT_GT(0, (int64_t)there.info.attach_ns);
	EXPECT_GT(0, (int64_t)there.info.death_ns);
	EXPECT_EQ(3, there.begin);
	EXPECT_EQ(3, there.end);
	/* Before the host was there, which is before the clock began there, too. */
	ASSERT_EQ(0, tell_elsewhere(self->fd, behind, behind - 1000000000, &there));
	EXPECT_EQ(0, there.begin);
	EXPECT_EQ(0, seek(self->fd, KPL011_SEEK_TIME, -1ull));
}

TEST_HARNESS_MAIN
