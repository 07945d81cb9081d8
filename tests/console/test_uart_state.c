// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module takes every state that this program makes or lets pass, and
 * refuses the others for the same member; what is saved is what is restored.
 */
#include "cmocka_all.h"

#include "qemu/takeover.h"
#include "uart.h"
#include "qemu/uart_state.h"

static const struct kpl011_uart_state reset = {
	.version = KPL011_UART_STATE_VERSION,
	.cr = 0x300,
	.ifls = 0x12,
	.modem = PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD,
};

static uint32_t seed = 1;

static uint32_t any(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 16 | seed << 16;
}

/* What the module says of a state: NULL, or the member. */
static const char *module_says(const struct kpl011_uart_state *from, struct kpl_uart *uart)
{
	kpl_uart_init(uart, false);
	return kpl_uart_restore(uart, from);
}

static void expect_agreement(const struct kpl011_uart_state *from)
{
	char reason[UART_STATE_REASON];
	struct kpl_uart uart;
	const char *member = module_says(from, &uart);
	bool ok = uart_state_check(from, reason);

	if (ok != !member)
		fail_msg("module: %s, program: %s", member ? member : "fine", ok ? "fine" : reason);
	if (member && strncmp(reason, member, strlen(member)) &&
	    (strcmp(member, "flags") ||
	     (strncmp(reason, "wlen_chosen", 11) && strncmp(reason, "rx_off", 6))))
		fail_msg("module: %s, program: %s", member, reason);
}

static void test_the_module_agrees_on_every_single_bit(void **state)
{
	(void)state;
	expect_agreement(&reset);
	for (size_t bit = 0; bit < 8 * sizeof(reset); bit++) {
		struct kpl011_uart_state changed = reset;

		((unsigned char *)&changed)[bit / 8] ^= (unsigned char)(1 << bit % 8);
		expect_agreement(&changed);
	}
}

static void test_the_module_agrees_on_fifos_and_what_they_raise(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct kpl011_uart_state made = reset;

		made.lcr_h = any() & PL011_LCR_FEN;
		made.ifls = any() & 0x3f;
		made.imsc = any() & (PL011_INT_RX | PL011_INT_RT);
		made.cr = any() & (PL011_CR_UARTEN | PL011_CR_RXE);
		made.flags = any() & KPL011_UART_RX_OFF;
		made.ris = any() & (PL011_INT_RX | PL011_INT_RT | PL011_INT_TX);
		made.rx_count = any() % 34;
		made.tx_count = any() % 3;
		if (any() % 8 == 0)
			made.rx[any() % 32] = any() & 0x1fff;
		if (any() % 8 == 0)
			made.tx[any() % 32] = any() & 0x1ff;
		expect_agreement(&made);
	}
}

static void test_whatever_was_read_comes_to_a_state(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct kpl011_uart_state made;
		struct takeover from;
		struct kpl_uart uart;
		const char *member;

		for (int k = 0; k < TAKEOVER_REGS; k++)
			from.regs[k] = any() & any();
		for (int k = 0; k < PL011_FIFO_DEPTH; k++)
			from.rx[k] = any();
		from.rx_count = any() % (takeover_room(&from) + 1);
		takeover_state(&from, &made);
		member = module_says(&made, &uart);
		if (member)
			fail_msg("the module refuses %s", member);
		expect_agreement(&made);
		/* The guest goes on with what it had set. */
		for (uint16_t at = takeover_next(0); at; at = takeover_next(at + 4)) {
			uint32_t mask = 0;

			for (int k = 0; k < UART_STATE_REGS; k++)
				if (uart_state_regs[k].offset == at)
					mask = uart_state_regs[k].mask;
			if (at == PL011_RIS)
				mask &= ~(uint32_t)(PL011_INT_RX | PL011_INT_RT);
			assert_int_equal(kpl_uart_read(&uart, at, 4) & mask,
					 from.regs[at / 4] & mask);
		}
		assert_int_equal(uart.divisor, (from.regs[PL011_IBRD / 4] & 0xffff) << 6 |
						       (from.regs[PL011_FBRD / 4] & 0x3f));
		assert_int_equal(uart.rx.count, from.rx_count);
		for (size_t k = 0; k < from.rx_count; k++)
			assert_int_equal(kpl_uart_read(&uart, PL011_DR, 4), from.rx[k] & 0xfff);
	}
}

