// SPDX-License-Identifier: GPL-2.0-only
#include "archive_fixture.h"

#include <search.h>
#include <stdio.h>

/*
 * Comparisons are counted: those of libc's trees, by taking the place of their functions,
 * and those of strings, which a list would be searched by.
 */
static struct {
	uint64_t count;
	int (*cmp)(const void *a, const void *b);
} work;

static int counting(const void *a, const void *b)
{
	work.count++;
	return work.cmp(a, b);
}

typedef int compare(const void *a, const void *b);
void *__real_tsearch(const void *key, void **root, compare *cmp);
void *__wrap_tsearch(const void *key, void **root, compare *cmp);
void *__real_tfind(const void *key, void *const *root, compare *cmp);
void *__wrap_tfind(const void *key, void *const *root, compare *cmp);
void *__real_tdelete(const void *key, void **root, compare *cmp);
void *__wrap_tdelete(const void *key, void **root, compare *cmp);
int __real_strcmp(const char *a, const char *b);
int __wrap_strcmp(const char *a, const char *b);

void *__wrap_tsearch(const void *key, void **root, compare *cmp)
{
	work.cmp = cmp;
	return __real_tsearch(key, root, counting);
}

void *__wrap_tfind(const void *key, void *const *root, compare *cmp)
{
	work.cmp = cmp;
	return __real_tfind(key, root, counting);
}

void *__wrap_tdelete(const void *key, void **root, compare *cmp)
{
	work.cmp = cmp;
	return __real_tdelete(key, root, counting);
}

int __wrap_strcmp(const char *a, const char *b)
{
	work.count++;
	return __real_strcmp(a, b);
}

/* An operator has compressed so many himself, and left what they were made of. */
static uint64_t work_of_twins(size_t count)
{
	struct archive archive = { 0 };
	struct archive_file *file;
	size_t gone = 0;

	for (size_t i = 0; i < count; i++) {
		size_t n = i * 7919 % count;
		struct logname name = {
			.base = "a", .clean = n % 2, .seq = n, .time = 30, .packed = true
		};

		add(&archive, "a", name.clean, name.seq, name.time, 10);
		assert_non_null(archive_add(&archive, &name, 5));
	}
	work.count = 0;
	for (; (file = archive_twin(archive_guest(&archive, "a"))); gone++)
		archive_remove(&archive, file);
	assert_int_equal(gone, count);
	assert_int_equal(archive.total[ARCHIVE_FILES], count);
	archive_free(&archive);
	return work.count;
}

static void test_ten_times_the_twins_are_hardly_more_than_ten_times_the_work(void **state)
{
	uint64_t few = work_of_twins(2000);
	uint64_t many = work_of_twins(20000);

	(void)state;
	assert_true(few > 2000);
	assert_true(many < 16 * few);
}

/* All that is done with so many files: found, looked at, compressed, removed. */
static uint64_t work_of(size_t count)
{
	struct archive archive = { 0 };
	struct archive_limits limits = { .files = 5 };
	struct archive_guest *guest;
	struct archive_file *file;
	char base[32];

	work.count = 0;
	for (size_t i = 0; i < count; i++) {
		/* In no order, as a directory has them. */
		size_t n = i * 7919 % count;

		snprintf(base, sizeof(base), "guest%d@%d", (int)(n % (count / 20)), (int)(n % 7));
		add(&archive, base, false, n, (int64_t)n, 10 + n % 5);
	}
	for (guest = archive_guest_after(&archive, ""); guest;
	     guest = archive_guest_after(&archive, guest->base)) {
		archive_compress(&archive, guest, true);
		while ((file = archive_excess(guest, &limits)))
			archive_remove(&archive, file);
	}
	while ((file = archive_wanted(&archive))) {
		archive_begin(&archive, file);
		archive_end(&archive, file, 0);
		archive_packed(&archive, file, 3);
		snprintf(base, sizeof(base), "%s", file->guest->base);
		archive_next(&archive, base);
	}
	while ((file = victim(&archive)))
		archive_remove(&archive, file);
	assert_int_equal(archive.total[ARCHIVE_FILES], 0);
	assert_null(archive_guest_after(&archive, ""));
	archive_free(&archive);
	return work.count;
}

static void test_ten_times_the_files_are_hardly_more_than_ten_times_the_work(void **state)
{
	uint64_t few = work_of(2000);
	uint64_t many = work_of(20000);

	(void)state;
	assert_true(few > 2000);
	assert_true(many < 16 * few);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ten_times_the_twins_are_hardly_more_than_ten_times_the_work),
		cmocka_unit_test(test_ten_times_the_files_are_hardly_more_than_ten_times_the_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
