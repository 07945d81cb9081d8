/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends lines of guests, and alerts, to the journal by its native protocol
 * (https://systemd.io/JOURNAL_NATIVE_PROTOCOL). libsystemd would wait for a slow journal, and all
 * guests with it.
 */
#ifndef KPL011_JOURNAL_H
#define KPL011_JOURNAL_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

/* Bytes of a line, at most. */
#define JOURNAL_LINE_MAX 16384

struct journal_alert;

struct journal_line {
	const char *guest; /* GUEST= */
	uid_t uid;	   /* UID=: the guest's owner */
	const char *user;  /* USER=: the same by name */
	const char *boot;  /* BOOT=: a UUID */
	uint32_t port;	   /* PORT= */
	pid_t pid;	   /* PID=, unless 0 */
	uint64_t pos;	   /* KPL011_POSITION=: the position of its first byte */
	int64_t time;	   /* KPL011_REALTIME_USEC=: nanoseconds since 1970; 0: not known */
	const char *text;  /* UTF-8 without its newline */
	size_t len;
	const struct journal_alert *alert; /* NULL: it is a line of the guest */
};

/* The additional fields of an alert's entry. */
struct journal_alert {
	const char *name;  /* ALERT= */
	int priority;	   /* PRIORITY= */
	uint64_t count;	   /* ALERT_COUNT= */
	const char *lines; /* ALERT_LINES=, with newlines between */
	const char *after; /* more of these: the lines after the match */
};

/* Returns a socket to send with, or a negative errno. */
int journal_open(void);

/**
 * journal_send - send a line
 * @fd: what journal_open() returned
 * @path: where the journal listens
 * @line: the line
 *
 * Return: 0; -EAGAIN: the journal is slow; -ETIMEDOUT: it has taken nothing for half a minute,
 * like one that is stopped while systemd keeps its socket open; or another negative errno
 */
int journal_send(int fd, const char *path, const struct journal_line *line);

/* The text of an error for messages. */
static inline const char *journal_error(int err)
{
	return err == -ETIMEDOUT ? "it has taken nothing for half a minute" : strerror(-err);
}

#endif /* KPL011_JOURNAL_H */
