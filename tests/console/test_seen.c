// SPDX-License-Identifier: GPL-2.0-only
/* Patterns that wait for what a person would see. */
#include "cmocka_all.h"

#include <locale.h>
#include <stdlib.h>

#include "text/seen.h"

#define TEN "0123456789"
#define FORTY TEN TEN TEN TEN

static struct seen *with(enum expect_of of, const char *pattern)
{
	struct seen *seen = seen_new(of);
	char error[256];

	assert_non_null(seen);
	assert_int_equal(seen_pattern(seen, pattern, error, sizeof(error)), 0);
	seen_begin(seen, 1000);
	return seen;
}

static enum expect_result look(struct seen *seen, struct expect_hit *hit)
{
	enum expect_result result;

	while ((result = seen_step(seen, hit)) == EXPECT_MORE || result == EXPECT_TOO_HARD)
		;
	return result;
}

static enum expect_result feed(struct seen *seen, const char *bytes, size_t len,
			       struct expect_hit *hit)
{
	seen_add(seen, bytes, len);
	return look(seen, hit);
}

/* In pieces; the guest pauses at the end. */
static enum expect_result say_in(struct seen *seen, const char *text, size_t piece,
				 struct expect_hit *hit)
{
	enum expect_result result = EXPECT_NONE;
	size_t len = strlen(text);

	for (size_t at = 0; result == EXPECT_NONE && at < len; at += piece)
		result = feed(seen, text + at, len - at < piece ? len - at : piece, hit);
	if (result != EXPECT_NONE)
		return result;
	seen_stand(seen);
	return look(seen, hit);
}

static enum expect_result say(struct seen *seen, const char *text, struct expect_hit *hit)
{
	return say_in(seen, text, SEEN_CHUNK, hit);
}

