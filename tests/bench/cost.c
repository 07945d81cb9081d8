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

#include "../kselftest/cgroup.h"
#include "../kselftest/port.h"
#include "../kselftest/vm.h"

#define ROUNDS	9
#define TIMES	4000
#define PORTS	256
#define VMS	64
#define PAGE_READS	100	/* enough for a page to be mapped */
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

/* As Linux has it, but for characters of 6 bits: of all in turn, a line has 64. */
static void set_up_uart(void)
{
	if (vm_store(&vm, VM_UART_GPA + PL011_LCR_H, 4, PL011_LCR_FEN | 1 << 5, 1))
		die("vm_store");
}

static void dr_write(unsigned int n)
{
	store(uart + PL011_DR, n);
}

static void fr_read(unsigned int n)
{
	load(VM_UART_GPA + PL011_FR, n);
}

static void poll_dr_write(unsigned int n)
{
	if (vm_poll_and_store(&vm, VM_UART_GPA, '.', n))
		die("vm_poll_and_store");
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

static bool is_mapped(void)
{
	struct kpl011_info info;

	if (port_info(port, &info))
		die("KPL011_INFO");
	return info.page == KPL011_PAGE_MAPPED;
}

/*
 * A byte that comes while the guest polls, until it is taken: in each of
 * some rounds, the median. Before each the guest polls, and with a page until
 * that is mapped.
 */
static void report_input(const char *name, bool paged)
{
	long long took[101];
	const unsigned int rounds = sizeof(took) / sizeof(*took);
	unsigned int round;

	for (round = 0; round < rounds; round++) {
		long long began;

		do
			fr_read(100);
		while (paged && !is_mapped());
		began = now();
		if (write(port, "x", 1) != 1)
			die("write");
		load(VM_UART_GPA + PL011_DR, 1);
		took[round] = now() - began;
	}
	qsort(took, rounds, sizeof(*took), compare);
	printf("%s %lld\n", name, took[rounds / 2]);
}

/* Input each 5 ms and polls all the time: nanoseconds for one read of FR. */
static void report_thrash(const char *name)
{
	long long began = now(), next = began, end = began + 500000000ll;
	unsigned long long polls = 0;

	for (; now() < end; polls += 50) {
		if (now() >= next) {
			if (write(port, "x", 1) != 1)
				die("write");
			load(VM_UART_GPA + PL011_DR, 1);
			next += 5000000;
		}
		fr_read(50);
	}
	printf("%s %lld\n", name, (long long)((now() - began) / polls));
}

/* One byte of each of @n VMs in turn, and then away with them. */
static void many_vms(const char *name, unsigned int n, bool paged)
{
	static struct vm vms[VMS];
	long long took[ROUNDS];
	struct vm alone = vm;
	unsigned int i, round;

	for (i = 0; i < n; i++) {
		struct kpl011_attach args;

		if (vm_create(&vms[i], true))
			die("vm_create");
		args = port_args(vms[i].fd);
		args.flags = paged ? KPL011_ATTACH_PAGE : 0;
		errno = -port_attach(&args);
		if (errno)
			die("attach");
		vm = vms[i];
		fr_read(PAGE_READS);
	}
	usleep(20000);
	for (round = 0; round < ROUNDS + 1; round++) {
		long long began = now();

		for (i = 0; i < n; i++) {
			vm = vms[i];
			poll_dr_write(TIMES / n);
		}
		if (round)
			took[round - 1] = now() - began;
	}
	qsort(took, ROUNDS, sizeof(*took), compare);
	printf("%s %lld\n", name, took[ROUNDS / 2] / (TIMES / n * n));
	for (i = 0; i < n; i++)
		vm_destroy(&vms[i]);
	vm = alone;
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

/* Attaches PORTS to the VM. Returns what the cheapest attach took. */
static long long attach_many(unsigned int *ids)
{
	long long least = 0;
	int i;

	for (i = 0; i < PORTS; i++) {
		struct kpl011_attach args = port_args(vm.fd);
		long long began, took;

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
	return least;
}

/*
 * How long the tasks of all CPUs have run, in ns, without what runs at this moment: the seventh
 * number of a CPU in /proc/schedstat.
 */
static long long tasks_ran(void)
{
	FILE *file = fopen("/proc/schedstat", "r");
	long long ran = 0, one;
	char line[512];

	if (!file)
		die("/proc/schedstat");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "cpu%*u %*u %*u %*u %*u %*u %*u %lld", &one) == 1)
			ran += one;
	fclose(file);
	if (!ran) {
		fputs("cost: no CPU is in /proc/schedstat\n", stderr);
		exit(1);
	}
	return ran;
}

/*
 * What tasks run from the end of the VM until a second later: work queues do most of what
 * there is to do. What runs at the moment is counted when it sleeps.
 */
static long long vm_end(void)
{
	long long before;

	sleep(1);
	before = tasks_ran();
	vm_destroy(&vm);
	sleep(1);
	return tasks_ran() - before;
}

/* PORTS of them in one VM, and then away with it. */
static void many_ports(void)
{
	unsigned int ids[PORTS];
	struct vm alone = vm;
	const char *missing;
	struct cgroup cgroup;
	long long death;
	pid_t reader;
	long before;
	int i;

	if (vm_create(&vm, false))
		die("vm_create");
	/*
	 * The kernel counts to the byte what it charges to a cgroup, but what it has
	 * free it counts without the pages that each CPU keeps, which are megabytes.
	 */
	missing = cgroup_create(&cgroup);
	if (!missing && file_put(cgroup.path, "cgroup.procs", "0"))
		die("cgroup.procs");
	before = cgroup_charged(&cgroup);
	printf("attach %lld\n", attach_many(ids));
	if (missing) {
		fprintf(stderr, "cost: the memory of a port is not measured: %s\n", missing);
		puts("port_bytes -");
	} else {
		printf("port_bytes %ld\n", (cgroup_charged(&cgroup) - before) / PORTS);
	}

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

	/* The least of five. */
	death = vm_end();
	for (i = 1; i < 5; i++) {
		long long ran;

		if (vm_create(&vm, false))
			die("vm_create");
		attach_many(ids);
		ran = vm_end();
		if (ran < death)
			death = ran;
	}
	printf("death %lld\n", death / PORTS);
	if (!missing)
		file_put(cgroup.top, "cgroup.procs", "0");
	cgroup_destroy(&cgroup);
	vm = alone;
	uart = VM_UART_GPA;
}

/* The same again where reads need not trap. */
static void with_page(void)
{
	struct kpl011_attach args;

	close(port);
	vm_destroy(&vm);
	if (vm_create(&vm, true))
		die("vm_create");
	args = port_args(vm.fd);
	args.flags = KPL011_ATTACH_PAGE;
	port = port_attach_open(&args, O_RDWR | O_NONBLOCK);
	if (port < 0) {
		errno = -port;
		die("attach");
	}
	set_up_uart();
	do
		fr_read(PAGE_READS);
	while (!is_mapped());
	report("page_fr_read", fr_read);
	report("page_dr_write", dr_write);
	report("page_poll_dr_write", poll_dr_write);
	report_input("page_input", true);
	report_thrash("page_thrash");
	rx_byte(TIMES);
	report("page_rx_byte", rx_byte);
}

/* One thing after the other, for somebody who looks on. */
static void spin(long long ns)
{
	long long end = now() + ns;

	while (now() < end) {
		empty(100);
		dr_write(100);
		fr_read(100);
	}
}

int main(int argc, char **argv)
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
	set_up_uart();

	if (argc > 2 && !strcmp(argv[1], "spin")) {
		spin(atoll(argv[2]));
		return 0;
	}
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
	report("poll_dr_write", poll_dr_write);
	report_input("input", false);
	report_thrash("thrash");
	many_ports();
	many_vms("vms_1", 1, false);
	many_vms("vms_8", 8, false);
	many_vms("vms_64", 64, false);
	with_page();
	many_vms("page_vms_1", 1, true);
	many_vms("page_vms_8", 8, true);
	many_vms("page_vms_64", 64, true);
	return 0;
}
