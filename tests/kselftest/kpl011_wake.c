// SPDX-License-Identifier: GPL-2.0-only
/* Whoever sleeps for something is woken when it is there. */
#include <linux/aio_abi.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "request.h"

#define LONG	(1000 * SURELY)

/*
 * ABI: "If it returns fewer bytes than were asked for, there were no more"
 * ABI: "an edge comes when there is a byte at the file's position"
 */
TEST_F(request, edge_follows_a_short_read)
{
	char buf[16];
	int epfd = edges(self->fd, EPOLLIN | EPOLLET);
	int i;

	ASSERT_LE(0, epfd);
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, print(&self->vm, "ab"));
		ASSERT_EQ(EPOLLIN, edge(epfd, LONG));
		/* All that there is, but not the EAGAIN behind it. */
		ASSERT_EQ(2, read(self->fd, buf, sizeof(buf)));
	}
	/* And one that found nothing. */
	ASSERT_EQ(-1, read(self->fd, buf, sizeof(buf)));
	ASSERT_EQ(EAGAIN, errno);
	ASSERT_EQ(0, print(&self->vm, "a"));
	EXPECT_EQ(EPOLLIN, edge(epfd, LONG));
	close(epfd);
}

/*
 * ABI: "To wait for more bytes, lseek(2) to head and poll(2)."
 * ABI: "an edge comes when there is a byte at the file's position"
 */
TEST_F(request, edge_follows_a_seek_to_the_newest)
{
	int epfd = edges(self->fd, EPOLLIN | EPOLLET);
	int i;

	ASSERT_LE(0, epfd);
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, print(&self->vm, "ab"));
		ASSERT_EQ(EPOLLIN, edge(epfd, LONG));
		ASSERT_EQ(2 * i + 2, i % 2 ? lseek(self->fd, 0, SEEK_END) :
				     seek(self->fd, KPL011_SEEK_NEWEST, 0));
	}
	/* What came before the seek, to whom it takes for the newest. */
	ASSERT_EQ(0, print(&self->vm, "ab"));
	ASSERT_EQ(EPOLLIN, edge(epfd, LONG));
	ASSERT_EQ(0, print(&self->vm, "c"));
	ASSERT_EQ(42, lseek(self->fd, 42, SEEK_SET));
	EXPECT_EQ(EPOLLIN, edge(epfd, LONG));
	close(epfd);
}

/*
 * ABI: "A read(2) that sleeps on the file continues at the new position."
 * ABI: "and none waits for another one that sleeps"
 */
TEST_F(request, reader_that_sleeps_is_woken_by_a_seek_back)
{
	char byte = 0;
	struct call call = {
		.fd = port_open(self->args.id, O_RDONLY),
		.buf = &byte, .size = 1,
	};
	int i;

	ASSERT_LE(0, call.fd);
	ASSERT_EQ(0, print(&self->vm, "abc"));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(3, lseek(call.fd, 0, SEEK_END));
		call.tid = 0;
		ASSERT_EQ(0, fcntl(call.fd, F_SETFL, 0));
		ASSERT_EQ(0, pthread_create(&call.thread, NULL, call_read,
					    &call));
		ASSERT_EQ(0, call_sleeps(&call));
		/* It keeps nobody from the file. */
		ASSERT_EQ(0, fcntl(call.fd, F_SETFL, O_NONBLOCK));
		EXPECT_EQ(-1, read(call.fd, &byte, 1));
		EXPECT_EQ(EAGAIN, errno);
		EXPECT_EQ(1, pread(call.fd, &byte, 1, 2));
		EXPECT_EQ('c', byte);
		ASSERT_EQ(i, i ? lseek(call.fd, 1, SEEK_SET) :
				 seek(call.fd, KPL011_SEEK_OLDEST, 0));
		ASSERT_EQ(0, pthread_join(call.thread, NULL));
		EXPECT_EQ(1, call.ret);
		EXPECT_EQ("ab"[i], byte);
		EXPECT_EQ(i + 1, lseek(call.fd, 0, SEEK_CUR));
	}
	close(call.fd);
}

