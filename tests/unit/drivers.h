/* SPDX-License-Identifier: GPL-2.0-only */
/* The drivers of test_uart_drivers.c, as what they do to the UART. */
#ifndef UNIT_DRIVERS_H
#define UNIT_DRIVERS_H

#include "uart.h"

enum what { END, WRITE, SET, CLEAR, POLL, SWALLOW, QUIET };

/* An access: of @len bytes; SET and CLEAR read, change bits, and write. */
struct step {
	enum what what;
	u8 len;
	u16 offset;
	u32 mask;
	u64 value;
};

#define W(reg, l, v)	{ WRITE, l, PL011_##reg, 0, v }
#define S(reg, l, v)	{ SET, l, PL011_##reg, 0, v }
#define C(reg, l, v)	{ CLEAR, l, PL011_##reg, 0, v }
#define P(reg, l, m, v)	{ POLL, l, PL011_##reg, m, v }
/* All that the receiver has, to nobody. */
#define SWALLOWS(l)	{ SWALLOW, l, 0, 0, 0 }
/* Nothing is there, and it is told of nothing: an interrupt would come in here. */
#define IS_QUIET	{ QUIET, 0, 0, 0, 0 }

/* How a handler writes ICR: what it read, before it takes characters; or all. */
enum acknowledges {
	NOTHING, MIS_FIRST, MIS_ERRORS, RIS_FIRST, RIS_NOT_RX, ALL_FIRST, ALL_LAST
};

/*
 * How it sends: polls; waits for the interrupt, which must be there from before;
 * or writes what it can, and waits for the interrupt then.
 */
enum transmits { TX_POLLS, TX_WAITS, TX_KICKED };

struct flags {
	u32 mask;
	u32 want;
};

/**
 * struct driver - what one does
 * @name: its row in docs/drivers.md
 * @init: its set-up
 * @dr: bytes of its accesses to DR
 * @fr: and to FR
 * @irq: and to the interrupt registers, or 0: it polls for input
 * @acknowledges: what its handler does to ICR
 * @masks: its handler masks the receive interrupts meanwhile
 * @takes_one: it takes one character for each interrupt
 * @looks_for_full: it takes characters while FR has RXFF, not until it has RXFE
 * @reads_rsr: it reads RSR after each character
 * @tx: how it sends
 * @before: what FR must say before it writes DR
 * @after: what it waits for afterwards
 * @batch: bytes that it writes for an interrupt without a look at FR
 * @tx_stays: it never masks the transmit interrupt
 * @idles: it waits to be interrupted after the last byte, too
 * @strict: it does all that the manual asks for
 */
struct driver {
	const char *name;
	struct step init[24];
	u8 dr;
	u8 fr;
	u8 irq;
	enum acknowledges acknowledges;
	bool masks;
	bool takes_one;
	bool looks_for_full;
	bool reads_rsr;
	enum transmits tx;
	struct flags before;
	struct flags after;
	unsigned int batch;
	bool tx_stays;
	bool idles;
	bool strict;
};

#define NOT_FULL	{ PL011_FR_TXFF, 0 }
#define EMPTY		{ PL011_FR_TXFE, PL011_FR_TXFE }
#define NOT_BUSY	{ PL011_FR_BUSY, 0 }

#define RX_RT		(PL011_INT_RX | PL011_INT_RT)
#define ERRORS		(PL011_INT_FE | PL011_INT_PE | PL011_INT_BE | PL011_INT_OE)

/* A byte to itself, for the transmit interrupt. */
#define PROVOKE(l)							\
	W(CR, l, 0x181), W(FBRD, l, 0), W(IBRD, l, 1), W(LCR_H, l, 0),	\
	W(DR, l, 0), P(FR, l, PL011_FR_BUSY, 0)

