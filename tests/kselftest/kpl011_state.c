// SPDX-License-Identifier: GPL-2.0-only
/*
 * struct kpl011_uart_state: what KPL011_STATE_GET puts into each member, and
 * which states KPL011_STATE_SET refuses.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "harness.h"

#include "port.h"
#include "vm.h"

#define REG(offset)	(VM_UART_GPA + (offset))

FIXTURE(state) {
	struct vm vm;
	int fd;
	struct kpl011_state state;
};

FIXTURE_SETUP(state)
{
	struct kpl011_attach args;

	ASSERT_EQ(0, vm_create(&self->vm, false));
	args = port_args(self->vm.fd);
	self->fd = port_attach_open(&args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, self->fd);
	self->state = (struct kpl011_state) { .size = sizeof(self->state) };
	ASSERT_EQ(0, ioctl(self->fd, KPL011_STATE_GET, &self->state));
}

FIXTURE_TEARDOWN(state)
{
	vm_destroy(&self->vm);
	port_poll(self->fd, 0);
	port_reap(self->fd);
	close(self->fd);
}

static int store(struct vm *vm, uint32_t offset, uint32_t value)
{
	return vm_store(vm, REG(offset), 4, value, 1);
}

static uint64_t load(struct vm *vm, uint32_t offset)
{
	uint64_t value;

	return vm_load(vm, REG(offset), 4, &value, 1) ? UINT64_MAX : value;
}

static int get(int fd, struct kpl011_state *state)
{
	*state = (struct kpl011_state) { .size = sizeof(*state) };
	return ioctl(fd, KPL011_STATE_GET, state) ? -errno : 0;
}

static int set(int fd, struct kpl011_state *state)
{
	return ioctl(fd, KPL011_STATE_SET, state) ? -errno : 0;
}

/* ABI: "The layout has no padding" */
TEST_F(state, layout_is_what_it_was)
{
	const struct kpl011_uart_state *uart = &self->state.uart;
	/* The members in a row, in the host's byte order. */
	const uint32_t *words = (const uint32_t *)uart;
	const uint16_t *halves = (const uint16_t *)(words + 3);

	ASSERT_EQ(176, sizeof(*uart));
	ASSERT_EQ(0, store(&self->vm, PL011_IBRD, 0x1234));
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(2, write(self->fd, "rx", 2));
	ASSERT_EQ(0, get(self->fd, &self->state));
	EXPECT_EQ(KPL011_UART_STATE_VERSION, words[0]);
	EXPECT_EQ(KPL011_UART_WLEN_CHOSEN, words[1]);
	EXPECT_EQ(0x1234 << 6, words[2]);
	EXPECT_EQ(0x1234, halves[0]);
	EXPECT_EQ(0x70, halves[2]);
	EXPECT_EQ(0x300, halves[3]);
	EXPECT_EQ(PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD, halves[14]);
	EXPECT_EQ(2, halves[16]);
	EXPECT_EQ('r', halves[18 + PL011_FIFO_DEPTH]);
	EXPECT_EQ('x', halves[19 + PL011_FIFO_DEPTH]);
}

