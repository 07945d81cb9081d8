// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

#include "file.h"
#include "kvm.h"
#include "port.h"
#include "registry.h"
#include "trace.h"

static noinline void port_mark(struct kpl_port *port)
{
	lockdep_assert_held(&port->lock);

	port->mark_tick = jiffies;
	kpl_marks_add(&port->marks, kpl_ring_head(&port->ring),
		      ktime_get_boottime_ns());
}

/*
 * A byte goes out on the wire. It has a mark of time if it is the first in
 * this tick, or begins a line at some distance from the last mark.
 */
static inline void port_transmit(struct kpl_port *port, u8 byte)
{
	u64 head = port->ring.shared->head;
	unsigned long tick = jiffies;

	lockdep_assert_held(&port->lock);

	if (unlikely(port->mark_tick != tick) ||
	    (unlikely(port->line_begins) &&
	     head - kpl_marks_last(&port->marks) >= KPL_MARKS_BYTES))
		port_mark(port);
	port->line_begins = byte == '\n';
	kpl_ring_push(&port->ring, byte);
	if (unlikely(head + 1 >= port->flow.limit))
		kpl_flow_hold(port);
}

/*
 * Move what had to wait in the UART to the ring. Returns the last byte, or -1
 * if there was none.
 */
static int port_drain_tx(struct kpl_port *port)
{
	int last = -1;
	int byte;

	lockdep_assert_held(&port->lock);

	while ((byte = kpl_uart_tx_pop(&port->uart)) >= 0) {
		port_transmit(port, byte);
		last = byte;
	}
	return last;
}

/* After a write that was not a byte to DR: what may follow from it. */
static int port_settle(struct kpl_port *port)
{
	if (port->tx_breaks != port->uart.tx_breaks) {
		port->tx_breaks = port->uart.tx_breaks;
		trace_kpl011_break(port, false);
	}
	if (kpl_uart_rx_acked(&port->uart) && port->live)
		schedule_delayed_work(&port->timeout, 1);
	return port_drain_tx(port);
}

/*
 * Move queued characters to the UART as far as it has room. Returns whether
 * writers are to be woken: once for a stretch of room, not for each character.
 */
static bool port_feed_rx(struct kpl_port *port)
{
	bool had_room = kpl_port_rx_room(port, KPL_PORT_RX_ROOM);
	u16 ch;

	lockdep_assert_held(&port->lock);

	while (kpl_uart_rx_room(&port->uart) && kfifo_get(&port->rx, &ch)) {
		if (ch & PL011_DR_BE)
			trace_kpl011_break(port, true);
		kpl_uart_rx_push(&port->uart, ch);
	}
	kpl_uart_rx_idle(&port->uart, kfifo_is_empty(&port->rx));
	if (had_room || !kpl_port_rx_room(port, KPL_PORT_RX_ROOM))
		return false;
	if (port->rx_full)
		trace_kpl011_flow(port, KPL_FLOW_ROOM);
	port->rx_full = false;
	return true;
}

/* A writer's character did not fit. */
static void port_rx_full(struct kpl_port *port)
{
	lockdep_assert_held(&port->lock);

	if (!port->rx_full)
		trace_kpl011_flow(port, KPL_FLOW_FULL);
	port->rx_full = true;
}

/*
 * Bring the VM's view of the interrupt line up to date. Inline down to the
 * comparison, which is all that most accesses need.
 */
static inline void port_drive_line(struct kpl_port *port)
{
	bool level = kpl_uart_irq(&port->uart);

	lockdep_assert_held(&port->lock);

	if (likely(level == port->line) || !port->live || port->detached)
		return;
	if (!kpl_vm_set_line(port->vm, level))
		return;
	port->line = level;
	port->interrupts += level;
	trace_kpl011_line(port, level);
}

/* What the guest cleared and did not take is still there. */
static void port_timeout(struct work_struct *work)
{
	struct kpl_port *port = container_of(to_delayed_work(work),
					     struct kpl_port, timeout);

	spin_lock(&port->lock);
	kpl_uart_rx_timeout(&port->uart);
	port_drive_line(port);
	spin_unlock(&port->lock);
}

/*
 * After the state was changed by other than an access. Returns whether writers
 * are to be woken.
 */
