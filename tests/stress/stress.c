// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many ports at once, and users without manners:
 *
 *	stress flood BYTES	VMs print BYTES each, for readers that keep up
 *				and for some that do not
 *	stress churn SECONDS	VMs come, print, and are killed, while others
 *				open, ask, detach and reap whatever there is
 *	stress ioctls SECONDS	every ioctl with every wrong size, flag, pointer
 *				and content, on ports in every state
 *
 * "ok WHAT" or "not ok WHAT: WHY", and the exit status says it too.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest/port.h"
#include "../kselftest/vm.h"
#include "common.h"

#define GUESTS		8
#define SLOW_READERS	2	/* of the first guest */
#define FLOOD_RING	0x100000
#define CHURN_VMS	4
#define CHURN_USERS	4

/* flood */

struct guest {
	struct vm vm;
	struct kpl011_attach args;
	uint64_t bytes;
	pthread_t vcpu;
};

struct reader {
	struct guest *guest;
	bool slow;
	uint64_t taken;
	uint64_t missed;
	pthread_t thread;
};

static void *run_guest(void *arg)
{
	struct guest *guest = arg;

	/* The byte at position p is p % 256. */
	if (vm_store(&guest->vm, VM_UART_GPA + PL011_DR, 4, 0, guest->bytes))
		fail("a guest stopped");
	return NULL;
}

/* Read to the end, and look at each byte and at what was missed. */
static void *run_reader(void *arg)
{
	struct reader *reader = arg;
	unsigned char buf[8192];
	uint64_t pos = 0;
	int fd = port_open(reader->guest->args.id, O_RDONLY);

	if (fd < 0)
		fail("open: %s", strerror(-fd));
	for (;;) {
		ssize_t n = read(fd, buf, reader->slow ? 100 : sizeof(buf));
		uint64_t end = lseek(fd, 0, SEEK_CUR);
		ssize_t i;

		if (n < 0)
			fail("read: %s", strerror(errno));
		if (!n)
			break;
		for (i = 0; i < n; i++)
			if (buf[i] != (unsigned char)(end - n + i))
				fail("byte %llu is %u", (unsigned long long)(end - n + i),
				     buf[i]);
		reader->missed += end - n - pos;
		reader->taken += n;
		pos = end;
		if (reader->slow)
			nap(10000);
	}
	close(fd);
	return NULL;
}

static void flood(uint64_t bytes)
{
	static struct guest guests[GUESTS];
	static struct reader readers[GUESTS + SLOW_READERS];
	uint64_t missed = 0;
	int i;

	for (i = 0; i < GUESTS; i++) {
		int err;

		guests[i].bytes = bytes;
		if (vm_create(&guests[i].vm, true))
			fail("no VM");
		guests[i].args = port_args(guests[i].vm.fd);
		guests[i].args.ring_size = i ? FLOOD_RING : KPL011_RING_MIN * 4;
		err = port_attach(&guests[i].args);
		if (err)
			fail("attach: %s", strerror(-err));
	}
	for (i = 0; i < GUESTS + SLOW_READERS; i++) {
		readers[i].guest = &guests[i < GUESTS ? i : 0];
		readers[i].slow = i >= GUESTS;
		pthread_create(&readers[i].thread, NULL, run_reader, &readers[i]);
	}
	for (i = 0; i < GUESTS; i++)
		pthread_create(&guests[i].vcpu, NULL, run_guest, &guests[i]);
	for (i = 0; i < GUESTS; i++) {
		struct kpl011_info info;
		int fd;

		pthread_join(guests[i].vcpu, NULL);
		fd = port_open(guests[i].args.id, O_RDONLY);
		if (port_info(fd, &info))
			fail("info");
		if (info.tx_newest != bytes || info.writes != bytes ||
		    info.writes_of[PL011_DR / 4] != bytes || info.tx_lost)
			fail("port %u counts %llu bytes, %llu writes, %llu lost",
			     info.id, (unsigned long long)info.tx_newest,
			     (unsigned long long)info.writes,
			     (unsigned long long)info.tx_lost);
		close(fd);
		vm_destroy(&guests[i].vm);
	}
	for (i = 0; i < GUESTS + SLOW_READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		if (readers[i].taken + readers[i].missed != bytes)
			fail("a reader took %llu and missed %llu",
			     (unsigned long long)readers[i].taken,
			     (unsigned long long)readers[i].missed);
		/* All but those of the small ring could keep up. */
		if (readers[i].guest != &guests[0] && readers[i].missed)
			fail("a reader that kept up missed %llu",
			     (unsigned long long)readers[i].missed);
		missed += readers[i].missed;
	}
	for (i = 0; i < GUESTS; i++) {
		int fd = port_open(guests[i].args.id, O_RDWR);

		if (port_reap(fd))
			fail("reap");
		close(fd);
	}
	printf("# %llu bytes missed by the readers of the small ring\n",
	       (unsigned long long)missed);
}

