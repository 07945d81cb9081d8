// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/msg_out.h"

static void fill(int fd)
{
	char text[4096] = { 0 };
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	while (write(fd, text, sizeof(text)) > 0)
		;
	assert_int_equal(errno, EAGAIN);
	fcntl(fd, F_SETFL, flags);
}

static void waits(void *arg)
{
	*(bool *)arg = true;
}

/* What a program does that has a loop, and says something just before that ends. */
static void say_and_end(int stderr_fd, int queued)
{
	bool waited = false;

	dup2(stderr_fd, STDERR_FILENO);
	msg_out_hurry();
	msg_out_loop(waits, &waited);
	msg_error("these are the last words");
	if (!waited || write(queued, "", 1) != 1)
		_exit(1);
	msg_out_loop(NULL, NULL);
	_exit(0);
}

/* Whoever reads them is slow, and reads on within a second. */
static void test_what_waits_when_the_loop_ends_is_told(void **state)
{
	static char text[1 << 17];
	size_t len = 0;
	int err[2];
	int queued[2];
	int status;
	pid_t pid;
	ssize_t n;
	char byte;

	(void)state;
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	assert_int_equal(pipe2(queued, O_CLOEXEC), 0);
	fill(err[1]);
	pid = fork();
	if (!pid)
		say_and_end(err[1], queued[1]);
	close(err[1]);
	close(queued[1]);
	assert_int_equal(read(queued[0], &byte, 1), 1);
	while ((n = read(err[0], text + len, sizeof(text) - len)) > 0)
		len += (size_t)n;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_non_null(memmem(text, len, "kpl011: these are the last words\n", 33));
	close(err[0]);
	close(queued[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_waits_when_the_loop_ends_is_told),
	};

	return cmocka_run_group_tests_name("msg_out", tests, NULL, NULL);
}
