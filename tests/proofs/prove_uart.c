// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proofs of kmod/uart.c for CBMC. sound.h says what a UART always is: a new
 * one is (init), one restored from anything that is accepted is (restore), and
 * from one that is, whatever happens next leads to one that is (step_*). The
 * others say what follows for the guest, from any UART that is sound.
 */
#include "sound.h"
#include "uart.c"

static bool is_length(unsigned int len)
{
	return len == 1 || len == 2 || len == 4 || len == 8;
}

static void any_state(struct kpl011_uart_state *state)
{
	struct kpl011_uart_state any;

	*state = any;
}

static bool same(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	while (n--)
		if (x[n] != y[n])
			return false;
	return true;
}

/* Nothing waits that may go out. */
static bool is_drained(const struct kpl_uart *uart)
{
	return !uart->tx.count || uart->tx_held || !tx_enabled(uart);
}

void init(void)
{
	struct kpl_uart uart;

	any_uart(&uart);
	kpl_uart_init(&uart, any_bool());
	SOUND(&uart, CHECK);
}

void restore(void)
{
	struct kpl011_uart_state state;
	struct kpl_uart uart, before;

	any_state(&state);
	any_sound_uart(&uart);
	before = uart;
	if (kpl_uart_restore(&uart, &state)) {
		CHECK(same(&uart, &before, sizeof(uart)));
	} else {
		SOUND(&uart, CHECK);
		CHECK(uart.tx_held == before.tx_held);
		CHECK(uart.strict == before.strict);
		CHECK(uart.rx_idle == before.rx_idle);
	}
}

/* A read of the guest. */
void step_read(void)
{
	struct kpl_uart uart;
	u32 offset = nondet_u32();
	unsigned int len = nondet_u32();

	ASSUME(offset < KPL_UART_PAGE && is_length(len));
	any_sound_uart(&uart);
	kpl_uart_read(&uart, offset, len);
	SOUND(&uart, CHECK);
}

/* A write of the guest, but for those of CR and of two registers: proofs of their own. */
void step_write(void)
{
	struct kpl_uart uart;
	u32 offset = nondet_u32();
	unsigned int len = nondet_u32();
	int out;

	ASSUME(offset < KPL_UART_PAGE && is_length(len));
	ASSUME(offset != PL011_CR && (len < 8 || offset % 8));
	any_sound_uart(&uart);
	out = kpl_uart_write(&uart, offset, len, nondet_u64());
	CHECK(out >= -1 && out <= 255);
	SOUND(&uart, CHECK);
}

/* It may put the whole transmit FIFO into the receive FIFO. */
void step_write_cr(void)
{
	struct kpl_uart uart;

	any_sound_uart(&uart);
	CHECK(kpl_uart_write(&uart, PL011_CR, 4, nondet_u32()) == -1);
	SOUND(&uart, CHECK);
}

/*
 * A write of 8 bytes is one of 4 to each of two registers, the lower one first. Of CR
 * only with an empty transmit FIFO, since the prover needs hours for two FIFOs that go
 * through the loopback; the code does not look at what the registers are.
 */
void pair(void)
{
	struct kpl_uart uart, other;
	u32 offset = nondet_u32();
	u64 value = nondet_u64();
	int out;

	ASSUME(offset < KPL_UART_PAGE && !(offset % 8));
	any_sound_uart(&uart);
	ASSUME(offset != PL011_CR || !uart.tx.count);
	other = uart;
	out = kpl_uart_write(&uart, offset, 8, value);
	CHECK(kpl_uart_write(&other, offset, 4, value) == out);
	CHECK(kpl_uart_write(&other, offset + 4, 4, value >> 32) == -1);
	CHECK(same(&uart, &other, sizeof(uart)));
}


/*
 * A guest that had the receiver on and switched it off hears nothing, not even
 * itself, until it sets RXE; one that never switched it off hears.
 */
void hearing(void)
{
	struct kpl_uart uart;
	u32 value = nondet_u32();
	u16 ch = nondet_u16();
	unsigned int count;
	bool on;

	ASSUME(ch <= 0x7ff);
	any_sound_uart(&uart);
	ASSUME(!uart.tx.count);
	on = uart.cr & PL011_CR_UARTEN && uart.cr & PL011_CR_RXE;
	kpl_uart_write(&uart, PL011_CR, 4, value);
	count = uart.rx.count;
	if (value & PL011_CR_RXE)
		CHECK(hears(&uart) || uart.strict);
	else if (on)
		CHECK(!hears(&uart) && !kpl_uart_rx_room(&uart));
	kpl_uart_rx_push(&uart, ch);
	kpl_uart_write(&uart, PL011_DR, 4, nondet_u32());
	CHECK(hears(&uart) || uart.rx.count == count);
}