/* churn */

/* A process with a VM that prints until it is killed. */
static void churn_vm(void)
{
	struct vm vm;
	struct kpl011_attach args;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (vm_create(&vm, true))
		_exit(1);
	args = port_args(vm.fd);
	args.flow_ms = 10;
	if (port_attach(&args))
		_exit(1);
	for (;;)
		if (vm_store(&vm, VM_UART_GPA + PL011_DR, 4, 0, 10000))
			_exit(0);	/* detached */
}

/* A port that there is, or -1. */
static int some_port(unsigned int *seed)
{
	DIR *dir = opendir("/sys/class/kpl011");
	struct dirent *entry;
	int found = -1, count = 0;

	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && !(rand_r(seed) % ++count))
			found = atoi(entry->d_name);
	closedir(dir);
	return found;
}

static volatile bool over;

/* Somebody who does anything that may be done to a port. */
static void *churn_user(void *arg)
{
	unsigned int seed = (uintptr_t)arg;
	char buf[4096];

	while (!over) {
		struct kpl011_flow flow = {
			.size = sizeof(flow), .flags = KPL011_FLOW_ON,
		};
		struct kpl011_input input = {
			.size = sizeof(input),
			.flags = KPL011_INPUT_TAKE | KPL011_INPUT_FORCE,
		};
		struct kpl011_reset reset = { .size = sizeof(reset) };
		struct kpl011_detach detach = { .size = sizeof(detach) };
		struct kpl011_info info;
		int fd = port_open(some_port(&seed), O_RDWR | O_NONBLOCK);
		int steps = below(&seed, 20);

		if (fd < 0)
			continue;
		while (steps--) {
			switch (below(&seed, 12)) {
			case 0:
				ioctl(fd, KPL011_FLOW, &flow);
				break;
			case 1:
				ioctl(fd, KPL011_INPUT, &input);
				break;
			case 2:
				ioctl(fd, KPL011_RESET, &reset);
				break;
			case 3:
				port_break(fd);
				break;
			case 4:
				port_info(fd, &info);
				break;
			case 5:
				if (write(fd, buf, sizeof(buf)) < 0)
					steps /= 2;
				break;
			case 6:
				if (!(below(&seed, 8)))
					ioctl(fd, KPL011_DETACH, &detach);
				break;
			case 7:
				port_reap(fd);
				break;
			default:
				if (read(fd, buf, sizeof(buf)) < 0)
					steps /= 2;
			}
		}
		close(fd);
	}
	return NULL;
}

/* It may have been detached, but no VM goes before it is killed for another reason. */
static void end_vm(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || (WIFEXITED(status) && WEXITSTATUS(status)))
		fail("a VM could not be made, or not attached");
}

static void churn(double seconds)
{
	pthread_t users[CHURN_USERS];
	pid_t vms[CHURN_VMS] = { 0 };
	unsigned int seed = 1, died = 0;
	double end = now() + seconds;
	int i;

	for (i = 0; i < CHURN_USERS; i++)
		pthread_create(&users[i], NULL, churn_user,
			       (void *)(uintptr_t)(i + 1));
	while (now() < end) {
		i = below(&seed, CHURN_VMS);
		if (vms[i]) {
			end_vm(vms[i]);
			died++;
		}
		vms[i] = fork();
		if (!vms[i])
			churn_vm();
		nap(below(&seed, 30000));
	}
	over = true;
	for (i = 0; i < CHURN_USERS; i++)
		pthread_join(users[i], NULL);
	for (i = 0; i < CHURN_VMS; i++)
		if (vms[i]) {
			end_vm(vms[i]);
			died++;
		}
	for (;;) {
		int fd = some_port(&seed);

		if (fd < 0)
			break;
		fd = port_open(fd, O_RDWR);
		if (fd >= 0) {
			port_poll(fd, 0);
			port_reap(fd);
			close(fd);
		}
	}
	printf("# %u VMs were killed\n", died);
}

/* ioctls */

#define REQUEST(cmd, type, ...) { cmd, sizeof(struct kpl011_##type), { __VA_ARGS__ } }

