// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any sequence of accesses and of characters from the wire, against a shadow of
 * the two FIFOs and what must hold after every step: the counts are in bounds,
 * FR and the interrupt line agree with them, no character is made up, lost,
 * doubled or stranded, and no guest that polls FR waits for ever. While there is
 * an image of it, that is at each step what a read would answer.
 */
#include <stdint.h>

#include "image.h"
#include "must.h"
#include "uart.h"

/* What the FIFOs should hold. */
struct shadow {
	u16 ch[PL011_FIFO_DEPTH];
	unsigned int count;
};

struct machine {
	struct kpl_uart uart;
	struct shadow tx;
	struct shadow rx;
	bool overrun;
	bool strict;
	bool wlen_chosen;
	bool deaf; /* RXE was cleared after it was set with UARTEN */
	bool waited; /* for TXRIS, when it was last told of a burst */
	u32 image[KPL_UART_PAGE / 4]; /* while uart.mirrored */
};

static u32 rd(struct machine *m, u32 offset)
{
	return kpl_uart_read(&m->uart, offset, 4);
}

static unsigned int depth(const struct machine *m)
{
	return m->uart.lcr_h & PL011_LCR_FEN ? PL011_FIFO_DEPTH : 1;
}

static u16 word(const struct machine *m, u16 ch)
{
	if (!m->wlen_chosen && !m->strict)
		return ch;
	return ch & (0xff00 | (0x20 << (m->uart.lcr_h >> 5 & 3)) - 1);
}

/* Whether a half of the UART works at all. */
static bool is_on(const struct machine *m, u16 half)
{
	return !m->strict ||
	       (m->uart.cr & PL011_CR_UARTEN && m->uart.cr & half);
}

static bool hears(const struct machine *m)
{
	if (m->strict)
		return is_on(m, PL011_CR_RXE);
	if (m->uart.cr & PL011_CR_LBE && m->uart.cr & PL011_CR_UARTEN)
		return m->uart.cr & PL011_CR_RXE;
	return !m->deaf;
}

static bool clear_to_send(const struct machine *m)
{
	if (!(m->uart.cr & PL011_CR_CTSEN))
		return true;
	if (m->uart.cr & PL011_CR_LBE)
		return m->uart.cr & PL011_CR_RTS;
	return m->uart.modem & PL011_FR_CTS;
}

static u16 take(struct shadow *fifo)
{
	u16 ch = fifo->ch[0];
	unsigned int i;

	fifo->count--;
	for (i = 0; i < fifo->count; i++)
		fifo->ch[i] = fifo->ch[i + 1];
	return ch;
}

static void put(struct shadow *fifo, u16 ch)
{
	fifo->ch[fifo->count++] = ch;
}

static void receive(struct machine *m, u16 ch)
{
	if (!hears(m))
		return;
	if (m->rx.count == depth(m)) {
		m->overrun = true;
		return;
	}
	put(&m->rx, word(m, ch) | (m->overrun ? PL011_DR_OE : 0));
	m->overrun = false;
}

/* In loopback what is transmitted is received. */
static void loop(struct machine *m)
{
	while (m->tx.count && m->uart.cr & PL011_CR_LBE &&
	       is_on(m, PL011_CR_TXE) && clear_to_send(m))
		receive(m, take(&m->tx));
}

/* A guest that asked to be told of characters is told of them. */
static void check_told(struct machine *m, u32 mis)
{
	static const u8 levels[8] = { 4, 8, 16, 24, 28, 28, 28, 28 };
	unsigned int level = m->uart.lcr_h & PL011_LCR_FEN ?
				     levels[m->uart.ifls >> 3 & 7] : 1;
	u16 listens = m->uart.imsc & (PL011_INT_RX | PL011_INT_RT);
	u32 want = 0;

	if (m->rx.count && (m->uart.rx_idle || !kpl_uart_rx_room(&m->uart)))
		want |= PL011_INT_RT;
	/* To who listens for RX alone it says the same. */
	if (want && listens == PL011_INT_RX && !m->strict)
		level = 1;
	if (m->rx.count >= level)
		want |= PL011_INT_RX;
	want &= m->uart.imsc;
	if (!kpl_uart_rx_acked(&m->uart)) {
		MUST((mis & want) == want);
	} else {
		struct kpl_uart later = m->uart;

		kpl_uart_rx_timeout(&later);
		MUST(m->rx.count);
		MUST((kpl_uart_read(&later, PL011_MIS, 4) & want) == want);
		MUST(!kpl_uart_rx_acked(&later));
	}
	/* And of nothing else. */
	MUST(m->rx.count || !(mis & PL011_INT_RT));
	MUST(m->rx.count >= level || !(mis & PL011_INT_RX));
}

