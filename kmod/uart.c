// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ARM PL011, as ARM DDI 0183 (r1p5) describes it; in brackets are
 * its sections, or their headings. Where real guests need more than the manual promises (bytes
 * of a guest that never enabled the UART, an interrupt for a batch of one),
 * the permissive answer is taken.
 */
#include <linux/stddef.h>

#include "uart.h"

/**
 * struct kpl_uart_reg - a register
 * @name: as in the manual
 * @mask: bits that a write stores and a read returns
 * @at: offset in struct kpl_uart of the u16 that holds it, if it is stored
 * @read: what a read does, if it is more than to return what is stored
 * @write: what a write does, if it is more than to store
 */
struct kpl_uart_reg {
	const char *name;
	u16 mask;
	u16 at;
	u32 (*read)(struct kpl_uart *uart);
	void (*write)(struct kpl_uart *uart, u16 value);
};

static unsigned int fifo_depth(const struct kpl_uart *uart)
{
	return uart->lcr_h & KPL_UART_LCR_FEN ? KPL_UART_FIFO_DEPTH : 1;
}

static void fifo_push(struct kpl_uart_fifo *fifo, u16 ch)
{
	fifo->ch[(fifo->at + fifo->count) % KPL_UART_FIFO_DEPTH] = ch;
	fifo->count++;
}

static u16 fifo_pop(struct kpl_uart_fifo *fifo)
{
	u16 ch = fifo->ch[fifo->at];

	fifo->at = (fifo->at + 1) % KPL_UART_FIFO_DEPTH;
	fifo->count--;
	return ch;
}

/* Characters at which a FIFO's interrupt level lies (3.3.9). */
static unsigned int fifo_level(const struct kpl_uart *uart, unsigned int select)
{
	static const u8 eighths[8] = { 1, 2, 4, 6, 7, 7, 7, 7 };

	return eighths[select & 7] * KPL_UART_FIFO_DEPTH / 8;
}

static unsigned int tx_level(const struct kpl_uart *uart)
{
	if (!(uart->lcr_h & KPL_UART_LCR_FEN))
		return 0;
	return fifo_level(uart, uart->ifls);
}

static unsigned int rx_level(const struct kpl_uart *uart)
{
	if (!(uart->lcr_h & KPL_UART_LCR_FEN))
		return 1;
	return fifo_level(uart, uart->ifls >> 3);
}

/*
 * RXRIS stands while the level is reached, RTRIS while there is less and no
 * more is coming. Both follow from the state of the FIFO, so that nothing a
 * guest does to ICR, IMSC or FEN can strand a character.
 */
static void rx_update(struct kpl_uart *uart)
{
	if (uart->rx.count >= rx_level(uart))
		uart->ris |= KPL_UART_INT_RX;
	else
		uart->ris &= ~KPL_UART_INT_RX;

	if (!uart->rx.count)
		uart->ris &= ~KPL_UART_INT_RT;
	else if (uart->rx_idle && uart->imsc & KPL_UART_INT_RT)
		uart->ris |= KPL_UART_INT_RT;
}

/* Modem lines as FR shows them: the inputs, or with LBE the outputs (3.3.8). */
static u16 modem_lines(const struct kpl_uart *uart)
{
	u16 lines = 0;

	if (!(uart->cr & KPL_UART_CR_LBE))
		return uart->modem;

	if (uart->cr & KPL_UART_CR_RTS)
		lines |= KPL_UART_FR_CTS;
	if (uart->cr & KPL_UART_CR_DTR)
		lines |= KPL_UART_FR_DSR;
	if (uart->cr & KPL_UART_CR_OUT1)
		lines |= KPL_UART_FR_DCD;
	if (uart->cr & KPL_UART_CR_OUT2)
		lines |= KPL_UART_FR_RI;
	return lines;
}

/* A modem interrupt tells of a change, never of a level (UARTMSINTR). */
static void modem_update(struct kpl_uart *uart, u16 before)
{
	u16 changed = before ^ modem_lines(uart);

	if (changed & KPL_UART_FR_CTS)
		uart->ris |= KPL_UART_INT_CTS;
	if (changed & KPL_UART_FR_DSR)
		uart->ris |= KPL_UART_INT_DSR;
	if (changed & KPL_UART_FR_DCD)
		uart->ris |= KPL_UART_INT_DCD;
	if (changed & KPL_UART_FR_RI)
		uart->ris |= KPL_UART_INT_RI;
}

