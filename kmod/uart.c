// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ARM PL011, as ARM DDI 0183 (r1p5) describes it; in brackets are its
 * sections, or their headings. Where real guests need more than the manual
 * promises (output before the UART is enabled, an interrupt for a batch of
 * one), they get it, unless the UART is strict: docs/drivers.md says which
 * guests need what.
 */
#include <linux/build_bug.h> /* which nospec.h does not include itself */
#include <linux/nospec.h>
#include <linux/stddef.h>

#include "uart.h"

/**
 * struct kpl_uart_reg - a register
 * @name: as in the manual
 * @mask: bits that a write stores and a read returns
 * @at: offset in struct kpl_uart of the u16 that holds it, if it is stored
 * @saved: its offset in struct kpl011_uart_state, likewise
 * @show: what it reads as, if not what is stored
 * @write: what a write does, if it does not only store
 */
struct kpl_uart_reg {
	const char *name;
	u16 mask;
	u16 at;
	u16 saved;
	u32 (*show)(const struct kpl_uart *uart);
	void (*write)(struct kpl_uart *uart, u16 value);
};

/* Bytes until FR reports a full FIFO again: to a guest that unmasked TXRIS, */
#define TX_BURST_WAITER	4
/* and, at most, to one that continues to poll each time. */
#define TX_BURST_POLLER	512

static unsigned int fifo_depth(const struct kpl_uart *uart)
{
	return uart->lcr_h & PL011_LCR_FEN ? PL011_FIFO_DEPTH : 1;
}

static void fifo_push(struct kpl_uart_fifo *fifo, u16 ch)
{
	fifo->ch[(fifo->at + fifo->count) % PL011_FIFO_DEPTH] = ch;
	fifo->count++;
}

static u16 fifo_pop(struct kpl_uart_fifo *fifo)
{
	u16 ch = fifo->ch[fifo->at];

	fifo->at = (fifo->at + 1) % PL011_FIFO_DEPTH;
	fifo->count--;
	return ch;
}

/* The number of characters at which a FIFO's interrupt level lies (3.3.9). */
static unsigned int fifo_level(const struct kpl_uart *uart, unsigned int select)
{
	static const u8 eighths[8] = { 1, 2, 4, 6, 7, 7, 7, 7 };

	return eighths[select & 7] * PL011_FIFO_DEPTH / 8;
}

static unsigned int tx_level(const struct kpl_uart *uart)
{
	if (!(uart->lcr_h & PL011_LCR_FEN))
		return 0;
	return fifo_level(uart, uart->ifls);
}

static unsigned int rx_level(const struct kpl_uart *uart)
{
	if (!(uart->lcr_h & PL011_LCR_FEN))
		return 1;
	return fifo_level(uart, uart->ifls >> 3);
}

static bool is_enabled(const struct kpl_uart *uart, u16 half)
{
	return !uart->strict ||
	       (uart->cr & PL011_CR_UARTEN && uart->cr & half);
}

/*
 * Whether the receiver works. Unless the UART is strict, a guest that never set
 * RXE receives; one that cleared it while UARTEN was set does not. In loopback
 * RXE counts as soon as UARTEN does: drivers of Linux before 4.1 send a byte to
 * themselves, for its transmit interrupt, and do not want it back.
 */
static bool rx_is_on(const struct kpl_uart *uart)
{
	u16 loop = PL011_CR_LBE | PL011_CR_UARTEN;

	if (uart->strict)
		return is_enabled(uart, PL011_CR_RXE);
	if ((uart->cr & loop) == loop)
		return uart->cr & PL011_CR_RXE;
	return !uart->rx_off;
}

/* See kpl_uart_rx_room(). */
static unsigned int rx_room(const struct kpl_uart *uart)
{
	unsigned int limit = fifo_depth(uart);

	if (uart->cr & PL011_CR_LBE || !rx_is_on(uart))
		return 0;
	if (uart->cr & PL011_CR_RTSEN)
		limit = rx_level(uart);
	return uart->rx.count < limit ? limit - uart->rx.count : 0;
}

