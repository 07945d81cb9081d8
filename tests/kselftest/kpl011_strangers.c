// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a user learns of the ports of another one, and can do to them: what he was let.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "harness.h"

#include "port.h"
#include "request.h"
#include "users.h"
#include "vm.h"

#define USER		1000
#define STRANGER	1001
#define EVENTS		"/sys/kernel/tracing/events/kpl011"
#define PARANOID	"/proc/sys/kernel/perf_event_paranoid"

/* As many as an event that comes too early was seen in, twice over. */
#define ROUNDS		300

/* A port of root's, with a character typed that its guest has not read, and a line printed. */
FIXTURE(strangers) {
	struct vm vm;
	struct kpl011_attach args;
	char path[64];
	int fd;
};

FIXTURE_SETUP(strangers)
{
	ASSERT_EQ(0, vm_create(&self->vm, true));
	self->args = port_args(self->vm.fd);
	self->args.flags |= KPL011_ATTACH_PAGE;
	self->fd = port_attach_open(&self->args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, self->fd);
	snprintf(self->path, sizeof(self->path), "/dev/kpl011/%u", self->args.id);
	ASSERT_EQ(1, write(self->fd, "x", 1));
	ASSERT_EQ(0, vm_store(&self->vm, VM_UART_GPA, 4, 'a', 1));
}

FIXTURE_TEARDOWN(strangers)
{
	vm_destroy(&self->vm);
	port_poll(self->fd, 0);
	port_reap(self->fd);
	close(self->fd);
}

/* One who asks all that can be asked of a port. */
struct asker {
	const char *path;
	int flags;
};

#define KNOWS_OUTPUT	0x1	/* counters of what is printed */
#define KNOWS_INPUT	0x2	/* and of what is typed */
#define KNOWS_MARKS	0x4
#define KNOWS_STATE	0x8
#define KNOWS_PAGE	0x10	/* whether reads trap, as they do for some time after a key */
#define KNOWS_ROOM	0x20	/* whether what is typed has room */
#define KNOWS_TIMES	0x40	/* of what is printed, and its lines */
#define NOT_ASKED	200

static int ask_all(void *arg)
{
	const struct asker *asker = arg;
	int fd = open(asker->path, asker->flags | O_NONBLOCK);
	struct kpl011_state state = { .size = sizeof(state) };
	struct kpl011_info info = { .size = sizeof(info) };
	struct kpl011_mark mark[4];
	struct kpl011_marks marks = {
		.size = sizeof(marks), .marks = (uintptr_t)mark, .count = 4,
	};
	struct kpl011_seek times = { .size = sizeof(times), .whence = KPL011_SEEK_TIME };
	struct kpl011_seek lines = {
		.size = sizeof(lines), .whence = KPL011_SEEK_LINES, .arg = 1,
	};
	int knows = 0;

	if (fd < 0 || port_info(fd, &info))
		return NOT_ASKED;
	if (info.tx_newest)
		knows |= KNOWS_OUTPUT;
	if (info.rx_bytes || info.rx_queued || info.reads || info.writes || info.interrupts ||
	    info.writes_of[0] || info.page_maps || info.page_unmaps || info.page_cleans)
		knows |= KNOWS_INPUT;
	if (info.page == KPL011_PAGE_MAPPED)
		knows |= KNOWS_PAGE;
	/* There is a byte to read. */
	if (port_poll(fd, POLLIN | POLLOUT) & POLLOUT)
		knows |= KNOWS_ROOM;
	if (!ioctl(fd, KPL011_MARKS, &marks))
		knows |= KNOWS_MARKS;
	else if (errno != EBADF)
		return NOT_ASKED;
	if (!ioctl(fd, KPL011_SEEK, &times) || !ioctl(fd, KPL011_SEEK, &lines))
		knows |= KNOWS_TIMES;
	else if (errno != EBADF)
		return NOT_ASKED;
	if (!ioctl(fd, KPL011_STATE_GET, &state))
		knows |= KNOWS_STATE;
	else if (errno != EBADF)
		return NOT_ASKED;
	return knows;
}