/*
 * Whether a character can leave: the wire takes it, and with CTSEn the other
 * end asks for it (CTS flow control). Loopback ties the transmitter to the receiver.
 */
static bool tx_ready(const struct kpl_uart *uart)
{
	if (uart->tx_held || uart->cr & KPL_UART_CR_LBE)
		return false;
	return !(uart->cr & KPL_UART_CR_CTSEN) ||
	       modem_lines(uart) & KPL_UART_FR_CTS;
}

static void tx_update(struct kpl_uart *uart)
{
	uart->tx_free = !uart->tx.count && tx_ready(uart);
}

static void fifo_flush(struct kpl_uart *uart)
{
	uart->tx.count = 0;
	uart->rx.count = 0;
	uart->rx_overrun = false;
}

static u32 dr_read(struct kpl_uart *uart)
{
	u16 ch;

	if (!uart->rx.count)
		return 0;

	ch = fifo_pop(&uart->rx);
	/* OE of RSR stays until ECR is written, the others are this byte's. */
	uart->rsr = (uart->rsr & (KPL_UART_DR_OE >> 8)) | ch >> 8;
	rx_update(uart);
	return ch;
}

static void dr_write(struct kpl_uart *uart, u16 value)
{
	if (uart->cr & KPL_UART_CR_LBE) {
		kpl_uart_rx_push(uart, value & uart->word);
		uart->ris |= KPL_UART_INT_TX;
		return;
	}
	/* It has to wait, or kpl_uart_write() would have taken it. */
	if (uart->tx.count >= fifo_depth(uart))
		return;

	fifo_push(&uart->tx, value & uart->word);
	tx_update(uart);
	if (uart->tx.count > tx_level(uart))
		uart->ris &= ~KPL_UART_INT_TX;
}

static void ecr_write(struct kpl_uart *uart, u16 value)
{
	uart->rsr = 0;
}

static u32 fr_read(struct kpl_uart *uart)
{
	u32 fr = modem_lines(uart);

	if (uart->tx.count)
		fr |= KPL_UART_FR_BUSY;
	else
		fr |= KPL_UART_FR_TXFE;
	if (uart->tx.count >= fifo_depth(uart))
		fr |= KPL_UART_FR_TXFF;
	if (!uart->rx.count)
		fr |= KPL_UART_FR_RXFE;
	if (uart->rx.count >= fifo_depth(uart))
		fr |= KPL_UART_FR_RXFF;
	return fr;
}

static void read_only(struct kpl_uart *uart, u16 value)
{
}

/*
 * Bits of a character, from WLEN (3.3.7). 5 bits are what a guest has that
 * never chose, and it means 8.
 */
static u8 word_mask(u16 lcr_h)
{
	static const u8 masks[4] = { 0xff, 0x3f, 0x7f, 0xff };

	return masks[(lcr_h & KPL_UART_LCR_WLEN) >> 5];
}

static void lcr_h_write(struct kpl_uart *uart, u16 value)
{
	u16 changed = uart->lcr_h ^ value;

	uart->lcr_h = value;
	uart->divisor = uart->ibrd << 6 | uart->fbrd;
	uart->word = word_mask(value);
	if (changed & KPL_UART_LCR_FEN) {
		fifo_flush(uart);
		tx_update(uart);
		rx_update(uart);
	}
	if (changed & value & KPL_UART_LCR_BRK) {
		if (uart->cr & KPL_UART_CR_LBE)
			kpl_uart_rx_push(uart, KPL_UART_BREAK);
		else
			uart->tx_breaks++;
	}
}

static void cr_write(struct kpl_uart *uart, u16 value)
{
	u16 before = modem_lines(uart);

	uart->cr = value;
	modem_update(uart, before);
	tx_update(uart);
}

static void ifls_write(struct kpl_uart *uart, u16 value)
{
	uart->ifls = value;
	rx_update(uart);
}

static void imsc_write(struct kpl_uart *uart, u16 value)
{
	uart->imsc = value;
	rx_update(uart);
}

static u32 mis_read(struct kpl_uart *uart)
{
	return uart->ris & uart->imsc;
}

static u32 icr_read(struct kpl_uart *uart)
{
	return 0;
}

static void icr_write(struct kpl_uart *uart, u16 value)
{
	uart->ris &= ~value;
	rx_update(uart);
}

#define STORED(field)	.at = offsetof(struct kpl_uart, field)
#define REGS		(KPL_UART_TDR / 4 + 1)

