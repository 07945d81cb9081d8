// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>

#include "base/json_io.h"

static void test_no_more_is_read_than_may_be(void **state)
{
	static const struct {
		const char *text;
		size_t max;
		int err;
	} cases[] = {
		{ "{}", 2, 0 },		  { "{}", 1, EFBIG },	     { "[1, 2]\n", 7, 0 },
		{ "[1, 2]\n", 6, EFBIG }, { "[1, 2", 100, EBADMSG }, { "[1, 2", 3, EFBIG },
		{ "{} x", 4, EBADMSG },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		FILE *file = fmemopen((char *)cases[i].text, strlen(cases[i].text), "r");
		json_t *json;

		assert_non_null(file);
		json = json_read(file, cases[i].max);
		if (cases[i].err)
			assert_int_equal(errno, cases[i].err);
		assert_int_equal(!json, cases[i].err != 0);
		json_decref(json);
		fclose(file);
	}
}

/* JSON, and then more and more blanks. */
static ssize_t on_read(void *cookie, char *buf, size_t size)
{
	size_t *total = cookie;

	assert_in_range(size, 2, SIZE_MAX);
	memset(buf, ' ', size);
	if (!*total)
		memcpy(buf, "{}", 2);
	*total += size;
	return (ssize_t)size;
}

static void test_a_file_that_grows_without_end_is_given_up(void **state)
{
	size_t total = 0;
	FILE *file = fopencookie(&total, "r", (cookie_io_functions_t){ .read = on_read });

	(void)state;
	assert_non_null(file);
	assert_null(json_read(file, 1 << 20));
	assert_int_equal(errno, EFBIG);
	assert_in_range(total, 1 << 20, 2 << 20);
	fclose(file);
}

static ssize_t on_failing_read(void *cookie, char *buf, size_t size)
{
	(void)cookie;
	(void)buf;
	(void)size;
	errno = EIO;
	return -1;
}

static void test_a_disk_that_fails_is_told_from_what_is_no_json(void **state)
{
	FILE *file = fopencookie(NULL, "r", (cookie_io_functions_t){ .read = on_failing_read });

	(void)state;
	assert_non_null(file);
	assert_null(json_read(file, 100));
	assert_int_equal(errno, EIO);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_more_is_read_than_may_be),
		cmocka_unit_test(test_a_file_that_grows_without_end_is_given_up),
		cmocka_unit_test(test_a_disk_that_fails_is_told_from_what_is_no_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