/*
 * ABI: "A user who may read the node but not write to it learns nothing of what is typed"
 * ABI: "never for a file that is not open for writing"
 * ABI: KPL011_STATE_GET EBADF
 * ABI: KPL011_MARKS EBADF
 * ABI: KPL011_SEEK EBADF
 */
TEST_F(strangers, who_was_let_read_or_write_alone_knows_that_alone)
{
	struct asker asker = { .path = self->path, .flags = O_RDONLY };
	const int printed = KNOWS_OUTPUT | KNOWS_MARKS | KNOWS_TIMES;
	int page = KNOWS_PAGE, all;
	struct kpl011_info info;
	uint64_t value;

	/* The page comes when the guest has read what was typed. */
	do {
		ASSERT_EQ(0, vm_load(&self->vm, VM_UART_GPA + PL011_DR, 4, &value, 1));
		ASSERT_EQ(0, port_info(self->fd, &info));
	} while (info.page == KPL011_PAGE_UNMAPPED);
	if (info.page != KPL011_PAGE_MAPPED)
		page = 0;
	all = printed | KNOWS_INPUT | KNOWS_STATE | page;
	ASSERT_EQ(0, chmod(self->path, 0604));
	EXPECT_EQ(printed, users_run_as(STRANGER, ask_all, &asker));
	ASSERT_EQ(0, chmod(self->path, 0602));
	asker.flags = O_WRONLY;
	EXPECT_EQ(KNOWS_OUTPUT | KNOWS_INPUT | KNOWS_ROOM | page, users_run_as(STRANGER, ask_all, &asker));
	ASSERT_EQ(0, chmod(self->path, 0606));
	asker.flags = O_RDWR;
	EXPECT_EQ(all | KNOWS_ROOM, users_run_as(STRANGER, ask_all, &asker));
	/* The owner knows all by any file. */
	ASSERT_EQ(0, chmod(self->path, 0600));
	asker.flags = O_RDONLY;
	EXPECT_EQ(all, ask_all(&asker));
	asker.flags = O_WRONLY;
	EXPECT_EQ(all | KNOWS_ROOM, ask_all(&asker));
}

/* How many of the first @n of @fd read without loss from now on, until one may not. */
struct joiner {
	const int *fd;
	int n;
};

static int join_flow(void *arg)
{
	const struct joiner *joiner = arg;
	int i, ret;

	for (i = 0; i < joiner->n; i++) {
		ret = flow(joiner->fd[i], KPL011_FLOW_ON);
		if (ret != KPL011_FLOW_LOSSLESS)
			return ret == -EDQUOT ? i : NOT_ASKED;
	}
	return i;
}

/*
 * Who was let read a port does not keep its owner, or root's logger, from reading it
 * without loss.
 *
 * ABI: KPL011_FLOW EDQUOT
 * ABI: "how many of them may belong to users other than its owner and root"
 */
TEST_F(strangers, who_was_let_read_leaves_half_of_the_lossless_places)
{
	int fd[KPL011_FLOW_FILES_MAX + 2], i;
	struct joiner all = { fd, KPL011_FLOW_FILES_MAX + 2 };
	struct joiner last = { fd + KPL011_FLOW_FILES_MAX, 1 };
	struct joiner owner = { fd + KPL011_FLOW_STRANGERS_MAX, KPL011_FLOW_FILES_MAX };

	for (i = 0; i < KPL011_FLOW_FILES_MAX + 2; i++) {
		fd[i] = open(self->path, O_RDONLY | O_NONBLOCK);
		ASSERT_LE(0, fd[i]);
	}
	EXPECT_EQ(KPL011_FLOW_STRANGERS_MAX, users_run_as(STRANGER, join_flow, &all));
	EXPECT_EQ(0, users_run_as(USER, join_flow, &last));
	EXPECT_EQ(KPL011_FLOW_FILES_MAX - KPL011_FLOW_STRANGERS_MAX, join_flow(&owner));
	/* Their places are theirs again when one of them goes; the owner's are not. */
	EXPECT_EQ(0, flow(fd[KPL011_FLOW_STRANGERS_MAX], KPL011_FLOW_OFF));
	EXPECT_EQ(0, users_run_as(STRANGER, join_flow, &last));
	EXPECT_EQ(0, flow(fd[0], KPL011_FLOW_OFF));
	EXPECT_EQ(1, users_run_as(STRANGER, join_flow, &last));
	for (i = 0; i < KPL011_FLOW_FILES_MAX + 2; i++)
		close(fd[i]);
}

