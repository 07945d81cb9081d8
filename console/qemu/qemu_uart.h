/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's own PL011 of a VM, seen through QEMU's monitor while the VM stands
 * still.
 *
 * Between qemu_stop() and qemu_cont() signals that would end the program wait,
 * and nothing takes longer than a few seconds: a guest that was stopped is
 * continued, through another connection if need be, whatever becomes of the
 * first. A process of its own waits meanwhile, and does that for a program that
 * is killed (SIGKILL).
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
	uint64_t until; /* the guest is to go on by then */
	pid_t guard;	/* continues it if we end before */
	int guarded;	/* is closed by our end */
	bool held;	/* signals are, as before was @signals */
	sigset_t signals;
	char reason[QMP_REASON_SIZE]; /* what failed */
};

/**
 * qemu_open - connect to the monitor
 * @qemu: to be given to qemu_close(), also when it fails
 * @path: its socket, or NULL: the first that QEMU's command line has and that
 *	  answers
 * @pid: the QEMU, or 0: not known
 *
 * Return: false if it fails; @qemu->reason says why
 */
bool qemu_open(struct qemu *qemu, const char *path, pid_t pid);

/* Stops the VM if it runs. False: it may be stopped; qemu_cont() is due in any case. */
bool qemu_stop(struct qemu *qemu);

/**
 * qemu_read_uart - read the registers, and take what was received
 * @qemu: stopped
 * @gpa: guest-physical address of the registers
 * @uart: what was read; also when it fails, what was taken until then
 *
 * What does not fit into @uart stays where it is.
 */
bool qemu_read_uart(struct qemu *qemu, uint64_t gpa, struct takeover *uart);

/**
 * qemu_drain_uart - take what was received, and have the interrupt follow
 * @qemu: stopped
 * @gpa: as above
 * @dropped: grows by the number of characters that are lost
 * @more: more and more came, and there was no time to take it all
 *
 * The line is driven anew, for what QEMU thinks that it told the VM.
 */
bool qemu_drain_uart(struct qemu *qemu, uint64_t gpa, size_t *dropped, bool *more);

/*
 * The VM goes on if it did when it was stopped. False: it could not be had to,
 * or it is gone; @qemu->reason says why.
 */
bool qemu_cont(struct qemu *qemu);

void qemu_close(struct qemu *qemu);

#endif /* KPL011_QEMU_UART_H */