static const struct driver drivers[] = {
	{ "Linux 2.6 to 4.0",
	  { W(IFLS, 2, 0x12), PROVOKE(2), W(CR, 2, 0x301), W(ICR, 2, ERRORS),
	    W(IMSC, 2, RX_RT), IS_QUIET, W(CR, 2, 0), W(FBRD, 2, 1),
	    W(IBRD, 2, 13), W(LCR_H, 2, 0x70), W(CR, 2, 0x301) },
	  .dr = 2, .fr = 2, .irq = 2, .acknowledges = MIS_ERRORS,
	  .tx = TX_WAITS, .batch = 16, .strict = true },
	{ "Linux 4.1 and later",
	  { W(IFLS, 2, 0x12), W(ICR, 2, ERRORS | RX_RT), W(CR, 2, 0x301),
	    W(ICR, 2, RX_RT), SWALLOWS(2), W(IMSC, 2, RX_RT), W(CR, 2, 0x301),
	    W(FBRD, 2, 1), W(IBRD, 2, 13), W(LCR_H, 2, 0x70), W(CR, 2, 0xf01) },
	  .dr = 2, .fr = 2, .irq = 2, .acknowledges = MIS_ERRORS,
	  .tx = TX_KICKED, .before = NOT_FULL, .strict = true },
	{ "Linux 4.1 and later, opened again",
	  { W(LCR_H, 2, 0x70), W(CR, 2, 0xf01), W(IMSC, 2, RX_RT),
	    /* Closed, */
	    W(IMSC, 2, 0), W(ICR, 2, 0xffff), W(CR, 2, 0xd01), C(LCR_H, 2, 0x11),
	    /* and open. */
	    W(IFLS, 2, 0x12), W(CR, 2, 0xf01), W(ICR, 2, RX_RT), SWALLOWS(2),
	    W(IMSC, 2, RX_RT), W(LCR_H, 2, 0x70), W(CR, 2, 0xf01) },
	  .dr = 2, .fr = 2, .irq = 2, .acknowledges = MIS_ERRORS,
	  .tx = TX_KICKED, .before = NOT_FULL, .strict = true },
	{ "FreeBSD",
	  { C(IMSC, 4, 0x7ff), W(CR, 4, 0), W(IBRD, 4, 13), W(FBRD, 4, 1),
	    W(LCR_H, 4, 0x70), W(IFLS, 4, 0x19), W(CR, 4, 0x301),
	    W(IMSC, 4, RX_RT | PL011_INT_TX), W(ICR, 4, 0x7ff) },
	  .dr = 4, .fr = 4, .irq = 4, .tx = TX_KICKED, .batch = 24,
	  .idles = true, .strict = true },
	{ "NetBSD",
	  { W(CR, 4, 0), W(FBRD, 1, 1), W(IBRD, 4, 13), W(LCR_H, 1, 0x70),
	    W(CR, 4, 0x301), W(IMSC, 4, 0), W(CR, 4, 0), W(IMSC, 4, 0),
	    W(CR, 4, 0xf01), W(IMSC, 4, RX_RT | 0xf) },
	  .dr = 1, .fr = 1, .irq = 4, .reads_rsr = true, .tx = TX_KICKED,
	  .batch = 16, .idles = true, .strict = true },
	{ "NetBSD, its console",
	  { W(CR, 4, 0), W(FBRD, 1, 1), W(IBRD, 4, 13), W(LCR_H, 1, 0x70),
	    W(CR, 4, 0x301) },
	  .dr = 1, .fr = 1, .before = NOT_FULL, .after = EMPTY, .strict = true },
	{ "OpenBSD 6.6",
	  { W(IMSC, 4, PL011_INT_RX | PL011_INT_TX), W(ICR, 4, 0x7ff),
	    C(LCR_H, 4, PL011_LCR_FEN) },
	  .dr = 2, .fr = 4, .irq = 4, .acknowledges = RIS_FIRST,
	  .looks_for_full = true, .tx = TX_KICKED, .before = EMPTY,
	  .tx_stays = true, .idles = true },
	{ "OpenBSD 7.2",
	  { P(FR, 4, PL011_FR_TXFE, PL011_FR_TXFE), W(IFLS, 4, 0x19),
	    W(IMSC, 4, RX_RT), W(ICR, 4, 0x7ff), S(LCR_H, 4, PL011_LCR_FEN) },
	  .dr = 4, .fr = 4, .irq = 4, .acknowledges = MIS_FIRST,
	  .tx = TX_KICKED, .before = NOT_FULL },
	{ "Zephyr",
	  { C(CR, 4, 1), C(LCR_H, 4, 0x10), C(CR, 4, 0x4000), C(CR, 4, 0x8000),
	    W(IBRD, 4, 13), W(FBRD, 4, 1), S(LCR_H, 4, 0), W(LCR_H, 4, 0x60),
	    W(IFLS, 4, 0x10), S(LCR_H, 4, 0x10), W(IMSC, 4, 0), W(ICR, 4, 0x7ff),
	    W(DMACR, 4, 0), C(CR, 4, 2), S(CR, 4, 0x300), S(CR, 4, 1),
	    S(IMSC, 4, RX_RT) },
	  .dr = 4, .fr = 4, .irq = 4, .tx = TX_KICKED, .before = NOT_FULL,
	  .strict = true },
	{ "Zephyr and NuttX, SBSA",
	  { W(IMSC, 4, 0), W(ICR, 4, 0x7ff), S(IMSC, 4, RX_RT) },
	  .dr = 4, .fr = 4, .irq = 4, .tx = TX_KICKED, .before = NOT_FULL },
	{ "NuttX",
	  { C(CR, 4, 1), C(LCR_H, 4, 0x10), W(IBRD, 4, 13), W(FBRD, 4, 1),
	    S(LCR_H, 4, 0), W(LCR_H, 4, 0x60), S(LCR_H, 4, 0x10), W(IMSC, 4, 0),
	    W(ICR, 4, 0x7ff), W(DMACR, 4, 0), C(CR, 4, 0xc002), S(CR, 4, 0x300),
	    S(CR, 4, 1), S(IMSC, 4, RX_RT) },
	  .dr = 4, .fr = 4, .irq = 4, .tx = TX_KICKED, .before = NOT_FULL,
	  .strict = true },
	{ "RIOT",
	  { W(IBRD, 4, 13), W(FBRD, 4, 1), C(CR, 4, 0x301), W(LCR_H, 4, 0x60),
	    S(CR, 4, 0x301), W(IMSC, 4, PL011_INT_RX), W(ICR, 4, 0x20),
	    S(CR, 4, 0x200) },
	  .dr = 4, .fr = 4, .irq = 4, .acknowledges = MIS_FIRST,
	  .takes_one = true, .before = NOT_FULL, .after = NOT_BUSY,
	  .strict = true },
	{ "RIOT, with FIFOs",
	  { W(IBRD, 4, 13), W(FBRD, 4, 1), C(CR, 4, 0x381), W(LCR_H, 4, 0x60),
	    S(LCR_H, 4, 0x10), S(CR, 4, 0x301), W(IMSC, 4, RX_RT),
	    W(ICR, 4, 0x20), SWALLOWS(4), S(CR, 4, 0x200) },
	  .dr = 4, .fr = 4, .irq = 4, .acknowledges = MIS_FIRST,
	  .before = NOT_FULL, .after = NOT_BUSY, .strict = true },
	{ "OP-TEE",
	  { W(RSR, 4, 0), W(CR, 4, 0), W(IBRD, 4, 13), W(FBRD, 4, 1),
	    W(LCR_H, 4, 0x60), W(IMSC, 4, RX_RT), W(CR, 4, 0x301),
	    P(FR, 4, PL011_FR_TXFE, PL011_FR_TXFE) },
	  .dr = 4, .fr = 4, .irq = 4, .before = NOT_FULL, .strict = true },
	{ "seL4",
	  { W(IMSC, 4, 0x50) },
	  .dr = 4, .fr = 4, .irq = 4, .acknowledges = ALL_FIRST,
	  .before = NOT_FULL },
	{ "embassy",
	  { W(IBRD, 4, 13), W(FBRD, 4, 1), W(LCR_H, 4, 0x70), W(IFLS, 4, 0x12),
	    W(CR, 4, 0x301), S(IMSC, 4, RX_RT | PL011_INT_TX) },
	  .dr = 4, .fr = 4, .irq = 4, .acknowledges = RIS_NOT_RX,
	  .tx = TX_KICKED, .before = NOT_FULL, .tx_stays = true, .strict = true },
	{ "U-Boot",
	  { W(CR, 4, 0), W(IBRD, 4, 13), W(FBRD, 4, 1), W(LCR_H, 4, 0x70),
	    W(FR, 4, 0x70), W(LCR_H, 4, 0x70), W(CR, 4, 0xb01) },
	  .dr = 4, .fr = 4, .before = NOT_FULL, .strict = true },
	{ "EDK2",
	  { P(FR, 4, PL011_FR_TXFE, PL011_FR_TXFE), W(CR, 4, 0), W(IBRD, 4, 13),
	    W(FBRD, 4, 1), W(LCR_H, 4, 0x70), W(RSR, 4, 0), W(CR, 4, 0x301) },
	  .dr = 1, .fr = 4, .before = NOT_FULL, .strict = true },
	{ "TF-A",
	  { C(CR, 4, 1), W(IBRD, 4, 13), W(FBRD, 4, 1), W(LCR_H, 4, 0x70),
	    W(RSR, 4, 0), W(CR, 4, 0x301), P(FR, 4, PL011_FR_BUSY, 0) },
	  .dr = 4, .fr = 4, .before = NOT_FULL, .strict = true },
	{ "Xen",
	  { W(IMSC, 4, 0), W(DMACR, 4, 0), W(LCR_H, 4, 0x70), W(RSR, 4, 0),
	    W(IMSC, 4, 0), W(ICR, 4, 0x7ff), W(CR, 4, 0x301), W(ICR, 4, ERRORS),
	    W(IMSC, 4, RX_RT | ERRORS) },
	  .dr = 4, .fr = 4, .irq = 4, .acknowledges = MIS_ERRORS,
	  .tx = TX_KICKED, .batch = 16, .before = EMPTY, .strict = true },
	{ "Xvisor",
	  { W(CR, 2, 0), W(IBRD, 2, 13), W(FBRD, 1, 1), W(LCR_H, 1, 0x70),
	    C(IFLS, 1, 0x38), W(CR, 2, 0x301), W(IMSC, 2, RX_RT) },
	  .dr = 2, .fr = 1, .irq = 2, .acknowledges = MIS_FIRST, .masks = true,
	  .before = NOT_FULL, .strict = true },
	{ "mimiker",
	  { W(CR, 4, 0), W(ICR, 4, 0x7ff), W(IBRD, 4, 2), W(FBRD, 4, 0xb),
	    W(LCR_H, 4, 0x70), W(IMSC, 4, 0x7ff), W(CR, 4, 0x301),
	    W(IMSC, 4, PL011_INT_RX), C(CR, 4, 0x100) },
	  .dr = 4, .fr = 4, .irq = 4, .before = NOT_FULL },
	{ "embox",
	  { W(CR, 4, 0), S(IMSC, 4, PL011_INT_RX), S(LCR_H, 4, 0x10),
	    S(LCR_H, 4, 0x60), W(CR, 4, 0x301) },
	  .dr = 4, .fr = 4, .irq = 4, .before = NOT_FULL },
	{ "LK",
	  { W(CR, 4, 0x101), W(ICR, 4, 0x3ff), W(IFLS, 4, 0),
	    W(IMSC, 4, PL011_INT_RX), S(CR, 4, 0x200) },
	  .dr = 4, .fr = 4, .irq = 4, .before = NOT_FULL },
	{ "LK, after a firmware",
	  { W(LCR_H, 4, 0x70), W(CR, 4, 0xb01),
	    W(CR, 4, 0x101), W(ICR, 4, 0x3ff), W(IFLS, 4, 0),
	    W(IMSC, 4, PL011_INT_RX), S(CR, 4, 0x200) },
	  .dr = 4, .fr = 4, .irq = 4, .before = NOT_FULL },
	{ "Haiku",
	  { PROVOKE(4), W(CR, 4, 0x301), W(ICR, 4, ERRORS), C(IMSC, 4, 0x7ff) },
	  .dr = 4, .fr = 4, .before = NOT_FULL },
	{ "Circle",
	  { W(IMSC, 4, 0), W(ICR, 4, 0x7ff), W(IBRD, 4, 13), W(FBRD, 4, 1),
	    W(IFLS, 4, 0x09), W(LCR_H, 4, 0x70), W(IMSC, 4, RX_RT | PL011_INT_OE),
	    W(CR, 4, 0x301) },
	  .dr = 4, .fr = 4, .irq = 4, .acknowledges = MIS_FIRST,
	  .tx = TX_KICKED, .before = NOT_FULL, .strict = true },
	{ "pl011-uart",
	  { { END } },
	  .dr = 2, .fr = 2, .before = NOT_FULL, .after = NOT_BUSY },
	{ "some-serial, before its repair",
	  { W(CR, 4, 0), W(IBRD, 4, 13), W(FBRD, 4, 1), W(LCR_H, 4, 0x70),
	    W(IMSC, 4, RX_RT), W(CR, 4, 0x301) },
	  .dr = 4, .fr = 4, .irq = 4, .acknowledges = ALL_LAST,
	  .before = NOT_FULL, .strict = true },
	{ "without set-up, 8 bits",
	  { { END } }, .dr = 1, .fr = 1 },
	{ "without set-up, 64 bits",
	  { { END } }, .dr = 8, .fr = 8 },
	{ "CR without RXE, 64 bits",
	  { W(CR, 8, 0x1), W(CR, 8, 0x101), W(MIS, 8, 0x7ffull << 32) },
	  .dr = 8, .fr = 8, .before = NOT_FULL },
	{ "RX alone and FIFOs, one for each interrupt",
	  { W(LCR_H, 4, 0x70), W(CR, 4, 0x301), W(IMSC, 4, PL011_INT_RX) },
	  .dr = 4, .fr = 4, .irq = 4, .takes_one = true },
	{ "RX alone and FIFOs, cleared before",
	  { W(LCR_H, 4, 0x70), W(CR, 4, 0x301), W(IMSC, 4, PL011_INT_RX) },
	  .dr = 4, .fr = 4, .irq = 4, .takes_one = true,
	  .acknowledges = MIS_FIRST },
};

#endif /* UNIT_DRIVERS_H */
