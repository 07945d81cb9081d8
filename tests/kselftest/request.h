/* SPDX-License-Identifier: GPL-2.0-only */
/* A port of a VM, and what may be asked of it: the fixture of several programs. */
#ifndef KPL011_TEST_REQUEST_H
#define KPL011_TEST_REQUEST_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "harness.h"

#include "port.h"
#include "vm.h"

#define REG(offset)	(VM_UART_GPA + (offset))
#define GICD_ICFGR2	(VM_GICD_GPA + 0xc08)	/* INTIDs 32 to 47: 0 is level */

FIXTURE(request) {
	struct vm vm;
	struct kpl011_attach args;
	int fd;
};

FIXTURE_SETUP(request)
{
	ASSERT_EQ(0, vm_create(&self->vm, true));
	self->args = port_args(self->vm.fd);
	self->args.ring_size = KPL011_RING_MIN;
	self->args.flow_ms = KPL011_FLOW_MS_MAX;
	self->fd = port_attach_open(&self->args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(request)
{
	vm_destroy(&self->vm);
	port_poll(self->fd, 0);
	port_reap(self->fd);
	close(self->fd);
}

/* The guest prints: 0, or -1 if it did not take the store. */
static inline int print(struct vm *vm, const char *text)
{
	for (; *text; text++)
		if (vm_store(vm, REG(PL011_DR), 4, (unsigned char)*text, 1))
			return -1;
	return 0;
}

/* The guest reads a register: UINT64_MAX if it could not. */
static inline uint64_t load(struct vm *vm, uint32_t offset)
{
	uint64_t value;

	return vm_load(vm, REG(offset), 4, &value, 1) ? UINT64_MAX : value;
}

/* The guest writes a register: 0 or -1. */
static inline int store(struct vm *vm, uint32_t offset, uint32_t value)
{
	return vm_store(vm, REG(offset), 4, value, 1);
}

/* An ioctl: 0 or -errno. */
static inline int ask(int fd, unsigned int cmd, void *args)
{
	return ioctl(fd, cmd, args) ? -errno : 0;
}

/* The same with a structure of up to 4 KiB that can be read, and not be answered in. */
static inline int ask_in_vain(int fd, unsigned int cmd, const void *args, size_t size)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret;

	if (page == MAP_FAILED)
		return -errno;
	memcpy(page, args, size);
	ret = mprotect(page, 4096, PROT_READ) ? -errno : ask(fd, cmd, page);
	munmap(page, 4096);
	return ret;
}

/* CLOCK_BOOTTIME in ns, as the ABI's times are. */
static inline uint64_t boottime(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Seek: the position or -errno. */
static inline int64_t seek(int fd, uint32_t whence, uint64_t arg)
{
	struct kpl011_seek args = {
		.size = sizeof(args), .whence = whence, .arg = arg,
	};
	int ret = ask(fd, KPL011_SEEK, &args);

	return ret ? ret : (int64_t)args.pos;
}

/* Ask who may type, or take or give it: 0 or -errno. */
static inline int input(int fd, uint32_t flags, struct kpl011_input *args)
{
	*args = (struct kpl011_input) { .size = sizeof(*args), .flags = flags };
	return ask(fd, KPL011_INPUT, args);
}

/* Switch reading without loss on or off: KPL011_FLOW_* or -errno. */
static inline int flow(int fd, uint32_t flags)
{
	struct kpl011_flow args = { .size = sizeof(args), .flags = flags };
	int ret = ask(fd, KPL011_FLOW, &args);

	return ret ? ret : (int)args.status;
}

/* Ask for the lines of both ends, or set those of ours: 0 or -errno. */
static inline int modem(int fd, uint32_t flags, uint32_t inputs,
			struct kpl011_modem *args)
{
	*args = (struct kpl011_modem) {
		.size = sizeof(*args), .flags = flags, .inputs = inputs,
	};
	return ask(fd, KPL011_MODEM, args);
}

/* A call of a thread of its own, which may sleep in it. */
struct call {
	int fd;
	void *buf;
	size_t size;
	ssize_t ret;
	int err;
	pid_t tid;
	pthread_t thread;
};

static inline void *call_read(void *arg)
{
	struct call *call = arg;

	__atomic_store_n(&call->tid, gettid(), __ATOMIC_RELEASE);
	call->ret = read(call->fd, call->buf, call->size);
	call->err = errno;
	return NULL;
}

static inline void *call_write(void *arg)
{
	struct call *call = arg;

	__atomic_store_n(&call->tid, gettid(), __ATOMIC_RELEASE);
	call->ret = write(call->fd, call->buf, call->size);
	call->err = errno;
	return NULL;
}

/* Wait until the call sleeps: 0, or -1 when it has ended instead. */
static inline int call_sleeps(struct call *call)
{
	char path[64], state = 0;
	FILE *file;
	pid_t tid;

	while (!(tid = __atomic_load_n(&call->tid, __ATOMIC_ACQUIRE)))
		sched_yield();
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	while (state != 'S') {
		file = fopen(path, "r");
		if (!file)
			return -1;
		if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
			state = 0;
		fclose(file);
		sched_yield();
	}
	return 0;
}

/* An epoll(7) that tells of edges of a file alone, or -errno. */
static inline int edges(int fd, uint32_t events)
{
	struct epoll_event event = { .events = events };
	int epfd = epoll_create1(EPOLL_CLOEXEC);

	if (epfd < 0 || epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event))
		return -errno;
	return epfd;
}

/* The edge that there is, or comes within @ms: its events, or 0. */
static inline uint32_t edge(int epfd, int ms)
{
	struct epoll_event event;

	return epoll_wait(epfd, &event, 1, ms) == 1 ? event.events : 0;
}

#endif