/* What the host does. */
void step_host(void)
{
	struct kpl_uart uart;
	u16 ch = nondet_u16();

	ASSUME(ch <= 0xfff);
	any_sound_uart(&uart);
	switch (nondet_u32() % 7) {
	case 0:
		kpl_uart_rx_push(&uart, ch);
		break;
	case 1:
		kpl_uart_rx_idle(&uart, any_bool());
		break;
	case 2:
		kpl_uart_rx_timeout(&uart);
		break;
	case 3:
		kpl_uart_modem(&uart, nondet_u16());
		break;
	case 4:
		kpl_uart_reset(&uart);
		break;
	case 5:
		kpl_uart_tx_hold(&uart, any_bool());
		break;
	case 6:
		kpl_uart_mirror(&uart, any_bool());
		break;
	}
	SOUND(&uart, CHECK);
}

/*
 * One character fewer waits, or nothing that may go out does: so who pops until
 * there is none, as kmod/pl011.c does after each access, comes to an end.
 */
void step_pop(void)
{
	struct kpl_uart uart;
	unsigned int count;
	u16 first;
	int out;

	any_sound_uart(&uart);
	count = uart.tx.count;
	first = uart.tx.ch[uart.tx.at];
	out = kpl_uart_tx_pop(&uart);
	SOUND(&uart, CHECK);
	if (out >= 0) {
		CHECK(out == first && uart.tx.count == count - 1);
		CHECK(uart.tx.count || uart.ris & PL011_INT_TX);
	} else {
		CHECK(uart.tx.count == count && is_drained(&uart));
	}
}

/* The line is MIS, and MIS is RIS & IMSC, as the guest reads them. */
void line(void)
{
	struct kpl_uart uart;
	u64 ris, imsc, mis;

	any_sound_uart(&uart);
	ris = kpl_uart_read(&uart, PL011_RIS, 4);
	imsc = kpl_uart_read(&uart, PL011_IMSC, 4);
	mis = kpl_uart_read(&uart, PL011_MIS, 4);
	CHECK(mis == (ris & imsc));
	CHECK(kpl_uart_irq(&uart) == (mis != 0));
}

/*
 * A guest that polls FR goes on: what it waits for is so at the second read at
 * the latest, unless its own settings or the wire hold the transmitter. One
 * that waits for the interrupt in place of polling on has it.
 */
void poll(void)
{
	struct kpl_uart uart;
	u32 first, second;

	any_sound_uart(&uart);
	ASSUME(is_drained(&uart));
	ASSUME(!uart.tx_held && tx_enabled(&uart));
	first = kpl_uart_read(&uart, PL011_FR, 4);
	CHECK(!(first & PL011_FR_TXFF) || uart.ris & PL011_INT_TX);
	second = kpl_uart_read(&uart, PL011_FR, 4);
	CHECK(!(second & (PL011_FR_TXFF | PL011_FR_BUSY)));
	CHECK(second & PL011_FR_TXFE);
}

/* A byte goes out at once, and TXRIS tells so, or waits behind the others. */
void transmit(void)
{
	struct kpl_uart uart;
	u32 value = nondet_u32();
	u8 byte = value;
	u64 lost;
	int out;

	any_sound_uart(&uart);
	byte &= uart.word;
	lost = uart.tx_lost;
	ASSUME(!(uart.cr & PL011_CR_LBE));
	out = kpl_uart_write(&uart, PL011_DR, 4, value);
	if (out >= 0) {
		CHECK(!uart.tx.count && out == byte);
		CHECK(uart.ris & PL011_INT_TX);
	} else if (uart.tx_lost == lost) {
		CHECK(uart.tx.ch[(uart.tx.at + uart.tx.count - 1) % 32] == byte);
	}
}

/*
 * No character is left behind: a guest that
 * listens has an interrupt for what is in the FIFO, or has it 32 bit times
 * after it cleared it, of which kpl_uart_rx_acked() tells the caller.
 */