static bool port_update(struct kpl_port *port)
{
	bool room;

	port_settle(port);
	room = port_feed_rx(port);
	port_drive_line(port);
	return room;
}

/* An access is counted as one of this register, as the ABI numbers them. */
static inline unsigned int reg_number(u32 offset)
{
	if (likely(offset < 4 * KPL011_REG_IDS))
		return offset / 4;
	return offset >= PL011_PERIPHID0 ? KPL011_REG_IDS : KPL011_REG_OTHER;
}

/* A vCPU reads a register. */
static u32 port_mmio_read(void *device, u32 offset, unsigned int len)
{
	struct kpl_port *port = device;
	bool room = false;
	u32 value;

	spin_lock(&port->lock);
	port->reads[reg_number(offset)]++;
	value = kpl_uart_read(&port->uart, offset, len);
	if (unlikely(!kfifo_is_empty(&port->rx)))
		room = port_feed_rx(port);
	trace_kpl011_read(port, offset, len, value);
	port_drive_line(port);
	spin_unlock(&port->lock);

	if (unlikely(room))
		wake_up_interruptible_poll(&port->wake.wait, EPOLLOUT | EPOLLWRNORM);
	return value;
}

/* What a write costs beyond port_mmio_write(), which has more to say. */
static noinline int port_mmio_write_any(struct kpl_port *port, u32 offset,
					unsigned int len, u64 value)
{
	bool room = false;
	int byte;

	spin_lock(&port->lock);
	port->writes[reg_number(offset)]++;
	trace_kpl011_write(port, offset, len, value);
	byte = kpl_uart_write(&port->uart, offset, len, value);
	if (byte >= 0)
		port_transmit(port, byte);
	else
		byte = port_settle(port);
	/* A write makes room when it flushes the FIFO. */
	if (unlikely(!kfifo_is_empty(&port->rx)))
		room = port_feed_rx(port);
	port_drive_line(port);
	spin_unlock(&port->lock);

	if (unlikely(room))
		wake_up_interruptible_poll(&port->wake.wait, EPOLLOUT | EPOLLWRNORM);
	if (byte >= 0 && kpl_wake_is_hungry(&port->wake))
		kpl_wake_readers(&port->wake);
	return 0;
}

static noinline int port_wake_readers(struct kpl_port *port)
{
	kpl_wake_readers(&port->wake);
	return 0;
}

/*
 * A vCPU writes a register. By far the most frequent access of a guest is a
 * byte in the middle of a line, after another one, for which nothing is to be
 * done but to keep it. That is done here, without so much as a stack frame.
 */
static int port_mmio_write(void *device, u32 offset, unsigned int len,
			   u64 value)
{
	struct kpl_port *port = device;
	unsigned long tick = jiffies;
	u8 byte = value;

	if (trace_kpl011_write_enabled() || unlikely(offset != PL011_DR) ||
	    unlikely(len > 4) || !spin_trylock(&port->lock))
		return port_mmio_write_any(port, offset, len, value);
	byte &= port->uart.word;
	if (unlikely(!kpl_uart_streams(&port->uart) || port->line_begins ||
		     byte == '\n' || port->mark_tick != tick ||
		     port->ring.shared->head + 1 >= port->flow.limit)) {
		spin_unlock(&port->lock);
		return port_mmio_write_any(port, offset, len, value);
	}
	port->writes[PL011_DR / 4]++;
	kpl_uart_stream(&port->uart);
	kpl_ring_push(&port->ring, byte);
	spin_unlock(&port->lock);

	if (kpl_wake_is_hungry(&port->wake))
		return port_wake_readers(port);
	return 0;
}

/* The VM is being destroyed, or the port was detached. */
static void port_gone(void *device)
{
	struct kpl_port *port = device;

	spin_lock(&port->lock);
	port->live = false;
	port->death_ns = ktime_get_boottime_ns();
	spin_unlock(&port->lock);

	wake_up_interruptible_poll(&port->wake.wait, EPOLLIN | EPOLLOUT | EPOLLHUP);
	/* The work has the attachment's reference from here on. */
	kpl_registry_bury(port);
}

/* The VM is being reset. */
static void port_vm_reset(void *device)
{
	kpl_port_reset(device);
}

