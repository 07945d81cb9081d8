/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A port, and a kernel that has what a test wants to fail: the fixture of several
 * programs.
 */
#ifndef KPL011_TEST_FIXTURE_FAULTS_H
#define KPL011_TEST_FIXTURE_FAULTS_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "harness.h"

#include "kernel.h"
#include "port.h"
#include "users.h"
#include "vm.h"

#define REG(offset)	(VM_UART_GPA + (offset))
#define FAULTS		"/sys/kernel/debug/"
#define MOST		2000	/* no call has as many */

FIXTURE(faults) {
	struct vm vm;
	struct kpl011_attach args;
	int fd;
	int nth;		/* /proc/thread-self/fail-nth */
	unsigned int injected;
	const char *missing;
};

/* What fails has a call from [@start, @end) on its stack. */
static inline int only_called_from(unsigned long start, unsigned long end)
{
	static const char *const faults[] = { FAULTS "failslab/", FAULTS "fail_page_alloc/",
					      FAULTS "fail_usercopy/" };
	char path[64], text[32];
	unsigned int i;
	int ret = 0;

	for (i = 0; i < 3 && !ret; i++) {
		snprintf(path, sizeof(path), "%srequire-start", faults[i]);
		snprintf(text, sizeof(text), "0x%lx", start);
		ret = put(path, text);
		snprintf(path, sizeof(path), "%srequire-end", faults[i]);
		snprintf(text, sizeof(text), "0x%lx", end);
		ret = ret ?: put(path, text);
	}
	return ret;
}

FIXTURE_SETUP(faults)
{
	self->fd = -1;
	self->injected = 0;
	self->nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	self->missing = NULL;
	if (self->nth < 0 || put(FAULTS "failslab/ignore-gfp-wait", "N") ||
	    put(FAULTS "fail_page_alloc/ignore-gfp-wait", "N") ||
	    put(FAULTS "fail_page_alloc/min-order", "0") ||
	    put(FAULTS "failslab/verbose", "0") ||
	    put(FAULTS "fail_page_alloc/verbose", "0") ||
	    put(FAULTS "fail_usercopy/verbose", "0")) {
		self->missing = "needs root, and a kernel with fault injection";
		return;
	}
	/* Should a case before this one have ended in the middle. */
	only_called_from(0, -1UL);
	users_reap();
	ASSERT_EQ(0, vm_create(&self->vm, true));
	self->args = port_args(self->vm.fd);
	self->fd = port_attach_open(&self->args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(faults)
{
	if (!self->missing) {
		printf("# %u failures injected\n", self->injected);
		fflush(stdout);
		vm_destroy(&self->vm);
		port_poll(self->fd, 0);
		port_reap(self->fd);
	}
	close(self->fd);
	close(self->nth);
}

/* Have the n-th of what may fail in this thread fail. */
static inline void arm(FIXTURE_DATA(faults) *self, unsigned int n)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", n);
	/* What was armed before may hit this itself, once. */
	if (pwrite(self->nth, text, strlen(text), 0) < 0 &&
	    pwrite(self->nth, text, strlen(text), 0) < 0)
		abort();
}

/* No more. Returns whether it has. */
static inline bool disarm(FIXTURE_DATA(faults) *self)
{
	char text[16] = "";
	bool failed;

	/* If it is this that fails, the call had not as many. */
	failed = pread(self->nth, text, sizeof(text) - 1, 0) > 0 && !atoi(text);
	arm(self, 0);
	self->injected += failed;
	return failed;
}

static inline long get(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		strcpy(text, "-1");
	close(fd);
	return atol(text);
}

/* The fixture's port, its file, and who has the input: what a call could change. */
struct looks {
	struct kpl011_info info;
	struct kpl011_state state;
	struct kpl011_modem modem;
	struct kpl011_input input;
	struct kpl011_flow flow;
	off_t at;
};

static inline int look(FIXTURE_DATA(faults) *self, struct looks *looks)
{
	int ret, other;

	memset(looks, 0, sizeof(*looks));
	looks->state.size = sizeof(looks->state);
	looks->modem.size = sizeof(looks->modem);
	looks->input.size = sizeof(looks->input);
	looks->flow.size = sizeof(looks->flow);
	if (port_info(self->fd, &looks->info))
		return -EIO;
	other = port_open(looks->info.id, O_RDWR);
	ret = other < 0 || ioctl(other, KPL011_STATE_GET, &looks->state) ||
	      ioctl(other, KPL011_MODEM, &looks->modem) ||
	      ioctl(other, KPL011_INPUT, &looks->input) ||
	      ioctl(self->fd, KPL011_FLOW, &looks->flow);
	looks->at = lseek(self->fd, 0, SEEK_CUR);
	if (other >= 0)
		close(other);
	return ret ? -EIO : 0;
}

/* One call: 0 or more, or -errno. */
typedef int (*call_fn)(FIXTURE_DATA(faults) *self);

/*
 * A call that fails in every way, and each time has changed nothing and can be made
 * without a failure afterwards. @undo makes undone what it did, or is NULL.
 */
static inline void fail_each(struct __test_metadata *_metadata, FIXTURE_DATA(faults) *self,
			     const char *name, call_fn call, call_fn undo)
{
	long refs = get("/sys/module/kpl011/refcnt");
	struct looks before, after;
	unsigned int n;
	bool failed = true;
	int ret;

	for (n = 1; failed && n < MOST; n++) {
		EXPECT_EQ(0, look(self, &before));
		arm(self, n);
		ret = call(self);
		failed = disarm(self);
		if (!failed) {
			EXPECT_LE(0, ret) {
				TH_LOG("%s: %s", name, strerror(-ret));
			}
		} else if (ret < 0) {
			EXPECT_TRUE(ret == -ENOMEM || ret == -EFAULT || ret == -EAGAIN) {
				TH_LOG("%s, number %u: %s", name, n, strerror(-ret));
			}
			EXPECT_EQ(refs, get("/sys/module/kpl011/refcnt"));
			EXPECT_EQ(0, look(self, &after));
			EXPECT_EQ(0, memcmp(&before, &after, sizeof(before))) {
				TH_LOG("%s, number %u, has changed something", name, n);
			}
			ret = call(self);
			EXPECT_LE(0, ret) {
				TH_LOG("%s, after number %u: %s", name, n, strerror(-ret));
			}
		}
		if (undo)
			EXPECT_LE(0, undo(self));
		EXPECT_EQ(refs, get("/sys/module/kpl011/refcnt"));
	}
	EXPECT_GT(MOST, n);
}

#endif