/* The interrupt for characters that may stay below the level: no more come. */
static u16 rx_rest(const struct kpl_uart *uart)
{
	if (!uart->rx.count || (!uart->rx_idle && rx_room(uart)))
		return 0;
	if (uart->imsc & PL011_INT_RT)
		return PL011_INT_RT;
	return uart->strict ? 0 : uart->imsc & PL011_INT_RX;
}

/*
 * The receive interrupts that are due: RXRIS from the level on; RTRIS, below it
 * as well, once no more characters come and the guest has unmasked it. If the
 * guest has unmasked RXRIS alone, as guests do that only ever met QEMU's PL011,
 * that is due in its place, unless the UART is strict.
 */
static u16 rx_stand(const struct kpl_uart *uart)
{
	u16 stand = rx_rest(uart);

	if (uart->rx.count >= rx_level(uart))
		stand |= PL011_INT_RX;
	return stand;
}

/*
 * A guest that clears one of these with ICR, but leaves characters, sees it
 * cleared until the next character or kpl_uart_rx_timeout(). So nothing that a
 * guest does to ICR, IMSC or FEN can strand a character.
 */
static void rx_update(struct kpl_uart *uart)
{
	u16 stand = rx_stand(uart);

	if (!(stand & PL011_INT_RX))
		uart->ris &= ~PL011_INT_RX;
	if (!uart->rx.count) {
		uart->ris &= ~PL011_INT_RT;
		uart->rx_acked = 0;
	}
	uart->ris |= stand & ~uart->rx_acked;
}

/* Modem lines as FR shows them: the inputs, or with LBE the outputs (3.3.8). */
static u16 modem_lines(const struct kpl_uart *uart)
{
	u16 lines = 0;

	if (!(uart->cr & PL011_CR_LBE))
		return uart->modem;

	if (uart->cr & PL011_CR_RTS)
		lines |= PL011_FR_CTS;
	if (uart->cr & PL011_CR_DTR)
		lines |= PL011_FR_DSR;
	if (uart->cr & PL011_CR_OUT1)
		lines |= PL011_FR_DCD;
	if (uart->cr & PL011_CR_OUT2)
		lines |= PL011_FR_RI;
	return lines;
}

/* A modem interrupt tells of a change, never of a level (UARTMSINTR). */
static void modem_update(struct kpl_uart *uart, u16 before)
{
	u16 changed = before ^ modem_lines(uart);

	if (changed & PL011_FR_CTS)
		uart->ris |= PL011_INT_CTS;
	if (changed & PL011_FR_DSR)
		uart->ris |= PL011_INT_DSR;
	if (changed & PL011_FR_DCD)
		uart->ris |= PL011_INT_DCD;
	if (changed & PL011_FR_RI)
		uart->ris |= PL011_INT_RI;
}

/* A character arrives, from the wire or in loopback (3.3.1, 3.3.2). */
static void rx_take(struct kpl_uart *uart, u16 ch)
{
	if (!rx_is_on(uart))
		return;
	if (uart->rx.count >= fifo_depth(uart)) {
		/* The interrupt is raised when an overrun begins. */
		if (!uart->rx_overrun)
			uart->ris |= PL011_INT_OE;
		uart->rx_overrun = true;
		uart->rsr |= PL011_DR_OE >> 8;
		return;
	}

	ch &= ~0xff | uart->word;
	if (ch & PL011_DR_OE) {
		uart->ris |= PL011_INT_OE;
		uart->rsr |= PL011_DR_OE >> 8;
	}
	if (uart->rx_overrun) {
		ch |= PL011_DR_OE;
		uart->rx_overrun = false;
	}
	if (ch & PL011_DR_FE)
		uart->ris |= PL011_INT_FE;
	if (ch & PL011_DR_PE)
		uart->ris |= PL011_INT_PE;
	if (ch & PL011_DR_BE)
		uart->ris |= PL011_INT_BE;
	fifo_push(&uart->rx, ch);
	uart->rx_acked = 0;
	uart->rx_retries = 0;
	rx_update(uart);
}

/*
 * Whether the transmitter works: it is enabled and, with CTSEn, the other end
 * asks for characters (CTS flow control).
 */
static bool tx_runs(const struct kpl_uart *uart)
{
	return is_enabled(uart, PL011_CR_TXE) &&
	       (!(uart->cr & PL011_CR_CTSEN) ||
		modem_lines(uart) & PL011_FR_CTS);
}