void receive(void)
{
	struct kpl_uart uart;

	any_sound_uart(&uart);
	if (!kpl_uart_rx_acked(&uart)) {
		CHECK(!RX_DUE(&uart) || !(uart.imsc & PL011_INT_RX) ||
		      kpl_uart_irq(&uart));
		CHECK(!RT_DUE(&uart) || kpl_uart_irq(&uart));
	}
	CHECK(kpl_uart_rx_acked(&uart) <= 256);
	kpl_uart_rx_timeout(&uart);
	CHECK(!RX_DUE(&uart) || !(uart.imsc & PL011_INT_RX) ||
	      kpl_uart_irq(&uart));
	CHECK(!RT_DUE(&uart) || kpl_uart_irq(&uart));
	/* Either of the two is enough to listen to, unless it is strict. */
	CHECK(uart.strict || !REST(&uart) || kpl_uart_irq(&uart) ||
	      !(uart.imsc & (PL011_INT_RX | PL011_INT_RT)));
}

/* A character for which there is room arrives whole, and behind the others. */
void room(void)
{
	struct kpl_uart uart;
	unsigned int count;
	u16 ch = nondet_u16();
	u16 ris;

	any_sound_uart(&uart);
	ASSUME(ch <= 0x7ff);
	count = uart.rx.count;
	ris = uart.ris;
	CHECK(kpl_uart_rx_room(&uart) <= depth(&uart) - count);
	if (!kpl_uart_rx_room(&uart))
		return;
	kpl_uart_rx_push(&uart, ch);
	CHECK(uart.rx.count == count + 1);
	CHECK((uart.ris & PL011_INT_OE) == (ris & PL011_INT_OE));
	CHECK((uart.rx.ch[(uart.rx.at + count) % 32] & 0x7ff) ==
	      (ch & (0x700 | uart.word)));
}

/* What is saved is accepted, and makes a UART that the guest sees no change of. */
void save(void)
{
	struct kpl011_uart_state state, again;
	struct kpl_uart uart, other;
	u32 offset = nondet_u32();

	any_sound_uart(&uart);
	kpl_uart_save(&uart, &state);
	kpl_uart_init(&other, uart.strict);
	kpl_uart_rx_idle(&other, uart.rx_idle);
	kpl_uart_tx_hold(&other, uart.tx_held);
	CHECK(!kpl_uart_restore(&other, &state));
	ASSUME(offset < KPL_UART_PAGE && !(offset % 4));
	/* But an interrupt that ICR cleared may be there again. */
	if (!uart.rx_acked)
		CHECK(kpl_uart_show(&uart, offset) ==
		      kpl_uart_show(&other, offset));
	CHECK(uart.word == other.word && uart.tx_free == other.tx_free);
	CHECK(uart.divisor == other.divisor && uart.rx_off == other.rx_off);
	kpl_uart_save(&other, &again);
	if (!uart.rx_acked)
		CHECK(same(&state, &again, sizeof(state)));
}

/* While the registers are mirrored, reads are what the mirror says. */
void mirror(void)
{
	struct kpl_uart uart, before;
	u32 offset = nondet_u32(), byte = nondet_u32();
	unsigned int len = nondet_u32();
	u64 value;

	any_sound_uart(&uart);
	ASSUME(uart.mirrored && kpl_uart_can_mirror(&uart));
	ASSUME(is_length(len) && offset <= KPL_UART_PAGE - len && byte < len);
	before = uart;
	value = kpl_uart_read(&uart, offset, len);
	offset += byte;
	CHECK((value >> 8 * byte & 0xff) ==
	      (kpl_uart_show(&before, offset & ~3u) >> 8 * (offset & 3) & 0xff));
	CHECK(same(&uart, &before, sizeof(uart)));
}

/* The short ways of kmod/mmio.c are the long ones. */
void rests(void)
{
	struct kpl_uart uart, before;

	any_sound_uart(&uart);
	ASSUME(kpl_uart_rests(&uart));
	before = uart;
	CHECK(kpl_uart_read(&uart, PL011_FR, 4) == kpl_uart_rest_fr(&before));
	CHECK(same(&uart, &before, sizeof(uart)));
}

void streams(void)
{
	struct kpl_uart uart, other;
	u32 value = nondet_u32();
	u8 byte = value;

	any_sound_uart(&uart);
	ASSUME(kpl_uart_streams(&uart));
	other = uart;
	byte &= other.word;
	kpl_uart_stream(&other);
	CHECK(kpl_uart_write(&uart, PL011_DR, 4, value) == byte);
	CHECK(same(&uart, &other, sizeof(uart)));
}
