// SPDX-License-Identifier: GPL-2.0-only
/* The escape key: what reaches the guest, and what does not. */
#include "cmocka_all.h"

#include "cmd/escape.h"
#include "vt/keyseq.h"

/* One letter for each act; the first byte of the key behind those that have one. */
static void run(int key, const char *typed, size_t len, char *out)
{
	static const char letters[] = {
		[ESCAPE_ACT_WAIT] = '_',     [ESCAPE_ACT_SEND] = '>',	 [ESCAPE_ACT_LEAVE] = 'L',
		[ESCAPE_ACT_BREAK] = 'B',    [ESCAPE_ACT_SYSRQ] = 'S',	 [ESCAPE_ACT_HELP] = 'H',
		[ESCAPE_ACT_SUSPEND] = 'Z',  [ESCAPE_ACT_UNKNOWN] = 'U', [ESCAPE_ACT_TAKE] = 'T',
		[ESCAPE_ACT_NO_SYSRQ] = 'N',
	};
	const struct keyseq seq = { .apart = key };
	const unsigned char *bytes = (const unsigned char *)typed;
	struct escape esc;

	escape_init(&esc, key);
	while (len) {
		size_t n = keyseq_length(&seq, bytes, len, true);
		enum escape_act act = escape_step(&esc, bytes, n);

		*out++ = letters[act];
		if (act == ESCAPE_ACT_SEND || act == ESCAPE_ACT_SYSRQ || act == ESCAPE_ACT_UNKNOWN)
			*out++ = (char)*bytes;
		bytes += n;
		len -= n;
	}
	*out = '\0';
}

static const struct {
	int key;
	const char *typed;
	const char *acts;
} rows[] = {
	{ 0x1d, "ls\r", ">l>s>\r" },
	{ 0x1d, "\x1dq", "_L" },
	{ 0x1d, "\x1d.", "_L" },
	{ 0x1d,
	  "\x1d"
	  "d",
	  "_L" },
	{ 0x1d,
	  "\x1d"
	  "b",
	  "_B" },
	{ 0x1d, "\x1dsb", "__Sb" },
	{ 0x1d, "\x1ds\x1dq", "___>q" },
	{ 0x1d, "\x1d\x1d", "_>\x1d" },
	{ 0x1d, "\x1d\x1dq", "_>\x1d>q" },
	{ 0x1d, "\x1d?", "_H" },
	{ 0x1d, "\x1dz", "_Z" },
	{ 0x1d, "\x1d\x1a", "_Z" },
	{ 0x1d, "\x1dxq", "_Ux>q" },
	{ 0x01, "\x1dq\x01q", ">\x1d>q_L" },
	{ ESCAPE_NONE, "\x1dq", ">\x1d>q" },
	{ 'q', "qq", "_>q" },
	{ 'b', "bbbq", "_>b_L" },
	{ 0xff, "\xffq", "_L" },
	{ 0x1d, "\x1d\033[Aq", "_U\033>q" },
	{ 0x1d, "\x1d\xc3\xa9q", "_U\xc3>q" },
	{ 0x1d, "\x1ds\033[25;2~", "__N" },
	{ 0x1d, "\x1ds\xc3\xa9", "__N" },
	{ 0x1d, "\x1ds\033", "__N" },
	{ 0x1d, "\033\x1dq", ">\033_L" },
	{ 'A', "\033[AAq", ">\033_L" },
};

static void test_keys_mean_what_the_help_says(void **state)
{
	char out[64];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		run(rows[i].key, rows[i].typed, strlen(rows[i].typed), out);
		assert_string_equal(out, rows[i].acts);
	}
}

static void test_without_an_escape_key_every_byte_is_sent(void **state)
{
	struct escape esc;

	(void)state;
	escape_init(&esc, ESCAPE_NONE);
	for (int i = 0; i < 256; i++) {
		const unsigned char byte = (unsigned char)i;

		assert_int_equal(escape_step(&esc, &byte, 1), ESCAPE_ACT_SEND);
	}
}

static void test_names_of_keys_are_read(void **state)
{
	static const struct {
		const char *text;
		int key;
	} keys[] = {
		{ "^A", 1 },	{ "^a", 1 },  { "^]", 0x1d },	       { "^?", 0x7f },
		{ "^[", 0x1b }, { "^@", 0 },  { "^_", 0x1f },	       { "~", '~' },
		{ "^", '^' },	{ "x", 'x' }, { "none", ESCAPE_NONE },
	};
	static const char *const bad[] = { "", "^^^", "^1", "ab", "None", "^ab", "^`" };
	int key;

	(void)state;
	for (size_t i = 0; i < ROWS(keys); i++) {
		assert_true(escape_parse(keys[i].text, &key));
		assert_int_equal(key, keys[i].key);
	}
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_false(escape_parse(bad[i], &key));
}

static void test_every_key_has_a_name(void **state)
{
	char name[ESCAPE_NAME_SIZE];

	(void)state;
	assert_string_equal(escape_name(0x1d, name), "^]");
	assert_string_equal(escape_name(0x7f, name), "^?");
	assert_string_equal(escape_name('~', name), "~");
	assert_string_equal(escape_name(0xff, name), "\\xff");
	assert_string_equal(escape_name(ESCAPE_NONE, name), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_mean_what_the_help_says),
		cmocka_unit_test(test_without_an_escape_key_every_byte_is_sent),
		cmocka_unit_test(test_names_of_keys_are_read),
		cmocka_unit_test(test_every_key_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
