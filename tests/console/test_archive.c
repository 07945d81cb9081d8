// SPDX-License-Identifier: GPL-2.0-only
#include "archive_fixture.h"

#include <stdio.h>

static void live(struct archive *archive, const char *base, bool exists, uint64_t bytes,
		 int64_t time)
{
	struct archive_live is = { .exists = exists, .bytes = bytes, .time = time };

	assert_true(archive_live(archive, base, false, &is));
}

static uint64_t seq_of(const struct archive_file *file)
{
	return file ? file->seq : 0;
}

static void test_the_oldest_of_who_has_most_goes_first(void **state)
{
	struct archive archive = { 0 };

	(void)state;
	assert_null(victim(&archive));
	add(&archive, "quiet", false, 1, 10, 100);
	add(&archive, "loud", false, 3, 50, 180);
	/* Its clock went back: the number tells. */
	add(&archive, "loud", true, 2, 90, 160);
	add(&archive, "loud", false, 4, 40, 50);
	assert_int_equal(archive.total[ARCHIVE_BYTES], 490);
	assert_int_equal(archive.total[ARCHIVE_FILES], 4);
	assert_int_equal(archive.total[ARCHIVE_GUESTS], 2);
	assert_int_equal(seq_of(victim(&archive)), 2);
	archive_remove(&archive, victim(&archive));
	assert_int_equal(seq_of(victim(&archive)), 3);
	/* None goes before the one that is older, also if that is being compressed. */
	archive_begin(&archive, victim(&archive));
	assert_int_equal(seq_of(victim(&archive)), 3);
	assert_true(victim(&archive)->busy);
	archive_unable(&archive, archive_guest(&archive, "loud"), ARCHIVE_BYTES);
	assert_int_equal(seq_of(victim(&archive)), 1);
	archive_able(&archive, archive_guest(&archive, "loud"));
	archive_end(&archive, victim(&archive), 0);
	assert_int_equal(seq_of(victim(&archive)), 3);
	archive_remove(&archive, archive_file_after(archive_guest(&archive, "loud"), false,
						    victim(&archive)));
	/* Who has about as much is alike: the oldest of them goes. */
	add(&archive, "other", false, 7, 5, 128);
	assert_int_equal(seq_of(victim(&archive)), 7);
	archive_remove(&archive, victim(&archive));
	/* Who has nothing any more is forgotten. */
	assert_non_null(victim(&archive));
	assert_null(archive_guest(&archive, "other"));
	assert_int_equal(archive.total[ARCHIVE_BYTES], 280);
	archive_free(&archive);
}

static void test_an_owner_has_his_part(void **state)
{
	struct archive archive = { 0 };
	struct archive_guest *guest;

	(void)state;
	/* Many guests of one, few of the other, and what is being written counts. */
	for (uint64_t n = 0; n < 50; n++) {
		char base[32];

		snprintf(base, sizeof(base), "many%d@1000", (int)n);
		add(&archive, base, false, 1, (int64_t)(1000 + n), 10);
	}
	add(&archive, "old@1001", false, 1, 1, 100);
	live(&archive, "old@1001", true, 150, 1);
	guest = archive_victim(&archive, ARCHIVE_BYTES, 700);
	assert_string_equal(guest->base, "many0@1000");
	/* Who has nothing to give is passed over, but no other gives of his part for it. */
	for (uint64_t n = 0; n < 50; n++) {
		guest = archive_victim(&archive, ARCHIVE_BYTES, 700);
		assert_int_equal(guest->owner->uid, 1000);
		archive_unable(&archive, guest, ARCHIVE_BYTES);
	}
	assert_null(archive_victim(&archive, ARCHIVE_BYTES, 700));
	assert_string_equal(archive_victim(&archive, ARCHIVE_BYTES, 490)->base, "old@1001");
	/* Of files and of guests as well. */
	assert_int_equal(archive_victim(&archive, ARCHIVE_FILES, 40)->owner->uid, 1000);
	assert_string_equal(archive_victim(&archive, ARCHIVE_GUESTS, 40)->base, "many0@1000");
	assert_string_equal(archive_victim_of(&archive, 1001, ARCHIVE_GUESTS)->base, "old@1001");
	assert_int_equal(archive_owner_after(&archive, INT64_MIN)->uid, 1000);
	assert_int_equal(archive_owner(&archive, 1000)->total[ARCHIVE_FILES], 50);
	live(&archive, "old@1001", false, 0, 0);
	assert_int_equal(archive_owner(&archive, 1001)->total[ARCHIVE_BYTES], 100);
	/* Of one that has nothing else. */
	live(&archive, "new@1002", true, 0, 7);
	assert_int_equal(archive.total[ARCHIVE_GUESTS], 52);
	assert_string_equal(archive_victim_of(&archive, 1002, ARCHIVE_FILES)->base, "new@1002");
	live(&archive, "new@1002", false, 0, 0);
	assert_null(archive_victim_of(&archive, 1002, ARCHIVE_FILES));
	assert_int_equal(archive.total[ARCHIVE_GUESTS], 51);
	assert_null(archive_owner(&archive, 1002));
	archive_free(&archive);
}

