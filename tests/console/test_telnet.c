// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <string.h>

#include "source/telnet.h"

#define BYTES(s) (const unsigned char *)(s), sizeof(s) - 1

#define HELLO "\xff\xfb\x00\xff\xfd\x00\xff\xfd\x03"

static void said(struct telnet *telnet, const unsigned char *want, size_t len)
{
	const unsigned char *bytes;

	assert_int_equal(telnet_waiting(telnet, &bytes), len);
	if (len)
		assert_memory_equal(bytes, want, len);
	telnet_sent(telnet, len);
}

static void came(struct telnet *telnet, const unsigned char *in, size_t len,
		 const unsigned char *want, size_t want_len)
{
	unsigned char data[4096];

	assert_int_equal(telnet_in(telnet, in, len, data), want_len);
	assert_memory_equal(data, want, want_len);
}

static struct telnet begun(void)
{
	struct telnet telnet;

	telnet_init(&telnet);
	said(&telnet, BYTES(HELLO));
	return telnet;
}

static void test_qemu_is_understood(void **state)
{
	struct telnet telnet = begun();

	(void)state;
	/* WILL ECHO, WILL SGA, WILL BINARY, DO BINARY: what was asked for needs no answer. */
	came(&telnet, BYTES("\xff\xfb\x01\xff\xfb\x03\xff\xfb\x00\xff\xfd\x00login: "),
	     BYTES("login: "));
	said(&telnet, BYTES("\xff\xfd\x01"));
	/* In binary each byte is itself, and an IAC is doubled. */
	assert_int_equal(telnet_out(&telnet, BYTES("a\r\n\xff\0b")), 6);
	said(&telnet, BYTES("a\r\n\xff\xff\0b"));
	came(&telnet, BYTES("x\r\0\xff\xff\r\n"), BYTES("x\r\0\xff\r\n"));
	assert_true(telnet_break(&telnet));
	said(&telnet, BYTES("\xff\xf3"));
}

static void test_a_network_virtual_terminal_pads_carriage_returns(void **state)
{
	struct telnet telnet = begun();

	(void)state;
	came(&telnet, BYTES("\xff\xfe\x00\xff\xfc\x00"), BYTES(""));
	said(&telnet, BYTES(""));
	assert_int_equal(telnet_out(&telnet, BYTES("ls\r\xff")), 4);
	said(&telnet, BYTES("ls\r\0\xff\xff"));
	/* Also where the NUL comes later; one that belongs to nothing is the guest's. */
	came(&telnet, BYTES("a\r"), BYTES("a\r"));
	came(&telnet, BYTES("\0b\0\r\nc"), BYTES("b\0\r\nc"));
}

static void test_answers_end(void **state)
{
	struct telnet telnet = begun();

	(void)state;
	/* What is not known is refused, each time it is asked for and no more. */
	came(&telnet, BYTES("\xff\xfd\x18\xff\xfb\x22\xff\xfe\x18\xff\xfc\x22"), BYTES(""));
	said(&telnet, BYTES("\xff\xfc\x18\xff\xfe\x22"));
	/* The terminal does not echo. */
	came(&telnet, BYTES("\xff\xfd\x01"), BYTES(""));
	said(&telnet, BYTES("\xff\xfc\x01"));
	/* Once on it is not agreed to again, and off is told once. */
	came(&telnet, BYTES("\xff\xfb\x01\xff\xfb\x01\xff\xfc\x01\xff\xfc\x01"), BYTES(""));
	said(&telnet, BYTES("\xff\xfd\x01\xff\xfe\x01"));
}

static void test_commands_are_no_data(void **state)
{
	struct telnet telnet = begun();
	unsigned char in[] = "a\xff\xf1"
			     "b\xff\xfa\x18\x01\xff\xff\xff\xf0"
			     "c\xff\xfa\x18\xff\xfb\x01"
			     "d\xff\xff";
	unsigned char data[sizeof(in)];
	size_t n = 0;

	(void)state;
	/* However they are cut. */
	for (size_t i = 0; i < sizeof(in) - 1; i++)
		n += telnet_in(&telnet, in + i, 1, data + n);
	assert_int_equal(n, 5);
	assert_memory_equal(data, "abcd\xff", 5);
	said(&telnet, BYTES("\xff\xfd\x01"));
}

static void test_nothing_grows(void **state)
{
	struct telnet telnet = begun();
	unsigned char in[3 * TELNET_QUEUE];
	const unsigned char *bytes;
	unsigned char data[sizeof(in)];

	(void)state;
	/* A subnegotiation that does not end. */
	memset(in, 'x', sizeof(in));
	assert_int_equal(telnet_in(&telnet, BYTES("\xff\xfa"), data), 0);
	assert_int_equal(telnet_in(&telnet, in, sizeof(in), data), sizeof(in) - TELNET_SUB_MAX);
	/* Questions without end, whose answers nobody takes. */
	for (size_t i = 0; i < sizeof(in); i += 3)
		memcpy(in + i, "\xff\xfd\x18", 3);
	assert_int_equal(telnet_in(&telnet, in, sizeof(in), data), 0);
	assert_true(telnet_waiting(&telnet, &bytes) <= TELNET_QUEUE);
	/* Bytes for the guest wait until there is room again. */
	memset(in, 0xff, sizeof(in));
	assert_true(telnet_out(&telnet, in, sizeof(in)) <= 1);
	telnet_sent(&telnet, telnet_waiting(&telnet, &bytes));
	assert_int_equal(telnet_out(&telnet, in, sizeof(in)), TELNET_QUEUE / 2);
	assert_false(telnet_break(&telnet));
	telnet_sent(&telnet, 2);
	assert_true(telnet_break(&telnet));
	assert_int_equal(telnet_waiting(&telnet, &bytes), TELNET_QUEUE);
	assert_memory_equal(bytes + TELNET_QUEUE - 4, "\xff\xff\xff\xf3", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_qemu_is_understood),
		cmocka_unit_test(test_a_network_virtual_terminal_pads_carriage_returns),
		cmocka_unit_test(test_answers_end),
		cmocka_unit_test(test_commands_are_no_data),
		cmocka_unit_test(test_nothing_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