/* What is answered without kpl_uart_read() is what that would answer. */
static void check_rest(struct machine *m)
{
	struct kpl_uart before = m->uart;

	if (!kpl_uart_rests(&m->uart))
		return;
	MUST(kpl_uart_rest_fr(&m->uart) == rd(m, PL011_FR));
	MUST(!__builtin_memcmp(&before, &m->uart, sizeof(before)));
}

static void check(struct machine *m)
{
	u32 fr = rd(m, PL011_FR);
	bool burst = !m->tx.count && fr & PL011_FR_TXFF;
	u32 cr = m->uart.cr;
	u32 mis = rd(m, PL011_MIS);

	MUST(m->uart.tx.count == m->tx.count && m->tx.count <= depth(m));
	MUST(m->uart.rx.count == m->rx.count && m->rx.count <= depth(m));
	if (burst) {
		/* Said once: the next read lets a guest that waits go on. */
		MUST((fr & (PL011_FR_BUSY | PL011_FR_TXFE)) == PL011_FR_BUSY);
		MUST(m->uart.ris & PL011_INT_TX);
		fr = rd(m, PL011_FR);
		MUST(!(fr & (PL011_FR_TXFF | PL011_FR_BUSY)));
	}
	MUST(!(fr & PL011_FR_TXFE) == (m->tx.count > 0));
	MUST(!(fr & PL011_FR_BUSY) == !m->tx.count);
	MUST(!(fr & PL011_FR_TXFF) == (m->tx.count < depth(m)));
	MUST(!(fr & PL011_FR_RXFE) == (m->rx.count > 0));
	MUST(!(fr & PL011_FR_RXFF) == (m->rx.count < depth(m)));
	MUST(mis == (rd(m, PL011_RIS) & rd(m, PL011_IMSC)));
	MUST(kpl_uart_irq(&m->uart) == (mis != 0));
	MUST(!(rd(m, PL011_RIS) & ~(u32)PL011_INT_ALL));
	MUST(!m->uart.tx_free || !m->tx.count);

	check_told(m, mis);
	/* One that waits for the transmitter goes on when it is drained. */
	if (!m->uart.tx_held && !(cr & PL011_CR_LBE) && clear_to_send(m) &&
	    is_on(m, PL011_CR_TXE)) {
		struct kpl_uart later = m->uart;

		while (kpl_uart_tx_pop(&later) >= 0)
			;
		MUST((kpl_uart_read(&later, PL011_FR, 4) &
		      (PL011_FR_TXFE | PL011_FR_TXFF | PL011_FR_BUSY)) ==
		     PL011_FR_TXFE);
		MUST(later.tx_free);
	}
}

/* As the port does: away before there is something to take, or it is shown. */
static void show(struct machine *m, bool on)
{
	if (on && !kpl_uart_can_mirror(&m->uart))
		return;
	if (on && !m->uart.mirrored)
		kpl_image_init(m->image, &m->uart);
	kpl_uart_mirror(&m->uart, on);
}

static void check_image(struct machine *m)
{
	struct kpl_uart before;
	unsigned int step;
	u32 offset;

	if (!m->uart.mirrored)
		return;
	MUST(kpl_uart_can_mirror(&m->uart));
	for (step = 0; step < KPL_IMAGE_STEPS; step++) {
		kpl_image_step(m->image, &m->uart, step);
		MUST(!(m->image[PL011_MIS / 4] & ~(m->image[PL011_RIS / 4] &
						   m->image[PL011_IMSC / 4])));
	}
	before = m->uart;
	for (offset = 0; offset < 4 * KPL_IMAGE_REGS + 16; offset += 4)
		MUST(m->image[offset / 4] == rd(m, offset));
	for (offset = PL011_PERIPHID0; offset < KPL_UART_PAGE; offset += 4)
		MUST(m->image[offset / 4] == rd(m, offset));
	MUST(!__builtin_memcmp(&before, &m->uart, sizeof(before)));
}