#define MEMBER(member, offset, written, read) \
	{ #member, offset, written, read, offsetof(struct kpl011_uart_state, member) }

/* The registers that are stored, all their bits written, and what is kept. */
static const struct {
	const char *name;
	uint32_t offset, written;
	uint16_t read;
	size_t at;
} members[] = {
	MEMBER(ibrd, PL011_IBRD, ~0u, 0xffff),
	MEMBER(fbrd, PL011_FBRD, ~0u, 0x3f),
	MEMBER(lcr_h, PL011_LCR_H, ~0u, 0xff),
	MEMBER(cr, PL011_CR, ~0u & ~PL011_CR_LBE, 0xff07),
	MEMBER(ifls, PL011_IFLS, ~0u, 0x3f),
	MEMBER(imsc, PL011_IMSC, ~0u, 0x7ff),
	MEMBER(ilpr, PL011_ILPR, ~0u, 0xff),
	MEMBER(dmacr, PL011_DMACR, ~0u, 0x7),
	MEMBER(test[0], PL011_TCR, ~0u, 0x7),
	MEMBER(test[1], PL011_ITIP, ~0u, 0xff),
	MEMBER(test[2], PL011_ITOP, ~0u, 0xffff),
	MEMBER(test[3], PL011_TDR, ~0u, 0x7ff),
};

#define MEMBERS	(sizeof(members) / sizeof(*members))

/*
 * ABI: "@version: KPL011_UART_STATE_VERSION"
 * ABI: "@ibrd: a register, as is each member that refers to this one"
 * ABI: "@fbrd:"
 * ABI: "@lcr_h:"
 * ABI: "@cr:"
 * ABI: "@ifls:"
 * ABI: "@imsc:"
 * ABI: "@ilpr:"
 * ABI: "@dmacr:"
 * ABI: "@test:"
 * ABI: "@reserved: 0"
 */
TEST_F(state, registers_are_where_they_are_said_to_be)
{
	const char *uart = (const char *)&self->state.uart;
	uint16_t value;
	size_t i;

	for (i = 0; i < MEMBERS; i++)
		ASSERT_EQ(0, store(&self->vm, members[i].offset,
				   members[i].written));
	ASSERT_EQ(0, get(self->fd, &self->state));
	for (i = 0; i < MEMBERS; i++) {
		memcpy(&value, uart + members[i].at, sizeof(value));
		EXPECT_EQ(members[i].read, value) {
			TH_LOG("%s", members[i].name);
		}
		EXPECT_EQ(value, load(&self->vm, members[i].offset));
	}
	EXPECT_EQ(KPL011_UART_STATE_VERSION, self->state.uart.version);
	EXPECT_EQ(0, self->state.uart.reserved);
}

/* ABI: "as last latched by a write of LCR_H" */
TEST_F(state, divisor_is_what_was_latched)
{
	ASSERT_EQ(0, store(&self->vm, PL011_IBRD, 0xffff));
	ASSERT_EQ(0, store(&self->vm, PL011_FBRD, 5));
	ASSERT_EQ(0, get(self->fd, &self->state));
	EXPECT_EQ(0, self->state.uart.divisor);
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(0, store(&self->vm, PL011_IBRD, 1));
	ASSERT_EQ(0, get(self->fd, &self->state));
	EXPECT_EQ(0xffff << 6 | 5, self->state.uart.divisor);
}

/*
 * ABI: "What is queued for the guest and not yet in the FIFO"
 * ABI: "as r1p5, and as PERIPHID2 says"
 * ABI: "@rx_count: characters in @rx"
 */
TEST_F(state, queue_is_not_part_of_it)
{
	char bytes[PL011_FIFO_DEPTH + 5];
	int i;

	for (i = 0; i < (int)sizeof(bytes); i++)
		bytes[i] = 'A' + i;
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	/* r1p5, whose FIFOs have 32. */
	EXPECT_EQ(0x34, load(&self->vm, PL011_PERIPHID0 + 8));
	ASSERT_EQ(sizeof(bytes), write(self->fd, bytes, sizeof(bytes)));
	ASSERT_EQ(0, get(self->fd, &self->state));
	ASSERT_EQ(PL011_FIFO_DEPTH, self->state.uart.rx_count);
	for (i = 0; i < PL011_FIFO_DEPTH; i++)
		EXPECT_EQ(bytes[i], self->state.uart.rx[i]);
	/* Put in again it takes nothing from the queue and adds nothing. */
	ASSERT_EQ(0, set(self->fd, &self->state));
	for (i = 0; i < (int)sizeof(bytes); i++)
		ASSERT_EQ(bytes[i], load(&self->vm, PL011_DR));
	EXPECT_EQ(PL011_FR_RXFE, load(&self->vm, PL011_FR) & PL011_FR_RXFE);
}

/*
 * ABI: struct kpl011_uart_state "@modem:"
 * ABI: "@ris:"
 * ABI: "RT requires one"
 * ABI: "@rsr:"
 * ABI: "@tx_count:"
 * ABI: "@rx_count:"
 * ABI: "@tx: characters that wait to go out"
 * ABI: "@rx: received characters"
 */
TEST_F(state, fifos_are_oldest_first)
{
	struct kpl011_modem lines = {
		.size = sizeof(lines), .flags = KPL011_MODEM_SET,
	};
	struct kpl011_inject inject = {
		.size = sizeof(inject), .character = PL011_DR_PE | 'p',
	};
	const struct kpl011_uart_state *uart = &self->state.uart;
	int i;

	/* Without CTS what is to be sent has to wait. */
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(0, store(&self->vm, PL011_CR, 0x301 | PL011_CR_CTSEN));
	ASSERT_EQ(0, ioctl(self->fd, KPL011_MODEM, &lines));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'a', 3));
	ASSERT_EQ(1, write(self->fd, "r", 1));
	ASSERT_EQ(0, ioctl(self->fd, KPL011_INJECT, &inject));
	ASSERT_EQ(0, store(&self->vm, PL011_IMSC, PL011_INT_RT));
	ASSERT_EQ(0, get(self->fd, &self->state));
	EXPECT_EQ(0, uart->modem);
	EXPECT_EQ(PL011_INT_RT, uart->ris & (PL011_INT_RX | PL011_INT_RT));
	EXPECT_EQ(PL011_INT_PE, uart->ris & PL011_INT_PE);
	ASSERT_EQ(3, uart->tx_count);
	for (i = 0; i < PL011_FIFO_DEPTH; i++)
		EXPECT_EQ(i < 3 ? 'a' + i : 0, uart->tx[i]);
	ASSERT_EQ(2, uart->rx_count);
	EXPECT_EQ('r', uart->rx[0]);
	EXPECT_EQ(PL011_DR_PE | 'p', uart->rx[1]);
	for (i = 2; i < PL011_FIFO_DEPTH; i++)
		EXPECT_EQ(0, uart->rx[i]);
	/* What the guest has read last is in RSR. */
	load(&self->vm, PL011_DR);
	load(&self->vm, PL011_DR);
	ASSERT_EQ(0, get(self->fd, &self->state));
	EXPECT_EQ(PL011_DR_PE >> 8, uart->rsr);
	EXPECT_EQ(0, uart->ris & PL011_INT_RT);
}

