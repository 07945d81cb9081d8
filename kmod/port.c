// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "due.h"
#include "kvm.h"
#include "mmio.h"
#include "port.h"

/* The guest was left alone for long enough. */
static void pl011_timeout(struct work_struct *work)
{
	struct kpl_pl011 *dev = container_of(work, struct kpl_pl011, timeout.work);

	spin_lock(&dev->stream->lock);
	if (ktime_get_ns() >= dev->timeout.at)
		kpl_mmio_timeout(dev);
	kpl_due_start(&dev->timeout);
	spin_unlock(&dev->stream->lock);
}

/* Called when nobody else uses the device any more. */
static void pl011_stop_timeout(struct kpl_pl011 *dev)
{
	spin_lock(&dev->stream->lock);
	dev->timeout.at = KPL_NEVER;
	spin_unlock(&dev->stream->lock);
	kpl_due_stop(&dev->timeout);
}

/*
 * The port is out of its VM, which is being destroyed if @dead. Otherwise the
 * port was detached, or KVM has dropped all of the VM's devices for want of
 * memory.
 */
static void port_gone(void *device, bool dead)
{
	struct kpl_port *port = container_of(device, struct kpl_port, pl011);
	struct kpl_pl011 *dev = &port->pl011;

	spin_lock(&port->stream.lock);
	if (!dead)
		kpl_place_leave(&dev->place);
	spin_unlock(&port->stream.lock);
	kpl_page_exit(dev);
	/* What @gone does may drop the attachment's reference. */
	get_device(&port->dev);
	spin_lock(&port->stream.lock);
	kpl_stream_close(&port->stream);
	dev->place.live = false;
	port->death_ns = ktime_get_boottime_ns();
	kpl_input_close(&port->input);
	port->ops->gone(port);
	spin_unlock(&port->stream.lock);

	kpl_wake(&port->stream.wake);
	put_device(&port->dev);
}

/* The stream is the wire of the UART, which takes bytes again, or does not. */
static void pl011_takes(void *writer, bool takes)
{
	struct kpl_pl011 *dev = writer;

	lockdep_assert_held(&dev->stream->lock);

	kpl_uart_tx_hold(&dev->uart, !takes);
	if (takes)
		kpl_mmio_release(dev);
}

static void pl011_reset(struct kpl_pl011 *dev)
{
	kpl_uart_reset(&dev->uart);
	dev->resets++;
}

/* Something happened to the VM. */
static void pl011_noted(void *device)
{
	struct kpl_pl011 *dev = device;
	u32 notes;

	spin_lock(&dev->stream->lock);
	notes = dev->place.live ? kpl_vm_take_notes(dev->place.vm) : 0;
	if (notes & KPL_VM_RESET)
		pl011_reset(dev);
	if (notes & KPL_VM_LINES)
		kpl_place_restored(&dev->place);
	if (notes)
		kpl_mmio_update(dev);
	spin_unlock(&dev->stream->lock);
}

static void pl011_slots(void *device)
{
	kpl_page_take_away(device);
}

static const struct kpl_vm_ops port_vm_ops = {
	.read = kpl_mmio_read,
	.write = kpl_mmio_write,
	.noted = pl011_noted,
	.slots = pl011_slots,
	.gone = port_gone,
};

/**
 * kpl_port_init() - make a port that is not attached yet
 * @port: zeroed
 * @config: what to attach
 * @vm: its VM, which kpl_port_free() frees; the caller closes it
 * @ops: told what becomes of the port
 *
 * kpl_node_init() initialises its device, with which the port is freed.
 *
 * Return: 0; ENOMEM, EINVAL if the state is refused: then there is nothing to
 * free.
 */
int kpl_port_init(struct kpl_port *port, const struct kpl_port_config *config,
		  struct kpl_vm *vm, const struct kpl_port_ops *ops)
{
	struct kpl_pl011 *dev = &port->pl011;
	int ret;

	ret = kpl_stream_init(&port->stream, config->ring_size, config->flow_ms,
			      pl011_takes, dev);
	if (ret)
		return ret;
	kpl_uart_init(&dev->uart, config->flags & KPL011_ATTACH_STRICT);
	if (config->state && kpl_uart_restore(&dev->uart, config->state)) {
		kpl_stream_free(&port->stream);
		return -EINVAL;
	}
	strscpy(port->name, config->name, sizeof(port->name));
	port->attach_flags = config->flags;
	port->gpa = config->gpa;
	port->intid = config->intid;
	port->vm = vm;
	port->ops = ops;
	kpl_input_init(&port->input, &port->stream.wake, kpl_mmio_ready, dev);
	dev->stream = &port->stream;
	dev->input = &port->input;
	kpl_place_init(&dev->place, vm);
	kpl_due_init(&dev->timeout, pl011_timeout);
	kpl_page_init(dev, config->flags & KPL011_ATTACH_PAGE);
	return 0;
}

/**
 * kpl_port_set_id() - give a new port its number
 * @port: not attached yet
 * @id: the number
 */