/* Whether a character can go out on the wire, to which loopback sends none. */
static bool tx_ready(const struct kpl_uart *uart)
{
	return !uart->tx_held && !(uart->cr & PL011_CR_LBE) && tx_runs(uart);
}

static u16 tx_take(struct kpl_uart *uart)
{
	u16 ch = fifo_pop(&uart->tx);

	uart->tx_burst = 0;
	if (uart->tx.count <= tx_level(uart))
		uart->ris |= PL011_INT_TX;
	return ch;
}

static void tx_update(struct kpl_uart *uart)
{
	while (uart->cr & PL011_CR_LBE && uart->tx.count && tx_runs(uart))
		rx_take(uart, tx_take(uart));
	uart->tx_free = !uart->tx.count && tx_ready(uart);
}

static void fifo_flush(struct kpl_uart *uart)
{
	uart->tx.count = 0;
	uart->tx_burst = 0;
	uart->rx.count = 0;
	uart->rx_overrun = false;
}

/* Without the character that only a read of DR takes. */
static u32 dr_show(const struct kpl_uart *uart)
{
	return 0;
}

static u32 dr_read(struct kpl_uart *uart)
{
	u16 ch;

	if (!uart->rx.count)
		return 0;

	ch = fifo_pop(&uart->rx);
	uart->rx_retries = 0;
	/* OE of RSR stays until ECR is written; the rest is this byte's. */
	uart->rsr = (uart->rsr & (PL011_DR_OE >> 8)) | ch >> 8;
	rx_update(uart);
	return ch;
}

static void dr_write(struct kpl_uart *uart, u16 value)
{
	/* The byte has to wait, or kpl_uart_write() would have passed it on. */
	if (uart->tx.count >= fifo_depth(uart)) {
		uart->tx_lost++;
		return;
	}

	fifo_push(&uart->tx, value & uart->word);
	if (uart->tx.count > tx_level(uart))
		uart->ris &= ~PL011_INT_TX;
	tx_update(uart);
}

static void ecr_write(struct kpl_uart *uart, u16 value)
{
	uart->rsr = 0;
}

/*
 * A FIFO's worth of bytes has gone out as fast as the guest wrote them. On a
 * real line they would still be in the FIFO, so FR reports once that it is
 * full. In fact they have gone out, which raises TXRIS. A guest that knows the
 * transmit interrupt then waits for it, and writes half a FIFO for each, which
 * takes half the accesses of a poll for each byte. When it polls again, for its
 * next line, FR reports this after a few bytes; to a guest that does not wait,
 * ever more rarely. Returns whether FR is to report it now.
 */
static bool tx_burst_fills(struct kpl_uart *uart)
{
	u32 limit = uart->tx_burst_max;

	if (uart->imsc & PL011_INT_TX && limit < PL011_FIFO_DEPTH)
		limit = PL011_FIFO_DEPTH;
	if (uart->tx_burst < limit || uart->mirrored ||
	    !(uart->lcr_h & PL011_LCR_FEN) || !uart->tx_free)
		return false;
	uart->tx_burst = 0;
	if (uart->tx_burst_max < PL011_FIFO_DEPTH)
		uart->tx_burst_max = PL011_FIFO_DEPTH;
	else if (uart->tx_burst_max < TX_BURST_POLLER)
		uart->tx_burst_max *= 2;
	uart->ris |= PL011_INT_TX;
	return true;
}

/* The guest begins to wait for the transmit interrupt, or stops (!@waits). */
static void tx_burst_waits(struct kpl_uart *uart, bool waits)
{
	if (waits)
		uart->tx_burst_max = TX_BURST_WAITER;
	else
		uart->tx_burst = 0;
}

static u32 fr_show(const struct kpl_uart *uart)
{
	u32 fr = modem_lines(uart);

	fr |= uart->tx.count ? PL011_FR_BUSY : PL011_FR_TXFE;
	if (uart->tx.count >= fifo_depth(uart))
		fr |= PL011_FR_TXFF;
	if (!uart->rx.count)
		fr |= PL011_FR_RXFE;
	if (uart->rx.count >= fifo_depth(uart))
		fr |= PL011_FR_RXFF;
	return fr;
}