static long number_in(const char *path)
{
	FILE *file = fopen(path, "re");
	long number = -1;

	if (file && fscanf(file, "%ld", &number) != 1)
		number = -1;
	if (file)
		fclose(file);
	return number;
}

static int set_number(const char *path, long number)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return -1;
	fprintf(file, "%ld\n", number);
	return fclose(file);
}

/* Count a trace event in a process, 0 for this one, and what it makes: a descriptor or -errno. */
static int count_event(long id, pid_t pid)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = id,
		.inherit = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	long fd = syscall(SYS_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

/* The numbers of the module's events: how many. */
static int event_ids(long *ids, int max)
{
	char path[sizeof(EVENTS) + 300];
	struct dirent *entry;
	DIR *dir = opendir(EVENTS);
	int n = 0;

	while (dir && n < max && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), EVENTS "/%s/id", entry->d_name);
		if (number_in(path) > 0)
			ids[n++] = number_in(path);
	}
	if (dir)
		closedir(dir);
	return n;
}

struct counting {
	long ids[16];
	int count;
};

/* How many of them can be counted. */
static int count_all(void *arg)
{
	const struct counting *counting = arg;
	int i, n = 0;

	for (i = 0; i < counting->count; i++)
		if (count_event(counting->ids[i], 0) >= 0)
			n++;
	return n;
}

/* Whether one may have a child. */
static int make_child(void *arg)
{
	pid_t child = fork();

	(void)arg;
	if (!child)
		_exit(0);
	return child > 0 && waitpid(child, NULL, 0) == child ? 1 : 0;
}

/* Counting reads takes the page from every guest, and counting anything keeps the module. */
TEST_F(strangers, no_user_counts_trace_events)
{
	long paranoid = number_in(PARANOID);
	struct counting counting;
	struct kpl011_info info = { .size = sizeof(info) };

	counting.count = event_ids(counting.ids, 16);
	if (access(PARANOID, F_OK) || !counting.count)
		SKIP(return, "this kernel has no perf events, or no trace events");
	ASSERT_EQ(5, counting.count);
	ASSERT_EQ(0, set_number(PARANOID, 1));
	EXPECT_EQ(0, users_run_as(STRANGER, count_all, &counting));
	ASSERT_EQ(0, set_number(PARANOID, paranoid));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(counting.count, count_all(&counting));
}

