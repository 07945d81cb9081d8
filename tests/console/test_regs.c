// SPDX-License-Identifier: GPL-2.0-only
/* Registers: every name is found again, every bit is told. */
#include "cmocka_all.h"

#include "trace/regs.h"

static void test_accesses_are_told_by_name(void **state)
{
	static const struct {
		bool write;
		uint32_t offset;
		unsigned int len;
		uint64_t value;
		const char *text;
	} rows[] = {
		{ true, 0x000, 4, 72, "DR 0x48 'H'" },
		{ true, 0x000, 1, 10, "DR 0x0a '\\n'" },
		{ true, 0x000, 4, 0, "DR 0x00 '\\0'" },
		{ true, 0x000, 4, 27, "DR 0x1b '\\e'" },
		{ true, 0x000, 4, '\'', "DR 0x27 '\\''" },
		{ true, 0x000, 4, '\\', "DR 0x5c '\\\\'" },
		{ true, 0x000, 4, 0x7f, "DR 0x7f '\\x7f'" },
		{ true, 0x000, 4, 0x9b, "DR 0x9b '\\x9b'" },
		{ true, 0x000, 4, 1, "DR 0x01 '\\x01'" },
		/* What is written beside the character means nothing. */
		{ true, 0x000, 4, 0x548, "DR 0x548 'H'" },
		{ false, 0x000, 4, 0x548, "DR 0x548 'H' FE|BE" },
		{ false, 0x000, 4, 0xa41, "DR 0xa41 'A' PE|OE" },
		{ false, 0x004, 4, 0x0f, "RSR 0x0f FE|PE|BE|OE" },
		{ true, 0x004, 4, 0x0f, "ECR 0x0f" },
		{ false, 0x018, 4, 0x90, "FR 0x90 TXFE|RXFE" },
		{ false, 0x018, 2, 0x16f, "FR 0x16f TXFF|RXFF|BUSY|CTS|DSR|DCD|RI" },
		{ true, 0x020, 4, 3, "ILPR 0x03" },
		{ true, 0x024, 4, 0x27, "IBRD 0x27" },
		{ true, 0x028, 4, 4, "FBRD 0x04" },
		{ true, 0x02c, 4, 0x70, "LCR_H 0x70 FEN|WLEN8" },
		{ true, 0x02c, 4, 0x8f, "LCR_H 0x8f BRK|PEN|EPS|STP2|WLEN5|SPS" },
		{ true, 0x02c, 4, 0x20, "LCR_H 0x20 WLEN6" },
		{ true, 0x02c, 4, 0x40, "LCR_H 0x40 WLEN7" },
		{ true, 0x030, 4, 0x301, "CR 0x301 UARTEN|TXE|RXE" },
		{ true, 0x030, 4, 0xfc86,
		  "CR 0xfc86 SIREN|SIRLP|LBE|DTR|RTS|OUT1|OUT2|RTSEN|CTSEN" },
		{ true, 0x034, 4, 0x12, "IFLS 0x12 TX1/2|RX1/2" },
		{ true, 0x034, 4, 0x00, "IFLS 0x00 TX1/8|RX1/8" },
		{ true, 0x034, 4, 0x09, "IFLS 0x09 TX1/4|RX1/4" },
		{ true, 0x034, 4, 0x1b, "IFLS 0x1b TX3/4|RX3/4" },
		{ true, 0x034, 4, 0x24, "IFLS 0x24 TX7/8|RX7/8" },
		{ true, 0x034, 4, 0x3f, "IFLS 0x3f 0x3f" },
		{ true, 0x038, 4, 0x50, "IMSC 0x50 RX|RT" },
		{ true, 0x038, 4, 0, "IMSC 0x00" },
		{ false, 0x03c, 4, 0x7ff, "RIS 0x7ff RX|TX|RT|FE|PE|BE|OE|RI|CTS|DCD|DSR" },
		{ false, 0x040, 4, 0x20, "MIS 0x20 TX" },
		{ true, 0x044, 4, 0xf810, "ICR 0xf810 RX|0xf800" },
		{ true, 0x048, 4, 7, "DMACR 0x07" },
		{ true, 0x080, 4, 1, "TCR 0x01" },
		{ true, 0x084, 4, 1, "ITIP 0x01" },
		{ true, 0x088, 4, 1, "ITOP 0x01" },
		{ true, 0x08c, 4, 1, "TDR 0x01" },
		{ false, 0xfe0, 4, 0x11, "PERIPHID0 0x11" },
		{ false, 0xfec, 4, 0, "PERIPHID3 0x00" },
		{ false, 0xff0, 4, 0x0d, "PCELLID0 0x0d" },
		{ false, 0xffc, 4, 0xb1, "PCELLID3 0xb1" },
		/* No register: nothing is made up. */
		{ true, 0x001, 1, 72, "0x001 0x48" },
		{ true, 0x008, 4, 72, "0x008 0x48" },
		{ true, 0x1000, 4, 72, "0x1000 0x48" },
		{ true, 0x000, 8, 0x4142434445464748, "0x000 0x4142434445464748 (8 bytes)" },
		{ false, 0x030, 4, UINT32_MAX,
		  "CR 0xffffffff UARTEN|SIREN|SIRLP|LBE|TXE|RXE|DTR|RTS|OUT1|OUT2|RTSEN|CTSEN|"
		  "0xffff0078" },
	};
	char out[REGS_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_string_equal(regs_text(out, rows[i].write, rows[i].offset, rows[i].len,
					      rows[i].value),
				    rows[i].text);
}

static void test_every_name_is_found(void **state)
{
	uint16_t offsets[1];
	size_t found = 0;

	(void)state;
	for (uint32_t at = 0; at < REGS_SPACE; at++) {
		for (int write = 0; write < 2; write++) {
			const char *name = regs_name(at, write);
			size_t count = 0;

			if (!name)
				continue;
			assert_null(regs_parse(name, offsets, 1, &count));
			assert_int_equal(count, 1);
			assert_int_equal(offsets[0], at);
			found += !write;
		}
	}
	assert_int_equal(found, 26);
	assert_null(regs_name(UINT32_MAX, false));
}

static void test_lists_of_registers(void **state)
{
	static const struct {
		const char *list;
		const char *wrong;
	} bad[] = {
		{ "", "" },
		{ "DR,", "" },
		{ ",DR", ",DR" },
		{ "DR,XR,FR", "XR,FR" },
		{ "0x1000", "0x1000" },
		{ "4096", "4096" },
		{ "-4", "-4" },
		{ "DR FR", "DR FR" },
		{ "a-name-that-is-longer-than-any", "a-name-that-is-longer-than-any" },
		/* More than there is room for. */
		{ "0,1,2,3,4", "4" },
	};
	uint16_t offsets[4];
	size_t count = 0;

	(void)state;
	assert_null(regs_parse("dr,Fr,0x2C", offsets, 4, &count));
	assert_null(regs_parse("ecr", offsets, 4, &count));
	assert_int_equal(count, 4);
	assert_int_equal(offsets[0], 0);
	assert_int_equal(offsets[1], 0x18);
	assert_int_equal(offsets[2], 0x2c);
	assert_int_equal(offsets[3], 4);
	for (size_t i = 0; i < ROWS(bad); i++) {
		count = 0;
		assert_string_equal(regs_parse(bad[i].list, offsets, 4, &count), bad[i].wrong);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accesses_are_told_by_name),
		cmocka_unit_test(test_every_name_is_found),
		cmocka_unit_test(test_lists_of_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