/* Each ioctl, and the errnos that uapi/linux/kpl011.h names for it alone. */
static const struct request {
	unsigned int cmd;
	unsigned int size;
	int errors[12];
} requests[] = {
	REQUEST(KPL011_ATTACH, attach, EBADF, ENODEV, EEXIST, EADDRINUSE, ERANGE, ENXIO, EIO, ENOSPC,
		EDQUOT, ENOMEM, EINTR),
	REQUEST(KPL011_INFO, info),
	REQUEST(KPL011_BREAK, break, EBADF, EBUSY, EAGAIN, ENODEV),
	REQUEST(KPL011_REAP, reap, EBADF, EBUSY, ENODEV),
	REQUEST(KPL011_DETACH, detach, EBADF, ENODEV, EINTR),
	REQUEST(KPL011_SEEK, seek, EBADF, EINTR),
	REQUEST(KPL011_MARKS, marks, EBADF),
	REQUEST(KPL011_INPUT, input, EBADF, EBUSY),
	REQUEST(KPL011_FLOW, flow, EBADF, EPERM, EDQUOT),
	REQUEST(KPL011_MODEM, modem, EBADF, ENODEV),
	REQUEST(KPL011_INJECT, inject, EBADF, EBUSY, EAGAIN, ENODEV),
	REQUEST(KPL011_RESET, reset, EBADF, ENODEV),
	REQUEST(KPL011_STATE_GET, state, EBADF),
	REQUEST(KPL011_STATE_SET, state, EBADF, ENODEV),
	{ _IO(KPL011_TYPE, 0x7f), 8, { 0 } },
};

/* Whether the header names it for that ioctl, or for all of them. */
static bool documented(const struct request *request, int err)
{
	static const int common[] = { ENOTTY, EFAULT, EINVAL, E2BIG, EOPNOTSUPP };
	size_t i;

	for (i = 0; i < sizeof(common) / sizeof(*common); i++)
		if (common[i] == err)
			return true;
	for (i = 0; request->errors[i]; i++)
		if (request->errors[i] == err)
			return true;
	return false;
}

/* A structure with everything wrong that comes to mind. */
static void *bad_request(unsigned char *pages, size_t page, unsigned int size,
			 unsigned int *seed)
{
	static void *const nowhere[] = {
		NULL, (void *)8, (void *)-1ul, (void *)0xffff800000000000ul,
	};
	unsigned char *args = pages;
	size_t i;

	switch (below(seed, 8)) {
	case 0:
		return nowhere[below(seed, 4)];
	case 1:	/* Ends, or begins, where nothing is mapped. */
		args = pages + page - rand_r(seed) % (size + 8);
		break;
	case 2:	/* Can be read and not written. */
		return pages + 2 * page + below(seed, 64);
	default:
		break;
	}
	if (args + 8 > pages + page)
		return args;
	for (i = 0; i < size + 8 && args + i < pages + page; i++)
		args[i] = below(seed, 3) ? 0 : rand_r(seed);
	switch (below(seed, 4)) {
	case 0:
		*(uint32_t *)args = rand_r(seed);
		break;
	case 1:
		*(uint32_t *)args = size + below(seed, 16) - 8;
		break;
	default:
		*(uint32_t *)args = size;
	}
	if (below(seed, 4))
		*(uint32_t *)(args + 4) = below(seed, 2) ?
						  1u << below(seed, 32) : 0;
	return args;
}

static void ioctls(double seconds)
{
	size_t page = sysconf(_SC_PAGESIZE);
	unsigned char *pages = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const unsigned int n = sizeof(requests) / sizeof(*requests);
	unsigned int seed = getpid(), calls = 0;
	double end = now() + seconds;

	if (pages == MAP_FAILED)
		fail("mmap");
	munmap(pages + page, page);
	*(uint32_t *)(pages + 2 * page) = 8;
	mprotect(pages + 2 * page, page, PROT_READ);
	printf("# seed %u\n", seed);
	while (now() < end) {
		struct kpl011_attach args;
		struct vm vm;
		int fds[2], step;

		if (vm_create(&vm, below(&seed, 2)))
			fail("no VM");
		args = port_args(vm.fd);
		fds[0] = open("/dev/kpl011/control", O_RDWR);
		fds[1] = port_attach_open(&args, O_RDWR | O_NONBLOCK);
		if (fds[0] < 0 || fds[1] < 0)
			fail("attach: %s", strerror(-fds[1]));
		for (step = 0; step < 400; step++) {
			unsigned int i = below(&seed, n);
			void *arg = bad_request(pages, page, requests[i].size,
						&seed);

			/* Half way it is dead. */
			if (step == 200)
				vm_destroy(&vm);
			calls++;
			if (ioctl(fds[below(&seed, 8) > 0], requests[i].cmd,
				  arg) && !documented(&requests[i], errno))
				fail("ioctl 0x%x: %s, which is not documented",
				     requests[i].cmd, strerror(errno));
		}
		port_poll(fds[1], 0);
		port_reap(fds[1]);
		close(fds[0]);
		close(fds[1]);
	}
	printf("# %u calls\n", calls);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	doing("%s", what);
	if (argc == 3 && !strcmp(what, "flood"))
		flood(strtoull(argv[2], NULL, 0));
	else if (argc == 3 && !strcmp(what, "churn"))
		churn(atof(argv[2]));
	else if (argc == 3 && !strcmp(what, "ioctls"))
		ioctls(atof(argv[2]));
	else
		return fprintf(stderr, "usage: stress flood BYTES | churn SECONDS | ioctls SECONDS\n"),
		       2;
	printf("ok %s\n", what);
	return 0;
}
