// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jiffies.h>
#include <linux/ktime.h>

#include "due.h"
#include "input.h"
#include "kvm.h"
#include "page.h"
#include "pl011.h"
#include "place.h"
#include "stream.h"
#include "trace.h"

#define PL011_OUTPUTS	(PL011_CR_DTR | PL011_CR_RTS | PL011_CR_OUT1 | \
			 PL011_CR_OUT2)

/*
 * Move bytes that had to wait in the UART to the stream and wake its readers,
 * whoever let the bytes go.
 */
static void pl011_drain(struct kpl_pl011 *dev)
{
	struct kpl_stream *stream = dev->stream;
	bool some = false;
	int byte;

	lockdep_assert_held(&stream->lock);

	while ((byte = kpl_uart_tx_pop(&dev->uart)) >= 0) {
		kpl_stream_put(stream, byte);
		some = true;
	}
	if (some)
		kpl_stream_fed(stream);
}

/**
 * kpl_pl011_start_timeout() - have the guest told again of what it left
 * @dev: the device; the caller holds its lock
 * @wait: after how many times 32 bit times
 *
 * A receive interrupt that the guest cleared while it left characters is raised
 * again. A later time may be set for that already, from when the guest was to
 * be left alone: then it is brought forward. It is never put off, or a guest
 * could have it put off for ever.
 */
void kpl_pl011_start_timeout(struct kpl_pl011 *dev, unsigned int wait)
{
	u64 due;

	if (!dev->place.live)
		return;
	/* 32 bit times are less than a tick. */
	due = ktime_get_ns() + (u64)wait * TICK_NSEC;
	if (dev->timeout.at <= due)
		return;
	dev->timeout.at = due;
	kpl_due_start(&dev->timeout);
}

/**
 * kpl_pl011_settle() - what may follow from a write to a register
 * @dev: the device; the caller holds its lock
 *
 * Not needed if the write was of a byte that went out.
 */
void kpl_pl011_settle(struct kpl_pl011 *dev)
{
	if (dev->tx_breaks != dev->uart.tx_breaks) {
		dev->tx_breaks = dev->uart.tx_breaks;
		trace_kpl011_break(dev->id, false);
	}
	kpl_pl011_expect(dev);
	pl011_drain(dev);
}

/**
 * kpl_pl011_feed() - move queued characters to the UART as far as it has room
 * @dev: the device; the caller holds its lock
 *
 * While reads do not trap the UART takes none: one that is queued then is still
 * on the wire, and kpl_pl011_ready() is certain to come.
 */
void kpl_pl011_feed(struct kpl_pl011 *dev)
{
	u16 ch[PL011_FIFO_DEPTH];
	unsigned int i, n;
	bool more;

	lockdep_assert_held(&dev->stream->lock);

	if (dev->uart.mirrored)
		return;
	n = kpl_input_pull(dev->input, ch, kpl_uart_rx_room(&dev->uart), &more);
	for (i = 0; i < n; i++) {
		if (ch[i] & PL011_DR_BE)
			trace_kpl011_break(dev->id, true);
		kpl_uart_rx_push(&dev->uart, ch[i]);
	}
	kpl_uart_rx_idle(&dev->uart, !more);
}

/* What follows once the host has changed the UART. */
static void pl011_update(struct kpl_pl011 *dev)
{
	kpl_pl011_settle(dev);
	kpl_pl011_feed(dev);
	kpl_pl011_drive(dev);
}

/* The guest was left alone for long enough. */
static void pl011_due(struct work_struct *work)
{
	struct kpl_pl011 *dev = container_of(work, struct kpl_pl011, timeout.work);

	spin_lock(&dev->stream->lock);
	if (ktime_get_ns() >= dev->timeout.at) {
		dev->timeout.at = KPL_NEVER;
		kpl_uart_rx_timeout(&dev->uart);
		kpl_pl011_drive(dev);
	}
	kpl_due_start(&dev->timeout);
	spin_unlock(&dev->stream->lock);
}

/**
 * kpl_pl011_init() - make a PL011 that is not attached yet
 * @dev: zeroed
 * @stream: an empty stream, whose writer it is
 * @input: what it is to receive
 * @vm: its VM, which is open
 * @flags: KPL011_ATTACH_STRICT, KPL011_ATTACH_PAGE, and others
 * @state: the state that the UART begins with, or NULL
 *
 * Return: 0, or EINVAL if the state is refused: then there is nothing to stop.
 */
