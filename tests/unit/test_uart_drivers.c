// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/uart.c under the drivers of other systems: each as the accesses that it
 * makes, in its order and of its width. What they rely on, and where that is
 * from, is in docs/drivers.md, whose rows have the names of those here.
 *
 * Each sets the UART up, and hears nothing yet; it sends a line, over a wire
 * that is free and over one that takes a byte now and then; it is typed one
 * key, a line, and more than fits into the FIFO, and hears all of it, in order,
 * with a bounded number of interrupts; then the line is low.
 */
#include "drivers.h"
#include "uart_fixture.h"

#define LENGTH(array)	(sizeof(array) / sizeof(*(array)))

static const struct driver *driver;

/* Outside: what is typed, and what came out. */
static struct {
	const char *typed;
	char sent[256];
	char heard[256];
	size_t sent_count;
	size_t heard_count;
	bool slow;
	unsigned int interrupts;
} host;

static void put(int byte)
{
	assert_true(host.sent_count < sizeof(host.sent) - 1);
	host.sent[host.sent_count++] = byte;
}

/* What kmod/mmio.c does after an access: first what waits, then what comes. */
static void settle(void)
{
	int byte;

	while ((byte = kpl_uart_tx_pop(&uart)) >= 0)
		put(byte);
	while (*host.typed && kpl_uart_rx_room(&uart))
		kpl_uart_rx_push(&uart, *host.typed++);
	kpl_uart_rx_idle(&uart, !*host.typed);
}

/* A slow wire takes one byte at each access of a guest that waits. */
static void pass_time(void)
{
	int byte;

	if (!host.slow)
		return;
	kpl_uart_tx_hold(&uart, false);
	byte = kpl_uart_tx_pop(&uart);
	if (byte >= 0)
		put(byte);
	kpl_uart_tx_hold(&uart, true);
}

static u64 load(u32 offset, unsigned int len)
{
	u64 value;

	pass_time();
	value = kpl_uart_read(&uart, offset, len);
	settle();
	return len < 8 ? value & ((1ull << 8 * len) - 1) : value;
}

static void store(u32 offset, unsigned int len, u64 value)
{
	int byte = kpl_uart_write(&uart, offset, len, value);

	if (byte >= 0)
		put(byte);
	settle();
}

/* A guest polls until it is so: it does not wait for ever. */
static void poll_until(u32 offset, unsigned int len, u32 mask, u32 want)
{
	unsigned int i;

	for (i = 0; i < 100; i++)
		if ((load(offset, len) & mask) == want)
			return;
	fail_msg("%s: register 0x%x is never 0x%x of 0x%x", driver->name, offset,
		 want, mask);
}

/* Nothing is there to hear, not even what it sent to itself. */
static void assert_quiet(void)
{
	assert_true(load(PL011_FR, 4) & PL011_FR_RXFE);
	assert_false(load(PL011_MIS, 4) & ~PL011_INT_TX);
}

static void run(const struct step *step)
{
	for (;; step++) {
		switch (step->what) {
		case END:
			return;
		case WRITE:
			store(step->offset, step->len, step->value);
			break;
		case SET:
			store(step->offset, step->len,
			      load(step->offset, step->len) | step->value);
			break;
		case CLEAR:
			store(step->offset, step->len,
			      load(step->offset, step->len) & ~step->value);
			break;
		case POLL:
			poll_until(step->offset, step->len, step->mask, step->value);
			break;
		case SWALLOW:
			while (!(load(PL011_FR, step->len) & PL011_FR_RXFE))
				load(PL011_DR, step->len);
			break;
		case QUIET:
			assert_quiet();
			break;
		}
	}
}

/* Takes what DR has, which is a character, without an error. */
static void hear(void)
{
	u32 ch = load(PL011_DR, driver->dr);

	assert_int_equal(ch & 0xf00, 0);
	assert_true(host.heard_count < sizeof(host.heard) - 1);
	host.heard[host.heard_count++] = ch;
	if (driver->reads_rsr && load(PL011_RSR, driver->dr) & 0xf)
		store(PL011_RSR, driver->dr, 0);
}

static bool has_input(void)
{
	u32 fr = load(PL011_FR, driver->fr);

	return driver->looks_for_full ? fr & PL011_FR_RXFF :
					!(fr & PL011_FR_RXFE);
}

