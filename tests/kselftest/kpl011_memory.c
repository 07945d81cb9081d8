// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of a port is charged to the memory cgroup of who attaches it. It
 * takes a host whose memory controller is that of cgroup version 2.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "harness.h"

#include "cgroup.h"
#include "port.h"
#include "users.h"
#include "vm.h"

#define MIB	(1l << 20)
#define RING	(8 * MIB)

FIXTURE(memory) {
	struct cgroup cgroup;
	const char *missing;
};

FIXTURE_SETUP(memory)
{
	self->missing = cgroup_create(&self->cgroup);
	if (!self->missing)
		users_reap();
}

FIXTURE_TEARDOWN(memory)
{
	cgroup_destroy(&self->cgroup);
}

/* What a child tells of ports that it attached. */
struct result {
	int count;
	int error;
	long before;
	long after;
};

/* What a group is charged, without what the CPUs hold in store for it. */
static long charged(const char *group)
{
	if (file_put(group, "memory.high", "0") || file_put(group, "memory.high", "max"))
		return -1;
	return file_get(group, "memory.current");
}

/* What the module charges for a port at least, whose node is open for writing if @opened. */
static long least(uint32_t ring, bool opened)
{
	const long page = sysconf(_SC_PAGESIZE), marks = ring / 32 * sizeof(struct kpl011_mark);
	/* The positions, the history and the marks; struct kpl_entry; the queue to the guest. */
	const long pages = page + (ring + page - 1) / page * page + (marks + page - 1) / page * page;

	return pages + 2000 + (opened ? 4096 : 0);
}

/* Attach ports, and open them if @opened, until it fails or there are @max of @ring bytes. */
static void attach_many(int vm, int max, uint32_t ring, bool opened, struct result *result)
{
	while (!result->error && result->count < max) {
		struct kpl011_attach args = port_args(vm);

		args.gpa += 0x1000ull * result->count;
		args.intid += result->count;
		args.ring_size = ring;
		result->error = port_attach(&args);
		if (!result->error && opened && port_open(args.id, O_RDWR) < 0)
			result->error = -EIO;
		if (!result->error)
			result->count++;
	}
}

static int some_vm(void)
{
	return ioctl(open("/dev/kvm", O_RDWR | O_CLOEXEC), KVM_CREATE_VM, 0);
}

static void attach_and_tell(const char *group, int max, uint32_t ring, bool opened, int out, int in)
{
	struct result result = { 0 };
	int vm = some_vm();
	char byte;

	file_put(group, "cgroup.procs", "0");
	result.before = charged(group);
	attach_many(vm, max, ring, opened, &result);
	result.after = charged(group);
	if (write(out, &result, sizeof(result)) < 0 || read(in, &byte, 1))
		_exit(1);
	_exit(0);
}

/* That in a child in the cgroup. Returns whether it told; it waits for @end. */
static bool many(const char *group, int max, uint32_t ring, bool opened, struct result *result,
		 pid_t *child, int *end)
{
	int out[2], in[2];
	bool told;

	if (pipe(out) || pipe(in))
		return false;
	*child = fork();
	if (!*child) {
		close(out[0]);
		close(in[1]);
		attach_and_tell(group, max, ring, opened, out[1], in[0]);
	}
	close(out[1]);
	close(in[0]);
	told = read(out[0], result, sizeof(*result)) == sizeof(*result);
	close(out[0]);
	*end = in[1];
	return told;
}

/*
 * ABI: KPL011_ATTACH ENOMEM
 */