static const char *victim_by(struct archive *archive, enum archive_measure measure)
{
	return archive_victim(archive, measure, 0)->base;
}

static void test_who_gives_goes_by_what_is_too_much(void **state)
{
	struct archive archive = { 0 };

	(void)state;
	/* Of bytes: what is being written as well. */
	add(&archive, "older", false, 1, 1, 10);
	add(&archive, "writes", false, 1, 5, 10);
	live(&archive, "writes", true, 1000, 9);
	assert_string_equal(victim_by(&archive, ARCHIVE_BYTES), "writes");
	live(&archive, "writes", true, 0, 9);
	assert_string_equal(victim_by(&archive, ARCHIVE_BYTES), "older");
	/* Of files: how large they are is nothing. */
	for (uint64_t seq = 2; seq < 6; seq++)
		add(&archive, "many", false, seq, 50, 1);
	add(&archive, "older", false, 2, 2, 100000);
	assert_string_equal(victim_by(&archive, ARCHIVE_FILES), "many");
	/* Of guests: who has been still for longest, whatever else is old. */
	add(&archive, "older", false, 3, 100, 1);
	assert_string_equal(victim_by(&archive, ARCHIVE_GUESTS), "writes");
	live(&archive, "writes", true, 0, 200);
	assert_string_equal(victim_by(&archive, ARCHIVE_GUESTS), "many");
	archive_free(&archive);
}

static uint64_t excess(struct archive *archive, const char *base,
		       const struct archive_limits *limits)
{
	return seq_of(archive_excess(archive_guest(archive, base), limits));
}

