// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include "daemon/archive.h"

static void add(struct archive *archive, const char *base, bool clean, uint64_t seq, int64_t time,
		uint64_t size)
{
	struct logname name = { .clean = clean, .seq = seq, .time = time };

	strcpy(name.base, base);
	assert_true(archive_add(archive, &name, size));
}

static uint64_t seq_at(const struct archive *archive, size_t index)
{
	return index == SIZE_MAX ? 0 : archive->files[index].name.seq;
}

static void test_the_oldest_of_who_has_most_goes_first(void **state)
{
	struct archive archive = { 0 };

	(void)state;
	assert_int_equal(archive_victim(&archive), SIZE_MAX);
	add(&archive, "quiet", false, 1, 10, 100);
	add(&archive, "loud", false, 3, 50, 180);
	/* Its clock went back: the number tells. */
	add(&archive, "loud", true, 2, 90, 160);
	add(&archive, "loud", false, 4, 40, 50);
	assert_int_equal(archive.bytes, 490);
	assert_int_equal(seq_at(&archive, archive_victim(&archive)), 2);
	archive_remove(&archive, archive_victim(&archive));
	assert_int_equal(seq_at(&archive, archive_victim(&archive)), 3);
	/* What is being compressed stays. */
	archive.files[archive_victim(&archive)].busy = true;
	assert_int_equal(seq_at(&archive, archive_victim(&archive)), 4);
	archive_remove(&archive, archive_victim(&archive));
	assert_int_equal(seq_at(&archive, archive_victim(&archive)), 1);
	assert_int_equal(archive.bytes, 280);
	/* Who has half as much or more is alike: the oldest of them goes. */
	add(&archive, "other", false, 7, 5, 89);
	assert_int_equal(seq_at(&archive, archive_victim(&archive)), 1);
	add(&archive, "other", false, 8, 5, 1);
	assert_int_equal(seq_at(&archive, archive_victim(&archive)), 7);
	archive_free(&archive);
}

static void test_a_guest_has_limits_of_its_own(void **state)
{
	struct archive archive = { 0 };
	struct archive_limits limits = { 0 };

	(void)state;
	for (uint64_t seq = 1; seq <= 4; seq++) {
		add(&archive, "a", false, seq * 2, (int64_t)seq * 10, 100);
		add(&archive, "a", true, seq * 2 + 1, (int64_t)seq * 10, 10);
		add(&archive, "b", false, seq, 1, 100000);
	}
	assert_int_equal(archive_excess(&archive, "a", &limits), SIZE_MAX);
	limits.files = 4;
	assert_int_equal(archive_excess(&archive, "a", &limits), SIZE_MAX);
	limits.files = 3;
	assert_int_equal(seq_at(&archive, archive_excess(&archive, "a", &limits)), 2);
	archive_remove(&archive, archive_excess(&archive, "a", &limits));
	assert_int_equal(seq_at(&archive, archive_excess(&archive, "a", &limits)), 3);
	limits = (struct archive_limits){ .bytes = 340 };
	assert_int_equal(archive_excess(&archive, "a", &limits), SIZE_MAX);
	limits.bytes = 339;
	assert_int_equal(seq_at(&archive, archive_excess(&archive, "a", &limits)), 3);
	limits = (struct archive_limits){ .since = 11 };
	assert_int_equal(seq_at(&archive, archive_excess(&archive, "a", &limits)), 3);
	limits.since = 10;
	assert_int_equal(archive_excess(&archive, "a", &limits), SIZE_MAX);
	assert_int_equal(archive_excess(&archive, "none", &limits), SIZE_MAX);
	assert_int_equal(archive_next(&archive, "a"), 10);
	assert_int_equal(archive_next(&archive, "none"), 1);
	archive_free(&archive);
}

static void test_what_is_to_be_compressed_comes_in_order(void **state)
{
	struct archive archive = { 0 };
	struct logname name;

	(void)state;
	add(&archive, "a", false, 5, 50, 1);
	add(&archive, "a", false, 4, 40, 1);
	assert_int_equal(archive_wanted(&archive), SIZE_MAX);
	archive.files[0].wanted = true;
	archive.files[1].wanted = true;
	assert_int_equal(seq_at(&archive, archive_wanted(&archive)), 4);
	archive.files[1].busy = true;
	assert_int_equal(seq_at(&archive, archive_wanted(&archive)), 5);
	archive.files[0].name.packed = true;
	assert_int_equal(archive_wanted(&archive), SIZE_MAX);
	name = archive.files[0].name;
	name.packed = false;
	assert_int_equal(archive_find(&archive, &name), 0);
	name.clean = true;
	assert_int_equal(archive_find(&archive, &name), SIZE_MAX);
	archive_free(&archive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_oldest_of_who_has_most_goes_first),
		cmocka_unit_test(test_a_guest_has_limits_of_its_own),
		cmocka_unit_test(test_what_is_to_be_compressed_comes_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