/* What QEMU's UART holds under a Linux guest that is not reading. */
static struct takeover linux_guest(size_t waiting)
{
	struct takeover from = {
		.regs = {
			[PL011_IBRD / 4] = 13, [PL011_FBRD / 4] = 1, [PL011_LCR_H / 4] = 0x70,
			[PL011_CR / 4] = 0xf01, [PL011_IFLS / 4] = 0x12, [PL011_IMSC / 4] = 0x50,
			[PL011_RIS / 4] = PL011_INT_TX,
		},
		.rx_count = waiting,
	};

	for (size_t i = 0; i < waiting; i++)
		from.rx[i] = 'a' + (uint32_t)i;
	return from;
}

static void test_no_character_that_waits_is_stranded(void **state)
{
	struct kpl011_uart_state made;
	struct takeover from;
	struct kpl_uart uart;

	(void)state;
	for (size_t n = 0; n <= 16; n++) {
		from = linux_guest(n);
		takeover_state(&from, &made);
		assert_null(module_says(&made, &uart));
		assert_int_equal(kpl_uart_irq(&uart), n > 0);
		assert_int_equal(!!(made.ris & PL011_INT_RX), n >= 16);
	}
	/* Without FIFOs one fills it, and more are not taken. */
	from = linux_guest(1);
	from.regs[PL011_LCR_H / 4] = 0x60;
	assert_int_equal(takeover_room(&from), 1);
	takeover_state(&from, &made);
	assert_int_equal(made.rx_count, 1);
	assert_true(made.ris & PL011_INT_RX);
	/* One that listens for RX alone is told of the first, and by RX. */
	from = linux_guest(1);
	from.regs[PL011_IMSC / 4] = PL011_INT_RX;
	takeover_state(&from, &made);
	assert_int_equal(made.ris & ~PL011_INT_TX, PL011_INT_RX);
	assert_null(module_says(&made, &uart));
	assert_true(kpl_uart_irq(&uart));
	/* A guest that polls is told nothing. */
	from = linux_guest(3);
	from.regs[PL011_IMSC / 4] = 0;
	takeover_state(&from, &made);
	assert_null(module_says(&made, &uart));
	assert_false(kpl_uart_irq(&uart));
}

static void test_five_bits_that_nobody_chose_are_eight(void **state)
{
	struct kpl011_uart_state made;
	struct takeover from = linux_guest(0);

	(void)state;
	takeover_state(&from, &made);
	assert_int_equal(made.flags, KPL011_UART_WLEN_CHOSEN);
	from.regs[PL011_LCR_H / 4] = PL011_LCR_FEN;
	takeover_state(&from, &made);
	assert_int_equal(made.flags, 0);
}

static void test_the_preset_is_what_linux_sets_up(void **state)
{
	const struct takeover from = linux_guest(0);
	struct kpl011_uart_state read;
	struct kpl011_uart_state preset;
	struct kpl_uart uart;

	(void)state;
	takeover_state(&from, &read);
	takeover_linux(&preset);
	assert_memory_equal(&read, &preset, sizeof(read));
	assert_null(module_says(&preset, &uart));
	/* A key is told of at once, one alone too. */
	kpl_uart_rx_push(&uart, 'x');
	kpl_uart_rx_idle(&uart, true);
	assert_true(kpl_uart_irq(&uart));
}