TEST_F(memory, ENOMEM_beyond_what_the_cgroup_may_have)
{
	struct result result;
	int status, end;
	pid_t child;

	if (self->missing)
		SKIP(return, "%s", self->missing);
	ASSERT_EQ(0, file_put(self->cgroup.path, "memory.max", "67108864"));
	ASSERT_TRUE(many(self->cgroup.path, 16, RING, false, &result, &child, &end));
	/* Not killed for it, and more than one was possible. */
	EXPECT_EQ(-ENOMEM, result.error);
	EXPECT_LE(2, result.count);
	EXPECT_GE(67108864 / least(RING, false), result.count);
	close(end);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

/* The files of a cgroup that say what its processes may have, open. */
struct limit {
	int high;
	int current;
	int max;
};

static int limit_open(struct limit *limit, const char *group)
{
	int dir = open(group, O_PATH | O_CLOEXEC);

	limit->high = openat(dir, "memory.high", O_WRONLY | O_CLOEXEC);
	limit->current = openat(dir, "memory.current", O_RDONLY | O_CLOEXEC);
	limit->max = openat(dir, "memory.max", O_WRONLY | O_CLOEXEC);
	close(dir);
	return limit->high < 0 || limit->current < 0 || limit->max < 0 ? -1 : 0;
}

/* No limit any more. */
static int limit_lift(const struct limit *limit)
{
	return pwrite(limit->max, "max", 3, 0) == 3 ? 0 : -1;
}

/* They may have so many pages more than they have. */
static int limit_to(const struct limit *limit, unsigned int pages)
{
	char text[32] = "";
	int n;

	/* What the CPUs hold in store goes back, or it would be had besides. */
	if (pwrite(limit->high, "0", 1, 0) != 1 || pwrite(limit->high, "max", 3, 0) != 3 ||
	    pread(limit->current, text, sizeof(text) - 1, 0) <= 0)
		return -1;
	n = snprintf(text, sizeof(text), "%ld", atol(text) + pages * (long)getpagesize());
	return pwrite(limit->max, text, n, 0) == n ? 0 : -1;
}

/*
 * Attach where there is a port already, with room for none to all of the pages
 * that it asks for first: KVM, whose own memory may have a process killed, is
 * not asked for anything. Returns what came of it, a bit each.
 */
static int attach_into_ever_more(const char *group)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	struct kpl011_attach args = port_args(ioctl(kvm, KVM_CREATE_VM, 0));
	int control = open("/dev/kpl011/control", O_RDWR | O_CLOEXEC);
	struct limit limit;
	unsigned int pages;
	int seen = 0;

	args.ring_size = KPL011_RING_MIN;
	args.flags = KPL011_ATTACH_PAGE;
	if (limit_open(&limit, group) || file_put(group, "cgroup.procs", "0") ||
	    limit_to(&limit, 1000) || port_attach(&args))
		return 1;
	for (pages = 0; pages < 40; pages++) {
		int ret;

		if (limit_to(&limit, pages))
			return 1;
		ret = ioctl(control, KPL011_ATTACH, &args) ? errno : 0;
		if (limit_lift(&limit))
			return 1;
		seen |= ret == ENOMEM ? 2 : ret == EEXIST ? 4 : 8;
	}
	return seen;
}

/*
 * Not for the last few bytes either.
 *
 * ABI: KPL011_ATTACH ENOMEM
 */
TEST_F(memory, nobody_is_killed_for_the_small_things_of_an_attach)
{
	int status;
	pid_t child;

	if (self->missing)
		SKIP(return, "%s", self->missing);
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(attach_into_ever_more(self->cgroup.path));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	/* Both were seen, and nothing else. */
	EXPECT_EQ(2 | 4, WEXITSTATUS(status));
}

#define MANY_DEVICES	1600

/*
 * So many of them that the VM's list of devices is 16 pages in one piece, which
 * are not had by chance. 0 or -errno.
 */
static int many_devices(struct vm *vm)
{
	struct kvm_ioeventfd event = {
		.addr = 0x70000000, .len = 4, .fd = eventfd(0, EFD_CLOEXEC),
	};
	unsigned int i;

	for (i = 0; i < MANY_DEVICES; i++, event.addr += 8)
		if (ioctl(vm->fd, KVM_IOEVENTFD, &event))
			return -errno;
	return 0;
}

/* What a child tells: the line that was not as it should be, or 0. */
#define CHECK(condition) do {			\
		if (!(condition))		\
			return __LINE__;	\
	} while (0)

static int told(int (*claim)(const char *group), const char *group)
{
	int pipes[2], line = -1;
	pid_t child;

	if (pipe(pipes))
		return -1;
	child = fork();
	if (!child) {
		line = claim(group);
		_exit(write(pipes[1], &line, sizeof(line)) != sizeof(line));
	}
	close(pipes[1]);
	/* Not if it was killed. */
	if (read(pipes[0], &line, sizeof(line)) != sizeof(line))
		line = -1;
	close(pipes[0]);
	waitpid(child, NULL, 0);
	return line;
}

/* Detach and forget a port. 0 or -errno. */
static int leave(int fd)
{
	struct kpl011_detach args = { .size = sizeof(args) };
	int ret = ioctl(fd, KPL011_DETACH, &args) ? -errno : port_reap(fd);

	close(fd);
	return ret;
}

#define ZONE_GPA	0x20000000ull

