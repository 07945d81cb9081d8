// SPDX-License-Identifier: GPL-2.0-only
#include "told.h"

#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "daemon/room.h"
#include "daemon/sums.h"
#include "daemon/usersums.h"
#include "fake_clock.h"
#include "fake_loop.h"

/* Limits of owners, by number; LOGNAME_OWN is the first. */
static uint64_t owner_limit[3][ARCHIVE_MEASURES];

/* What gives: as the keeper, the oldest file of the guest. */
static struct {
	bool refuse;
	bool wait;
	int count;
	int64_t uid; /* who did last */
	uint64_t excess;
	char why[160];
} gave;

static size_t limits_asked;

static void get_limits(int64_t uid, uint64_t limits[ARCHIVE_MEASURES], void *arg)
{
	(void)arg;
	limits_asked++;
	memcpy(limits, owner_limit[uid < 2 ? uid + 1 : 0], sizeof(owner_limit[0]));
}

static bool give(struct archive_guest *guest, enum archive_measure measure, uint64_t excess,
		 const char *why, bool *wait, void *arg)
{
	struct archive_file *file = archive_oldest(guest);

	(void)measure;
	assert_non_null(why);
	gave.count++;
	gave.uid = guest->owner->uid;
	gave.excess = excess;
	snprintf(gave.why, sizeof(gave.why), "%s", why);
	*wait = gave.wait;
	if (gave.refuse || gave.wait || !file)
		return false;
	archive_remove(arg, file);
	return true;
}

static const struct room_ops ops = { .owner_limits = get_limits, .give = give };

static struct archive archive;
static struct room room;

static void put(const char *base, uint64_t seq, uint64_t bytes)
{
	struct logname name = { .seq = seq, .time = (int64_t)seq };

	strcpy(name.base, base);
	assert_non_null(archive_add(&archive, &name, bytes));
}

static void writes(const char *base, uint64_t bytes)
{
	struct archive_live live = { .exists = true, .bytes = bytes, .time = 1 };

	assert_true(archive_live(&archive, base, false, &live));
}

static int setup(void **state)
{
	(void)state;
	/* It stands still: however long a turn takes, it is not over. */
	fake_now_ms = 1000000;
	archive = (struct archive){ 0 };
	room = (struct room){ .archive = &archive, .ops = &ops, .arg = &archive };
	memset(owner_limit, 0, sizeof(owner_limit));
	memset(&gave, 0, sizeof(gave));
	limits_asked = 0;
	told_count = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	archive_free(&archive);
	return 0;
}

static bool make(void)
{
	return room_make(&room, clock_ns());
}

static bool note(int64_t uid, bool *crowded)
{
	return room_note(&room, archive_owner(&archive, uid), crowded);
}

/* The limits are others, and it is this owner's turn. */
static void renew(int64_t uid)
{
	room_renew(&room);
	room_look(&room, archive_owner(&archive, uid));
}

static void test_no_more_goes_than_has_to(void **state)
{
	(void)state;
	for (uint64_t seq = 1; seq <= 5; seq++)
		put("web1", seq, 100);
	make();
	assert_int_equal(gave.count, 0);
	room.limits[ARCHIVE_BYTES] = 500;
	make();
	assert_int_equal(gave.count, 0);
	room.limits[ARCHIVE_BYTES] = 301;
	assert_false(make());
	assert_int_equal(gave.count, 2);
	/* What is too much, when it was asked last. */
	assert_int_equal(gave.excess, 99);
	assert_string_equal(gave.why, "since all logs exceed the budget of 301");
	room.limits[ARCHIVE_FILES] = 2;
	make();
	assert_int_equal(gave.count, 3);
	assert_int_equal(gave.excess, 1);
	assert_string_equal(gave.why, "since all logs exceed the limit of 2 files");
	assert_int_equal(told_count, 0);
}

