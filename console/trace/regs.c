// SPDX-License-Identifier: GPL-2.0-only
#include "trace/regs.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <linux/kpl011_uart.h>

#include "base/human.h"

#define LONGEST_NAME 15

/* A bit that is set, or bits with a certain value. */
struct bits {
	uint32_t mask;
	uint32_t value;
	const char *name;
};

struct reg {
	const char *name;
	const char *written; /* its name when it is written, if that is another register */
	const struct bits *bits;
	bool is_char; /* the low 8 bits are a character; a write ignores the other bits */
};

#define BIT(bit, text)                                        \
	{                                                     \
		.mask = (bit), .value = (bit), .name = (text) \
	}

static const struct bits dr_bits[] = {
	BIT(PL011_DR_FE, "FE"),
	BIT(PL011_DR_PE, "PE"),
	BIT(PL011_DR_BE, "BE"),
	BIT(PL011_DR_OE, "OE"),
	{ 0 },
};

static const struct bits rsr_bits[] = {
	BIT(PL011_DR_FE >> 8, "FE"),
	BIT(PL011_DR_PE >> 8, "PE"),
	BIT(PL011_DR_BE >> 8, "BE"),
	BIT(PL011_DR_OE >> 8, "OE"),
	{ 0 },
};

static const struct bits fr_bits[] = {
	BIT(PL011_FR_TXFE, "TXFE"), BIT(PL011_FR_RXFE, "RXFE"),
	BIT(PL011_FR_TXFF, "TXFF"), BIT(PL011_FR_RXFF, "RXFF"),
	BIT(PL011_FR_BUSY, "BUSY"), BIT(PL011_FR_CTS, "CTS"),
	BIT(PL011_FR_DSR, "DSR"),   BIT(PL011_FR_DCD, "DCD"),
	BIT(PL011_FR_RI, "RI"),	    { 0 },
};

static const struct bits lcr_h_bits[] = {
	BIT(PL011_LCR_BRK, "BRK"),
	BIT(PL011_LCR_PEN, "PEN"),
	BIT(PL011_LCR_EPS, "EPS"),
	BIT(PL011_LCR_STP2, "STP2"),
	BIT(PL011_LCR_FEN, "FEN"),
	{ PL011_LCR_WLEN, 0x00, "WLEN5" },
	{ PL011_LCR_WLEN, 0x20, "WLEN6" },
	{ PL011_LCR_WLEN, 0x40, "WLEN7" },
	{ PL011_LCR_WLEN, 0x60, "WLEN8" },
	BIT(PL011_LCR_SPS, "SPS"),
	{ 0 },
};

static const struct bits cr_bits[] = {
	BIT(PL011_CR_UARTEN, "UARTEN"),
	BIT(PL011_CR_SIREN, "SIREN"),
	BIT(PL011_CR_SIRLP, "SIRLP"),
	BIT(PL011_CR_LBE, "LBE"),
	BIT(PL011_CR_TXE, "TXE"),
	BIT(PL011_CR_RXE, "RXE"),
	BIT(PL011_CR_DTR, "DTR"),
	BIT(PL011_CR_RTS, "RTS"),
	BIT(PL011_CR_OUT1, "OUT1"),
	BIT(PL011_CR_OUT2, "OUT2"),
	BIT(PL011_CR_RTSEN, "RTSEN"),
	BIT(PL011_CR_CTSEN, "CTSEN"),
	{ 0 },
};

static const struct bits ifls_bits[] = {
	{ PL011_IFLS_TX, 0x00, "TX1/8" },
	{ PL011_IFLS_TX, 0x01, "TX1/4" },
	{ PL011_IFLS_TX, 0x02, "TX1/2" },
	{ PL011_IFLS_TX, 0x03, "TX3/4" },
	{ PL011_IFLS_TX, 0x04, "TX7/8" },
	{ PL011_IFLS_RX, 0x00, "RX1/8" },
	{ PL011_IFLS_RX, 0x08, "RX1/4" },
	{ PL011_IFLS_RX, 0x10, "RX1/2" },
	{ PL011_IFLS_RX, 0x18, "RX3/4" },
	{ PL011_IFLS_RX, 0x20, "RX7/8" },
	{ 0 },
};

static const struct bits int_bits[] = {
	BIT(PL011_INT_RX, "RX"),   BIT(PL011_INT_TX, "TX"),   BIT(PL011_INT_RT, "RT"),
	BIT(PL011_INT_FE, "FE"),   BIT(PL011_INT_PE, "PE"),   BIT(PL011_INT_BE, "BE"),
	BIT(PL011_INT_OE, "OE"),   BIT(PL011_INT_RI, "RI"),   BIT(PL011_INT_CTS, "CTS"),
	BIT(PL011_INT_DCD, "DCD"), BIT(PL011_INT_DSR, "DSR"), { 0 },
};

