/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stream on the host, its ring and its readers, for what tests kmod/flow.c. Who includes it
 * defines SIZE (of the ring), MS (how long readers may hold the writer) and READERS before.
 */
#ifndef KPL011_UNIT_STREAM_HOST_H
#define KPL011_UNIT_STREAM_HOST_H

#include "kernel_host.h"

#include "flow.h"
#include "reader.h"
#include "stream.h"

unsigned long jiffies;

/* The ring as it is shared: its positions, and its bytes right behind. */
static struct {
	struct kpl011_ring shared;
	u8 bytes[SIZE];
} memory;
static struct kpl_stream stream;
static struct file files[READERS];
static struct kpl_reader readers[READERS];

/* What the writer has, and whether it was told to wait. */
static unsigned int waiting;
static bool held;

/* Time itself is not looked at here. */
void kpl_stream_mark(struct kpl_stream *stream)
{
	stream->mark_tick = jiffies;
}

/* Begins anew, at time @now; the writer is called by @takes. */
static void set_up_stream(unsigned long now, void (*takes)(void *writer, bool takes))
{
	unsigned int i;

	memset(&memory, 0, sizeof(memory));
	memset(&stream, 0, sizeof(stream));
	memset(files, 0, sizeof(files));
	memset(readers, 0, sizeof(readers));
	jiffies = now;
	waiting = 0;
	held = false;
	kpl_ring_init(&stream.ring, &memory.shared, offsetof(typeof(memory), bytes), SIZE);
	stream.takes = takes;
	stream.writer = &stream;
	kpl_flow_init(&stream, MS);
	for (i = 0; i < READERS; i++) {
		readers[i].stream = &stream;
		readers[i].file = &files[i];
		INIT_LIST_HEAD(&readers[i].flow);
	}
}

#endif /* KPL011_UNIT_STREAM_HOST_H */