/*
 * ABI: struct kpl011_uart_state "@flags:"
 * ABI: "WLEN has been other than 5 bits"
 * ABI: "the next character is received with OE"
 * ABI: "the guest switched RXE off"
 */
TEST_F(state, flags_are_what_no_register_tells)
{
	struct kpl011_uart_state *uart = &self->state.uart;

	EXPECT_EQ(0, uart->flags);
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x70));
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x10));
	ASSERT_EQ(0, get(self->fd, &self->state));
	EXPECT_EQ(KPL011_UART_WLEN_CHOSEN, uart->flags);
	/* In loopback a FIFO can overrun. */
	ASSERT_EQ(0, store(&self->vm, PL011_CR, 0x301 | PL011_CR_LBE));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 0, 33));
	ASSERT_EQ(0, get(self->fd, &self->state));
	EXPECT_EQ(KPL011_UART_WLEN_CHOSEN | KPL011_UART_OVERRUN, uart->flags);
	ASSERT_EQ(0, store(&self->vm, PL011_CR, 0x301));
	/* The same put in: OE is on the next that fits. */
	uart->rx_count = 0;
	memset(uart->rx, 0, sizeof(uart->rx));
	uart->ris = 0;
	uart->cr = 0x301;
	ASSERT_EQ(0, set(self->fd, &self->state));
	ASSERT_EQ(2, write(self->fd, "\x01\x02", 2));
	EXPECT_EQ(PL011_DR_OE | 1, load(&self->vm, PL011_DR));
	EXPECT_EQ(2, load(&self->vm, PL011_DR));
	/* A receiver that is off is so where it is put in, too. */
	ASSERT_EQ(0, store(&self->vm, PL011_CR, 0x101));
	ASSERT_EQ(0, get(self->fd, &self->state));
	EXPECT_EQ(KPL011_UART_RX_OFF, uart->flags & KPL011_UART_RX_OFF);
	ASSERT_EQ(0, store(&self->vm, PL011_CR, 0x301));
	ASSERT_EQ(0, set(self->fd, &self->state));
	ASSERT_EQ(1, write(self->fd, "\x03", 1));
	EXPECT_EQ(0, load(&self->vm, PL011_DR));
	ASSERT_EQ(0, store(&self->vm, PL011_CR, 0x301));
	EXPECT_EQ(3, load(&self->vm, PL011_DR));
}