/* Of any width and place it is what memory would give. */
static void check_bytes(struct machine *m, u32 offset, unsigned int len, u64 value)
{
	u64 bytes = 0;

	if (!m->uart.mirrored || offset + len > KPL_UART_PAGE)
		return;
	__builtin_memcpy(&bytes, (u8 *)m->image + offset, len);
	if (len < 8)
		value &= (1ull << 8 * len) - 1;
	MUST(value == bytes);
}

/* What a write of one register does, but for the UART itself. */
static void do_write(struct machine *m, u32 offset, unsigned int len, u32 value);

/* 8 bytes are what two writes of 4 are. */
static void do_write_pair(struct machine *m, u32 offset, u64 value)
{
	struct kpl_uart two = m->uart;
	int byte, one;

	if (offset == PL011_CR && value & PL011_CR_LBE)
		show(m, false);
	two.mirrored = m->uart.mirrored;
	byte = kpl_uart_write(&two, offset, 8, value);
	one = m->uart.tx_free && offset == PL011_DR ?
		      (int)(value & m->uart.word) : -1;
	MUST(byte == one);
	do_write(m, offset, 4, value);
	do_write(m, offset + 4, 4, value >> 32);
	MUST(!__builtin_memcmp(&two, &m->uart, sizeof(two)));
}

static void do_write(struct machine *m, u32 offset, unsigned int len, u32 value)
{
	u16 lcr_h = m->uart.lcr_h;
	u16 imsc = m->uart.imsc;
	u16 cr = m->uart.cr;
	bool known = !(offset % 4) && len <= 4;
	bool was_free = m->uart.tx_free;
	int byte;

	if (len == 8 && !(offset % 8)) {
		/* The upper half is made of the lower one. */
		do_write_pair(m, offset, value | (u64)(value ^ 0x10) << 32);
		return;
	}
	if (offset == PL011_CR && value & PL011_CR_LBE)
		show(m, false);
	byte = kpl_uart_write(&m->uart, offset, len, value);

	MUST(byte >= -1 && byte <= 255);
	MUST(byte < 0 || (offset == PL011_DR && was_free));
	MUST(byte < 0 || !m->uart.tx_held);
	if (offset == PL011_DR && known) {
		if (was_free)
			MUST(byte == word(m, value & 0xff));
		else if (m->tx.count < depth(m))
			put(&m->tx, word(m, value & 0xff));
	} else if (offset == PL011_LCR_H && known) {
		if (m->uart.lcr_h & PL011_LCR_WLEN)
			m->wlen_chosen = true;
		if ((lcr_h ^ m->uart.lcr_h) & PL011_LCR_FEN) {
			m->tx.count = 0;
			m->rx.count = 0;
			m->overrun = false;
		}
		if (m->uart.cr & PL011_CR_LBE && is_on(m, PL011_CR_TXE) &&
		    ~lcr_h & m->uart.lcr_h & PL011_LCR_BRK)
			receive(m, PL011_BREAK);
	} else if (offset == PL011_CR && known) {
		if (m->uart.cr & PL011_CR_RXE)
			m->deaf = false;
		else if (cr & PL011_CR_UARTEN && cr & PL011_CR_RXE)
			m->deaf = true;
	} else if (offset == PL011_IMSC && known) {
		m->waited |= ~imsc & m->uart.imsc & PL011_INT_TX;
	}
	loop(m);
}