static const struct kpl_vm_ops port_vm_ops = {
	.read = port_mmio_read,
	.write = port_mmio_write,
	.reset = port_vm_reset,
	.gone = port_gone,
};

/* Bytes of memory for the ring: a page for its positions, then the bytes. */
static size_t ring_area(u32 size)
{
	return PAGE_SIZE + PAGE_ALIGN(size);
}

/**
 * kpl_port_create() - a port that is not attached yet
 * @config: what to attach
 * @vm: where; the port closes and frees it when it is freed itself
 *
 * Its device is initialised by the chardev, and frees it.
 *
 * Return: the port; or an ERR_PTR: ENOMEM, EINVAL if the state is refused.
 */
struct kpl_port *kpl_port_create(const struct kpl_port_config *config,
				 struct kpl_vm *vm)
{
	u32 n_marks = config->ring_size / KPL_MARKS_BYTES;
	struct kpl011_mark *marks;
	struct kpl_port *port;
	void *area;

	port = kzalloc(sizeof(*port), GFP_KERNEL_ACCOUNT);
	/* Zeroed: readers see nothing but what the guest wrote. */
	area = vmalloc_user(ring_area(config->ring_size));
	marks = kvcalloc(n_marks, sizeof(*marks), GFP_KERNEL_ACCOUNT);
	if (!port || !area || !marks) {
		kvfree(marks);
		vfree(area);
		kfree(port);
		return ERR_PTR(-ENOMEM);
	}

	kpl_uart_init(&port->uart, config->flags & KPL011_ATTACH_STRICT);
	if (config->state && kpl_uart_restore(&port->uart, config->state)) {
		kvfree(marks);
		vfree(area);
		kfree(port);
		return ERR_PTR(-EINVAL);
	}
	strscpy(port->name, config->name, sizeof(port->name));
	port->attach_flags = config->flags;
	port->gpa = config->gpa;
	port->intid = config->intid;
	port->vm = vm;
	port->line_begins = true;
	port->mark_tick = jiffies - 1;
	INIT_LIST_HEAD(&port->link);
	INIT_DELAYED_WORK(&port->timeout, port_timeout);
	spin_lock_init(&port->lock);
	kpl_wake_init(&port->wake);
	kpl_flow_init(&port->flow, config->flow_ms);
	kpl_ring_init(&port->ring, area, PAGE_SIZE, config->ring_size);
	kpl_marks_init(&port->marks, marks, n_marks);
	INIT_KFIFO(port->rx);
	return port;
}

/**
 * kpl_port_free() - free the memory
 * @port: not attached, and nobody's any more
 */
void kpl_port_free(struct kpl_port *port)
{
	kpl_vm_free(port->vm);
	kvfree(port->marks.mark);
	vfree(port->ring.shared);
	kfree(port);
}

/**
 * kpl_port_attach() - put the port into its VM
 * @port: with an initialised device, of which a reference is taken until it is
 *	  out of the VM again
 *
 * Return: 0, or what kpl_vm_attach() returns.
 */
int kpl_port_attach(struct kpl_port *port)
{
	int ret;

	port->attach_ns = ktime_get_boottime_ns();
	port->live = true;
	get_device(&port->dev);
	ret = kpl_vm_attach(port->vm, port->gpa, KPL011_MMIO_SIZE, port->intid,
			    &port_vm_ops, port);
	if (ret) {
		port->live = false;
		put_device(&port->dev);
		return ret;
	}

	/*
	 * A state that was brought in may have more to say than a new one, and
	 * the VMM may have left the line high.
	 */
	spin_lock(&port->lock);
	port->line = kpl_uart_irq(&port->uart);
	if (port->live && !kpl_vm_set_line(port->vm, port->line))
		port->line = false;
	port->interrupts += port->line;
	port_update(port);
	spin_unlock(&port->lock);
	return 0;
}

/**
 * kpl_port_detach() - take the port out of its VM
 * @port: attached some time; the caller has a reference
 *
 * Return: 0, or ENODEV if it is not in a VM any more.
 */
