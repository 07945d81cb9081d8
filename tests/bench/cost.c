// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an access costs, seen from the host, and what a port does: a line
 * "NAME VALUE" each. Times are nanoseconds, which are instructions where the
 * clock counts them. Of a thing done n times and 2 n times the difference
 * counts, the median of some rounds.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest/port.h"
#include "../kselftest/vm.h"

#define ROUNDS	9
#define TIMES	4000
#define PORTS	256
#define EMPTY	0x0b000000ull	/* an address with nothing behind it */

#define TRACING	"/sys/kernel/tracing/"

static struct vm vm;
static int port;
static uint64_t uart = VM_UART_GPA;

static void die(const char *what)
{
	fprintf(stderr, "cost: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static void store(uint64_t gpa, unsigned int n)
{
	if (vm_store(&vm, gpa, 4, '.', n))
		die("vm_store");
}

static void load(uint64_t gpa, unsigned int n)
{
	uint64_t value;

	if (vm_load(&vm, gpa, 4, &value, n))
		die("vm_load");
}

static void empty(unsigned int n)
{
	store(EMPTY, n);
}

/* All bytes in turn: a line has 256. */
static void dr_write(unsigned int n)
{
	store(uart + PL011_DR, n);
}

static void fr_read(unsigned int n)
{
	load(VM_UART_GPA + PL011_FR, n);
}

static void rx_byte(unsigned int n)
{
	static const char bytes[1000];

	while (n) {
		ssize_t some = write(port, bytes, n < 1000 ? n : 1000);

		if (some < 0)
			die("write");
		load(VM_UART_GPA + PL011_DR, some);
		n -= some;
	}
}

static int compare(const void *a, const void *b)
{
	const long long *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void report(const char *name, void (*thing)(unsigned int n))
{
	long long took[ROUNDS];
	int round;

	thing(TIMES);
	for (round = 0; round < ROUNDS; round++) {
		long long began = now(), once;

		thing(TIMES);
		once = now() - began;
		began = now();
		thing(2 * TIMES);
		took[round] = now() - began - once;
	}
	qsort(took, ROUNDS, sizeof(*took), compare);
	printf("%s %lld\n", name, took[ROUNDS / 2] / TIMES);
}

/* Somebody who takes every byte as it comes. */
static pid_t start_reader(void)
{
	char buf[4096];
	pid_t pid = fork();
	struct pollfd pfd = { .events = POLLIN };

	if (pid)
		return pid;
	pfd.fd = port;
	for (;;) {
		poll(&pfd, 1, -1);
		while (read(port, buf, sizeof(buf)) > 0)
			;
	}
}

/* Of tracefs; the parts that are written are empty before. */
static void tracing(const char *file, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), TRACING "%s", file);
	fd = open(path, O_WRONLY | O_TRUNC);
	if (fd < 0 || (*value && write(fd, value, strlen(value)) < 0))
		die(path);
	close(fd);
}

/*
 * How often the module was called by a timer or a work queue in five seconds, in
 * which the guest prints a byte each millisecond or nothing.
 */
static unsigned int wakeups(bool printing)
{
	static const char *const events[] = {
		"events/timer/hrtimer_expire_entry/enable",
		"events/timer/timer_expire_entry/enable",
		"events/workqueue/workqueue_execute_start/enable",
	};
	unsigned int i, n = 0;
	char line[512];
	long long end;
	FILE *file;

	tracing("trace", "");
	for (i = 0; i < 3; i++)
		tracing(events[i], "1");
	for (end = now() + 5000000000ll; now() < end; usleep(1000))
		if (printing)
			dr_write(1);
	for (i = 0; i < 3; i++)
		tracing(events[i], "0");
	file = fopen(TRACING "trace", "r");
	if (!file)
		die(TRACING "trace");
	while (fgets(line, sizeof(line), file))
		n += strstr(line, "[kpl011]") != NULL;
	fclose(file);
	return n;
}

/* Kilobytes of the kernel's own memory in use. */
static long kernel_memory(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long sum = 0, kb;

	if (!file)
		die("/proc/meminfo");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Slab: %ld", &kb) == 1 ||
		    sscanf(line, "VmallocUsed: %ld", &kb) == 1)
			sum += kb;
	fclose(file);
	return sum;
}

/* Somebody who waits for bytes of each, like a console of many guests. */
static pid_t start_many_readers(const unsigned int *ids)
{
	static struct pollfd pfds[PORTS];
	char buf[4096];
	pid_t pid = fork();
	int i;

	if (pid)
		return pid;
	for (i = 0; i < PORTS; i++) {
		pfds[i].fd = port_open(ids[i], O_RDONLY | O_NONBLOCK);
		pfds[i].events = POLLIN;
	}
	for (;;) {
		poll(pfds, PORTS, -1);
		for (i = 0; i < PORTS; i++)
			while (pfds[i].revents && read(pfds[i].fd, buf, sizeof(buf)) > 0)
				;
	}
}

/* PORTS of them in one VM, and then away with it. */
static void many_ports(void)
{
	unsigned int ids[PORTS];
	struct vm alone = vm;
	long long began, least = 0;
	pid_t reader;
	long before;
	int i;

	if (vm_create(&vm, false))
		die("vm_create");
	before = kernel_memory();
	for (i = 0; i < PORTS; i++) {
		struct kpl011_attach args = port_args(vm.fd);
		long long took;

		args.gpa = 0x10000000 + i * KPL011_MMIO_SIZE;
		args.intid = 100 + i;
		began = now();
		errno = -port_attach(&args);
		took = now() - began;
		if (errno)
			die("attach");
		if (!least || took < least)
			least = took;
		ids[i] = args.id;
	}
	printf("attach %lld\n", least);
	printf("port_bytes %ld\n", (kernel_memory() - before) * 1024 / PORTS);

	uart = 0x10000000 + PORTS / 2 * KPL011_MMIO_SIZE;
	report("dr_write_crowd", dr_write);
	reader = start_many_readers(ids);
	if (reader < 0)
		die("fork");
	sleep(1);
	printf("wakeups_idle %u\n", wakeups(false));
	printf("wakeups_busy %u\n", wakeups(true));
	kill(reader, SIGKILL);
	waitpid(reader, NULL, 0);

	began = now();
	vm_destroy(&vm);
	printf("death %lld\n", (now() - began) / PORTS);
	vm = alone;
	uart = VM_UART_GPA;
}

int main(void)
{
	struct kvm_ioeventfd floor_args = {
		.addr = EMPTY, .len = 4, .fd = eventfd(0, 0),
	};
	struct kpl011_attach args;
	pid_t reader;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (vm_create(&vm, true))
		die("vm_create");
	args = port_args(vm.fd);
	port = port_attach_open(&args, O_RDWR | O_NONBLOCK);
	if (port < 0) {
		errno = -port;
		die("attach");
	}
	if (ioctl(vm.fd, KVM_IOEVENTFD, &floor_args))
		die("KVM_IOEVENTFD");
	store(VM_UART_GPA + PL011_LCR_H, 1);

	report("empty", empty);
	report("dr_write", dr_write);
	report("fr_read", fr_read);
	report("rx_byte", rx_byte);
	tracing("events/kpl011/enable", "1");
	report("dr_write_traced", dr_write);
	tracing("events/kpl011/enable", "0");
	reader = start_reader();
	if (reader < 0)
		die("fork");
	report("dr_write_reader", dr_write);
	kill(reader, SIGKILL);
	waitpid(reader, NULL, 0);
	many_ports();
	return 0;
}
