// SPDX-License-Identifier: GPL-2.0-only
/* What came of a guest of another host: bytes, holes between them, and their times. */
#include "cmocka_all.h"

#include <string.h>

#include "remote/mirror.h"

#define SIZE 64

static void take(struct mirror *mirror, uint64_t pos, const char *text)
{
	assert_true(mirror_add(mirror, pos, text, strlen(text)));
}

static void expect(struct mirror *mirror, uint64_t *pos, const char *text, uint64_t missing)
{
	char bytes[SIZE];
	uint64_t skipped;
	size_t n = mirror_copy(mirror, pos, bytes, sizeof(bytes), &skipped);

	assert_int_equal(n, strlen(text));
	assert_memory_equal(bytes, text, n);
	assert_int_equal(skipped, missing);
}

static void test_holes_are_told_where_they_are(void **state)
{
	struct mirror *mirror = mirror_new(SIZE);
	uint64_t pos = 100;

	(void)state;
	mirror_begin(mirror, 100);
	expect(mirror, &pos, "", 0);
	take(mirror, 103, "one");
	take(mirror, 106, "two");
	take(mirror, 200, "three");
	assert_int_equal(mirror_oldest(mirror), 100);
	assert_int_equal(mirror_newest(mirror), 205);
	expect(mirror, &pos, "onetwo", 3);
	expect(mirror, &pos, "three", 200 - 109);
	expect(mirror, &pos, "", 0);
	assert_int_equal(pos, 205);
	/* From the middle of a hole, and of what is there. */
	pos = 150;
	expect(mirror, &pos, "three", 50);
	pos = 107;
	expect(mirror, &pos, "wo", 0);
	mirror_free(mirror);
}

static void test_the_newest_are_kept(void **state)
{
	struct mirror *mirror = mirror_new(SIZE);
	char text[2] = "a";
	uint64_t pos = 0;

	(void)state;
	mirror_begin(mirror, 0);
	for (uint64_t i = 0; i < 1000; i++) {
		text[0] = (char)('a' + i % 26);
		take(mirror, i * 2, text);
	}
	/* Each is behind a hole: fewer than fit are known. */
	assert_true(mirror_oldest(mirror) > 1800);
	pos = mirror_oldest(mirror);
	text[0] = (char)('a' + pos / 2 % 26);
	expect(mirror, &pos, text, 0);
	mirror_begin(mirror, 5000);
	for (uint64_t i = 0; i < 100; i++)
		take(mirror, 5000 + i * 4, "four");
	assert_int_equal(mirror_oldest(mirror), 5400 - SIZE);
	pos = 5000;
	expect(mirror, &pos, "fourfourfourfourfourfourfourfourfourfourfourfourfourfourfourfour",
	       400 - SIZE);
	mirror_free(mirror);
}

static void test_what_goes_back_is_refused(void **state)
{
	struct mirror *mirror = mirror_new(SIZE);

	(void)state;
	mirror_begin(mirror, 100);
	take(mirror, 100, "one");
	assert_false(mirror_add(mirror, 102, "x", 1));
	assert_false(mirror_add(mirror, (uint64_t)INT64_MAX + 1, "x", 1));
	assert_false(mirror_add(mirror, UINT64_MAX, "x", 1));
	assert_int_equal(mirror_newest(mirror), 103);
	mirror_free(mirror);
}

static void test_marks_are_those_before_and_behind(void **state)
{
	struct mirror *mirror = mirror_new(SIZE);
	struct source_mark marks[3];

	(void)state;
	assert_int_equal(mirror_marks(mirror, 0, marks, 3), 0);
	for (uint64_t i = 10; i < 20; i++)
		mirror_mark(mirror, i * 10, (int64_t)i - 15);
	/* It goes back. */
	mirror_mark(mirror, 50, 1);
	assert_int_equal(mirror_marks(mirror, 125, marks, 3), 3);
	assert_int_equal(marks[0].pos, 120);
	assert_int_equal(marks[0].ns, -3);
	assert_int_equal(marks[2].pos, 140);
	assert_int_equal(mirror_marks(mirror, 5, marks, 1), 1);
	assert_int_equal(marks[0].pos, 100);
	assert_int_equal(mirror_marks(mirror, 1000, marks, 3), 1);
	assert_int_equal(marks[0].pos, 190);
	mirror_free(mirror);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holes_are_told_where_they_are),
		cmocka_unit_test(test_the_newest_are_kept),
		cmocka_unit_test(test_what_goes_back_is_refused),
		cmocka_unit_test(test_marks_are_those_before_and_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
