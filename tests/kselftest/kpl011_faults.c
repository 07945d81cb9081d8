// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whatever a port takes to come, to work and to go fails once, one after the other, until
 * nothing is left to fail: the call says so or does without, and all is as it was before.
 * It takes a kernel with fault injection (the lab's 6.12-debug); KASAN and kmemleak of
 * the same kernel look on. kpl011_calls has what is called on an open file.
 */
#include <linux/kvm.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "fixture_faults.h"

static int other_attach(FIXTURE_DATA(faults) *self, int vm, uint32_t flags)
{
	static struct kpl011_uart_state state;
	struct kpl011_state saved = { .size = sizeof(saved) };
	int control, ret;

	control = open("/dev/kpl011/control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		return -errno;
	self->args = port_args(vm);
	self->args.gpa += 0x40000;
	self->args.intid++;
	self->args.flags = flags;
	if (flags & KPL011_ATTACH_STRICT) {
		memset(&state, 0, sizeof(state));
		if (!ioctl(self->fd, KPL011_STATE_GET, &saved))
			state = saved.uart;
		else
			saved.size = 0;
		self->args.state = saved.size ? (uintptr_t)&state : 0;
	}
	ret = ioctl(control, KPL011_ATTACH, &self->args) ? -errno : 0;
	close(control);
	return ret;
}

static int attach_plain(FIXTURE_DATA(faults) *self)
{
	return other_attach(self, self->vm.fd, 0);
}

static int attach_page(FIXTURE_DATA(faults) *self)
{
	return other_attach(self, self->vm.fd, KPL011_ATTACH_PAGE);
}

static int attach_state(FIXTURE_DATA(faults) *self)
{
	return other_attach(self, self->vm.fd, KPL011_ATTACH_STRICT);
}

static int user_vm;

/* Whose files in sysfs are given to its owner. */
static int attach_of_user(FIXTURE_DATA(faults) *self)
{
	return other_attach(self, user_vm, KPL011_ATTACH_PAGE);
}

/*
 * Where devtmpfs had no memory for the node the driver core says nothing of it,
 * and the device is there without: as for any device, it can be made by hand.
 */
static int open_without_node(unsigned int id)
{
	unsigned int major, minor;
	char path[64];
	FILE *file;
	int fd, n;

	snprintf(path, sizeof(path), "/sys/class/kpl011/%u/dev", id);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	n = fscanf(file, "%u:%u", &major, &minor);
	fclose(file);
	if (n != 2)
		return -EIO;
	snprintf(path, sizeof(path), "/tmp/kpl011-%u", id);
	if (mknod(path, S_IFCHR | 0600, makedev(major, minor)))
		return -errno;
	fd = open(path, O_RDWR | O_CLOEXEC);
	n = errno;
	unlink(path);
	return fd < 0 ? -n : fd;
}

static int detach_other(FIXTURE_DATA(faults) *self)
{
	struct kpl011_detach args = { .size = sizeof(args) };
	int fd = port_open(self->args.id, O_RDWR);
	int ret = 0;

	if (fd == -ENOENT)
		fd = open_without_node(self->args.id);
	if (fd < 0)
		return fd;
	if (ioctl(fd, KPL011_DETACH, &args))
		ret = -errno;
	if (!ret)
		ret = port_reap(fd);
	close(fd);
	return ret;
}

/* ABI: KPL011_ATTACH ENOMEM */
TEST_F(faults, ENOMEM_of_an_attach_leaves_nothing)
{
	uint64_t value;

	if (self->missing)
		SKIP(return, "%s", self->missing);
	fail_each(_metadata, self, "attach", attach_plain, detach_other);
	fail_each(_metadata, self, "attach with the page", attach_page, detach_other);
	fail_each(_metadata, self, "attach with a state", attach_state, detach_other);
	user_vm = users_vm_of(1000);
	ASSERT_LE(0, user_vm);
	fail_each(_metadata, self, "attach to a user's VM", attach_of_user, detach_other);
	close(user_vm);
	ASSERT_EQ(0, vm_load(&self->vm, REG(PL011_FR), 4, &value, 1));
	EXPECT_EQ(0x97, value);
}

/*
 * The other devices of the VM stay, in any case, and so it goes on.
 *
 * ABI: "The ioctl involves no other device of the VM, and needs no memory."
 */
TEST_F(faults, detach_needs_no_memory)
{
	struct kpl011_detach args = { .size = sizeof(args) };
	struct kpl011_attach other = self->args;
	bool failed = true;
	unsigned int n;
	uint64_t value;
	int fd, ret;

	if (self->missing)
		SKIP(return, "%s", self->missing);
	for (n = 1; failed && n < MOST; n++) {
		other = port_args(self->vm.fd);
		other.gpa += 0x40000;
		other.intid++;
		fd = port_attach_open(&other, O_RDWR);
		ASSERT_LE(0, fd);
		arm(self, n);
		ret = ioctl(fd, KPL011_DETACH, &args) ? -errno : 0;
		failed = disarm(self);
		/* Only the structure that could not be read is told. */
		if (ret) {
			EXPECT_EQ(-EFAULT, ret);
			EXPECT_EQ(0, ioctl(fd, KPL011_DETACH, &args));
		}
		EXPECT_EQ(-1, vm_load(&self->vm, other.gpa + PL011_FR, 4, &value, 1));
		EXPECT_EQ(0, vm_load(&self->vm, REG(PL011_FR), 4, &value, 1));
		EXPECT_EQ(0x97, value);
		EXPECT_EQ(0, vm_load(&self->vm, VM_GICD_GPA, 4, &value, 1));
		EXPECT_EQ(0, port_reap(fd));
		close(fd);
	}
	EXPECT_GT(MOST, n);
	EXPECT_LT(2, n);
}

/*
 * Nor does a reap, though nobody may be told of it, and the driver core may leave the
 * node there, which leads to nothing any more.
 */
TEST_F(faults, reap_needs_no_memory)
{
	struct kpl011_detach args = { .size = sizeof(args) };
	bool failed = true;
	unsigned int n;
	char path[64];
	int fd, ret;

	if (self->missing)
		SKIP(return, "%s", self->missing);
	for (n = 1; failed && n < MOST; n++) {
		ASSERT_EQ(0, attach_plain(self));
		fd = port_open(self->args.id, O_RDWR);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, ioctl(fd, KPL011_DETACH, &args));
		arm(self, n);
		ret = port_reap(fd);
		failed = disarm(self);
		/* Only the structure that could not be read is told. */
		if (ret) {
			EXPECT_EQ(-EFAULT, ret);
			EXPECT_EQ(0, port_reap(fd));
		}
		EXPECT_EQ(-ENODEV, port_reap(fd));
		snprintf(path, sizeof(path), "/sys/class/kpl011/%u", self->args.id);
		EXPECT_EQ(-1, access(path, F_OK));
		EXPECT_GT(0, port_open(self->args.id, O_RDWR));
		snprintf(path, sizeof(path), "/dev/kpl011/%u", self->args.id);
		unlink(path);
		close(fd);
	}
	EXPECT_GT(MOST, n);
	EXPECT_LT(2, n);
}

/*
 * KVM takes all devices of a VM away when there is no memory to take away one.
 *
 * ABI: KPL011_ATTACH EIO
 * ABI: "A port is also detached, while its VM lives"
 */
TEST_F(faults, EIO_where_kvm_has_dropped_all_devices)
{
	struct kvm_ioeventfd event = { .addr = 0x20000000, .len = 4, .fd = eventfd(0, 0) };
	struct kpl011_info info;
	struct kpl011_attach args;
	bool dropped = false;
	unsigned int n;
	uint64_t value;

	if (self->missing)
		SKIP(return, "%s", self->missing);
	for (n = 1; !dropped && n < 20; n++) {
		event.flags = 0;
		ASSERT_EQ(0, ioctl(self->vm.fd, KVM_IOEVENTFD, &event));
		event.flags = KVM_IOEVENTFD_FLAG_DEASSIGN;
		arm(self, n);
		ioctl(self->vm.fd, KVM_IOEVENTFD, &event);
		disarm(self);
		ioctl(self->vm.fd, KVM_IOEVENTFD, &event);
		ASSERT_EQ(0, port_info(self->fd, &info));
		dropped = info.state != KPL011_STATE_LIVE;
	}
	EXPECT_TRUE(dropped);
	EXPECT_EQ(KPL011_STATE_DETACHED, info.state);
	EXPECT_EQ(-1, vm_load(&self->vm, REG(PL011_FR), 4, &value, 1));
	args = port_args(self->vm.fd);
	EXPECT_EQ(-EIO, port_attach(&args));
	close(event.fd);
}

/*
 * The queue to the guest comes with the first file that may type.
 *
 * ABI: "when the port is opened for writing for the first time"
 */
TEST_F(faults, open_without_memory_for_the_queue_can_be_made_again)
{
	bool failed = true;
	unsigned int n;
	uint64_t value;
	int fd;

	if (self->missing)
		SKIP(return, "%s", self->missing);
	for (n = 1; failed && n < MOST; n++) {
		ASSERT_EQ(0, attach_plain(self));
		arm(self, n);
		fd = port_open(self->args.id, O_RDWR);
		failed = disarm(self);
		if (fd < 0) {
			EXPECT_TRUE(failed);
			EXPECT_TRUE(fd == -ENOMEM || fd == -EFAULT) {
				TH_LOG("number %u: %s", n, strerror(-fd));
			}
			fd = port_open(self->args.id, O_RDWR);
		}
		ASSERT_LE(0, fd);
		EXPECT_EQ(1, write(fd, "q", 1));
		EXPECT_EQ(0, vm_load(&self->vm, self->args.gpa + PL011_DR, 4, &value, 1));
		EXPECT_EQ('q', value);
		close(fd);
		ASSERT_EQ(0, detach_other(self));
	}
	EXPECT_GT(MOST, n);
	EXPECT_LT(2, n);
}

/* The guest's own access, with which the page is mapped; then reads trap, and go on. */
TEST_F(faults, page_without_memory_is_not_mapped_and_that_is_all)
{
	unsigned long start, code_end;
	struct kpl011_info info;
	bool failed = true;
	unsigned int n;
	uint64_t value;
	int fd;

	if (self->missing)
		SKIP(return, "%s", self->missing);
	if (!function_range("kpl_vm_page_map", &start, &code_end) ||
	    only_called_from(start, code_end))
		SKIP(return, "cannot have the tables of the page fail alone");
	for (n = 1; failed && n < MOST; n++) {
		time_t end = time(NULL) + SURELY;

		ASSERT_EQ(0, attach_page(self));
		fd = port_open(self->args.id, O_RDWR);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, port_info(fd, &info));
		if (info.page > KPL011_PAGE_MAPPED) {
			close(fd);
			SKIP(return, "reads trap on this host, whatever is asked for");
		}
		arm(self, n);
		do {
			ASSERT_EQ(0, vm_load(&self->vm, self->args.gpa + PL011_FR, 4, &value, 20));
			EXPECT_EQ(0x97, value);
			ASSERT_EQ(0, port_info(fd, &info));
		} while (info.page != KPL011_PAGE_MAPPED && time(NULL) < end);
		failed = disarm(self);
		EXPECT_EQ(KPL011_PAGE_MAPPED, info.page);
		close(fd);
		ASSERT_EQ(0, detach_other(self));
	}
	EXPECT_EQ(0, only_called_from(0, -1UL));
	EXPECT_GT(MOST, n);
	/* One table at least was missing. */
	EXPECT_LT(2, n);
}

TEST_HARNESS_MAIN
