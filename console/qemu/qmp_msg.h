/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages of a QEMU monitor (QMP), from whoever is at the other end. Pure.
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

/* Where one message ends in a stream; zeroed at the beginning of each. */
struct qmp_scan {
	size_t at; /* bytes looked at */
	unsigned int depth;
	bool in_string;
	bool escaped;
};

/**
 * qmp_scan - look for the end of a message
 * @scan: goes on where it was
 * @bytes: the stream from the message's beginning on
 * @len: as much as there is, never less than before
 *
 * A message is a JSON object, on one line or many, with blanks around it.
 *
 * Return: the bytes of the message, 0 if it has not ended, or -EBADMSG: this
 * begins no object
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
	json_t *value;	 /* of QMP_RETURN, for the caller to free */
	char error[160]; /* of QMP_ERROR, printable */
};

void qmp_msg_read(const char *bytes, size_t len, struct qmp_msg *msg);

/* query-status: whether vCPUs run. False is returned if it is not told. */
bool qmp_msg_running(const json_t *value, bool *running);

/**
 * qmp_msg_word - the answer to "xp /1wx @address"
 * @value: what human-monitor-command returned
 * @address: which must be the one that it tells of
 * @word: where it goes
 *
 * Return: whether it is that, and nothing else
 */
bool qmp_msg_word(const json_t *value, uint64_t address, uint32_t *word);

#endif /* KPL011_QMP_MSG_H */
