// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/openmetrics.h"

/* Another number for each member, so that none is taken for another. */
static const char report[] =
	"{'format': 'kpl011-status', 'program': '1.2', 'running': true, 'started': 1001.5,"
	" 'time': 1002.25, 'failing': 'No space left', 'unsent': 1003,"
	" 'totals': {'output': 2001, 'input': 2002, 'lost': 2003, 'interrupts': 2004,"
	"  'stalls': 2005, 'stall_ns': 2006500000000, 'drops': 2007},"
	" 'written': [{'log': 'raw', 'written': 3001, 'lost': 3002, 'errors': 3003},"
	"  {'log': 'journal', 'written': 3004, 'lost': 3005, 'errors': 3006}],"
	" 'logs': {'bytes': 4001, 'files': 4002, 'guests': 4003,"
	"  'limits': {'bytes': 4004, 'files': 4005, 'guests': 4006},"
	"  'removed': [{'limit': 'budget', 'files': 4007, 'bytes': 4008},"
	"   {'limit': 'guest', 'files': 4009, 'bytes': 4010}]},"
	" 'alerts': [{'alert': 'panic', 'told': 5001, 'seen': 5002},"
	"  {'alert': 'oops', 'told': 5003, 'seen': 5004}],"
	" 'commands': {'started': 5005, 'failed': 5006},"
	" 'guests': [{'name': 'a\\\\\\\"\\n', 'uid': 6001, 'user': 'u\\\"', 'port': 6002, 'live': true,"
	"   'output': 6003, 'input': 6004, 'lost': 6005, 'interrupts': 6006, 'stalls': 6007,"
	"   'stall_ns': 6008500000000, 'drops': 6009, 'state': 'begun',"
	"   'logs': [{'log': 'raw', 'state': 'failing', 'written': 6010, 'lost': 6011,"
	"     'errors': 6012, 'behind': 6013},"
	"    {'log': 'clean', 'state': 'writing', 'written': 6014, 'lost': 6015, 'errors': 6016,"
	"     'behind': 6017}], 'alerts': {'panic': 6018}},"
	"  {'name': 'b', 'uid': 7001, 'user': 'v', 'port': 7002, 'live': false, 'output': 7003,"
	"   'input': 7004, 'lost': 7005, 'interrupts': 7006, 'stalls': 7007, 'stall_ns': 0,"
	"   'drops': 7009, 'logs': [], 'alerts': {}},"
	"  {'name': 'c', 'uid': 8001, 'user': 'w', 'port': 8002, 'live': false}]}";

#define A "{guest=\"a\\\\\\\"\\n\",uid=\"6001\",user=\"u\\\"\",port=\"6002\""
#define B "{guest=\"b\",uid=\"7001\",user=\"v\",port=\"7002\""

static const char *const of_host[] = {
	"build_info{version=\"1.2\"} 1",
	"guests{state=\"live\"} 1",
	"guests{state=\"dead\"} 2",
	"output_bytes_total 2001",
	"input_bytes_total 2002",
	"lost_bytes_total 2003",
	"interrupts_total 2004",
	"reader_stalls_total 2005",
	"reader_stall_seconds_total 2006.500",
	"readers_dropped_total 2007",
};

static const char *const of_daemon[] = {
	"daemon_running 1",
	"daemon_start_time_seconds 1001.500",
	"report_time_seconds 1002.250",
	"logged_bytes_total{log=\"raw\"} 3001",
	"logged_bytes_total{log=\"journal\"} 3004",
	"log_lost_bytes_total{log=\"raw\"} 3002",
	"log_lost_bytes_total{log=\"journal\"} 3005",
	"log_errors_total{log=\"raw\"} 3003",
	"log_errors_total{log=\"journal\"} 3006",
	"log_failing 1",
	"journal_unsent 1003",
	"log_bytes 4001",
	"log_budget_bytes 4004",
	"log_files 4002",
	"log_files_limit 4005",
	"log_guests 4003",
	"log_guests_limit 4006",
	"removed_files_total{limit=\"budget\"} 4007",
	"removed_files_total{limit=\"guest\"} 4009",
	"removed_bytes_total{limit=\"budget\"} 4008",
	"removed_bytes_total{limit=\"guest\"} 4010",
	"alerts_total{alert=\"panic\"} 5001",
	"alerts_total{alert=\"oops\"} 5003",
	"alert_matches_total{alert=\"panic\"} 5002",
	"alert_matches_total{alert=\"oops\"} 5004",
	"alert_commands_total 5005",
	"alert_command_failures_total 5006",
};