int kpl_pl011_init(struct kpl_pl011 *dev, struct kpl_stream *stream,
		   struct kpl_input *input, struct kpl_vm *vm, u32 flags,
		   const struct kpl011_uart_state *state)
{
	kpl_uart_init(&dev->uart, flags & KPL011_ATTACH_STRICT);
	if (state && kpl_uart_restore(&dev->uart, state))
		return -EINVAL;
	dev->stream = stream;
	dev->input = input;
	kpl_place_init(&dev->place, vm);
	kpl_due_init(&dev->timeout, pl011_due);
	kpl_page_init(dev, flags & KPL011_ATTACH_PAGE);
	return 0;
}

/**
 * kpl_pl011_stop() - have nothing of a device run by itself any more
 * @dev: the device, which is in no VM; its stream was stopped, its input is not
 *	 used any more
 */
void kpl_pl011_stop(struct kpl_pl011 *dev)
{
	spin_lock(&dev->stream->lock);
	dev->timeout.at = KPL_NEVER;
	spin_unlock(&dev->stream->lock);
	kpl_due_stop(&dev->timeout);
	kpl_page_free(dev);
}

/**
 * kpl_pl011_takes() - the wire takes bytes again, or does not
 * @device: the device; the caller holds its lock
 * @takes: whether it does
 *
 * This is @takes of struct kpl_stream: the stream is the wire.
 */
void kpl_pl011_takes(void *device, bool takes)
{
	struct kpl_pl011 *dev = device;

	lockdep_assert_held(&dev->stream->lock);

	kpl_uart_tx_hold(&dev->uart, !takes);
	if (!takes)
		return;
	pl011_drain(dev);
	kpl_pl011_drive(dev);
}

/**
 * kpl_pl011_ready() - what follows once characters were queued
 * @device: the device; its lock is not held
 *
 * This is @ready of struct kpl_input. An access of a vCPU may have taken the
 * characters already, unless reads did not trap.
 */
void kpl_pl011_ready(void *device)
{
	struct kpl_pl011 *dev = device;

	kpl_page_begin(dev);
	spin_lock(&dev->stream->lock);
	if (dev->place.live) {
		kpl_pl011_feed(dev);
		kpl_pl011_drive(dev);
	}
	spin_unlock(&dev->stream->lock);
	kpl_page_end(dev);
}

/**
 * kpl_pl011_attached() - the device is in its VM now
 * @dev: the device; its lock is not held
 *
 * If it has a saved state, it may have bytes to send or its interrupt raised.
 */
void kpl_pl011_attached(struct kpl_pl011 *dev)
{
	spin_lock(&dev->stream->lock);
	kpl_place_enter(&dev->place, kpl_uart_irq(&dev->uart));
	pl011_update(dev);
	spin_unlock(&dev->stream->lock);
}

/**
 * kpl_pl011_hold_vm() - take a reference on the VM
 * @dev: the device; its lock is not held
 *
 * Return: what kpl_place_hold() returns.
 */
bool kpl_pl011_hold_vm(struct kpl_pl011 *dev)
{
	bool held;

	spin_lock(&dev->stream->lock);
	held = kpl_place_hold(&dev->place);
	spin_unlock(&dev->stream->lock);
	return held;
}

/**
 * kpl_pl011_leave() - leave the interrupt line to the VMM
 * @dev: the device, which is to leave its VM; its lock is not held
 *
 * Return: what kpl_place_leave() returns.
 */
bool kpl_pl011_leave(struct kpl_pl011 *dev)
{
	bool leaves;

	spin_lock(&dev->stream->lock);
	leaves = kpl_place_leave(&dev->place);
	spin_unlock(&dev->stream->lock);
	return leaves;
}

static void pl011_reset(struct kpl_pl011 *dev)
{
	kpl_uart_reset(&dev->uart);
	dev->resets++;
}

/**
 * kpl_pl011_noted() - something happened to the VM
 * @device: the device; its lock is not held
 *
 * This is @noted of struct kpl_vm_ops.
 */
void kpl_pl011_noted(void *device)
{
	struct kpl_pl011 *dev = device;
	u32 notes;

	spin_lock(&dev->stream->lock);
	notes = dev->place.live ? kpl_vm_take_notes(dev->place.vm) : 0;
	if (notes & KPL_VM_RESET)
		pl011_reset(dev);
	if (notes & KPL_VM_LINES)
		kpl_place_restored(&dev->place);
	if (notes)
		pl011_update(dev);
	spin_unlock(&dev->stream->lock);
}

/**
 * kpl_pl011_slots() - a memory slot is about to cover the page
 * @device: the device; its lock is not held
 *
 * This is @slots of struct kpl_vm_ops.
 */
