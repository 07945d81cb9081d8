// SPDX-License-Identifier: GPL-2.0-only
#include <linux/build_bug.h> /* which nospec.h does not include itself */
#include <linux/nospec.h>

#include "input.h"
#include "mmio.h"
#include "page.h"
#include "pl011.h"
#include "stream.h"
#include "trace.h"
#include "wake.h"

/* The register as which an access is counted; the ABI numbers them. */
static inline unsigned int reg_number(u32 offset)
{
	/* The guest chooses the index. */
	if (likely(offset < 4 * KPL011_REG_IDS))
		return array_index_nospec(offset / 4, KPL011_REG_IDS);
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
		kpl_pl011_drive(dev);
		kpl_pl011_feed(dev);
	} else if (kpl_uart_can_mirror(&dev->uart)) {
		due = kpl_page_due(&dev->page);
	}
	/* A guest that reads is not left alone any more. */
	kpl_pl011_expect(dev);
	trace_kpl011_read(dev->id, offset, len, value);
	kpl_pl011_drive(dev);
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
		kpl_pl011_settle(dev);
		/* The write makes room if it flushed the FIFO. */
		if (unlikely(!kpl_input_is_empty(dev->input)))
			kpl_pl011_feed(dev);
	}
	/* A byte that streams changes nothing that a guest sees. */
	if (!streams)
		kpl_pl011_drive(dev);
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
	/* First, while the compiler knows where the ring is. */
	kpl_ring_push(&stream->ring, byte);
	dev->writes[PL011_DR / 4]++;
	kpl_uart_stream(&dev->uart);
	spin_unlock(&stream->lock);

	if (kpl_wake_is_hungry(&stream->wake))
		return mmio_wake_readers(dev);
	return 0;
}
