// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports among others and over time: several in a VM, several VMs in a process,
 * descriptors passed on, the interrupt line that the VMM has too, the reset of
 * a VM, and when a reader is woken.
 */
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "fixture_life.h"

/* ABI: KPL011_ATTACH "@gpa:" */
TEST_F(life, several_uarts_of_one_vm_are_apart)
{
	struct kpl011_attach args = self->args;
	char buf[8];
	int second;

	/* Where QEMU has its second UART, and its INTID. */
	args.gpa = 0x09040000;
	args.intid = 40;
	second = port_attach_open(&args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, second);
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'a', 1));
	ASSERT_EQ(0, vm_store(&self->vm, 0x09040000, 4, 'b', 1));
	ASSERT_EQ(1, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ('a', buf[0]);
	ASSERT_EQ(1, read(second, buf, sizeof(buf)));
	EXPECT_EQ('b', buf[0]);

	ASSERT_EQ(0, vm_store(&self->vm, 0x09040000 + PL011_IMSC, 4,
			      PL011_INT_RT, 1));
	ASSERT_EQ(1, write(second, "x", 1));
	EXPECT_EQ(1, vm_line(&self->vm, 40));
	EXPECT_EQ(0, vm_line(&self->vm, KPL011_VIRT_INTID));
	/* One goes, the other stays. */
	EXPECT_EQ(0, detach(second));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'c', 1));
	EXPECT_EQ(1, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, port_reap(second));
	close(second);
}

/* ABI: "The port is live until the VM is destroyed" */
TEST_F(life, vms_of_one_process_are_apart)
{
	struct kpl011_attach args;
	char buf[8];
	struct vm vm;
	int fd;

	ASSERT_EQ(0, vm_create(&vm, true));
	args = port_args(vm.fd);
	fd = port_attach_open(&args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vm_store(&vm, REG(PL011_DR), 4, 'b', 1));
	EXPECT_EQ(-1, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(1, read(fd, buf, sizeof(buf)));
	vm_destroy(&vm);
	EXPECT_NE(0, port_poll(fd, 0) & POLLHUP);
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'a', 1));
	EXPECT_EQ(1, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, port_reap(fd));
	close(fd);
}

/* ABI: "The port is live until the VM is destroyed" */
TEST_F(life, vm_lives_as_long_as_any_process_has_it)
{
	int pipes[2];
	pid_t child;
	char c;

	ASSERT_EQ(0, pipe(pipes));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		/* The VM's descriptors are copied; it lives until this ends. */
		close(pipes[1]);
		_exit(read(pipes[0], &c, 1) != 0);
	}
	close(pipes[0]);
	vm_destroy(&self->vm);
	EXPECT_EQ(0, port_poll(self->fd, POLLOUT) & POLLHUP);
	close(pipes[1]);
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	EXPECT_NE(0, port_poll(self->fd, 0) & POLLHUP);
}

/*
 * ABI: "or a duplicate of it"
 * ABI: KPL011_ATTACH EEXIST
 */
TEST_F(life, duplicate_and_passed_descriptors_are_the_vm)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	char byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	struct kpl011_attach args = self->args;
	int pair[2], passed;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &self->vm.fd, sizeof(int));
	ASSERT_EQ(1, sendmsg(pair[0], &msg, 0));
	ASSERT_EQ(1, recvmsg(pair[1], &msg, 0));
	memcpy(&passed, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	args.vm_fd = passed;
	EXPECT_EQ(-EEXIST, port_attach(&args));
	args.vm_fd = dup(self->vm.fd);
	EXPECT_EQ(-EEXIST, port_attach(&args));
	args.gpa += 0x10000;
	args.intid++;
	EXPECT_EQ(0, port_attach(&args));
	close(args.vm_fd);
	close(passed);
	close(pair[0]);
	close(pair[1]);
}

