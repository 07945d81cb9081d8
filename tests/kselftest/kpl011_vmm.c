// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a VMM does to a VM that has a port: it restores the state of the GIC,
 * initialises vCPUs again, one or all, or has no GIC in the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "harness.h"

#include "port.h"
#include "vm.h"

#define REG(offset)	(VM_UART_GPA + (offset))
#define GICD_ICFGR2	(VM_GICD_GPA + 0xc08)	/* INTIDs 32 to 47: 0 is level */
#define GICD_ICPENDR1	(VM_GICD_GPA + 0x284)	/* INTIDs 32 to 63 */
#define INTID		KPL011_VIRT_INTID
#define EDGES		0xaaaaaaaa		/* in ICFGR2: as the GIC begins */

FIXTURE(vmm) {
	struct vm vm;
	struct kpl011_attach args;
	int fd;
};

FIXTURE_SETUP(vmm)
{
	ASSERT_EQ(0, vm_create(&self->vm, true));
	ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, 0, 1));
	self->args = port_args(self->vm.fd);
	self->fd = port_attach_open(&self->args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(vmm)
{
	vm_destroy(&self->vm);
	port_poll(self->fd, 0);
	port_reap(self->fd);
	close(self->fd);
}

/* The VMM restores what a GICv2 has pending; only a GICv3 has levels that it can restore. */
#define NEED_LEVELS()							\
	do {								\
		if (self->vm.gic_version != 3)				\
			SKIP(return, "no level of a GICv2 can be restored");	\
	} while (0)

static uint64_t load(struct vm *vm, uint64_t gpa)
{
	uint64_t value;

	return vm_load(vm, gpa, 4, &value, 1) ? ~0ull : value;
}

/* Wait until the line has a level; 0 if it has. */
static int line_becomes(struct vm *vm, int level)
{
	time_t end = time(NULL) + SURELY;

	while (vm_line(vm, INTID) != level)
		if (time(NULL) > end)
			return -1;
	return 0;
}

/*
 * The guest waits for its interrupt, and nobody does anything.
 *
 * ABI: "If the VMM restores another level with the state of the GIC"
 */
TEST_F(vmm, restored_line_that_is_low_rises_again)
{
	NEED_LEVELS();
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_IMSC), 4, PL011_INT_RX | PL011_INT_RT, 1));
	ASSERT_EQ(1, write(self->fd, "x", 1));
	EXPECT_EQ(1, vm_line(&self->vm, INTID));
	ASSERT_EQ(0, vm_restore_line(&self->vm, INTID, 0));
	EXPECT_EQ(0, line_becomes(&self->vm, 1));
}

TEST_F(vmm, restored_line_that_is_high_falls_again)
{
	NEED_LEVELS();
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_IMSC), 4, PL011_INT_RX | PL011_INT_RT, 1));
	EXPECT_EQ(0, vm_line(&self->vm, INTID));
	ASSERT_EQ(0, vm_restore_line(&self->vm, INTID, 1));
	EXPECT_EQ(0, line_becomes(&self->vm, 0));
}

/*
 * A GIC begins with edges, and guests and VMMs may set it to levels after the port has
 * driven its line.
 */
TEST_F(vmm, line_that_changed_under_edges_is_right_as_a_level)
{
	unsigned int i;

	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_IMSC), 4, PL011_INT_RX | PL011_INT_RT, 1));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, EDGES, 1));
		ASSERT_EQ(1, write(self->fd, "x", 1));
		ASSERT_EQ(0, vm_store(&self->vm, GICD_ICPENDR1, 4, ~0u, 1));
		ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, 0, 1));
		EXPECT_EQ(1, vm_line(&self->vm, INTID));
		ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, EDGES, 1));
		EXPECT_EQ('x', load(&self->vm, REG(PL011_DR)));
		ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, 0, 1));
		EXPECT_EQ(0, vm_line(&self->vm, INTID));
	}
}

