/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gives VMs a port, as KVM announces them. Prints nothing.
 *
 * KVM sends its event just before the new VM's descriptor is there to be
 * found, so a VM that is not found is looked for again, a few milliseconds
 * later, on a timer of its own. QEMU makes other VMs for a moment to ask KVM
 * something; they come after the real one, whose descriptor is the lowest, and
 * are answered with EEXIST.
 */
#ifndef KPL011_WATCHER_H
#define KPL011_WATCHER_H

#include "guests/attach.h"
#include "base/loop.h"

struct watcher_ops {
	/*
	 * Optional: how to attach the VM of a process, which would be called
	 * @name; @opts has what holds for all. False: not at all.
	 */
	bool (*choose)(pid_t pid, const char *name, struct attach_options *opts, void *arg);
	/* @before: it had a port already. */
	void (*attached)(pid_t pid, const struct attach_result *result, bool before, void *arg);
	void (*refused)(pid_t pid, const struct attach_result *result, enum status status,
			void *arg);
	/* It went first; @name is empty if it is not known. */
	void (*vanished)(pid_t pid, const char *name, void *arg);
	/* A negative errno: -ENOBUFS, events were lost; else there will be no more. */
	void (*failed)(int err, void *arg);
	/* Optional: watcher_scan() is @through, or has come some of the way. */
	void (*scanned)(bool through, void *arg);
};

struct watcher;

/**
 * watcher_new - begin to listen
 * @loop: the loop
 * @control: what port_control_open() returned; stays the caller's. Negative: it
 *	     is opened for each VM, and the module may go meanwhile
 * @opts: how to attach
 * @glob: only VMs whose name matches, or NULL
 * @ops: what it calls
 * @arg: for @ops
 * @watcher: the watcher
 *
 * Return: 0 or a negative errno of listening to the kernel
 */
int watcher_new(struct loop *loop, int control, const struct attach_options *opts, const char *glob,
		const struct watcher_ops *ops, void *arg, struct watcher **watcher);
void watcher_free(struct watcher *watcher);

/*
 * Tries the VMs that run, in turns of the loop that take WATCHER_TURN_NS, whatever processes
 * there are; ops->scanned() tells. 0, or the negative errno of looking for them.
 */
#define WATCHER_TURN_NS ((uint64_t)10 * 1000000)
int watcher_scan(struct watcher *watcher);

/* The same in one go. */
int watcher_scan_now(struct watcher *watcher);

#endif /* KPL011_WATCHER_H */
