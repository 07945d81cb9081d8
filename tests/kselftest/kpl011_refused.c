// SPDX-License-Identifier: GPL-2.0-only
/*
 * KPL011_ATTACH: what it refuses and with which error, and that nothing is left of
 * that.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "harness.h"

#include "kernel.h"
#include "port.h"
#include "vm.h"

/* Where the first version of struct kpl011_attach ended. */
#define ATTACH_V1	offsetof(struct kpl011_attach, state)

FIXTURE(refused) {
	struct vm vm;
	struct kpl011_attach args;
};

FIXTURE_SETUP(refused)
{
	ASSERT_EQ(0, vm_create(&self->vm, true));
	self->args = port_args(self->vm.fd);
}

FIXTURE_TEARDOWN(refused)
{
	vm_destroy(&self->vm);
}

/* ABI: KPL011_ATTACH EBADF */
TEST_F(refused, EBADF_for_a_descriptor_that_is_not_open)
{
	self->args.vm_fd = 1000;
	EXPECT_EQ(-EBADF, port_attach(&self->args));
	self->args.vm_fd = -1;
	EXPECT_EQ(-EBADF, port_attach(&self->args));
}

/*
 * ABI: KPL011_ATTACH ENODEV
 * ABI: "file descriptor that KVM_CREATE_VM returned"
 */
TEST_F(refused, ENODEV_for_what_is_no_vm)
{
	self->args.vm_fd = open("/dev/null", O_RDWR);
	EXPECT_EQ(-ENODEV, port_attach(&self->args));
	self->args.vm_fd = open("/dev/kvm", O_RDWR);
	EXPECT_EQ(-ENODEV, port_attach(&self->args));
	self->args.vm_fd = self->vm.vcpu;
	EXPECT_EQ(-ENODEV, port_attach(&self->args));
}

/* ABI: KPL011_ATTACH EEXIST */
TEST_F(refused, EEXIST_the_second_time)
{
	ASSERT_EQ(0, port_attach(&self->args));
	EXPECT_EQ(-EEXIST, port_attach(&self->args));
}

/* ABI: KPL011_ATTACH EADDRINUSE */
TEST_F(refused, EADDRINUSE_where_the_vm_has_memory)
{
	self->args.gpa = VM_MEMORY_GPA;
	EXPECT_EQ(-EADDRINUSE, port_attach(&self->args));
}

/* ABI: KPL011_ATTACH EADDRINUSE */
TEST_F(refused, EADDRINUSE_where_the_vm_has_its_gic)
{
	static const uint64_t gpas[] = {
		VM_GICD_GPA, VM_GICD_GPA + 0xf000, VM_GICR_GPA, VM_GICR_GPA + 0x1f000,
	};
	unsigned int runs;
	size_t i;

	if (self->vm.gic_version != 3)
		SKIP(return, "kpl011_gic2 has the case of a GICv2");
	/* KVM puts the distributor on its bus when the vCPU first runs. */
	for (runs = 0; runs < 2; runs++) {
		for (i = 0; i < sizeof(gpas) / sizeof(*gpas); i++) {
			self->args.gpa = gpas[i];
			EXPECT_EQ(-EADDRINUSE, port_attach(&self->args));
		}
		ASSERT_EQ(0, vm_store(&self->vm, VM_EXIT_GPA, 4, 0, 1) &&
			     errno != EIO);
	}
	/* Beside it there is room. */
	self->args.gpa = VM_GICD_GPA - KPL011_MMIO_SIZE;
	EXPECT_EQ(0, port_attach(&self->args));
	self->args.gpa = VM_GICD_GPA + 0x10000;
	self->args.intid++;
	EXPECT_EQ(0, port_attach(&self->args));
}

/*
 * KVM takes the level from its PMU alone then: no interrupt of a port would come.
 *
 * ABI: KPL011_ATTACH EADDRINUSE
 */
TEST_F(refused, EADDRINUSE_for_the_interrupt_of_the_pmu)
{
	struct vm vm;

	if (ioctl(self->vm.fd, KVM_CHECK_EXTENSION, KVM_CAP_ARM_PMU_V3) <= 0)
		SKIP(return, "this host gives no PMU to VMs");
	ASSERT_EQ(0, vm_create_with_pmu(&vm, KPL011_VIRT_INTID));
	self->args.vm_fd = vm.fd;
	EXPECT_EQ(-EADDRINUSE, port_attach(&self->args));
	self->args.intid++;
	EXPECT_EQ(0, port_attach(&self->args));
	vm_destroy(&vm);
}

