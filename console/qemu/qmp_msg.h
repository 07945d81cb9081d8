/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads messages of a QEMU monitor (QMP). Does not trust the peer. Pure.
 */
#ifndef KPL011_QMP_MSG_H
#define KPL011_QMP_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

/* Longer messages are not read. */
#define QMP_MSG_MAX 65536

/* The state of qmp_scan(); all zeroes before each message. */
struct qmp_scan {
	size_t at; /* bytes scanned so far */
	unsigned int depth;
	bool in_string;
	bool escaped;
};

/**
 * qmp_scan - look for the end of a message
 * @scan: the state; each call continues where the last one stopped
 * @bytes: the stream, from the beginning of the message on
 * @len: bytes received so far, never fewer than before
 *
 * A message is a JSON object, on one line or several, with white space around it.
 *
 * Return: the bytes of the message; 0: it has not ended yet; -EBADMSG: this is not
 * an object
 */
ssize_t qmp_scan(struct qmp_scan *scan, const char *bytes, size_t len);

enum qmp_kind {
	QMP_GARBAGE,
	QMP_GREETING,
	QMP_EVENT,
	QMP_RETURN,
	QMP_ERROR,
};

struct qmp_msg {
	enum qmp_kind kind;
	json_int_t id;	 /* of the command that it answers, or -1 */
	json_t *value;	 /* of QMP_RETURN, a reference for the caller; otherwise NULL */
	char error[160]; /* of QMP_ERROR, printable */
};

void qmp_msg_read(const char *bytes, size_t len, struct qmp_msg *msg);

/* The result of query-status: @running: whether vCPUs run. False: the result does not say so. */
bool qmp_msg_running(const json_t *value, bool *running);

/**
 * qmp_msg_word - read the answer to "xp /1wx @address"
 * @value: what human-monitor-command returned
 * @address: the address that has to be in the answer
 * @word: set to the word
 *
 * Return: whether the answer is exactly that
 */
bool qmp_msg_word(const json_t *value, uint64_t address, uint32_t *word);

#endif /* KPL011_QMP_MSG_H */