static void acknowledge(void)
{
	static const struct {
		u32 from;
		u32 bits;
	} what[] = {
		[MIS_FIRST] = { PL011_MIS, PL011_INT_ALL },
		[MIS_ERRORS] = { PL011_MIS, ERRORS },
		[RIS_FIRST] = { PL011_RIS, PL011_INT_ALL },
		[RIS_NOT_RX] = { PL011_RIS, ERRORS | PL011_INT_TX },
		[ALL_FIRST] = { 0, 0x7f0 },
		[ALL_LAST] = { 0, RX_RT },
	};
	u32 from = what[driver->acknowledges].from;
	u32 bits = what[driver->acknowledges].bits;

	if (bits)
		store(PL011_ICR, driver->irq,
		      from ? load(from, driver->irq) & bits : bits);
}

/* Its interrupt handler, as far as it receives. */
static void handle_receive(void)
{
	u32 imsc = load(PL011_IMSC, driver->irq);

	if (driver->masks)
		store(PL011_IMSC, driver->irq,
		      imsc & ~(PL011_INT_RX | PL011_INT_RT));
	if (driver->acknowledges != ALL_LAST)
		acknowledge();
	if (driver->takes_one)
		hear();
	else
		while (has_input())
			hear();
	if (driver->acknowledges == ALL_LAST)
		acknowledge();
	if (driver->masks)
		store(PL011_IMSC, driver->irq, imsc);
}

static void check_heard(const char *text)
{
	host.heard[host.heard_count] = 0;
	assert_string_equal(host.heard, text);
}

static void expect_input(const char *text)
{
	size_t limit = 4 * strlen(text) + 4;

	host.typed = text;
	host.heard_count = 0;
	host.interrupts = 0;
	settle();
	while (host.heard_count < strlen(text) && limit--) {
		if (!driver->irq) {
			if (has_input())
				hear();
		} else if (kpl_uart_irq(&uart)) {
			host.interrupts++;
			handle_receive();
		} else if (kpl_uart_rx_acked(&uart)) {
			kpl_uart_rx_timeout(&uart);
		}
	}
	check_heard(text);
	assert_true(host.interrupts <= 2 * strlen(text));
	if (driver->irq && !driver->takes_one)
		assert_true(host.interrupts <= 2);
	assert_false(load(PL011_MIS, 4) & (PL011_INT_RX | PL011_INT_RT));
	assert_false(kpl_uart_rx_acked(&uart));
}

static void send_polling(const char *text)
{
	for (; *text; text++) {
		if (driver->before.mask)
			poll_until(PL011_FR, driver->fr, driver->before.mask,
				   driver->before.want);
		store(PL011_DR, driver->dr, (u8)*text);
		if (driver->after.mask)
			poll_until(PL011_FR, driver->fr, driver->after.mask,
				   driver->after.want);
	}
}

/* As many as it writes for one interrupt: so many, or while FR lets it. */
static const char *send_batch(const char *text)
{
	unsigned int n;

	for (n = 0; *text && (!driver->batch || n < driver->batch); n++) {
		if (driver->before.mask && (!driver->batch || !n) &&
		    (load(PL011_FR, driver->fr) & driver->before.mask) !=
			    driver->before.want)
			break;
		store(PL011_DR, driver->dr, (u8)*text++);
	}
	return text;
}

/* It waits, and the wire goes on, until it is interrupted. */
static void wait_for_tx(void)
{
	unsigned int i;

	for (i = 0; i < 100; i++) {
		if (uart.ris & uart.imsc & PL011_INT_TX)
			return;
		pass_time();
	}
	fail_msg("%s: waits for the transmit interrupt for ever", driver->name);
}

static void send_by_interrupt(const char *text)
{
	u32 imsc = load(PL011_IMSC, driver->irq) & ~PL011_INT_TX;

	if (driver->tx == TX_KICKED)
		text = send_batch(text);
	store(PL011_IMSC, driver->irq, imsc | PL011_INT_TX);
	while (*text) {
		wait_for_tx();
		acknowledge();
		text = send_batch(text);
	}
	if (driver->idles)
		wait_for_tx();
	if (driver->tx_stays)
		store(PL011_ICR, driver->irq, PL011_INT_TX);
	else
		store(PL011_IMSC, driver->irq, imsc);
}