/* ABI: KPL011_ATTACH EADDRINUSE */
TEST_F(refused, EADDRINUSE_for_the_intid_of_another_port)
{
	ASSERT_EQ(0, port_attach(&self->args));
	self->args.gpa += KPL011_MMIO_SIZE;
	EXPECT_EQ(-EADDRINUSE, port_attach(&self->args));
	self->args.intid++;
	EXPECT_EQ(0, port_attach(&self->args));
}

/*
 * ABI: KPL011_ATTACH ERANGE
 * ABI: "INTIDs of shared peripheral interrupts"
 */
TEST_F(refused, ERANGE_for_an_intid_that_is_no_spi)
{
	static const uint32_t intids[] = { 0, 16, 31, 1020, 1023, 8192, ~0u };
	size_t i;

	for (i = 0; i < sizeof(intids) / sizeof(*intids); i++) {
		self->args.intid = intids[i];
		EXPECT_EQ(-ERANGE, port_attach(&self->args));
	}
}

/*
 * ABI: KPL011_ATTACH ERANGE
 * ABI: "one that the VM's GIC has, if that is set up already"
 */
TEST_F(refused, ERANGE_for_an_spi_that_the_gic_does_not_have)
{
	self->args.intid = 32 + VM_SPIS;
	EXPECT_EQ(-ERANGE, port_attach(&self->args));
	self->args.intid--;
	EXPECT_EQ(0, port_attach(&self->args));
}

/* ABI: KPL011_ATTACH ENOSPC */
TEST_F(refused, ENOSPC_where_kvm_takes_no_more_devices)
{
	struct kvm_coalesced_mmio_zone zone = { .addr = 0x10000000, .size = 8 };
	struct vm full;

	ASSERT_EQ(0, vm_create(&full, false));
	while (!ioctl(full.fd, KVM_REGISTER_COALESCED_MMIO, &zone))
		zone.addr += 16;
	ASSERT_EQ(ENOSPC, errno);
	self->args.vm_fd = full.fd;
	EXPECT_EQ(-ENOSPC, port_attach(&self->args));
	zone.addr -= 16;
	ASSERT_EQ(0, ioctl(full.fd, KVM_UNREGISTER_COALESCED_MMIO, &zone));
	EXPECT_EQ(0, port_attach(&self->args));
	vm_destroy(&full);
}

/*
 * ABI: KPL011_ATTACH EINVAL
 * ABI: "the register page, a multiple of KPL011_MMIO_SIZE"
 */
TEST_F(refused, EINVAL_for_an_address_that_is_not_allowed)
{
	static const uint64_t gpas[] = {
		KPL011_VIRT_GPA + 4, KPL011_VIRT_GPA + 0x800, 1ull << 52,
		~0ull - 0xfff,
	};
	size_t i;

	for (i = 0; i < sizeof(gpas) / sizeof(*gpas); i++) {
		self->args.gpa = gpas[i];
		EXPECT_EQ(-EINVAL, port_attach(&self->args));
	}
}

/*
 * ABI: KPL011_ATTACH EINVAL
 * ABI: "a power of two in this range"
 */
TEST_F(refused, EINVAL_for_a_history_that_is_not_allowed)
{
	static const uint32_t sizes[] = {
		1, KPL011_RING_MIN / 2, KPL011_RING_MIN + 1, 0x18000,
		KPL011_RING_MAX * 2, ~0u,
	};
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		self->args.ring_size = sizes[i];
		EXPECT_EQ(-EINVAL, port_attach(&self->args));
	}
}

/*
 * ABI: KPL011_ATTACH EINVAL
 * ABI: "printable ASCII without '/', or empty"
 * ABI: "Bytes after the terminating NUL must be zero."
 */
TEST_F(refused, EINVAL_for_a_malformed_name)
{
	static const char *const names[] = { "a/b", "a\nb", "\x1b[2J", "\x7f",
					     "\xc3\xa4" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		memset(self->args.name, 0, KPL011_NAME_SIZE);
		strcpy(self->args.name, names[i]);
		EXPECT_EQ(-EINVAL, port_attach(&self->args));
	}
	memset(self->args.name, 'a', KPL011_NAME_SIZE);
	EXPECT_EQ(-EINVAL, port_attach(&self->args));
	memset(self->args.name, 0, KPL011_NAME_SIZE);
	self->args.name[KPL011_NAME_SIZE - 1] = 'a';
	EXPECT_EQ(-EINVAL, port_attach(&self->args));
}