static const struct reg regs[REGS_SPACE / 4] = {
	[PL011_DR / 4] = { "DR", .bits = dr_bits, .is_char = true },
	[PL011_RSR / 4] = { "RSR", .written = "ECR", .bits = rsr_bits },
	[PL011_FR / 4] = { "FR", .bits = fr_bits },
	[PL011_ILPR / 4] = { "ILPR" },
	[PL011_IBRD / 4] = { "IBRD" },
	[PL011_FBRD / 4] = { "FBRD" },
	[PL011_LCR_H / 4] = { "LCR_H", .bits = lcr_h_bits },
	[PL011_CR / 4] = { "CR", .bits = cr_bits },
	[PL011_IFLS / 4] = { "IFLS", .bits = ifls_bits },
	[PL011_IMSC / 4] = { "IMSC", .bits = int_bits },
	[PL011_RIS / 4] = { "RIS", .bits = int_bits },
	[PL011_MIS / 4] = { "MIS", .bits = int_bits },
	[PL011_ICR / 4] = { "ICR", .bits = int_bits },
	[PL011_DMACR / 4] = { "DMACR" },
	[PL011_TCR / 4] = { "TCR" },
	[PL011_ITIP / 4] = { "ITIP" },
	[PL011_ITOP / 4] = { "ITOP" },
	[PL011_TDR / 4] = { "TDR" },
	[PL011_PERIPHID0 / 4 + 0] = { "PERIPHID0" },
	[PL011_PERIPHID0 / 4 + 1] = { "PERIPHID1" },
	[PL011_PERIPHID0 / 4 + 2] = { "PERIPHID2" },
	[PL011_PERIPHID0 / 4 + 3] = { "PERIPHID3" },
	[PL011_PERIPHID0 / 4 + 4] = { "PCELLID0" },
	[PL011_PERIPHID0 / 4 + 5] = { "PCELLID1" },
	[PL011_PERIPHID0 / 4 + 6] = { "PCELLID2" },
	[PL011_PERIPHID0 / 4 + 7] = { "PCELLID3" },
};

static const struct reg *reg_at(uint32_t offset)
{
	if (offset >= REGS_SPACE || offset % 4 || !regs[offset / 4].name)
		return NULL;
	return &regs[offset / 4];
}

static const char *reg_name(const struct reg *reg, bool write)
{
	return write && reg->written ? reg->written : reg->name;
}

const char *regs_name(uint32_t offset, bool write)
{
	const struct reg *reg = reg_at(offset);

	return reg ? reg_name(reg, write) : NULL;
}

/* One register, by a name or an offset. */
static bool parse_one(const char *text, uint16_t *offset)
{
	uint64_t number;

	if (human_parse(text, 0, REGS_SPACE - 1, &number)) {
		*offset = (uint16_t)number;
		return true;
	}
	for (uint16_t at = 0; at < REGS_SPACE; at += 4) {
		const struct reg *reg = reg_at(at);

		if (reg && (!strcasecmp(text, reg->name) ||
			    (reg->written && !strcasecmp(text, reg->written)))) {
			*offset = at;
			return true;
		}
	}
	return false;
}

const char *regs_parse(const char *list, uint16_t *offsets, size_t max, size_t *count)
{
	for (;;) {
		size_t len = strcspn(list, ",");
		char text[LONGEST_NAME + 1];

		if (len > LONGEST_NAME || *count == max)
			return list;
		memcpy(text, list, len);
		text[len] = '\0';
		if (!parse_one(text, &offsets[*count]))
			return list;
		++*count;
		if (!list[len])
			return NULL;
		list += len + 1;
	}
}

static void add(char out[REGS_TEXT_SIZE], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void add(char out[REGS_TEXT_SIZE], const char *fmt, ...)
{
	size_t len = strlen(out);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out + len, REGS_TEXT_SIZE - len, fmt, ap);
	va_end(ap);
}

/* As in C, so that no control character reaches a terminal. */
static void add_char(char out[REGS_TEXT_SIZE], unsigned char c)
{
	static const char escaped[] = "\0\a\b\t\n\v\f\r\033\\'";
	static const char letters[] = "0abtnvfre\\'";
	const char *found = memchr(escaped, c, sizeof(letters) - 1);

	if (found)
		add(out, " '\\%c'", letters[found - escaped]);
	else if (c >= 0x20 && c < 0x7f)
		add(out, " '%c'", c);
	else
		add(out, " '\\x%02x'", c);
}

/* The names of the bits that are set, and the remaining bits as a number. */
static void add_bits(char out[REGS_TEXT_SIZE], const struct bits *bits, uint64_t value)
{
	const char *before = " ";
	uint64_t rest = value;

	for (; bits->mask; bits++) {
		if ((value & bits->mask) != bits->value)
			continue;
		add(out, "%s%s", before, bits->name);
		rest &= ~(uint64_t)bits->mask;
		before = "|";
	}
	if (rest)
		add(out, "%s0x%" PRIx64, before, rest);
}

const char *regs_text(char out[REGS_TEXT_SIZE], bool write, uint32_t offset, unsigned int len,
		      uint64_t value)
{
	const struct reg *reg = len <= 4 ? reg_at(offset) : NULL;

	out[0] = '\0';
	if (!reg) {
		add(out, "0x%03x 0x%02" PRIx64, offset, value);
		if (len > 4)
			add(out, " (%u bytes)", len);
		return out;
	}
	add(out, "%s 0x%02" PRIx64, reg_name(reg, write), value);
	if (reg->is_char) {
		add_char(out, value & 0xff);
		value &= write ? 0 : ~0xffull;
	}
	if (reg->bits && !(write && reg->written))
		add_bits(out, reg->bits, value);
	return out;
}
