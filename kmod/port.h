/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A port: one UART of one VM, what it transmitted and what it shall receive.
 *
 * Lifetime: the memory is that of @dev, and goes with its last reference. One
 * is held by the attachment to the VM, one by the registry from attach to
 * reap, and one by each open file (through the cdev). So whoever found a port
 * may use it, whatever happens to the VM; @live says whether there is one.
 *
 * Locks, outermost first:
 *
 *	registry_lock (registry.c)	the list of ports, reaping
 *	kvm->slots_lock			taken by kvm.c alone
 *	port->lock			the UART, the queue to it, the writing
 *					side of the ring, @live, the counters
 *	  port->wait.lock
 *	  KVM's GIC locks		by kpl_vm_set_line()
 */
#ifndef KPL011_PORT_H
#define KPL011_PORT_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/kfifo.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "ring.h"
#include "uart.h"

struct kpl_vm;

#define KPL_PORT_NAME_SIZE	64
#define KPL_PORT_RX_QUEUE	2048	/* characters; a power of two */
#define KPL_PORT_RX_ROOM	1024	/* poll(2) says writable from here on */

/**
 * struct kpl_port - a port
 * @dev: node and sysfs directory
 * @cdev: of the node
 * @link: in the registry
 * @id: number for users
 * @name: for users
 * @gpa: guest-physical address of the registers
 * @intid: the interrupt
 * @vm: the attachment; used for the line while @live, for facts always
 * @attach_ns: CLOCK_BOOTTIME at attach
 * @timeout: 32 bit times after a guest cleared a receive interrupt and left its
 *	     characters; about a tick
 * @death: tells user space, and lets the registry reap, after the VM went
 * @reaped: out of the registry; under registry_lock
 * @wait: readers for bytes, writers for room
 * @hungry: a reader found no byte at its position and wants to be woken
 * @ring: what the guest transmitted
 * @lock: see above
 * @live: the VM is there
 * @line: level of the interrupt that the VM's GIC took last
 * @uart: the UART
 * @tx_breaks: of those of @uart, how many were traced
 * @rx: what it shall receive, as characters for kpl_uart_rx_push()
 * @rx_full: a writer's character did not fit into @rx, and no writer was woken
 *	     since
 * @death_ns: CLOCK_BOOTTIME when the VM went, or 0
 * @rx_bytes: bytes taken for @rx
 * @rx_breaks: breaks taken for @rx
 * @reads: register reads
 * @writes: register writes
 * @interrupts: times that @line rose
 */
struct kpl_port {
	struct device dev;
	struct cdev cdev;
	struct list_head link;
	u32 id;
	char name[KPL_PORT_NAME_SIZE];
	u64 gpa;
	u32 intid;
	struct kpl_vm *vm;
	u64 attach_ns;
	struct delayed_work timeout;
	struct work_struct death;
	bool reaped;

	wait_queue_head_t wait;
	bool hungry;
	struct kpl_ring ring;

	spinlock_t lock; /* protects what follows, and writing the ring */
	bool live;
	bool line;
	struct kpl_uart uart;
	u64 tx_breaks;
	DECLARE_KFIFO(rx, u16, KPL_PORT_RX_QUEUE);
	bool rx_full;
	u64 death_ns;
	u64 rx_bytes;
	u64 rx_breaks;
	u64 reads;
	u64 writes;
	u64 interrupts;
};

/**
 * struct kpl_port_config - what to attach
 * @name: NUL-terminated
 * @gpa: guest-physical address of the registers
 * @intid: the interrupt
 * @ring_size: bytes of history, a power of two
 * @strict: as for kpl_uart_init()
 */
struct kpl_port_config {
	char name[KPL_PORT_NAME_SIZE];
	u64 gpa;
	u32 intid;
	u32 ring_size;
	bool strict;
};

/**
 * struct kpl_port_stats - a consistent copy of what changes
 * @live: the VM is there
 * @death_ns: CLOCK_BOOTTIME when it went, or 0
 * @tx_newest: position behind the newest transmitted byte
 * @tx_oldest: position of the oldest that is kept
 * @tx_breaks: breaks transmitted
 * @rx_bytes: bytes taken for the guest
 * @rx_queued: characters, breaks among them, that it has not read yet
 * @rx_breaks: breaks taken for the guest
 * @reads: register reads
 * @writes: register writes
 * @interrupts: times that the interrupt line rose
 */
struct kpl_port_stats {
	bool live;
	u64 death_ns;
	u64 tx_newest;
	u64 tx_oldest;
	u64 tx_breaks;
	u64 rx_bytes;
	u64 rx_queued;
	u64 rx_breaks;
	u64 reads;
	u64 writes;
	u64 interrupts;
};

struct kpl_port *kpl_port_create(const struct kpl_port_config *config,
				 struct kpl_vm *vm);
void kpl_port_free(struct kpl_port *port);
int kpl_port_attach(struct kpl_port *port);
void kpl_port_detach(struct kpl_port *port);
void kpl_port_stop(struct kpl_port *port);

size_t kpl_port_input(struct kpl_port *port, const u8 *bytes, size_t n);
int kpl_port_break(struct kpl_port *port);
bool kpl_port_hungry(struct kpl_port *port, u64 pos);
bool kpl_port_live(const struct kpl_port *port);
bool kpl_port_rx_room(struct kpl_port *port, unsigned int n);
void kpl_port_stats(struct kpl_port *port, struct kpl_port_stats *stats);

#endif /* KPL011_PORT_H */
