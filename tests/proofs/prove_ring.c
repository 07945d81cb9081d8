// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proofs of kmod/ring.c for CBMC: no reader looks outside of the ring, however
 * far the writer comes between one of its loads and the next. That what it
 * reads is the right byte is for the litmus tests.
 */
#include "proof.h"
#include "ring.c"

static struct kpl011_ring shared;
static struct kpl_ring ring;
static bool written;	/* there is a writer elsewhere */

/* Positions do not wrap: 2^56 bytes are 70 million years of 115200 bit/s. */
#define POS_MAX	(1ull << 56)

static void any_positions(void)
{
	shared.head = nondet_u64();
	shared.reserved = shared.head + any_bool();
	ASSUME(shared.head < POS_MAX);
}

static void elsewhere(void)
{
	u64 head = shared.head;

	if (!written)
		return;
	any_positions();
	ASSUME(shared.head >= head);
}

static void any_ring(u32 max)
{
	u32 size = nondet_u32();

	ASSUME(size && !(size & (size - 1)) && size <= max);
	ring.shared = &shared;
	ring.size = size;
	ring.bytes = __CPROVER_allocate(size, 0);
	any_positions();
}

void peek(void)
{
	u64 asked = nondet_u64(), pos = asked;
	const u8 *bytes;
	u32 n, at;

	any_ring(KPL011_RING_MAX);
	written = true;
	n = kpl_ring_peek(&ring, &pos, &bytes);
	CHECK(pos >= asked);
	CHECK(!n || pos + n <= shared.head);
	if (!n)
		return;
	at = bytes - ring.bytes;
	CHECK(at == pos % ring.size && n <= ring.size && at + n <= ring.size);
	CHECK(bytes[0] == bytes[0] && bytes[n - 1] == bytes[n - 1]);
}

/* Without a writer meanwhile there is a byte if one was asked for. */
void peek_at_rest(void)
{
	u64 asked = nondet_u64(), pos = asked;
	const u8 *bytes;
	u32 n;

	any_ring(KPL011_RING_MAX);
	shared.reserved = shared.head;
	n = kpl_ring_peek(&ring, &pos, &bytes);
	CHECK((n != 0) == (asked < shared.head));
	if (n)
		CHECK(pos + ring.size >= shared.head &&
		      (pos == asked || pos + ring.size == shared.head));
}

void push(void)
{
	u8 byte = nondet_u32();
	u64 head;

	any_ring(KPL011_RING_MAX);
	shared.reserved = shared.head;
	head = shared.head;
	kpl_ring_push(&ring, byte);
	CHECK(shared.head == head + 1 && shared.reserved == head + 1);
	CHECK(ring.bytes[head % ring.size] == byte);
}

void line_back(void)
{
	u64 from = nondet_u64(), to = nondet_u64(), pos;

	any_ring(KPL011_RING_MAX);
	written = true;
	ASSUME(to <= from && from - to <= 4);
	pos = kpl_ring_line_back(&ring, from, to);
	CHECK(to <= pos && pos <= from);
}
