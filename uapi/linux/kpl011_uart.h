/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The ARM PL011 (DDI 0183, r1p5; its section numbers are in brackets): its
 * registers as a guest sees them, and its state as it is saved and restored.
 */
#ifndef _UAPI_LINUX_KPL011_UART_H
#define _UAPI_LINUX_KPL011_UART_H

#include <linux/types.h>

/* Register offsets (3.2). */
#define PL011_DR		0x000
#define PL011_RSR		0x004	/* read: RSR, write: ECR */
#define PL011_FR		0x018
#define PL011_ILPR		0x020
#define PL011_IBRD		0x024
#define PL011_FBRD		0x028
#define PL011_LCR_H		0x02c
#define PL011_CR		0x030
#define PL011_IFLS		0x034
#define PL011_IMSC		0x038
#define PL011_RIS		0x03c
#define PL011_MIS		0x040
#define PL011_ICR		0x044
#define PL011_DMACR		0x048
#define PL011_TCR		0x080
#define PL011_ITIP		0x084
#define PL011_ITOP		0x088
#define PL011_TDR		0x08c
#define PL011_PERIPHID0		0xfe0	/* PeriphID0 to 3, PCellID0 to 3 */

/* DR as read: a character and its errors (3.3.1). */
#define PL011_DR_FE		0x100
#define PL011_DR_PE		0x200
#define PL011_DR_BE		0x400
#define PL011_DR_OE		0x800
#define PL011_BREAK		(PL011_DR_BE | PL011_DR_FE)

/* FR (3.3.3). */
#define PL011_FR_CTS		0x001
#define PL011_FR_DSR		0x002
#define PL011_FR_DCD		0x004
#define PL011_FR_BUSY		0x008
#define PL011_FR_RXFE		0x010
#define PL011_FR_TXFF		0x020
#define PL011_FR_RXFF		0x040
#define PL011_FR_TXFE		0x080
#define PL011_FR_RI		0x100
#define PL011_FR_MODEM \
	(PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD | PL011_FR_RI)

/* LCR_H (3.3.7). */
#define PL011_LCR_BRK		0x01
#define PL011_LCR_PEN		0x02
#define PL011_LCR_EPS		0x04
#define PL011_LCR_STP2		0x08
#define PL011_LCR_FEN		0x10
#define PL011_LCR_WLEN		0x60	/* bits of a character, less 5 */
#define PL011_LCR_SPS		0x80

/* CR (3.3.8). */
#define PL011_CR_UARTEN		0x0001
#define PL011_CR_SIREN		0x0002
#define PL011_CR_SIRLP		0x0004
#define PL011_CR_LBE		0x0080
#define PL011_CR_TXE		0x0100
#define PL011_CR_RXE		0x0200
#define PL011_CR_DTR		0x0400
#define PL011_CR_RTS		0x0800
#define PL011_CR_OUT1		0x1000
#define PL011_CR_OUT2		0x2000
#define PL011_CR_RTSEN		0x4000
#define PL011_CR_CTSEN		0x8000

/* IFLS: levels of 1/8, 1/4, 1/2, 3/4 and 7/8 (3.3.9). */
#define PL011_IFLS_TX		0x07
#define PL011_IFLS_RX		0x38

/* IMSC, RIS, MIS and ICR (3.3.10 to 3.3.13). */
#define PL011_INT_RI		0x001
#define PL011_INT_CTS		0x002
#define PL011_INT_DCD		0x004
#define PL011_INT_DSR		0x008
#define PL011_INT_RX		0x010
#define PL011_INT_TX		0x020
#define PL011_INT_RT		0x040
#define PL011_INT_FE		0x080
#define PL011_INT_PE		0x100
#define PL011_INT_BE		0x200
#define PL011_INT_OE		0x400
#define PL011_INT_ALL		0x7ff

#define PL011_FIFO_DEPTH	32	/* as r1p5, and as PERIPHID2 says */

#define KPL011_UART_STATE_VERSION	1

/* flags of struct kpl011_uart_state */
#define KPL011_UART_WLEN_CHOSEN	0x1	/* WLEN has been other than 5 bits */
#define KPL011_UART_OVERRUN	0x2	/* the next character is received with OE */
#define KPL011_UART_RX_OFF	0x4	/* the guest switched RXE off */

/**
 * struct kpl011_uart_state - what a UART remembers, and nothing of its host
 * @version: KPL011_UART_STATE_VERSION
 * @flags: KPL011_UART_WLEN_CHOSEN, KPL011_UART_OVERRUN, KPL011_UART_RX_OFF (RXE
 *	   was cleared while UARTEN was set, and has not been set since: nothing
 *	   is received). WLEN other than 5 bits requires the first; RXE excludes
 *	   the last.
 * @divisor: IBRD << 6 | FBRD as last latched by a write of LCR_H; 22 bits
 * @ibrd: a register, as is each member that refers to this one; no bit is set
 *	  that the register does not have
 * @fbrd: see @ibrd
 * @lcr_h: see @ibrd
 * @cr: see @ibrd
 * @ifls: see @ibrd
 * @imsc: see @ibrd
 * @ris: interrupts that are raised, see @ibrd. RX requires as many characters
 *	 in @rx as IFLS says (one with FEN=0), or only one if @imsc has RX but
 *	 not RT; RT requires one.
 * @rsr: see @ibrd
 * @ilpr: see @ibrd
 * @dmacr: see @ibrd
 * @test: TCR, ITIP, ITOP, TDR; see @ibrd
 * @modem: inputs CTS, DSR, DCD and RI as PL011_FR_* bits; a set bit is an
 *	   asserted line
 * @tx_count: characters in @tx, 0 to PL011_FIFO_DEPTH; at most 1 with FEN=0
 * @rx_count: characters in @rx, likewise
 * @reserved: 0
 * @tx: characters that wait to go out, oldest first, 8 bits each; the rest is 0
 * @rx: received characters as DR shows them, oldest first, 12 bits each; the
 *	rest is 0
 *
 * The layout has no padding and the members are in the host's byte order.
 */
struct kpl011_uart_state {
	__u32 version;
	__u32 flags;
	__u32 divisor;
	__u16 ibrd;
	__u16 fbrd;
	__u16 lcr_h;
	__u16 cr;
	__u16 ifls;
	__u16 imsc;
	__u16 ris;
	__u16 rsr;
	__u16 ilpr;
	__u16 dmacr;
	__u16 test[4];
	__u16 modem;
	__u16 tx_count;
	__u16 rx_count;
	__u16 reserved;
	__u16 tx[PL011_FIFO_DEPTH];
	__u16 rx[PL011_FIFO_DEPTH];
};

#endif /* _UAPI_LINUX_KPL011_UART_H */
