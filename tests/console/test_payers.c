// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/payers.h"
#include "fake_clock.h"

static char path[] = "/tmp/kpl011-payers.XXXXXX";
static size_t looks;

const char *payers_path(void)
{
	return path;
}

/* Instead of the system's users. */
struct passwd *__wrap_getpwnam(const char *name);
struct passwd *__wrap_getpwnam(const char *name)
{
	static struct passwd user;

	looks++;
	if (strcmp(name, "ci") && strcmp(name, "web") && strcmp(name, "root"))
		return NULL;
	user.pw_uid = !strcmp(name, "ci") ? 1000 : !strcmp(name, "web") ? 1001 : 0;
	return &user;
}

/* Another file, which is looked at. */
static void have(const char *text)
{
	char now[sizeof(path) + 4];
	FILE *file;

	snprintf(now, sizeof(now), "%s.new", path);
	file = fopen(now, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(rename(now, path), 0);
	fake_now_ms += 1000;
	looks = 0;
}

static void test_subordinate_uids_are_one_user(void **state)
{
	(void)state;
	have("web:165536:65536\nci:100000:65536\n");
	assert_int_equal(payer_of(1000), 1000);
	assert_int_equal(payer_of(0), 0);
	assert_int_equal(payer_of(99999), 99999);
	for (uid_t uid = 100000; uid < 165536; uid++)
		if (payer_of(uid) != 1000)
			fail_msg("%u is of %u", uid, payer_of(uid));
	assert_int_equal(payer_of(165536), 1001);
	assert_int_equal(payer_of(231071), 1001);
	assert_int_equal(payer_of(231072), 231072);
	assert_int_equal(payer_of(UINT32_MAX - 1), UINT32_MAX - 1);
	/* Each was looked up once. */
	assert_int_equal(looks, 2);
}

static void test_several_parts_are_one_user_and_the_first_has_what_two_have(void **state)
{
	(void)state;
	have("ci:100000:1000\n1002:100500:1000\nci:200000:10\nci:4294967290:65536\n"
	     "web:100100:10\n");
	assert_int_equal(payer_of(100999), 1000);
	assert_int_equal(payer_of(100105), 1000);
	assert_int_equal(payer_of(101000), 1002);
	assert_int_equal(payer_of(101499), 1002);
	assert_int_equal(payer_of(101500), 101500);
	assert_int_equal(payer_of(200009), 1000);
	assert_int_equal(payer_of(4294967294), 1000);
	assert_int_equal(payer_of(UINT32_MAX), UINT32_MAX);
}

/* It is one user, whoever that is; and known when there is such a one. */
static void test_who_is_not_known_is_the_first_of_its_uids(void **state)
{
	(void)state;
	have("nobody-there:300000:65536\n");
	for (uid_t uid = 300000; uid < 301000; uid++)
		assert_int_equal(payer_of(uid), 300000);
	assert_int_equal(looks, 1);
	fake_now_ms += 10000;
	assert_int_equal(payer_of(300007), 300000);
	assert_int_equal(looks, 2);
}

static void test_those_of_root_are_by_container(void **state)
{
	(void)state;
	have("root:1000000:1000000000\n");
	assert_int_equal(payer_of(1000000), 1000000);
	assert_int_equal(payer_of(1065535), 1000000);
	assert_int_equal(payer_of(1065536), 1065536);
	assert_int_equal(payer_of(1131071), 1065536);
}

static void test_what_is_no_line_of_it_is_left_out(void **state)
{
	char text[4096];

	(void)state;
	snprintf(text, sizeof(text),
		 "# ci:400000:10\n\nci\nci:\nci:400100\nci:400200:\nci:x:10\nci:-1:10\n"
		 "ci:400300:ten\nci:400400:10:10\n:400500:10\nci: 400600:10\nci:400700:0\n"
		 "ci:99999999999999999999:10\nci:4294967295:10\n%01000d:400800:10\n"
		 "ci:400900:99999999999999999999\nweb:401000:10",
		 7);
	have(text);
	for (uid_t uid = 400000; uid < 401000; uid++)
		assert_int_equal(payer_of(uid), uid);
	/* The last has no newline. */
	assert_int_equal(payer_of(401009), 1001);
	assert_int_equal(payer_of(401010), 401010);
}

static void test_another_file_holds_some_seconds_later(void **state)
{
	(void)state;
	have("ci:100000:65536\n");
	assert_int_equal(payer_of(100000), 1000);
	have("web:100000:65536\n");
	fake_now_ms -= 1;
	assert_int_equal(payer_of(100000), 1000);
	fake_now_ms += 1;
	assert_int_equal(payer_of(100000), 1001);
	/* Without one each is for itself. */
	unlink(path);
	fake_now_ms += 1000;
	assert_int_equal(payer_of(100000), 100000);
	have("ci:100000:65536\n");
	assert_int_equal(payer_of(100000), 1000);
}

/* Its users would be many at once, and stay so. */
static void test_a_file_that_cannot_be_read_now_is_read_later(void **state)
{
	struct rlimit limit;
	struct rlimit none;

	(void)state;
	have("ci:100000:65536\n");
	assert_int_equal(payer_of(100001), 1000);
	have("web:100000:65536\n");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(payer_of(100001), 1000);
		fake_now_ms += 1000;
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(payer_of(100001), 1001);
	/* What is no file says nothing. */
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	fake_now_ms += 1000;
	assert_int_equal(payer_of(100001), 1001);
	rmdir(path);
	fake_now_ms += 1000;
	assert_int_equal(payer_of(100001), 100001);
	have("");
	assert_int_equal(payer_of(100001), 100001);
}

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd >= 0)
		close(fd);
	return fd < 0;
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_subordinate_uids_are_one_user),
		cmocka_unit_test(test_several_parts_are_one_user_and_the_first_has_what_two_have),
		cmocka_unit_test(test_who_is_not_known_is_the_first_of_its_uids),
		cmocka_unit_test(test_those_of_root_are_by_container),
		cmocka_unit_test(test_what_is_no_line_of_it_is_left_out),
		cmocka_unit_test(test_another_file_holds_some_seconds_later),
		cmocka_unit_test(test_a_file_that_cannot_be_read_now_is_read_later),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