static void *call_edge(void *arg)
{
	struct call *call = arg;

	__atomic_store_n(&call->tid, gettid(), __ATOMIC_RELEASE);
	call->ret = edge(call->fd, LONG);
	return NULL;
}

/* ABI: "If several files wait, each of them is woken, even with EPOLLEXCLUSIVE." */
TEST_F(request, each_of_several_files_is_told)
{
	int fds[2] = { self->fd, port_open(self->args.id, O_RDONLY) };
	struct call calls[2] = { 0 };
	unsigned int i;

	ASSERT_LE(0, fds[1]);
	for (i = 0; i < 2; i++) {
		calls[i].fd = edges(fds[i], EPOLLIN | EPOLLEXCLUSIVE);
		ASSERT_LE(0, calls[i].fd);
		ASSERT_EQ(0, pthread_create(&calls[i].thread, NULL, call_edge,
					    &calls[i]));
		ASSERT_EQ(0, call_sleeps(&calls[i]));
	}
	ASSERT_EQ(0, print(&self->vm, "a"));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_join(calls[i].thread, NULL));
		EXPECT_EQ(EPOLLIN, calls[i].ret);
		close(calls[i].fd);
	}
	close(fds[1]);
}

/*
 * ABI: write(2) "EBUSY"
 * ABI: "If an error comes after some bytes were queued"
 * ABI: "a write(2) that waits for room ends as soon as another file takes the input"
 */
TEST_F(request, writer_that_sleeps_is_told_that_the_input_was_taken)
{
	static char bytes[8192];
	struct call call = {
		.fd = port_open(self->args.id, O_RDWR),
		.buf = bytes, .size = sizeof(bytes),
	};
	struct kpl011_input who;
	int i;

	ASSERT_LE(0, call.fd);
	for (i = 0; i < 2; i++) {
		/* Where nobody holds it, and from one that does. */
		ASSERT_EQ(0, input(call.fd, i ? KPL011_INPUT_TAKE : 0, &who));
		call.tid = 0;
		ASSERT_EQ(0, pthread_create(&call.thread, NULL, call_write,
					    &call));
		ASSERT_EQ(0, call_sleeps(&call));
		ASSERT_EQ(0, input(self->fd, KPL011_INPUT_TAKE |
				   (i ? KPL011_INPUT_FORCE : 0), &who));
		ASSERT_EQ(0, pthread_join(call.thread, NULL));
		/* The first has queued what fitted. */
		if (i) {
			EXPECT_EQ(-1, call.ret);
			EXPECT_EQ(EBUSY, call.err);
		} else {
			EXPECT_LT(0, call.ret);
			EXPECT_GT((ssize_t)sizeof(bytes), call.ret);
		}
		ASSERT_EQ(0, input(self->fd, KPL011_INPUT_GIVE, &who));
	}
	close(call.fd);
}

/*
 * The writer is woken by the one who takes the input, but runs only when that one
 * has let go of it: on one CPU, on which a real-time task does not yield to it.
 *
 * ABI: write(2) "or has held it since the write(2) began"
 * ABI: "even if that file releases it at once"
 */
TEST_F(request, writer_that_slept_while_another_held_the_input_ends)
{
	static char bytes[8192];
	struct call call = {
		.fd = port_open(self->args.id, O_RDWR),
		.buf = bytes, .size = sizeof(bytes),
	};
	struct sched_param param = { .sched_priority = 1 };
	struct timespec end = { .tv_sec = time(NULL) + SURELY };
	struct kpl011_input who;
	cpu_set_t one;

	ASSERT_LE(0, call.fd);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(one), &one));
	ASSERT_EQ(0, pthread_create(&call.thread, NULL, call_write, &call));
	ASSERT_EQ(0, call_sleeps(&call));
	ASSERT_EQ(0, sched_setscheduler(0, SCHED_FIFO, &param));
	ASSERT_EQ(0, input(self->fd, KPL011_INPUT_TAKE, &who));
	ASSERT_EQ(0, input(self->fd, KPL011_INPUT_GIVE, &who));
	ASSERT_EQ(0, pthread_timedjoin_np(call.thread, NULL, &end));
	EXPECT_LT(0, call.ret);
	EXPECT_GT((ssize_t)sizeof(bytes), call.ret);
	/* A write that begins now is another one. */
	while (!(load(&self->vm, PL011_FR) & PL011_FR_RXFE))
		load(&self->vm, PL011_DR);
	EXPECT_EQ(1, write(call.fd, "a", 1));
	close(call.fd);
}