static const struct {
	const char *pattern;
	const char *printed;
	const char *found; /* NULL: nothing */
	int start, end;	   /* of the bytes */
} cases[] = {
	/* What drives a terminal is not there. */
	{ "\\x{fffd}",
	  "ab\xbd"
	  "c\r\n",
	  "\xef\xbf\xbd", 2, 3 },
	{ "^five$", "\033]3008;start=1\033\\five\033]3008;end=1\033\\\r\n", "five", 16, 20 },
	{ "^ok red x$", "ok \033[1;31mred\033[m x\r\n", "ok red x", 0, 18 },
	{ "\\[  OK  \\] Started", "[\033[0;32m  OK  \033[0m] Started", "[  OK  ] Started", 0, 27 },
	{ "login: $", "web1 login: \033[?25h", "login: ", 5, 12 },
	{ "a\nb", "a\r\nb", "a\nb", 0, 4 },
	{ "a\r", "a\r\nb", NULL, 0, 0 },
	/* What was typed and corrected, or printed over. */
	{ "^# ls -l$", "# sl\b \b\b \bls -l\r\n", "# ls -l", 0, 15 },
	{ "^# ls", "# sl\b \b\b \bls -l\r\n", "# ls", 0, 12 },
	{ "^# $", "# sl\b \b\b \b", "# ", 0, 2 },
	{ "^# uptime$", "# ech\b\033[K\b\033[K\b\033[Kuptime\r\n", "# uptime", 0, 23 },
	{ "sl", "# sl\b \b\b \bls\r\n", NULL, 0, 0 },
	{ "^done$", "10%\r20%\r\033[Kdone\r\n", "done", 11, 15 },
	{ "20%", "10%\r20%", "20%", 4, 7 },
	{ "Und", "_\bU_\bn_\bd\n", "Und", 2, 9 },
	/* What is left of a longer line is where it was; what was printed over it is all new. */
	{ "Done", "Loading 100 percent now\rDone: login: ", "Done", 24, 28 },
	{ "erc.*", "Loading 100 percent now\rDone: login: ", "ercent now", 13, 23 },
	{ "login: p", "Loading 100 percent now\rDone: login: ", NULL, 0, 0 },
	{ "login: er.*", "Loading 100 percent now\rDone: login: ", "login: ercent now", 30, 37 },
	{ "D\xc3\xb6ne", "Loading 100 percent\rD\xc3\xb6ne: login: ", "D\xc3\xb6ne", 20, 25 },
	{ "Done", "Loading\r\033[4hDone, login: ", "Done", 12, 16 },
	{ "Done", "Loading\r\033[20CDone, login: ", "Done", 13, 17 },
	{ "ng +D", "Loading\r\033[10CDone, login: ", "ng   D", 5, 14 },
	{ "\xe2\x94\x80: ", "a\033(0qq\033(B: login: ", "\xe2\x94\x80: ", 5, 11 },
	{ "\xe2\x94\x80", "a\033(0qqqqq", "\xe2\x94\x80", 4, 5 },
	/* zsh marks a line that did not end, and goes back. */
	{ "^web1% $",
	  "\033[7m%\033[27m"
	  "                                       "
	  "                                        \r \r\r\033[Jweb1% \033[K",
	  "web1% ", 0, 0 },
	/* It goes below a long line that was shortened, without a line feed. */
	{ "^output$",
	  "\033[?2004h$ " TEN TEN " \r\033[K\033[A\033[2C\033[K\033[1B\r\033[K\033[A\033[2Cls"
	  "\033[?2004l\033[1B\routput\r\n",
	  "output", 0, 0 },
	/* The fold of a long line that was echoed. */
	{ "9echo$", "# 345678" TEN TEN TEN TEN TEN TEN "0123456789ab \recho\r\n", NULL, 0, 0 },
	{ "bcecho$", "# 345678" TEN TEN TEN TEN TEN TEN "0123456789bc \recho\r\n", "bcecho", 78,
	  86 },
	/* The same at 100 and 132, and of busybox; and what is none. */
	{ "^root@web1:~# echo .*9END$", "root@web1:~# echo " FORTY FORTY "01 \r23456789END\r\n",
	  "root@web1:~# echo " FORTY FORTY TEN "END", 0, 0 },
	{ "9xEND", "\033[?2004hroot@web1:~# " FORTY FORTY FORTY " \rxEND\r\n", "9xEND", 0, 0 },
	{ "9xEND", "~ # \033[6n" FORTY FORTY "\r\r\nxEND", "9xEND", 0, 0 },
	{ "^xEND", "~ # \033[6n" FORTY FORTY "\r\r\nxEND", NULL, 0, 0 },
	{ "9xEND", FORTY FORTY FORTY " \rxEND\r\n", NULL, 0, 0 },
	{ "9xEND", FORTY FORTY " 10% \rxEND\r\n", NULL, 0, 0 },
	{ "10% ?x", FORTY FORTY " 10% \rxEND\r\n", NULL, 0, 0 },
	{ "^xEND", FORTY FORTY " 10% \rxEND\r\n", "xEND", 86, 90 },
	{ "9b", FORTY FORTY TEN "\r\r\nb\r\n", NULL, 0, 0 },
	/* Characters. */
	{ "^\\w+$", "gr\xc3\xbc\xc3\x9f\x65\r\n", "gr\xc3\xbc\xc3\x9f\x65", 0, 7 },
	{ "\\p{L}x", "\xff\xfe\xc3\xa4x", "\xc3\xa4x", 2, 5 },
	{ "b.c",
	  "b\xffz b\xff"
	  "c",
	  "b\xef\xbf\xbd"
	  "c",
	  4, 7 },
	/* A message behind the prompt, or in the middle of it. */
	{ "login: $", "\r\ndebian login: [    5.123456] random: crng init done\r\n", "login: ", 9,
	  16 },
	{ "login: $", "debian login: [    5.123456][    T1] random: crng init done\r\n",
	  "login: ", 7, 14 },
	{ "login: $", "debian login: [\033[0;32m  OK  \033[0m] Started x.\r\n", "login: ", 7, 14 },
	{ "^debian login: $",
	  "\r\ndebian log[    5.123456] IPv6: eth0: link\r\n[5.2] x\r\n"
	  "in: ",
	  NULL, 0, 0 },
	{ "^debian login: $",
	  "\r\ndebian log[    5.123456] IPv6: eth0: link\r\n[    5.200000] x\r\n"
	  "in: ",
	  "debian login: ", 2, 67 },
	{ "^debian login: root$",
	  "debian [   15.123456] a\r\nlog[   16.000000] b\r\n"
	  "in: root\r\n",
	  "debian login: root", 0, 54 },
	/* Two of them on a line: the prompt is there once. */
	{ "^debian login: root$",
	  "debian login: [    5.123456] a[    5.200000] b\r\n"
	  "root\r\n",
	  "debian login: root", 0, 52 },
	{ "login: \\[", "debian login: [    5.123456] random", "login: [", 7, 15 },
	{ "login: $", "debian login: [    5.1] random", "login: ", 7, 14 },
	/* Other messages that have a beginning of their own. */
	{ "login: $", "debian login: [    T1] random: crng\r\n", "login: ", 7, 14 },
	{ "login: $", "debian login: <6>[    5.123456] random: crng\r\n", "login: ", 7, 14 },
	{ "login: $", "debian login: <30>systemd[1]: Started x.\r\n", "login: ", 7, 14 },
	{ "login: $", "debian login: <6>random: crng init done\r\n", "login: ", 7, 14 },
	{ "login: $", "debian login: [\033[0;31m*     \033[0m] A job\r\n", "login: ", 7, 14 },
	{ "login: $", "debian login:          Starting x...\r\n", "login: ", 7, 14 },
	{ "=> $", "=> D/TC:0 0 call_initcalls:21 level 1\r\n", "=> ", 0, 3 },
	{ "=> $", "=> E/TC:? 0 TA panicked\r\n", "=> ", 0, 3 },
	{ "=> $", "=> NOTICE:  BL31: v2.8\r\n", "=> ", 0, 3 },
	{ "login: $", "debian login: (XEN) d1v0 x\r\n", "login: ", 7, 14 },
	{ "uart:~\\$ $", "uart:~$ [00:00:10.123,000] <inf> net: x\r\n", "uart:~$ ", 0, 8 },
	{ "^login: $",
	  "log(XEN) d1v0 x\r\n"
	  "in: ",
	  "login: ", 0, 21 },
	/* These are as anything may be that is typed. */
	{ "login: $", "debian login: random: crng init done\r\n", NULL, 0, 0 },
	{ "login: $", "debian login: [T1] x\r\n", NULL, 0, 0 },
	{ "login: $", "debian login: D/XX: x\r\n", NULL, 0, 0 },
	{ "login: $", "debian login: <6> x\r\n", NULL, 0, 0 },
	{ "login: $", "debian login: NOTICE: x\r\n", NULL, 0, 0 },
	/* It was none: the line goes on. */
	{ "login: $", "debian login: [5.1] x", NULL, 0, 0 },
	{ "login: $", "debian login: [    5.] x", NULL, 0, 0 },
	{ "login: $", "debian login: [5] x", NULL, 0, 0 },
	{ "login: $", "debian login: root", NULL, 0, 0 },
	{ "^Starting bar$", "Starting foo[    5.123456] x\r\nStarting bar\r\n", "Starting bar", 30,
	  42 },
};

