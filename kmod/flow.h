/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flow control on request: files that read without loss. While one of them has
 * not read the oldest byte of a full ring, the UART is held: the guest finds
 * its transmit FIFO full. Files that hold it for too long are dropped.
 */
#ifndef KPL011_FLOW_H
#define KPL011_FLOW_H

#include <linux/list.h>
#include <linux/types.h>

#include "due.h"

struct kpl_reader;
struct kpl_stream;

/**
 * struct kpl_flow - the flow control of a stream; under stream->lock
 * @readers: files that read without loss
 * @floor: the stream's limit is never before this position, whatever the files
 *	   have read
 * @held_since: CLOCK_BOOTTIME when the UART was held, or 0
 * @ms: for how many milliseconds the files may hold it, for each FLOW_ROOM-th
 *	of the ring that goes out
 * @n_files: how many @readers there are; each read of one of them looks at all
 * @n_strangers: how many of these joined for users other than the owner and
 *		 root
 * @given: head of the ring when the time of @ms was last given
 * @left: what was left of that time when the UART was released, in ns
 * @drop: due when that time is over, while @held_since is not 0
 * @stalls: times that the UART was held
 * @stall_ns: for how long, all of them together, in ns
 * @drops: files dropped
 */
struct kpl_flow {
	struct list_head readers;
	u64 floor;
	u64 held_since;
	u32 ms;
	unsigned int n_files;
	unsigned int n_strangers;
	u64 given;
	u64 left;
	struct kpl_due drop;
	u64 stalls;
	u64 stall_ns;
	u64 drops;
};

void kpl_flow_init(struct kpl_stream *stream, u32 ms);
void kpl_flow_hold(struct kpl_stream *stream);

int kpl_flow_join(struct kpl_reader *reader, bool stranger);
void kpl_flow_leave(struct kpl_reader *reader);
void kpl_flow_move(struct kpl_reader *reader);
void kpl_flow_advance(struct kpl_reader *reader);
void kpl_flow_pause(struct kpl_reader *reader);
u32 kpl_flow_status(struct kpl_reader *reader);
void kpl_flow_untell(struct kpl_reader *reader);

#endif /* KPL011_FLOW_H */