void kpl_port_set_id(struct kpl_port *port, u32 id)
{
	port->id = id;
	port->stream.id = id;
	port->input.id = id;
	port->pl011.id = id;
	port->pl011.place.id = id;
}

/**
 * kpl_port_free() - free a port
 * @port: not attached, and without references
 */
void kpl_port_free(struct kpl_port *port)
{
	/* The stream first: what it has due calls pl011_takes(). */
	kpl_stream_stop(&port->stream);
	pl011_stop_timeout(&port->pl011);
	kpl_page_free(&port->pl011);
	kpl_vm_free(port->vm);
	kpl_input_free(&port->input);
	kpl_stream_free(&port->stream);
	port->ops->freed(port);
}

/**
 * kpl_port_attach() - put the port into its VM
 * @port: the port, with an initialised device; a reference on that is held
 *	  until the port is out of the VM again
 *
 * Return: 0, or what kpl_vm_attach() returns.
 */
int kpl_port_attach(struct kpl_port *port)
{
	struct kpl_pl011 *dev = &port->pl011;
	int ret;

	port->attach_ns = ktime_get_boottime_ns();
	get_device(&port->dev);
	ret = kpl_vm_attach(port->vm, port->gpa, KPL011_MMIO_SIZE, port->intid,
			    &port_vm_ops, dev);
	if (ret) {
		put_device(&port->dev);
		return ret;
	}

	/*
	 * A UART with a saved state may have bytes to send or its interrupt
	 * raised.
	 */
	spin_lock(&port->stream.lock);
	kpl_place_enter(&dev->place, kpl_uart_irq(&dev->uart));
	kpl_mmio_update(dev);
	spin_unlock(&port->stream.lock);
	return 0;
}

/* Take a reference on the VM, unless the device is leaving or has left it. */
static bool pl011_hold_vm(struct kpl_pl011 *dev)
{
	bool held;

	spin_lock(&dev->stream->lock);
	held = kpl_place_hold(&dev->place);
	spin_unlock(&dev->stream->lock);
	return held;
}

/* Returns whether it is for the caller to detach the device. The VM is locked. */
static bool pl011_leave(struct kpl_pl011 *dev)
{
	bool leaves;

	spin_lock(&dev->stream->lock);
	leaves = kpl_place_leave(&dev->place);
	spin_unlock(&dev->stream->lock);
	return leaves;
}

/**
 * kpl_port_detach() - take the port out of its VM
 * @port: attached now or before; the caller has a reference
 *
 * Return: 0; ENODEV if the port is leaving its VM or has left; EINTR if a fatal
 * signal came before anything was done; ERESTARTSYS if one came later: then the
 * port leaves by itself.
 */
int kpl_port_detach(struct kpl_port *port)
{
	struct kpl_vm *vm = port->vm;
	bool leaves;
	int ret;

	if (!pl011_hold_vm(&port->pl011))
		return -ENODEV;
	ret = kpl_vm_lock(vm);
	if (ret) {
		kpl_vm_put(vm);
		return ret;
	}
	leaves = pl011_leave(&port->pl011);
	if (leaves) {
		kpl_page_take_away(&port->pl011);
		kpl_vm_detach(vm);
	}
	kpl_vm_unlock(vm);
	kpl_vm_put(vm);
	return leaves ? kpl_vm_wait_out(vm) : -ENODEV;
}

/*
 * What comes before something is queued for the guest. A reset of the VM must
 * come before it, too, or would take it away. Returns 0 or ENODEV.
 */
static int port_begin_input(struct kpl_port *port)
{
	/* The input is closed a little later than others may see the end. */
	if (kpl_stream_is_closed(&port->stream))
		return -ENODEV;
	kpl_vm_see_notes(port->vm);
	return 0;
}

/**
 * kpl_port_write() - queue bytes for the guest
 * @port: the port
 * @typist: the file that writes them; open for writing
 * @others: what kpl_input_begin() returned for this write
 * @bytes: what the guest is to receive
 * @n: how many bytes
 *
 * Return: what kpl_input_write() returns; ENODEV if the port is not in its VM
 * any more.
 */
ssize_t kpl_port_write(struct kpl_port *port, struct kpl_typist *typist,
		       u32 others, const u8 *bytes, size_t n)
{
	int ret = port_begin_input(port);

	return ret ?: kpl_input_write(typist, others, bytes, n);
}

/**
 * kpl_port_inject() - queue a character for the guest
 * @port: the port
 * @typist: the file that sends it; open for writing
 * @ch: a DR value: a byte and its error bits
 *
 * Return: what kpl_input_inject() returns; ENODEV if the port is not in its VM
 * any more.
 */
int kpl_port_inject(struct kpl_port *port, struct kpl_typist *typist, u16 ch)
{
	int ret = port_begin_input(port);

	return ret ?: kpl_input_inject(typist, ch, ch & PL011_DR_BE);
}