static u32 fr_read(struct kpl_uart *uart)
{
	u32 fr = fr_show(uart);

	if (tx_burst_fills(uart))
		fr ^= PL011_FR_BUSY | PL011_FR_TXFF | PL011_FR_TXFE;
	return fr;
}

static void read_only(struct kpl_uart *uart, u16 value)
{
}

/*
 * Bits of a character, from WLEN (3.3.7). A guest that never chose WLEN would
 * have 5, but means 8.
 */
static void word_update(struct kpl_uart *uart)
{
	static const u8 masks[4] = { 0x1f, 0x3f, 0x7f, 0xff };
	u16 wlen = uart->lcr_h & PL011_LCR_WLEN;

	if (wlen)
		uart->wlen_chosen = true;
	uart->word = masks[wlen >> 5];
	if (!uart->wlen_chosen && !uart->strict)
		uart->word = 0xff;
}

static void lcr_h_write(struct kpl_uart *uart, u16 value)
{
	u16 changed = uart->lcr_h ^ value;

	uart->lcr_h = value;
	uart->divisor = uart->ibrd << 6 | uart->fbrd;
	word_update(uart);
	if (changed & PL011_LCR_FEN) {
		fifo_flush(uart);
		tx_update(uart);
		rx_update(uart);
	}
	if (changed & value & PL011_LCR_BRK && is_enabled(uart, PL011_CR_TXE)) {
		if (uart->cr & PL011_CR_LBE)
			rx_take(uart, PL011_BREAK);
		else
			uart->tx_breaks++;
	}
}

static void cr_write(struct kpl_uart *uart, u16 value)
{
	u16 before = modem_lines(uart);

	if (value & PL011_CR_RXE)
		uart->rx_off = false;
	else if (uart->cr & PL011_CR_UARTEN && uart->cr & PL011_CR_RXE)
		uart->rx_off = true;
	uart->cr = value;
	modem_update(uart, before);
	tx_update(uart);
	/* Nothing more comes to a receiver that is off. */
	rx_update(uart);
}

static void ifls_write(struct kpl_uart *uart, u16 value)
{
	uart->ifls = value;
	rx_update(uart);
}

static void imsc_write(struct kpl_uart *uart, u16 value)
{
	if ((uart->imsc ^ value) & PL011_INT_TX)
		tx_burst_waits(uart, value & PL011_INT_TX);
	uart->imsc = value;
	rx_update(uart);
}

static u32 mis_show(const struct kpl_uart *uart)
{
	return uart->ris & uart->imsc;
}

static u32 icr_show(const struct kpl_uart *uart)
{
	return 0;
}

static void icr_write(struct kpl_uart *uart, u16 value)
{
	uart->rx_acked |= uart->ris & value & (PL011_INT_RX | PL011_INT_RT);
	uart->ris &= ~value;
	rx_update(uart);
}

#define AT(field)	.at = offsetof(struct kpl_uart, field)
#define SAVED(field)	.saved = offsetof(struct kpl011_uart_state, field)
#define REGS		(PL011_TDR / 4 + 1)

static const struct kpl_uart_reg kpl_uart_regs[REGS] = {
	[PL011_DR / 4] = { "DR", 0xffff, .show = dr_show,
		.write = dr_write },
	[PL011_RSR / 4] = { "RSR", 0x000f, AT(rsr), SAVED(rsr),
		.write = ecr_write },
	[PL011_FR / 4] = { "FR", 0x01ff, .show = fr_show,
		.write = read_only },
	[PL011_ILPR / 4] = { "ILPR", 0x00ff, AT(ilpr), SAVED(ilpr) },
	[PL011_IBRD / 4] = { "IBRD", 0xffff, AT(ibrd), SAVED(ibrd) },
	[PL011_FBRD / 4] = { "FBRD", 0x003f, AT(fbrd), SAVED(fbrd) },
	[PL011_LCR_H / 4] = { "LCR_H", 0x00ff, AT(lcr_h), SAVED(lcr_h),
		.write = lcr_h_write },
	[PL011_CR / 4] = { "CR", 0xff87, AT(cr), SAVED(cr),
		.write = cr_write },
	[PL011_IFLS / 4] = { "IFLS", 0x003f, AT(ifls), SAVED(ifls),
		.write = ifls_write },
	[PL011_IMSC / 4] = { "IMSC", 0x07ff, AT(imsc), SAVED(imsc),
		.write = imsc_write },
	[PL011_RIS / 4] = { "RIS", 0x07ff, AT(ris), SAVED(ris),
		.write = read_only },
	[PL011_MIS / 4] = { "MIS", 0x07ff, .show = mis_show,
		.write = read_only },
	[PL011_ICR / 4] = { "ICR", 0x07ff, .show = icr_show,
		.write = icr_write },
	[PL011_DMACR / 4] = { "DMACR", 0x0007, AT(dmacr), SAVED(dmacr) },
	[PL011_TCR / 4] = { "TCR", 0x0007, AT(test[0]), SAVED(test[0]) },
	[PL011_ITIP / 4] = { "ITIP", 0x00ff, AT(test[1]), SAVED(test[1]) },
	[PL011_ITOP / 4] = { "ITOP", 0xffff, AT(test[2]), SAVED(test[2]) },
	[PL011_TDR / 4] = { "TDR", 0x07ff, AT(test[3]), SAVED(test[3]) },
};