/* A VMM may restore the levels before it restores what takes them. */
TEST_F(vmm, restored_line_is_right_where_levels_come_later)
{
	NEED_LEVELS();
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_IMSC), 4, PL011_INT_RX | PL011_INT_RT, 1));
	ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, EDGES, 1));
	ASSERT_EQ(0, vm_restore_line(&self->vm, INTID, 1));
	ASSERT_EQ(0, load(&self->vm, REG(PL011_MIS)));
	ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, 0, 1));
	EXPECT_EQ(0, vm_line(&self->vm, INTID));

	ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, EDGES, 1));
	ASSERT_EQ(1, write(self->fd, "x", 1));
	ASSERT_EQ(0, vm_restore_line(&self->vm, INTID, 0));
	ASSERT_NE(0, load(&self->vm, REG(PL011_MIS)));
	ASSERT_EQ(0, vm_store(&self->vm, GICD_ICPENDR1, 4, ~0u, 1));
	ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, 0, 1));
	EXPECT_EQ(1, vm_line(&self->vm, INTID));
}

/* What the guest or a user does first finds the line right, however soon. */
TEST_F(vmm, restored_line_is_right_after_the_next_access)
{
	unsigned int i;

	NEED_LEVELS();
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_IMSC), 4, PL011_INT_RX | PL011_INT_RT, 1));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(1, write(self->fd, "x", 1));
		ASSERT_EQ(0, vm_restore_line(&self->vm, INTID, 0));
		ASSERT_EQ(1, write(self->fd, "y", 1));
		EXPECT_EQ(1, vm_line(&self->vm, INTID));
		ASSERT_EQ(0, vm_restore_line(&self->vm, INTID, 0));
		EXPECT_EQ('x', load(&self->vm, REG(PL011_DR)));
		EXPECT_EQ(1, vm_line(&self->vm, INTID));
		EXPECT_EQ('y', load(&self->vm, REG(PL011_DR)));
		EXPECT_EQ(0, vm_line(&self->vm, INTID));
		ASSERT_EQ(0, vm_restore_line(&self->vm, INTID, 1));
		ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_ICR), 4, 0x7ff, 1));
		EXPECT_EQ(0, vm_line(&self->vm, INTID));
	}
}

/* A VM of two vCPUs with a port: its descriptor, or below 0. */
static int two_vcpus(struct vm *first, struct vm *second)
{
	struct kpl011_attach args;

	if (vm_create(first, false) || vm_add_vcpu(first, second, 1))
		return -1;
	args = port_args(first->fd);
	return port_attach_open(&args, O_RDWR | O_NONBLOCK);
}

/* A vCPU that is off, as those of a guest are that it has not switched on yet. */
static int switch_off(struct vm *vcpu)
{
	struct kvm_mp_state stopped = { .mp_state = KVM_MP_STATE_STOPPED };

	return ioctl(vcpu->vcpu, KVM_SET_MP_STATE, &stopped);
}

/*
 * One vCPU that comes back, since the VMM handles PSCI or a hotplug by itself, is
 * no reset of the VM.
 */
TEST_F(vmm, initialising_one_of_two_vcpus_resets_nothing)
{
	struct kpl011_info info;
	struct vm first, second;
	int fd;

	fd = two_vcpus(&first, &second);
	ASSERT_LE(0, fd);
	/* Both have run. */
	ASSERT_EQ(0, vm_store(&first, REG(PL011_IBRD), 4, 13, 1));
	EXPECT_EQ(13, load(&second, REG(PL011_IBRD)));
	ASSERT_EQ(0, vm_reset(&second));
	EXPECT_EQ(13, load(&first, REG(PL011_IBRD)));
	EXPECT_EQ(13, load(&second, REG(PL011_IBRD)));
	ASSERT_EQ(0, vm_reset(&first));
	EXPECT_EQ(13, load(&second, REG(PL011_IBRD)));
	/* One after the other, with something running in between. */
	ASSERT_EQ(0, vm_reset(&second));
	EXPECT_EQ(13, load(&second, REG(PL011_IBRD)));
	ASSERT_EQ(0, vm_reset(&first));
	EXPECT_EQ(13, load(&first, REG(PL011_IBRD)));
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(0, info.resets);
	vm_destroy(&second);
	vm_destroy(&first);
	close(fd);
}

