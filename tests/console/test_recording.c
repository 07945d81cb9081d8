// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/recording.h"

/* A file that is read in pieces of @step bytes. */
struct text {
	const char *bytes;
	size_t len;
	size_t step;
	size_t at;
	int err; /* at its end */
};

static ssize_t take(void *buf, size_t len, void *arg)
{
	struct text *text = arg;

	if (len > text->step)
		len = text->step;
	if (len > text->len - text->at)
		len = text->len - text->at;
	if (!len)
		return text->err;
	memcpy(buf, text->bytes + text->at, len);
	text->at += len;
	return (ssize_t)len;
}

/* What is played of it: "WAIT:TEXT|" for each event. */
static struct recording *play(const char *file, const char *timing, size_t step, char *all)
{
	static struct text texts[2];
	struct recording_event event;
	struct recording *recording;
	enum recording_result result;

	texts[0] = (struct text){ .bytes = file, .len = strlen(file), .step = step };
	recording = recording_new(take, &texts[0]);
	assert_non_null(recording);
	if (timing) {
		texts[1] = (struct text){ .bytes = timing, .len = strlen(timing), .step = step };
		recording_set_timing(recording, take, &texts[1]);
	}
	*all = '\0';
	while ((result = recording_next(recording, &event)) == RECORDING_EVENT)
		sprintf(all + strlen(all), "%.0f:%.*s|", event.wait_ms, (int)event.len,
			(const char *)event.bytes);
	if (result == RECORDING_FAILED)
		sprintf(all, "!%s", recording_why(recording));
	return recording;
}

static void plays(const char *file, const char *timing, const char *want, const char *damage)
{
	static const size_t steps[] = { 1, 2, 7, 100000 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		static char all[200000];
		struct recording *recording = play(file, timing, steps[i], all);
		const char *why;
		size_t count = recording_damage(recording, &why);

		if (want[0] == '!')
			assert_non_null(strstr(all, want + 1));
		else
			assert_string_equal(all, want);
		if (damage)
			assert_non_null(strstr(why, damage));
		else
			assert_int_equal(count, 0);
		recording_free(recording);
	}
}

#define V2 "{\"version\": 2, \"width\": 80, \"height\": 24}\n"
#define V3 "{\"version\":3,\"term\":{\"cols\":80,\"rows\":24}}\n"

static void test_versions_have_their_times(void **state)
{
	(void)state;
	plays(V2
	      "[0.1, \"o\", \"a\"]\n[0.15, \"r\", \"9x9\"]\n[3e-1, \"o\", \"b\"]\n[1, \"o\", \"c\"]\n",
	      NULL, "100:a|200:b|700:c|", NULL);
	plays(V3
	      "# comment\n[0.1,\"o\",\"a\"]\n[0.1,\"i\",\"x\"]\n[0.1,\"m\",\"\"]\n[0.2,\"o\",\"b\"]\n"
	      "[0.1,\"x\",\"0\"]\n",
	      NULL, "100:a|400:b|", NULL);
	plays("{\"version\": 1, \"width\": 80, \"stdout\": [[0.1, \"a\"], [0.2, \"b\"]]}", NULL,
	      "100:a|200:b|", NULL);
	plays("\n{\n  \"version\": 1,\n\n  \"stdout\": [\n    [1, \"a\"],\n    [2.5, \"b\"]\n  ]\n}\n",
	      NULL, "1000:a|2500:b|", NULL);
}

static void test_line_ends_blanks_and_marks_change_nothing(void **state)
{
	(void)state;
	plays("\xef\xbb\xbf" V2 "\r\n\n[1, \"o\", \"a\"]\r\n \t\r\n[2, \"o\", \"b\"]", NULL,
	      "1000:a|1000:b|", NULL);
}

static void test_a_clock_that_was_set_back_is_no_pause(void **state)
{
	(void)state;
	plays(V2 "[5, \"o\", \"a\"]\n[6, \"o\", \"b\"]\n[2, \"o\", \"c\"]\n[3, \"o\", \"d\"]\n",
	      NULL, "5000:a|1000:b|0:c|1000:d|", NULL);
	plays(V3 "[-1, \"o\", \"a\"]\n[1, \"o\", \"b\"]\n", NULL, "0:a|1000:b|", NULL);
	plays(V2 "[1e300, \"o\", \"a\"]\n[1, \"o\", \"b\"]\n", NULL, "0:a|0:b|",
	      "line 2 has an impossible time");
	plays("{\"version\": 1,\n\"stdout\": [\n[1, \"a\"],\n[1e300, \"b\"]]}\n", NULL,
	      "1000:a|0:b|", "event 2 has an impossible time");
	plays("Script started on x\nab", "1 1\n1e300 1\n", "1000:a|0:b|",
	      "line 2 of its times has an impossible time");
}

