// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/msg.h"
#include "daemon/alertcounts.h"
#include "daemon/alertkeep.h"

static char told[512];
static int told_count;

void __wrap_msg_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void __wrap_msg_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(told, sizeof(told), fmt, ap);
	va_end(ap);
	told_count++;
}

/* More than a page of them. */
#define MANY 40

static struct logdir dir;
static char file[PATH_MAX + sizeof(ALERTKEEP_COUNTS)];
static struct alertcounts counts;

static int setup(void **state)
{
	char state_path[PATH_MAX + sizeof(LOGDIR_STATE)];

	(void)state;
	dir = (struct logdir){ .path = "/tmp/kpl011-counts-XXXXXX", .lock = -1 };
	assert_non_null(mkdtemp(dir.path));
	snprintf(state_path, sizeof(state_path), "%s/" LOGDIR_STATE, dir.path);
	snprintf(file, sizeof(file), "%s/" ALERTKEEP_COUNTS, dir.path);
	assert_int_equal(mkdir(state_path, 0700), 0);
	dir.fd = open(dir.path, O_RDONLY | O_DIRECTORY);
	dir.state = open(state_path, O_RDONLY | O_DIRECTORY);
	counts = (struct alertcounts){ 0 };
	told[0] = '\0';
	told_count = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	alertcounts_free(&counts);
	unlink(file);
	rmdir(file);
	unlinkat(dir.fd, LOGDIR_STATE, AT_REMOVEDIR);
	rmdir(dir.path);
	close(dir.state);
	close(dir.fd);
	return 0;
}

/* As the next daemon does. */
static void start_again(void)
{
	alertcounts_free(&counts);
	counts = (struct alertcounts){ 0 };
	alertcounts_load(&counts, &dir);
}

static void add(const char *alert, uint64_t seen, uint64_t alerts)
{
	struct alertcounts_of *count = &counts.all[alertcounts_find(&counts, alert)];

	count->seen += seen;
	count->told += alerts;
}

static void expect(const char *alert, uint64_t seen, uint64_t alerts)
{
	const struct alertcounts_of *count = &counts.all[alertcounts_find(&counts, alert)];

	assert_int_equal(count->seen, seen);
	assert_int_equal(count->told, alerts);
}

static ino_t inode(void)
{
	struct stat st;

	assert_int_equal(lstat(file, &st), 0);
	return st.st_ino;
}

static void test_they_go_on(void **state)
{
	(void)state;
	add("panic", 3, 1);
	add("oops", UINT64_C(1) << 40, 2);
	counts.runs.started = 5;
	counts.runs.failed = 4;
	alertcounts_note(&counts, &dir, false);
	start_again();
	expect("oops", UINT64_C(1) << 40, 2);
	add("panic", 1, 1);
	expect("panic", 4, 2);
	assert_int_equal(counts.runs.started, 5);
	assert_int_equal(counts.runs.failed, 4);
	assert_int_equal(told_count, 0);
}

static void test_what_there_was_is_added_when_it_is_known(void **state)
{
	int open_dir = dir.state;

	(void)state;
	add("panic", 30, 10);
	add("oops", 5, 5);
	alertcounts_note(&counts, &dir, false);
	alertcounts_free(&counts);
	counts = (struct alertcounts){ 0 };
	add("panic", 2, 1);
	counts.runs.started = 1;
	dir.state = -1;
	alertcounts_note(&counts, &dir, true);
	assert_int_equal(told_count, 0);
	dir.state = open_dir;
	alertcounts_load(&counts, &dir);
	expect("panic", 32, 11);
	expect("oops", 5, 5);
	assert_int_equal(counts.runs.started, 1);
}

/* As while somebody tries a policy that has no alerts, or others. */
static void test_those_of_rules_that_are_no_more_stay(void **state)
{
	(void)state;
	add("panic", 30, 10);
	add("oops", 5, 5);
	alertcounts_note(&counts, &dir, false);
	start_again();
	alertcounts_note(&counts, &dir, true);
	start_again();
	add("mine", 1, 1);
	alertcounts_note(&counts, &dir, false);
	/* In the file it is where another one was. */
	add("oops", 1, 0);
	alertcounts_note(&counts, &dir, false);
	start_again();
	expect("panic", 30, 10);
	expect("oops", 6, 5);
	expect("mine", 1, 1);
	assert_int_equal(told_count, 0);
}

static void add_numbered(int from, int count)
{
	char name[ALERTRULES_NAME_SIZE];

	for (int i = from; i < from + count; i++) {
		snprintf(name, sizeof(name), "rule-%d", i);
		add(name, 1, 1);
	}
}

static void test_with_too_many_the_oldest_are_forgotten(void **state)
{
	(void)state;
	add("panic", 30, 10);
	add_numbered(0, ALERTCOUNTS_MAX - 1);
	add("panic", 1, 1);
	/* It is counted, and for no other. */
	add("new", 7, 7);
	assert_int_equal(counts.count, ALERTCOUNTS_MAX);
	expect("new", 7, 7);
	expect("rule-254", 1, 1);
	expect("panic", 31, 11);
	alertcounts_note(&counts, &dir, false);
	start_again();
	/* As many are kept, whether or not there are rules for them. */
	add_numbered(1000, 2);
	alertcounts_note(&counts, &dir, false);
	start_again();
	expect("rule-1000", 1, 1);
	expect("rule-1001", 1, 1);
	expect("panic", 31, 11);
	expect("new", 7, 7);
	expect("rule-252", 1, 1);
	expect("rule-253", 0, 0);
	expect("rule-254", 0, 0);
}

