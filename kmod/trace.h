/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace events, below events/kpl011/ in tracefs. `kpl011 trace` and others rely
 * on names, fields and numbers: a new kernel may add to them, and changes none.
 *
 *	kpl011_read	a vCPU has read a register
 *	kpl011_write	a vCPU writes a register; the events that follow from it
 *			come after it
 *	kpl011_line	the VM's GIC took a new level of the interrupt line; not
 *			the level that a port begins with, nor the low one after
 *			a detach
 *	kpl011_break	a break began: one that the guest sends or receives
 *	kpl011_flow	the queue to the guest is full or has room again; a
 *			lossless reader holds up the guest or lets it continue
 *
 * port is the number of /dev/kpl011/ID. The events of one port are recorded
 * under its stream's lock, so that their order is the order in which things
 * happened; but that the queue is full, under the queue's lock. That event is in
 * order with the one of room, and comes anywhere among a vCPU's accesses of the
 * time.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kpl011

#if !defined(KPL011_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define KPL011_TRACE_H

#include <linux/tracepoint.h>
#include <linux/types.h>

/* state of kpl011_flow */
#define KPL_FLOW_FULL	0	/* a writer's character did not fit */
#define KPL_FLOW_ROOM	1	/* writers were woken: there is room again */
#define KPL_FLOW_HELD	2	/* the transmit FIFO does not drain */
#define KPL_FLOW_FREE	3	/* it drains again */

/* offset, len: bytes; value: what the vCPU sees, zero-extended from len. */
DECLARE_EVENT_CLASS(kpl011_access,
		    TP_PROTO(u32 port, u32 offset, unsigned int len, u64 value),
		    TP_ARGS(port, offset, len, value),
		    TP_STRUCT__entry(__field(u64, value)
				     __field(u32, port)
				     __field(u16, offset)
				     __field(u8, len)
		    ),
		    TP_fast_assign(__entry->value = len >= 8 ? value :
					value & ((1ull << 8 * len) - 1);
				   __entry->port = port;
				   __entry->offset = offset;
				   __entry->len = len;
		    ),
		    TP_printk("port=%u offset=0x%03x len=%u value=0x%llx",
			      __entry->port, __entry->offset, __entry->len,
			      __entry->value)
);

/* Reads that do not trap would not be seen: while this is on, all do. */
DEFINE_EVENT_FN(kpl011_access, kpl011_read,
		TP_PROTO(u32 port, u32 offset, unsigned int len, u64 value),
		TP_ARGS(port, offset, len, value),
		kpl_page_trace, kpl_page_untrace
);

DEFINE_EVENT(kpl011_access, kpl011_write,
	     TP_PROTO(u32 port, u32 offset, unsigned int len, u64 value),
	     TP_ARGS(port, offset, len, value)
);

/* level: 1 is asserted. */
TRACE_EVENT(kpl011_line,
	    TP_PROTO(u32 port, bool level),
	    TP_ARGS(port, level),
	    TP_STRUCT__entry(__field(u32, port)
			     __field(u8, level)
	    ),
	    TP_fast_assign(__entry->port = port;
			   __entry->level = level;
	    ),
	    TP_printk("port=%u level=%u", __entry->port, __entry->level)
);

/* to_guest: 0 is one that the guest sends, 1 one that it receives. */
TRACE_EVENT(kpl011_break,
	    TP_PROTO(u32 port, bool to_guest),
	    TP_ARGS(port, to_guest),
	    TP_STRUCT__entry(__field(u32, port)
			     __field(u8, to_guest)
	    ),
	    TP_fast_assign(__entry->port = port;
			   __entry->to_guest = to_guest;
	    ),
	    TP_printk("port=%u to_guest=%u", __entry->port, __entry->to_guest)
);

TRACE_EVENT(kpl011_flow,
	    TP_PROTO(u32 port, unsigned int state),
	    TP_ARGS(port, state),
	    TP_STRUCT__entry(__field(u32, port)
			     __field(u8, state)
	    ),
	    TP_fast_assign(__entry->port = port;
			   __entry->state = state;
	    ),
	    TP_printk("port=%u state=%s", __entry->port,
		      __print_symbolic(__entry->state,
				       { KPL_FLOW_FULL, "full" },
				       { KPL_FLOW_ROOM, "room" },
				       { KPL_FLOW_HELD, "held" },
				       { KPL_FLOW_FREE, "free" }))
);

#endif /* KPL011_TRACE_H */

/* Relative to the directory of Kbuild, where headers are looked for. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH kmod
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace

#include <trace/define_trace.h>
