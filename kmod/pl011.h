/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PL011 in a VM: the UART, the page from which a guest may read its registers,
 * and its interrupt line. Here is what follows from an access of a vCPU or from a
 * change by the host: bytes go to a stream, of which the device is the writer,
 * queued input goes to the UART, the interrupt line follows MIS.
 *
 * Lifetime: part of whoever has it, and who keeps it for the VM, the stream and
 * the input, which call it. After kpl_pl011_stop() nothing of it runs by itself.
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
#include "stream.h"
#include "uart.h"

struct kpl_input;
struct kpl_vm;

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

int kpl_pl011_init(struct kpl_pl011 *dev, struct kpl_stream *stream,
		   struct kpl_input *input, struct kpl_vm *vm, u32 flags,
		   const struct kpl011_uart_state *state);
void kpl_pl011_stop(struct kpl_pl011 *dev);

void kpl_pl011_takes(void *device, bool takes);
void kpl_pl011_ready(void *device);
void kpl_pl011_noted(void *device);
void kpl_pl011_slots(void *device);

void kpl_pl011_attached(struct kpl_pl011 *dev);
bool kpl_pl011_hold_vm(struct kpl_pl011 *dev);
bool kpl_pl011_leave(struct kpl_pl011 *dev);

int kpl_pl011_modem(struct kpl_pl011 *dev, u32 inputs);
void kpl_pl011_lines(struct kpl_pl011 *dev, u32 *inputs, u32 *outputs);
int kpl_pl011_reset(struct kpl_pl011 *dev);
void kpl_pl011_save(struct kpl_pl011 *dev, struct kpl011_uart_state *state);
int kpl_pl011_restore(struct kpl_pl011 *dev,
		      const struct kpl011_uart_state *state);
void kpl_pl011_info(const struct kpl_pl011 *dev, struct kpl011_info *info);

void kpl_pl011_start_timeout(struct kpl_pl011 *dev, unsigned int wait);
void kpl_pl011_settle(struct kpl_pl011 *dev);
void kpl_pl011_feed(struct kpl_pl011 *dev);

/**
 * kpl_pl011_expect() - have the guest told again of what it left, if need be
 * @dev: the device; the caller holds its lock
 *
 * Due after an access, even a read: a guest that reads is not left alone any
 * more.
 */
static inline void kpl_pl011_expect(struct kpl_pl011 *dev)
{
	unsigned int wait = kpl_uart_rx_acked(&dev->uart);

	lockdep_assert_held(&dev->stream->lock);

	if (unlikely(wait))
		kpl_pl011_start_timeout(dev, wait);
}

/**
 * kpl_pl011_drive() - have the page and the interrupt line follow the UART
 * @dev: the device; the caller holds its lock
 *
 * Inline up to the comparisons, which are all that most accesses need.
 */
static inline void kpl_pl011_drive(struct kpl_pl011 *dev)
{
	lockdep_assert_held(&dev->stream->lock);

	if (unlikely(dev->page.mapped))
		kpl_page_write(dev);
	kpl_place_drive(&dev->place, kpl_uart_irq(&dev->uart));
}

#endif /* KPL011_PL011_H */
