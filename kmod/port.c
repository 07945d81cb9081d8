// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

#include "kvm.h"
#include "port.h"
#include "registry.h"
#include "trace.h"

/*
 * Whether a reader waits for the byte that was just pushed. It is woken for
 * the first of a burst alone: when it has taken what there is, it asks again.
 */
static inline bool port_is_hungry(struct kpl_port *port)
{
	/* Pairs with kpl_port_hungry(). */
	smp_mb();
	return unlikely(READ_ONCE(port->hungry)) && xchg(&port->hungry, false);
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
		kpl_ring_push(&port->ring, byte);
		last = byte;
	}
	return last;
}

/* After a write that was not a byte to DR: what may follow from it. */
static noinline int port_settle(struct kpl_port *port)
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

	if (likely(level == port->line) || !port->live)
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
 * An access of a vCPU. There are two of each: to keep what is traced until the
 * trace point would make the access dearer that nobody traces.
 */
static __always_inline u32 port_read(struct kpl_port *port, u32 offset,
				     unsigned int len, bool traced)
{
	bool room = false;
	u32 value;

	spin_lock(&port->lock);
	port->reads++;
	value = kpl_uart_read(&port->uart, offset, len);
	if (traced)
		trace_kpl011_read(port, offset, len, value);
	if (unlikely(!kfifo_is_empty(&port->rx)))
		room = port_feed_rx(port);
	port_drive_line(port);
	spin_unlock(&port->lock);

	if (room)
		wake_up_interruptible_poll(&port->wait, EPOLLOUT | EPOLLWRNORM);
	return value;
}

static __always_inline void port_write(struct kpl_port *port, u32 offset,
				       unsigned int len, u64 value, bool traced)
{
	bool room = false;
	int byte;

	spin_lock(&port->lock);
	port->writes++;
	if (traced)
		trace_kpl011_write(port, offset, len, value);
	byte = kpl_uart_write(&port->uart, offset, len, value);
	if (likely(byte >= 0))
		kpl_ring_push(&port->ring, byte);
	else
		byte = port_settle(port);
	/* A write makes room when it flushes the FIFO. */
	if (unlikely(!kfifo_is_empty(&port->rx)))
		room = port_feed_rx(port);
	port_drive_line(port);
	spin_unlock(&port->lock);

	if (unlikely(room))
		wake_up_interruptible_poll(&port->wait, EPOLLOUT | EPOLLWRNORM);
	if (byte >= 0 && port_is_hungry(port))
		wake_up_interruptible_poll(&port->wait, EPOLLIN | EPOLLRDNORM);
}

static noinline u32 port_read_traced(struct kpl_port *port, u32 offset,
				     unsigned int len)
{
	return port_read(port, offset, len, true);
}

static noinline void port_write_traced(struct kpl_port *port, u32 offset,
				       unsigned int len, u64 value)
{
	port_write(port, offset, len, value, true);
}

/* A vCPU reads a register. */
static u32 port_mmio_read(void *device, u32 offset, unsigned int len)
{
	if (trace_kpl011_read_enabled())
		return port_read_traced(device, offset, len);
	return port_read(device, offset, len, false);
}

/* A vCPU writes a register. */
static void port_mmio_write(void *device, u32 offset, unsigned int len,
			    u64 value)
{
	if (trace_kpl011_write_enabled())
		port_write_traced(device, offset, len, value);
	else
		port_write(device, offset, len, value, false);
}

/* The VM is being destroyed, or the port was detached. */
static void port_gone(void *device)
{
	struct kpl_port *port = device;

	spin_lock(&port->lock);
	port->live = false;
	port->death_ns = ktime_get_boottime_ns();
	spin_unlock(&port->lock);

	wake_up_interruptible_poll(&port->wait, EPOLLIN | EPOLLOUT | EPOLLHUP);
	/* The work has the attachment's reference from here on. */
	kpl_registry_bury(port);
}

static const struct kpl_vm_ops port_vm_ops = {
	.read = port_mmio_read,
	.write = port_mmio_write,
	.gone = port_gone,
};

/**
 * kpl_port_create() - a port that is not attached yet
 * @config: what to attach
 * @vm: where; the port closes and frees it when it is freed itself
 *
 * Its device is initialised by the chardev, and frees it.
 *
 * Return: the port, or NULL without memory.
 */
struct kpl_port *kpl_port_create(const struct kpl_port_config *config,
				 struct kpl_vm *vm)
{
	struct kpl_port *port;
	u8 *bytes;

	port = kzalloc(sizeof(*port), GFP_KERNEL_ACCOUNT);
	if (!port)
		return NULL;
	/* Zeroed: readers see nothing but what the guest wrote. */
	bytes = kvzalloc(config->ring_size, GFP_KERNEL_ACCOUNT);
	if (!bytes) {
		kfree(port);
		return NULL;
	}