/* One wrong half word at a time in a state that is good. */
#define WRONG(member, value) \
	{ #member, offsetof(struct kpl011_uart_state, member), value }

/*
 * ABI: KPL011_STATE_SET EINVAL
 * ABI: KPL011_STATE_SET "none of which changes anything"
 * ABI: "no bit is set that the register does not have"
 * ABI: "RX requires as many characters in @rx as IFLS says"
 * ABI: "WLEN other than 5 bits requires the first; RXE excludes the last."
 * ABI: "22 bits"
 * ABI: "at most 1 with FEN=0"
 * ABI: "8 bits each"
 * ABI: "12 bits each"
 */
TEST_F(state, EINVAL_for_what_no_uart_can_have)
{
	static const struct {
		const char *name;
		size_t at;
		uint16_t value;
	} wrong[] = {
		WRONG(version, 0), WRONG(version, 2), WRONG(flags, 0x4), WRONG(flags, 0x8),
		WRONG(fbrd, 0x40), WRONG(lcr_h, 0x100),
		WRONG(lcr_h, PL011_LCR_WLEN), WRONG(cr, 0x8), WRONG(ifls, 0x40),
		WRONG(imsc, 0x800), WRONG(ris, 0x800), WRONG(ris, PL011_INT_RX),
		WRONG(ris, PL011_INT_RT), WRONG(rsr, 0x10), WRONG(ilpr, 0x100),
		WRONG(dmacr, 0x8), WRONG(test[0], 0x8), WRONG(test[1], 0x100),
		WRONG(test[3], 0x800), WRONG(modem, PL011_FR_TXFE),
		WRONG(tx_count, PL011_FIFO_DEPTH + 1), WRONG(tx_count, 2),
		WRONG(rx_count, PL011_FIFO_DEPTH + 1), WRONG(rx_count, 2),
		WRONG(reserved, 1), WRONG(tx[0], 1), WRONG(tx[31], 1),
		WRONG(rx[0], 1), WRONG(rx[31], 1),
	};
	const struct kpl011_state good = self->state;
	struct kpl011_state after;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		self->state = good;
		self->state.uart.ibrd = 7;
		memcpy((char *)&self->state.uart + wrong[i].at, &wrong[i].value,
		       sizeof(wrong[i].value));
		EXPECT_EQ(-EINVAL, set(self->fd, &self->state)) {
			TH_LOG("%s = 0x%x", wrong[i].name, wrong[i].value);
		}
	}
	self->state = good;
	self->state.uart.divisor = 1u << 22;
	EXPECT_EQ(-EINVAL, set(self->fd, &self->state));
	/* A character of more bits than it has. */
	self->state = good;
	self->state.uart.tx_count = 1;
	self->state.uart.tx[0] = 0x100;
	EXPECT_EQ(-EINVAL, set(self->fd, &self->state));
	self->state = good;
	self->state.uart.rx_count = 1;
	self->state.uart.rx[0] = 0x1000;
	EXPECT_EQ(-EINVAL, set(self->fd, &self->state));
	ASSERT_EQ(0, get(self->fd, &after));
	EXPECT_EQ(0, memcmp(&good, &after, sizeof(good)));
	self->state = good;
	EXPECT_EQ(0, set(self->fd, &self->state));
}

TEST_HARNESS_MAIN
