/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PL011 in a VM: the UART, the page from which a guest may read its registers,
 * and its interrupt line. It puts out bytes to a stream, of which it is the
 * writer, and takes characters from an input.
 *
 * Lock: stream->lock, for all that changes, but for what page.h says: a byte that
 * the guest stores takes one lock, not two.
 */
#ifndef KPL011_PL011_H
#define KPL011_PL011_H

#include <linux/kpl011.h>
#include <linux/types.h>

#include "due.h"
#include "page.h"
#include "place.h"
#include "uart.h"

struct kpl_input;
struct kpl_stream;

/**
 * struct kpl_pl011 - a PL011
 * @stream: what the guest transmits
 * @input: what the guest is to receive
 * @uart: the UART
 * @place: where it is, and its interrupt line
 * @page: what the guest reads without a trap
 * @timeout: due some time after a guest cleared a receive interrupt and left
 *	     its characters: a tick later, or as many as kpl_uart_rx_acked()
 *	     says
 * @tx_breaks: how many of the breaks that @uart counts were traced
 * @resets: resets of @uart
 * @reads: register reads, by register
 * @writes: register writes, by register
 * @id: number of the port, for traces
 */
struct kpl_pl011 {
	struct kpl_stream *stream;
	struct kpl_input *input;
	struct kpl_uart uart;
	struct kpl_place place;
	struct kpl_page page;
	struct kpl_due timeout;
	u64 tx_breaks;
	u64 resets;
	u64 reads[KPL011_REGS];
	u64 writes[KPL011_REGS];
	u32 id;
};

#endif /* KPL011_PL011_H */
