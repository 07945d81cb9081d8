// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include "daemon/logname.h"

static void test_names_of_guests_become_safe(void **state)
{
	static const struct {
		const char *guest;
		int64_t uid;
		int64_t nth;
		const char *base;
	} cases[] = {
		{ "web1", -1, 1, "web1" },
		{ "web1", -1, 7, "web1~7" },
		{ "web1", 1000, 1, "web1@1000" },
		{ "web1", 0, 7, "web1@0~7" },
		{ "web1", 4294967295, 4294967295, "web1@4294967295~4294967295" },
		{ "", -1, 7, "~7" },
		{ "", -1, 1, "~1" },
		{ "", 1000, 7, "@1000~7" },
		{ "web1@7", -1, 1, "web1%407" },
		{ "web1~7", -1, 1, "web1%7E7" },
		{ ".", -1, 1, "%2E" },
		{ "..", -1, 1, "%2E." },
		{ "../x", 5, 1, "%2E.%2Fx@5" },
		{ "a.clean", -1, 1, "a%2Eclean" },
		{ ".clean", -1, 1, "%2Eclean" },
		{ "a.clean.x", -1, 1, "a.clean.x" },
		{ "a b%", -1, 1, "a%20b%25" },
	};
	char guest[LOGNAME_SIZE];
	char base[LOGNAME_SIZE];

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		assert_string_equal(logname_base(cases[i].guest, cases[i].uid, cases[i].nth, base),
				    cases[i].base);
		assert_string_equal(logname_guest(base, guest), cases[i].guest);
		assert_int_equal(logname_uid(base), cases[i].uid);
	}
}

static void test_logs_are_given_an_owner(void **state)
{
	char base[LOGNAME_SIZE];

	(void)state;
	assert_string_equal(logname_give("web1", 1000, base), "web1@1000");
	assert_string_equal(logname_give("web1~7", 1000, base), "web1@1000~7");
	assert_string_equal(logname_give("~7", 1000, base), "@1000~7");
	assert_string_equal(logname_give("a%20b@5", LOGNAME_OWN, base), "a%20b");
}

static void test_ports_were_once_where_owners_are(void **state)
{
	static const char *const others[] = { "web1",	 "web1~7",	     "web1@1000~7", "web1@",
					      "web1@7x", "web1@99999999999", "web1@07" };
	char base[LOGNAME_SIZE];

	(void)state;
	assert_true(logname_of_old("web1@7", base));
	assert_string_equal(base, "web1~7");
	assert_true(logname_of_old("@7", base));
	assert_string_equal(base, "~7");
	for (size_t i = 0; i < ROWS(others); i++)
		assert_false(logname_of_old(others[i], base));
}

/* Each is 63 bytes, as long as a port's name may be; some bytes become three. */
static void test_names_of_files_are_short_enough(void **state)
{
	struct logname name = {
		.clean = true, .time = 253402300799, .seq = 999999999999, .packed = true
	};
	char guest[64];
	char text[LOGNAME_SIZE];
	struct logname again;

	(void)state;
	memset(guest, '/', 63);
	guest[63] = '\0';
	logname_base(guest, UINT32_MAX, UINT32_MAX, name.base);
	assert_int_equal(strlen(name.base), 63 * 3 + 22);
	logname_put(&name, text);
	assert_true(strlen(text) <= 255);
	assert_true(logname_get(text, &again));
	assert_string_equal(again.base, name.base);
}

static void test_what_was_cut_off_has_its_time_in_its_name(void **state)
{
	struct logname name = { .base = "web1", .time = 1769862896, .seq = 7 };
	char text[LOGNAME_SIZE];
	struct logname again;

	(void)state;
	assert_string_equal(logname_put(&name, text), "web1.log.20260131T123456Z-000007");
	name.clean = true;
	name.packed = true;
	assert_string_equal(logname_put(&name, text), "web1.clean.log.20260131T123456Z-000007.zst");
	assert_true(logname_get(text, &again));
	assert_string_equal(again.base, "web1");
	assert_true(again.clean && again.packed);
	assert_int_equal(again.time, 1769862896);
	assert_int_equal(again.seq, 7);
	/* A guest that is called like one. */
	assert_true(logname_current("web1.log.20260131T123456Z-000007.log", &again));
	assert_string_equal(again.base, "web1.log.20260131T123456Z-000007");
	assert_false(logname_get("web1.log.20260131T123456Z-000007.log", &again));
}

