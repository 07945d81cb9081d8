/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ARM PL011 (DDI 0183, r1p5) as a pure state machine.
 *
 * It has no lock, no time and no allocation: the same calls give the same
 * state. The caller serialises the calls, moves characters in and out of the
 * FIFOs and drives the interrupt line:
 *
 *	kpl_uart_read() / kpl_uart_write()	an access of the guest; a write
 *						may put a byte on the wire
 *	  kpl_uart_rx_push() while room		what comes in from the wire
 *	  kpl_uart_rx_idle()			whether more is on its way
 *	  kpl_uart_irq()			the level of UARTINTR
 *	kpl_uart_tx_pop() until -1		what had to wait, and now need
 *						not; after a write of anything
 *						but DR, and after these:
 *	  kpl_uart_tx_hold()			a wire that cannot take a byte
 *	  kpl_uart_modem()			the modem inputs
 */
#ifndef KPL011_UART_H
#define KPL011_UART_H

#include <linux/types.h>

#define KPL_UART_PAGE		0x1000	/* bytes of address space */

/* Register offsets (DDI 0183, 3.2). */
#define KPL_UART_DR		0x000
#define KPL_UART_RSR		0x004	/* read: RSR, write: ECR */
#define KPL_UART_FR		0x018
#define KPL_UART_ILPR		0x020
#define KPL_UART_IBRD		0x024
#define KPL_UART_FBRD		0x028
#define KPL_UART_LCR_H		0x02c
#define KPL_UART_CR		0x030
#define KPL_UART_IFLS		0x034
#define KPL_UART_IMSC		0x038
#define KPL_UART_RIS		0x03c
#define KPL_UART_MIS		0x040
#define KPL_UART_ICR		0x044
#define KPL_UART_DMACR		0x048
#define KPL_UART_TCR		0x080
#define KPL_UART_ITIP		0x084
#define KPL_UART_ITOP		0x088
#define KPL_UART_TDR		0x08c
#define KPL_UART_PERIPHID0	0xfe0

/* DR as read, and the characters given to kpl_uart_rx_push() (3.3.1). */
#define KPL_UART_DR_FE		0x100
#define KPL_UART_DR_PE		0x200
#define KPL_UART_DR_BE		0x400
#define KPL_UART_DR_OE		0x800
#define KPL_UART_BREAK		(KPL_UART_DR_BE | KPL_UART_DR_FE)

/* FR (3.3.3). */
#define KPL_UART_FR_CTS		0x001
#define KPL_UART_FR_DSR		0x002
#define KPL_UART_FR_DCD		0x004
#define KPL_UART_FR_BUSY	0x008
#define KPL_UART_FR_RXFE	0x010
#define KPL_UART_FR_TXFF	0x020
#define KPL_UART_FR_RXFF	0x040
#define KPL_UART_FR_TXFE	0x080
#define KPL_UART_FR_RI		0x100
#define KPL_UART_FR_MODEM \
	(KPL_UART_FR_CTS | KPL_UART_FR_DSR | KPL_UART_FR_DCD | KPL_UART_FR_RI)

/* LCR_H (3.3.7). */
#define KPL_UART_LCR_BRK	0x01
#define KPL_UART_LCR_FEN	0x10
#define KPL_UART_LCR_WLEN	0x60

/* CR (3.3.8). */
#define KPL_UART_CR_UARTEN	0x0001
#define KPL_UART_CR_LBE		0x0080
#define KPL_UART_CR_TXE		0x0100
#define KPL_UART_CR_RXE		0x0200
#define KPL_UART_CR_DTR		0x0400
#define KPL_UART_CR_RTS		0x0800
#define KPL_UART_CR_OUT1	0x1000
#define KPL_UART_CR_OUT2	0x2000
#define KPL_UART_CR_RTSEN	0x4000
#define KPL_UART_CR_CTSEN	0x8000

/* IMSC, RIS, MIS and ICR (3.3.10 to 3.3.13). */
#define KPL_UART_INT_RI		0x001
#define KPL_UART_INT_CTS	0x002
#define KPL_UART_INT_DCD	0x004
#define KPL_UART_INT_DSR	0x008
#define KPL_UART_INT_RX		0x010
#define KPL_UART_INT_TX		0x020
#define KPL_UART_INT_RT		0x040
#define KPL_UART_INT_FE		0x080
#define KPL_UART_INT_PE		0x100
#define KPL_UART_INT_BE		0x200
#define KPL_UART_INT_OE		0x400
#define KPL_UART_INT_ALL	0x7ff

