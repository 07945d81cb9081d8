/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attaches VMs as KVM announces them. Prints nothing.
 *
 * KVM sends its event just before the new VM's descriptor can be found. If a VM
 * is not found, a timer tries again a few milliseconds later. QEMU makes other
 * VMs for a moment to ask KVM something. They come after the real one, whose
 * descriptor is the lowest, so that the module answers with EEXIST.
 */
#ifndef KPL011_WATCHER_H
#define KPL011_WATCHER_H

#include "guests/attach.h"
#include "base/loop.h"

struct watcher_ops {
	/*
	 * Optional: chooses how to attach the VM of a process; its port would be
	 * called @name. @opts has the watcher's options and may be changed. False:
	 * do not attach it.
	 */
	bool (*choose)(pid_t pid, const char *name, struct attach_options *opts, void *arg);
	/* @before: the VM had its port already. */
	void (*attached)(pid_t pid, const struct attach_result *result, bool before, void *arg);
	void (*refused)(pid_t pid, const struct attach_result *result, enum status status,
			void *arg);
	/*
	 * Optional: the VM was gone before it could be attached. Most likely the VMM made it only
	 * to ask KVM something. @name may be empty: not known.
	 */
	void (*vanished)(pid_t pid, const char *name, void *arg);
	/* -ENOBUFS: events were lost. Any other negative errno: no more events will come. */
	void (*failed)(int err, void *arg);
	/* Optional: a turn of watcher_scan() is over; @through: it was the last one. */
	void (*scanned)(bool through, void *arg);
};

struct watcher;

/**
 * watcher_new - start to listen for new VMs
 * @loop: the loop
 * @control: what port_control_open() returned; stays the caller's. Negative: open
 *	     it for each VM, so that the module can be unloaded in between
 * @opts: how to attach
 * @glob: attach only VMs whose name matches this; NULL: all
 * @ops: what it calls
 * @arg: for @ops
 * @watcher: set to the watcher
 *
 * Return: 0; -ENOMEM; or a negative errno of opening the netlink socket
 */
int watcher_new(struct loop *loop, int control, const struct attach_options *opts, const char *glob,
		const struct watcher_ops *ops, void *arg, struct watcher **watcher);
void watcher_free(struct watcher *watcher);

/*
 * Starts to attach the VMs that run already, in turns of the loop that take WATCHER_TURN_NS
 * however many processes there are; calls ops->scanned() after each. 0, or a negative errno of
 * opening /proc.
 */
#define WATCHER_TURN_NS ((uint64_t)10 * 1000000)
int watcher_scan(struct watcher *watcher);

/* The same at once, before it returns. */
int watcher_scan_now(struct watcher *watcher);

#endif /* KPL011_WATCHER_H */
