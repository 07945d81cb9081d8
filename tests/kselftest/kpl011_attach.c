// SPDX-License-Identifier: GPL-2.0-only
/*
 * KPL011_ATTACH: what it takes, what it refuses and with which error, and whose
 * the port is afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kselftest_harness.h"

#include "port.h"
#include "vm.h"

/* Where the first version of struct kpl011_attach ended. */
#define ATTACH_V1	offsetof(struct kpl011_attach, state)

FIXTURE(attach) {
	struct vm vm;
	struct kpl011_attach args;
};

FIXTURE_SETUP(attach)
{
	ASSERT_EQ(0, vm_create(&self->vm, true));
	self->args = port_args(self->vm.fd);
}

FIXTURE_TEARDOWN(attach)
{
	vm_destroy(&self->vm);
}

TEST_F(attach, makes_a_node_of_the_id_it_returns)
{
	struct kpl011_info info;
	int fd = port_attach_open(&self->args, O_RDONLY);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(self->args.id, info.id);
	EXPECT_EQ(KPL011_STATE_LIVE, info.state);
	EXPECT_EQ(KPL011_VIRT_GPA, info.gpa);
	EXPECT_EQ(KPL011_VIRT_INTID, info.intid);
	EXPECT_EQ(KPL011_RING_DEFAULT, info.ring_size);
	EXPECT_EQ(getpid(), info.pid);
	EXPECT_STREQ("test", info.name);
	EXPECT_NE(0, info.attach_ns);
	EXPECT_EQ(0, info.death_ns);
}

TEST_F(attach, does_not_use_an_id_again)
{
	struct vm other;
	struct kpl011_attach args;

	ASSERT_EQ(0, port_attach(&self->args));
	vm_destroy(&self->vm);
	ASSERT_EQ(0, vm_create(&other, false));
	args = port_args(other.fd);
	ASSERT_EQ(0, port_attach(&args));
	EXPECT_LT(self->args.id, args.id);
	vm_destroy(&other);
}

TEST_F(attach, works_before_the_vm_has_a_gic)
{
	struct vm bare;
	struct kpl011_attach args;

	ASSERT_EQ(0, vm_create(&bare, false));
	args = port_args(bare.fd);
	EXPECT_EQ(0, port_attach(&args));
	vm_destroy(&bare);
}

TEST_F(attach, takes_every_size_of_history_that_is_documented)
{
	struct kpl011_info info;
	uint32_t size;

	for (size = KPL011_RING_MIN; size <= KPL011_RING_MAX; size *= 2) {
		struct vm vm;
		int fd;

		ASSERT_EQ(0, vm_create(&vm, false));
		self->args.vm_fd = vm.fd;
		self->args.ring_size = size;
		fd = port_attach_open(&self->args, O_RDWR);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, port_info(fd, &info));
		EXPECT_EQ(size, info.ring_size);
		vm_destroy(&vm);
		close(fd);
	}
}

TEST_F(attach, EBADF_for_a_descriptor_that_is_not_open)
{
	self->args.vm_fd = 1000;
	EXPECT_EQ(-EBADF, port_attach(&self->args));
	self->args.vm_fd = -1;
	EXPECT_EQ(-EBADF, port_attach(&self->args));
}

TEST_F(attach, ENODEV_for_what_is_no_vm)
{
	self->args.vm_fd = open("/dev/null", O_RDWR);
	EXPECT_EQ(-ENODEV, port_attach(&self->args));
	self->args.vm_fd = open("/dev/kvm", O_RDWR);
	EXPECT_EQ(-ENODEV, port_attach(&self->args));
	self->args.vm_fd = self->vm.vcpu;
	EXPECT_EQ(-ENODEV, port_attach(&self->args));
}

TEST_F(attach, EEXIST_the_second_time)
{
	ASSERT_EQ(0, port_attach(&self->args));
	EXPECT_EQ(-EEXIST, port_attach(&self->args));
}

TEST_F(attach, EADDRINUSE_where_the_vm_has_memory)
{
	self->args.gpa = VM_MEMORY_GPA;
	EXPECT_EQ(-EADDRINUSE, port_attach(&self->args));
}

TEST_F(attach, EADDRINUSE_where_the_vm_has_its_gic)
{
	/* KVM puts the GIC on its bus when the vCPU first runs. */
	ASSERT_EQ(0, vm_store(&self->vm, VM_EXIT_GPA, 4, 0, 1) &&
		     errno != EIO);
	self->args.gpa = VM_GICD_GPA;
	EXPECT_EQ(-EADDRINUSE, port_attach(&self->args));
}