static void test_other_files_are_no_logs(void **state)
{
	static const char *const others[] = {
		"",
		"x",
		".log",
		".kpl011",
		".kpl011.log",
		"web1.log.20260131T123456Z-",
		"web1.log.20260131T123456Z-00000x",
		"web1.log.20260131T123456Z-00001",
		"web1.log.20260131T123456-000001",
		"web1.log.2026-01-31-000001",
		"web1.log.2026013xT123456Z-000001",
		"web1.log.20260131x123456Z-000001",
		"web1.log.20260131T12345/Z-000001",
		"web1.log.20260131T123456z-000001",
		"web1.log-20260131T123456Z-000001",
		"web1.20260131T123456Z-000001",
		".log.20260131T123456Z-000001",
		"web1.log.20260131T123456Z-99999999999999999999",
		"web1.log.20260131T123456Z-1000000000000",
		"web1.log.20260131T123456Z-000001.gz",
		"web1.log.20260131T123456Z-0000001",
		"web1.log.20260231T123456Z-000001",
		"web1.log.20261399T123456Z-000001",
		"web1.log.20260131T123460Z-000001",
		"web1.log.00260131T123456Z-000001",
		"-000001",
		".20260131T123456Z-000001.zst",
	};
	struct logname name;
	char text[400];

	(void)state;
	for (size_t i = 0; i < ROWS(others); i++) {
		assert_false(logname_get(others[i], &name));
		assert_false(logname_current(others[i], &name));
	}
	/* None that is longer than one that is made here, however much longer. */
	snprintf(text, sizeof(text), "%0*d.log", 216, 0);
	assert_true(logname_current(text, &name));
	snprintf(text, sizeof(text), "%0*d.log", 217, 0);
	assert_false(logname_current(text, &name));
	snprintf(text, sizeof(text), "%0*d.log.20260131T123456Z-000001", 360, 0);
	assert_false(logname_get(text, &name));
	snprintf(text, sizeof(text), "%0*d.clean.log.20260131T123456Z-000001", 211, 0);
	assert_true(logname_get(text, &name));
	snprintf(text, sizeof(text), "%0*d.clean.log.20260131T123456Z-000001", 212, 0);
	assert_false(logname_get(text, &name));
}

static void test_numbers_are_those_of_users(void **state)
{
	char guest[LOGNAME_SIZE];

	(void)state;
	assert_int_equal(logname_uid("web1@4294967295"), UINT32_MAX);
	assert_int_equal(logname_uid("web1@4294967296"), -1);
	assert_int_equal(logname_uid("web1@99999999999999999999999"), -1);
	assert_int_equal(logname_uid("web1@x"), -1);
	/* Half of an escape is none. */
	assert_string_equal(logname_guest("a%4", guest), "a%4");
	assert_string_equal(logname_guest("a%", guest), "a%");
	assert_string_equal(logname_guest("a%41", guest), "aA");
}

/* A log in JSON has a base of its own, which is no guest's and leads to its guest. */
static void test_logs_in_json_have_a_base_of_their_own(void **state)
{
	static const char *const guests[] = { "web1", "web1.json", "", ".json", "a.json.json" };
	char base[LOGNAME_SIZE];
	char json[LOGNAME_SIZE];
	char text[LOGNAME_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(guests) / sizeof(guests[0]); i++) {
		for (int64_t uid = LOGNAME_OWN; uid < 2; uid++) {
			struct logname name = { .time = 1000000, .seq = 7, .packed = true };
			struct logname got;

			logname_base(guests[i], uid, 2, base);
			assert_string_equal(logname_plain(base, text), base);
			logname_json(base, json);
			assert_string_equal(logname_plain(json, text), base);
			assert_string_equal(logname_guest(json, text), guests[i]);
			assert_int_equal(logname_uid(json), uid);
			strcpy(name.base, json);
			assert_true(logname_get(logname_put(&name, text), &got));
			assert_string_equal(got.base, json);
			assert_false(got.clean);
		}
	}
	logname_base("x.json", LOGNAME_OWN, 1, base);
	assert_string_equal(base, "x%2Ejson");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_of_guests_become_safe),
		cmocka_unit_test(test_logs_are_given_an_owner),
		cmocka_unit_test(test_ports_were_once_where_owners_are),
		cmocka_unit_test(test_names_of_files_are_short_enough),
		cmocka_unit_test(test_what_was_cut_off_has_its_time_in_its_name),
		cmocka_unit_test(test_other_files_are_no_logs),
		cmocka_unit_test(test_numbers_are_those_of_users),
		cmocka_unit_test(test_logs_in_json_have_a_base_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
