// SPDX-License-Identifier: GPL-2.0-only
#include "qemu/uart_state.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/msg.h"

#define FORMAT "kpl011-uart-state"

#define REG(text, member, bits)                                                             \
	{                                                                                   \
		.name = #text, .offset = PL011_##text,                                      \
		.at = (uint16_t)offsetof(struct kpl011_uart_state, member), .mask = (bits), \
	}

const struct uart_state_reg uart_state_regs[UART_STATE_REGS] = {
	REG(RSR, rsr, 0x000f),	    REG(ILPR, ilpr, 0x00ff),   REG(IBRD, ibrd, 0xffff),
	REG(FBRD, fbrd, 0x003f),    REG(LCR_H, lcr_h, 0x00ff), REG(CR, cr, 0xff87),
	REG(IFLS, ifls, 0x003f),    REG(IMSC, imsc, 0x07ff),   REG(RIS, ris, 0x07ff),
	REG(DMACR, dmacr, 0x0007),  REG(TCR, test[0], 0x0007), REG(ITIP, test[1], 0x00ff),
	REG(ITOP, test[2], 0xffff), REG(TDR, test[3], 0x07ff),
};

static const struct {
	const char *name;
	uint16_t bit;
} modem_lines[] = {
	{ "CTS", PL011_FR_CTS },
	{ "DSR", PL011_FR_DSR },
	{ "DCD", PL011_FR_DCD },
	{ "RI", PL011_FR_RI },
};

#define MODEM_LINES (sizeof(modem_lines) / sizeof(modem_lines[0]))

uint16_t uart_state_get(const struct kpl011_uart_state *state, const struct uart_state_reg *reg)
{
	return *(const uint16_t *)((const char *)state + reg->at);
}

void uart_state_set(struct kpl011_uart_state *state, const struct uart_state_reg *reg,
		    uint16_t value)
{
	*(uint16_t *)((char *)state + reg->at) = value;
}

unsigned int uart_state_depth(const struct kpl011_uart_state *state)
{
	return state->lcr_h & PL011_LCR_FEN ? PL011_FIFO_DEPTH : 1;
}

unsigned int uart_state_rx_told(const struct kpl011_uart_state *state)
{
	static const unsigned char eighths[8] = { 1, 2, 4, 6, 7, 7, 7, 7 };
	const unsigned int both = PL011_INT_RX | PL011_INT_RT;

	if (!(state->lcr_h & PL011_LCR_FEN) || (state->imsc & both) == PL011_INT_RX)
		return 1;
	return eighths[(state->ifls & PL011_IFLS_RX) >> 3] * PL011_FIFO_DEPTH / 8;
}

static bool wrong(char reason[UART_STATE_REASON], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static bool wrong(char reason[UART_STATE_REASON], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, UART_STATE_REASON, fmt, ap);
	va_end(ap);
	return false;
}

static bool check_fifo(const char *name, const uint16_t *fifo, unsigned int count,
		       unsigned int depth, unsigned int max, char reason[UART_STATE_REASON])
{
	if (count > depth)
		return wrong(reason, "%s has %u characters, but LCR_H leaves room for %u", name,
			     count, depth);
	for (unsigned int i = 0; i < PL011_FIFO_DEPTH; i++)
		if (fifo[i] > (i < count ? max : 0))
			return wrong(reason, "%s[%u] is 0x%x, more than 0x%x", name, i, fifo[i],
				     i < count ? max : 0);
	return true;
}