/* ABI: "resets of the UART, by KPL011_RESET or with the VM" */
TEST_F(vmm, initialising_both_of_two_vcpus_resets_the_uart_once)
{
	struct kpl011_info info;
	struct vm first, second;
	int fd;

	fd = two_vcpus(&first, &second);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vm_store(&first, REG(PL011_IBRD), 4, 13, 1));
	EXPECT_EQ(13, load(&second, REG(PL011_IBRD)));
	ASSERT_EQ(0, vm_reset(&first));
	ASSERT_EQ(0, vm_reset(&second));
	EXPECT_EQ(0, load(&second, REG(PL011_IBRD)));
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(1, info.resets);
	/* One that is off is not waited for, and comes to a UART that was reset. */
	ASSERT_EQ(0, vm_store(&first, REG(PL011_IBRD), 4, 14, 1));
	ASSERT_EQ(0, switch_off(&second));
	ASSERT_EQ(0, vm_reset(&first));
	ASSERT_EQ(0, vm_reset(&second));
	EXPECT_EQ(0, load(&first, REG(PL011_IBRD)));
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(2, info.resets);
	vm_destroy(&second);
	vm_destroy(&first);
	close(fd);
}

/* KVM resets it then, which is no reset of the VM, whichever of the two comes first. */
TEST_F(vmm, switching_a_vcpu_on_resets_nothing)
{
	struct kpl011_info info;
	struct vm first, second;
	int fd;

	fd = two_vcpus(&first, &second);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vm_store(&first, REG(PL011_IBRD), 4, 13, 1));
	EXPECT_EQ(13, load(&second, REG(PL011_IBRD)));
	/* It runs, and alone. */
	ASSERT_EQ(0, switch_off(&second));
	ASSERT_EQ(0, vm_cpu_on(&first, 1));
	ASSERT_EQ(0, switch_off(&first));
	ASSERT_EQ(0, vm_run_on(&second));
	EXPECT_EQ(13, load(&second, REG(PL011_IBRD)));
	/* The VMM looks at its registers before it runs. */
	ASSERT_EQ(0, vm_cpu_on(&second, 0));
	ASSERT_EQ(0, switch_off(&second));
	EXPECT_EQ(13, load(&first, REG(PL011_IBRD)));
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(0, info.resets);
	vm_destroy(&second);
	vm_destroy(&first);
	close(fd);
}

/* KVM owes that vCPU a reset of its own, while the VMM initialises all. */
TEST_F(vmm, reset_right_after_a_vcpu_was_switched_on_resets_the_uart_once)
{
	struct kpl011_info info;
	struct vm first, second, third;
	int fd;

	fd = two_vcpus(&first, &second);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vm_add_vcpu(&first, &third, 2));
	ASSERT_EQ(0, vm_store(&first, REG(PL011_IBRD), 4, 13, 1));
	EXPECT_EQ(13, load(&second, REG(PL011_IBRD)));
	EXPECT_EQ(13, load(&third, REG(PL011_IBRD)));
	ASSERT_EQ(0, switch_off(&second));
	ASSERT_EQ(0, vm_cpu_on(&first, 1));
	ASSERT_EQ(0, vm_reset(&first));
	ASSERT_EQ(0, vm_reset(&second));
	ASSERT_EQ(0, vm_reset(&third));
	EXPECT_EQ(0, load(&first, REG(PL011_IBRD)));
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(1, info.resets);
	/* The VMM looks at the registers of one before it initialises the next. */
	ASSERT_EQ(0, vm_store(&first, REG(PL011_IBRD), 4, 14, 1));
	ASSERT_EQ(0, switch_off(&second));
	ASSERT_EQ(0, vm_cpu_on(&first, 1));
	ASSERT_EQ(0, vm_reset(&first));
	ASSERT_EQ(0, vm_reset(&second));
	ASSERT_EQ(0, vm_see(&second));
	ASSERT_EQ(0, vm_reset(&third));
	EXPECT_EQ(0, load(&third, REG(PL011_IBRD)));
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(2, info.resets);
	vm_destroy(&third);
	vm_destroy(&second);
	vm_destroy(&first);
	close(fd);
}

/* ABI: KPL011_ATTACH ENXIO */
TEST_F(vmm, vm_that_runs_without_a_gic_is_refused)
{
	struct kpl011_attach args;
	struct vm bare;

	ASSERT_EQ(0, vm_create(&bare, false));
	/* It may get one as long as it has not run. */
	args = port_args(bare.fd);
	EXPECT_EQ(0, port_attach(&args));
	ASSERT_EQ(0, vm_store(&bare, REG(PL011_IBRD), 4, 13, 1));
	args = port_args(bare.fd);
	args.gpa += KPL011_MMIO_SIZE;
	args.intid++;
	EXPECT_EQ(-ENXIO, port_attach(&args));
	vm_destroy(&bare);
}

