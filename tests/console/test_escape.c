// SPDX-License-Identifier: GPL-2.0-only
/* The escape key: what reaches the guest, and what does not. */
#include "cmocka_all.h"

#include "ui/escape.h"

/* One letter for each act; the byte behind those that have one. */
static void run(int key, const char *typed, size_t len, char *out)
{
	static const char letters[] = {
		[ESCAPE_ACT_WAIT] = '_',    [ESCAPE_ACT_SEND] = '>',	[ESCAPE_ACT_LEAVE] = 'L',
		[ESCAPE_ACT_BREAK] = 'B',   [ESCAPE_ACT_SYSRQ] = 'S',	[ESCAPE_ACT_HELP] = 'H',
		[ESCAPE_ACT_SUSPEND] = 'Z', [ESCAPE_ACT_UNKNOWN] = 'U',
	};
	struct escape esc;
	unsigned char byte;

	escape_init(&esc, key);
	for (size_t i = 0; i < len; i++) {
		enum escape_act act = escape_step(&esc, (unsigned char)typed[i], &byte);

		*out++ = letters[act];
		if (act == ESCAPE_ACT_SEND || act == ESCAPE_ACT_SYSRQ || act == ESCAPE_ACT_UNKNOWN)
			*out++ = (char)byte;
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
	unsigned char byte;

	(void)state;
	escape_init(&esc, ESCAPE_NONE);
	for (int i = 0; i < 256; i++) {
		assert_int_equal(escape_step(&esc, (unsigned char)i, &byte), ESCAPE_ACT_SEND);
		assert_int_equal(byte, i);
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