/* The next one is due at its own time all the same. */
static void test_events_out_of_order_add_no_time(void **state)
{
	(void)state;
	plays(V2 "[0, \"o\", \"a\"]\n[0.9, \"o\", \"b\"]\n[0.1, \"o\", \"c\"]\n[1, \"o\", \"d\"]\n",
	      NULL, "0:a|900:b|0:c|100:d|", NULL);
}

static void test_what_is_damaged_is_left_out_and_told(void **state)
{
	(void)state;
	plays(V2 "[1, \"o\", \"a\"]\ngarbage\n[2, \"o\", 7]\n[2, \"o\", \"b\"]\n[3, \"o\", \"cut o",
	      NULL, "1000:a|1000:b|", "line 3 is not JSON");
	plays(V2 "[\"x\", \"o\", \"a\"]\n{}\n[]\n[1]\n[1, \"o\", \"b\"]\n", NULL, "1000:b|",
	      "line 2 is not an event");
	plays("{\"version\": 1, \"stdout\": [[1], [1, \"a\"], 7, [1, \"b\"]]}", NULL,
	      "1000:a|1000:b|", "event 1 lacks a time or a text");
	/* One object that is not whole: what is in front of that. */
	plays("{\"version\": 1, \"stdout\": [[1, \"a\"], [1, \"b\"], [1, \"c", NULL,
	      "1000:a|1000:b|", "event 3 is not JSON, or is incomplete");
	plays("{\n \"width\": 80,\n \"version\" : 1,\n \"stdout\" :\n [\n [1, \"a\"],\n [2, \"b\"]\n",
	      NULL, "1000:a|2000:b|", "event 3 is not");
	plays("{\"version\": 1, \"stdout\": [[1, \"a\"]], \"env\": {", NULL, "1000:a|",
	      "follows its events");
	plays("{\"version\": 1, \"stdout\": [", NULL, "", "event 1 is not");
	plays("{\"version\": 12, \"stdout\": [[1, \"a\"],", NULL, "!neither the header", NULL);
}

#define FFFD "\xef\xbf\xbd"