/*
 * ABI: write(2) "ENODEV"
 * ABI: "It returns 0 at the end"
 */
TEST_F(request, all_who_sleep_are_told_that_the_port_is_detached)
{
	static char bytes[8192];
	struct kpl011_detach detach = { .size = sizeof(detach) };
	struct call reader = {
		.fd = port_open(self->args.id, O_RDWR), .buf = bytes, .size = 1,
	};
	struct call writer = {
		.fd = reader.fd, .buf = bytes, .size = sizeof(bytes),
	};
	int epfd = edges(reader.fd, EPOLLOUT | EPOLLET);

	ASSERT_LE(0, reader.fd);
	ASSERT_LE(0, epfd);
	ASSERT_EQ(EPOLLOUT, edge(epfd, LONG));
	ASSERT_EQ(0, pthread_create(&reader.thread, NULL, call_read, &reader));
	ASSERT_EQ(0, call_sleeps(&reader));
	ASSERT_LT(0, write(self->fd, bytes, sizeof(bytes)));
	ASSERT_EQ(0, pthread_create(&writer.thread, NULL, call_write, &writer));
	ASSERT_EQ(0, call_sleeps(&writer));
	ASSERT_EQ(0, ask(self->fd, KPL011_DETACH, &detach));
	ASSERT_EQ(0, pthread_join(reader.thread, NULL));
	ASSERT_EQ(0, pthread_join(writer.thread, NULL));
	EXPECT_EQ(0, reader.ret);
	EXPECT_EQ(-1, writer.ret);
	EXPECT_EQ(ENODEV, writer.err);
	EXPECT_EQ(EPOLLHUP, edge(epfd, LONG) & EPOLLHUP);
	close(epfd);
	close(reader.fd);
}

static void on_signal(int signal)
{
	(void)signal;
}

/* A call that sleeps, and is sent a signal then. */
static int interrupt(struct call *call, void *(*fn)(void *call))
{
	call->tid = 0;
	if (pthread_create(&call->thread, NULL, fn, call) || call_sleeps(call) ||
	    pthread_kill(call->thread, SIGUSR1) || pthread_join(call->thread, NULL))
		return -1;
	return 0;
}

/*
 * ABI: read(2) "EINTR: a signal came while it waited."
 * ABI: write(2) "EINTR: a signal came while it waited."
 * ABI: "If an error comes after some bytes were queued"
 */
TEST_F(request, signal_ends_the_sleep_of_a_reader_and_of_a_writer)
{
	const struct sigaction action = { .sa_handler = on_signal };
	static char bytes[8192];
	struct kpl011_info info;
	struct call call = {
		.fd = port_open(self->args.id, O_RDWR), .buf = bytes, .size = sizeof(bytes),
	};

	ASSERT_LE(0, call.fd);
	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, interrupt(&call, call_read));
	EXPECT_EQ(-1, call.ret);
	EXPECT_EQ(EINTR, call.err);
	EXPECT_EQ(0, lseek(call.fd, 0, SEEK_CUR));
	/* The first has queued what fitted, the second nothing. */
	ASSERT_EQ(0, interrupt(&call, call_write));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_LT(0, call.ret);
	EXPECT_EQ(info.rx_bytes, (uint64_t)call.ret);
	ASSERT_EQ(0, interrupt(&call, call_write));
	EXPECT_EQ(-1, call.ret);
	EXPECT_EQ(EINTR, call.err);
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_GT(sizeof(bytes), info.rx_bytes);
	close(call.fd);
}

