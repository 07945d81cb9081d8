// SPDX-License-Identifier: GPL-2.0-only
/* Reading without loss. */
#include <poll.h>
#include <string.h>

#include "request.h"

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
 * ABI: KPL011_FLOW_OFF "it no longer does"
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

static void *call_edge(void *arg)
{
	struct call *call = arg;

	__atomic_store_n(&call->tid, gettid(), __ATOMIC_RELEASE);
	call->ret = edge(call->fd, 1000 * SURELY);
	return NULL;
}

/*
 * ABI: "an edge comes when there is a byte at the file's position"
 * ABI: "If it returns fewer bytes than were asked for, there were no more"
 * ABI: "after which the next read(2), poll(2) or epoll_wait(2) has begun"
 */
TEST_F(request, to_wait_for_an_edge_lets_the_guest_go_on)
{
	unsigned char buf[KPL011_RING_MIN + 1];
	int epfd = edges(self->fd, EPOLLIN | EPOLLET);
	struct call call = { .fd = epfd };
	unsigned int i;

	ASSERT_LE(0, epfd);
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(KPL011_FLOW_LOSSLESS, flow(self->fd, KPL011_FLOW_ON));
	/* The ring is full; with and without bytes that wait in the FIFO. */
	for (i = 0; i < 2; i++) {
		ASSERT_LE(0, lseek(self->fd, 0, SEEK_END));
		ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0,
				      KPL011_RING_MIN + i));
		ASSERT_EQ(EPOLLIN, edge(epfd, 1000 * SURELY));
		/* It has all that there is, and asks for nothing behind it. */
		ASSERT_EQ(KPL011_RING_MIN, read(self->fd, buf, sizeof(buf)));
		ASSERT_EQ(0, print(&self->vm, "a"));
		EXPECT_EQ(PL011_FR_BUSY, load(&self->vm, PL011_FR) &
					 PL011_FR_BUSY);
		EXPECT_EQ(EPOLLIN, edge(epfd, 1000 * SURELY));
		EXPECT_EQ(1 + i, read(self->fd, buf, sizeof(buf)));

		/* And where the guest goes on only when it sleeps. */
		ASSERT_LE(0, lseek(self->fd, 0, SEEK_END));
		ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0,
				      KPL011_RING_MIN));
		ASSERT_EQ(EPOLLIN, edge(epfd, 1000 * SURELY));
		ASSERT_EQ(KPL011_RING_MIN, read(self->fd, buf, sizeof(buf)));
		call.tid = 0;
		ASSERT_EQ(0, pthread_create(&call.thread, NULL, call_edge,
					    &call));
		ASSERT_EQ(0, call_sleeps(&call));
		ASSERT_EQ(0, print(&self->vm, "a"));
		ASSERT_EQ(0, pthread_join(call.thread, NULL));
		EXPECT_EQ(EPOLLIN, call.ret);
		EXPECT_EQ(1, read(self->fd, buf, sizeof(buf)));
	}
	close(epfd);
}

/* ABI: "The first byte after a pause wakes sleepers at once" */
TEST_F(request, others_are_woken_when_the_guest_goes_on)
{
	static const char *const ways[] = { "lseek", "seek", "poll", "read",
					    "off", "close" };
	unsigned char buf[KPL011_RING_MIN];
	int viewer = port_open(self->args.id, O_RDONLY | O_NONBLOCK);
	int epfd = edges(viewer, EPOLLIN | EPOLLET);
	unsigned int i;

	ASSERT_LE(0, viewer);
	ASSERT_LE(0, epfd);
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	for (i = 0; i < 6; i++) {
		int fd = port_open(self->args.id, O_RDONLY | O_NONBLOCK);

		ASSERT_LE(0, fd);
		ASSERT_LE(0, seek(fd, KPL011_SEEK_NEWEST, 0));
		ASSERT_EQ(KPL011_FLOW_LOSSLESS, flow(fd, KPL011_FLOW_ON));
		/* The last 32 wait in the FIFO. */
		ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0,
				      KPL011_RING_MIN + 32));
		ASSERT_EQ(EPOLLIN, edge(epfd, 1000 * SURELY));
		while (read(viewer, buf, sizeof(buf)) > 0)
			;
		ASSERT_EQ(EAGAIN, errno);
		if (!strcmp(ways[i], "lseek")) {
			EXPECT_LE(0, lseek(fd, 0, SEEK_END));
		} else if (!strcmp(ways[i], "seek")) {
			EXPECT_LE(0, seek(fd, KPL011_SEEK_NEWEST, 0));
		} else if (!strcmp(ways[i], "poll")) {
			EXPECT_LT(0, read(fd, buf, sizeof(buf)));
			port_poll(fd, POLLIN | POLLOUT);
		} else if (!strcmp(ways[i], "read")) {
			EXPECT_LT(0, read(fd, buf, sizeof(buf)));
			EXPECT_LT(0, read(fd, buf, sizeof(buf)));
		} else if (!strcmp(ways[i], "off")) {
			EXPECT_EQ(0, flow(fd, KPL011_FLOW_OFF));
		}
		close(fd);
		EXPECT_EQ(EPOLLIN, edge(epfd, 1000 * SURELY)) {
			TH_LOG("after %s", ways[i]);
		}
		EXPECT_EQ(32, read(viewer, buf, sizeof(buf)));
	}
	close(epfd);
	close(viewer);
}

