// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <string.h>

#include "source/history.h"
#include "source/origin.h"

static unsigned char byte_at(uint64_t pos)
{
	return (unsigned char)(pos * 7 + pos / 251);
}

static void add(struct history *history, size_t len, uint64_t ns)
{
	static unsigned char bytes[20000];

	for (size_t i = 0; i < len; i++)
		bytes[i] = byte_at(history_newest(history) + i);
	history_add(history, bytes, len, ns);
}

static void check(const struct history *history, uint64_t from)
{
	unsigned char buf[977];
	uint64_t pos = from;
	uint64_t skipped;
	size_t n;

	while ((n = history_copy(history, &pos, buf, sizeof(buf), &skipped)))
		for (size_t i = 0; i < n; i++)
			assert_int_equal(buf[i], byte_at(pos - n + i));
	assert_int_equal(pos, history_newest(history));
}

static void test_the_newest_bytes_are_kept(void **state)
{
	static const size_t lens[] = { 1, 1000, 24, 3000, 5000, 4096, 1, 8192, 8193, 20000, 17 };
	struct history *history = history_new(8192);
	uint64_t sum = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		add(history, lens[i], 1);
		sum += lens[i];
		assert_int_equal(history_newest(history), sum);
		assert_true(sum - history_oldest(history) <= 8192);
		assert_int_equal(history_oldest(history), sum > 8192 ? sum - 8192 : 0);
		check(history, history_oldest(history));
	}
	history_free(history);
}

static void test_what_is_lost_is_counted(void **state)
{
	struct history *history = history_new(1024);
	unsigned char buf[16];
	uint64_t pos = 100;
	uint64_t skipped;

	(void)state;
	add(history, 2000, 1);
	assert_int_equal(history_copy(history, &pos, buf, sizeof(buf), &skipped), 16);
	assert_int_equal(skipped, 2000 - 1024 - 100);
	assert_int_equal(pos, 2000 - 1024 + 16);
	history_free(history);
}

static void test_marks_tell_when(void **state)
{
	struct history *history = history_new(65536);
	struct source_mark marks[4];

	(void)state;
	for (uint64_t i = 1; i <= 3000; i++)
		add(history, 20, i * 10000000);
	assert_int_equal(history_marks(history, 59990, marks, 4), 1);
	assert_int_equal(marks[0].pos, 59980);
	assert_int_equal(marks[0].ns, 3000 * 10000000ull);
	assert_int_equal(history_marks(history, 59900, marks, 4), 4);
	assert_int_equal(marks[3].pos, 59960);
	/* The oldest that is kept. */
	assert_int_equal(history_marks(history, 0, marks, 1), 1);
	assert_true(marks[0].pos > 0);
	history_free(history);
}

static void test_sources_are_written_like_this(void **state)
{
	static const struct {
		const char *text;
		enum origin_kind kind;
		const char *name;
		const char *key;
	} good[] = {
		{ "unix:/run/web1.sock", ORIGIN_UNIX, "web1", "unix:/run/web1.sock" },
		{ "unix:x", ORIGIN_UNIX, "x", "unix:x" },
		{ "pty:/dev/pts/7", ORIGIN_PTY, "pts-7", "pty:/dev/pts/7" },
		{ "file:/var/log/a.log", ORIGIN_FILE, "a", "file:/var/log/a.log" },
		{ "web1=unix:/run/a=b", ORIGIN_UNIX, "web1", "unix:/run/a=b" },
		{ "unix:/run/a\nb", ORIGIN_UNIX, "a_b", "unix:/run/a\nb" },
		{ "unix:@web1", ORIGIN_UNIX, "web1", "unix:@web1" },
		{ "tcp:host:5000", ORIGIN_TCP, "host:5000", "tcp:host:5000" },
		{ "telnet:[fe80::1%eth0]:23", ORIGIN_TELNET, "[fe80::1%eth0]:23",
		  "telnet:[fe80::1%eth0]:23" },
		{ "tcp://host:5000", ORIGIN_TCP, "host:5000", "tcp:host:5000" },
		{ "a=telnet://[::1]:23/", ORIGIN_TELNET, "a", "telnet:[::1]:23" },
		{ "unix://run/a", ORIGIN_UNIX, "a", "unix://run/a" },
		{ "web1=tcp:10.0.0.1:65535", ORIGIN_TCP, "web1", "tcp:10.0.0.1:65535" },
		{ "pipe:/run/web1", ORIGIN_PIPE, "web1", "pipe:/run/web1" },
	};
	static const char *const wrong[] = {
		"",	       "web1",	      "unix:",	      "tcp:1",	   "=unix:/x",
		"a/b=unix:/x", "a=b=unix:/x", "a\nb=unix:/x", "tcp:",	   "tcp::5000",
		"tcp:a:",      "tcp:a:0",     "tcp:a:65536",  "tcp:a:x",   "tcp:a: 5",
		"tcp:::1:5",   "tcp:[]:5",    "tcp:[::1:5",   "tcp:a:+5",  "telnet:a",
		"unix:@",      "pipe:",	      "tcp:a:000005", "tcp://",
		"tcp:///",     "tcp://a:5/x", "tcp:a:5/",
	};
	char long_path[ORIGIN_PATH_SIZE + 8] = "unix:";
	char key[ORIGIN_KEY_SIZE];
	struct origin origin;
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(origin_looks(good[i].text));
		assert_true(origin_parse(good[i].text, &origin, &why));
		assert_int_equal(origin.kind, good[i].kind);
		assert_string_equal(origin.name, good[i].name);
		assert_string_equal(origin_key(&origin, key), good[i].key);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		why = NULL;
		assert_false(origin_parse(wrong[i], &origin, &why));
		assert_non_null(why);
	}
	memset(long_path + 5, 'p', ORIGIN_PATH_SIZE - 1);
	assert_true(origin_parse(long_path, &origin, &why));
	assert_string_equal(origin_key(&origin, key), long_path);
	long_path[5 + ORIGIN_PATH_SIZE - 1] = 'p';
	assert_false(origin_parse(long_path, &origin, &why));
	memset(long_path, 0, sizeof(long_path));
	memcpy(long_path, "unix:@", 6);
	memset(long_path + 6, 'n', 107);
	assert_true(origin_parse(long_path, &origin, &why));
	long_path[6 + 107] = 'n';
	assert_false(origin_parse(long_path, &origin, &why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_newest_bytes_are_kept),
		cmocka_unit_test(test_what_is_lost_is_counted),
		cmocka_unit_test(test_marks_tell_when),
		cmocka_unit_test(test_sources_are_written_like_this),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
