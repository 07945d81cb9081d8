// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/regular.h"
#include "daemon/ledger.h"

static const struct ledger raw = {
	.port = { .boot = "01234567-89ab-cdef-0123-456789abcdef", .id = 3, .attach_ns = 77 },
	.base = "web1",
	.exact = true,
	.dev = 5,
	.ino = UINT64_MAX - 1,
	.from = { .size = 100, .pos = 1000 },
	.to = { .size = 150, .pos = 1050 },
};

static void test_a_ledger_is_read_as_it_was_written(void **state)
{
	struct ledger ledger = raw;
	struct ledger again;
	char text[LEDGER_SIZE];

	(void)state;
	ledger.exact = false;
	ledger.done = true;
	ledger.to.in_line = true;
	memset(ledger.base, '%', LOGNAME_SIZE);
	strcpy(ledger.base + 150, "@4294967295");
	ledger_put(&ledger, text);
	assert_int_equal(text[LEDGER_SIZE - 1], '\n');
	assert_true(ledger_get(text, sizeof(text), &again));
	assert_memory_equal(&again.port, &ledger.port, sizeof(again.port));
	assert_string_equal(again.base, ledger.base);
	assert_true(again.done && !again.exact);
	assert_int_equal(again.ino, ledger.ino);
	assert_memory_equal(&again.from, &ledger.from, sizeof(again.from));
	assert_memory_equal(&again.to, &ledger.to, sizeof(again.to));
}

static void test_what_cannot_be_is_no_ledger(void **state)
{
	static const struct {
		const char *from;
		const char *to;
	} changes[] = {
		{ "kpl011-ledger", "kpl011-cursor" },
		{ "01234567-89ab-cdef-0123-456789abcdef",
		  "01234567-89ab-cdef-0123-456789abcdef-0123456789" },
		{ "\"port\": 3", "\"port\": -3" },
		{ "\"port\": 3", "\"port\": 4294967296" },
		{ "\"web1\"", "\"../x\"" },
		{ "\"web1\"", "\".kpl011\"" },
		{ "\"web1\"", "\"\"" },
		{ "\"web1\"", "\"a\\\"b\"" },
		{ "\"exact\": 1", "\"exact\": \"1\"" },
		{ "[100, 1000,", "[200, 1000," },
		{ "[100, 1000,", "[100, 2000," },
		{ "[150, 1050,", "[150, 1051," },
		{ "[150, 1050, 0]", "[150, 1050, 2]" },
		{ "[150, 1050, 0]", "[150, 1050]" },
		{ "[150,", "[150.5," },
		{ "[150,", "[" },
		{ "}", "" },
	};
	char text[LEDGER_SIZE];
	char wrong[LEDGER_SIZE + 64];
	struct ledger ledger = raw;
	struct ledger again;

	(void)state;
	ledger_put(&raw, text);
	assert_true(ledger_get(text, sizeof(text), &again));
	text[LEDGER_SIZE - 1] = '\0';
	for (size_t i = 0; i < ROWS(changes); i++) {
		char *at = strstr(text, changes[i].from);

		assert_non_null(at);
		snprintf(wrong, sizeof(wrong), "%.*s%s%s", (int)(at - text), text, changes[i].to,
			 at + strlen(changes[i].from));
		assert_false(ledger_get(wrong, strlen(wrong), &again));
	}
	/* Nor where it does not say of each byte of the log which of the guest's it is. */
	ledger.exact = false;
	ledger.to = (struct ledger_point){ .size = 99, .pos = 1050 };
	ledger_put(&ledger, text);
	assert_false(ledger_get(text, sizeof(text), &again));
	ledger.to = (struct ledger_point){ .size = 150, .pos = 999 };
	ledger_put(&ledger, text);
	assert_false(ledger_get(text, sizeof(text), &again));
	ledger = raw;
	ledger.port.uid = (int64_t)UINT32_MAX + 1;
	ledger_put(&ledger, text);
	assert_false(ledger_get(text, sizeof(text), &again));
	ledger.port.uid = UINT32_MAX;
	ledger_put(&ledger, text);
	assert_true(ledger_get(text, sizeof(text), &again));
	ledger_put(&raw, text);
	text[LEDGER_SIZE - 1] = '\0';
	/* One of an older program has more in it. */
	snprintf(wrong, sizeof(wrong), "%.*s, 4, 0, 9, 1, 226, 0, 0, 0]%s",
		 (int)(strstr(text, "1050, 0]") + 7 - text), text, strstr(text, "1050, 0]") + 8);
	assert_true(ledger_get(wrong, strlen(wrong), &again));
	assert_int_equal(again.to.pos, 1050);
	assert_false(ledger_get("", 0, &again));
	assert_false(ledger_get("\0\0\0", 3, &again));
}