/* Guests make it happen: it takes a write, as their position does, and no new file. */
static void test_what_has_changed_is_written_over_what_was(void **state)
{
	ino_t first;

	(void)state;
	add("panic", 0, 0);
	alertcounts_note(&counts, &dir, false);
	first = inode();
	for (int i = 0; i < 1000; i++) {
		add("panic", 1, 0);
		alertcounts_note(&counts, &dir, false);
		/* Each time: the next file but one may have the inode again. */
		assert_int_equal(inode(), first);
	}
	start_again();
	expect("panic", 1000, 0);
	/* Another name needs another one, and so does another directory in its place. */
	add("oops", 1, 1);
	alertcounts_note(&counts, &dir, false);
	assert_int_not_equal(inode(), first);
	first = inode();
	dir.generation++;
	alertcounts_note(&counts, &dir, false);
	assert_int_not_equal(inode(), first);
	unlink(file);
	add("oops", 1, 1);
	alertcounts_note(&counts, &dir, false);
	start_again();
	expect("oops", 2, 2);
	expect("panic", 1000, 0);
}

static size_t read_all(char *text, size_t size)
{
	FILE *from = fopen(file, "r");
	size_t n;

	assert_non_null(from);
	n = fread(text, 1, size, from);
	fclose(from);
	return n;
}

/* As long as a name can be. */
static const char *nth(int i)
{
	static char name[] = "00-this-is-as-long-as-a-name-is";

	assert_int_equal(sizeof(name), ALERTRULES_NAME_SIZE);
	name[0] = (char)('0' + i / 10);
	name[1] = (char)('0' + i % 10);
	return name;
}

/* A kill may come between two pages. */
static void test_half_of_it_is_as_good_as_all(void **state)
{
	static char before[MANY * 256];
	static char after[MANY * 256];
	size_t len;
	FILE *to;

	(void)state;
	for (int i = 0; i < MANY; i++)
		add(nth(i), 999999999, 99);
	alertcounts_note(&counts, &dir, false);
	len = read_all(before, sizeof(before));
	assert_in_range(len, 4097, sizeof(before) - 1);
	for (int i = 0; i < MANY; i++) {
		counts.all[i].seen++;
		counts.all[i].told++;
	}
	alertcounts_note(&counts, &dir, false);
	assert_int_equal(read_all(after, sizeof(after)), len);
	memcpy(before, after, 4096);
	to = fopen(file, "w");
	assert_int_equal(fwrite(before, 1, len, to), len);
	assert_int_equal(fclose(to), 0);
	start_again();
	for (int i = 0; i < MANY; i++) {
		const struct alertcounts_of *count;

		count = &counts.all[alertcounts_find(&counts, nth(i))];
		assert_true((count->seen == 999999999 && count->told == 99) ||
			    (count->seen == 1000000000 && count->told == 100));
	}
}

/* As after a power failure, or by another program: who counts on them is told that they went. */
static void test_what_cannot_be_read_is_told_and_kept(void **state)
{
	static const char *const texts[] = { "", "{\"format\": \"kpl011-co", "[]",
					     "{\"format\": \"other\"}" };
	struct stat st;

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		FILE *to = fopen(file, "w");

		assert_non_null(to);
		assert_true(fputs(texts[i], to) >= 0);
		assert_int_equal(fclose(to), 0);
		told_count = 0;
		start_again();
		assert_int_equal(told_count, 1);
		assert_non_null(strstr(told, "cannot read /tmp/"));
		assert_non_null(strstr(told,
				       ALERTKEEP_COUNTS ": it is damaged, or of another "
							"version; alerts are counted from 0"));
		add("panic", 1, 1);
		alertcounts_note(&counts, &dir, false);
		assert_int_equal(fstatat(dir.state, "counts.bad", &st, 0), 0);
		assert_int_equal(st.st_size, strlen(texts[i]));
	}
	/* And what is written then is as ever. */
	start_again();
	expect("panic", 1, 1);
	assert_int_equal(told_count, 1);
	unlinkat(dir.state, "counts.bad", 0);
	/* That there is none is nothing to tell. */
	unlink(file);
	start_again();
	assert_int_equal(told_count, 1);
}

static void test_that_they_cannot_be_kept_is_told_once(void **state)
{
	(void)state;
	assert_int_equal(mkdir(file, 0700), 0);
	for (int i = 0; i < 3; i++) {
		add("panic", 1, 0);
		alertcounts_note(&counts, &dir, i == 1);
	}
	assert_int_equal(told_count, 1);
	assert_non_null(strstr(told, ALERTKEEP_COUNTS ": it is a directory; it is tried again"));
	assert_int_equal(counts.err, -EISDIR);
	/* Of the same it is tried again with a report alone. */
	rmdir(file);
	alertcounts_note(&counts, &dir, false);
	assert_int_equal(access(file, F_OK), -1);
	alertcounts_note(&counts, &dir, true);
	assert_int_equal(told_count, 2);
	assert_non_null(strstr(told, ALERTKEEP_COUNTS " is written again"));
	assert_int_equal(counts.err, 0);
	start_again();
	expect("panic", 3, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_they_go_on),
		TEST(test_what_there_was_is_added_when_it_is_known),
		TEST(test_those_of_rules_that_are_no_more_stay),
		TEST(test_with_too_many_the_oldest_are_forgotten),
		TEST(test_what_has_changed_is_written_over_what_was),
		TEST(test_half_of_it_is_as_good_as_all),
		TEST(test_what_cannot_be_read_is_told_and_kept),
		TEST(test_that_they_cannot_be_kept_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