static const char *const of_guests[] = {
	"guest_live" A "} 1",
	"guest_live" B "} 0",
	"guest_output_bytes_total" A "} 6003",
	"guest_output_bytes_total" B "} 7003",
	"guest_input_bytes_total" A "} 6004",
	"guest_input_bytes_total" B "} 7004",
	"guest_lost_bytes_total" A "} 6005",
	"guest_lost_bytes_total" B "} 7005",
	"guest_interrupts_total" A "} 6006",
	"guest_interrupts_total" B "} 7006",
	"guest_reader_stalls_total" A "} 6007",
	"guest_reader_stalls_total" B "} 7007",
	"guest_reader_stall_seconds_total" A "} 6008.500",
	"guest_reader_stall_seconds_total" B "} 0",
	"guest_readers_dropped_total" A "} 6009",
	"guest_readers_dropped_total" B "} 7009",
};

static const char *const of_guests_logs[] = {
	"guest_logged_bytes_total" A ",log=\"raw\"} 6010",
	"guest_logged_bytes_total" A ",log=\"clean\"} 6014",
	"guest_log_behind_bytes" A ",log=\"raw\"} 6013",
	"guest_log_behind_bytes" A ",log=\"clean\"} 6017",
	"guest_log_lost_bytes_total" A ",log=\"raw\"} 6011",
	"guest_log_lost_bytes_total" A ",log=\"clean\"} 6015",
	"guest_log_errors_total" A ",log=\"raw\"} 6012",
	"guest_log_errors_total" A ",log=\"clean\"} 6016",
	"guest_log_failing" A ",log=\"raw\"} 1",
	"guest_log_failing" A ",log=\"clean\"} 0",
	"guest_alert_matches_total" A ",alert=\"panic\"} 6018",
};

static json_t *load(void)
{
	char text[sizeof(report)];
	json_error_t error;
	json_t *json;

	strcpy(text, report);
	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		fail_msg("%s at %d", error.text, error.position);
	return json;
}

/* Takes those of a text in order, and nothing else but their headers. */
static char *expect(char *at, const char *const *samples, size_t count)
{
	char wanted[256];

	for (size_t i = 0; i < count; i++) {
		while (*at == '#')
			at = strchr(at, '\n') + 1;
		snprintf(wanted, sizeof(wanted), "kpl011_%s\n", samples[i]);
		if (strncmp(at, wanted, strlen(wanted)))
			fail_msg("not %s but %.*s", wanted, (int)strcspn(at, "\n"), at);
		at += strlen(wanted);
	}
	return at;
}

#define EXPECT(at, samples) expect(at, samples, sizeof(samples) / sizeof((samples)[0]))

/* The third guest has nothing but its name: its numbers are left out of what is compared. */
static json_t *two_guests(void)
{
	json_t *json = load();

	json_array_remove(json_object_get(json, "guests"), 2);
	return json;
}

static void test_each_number_is_that_of_its_name(void **state)
{
	static const char *const guests[] = { "guests{state=\"live\"} 1",
					      "guests{state=\"dead\"} 1" };
	json_t *json = two_guests();
	char *text = openmetrics_make(json, OPENMETRICS, true);
	char *at = text;

	(void)state;
	at = expect(at, of_host, 1);
	at = EXPECT(at, guests);
	at = expect(at, of_host + 3, sizeof(of_host) / sizeof(of_host[0]) - 3);
	at = EXPECT(at, of_daemon);
	at = EXPECT(at, of_guests);
	at = EXPECT(at, of_guests_logs);
	assert_string_equal(at, "# EOF\n");
	free(text);
	json_decref(json);
}

static void test_guests_are_there_if_asked_for(void **state)
{
	json_t *json = load();
	char *text = openmetrics_make(json, OPENMETRICS, false);
	char *at = text;

	(void)state;
	at = EXPECT(at, of_host);
	at = EXPECT(at, of_daemon);
	assert_string_equal(at, "# EOF\n");
	free(text);
	json_decref(json);
}