TEST_F(attach, EADDRINUSE_for_the_intid_of_another_port)
{
	ASSERT_EQ(0, port_attach(&self->args));
	self->args.gpa += KPL011_MMIO_SIZE;
	EXPECT_EQ(-EADDRINUSE, port_attach(&self->args));
	self->args.intid++;
	EXPECT_EQ(0, port_attach(&self->args));
}

TEST_F(attach, ERANGE_for_an_intid_that_is_no_spi)
{
	static const uint32_t intids[] = { 0, 16, 31, 1020, 1023, 8192, ~0u };
	size_t i;

	for (i = 0; i < sizeof(intids) / sizeof(*intids); i++) {
		self->args.intid = intids[i];
		EXPECT_EQ(-ERANGE, port_attach(&self->args));
	}
}

TEST_F(attach, ERANGE_for_an_spi_that_the_gic_does_not_have)
{
	self->args.intid = 32 + VM_SPIS;
	EXPECT_EQ(-ERANGE, port_attach(&self->args));
	self->args.intid--;
	EXPECT_EQ(0, port_attach(&self->args));
}

TEST_F(attach, EINVAL_for_an_address_that_is_not_allowed)
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

TEST_F(attach, EINVAL_for_a_history_that_is_not_allowed)
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

TEST_F(attach, EINVAL_for_a_malformed_name)
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

TEST_F(attach, EINVAL_for_a_structure_smaller_than_the_first)
{
	uint32_t size;

	for (size = 0; size < ATTACH_V1; size += 8) {
		self->args.size = size;
		EXPECT_EQ(-EINVAL, port_attach(&self->args));
	}
}

TEST_F(attach, structure_of_the_first_version_is_taken)
{
	self->args.size = ATTACH_V1;
	/* Not looked at: it is behind the end. */
	self->args.pad = 1;
	EXPECT_EQ(0, port_attach(&self->args));
}

TEST_F(attach, larger_structure_only_if_the_rest_is_zero)
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

TEST_F(attach, EOPNOTSUPP_for_an_unknown_flag)
{
	self->args.flags = 1u << 31;
	EXPECT_EQ(-EOPNOTSUPP, port_attach(&self->args));
}

TEST_F(attach, EFAULT_and_ENOTTY)
{
	int control = open("/dev/kpl011/control", O_RDWR);

	EXPECT_EQ(-1, ioctl(control, KPL011_ATTACH, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(control, KPL011_INFO, &self->args));
	EXPECT_EQ(ENOTTY, errno);
}

TEST_F(attach, refused_attach_leaves_nothing_behind)
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

TEST_F(attach, structure_that_cannot_be_returned_undoes_the_attach)
{
	struct kpl011_attach *args;

	args = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)args);
	*args = self->args;
	ASSERT_EQ(0, mprotect(args, 4096, PROT_READ));
	EXPECT_EQ(-EFAULT, port_attach(args));
	EXPECT_EQ(0, port_attach(&self->args));
}

TEST_F(attach, node_belongs_to_the_user_of_the_vm)
{
	char path[32];
	struct stat st;
	int pipefd[2];
	pid_t child;

	ASSERT_EQ(0, chmod("/dev/kvm", 0666));
	ASSERT_EQ(0, pipe(pipefd));
	child = fork();
	if (!child) {
		struct kpl011_attach args;
		struct vm vm;

		if (setgid(1000) || setuid(1000) || vm_create(&vm, false))
			_exit(1);
		args = port_args(vm.fd);
		if (port_attach(&args) ||
		    write(pipefd[1], &args.id, sizeof(args.id)) < 0)
			_exit(2);
		/* Its own it may open, root's it may not. */
		if (port_open(args.id, O_RDWR) < 0)
			_exit(3);
		_exit(port_open(self->args.id, O_RDWR) == -EACCES ? 0 : 4);
	}
	ASSERT_EQ(0, port_attach(&self->args));
	ASSERT_EQ(sizeof(self->args.id),
		  read(pipefd[0], &self->args.id, sizeof(self->args.id)));
	snprintf(path, sizeof(path), "/dev/kpl011/%u", self->args.id);
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(1000, st.st_uid);
	EXPECT_EQ(0600, st.st_mode & 07777);
	waitpid(child, NULL, 0);
}

TEST_F(attach, module_cannot_be_removed_while_attached)
{
	ASSERT_EQ(0, port_attach(&self->args));
	EXPECT_EQ(-1, syscall(SYS_delete_module, "kpl011", O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);
}

TEST_HARNESS_MAIN
