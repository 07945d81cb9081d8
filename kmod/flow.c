// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/poll.h>
#include <linux/timekeeping.h>

#include "file.h"
#include "flow.h"
#include "port.h"
#include "trace.h"

/*
 * A UART that was held goes on when there is room for this part of the ring,
 * so that a reader of single bytes does not have it held for each.
 */
#define FLOW_ROOM	8

static void flow_release(struct kpl_port *port)
{
	struct kpl_flow *flow = &port->flow;

	flow->stall_ns += ktime_get_boottime_ns() - flow->held_since;
	flow->held_since = 0;
	trace_kpl011_flow(port, KPL_FLOW_FREE);
	kpl_port_hold(port, false);
}

/* The files have changed, or moved. */
static void flow_update(struct kpl_port *port)
{
	struct kpl_flow *flow = &port->flow;
	u32 size = port->ring.size;
	struct kpl_file *file;

	lockdep_assert_held(&port->lock);

	flow->limit = U64_MAX;
	list_for_each_entry(file, &flow->files, flow)
		flow->limit = min(flow->limit, file->flow_pos + size);
	if (flow->held_since && (flow->limit == U64_MAX ||
				 kpl_ring_head(&port->ring) + size / FLOW_ROOM <=
					 flow->limit))
		flow_release(port);
}

/* Those who hold the UART have done so for too long. */
static void flow_timeout(struct work_struct *work)
{
	struct kpl_flow *flow = container_of(to_delayed_work(work),
					     struct kpl_flow, timeout);
	struct kpl_port *port = container_of(flow, struct kpl_port, flow);
	struct kpl_file *file, *next;

	spin_lock(&port->lock);
	if (flow->held_since) {
		list_for_each_entry_safe(file, next, &flow->files, flow) {
			if (file->flow_pos + port->ring.size > flow->limit)
				continue;
			list_del_init(&file->flow);
			file->flow_dropped = true;
			flow->drops++;
		}
		flow_update(port);
		/* Another one is behind now, and has its own time. */
		if (flow->held_since)
			schedule_delayed_work(&flow->timeout,
					      msecs_to_jiffies(flow->ms));
	}
	spin_unlock(&port->lock);
	wake_up_interruptible_poll(&port->wake.wait,
				   EPOLLPRI | EPOLLIN | EPOLLRDNORM);
}

/**
 * kpl_flow_init() - no file reads without loss
 * @flow: of a port
 * @ms: for how long one may hold the UART, in milliseconds
 */
void kpl_flow_init(struct kpl_flow *flow, u32 ms)
{
	INIT_LIST_HEAD(&flow->files);
	flow->limit = U64_MAX;
	flow->ms = ms;
	INIT_DELAYED_WORK(&flow->timeout, flow_timeout);
}

/**
 * kpl_flow_stop() - wait for the end of the time-out
 * @flow: of a port that is not live any more
 */
void kpl_flow_stop(struct kpl_flow *flow)
{
	cancel_delayed_work_sync(&flow->timeout);
}

/**
 * kpl_flow_hold() - the ring is full of what somebody has not read
 * @port: its head is at flow.limit; the caller holds its lock
 */
void kpl_flow_hold(struct kpl_port *port)
{
	struct kpl_flow *flow = &port->flow;

	lockdep_assert_held(&port->lock);

	if (flow->held_since || !port->live)
		return;
	flow->held_since = ktime_get_boottime_ns();
	flow->stalls++;
	trace_kpl011_flow(port, KPL_FLOW_HELD);
	kpl_port_hold(port, true);
	mod_delayed_work(system_wq, &flow->timeout, msecs_to_jiffies(flow->ms));
}

/**
 * kpl_flow_join() - read without loss from now on
 * @file: the file
 * @pos: its position
 *
 * Return: 0, or EPERM where the port was attached so.
 */
int kpl_flow_join(struct kpl_file *file, u64 pos)
{
	struct kpl_port *port = file->port;

	if (port->attach_flags & KPL011_ATTACH_NO_FLOW)
		return -EPERM;

	spin_lock(&port->lock);
	file->flow_dropped = false;
	/* What is lost already is. */
	file->flow_pos = max(pos, kpl_ring_oldest(&port->ring));
	if (list_empty(&file->flow))
		list_add_tail(&file->flow, &port->flow.files);
	flow_update(port);
	if (kpl_ring_head(&port->ring) >= port->flow.limit)
		kpl_flow_hold(port);
	spin_unlock(&port->lock);
	return 0;
}

/**
 * kpl_flow_leave() - read with loss again
 * @file: the file, which may have done so before
 */
void kpl_flow_leave(struct kpl_file *file)
{
	struct kpl_port *port = file->port;

	spin_lock(&port->lock);
	file->flow_dropped = false;
	if (!list_empty(&file->flow)) {
		list_del_init(&file->flow);
		flow_update(port);
	}
	spin_unlock(&port->lock);
}

/**
 * kpl_flow_move() - the file's position has changed
 * @file: the file
 * @pos: its position
 *
 * One that goes back keeps nothing that could have been overwritten before.
 */
void kpl_flow_move(struct kpl_file *file, u64 pos)
{
	struct kpl_port *port = file->port;

	/* Others than the file's user put it off the list alone. */
	if (list_empty_careful(&file->flow))
		return;
	spin_lock(&port->lock);
	if (!list_empty(&file->flow)) {
		file->flow_pos = max(pos, kpl_ring_oldest(&port->ring));
		flow_update(port);
	}
	spin_unlock(&port->lock);
}

/**
 * kpl_flow_status() - tell a file how it reads
 * @file: the file; that it was dropped it is told once
 *
 * Return: KPL011_FLOW_LOSSLESS, _DROPPED or 0.
 */
u32 kpl_flow_status(struct kpl_file *file)
{
	struct kpl_port *port = file->port;
	u32 status = 0;

	spin_lock(&port->lock);
	if (!list_empty(&file->flow))
		status |= KPL011_FLOW_LOSSLESS;
	if (file->flow_dropped)
		status |= KPL011_FLOW_DROPPED;
	file->flow_dropped = false;
	spin_unlock(&port->lock);
	return status;
}
