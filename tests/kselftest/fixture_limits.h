/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's limits as they were before each case, and VMs of several users
 * whose ports root attaches: the fixture of several programs.
 */
#ifndef KPL011_TEST_FIXTURE_LIMITS_H
#define KPL011_TEST_FIXTURE_LIMITS_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "harness.h"

#include "port.h"
#include "users.h"

#define USER	1000
#define OTHER	2000

static const char *const parameters[] = {
	"ports_max", "history_max", "dead_max", "all_ports_max", "all_history_max",
};
#define PARAMETERS	(sizeof(parameters) / sizeof(*parameters))

FIXTURE(limits) {
	long before[PARAMETERS];
};

FIXTURE_SETUP(limits)
{
	size_t i;

	users_reap();
	for (i = 0; i < PARAMETERS; i++)
		self->before[i] = users_parameter(parameters[i]);
}

FIXTURE_TEARDOWN(limits)
{
	size_t i;

	for (i = 0; i < PARAMETERS; i++)
		users_set_parameter(parameters[i], self->before[i]);
}

/* Attach port @n of a VM with @ring bytes of history: its id, or -errno. */
static inline int attach(int vm, unsigned int n, uint32_t ring)
{
	struct kpl011_attach args = port_args(vm);
	int ret;

	args.gpa = 0x10000000 + 0x1000ull * n;
	args.intid = KPL011_INTID_MIN + n;
	args.ring_size = ring;
	ret = port_attach(&args);
	return ret ? ret : (int)args.id;
}

static inline int detach(int fd)
{
	struct kpl011_detach args = { .size = sizeof(args) };

	return ioctl(fd, KPL011_DETACH, &args) ? -errno : 0;
}

/* Detach a port, and keep it: 0 or -errno. */
static inline int detach_id(int id)
{
	int fd = port_open(id, O_RDWR);
	int ret;

	if (fd < 0)
		return fd;
	ret = detach(fd);
	close(fd);
	return ret;
}

static inline bool is_there(int id)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/kpl011/%d", id);
	return !access(path, F_OK);
}

#endif
