// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/timekeeping.h>

#include "due.h"
#include "input.h"
#include "mmio.h"
#include "page.h"
#include "pl011.h"
#include "stream.h"
#include "trace.h"
#include "wake.h"

/*
 * Move bytes that had to wait in the UART to the stream and wake its readers,
 * whoever let the bytes go.
 */
static void mmio_drain_tx(struct kpl_pl011 *dev)
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

/*
 * A receive interrupt that the guest cleared while it left characters is raised
 * again. A later time may be set for that already, from when the guest was to
 * be left alone: then it is brought forward. It is never put off, or a guest
 * could have it put off for ever.
 */
static void mmio_expect_timeout(struct kpl_pl011 *dev)
{
	unsigned int wait = kpl_uart_rx_acked(&dev->uart);
	u64 due;

	lockdep_assert_held(&dev->stream->lock);

	if (likely(!wait) || !dev->place.live)
		return;
	/* 32 bit times are less than a tick. */
	due = ktime_get_ns() + (u64)wait * TICK_NSEC;
	if (dev->timeout.at <= due)
		return;
	dev->timeout.at = due;
	kpl_due_start(&dev->timeout);
}

/* What may follow from a write, unless it was of a byte that went out. */
static void mmio_settle(struct kpl_pl011 *dev)
{
	if (dev->tx_breaks != dev->uart.tx_breaks) {
		dev->tx_breaks = dev->uart.tx_breaks;
		trace_kpl011_break(dev->id, false);
	}
	mmio_expect_timeout(dev);
	mmio_drain_tx(dev);
}

/*
 * Move queued characters to the UART as far as it has room. While reads do not
 * trap it takes none: one that is queued then is still on the wire, and
 * kpl_mmio_ready() is certain to come.
 */
static void mmio_feed_rx(struct kpl_pl011 *dev)
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

/*
 * Bring the VM's view of the interrupt line up to date. Inline up to the
 * comparison, which is all that most accesses need.
 */
static inline void mmio_drive_line(struct kpl_pl011 *dev)
{
	lockdep_assert_held(&dev->stream->lock);

	if (unlikely(dev->page.mapped))
		kpl_page_write(dev);
	kpl_place_drive(&dev->place, kpl_uart_irq(&dev->uart));
}

/**
 * kpl_mmio_timeout() - raise an interrupt again whose characters were not taken
 * @dev: the device, at timeout.at or later; the caller holds its lock
 */
void kpl_mmio_timeout(struct kpl_pl011 *dev)
{
	dev->timeout.at = KPL_NEVER;
	kpl_uart_rx_timeout(&dev->uart);
	mmio_drive_line(dev);
}

/**
 * kpl_mmio_ready() - what follows once characters were queued
 * @device: the device; its lock is not held
 *
 * An access of a vCPU may have taken them already, unless reads did not trap.
 */
void kpl_mmio_ready(void *device)
{
	struct kpl_pl011 *dev = device;

	kpl_page_begin(dev);
	spin_lock(&dev->stream->lock);
	if (dev->place.live) {
		mmio_feed_rx(dev);
		mmio_drive_line(dev);
	}
	spin_unlock(&dev->stream->lock);
	kpl_page_end(dev);
}

/**
 * kpl_mmio_update() - what follows once the host has changed the UART
 * @dev: the device; the caller holds its lock
 */
void kpl_mmio_update(struct kpl_pl011 *dev)
{
	mmio_settle(dev);
	mmio_feed_rx(dev);
	mmio_drive_line(dev);
}

/**
 * kpl_mmio_release() - the wire takes bytes again
 * @dev: the device; the caller holds its lock
 */
void kpl_mmio_release(struct kpl_pl011 *dev)
{
	mmio_drain_tx(dev);
	mmio_drive_line(dev);
}

/* The register as which an access is counted; the ABI numbers them. */
static inline unsigned int reg_number(u32 offset)
{
	if (likely(offset < 4 * KPL011_REG_IDS))
		return offset / 4;
	return offset >= PL011_PERIPHID0 ? KPL011_REG_IDS : KPL011_REG_OTHER;
}

/* A read for which kpl_mmio_read() has no short path. */
static noinline u64 mmio_read_any(struct kpl_pl011 *dev, u32 offset,
				  unsigned int len)
{
	struct kpl_stream *stream = dev->stream;
	bool due = false;
	u64 value;

	spin_lock(&stream->lock);
	dev->reads[reg_number(offset)]++;
	value = kpl_uart_read(&dev->uart, offset, len);
	if (unlikely(!kpl_input_is_empty(dev->input))) {
		/*
		 * If the guest took the last character, the line falls before
		 * the next one comes: for guests that take interrupts by their
		 * edge.
		 */
		mmio_drive_line(dev);
		mmio_feed_rx(dev);
	} else if (kpl_uart_can_mirror(&dev->uart)) {
		due = kpl_page_due(&dev->page);
	}
	/* A guest that reads is not left alone any more. */
	mmio_expect_timeout(dev);
	trace_kpl011_read(dev->id, offset, len, value);
	mmio_drive_line(dev);
	spin_unlock(&stream->lock);

	if (unlikely(due))
		kpl_page_try_map(dev);
	return value;
}

