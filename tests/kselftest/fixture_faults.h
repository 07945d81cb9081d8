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
#include <unistd.h>
#include "harness.h"

#include "port.h"
#include "users.h"
#include "vm.h"

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

static inline int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	close(fd);
	return n < 0 ? -EIO : 0;
}

/* Where the code of a function of the kernel or a module is: up to the next one. */
static inline bool function_range(const char *name, unsigned long *start, unsigned long *end)
{
	unsigned long address;
	char symbol[256];
	int pass;

	*start = 0;
	*end = -1UL;
	for (pass = 0; pass < 2; pass++) {
		FILE *file = fopen("/proc/kallsyms", "re");

		if (!file)
			return false;
		while (fscanf(file, "%lx %*c %255s%*[^\n]", &address, symbol) == 2) {
			if (!pass && !strcmp(symbol, name))
				*start = address;
			else if (pass && address > *start && address < *end)
				*end = address;
		}
		fclose(file);
	}
	return *start;
}

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

#endif