/* ABI: "SEEK_CUR with offset 0 only returns the position." */
TEST_F(request, to_ask_for_the_position_does_not_move_it)
{
	unsigned char buf[KPL011_RING_MIN];

	EXPECT_EQ(KPL011_FLOW_LOSSLESS, flow(self->fd, KPL011_FLOW_ON));
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0,
			      KPL011_RING_MIN + 1));
	ASSERT_EQ(KPL011_RING_MIN, read(self->fd, buf, sizeof(buf)));
	ASSERT_EQ(KPL011_RING_MIN, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(PL011_FR_BUSY, load(&self->vm, PL011_FR) & PL011_FR_BUSY);
	EXPECT_EQ(POLLIN | POLLOUT, port_poll(self->fd, POLLIN | POLLOUT));
	EXPECT_EQ(0, load(&self->vm, PL011_FR) & PL011_FR_BUSY);
}

/*
 * ABI: "the file was dropped as a lossless reader"
 * ABI: "for longer than @flow_ms of struct kpl011_attach is dropped"
 * ABI: "it did, but was too slow"
 * ABI: KPL011_FLOW "@status:"
 * ABI: "@flow_drops:"
 * ABI: "Milliseconds that lossless readers may hold up a guest"
 */
TEST_F(request, reader_that_stalls_is_dropped_and_told)
{
	const struct kpl011_flow asks = { .size = sizeof(asks) };
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
	/* Not told, if it could not be. */
	EXPECT_EQ(-EFAULT, ask_in_vain(fd, KPL011_FLOW, &asks, sizeof(asks)));
	EXPECT_EQ(POLLPRI, port_poll(fd, POLLPRI));
	EXPECT_EQ(KPL011_FLOW_DROPPED, flow(fd, 0));
	EXPECT_EQ(0, flow(fd, 0));
	EXPECT_EQ(0, port_poll(fd, POLLOUT | POLLPRI) & POLLPRI);
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(1, info.flow_drops);
	EXPECT_EQ(1, info.flow_ms);
	EXPECT_EQ(KPL011_RING_MIN + 8, info.tx_newest);
	/* Dropped before the last byte, these were a burst: told once. */
	load(&vm, PL011_FR);
	EXPECT_EQ(0, load(&vm, PL011_FR) & PL011_FR_BUSY);
	vm_destroy(&vm);
	EXPECT_EQ(POLLHUP, port_poll(fd, 0));
	EXPECT_EQ(0, port_reap(fd));
	close(fd);
}

/* A guest that prints whatever the UART says. */
struct printer {
	struct vm *vm;
	bool stop;
	pthread_t thread;
};

static void *print_on(void *arg)
{
	struct printer *printer = arg;

	while (!__atomic_load_n(&printer->stop, __ATOMIC_ACQUIRE) &&
	       !vm_store(printer->vm, REG(PL011_DR), 4, 0, 32))
		;
	return NULL;
}

/* Its port, where a reader may hold it up for 100 ms; the ring is full. */
FIXTURE(held) {
	struct vm vm;
	struct kpl011_attach args;
	struct kpl011_info info;
	int fd;
};

FIXTURE_SETUP(held)
{
	ASSERT_EQ(0, vm_create(&self->vm, true));
	self->args = port_args(self->vm.fd);
	self->args.ring_size = KPL011_RING_MIN;
	self->args.flow_ms = 100;
	self->fd = port_attach_open(&self->args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0, KPL011_RING_MIN));
}

FIXTURE_TEARDOWN(held)
{
	vm_destroy(&self->vm);
	port_poll(self->fd, 0);
	port_reap(self->fd);
	close(self->fd);
}