/* ABI: "or a duplicate of it" */
TEST_F(life, descriptor_of_another_process_is_its_vm)
{
	struct kpl011_attach args;
	int to[2], from[2], fd, pidfd;
	char byte = 0;
	pid_t child;

	ASSERT_EQ(0, pipe(to));
	ASSERT_EQ(0, pipe(from));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		struct vm vm;

		if (vm_create(&vm, false) ||
		    write(from[1], &vm.fd, sizeof(vm.fd)) < 0 ||
		    read(to[0], &byte, 1) != 1 ||
		    vm_store(&vm, REG(PL011_DR), 4, 'c', 1))
			_exit(1);
		_exit(read(to[0], &byte, 1) != 1);
	}
	ASSERT_EQ(sizeof(fd), read(from[0], &fd, sizeof(fd)));
	pidfd = syscall(SYS_pidfd_open, child, 0);
	ASSERT_LE(0, pidfd);
	args = port_args(syscall(SYS_pidfd_getfd, pidfd, fd, 0));
	ASSERT_LE(0, args.vm_fd);
	fd = port_attach_open(&args, O_RDONLY);
	ASSERT_LE(0, fd);
	close(args.vm_fd);
	ASSERT_EQ(1, write(to[1], "a", 1));
	EXPECT_EQ(POLLIN, port_poll(fd, POLLIN));
	ASSERT_EQ(1, read(fd, &byte, 1));
	EXPECT_EQ('c', byte);
	ASSERT_EQ(1, write(to[1], "b", 1));
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	EXPECT_NE(0, port_poll(fd, 0) & POLLHUP);
	close(fd);
	close(pidfd);
}

/*
 * ABI: "The interrupt line is low."
 * ABI: "Only the port drives the interrupt line while it is attached"
 */
TEST_F(life, the_vmm_can_not_move_the_line_of_an_attached_port)
{
	const unsigned int intid = KPL011_VIRT_INTID;

	/* Even before the line has ever been high. */
	ASSERT_EQ(0, vm_set_line(&self->vm, intid, 1));
	EXPECT_EQ(0, vm_line(&self->vm, intid));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_IMSC), 4, PL011_INT_RT, 1));
	ASSERT_EQ(1, write(self->fd, "x", 1));
	EXPECT_EQ(1, vm_line(&self->vm, intid));
	ASSERT_EQ(0, vm_set_line(&self->vm, intid, 0));
	EXPECT_EQ(1, vm_line(&self->vm, intid));
	/* When it is detached it is the VMM's again. */
	ASSERT_EQ(0, detach(self->fd));
	EXPECT_EQ(0, vm_line(&self->vm, intid));
	ASSERT_EQ(0, vm_set_line(&self->vm, intid, 1));
	EXPECT_EQ(1, vm_line(&self->vm, intid));
	/* And a port that comes then begins with its own level. */
	self->args.size = sizeof(self->args);
	ASSERT_EQ(0, port_attach(&self->args));
	EXPECT_EQ(0, vm_line(&self->vm, intid));
}

/* ABI: "resets of the UART, by KPL011_RESET or with the VM" */
TEST_F(life, reset_of_the_vm_resets_the_uart)
{
	struct kpl011_info info;
	uint64_t value;

	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_IMSC), 4, PL011_INT_RT, 1));
	ASSERT_EQ(1, write(self->fd, "x", 1));
	EXPECT_EQ(1, vm_line(&self->vm, KPL011_VIRT_INTID));
	ASSERT_EQ(0, vm_reset(&self->vm));
	ASSERT_EQ(0, vm_load(&self->vm, REG(PL011_IMSC), 4, &value, 1));
	EXPECT_EQ(0, value);
	EXPECT_EQ(0, vm_line(&self->vm, KPL011_VIRT_INTID));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(1, info.resets);
	/* Also where the guest only writes DR. */
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_CR), 4, 0xf01, 1));
	ASSERT_EQ(0, vm_reset(&self->vm));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'x', 1));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(2, info.resets);
	ASSERT_EQ(0, vm_load(&self->vm, REG(PL011_CR), 4, &value, 1));
	EXPECT_EQ(0x300, value);
}

