// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "port.h"

struct kpl011_attach port_args(int vm_fd)
{
	return (struct kpl011_attach) {
		.size = sizeof(struct kpl011_attach),
		.vm_fd = vm_fd,
		.intid = KPL011_VIRT_INTID,
		.gpa = KPL011_VIRT_GPA,
		.name = "test",
	};
}

int port_attach(struct kpl011_attach *args)
{
	int control = open("/dev/kpl011/control", O_RDWR | O_CLOEXEC);
	int ret;

	if (control < 0)
		return -errno;
	ret = ioctl(control, KPL011_ATTACH, args) ? -errno : 0;
	close(control);
	return ret;
}

int port_open(unsigned int id, int flags)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/kpl011/%u", id);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int port_attach_open(struct kpl011_attach *args, int flags)
{
	int ret = port_attach(args);

	return ret ? ret : port_open(args->id, flags);
}

int port_info(int fd, struct kpl011_info *info)
{
	*info = (struct kpl011_info) { .size = sizeof(*info) };
	return ioctl(fd, KPL011_INFO, info) ? -errno : 0;
}

int port_break(int fd)
{
	struct kpl011_break args = { .size = sizeof(args) };

	return ioctl(fd, KPL011_BREAK, &args) ? -errno : 0;
}

int port_reap(int fd)
{
	struct kpl011_reap args = { .size = sizeof(args) };

	return ioctl(fd, KPL011_REAP, &args) ? -errno : 0;
}

int port_poll(int fd, short events)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	if (poll(&pfd, 1, 60000) < 0)
		return -errno;
	return pfd.revents;
}