/* PeriphID0 to 3, PCellID0 to 3: designer ARM, part 011, r1p5 (3.3.15). */
static const u8 kpl_uart_ids[8] = {
	0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1,
};

/*
 * The register of an access, or NULL for reserved offsets and for every access
 * that does not start at a register. A write of these is ignored (a byte store
 * to DR + 1 transmits nothing); a read shows what is there.
 */
static const struct kpl_uart_reg *reg_find(u32 offset, unsigned int len)
{
	const struct kpl_uart_reg *reg;

	if (offset % 4 || len > 4 || offset / 4 >= REGS)
		return NULL;
	/* The guest chooses the index, and functions are called from there. */
	reg = &kpl_uart_regs[array_index_nospec(offset / 4, REGS)];
	return reg->name ? reg : NULL;
}

/*
 * Registers have 32 bits. On a bus that splits an access of 64 bits, it becomes
 * one to each of two registers. Some guests access DR through a pointer to a
 * long.
 */
static bool is_pair(u32 offset, unsigned int len)
{
	return len == 8 && !(offset % 8);
}

static u16 *reg_stored(struct kpl_uart *uart, const struct kpl_uart_reg *reg)
{
	return (u16 *)((u8 *)uart + reg->at);
}

static u32 reg_show(const struct kpl_uart *uart, const struct kpl_uart_reg *reg)
{
	if (reg->show)
		return reg->show(uart);
	return *(const u16 *)((const u8 *)uart + reg->at);
}

/**
 * kpl_uart_init() - the state after power-on reset
 * @uart: the UART
 * @strict: nothing is transmitted or received before the guest sets UARTEN, and
 *	    TXE or RXE; characters have the 5 bits of WLEN=0 until it chooses
 *	    others; RXRIS is raised from the level on only
 *
 * CTS, DSR and DCD are asserted, RI is not: a terminal is connected.
 */
void kpl_uart_init(struct kpl_uart *uart, bool strict)
{
	*uart = (struct kpl_uart) {
		.modem = PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD,
		.strict = strict,
		.rx_idle = true,
	};
	kpl_uart_reset(uart);
}

/**
 * kpl_uart_reset() - what the reset input does (PRESETn)
 * @uart: the UART; what is the host's stays, as for kpl_uart_restore(), and so
 *	  do the modem inputs
 */
void kpl_uart_reset(struct kpl_uart *uart)
{
	*uart = (struct kpl_uart) {
		.cr = PL011_CR_TXE | PL011_CR_RXE,
		.ifls = 0x12,
		.modem = uart->modem,
		.tx_held = uart->tx_held,
		.tx_burst_max = PL011_FIFO_DEPTH,
		.mirrored = uart->mirrored,
		.strict = uart->strict,
		.rx_idle = uart->rx_idle,
		.tx_breaks = uart->tx_breaks,
		.tx_lost = uart->tx_lost,
	};
	word_update(uart);
	tx_update(uart);
}