/* Files that hold up a guest for as long as they can, until it was for ten times as long. */
static int hold_up(const char *way, int fd, int other)
{
	struct kpl011_info before, info;

	if (port_info(fd, &before))
		return -1;
	do {
		if (!strcmp(way, "seek")) {
			usleep(90000);
			lseek(fd, 0, SEEK_END);
			lseek(fd, 0, SEEK_SET);
			if (!flow(fd, 0) && flow(fd, KPL011_FLOW_ON) < 0)
				return -1;
		} else if (!strcmp(way, "leave")) {
			usleep(90000);
			if (flow(fd, KPL011_FLOW_OFF) < 0)
				return -1;
		} else if (port_poll(fd, POLLPRI) != POLLPRI) {
			return -1;
		}
		if (flow(fd, KPL011_FLOW_ON) < 0)
			return -1;
		if (!strcmp(way, "turns") &&
		    (port_poll(other, POLLPRI) != POLLPRI || flow(other, KPL011_FLOW_ON) < 0))
			return -1;
		if (port_info(fd, &info))
			return -1;
	} while (info.flow_stall_ns - before.flow_stall_ns < 1000000000);
	return 0;
}

/* ABI: "For each eighth of the ring that the guest transmits" */
TEST_F(held, guest_goes_on_however_files_take_part)
{
	static const char *const ways[] = { "again", "seek", "leave", "turns" };
	struct printer printer;
	struct kpl011_info after;
	unsigned int i;
	int fd, other;

	for (i = 0; i < 4; i++) {
		printer = (struct printer){ .vm = &self->vm };
		fd = port_open(self->args.id, O_RDONLY | O_NONBLOCK);
		other = port_open(self->args.id, O_RDONLY | O_NONBLOCK);
		ASSERT_LE(0, fd);
		ASSERT_LE(0, other);
		ASSERT_EQ(KPL011_FLOW_LOSSLESS, flow(fd, KPL011_FLOW_ON));
		if (!strcmp(ways[i], "turns"))
			ASSERT_LE(0, flow(other, KPL011_FLOW_ON));
		ASSERT_EQ(0, port_info(self->fd, &self->info));
		ASSERT_EQ(0, pthread_create(&printer.thread, NULL, print_on, &printer));
		EXPECT_EQ(0, hold_up(ways[i], fd, other));
		ASSERT_EQ(0, port_info(self->fd, &after));
		__atomic_store_n(&printer.stop, true, __ATOMIC_RELEASE);
		pthread_join(printer.thread, NULL);
		EXPECT_LE(KPL011_RING_MIN / 4, after.tx_newest - self->info.tx_newest) {
			TH_LOG("by files that %s", ways[i]);
		}
		close(fd);
		close(other);
		/* From here on there is time again. */
		ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0, KPL011_RING_MIN));
	}
}

/*
 * Another one has spent the time, or is about to.
 *
 * ABI: "Once more than half of that time is spent, nobody holds up the guest again"
 */
TEST_F(held, who_comes_late_is_not_dropped_for_who_came_before)
{
	unsigned char buf[KPL011_RING_MIN];
	int fd = port_open(self->args.id, O_RDONLY | O_NONBLOCK);
	int early = port_open(self->args.id, O_RDONLY | O_NONBLOCK);
	int late = port_open(self->args.id, O_RDONLY | O_NONBLOCK);

	ASSERT_LE(0, fd);
	ASSERT_LE(0, early);
	ASSERT_LE(0, late);
	ASSERT_EQ(KPL011_FLOW_LOSSLESS, flow(fd, KPL011_FLOW_ON));
	ASSERT_EQ(KPL011_FLOW_LOSSLESS, flow(early, KPL011_FLOW_ON));
	ASSERT_EQ(POLLPRI, port_poll(fd, POLLPRI));
	EXPECT_EQ(KPL011_FLOW_LOSSLESS, flow(early, 0));
	EXPECT_EQ(KPL011_FLOW_LOSSLESS, flow(late, KPL011_FLOW_ON));
	/* The guest does not wait for them, and they may have lost what is before this. */
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0, KPL011_RING_MIN / 16));
	/* It was a burst: told once. */
	load(&self->vm, PL011_FR);
	EXPECT_EQ(0, load(&self->vm, PL011_FR) & PL011_FR_BUSY);
	ASSERT_EQ(KPL011_RING_MIN, read(late, buf, sizeof(buf)));
	EXPECT_EQ(-1, read(late, buf, sizeof(buf)));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0, KPL011_RING_MIN / 8));
	EXPECT_EQ(KPL011_FLOW_DROPPED, flow(early, 0));
	EXPECT_EQ(KPL011_FLOW_LOSSLESS, flow(late, 0));
	ASSERT_EQ(0, port_info(self->fd, &self->info));
	EXPECT_EQ(2, self->info.flow_drops);
	EXPECT_EQ(1, self->info.flow_stalls);
	close(late);
	close(early);
	close(fd);
}

