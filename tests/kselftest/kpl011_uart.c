// SPDX-License-Identifier: GPL-2.0-only
/*
 * The UART that the guest has of a port: accesses of each width, characters,
 * what its enables do, and the interrupt line.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "fixture_port.h"

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

TEST_HARNESS_MAIN
