/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM's announcements of new VMs: kernel uevents over netlink.
 */
#ifndef KPL011_UEVENT_H
#define KPL011_UEVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Opens the socket, not blocking; a negative errno. */
int uevent_open(void);

/**
 * uevent_read - take one message
 * @fd: what uevent_open() returned
 * @pid: the process that has created a VM
 *
 * Return: 1 and @pid, 0 for a message that says nothing of this kind or is not
 * the kernel's, -EAGAIN: there is none, -ENOBUFS: messages were lost
 */
int uevent_read(int fd, pid_t *pid);

/*
 * The pure part: whether the @len bytes at @text, "ACTION@PATH" and KEY=VALUE
 * strings each with its NUL, say that a VM was created.
 */
bool uevent_parse(const char *text, size_t len, pid_t *pid);

#endif /* KPL011_UEVENT_H */
