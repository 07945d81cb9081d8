/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PL011's registers by name. Pure.
 */
#ifndef KPL011_REGS_H
#define KPL011_REGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of address space that the registers have. */
#define REGS_SPACE 0x1000

/* Enough for every text that is made here. */
#define REGS_TEXT_SIZE 128

/* The name of the register at @offset, or NULL. @write: as it is written. */
const char *regs_name(uint32_t offset, bool write);

/**
 * regs_parse - read a list of registers
 * @list: names in any case, or offsets, with commas between them
 * @offsets: where they go
 * @max: how many fit
 * @count: how many there are
 *
 * Return: NULL, or where in @list what is no register begins
 */
const char *regs_parse(const char *list, uint16_t *offsets, size_t max, size_t *count);

/**
 * regs_text - an access in words
 * @out: "DR 0x48 'H'", "FR 0x90 TXFE|RXFE", "0x014 0x01"
 * @write: else a read
 * @offset: in bytes
 * @len: bytes accessed; what is wider than a register has no name
 * @value: what was written or read
 *
 * Return: @out
 */
const char *regs_text(char out[REGS_TEXT_SIZE], bool write, uint32_t offset, unsigned int len,
		      uint64_t value);

#endif /* KPL011_REGS_H */
