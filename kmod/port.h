/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A port: one UART of one VM, what it has transmitted and what it is to
 * receive; and what becomes of these together.
 *
 * Lifetime: a port's memory is that of @dev, and goes with the last reference
 * on it. The attachment to the VM holds one reference, the registry one from
 * attach to reap, and each open file one. So whoever has found a port may use
 * it and its parts, whatever happens to the VM; @pl011.place says whether the
 * port is in one.
 *
 * A comment beside each lock says what it protects. All of them, outermost first,
 * but for the locks of the xarrays in registry.c and node.c, which have none inside:
 *
 *	registry_lock (registry.c)	the list of ports, the dead ones of each
 *					user, reaping
 *	kvm->slots_lock			the VM's bus (kvm_bus.c); held by KVM
 *					around watch->told while it changes
 *					memory slots
 *	pages_lock (page.c)		the pages that may be mapped
 *	watch_lock (kvm_watch.c)	VMs that have devices
 *	watch->told (kvm_watch.c)	the devices of a VM
 *	  kvm->lock, if free		to see that a VMM has set all interrupts
 *	watch->lock (kvm_watch.c)	which vCPUs a VMM has initialised; raw, for
 *					a kprobe's handler; no lock is inside it
 *	port->pl011.page.lock		whether the guest may read without a trap
 *	  kvm->slots_lock, if free	by kpl_vm_page_map()
 *	  KVM's mmu_lock		by kpl_vm_page_map() and _unmap()
 *	account_lock (account.c)	what each user has; no lock is inside it
 *	port->stream.lock		the stream, and what writes to it and
 *					goes with that: the PL011, the end of
 *					a port's life; taken by tasks alone
 *	  port->input.lock		the queue to the UART, and who may type
 *	    port->stream.wake.wait.lock
 *	  KVM's GIC locks		by kpl_vm_set_line()
 */
#ifndef KPL011_PORT_H
#define KPL011_PORT_H

#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/kpl011.h>
#include <linux/types.h>

#include "input.h"
#include "pl011.h"
#include "stream.h"

struct kpl_port;
struct kpl_vm;

/**
 * struct kpl_port_ops - what whoever has all ports is told of one
 * @gone: it is out of its VM; the reference of its attachment is handed over.
 *	  Called under port->stream.lock, together with the end of its life:
 *	  whoever has seen that finds done what this does.
 * @freed: nobody has it any more: free what it is in
 */
struct kpl_port_ops {
	void (*gone)(struct kpl_port *port);
	void (*freed)(struct kpl_port *port);
};

/**
 * struct kpl_port - a port
 * @dev: node and sysfs directory
 * @files: how many files are open
 * @ops: told what becomes of the port
 * @id: number for users
 * @name: for users
 * @attach_flags: KPL011_ATTACH_*
 * @gpa: guest-physical address of the registers
 * @intid: the interrupt
 * @vm: the attachment
 * @attach_ns: CLOCK_BOOTTIME at attach; under stream.lock, since sysfs has the
 *	       port before
 * @death_ns: CLOCK_BOOTTIME when the port was out of its VM, or 0; under
 *	      stream.lock
 * @stream: what the guest transmitted
 * @input: what the guest is to receive
 * @pl011: the PL011
 */
struct kpl_port {
	struct device dev;
	atomic_t files;
	const struct kpl_port_ops *ops;
	u32 id;
	char name[KPL011_NAME_SIZE];
	u32 attach_flags;
	u64 gpa;
	u32 intid;
	struct kpl_vm *vm;
	u64 attach_ns;
	u64 death_ns;

	struct kpl_stream stream;
	struct kpl_input input;
	struct kpl_pl011 pl011;
};

/**
 * struct kpl_port_config - what to attach
 * @name: NUL-terminated
 * @flags: KPL011_ATTACH_*
 * @gpa: guest-physical address of the registers
 * @intid: the interrupt
 * @ring_size: bytes of history, a power of two
 * @flow_ms: for how long lossless readers may hold up the guest, in
 *	     milliseconds
 * @state: the state that the UART begins with, or NULL
 */
struct kpl_port_config {
	char name[KPL011_NAME_SIZE];
	u32 flags;
	u64 gpa;
	u32 intid;
	u32 ring_size;
	u32 flow_ms;
	const struct kpl011_uart_state *state;
};

int kpl_port_init(struct kpl_port *port, const struct kpl_port_config *config,
		  struct kpl_vm *vm, const struct kpl_port_ops *ops);
void kpl_port_set_id(struct kpl_port *port, u32 id);
void kpl_port_free(struct kpl_port *port);
int kpl_port_attach(struct kpl_port *port);
int kpl_port_detach(struct kpl_port *port);

ssize_t kpl_port_write(struct kpl_port *port, struct kpl_typist *typist,
		       u32 others, const u8 *bytes, size_t n);
int kpl_port_inject(struct kpl_port *port, struct kpl_typist *typist, u16 ch);
bool kpl_port_is_in_vm(struct kpl_port *port);
u32 kpl_port_state(const struct kpl_port *port);
void kpl_port_info(struct kpl_port *port, struct kpl011_info *info);

#endif /* KPL011_PORT_H */
