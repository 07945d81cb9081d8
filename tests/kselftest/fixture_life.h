/* SPDX-License-Identifier: GPL-2.0-only */
/* A port of a VM whose lines are level-triggered: the fixture of several programs. */
#ifndef KPL011_TEST_FIXTURE_LIFE_H
#define KPL011_TEST_FIXTURE_LIFE_H

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "harness.h"

#include "port.h"
#include "vm.h"

#define REG(offset)	(VM_UART_GPA + (offset))
#define GICD_ICFGR2	(VM_GICD_GPA + 0xc08)	/* INTIDs 32 to 47: 0 is level */

FIXTURE(life) {
	struct vm vm;
	struct kpl011_attach args;
	int fd;
};

FIXTURE_SETUP(life)
{
	ASSERT_EQ(0, vm_create(&self->vm, true));
	ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, 0, 1));
	self->args = port_args(self->vm.fd);
	self->fd = port_attach_open(&self->args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(life)
{
	vm_destroy(&self->vm);
	port_poll(self->fd, 0);
	port_reap(self->fd);
	close(self->fd);
}

static inline int detach(int fd)
{
	struct kpl011_detach args = { .size = sizeof(args) };

	return ioctl(fd, KPL011_DETACH, &args) ? -errno : 0;
}

#endif