static void test_a_pattern_sees_what_a_person_sees(void **state)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 100 };
	struct expect_hit hit;

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		for (size_t k = 0; k < ROWS(pieces); k++) {
			struct seen *seen = with(EXPECT_TEXT, cases[i].pattern);
			enum expect_result got = say_in(seen, cases[i].printed, pieces[k], &hit);

			if (!cases[i].found) {
				assert_int_equal(got, EXPECT_NONE);
				seen_free(seen);
				continue;
			}
			assert_int_equal(got, EXPECT_FOUND);
			assert_int_equal(hit.all.len, strlen(cases[i].found));
			assert_memory_equal(hit.all.text, cases[i].found, hit.all.len);
			assert_true(hit.start < hit.end);
			if (cases[i].end && pieces[k] == 100) {
				assert_int_equal(hit.start, 1000 + cases[i].start);
				assert_int_equal(hit.end, 1000 + cases[i].end);
			}
			seen_free(seen);
		}
	}
}

/* A line does not begin where somebody begins to look. */
static void test_a_line_begins_behind_what_was_printed_before(void **state)
{
	static const struct {
		const char *before, *text;
		enum expect_of of;
		bool found;
	} rows[] = {
		{ "", "login: ", EXPECT_TEXT, true },
		{ "foo\r\n", "login: ", EXPECT_TEXT, true },
		{ "foo\r", "login: ", EXPECT_TEXT, true },
		{ "foo\r\n\033[?2004h\033[0m", "login: ", EXPECT_TEXT, true },
		{ "foo\033[2;1H", "login: ", EXPECT_TEXT, true },
		{ "foo ", "login: ", EXPECT_TEXT, false },
		{ "foo\033[0m", "\033[1mlogin: ", EXPECT_TEXT, false },
		{ "foo\033[5G", "login: ", EXPECT_TEXT, false },
		{ "foo ", "x\r\nlogin: ", EXPECT_TEXT, true },
		/* The beginning of the row is printed over. */
		{ "10% ", "\rlogin: ", EXPECT_TEXT, true },
		{ "10% ", "20%\rlogin: ", EXPECT_TEXT, true },
		/* A message begins a line of its own. */
		{ "foo ", "[    5.123456] login: ", EXPECT_TEXT, false },
		/* The prompt without the message in it. */
		{ "foo ", "lo[    5.123456] x\r\ngin: ", EXPECT_TEXT, false },
		{ "\r\n", "lo[    5.123456] x\r\ngin: ", EXPECT_TEXT, true },
		{ "foo", "login: ", EXPECT_BYTES, false },
		{ "foo\r", "login: ", EXPECT_BYTES, true },
		{ "foo\n", "login: ", EXPECT_BYTES, true },
		{ "foo", "\nlogin: ", EXPECT_BYTES, true },
	};
	struct expect_hit hit;
	struct seen *message = with(EXPECT_TEXT, "^\\[ +5.1");

	(void)state;
	seen_behind(message, "login: ", 7);
	assert_int_equal(say_in(message, "[    5.123456] x", 1, &hit), EXPECT_FOUND);
	seen_free(message);
	/* No byte is the end of a line but those that are. */
	for (int byte = 0; byte < 256; byte++) {
		const char before[] = { 'f', (char)byte };
		struct seen *seen = with(EXPECT_BYTES, "^login: $");
		bool ends = byte == '\r' || byte == '\n';

		seen_behind(seen, before, sizeof(before));
		assert_int_equal(say_in(seen, "login: ", 7, &hit),
				 ends ? EXPECT_FOUND : EXPECT_NONE);
		seen_free(seen);
	}
	for (size_t i = 0; i < ROWS(rows); i++) {
		for (size_t piece = 1; piece < 40; piece += 12) {
			struct seen *seen = with(rows[i].of, "^login: $");

			seen_behind(seen, rows[i].before, strlen(rows[i].before));
			if (say_in(seen, rows[i].text, piece, &hit) !=
			    (rows[i].found ? EXPECT_FOUND : EXPECT_NONE))
				fail_msg("row %zu", i);
			seen_free(seen);
		}
	}
}

