// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/journal.h"
#include "fake_clock.h"

/* A journal that reads when a test says so. */
static char path[64];
static int its;
static int ours;

static int send_line(void)
{
	const struct journal_line line = {
		.guest = "web1",
		.user = "somebody",
		.boot = "",
		.text = "hello",
		.len = strlen("hello"),
	};

	return journal_send(ours, path, &line);
}

static void take(void)
{
	char bytes[4096];

	assert_true(recv(its, bytes, sizeof(bytes), MSG_DONTWAIT) > 0);
}

/* What the first one gets that is not taken. */
static int fill(void)
{
	int err;

	while (!(err = send_line()))
		;
	return err;
}

static int setup(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)state;
	fake_now_ms = 1000000;
	snprintf(path, sizeof(path), "/tmp/kpl011-journal-%d", (int)getpid());
	strcpy(address.sun_path, path);
	its = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(its, (struct sockaddr *)&address, sizeof(address)), 0);
	ours = journal_open();
	assert_true(ours >= 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(ours);
	close(its);
	unlink(path);
	return 0;
}

static void test_one_that_is_slow_is_behind(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(fill(), -EAGAIN);
		fake_now_ms += 20000;
		assert_int_equal(send_line(), -EAGAIN);
		take();
	}
}

static void test_one_that_takes_nothing_for_long_is_away(void **state)
{
	(void)state;
	assert_int_equal(fill(), -EAGAIN);
	fake_now_ms += 30000;
	assert_int_equal(send_line(), -EAGAIN);
	fake_now_ms += 1000;
	assert_int_equal(send_line(), -ETIMEDOUT);
	fake_now_ms += 30000;
	assert_int_equal(send_line(), -ETIMEDOUT);
	/* It is back. */
	take();
	assert_int_equal(send_line(), 0);
	assert_int_equal(send_line(), -EAGAIN);
}

/* It may have taken all that there was, and be full again. */
static void test_what_was_not_asked_for_long_is_not_known(void **state)
{
	(void)state;
	assert_int_equal(fill(), -EAGAIN);
	fake_now_ms += 61000;
	assert_int_equal(send_line(), -EAGAIN);
	fake_now_ms += 31000;
	assert_int_equal(send_line(), -ETIMEDOUT);
}

static void test_one_that_went_is_told_as_what_it_is(void **state)
{
	(void)state;
	assert_int_equal(fill(), -EAGAIN);
	fake_now_ms += 31000;
	assert_int_equal(unlink(path), 0);
	assert_int_equal(send_line(), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_that_is_slow_is_behind),
		TEST(test_one_that_takes_nothing_for_long_is_away),
		TEST(test_what_was_not_asked_for_long_is_not_known),
		TEST(test_one_that_went_is_told_as_what_it_is),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