static int port_leaves_its_place(const char *group)
{
	/* The VMM has stores to it kept in memory, by a device in the kernel. */
	struct kvm_coalesced_mmio_zone zone = { .addr = ZONE_GPA, .size = 0x10000 };
	struct kpl011_attach args, other;
	long refs = LONG_MAX;
	struct limit limit;
	unsigned int i;
	struct vm vm;
	int fd;

	CHECK(!file_put(group, "cgroup.procs", "0") && !limit_open(&limit, group));
	CHECK(!vm_create(&vm, false));
	args = port_args(vm.fd);
	other = args;
	other.gpa = ZONE_GPA + 0x1000;
	other.intid++;
	CHECK(!port_attach(&args) && !many_devices(&vm));
	/* What can be reclaimed is at some time. */
	for (i = 0; i < 20 && file_get("/sys/module/kpl011", "refcnt") <= refs; i++) {
		refs = file_get("/sys/module/kpl011", "refcnt");
		fd = port_attach_open(&other, O_RDWR);
		CHECK(fd >= 0 && !limit_to(&limit, 0));
		CHECK(!leave(fd) && !limit_lift(&limit));
	}
	CHECK(i < 20);
	CHECK(vm_store(&vm, other.gpa, 4, 'x', 1) == -1);
	/* A larger device comes over its place. */
	CHECK(!ioctl(vm.fd, KVM_REGISTER_COALESCED_MMIO, &zone));
	for (i = 0; i < 16; i++) {
		CHECK(!vm_store(&vm, ZONE_GPA + 0x0004, 4, i, 1));
		CHECK(!vm_store(&vm, ZONE_GPA + 0x1004, 4, i, 1));
		CHECK(!vm_store(&vm, ZONE_GPA + 0x2004, 4, i, 1));
	}
	CHECK(!vm_store(&vm, args.gpa, 4, 'x', 1));
	return 0;
}

/*
 * There was no memory to take a port off the list, and what comes to its place is
 * found all the same, wherever KVM begins to look.
 */
TEST_F(memory, place_of_a_port_that_left_hides_no_other_device)
{
	if (self->missing)
		SKIP(return, "%s", self->missing);
	EXPECT_EQ(0, told(port_leaves_its_place, self->cgroup.path));
}

/* What a group may have when all of a test's is gone: each CPU holds 64 pages, of their size. */
static long stored(void)
{
	return 2 * MIB + 64 * sysconf(_SC_PAGESIZE) * sysconf(_SC_NPROCESSORS_ONLN);
}

/*
 * Of large rings, half of which again are marks; of small ones, which cost more beside
 * their bytes; and of those that somebody types at.
 */
TEST_F(memory, is_charged_for_what_is_attached_and_comes_back)
{
	static const struct {
		int count;
		uint32_t ring;
		bool opened;
	} of[] = { { 4, RING }, { 500, KPL011_RING_MIN }, { 500, KPL011_RING_MIN, true } };
	struct result result;
	int i, k, end, status;
	long left = 0;
	pid_t child;

	if (self->missing)
		SKIP(return, "%s", self->missing);
	for (i = 0; i < 3; i++) {
		ASSERT_TRUE(many(self->cgroup.path, of[i].count, of[i].ring, of[i].opened, &result,
				 &child, &end));
		EXPECT_EQ(0, result.error);
		EXPECT_LE(of[i].count * least(of[i].ring, of[i].opened),
			  result.after - result.before) {
			TH_LOG("%d ports of %u bytes%s", of[i].count, of[i].ring,
			       of[i].opened ? ", opened" : "");
		}
		close(end);
		ASSERT_EQ(child, waitpid(child, &status, 0));
		EXPECT_EQ(0, status);
		/* Those that are kept, and what is in store. */
		for (k = 0; k < 1000; k++) {
			users_reap();
			left = file_get(self->cgroup.path, "memory.current");
			if (left < stored())
				break;
			usleep(10000);
		}
		EXPECT_GT(stored(), left);
	}
}

/* Whenever a process of a full cgroup is killed, nothing of it is left. */
TEST_F(memory, comes_back_from_whoever_is_killed)
{
	struct result result = { 0 };
	unsigned int round, k;
	long left = 0;
	pid_t child;

	if (self->missing)
		SKIP(return, "%s", self->missing);
	ASSERT_EQ(0, file_put(self->cgroup.path, "memory.max", "67108864"));
	for (round = 0; round < 30; round++) {
		child = fork();
		ASSERT_LE(0, child);
		if (!child) {
			int vm = some_vm();

			file_put(self->cgroup.path, "cgroup.procs", "0");
			attach_many(vm, 16, RING, false, &result);
			for (;;)
				pause();
		}
		usleep(5000 + round * 2000);
		kill(child, SIGKILL);
		ASSERT_EQ(child, waitpid(child, NULL, 0));
		users_reap();
	}
	for (k = 0; k < 1000; k++) {
		users_reap();
		left = file_get(self->cgroup.path, "memory.current");
		if (left < stored())
			break;
		usleep(10000);
	}
	EXPECT_GT(stored(), left);
}

TEST_HARNESS_MAIN
