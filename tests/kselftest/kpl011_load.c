// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module is loaded and removed: what keeps it, and what a new one begins with.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "harness.h"

#include "port.h"
#include "users.h"
#include "vm.h"

#define CONTROL		"/dev/kpl011/control"
#define FTRACE		"/proc/sys/kernel/ftrace_enabled"

/* @was: what the module was loaded with; @missing: why it cannot be loaded anew, or NULL. */
FIXTURE(load) {
	struct vm vm;
	struct kpl011_attach args;
	const char *missing;
	char was[16];
	int module;
};

static int load(int module, const char *parameters)
{
	return syscall(SYS_finit_module, module, parameters, 0) ? -errno : 0;
}

/* What was closed may go on for a moment, and what is in use for longer than that. */
static int take_out(void)
{
	unsigned int tries;

	for (tries = 0; tries < 500; tries++) {
		if (!syscall(SYS_delete_module, "kpl011", O_NONBLOCK))
			return 0;
		if (errno != EAGAIN)
			break;
		usleep(10000);
	}
	return -errno;
}

/* Whether functions of the kernel can be followed, for all of it: 0 or -errno. */
static int set_ftrace(char on)
{
	int fd = open(FTRACE, O_WRONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, &on, 1) == 1 ? 0 : -errno;
	close(fd);
	return ret;
}

FIXTURE_SETUP(load)
{
	int page = open("/sys/module/kpl011/parameters/page", O_RDONLY);

	users_reap();
	ASSERT_EQ(0, vm_create(&self->vm, true));
	self->args = port_args(self->vm.fd);
	strcpy(self->was, "page=");
	ASSERT_LT(0, read(page, self->was + 5, sizeof(self->was) - 6));
	close(page);
	self->module = open("/lib/kpl011/kpl011.ko", O_RDONLY | O_CLOEXEC);
	if (self->module < 0)
		self->missing = "no module to load anew";
	else if (take_out())
		self->missing = "the module is in use";
	else
		ASSERT_EQ(0, load(self->module, self->was));
}

FIXTURE_TEARDOWN(load)
{
	vm_destroy(&self->vm);
	close(self->module);
}

/* ABI: "Ids count up from 0" */
TEST_F(load, first_id_of_a_module_is_0)
{
	if (self->missing)
		SKIP(return, "%s", self->missing);
	EXPECT_EQ(0, port_attach(&self->args));
	EXPECT_EQ(0, self->args.id);
}

TEST_F(load, module_stays_while_a_port_is_attached)
{
	ASSERT_EQ(0, port_attach(&self->args));
	EXPECT_EQ(-1, syscall(SYS_delete_module, "kpl011", O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);
}

TEST_F(load, module_stays_while_its_control_node_is_open)
{
	int control = open(CONTROL, O_RDWR | O_CLOEXEC);

	if (self->missing)
		SKIP(return, "%s", self->missing);
	ASSERT_LE(0, control);
	EXPECT_EQ(-1, syscall(SYS_delete_module, "kpl011", O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);
	close(control);
	EXPECT_EQ(0, take_out());
	EXPECT_EQ(0, load(self->module, self->was));
}

static int page_of(struct kpl011_attach *args)
{
	struct kpl011_info info;
	int fd, ret;

	args->flags |= KPL011_ATTACH_PAGE;
	fd = port_attach_open(args, O_RDONLY);
	if (fd < 0)
		return fd;
	ret = port_info(fd, &info);
	close(fd);
	return ret ? ret : (int)info.page;
}

/*
 * Were memory put over a port, it would not know. So nobody switches that off later,
 * either.
 *
 * ABI: "KVM lacks what is needed, or cannot be followed"
 */
TEST_F(load, reads_trap_where_the_memory_slots_cannot_be_followed)
{
	int page, off, ret;

	if (self->missing)
		SKIP(return, "%s", self->missing);
	if (access(FTRACE, W_OK))
		SKIP(return, "no function tracer");
	page = page_of(&self->args);
	ASSERT_LE(0, page);
	vm_destroy(&self->vm);
	if (page == KPL011_PAGE_UNMAPPED)
		EXPECT_GT(0, set_ftrace('0'));
	ASSERT_EQ(0, take_out());
	off = set_ftrace('0');
	ret = load(self->module, self->was);
	EXPECT_EQ(0, set_ftrace('1'));
	ASSERT_EQ(0, ret);
	if (off == -EOPNOTSUPP)
		SKIP(return, "this kernel never switches it off");
	ASSERT_EQ(0, off);
	ASSERT_EQ(0, vm_create(&self->vm, true));
	self->args = port_args(self->vm.fd);
	EXPECT_EQ(page == KPL011_PAGE_UNMAPPED ? KPL011_PAGE_NO_FUNCTION : page,
		  page_of(&self->args));
	vm_destroy(&self->vm);
	ASSERT_EQ(0, take_out());
	EXPECT_EQ(0, load(self->module, self->was));
}

TEST_HARNESS_MAIN