int kpl_port_detach(struct kpl_port *port)
{
	int ret = -ENODEV;

	spin_lock(&port->lock);
	if (port->live && !port->detached && kpl_vm_get(port->vm)) {
		ret = 0;
		/* Accesses until it is out are answered, and raise nothing. */
		port->detached = true;
		kpl_vm_leave_line(port->vm);
		port->line = false;
	}
	spin_unlock(&port->lock);
	if (ret)
		return ret;

	kpl_vm_detach(port->vm);
	kpl_vm_put(port->vm);
	return 0;
}

/**
 * kpl_port_stop() - wait for what the port does by itself
 * @port: not live any more
 */
void kpl_port_stop(struct kpl_port *port)
{
	cancel_delayed_work_sync(&port->timeout);
	kpl_flow_stop(&port->flow);
	kpl_wake_stop(&port->wake);
}

/* Whether a file may queue something. Returns 0, EBUSY or ENODEV. */
static int port_may_input(struct kpl_file *file)
{
	struct kpl_port *port = file->port;

	lockdep_assert_held(&port->lock);

	if (!port->live)
		return -ENODEV;
	return port->input && port->input != file ? -EBUSY : 0;
}

/**
 * kpl_port_input() - queue bytes for the guest
 * @file: whose they are
 * @bytes: what the guest shall receive
 * @n: how many
 *
 * Return: how many were taken, fewer than @n when the queue is full; or ENODEV
 * when the port is out of its VM, EBUSY when another file holds the input.
 */
ssize_t kpl_port_input(struct kpl_file *file, const u8 *bytes, size_t n)
{
	struct kpl_port *port = file->port;
	size_t taken = 0;
	int ret;

	spin_lock(&port->lock);
	ret = port_may_input(file);
	if (!ret) {
		while (taken < n && kfifo_put(&port->rx, bytes[taken]))
			taken++;
		port->rx_bytes += taken;
		if (taken < n)
			port_rx_full(port);
		port_feed_rx(port);
		port_drive_line(port);
	}
	spin_unlock(&port->lock);
	return ret ?: taken;
}

/**
 * kpl_port_inject() - queue a character for the guest
 * @file: whose it is
 * @ch: a DR value: a byte and its error bits
 *
 * Return: 0; EAGAIN when the queue is full, or as kpl_port_input().
 */
int kpl_port_inject(struct kpl_file *file, u16 ch)
{
	struct kpl_port *port = file->port;
	int ret;

	spin_lock(&port->lock);
	ret = port_may_input(file);
	if (!ret && !kfifo_put(&port->rx, ch)) {
		port_rx_full(port);
		ret = -EAGAIN;
	}
	if (!ret) {
		if (ch & PL011_DR_BE)
			port->rx_breaks++;
		else
			port->rx_bytes++;
		port_feed_rx(port);
		port_drive_line(port);
	}
	spin_unlock(&port->lock);
	return ret;
}

/* After port_update(), and without the lock. */
static void port_wake(struct kpl_port *port, bool room)
{
	if (room)
		wake_up_interruptible_poll(&port->wake.wait,
					   EPOLLOUT | EPOLLWRNORM);
	if (kpl_wake_is_hungry(&port->wake))
		kpl_wake_readers(&port->wake);
}

/**
 * kpl_port_modem() - set the modem inputs
 * @port: the port
 * @inputs: PL011_FR_CTS, _DSR, _DCD and _RI; set is asserted
 *
 * Return: 0, or ENODEV when the port is out of its VM.
 */
int kpl_port_modem(struct kpl_port *port, u32 inputs)
{
	bool room = false;
	int ret = -ENODEV;

	spin_lock(&port->lock);
	if (port->live) {
		kpl_uart_modem(&port->uart, inputs);
		room = port_update(port);
		ret = 0;
	}
	spin_unlock(&port->lock);
	port_wake(port, room);
	return ret;
}

/**
 * kpl_port_reset() - reset the UART
 * @port: the port
 *
 * Return: 0, or ENODEV when the port is out of its VM.
 */
int kpl_port_reset(struct kpl_port *port)
{
	bool room = false;
	int ret = -ENODEV;

	spin_lock(&port->lock);
	if (port->live) {
		kpl_uart_reset(&port->uart);
		port->resets++;
		room = port_update(port);
		ret = 0;
	}
	spin_unlock(&port->lock);
	port_wake(port, room);
	return ret;
}

/**
 * kpl_port_restore() - put a state into the UART
 * @port: the port
 * @state: the state
 *
 * Return: 0; EINVAL if it is refused, ENODEV when the port is out of its VM.
 */