static void test_what_cannot_be_removed_holds_up_nothing(void **state)
{
	struct archive_limits limits = { .files = 2 };
	struct archive archive = { 0 };
	struct archive_guest *guest;

	(void)state;
	for (uint64_t seq = 1; seq <= 20; seq++) {
		add(&archive, "a", false, seq * 2, (int64_t)seq * 10, 100);
		add(&archive, "a", true, seq * 2 + 1, (int64_t)seq * 10, 10);
	}
	guest = archive_guest(&archive, "a");
	assert_true(archive_stuck(&archive, archive_excess(guest, &limits)));
	assert_int_equal(seq_of(archive_oldest(guest)), 3);
	/* Two are left beside it. */
	for (uint64_t seq = 2; seq <= 18; seq++) {
		assert_int_equal(excess(&archive, "a", &limits), seq * 2);
		archive_remove(&archive, archive_excess(guest, &limits));
	}
	/* And the other log of the guest has its turn. */
	assert_int_equal(excess(&archive, "a", &limits), 3);
	/* It may be all of them. */
	for (unsigned int n = 2; n < 8; n++)
		assert_true(archive_stuck(&archive, archive_excess(guest, &limits)));
	assert_false(archive_stuck(&archive, archive_excess(guest, &limits)));
	/* Were they counted, what is newest would go for them. */
	limits = (struct archive_limits){ .bytes = 2 * 100 + 13 * 10 };
	assert_int_equal(excess(&archive, "a", &limits), 0);
	limits.bytes--;
	assert_int_equal(excess(&archive, "a", &limits), 17);
	archive_able(&archive, guest);
	assert_int_equal(excess(&archive, "a", &limits), 2);
	assert_true(archive_stuck(&archive, archive_oldest(guest)));
	/* Somebody else has removed it. */
	archive_remove(&archive, archive_file_after(guest, false, NULL));
	assert_int_equal(guest->stuck_bytes, 0);
	assert_int_equal(guest->logs[0].stuck, 0);
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
	assert_int_equal(excess(&archive, "a", &limits), 0);
	limits.files = 4;
	assert_int_equal(excess(&archive, "a", &limits), 0);
	limits.files = 3;
	assert_int_equal(excess(&archive, "a", &limits), 2);
	archive_remove(&archive, archive_excess(archive_guest(&archive, "a"), &limits));
	assert_int_equal(excess(&archive, "a", &limits), 3);
	limits = (struct archive_limits){ .bytes = 340 };
	assert_int_equal(excess(&archive, "a", &limits), 0);
	limits.bytes = 339;
	assert_int_equal(excess(&archive, "a", &limits), 3);
	limits = (struct archive_limits){ .since = 11 };
	assert_int_equal(excess(&archive, "a", &limits), 3);
	/* Dated by a clock that was not set. */
	limits.from = 11;
	assert_int_equal(excess(&archive, "a", &limits), 0);
	limits = (struct archive_limits){ .since = 10 };
	assert_int_equal(excess(&archive, "a", &limits), 0);
	assert_null(archive_guest(&archive, "none"));
	assert_int_equal(archive_next(&archive, "a"), 10);
	assert_int_equal(archive_next(&archive, "none"), 1);
	assert_string_equal(archive_guest_after(&archive, "")->base, "a");
	assert_string_equal(archive_guest_after(&archive, "a")->base, "b");
	assert_null(archive_guest_after(&archive, "b"));
	archive_free(&archive);
}

/* Some file systems know only later how large a file is. */
static void test_a_size_is_corrected_wherever_it_counts(void **state)
{
	struct archive_limits limits = { .bytes = 1000 };
	struct archive archive = { 0 };
	struct archive_guest *guest;
	struct archive_file *file;

	(void)state;
	add(&archive, "b@8", false, 1, 5, 600);
	file = add(&archive, "a@7", false, 1, 10, 512);
	guest = file->guest;
	assert_string_equal(victim_by(&archive, ARCHIVE_BYTES), "b@8");
	assert_int_equal(excess(&archive, "a@7", &limits), 0);
	archive_size(&archive, file, 100000);
	assert_int_equal(archive.total[ARCHIVE_BYTES], 100600);
	assert_int_equal(archive.total[ARCHIVE_FILES], 2);
	assert_int_equal(guest->owner->total[ARCHIVE_BYTES], 100000);
	assert_string_equal(victim_by(&archive, ARCHIVE_BYTES), "a@7");
	assert_int_equal(excess(&archive, "a@7", &limits), 1);
	/* What could not be removed does not count for its guest, with its new size either. */
	add(&archive, "a@7", false, 2, 20, 900);
	archive_stuck(&archive, file);
	archive_size(&archive, file, 2000);
	assert_int_equal(excess(&archive, "a@7", &limits), 0);
	archive_able(&archive, guest);
	assert_int_equal(guest->stuck_bytes, 0);
	assert_int_equal(excess(&archive, "a@7", &limits), 1);
	/* While it is being compressed. */
	archive_compress(&archive, guest, true);
	archive_begin(&archive, file);
	archive_size(&archive, file, 3000);
	assert_true(file->busy);
	assert_int_equal(archive.total[ARCHIVE_BYTES], 600 + 900 + 3000);
	archive_end(&archive, file, 0);
	archive_packed(&archive, file, 30);
	assert_int_equal(archive.total[ARCHIVE_BYTES], 600 + 900 + 30);
	archive_size(&archive, file, 40);
	assert_true(file->packed);
	assert_int_equal(guest->bytes, 900 + 40);
	/* Of two of the same number only the one that is meant. */
	add(&archive, "a@7", false, 1, 10, 7);
	assert_ptr_equal(archive_twin(guest), file);
	archive_size(&archive, file, 50);
	assert_int_equal(guest->bytes, 900 + 50 + 7);
	archive_remove(&archive, archive_twin(guest));
	assert_int_equal(guest->bytes, 900 + 7);
	assert_int_equal(archive.total[ARCHIVE_BYTES], 600 + 900 + 7);
	archive_free(&archive);
}

