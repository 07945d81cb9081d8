// SPDX-License-Identifier: GPL-2.0-only
/* A monitor says what it likes: messages are told apart, and nothing is believed. */
#include "cmocka_all.h"

#include <errno.h>

#include "qemu/qmp_msg.h"

#define GREETING                                                                           \
	"{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, " \
	"\"package\": \"\"}, \"capabilities\": [\"oob\"]}}"

static const struct {
	const char *text;
	ssize_t end; /* of the first message; 0: none yet */
} scans[] = {
	{ "", 0 },
	{ " \r\n\t", 0 },
	{ "{}", 2 },
	{ "\r\n{}\r\n{}", 4 },
	{ "{\"a\": {\"b\": [1, {}]}}{", 21 },
	{ "{\n  \"pretty\": {\n  }\n}\n", 21 },
	{ "{\"a\": \"}\"", 0 },
	{ "{\"a\": \"}\"}", 10 },
	{ "{\"a\": \"\\\"}\"}", 12 },
	{ "{\"a\": \"\\\\\"}x", 11 },
	{ "{\"a\": \"\\", 0 },
	{ "{{{{", 0 },
	{ "{\"a\":\"[\"}", 9 },
	{ "x", -EBADMSG },
	{ "\"{}\"", -EBADMSG },
	{ "}", -EBADMSG },
	{ "[{}]", -EBADMSG },
	{ "HTTP/1.1 400 Bad Request\r\n", -EBADMSG },
	{ "{[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", -EBADMSG },
};

/* @step bytes come at a time, each time to the end of what was allocated. */
static ssize_t scan_in_steps(const char *text, size_t len, size_t step)
{
	struct qmp_scan scan = { 0 };
	ssize_t end = 0;

	for (size_t at = 0; !end && at < len;) {
		char *copy;

		at = at + step < len ? at + step : len;
		copy = malloc(at);
		memcpy(copy, text, at);
		end = qmp_scan(&scan, copy, at);
		free(copy);
	}
	return end;
}

static void test_messages_end_where_their_object_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(scans); i++)
		for (size_t step = 1; step <= 64; step++) {
			ssize_t end = scan_in_steps(scans[i].text, strlen(scans[i].text), step);

			if (end != scans[i].end)
				fail_msg("row %zu, step %zu: %zd", i, step, end);
		}
}

static const struct {
	const char *text;
	enum qmp_kind kind;
	json_int_t id;
	const char *error;
} messages[] = {
	{ GREETING, QMP_GREETING, -1, "" },
	{ "{\"return\": {}, \"id\": 7}", QMP_RETURN, 7, "" },
	{ "{\"return\": \"\"}", QMP_RETURN, -1, "" },
	{ "{\"return\": {}, \"id\": \"7\"}", QMP_RETURN, -1, "" },
	{ "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"STOP\"}", QMP_EVENT,
	  -1, "" },
	{ "{\"id\": 1, \"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}", QMP_ERROR, 1,
	  "no" },
	{ "{\"error\": {\"desc\": \"a\\u001b[2J\\nb\"}}", QMP_ERROR, -1, "a\\x1b[2J\\x0ab" },
	{ "{\"error\": 7}", QMP_ERROR, -1, "an error" },
	{ "{\"error\": null}", QMP_ERROR, -1, "an error" },
	{ "{}", QMP_GARBAGE, -1, "" },
	{ "{\"return\" {}}", QMP_GARBAGE, -1, "" },
	{ "{\"return\": }", QMP_GARBAGE, -1, "" },
	{ "{\"return\": \"\\u0000\"}", QMP_GARBAGE, -1, "" },
	{ "{\"return\": \"\xff\"}", QMP_GARBAGE, -1, "" },
	{ "[]", QMP_GARBAGE, -1, "" },
	{ "", QMP_GARBAGE, -1, "" },
};

static void test_messages_are_told_apart(void **state)
{
	struct qmp_msg msg;

	(void)state;
	for (size_t i = 0; i < ROWS(messages); i++) {
		size_t len = strlen(messages[i].text);
		char *copy = malloc(len + !len);

		memcpy(copy, messages[i].text, len);
		qmp_msg_read(copy, len, &msg);
		if (msg.kind != messages[i].kind || msg.id != messages[i].id)
			fail_msg("row %zu: kind %d, id %d", i, msg.kind, (int)msg.id);
		assert_string_equal(msg.error, messages[i].error);
		assert_int_equal(!!msg.value, msg.kind == QMP_RETURN);
		json_decref(msg.value);
		free(copy);
	}
}

static void test_a_long_error_is_cut(void **state)
{
	char text[QMP_MSG_MAX];
	struct qmp_msg msg;
	int n;

	(void)state;
	n = snprintf(text, sizeof(text), "{\"error\": {\"desc\": \"%0*d\"}}", 60000, 0);
	qmp_msg_read(text, (size_t)n, &msg);
	assert_int_equal(msg.kind, QMP_ERROR);
	assert_int_equal(strlen(msg.error), sizeof(msg.error) - 1);
}

