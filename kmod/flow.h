/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flow control on request: files that read without loss. While one of them has
 * not read the oldest byte of a full ring, the UART is held: the guest finds
 * its transmit FIFO full. Those who hold it for too long are dropped.
 */
#ifndef KPL011_FLOW_H
#define KPL011_FLOW_H

#include <linux/list.h>
#include <linux/types.h>

struct kpl_file;
struct kpl_port;

/* A time that does not come. */
#define KPL_NEVER	U64_MAX

/**
 * struct kpl_flow - the flow control of a port; under port->lock
 * @files: those that read without loss
 * @limit: no byte at or behind this position may be pushed; U64_MAX without
 *	   @files
 * @floor: for no file is @limit before this position
 * @held_since: CLOCK_BOOTTIME when the UART was held, or 0
 * @ms: for how long it may be, for each FLOW_ROOM-th of the ring that goes out
 * @n_files: how many there are; each read of one looks at all
 * @n_strangers: how many of them are of who does not own the port
 * @given: head of the ring when this time was given last
 * @left: what was left of it when the UART was let go, in ns
 * @drop_at: ktime_get_ns() when it is over, while @held_since is not 0; else
 *	     KPL_NEVER
 * @stalls: times that it was held
 * @stall_ns: for how long, together
 * @drops: files dropped
 */
struct kpl_flow {
	struct list_head files;
	u64 limit;
	u64 floor;
	u64 held_since;
	u32 ms;
	unsigned int n_files;
	unsigned int n_strangers;
	u64 given;
	u64 left;
	u64 drop_at;
	u64 stalls;
	u64 stall_ns;
	u64 drops;
};

void kpl_flow_init(struct kpl_flow *flow, u32 ms);
void kpl_flow_timeout(struct kpl_port *port);
void kpl_flow_hold(struct kpl_port *port);

int kpl_flow_join(struct kpl_file *file, bool stranger);
void kpl_flow_leave(struct kpl_file *file);
void kpl_flow_move(struct kpl_file *file);
void kpl_flow_advance(struct kpl_file *file);
void kpl_flow_pause(struct kpl_file *file);
u32 kpl_flow_status(struct kpl_file *file);

#endif /* KPL011_FLOW_H */