static void test_what_is_to_be_compressed_comes_in_order(void **state)
{
	struct archive archive = { 0 };
	struct archive_file *four, *five;
	struct logname name;

	(void)state;
	five = add(&archive, "a", false, 5, 50, 1);
	four = add(&archive, "a", false, 4, 40, 1);
	assert_null(archive_wanted(&archive));
	archive_compress(&archive, archive_guest(&archive, "a"), true);
	assert_ptr_equal(archive_wanted(&archive), four);
	archive_begin(&archive, four);
	assert_ptr_equal(archive_wanted(&archive), five);
	/* It could not be: the others go on. */
	archive_end(&archive, four, 100);
	assert_ptr_equal(archive_wanted(&archive), five);
	archive_packed(&archive, five, 3);
	assert_ptr_equal(archive_wanted(&archive), four);
	assert_int_equal(archive_wanted(&archive)->retry, 100);
	assert_int_equal(archive.total[ARCHIVE_BYTES], 4);
	archive_name(five, &name);
	assert_true(name.packed);
	assert_string_equal(name.base, "a");
	name.packed = false;
	assert_ptr_equal(archive_find(&archive, &name), five);
	name.clean = true;
	assert_null(archive_find(&archive, &name));
	archive_compress(&archive, archive_guest(&archive, "a"), false);
	assert_null(archive_wanted(&archive));
	archive_free(&archive);
}

static void test_a_file_that_is_there_twice_is_known(void **state)
{
	struct archive archive = { 0 };
	struct logname name = { .base = "a", .seq = 3, .time = 30, .packed = true };
	struct archive_file *packed = archive_add(&archive, &name, 5);

	(void)state;
	assert_null(archive_twin(archive_guest(&archive, "a")));
	add(&archive, "a", false, 3, 30, 10);
	assert_ptr_equal(archive_twin(archive_guest(&archive, "a")), packed);
	archive_remove(&archive, packed);
	assert_null(archive_twin(archive_guest(&archive, "a")));
	/* The other way round. */
	packed = archive_add(&archive, &name, 5);
	assert_ptr_equal(archive_twin(archive_guest(&archive, "a")), packed);
	assert_ptr_equal(archive_find(&archive, &name), packed);
	assert_null(archive_add(&archive, &name, 5));
	assert_int_equal(archive.total[ARCHIVE_FILES], 2);
	/* What it was made of went: it is the one that there is, and stays. */
	name.packed = false;
	archive_remove(&archive, archive_find(&archive, &name));
	assert_null(archive_twin(archive_guest(&archive, "a")));
	assert_ptr_equal(archive_find(&archive, &name), packed);
	add(&archive, "a", false, 3, 30, 10);
	assert_ptr_equal(archive_twin(archive_guest(&archive, "a")), packed);
	archive_free(&archive);
}