static void test_a_prompt_that_is_drawn_anew_is_there_once(void **state)
{
	struct seen *seen = with(EXPECT_TEXT, "login: .ebian");
	struct expect_hit hit;

	(void)state;
	assert_int_equal(say(seen, "debian login: [    5.123456] a", &hit), EXPECT_NONE);
	assert_int_equal(say(seen, "\rD", &hit), EXPECT_NONE);
	assert_int_equal(say(seen, "\r\033[34Cb\r\n", &hit), EXPECT_NONE);
	seen_free(seen);
}

static void test_a_prompt_was_there_for_a_moment(void **state)
{
	struct seen *seen = with(EXPECT_TEXT, "login: $");
	struct expect_hit hit;

	(void)state;
	/* Nothing stands still: more is on its way. */
	assert_int_equal(feed(seen, "web1 login: ", 12, &hit), EXPECT_NONE);
	assert_int_equal(feed(seen, "root\r\n", 6, &hit), EXPECT_NONE);
	assert_int_equal(say(seen, "web1 login: x", &hit), EXPECT_NONE);
	assert_int_equal(say(seen, "\b \b", &hit), EXPECT_FOUND);
	assert_int_equal(hit.end, 1000 + 18 + 12);
	seen_free(seen);
	/* The message is known as one only when all of its time is there. */
	seen = with(EXPECT_TEXT, "login: $");
	assert_int_equal(say(seen, "login: [    5.1", &hit), EXPECT_NONE);
	assert_int_equal(say(seen, "23456] x", &hit), EXPECT_FOUND);
	assert_int_equal(hit.end, 1007);
	seen_free(seen);
}

