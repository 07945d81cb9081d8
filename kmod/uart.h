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
 *	kpl_uart_tx_pop() until -1		what had to wait, and can go out
 *						now; after a write of anything
 *						but DR, and after these:
 *	  kpl_uart_tx_hold()			a wire that cannot take a byte
 *	  kpl_uart_modem()			the modem inputs
 *	  kpl_uart_restore()			a state that was saved
 *
 * Time is the caller's. If kpl_uart_rx_acked() is not 0 after an access, even a
 * read, the caller calls kpl_uart_rx_timeout() that many times 32 bit times
 * later; or sooner, if a later access makes it less.
 */
#ifndef KPL011_UART_H
#define KPL011_UART_H

#include <linux/types.h>

#include <linux/kpl011_uart.h>

#define KPL_UART_PAGE		0x1000	/* bytes of address space */
#define KPL_UART_RX_RETRIES	8	/* see kpl_uart_rx_acked() */

/**
 * struct kpl_uart_fifo - characters in order; depth is 32, or 1 with FEN=0
 * @at: index of the oldest
 * @count: how many
 * @ch: DR values: the byte, and for received ones its error bits
 */
struct kpl_uart_fifo {
	u8 at;
	u8 count;
	u16 ch[PL011_FIFO_DEPTH];
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
 * @tx_burst: bytes that passed the empty FIFO since one had to wait, or since
 *	      FR reported that they filled it; modulo 2^32
 * @tx_burst_max: bytes after which FR reports that; PL011_FIFO_DEPTH if this is
 *		  less and the guest has unmasked TXRIS
 * @mirrored: guests may read what kpl_uart_show() returns without
 *	      kpl_uart_read(): no burst makes FR report a full FIFO
 * @strict: UARTEN, TXE, RXE and WLEN mean what the manual says, even for a
 *	    guest that never set them
 * @wlen_chosen: WLEN has been other than 0
 * @word: bits of a character; follows from @lcr_h, @wlen_chosen and @strict
 * @rx_off: RXE was cleared while it was set with UARTEN, and was not set since:
 *	    the receiver is off, strict or not
 * @rx_idle: nothing more is on its way to the receive FIFO
 * @rx_overrun: a character was lost: OE goes with the next one that fits
 * @rx_acked: those of RXRIS and RTRIS that ICR cleared while characters were
 *	      left
 * @rx_retries: how often they were raised again since the guest read a
 *		character, or one came; at most KPL_UART_RX_RETRIES
 * @tx_breaks: breaks begun
 * @tx_lost: bytes written while the transmit FIFO was full
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
	u32 tx_burst;
	u32 tx_burst_max;
	bool mirrored;
	bool strict;
	bool wlen_chosen;
	u8 word;
	bool rx_off;
	bool rx_idle;
	bool rx_overrun;
	u8 rx_retries;
	u16 rx_acked;
	u64 tx_breaks;
	u64 tx_lost;
};

void kpl_uart_init(struct kpl_uart *uart, bool strict);
void kpl_uart_reset(struct kpl_uart *uart);
u32 kpl_uart_show(const struct kpl_uart *uart, u32 offset);
u64 kpl_uart_read(struct kpl_uart *uart, u32 offset, unsigned int len);
int kpl_uart_write_any(struct kpl_uart *uart, u32 offset, unsigned int len,
		       u64 value);

void kpl_uart_tx_hold(struct kpl_uart *uart, bool hold);
int kpl_uart_tx_pop(struct kpl_uart *uart);
unsigned int kpl_uart_rx_room(const struct kpl_uart *uart);
void kpl_uart_rx_push(struct kpl_uart *uart, u16 ch);
void kpl_uart_rx_idle(struct kpl_uart *uart, bool idle);
void kpl_uart_rx_timeout(struct kpl_uart *uart);
void kpl_uart_modem(struct kpl_uart *uart, u16 lines);

void kpl_uart_save(const struct kpl_uart *uart,
		   struct kpl011_uart_state *state);
const char *kpl_uart_restore(struct kpl_uart *uart,
			     const struct kpl011_uart_state *state);