static struct kvm_run *volatile polling;

static void end_polling(int sig)
{
	polling->immediate_exit = 1;
}

struct poller {
	pthread_t thread;
	int fd;
};

/* When the guest polls the UART, and not before. */
static void *signal_poller(void *arg)
{
	struct poller *poller = arg;
	struct kpl011_info info;

	do {
		sched_yield();
		if (port_info(poller->fd, &info))
			break;
	} while (info.reads < 100);
	pthread_kill(poller->thread, SIGUSR1);
	return NULL;
}

/* Whose loads the kernel does itself, and so without an end. */
TEST_F(vmm, a_signal_ends_the_run_of_a_guest_that_polls)
{
	struct sigaction action = { .sa_handler = end_polling };
	struct poller poller = { pthread_self(), self->fd };
	pthread_t thread;
	uint64_t value;

	polling = self->vm.run;
	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, pthread_create(&thread, NULL, signal_poller, &poller));
	EXPECT_EQ(-1, vm_load(&self->vm, REG(PL011_FR), 4, &value, ~0ull));
	EXPECT_EQ(EINTR, errno);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	self->vm.run->immediate_exit = 0;
	EXPECT_NE(~0ull, load(&self->vm, REG(PL011_FR)));
}

#define STUCK_GPA	0x50000000ull
#define OTHER_GPA	0x60000000ull

/* Memory of a VM that comes when the VMM likes, and a vCPU that waits for it. */
struct stuck {
	struct vm vm;
	struct kpl011_attach args;
	int fd;
	int faults;
	void *memory;
	size_t size;
	pthread_t vcpu;
	pid_t slots;
};

static void *load_from_it(void *arg)
{
	struct stuck *stuck = arg;

	return (void *)(uintptr_t)load(&stuck->vm, STUCK_GPA);
}