/* A message that has neither a time nor a name is one if the prompt in front of it stood. */
static void test_a_pause_tells_a_message_from_what_is_typed(void **state)
{
	static const struct {
		const char *prompt, *text;
		bool found;
	} rows[] = {
		{ "debian login: ", "random: crng init done\r\n", true },
		{ "debian login: ", "e1000e 0000:00:19.0 eth0: NIC Link is Up\r\n", true },
		{ "debian login: ", "EXT4-fs (vda1): mounted\r\n", true },
		{ "debian login: ", "root\r\n", false },
		{ "debian login: ", "root\r\nPassword: \r\n", false },
		{ "debian login: ", "a: b\r\n", false },
		{ "debian login: ", "x y z and more words: than that\r\n", false },
		{ "debian login: ", "curl -H 'Host: web1'\r\n", false },
		{ "debian login: ", "random: crng init done", false },
	};
	struct expect_hit hit;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		for (int pauses = 0; pauses < 2; pauses++) {
			struct seen *seen = with(EXPECT_TEXT, "login: $");
			char text[100];
			enum expect_result want =
				pauses && rows[i].found ? EXPECT_FOUND : EXPECT_NONE;

			snprintf(text, sizeof(text), "%s%s", rows[i].prompt, rows[i].text);
			seen_paused(seen, 1000);
			if (pauses)
				seen_paused(seen, 1000 + strlen(rows[i].prompt));
			assert_int_equal(say(seen, text, &hit), want);
			if (want == EXPECT_FOUND)
				assert_int_equal(hit.end, 1000 + strlen(rows[i].prompt));
			seen_free(seen);
		}
	}
}

static void test_bytes_are_bytes(void **state)
{
	struct seen *seen = with(EXPECT_BYTES, "\\x1b\\[m\r\n");
	struct expect_hit hit;

	(void)state;
	assert_int_equal(say(seen, "a\033[1mb\xff\033[m\r\nlogin", &hit), EXPECT_FOUND);
	assert_int_equal(hit.start, 1007);
	assert_int_equal(hit.end, 1012);
	/* What there was for a message is text all the same. */
	assert_null(seen_line(seen, 2));
	seen_free(seen);
	seen = with(EXPECT_BYTES, "nothing");
	assert_int_equal(say(seen, "a\033[1mb\033[m\r\nlogin", &hit), EXPECT_NONE);
	assert_string_equal(seen_line(seen, 0), "ab");
	assert_string_equal(seen_line(seen, 1), "login");
	seen_free(seen);
}

static void test_the_last_lines_are_kept(void **state)
{
	struct seen *seen = with(EXPECT_TEXT, "nothing");
	struct expect_hit hit;
	char line[32];

	(void)state;
	assert_null(seen_line(seen, 0));
	for (int i = 0; i < 25; i++) {
		snprintf(line, sizeof(line), "\033[1mline %d\r\n \r\n", i);
		say(seen, line, &hit);
	}
	say(seen, "log\033]0;x\007in: ", &hit);
	for (int i = 0; i < SEEN_LINES; i++) {
		snprintf(line, sizeof(line), "line %d", i + 25 - SEEN_LINES);
		assert_string_equal(seen_line(seen, (size_t)i), line);
	}
	assert_string_equal(seen_line(seen, SEEN_LINES), "login:");
	assert_null(seen_line(seen, SEEN_LINES + 1));
	seen_begin(seen, 0);
	assert_null(seen_line(seen, 0));
	seen_free(seen);
}

