// SPDX-License-Identifier: GPL-2.0-only
/* Replays ask the terminal nothing; what a guest changed is undone. */
#include "cmocka_all.h"

#include "text/vtscan.h"

static struct vtscan scan;

/* In pieces of @piece bytes; returns what is shown. */
static const char *show(bool replay, const char *text, size_t piece)
{
	static char out[4096];
	size_t len = strlen(text);
	size_t n = 0;

	for (size_t i = 0; i < len; i += piece) {
		size_t now = len - i < piece ? len - i : piece;

		n += vtscan_bytes(&scan, replay, (const unsigned char *)text + i, now,
				  (unsigned char *)out + n);
	}
	out[n] = '\0';
	return out;
}

#define LONG "0123456789012345678901234567890123456789012345678901234567890123456789"
#define LONGER LONG LONG LONG

static const struct {
	const char *in;
	const char *out;
} replayed[] = {
	{ "login: ", "login: " },
	{ "a\033[31mred\033[0m", "a\033[31mred\033[0m" },
	{ "a\033[6nb", "ab" },
	{ "a\033[?6nb", "ab" },
	{ "a\033[5nb", "ab" },
	{ "a\033[>4;1nb", "a\033[>4;1nb" },
	{ "a\033[cb\033[0cc\033[>cd\033[=ce", "abcde" },
	{ "a\033Zb", "ab" },
	{ "a\x05"
	  "b\ac",
	  "abc" },
	{ "a\033[18tb\033[8;24;80tc", "abc" },
	{ "a\033[?2026$pb", "ab" },
	{ "a\033[!pb", "a\033[!pb" },
	{ "a\033[>qb", "ab" },
	{ "a\033[2 qb", "a\033[2 qb" },
	{ "a\033[?ub", "ab" },
	{ "a\033]10;?\ab", "ab" },
	{ "a\033]10;?\033\\b", "ab" },
	{ "a\033]0;title\ab", "a\033]0;title\ab" },
	{ "a\033]52;c;aGVsbG8=\ab", "ab" },
	{ "a\033]52;c;" LONGER "\ab", "ab" },
	{ "a\033]0;" LONGER "\ab", "a\033]0;" LONGER "\ab" },
	{ "a\033P$qm\033\\b", "ab" },
	{ "a\033P+q544e\033\\b", "ab" },
	{ "a\033_Gi=1,a=q;AAAA\033\\b", "ab" },
	{ "a\033(0x\033(B", "a\033(0x\033(B" },
	{ "a\033[6\033[31mb", "a\033[6\033[31mb" },
	{ "a\033[6\nnb", "a\nb" },
	{ "a\033[\030nb", "a\033[\030nb" },
	{ "a\033]0;x\033[31mb", "a\033]0;x\033[31mb" },
	{ "a\033[" LONGER "mb", "a\033[" LONGER "mb" },
	{ "\xc3\xa4\xe2\x82\xac", "\xc3\xa4\xe2\x82\xac" },
};

static void test_a_replay_asks_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(replayed); i++) {
		for (size_t piece = 1; piece < 8; piece++) {
			vtscan_init(&scan);
			assert_string_equal(show(true, replayed[i].in, piece), replayed[i].out);
			assert_int_equal(scan.state, VTSCAN_GROUND);
		}
	}
}

static void test_live_bytes_pass_at_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(replayed); i++) {
		const char *in = replayed[i].in;

		vtscan_init(&scan);
		for (size_t at = 0; in[at]; at++) {
			char one[2] = { in[at] };

			assert_string_equal(show(false, one, 1), one);
		}
	}
}

static void test_a_question_over_the_border_belongs_to_the_replay(void **state)
{
	(void)state;
	vtscan_init(&scan);
	assert_string_equal(show(true, "a\033[6", 4), "a");
	assert_string_equal(show(false, "nb\033[6n", 6), "b\033[6n");
}

static const struct {
	const char *in;
	const char *undo;
} changes[] = {
	{ "plain text\r\n", "" },
	{ "\033[31mred", "\033[0m" },
	{ "\033[31mred\033[0m", "" },
	{ "\033[1mbold\033[m", "" },
	{ "\033[?25l", "\033[?25h" },
	{ "\033[?25l\033[?25h", "" },
	{ "\033[?1049h\033[?1000;1006h", "\033[?1000l\033[?1006l\033[?1049l" },
	{ "\033[?1049h\033[?1049l", "" },
	{ "\033[?2004h", "\033[?2004l" },
	{ "\033[?7l", "\033[?7h" },
	{ "\033[?1h\033=", "\033[?1l\033>" },
	{ "\033=\033>", "" },
	{ "\033[4h", "\033[4l" },
	{ "\033[2;10r", "\0337\033[r\0338" },
	{ "\033[2;10r\033[r", "" },
	{ "\033(0", "\033(B\017" },
	{ "\016", "\033(B\017" },
	{ "\033(0\033(B", "" },
	{ "\033[5 q", "\033[0 q" },
	{ "\033[>4;2m", "\033[>4m" },
	{ "\033[?25l\033[31m\033c", "" },
	{ "\033[?25l\033[!p", "" },
	{ "\033[?99999999999999999999h", "" },
	{ "\033]0;half a title", "\030" },
};

static void test_what_was_changed_is_undone(void **state)
{
	char undo[VTSCAN_UNDO_SIZE];

	(void)state;
	for (size_t i = 0; i < ROWS(changes); i++) {
		for (int replay = 0; replay < 2; replay++) {
			vtscan_init(&scan);
			show(replay, changes[i].in, 3);
			assert_string_equal(vtscan_undo(&scan, undo), changes[i].undo);
		}
	}
}

static void test_everything_at_once_fits(void **state)
{
	char undo[VTSCAN_UNDO_SIZE];

	(void)state;
	vtscan_init(&scan);
	scan.changed = UINT32_MAX;
	scan.state = VTSCAN_CSI;
	vtscan_undo(&scan, undo);
	assert_true(strlen(undo) < VTSCAN_UNDO_SIZE - 1);
	assert_string_equal(undo + strlen(undo) - 4, "\033[0m");
}

/* Anything may come: the sanitizers watch, the output stays in its bounds. */
static void test_any_bytes_are_survived(void **state)
{
	static const char likely[] = "\033\033\033[]P_^X?>=$'0;123456789nctqpm\a\\\030(";
	unsigned char in[512];
	unsigned char *out;
	unsigned int seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t len = (size_t)(rand_r(&seed) % (int)sizeof(in)) + 1;
		size_t held;
		size_t n;

		if (round % 50 == 0)
			vtscan_init(&scan);
		for (size_t i = 0; i < len; i++)
			in[i] = rand_r(&seed) % 4
					? (unsigned char)
						  likely[rand_r(&seed) % (int)(sizeof(likely) - 1)]
					: (unsigned char)rand_r(&seed);
		held = scan.state != VTSCAN_GROUND && scan.withheld ? scan.len : 0;
		out = malloc(len + held);
		n = vtscan_bytes(&scan, rand_r(&seed) % 2, in, len, out);
		assert_true(n <= len + held);
		free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_replay_asks_nothing),
		cmocka_unit_test(test_live_bytes_pass_at_once),
		cmocka_unit_test(test_a_question_over_the_border_belongs_to_the_replay),
		cmocka_unit_test(test_what_was_changed_is_undone),
		cmocka_unit_test(test_everything_at_once_fits),
		cmocka_unit_test(test_any_bytes_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
