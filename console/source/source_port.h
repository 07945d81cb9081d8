/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's ports: a port as a source, how to put one into a VM, and what can be
 * done to a port as a whole. Only source_port.c and source_port_page.c know the
 * ABI, except for the UART's registers and state, which have a header of their own
 * (linux/kpl011_uart.h).
 */
#ifndef KPL011_SOURCE_PORT_H
#define KPL011_SOURCE_PORT_H

#include "source/source.h"

struct kpl011_uart_state;

#define PORT_PATH_SIZE 512

/* What the ABI allows. */
struct port_limits {
	uint64_t virt_gpa; /* the first UART of QEMU's "virt" machine */
	uint32_t virt_intid;
	uint32_t intid_min;
	uint32_t intid_max;
	uint32_t page_size; /* an address is a multiple of it */
	uint32_t ring_min;  /* a power of two between these */
	uint32_t ring_max;
	uint32_t ring_default;
};

extern const struct port_limits port_limits;

struct port_request {
	int vm_fd;
	uint64_t gpa;
	uint32_t intid;
	uint32_t ring_size; /* 0: the default */
	bool strict;
	bool page;
	const char *name;
	const struct kpl011_uart_state *state; /* to begin with; NULL: that after a reset */
};

/* Registers by offset / 4, then the ids together, then all else. */
#define PORT_REG_IDS 36
#define PORT_REG_OTHER 37
#define PORT_REGS 38

/* Everything that is known about a port. */
struct port_info {
	struct source_facts facts;
	bool strict;
	bool no_flow;
	uint32_t flow_ms;
	uint64_t tx_lost;
	uint64_t resets;
	uint64_t flow_stalls;
	uint64_t flow_stall_ns;
	uint64_t flow_drops;
	uint64_t reads_of[PORT_REGS];
	uint64_t writes_of[PORT_REGS];
	const char *page; /* whether reads trap, and why: see port_page_text() */
	uint64_t page_maps;
	uint64_t page_unmaps;
	uint64_t page_cleans;
};

/*
 * The name of a KPL011_PAGE_* value, as in sysfs: "off", "unmapped", "mapped"; or why
 * there is no page although one was asked for.
 */
const char *port_page_text(uint32_t page);

/* The directory of the device nodes: $KPL011_DEV_DIR, else /dev/kpl011. */
const char *port_dir(void);

/* The node of a port, or of the control device if @id is negative. */
const char *port_path(int64_t id, char path[PORT_PATH_SIZE]);

/* Opens the control device. Returns a descriptor, which the caller closes, or a negative errno. */
int port_control_open(void);

/**
 * port_attach - put a port into a VM
 * @control: what port_control_open() returned
 * @req: the request
 * @id: the new port's number
 *
 * Return: 0, or the negative errno that the ABI lists
 */
int port_attach(int control, const struct port_request *req, uint32_t *id);

/**
 * port_open - open a port
 * @id: its number
 * @writable: to write, send breaks and reap, besides reading
 * @src: the source, to be closed with source_close()
 *
 * Return: 0, or a negative errno: -ENOENT there is none, -EACCES not yours
 */
int port_open(uint32_t id, bool writable, struct source **src);

/*
 * These return 0 or a negative errno: those of port_open(), or -ENODEV if the port is
 * not attached any more. port_state_set() also returns -EINVAL if no UART can be in
 * that state; nothing was changed then.
 */
int port_detach(uint32_t id);
int port_reset(uint32_t id);
int port_info(uint32_t id, struct port_info *info);
int port_state_get(uint32_t id, struct kpl011_uart_state *state);
int port_state_set(uint32_t id, const struct kpl011_uart_state *state);

#endif /* KPL011_SOURCE_PORT_H */