static void test_what_is_no_text_of_an_event_is_marked_and_told(void **state)
{
	static const char *const texts[][2] = {
		{ "a\xff z", "a" FFFD " z" },
		{ "\xc3\xa4\xc3z\xed\xa0\x80", "\xc3\xa4" FFFD "z" FFFD FFFD FFFD },
		{ "a\\ud83dz", "a" FFFD "z" },
		{ "a\\ude00\\ud83d\\ude00z", "a" FFFD "\xf0\x9f\x98\x80z" },
		{ "\\ud83d\\ud83d\\ude00\\ud83d\\u0041", FFFD "\xf0\x9f\x98\x80" FFFD "A" },
		{ "a\x1b[1m\\\"\\\\", "a" FFFD "[1m\"\\" },
		{ "\\x\\u12\\\x01z", FFFD "x" FFFD "u12" FFFD FFFD "z" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		char file[300];
		char want[100];

		sprintf(want, "1000:%s|1000:b|", texts[i][1]);
		sprintf(file, V2 "[1, \"o\", \"%s\"]\n[2, \"o\", \"b\"]\n", texts[i][0]);
		plays(file, NULL, want, "from line 2 on it has bytes that are not text");
		sprintf(file, "{\"version\": 1, \"stdout\": [[1, \"%s\"], [1, \"b\"]]}",
			texts[i][0]);
		plays(file, NULL, want, "from line 1 on it has bytes that are not text");
		/* On many lines, and not whole. */
		sprintf(file, "{\n\"version\": 1, \"stdout\": [[1, \"%s\"], [1, \"b\"], [",
			texts[i][0]);
		plays(file, NULL, want, "event 3 is not");
	}
	plays("{\"version\": 2, \"title\": \"\xff\"}\n[1, \"o\", \"a\"]\n", NULL, "1000:a|",
	      "from line 1 on it has bytes that are not text");
	/* What is outside of strings is none of them. */
	plays(V2 "[1, \"o\"\xff, \"a\"]\n", NULL, "", "line 2 is not JSON");
}

static void test_what_is_no_recording_is_refused(void **state)
{
	(void)state;
	plays("", NULL, "!it is empty", NULL);
	plays("\n\n", NULL, "!it is empty", NULL);
	plays("hello\n", NULL, "!line 1 is neither the header of an asciicast nor", NULL);
	plays("{\n\"version\": 2\n", NULL, "!neither the header", NULL);
	plays("\xfd\x37zXZ\n", NULL, "!it is compressed with xz: run xz -dc FILE |", NULL);
	plays("[]\n", NULL, "!line 1 is not the header of an asciicast", NULL);
	plays("{\"version\": 4}\n", NULL, "!of version 1, 2 or 3", NULL);
	plays("{\"version\": 1}\n", NULL, "!without \"stdout\"", NULL);
	plays(V2, "0.1 1\n", "!only a typescript has a file of times", NULL);
}

#define SCRIPT "Script started on 2026-01-31 12:00:00+00:00 [TERM=\"xterm\"]\n"

static void test_typescripts_have_their_times_in_both_formats(void **state)
{
	(void)state;
	plays(SCRIPT "boot\nlogin: \nScript done on 2026-01-31 12:00:01+00:00 [...]\n",
	      "0.010000 5\n0.3 7\n", "10:boot\n|300:login: |", NULL);
	plays(SCRIPT "boot\nrootlogin: ",
	      "H 0.000000 OUTPUT_LOG io\nH 0.000000 INPUT_LOG io\nO 0.1 5\nI 0.2 4\n"
	      "S 0.1 SIGWINCH ROWS=24\nO 0,05 7\nH 0.000000 DURATION 1\n",
	      "100:boot\n|350:login: |", NULL);
	/* What was typed is in a file of its own. */
	plays(SCRIPT "boot\nlogin: ",
	      "H 0.0 OUTPUT_LOG out\nH 0.0 INPUT_LOG in\nO 0.1 5\nI 0.2 4\nO 0 7\n",
	      "100:boot\n|200:login: |", NULL);
}

static void test_typescripts_without_times_are_shown_without_their_end(void **state)
{
	static char file[150000] = SCRIPT;
	struct recording *recording;
	static char all[200000];
	size_t shown = 0;

	(void)state;
	plays(SCRIPT "boot\nlogin: \nScript done on 2026-01-31 12:00:01+00:00 [...]\n", NULL,
	      "0:boot\nlogin: |", NULL);
	plays(SCRIPT, NULL, "", NULL);
	plays("\xef\xbb\xbf" SCRIPT "a", NULL, "0:a|", NULL);
	memset(file + strlen(SCRIPT), 'x', 140000);
	strcat(file, "\nScript done on today\n");
	recording = play(file, NULL, 4096, all);
	assert_true(recording_without_times(recording));
	for (const char *at = all; *at; at++)
		shown += *at == 'x';
	assert_int_equal(shown, 140000);
	assert_null(strstr(all, "Script"));
	recording_free(recording);
}

static void test_damaged_times_are_told(void **state)
{
	(void)state;
	plays(SCRIPT "boot\nlogin: ", "0.1 5\nx\n0.2\n0.1 -7\n0.3 7\n", "100:boot\n|400:login: |",
	      "line 2 of its times is invalid");
	plays(SCRIPT "boot\nlog", "0.1 5\n0.1 999999999999\n0.1 7\n", "100:boot\n|100:log|",
	      "it ends before its times do");
	plays(SCRIPT "boot\nlogin: \nScript done on 2026-01-31\n", "0.1 5\n", "100:boot\n|",
	      "its times end before it does");
	plays(SCRIPT "boot\n", "", "", "its times end before it does");
	/* It is still written. */
	plays(SCRIPT "boot\n", "0.1 5\n", "100:boot\n|", NULL);
}

#define SKRIPT "Skript gestartet am 2026-01-31 12:00:00+00:00 [TERM=\"xterm\"]\n"
#define SKRIPT_ENDE "\nSkript beendet am 2026-01-31 12:00:01+00:00 [COMMAND_EXIT_CODE=\"0\"]\n"

static void test_typescripts_with_times_begin_and_end_in_any_language(void **state)
{
	(void)state;
	plays(SKRIPT "boot\nlogin: " SKRIPT_ENDE, "0.1 5\n0.3 7\n", "100:boot\n|300:login: |",
	      NULL);
	plays(SKRIPT "boot\nlogin: ", "0.1 5\n0.3 7\n", "100:boot\n|300:login: |", NULL);
	plays("\xef\xbb\xbf" SKRIPT "boot\n" SKRIPT_ENDE, "0,1 5", "100:boot\n|", NULL);
	plays(SKRIPT SKRIPT_ENDE, "", "", NULL);
	plays(SKRIPT "boot\nrootlogin: " SKRIPT_ENDE,
	      "H 0.0 OUTPUT_LOG io\nH 0.0 INPUT_LOG io\nO 0.1 5\nI 0.2 4\nO 0.05 7\n",
	      "100:boot\n|250:login: |", NULL);
	/* Damaged in any language. */
	plays(SKRIPT "boot\nlog", "0.1 5\n0.1 7\n", "100:boot\n|100:log|",
	      "it ends before its times do");
	plays(SKRIPT "boot\nlogin: " SKRIPT_ENDE, "0.1 5\n", "100:boot\n|",
	      "its times end before it does");
	plays(SKRIPT "boot\nlogin: " SKRIPT_ENDE, "0.1 5\nx\n0.3 7\n", "100:boot\n|300:login: |",
	      "line 2 of its times is invalid");
}

/* As script -q of others writes them. */
static void test_typescripts_with_times_may_have_no_first_line(void **state)
{
	(void)state;
	plays("boot\nlogin: ", "0.1 5\n0.3 7\n", "100:boot\n|300:login: |", NULL);
	plays("boot\r\nroot", "0.1 6\r\n0.1 4\r\n", "100:boot\r\n|100:root|", NULL);
	plays("\xef\xbb\xbfz", "0.1 4", "100:\xef\xbb\xbfz|", NULL);
	plays("{\"version\": 2}\n", "0.1 15\n", "100:{\"version\": 2}\n|", NULL);
	plays("boot", "O 0.1 4\nI 0.1 7\nS 0.1 SIGWINCH\n", "100:boot|", NULL);
	plays("", "", "!it is empty", NULL);
	plays("", "0.1 4\n", "!it is empty", NULL);
	plays("BZh91AY", "0.1 4\n", "!it is compressed with bzip2", NULL);
}

static void test_a_read_that_fails_is_told_behind_what_came(void **state)
{
	struct text text = { .bytes = V2 "[1, \"o\", \"a\"]\n", .step = 10, .err = -EBADMSG };
	struct recording_event event;
	struct recording *recording;
	bool timing;

	(void)state;
	text.len = strlen(text.bytes);
	recording = recording_new(take, &text);
	assert_int_equal(recording_next(recording, &event), RECORDING_EVENT);
	assert_int_equal(recording_next(recording, &event), RECORDING_END);
	assert_int_equal(recording_error(recording, &timing), -EBADMSG);
	assert_false(timing);
	recording_free(recording);
}

/* Plays what can be read of it. Returns what is wrong with it besides. */
static size_t damage_of_cut(const char *file, const char *timing, int err, int timing_err)
{
	static struct text texts[2];
	struct recording_event event;
	struct recording *recording;
	const char *why;
	size_t count;
	bool of_timing;

	texts[0] = (struct text){ .bytes = file, .len = strlen(file), .step = 10, .err = err };
	recording = recording_new(take, &texts[0]);
	if (timing) {
		texts[1] = (struct text){
			.bytes = timing, .len = strlen(timing), .step = 10, .err = timing_err
		};
		recording_set_timing(recording, take, &texts[1]);
	}
	while (recording_next(recording, &event) == RECORDING_EVENT)
		;
	assert_int_equal(recording_error(recording, &of_timing), -EBADMSG);
	count = recording_damage(recording, &why);
	recording_free(recording);
	return count;
}

static void test_what_is_cut_off_by_an_error_is_no_other_damage(void **state)
{
	(void)state;
	assert_int_equal(damage_of_cut(V2 "[1, \"o\", \"a\"]\n[2, \"o\", \"b", NULL, -EBADMSG, 0),
			 0);
	assert_int_equal(damage_of_cut(V2 "x\n[2, \"o\", \"b", NULL, -EBADMSG, 0), 1);
	assert_int_equal(damage_of_cut(V2 "x\n", NULL, -EBADMSG, 0), 1);
	assert_int_equal(damage_of_cut(SCRIPT "boot\nlog", "0.1 5\n0.1 7\n", -EBADMSG, 0), 0);
	assert_int_equal(damage_of_cut(SCRIPT "boot\nlogin: ", "0.1 5\n0.1 ", 0, -EBADMSG), 0);
	assert_int_equal(damage_of_cut(SCRIPT "boot\nlogin: ", "0.1 5\nx\n0.1 ", 0, -EBADMSG), 1);
}

static void test_times_that_are_none_are_told(void **state)
{
	static const char *const none = "!file of times contains no times";

	(void)state;
	plays("0.1 5\n0.3 7\n", SCRIPT "boot\nlogin: ", none, NULL);
	plays("0.1 5\n0.3 7\n", SKRIPT "boot\nlogin: " SKRIPT_ENDE, none, NULL);
	plays("H 0.0 START_TIME 2026\nO 0.1 5\n", SKRIPT "boot\nlogin: ", none, NULL);
	plays(SCRIPT "boot\n", SCRIPT "boot\n0.1 5\n", none, NULL);
	plays(SCRIPT "boot\n", "\xef\xbb\xbf" SCRIPT, none, NULL);
	plays(SCRIPT "boot\n", "hello\n", none, NULL);
	plays(SKRIPT "boot\n", "hello\nworld", none, NULL);
	/* There was no time to write one. */
	plays(SCRIPT "boot\n", "\n", "", "its times end before it does");
}

/* Three million of them. */
static void test_what_would_take_gigabytes_is_refused(void **state)
{
	static const struct {
		const char *begin;
		const char *values;
		const char *end;
		const char *want;
		const char *damage;
	} rows[] = {
		{ "{\"version\": 1, \"stdout\": [", "[],", "[1, \"one\"]]}",
		  "!it has more than 4194304 values in one object", NULL },
		{ "{\"version\": 1,\n\"stdout\": [", "{},", "[1, \"one\"]]}",
		  "!it has more than 4194304 values in one object", NULL },
		{ V2 "[0, \"i\", [", "[],", "0]]\n[1, \"o\", \"one\"]\n", "1000:one|",
		  "line 2 has more than 4194304 values" },
		{ "{\"version\": 1, \"\"stdout\": [", "[],", "[1, \"one\"]]}",
		  "!it has more than 4194304 values in one object", NULL },
		/* Text is as long as it likes. */
		{ V2 "[0, \"i\", \"\\\"", "[],", "\"]\n[1, \"o\", \"one\"]\n", "1000:one|", NULL },
	};
	static const size_t count = 3000000;
	static char all[1000];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t begin = strlen(rows[i].begin);
		size_t len = strlen(rows[i].values);
		char *file = malloc(begin + count * len + strlen(rows[i].end) + 1);
		struct recording *recording;
		const char *why = "";

		assert_non_null(file);
		strcpy(file, rows[i].begin);
		for (size_t j = 0; j < count; j++)
			memcpy(file + begin + j * len, rows[i].values, len);
		strcpy(file + begin + count * len, rows[i].end);
		recording = play(file, NULL, 1000000, all);
		assert_string_equal(all, rows[i].want);
		assert_int_equal(recording_damage(recording, &why), rows[i].damage != NULL);
		if (rows[i].damage)
			assert_string_equal(why, rows[i].damage);
		recording_free(recording);
		free(file);
	}
}

