/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Giving the VM of a process a port, and saying why not.
 */
#ifndef KPL011_ATTACH_H
#define KPL011_ATTACH_H

#include "source/source.h"
#include "base/status.h"

struct kpl011_uart_state;

struct attach_options {
	uint64_t gpa;
	uint32_t intid;
	uint32_t ring_size;
	bool strict;	  /* no byte crosses a UART that the guest did not enable */
	bool page;	  /* reads need not trap */
	const char *name; /* NULL: what the process calls the VM */
	/* What the UART begins with, or NULL: as after a reset. */
	const struct kpl011_uart_state *state;
	const int *found; /* what vmfind_search_some() said of it, or NULL: it is looked for */
};

struct attach_result {
	uint32_t id; /* valid if @known */
	bool known;  /* attached, now or before */
	char name[SOURCE_NAME_SIZE];
	int err;	  /* what failed, a negative errno */
	char reason[256]; /* the sentence for it */
	char advice[256]; /* what to do, or empty */
};

/* What QEMU's "virt" machine needs. */
void attach_defaults(struct attach_options *opts);

/* What a port of this process would be called. -ESRCH: there is none. */
int attach_name(pid_t pid, const struct attach_options *opts, char name[SOURCE_NAME_SIZE]);

/* As attach_process(), but only whether anything is known to be in the way. */
enum status attach_probe(pid_t pid, const struct attach_options *opts,
			 struct attach_result *result);

/**
 * attach_process - find the VM of a process and attach
 * @control: the control device
 * @pid: the process
 * @opts: how
 * @result: the port, or the reason; its name in any case
 *
 * Prints nothing.
 */
enum status attach_process(int control, pid_t pid, const struct attach_options *opts,
			   struct attach_result *result);

#endif /* KPL011_ATTACH_H */