/* Without a daemon there is what the ports tell themselves. */
static void test_what_nobody_told_is_not_there(void **state)
{
	static const char *const guests[] = { "guests{state=\"live\"} 1",
					      "guests{state=\"dead\"} 1" };
	json_t *json = two_guests();
	char *text;
	char *at;

	(void)state;
	json_object_del(json, "written");
	text = openmetrics_make(json, OPENMETRICS, true);
	at = expect(text, of_host, 1);
	at = EXPECT(at, guests);
	at = expect(at, of_host + 3, sizeof(of_host) / sizeof(of_host[0]) - 3);
	at = EXPECT(at, of_guests);
	assert_string_equal(at, "# EOF\n");
	free(text);
	json_decref(json);
}

static void test_what_has_no_limit_has_none(void **state)
{
	json_t *json = load();
	char *text;

	(void)state;
	json_object_clear(json_object_get(json_object_get(json, "logs"), "limits"));
	json_object_set_new(json, "failing", json_null());
	text = openmetrics_make(json, OPENMETRICS, false);
	assert_null(strstr(text, "kpl011_log_budget_bytes"));
	assert_null(strstr(text, "_limit "));
	assert_non_null(strstr(text, "\nkpl011_log_failing 0\n"));
	free(text);
	json_decref(json);
}

/* In the older form a counter is called as its sample. */
static void test_headers_are_those_of_the_form(void **state)
{
	json_t *json = load();
	char *text = openmetrics_make(json, OPENMETRICS, true);

	(void)state;
	assert_non_null(strstr(text, "# HELP kpl011_output_bytes Bytes that guests have printed.\n"
				     "# TYPE kpl011_output_bytes counter\n"
				     "kpl011_output_bytes_total 2001\n"));
	assert_non_null(strstr(text, "# TYPE kpl011_log_files gauge\nkpl011_log_files 4002\n"));
	free(text);
	text = openmetrics_make(json, OPENMETRICS_TEXTFILE, true);
	assert_non_null(strstr(text, "# HELP kpl011_output_bytes_total Bytes that guests have "
				     "printed.\n# TYPE kpl011_output_bytes_total counter\n"
				     "kpl011_output_bytes_total 2001\n"));
	assert_non_null(strstr(text, "# TYPE kpl011_log_files gauge\nkpl011_log_files 4002\n"));
	free(text);
	json_decref(json);
}

/* The report of another user's daemon may have anything in it. */
static void test_labels_do_not_act_on_a_terminal(void **state)
{
	json_t *json = load();
	json_t *guest = json_array_get(json_object_get(json, "guests"), 0);
	char *text;

	(void)state;
	json_object_set_new(guest, "name",
			    json_string("\033]0;t\a\r\t\x7f\xc2\x9b"
					"2J\xe2\x80\xae\n\xc3\xa4"));
	json_object_set_new(json, "program", json_string("1\033[2J"));
	text = openmetrics_make(json, OPENMETRICS, true);
#define BAD "\xef\xbf\xbd"
	assert_non_null(
		strstr(text, "{guest=\"" BAD "]0;t" BAD BAD BAD BAD BAD "2J" BAD "\\n\xc3\xa4\","));
	assert_non_null(strstr(text, "{version=\"1" BAD "[2J\"}"));
#undef BAD
	assert_null(strpbrk(text, "\033\a\r\t\x7f\x9b"));
	free(text);
	json_decref(json);
}

static void test_in_turns_it_is_the_same(void **state)
{
	json_t *json = load();
	char *whole = openmetrics_make(json, OPENMETRICS, true);
	struct openmetrics *metrics = openmetrics_begin(json, OPENMETRICS, true);
	int turns = 1;
	char *text;

	(void)state;
	assert_non_null(metrics);
	for (; turns < 1000 && openmetrics_go_on(metrics, 0); turns++)
		;
	text = openmetrics_end(metrics);
	assert_string_equal(text, whole);
	/* One for each of three guests in 14 families. */
	assert_in_range(turns, 3 * 14, 4 * 14);
	free(text);
	free(whole);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_turns_it_is_the_same),
		cmocka_unit_test(test_each_number_is_that_of_its_name),
		cmocka_unit_test(test_guests_are_there_if_asked_for),
		cmocka_unit_test(test_what_nobody_told_is_not_there),
		cmocka_unit_test(test_what_has_no_limit_has_none),
		cmocka_unit_test(test_headers_are_those_of_the_form),
		cmocka_unit_test(test_labels_do_not_act_on_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