static void test_an_owner_gives_of_what_it_has(void **state)
{
	(void)state;
	for (uint64_t seq = 1; seq <= 5; seq++)
		put("web1@1", seq, 100);
	for (uint64_t seq = 1; seq <= 9; seq++)
		put("db", seq, 100);
	owner_limit[2][ARCHIVE_BYTES] = 300;
	room_renew(&room);
	assert_false(make());
	assert_int_equal(gave.count, 2);
	assert_int_equal(gave.uid, 1);
	assert_string_equal(gave.why, "since the logs of user 1 exceed the budget of 300");
	owner_limit[0][ARCHIVE_FILES] = 8;
	/* They are asked for anew when they are others. */
	make();
	assert_int_equal(gave.count, 2);
	room_renew(&room);
	make();
	assert_int_equal(gave.count, 3);
	assert_int_equal(gave.uid, LOGNAME_OWN);
	assert_string_equal(gave.why, "since the logs of the daemon's own user exceed the limit of "
				      "8 files");
	/* All that an owner has may go. */
	owner_limit[2][ARCHIVE_BYTES] = 1;
	room_renew(&room);
	assert_false(make());
	assert_int_equal(archive.total[ARCHIVE_FILES], 8);
}

static void test_that_nothing_can_go_is_told_once(void **state)
{
	(void)state;
	put("web1", 1, 100);
	put("web2", 1, 100);
	room.limits[ARCHIVE_BYTES] = 150;
	gave.refuse = true;
	assert_false(make());
	/* Each was asked, and is not again. */
	assert_int_equal(gave.count, 2);
	assert_int_equal(told_count, 1);
	assert_string_equal(told, "nothing can be removed, although it is necessary since all logs "
				  "exceed the budget of 150");
	assert_false(make());
	assert_int_equal(gave.count, 2);
	assert_int_equal(told_count, 1);
	/* It is over, and begins anew. */
	gave.refuse = false;
	archive_able(&archive, archive_guest(&archive, "web1"));
	make();
	assert_int_equal(gave.count, 3);
	assert_false(room.told[ARCHIVE_BYTES]);
	put("web2", 2, 100);
	archive_unable(&archive, archive_guest(&archive, "web2"), ARCHIVE_BYTES);
	make();
	assert_int_equal(told_count, 1);
	assert_true(room.told[ARCHIVE_BYTES]);
	/* However often that is: once an hour. */
	archive_able(&archive, archive_guest(&archive, "web2"));
	make();
	assert_false(room.told[ARCHIVE_BYTES]);
	fake_now_ms += ROOM_TOLD_MS;
	put("web2", 3, 100);
	archive_unable(&archive, archive_guest(&archive, "web2"), ARCHIVE_BYTES);
	make();
	assert_int_equal(told_count, 2);
}

/* Whose guests come and go as often as it likes, and are too many each time. */
static void test_without_a_limit_nothing_is_too_much(void **state)
{
	(void)state;
	put("a@1", 1, 200);
	gave.refuse = true;
	room.limits[ARCHIVE_BYTES] = 150;
	owner_limit[2][ARCHIVE_BYTES] = 150;
	assert_false(make());
	assert_true(room.told[ARCHIVE_BYTES]);
	assert_true(archive_owner(&archive, 1)->told[ARCHIVE_BYTES]);
	room.limits[ARCHIVE_BYTES] = 0;
	owner_limit[2][ARCHIVE_BYTES] = 0;
	room_renew(&room);
	assert_false(make());
	assert_false(room.told[ARCHIVE_BYTES]);
	assert_false(archive_owner(&archive, 1)->told[ARCHIVE_BYTES]);
}

