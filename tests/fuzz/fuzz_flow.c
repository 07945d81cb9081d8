// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any sequence of what a writer, readers without loss and time may do to a
 * stream: the writer is held only while a reader is behind, and for no longer
 * than the readers together may hold it; no reader loses a byte for which the
 * writer was to wait; and who is dropped is told.
 */
#include "must.h"

#define SIZE	64
#define MS	4
#define NS	((u64)MS * NSEC_PER_MSEC)
#define READERS	4
#include "../unit/stream_host.h"

static bool joined[READERS];
static u64 given;		/* where time was last given to the readers */
static u64 spent;		/* what they have used of that */

static u8 byte_at(u64 pos)
{
	return pos * 31 + (pos >> 8);
}

static bool is_lossless(unsigned int i)
{
	return !list_empty(&readers[i].flow);
}

/* The next byte is put over nothing that the writer was to wait for. */
static void must_not_lose(u64 head)
{
	unsigned int i;

	if (head < SIZE || head < stream.flow.floor || stream.closed)
		return;
	for (i = 0; i < READERS; i++)
		MUST(!is_lossless(i) || readers[i].flow_pos > head - SIZE);
}

static void put_out(void)
{
	while (waiting && !held) {
		u64 head = kpl_ring_head(&stream.ring);

		must_not_lose(head);
		waiting--;
		kpl_stream_put(&stream, byte_at(head));
	}
}

static void takes(void *writer, bool takes)
{
	MUST(writer == &stream && stream.lock.held);
	MUST(held == takes);
	MUST(takes == !stream.flow.held_since);
	held = !takes;
	if (held && given != stream.flow.given) {
		given = stream.flow.given;
		spent = 0;
	}
	put_out();
}

static void set_up(void)
{
	memset(joined, 0, sizeof(joined));
	given = spent = 0;
	set_up_stream(1, takes);
}

static void must_be_consistent(void)
{
	unsigned int i, lossless = 0;

	MUST(!stream.lock.held);
	MUST(held == !!stream.flow.held_since);
	MUST(held == (stream.flow.drop.at != KPL_NEVER));
	MUST(held || !waiting);
	MUST(held || stream.closed || kpl_ring_head(&stream.ring) < stream.limit);
	MUST(!held || spent <= NS);
	for (i = 0; i < READERS; i++) {
		lossless += is_lossless(i);
		MUST(is_lossless(i) == joined[i] || readers[i].flow_dropped);
	}
	MUST(stream.flow.n_files == lossless);
	MUST(!held || lossless);
}

static void guest_puts(unsigned int n)
{
	spin_lock(&stream.lock);
	waiting += n;
	put_out();
	spin_unlock(&stream.lock);
}

static void time_passes(u64 ns)
{
	u64 end = jiffies + ns;

	while (held && stream.flow.drop.at <= end) {
		MUST(stream.flow.drop.at >= jiffies);
		spent += stream.flow.drop.at - jiffies;
		MUST(spent <= NS);
		jiffies = stream.flow.drop.at;
		stream.flow.drop.fn(&stream.flow.drop.work);
	}
	if (held)
		spent += end - jiffies;
	jiffies = end;
}

/* As kpl_reader_read(). */
static void reads(unsigned int i, u64 n)
{
	u64 head, pos;

	kpl_flow_advance(&readers[i]);
	head = kpl_ring_head(&stream.ring);
	pos = max((u64)files[i].f_pos, kpl_ring_oldest(&stream.ring));
	for (; n && pos < head; n--, pos++)
		MUST(memory.bytes[pos % SIZE] == byte_at(pos));
	files[i].f_pos = pos;
}

static void seeks(unsigned int i, u64 part)
{
	u64 oldest = kpl_ring_oldest(&stream.ring);

	files[i].f_pos = oldest + (kpl_ring_head(&stream.ring) - oldest) * part / 255;
	kpl_flow_move(&readers[i]);
}

static void is_told(unsigned int i)
{
	u32 status = kpl_flow_status(&readers[i]);

	MUST(!!(status & KPL011_FLOW_LOSSLESS) == is_lossless(i));
	joined[i] = is_lossless(i);
	MUST(!(kpl_flow_status(&readers[i]) & KPL011_FLOW_DROPPED));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	set_up();
	for (; size >= 2; data += 2, size -= 2) {
		unsigned int i = data[0] >> 4 & 3;

		switch (data[0] & 7) {
		case 0:
			guest_puts(data[1] & 31);
			break;
		case 1:
			time_passes((u64)data[1] * NSEC_PER_MSEC / 32);
			break;
		case 2:
			reads(i, data[1] & 31);
			break;
		case 3:
			MUST(!kpl_flow_join(&readers[i], data[1] & 1));
			joined[i] = true;
			break;
		case 4:
			kpl_flow_leave(&readers[i]);
			joined[i] = false;
			break;
		case 5:
			seeks(i, data[1]);
			break;
		case 6:
			is_told(i);
			break;
		default:
			if (data[1] != 255)
				break;
			spin_lock(&stream.lock);
			stream.closed = true;
			spin_unlock(&stream.lock);
		}
		must_be_consistent();
	}
	return 0;
}