static void do_read(struct machine *m, u32 offset, unsigned int len)
{
	bool pair = len == 8 && !(offset % 8);
	struct kpl_uart before = m->uart;
	u64 value = kpl_uart_read(&m->uart, offset, len);

	check_bytes(m, offset, len, value);
	if (offset == PL011_DR && (len <= 4 || pair)) {
		if (pair)
			MUST(value >> 32 == m->uart.rsr);
		if (m->rx.count)
			MUST((u32)value == take(&m->rx));
		else
			MUST(!(u32)value);
		return;
	}
	if (offset == PL011_FR && (len <= 4 || pair) && !m->tx.count &&
	    value & PL011_FR_TXFF) {
		/* A guest that has never waited for it gets a FIFO's worth out. */
		MUST(before.tx_burst >= before.tx_burst_max);
		MUST(before.tx_burst >= PL011_FIFO_DEPTH || m->waited);
		before.tx_burst = 0;
		before.tx_burst_max = m->uart.tx_burst_max;
		MUST(m->uart.tx_burst_max >= PL011_FIFO_DEPTH);
		m->waited = false;
		before.ris |= PL011_INT_TX;
	}
	/* Nothing but a read of DR changes anything else. */
	MUST(!__builtin_memcmp(&before, &m->uart, sizeof(before)));
}

/* Saved and put into another, it goes on as if nothing had been. */
static void do_restore(struct machine *m)
{
	struct kpl011_uart_state state, again;
	struct kpl_uart other;

	kpl_uart_save(&m->uart, &state);
	kpl_uart_init(&other, m->strict);
	kpl_uart_tx_hold(&other, m->uart.tx_held);
	kpl_uart_rx_idle(&other, m->uart.rx_idle);
	other.tx_breaks = m->uart.tx_breaks;
	kpl_uart_mirror(&other, m->uart.mirrored);
	m->waited = false;
	MUST(!kpl_uart_restore(&other, &state));
	kpl_uart_save(&other, &again);
	MUST(!__builtin_memcmp(&state, &again, sizeof(state)));
	m->uart = other;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const u32 offsets[] = {
		PL011_DR, PL011_RSR, PL011_FR, PL011_ILPR,
		PL011_IBRD, PL011_FBRD, PL011_LCR_H, PL011_CR,
		PL011_IFLS, PL011_IMSC, PL011_RIS, PL011_MIS,
		PL011_ICR, PL011_DMACR, PL011_TDR, 0xfe0,
	};
	struct machine m;

	__builtin_memset(&m, 0, sizeof(m));
	if (size)
		m.strict = data[size - 1] & 1;
	kpl_uart_init(&m.uart, m.strict);
	check_rest(&m);
	check(&m);
	for (; size >= 4; data += 4, size -= 4) {
		u32 value = data[2] | data[3] << 8;
		u32 offset = data[1] & 0x80 ? (data[1] & 0x7f) << 5 | data[0] >> 3 :
					      offsets[data[1] & 15];
		unsigned int len = 1u << (data[1] >> 5 & 3);
		int byte;

		switch (data[0] & 7) {
		case 0:
		case 1:
			do_write(&m, offset, len, value);
			break;
		case 2:
		case 3:
			do_read(&m, offset, len);
			break;
		case 4:
			if (data[3] & 8 || kpl_uart_rx_room(&m.uart)) {
				show(&m, false);
				kpl_uart_rx_push(&m.uart, value & 0x7ff);
				byte = m.rx.count;
				if (!(m.uart.cr & PL011_CR_LBE))
					receive(&m, value & 0x7ff);
				/* A new one is told of, whatever was cleared. */
				MUST(m.rx.count == (unsigned int)byte ||
				     !kpl_uart_rx_acked(&m.uart));
			}
			break;
		case 5:
			byte = kpl_uart_tx_pop(&m.uart);
			MUST(byte < 0 || (m.tx.count && byte == take(&m.tx)));
			MUST(byte < 0 || !m.uart.tx_held);
			break;
		case 6:
			if (value & 1)
				kpl_uart_tx_hold(&m.uart, value & 2);
			else
				kpl_uart_modem(&m.uart, value >> 2);
			break;
		case 7:
			if (value & 2)
				kpl_uart_rx_timeout(&m.uart);
			else if (value & 4)
				do_restore(&m);
			else if (value & 8)
				show(&m, value & 1);
			else
				kpl_uart_rx_idle(&m.uart, value & 1);
			break;
		}
		check_rest(&m);
		check(&m);
		check_image(&m);
	}
	return 0;
}