static void test_registers_are_read_in_order_and_once(void **state)
{
	uint16_t last = 0;
	int n = 0;

	(void)state;
	for (uint16_t at = takeover_next(0); at; at = takeover_next(at + 4)) {
		assert_true(at > last);
		/* Reading it takes a character. */
		assert_int_not_equal(at, PL011_DR);
		last = at;
		n++;
	}
	assert_int_equal(n, 10);
}

static char *to_text(const struct kpl011_uart_state *from)
{
	json_t *json = uart_state_to_json(from);
	char *text = json_dumps(json, JSON_INDENT(2));

	json_decref(json);
	return text;
}

static void test_what_is_saved_is_restored(void **state)
{
	char reason[UART_STATE_REASON];
	struct kpl011_uart_state made;
	struct kpl011_uart_state back;
	char *text;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct takeover from;

		for (int k = 0; k < TAKEOVER_REGS; k++)
			from.regs[k] = any();
		for (int k = 0; k < PL011_FIFO_DEPTH; k++)
			from.rx[k] = any();
		from.rx_count = any() % (takeover_room(&from) + 1);
		takeover_state(&from, &made);
		made.divisor = any() & 0x3fffff;
		made.modem = any() & PL011_FR_MODEM;
		made.flags |= any() & KPL011_UART_OVERRUN;
		if (!(made.cr & PL011_CR_RXE))
			made.flags |= any() & KPL011_UART_RX_OFF;
		made.test[any() % 4] = any() & 7;
		made.tx_count = any() % (uart_state_depth(&made) + 1);
		for (int k = 0; k < made.tx_count; k++)
			made.tx[k] = any() & 0xff;
		text = to_text(&made);
		if (!uart_state_from_text(text, strlen(text), &back, reason))
			fail_msg("%s", reason);
		assert_memory_equal(&made, &back, sizeof(made));
		free(text);
	}
}

static void test_no_cut_and_no_changed_byte_is_read_out_of_bounds(void **state)
{
	char reason[UART_STATE_REASON];
	struct kpl011_uart_state made;
	struct kpl011_uart_state back;
	struct takeover from = linux_guest(3);
	char *text;
	size_t len;

	(void)state;
	takeover_state(&from, &made);
	text = to_text(&made);
	len = strlen(text);
	for (size_t cut = 0; cut < len; cut++) {
		/* To the byte: a read beyond it is found. */
		char *copy = malloc(cut + !cut);

		memcpy(copy, text, cut);
		assert_false(uart_state_from_text(copy, cut, &back, reason));
		free(copy);
	}
	for (int i = 0; i < 20000; i++) {
		char *copy = strdup(text);

		copy[any() % len] = (char)any();
		if (uart_state_from_text(copy, len, &back, reason)) {
			struct kpl_uart uart;

			assert_null(module_says(&back, &uart));
		} else {
			for (const char *p = reason; *p; p++)
				assert_true(*p >= ' ' && *p < 0x7f);
		}
		free(copy);
	}
	free(text);
}

