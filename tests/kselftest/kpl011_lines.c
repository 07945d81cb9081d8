// SPDX-License-Identifier: GPL-2.0-only
/* Modem lines, and characters with errors. */
#include <poll.h>

#include "request.h"

/*
 * ABI: KPL011_MODEM EINVAL EBADF ENODEV
 * ABI: KPL011_MODEM "@flags:"
 * ABI: KPL011_MODEM "@inputs:"
 * ABI: "With KPL011_MODEM_SET they are set, otherwise returned."
 * ABI: "CTS, DSR and DCD are asserted from the attach on"
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

TEST_HARNESS_MAIN