static const struct kpl_uart_reg kpl_uart_regs[REGS] = {
	[KPL_UART_DR / 4] = { "DR", .mask = 0xffff, .read = dr_read,
		.write = dr_write },
	[KPL_UART_RSR / 4] = { "RSR", .mask = 0x000f, STORED(rsr),
		.write = ecr_write },
	[KPL_UART_FR / 4] = { "FR", .mask = 0x01ff, .read = fr_read,
		.write = read_only },
	[KPL_UART_ILPR / 4] = { "ILPR", .mask = 0x00ff, STORED(ilpr) },
	[KPL_UART_IBRD / 4] = { "IBRD", .mask = 0xffff, STORED(ibrd) },
	[KPL_UART_FBRD / 4] = { "FBRD", .mask = 0x003f, STORED(fbrd) },
	[KPL_UART_LCR_H / 4] = { "LCR_H", .mask = 0x00ff, STORED(lcr_h),
		.write = lcr_h_write },
	[KPL_UART_CR / 4] = { "CR", .mask = 0xff87, STORED(cr),
		.write = cr_write },
	[KPL_UART_IFLS / 4] = { "IFLS", .mask = 0x003f, STORED(ifls),
		.write = ifls_write },
	[KPL_UART_IMSC / 4] = { "IMSC", .mask = 0x07ff, STORED(imsc),
		.write = imsc_write },
	[KPL_UART_RIS / 4] = { "RIS", .mask = 0x07ff, STORED(ris),
		.write = read_only },
	[KPL_UART_MIS / 4] = { "MIS", .mask = 0x07ff, .read = mis_read,
		.write = read_only },
	[KPL_UART_ICR / 4] = { "ICR", .mask = 0x07ff, .read = icr_read,
		.write = icr_write },
	[KPL_UART_DMACR / 4] = { "DMACR", .mask = 0x0007, STORED(dmacr) },
	[KPL_UART_TCR / 4] = { "TCR", .mask = 0x0007, STORED(test[0]) },
	[KPL_UART_ITIP / 4] = { "ITIP", .mask = 0x00ff, STORED(test[1]) },
	[KPL_UART_ITOP / 4] = { "ITOP", .mask = 0xffff, STORED(test[2]) },
	[KPL_UART_TDR / 4] = { "TDR", .mask = 0x07ff, STORED(test[3]) },
};

/* PeriphID0 to 3, PCellID0 to 3: designer ARM, part 011, r1p5 (3.3.15). */
static const u8 kpl_uart_ids[8] = {
	0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1,
};

/*
 * The register of an access, or NULL for one that reads as zero and whose
 * write is ignored: reserved offsets, 8 bytes, and every access that does not
 * start at a register (a byte store to DR + 1 transmits nothing).
 */
static const struct kpl_uart_reg *reg_find(u32 offset, unsigned int len)
{
	const struct kpl_uart_reg *reg;

	if (offset % 4 || len > 4 || offset / 4 >= REGS)
		return NULL;
	reg = &kpl_uart_regs[offset / 4];
	return reg->name ? reg : NULL;
}

static u16 *reg_stored(struct kpl_uart *uart, const struct kpl_uart_reg *reg)
{
	return (u16 *)((u8 *)uart + reg->at);
}

/**
 * kpl_uart_init() - the state after power-on reset
 * @uart: the UART
 *
 * CTS, DSR and DCD are asserted, RI is not: a terminal is connected.
 */
void kpl_uart_init(struct kpl_uart *uart)
{
	*uart = (struct kpl_uart) {
		.cr = KPL_UART_CR_TXE | KPL_UART_CR_RXE,
		.ifls = 0x12,
		.modem = KPL_UART_FR_CTS | KPL_UART_FR_DSR | KPL_UART_FR_DCD,
		.tx_free = true,
		.word = word_mask(0),
		.rx_idle = true,
	};
}

/**
 * kpl_uart_read() - the guest reads a register
 * @uart: the UART
 * @offset: of the access in the register page, in bytes
 * @len: bytes accessed, 1, 2, 4 or 8
 *
 * Only a read of DR changes the state.
 *
 * Return: the value; the caller takes the low @len bytes.
 */
u32 kpl_uart_read(struct kpl_uart *uart, u32 offset, unsigned int len)
{
	const struct kpl_uart_reg *reg = reg_find(offset, len);

	if (reg)
		return reg->read ? reg->read(uart) : *reg_stored(uart, reg);
	if (offset >= KPL_UART_PERIPHID0 && !(offset % 4) && len <= 4)
		return kpl_uart_ids[(offset - KPL_UART_PERIPHID0) / 4 % 8];
	return 0;
}