static void test_an_owner_makes_it_told_no_more_than_others(void **state)
{
	static const char *const bases[] = { "web1@1", "web2@1", "web3@1" };

	(void)state;
	fake_event_count = 0;
	room.sums = usersums_new(NULL);
	assert_non_null(room.sums);
	owner_limit[2][ARCHIVE_GUESTS] = 2;
	gave.refuse = true;
	for (int times = 0; times < 100; times++) {
		for (size_t i = 0; i < 3; i++)
			writes(bases[i], 100);
		renew(1);
		make();
		assert_int_equal(told_count, 1);
		for (size_t i = 0; i < 3; i++)
			archive_live(&archive, bases[i], false, &(struct archive_live){ 0 });
		make();
		assert_false(archive_owner(&archive, 1)->told[ARCHIVE_GUESTS]);
	}
	assert_non_null(strstr(told, "the logs of user 1 exceed the limit of 2 guests"));
	fake_now_ms += SUMS_EVERY_MS;
	assert_true(fake_happens(0));
	assert_int_equal(told_count, 2);
	assert_non_null(strstr(told, ", 99 times more: more than the limit of 2 guests, and "
				     "nothing can be removed; the last was the logs of user 1"));
	usersums_free(room.sums);
}

static void test_the_same_of_an_owner(void **state)
{
	(void)state;
	put("web1@1", 1, 100);
	put("web1@1", 2, 100);
	put("web2@1", 1, 100);
	owner_limit[2][ARCHIVE_BYTES] = 50;
	gave.refuse = true;
	room_renew(&room);
	make();
	make();
	assert_int_equal(told_count, 1);
	owner_limit[2][ARCHIVE_BYTES] = 1000;
	room_renew(&room);
	make();
	owner_limit[2][ARCHIVE_BYTES] = 50;
	room_renew(&room);
	make();
	assert_int_equal(told_count, 2);
}

static void test_what_can_go_later_is_waited_for(void **state)
{
	(void)state;
	put("web1", 1, 100);
	put("web2", 1, 100);
	room.limits[ARCHIVE_BYTES] = 50;
	gave.wait = true;
	assert_false(make());
	assert_int_equal(gave.count, 1);
	assert_int_equal(told_count, 0);
	assert_true(room.waits);
	gave.wait = false;
	make();
	assert_false(room.waits);
	assert_int_equal(archive.total[ARCHIVE_FILES], 0);
}

static void test_a_turn_is_not_long(void **state)
{
	bool more;
	int before;

	(void)state;
	for (uint64_t seq = 1; seq <= 5; seq++) {
		put("web1", seq, 100);
		put("web1@1", seq, 100);
	}
	room.limits[ARCHIVE_BYTES] = 850;
	owner_limit[2][ARCHIVE_BYTES] = 450;
	room_renew(&room);
	/* It has begun long ago; each goes on where the one before was. */
	do {
		before = gave.count;
		more = room_make(&room, 0);
		assert_in_range(gave.count - before, 0, 1);
	} while (more);
	assert_int_equal(gave.count, 2);
	assert_int_equal(archive.total[ARCHIVE_BYTES], 800);
	assert_int_equal(archive_owner(&archive, 1)->total[ARCHIVE_BYTES], 400);
}

static void test_a_turn_asks_for_the_limits_of_few_owners(void **state)
{
	size_t turns = 0;
	char base[32];

	(void)state;
	for (int uid = 0; uid < 1000; uid++) {
		snprintf(base, sizeof(base), "web1@%d", uid);
		put(base, 1, 100);
	}
	room_renew(&room);
	assert_int_equal(limits_asked, 0);
	while (room_make(&room, 0)) {
		turns++;
		assert_int_equal(limits_asked, turns);
	}
	assert_int_equal(turns, 1000);
	/* And for no one's twice. */
	assert_false(make());
	assert_int_equal(limits_asked, 1000);
	room_renew(&room);
	assert_false(make());
	assert_int_equal(limits_asked, 2000);
}

/* Who has too much when the turns are past it is not forgotten. */
static void test_who_is_passed_gives_when_all_had_their_turn(void **state)
{
	bool crowded;

	(void)state;
	for (uint64_t seq = 1; seq <= 3; seq++)
		put("web1@0", seq, 100);
	put("web1@1", 1, 100);
	owner_limit[1][ARCHIVE_BYTES] = 350;
	room_renew(&room);
	assert_true(room_make(&room, 0));
	put("web1@0", 4, 100);
	assert_true(note(0, &crowded));
	while (room_make(&room, 0))
		;
	assert_int_equal(gave.count, 1);
	assert_int_equal(gave.uid, 0);
}

