// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whatever the module allocates while it is loaded fails once, one after the
 * other, on a kernel with fault injection: nothing is left of a module that
 * could not be loaded.
 */
#include <sys/syscall.h>

#include "fixture_faults.h"

#define MODULE		"/lib/kpl011/kpl011.ko"

static int module_fd;

static int call_load(FIXTURE_DATA(faults) *self)
{
	return syscall(SYS_finit_module, module_fd, "", 0) ? -errno : 0;
}

/* What the loader itself allocates and copies is not ours, and not all may fail (event_file_put()). */
TEST_F(faults, module_that_cannot_be_loaded_leaves_nothing)
{
	unsigned long start, end;
	bool failed = true;
	unsigned int n;
	int ret;

	if (self->missing)
		SKIP(return, "%s", self->missing);
	module_fd = open(MODULE, O_RDONLY | O_CLOEXEC);
	if (module_fd < 0)
		SKIP(return, "no module to load anew");
	ASSERT_TRUE(function_range("do_one_initcall", &start, &end));
	vm_destroy(&self->vm);
	port_poll(self->fd, 0);
	port_reap(self->fd);
	close(self->fd);
	self->fd = -1;
	while (syscall(SYS_delete_module, "kpl011", O_NONBLOCK))
		ASSERT_TRUE(errno == EBUSY || errno == EAGAIN);

	ASSERT_EQ(0, only_called_from(start, end));
	for (n = 1; failed && n < MOST; n++) {
		arm(self, n);
		ret = call_load(self);
		failed = disarm(self);
		if (ret) {
			EXPECT_TRUE(failed);
			EXPECT_EQ(-ENOMEM, ret);
			EXPECT_NE(0, syscall(SYS_delete_module, "kpl011", O_NONBLOCK));
		} else {
			ASSERT_EQ(0, syscall(SYS_delete_module, "kpl011", O_NONBLOCK));
		}
	}
	ASSERT_EQ(0, only_called_from(0, -1UL));
	EXPECT_GT(MOST, n);
	EXPECT_LT(10, n);

	ASSERT_EQ(0, call_load(self));
	close(module_fd);
	ASSERT_EQ(0, vm_create(&self->vm, false));
}

TEST_HARNESS_MAIN