/* It has no end. */
static ssize_t take_blanks(void *buf, size_t len, void *arg)
{
	bool *begun = arg;

	memset(buf, ' ', len);
	if (!*begun)
		memcpy(buf, "{\n", 2);
	*begun = true;
	return (ssize_t)len;
}

static void test_an_object_that_is_too_long_is_told(void **state)
{
	bool begun = false;
	struct recording *recording = recording_new(take_blanks, &begun);
	struct recording_event event;
	bool timing;

	(void)state;
	assert_non_null(recording);
	assert_int_equal(recording_next(recording, &event), RECORDING_FAILED);
	assert_non_null(strstr(recording_why(recording), "too long for one: it may have 64 MiB"));
	assert_int_equal(recording_error(recording, &timing), 0);
	recording_free(recording);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions_have_their_times),
		cmocka_unit_test(test_line_ends_blanks_and_marks_change_nothing),
		cmocka_unit_test(test_a_clock_that_was_set_back_is_no_pause),
		cmocka_unit_test(test_events_out_of_order_add_no_time),
		cmocka_unit_test(test_what_is_damaged_is_left_out_and_told),
		cmocka_unit_test(test_what_is_no_text_of_an_event_is_marked_and_told),
		cmocka_unit_test(test_what_is_no_recording_is_refused),
		cmocka_unit_test(test_typescripts_have_their_times_in_both_formats),
		cmocka_unit_test(test_typescripts_without_times_are_shown_without_their_end),
		cmocka_unit_test(test_damaged_times_are_told),
		cmocka_unit_test(test_typescripts_with_times_begin_and_end_in_any_language),
		cmocka_unit_test(test_typescripts_with_times_may_have_no_first_line),
		cmocka_unit_test(test_a_read_that_fails_is_told_behind_what_came),
		cmocka_unit_test(test_what_is_cut_off_by_an_error_is_no_other_damage),
		cmocka_unit_test(test_times_that_are_none_are_told),
		cmocka_unit_test(test_what_would_take_gigabytes_is_refused),
		cmocka_unit_test(test_an_object_that_is_too_long_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