static void test_what_is_too_much_is_noted(void **state)
{
	bool crowded;

	(void)state;
	put("web1@1", 1, 100);
	put("db", 1, 100);
	assert_false(note(1, &crowded));
	room.limits[ARCHIVE_BYTES] = 200;
	assert_false(note(1, &crowded));
	room.limits[ARCHIVE_BYTES] = 199;
	assert_true(note(1, &crowded));
	room.limits[ARCHIVE_BYTES] = 0;
	owner_limit[2][ARCHIVE_BYTES] = 99;
	room_renew(&room);
	assert_true(note(1, &crowded));
	assert_false(note(LOGNAME_OWN, &crowded));
}

static void test_logs_are_cut_off_early_where_it_is_crowded(void **state)
{
	const uint64_t mib = 1 << 20;
	bool crowded;

	(void)state;
	writes("web1@1", 1);
	writes("db", 86 * mib);
	room.limits[ARCHIVE_BYTES] = 100 * mib;
	note(LOGNAME_OWN, &crowded);
	assert_false(crowded);
	assert_int_equal(room_rotate_size(&room, "db"), 0);
	/* More than seven of eight parts; that is told when it begins. */
	writes("db", 88 * mib);
	note(LOGNAME_OWN, &crowded);
	assert_true(crowded);
	note(LOGNAME_OWN, &crowded);
	assert_false(crowded);
	/* An eighth of what an owner has where one more comes, among its guests. */
	assert_int_equal(room_rotate_size(&room, "db"), 100 * mib / 3 / 8);
	writes("db2", 1);
	assert_int_equal(room_rotate_size(&room, "db"), 100 * mib / 3 / 8 / 2);
	assert_int_equal(room_rotate_size(&room, "nobody"), 0);
	/* It is over with less than three of four. */
	writes("db", 80 * mib);
	note(LOGNAME_OWN, &crowded);
	assert_int_not_equal(room_rotate_size(&room, "db"), 0);
	writes("db", 74 * mib);
	note(LOGNAME_OWN, &crowded);
	assert_false(crowded);
	assert_int_equal(room_rotate_size(&room, "db"), 0);
	/* Again, at the same. */
	writes("db", 80 * mib);
	note(LOGNAME_OWN, &crowded);
	assert_false(crowded);
}

/* Whoever has less than its share of all is left as it is, whoever fills it. */
static void test_who_has_less_than_its_share_is_not_cut_off(void **state)
{
	const uint64_t mib = 1 << 20;
	bool crowded;

	(void)state;
	room.limits[ARCHIVE_BYTES] = 100 * mib;
	writes("web1@1", 20 * mib);
	writes("db", 79 * mib);
	note(LOGNAME_OWN, &crowded);
	assert_true(crowded);
	assert_int_not_equal(room_rotate_size(&room, "db"), 0);
	assert_int_equal(room_rotate_size(&room, "web1@1"), 0);
	/* It comes near, which is told when it does; near is as it is to all. */
	writes("web1@1", 43 * mib);
	note(1, &crowded);
	assert_false(crowded);
	assert_int_equal(room_rotate_size(&room, "web1@1"), 0);
	writes("web1@1", 44 * mib);
	note(1, &crowded);
	assert_true(crowded);
	note(1, &crowded);
	assert_false(crowded);
	assert_int_equal(room_rotate_size(&room, "web1@1"), 100 * mib / 3 / 8);
	/* What one file more pushes out counts as gone. */
	put("web1@1", 1, 8 * mib);
	put("web1@1", 2, 1 * mib);
	archive_guest(&archive, "web1@1")->keeps_files = 3;
	archive_guest(&archive, "web1@1")->keeps_bytes = 60 * mib;
	assert_int_not_equal(room_rotate_size(&room, "web1@1"), 0);
	archive_guest(&archive, "web1@1")->keeps_bytes = 50 * mib;
	assert_int_equal(room_rotate_size(&room, "web1@1"), 0);
	archive_guest(&archive, "web1@1")->keeps_bytes = 0;
	archive_guest(&archive, "web1@1")->keeps_files = 2;
	assert_int_equal(room_rotate_size(&room, "web1@1"), 0);
	put("web1@1", 3, 5 * mib);
	assert_int_equal(room_rotate_size(&room, "web1@1"), 100 * mib / 3 / 8);
	/* One that comes takes of all shares. */
	writes("x@0", 1);
	assert_int_not_equal(room_rotate_size(&room, "web1@1"), 0);
	assert_int_equal(room_rotate_size(&room, "x@0"), 0);
}

