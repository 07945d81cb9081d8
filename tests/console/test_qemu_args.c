// SPDX-License-Identifier: GPL-2.0-only
/* QEMU's -name, read as QEMU's own parser of options would. */
#include "cmocka_all.h"

#include "qemu_args.h"

#define ARGS(text) text, sizeof(text)

static const struct {
	const char *args;
	size_t len;
	const char *name; /* NULL: none */
} rows[] = {
	{ ARGS("qemu\0-name\0web1"), "web1" },
	{ ARGS("qemu\0--name\0web1"), "web1" },
	{ ARGS("qemu\0-name\0guest=web1,debug-threads=on"), "web1" },
	{ ARGS("qemu\0-name\0debug-threads=on,guest=web1"), "web1" },
	{ ARGS("qemu\0-name\0web1,process=x,debug-threads=on"), "web1" },
	{ ARGS("qemu\0-name\0a,,b,debug-threads=on"), "a,b" },
	{ ARGS("qemu\0-name\0guest=a,,b"), "a,b" },
	{ ARGS("qemu\0-name\0guest=a=b"), "a=b" },
	{ ARGS("qemu\0-name\0debug-threads=on"), NULL },
	{ ARGS("qemu\0-name\0a\0-name\0debug-threads=on"), "a" },
	{ ARGS("qemu\0-name\0a\0-name\0b"), "b" },
	{ ARGS("qemu\0-name\0process=x,a"), NULL },
	{ ARGS("qemu\0-m\0"
	       "512\0-name\0"),
	  NULL },
	{ ARGS("qemu\0-name"), NULL },
	{ ARGS("qemu\0-name=web1"), NULL },
	{ ARGS("qemu\0-names\0web1"), NULL },
	{ ARGS("qemu\0---name\0web1"), NULL },
	{ ARGS(""), NULL },
	{ "", 0, NULL },
	/* The last argument is cut off. */
	{ "qemu\0-name\0web", 14, NULL },
};

static void test_names_are_found_in_every_form(void **state)
{
	char name[64];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		/* On the heap, to the byte: a read beyond it is found. */
		char *copy = malloc(rows[i].len + !rows[i].len);
		bool found;

		memcpy(copy, rows[i].args, rows[i].len);
		found = qemu_args_name(copy, rows[i].len, name, sizeof(name));
		assert_int_equal(found, rows[i].name != NULL);
		assert_string_equal(name, rows[i].name ? rows[i].name : "");
		free(copy);
	}
}

static void test_a_long_name_is_cut(void **state)
{
	char name[4];

	(void)state;
	assert_true(qemu_args_name(ARGS("qemu\0-name\0abcdef"), name, sizeof(name)));
	assert_string_equal(name, "abc");
}

static void test_port_names_are_made_valid(void **state)
{
	char name[8];

	(void)state;
	qemu_args_port_name(name, sizeof(name), "a/b\n\xc3\x7f\x1b[2J");
	assert_string_equal(name, "a_b____");
	assert_true(qemu_args_port_name_ok(name, sizeof(name)));
	assert_true(qemu_args_port_name_ok("a b~", sizeof(name)));
	assert_true(qemu_args_port_name_ok("1234567", sizeof(name)));
	assert_false(qemu_args_port_name_ok("12345678", sizeof(name)));
	assert_false(qemu_args_port_name_ok("a/b", sizeof(name)));
	assert_false(qemu_args_port_name_ok("a\tb", sizeof(name)));
	assert_false(qemu_args_port_name_ok("\xc3", sizeof(name)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_found_in_every_form),
		cmocka_unit_test(test_a_long_name_is_cut),
		cmocka_unit_test(test_port_names_are_made_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