/* AIO polls some files: 0 or -1. It takes the events of a wake-up for what its file says. */
static int aio_poll(aio_context_t ctx, const int *fds, long n, short events)
{
	struct iocb cbs[2], *each[2] = { &cbs[0], &cbs[1] };
	long i;

	memset(cbs, 0, sizeof(cbs));
	for (i = 0; i < n; i++) {
		cbs[i].aio_lio_opcode = IOCB_CMD_POLL;
		cbs[i].aio_fildes = fds[i];
		cbs[i].aio_buf = events;
		cbs[i].aio_data = fds[i];
	}
	return syscall(SYS_io_submit, ctx, n, each) == n ? 0 : -1;
}

/* The next one that was polled so: its descriptor; or -1 if there are not @least. */
static int aio_polled(aio_context_t ctx, long least, short *events)
{
	struct io_event event;

	if (syscall(SYS_io_getevents, ctx, least, 1, &event, NULL) != 1)
		return -1;
	*events = event.res;
	return event.data;
}

/*
 * ABI: "POLLPRI: another file took the input"
 * ABI: "If several files wait, each of them is woken, even with EPOLLEXCLUSIVE."
 */
TEST_F(request, who_takes_the_input_is_not_told_to_have_lost_it)
{
	struct kpl011_input args;
	int fds[2] = { self->fd, port_open(self->args.id, O_RDWR | O_NONBLOCK) };
	aio_context_t ctx = 0;
	short events;

	ASSERT_LE(0, fds[1]);
	ASSERT_EQ(0, syscall(SYS_io_setup, 2, &ctx));
	ASSERT_EQ(0, input(fds[0], KPL011_INPUT_TAKE, &args));
	ASSERT_EQ(0, aio_poll(ctx, fds, 2, POLLPRI));
	ASSERT_EQ(0, input(fds[1], KPL011_INPUT_TAKE | KPL011_INPUT_FORCE, &args));
	EXPECT_EQ(fds[0], aio_polled(ctx, 1, &events));
	EXPECT_EQ(POLLPRI, events);
	EXPECT_EQ(-1, aio_polled(ctx, 0, &events));
	syscall(SYS_io_destroy, ctx);
	close(fds[1]);
}

/*
 * ABI: "and no more bytes will come"
 * ABI: "other files see the end when what waits in the FIFO has gone out"
 */
TEST_F(request, end_is_told_to_aio_when_what_waited_has_come)
{
	unsigned char buf[KPL011_RING_MIN];
	int viewer = port_open(self->args.id, O_RDONLY | O_NONBLOCK);
	int other = port_open(self->args.id, O_RDWR | O_NONBLOCK);
	int epfd = edges(other, EPOLLOUT | EPOLLET);
	struct kpl011_info info;
	aio_context_t ctx = 0;
	short events;

	ASSERT_LE(0, viewer);
	ASSERT_LE(0, epfd);
	ASSERT_EQ(0, syscall(SYS_io_setup, 2, &ctx));
	EXPECT_EQ(KPL011_FLOW_LOSSLESS, flow(self->fd, KPL011_FLOW_ON));
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0, KPL011_RING_MIN + 5));
	ASSERT_EQ(KPL011_RING_MIN, read(viewer, buf, sizeof(buf)));
	while (edge(epfd, 0))
		;
	/* Who waits behind others in the queue is woken before them. */
	ASSERT_EQ(0, aio_poll(ctx, &viewer, 1, POLLIN));
	vm_destroy(&self->vm);
	do {
		ASSERT_EQ(EPOLLOUT, edge(epfd, LONG));
		ASSERT_EQ(0, port_info(self->fd, &info));
	} while (info.state == KPL011_STATE_LIVE);
	EXPECT_EQ(-1, aio_polled(ctx, 0, &events));
	EXPECT_EQ(0, flow(self->fd, KPL011_FLOW_OFF));
	EXPECT_EQ(viewer, aio_polled(ctx, 1, &events));
	EXPECT_EQ(POLLIN, events & POLLIN);
	EXPECT_EQ(5, read(viewer, buf, sizeof(buf)));
	EXPECT_EQ(0, read(viewer, buf, sizeof(buf)));
	syscall(SYS_io_destroy, ctx);
	close(epfd);
	close(other);
	close(viewer);
}

TEST_HARNESS_MAIN
