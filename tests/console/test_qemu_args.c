// SPDX-License-Identifier: GPL-2.0-only
/* QEMU's -name, read as QEMU's own parser of options would. */
#include "cmocka_all.h"

#include "qemu/qemu_args.h"

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

static void test_a_uuid_is_found(void **state)
{
	static const struct {
		const char *args;
		size_t len;
		const char *uuid;
	} cases[] = {
		{ ARGS("qemu\0-uuid\0c7a5fdbd-CDAF-9455-926a-d65c16db1809"),
		  "c7a5fdbd-cdaf-9455-926a-d65c16db1809" },
		{ ARGS("qemu\0-uuid\0c7a5fdbd-cdaf-9455-926a-d65c16db18090"), "" },
		{ ARGS("qemu\0-uuid\0web1"), "" },
		{ ARGS("qemu\0-uuid"), "" },
		{ ARGS("qemu\0-name\0web1"), "" },
	};
	char uuid[QEMU_ARGS_UUID_SIZE];

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		assert_int_equal(qemu_args_uuid(cases[i].args, cases[i].len, uuid),
				 !!cases[i].uuid[0]);
		assert_string_equal(uuid, cases[i].uuid);
	}
}

static void test_a_long_name_is_cut(void **state)
{
	char name[4];

	(void)state;
	assert_true(qemu_args_name(ARGS("qemu\0-name\0abcdef"), name, sizeof(name)));
	assert_string_equal(name, "abc");
}

static void test_an_option_is_found_with_one_dash_or_two(void **state)
{
	(void)state;
	assert_true(qemu_args_has(ARGS("qemu\0-S"), "S"));
	assert_true(qemu_args_has(ARGS("qemu\0-M\0virt\0--daemonize"), "daemonize"));
	assert_false(qemu_args_has(ARGS("qemu\0-s\0-SS\0S\0---S"), "S"));
	assert_false(qemu_args_has("qemu\0-S", 7, "S"));
	assert_false(qemu_args_has("", 0, "S"));
}

static const struct {
	const char *args;
	size_t len;
	const char *paths[3]; /* NULL: no more */
} monitors[] = {
	{ ARGS("qemu\0-qmp\0unix:/tmp/q,server=on,wait=off"), { "/tmp/q" } },
	{ ARGS("qemu\0--qmp\0unix:q,server,nowait"), { "q" } },
	{ ARGS("qemu\0-qmp-pretty\0unix:path=/q,wait=off,server=yes"), { "/q" } },
	{ ARGS("qemu\0-qmp\0unix:/a,,b,server=on\0-qmp\0unix:/c,server=on"), { "/a,b", "/c" } },
	{ ARGS("qemu\0-chardev\0socket,id=m,path=/m,server=on\0-mon\0chardev=m,mode=control"),
	  { "/m" } },
	{ ARGS("qemu\0-mon\0m,mode=control\0-chardev\0backend=socket,server=on,path=/m,id=m"),
	  { "/m" } },
	{ ARGS("qemu\0-chardev\0socket,id=a,path=/a,server=on\0-chardev\0socket,id=b,path=/b,"
	       "server=on\0-mon\0chardev=b,mode=control\0-mon\0chardev=a,mode=control"),
	  { "/b", "/a" } },
	/* QEMU does not listen there, or not in a file. */
	{ ARGS("qemu\0-qmp\0unix:/tmp/q"), { NULL } },
	{ ARGS("qemu\0-qmp\0unix:/tmp/q,server=off"), { NULL } },
	{ ARGS("qemu\0-qmp\0unix:/tmp/q,server=on,server=off"), { NULL } },
	{ ARGS("qemu\0-qmp\0unix:/tmp/q,server=on,abstract=on"), { NULL } },
	{ ARGS("qemu\0-qmp\0tcp:localhost:4444,server=on"), { NULL } },
	{ ARGS("qemu\0-qmp\0stdio"), { NULL } },
	{ ARGS("qemu\0-qmp\0unix:,server=on"), { NULL } },
	{ ARGS("qemu\0-chardev\0socket,id=m,fd=7,server=on\0-mon\0chardev=m,mode=control"),
	  { NULL } },
	{ ARGS("qemu\0-chardev\0pty,id=m,path=/m,server=on\0-mon\0chardev=m,mode=control"),
	  { NULL } },
	/* No QMP. */
	{ ARGS("qemu\0-monitor\0unix:/tmp/q,server=on"), { NULL } },
	{ ARGS("qemu\0-chardev\0socket,id=m,path=/m,server=on\0-mon\0chardev=m"), { NULL } },
	{ ARGS("qemu\0-chardev\0socket,id=m,path=/m,server=on\0-mon\0chardev=m,mode=readline"),
	  { NULL } },
	{ ARGS("qemu\0-chardev\0socket,id=m,path=/m,server=on\0-mon\0chardev=n,mode=control"),
	  { NULL } },
	/* One that is none is passed over. */
	{ ARGS("qemu\0-qmp\0stdio\0-qmp\0unix:/q,server=on"), { "/q" } },
	/* Those beyond the eighth are not looked at. */
	{ ARGS("qemu\0-qmp\0a\0-qmp\0a\0-qmp\0a\0-qmp\0a\0-qmp\0a\0-qmp\0a\0-qmp\0a\0-qmp\0a"
	       "\0-qmp\0unix:/q,server=on"),
	  { NULL } },
	/* A path that does not fit, and what was cut off. */
	{ ARGS("qemu\0-qmp\0unix:/123456789012345678,server=on"), { NULL } },
	{ ARGS("qemu\0-qmp\0unix:/12345678901234567,server=on"), { "/12345678901234567" } },
	{ "qemu\0-qmp\0unix:/q,server=on", 27, { NULL } },
	{ ARGS("qemu\0-qmp"), { NULL } },
	{ ARGS("qemu\0-qmp\0"), { NULL } },
	{ "", 0, { NULL } },
};

