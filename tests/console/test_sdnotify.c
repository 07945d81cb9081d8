// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/loop.h"
#include "daemon/sdnotify.h"

static struct loop *loop;
static int manager;

static int setup(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char path[sizeof(address.sun_path)];

	(void)state;
	/* No name of a file: nothing is left behind. */
	snprintf(path, sizeof(path), "@kpl011-test-%d", (int)getpid());
	setenv("NOTIFY_SOCKET", path, 1);
	memcpy(address.sun_path, path, strlen(path));
	address.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_false(bind(manager, (struct sockaddr *)&address,
			  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))));
	loop = loop_new();
	assert_non_null(loop);
	assert_true(sdnotify_begin(loop));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sdnotify_end();
	loop_free(loop);
	close(manager);
	unsetenv("NOTIFY_SOCKET");
	return 0;
}

/* The next that the manager was told, or NULL. */
static const char *heard(void)
{
	static char text[256];
	ssize_t n = recv(manager, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	return n < 0 ? NULL : text;
}

/* The same, other than what it was filled with: waits for it. */
static const char *hears(void)
{
	const char *text;

	while (!(text = heard()) || !strcmp(text, "FULL=1"))
		if (!text)
			assert_false(loop_turn(loop));
	return text;
}

static void fill(void)
{
	/* None of them is kept: so many are more than a queue has. */
	for (int i = 0; i < 10000; i++)
		sdnotify(SDNOTIFY_MAY, "FULL=1");
}

static void test_a_manager_that_listens_hears_at_once(void **state)
{
	(void)state;
	sdnotify(SDNOTIFY_MUST, "READY=%d", 1);
	assert_string_equal(heard(), "READY=1");
	sdnotify(SDNOTIFY_MAY, "STATUS=x");
	assert_string_equal(heard(), "STATUS=x");
	assert_null(heard());
}

static void test_what_must_be_told_is_kept_in_order(void **state)
{
	(void)state;
	fill();
	sdnotify(SDNOTIFY_MUST, "READY=1");
	sdnotify(SDNOTIFY_MUST, "WATCHDOG=1");
	sdnotify(SDNOTIFY_MUST, "RELOADING=1\nMONOTONIC_USEC=5");
	sdnotify(SDNOTIFY_MUST, "READY=1");
	sdnotify(SDNOTIFY_MAY, "STATUS=x");
	sdnotify(SDNOTIFY_MUST, "STOPPING=1");
	assert_string_equal(hears(), "READY=1");
	assert_string_equal(hears(), "WATCHDOG=1");
	assert_string_equal(hears(), "RELOADING=1\nMONOTONIC_USEC=5");
	assert_string_equal(hears(), "READY=1");
	assert_string_equal(hears(), "STOPPING=1");
	assert_null(heard());
	/* That is over. */
	sdnotify(SDNOTIFY_MAY, "STATUS=y");
	assert_string_equal(heard(), "STATUS=y");
}

static void test_however_often_it_reloads_the_last_is_kept(void **state)
{
	(void)state;
	fill();
	sdnotify(SDNOTIFY_MUST, "READY=1");
	for (int i = 0; i < 1000; i++) {
		sdnotify(SDNOTIFY_MUST, "RELOADING=1\nMONOTONIC_USEC=%d", i);
		sdnotify(SDNOTIFY_MUST, "WATCHDOG=1");
		sdnotify(SDNOTIFY_MUST, "READY=1");
		sdnotify(SDNOTIFY_MUST, "WATCHDOG=1");
	}
	assert_string_equal(hears(), "READY=1");
	assert_string_equal(hears(), "RELOADING=1\nMONOTONIC_USEC=999");
	assert_string_equal(hears(), "WATCHDOG=1");
	assert_string_equal(hears(), "READY=1");
	assert_null(heard());
}

static void test_without_a_manager_nothing_is_kept(void **state)
{
	(void)state;
	setenv("NOTIFY_SOCKET", "/nowhere/notify", 1);
	sdnotify(SDNOTIFY_MUST, "READY=1");
	unsetenv("NOTIFY_SOCKET");
	sdnotify(SDNOTIFY_MUST, "READY=1");
	assert_null(heard());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_manager_that_listens_hears_at_once),
		TEST(test_what_must_be_told_is_kept_in_order),
		TEST(test_however_often_it_reloads_the_last_is_kept),
		TEST(test_without_a_manager_nothing_is_kept),
	};

	/* What is kept and never sent would be waited for without end. */
	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
