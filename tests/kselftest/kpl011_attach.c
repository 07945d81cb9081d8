// SPDX-License-Identifier: GPL-2.0-only
/*
 * KPL011_ATTACH: what it takes, and whose the port is afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include "harness.h"

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

/*
 * ABI: "the new port is /dev/kpl011/<id>"
 * ABI: KPL011_ATTACH "@gpa:"
 * ABI: "0 for KPL011_RING_DEFAULT"
 * ABI: "@id: number of the port"
 * ABI: KPL011_INFO "@state:"
 * ABI: KPL011_INFO "@gpa:"
 * ABI: KPL011_INFO "@intid:"
 * ABI: KPL011_INFO "@name:"
 */
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

/* The thread that creates the VM: its number, when it is gone. */
static void *create_vm(void *vm)
{
	static pid_t tid;

	tid = gettid();
	return vm_create(vm, false) ? NULL : &tid;
}

/* ABI: "the process that created the VM, by whichever of its threads" */
TEST_F(attach, pid_is_that_of_the_process_whose_thread_has_ended)
{
	struct kpl011_attach args;
	struct kpl011_info info;
	pthread_t thread;
	char path[64];
	struct vm vm;
	pid_t *tid;
	int fd;

	ASSERT_EQ(0, pthread_create(&thread, NULL, create_vm, &vm));
	ASSERT_EQ(0, pthread_join(thread, (void **)&tid));
	ASSERT_NE(NULL, tid);
	snprintf(path, sizeof(path), "/proc/self/task/%d", *tid);
	while (!access(path, F_OK))
		sched_yield();
	args = port_args(vm.fd);
	fd = port_attach_open(&args, O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(getpid(), info.pid);
	close(fd);
	vm_destroy(&vm);
}

/* Once the process' first thread, who created the VM, is no more. */
static void *attach_alone(void *vm)
{
	struct kpl011_attach args = port_args(((struct vm *)vm)->fd);
	struct kpl011_info info;
	char path[64], state = 0;
	FILE *file;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", getpid());
	while (state != 'Z') {
		file = fopen(path, "r");
		if (!file)
			_exit(2);
		if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
			state = 0;
		fclose(file);
		sched_yield();
	}
	fd = port_attach_open(&args, O_RDONLY);
	if (fd < 0 || port_info(fd, &info))
		_exit(3);
	_exit(info.pid == getpid() ? 0 : 4);
}

/* ABI: "the process that created the VM, by whichever of its threads" */
TEST_F(attach, pid_is_that_of_the_process_whose_first_thread_has_ended)
{
	pthread_t thread;
	struct vm vm;
	int status;
	pid_t child;

	child = fork();
	if (!child) {
		if (vm_create(&vm, false) || pthread_create(&thread, NULL, attach_alone, &vm))
			_exit(1);
		pthread_exit(NULL);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

/* A process that creates a VM, which is then this one's too: its pid, or < 0. */
static pid_t create_vm_and_exec(int *vm_fd)
{
	char path[64], name[16] = "";
	struct vm vm;
	FILE *file;
	int ends[2];
	pid_t child;

	if (pipe(ends))
		return -1;
	/* Both have the descriptors that the other one opens, until the exec. */
	child = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (!child) {
		if (vm_create(&vm, false) || write(ends[1], &vm.fd, sizeof(vm.fd)) < 0)
			_exit(1);
		execlp("sleep", "sleep", "100000", NULL);
		_exit(1);
	}
	if (child < 0 || read(ends[0], vm_fd, sizeof(*vm_fd)) != sizeof(*vm_fd))
		return -1;
	close(ends[0]);
	close(ends[1]);
	snprintf(path, sizeof(path), "/proc/%d/comm", child);
	while (strcmp(name, "sleep\n")) {
		file = fopen(path, "r");
		if (!file || !fgets(name, sizeof(name), file))
			return -1;
		fclose(file);
		sched_yield();
	}
	return child;
}

/*
 * Nothing tells then that it is the same process.
 *
 * ABI: "a process that has called execve(2) in between counts as ended"
 */
TEST_F(attach, pid_of_a_process_that_has_become_another_program_is_not_told)
{
	struct kpl011_attach args;
	struct kpl011_info info;
	pid_t child;
	int vm, fd;

	child = create_vm_and_exec(&vm);
	ASSERT_LT(0, child);
	args = port_args(vm);
	fd = port_attach_open(&args, O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(0, info.pid);
	close(fd);
	close(vm);
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, waitpid(child, NULL, 0));
}

/* ABI: "or 0 for the reset state" */
TEST_F(attach, begins_with_a_uart_after_reset)
{
	uint64_t value;

	ASSERT_EQ(0, port_attach(&self->args));
	ASSERT_EQ(0, vm_load(&self->vm, VM_UART_GPA + PL011_CR, 4, &value, 1));
	EXPECT_EQ(0x300, value);
	ASSERT_EQ(0, vm_load(&self->vm, VM_UART_GPA + PL011_IFLS, 4, &value, 1));
	EXPECT_EQ(0x12, value);
	ASSERT_EQ(0, vm_load(&self->vm, VM_UART_GPA + PL011_LCR_H, 4, &value, 1));
	EXPECT_EQ(0, value);
	ASSERT_EQ(0, vm_load(&self->vm, VM_UART_GPA + PL011_IMSC, 4, &value, 1));
	EXPECT_EQ(0, value);
}

/*
 * ABI: "Size of the register page, in bytes."
 * ABI: "the kernel answers the guest's accesses to the page"
 */
TEST_F(attach, answers_the_register_page_and_no_more)
{
	const uint64_t end = VM_UART_GPA + KPL011_MMIO_SIZE;
	uint64_t value;

	ASSERT_EQ(0, port_attach(&self->args));
	ASSERT_EQ(0, vm_load(&self->vm, end - 4, 4, &value, 1));
	EXPECT_EQ(0xb1, value);
	EXPECT_EQ(-1, vm_load(&self->vm, end, 4, &value, 1));
	EXPECT_EQ(EIO, errno);
}

/* ABI: "pKVM: the page tables are the hypervisor's" */
TEST_F(attach, under_pkvm_reads_trap_and_that_is_said)
{
	char line[4096] = "";
	struct kpl011_info info;
	uint64_t value;
	int fd, protected;

	fd = open("/proc/cmdline", O_RDONLY);
	ASSERT_LT(0, read(fd, line, sizeof(line) - 1));
	close(fd);
	protected = !!strstr(line, "kvm-arm.mode=protected");
	self->args.flags = KPL011_ATTACH_PAGE;
	fd = port_attach_open(&self->args, O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vm_load(&self->vm, VM_UART_GPA + PL011_FR, 4, &value, 1000));
	EXPECT_EQ(0x97, value);
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(protected, info.page == KPL011_PAGE_PROTECTED);
	if (protected)
		EXPECT_EQ(1000, info.reads);
	close(fd);
}

/* ABI: "the host's kernel is PREEMPT_RT" */
TEST_F(attach, under_preempt_rt_reads_trap_and_that_is_said)
{
	struct kpl011_info info;
	struct utsname host;
	uint64_t value;
	bool realtime;
	int fd;

	ASSERT_EQ(0, uname(&host));
	realtime = strstr(host.version, "PREEMPT_RT");
	self->args.flags = KPL011_ATTACH_PAGE;
	fd = port_attach_open(&self->args, O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vm_load(&self->vm, VM_UART_GPA + PL011_FR, 4, &value, 1000));
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(realtime, info.page == KPL011_PAGE_REALTIME);
	if (realtime)
		EXPECT_EQ(1000, info.reads);
	close(fd);
}

/* ABI: "the host's pages are larger than 4 KiB" */
TEST_F(attach, where_pages_are_larger_reads_trap_and_that_is_said)
{
	bool larger = sysconf(_SC_PAGESIZE) > KPL011_MMIO_SIZE;
	struct kpl011_info info;
	int fd;

	self->args.flags = KPL011_ATTACH_PAGE;
	fd = port_attach_open(&self->args, O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(larger, info.page == KPL011_PAGE_SIZE);
	close(fd);
}

/* ABI: "none is used twice before all 2^32 have been used" */
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

struct reader {
	unsigned int next;
	bool stop;
	unsigned int live;
	unsigned int dead;
	pthread_t thread;
};

/* What sysfs says of the next port, whenever it is there. */
static void *read_state(void *arg)
{
	struct reader *reader = arg;
	char path[64], state[16];
	ssize_t n;
	int fd;

	while (!__atomic_load_n(&reader->stop, __ATOMIC_ACQUIRE)) {
		snprintf(path, sizeof(path), "/sys/class/kpl011/%u/state",
			 __atomic_load_n(&reader->next, __ATOMIC_ACQUIRE));
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		n = read(fd, state, sizeof(state));
		close(fd);
		if (n == 5 && !strncmp(state, "live\n", 5))
			__atomic_add_fetch(&reader->live, 1, __ATOMIC_RELAXED);
		reader->dead += n == 5 && !strncmp(state, "dead\n", 5);
	}
	return NULL;
}

/* ABI: KPL011_STATE_DEAD "the VM is gone" */
TEST_F(attach, no_port_is_dead_before_it_is_attached)
{
	struct kpl011_detach detach = { .size = sizeof(detach) };
	struct reader reader = { .stop = false };
	unsigned int i;
	int fd;

	/* Until the two have met. */
	for (i = 0; i < 300 || !__atomic_load_n(&reader.live, __ATOMIC_RELAXED); i++) {
		fd = port_attach_open(&self->args, O_RDWR);
		ASSERT_LE(0, fd);
		__atomic_store_n(&reader.next, self->args.id + 1, __ATOMIC_RELEASE);
		if (!i)
			ASSERT_EQ(0, pthread_create(&reader.thread, NULL, read_state, &reader));
		ASSERT_EQ(0, ioctl(fd, KPL011_DETACH, &detach));
		ASSERT_EQ(0, port_reap(fd));
		close(fd);
	}
	__atomic_store_n(&reader.stop, true, __ATOMIC_RELEASE);
	pthread_join(reader.thread, NULL);
	EXPECT_EQ(0, reader.dead);
	TH_LOG("%u times live", reader.live);
}

/* ABI: "need not have its GIC yet" */
TEST_F(attach, works_before_the_vm_has_a_gic)
{
	struct vm bare;
	struct kpl011_attach args;

	ASSERT_EQ(0, vm_create(&bare, false));
	args = port_args(bare.fd);
	EXPECT_EQ(0, port_attach(&args));
	vm_destroy(&bare);
}

#define RUNNING_BYTES	20000

static void *print_much(void *vm)
{
	return (void *)(intptr_t)vm_store(vm, VM_UART_GPA, 4, 0, RUNNING_BYTES);
}

/* ABI: "The VM may be running" */
TEST_F(attach, works_while_the_vm_runs)
{
	struct kpl011_info info;
	pthread_t thread;
	void *ret;
	int fd;

	/* What the first port counts tells that the vCPU runs. */
	fd = port_attach_open(&self->args, O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pthread_create(&thread, NULL, print_much, &self->vm));
	do {
		ASSERT_EQ(0, port_info(fd, &info));
	} while (!info.tx_newest);
	self->args.gpa += KPL011_MMIO_SIZE;
	self->args.intid++;
	EXPECT_EQ(0, port_attach(&self->args));
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_GT(RUNNING_BYTES, info.tx_newest);
	ASSERT_EQ(0, pthread_join(thread, &ret));
	EXPECT_EQ(NULL, ret);
	ASSERT_EQ(0, vm_store(&self->vm, self->args.gpa, 4, 'x', 1));
	close(fd);
}

/*
 * ABI: "a power of two in this range"
 * ABI: "a power of two, KPL011_RING_MIN to KPL011_RING_MAX"
 * ABI: "bytes of history that can be kept"
 */
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

/*
 * ABI: "Bytes of a name, its terminating NUL included."
 * ABI: "printable ASCII without '/', or empty"
 * ABI: KPL011_INFO "@name:"
 */
TEST_F(attach, takes_every_name_that_is_documented)
{
	struct kpl011_info info;
	unsigned int i;
	int fd;

	for (i = 0; i < 3; i++) {
		struct vm vm;
		int c;

		memset(self->args.name, 0, KPL011_NAME_SIZE);
		/* None, and ' ' to '~' without '/' in two of 63 and 31. */
		for (c = i == 1 ? ' ' : ' ' + 64; i && c <= '~'; c++) {
			if (strlen(self->args.name) == KPL011_NAME_SIZE - 1)
				break;
			self->args.name[strlen(self->args.name)] = c == '/' ? '0' : c;
		}
		ASSERT_EQ(0, vm_create(&vm, false));
		self->args.vm_fd = vm.fd;
		fd = port_attach_open(&self->args, O_RDONLY);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, port_info(fd, &info));
		EXPECT_EQ(0, memcmp(self->args.name, info.name, KPL011_NAME_SIZE));
		EXPECT_EQ(i == 0 ? 0 : i == 1 ? 63 : 31, strlen(info.name));
		vm_destroy(&vm);
		close(fd);
	}
}

/*
 * ABI: "Milliseconds that lossless readers may hold up a guest"
 * ABI: "0 for KPL011_FLOW_MS_DEFAULT"
 * ABI: KPL011_INFO "@flow_ms:"
 * ABI: KPL011_ATTACH EINVAL
 */
TEST_F(attach, takes_every_time_of_flow_control_that_is_documented)
{
	static const uint32_t asked[] = { 0, 1, KPL011_FLOW_MS_MAX };
	struct kpl011_info info;
	unsigned int i;
	int fd;

	for (i = 0; i < 3; i++) {
		self->args.flow_ms = asked[i];
		fd = port_attach_open(&self->args, O_RDONLY);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, port_info(fd, &info));
		EXPECT_EQ(asked[i] ?: KPL011_FLOW_MS_DEFAULT, info.flow_ms);
		self->args.gpa += KPL011_MMIO_SIZE;
		self->args.intid++;
		close(fd);
	}
	self->args.flow_ms = KPL011_FLOW_MS_MAX + 1;
	EXPECT_EQ(-EINVAL, port_attach(&self->args));
}

/*
 * ABI: "INTIDs of shared peripheral interrupts"
 * ABI: "an SPI: KPL011_INTID_MIN to KPL011_INTID_MAX"
 */
TEST_F(attach, takes_the_first_and_the_last_spi)
{
	struct vm bare;

	ASSERT_EQ(0, vm_create(&bare, false));
	self->args.vm_fd = bare.fd;
	self->args.intid = KPL011_INTID_MIN;
	EXPECT_EQ(0, port_attach(&self->args));
	self->args.gpa += KPL011_MMIO_SIZE;
	self->args.intid = KPL011_INTID_MAX;
	EXPECT_EQ(0, port_attach(&self->args));
	vm_destroy(&bare);
}

/*
 * ABI: "down to the size of the first version"
 * ABI: "is the size that the caller was compiled with"
 * ABI: KPL011_ATTACH "The first version ends here."
 */
TEST_F(attach, structure_of_the_first_version_is_taken)
{
	self->args.size = ATTACH_V1;
	/* Not looked at: it is behind the end. */
	self->args.pad = 1;
	EXPECT_EQ(0, port_attach(&self->args));
}

/* ABI: "The node belongs to the user who created the VM, with mode 0600." */
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

/* ABI: "anyone who holds the VM's file descriptor may" */
TEST_F(attach, who_holds_the_descriptor_may)
{
	int pipefd[2], status;
	struct stat st;
	char path[32];
	uint32_t id;
	pid_t child;

	ASSERT_EQ(0, pipe(pipefd));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		if (setgid(1000) || setuid(1000) || port_attach(&self->args) ||
		    write(pipefd[1], &self->args.id, sizeof(id)) != sizeof(id))
			_exit(1);
		/* Not theirs, but the VM's owner's. */
		_exit(port_open(self->args.id, O_RDONLY) == -EACCES ? 0 : 2);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(0, status);
	ASSERT_EQ(sizeof(id), read(pipefd[0], &id, sizeof(id)));
	snprintf(path, sizeof(path), "/dev/kpl011/%u", id);
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(0, st.st_uid);
}

TEST_HARNESS_MAIN