/**
 * kpl_uart_show() - what a register reads as
 * @uart: the UART
 * @offset: of the register in the register page, in bytes, a multiple of 4
 *
 * This changes nothing, and is what kpl_uart_read() returns, except for a read
 * of DR that takes a character, and one of FR that reports that a burst has
 * filled the transmit FIFO: see kpl_uart_can_mirror() and kpl_uart_mirror().
 *
 * Return: the value.
 */
u32 kpl_uart_show(const struct kpl_uart *uart, u32 offset)
{
	const struct kpl_uart_reg *reg = reg_find(offset, 4);

	if (reg)
		return reg_show(uart, reg);
	if (offset >= PL011_PERIPHID0)
		return kpl_uart_ids[(offset - PL011_PERIPHID0) / 4 % 8];
	return 0;
}

/* A read that is not of one register: the bytes there, as of memory. */
static u64 show_bytes(const struct kpl_uart *uart, u32 offset, unsigned int len)
{
	u64 value = 0;
	unsigned int i;

	for (i = 0; i < len && offset + i < KPL_UART_PAGE; i++) {
		u32 word = kpl_uart_show(uart, (offset + i) & ~3u);

		value |= (u64)(word >> 8 * ((offset + i) % 4) & 0xff) << 8 * i;
	}
	return value;
}

/* The upper one of a pair is never DR or FR, of which a read may do more. */
static u64 pair_read(struct kpl_uart *uart, u32 offset)
{
	u64 low;

	if (offset == PL011_DR)
		low = dr_read(uart);
	else if (offset == PL011_FR)
		low = fr_read(uart);
	else
		low = kpl_uart_show(uart, offset);
	return low | (u64)kpl_uart_show(uart, offset + 4) << 32;
}

/**
 * kpl_uart_read() - the guest reads
 * @uart: the UART
 * @offset: of the access in the register page, in bytes
 * @len: bytes accessed, 1, 2, 4 or 8
 *
 * Only two reads change the state: one of DR, if there is a character, and one
 * of FR that reports that a burst has filled the transmit FIFO. 8 bytes,
 * aligned, are two registers, the lower one first. Any other access that is not
 * of one register takes no character.
 *
 * Return: the value; the caller takes the low @len bytes.
 */
u64 kpl_uart_read(struct kpl_uart *uart, u32 offset, unsigned int len)
{
	const struct kpl_uart_reg *reg;

	/* What guests poll, and what they take. */
	if (offset == PL011_FR && len <= 4)
		return fr_read(uart);
	if (offset == PL011_DR && len <= 4)
		return dr_read(uart);
	reg = reg_find(offset, len);
	if (reg)
		return reg_show(uart, reg);
	if (is_pair(offset, len))
		return pair_read(uart, offset);
	return show_bytes(uart, offset, len);
}

static void reg_write(struct kpl_uart *uart, u32 offset, unsigned int len,
		      u32 value)
{
	const struct kpl_uart_reg *reg = reg_find(offset, len);

	if (!reg)
		return;
	if (reg->write)
		reg->write(uart, value & reg->mask);
	else
		*reg_stored(uart, reg) = value & reg->mask;
}

/**
 * kpl_uart_write_any() - the part of kpl_uart_write() that is not inline
 * @uart: the UART
 * @offset: as for kpl_uart_write()
 * @len: likewise
 * @value: likewise
 *
 * Return: likewise.
 */
int kpl_uart_write_any(struct kpl_uart *uart, u32 offset, unsigned int len,
		       u64 value)
{
	int byte = -1;

	if (!is_pair(offset, len)) {
		reg_write(uart, offset, len, value);
		return -1;
	}
	if (offset == PL011_DR && uart->tx_free)
		byte = kpl_uart_pass(uart, value);
	else
		reg_write(uart, offset, 4, value);
	reg_write(uart, offset + 4, 4, value >> 32);
	return byte;
}

/**
 * kpl_uart_tx_hold() - set whether the wire takes bytes
 * @uart: the UART
 * @hold: true if it does not: what the guest writes waits in the FIFO, and FR
 *	  says so. When the wire takes bytes again, the caller pops what waits.
 */
void kpl_uart_tx_hold(struct kpl_uart *uart, bool hold)
{
	uart->tx_held = hold;
	tx_update(uart);
}

