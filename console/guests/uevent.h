/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM's announcements of new VMs: kernel uevents over netlink.
 */
#ifndef KPL011_UEVENT_H
#define KPL011_UEVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Opens the socket, which does not block. Returns it, or a negative errno. */
int uevent_open(void);

/**
 * uevent_read - read one message
 * @fd: what uevent_open() returned
 * @pid: set to the process that has created a VM
 *
 * Return: 1: @pid is set; 0: the message is about something else, or not from the
 * kernel; -EAGAIN: there is none; -ENOBUFS: messages were lost; or another negative
 * errno
 */
int uevent_read(int fd, pid_t *pid);

/*
 * The pure part: whether a message says that a VM was created. @text: its @len bytes,
 * "ACTION@PATH" and KEY=VALUE strings, each with its NUL.
 */
bool uevent_parse(const char *text, size_t len, pid_t *pid);

#endif /* KPL011_UEVENT_H */