/* ABI: KPL011_FLOW EBADF */
TEST_F(held, who_may_not_read_holds_up_nobody)
{
	int fd = port_open(self->args.id, O_WRONLY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EBADF, flow(fd, KPL011_FLOW_ON));
	EXPECT_EQ(0, flow(fd, KPL011_FLOW_OFF));
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

/*
 * Whoever comes too late is told, and reads as before; when one goes, there is
 * room for one.
 *
 * ABI: KPL011_FLOW EDQUOT
 * ABI: "Lossless readers that a port may have at a time"
 */
TEST_F(request, no_more_files_read_without_loss_than_may)
{
	int fd[KPL011_FLOW_FILES_MAX + 1];
	unsigned char byte;
	unsigned int i;

	for (i = 0; i <= KPL011_FLOW_FILES_MAX; i++) {
		fd[i] = port_open(self->args.id, O_RDONLY | O_NONBLOCK);
		ASSERT_LE(0, fd[i]);
	}
	for (i = 0; i < KPL011_FLOW_FILES_MAX; i++)
		ASSERT_EQ(KPL011_FLOW_LOSSLESS, flow(fd[i], KPL011_FLOW_ON));
	EXPECT_EQ(-EDQUOT, flow(fd[i], KPL011_FLOW_ON));
	EXPECT_EQ(0, flow(fd[i], 0));
	/* One that does already may ask again, and takes no more room. */
	EXPECT_EQ(KPL011_FLOW_LOSSLESS, flow(fd[0], KPL011_FLOW_ON));
	EXPECT_EQ(-EDQUOT, flow(fd[i], KPL011_FLOW_ON));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'x', 1));
	EXPECT_EQ(1, read(fd[i], &byte, 1));
	/* Twice is once. */
	EXPECT_EQ(0, flow(fd[1], KPL011_FLOW_OFF));
	EXPECT_EQ(0, flow(fd[1], KPL011_FLOW_OFF));
	EXPECT_EQ(KPL011_FLOW_LOSSLESS, flow(fd[KPL011_FLOW_FILES_MAX], KPL011_FLOW_ON));
	EXPECT_EQ(-EDQUOT, flow(fd[1], KPL011_FLOW_ON));
	close(fd[2]);
	EXPECT_EQ(KPL011_FLOW_LOSSLESS, flow(fd[1], KPL011_FLOW_ON));
	fd[2] = port_open(self->args.id, O_RDONLY | O_NONBLOCK);
	EXPECT_EQ(-EDQUOT, flow(fd[2], KPL011_FLOW_ON));
	for (i = 0; i <= KPL011_FLOW_FILES_MAX; i++)
		close(fd[i]);
}

/* ABI: "No byte from the file's position on is overwritten before the position has" */
TEST_F(request, who_goes_back_to_the_oldest_byte_keeps_it)
{
	unsigned char buf[KPL011_RING_MIN];
	unsigned int way;
	int64_t oldest;

	EXPECT_EQ(KPL011_FLOW_LOSSLESS, flow(self->fd, KPL011_FLOW_ON));
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	for (way = 0; way < 2; way++) {
		ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0, KPL011_RING_MIN));
		ASSERT_EQ(KPL011_RING_MIN, read(self->fd, buf, sizeof(buf)));
		oldest = lseek(self->fd, 0, SEEK_CUR) - KPL011_RING_MIN;
		EXPECT_EQ(oldest, way ? lseek(self->fd, oldest, SEEK_SET) :
					seek(self->fd, KPL011_SEEK_OLDEST, 0));
		/* This waits in the FIFO. */
		ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'x', 1));
		ASSERT_EQ(KPL011_RING_MIN, read(self->fd, buf, sizeof(buf)));
		EXPECT_EQ(oldest + KPL011_RING_MIN, lseek(self->fd, 0, SEEK_CUR));
		EXPECT_EQ(0, buf[0]);
		ASSERT_EQ(1, read(self->fd, buf, 1));
		EXPECT_EQ('x', buf[0]);
		EXPECT_EQ(KPL011_FLOW_LOSSLESS, flow(self->fd, 0));
		/* It has let go of all that when it asks again. */
		EXPECT_EQ(-1, read(self->fd, buf, 1));
	}
}

TEST_HARNESS_MAIN
