// SPDX-License-Identifier: GPL-2.0-only
#include "guests/uevent.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "base/human.h"

/* The multicast group of the kernel's own events; 2 has those that udev passes on. */
#define KERNEL_GROUP 1

/* Bytes of a message at most: the kernel's have up to 2 KiB and a path. */
#define MESSAGE_MAX 8192

#define RECEIVE_BUFFER (1024 * 1024)

int uevent_open(void)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = KERNEL_GROUP,
	};
	int size = RECEIVE_BUFFER;
	int on = 1;
	int err;
	int fd;

	fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	if (fd < 0)
		return -errno;
	/* Only root may exceed net.core.rmem_max. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

/* Any process may send to such a socket; the kernel sends from port 0, as pid 0 and root. */
static bool from_kernel(struct msghdr *msg)
{
	const struct sockaddr_nl *sender = msg->msg_name;
	struct cmsghdr *control = CMSG_FIRSTHDR(msg);
	struct ucred creds;

	if (msg->msg_namelen != sizeof(*sender) || sender->nl_pid ||
	    sender->nl_groups != KERNEL_GROUP)
		return false;
	if (!control || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_CREDENTIALS)
		return false;
	memcpy(&creds, CMSG_DATA(control), sizeof(creds));
	return creds.pid == 0 && creds.uid == 0;
}

int uevent_read(int fd, pid_t *pid)
{
	char control[CMSG_SPACE(sizeof(struct ucred))];
	char text[MESSAGE_MAX];
	struct sockaddr_nl sender;
	struct iovec iov = { .iov_base = text, .iov_len = sizeof(text) };
	struct msghdr msg = {
		.msg_name = &sender,
		.msg_namelen = sizeof(sender),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;

	n = recvmsg(fd, &msg, 0);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if ((msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || !from_kernel(&msg))
		return 0;
	return uevent_parse(text, (size_t)n, pid);
}

bool uevent_parse(const char *text, size_t len, pid_t *pid)
{
	const char *end = text + len;
	bool misc = false;
	bool kvm = false;
	bool create = false;
	uint64_t number = 0;

	while (text < end) {
		size_t n = strnlen(text, (size_t)(end - text));

		/* The last string has no NUL: it was cut off. */
		if (text + n == end)
			break;
		if (!strcmp(text, "SUBSYSTEM=misc"))
			misc = true;
		else if (!strcmp(text, "DEVNAME=kvm"))
			kvm = true;
		else if (!strcmp(text, "EVENT=create"))
			create = true;
		else if (!strncmp(text, "PID=", 4) && !human_parse(text + 4, 1, INT_MAX, &number))
			return false;
		text += n + 1;
	}
	if (!misc || !kvm || !create || !number)
		return false;
	*pid = (pid_t)number;
	return true;
}