/* 0 when the vCPU waits; < 0 where that cannot be had. */
static int stick(struct stuck *stuck)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range;
	struct uffd_msg msg;

	*stuck = (struct stuck) { .size = getpagesize() };
	stuck->faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (stuck->faults < 0 || ioctl(stuck->faults, UFFDIO_API, &api))
		return -1;
	/* And a page that is there. */
	stuck->memory = mmap(NULL, 2 * stuck->size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range = (struct uffdio_register) {
		.range = { (uintptr_t)stuck->memory, stuck->size },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	if (ioctl(stuck->faults, UFFDIO_REGISTER, &range) || vm_create(&stuck->vm, true))
		return -1;
	stuck->args = port_args(stuck->vm.fd);
	stuck->fd = port_attach_open(&stuck->args, O_RDWR);
	if (stuck->fd < 0 || vm_set_slot(&stuck->vm, 5, STUCK_GPA, stuck->memory, stuck->size) ||
	    vm_set_slot(&stuck->vm, 6, OTHER_GPA, (char *)stuck->memory + stuck->size,
			stuck->size) ||
	    pthread_create(&stuck->vcpu, NULL, load_from_it, stuck))
		return -1;
	return read(stuck->faults, &msg, sizeof(msg)) == sizeof(msg) ? 0 : -1;
}

/* The vCPU has its memory: what it read. */
static uint64_t let_go(struct stuck *stuck)
{
	struct uffdio_zeropage zero = {
		.range = { (uintptr_t)stuck->memory, stuck->size },
	};
	void *value = (void *)~0ull;

	if (ioctl(stuck->faults, UFFDIO_ZEROPAGE, &zero) || pthread_join(stuck->vcpu, &value))
		return ~0ull;
	return (uintptr_t)value;
}

/* Until a task sleeps where no handler is run. */
static int sleeps_for_good(pid_t pid)
{
	time_t end = time(NULL) + SURELY;
	char path[64], stat[256], *state;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	do {
		file = fopen(path, "r");
		state = file && fgets(stat, sizeof(stat), file) ? strrchr(stat, ')') : NULL;
		if (file)
			fclose(file);
		sched_yield();
	} while (state && state[2] != 'D' && time(NULL) < end);
	return state && state[2] == 'D' ? 0 : -1;
}

/* A process that detaches the port; it ends when that returns. */
static pid_t detacher(struct stuck *stuck)
{
	struct kpl011_detach args = { .size = sizeof(args) };
	pid_t child = fork();

	if (!child)
		_exit(ioctl(stuck->fd, KPL011_DETACH, &args) ? errno : 0);
	return child;
}

static int exit_of(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Whether it goes. */
static bool can_be_killed(pid_t pid)
{
	time_t end = time(NULL) + SURELY;
	int status;

	kill(pid, SIGKILL);
	while (time(NULL) < end) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFSIGNALED(status);
		sched_yield();
	}
	return false;
}

/*
 * While a vCPU waits for memory, in an access that may have been one of the port.
 * Who detached may go; the port does when the vCPU goes on.
 *
 * ABI: "then either nothing was done, or the port leaves by itself"
 */
TEST_F(vmm, detach_that_a_vcpu_holds_up_can_be_killed_and_is_not_lost)
{
	struct kpl011_attach args;
	struct kpl011_info info;
	struct stuck stuck;
	pid_t child, more;

	if (stick(&stuck))
		SKIP(return, "no userfaultfd");
	child = detacher(&stuck);
	ASSERT_EQ(0, sleeps_for_good(child));
	/* One who comes behind it is told at once. */
	more = detacher(&stuck);
	EXPECT_EQ(ENODEV, exit_of(more));
	EXPECT_TRUE(can_be_killed(child));
	/* Nor does it keep others from what needs not wait. */
	args = stuck.args;
	args.gpa = STUCK_GPA;
	EXPECT_EQ(-EADDRINUSE, port_attach(&args));
	EXPECT_EQ(0, let_go(&stuck));
	EXPECT_NE(0, port_poll(stuck.fd, 0) & POLLHUP);
	ASSERT_EQ(0, port_info(stuck.fd, &info));
	EXPECT_EQ(KPL011_STATE_DETACHED, info.state);
	EXPECT_EQ(-1, vm_store(&stuck.vm, REG(PL011_DR), 4, 'x', 1));
	EXPECT_EQ(0, port_attach(&stuck.args));
	EXPECT_EQ(0, port_reap(stuck.fd));
	vm_destroy(&stuck.vm);
	close(stuck.fd);
	close(stuck.faults);
}

static void *take_a_slot_away(void *arg)
{
	struct stuck *stuck = arg;

	__atomic_store_n(&stuck->slots, gettid(), __ATOMIC_RELEASE);
	return (void *)(intptr_t)vm_set_slot(&stuck->vm, 6, OTHER_GPA, stuck->memory, 0);
}

/*
 * While a change of the memory slots waits for such a vCPU. Nothing was done.
 *
 * ABI: "then either nothing was done, or the port leaves by itself"
 */
TEST_F(vmm, detach_that_waits_for_the_slots_can_be_killed_and_did_nothing)
{
	struct kpl011_detach args = { .size = sizeof(args) };
	struct kpl011_info info;
	struct stuck stuck;
	pthread_t thread;
	pid_t child;
	void *ret;

	if (stick(&stuck))
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, pthread_create(&thread, NULL, take_a_slot_away, &stuck));
	while (!__atomic_load_n(&stuck.slots, __ATOMIC_ACQUIRE))
		sched_yield();
	ASSERT_EQ(0, sleeps_for_good(stuck.slots));
	child = detacher(&stuck);
	ASSERT_EQ(0, sleeps_for_good(child));
	EXPECT_TRUE(can_be_killed(child));
	EXPECT_EQ(0, let_go(&stuck));
	ASSERT_EQ(0, pthread_join(thread, &ret));
	EXPECT_EQ(NULL, ret);
	ASSERT_EQ(0, port_info(stuck.fd, &info));
	EXPECT_EQ(KPL011_STATE_LIVE, info.state);
	EXPECT_EQ(0, vm_store(&stuck.vm, REG(PL011_DR), 4, 'x', 1));
	EXPECT_EQ(0, ioctl(stuck.fd, KPL011_DETACH, &args));
	EXPECT_EQ(0, port_reap(stuck.fd));
	vm_destroy(&stuck.vm);
	close(stuck.fd);
	close(stuck.faults);
}

TEST_HARNESS_MAIN