/* Dots, or a progress that never ends: also while the engine has not come to the end of it. */
static void test_of_a_line_without_an_end_the_last_is_kept(void **state)
{
	static char chunk[SEEN_CHUNK];
	struct seen *seen = with(EXPECT_TEXT, "nothing");
	struct expect_hit hit;

	(void)state;
	memset(chunk, '.', sizeof(chunk));
	feed(seen, "login", 5, &hit);
	assert_string_equal(seen_line(seen, 0), "login");
	for (int i = 0; i < 3; i++) {
		feed(seen, chunk, sizeof(chunk), &hit);
		assert_memory_equal(seen_line(seen, 0), "....", 4);
		assert_null(seen_line(seen, 1));
	}
	/* What shows of it, although blanks are all that came since. */
	memset(chunk, ' ', sizeof(chunk));
	feed(seen, chunk, sizeof(chunk), &hit);
	assert_int_equal(seen_line(seen, 0)[0], '.');
	feed(seen, "\r\nnext", 6, &hit);
	assert_string_equal(seen_line(seen, 0), "next");
	seen_free(seen);
	seen = with(EXPECT_BYTES, "nothing");
	memset(chunk, '.', sizeof(chunk));
	feed(seen, chunk, sizeof(chunk), &hit);
	assert_memory_equal(seen_line(seen, 0), "....", 4);
	seen_free(seen);
}

static void test_a_line_of_any_length_is_looked_at(void **state)
{
	static char chunk[SEEN_CHUNK];
	struct seen *seen = with(EXPECT_TEXT, "b{5000}\\w{3}$");
	struct expect_hit hit;

	(void)state;
	memset(chunk, 'a', sizeof(chunk));
	for (int i = 0; i < 100; i++)
		assert_int_equal(feed(seen, chunk, sizeof(chunk), &hit), EXPECT_NONE);
	memset(chunk, 'b', 5000);
	assert_int_equal(feed(seen, chunk, 5003, &hit), EXPECT_NONE);
	seen_stand(seen);
	assert_int_equal(look(seen, &hit), EXPECT_FOUND);
	assert_int_equal(hit.start, 1000 + 100 * SEEN_CHUNK);
	assert_int_equal(hit.end, 1000 + 100 * SEEN_CHUNK + 5003);
	seen_free(seen);
}

/* Whatever comes: a match is where it says, and is not before or behind what came. */
static void test_any_bytes_are_survived(void **state)
{
	static const char likely[] = "\033\033[[[;0123456789@ABCDGHIJKPXb\b\b\r\n\t\t \xe4\xb8\x80"
				     "\xcc\x81xyz[    5.123456] login: ";
	static char in[SEEN_CHUNK];
	struct expect_hit hit;
	unsigned int seed = 1;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct seen *seen = with(EXPECT_TEXT, round % 2 ? "\\w\\W\\w\\n.*z$" : "5\\.1.*x$");
		uint64_t pos = 1000;
		enum expect_result result = EXPECT_NONE;

		for (int i = 0; i < 40 && result == EXPECT_NONE; i++) {
			size_t len = (size_t)(rand_r(&seed) % (i % 8 ? 30 : SEEN_CHUNK)) + 1;

			for (size_t k = 0; k < len; k++)
				in[k] = rand_r(&seed) % 9
						? likely[rand_r(&seed) % (int)(sizeof(likely) - 1)]
						: (char)rand_r(&seed);
			if (rand_r(&seed) % 2)
				memcpy(in + len / 2, "a[    5.123456] q\nb",
				       len / 2 < 18 ? len / 2 : 18);
			pos += len;
			result = feed(seen, in, len, &hit);
			if (result == EXPECT_NONE && rand_r(&seed) % 2) {
				seen_stand(seen);
				result = look(seen, &hit);
			}
		}
		if (result == EXPECT_FOUND)
			assert_true(hit.start >= 1000 && hit.start < hit.end && hit.end <= pos);
		seen_free(seen);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_pattern_sees_what_a_person_sees),
		cmocka_unit_test(test_a_line_begins_behind_what_was_printed_before),
		cmocka_unit_test(test_a_prompt_that_is_drawn_anew_is_there_once),
		cmocka_unit_test(test_a_prompt_was_there_for_a_moment),
		cmocka_unit_test(test_a_pause_tells_a_message_from_what_is_typed),
		cmocka_unit_test(test_bytes_are_bytes),
		cmocka_unit_test(test_the_last_lines_are_kept),
		cmocka_unit_test(test_of_a_line_without_an_end_the_last_is_kept),
		cmocka_unit_test(test_a_line_of_any_length_is_looked_at),
		cmocka_unit_test(test_any_bytes_are_survived),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