/* Apart, since kpl_mmio_read() would save @value in each call, not only in this. */
static noinline u64 mmio_map_page(struct kpl_pl011 *dev, u64 value)
{
	kpl_page_try_map(dev);
	return value;
}

/**
 * kpl_mmio_read() - a vCPU reads a register
 * @device: the device
 * @offset: in the page, in bytes
 * @len: bytes, 1, 2, 4 or 8
 *
 * Most reads poll FR before a byte is written, and most of these find that it
 * may be. They are done here, as kpl_mmio_write() does most bytes.
 *
 * Return: the value.
 */
u64 kpl_mmio_read(void *device, u32 offset, unsigned int len)
{
	struct kpl_pl011 *dev = device;
	struct kpl_stream *stream = dev->stream;
	u64 value;
	bool due;

	if (trace_kpl011_read_enabled() || unlikely(offset != PL011_FR) ||
	    unlikely(len > 4) || !spin_trylock(&stream->lock))
		return mmio_read_any(dev, offset, len);
	if (unlikely(!kpl_uart_rests(&dev->uart))) {
		spin_unlock(&stream->lock);
		return mmio_read_any(dev, offset, len);
	}
	dev->reads[PL011_FR / 4]++;
	value = kpl_uart_rest_fr(&dev->uart);
	due = kpl_page_due(&dev->page);
	spin_unlock(&stream->lock);

	if (unlikely(due))
		return mmio_map_page(dev, value);
	return value;
}

static __always_inline int mmio_write_rest(struct kpl_pl011 *dev, u32 offset,
					   unsigned int len, u64 value)
{
	struct kpl_stream *stream = dev->stream;
	bool streams;
	int byte;

	spin_lock(&stream->lock);
	dev->writes[reg_number(offset)]++;
	trace_kpl011_write(dev->id, offset, len, value);
	streams = len <= 4 && kpl_uart_streams(&dev->uart);
	byte = kpl_uart_write(&dev->uart, offset, len, value);
	if (byte >= 0) {
		kpl_stream_put(stream, byte);
	} else {
		streams = false;
		mmio_settle(dev);
		/* The write makes room if it flushed the FIFO. */
		if (unlikely(!kpl_input_is_empty(dev->input)))
			mmio_feed_rx(dev);
	}
	/* A byte that streams changes nothing that a guest sees. */
	if (!streams)
		mmio_drive_line(dev);
	spin_unlock(&stream->lock);

	if (byte >= 0)
		kpl_stream_fed(stream);
	return 0;
}

/* Loopback lets the guest itself make characters come: no page then. */
static noinline int mmio_write_loopback(struct kpl_pl011 *dev, u32 offset,
					unsigned int len, u64 value)
{
	int ret;

	kpl_page_begin(dev);
	ret = mmio_write_rest(dev, offset, len, value);
	kpl_page_end(dev);
	return ret;
}

/* A write for which kpl_mmio_write() has no short path. */
static noinline int mmio_write_any(struct kpl_pl011 *dev, u32 offset,
				   unsigned int len, u64 value)
{
	if (unlikely(offset == PL011_CR && value & PL011_CR_LBE))
		return mmio_write_loopback(dev, offset, len, value);
	return mmio_write_rest(dev, offset, len, value);
}

static noinline int mmio_wake_readers(struct kpl_pl011 *dev)
{
	kpl_wake_readers(&dev->stream->wake);
	return 0;
}

/**
 * kpl_mmio_write() - a vCPU writes a register
 * @device: the device
 * @offset: in the page, in bytes
 * @len: bytes, 1, 2, 4 or 8
 * @value: what is written
 *
 * By far the most frequent access of a guest writes a byte in the middle of a
 * line, after another one, which only has to be kept. That is done here,
 * without calling another function of the module.
 *
 * Return: 0, the access was done.
 */
int kpl_mmio_write(void *device, u32 offset, unsigned int len, u64 value)
{
	struct kpl_pl011 *dev = device;
	struct kpl_stream *stream = dev->stream;
	u8 byte = value;

	if (trace_kpl011_write_enabled() || unlikely(offset != PL011_DR) ||
	    unlikely(len > 4) || !spin_trylock(&stream->lock))
		return mmio_write_any(dev, offset, len, value);
	byte &= dev->uart.word;
	if (unlikely(!kpl_uart_streams(&dev->uart) ||
		     !kpl_stream_keeps(stream, byte))) {
		spin_unlock(&stream->lock);
		return mmio_write_any(dev, offset, len, value);
	}
	dev->writes[PL011_DR / 4]++;
	kpl_uart_stream(&dev->uart);
	kpl_ring_push(&stream->ring, byte);
	spin_unlock(&stream->lock);

	if (kpl_wake_is_hungry(&stream->wake))
		return mmio_wake_readers(dev);
	return 0;
}