/**
 * kpl_uart_tx_pop() - take a character off the transmit FIFO
 * @uart: the UART
 *
 * Raises TXRIS if what is left is at or below the level of IFLS, even after a
 * batch that never was above it: guests wait for that.
 *
 * Return: the byte, 0 to 255, or -1 if the FIFO is empty or must wait.
 */
int kpl_uart_tx_pop(struct kpl_uart *uart)
{
	int byte;

	if (!uart->tx.count || !tx_ready(uart))
		return -1;
	byte = tx_take(uart);
	tx_update(uart);
	return byte;
}

/**
 * kpl_uart_rx_room() - how many characters the receive FIFO can take
 * @uart: the UART
 *
 * With RTSEn there is no room from the FIFO's level on: RTS tells the other end
 * to stop there (RTS flow control). There is none in loopback, none while a
 * strict receiver is not enabled, and none after the guest switched the
 * receiver off.
 *
 * Return: 0 to PL011_FIFO_DEPTH.
 */
unsigned int kpl_uart_rx_room(const struct kpl_uart *uart)
{
	return rx_room(uart);
}

/**
 * kpl_uart_rx_push() - a character comes in from the wire
 * @uart: the UART
 * @ch: the byte, with PL011_DR_FE, _PE or _BE; PL011_BREAK is a break;
 *	PL011_DR_OE says that one was lost before it
 *
 * If characters have fewer than 8 bits, the others are cleared. Without room in
 * the FIFO the character is lost, and OE is raised (3.3.2). It is also lost in
 * loopback, while a strict receiver is not enabled, and after the guest
 * switched the receiver off.
 */
void kpl_uart_rx_push(struct kpl_uart *uart, u16 ch)
{
	if (!(uart->cr & PL011_CR_LBE))
		rx_take(uart, ch);
}

/**
 * kpl_uart_rx_idle() - set whether more characters are on their way
 * @uart: the UART
 * @idle: true if none is
 *
 * This stands for the 32 bit times without a character after which the receive
 * timeout is raised for characters below the level (UARTRTINTR).
 */
void kpl_uart_rx_idle(struct kpl_uart *uart, bool idle)
{
	if (uart->rx_idle == idle)
		return;
	uart->rx_idle = idle;
	rx_update(uart);
}

/**
 * kpl_uart_rx_timeout() - the time of kpl_uart_rx_acked() has passed
 * @uart: the UART
 *
 * Raises again what ICR cleared while its characters stayed.
 */
void kpl_uart_rx_timeout(struct kpl_uart *uart)
{
	if (uart->rx_acked && uart->rx_retries < KPL_UART_RX_RETRIES)
		uart->rx_retries++;
	uart->rx_acked = 0;
	rx_update(uart);
}

/**
 * kpl_uart_modem() - set the modem inputs
 * @uart: the UART
 * @lines: PL011_FR_CTS, _DSR, _DCD and _RI; set is asserted
 */
void kpl_uart_modem(struct kpl_uart *uart, u16 lines)
{
	u16 before = modem_lines(uart);

	uart->modem = lines & PL011_FR_MODEM;
	modem_update(uart, before);
	tx_update(uart);
}

static const u16 *state_saved(const struct kpl011_uart_state *state,
			      const struct kpl_uart_reg *reg)
{
	return (const u16 *)((const u8 *)state + reg->saved);
}

static u16 fifo_save(const struct kpl_uart_fifo *fifo, u16 *ch)
{
	unsigned int i;

	for (i = 0; i < fifo->count; i++)
		ch[i] = fifo->ch[(fifo->at + i) % PL011_FIFO_DEPTH];
	return fifo->count;
}

/**
 * kpl_uart_save() - save the state
 * @uart: the UART
 * @state: returned, for kpl_uart_restore()
 */
void kpl_uart_save(const struct kpl_uart *uart, struct kpl011_uart_state *state)
{
	const struct kpl_uart_reg *reg;

	*state = (struct kpl011_uart_state) {
		.version = KPL011_UART_STATE_VERSION,
		.divisor = uart->divisor,
		.modem = uart->modem,
	};
	if (uart->wlen_chosen)
		state->flags |= KPL011_UART_WLEN_CHOSEN;
	if (uart->rx_overrun)
		state->flags |= KPL011_UART_OVERRUN;
	if (uart->rx_off)
		state->flags |= KPL011_UART_RX_OFF;
	for (reg = kpl_uart_regs; reg < kpl_uart_regs + REGS; reg++)
		if (reg->saved)
			*(u16 *)state_saved(state, reg) =
				*(u16 *)((u8 *)uart + reg->at);
	state->tx_count = fifo_save(&uart->tx, state->tx);
	state->rx_count = fifo_save(&uart->rx, state->rx);
}

