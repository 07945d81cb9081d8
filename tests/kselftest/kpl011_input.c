// SPDX-License-Identifier: GPL-2.0-only
/* Who may type. */
#include <poll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "request.h"

#define LONG_COMM	"fifteen letters"

/*
 * ABI: "Bytes of the name of a task"
 * ABI: KPL011_INPUT EBUSY
 * ABI: write(2) "EBUSY"
 * ABI: KPL011_BREAK EBUSY
 * ABI: KPL011_INJECT EBUSY
 * ABI: "hold the input from now on"
 * ABI: "release it"
 * ABI: KPL011_INPUT_MINE "this file holds it"
 * ABI: KPL011_INPUT_OTHER "another file holds it"
 * ABI: KPL011_INPUT "@flags:"
 * ABI: KPL011_INPUT "@pid:"
 * ABI: KPL011_INPUT "@comm:"
 * ABI: "While nobody holds the input, any file may write."
 * ABI: "fail with EBUSY"
 * ABI: "What was queued before stays queued."
 */
TEST_F(request, input_is_held_by_one_file)
{
	int other = port_open(self->args.id, O_RDWR | O_NONBLOCK);
	struct kpl011_inject inject = { .size = sizeof(inject) };
	struct kpl011_input who;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, input(self->fd, 0, &who));
	EXPECT_EQ(0, who.status);
	EXPECT_EQ(2, write(other, "Aa", 2));
	ASSERT_EQ(0, prctl(PR_SET_NAME, LONG_COMM));
	ASSERT_EQ(0, input(self->fd, KPL011_INPUT_TAKE, &who));
	EXPECT_EQ(KPL011_INPUT_MINE, who.status);
	EXPECT_EQ(1, write(self->fd, "b", 1));
	EXPECT_EQ(-1, write(other, "c", 1));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(-EBUSY, port_break(other));
	EXPECT_EQ(-EBUSY, ask(other, KPL011_INJECT, &inject));

	EXPECT_EQ(-EBUSY, input(other, KPL011_INPUT_TAKE, &who));
	EXPECT_EQ(KPL011_INPUT_OTHER, who.status);
	EXPECT_EQ(getpid(), who.pid);
	EXPECT_STREQ(LONG_COMM, who.comm);
	ASSERT_EQ(0, input(self->fd, KPL011_INPUT_GIVE, &who));
	EXPECT_EQ(0, who.status);
	EXPECT_EQ(1, write(other, "c", 1));
	/* What was queued before it was taken, and after. */
	ASSERT_EQ(0, store(&self->vm, PL011_LCR_H, 0x60));
	EXPECT_EQ('A', load(&self->vm, PL011_DR));
	EXPECT_EQ('a', load(&self->vm, PL011_DR));
	EXPECT_EQ('b', load(&self->vm, PL011_DR));
	EXPECT_EQ('c', load(&self->vm, PL011_DR));
	close(other);
}

/*
 * ABI: "another file took the input"
 * ABI: "with TAKE: even if another file holds it"
 * ABI: "another file took it from this one"
 * ABI: KPL011_INPUT "@status:"
 * ABI: KPL011_INPUT "@pid:"
 * ABI: "A file that is closed releases the input."
 */
TEST_F(request, input_that_is_taken_over_is_told)
{
	int other = port_open(self->args.id, O_RDWR | O_NONBLOCK);
	struct kpl011_input who;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, input(self->fd, KPL011_INPUT_TAKE, &who));
	EXPECT_EQ(0, port_poll(self->fd, POLLOUT | POLLPRI) & POLLPRI);
	ASSERT_EQ(0, input(other, KPL011_INPUT_TAKE | KPL011_INPUT_FORCE,
			   &who));
	EXPECT_EQ(KPL011_INPUT_MINE, who.status);
	EXPECT_EQ(POLLPRI, port_poll(self->fd, POLLPRI));
	ASSERT_EQ(0, input(self->fd, 0, &who));
	EXPECT_EQ(KPL011_INPUT_OTHER | KPL011_INPUT_LOST, who.status);
	EXPECT_EQ(getpid(), who.pid);
	ASSERT_EQ(0, input(self->fd, 0, &who));
	EXPECT_EQ(KPL011_INPUT_OTHER, who.status);
	EXPECT_EQ(0, port_poll(self->fd, POLLOUT | POLLPRI) & POLLPRI);
	/* A file that is closed lets go. */
	close(other);
	EXPECT_EQ(1, write(self->fd, "x", 1));
}

/*
 * The file lives on where it is shared; its process's number may be another's.
 *
 * ABI: KPL011_INPUT "@pid:"
 */
TEST_F(request, input_of_a_process_that_has_ended_has_no_pid)
{
	int other = port_open(self->args.id, O_RDWR | O_NONBLOCK);
	struct kpl011_input who;
	pid_t child;

	ASSERT_LE(0, other);
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(!!input(self->fd, KPL011_INPUT_TAKE, &who));
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	ASSERT_EQ(0, input(other, 0, &who));
	EXPECT_EQ(KPL011_INPUT_OTHER, who.status);
	EXPECT_EQ(0, who.pid);
	EXPECT_STRNE("", who.comm);
	close(other);
}

/* ABI: KPL011_INPUT EBADF EINVAL */
TEST_F(request, input_needs_a_file_that_can_write)
{
	int reader = port_open(self->args.id, O_RDONLY);
	struct kpl011_input who;

	ASSERT_LE(0, reader);
	EXPECT_EQ(-EBADF, input(reader, KPL011_INPUT_TAKE, &who));
	EXPECT_EQ(0, input(reader, 0, &who));
	EXPECT_EQ(-EINVAL, input(self->fd, KPL011_INPUT_FORCE, &who));
	EXPECT_EQ(-EINVAL, input(self->fd, KPL011_INPUT_TAKE | KPL011_INPUT_GIVE,
				 &who));
	close(reader);
}

/* Another user, who watches what he may: 0 if he was told of nothing. */
static int watch(int ready, int done)
{
	char buf[4096];
	int in = inotify_init1(IN_NONBLOCK);

	if (in < 0 || setgid(1000) || setuid(1000) ||
	    inotify_add_watch(in, "/dev/kpl011", IN_ACCESS | IN_MODIFY | IN_OPEN |
					IN_CLOSE) < 0)
		return 1;
	/* He would not be let in, and is not. */
	if (write(ready, "", 1) != 1 || read(done, buf, 1) != 1)
		return 2;
	return read(in, buf, sizeof(buf)) < 0 && errno == EAGAIN ? 0 : 3;
}

/* ABI: "Neither inotify(7) nor fanotify(7) reports" */
TEST_F(request, other_users_are_not_told_when_somebody_types)
{
	int ready[2], done[2], status, fd;
	pid_t child;
	char buf[4];

	ASSERT_EQ(0, pipe(ready));
	ASSERT_EQ(0, pipe(done));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(watch(ready[1], done[0]));
	ASSERT_EQ(1, read(ready[0], buf, 1));
	fd = port_open(self->args.id, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, write(fd, "s", 1));
	ASSERT_EQ(0, print(&self->vm, "*"));
	EXPECT_EQ(1, read(fd, buf, sizeof(buf)));
	close(fd);
	ASSERT_EQ(1, write(done[1], "", 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