	strscpy(port->name, config->name, sizeof(port->name));
	port->gpa = config->gpa;
	port->intid = config->intid;
	port->vm = vm;
	INIT_LIST_HEAD(&port->link);
	init_waitqueue_head(&port->wait);
	INIT_DELAYED_WORK(&port->timeout, port_timeout);
	spin_lock_init(&port->lock);
	kpl_ring_init(&port->ring, bytes, config->ring_size);
	kpl_uart_init(&port->uart, config->strict);
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
	kvfree(port->ring.bytes);
	kfree(port);
}

/**
 * kpl_port_attach() - put the port into its VM
 * @port: with an initialised device, of which a reference is taken until the
 *	  VM goes
 *
 * Return: 0, or what kpl_vm_attach() returns.
 */
int kpl_port_attach(struct kpl_port *port)
{
	int ret;

	port->attach_ns = ktime_get_boottime_ns();
	port->live = true;
	get_device(&port->dev);
	ret = kpl_vm_attach(port->vm, port->gpa, KPL_UART_PAGE, port->intid,
			    &port_vm_ops, port);
	if (ret) {
		port->live = false;
		put_device(&port->dev);
	}
	return ret;
}

/**
 * kpl_port_detach() - take the port out of its VM
 * @port: attached, its VM open; the caller has a reference
 */
void kpl_port_detach(struct kpl_port *port)
{
	kpl_vm_detach(port->vm);
}

/**
 * kpl_port_stop() - wait for what the port does by itself
 * @port: not live any more
 */
void kpl_port_stop(struct kpl_port *port)
{
	cancel_delayed_work_sync(&port->timeout);
}

/**
 * kpl_port_input() - queue bytes for the guest
 * @port: the port
 * @bytes: what the guest shall receive
 * @n: how many
 *
 * Return: how many were taken; fewer than @n when the queue is full or the VM
 * is gone.
 */
size_t kpl_port_input(struct kpl_port *port, const u8 *bytes, size_t n)
{
	size_t taken = 0;

	spin_lock(&port->lock);
	if (port->live) {
		while (taken < n && kfifo_put(&port->rx, bytes[taken]))
			taken++;
		port->rx_bytes += taken;
		if (taken < n)
			port_rx_full(port);
		port_feed_rx(port);
		port_drive_line(port);
	}
	spin_unlock(&port->lock);
	return taken;
}

/**
 * kpl_port_break() - queue a break for the guest
 * @port: the port
 *
 * Return: 0; EAGAIN when the queue is full, ENODEV when the VM is gone.
 */
int kpl_port_break(struct kpl_port *port)
{
	int ret = 0;

	spin_lock(&port->lock);
	if (!port->live) {
		ret = -ENODEV;
	} else if (!kfifo_put(&port->rx, PL011_BREAK)) {
		port_rx_full(port);
		ret = -EAGAIN;
	} else {
		port->rx_breaks++;
		port_feed_rx(port);
		port_drive_line(port);
	}
	spin_unlock(&port->lock);
	return ret;
}

/**
 * kpl_port_hungry() - ask to be woken when there are bytes
 * @port: the port
 * @pos: position of the next byte
 *
 * Called by a reader that is on port->wait already, or does not wait.
 *
 * Return: whether there is no byte yet.
 */
bool kpl_port_hungry(struct kpl_port *port, u64 pos)
{
	if (kpl_ring_head(&port->ring) > pos)
		return false;
	WRITE_ONCE(port->hungry, true);
	/* Pairs with port_is_hungry(): one of the two sees the other. */
	smp_mb();
	return kpl_ring_head(&port->ring) <= pos;
}

/**
 * kpl_port_live() - whether the VM is there
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
 * kpl_port_stats() - read what changes
 * @port: the port
 * @stats: returned
 */
void kpl_port_stats(struct kpl_port *port, struct kpl_port_stats *stats)
{
	spin_lock(&port->lock);
	*stats = (struct kpl_port_stats) {
		.live = port->live,
		.death_ns = port->death_ns,
		.tx_newest = kpl_ring_head(&port->ring),
		.tx_oldest = kpl_ring_oldest(&port->ring),
		.tx_breaks = port->uart.tx_breaks,
		.rx_bytes = port->rx_bytes,
		.rx_queued = kfifo_len(&port->rx) + port->uart.rx.count,
		.rx_breaks = port->rx_breaks,
		.reads = port->reads,
		.writes = port->writes,
		.interrupts = port->interrupts,
	};
	spin_unlock(&port->lock);
}