/* ABI: every ioctl EINVAL */
TEST_F(refused, EINVAL_for_a_structure_smaller_than_the_first)
{
	uint32_t size;

	for (size = 0; size < ATTACH_V1; size += 8) {
		self->args.size = size;
		EXPECT_EQ(-EINVAL, port_attach(&self->args));
	}
}

/*
 * ABI: every ioctl E2BIG
 * ABI: "the kernel accepts it if the bytes that it does not know are zero"
 */
TEST_F(refused, larger_structure_only_if_the_rest_is_zero)
{
	struct {
		struct kpl011_attach args;
		uint32_t more[4];
	} larger = { .args = self->args };
	int control = open("/dev/kpl011/control", O_RDWR);

	ASSERT_LE(0, control);
	larger.args.size = sizeof(larger);
	larger.more[3] = 1;
	EXPECT_EQ(-1, ioctl(control, KPL011_ATTACH, &larger));
	EXPECT_EQ(E2BIG, errno);
	larger.more[3] = 0;
	EXPECT_EQ(0, ioctl(control, KPL011_ATTACH, &larger));
	larger.args.size = ~0u;
	EXPECT_EQ(-1, ioctl(control, KPL011_ATTACH, &larger));
	EXPECT_EQ(E2BIG, errno);
}

/* ABI: every ioctl EOPNOTSUPP */
TEST_F(refused, EOPNOTSUPP_for_an_unknown_flag)
{
	self->args.flags = 1u << 31;
	EXPECT_EQ(-EOPNOTSUPP, port_attach(&self->args));
}

/* ABI: every ioctl EFAULT ENOTTY */
TEST_F(refused, EFAULT_and_ENOTTY)
{
	int control = open("/dev/kpl011/control", O_RDWR);

	EXPECT_EQ(-1, ioctl(control, KPL011_ATTACH, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(control, KPL011_INFO, &self->args));
	EXPECT_EQ(ENOTTY, errno);
}

/* ABI: KPL011_ATTACH "none of which changes anything" */
TEST_F(refused, refused_attach_leaves_nothing_behind)
{
	struct kpl011_attach good = self->args;
	unsigned int last;
	struct vm other;

	ASSERT_EQ(0, port_attach(&self->args));
	last = self->args.id;
	ASSERT_EQ(0, vm_create(&other, true));
	good.vm_fd = other.fd;
	self->args = good;
	self->args.gpa = VM_MEMORY_GPA;
	ASSERT_EQ(-EADDRINUSE, port_attach(&self->args));
	EXPECT_EQ(-ENOENT, port_open(last + 1, O_RDONLY));
	/* Not even a number is spent. */
	EXPECT_EQ(0, port_attach(&good));
	EXPECT_EQ(last + 1, good.id);
	vm_destroy(&other);
}

/* What has been seen in @watch: how many names came and went. */
static int seen(int watch)
{
	char events[1024];
	ssize_t n = read(watch, events, sizeof(events)), at;
	int count = 0;

	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	for (at = 0; at < n; count++)
		at += sizeof(struct inotify_event) +
		      ((struct inotify_event *)(events + at))->len;
	return count;
}

/* ABI: KPL011_ATTACH "none of which changes anything" */
TEST_F(refused, nobody_sees_an_attach_that_is_refused)
{
	static const struct {
		uint64_t gpa;
		uint32_t intid;
		int ret;
	} refused[] = {
		{ KPL011_VIRT_GPA, KPL011_VIRT_INTID, -EEXIST },
		{ KPL011_VIRT_GPA + KPL011_MMIO_SIZE, KPL011_VIRT_INTID, -EADDRINUSE },
		{ VM_MEMORY_GPA, KPL011_VIRT_INTID + 1, -EADDRINUSE },
		{ KPL011_VIRT_GPA + KPL011_MMIO_SIZE, KPL011_INTID_MAX, -ERANGE },
		{ 1ull << 52, KPL011_VIRT_INTID + 1, -EINVAL },
	};
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	size_t i;

	ASSERT_LE(0, inotify_add_watch(watch, "/dev/kpl011", IN_CREATE | IN_DELETE));
	ASSERT_EQ(0, port_attach(&self->args));
	EXPECT_EQ(1, seen(watch));
	for (i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		self->args.gpa = refused[i].gpa;
		self->args.intid = refused[i].intid;
		EXPECT_EQ(refused[i].ret, port_attach(&self->args));
		EXPECT_EQ(0, seen(watch)) {
			TH_LOG("when it was refused with %d", refused[i].ret);
		}
	}
	close(watch);
}

/* ABI: every ioctl EFAULT */
TEST_F(refused, structure_that_cannot_be_returned_changes_nothing_in_the_vm)
{
	struct kpl011_attach *args, of_other;
	struct vm other;

	ASSERT_EQ(0, vm_create(&other, true));
	of_other = port_args(other.fd);
	ASSERT_EQ(0, port_attach(&of_other));
	/* The VMM's own UART has something to say. */
	ASSERT_EQ(0, vm_store(&self->vm, VM_GICD_GPA + 0xc08, 4, 0, 1));
	ASSERT_EQ(0, vm_set_line(&self->vm, self->args.intid, 1));
	args = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)args);
	*args = self->args;
	ASSERT_EQ(0, mprotect(args, 4096, PROT_READ));
	EXPECT_EQ(-EFAULT, port_attach(args));
	EXPECT_EQ(1, vm_line(&self->vm, self->args.intid));
	EXPECT_EQ(0, port_attach(&self->args));
	EXPECT_EQ(of_other.id + 1, self->args.id);
	vm_destroy(&other);
}