/* A file that is large is not taken where another owner gives a small one. */
static void test_nobody_is_left_with_less_than_its_share(void **state)
{
	(void)state;
	put("web1@1", 1, 400);
	put("web1@1", 2, 80);
	put("x@0", 1, 100);
	for (uint64_t seq = 1; seq <= 45; seq++)
		put("db", seq, 10);
	room.limits[ARCHIVE_BYTES] = 999;
	make();
	assert_int_equal(archive_owner(&archive, 1)->total[ARCHIVE_BYTES], 480);
	assert_int_equal(archive_owner(&archive, LOGNAME_OWN)->total[ARCHIVE_BYTES], 410);
	/* Where that is not enough it goes all the same. */
	room.limits[ARCHIVE_BYTES] = 800;
	make();
	assert_int_equal(archive_owner(&archive, 1)->total[ARCHIVE_BYTES], 80);
}

static void test_an_owner_is_crowded_by_itself(void **state)
{
	const uint64_t mib = 1 << 20;
	bool crowded;

	(void)state;
	writes("web1@1", 95 * mib);
	writes("db", 1);
	owner_limit[2][ARCHIVE_BYTES] = 100 * mib;
	renew(1);
	/* That was noted there. */
	note(1, &crowded);
	assert_false(crowded);
	assert_int_equal(room_rotate_size(&room, "web1@1"), 100 * mib / 8);
	assert_int_equal(room_rotate_size(&room, "db"), 0);
	/* The smaller one of both. */
	room.limits[ARCHIVE_BYTES] = 96 * mib;
	renew(1);
	assert_int_equal(room_rotate_size(&room, "web1@1"), 96 * mib / 3 / 8);
	room.limits[ARCHIVE_BYTES] = 1000 * mib;
	renew(1);
	assert_int_equal(room_rotate_size(&room, "web1@1"), 100 * mib / 8);
	/* But never one after the other. */
	owner_limit[2][ARCHIVE_BYTES] = 1000;
	renew(1);
	assert_int_equal(room_rotate_size(&room, "web1@1"), 65536);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_more_goes_than_has_to),
		TEST(test_an_owner_gives_of_what_it_has),
		TEST(test_that_nothing_can_go_is_told_once),
		TEST(test_without_a_limit_nothing_is_too_much),
		TEST(test_an_owner_makes_it_told_no_more_than_others),
		TEST(test_the_same_of_an_owner),
		TEST(test_what_can_go_later_is_waited_for),
		TEST(test_a_turn_is_not_long),
		TEST(test_a_turn_asks_for_the_limits_of_few_owners),
		TEST(test_who_is_passed_gives_when_all_had_their_turn),
		TEST(test_what_is_too_much_is_noted),
		TEST(test_logs_are_cut_off_early_where_it_is_crowded),
		TEST(test_who_has_less_than_its_share_is_not_cut_off),
		TEST(test_nobody_is_left_with_less_than_its_share),
		TEST(test_an_owner_is_crowded_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