bool uart_state_check(const struct kpl011_uart_state *state, char reason[UART_STATE_REASON])
{
	unsigned int depth = uart_state_depth(state);
	unsigned int told = uart_state_rx_told(state);

	if (state->version != KPL011_UART_STATE_VERSION)
		return wrong(reason, "version is %u, but this program knows only %u",
			     state->version, KPL011_UART_STATE_VERSION);
	if (state->flags & ~(KPL011_UART_WLEN_CHOSEN | KPL011_UART_OVERRUN | KPL011_UART_RX_OFF))
		return wrong(reason, "flags has unknown bits: 0x%x", state->flags);
	if (state->divisor >> 22)
		return wrong(reason, "divisor is %u, more than 22 bits", state->divisor);
	if (state->modem & ~PL011_FR_MODEM)
		return wrong(reason, "modem has bits that are not modem lines: 0x%x", state->modem);
	if (state->reserved)
		return wrong(reason, "reserved is not 0");
	for (int i = 0; i < UART_STATE_REGS; i++) {
		const struct uart_state_reg *reg = &uart_state_regs[i];
		unsigned int value = uart_state_get(state, reg);

		if (value & ~(unsigned int)reg->mask)
			return wrong(reason, "%s is 0x%x, but has only the bits 0x%x", reg->name,
				     value, reg->mask);
	}
	if (state->lcr_h & PL011_LCR_WLEN && !(state->flags & KPL011_UART_WLEN_CHOSEN))
		return wrong(reason, "wlen_chosen is false, but LCR_H has a WLEN: 0x%x",
			     state->lcr_h);
	if (state->cr & PL011_CR_RXE && state->flags & KPL011_UART_RX_OFF)
		return wrong(reason, "rx_off is true, but CR has RXE: 0x%x", state->cr);
	if (!check_fifo("tx", state->tx, state->tx_count, depth, 0xff, reason) ||
	    !check_fifo("rx", state->rx, state->rx_count, depth, 0xfff, reason))
		return false;
	if (state->ris & PL011_INT_RX && state->rx_count < told)
		return wrong(reason, "RIS has RX with %u characters in rx, fewer than %u",
			     state->rx_count, told);
	if (state->ris & PL011_INT_RT && !state->rx_count)
		return wrong(reason, "RIS has RT without a character in rx");
	return true;
}

static json_t *fifo_to_json(const uint16_t *fifo, unsigned int count)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < count; i++)
		json_array_append_new(array, json_integer(fifo[i]));
	return array;
}

json_t *uart_state_to_json(const struct kpl011_uart_state *state)
{
	json_t *regs = json_object();
	json_t *modem = json_array();
	json_t *root;

	for (int i = 0; i < UART_STATE_REGS; i++)
		json_object_set_new(regs, uart_state_regs[i].name,
				    json_integer(uart_state_get(state, &uart_state_regs[i])));
	for (size_t i = 0; i < MODEM_LINES; i++)
		if (state->modem & modem_lines[i].bit)
			json_array_append_new(modem, json_string(modem_lines[i].name));
	root = json_pack("{s:s, s:I, s:b, s:b, s:I, s:o, s:o, s:o, s:o}", "format", FORMAT,
			 "version", (json_int_t)state->version, "wlen_chosen",
			 !!(state->flags & KPL011_UART_WLEN_CHOSEN), "overrun",
			 !!(state->flags & KPL011_UART_OVERRUN), "divisor",
			 (json_int_t)state->divisor, "registers", regs, "modem", modem, "tx",
			 fifo_to_json(state->tx, state->tx_count), "rx",
			 fifo_to_json(state->rx, state->rx_count));
	/* Only if set, which is rare: older versions of this program refuse a member rx_off. */
	if (root && state->flags & KPL011_UART_RX_OFF)
		json_object_set_new(root, "rx_off", json_true());
	return root;
}

/* @names: first the @must members that an object has to have, then those that it may have. */
static bool check_members(const json_t *object, const char *what, const char *const *names,
			  size_t must, size_t count, char reason[UART_STATE_REASON])
{
	char clean[64];
	const char *key;
	json_t *value;
	size_t i;

	for (i = 0; i < must; i++)
		if (!json_object_get(object, names[i]))
			return wrong(reason, "%s%s is missing", what, names[i]);
	json_object_foreach((json_t *)object, key, value)
	{
		for (i = 0; i < count && strcmp(key, names[i]);)
			i++;
		if (i < count)
			continue;
		msg_clean(clean, sizeof(clean), key);
		return wrong(reason, "%s%s is not known", what, clean);
	}
	return true;
}

static bool read_number(const json_t *value, const char *name, uint32_t max, uint32_t *number,
			char reason[UART_STATE_REASON])
{
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value))
		return wrong(reason, "%s is not a whole number", name);
	if (n < 0 || n > max)
		return wrong(reason, "%s is %" JSON_INTEGER_FORMAT ", not from 0 to %" PRIu32, name,
			     n, max);
	*number = (uint32_t)n;
	return true;
}

static bool read_flag(const json_t *root, const char *name, uint32_t flag, uint32_t *flags,
		      char reason[UART_STATE_REASON])
{
	const json_t *value = json_object_get(root, name);

	if (!json_is_boolean(value))
		return wrong(reason, "%s is neither true nor false", name);
	if (json_is_true(value))
		*flags |= flag;
	return true;
}

