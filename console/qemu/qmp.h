/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection to the monitor of a QEMU (QMP). Everything here waits, for a
 * bounded time.
 */
#ifndef KPL011_QMP_H
#define KPL011_QMP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

/* Why something failed, printable. */
#define QMP_REASON_SIZE 256

struct qmp;

/* Milliseconds of a clock that only grows. */
uint64_t qmp_now(void);

/**
 * qmp_open - connect, and be let in
 * @path: the socket
 * @pid: the process that shall listen there, or 0: any
 * @until: give up at this time of qmp_now()
 * @reason: filled when it fails
 *
 * QEMU talks to one program at a time at each socket: the next one waits.
 *
 * Return: NULL if it fails
 */
struct qmp *qmp_open(const char *path, pid_t pid, uint64_t until, char reason[QMP_REASON_SIZE]);

/**
 * qmp_adopt - be let in at a socket that a QEMU was given
 * @fd: the socket, connected; taken over, also when it fails
 * @stop: a descriptor, or -1: when it is readable nothing is waited for any
 *	  more (-ECANCELED); it stays the caller's
 * @until: as above
 * @reason: as above
 *
 * Return: NULL if it fails; errno has why
 */
struct qmp *qmp_adopt(int fd, int stop, uint64_t until, char reason[QMP_REASON_SIZE]);

/**
 * qmp_execute - have a command carried out
 * @qmp: the connection
 * @command: its name
 * @arguments: a new reference, which is taken, or NULL
 * @until: give up at this time of qmp_now()
 * @value: what it returned, for the caller to free; or NULL: of no interest
 * @reason: filled when it fails
 *
 * Return: 0; -EREMOTEIO: QEMU refuses; else the connection is of no use any
 * more, and whether the command was carried out is not known
 */
int qmp_execute(struct qmp *qmp, const char *command, json_t *arguments, uint64_t until,
		json_t **value, char reason[QMP_REASON_SIZE]);

void qmp_close(struct qmp *qmp);

#endif /* KPL011_QMP_H */
