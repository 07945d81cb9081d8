// SPDX-License-Identifier: GPL-2.0-only
/* The end of a port some of whose files read without loss. */
#include <poll.h>

#include "request.h"

/*
 * ABI: "and no more bytes will come"
 * ABI: "POLLHUP, in place of POLLOUT"
 * ABI: "but whose end is delayed (KPL011_FLOW), is writable, too"
 */
TEST_F(request, end_is_told_when_what_waited_has_been_read)
{
	unsigned char buf[KPL011_RING_MIN];
	int viewer = port_open(self->args.id, O_RDWR | O_NONBLOCK);
	int epfd = edges(viewer, EPOLLIN | EPOLLET);

	ASSERT_LE(0, viewer);
	ASSERT_LE(0, epfd);
	EXPECT_EQ(KPL011_FLOW_LOSSLESS, flow(self->fd, KPL011_FLOW_ON));
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0,
			      KPL011_RING_MIN + 5));
	vm_destroy(&self->vm);
	/* A slow reader keeps the last bytes from this one, and so the end. */
	ASSERT_EQ(KPL011_RING_MIN, read(viewer, buf, sizeof(buf)));
	while (edge(epfd, 0))
		;
	EXPECT_EQ(-1, read(viewer, buf, sizeof(buf)));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(POLLOUT, port_poll(viewer, POLLIN | POLLOUT));
	EXPECT_EQ(-1, write(viewer, "x", 1));
	EXPECT_EQ(ENODEV, errno);
	ASSERT_EQ(KPL011_RING_MIN, read(self->fd, buf, sizeof(buf)));
	ASSERT_EQ(5, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(EPOLLIN | EPOLLHUP, edge(epfd, 1000 * SURELY));
	EXPECT_EQ(5, read(viewer, buf, sizeof(buf)));
	EXPECT_EQ(0, read(viewer, buf, sizeof(buf)));
	close(epfd);
	close(viewer);
}

/* ABI: "other files see the end when what waits in the FIFO has gone out" */
TEST_F(request, end_does_not_wait_for_a_reader_for_ever)
{
	unsigned char buf[KPL011_RING_MIN];
	struct vm vm;
	int fd, viewer;

	ASSERT_EQ(0, vm_create(&vm, false));
	self->args = port_args(vm.fd);
	self->args.ring_size = KPL011_RING_MIN;
	self->args.flow_ms = 5000;
	fd = port_attach_open(&self->args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, fd);
	viewer = port_open(self->args.id, O_RDONLY);
	ASSERT_LE(0, viewer);
	EXPECT_EQ(KPL011_FLOW_LOSSLESS, flow(fd, KPL011_FLOW_ON));
	ASSERT_EQ(0, store(&vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(0, vm_store(&vm, REG(PL011_DR), 4, 0, KPL011_RING_MIN + 5));
	vm_destroy(&vm);
	ASSERT_EQ(KPL011_RING_MIN, read(viewer, buf, sizeof(buf)));
	EXPECT_EQ(5, read(viewer, buf, sizeof(buf)));
	EXPECT_EQ(0, read(viewer, buf, sizeof(buf)));
	EXPECT_EQ(KPL011_FLOW_DROPPED, flow(fd, 0));
	EXPECT_EQ(0, port_reap(fd));
	close(viewer);
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

TEST_HARNESS_MAIN
