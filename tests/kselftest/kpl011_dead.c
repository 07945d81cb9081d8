// SPDX-License-Identifier: GPL-2.0-only
/* What becomes of a port when its VM goes. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "fixture_port.h"

/*
 * ABI: "then it is dead, and keeps its history"
 * ABI: "It returns 0 at the end: the port is not attached any more"
 * ABI: write(2) "ENODEV"
 * ABI: KPL011_BREAK ENODEV
 * ABI: KPL011_STATE_DEAD "the VM is gone"
 */
TEST_F(port, dead_port_keeps_the_last_words)
{
	struct kpl011_info info;
	char buf[32];

	ASSERT_EQ(0, print(&self->vm, "last words"));
	vm_destroy(&self->vm);
	EXPECT_EQ(POLLHUP, port_poll(self->fd, 0));
	ASSERT_EQ(10, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp("last words", buf, 10));
	EXPECT_EQ(0, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(-1, write(self->fd, "x", 1));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-ENODEV, port_break(self->fd));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(KPL011_STATE_DEAD, info.state);
	EXPECT_LE(info.attach_ns, info.death_ns);
}

/*
 * ABI: "The node disappears at once, and the history when the last file open on it is closed."
 * ABI: KPL011_REAP EBADF EBUSY ENODEV
 * ABI: KPL011_BREAK EBADF
 */
TEST_F(port, dead_port_can_be_reaped_and_a_live_one_not)
{
	char buf[32];
	int fd;

	EXPECT_EQ(-EBUSY, port_reap(self->fd));
	ASSERT_EQ(0, print(&self->vm, "bye"));
	vm_destroy(&self->vm);
	ASSERT_NE(0, port_poll(self->fd, 0) & POLLHUP);
	fd = port_open(self->args.id, O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EBADF, port_reap(fd));
	EXPECT_EQ(-EBADF, port_break(fd));
	EXPECT_EQ(0, port_reap(self->fd));
	EXPECT_EQ(-ENODEV, port_reap(self->fd));
	EXPECT_EQ(-ENOENT, port_open(self->args.id, O_RDONLY));
	/* A file that was open stays good. */
	EXPECT_EQ(3, read(fd, buf, sizeof(buf)));
	close(fd);
}

/* A port of another user whose VM is gone: its id. */
static int port_of_another_user(void)
{
	unsigned int id = 0;
	int pipefd[2], status;
	pid_t child;

	if (chmod("/dev/kvm", 0666) || pipe(pipefd))
		return -1;
	child = fork();
	if (!child) {
		struct kpl011_attach args;
		struct vm vm;

		if (setgid(1000) || setuid(1000) || vm_create(&vm, false))
			_exit(1);
		args = port_args(vm.fd);
		_exit(port_attach(&args) ||
		      write(pipefd[1], &args.id, sizeof(args.id)) < 0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status ||
	    read(pipefd[0], &id, sizeof(id)) != sizeof(id))
		return -1;
	return id;
}

/* ABI: "Dead ports that are kept for each user" */
TEST_F(port, dead_ports_are_kept_but_for_those_dead_longest)
{
	unsigned int ids[KPL011_DEAD_MAX];
	int others = port_of_another_user();
	unsigned int i;
	int fd;

	ASSERT_LE(0, others);
	for (i = 0; i < KPL011_DEAD_MAX; i++) {
		struct kpl011_attach args;
		struct vm vm;

		ASSERT_EQ(0, vm_create(&vm, false));
		args = port_args(vm.fd);
		fd = port_attach_open(&args, O_RDWR);
		ASSERT_LE(0, fd);
		ids[i] = args.id;
		vm_destroy(&vm);
		ASSERT_EQ(POLLHUP, port_poll(fd, 0));
		close(fd);
	}
	/* Attached first, and the last to die. */
	vm_destroy(&self->vm);

	/* The one that is too many goes a moment later. */
	for (i = 0; i < 1000; i++) {
		fd = port_open(ids[0], O_RDONLY);
		if (fd < 0)
			break;
		close(fd);
		usleep(10000);
	}
	EXPECT_EQ(-ENOENT, fd);
	/* Dead longer, and not of this user. */
	fd = port_open(others, O_RDWR);
	EXPECT_LE(0, fd);
	EXPECT_EQ(0, port_reap(fd));
	close(fd);
	EXPECT_EQ(0, port_reap(self->fd));
	for (i = 1; i < KPL011_DEAD_MAX; i++) {
		fd = port_open(ids[i], O_RDWR);
		EXPECT_LE(0, fd);
		EXPECT_EQ(0, port_reap(fd));
		close(fd);
	}
}

TEST_HARNESS_MAIN