static void test_what_is_beside_logs_counts(void **state)
{
	struct archive archive = { 0 };
	struct archive_file *first = add(&archive, "web1@7", false, 1, 100, 10);

	(void)state;
	archive_small(&archive, 7, 4096, 1);
	archive_small(&archive, 8, 2 * 4096, 2);
	archive_small(&archive, ARCHIVE_NOBODY, 4096, 1);
	assert_int_equal(archive.total[ARCHIVE_FILES], 5);
	assert_int_equal(archive.total[ARCHIVE_BYTES], 10 + 4 * 4096);
	assert_int_equal(archive_owner(&archive, 7)->total[ARCHIVE_FILES], 2);
	assert_int_equal(archive_owner(&archive, 8)->total[ARCHIVE_BYTES], 2 * 4096);
	/* Who has most of it has nothing that could go; and what is nobody's is nobody's part. */
	assert_ptr_equal(archive_victim(&archive, ARCHIVE_FILES, 2), first->guest);
	assert_null(archive_victim(&archive, ARCHIVE_FILES, 3));
	/* It is looked at anew: some is gone, and some was never counted. */
	archive_small_begin(&archive);
	archive_small_saw(&archive, 9, 1024);
	archive_small_saw(&archive, 7, 1024);
	archive_small_saw(&archive, 7, 1024);
	/* One owner at a time. */
	assert_true(archive_small_end(&archive));
	assert_int_equal(archive_owner(&archive, 7)->total[ARCHIVE_BYTES], 10 + 2048);
	assert_non_null(archive_owner(&archive, 8));
	assert_true(archive_small_end(&archive));
	assert_true(archive_small_end(&archive));
	assert_false(archive_small_end(&archive));
	assert_null(archive_owner(&archive, 8));
	assert_int_equal(archive_owner(&archive, 9)->total[ARCHIVE_FILES], 1);
	assert_int_equal(archive_owner(&archive, 7)->total[ARCHIVE_BYTES], 10 + 2048);
	assert_int_equal(archive.total[ARCHIVE_FILES], 4);
	assert_int_equal(archive.total[ARCHIVE_BYTES], 10 + 3 * 1024);
	/* Whoever looked before came to no end, and that does not count. */
	archive_small_begin(&archive);
	archive_small_saw(&archive, 9, 4096);
	archive_small_begin(&archive);
	archive_small_saw(&archive, 9, 1024);
	archive_small_saw(&archive, 7, 1024);
	archive_small_saw(&archive, 7, 1024);
	while (archive_small_end(&archive))
		;
	assert_int_equal(archive.total[ARCHIVE_FILES], 4);
	assert_int_equal(archive.total[ARCHIVE_BYTES], 10 + 3 * 1024);
	/* No more can go than there was. */
	archive_small(&archive, 9, -4096, -3);
	assert_null(archive_owner(&archive, 9));
	archive_remove(&archive, first);
	assert_null(archive_victim(&archive, ARCHIVE_FILES, 0));
	assert_int_equal(archive_owner(&archive, 7)->total[ARCHIVE_FILES], 2);
	assert_int_equal(archive.total[ARCHIVE_FILES], 2);
	archive_free(&archive);
}

/* Whoever has a greater number is subordinate to the one with that. */
static int64_t by_least(int64_t uid, void *arg)
{
	return uid > *(int64_t *)arg ? *(int64_t *)arg : uid;
}

static void test_a_share_is_of_who_answers_for_the_owner(void **state)
{
	int64_t from = 100;
	struct archive archive = { .payer = by_least, .arg = &from };
	struct archive_owner *owner;
	char base[32];

	(void)state;
	for (int uid = 101; uid <= 160; uid++) {
		snprintf(base, sizeof(base), "web@%d", uid);
		add(&archive, base, false, 1, uid, 100);
		archive_small(&archive, uid, 10, 1);
	}
	add(&archive, "web@7", false, 1, 1, 3000);
	assert_int_equal(archive.owner_count, 2);
	owner = archive_owner(&archive, 100);
	assert_int_equal(owner->total[ARCHIVE_GUESTS], 60);
	assert_int_equal(owner->total[ARCHIVE_BYTES], 60 * 110);
	assert_null(archive_owner(&archive, 101));
	/* Half is the share of each: none of it is taken from who has less. */
	assert_string_equal(archive_victim(&archive, ARCHIVE_BYTES, 6000)->base, "web@101");
	archive_free(&archive);
}