static bool fifo_is_valid(const u16 *ch, u16 count, unsigned int depth,
			  u16 mask)
{
	unsigned int i;

	if (count > depth)
		return false;
	for (i = 0; i < PL011_FIFO_DEPTH; i++)
		if (ch[i] & ~(i < count ? mask : 0))
			return false;
	return true;
}

static void fifo_restore(struct kpl_uart_fifo *fifo, const u16 *ch, u16 count)
{
	fifo->at = 0;
	for (fifo->count = 0; fifo->count < count; fifo->count++)
		fifo->ch[fifo->count] = ch[fifo->count];
}

/*
 * Whether receive interrupts have the cause that they need in any UART, even in
 * one that is not strict and to which no more characters come.
 */
static bool rx_ris_is_valid(const struct kpl_uart *uart, u16 count)
{
	bool alone = (uart->imsc & (PL011_INT_RX | PL011_INT_RT)) == PL011_INT_RX;

	if (uart->ris & PL011_INT_RT && !count)
		return false;
	return !(uart->ris & PL011_INT_RX) ||
	       count >= (alone ? 1 : rx_level(uart));
}

/**
 * kpl_uart_restore() - restore a state
 * @uart: the UART; what is the host's stays: its strictness, whether the wire
 *	  takes bytes, whether more characters are on their way, the breaks and
 *	  lost bytes counted
 * @state: from kpl_uart_save(), or from anyone: it is checked
 *
 * The caller then pops what had to wait, as after a write.
 *
 * Return: NULL; or the name of the member that no UART can have: then nothing
 * has changed.
 */
const char *kpl_uart_restore(struct kpl_uart *uart,
			     const struct kpl011_uart_state *state)
{
	struct kpl_uart next = *uart;
	const struct kpl_uart_reg *reg;
	unsigned int depth;

	if (state->version != KPL011_UART_STATE_VERSION)
		return "version";
	if (state->flags & ~(KPL011_UART_WLEN_CHOSEN | KPL011_UART_OVERRUN |
			     KPL011_UART_RX_OFF))
		return "flags";
	if (state->divisor >> 22)
		return "divisor";
	if (state->modem & ~PL011_FR_MODEM)
		return "modem";
	if (state->reserved)
		return "reserved";
	for (reg = kpl_uart_regs; reg < kpl_uart_regs + REGS; reg++) {
		if (!reg->saved)
			continue;
		if (*state_saved(state, reg) & ~reg->mask)
			return reg->name;
		*reg_stored(&next, reg) = *state_saved(state, reg);
	}

	next.wlen_chosen = state->flags & KPL011_UART_WLEN_CHOSEN;
	next.rx_off = state->flags & KPL011_UART_RX_OFF;
	if ((next.lcr_h & PL011_LCR_WLEN && !next.wlen_chosen) ||
	    (next.cr & PL011_CR_RXE && next.rx_off))
		return "flags";
	depth = fifo_depth(&next);
	if (!fifo_is_valid(state->tx, state->tx_count, depth, 0x0ff))
		return "tx";
	if (!fifo_is_valid(state->rx, state->rx_count, depth, 0xfff))
		return "rx";
	if (!rx_ris_is_valid(&next, state->rx_count))
		return "RIS";

	next.divisor = state->divisor;
	next.modem = state->modem;
	next.rx_overrun = state->flags & KPL011_UART_OVERRUN;
	fifo_restore(&next.tx, state->tx, state->tx_count);
	fifo_restore(&next.rx, state->rx, state->rx_count);
	/* What is due and not raised was cleared with ICR. */
	next.rx_acked = ~next.ris & rx_stand(&next);
	next.rx_retries = 0;
	rx_update(&next);
	word_update(&next);
	tx_update(&next);
	*uart = next;
	return NULL;
}
