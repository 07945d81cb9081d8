// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/string.h>

#include "input.h"
#include "kvm.h"
#include "mmio.h"
#include "page.h"
#include "pl011.h"
#include "port.h"
#include "stream.h"

/*
 * The port is out of its VM, which is being destroyed if @dead. Otherwise the
 * port was detached, or KVM has dropped all of the VM's devices for want of
 * memory.
 */
static void port_gone(void *device, bool dead)
{
	struct kpl_port *port = container_of(device, struct kpl_port, pl011);

	if (!dead)
		kpl_pl011_leave(&port->pl011);
	kpl_page_exit(&port->pl011);
	/* What @gone does may drop the attachment's reference. */
	get_device(&port->dev);
	spin_lock(&port->stream.lock);
	kpl_stream_close(&port->stream);
	port->pl011.place.live = false;
	port->death_ns = ktime_get_boottime_ns();
	kpl_input_close(&port->input);
	port->ops->gone(port);
	spin_unlock(&port->stream.lock);

	kpl_wake(&port->stream.wake);
	put_device(&port->dev);
}

static const struct kpl_vm_ops port_vm_ops = {
	.read = kpl_mmio_read,
	.write = kpl_mmio_write,
	.noted = kpl_pl011_noted,
	.slots = kpl_pl011_slots,
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
			      kpl_pl011_takes, dev);
	if (ret)
		return ret;
	kpl_input_init(&port->input, &port->stream.wake, kpl_pl011_ready, dev);
	ret = kpl_pl011_init(dev, &port->stream, &port->input, vm,
			     config->flags, config->state);
	if (ret) {
		kpl_stream_free(&port->stream);
		return ret;
	}
	strscpy(port->name, config->name, sizeof(port->name));
	port->attach_flags = config->flags;
	port->gpa = config->gpa;
	port->intid = config->intid;
	port->vm = vm;
	port->ops = ops;
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
	/* The stream first: what it has due calls kpl_pl011_takes(). */
	kpl_stream_stop(&port->stream);
	kpl_pl011_stop(&port->pl011);
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
	int ret;

	spin_lock(&port->stream.lock);
	port->attach_ns = ktime_get_boottime_ns();
	spin_unlock(&port->stream.lock);
	get_device(&port->dev);
	ret = kpl_vm_attach(port->vm, port->gpa, KPL011_MMIO_SIZE, port->intid,
			    &port_vm_ops, &port->pl011);
	if (ret) {
		put_device(&port->dev);
		return ret;
	}
	kpl_pl011_attached(&port->pl011);
	return 0;
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

	if (!kpl_pl011_hold_vm(&port->pl011))
		return -ENODEV;
	ret = kpl_vm_lock(vm);
	if (ret) {
		kpl_vm_put(vm);
		return ret;
	}
	leaves = kpl_pl011_leave(&port->pl011);
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
	info->flags = 0;
	info->id = port->id;
	info->gpa = port->gpa;
	info->intid = port->intid;
	info->attach_flags = port->attach_flags;
	info->pad = 0;
	memcpy(info->name, port->name, sizeof(info->name));

	spin_lock(&port->stream.lock);
	info->state = kpl_port_state(port);
	info->attach_ns = port->attach_ns;
	info->death_ns = port->death_ns;
	kpl_stream_info(&port->stream, info);
	/* Under the stream's lock no character moves from the input to the UART. */
	kpl_input_info(&port->input, info);
	kpl_pl011_info(&port->pl011, info);
	spin_unlock(&port->stream.lock);
}