/* A VMM resets the VM before it loads a snapshot, and the guest runs later. */
TEST_F(life, state_that_is_put_in_after_a_reset_of_the_vm_stays)
{
	struct kpl011_state state = { .size = sizeof(state) };
	struct kpl011_state fresh = { .size = sizeof(fresh) };
	struct kpl011_info info;
	uint64_t value;

	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_IMSC), 4, PL011_INT_RT, 1));
	ASSERT_EQ(1, write(self->fd, "x", 1));
	ASSERT_EQ(0, ioctl(self->fd, KPL011_STATE_GET, &state));
	ASSERT_EQ(0, vm_reset(&self->vm));
	ASSERT_EQ(0, ioctl(self->fd, KPL011_STATE_GET, &fresh));
	EXPECT_EQ(0, fresh.uart.imsc);
	EXPECT_EQ(0, fresh.uart.rx_count);
	ASSERT_EQ(0, vm_reset(&self->vm));
	ASSERT_EQ(0, ioctl(self->fd, KPL011_STATE_SET, &state));
	EXPECT_EQ(1, vm_line(&self->vm, KPL011_VIRT_INTID));
	ASSERT_EQ(0, vm_load(&self->vm, REG(PL011_IMSC), 4, &value, 1));
	EXPECT_EQ(PL011_INT_RT, value);
	ASSERT_EQ(0, vm_load(&self->vm, REG(PL011_DR), 4, &value, 1));
	EXPECT_EQ('x', value);
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(2, info.resets);
}

/* Without an access of the guest in between, and however soon. */
TEST_F(life, what_is_told_of_a_vm_that_was_reset_is_so_after_the_reset)
{
	struct kpl011_modem lines;
	struct kpl011_info info;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_CR), 4, 0x301 | PL011_CR_DTR, 1));
		lines = (struct kpl011_modem) { .size = sizeof(lines) };
		ASSERT_EQ(0, ioctl(self->fd, KPL011_MODEM, &lines));
		EXPECT_EQ(PL011_CR_DTR, lines.outputs);
		ASSERT_EQ(0, vm_reset(&self->vm));
		if (i % 2) {
			ASSERT_EQ(0, ioctl(self->fd, KPL011_MODEM, &lines));
			EXPECT_EQ(0, lines.outputs);
		}
		ASSERT_EQ(0, port_info(self->fd, &info));
		EXPECT_EQ(i + 1, info.resets);
	}
}

/* ABI: "resets of the UART, by KPL011_RESET or with the VM" */
TEST_F(life, first_start_of_a_vcpu_resets_nothing)
{
	struct kpl011_info info;
	struct vm vm;
	int fd;

	ASSERT_EQ(0, vm_create(&vm, true));
	self->args = port_args(vm.fd);
	fd = port_attach_open(&self->args, O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vm_reset(&vm));
	ASSERT_EQ(0, vm_store(&vm, REG(PL011_DR), 4, 'x', 1));
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(0, info.resets);
	vm_destroy(&vm);
	EXPECT_NE(0, port_poll(fd, 0) & POLLHUP);
	EXPECT_EQ(0, port_reap(fd));
	close(fd);
}

#define BURST	50

struct sleeper {
	int fd;
	pid_t tid;
	unsigned int bytes;
	long woken[BURST];
};

