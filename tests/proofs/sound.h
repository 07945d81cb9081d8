/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is always so of a UART: the induction of tests/proofs/prove_uart.c. It is said
 * here in words of its own, not in those of kmod/uart.c.
 */
#ifndef PROOFS_SOUND_H
#define PROOFS_SOUND_H

#include "proof.h"
#include "uart.h"

static unsigned int depth(const struct kpl_uart *uart)
{
	return uart->lcr_h & PL011_LCR_FEN ? 32 : 1;
}

static unsigned int rx_trigger(const struct kpl_uart *uart)
{
	static const u8 levels[8] = { 4, 8, 16, 24, 28, 28, 28, 28 };

	return uart->lcr_h & PL011_LCR_FEN ? levels[uart->ifls >> 3 & 7] : 1;
}

/* The modem lines that the guest sees. */
static bool cts(const struct kpl_uart *uart)
{
	return uart->cr & PL011_CR_LBE ? uart->cr & PL011_CR_RTS :
					 uart->modem & PL011_FR_CTS;
}

static bool enabled(const struct kpl_uart *uart, u16 half)
{
	return !uart->strict ||
	       (uart->cr & PL011_CR_UARTEN && uart->cr & half);
}

/* The guest's own settings let a character go out. */
static bool tx_enabled(const struct kpl_uart *uart)
{
	return enabled(uart, PL011_CR_TXE) &&
	       (!(uart->cr & PL011_CR_CTSEN) || cts(uart));
}

static u8 word_mask(const struct kpl_uart *uart)
{
	if (!uart->wlen_chosen && !uart->strict)
		return 0xff;
	return 0xff >> (3 - (uart->lcr_h >> 5 & 3));
}

static bool burst_max_is_valid(u32 max)
{
	return max == 4 || (max >= 32 && max <= 512 && !(max & (max - 1)));
}

/* Whether a character is heard, from the wire or in loopback. */
static bool hears(const struct kpl_uart *uart)
{
	if (uart->strict)
		return enabled(uart, PL011_CR_RXE);
	if (uart->cr & PL011_CR_RXE)
		return true;
	return !uart->rx_off &&
	       !(uart->cr & PL011_CR_LBE && uart->cr & PL011_CR_UARTEN);
}

/* No more comes: there is none, or it has to wait outside. */
static bool rx_ends(const struct kpl_uart *uart)
{
	return uart->rx_idle || uart->cr & PL011_CR_LBE || !hears(uart) ||
	       uart->rx.count >= (uart->cr & PL011_CR_RTSEN ? rx_trigger(uart) :
							      depth(uart));
}

/* A receive interrupt that is due is raised, or the guest cleared it. */
#define REST(u)		((u)->rx.count && rx_ends(u))
#define ALONE(u)	(((u)->imsc & (PL011_INT_RX | PL011_INT_RT)) == PL011_INT_RX)
#define RX_DUE(u)	((u)->rx.count >= rx_trigger(u) || \
			 (REST(u) && !(u)->strict && ALONE(u)))
#define RT_DUE(u)	(REST(u) && (u)->imsc & PL011_INT_RT)
#define TOLD(u, bit)	(((u)->ris | (u)->rx_acked) & (bit))

#define SOUND(u, HOLDS) do {						\
	unsigned int i_;						\
									\
	HOLDS((u)->tx.at < 32 && (u)->tx.count <= depth(u));		\
	HOLDS((u)->rx.at < 32 && (u)->rx.count <= depth(u));		\
	for (i_ = 0; i_ < 32; i_++) {					\
		HOLDS((u)->tx.ch[i_] <= 0xff);				\
		HOLDS((u)->rx.ch[i_] <= 0xfff);				\
	}								\
	HOLDS(!((u)->rsr & ~0xf) && !((u)->ilpr & ~0xff));		\
	HOLDS(!((u)->fbrd & ~0x3f) && !((u)->divisor >> 22));		\
	HOLDS(!((u)->lcr_h & ~0xff) && !((u)->cr & ~0xff87));		\
	HOLDS(!((u)->ifls & ~0x3f) && !((u)->imsc & ~0x7ff));		\
	HOLDS(!((u)->ris & ~0x7ff) && !((u)->dmacr & ~7));		\
	HOLDS(!((u)->test[0] & ~7) && !((u)->test[1] & ~0xff));		\
	HOLDS(!((u)->test[3] & ~0x7ff));				\
	HOLDS(!((u)->modem & ~PL011_FR_MODEM));				\
	HOLDS((u)->wlen_chosen || !((u)->lcr_h & PL011_LCR_WLEN));	\
	HOLDS((u)->word == word_mask(u));				\
	HOLDS(burst_max_is_valid((u)->tx_burst_max));			\
	HOLDS((u)->tx_free == (!(u)->tx.count && !(u)->tx_held &&	\
			       !((u)->cr & PL011_CR_LBE) && tx_enabled(u))); \
	/* In loopback nothing waits that may go. */			\
	HOLDS(!((u)->cr & PL011_CR_LBE && tx_enabled(u) && (u)->tx.count)); \
	/* No interrupt without its cause, and no cause untold. */	\
	HOLDS(!((u)->ris & PL011_INT_RX) || RX_DUE(u));			\
	HOLDS(!((u)->ris & PL011_INT_RT) || (u)->rx.count);		\
	HOLDS(!RX_DUE(u) || TOLD(u, PL011_INT_RX));			\
	HOLDS(!RT_DUE(u) || TOLD(u, PL011_INT_RT));			\
	HOLDS(!((u)->rx_acked & ~(PL011_INT_RX | PL011_INT_RT)));	\
	HOLDS(!((u)->rx_acked & (u)->ris));				\
	HOLDS(!(u)->rx_acked || (u)->rx.count);				\
	HOLDS((u)->rx_retries <= KPL_UART_RX_RETRIES);			\
	HOLDS(!(u)->rx_off || !((u)->cr & PL011_CR_RXE));		\
} while (0)

/* Any value of *uart, but no bool that is neither true nor false. */
static void any_uart(struct kpl_uart *uart)
{
	struct kpl_uart any;

	any.tx_held = any_bool();
	any.tx_free = any_bool();
	any.mirrored = any_bool();
	any.strict = any_bool();
	any.wlen_chosen = any_bool();
	any.rx_off = any_bool();
	any.rx_idle = any_bool();
	any.rx_overrun = any_bool();
	*uart = any;
}

static void any_sound_uart(struct kpl_uart *uart)
{
	any_uart(uart);
	SOUND(uart, ASSUME);
}

#endif /* PROOFS_SOUND_H */
