/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attaches a port to the VM of a process. If that fails, the result has the reason
 * and advice, as sentences for the user; nothing here prints.
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
	bool page;	  /* the guest may read registers without a trap */
	const char *name; /* NULL: from QEMU's -name, else the executable's with the PID */
	/* The UART's first state, or NULL: as after a reset. */
	const struct kpl011_uart_state *state;
	const int *found; /* what vmfind_search_some() returned, or NULL: search here */
};

struct attach_result {
	uint32_t id; /* valid if @known */
	bool known;  /* the VM has a port, attached now or earlier */
	char name[SOURCE_NAME_SIZE];
	int err;	  /* 0 or a negative errno */
	char reason[256]; /* why it failed, as a sentence */
	char advice[256]; /* what the user can do, or empty */
};

/* Sets the address and the interrupt of the first UART of QEMU's "virt" machine. */
void attach_defaults(struct attach_options *opts);

/* The name that a port of this process would get. -ESRCH: there is no such process. */
int attach_name(pid_t pid, const struct attach_options *opts, char name[SOURCE_NAME_SIZE]);

/*
 * Finds out, without attaching, whether attach_process() would fail before it reaches the
 * module, or the VM has a port already. STATUS_OK: no obstacle is known.
 */
enum status attach_probe(pid_t pid, const struct attach_options *opts,
			 struct attach_result *result);

/**
 * attach_process - find the VM of a process and attach a port to it
 * @control: the control device
 * @pid: the process
 * @opts: how to attach
 * @result: the port, or the reason for the failure; the port's name in both cases, if
 *	    there is such a process
 *
 * Return: STATUS_ATTACHED: the VM has a port at that address already
 */
enum status attach_process(int control, pid_t pid, const struct attach_options *opts,
			   struct attach_result *result);

#endif /* KPL011_ATTACH_H */