static void expect_output(bool slow)
{
	static const char text[] =
		"\r\nWelcome to a guest that has more to say than a FIFO holds,\r\n"
		"and says it at once, line by line.\r\n";

	host.slow = slow;
	host.sent_count = 0;
	kpl_uart_tx_hold(&uart, slow);
	settle();
	if (driver->tx == TX_POLLS)
		send_polling(text);
	else
		send_by_interrupt(text);
	host.slow = false;
	kpl_uart_tx_hold(&uart, false);
	settle();
	host.sent[host.sent_count] = 0;
	assert_string_equal(host.sent, text);
	assert_int_equal(uart.tx_lost, 0);
}

static void begin_with(const struct step *steps)
{
	host.typed = "";
	host.slow = false;
	host.sent_count = 0;
	run(steps);
}

static void begin(bool strict)
{
	kpl_uart_init(&uart, strict);
	begin_with(driver->init);
	assert_quiet();
	assert_int_equal(host.sent_count, 0);
}

static void talk(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		expect_output(false);
		expect_input("k");
		/* Who never looks whether there is room has it lost. */
		if (driver->before.mask || driver->batch)
			expect_output(true);
		expect_input("ls\r");
		expect_input("a command of more characters than a FIFO of 32 "
			     "has room for, and then some\r");
	}
}

static void a_driver_sends_and_hears(void **state)
{
	driver = *state;
	begin(false);
	talk();
	if (driver->strict) {
		begin(true);
		talk();
	}
}

/* What comes after the last look, and before ICR, is not cleared for good. */
static void character_that_comes_before_icr_is_heard(void **state)
{
	static const u32 masks[] = { PL011_INT_RX, RX_RT };
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(masks); i++) {
		kpl_uart_init(&uart, false);
		wr(PL011_LCR_H, 0x70);
		wr(PL011_CR, 0x301);
		wr(PL011_IMSC, masks[i]);
		kpl_uart_rx_push(&uart, 'a');
		assert_int_equal(rd(PL011_DR), 'a');
		assert_true(rd(PL011_FR) & PL011_FR_RXFE);
		kpl_uart_rx_push(&uart, 'b');
		wr(PL011_ICR, RX_RT);
		assert_false(kpl_uart_irq(&uart));
		assert_int_equal(kpl_uart_rx_acked(&uart), 1);
		kpl_uart_rx_timeout(&uart);
		assert_true(kpl_uart_irq(&uart));
		assert_int_equal(rd(PL011_DR), 'b');
	}
}

/*
 * pl011_startup() sets RXE, and pl011_enable_interrupts() throws away what it
 * finds, of twice a FIFO at most; FEN is set only after that.
 */
static void linux_that_opens_its_console_throws_away_what_it_finds(void **state)
{
	static const struct step closes[] = {
		W(LCR_H, 2, 0x70), W(CR, 2, 0xf01), W(IMSC, 2, RX_RT),
		W(IMSC, 2, 0), W(ICR, 2, 0xffff), W(CR, 2, 0xd01),
		C(LCR_H, 2, 0x11), IS_QUIET, { END },
	};
	char typed[2 * PL011_FIFO_DEPTH + sizeof("root")];
	int i;

	(void)state;
	begin_with(closes);
	memset(typed, 'x', 2 * PL011_FIFO_DEPTH);
	strcpy(typed + 2 * PL011_FIFO_DEPTH, "root");
	host.typed = typed;
	settle();
	assert_quiet();
	assert_ptr_equal(host.typed, typed);

	store(PL011_IFLS, 2, 0x12);
	store(PL011_CR, 2, 0xf01);
	store(PL011_ICR, 2, RX_RT);
	for (i = 0; i < 2 * PL011_FIFO_DEPTH; i++)
		assert_int_equal(load(PL011_DR, 2), 'x');
	store(PL011_IMSC, 2, RX_RT);
	assert_true(kpl_uart_irq(&uart));
	for (i = 0; i < 4; i++)
		assert_int_equal(load(PL011_DR, 2), "root"[i]);
	assert_quiet();
}

int main(void)
{
	struct CMUnitTest tests[LENGTH(drivers) + 2] = {
		TEST(character_that_comes_before_icr_is_heard),
		TEST(linux_that_opens_its_console_throws_away_what_it_finds),
	};
	size_t i;

	for (i = 0; i < LENGTH(drivers); i++)
		tests[i + 2] = (struct CMUnitTest){
			.name = drivers[i].name,
			.test_func = a_driver_sends_and_hears,
			.initial_state = (void *)&drivers[i],
		};
	return _cmocka_run_group_tests("uart drivers", tests, LENGTH(tests), NULL, NULL);
}