static long microseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Sleep for each byte. */
static void *sleep_and_read(void *arg)
{
	struct sleeper *sleeper = arg;
	unsigned int i;
	char byte;

	__atomic_store_n(&sleeper->tid, gettid(), __ATOMIC_RELEASE);
	for (i = 0; i < BURST; i++) {
		port_poll(sleeper->fd, POLLIN);
		sleeper->woken[i] = microseconds();
		if (read(sleeper->fd, &byte, 1) != 1)
			break;
		__atomic_store_n(&sleeper->bytes, i + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* Wait until a thread sleeps. */
static void until_asleep(pid_t tid)
{
	char path[64], stat[256], *state;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	do {
		file = fopen(path, "r");
		state = file && fgets(stat, sizeof(stat), file) ?
				strrchr(stat, ')') : NULL;
		if (file)
			fclose(file);
	} while (state && state[2] != 'S');
}

/*
 * A reader that sleeps for each of some bytes that follow each other is woken
 * no more often than every 4 ms, so that it takes as long as that at least.
 *
 * ABI: "The first byte after a pause wakes sleepers at once"
 */
TEST_F(life, reader_is_woken_for_a_burst_and_not_for_each_byte)
{
	struct sleeper sleeper = {
		.fd = port_open(self->args.id, O_RDONLY),
	};
	unsigned int i;
	pthread_t thread;

	ASSERT_LE(0, sleeper.fd);
	ASSERT_EQ(0, pthread_create(&thread, NULL, sleep_and_read, &sleeper));
	while (!__atomic_load_n(&sleeper.tid, __ATOMIC_ACQUIRE))
		;
	for (i = 0; i < BURST; i++) {
		while (__atomic_load_n(&sleeper.bytes, __ATOMIC_ACQUIRE) < i)
			;
		until_asleep(sleeper.tid);
		ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'x', 1));
	}
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(BURST, sleeper.bytes);
	/* The first measured wake may have been late by itself. */
	EXPECT_LE((BURST - 6) * 4000, sleeper.woken[BURST - 1] - sleeper.woken[0]);
	close(sleeper.fd);
}

/* Returns the shortest time of some from a byte to the reader's wake, in us. */
static long best_wake(struct vm *vm, unsigned int id)
{
	struct sleeper sleeper = { .fd = port_open(id, O_RDONLY) };
	struct timespec pause = { .tv_nsec = 10000000 };
	long best = LONG_MAX, began;
	pthread_t thread;
	unsigned int i;

	if (sleeper.fd < 0 || lseek(sleeper.fd, 0, SEEK_END) < 0 ||
	    pthread_create(&thread, NULL, sleep_and_read, &sleeper))
		return -1;
	while (!__atomic_load_n(&sleeper.tid, __ATOMIC_ACQUIRE))
		;
	for (i = 0; i < BURST; i++) {
		until_asleep(sleeper.tid);
		nanosleep(&pause, NULL);
		began = microseconds();
		if (vm_store(vm, REG(PL011_DR), 4, 'x', 1))
			return -1;
		while (__atomic_load_n(&sleeper.bytes, __ATOMIC_ACQUIRE) <= i)
			;
		/* Before the first one nobody had slept. */
		if (i && sleeper.woken[i] - began < best)
			best = sleeper.woken[i] - began;
	}
	pthread_join(thread, NULL);
	close(sleeper.fd);
	return best;
}

/*
 * The host may be late for each of them while it is busy, but not for all.
 *
 * ABI: "The first byte after a pause wakes sleepers at once"
 */
TEST_F(life, reader_is_woken_at_once_after_a_pause)
{
	long best;
	int i;

	for (i = 0, best = LONG_MAX; i < 10 && best >= 4000; i++)
		best = best_wake(&self->vm, self->args.id);
	EXPECT_LE(0, best);
	EXPECT_GT(4000, best);
}

/* Whose memory goes at once: nothing that was begun for a reader may be left. */
TEST_F(life, ioctls_of_a_dead_port_leave_nothing_behind)
{
	struct kpl011_reset args = { .size = sizeof(args) };
	struct pollfd pfd = { .events = POLLIN };
	unsigned int round, i;
	struct vm vm;

	for (round = 0; round < 50; round++) {
		struct kpl011_attach attach;

		ASSERT_EQ(0, vm_create(&vm, false));
		attach = port_args(vm.fd);
		pfd.fd = port_attach_open(&attach, O_RDWR | O_NONBLOCK);
		ASSERT_LE(0, pfd.fd);
		vm_destroy(&vm);
		ASSERT_EQ(POLLHUP, port_poll(pfd.fd, 0));
		/* The second time a reader would be woken later. */
		for (i = 0; i < 2; i++) {
			poll(&pfd, 1, 0);
			EXPECT_EQ(-1, ioctl(pfd.fd, KPL011_RESET, &args));
			EXPECT_EQ(ENODEV, errno);
		}
		ASSERT_EQ(0, port_reap(pfd.fd));
		close(pfd.fd);
	}
}

TEST_HARNESS_MAIN