/* A user's process that root counts events of inherits that to what it starts. */
TEST_F(strangers, a_process_that_root_counts_events_of_may_have_children)
{
	int wait_fd[2], status, event;
	struct counting counting;
	pid_t child;
	char byte;

	counting.count = event_ids(counting.ids, 16);
	if (access(PARANOID, F_OK) || !counting.count)
		SKIP(return, "this kernel has no perf events, or no trace events");
	ASSERT_EQ(0, pipe(wait_fd));
	child = fork();
	ASSERT_LE(0, child);
	/* Those that it makes before root counts do not inherit that. */
	if (!child)
		_exit(read(wait_fd[0], &byte, 1) == 1 ? users_run_as(STRANGER, make_child, NULL) : 200);
	event = count_event(counting.ids[0], child);
	EXPECT_LE(0, event);
	ASSERT_EQ(1, write(wait_fd[1], "x", 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(1, WEXITSTATUS(status));
	close(event);
}

struct threads {
	int before;
	int count;
	char seen[64][64];
};

/* How many kernel threads, by number and name, are of the module, but those seen before. */
static int threads_of_module(void *arg)
{
	struct threads *threads = arg;
	char path[300], name[32], both[64];
	struct dirent *entry;
	int i, fd, n, more = 0;
	DIR *dir = opendir("/proc");

	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		fd = entry->d_name[0] >= '0' && entry->d_name[0] <= '9' ?
		     open(path, O_RDONLY | O_CLOEXEC) : -1;
		n = fd < 0 ? 0 : read(fd, name, sizeof(name) - 1);
		if (fd >= 0)
			close(fd);
		name[n > 0 ? n : 0] = '\0';
		if (strncmp(name, "kworker", 7) || !strstr(name, "kpl011"))
			continue;
		snprintf(both, sizeof(both), "%.16s %.32s", entry->d_name, name);
		for (i = 0; i < threads->count && strcmp(threads->seen[i], both); i++)
			;
		if (i < threads->count)
			continue;
		if (threads->before && i < 64)
			strcpy(threads->seen[threads->count++], both);
		else
			printf("# told of: %s", both);
		more++;
	}
	if (dir)
		closedir(dir);
	return more < 100 ? more : 100;
}

/*
 * A guest that leaves what is typed is told of it again, and a reader that stalls is dropped:
 * both some time later.
 */
TEST_F(strangers, no_kernel_thread_tells_that_somebody_types)
{
	struct threads threads = { .before = 1 };
	struct kpl011_flow flow = { .size = sizeof(flow), .flags = KPL011_FLOW_ON };
	struct kpl011_info before, after;
	struct kpl011_attach args;
	struct vm vm;
	int fd, i;

	ASSERT_EQ(0, vm_create(&vm, true));
	args = port_args(vm.fd);
	args.ring_size = KPL011_RING_MIN;
	args.flow_ms = 1;
	fd = port_attach_open(&args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, fd);
	threads_of_module(&threads);
	threads.before = 0;
	ASSERT_EQ(0, vm_store(&vm, VM_UART_GPA + PL011_IMSC, 4, PL011_INT_RX, 1));
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(1, write(fd, "x", 1));
		ASSERT_EQ(0, port_info(fd, &before));
		ASSERT_EQ(0, vm_store(&vm, VM_UART_GPA + PL011_ICR, 4, PL011_INT_ALL, 1));
		do {
			ASSERT_EQ(0, port_info(fd, &after));
		} while (after.interrupts == before.interrupts);
	}
	EXPECT_EQ(0, users_run_as(STRANGER, threads_of_module, &threads));
	ASSERT_EQ(0, ioctl(fd, KPL011_FLOW, &flow));
	ASSERT_EQ(0, vm_store(&vm, VM_UART_GPA, 4, 'a', KPL011_RING_MIN + 1));
	EXPECT_EQ(POLLPRI, port_poll(fd, POLLPRI));
	EXPECT_EQ(0, users_run_as(STRANGER, threads_of_module, &threads));
	vm_destroy(&vm);
	port_poll(fd, 0);
	port_reap(fd);
	close(fd);
}

/* How often the owner, told of a port, may not read the port's name: to 100. */
static int told_too_early(void *arg)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int events = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	const struct timeval surely = { .tv_sec = SURELY };
	const int *kvm = arg;
	int bad = 0, told, fd, vm, status;
	struct kpl011_attach args;
	char event[4096], path[4200];
	ssize_t n;
	pid_t child;

	if (events < 0 || bind(events, (struct sockaddr *)&address, sizeof(address)) ||
	    setsockopt(events, SOL_SOCKET, SO_RCVTIMEO, &surely, sizeof(surely)))
		return 100;
	/* Each in a process of its own, so that the VM ends before the next one. */
	for (told = 0; told < ROUNDS; told++) {
		child = fork();
		if (!child) {
			vm = ioctl(*kvm, KVM_CREATE_VM, 0);
			args = port_args(vm);
			args.ring_size = KPL011_RING_MIN;
			_exit(-port_attach(&args));
		}
		do {
			n = recv(events, event, sizeof(event) - 1, 0);
			if (n < 0) {
				perror("uevents");
				return 100;
			}
			event[n] = '\0';
		} while (strncmp(event, "add@", 4) || !strstr(event, "/kpl011/"));
		snprintf(path, sizeof(path), "/sys%s/name", event + 4);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 && errno == EACCES)
			bad++;
		close(fd);
		if (waitpid(child, &status, 0) != child || status)
			return 100;
	}
	close(events);
	return bad < 100 ? bad : 100;
}

TEST_F(strangers, who_is_told_of_a_port_of_his_may_read_what_is_his)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	EXPECT_EQ(0, users_run_as(USER, told_too_early, &kvm));
	close(kvm);
}

TEST_HARNESS_MAIN
