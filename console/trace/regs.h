/* SPDX-License-Identifier: GPL-2.0-only */
/* The PL011's registers and bits by name: parses lists of registers, describes accesses. Pure. */
#ifndef KPL011_REGS_H
#define KPL011_REGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the registers' address space. */
#define REGS_SPACE 0x1000

/* Enough for every text made here. */
#define REGS_TEXT_SIZE 128

/* The name of the register at @offset, or NULL. @write: its name when it is written. */
const char *regs_name(uint32_t offset, bool write);

/**
 * regs_parse - read a list of registers
 * @list: names in any case, or offsets, separated by commas
 * @offsets: where they go
 * @max: how many fit
 * @count: how many there are; the new ones are added
 *
 * Return: NULL, or the place in @list where something other than a register begins
 */
const char *regs_parse(const char *list, uint16_t *offsets, size_t max, size_t *count);

/**
 * regs_text - describe an access
 * @out: "DR 0x48 'H'", "FR 0x90 TXFE|RXFE", "0x014 0x01"
 * @write: a write; else a read
 * @offset: in bytes
 * @len: bytes accessed; an access that is wider than a register is described by numbers
 * @value: what was written or read
 *
 * Return: @out
 */
const char *regs_text(char out[REGS_TEXT_SIZE], bool write, uint32_t offset, unsigned int len,
		      uint64_t value);

#endif /* KPL011_REGS_H */
