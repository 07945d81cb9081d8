/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection to a QEMU's monitor (QMP). All functions that communicate block,
 * for a bounded time.
 */
#ifndef KPL011_QMP_H
#define KPL011_QMP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

/* Bytes of a sentence that says why something failed; printable. */
#define QMP_REASON_SIZE 256

struct qmp;

/**
 * qmp_open - connect to a monitor, and wait for its greeting
 * @path: the socket
 * @pid: the process that has to listen there; 0: any
 * @until: give up at this time of clock_ms()
 * @reason: filled if it fails
 *
 * At each socket QEMU serves one program at a time: the next one waits for its
 * greeting.
 *
 * Return: NULL if it fails
 */
struct qmp *qmp_open(const char *path, pid_t pid, uint64_t until, char reason[QMP_REASON_SIZE]);

/**
 * qmp_adopt - wait for the greeting at a socket that was given to a QEMU
 * @fd: the socket, connected; qmp_close() closes it, as does a failure
 * @stop: a descriptor, or -1: when it becomes readable all waits end (ECANCELED);
 *	  it stays the caller's
 * @until: as above
 * @reason: as above
 *
 * Return: NULL if it fails; errno says why
 */
struct qmp *qmp_adopt(int fd, int stop, uint64_t until, char reason[QMP_REASON_SIZE]);

/**
 * qmp_execute - send a command, and wait for its result
 * @qmp: the connection
 * @command: its name
 * @arguments: a reference, which this function takes over, or NULL
 * @until: give up at this time of clock_ms()
 * @value: set to a new reference to what the command returned; NULL: not wanted
 * @reason: filled if it fails
 *
 * Return: 0; -EREMOTEIO: QEMU refused the command; any other negative errno: the
 * connection cannot be used any more, and QEMU may have executed the command
 */
int qmp_execute(struct qmp *qmp, const char *command, json_t *arguments, uint64_t until,
		json_t **value, char reason[QMP_REASON_SIZE]);

void qmp_close(struct qmp *qmp);

#endif /* KPL011_QMP_H */
