// SPDX-License-Identifier: GPL-2.0-only
/* A trace: its lines, and the order of what several CPUs recorded. */
#include "cmocka_all.h"

#include <errno.h>
#include <time.h>

#include "trace/trace_merge.h"
#include "trace/trace_text.h"

static void test_lines_are_those_of_the_reference(void **state)
{
	static const struct {
		struct trace_event event;
		const char *plain;
		const char *names;
	} rows[] = {
		{ { TRACE_WRITE, .offset = 0, .len = 4, .value = 72 },
		  "write offset 0 value 72",
		  "write DR 0x48 'H'" },
		{ { TRACE_READ, .offset = 24, .len = 4, .value = 144 },
		  "read offset 24 value 144",
		  "read FR 0x90 TXFE|RXFE" },
		{ { TRACE_WRITE, .offset = 4095, .len = 8, .value = UINT64_MAX },
		  "write offset 4095 value 18446744073709551615",
		  "write 0xfff 0xffffffffffffffff (8 bytes)" },
		{ { TRACE_LINE, .value = 1 }, "line high", "line high" },
		{ { TRACE_LINE, .value = 0 }, "line low", "line low" },
		{ { TRACE_BREAK, .value = 1 }, "break received", "break received" },
		{ { TRACE_BREAK, .value = 0 }, "break sent", "break sent" },
		{ { TRACE_FLOW, .value = TRACE_FLOW_FULL }, "flow full", "flow full" },
		{ { TRACE_FLOW, .value = TRACE_FLOW_ROOM }, "flow room", "flow room" },
		/* Of a newer module. */
		{ { TRACE_FLOW, .value = 7 }, "flow 7", "flow 7" },
	};
	char out[TRACE_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_string_equal(trace_text(out, &rows[i].event, false), rows[i].plain);
		assert_string_equal(trace_text(out, &rows[i].event, true), rows[i].names);
	}
}

static void test_times_are_of_the_zone(void **state)
{
	char out[TRACE_TIME_SIZE];

	(void)state;
	setenv("TZ", "XYZ-5:30", 1);
	tzset();
	assert_string_equal(trace_time(out, 1000000000000123999),
			    "2001-09-09T07:16:40.000123+05:30");
	setenv("TZ", "XYZ3", 1);
	tzset();
	assert_string_equal(trace_time(out, 1000000000000000000),
			    "2001-09-08T22:46:40.000000-03:00");
	setenv("TZ", "UTC", 1);
	tzset();
	assert_string_equal(trace_time(out, 999999999), "1970-01-01T00:00:00.999999+00:00");
}

static void test_lists_of_events(void **state)
{
	bool kinds[TRACE_KINDS] = { false };

	(void)state;
	assert_null(trace_parse_events("flow,line", kinds));
	assert_true(kinds[TRACE_FLOW] && kinds[TRACE_LINE]);
	assert_false(kinds[TRACE_BREAK] || kinds[TRACE_READ] || kinds[TRACE_WRITE]);
	assert_null(trace_parse_events("break", kinds));
	assert_true(kinds[TRACE_BREAK]);
	assert_string_equal(trace_parse_events("line,lines", kinds), "lines");
	assert_string_equal(trace_parse_events("line,", kinds), "");
	assert_string_equal(trace_parse_events("lin", kinds), "lin");
	assert_string_equal(trace_parse_events("", kinds), "");
}

/*
 * What the CPUs have, in the order in which it is there to be read: each row
 * appears when so many looks were taken at any of them.
 */
struct played {
	size_t stream;
	uint64_t ns;
	unsigned int after;
	bool taken;
};

struct play {
	struct played *rows;
	size_t count;
	unsigned int looks;
	int err;
};

static int play_fill(struct trace_merge *merge, size_t stream, void *arg)
{
	struct play *play = arg;
	int found = 0;

	if (play->err)
		return play->err;
	for (size_t i = 0; i < play->count; i++) {
		struct played *row = &play->rows[i];
		struct trace_event event = { .ns = row->ns, .value = stream };

		if (row->taken || row->stream != stream || row->after > play->looks)
			continue;
		row->taken = true;
		found++;
		assert_int_equal(trace_merge_add(merge, stream, &event), 0);
	}
	play->looks++;
	return found;
}

static void expect_order(struct played *rows, size_t count, const uint64_t *order)
{
	struct play play = { .rows = rows, .count = count };
	struct trace_merge *merge = trace_merge_new(3, play_fill, &play);
	struct trace_event event;
	size_t n = 0;

	assert_non_null(merge);
	/* It may say that there is nothing now, and have more later. */
	for (int tries = 0; tries < 100; tries++) {
		while (trace_merge_next(merge, &event) == 1) {
			assert_true(n < count);
			assert_int_equal(event.ns, order[n]);
			n++;
		}
	}
	assert_int_equal(n, count);
	trace_merge_free(merge);
}

static void test_cpus_are_put_in_order(void **state)
{
	struct played rows[] = {
		{ 2, 10, 0, false }, { 0, 20, 0, false }, { 1, 30, 0, false },
		{ 0, 40, 0, false }, { 0, 50, 0, false }, { 2, 60, 0, false },
	};
	static const uint64_t order[] = { 10, 20, 30, 40, 50, 60 };

	(void)state;
	expect_order(rows, ROWS(rows), order);
}

/*
 * The first CPU is looked at and found empty; then it records 10, and another
 * one 20, which is read before anybody looks at the first again.
 */
static void test_an_earlier_event_of_a_cpu_looked_at_before_comes_first(void **state)
{
	struct played rows[] = {
		{ 0, 10, 1, false },
		{ 1, 20, 1, false },
		{ 0, 30, 6, false },
		{ 2, 40, 6, false },
	};
	static const uint64_t order[] = { 10, 20, 30, 40 };

	(void)state;
	expect_order(rows, ROWS(rows), order);
}

static void test_many_events_of_one_cpu(void **state)
{
	static struct played rows[5000];
	static uint64_t order[ROWS(rows)];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		/* Two CPUs in turns of seven, in pages of some hundred. */
		rows[i] = (struct played){ i / 7 % 2, i, (unsigned int)(i / 300), false };
		order[i] = i;
	}
	expect_order(rows, ROWS(rows), order);
}

static void test_an_error_is_handed_on(void **state)
{
	struct play play = { .err = -EIO };
	struct trace_merge *merge = trace_merge_new(3, play_fill, &play);
	struct trace_event event;

	(void)state;
	assert_int_equal(trace_merge_next(merge, &event), -EIO);
	play.err = 0;
	assert_int_equal(trace_merge_next(merge, &event), 0);
	trace_merge_free(merge);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_are_those_of_the_reference),
		cmocka_unit_test(test_times_are_of_the_zone),
		cmocka_unit_test(test_lists_of_events),
		cmocka_unit_test(test_cpus_are_put_in_order),
		cmocka_unit_test(test_an_earlier_event_of_a_cpu_looked_at_before_comes_first),
		cmocka_unit_test(test_many_events_of_one_cpu),
		cmocka_unit_test(test_an_error_is_handed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