static void test_deep_objects_are_no_messages(void **state)
{
	char text[QMP_MSG_MAX];
	struct qmp_msg msg;

	(void)state;
	memset(text, '[', sizeof(text));
	memcpy(text, "{\"a\":", 5);
	assert_int_equal(scan_in_steps(text, 1000, 1000), -EBADMSG);
	/* If it came so far: its reader does not fall for it either. */
	qmp_msg_read(text, sizeof(text), &msg);
	assert_int_equal(msg.kind, QMP_GARBAGE);
}

static json_t *load(const char *text)
{
	return json_loads(text, JSON_DECODE_ANY, NULL);
}

static const struct {
	const char *text;
	bool told;
	bool running;
} statuses[] = {
	{ "{\"status\": \"running\", \"singlestep\": false, \"running\": true}", true, true },
	{ "{\"status\": \"paused\", \"running\": false}", true, false },
	{ "{\"status\": \"running\"}", false, false },
	{ "{\"running\": 1}", false, false },
	{ "{\"running\": \"true\"}", false, false },
	{ "[]", false, false },
	{ "\"running\"", false, false },
	{ "null", false, false },
};

static void test_a_vm_runs_if_it_says_so(void **state)
{
	bool running;

	(void)state;
	for (size_t i = 0; i < ROWS(statuses); i++) {
		json_t *value = load(statuses[i].text);

		if (qmp_msg_running(value, &running) != statuses[i].told ||
		    running != statuses[i].running)
			fail_msg("row %zu", i);
		json_decref(value);
	}
	assert_false(qmp_msg_running(NULL, &running));
}

static const struct {
	const char *text;
	bool ok;
	uint32_t word;
} words[] = {
	{ "\"0000000009000018: 0x00000090\\r\\n\"", true, 0x90 },
	{ "\"0000000009000018: 0xffffffff\\n\"", true, 0xffffffff },
	{ "\"0000000009000018: 0xdeadbeef\"", true, 0xdeadbeef },
	{ "\"000000000900001c: 0x00000090\\r\\n\"", false, 0 },
	{ "\"0000000009000018: 0x00000090 0x00000001\\r\\n\"", false, 0 },
	{ "\"0000000009000018: 0x000090\\r\\n\"", false, 0 },
	{ "\"0000000009000018: 0x0000009g\\r\\n\"", false, 0 },
	{ "\"0000000009000018: 144\\r\\n\"", false, 0 },
	{ "\"0000000009000018: Cannot access memory\\r\\n\"", false, 0 },
	{ "\"0000000009000018:\"", false, 0 },
	{ "\"0000000009000018\"", false, 0 },
	{ "\"9000018: 0x00000090\"", false, 0 },
	{ "\"\"", false, 0 },
	{ "\"0\"", false, 0 },
	{ "\"unknown command: 'xp'\\r\\n\"", false, 0 },
	{ "144", false, 0 },
	{ "{}", false, 0 },
	{ "null", false, 0 },
};

static void test_a_word_is_at_its_address_and_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(words); i++) {
		json_t *loaded = load(words[i].text);
		/* To the byte: a read beyond it is found. */
		json_t *value = json_is_string(loaded) ? json_string(json_string_value(loaded)) :
							 json_incref(loaded);
		uint32_t word = 0;

		if (qmp_msg_word(value, 0x9000018, &word) != words[i].ok || word != words[i].word)
			fail_msg("row %zu: 0x%x", i, word);
		json_decref(value);
		json_decref(loaded);
	}
}

static void test_bytes_that_changed_are_read_within_bounds(void **state)
{
	const char *good = "{\"return\": \"0000000009000018: 0x00000090\\r\\n\", \"id\": 3}";
	size_t len = strlen(good);
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct qmp_scan scan = { 0 };
		struct qmp_msg msg;
		char *copy = malloc(len);
		uint32_t word;
		ssize_t end;

		memcpy(copy, good, len);
		for (int k = 0; k < 1 + i % 3; k++) {
			seed = seed * 1664525 + 1013904223;
			copy[(seed >> 8) % len] = (char)(seed >> 24);
		}
		end = qmp_scan(&scan, copy, len);
		assert_true(end <= (ssize_t)len);
		if (end > 0) {
			qmp_msg_read(copy, (size_t)end, &msg);
			qmp_msg_word(msg.value, 0x9000018, &word);
			json_decref(msg.value);
		}
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages_end_where_their_object_does),
		cmocka_unit_test(test_messages_are_told_apart),
		cmocka_unit_test(test_a_long_error_is_cut),
		cmocka_unit_test(test_deep_objects_are_no_messages),
		cmocka_unit_test(test_a_vm_runs_if_it_says_so),
		cmocka_unit_test(test_a_word_is_at_its_address_and_alone),
		cmocka_unit_test(test_bytes_that_changed_are_read_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