static void test_it_goes_on_at_the_right_byte(void **state)
{
	static const struct {
		bool exact;
		bool exists;
		uint64_t ino;
		uint64_t size;
		uint64_t oldest;
		enum ledger_verdict verdict;
		uint64_t at_size;
		uint64_t at_pos;
	} cases[] = {
		/* Killed before the write, in it, and behind it. */
		{ true, true, raw.ino, 100, 0, LEDGER_EXACT, 100, 1000 },
		{ true, true, raw.ino, 120, 0, LEDGER_EXACT, 120, 1020 },
		{ true, true, raw.ino, 150, 0, LEDGER_EXACT, 150, 1050 },
		{ false, true, raw.ino, 100, 0, LEDGER_EXACT, 100, 1000 },
		{ false, true, raw.ino, 120, 1000, LEDGER_CUT_BACK, 100, 1000 },
		{ false, true, raw.ino, 120, 1001, LEDGER_EXACT, 120, 1000 },
		{ false, true, raw.ino, 150, 0, LEDGER_EXACT, 150, 1050 },
		/* Others. */
		{ true, true, raw.ino, 151, 0, LEDGER_GREW, 151, 1050 },
		{ true, true, raw.ino, 99, 0, LEDGER_TRUNCATED, 99, 1000 },
		{ true, true, 9, 500, 0, LEDGER_REPLACED, 500, 1000 },
		{ true, false, 0, 0, 0, LEDGER_REPLACED, 0, 1000 },
	};
	struct ledger cut = raw;
	struct ledger_found found;
	struct ledger_point at;

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct ledger ledger = raw;

		ledger.exact = cases[i].exact;
		found = (struct ledger_found){ cases[i].exists, 5, cases[i].ino, cases[i].size,
					       cases[i].oldest };
		assert_int_equal(ledger_resume(&ledger, &found, &at), cases[i].verdict);
		assert_int_equal(at.size, cases[i].at_size);
		assert_int_equal(at.pos, cases[i].at_pos);
	}
	/* Its number is another file's on another file system. */
	found = (struct ledger_found){ true, 6, raw.ino, 120, 0 };
	assert_int_equal(ledger_resume(&raw, &found, &at), LEDGER_REPLACED);
	/* What is left of one that was cut short is no half of a line. */
	cut.from.in_line = true;
	found = (struct ledger_found){ true, 5, raw.ino, 99, 0 };
	assert_int_equal(ledger_resume(&cut, &found, &at), LEDGER_TRUNCATED);
	assert_false(at.in_line);
	/* Cut off: whether or not the file was renamed yet. */
	cut.ino = 0;
	cut.from = cut.to;
	found = (struct ledger_found){ .exists = true, .dev = 5, .ino = raw.ino, .size = 150 };
	assert_int_equal(ledger_resume(&cut, &found, &at), LEDGER_EXACT);
	assert_int_equal(at.size, 150);
	assert_int_equal(at.pos, 1050);
	found = (struct ledger_found){ 0 };
	assert_int_equal(ledger_resume(&cut, &found, &at), LEDGER_EXACT);
	assert_int_equal(at.size, 0);
	assert_int_equal(at.pos, 1050);
}

static void test_what_cannot_be_true_of_a_port_is_known(void **state)
{
	struct ledger good = {
		.base = "web1@1000",
		.from = { .size = 10, .pos = 100 },
		.to = { .size = 30, .pos = 120 },
	};
	struct ledger_truth truth = { .base = "web1@1000", .newest = 120, .live = true };
	struct ledger bad = good;

	(void)state;
	assert_null(ledger_wrong(&good, &truth));
	truth.newest = 119;
	assert_string_equal(ledger_wrong(&good, &truth),
			    "its position is beyond the newest byte of its port");
	truth.newest = 120;
	strcpy(bad.base, "web1@1001");
	assert_string_equal(ledger_wrong(&bad, &truth),
			    "its log belongs to a guest of another owner");
	strcpy(bad.base, "web1@1000~2");
	assert_string_equal(ledger_wrong(&bad, &truth), "its log has another name");
	good.done = true;
	assert_string_equal(ledger_wrong(&good, &truth), "it says that the guest is gone");
	truth.live = false;
	assert_null(ledger_wrong(&good, &truth));
}

static void test_it_is_kept_in_a_file_of_its_own(void **state)
{
	char dir[] = "/tmp/kpl011-ledger-XXXXXX";
	struct rlimit limit, was;
	struct ledger again;
	int file;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(ledger_load(fd, "1-2.raw", &again), -ENOENT);
	file = openat(fd, "1-2.raw", O_RDWR | O_CREAT, 0600);
	/* It was made, and then there was a kill. */
	assert_int_equal(ledger_load(fd, "1-2.raw", &again), -ENOENT);
	assert_int_equal(ledger_store(file, &raw), 0);
	assert_int_equal(ledger_load(fd, "1-2.raw", &again), 0);
	assert_string_equal(again.base, "web1");
	/* A disk that takes a part of it only is full. */
	getrlimit(RLIMIT_FSIZE, &was);
	limit = was;
	limit.rlim_cur = LEDGER_SIZE / 2;
	assert_int_equal(ftruncate(file, 0), 0);
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_int_equal(ledger_store(file, &raw), -ENOSPC);
	setrlimit(RLIMIT_FSIZE, &was);
	assert_int_equal(ledger_load(fd, "1-2.raw", &again), 0);
	/* What a link leads to is none, nor is a directory. */
	assert_int_equal(symlinkat("1-2.raw", fd, "3-4.raw"), 0);
	assert_int_equal(ledger_load(fd, "3-4.raw", &again), -ELOOP);
	assert_int_equal(ledger_load(fd, ".", &again), REGULAR_NOT);
	/* It is put aside, also where there is another one from before. */
	ledger_put_aside(fd, "1-2.raw");
	ledger_put_aside(fd, "3-4.raw");
	ledger_put_aside(fd, "none");
	assert_int_equal(ledger_load(fd, "1-2.raw", &again), -ENOENT);
	assert_int_equal(unlinkat(fd, "1-2.raw" LEDGER_BAD, 0), 0);
	assert_int_equal(unlinkat(fd, "3-4.raw" LEDGER_BAD, 0), 0);
	close(file);
	close(fd);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_ledger_is_read_as_it_was_written),
		cmocka_unit_test(test_what_cannot_be_is_no_ledger),
		cmocka_unit_test(test_it_goes_on_at_the_right_byte),
		cmocka_unit_test(test_what_cannot_be_true_of_a_port_is_known),
		cmocka_unit_test(test_it_is_kept_in_a_file_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
