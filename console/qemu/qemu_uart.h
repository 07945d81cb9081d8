/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads QEMU's own PL011 of a VM through QEMU's monitor, while the VM is stopped.
 *
 * Between qemu_stop() and qemu_cont() signals that would end the program are
 * blocked, and every operation has a time limit of seconds. A guest that was
 * stopped is always continued, through a new connection if the first one fails.
 * In case this program is killed (SIGKILL) meanwhile, a process of its own, the
 * guard, waits to continue the guest.
 */
#ifndef KPL011_QEMU_UART_H
#define KPL011_QEMU_UART_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "qemu/qmp.h"
#include "qemu/takeover.h"

#define QEMU_PATH_SIZE 128

struct qemu {
	struct qmp *qmp;
	char path[QEMU_PATH_SIZE]; /* of the monitor's socket */
	pid_t pid;
	bool stopped;	/* by us */
	uint64_t until; /* when the guest has to run again, on the clock of clock_ms() */
	pid_t guard;	/* the process that continues the guest if this one ends */
	int guarded;	/* a pipe to the guard; its end tells the guard that we are gone */
	bool held;	/* signals are blocked; @signals is the mask before that */
	sigset_t signals;
	char reason[QMP_REASON_SIZE]; /* what failed, as a sentence */
};

/*
 * Puts at @path, which has @size bytes, the socket of a QEMU's monitor number @index, from 0.
 * 0, or a negative errno: there is no such monitor.
 */
typedef int qemu_monitor_cb(pid_t pid, size_t index, char *path, size_t size);

/**
 * qemu_open - connect to the monitor
 * @qemu: to be given to qemu_close(), also if this fails
 * @path: its socket; NULL: the first one that answers of those that @monitor tells of
 * @pid: the QEMU; 0: not known
 * @monitor: asked, without a @path, for the monitors in the command line of @pid
 *
 * Return: false if it fails; @qemu->reason says why
 */
bool qemu_open(struct qemu *qemu, const char *path, pid_t pid, qemu_monitor_cb *monitor);

/*
 * Stops the VM if it runs. qemu_cont() has to follow in any case: if this fails, the VM may be
 * stopped all the same.
 */
bool qemu_stop(struct qemu *qemu);

/**
 * qemu_read_uart - read the registers, and take received characters from the FIFO
 * @qemu: stopped
 * @gpa: guest-physical address of the registers
 * @uart: what was read; if this fails, what was taken until then
 *
 * Characters that do not fit into @uart stay in QEMU's FIFO.
 */
bool qemu_read_uart(struct qemu *qemu, uint64_t gpa, struct takeover *uart);

/**
 * qemu_drain_uart - discard received characters, and update the interrupt line
 * @qemu: stopped
 * @gpa: as above
 * @dropped: grows by the number of characters that are lost
 * @more: set to whether characters still came when the time was up
 *
 * Afterwards QEMU sets the line again to its UART's level, in case another UART has
 * changed the line without QEMU's knowledge.
 */
bool qemu_drain_uart(struct qemu *qemu, uint64_t gpa, size_t *dropped, bool *more);

/*
 * Continues the VM if it ran before qemu_stop(), and unblocks the signals. False: that
 * was not possible, or the VM is gone; @qemu->reason says why.
 */
bool qemu_cont(struct qemu *qemu);

void qemu_close(struct qemu *qemu);

#endif /* KPL011_QEMU_UART_H */