static const struct {
	const char *from; /* in the text of a good state */
	const char *to;
	const char *reason; /* begins so */
} rows[] = {
	{ "kpl011-uart-state", "kpl011-state", "format is not" },
	{ "\"version\": 1", "\"version\": 2", "version is 2, but this program knows only 1" },
	{ "\"version\": 1", "\"version\": -1", "version is -1, not from 0" },
	{ "\"version\": 1", "\"version\": \"1\"", "version is not a whole number" },
	{ "\"version\": 1,", "", "version is not a whole number" },
	{ "\"overrun\": false", "\"overrun\": 0", "overrun is neither true nor false" },
	{ "\"overrun\": false,", "", "overrun is missing" },
	{ "\"overrun\": false", "\"overrun\": false, \"overrun\": false", "line" },
	{ "\"overrun\": false", "\"over\\nrun\": 1, \"overrun\": false",
	  "over\\x0arun is not known" },
	{ "\"wlen_chosen\": true", "\"wlen_chosen\": false", "wlen_chosen is false" },
	{ "\"overrun\": false", "\"overrun\": false, \"rx_off\": true", "rx_off is true, but CR" },
	{ "\"overrun\": false", "\"overrun\": false, \"rx_off\": 1",
	  "rx_off is neither true nor false" },
	{ "\"divisor\": 833", "\"divisor\": 4194304", "divisor is 4194304, more than 22 bits" },
	{ "\"divisor\": 833", "\"divisor\": 833.5", "divisor is not a whole number" },
	{ "\"CR\": 3841", "\"CR\": 3849", "CR is 0xf09, but has only the bits 0xff87" },
	{ "\"CR\": 3841", "\"CR\": 65536", "CR is 65536, not from 0 to 65535" },
	{ "\"CR\": 3841", "\"CR\": 99999999999999999999", "line" },
	{ "\"CR\": 3841,", "", "register CR is missing" },
	{ "\"CR\": 3841", "\"CRX\": 1, \"CR\": 3841", "register CRX is not known" },
	{ "\"RIS\": 96", "\"RIS\": 112", "RIS has RX with 3 characters in rx, fewer than 16" },
	{ "\"LCR_H\": 112", "\"LCR_H\": 96", "rx has 3 characters, but LCR_H leaves room for 1" },
	{ "\"CTS\"", "\"CTX\"", "modem: CTX is not a modem line" },
	{ "\"CTS\"", "7", "modem: a value that is not text is not a modem line" },
	{ "98", "4096", "rx[1] is 0x1000, more than 0xfff" },
	{ "98", "-1", "rx[1] is -1, not from 0" },
	{ "98", "null", "rx[1] is not a whole number" },
	{ "\"tx\": []", "\"tx\": [256]", "tx[0] is 0x100, more than 0xff" },
	{ "\"tx\": []", "\"tx\": {}", "tx is not a list" },
	{ "\"tx\": []",
	  "\"tx\": [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]",
	  "tx has 33 characters, more than 32" },
	{ "\"registers\": {", "\"registers\": 1, \"x\": {", "x is not known" },
};

static void test_what_is_wrong_is_said_of_the_member(void **state)
{
	char reason[UART_STATE_REASON];
	struct kpl011_uart_state made;
	struct takeover from = linux_guest(3);
	char *text;

	(void)state;
	takeover_state(&from, &made);
	text = to_text(&made);
	for (size_t i = 0; i < ROWS(rows); i++) {
		char *at = strstr(text, rows[i].from);
		char *changed;

		if (!at)
			fail_msg("no %s in %s", rows[i].from, text);
		assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, rows[i].to,
				     at + strlen(rows[i].from)) > 0);
		if (uart_state_from_text(changed, strlen(changed), &made, reason))
			fail_msg("row %zu is taken", i);
		if (strncmp(reason, rows[i].reason, strlen(rows[i].reason)))
			fail_msg("row %zu: %s", i, reason);
		free(changed);
	}
	free(text);
	assert_false(uart_state_from_text("[]", 2, &made, reason));
	assert_string_equal(reason, "it is not an object");
	assert_false(uart_state_from_text("{} x", 4, &made, reason));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_module_agrees_on_every_single_bit),
		cmocka_unit_test(test_the_module_agrees_on_fifos_and_what_they_raise),
		cmocka_unit_test(test_whatever_was_read_comes_to_a_state),
		cmocka_unit_test(test_no_character_that_waits_is_stranded),
		cmocka_unit_test(test_five_bits_that_nobody_chose_are_eight),
		cmocka_unit_test(test_the_preset_is_what_linux_sets_up),
		cmocka_unit_test(test_registers_are_read_in_order_and_once),
		cmocka_unit_test(test_what_is_saved_is_restored),
		cmocka_unit_test(test_no_cut_and_no_changed_byte_is_read_out_of_bounds),
		cmocka_unit_test(test_what_is_wrong_is_said_of_the_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