static void test_monitors_are_found_in_every_form(void **state)
{
	char path[20];

	(void)state;
	for (size_t i = 0; i < ROWS(monitors); i++) {
		char *copy = malloc(monitors[i].len + !monitors[i].len);
		size_t n = 0;

		memcpy(copy, monitors[i].args, monitors[i].len);
		while (qemu_args_qmp(copy, monitors[i].len, n, path, sizeof(path))) {
			if (!monitors[i].paths[n])
				fail_msg("row %zu: '%s' is found", i, path);
			assert_string_equal(path, monitors[i].paths[n]);
			n++;
		}
		if (monitors[i].paths[n])
			fail_msg("row %zu: '%s' is not found", i, monitors[i].paths[n]);
		free(copy);
	}
}

static void test_the_first_serial_port_may_be_a_socket(void **state)
{
	static const struct {
		const char *args;
		size_t len;
		const char *path; /* NULL: there is none */
	} cases[] = {
#define SIXTY_FOUR "0123456789012345678901234567890123456789012345678901234567890123"
#define ARGS(text) text, sizeof(text)
		{ ARGS("qemu\0-serial\0unix:/run/a,server=on,wait=off"), "/run/a" },
		{ ARGS("qemu\0-serial\0unix:/run/a,server,nowait\0-serial\0null"), "/run/a" },
		{ ARGS("qemu\0-serial\0unix:/run/a"), NULL },
		{ ARGS("qemu\0-serial\0null\0-serial\0unix:/run/b,server"), NULL },
		{ ARGS("qemu\0-chardev\0socket,id=c0,path=b,server=on\0-serial\0chardev:c0"), "b" },
		{ ARGS("qemu\0-chardev\0pty,id=c0\0-serial\0chardev:c0"), NULL },
		/* Ids that begin with the same 64 characters. */
		{ ARGS("qemu\0-chardev\0socket,id=" SIXTY_FOUR "a,path=a,server=on\0"
		       "-chardev\0socket,id=" SIXTY_FOUR "b,path=b,server=on\0"
		       "-serial\0chardev:" SIXTY_FOUR "b"),
		  "b" },
		{ ARGS("qemu\0-chardev\0socket,id=" SIXTY_FOUR "a,path=a,server=on\0"
		       "-serial\0chardev:" SIXTY_FOUR),
		  NULL },
		{ ARGS("cloud-hypervisor\0--serial\0socket=/run/c"), "/run/c" },
		{ ARGS("cloud-hypervisor\0--serial\0tty"), NULL },
		{ ARGS("qemu\0-serial"), NULL },
		{ ARGS("qemu"), NULL },
#undef SIXTY_FOUR
#undef ARGS
	};
	char path[64];

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		bool found = qemu_args_serial(cases[i].args, cases[i].len, path, sizeof(path));

		assert_int_equal(found, cases[i].path != NULL);
		if (found)
			assert_string_equal(path, cases[i].path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_option_is_found_with_one_dash_or_two),
		cmocka_unit_test(test_the_first_serial_port_may_be_a_socket),
		cmocka_unit_test(test_names_are_found_in_every_form),
		cmocka_unit_test(test_a_uuid_is_found),
		cmocka_unit_test(test_a_long_name_is_cut),
		cmocka_unit_test(test_monitors_are_found_in_every_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