#define KPL_UART_FIFO_DEPTH	32	/* as r1p5, and as PERIPHID2 says */

/**
 * struct kpl_uart_fifo - characters in order; depth is 32, or 1 with FEN=0
 * @at: index of the oldest
 * @count: how many
 * @ch: DR values: the byte, and for received ones its error bits
 */
struct kpl_uart_fifo {
	u8 at;
	u8 count;
	u16 ch[KPL_UART_FIFO_DEPTH];
};

/**
 * struct kpl_uart - the whole state of one PL011
 * @tx: transmit FIFO; what the guest wrote and could not go out at once
 * @rx: receive FIFO; what kpl_uart_rx_push() gave and the guest has not read
 * @rsr: receive status: FE, PE, BE, OE in bits 0 to 3
 * @ilpr: low-power counter, stored only
 * @ibrd: integer part of the divisor as written
 * @fbrd: fractional part of the divisor as written
 * @divisor: IBRD and FBRD (6 bits) as last latched by a write of LCR_H
 * @lcr_h: line control
 * @cr: control
 * @ifls: FIFO levels
 * @imsc: interrupt mask; 1 lets the interrupt through
 * @ris: raw interrupts
 * @dmacr: DMA control, stored only
 * @test: TCR, ITIP, ITOP, TDR, stored only
 * @modem: CTS, DSR, DCD and RI inputs as FR bits; set is asserted
 * @tx_held: the wire takes no byte: what the guest writes stays in @tx
 * @tx_free: a byte written to DR goes out at once; follows from @tx_held, @tx,
 *	     @cr and @modem
 * @word: bits of a character; follows from @lcr_h
 * @rx_idle: nothing more is on its way to the receive FIFO
 * @rx_overrun: a character was lost: OE goes with the next one that fits
 * @tx_breaks: breaks begun
 */
struct kpl_uart {
	struct kpl_uart_fifo tx;
	struct kpl_uart_fifo rx;
	u16 rsr;
	u16 ilpr;
	u16 ibrd;
	u16 fbrd;
	u32 divisor;
	u16 lcr_h;
	u16 cr;
	u16 ifls;
	u16 imsc;
	u16 ris;
	u16 dmacr;
	u16 test[4];
	u16 modem;
	bool tx_held;
	bool tx_free;
	u8 word;
	bool rx_idle;
	bool rx_overrun;
	u64 tx_breaks;
};

void kpl_uart_init(struct kpl_uart *uart);
u32 kpl_uart_read(struct kpl_uart *uart, u32 offset, unsigned int len);
int kpl_uart_write_any(struct kpl_uart *uart, u32 offset, unsigned int len,
		       u32 value);

void kpl_uart_tx_hold(struct kpl_uart *uart, bool hold);
int kpl_uart_tx_pop(struct kpl_uart *uart);
unsigned int kpl_uart_rx_room(const struct kpl_uart *uart);
void kpl_uart_rx_push(struct kpl_uart *uart, u16 ch);
void kpl_uart_rx_idle(struct kpl_uart *uart, bool idle);
void kpl_uart_modem(struct kpl_uart *uart, u16 lines);

/**
 * kpl_uart_write() - the guest writes a register
 * @uart: the UART
 * @offset: of the access in the register page, in bytes
 * @len: bytes accessed, 1, 2, 4 or 8
 * @value: what is written, zero-extended from @len bytes
 *
 * Inline for the one access that guests make by the million: a store to DR
 * while the wire is free passes the empty FIFO, and so raises TXRIS at once.
 *
 * Return: the byte that goes out on the wire, 0 to 255, or -1.
 */
static inline int kpl_uart_write(struct kpl_uart *uart, u32 offset,
				 unsigned int len, u32 value)
{
	if (offset == KPL_UART_DR && len <= 4 && uart->tx_free) {
		uart->ris |= KPL_UART_INT_TX;
		return value & uart->word;
	}
	return kpl_uart_write_any(uart, offset, len, value);
}

/**
 * kpl_uart_irq() - the level of UARTINTR
 * @uart: the UART
 *
 * Return: whether an interrupt is raised and not masked (MIS != 0; 3.3.12).
 */
static inline bool kpl_uart_irq(const struct kpl_uart *uart)
{
	return uart->ris & uart->imsc;
}

#endif /* KPL011_UART_H */