static void test_another_may_answer_for_a_guest(void **state)
{
	int64_t from = INT64_MAX;
	struct archive archive = { .payer = by_least, .arg = &from };
	struct archive_live live = { .exists = true, .bytes = 40, .time = 9 };
	struct archive_owner *owner;

	(void)state;
	add(&archive, "web@101", false, 1, 1, 100);
	add(&archive, "web@102", true, 1, 2, 100);
	assert_true(archive_live(&archive, "web@102", false, &live));
	assert_int_equal(archive.owner_count, 2);
	assert_non_null(archive_victim(&archive, ARCHIVE_BYTES, 0));
	from = 100;
	archive_rehome(&archive, archive_guest(&archive, "web@101"));
	archive_rehome(&archive, archive_guest(&archive, "web@102"));
	archive_rehome(&archive, archive_guest(&archive, "web@102"));
	assert_null(archive_owner(&archive, 101));
	assert_null(archive_owner(&archive, 102));
	owner = archive_owner(&archive, 100);
	assert_int_equal(archive.owner_count, 1);
	assert_int_equal(owner->total[ARCHIVE_GUESTS], 2);
	assert_int_equal(owner->total[ARCHIVE_FILES], 3);
	assert_int_equal(owner->total[ARCHIVE_BYTES], 240);
	assert_int_equal(archive.total[ARCHIVE_GUESTS], 2);
	assert_int_equal(archive.total[ARCHIVE_FILES], 3);
	assert_int_equal(archive.total[ARCHIVE_BYTES], 240);
	assert_string_equal(archive_victim_of(&archive, 100, ARCHIVE_BYTES)->base, "web@102");
	archive_free(&archive);
}

/* Who it is was not known at first, or the file says something else. */
static void test_what_is_beside_logs_is_of_who_answers_now(void **state)
{
	int64_t from = INT64_MAX;
	struct archive archive = { .payer = by_least, .arg = &from };

	(void)state;
	for (int round = 0; round < 4; round++) {
		from = round % 2 ? 100 : INT64_MAX;
		archive_small_begin(&archive);
		for (int64_t uid = 101; uid <= 110; uid++)
			archive_small_saw(&archive, uid, 1024);
		archive_small_saw(&archive, 100, 1024);
		/* It is counted to who it was then. */
		from = round % 2 ? INT64_MAX : 100;
		while (archive_small_end(&archive))
			;
		assert_int_equal(archive.total[ARCHIVE_FILES], 11);
		assert_int_equal(archive.total[ARCHIVE_BYTES], 11 * 1024);
		assert_int_equal(archive_owner(&archive, 100)->total[ARCHIVE_FILES],
				 round % 2 ? 11 : 1);
		for (int64_t uid = 101; uid <= 110; uid++) {
			struct archive_owner *owner = archive_owner(&archive, uid);

			assert_int_equal(owner ? owner->total[ARCHIVE_FILES] : 0, !(round % 2));
		}
	}
	archive_free(&archive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_oldest_of_who_has_most_goes_first),
		cmocka_unit_test(test_an_owner_has_his_part),
		cmocka_unit_test(test_who_gives_goes_by_what_is_too_much),
		cmocka_unit_test(test_what_cannot_be_removed_holds_up_nothing),
		cmocka_unit_test(test_a_guest_has_limits_of_its_own),
		cmocka_unit_test(test_a_size_is_corrected_wherever_it_counts),
		cmocka_unit_test(test_what_is_to_be_compressed_comes_in_order),
		cmocka_unit_test(test_a_file_that_is_there_twice_is_known),
		cmocka_unit_test(test_what_is_beside_logs_counts),
		cmocka_unit_test(test_a_share_is_of_who_answers_for_the_owner),
		cmocka_unit_test(test_another_may_answer_for_a_guest),
		cmocka_unit_test(test_what_is_beside_logs_is_of_who_answers_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