/**
 * kpl_uart_write_any() - the part of kpl_uart_write() that is not inline
 * @uart: the UART
 * @offset: as there
 * @len: as there
 * @value: as there
 *
 * Return: -1: nothing goes out.
 */
int kpl_uart_write_any(struct kpl_uart *uart, u32 offset, unsigned int len,
		       u32 value)
{
	const struct kpl_uart_reg *reg = reg_find(offset, len);

	if (!reg)
		return -1;
	if (reg->write)
		reg->write(uart, value & reg->mask);
	else
		*reg_stored(uart, reg) = value & reg->mask;
	return -1;
}

/**
 * kpl_uart_tx_hold() - say whether the wire takes bytes
 * @uart: the UART
 * @hold: it does not; what the guest writes waits in the FIFO, and FR says so.
 *	  When it does again, the caller pops what waits.
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
 * Raises TXRIS when what is left is at or below the level of IFLS, also after
 * a batch that never was above it: guests wait for that.
 *
 * Return: the byte, 0 to 255, or -1 when the FIFO is empty or must wait.
 */
int kpl_uart_tx_pop(struct kpl_uart *uart)
{
	int byte;

	if (!uart->tx.count || !tx_ready(uart))
		return -1;
	byte = fifo_pop(&uart->tx);
	if (uart->tx.count <= tx_level(uart))
		uart->ris |= KPL_UART_INT_TX;
	tx_update(uart);
	return byte;
}

/**
 * kpl_uart_rx_room() - characters that the receive FIFO can take
 * @uart: the UART
 *
 * With RTSEn there is none from the FIFO's level on: RTS tells the other end
 * to stop there (RTS flow control).
 *
 * Return: 0 to KPL_UART_FIFO_DEPTH.
 */
unsigned int kpl_uart_rx_room(const struct kpl_uart *uart)
{
	unsigned int limit = fifo_depth(uart);

	if (uart->cr & KPL_UART_CR_RTSEN)
		limit = rx_level(uart);
	return uart->rx.count < limit ? limit - uart->rx.count : 0;
}

/**
 * kpl_uart_rx_push() - a character comes in from the wire
 * @uart: the UART
 * @ch: the byte, with KPL_UART_DR_FE, _PE or _BE; KPL_UART_BREAK is a break
 *
 * Of a character of fewer than 8 bits the rest is 0. Without room in the FIFO
 * it is lost and OE raised (3.3.2).
 */
void kpl_uart_rx_push(struct kpl_uart *uart, u16 ch)
{
	if (uart->rx.count >= fifo_depth(uart)) {
		/* The interrupt tells that it began. */
		if (!uart->rx_overrun)
			uart->ris |= KPL_UART_INT_OE;
		uart->rx_overrun = true;
		uart->rsr |= KPL_UART_DR_OE >> 8;
		return;
	}

	if (uart->rx_overrun) {
		ch |= KPL_UART_DR_OE;
		uart->rx_overrun = false;
	}
	ch &= ~0xff | uart->word;
	if (ch & KPL_UART_DR_FE)
		uart->ris |= KPL_UART_INT_FE;
	if (ch & KPL_UART_DR_PE)
		uart->ris |= KPL_UART_INT_PE;
	if (ch & KPL_UART_DR_BE)
		uart->ris |= KPL_UART_INT_BE;
	fifo_push(&uart->rx, ch);
	rx_update(uart);
}

/**
 * kpl_uart_rx_idle() - say whether more characters are on their way
 * @uart: the UART
 * @idle: none is
 *
 * Stands for the 32 bit times without a character after which the receive
 * time-out is raised for those below the level (UARTRTINTR).
 */
void kpl_uart_rx_idle(struct kpl_uart *uart, bool idle)
{
	if (uart->rx_idle == idle)
		return;
	uart->rx_idle = idle;
	rx_update(uart);
}

/**
 * kpl_uart_modem() - set the modem inputs
 * @uart: the UART
 * @lines: KPL_UART_FR_CTS, _DSR, _DCD and _RI; set is asserted
 */
void kpl_uart_modem(struct kpl_uart *uart, u16 lines)
{
	u16 before = modem_lines(uart);

	uart->modem = lines & KPL_UART_FR_MODEM;
	modem_update(uart, before);
	tx_update(uart);
}