static bool read_fifo(const json_t *root, const char *name, uint16_t *fifo, uint16_t *count,
		      char reason[UART_STATE_REASON])
{
	const json_t *array = json_object_get(root, name);
	char element[16];
	uint32_t ch;

	if (!json_is_array(array))
		return wrong(reason, "%s is not a list", name);
	if (json_array_size(array) > PL011_FIFO_DEPTH)
		return wrong(reason, "%s has %zu characters, more than %d", name,
			     json_array_size(array), PL011_FIFO_DEPTH);
	*count = (uint16_t)json_array_size(array);
	for (unsigned int i = 0; i < *count; i++) {
		snprintf(element, sizeof(element), "%s[%u]", name, i);
		if (!read_number(json_array_get(array, i), element, UINT16_MAX, &ch, reason))
			return false;
		fifo[i] = (uint16_t)ch;
	}
	return true;
}

static bool read_modem(const json_t *root, uint16_t *lines, char reason[UART_STATE_REASON])
{
	const json_t *array = json_object_get(root, "modem");
	char clean[64];
	size_t k;

	if (!json_is_array(array))
		return wrong(reason, "modem is not a list");
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *line = json_string_value(json_array_get(array, i));

		for (k = 0; line && k < MODEM_LINES && strcmp(line, modem_lines[k].name);)
			k++;
		if (!line || k == MODEM_LINES) {
			msg_clean(clean, sizeof(clean), line ? line : "a value that is not text");
			return wrong(reason, "modem: %s is not a modem line", clean);
		}
		*lines |= modem_lines[k].bit;
	}
	return true;
}

static bool read_regs(const json_t *root, struct kpl011_uart_state *state,
		      char reason[UART_STATE_REASON])
{
	const json_t *regs = json_object_get(root, "registers");
	const char *names[UART_STATE_REGS];
	uint32_t value;
	int i;

	if (!json_is_object(regs))
		return wrong(reason, "registers is not an object");
	for (i = 0; i < UART_STATE_REGS; i++)
		names[i] = uart_state_regs[i].name;
	if (!check_members(regs, "register ", names, UART_STATE_REGS, UART_STATE_REGS, reason))
		return false;
	for (i = 0; i < UART_STATE_REGS; i++) {
		if (!read_number(json_object_get(regs, names[i]), names[i], UINT16_MAX, &value,
				 reason))
			return false;
		uart_state_set(state, &uart_state_regs[i], (uint16_t)value);
	}
	return true;
}

static bool read_root(const json_t *root, struct kpl011_uart_state *state,
		      char reason[UART_STATE_REASON])
{
	static const char *const names[] = { "format",	"version",   "wlen_chosen", "overrun",
					     "divisor", "registers", "modem",	    "tx",
					     "rx",	"rx_off" };
	const size_t count = sizeof(names) / sizeof(names[0]);
	const char *format;

	if (!json_is_object(root))
		return wrong(reason, "it is not an object");
	format = json_string_value(json_object_get(root, "format"));
	if (!format || strcmp(format, FORMAT))
		return wrong(reason, "format is not \"%s\"", FORMAT);
	/* Comes before the other members: another version may have others. */
	if (!read_number(json_object_get(root, "version"), "version", UINT32_MAX, &state->version,
			 reason))
		return false;
	if (state->version != KPL011_UART_STATE_VERSION)
		return uart_state_check(state, reason);
	return check_members(root, "", names, count - 1, count, reason) &&
	       read_flag(root, "wlen_chosen", KPL011_UART_WLEN_CHOSEN, &state->flags, reason) &&
	       read_flag(root, "overrun", KPL011_UART_OVERRUN, &state->flags, reason) &&
	       (!json_object_get(root, "rx_off") ||
		read_flag(root, "rx_off", KPL011_UART_RX_OFF, &state->flags, reason)) &&
	       read_number(json_object_get(root, "divisor"), "divisor", UINT32_MAX, &state->divisor,
			   reason) &&
	       read_regs(root, state, reason) && read_modem(root, &state->modem, reason) &&
	       read_fifo(root, "tx", state->tx, &state->tx_count, reason) &&
	       read_fifo(root, "rx", state->rx, &state->rx_count, reason) &&
	       uart_state_check(state, reason);
}

bool uart_state_from_text(const char *text, size_t len, struct kpl011_uart_state *state,
			  char reason[UART_STATE_REASON])
{
	char clean[UART_STATE_REASON - 24];
	json_error_t error;
	json_t *root;
	bool ok;

	*state = (struct kpl011_uart_state){ 0 };
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (!root) {
		/* The text may quote the file. */
		msg_clean(clean, sizeof(clean), error.text);
		return wrong(reason, "line %d: %s", error.line, clean);
	}
	ok = read_root(root, state, reason);
	json_decref(root);
	return ok;
}