#define TRACING		"/sys/kernel/tracing/"
#define REFUSED		100

/* No more, or not from a case before that ended in the middle. */
static void trace_no_more(void)
{
	put(TRACING "events/kprobes/kpl_later/enable", "0");
	put(TRACING "kprobe_events", "-:kpl_later\n");
}

static void trace_empty(void)
{
	close(open(TRACING "trace", O_WRONLY | O_TRUNC));
}

/* Trace what has @function called after a grace period. 0 or -errno. */
static int trace_later(unsigned long function)
{
	unsigned long start, end;
	char text[100];
	int ret;

	trace_no_more();
	trace_empty();
	/* It is the same as call_rcu() where no task is preempted in the kernel. */
	snprintf(text, sizeof(text), "p:kpl_later %s func=%%x1:x64\n",
		 function_range("call_rcu_tasks", &start, &end) ? "call_rcu_tasks" : "call_rcu");
	ret = put(TRACING "kprobe_events", text);
	snprintf(text, sizeof(text), "func==0x%lx", function);
	ret = ret ?: put(TRACING "events/kprobes/kpl_later/filter", text);
	return ret ?: put(TRACING "events/kprobes/kpl_later/enable", "1");
}

static unsigned int traced(void)
{
	FILE *file = fopen(TRACING "trace", "re");
	unsigned int n = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		n += line[0] != '#' && strstr(line, "kpl_later:");
	if (file)
		fclose(file);
	return n;
}

/* A user can have attaches refused more quickly than grace periods end. */
TEST_F(refused, device_that_was_refused_waits_for_no_grace_period)
{
	static const struct kpl011_uart_state none;
	struct kpl011_detach leave = { .size = sizeof(leave) };
	time_t late = time(NULL) + SURELY;
	unsigned long unseen, end;
	unsigned int i;
	int fd;

	if (access(TRACING "kprobe_events", W_OK) ||
	    !function_range("vm_unseen", &unseen, &end))
		SKIP(return, "no kernel probes");
	ASSERT_EQ(0, trace_later(unseen));
	self->args.state = (uintptr_t)&none;
	for (i = 0; i < REFUSED; i++)
		EXPECT_EQ(-EINVAL, port_attach(&self->args));
	/* What was detached before this case may be among them. */
	EXPECT_GT(REFUSED / 2, traced());
	trace_empty();
	ASSERT_EQ(0, traced());
	/* One that was in the VM does wait. */
	self->args.state = 0;
	ASSERT_EQ(0, port_attach(&self->args));
	fd = port_open(self->args.id, O_RDWR);
	ASSERT_EQ(0, ioctl(fd, KPL011_DETACH, &leave));
	EXPECT_EQ(0, port_reap(fd));
	close(fd);
	while (!traced())
		ASSERT_GT(late, time(NULL));
	trace_no_more();
}

TEST_HARNESS_MAIN