/* A byte passes the empty FIFO. Returns the byte. */
static inline int kpl_uart_pass(struct kpl_uart *uart, u32 value)
{
	uart->ris |= PL011_INT_TX;
	uart->tx_burst++;
	return value & uart->word;
}

/**
 * kpl_uart_write() - the guest writes a register
 * @uart: the UART
 * @offset: of the access in the register page, in bytes
 * @len: bytes accessed, 1, 2, 4 or 8
 * @value: what is written, zero-extended from @len bytes; of 8 the lower half
 *	   is for the register at @offset, the upper one for the next
 *
 * Inline for the one access that guests make by the million: a store to DR
 * while the wire is free passes the empty FIFO, and so raises TXRIS at once.
 *
 * Return: the byte that goes out on the wire, 0 to 255, or -1.
 */
static inline int kpl_uart_write(struct kpl_uart *uart, u32 offset,
				 unsigned int len, u64 value)
{
	if (offset == PL011_DR && len <= 4 && uart->tx_free)
		return kpl_uart_pass(uart, value);
	return kpl_uart_write_any(uart, offset, len, value);
}

/**
 * kpl_uart_streams() - whether a store to DR would change nothing a guest sees
 * @uart: the UART
 *
 * Return: whether the byte goes out at once and TXRIS is raised already. Then
 * kpl_uart_stream() is all there is to do.
 */
static inline bool kpl_uart_streams(const struct kpl_uart *uart)
{
	return uart->tx_free && uart->ris & PL011_INT_TX;
}

/**
 * kpl_uart_stream() - kpl_uart_write() of DR while kpl_uart_streams()
 * @uart: the UART
 */
static inline void kpl_uart_stream(struct kpl_uart *uart)
{
	uart->tx_burst++;
}

/**
 * kpl_uart_rests() - whether a read of FR would only say that nothing waits
 * @uart: the UART
 *
 * Return: whether both FIFOs are empty, what the guest writes goes out at once,
 * and FR has no burst to report. Then a read of FR changes nothing, and is
 * kpl_uart_rest_fr().
 */
static inline bool kpl_uart_rests(const struct kpl_uart *uart)
{
	return uart->tx_free && !uart->rx.count &&
	       (uart->tx_burst < uart->tx_burst_max ||
		!(uart->lcr_h & PL011_LCR_FEN));
}

/**
 * kpl_uart_rest_fr() - kpl_uart_read() of FR while kpl_uart_rests()
 * @uart: the UART
 *
 * Return: the value.
 */
static inline u32 kpl_uart_rest_fr(const struct kpl_uart *uart)
{
	return uart->modem | PL011_FR_TXFE | PL011_FR_RXFE;
}

/**
 * kpl_uart_can_mirror() - whether reads change nothing
 * @uart: the UART
 *
 * Not while a read of DR takes a character; nor in loopback, where the guest
 * itself could make one come at any time.
 *
 * Return: whether kpl_uart_show() is all that reads of the UART do, once it is
 * mirrored.
 */
static inline bool kpl_uart_can_mirror(const struct kpl_uart *uart)
{
	return !uart->rx.count && !(uart->cr & PL011_CR_LBE);
}

/**
 * kpl_uart_mirror() - set whether there is a mirror
 * @uart: the UART; if @on, kpl_uart_can_mirror() is true and must remain so
 * @on: true if there is: kpl_uart_show() alone may answer reads
 */
static inline void kpl_uart_mirror(struct kpl_uart *uart, bool on)
{
	uart->mirrored = on;
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

/**
 * kpl_uart_rx_acked() - when kpl_uart_rx_timeout() is due
 * @uart: the UART
 *
 * To a guest that clears a receive interrupt each time, and reads nothing, it
 * is raised ever more rarely, until the guest reads or a character comes.
 *
 * Return: 0, unless ICR cleared a receive interrupt and left its characters:
 * then how many times 32 bit times to wait, up to 1 << KPL_UART_RX_RETRIES.
 */
static inline unsigned int kpl_uart_rx_acked(const struct kpl_uart *uart)
{
	return uart->rx_acked ? 1u << uart->rx_retries : 0;
}

#endif /* KPL011_UART_H */