int kpl_port_restore(struct kpl_port *port,
		     const struct kpl011_uart_state *state)
{
	bool room = false;
	int ret = 0;

	/* A VM is reset before its snapshot is loaded. */
	kpl_vm_see_reset(port->vm);
	spin_lock(&port->lock);
	if (!port->live)
		ret = -ENODEV;
	else if (kpl_uart_restore(&port->uart, state))
		ret = -EINVAL;
	else
		room = port_update(port);
	spin_unlock(&port->lock);
	port_wake(port, room);
	return ret;
}

/**
 * kpl_port_hold() - say whether the wire takes bytes
 * @port: the port; the caller holds its lock
 * @hold: it does not
 */
void kpl_port_hold(struct kpl_port *port, bool hold)
{
	kpl_uart_tx_hold(&port->uart, hold);
	if (hold)
		return;
	port_drain_tx(port);
	port_drive_line(port);
}

/**
 * kpl_port_hungry() - ask to be woken when there are bytes
 * @port: the port
 * @pos: position of the next byte
 *
 * Called by a reader that is on port->wake.wait already, or does not wait.
 *
 * Return: whether there is no byte yet.
 */
bool kpl_port_hungry(struct kpl_port *port, u64 pos)
{
	if (kpl_ring_head(&port->ring) > pos)
		return false;
	kpl_wake_hungry(&port->wake);
	return kpl_ring_head(&port->ring) <= pos;
}

/**
 * kpl_port_live() - whether the port is in its VM
 * @port: the port
 *
 * It may go right after, unless the lock is held.
 *
 * Return: whether it is.
 */
bool kpl_port_live(const struct kpl_port *port)
{
	return READ_ONCE(port->live);
}

/**
 * kpl_port_rx_room() - whether the queue to the guest has room
 * @port: the port
 * @n: for how many characters
 *
 * Return: whether it has; without the lock it may have changed already.
 */
bool kpl_port_rx_room(struct kpl_port *port, unsigned int n)
{
	return kfifo_avail(&port->rx) >= n;
}

/**
 * kpl_port_state() - what has become of the port
 * @port: the port
 *
 * Return: KPL011_STATE_LIVE, _DEAD or _DETACHED.
 */
u32 kpl_port_state(const struct kpl_port *port)
{
	if (READ_ONCE(port->live))
		return KPL011_STATE_LIVE;
	return port->detached ? KPL011_STATE_DETACHED : KPL011_STATE_DEAD;
}

/**
 * kpl_port_info() - tell what the port is and has done
 * @port: the port
 * @info: returned; all but its size, pid and uid
 */
void kpl_port_info(struct kpl_port *port, struct kpl011_info *info)
{
	unsigned int i;

	info->flags = 0;
	info->id = port->id;
	info->gpa = port->gpa;
	info->intid = port->intid;
	info->ring_size = port->ring.size;
	info->attach_ns = port->attach_ns;
	info->attach_flags = port->attach_flags;
	memcpy(info->name, port->name, sizeof(info->name));

	spin_lock(&port->lock);
	info->state = kpl_port_state(port);
	info->death_ns = port->death_ns;
	info->tx_newest = kpl_ring_head(&port->ring);
	info->tx_oldest = kpl_ring_oldest(&port->ring);
	info->tx_breaks = port->uart.tx_breaks;
	info->tx_lost = port->uart.tx_lost;
	info->rx_bytes = port->rx_bytes;
	info->rx_queued = kfifo_len(&port->rx) + port->uart.rx.count;
	info->rx_breaks = port->rx_breaks;
	info->interrupts = port->interrupts;
	info->resets = port->resets;
	info->flow_ms = port->flow.ms;
	info->flow_stalls = port->flow.stalls;
	info->flow_stall_ns = port->flow.stall_ns;
	info->flow_drops = port->flow.drops;
	info->reads = 0;
	info->writes = 0;
	for (i = 0; i < KPL011_REGS; i++) {
		info->reads_of[i] = port->reads[i];
		info->writes_of[i] = port->writes[i];
		info->reads += port->reads[i];
		info->writes += port->writes[i];
	}
	spin_unlock(&port->lock);
}