void kpl_pl011_slots(void *device)
{
	kpl_page_take_away(device);
}

/**
 * kpl_pl011_modem() - set the modem inputs
 * @dev: the device; its lock is not held
 * @inputs: PL011_FR_CTS, _DSR, _DCD and _RI; set is asserted
 *
 * Return: 0, or ENODEV if the device is not in its VM any more.
 */
int kpl_pl011_modem(struct kpl_pl011 *dev, u32 inputs)
{
	int ret = -ENODEV;

	kpl_vm_see_notes(dev->place.vm);
	spin_lock(&dev->stream->lock);
	if (dev->place.live) {
		kpl_uart_modem(&dev->uart, inputs);
		pl011_update(dev);
		ret = 0;
	}
	spin_unlock(&dev->stream->lock);
	return ret;
}

/**
 * kpl_pl011_lines() - report the modem lines
 * @dev: the device; its lock is not held
 * @inputs: returned: as for kpl_pl011_modem()
 * @outputs: returned: PL011_CR_DTR, _RTS, _OUT1 and _OUT2; set is asserted
 */
void kpl_pl011_lines(struct kpl_pl011 *dev, u32 *inputs, u32 *outputs)
{
	kpl_vm_see_notes(dev->place.vm);
	spin_lock(&dev->stream->lock);
	*inputs = dev->uart.modem;
	*outputs = dev->uart.cr & PL011_OUTPUTS;
	spin_unlock(&dev->stream->lock);
}

/**
 * kpl_pl011_reset() - reset the UART
 * @dev: the device; its lock is not held
 *
 * Return: 0, or ENODEV if the device is not in its VM any more.
 */
int kpl_pl011_reset(struct kpl_pl011 *dev)
{
	int ret = -ENODEV;

	kpl_vm_see_notes(dev->place.vm);
	spin_lock(&dev->stream->lock);
	if (dev->place.live) {
		pl011_reset(dev);
		pl011_update(dev);
		ret = 0;
	}
	spin_unlock(&dev->stream->lock);
	return ret;
}

/**
 * kpl_pl011_save() - save the state of the UART
 * @dev: the device, even if it is not in its VM any more; its lock is not held
 * @state: returned
 */
void kpl_pl011_save(struct kpl_pl011 *dev, struct kpl011_uart_state *state)
{
	kpl_vm_see_notes(dev->place.vm);
	spin_lock(&dev->stream->lock);
	kpl_uart_save(&dev->uart, state);
	spin_unlock(&dev->stream->lock);
}

/**
 * kpl_pl011_restore() - put a saved state into the UART
 * @dev: the device; its lock is not held
 * @state: the state
 *
 * Return: 0; EINVAL if the state is refused, ENODEV if the device is not in its
 * VM any more.
 */
int kpl_pl011_restore(struct kpl_pl011 *dev,
		      const struct kpl011_uart_state *state)
{
	int ret = 0;

	/* A VM is reset before its snapshot is loaded: let that come first. */
	kpl_vm_see_notes(dev->place.vm);
	kpl_page_begin(dev);
	spin_lock(&dev->stream->lock);
	if (!dev->place.live)
		ret = -ENODEV;
	else if (kpl_uart_restore(&dev->uart, state))
		ret = -EINVAL;
	else
		pl011_update(dev);
	spin_unlock(&dev->stream->lock);
	kpl_page_end(dev);
	return ret;
}

/**
 * kpl_pl011_info() - report what the device has done
 * @dev: the device; the caller holds its lock
 * @info: its tx_breaks, tx_lost, interrupts, resets, page, and counters of pages
 *	  and of accesses are returned; what the UART has received is added to
 *	  its rx_queued
 */
void kpl_pl011_info(const struct kpl_pl011 *dev, struct kpl011_info *info)
{
	unsigned int i;

	lockdep_assert_held(&dev->stream->lock);

	info->tx_breaks = dev->uart.tx_breaks;
	info->tx_lost = dev->uart.tx_lost;
	info->rx_queued += dev->uart.rx.count;
	info->interrupts = dev->place.rises;
	info->resets = dev->resets;
	info->page = dev->page.state;
	info->page_maps = dev->page.maps;
	info->page_unmaps = dev->page.unmaps;
	info->page_cleans = dev->page.cleans;
	info->reads = 0;
	info->writes = 0;
	for (i = 0; i < KPL011_REGS; i++) {
		info->reads_of[i] = dev->reads[i];
		info->writes_of[i] = dev->writes[i];
		info->reads += dev->reads[i];
		info->writes += dev->writes[i];
	}
}