/**
 * kpl_port_modem() - set the modem inputs
 * @port: the port
 * @inputs: PL011_FR_CTS, _DSR, _DCD and _RI; set is asserted
 *
 * Return: 0, or ENODEV if the port is not in its VM any more.
 */
int kpl_port_modem(struct kpl_port *port, u32 inputs)
{
	struct kpl_pl011 *dev = &port->pl011;
	int ret = -ENODEV;

	kpl_vm_see_notes(port->vm);
	spin_lock(&port->stream.lock);
	if (dev->place.live) {
		kpl_uart_modem(&dev->uart, inputs);
		kpl_mmio_update(dev);
		ret = 0;
	}
	spin_unlock(&port->stream.lock);
	return ret;
}

/**
 * kpl_port_reset() - reset the UART
 * @port: the port
 *
 * Return: 0, or ENODEV if the port is not in its VM any more.
 */
int kpl_port_reset(struct kpl_port *port)
{
	struct kpl_pl011 *dev = &port->pl011;
	int ret = -ENODEV;

	kpl_vm_see_notes(port->vm);
	spin_lock(&port->stream.lock);
	if (dev->place.live) {
		pl011_reset(dev);
		kpl_mmio_update(dev);
		ret = 0;
	}
	spin_unlock(&port->stream.lock);
	return ret;
}

/**
 * kpl_port_restore() - put a saved state into the UART
 * @port: the port
 * @state: the state
 *
 * Return: 0; EINVAL if the state is refused, ENODEV if the port is not in its
 * VM any more.
 */
int kpl_port_restore(struct kpl_port *port,
		     const struct kpl011_uart_state *state)
{
	struct kpl_pl011 *dev = &port->pl011;
	int ret = 0;

	/* A VM is reset before its snapshot is loaded: let that come first. */
	kpl_vm_see_notes(port->vm);
	kpl_page_begin(dev);
	spin_lock(&port->stream.lock);
	if (!dev->place.live)
		ret = -ENODEV;
	else if (kpl_uart_restore(&dev->uart, state))
		ret = -EINVAL;
	else
		kpl_mmio_update(dev);
	spin_unlock(&port->stream.lock);
	kpl_page_end(dev);
	return ret;
}

/**
 * kpl_port_is_in_vm() - whether the port is in its VM, or still on its way out
 * @port: the port; its lock is not held
 *
 * Return: whether it is. If not, @gone of its kpl_port_ops was called.
 */
bool kpl_port_is_in_vm(struct kpl_port *port)
{
	bool live;

	spin_lock(&port->stream.lock);
	live = port->pl011.place.live;
	spin_unlock(&port->stream.lock);
	return live;
}

/**
 * kpl_port_state() - what has become of the port
 * @port: the port
 *
 * Return: KPL011_STATE_LIVE, _DEAD or _DETACHED.
 */
u32 kpl_port_state(const struct kpl_port *port)
{
	/* Whoever sees that it is gone sees why: @detached was set first. */
	if (!smp_load_acquire(&port->stream.closed))
		return KPL011_STATE_LIVE;
	return port->pl011.place.detached ? KPL011_STATE_DETACHED :
					    KPL011_STATE_DEAD;
}

/**
 * kpl_port_info() - report what the port is and has done
 * @port: the port
 * @info: returned; all but its size, pid and uid
 */
void kpl_port_info(struct kpl_port *port, struct kpl011_info *info)
{
	const struct kpl_pl011 *dev = &port->pl011;
	unsigned int i;

	info->flags = 0;
	info->id = port->id;
	info->gpa = port->gpa;
	info->intid = port->intid;
	info->ring_size = port->stream.ring.size;
	info->attach_ns = port->attach_ns;
	info->attach_flags = port->attach_flags;
	memcpy(info->name, port->name, sizeof(info->name));

	spin_lock(&port->stream.lock);
	info->state = kpl_port_state(port);
	info->death_ns = port->death_ns;
	info->tx_newest = kpl_ring_head(&port->stream.ring);
	info->tx_oldest = kpl_ring_oldest(&port->stream.ring);
	info->tx_breaks = dev->uart.tx_breaks;
	info->tx_lost = dev->uart.tx_lost;
	kpl_input_info(&port->input, info);
	info->rx_queued += dev->uart.rx.count;
	info->interrupts = dev->place.rises;
	info->resets = dev->resets;
	info->flow_ms = port->stream.flow.ms;
	info->flow_stalls = port->stream.flow.stalls;
	info->flow_stall_ns = port->stream.flow.stall_ns;
	info->flow_drops = port->stream.flow.drops;
	info->page = dev->page.state;
	info->pad = 0;
	info->page_maps = dev->page.maps;
	info->page_unmaps = dev->page.unmaps;
	info->page_cleans = dev->page.cleans;
	info->reads = 0;
	info->writes = 0;
	for (i = 0; i < KPL011_REGS; i++) {
		info->reads_of[i] = dev->reads[i];
		info->writes_of[i] = dev->writes[i];
		info->reads += dev->reads[i];
		info->writes += dev->writes[i];
	}
	spin_unlock(&port->stream.lock);
}
