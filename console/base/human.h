/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers as people write and read them. Pure.
 */
#ifndef KPL011_HUMAN_H
#define KPL011_HUMAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Enough for every text that is made here. */
#define HUMAN_SIZE 24

/**
 * human_parse - read a whole number, and nothing else
 * @text: decimal digits, or hexadecimal ones behind "0x"; no sign, no blanks
 * @min: least value that is allowed
 * @max: greatest
 * @value: where it goes, untouched when false is returned
 */
bool human_parse(const char *text, uint64_t min, uint64_t max, uint64_t *value);

/* The same with an optional k, M, G or T (powers of 1024) behind the digits. */
bool human_parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *value);

/* A time in seconds: digits, and s, m, h, d or w behind them. */
bool human_parse_age(const char *text, uint64_t min, uint64_t max, uint64_t *seconds);

/* Seconds with an optional fraction ("1.5"), as milliseconds; not zero. */
bool human_parse_seconds(const char *text, uint64_t *ms);

/*
 * A number in the midst of a text: one decimal digit, or up to @max (19), of which the value is,
 * and no sign and no blank as sscanf() takes them. @text moves behind them.
 */
bool human_digits(const char **text, unsigned int max, uint64_t *value);

/* "0", "999", "1.5K", "64K", "2.0G": at most five characters. */
const char *human_bytes(uint64_t bytes, char out[HUMAN_SIZE]);

/* "5s", "12m05s", "3h07m", "8d04h". */
const char *human_duration(uint64_t ns, char out[HUMAN_SIZE]);

#endif /* KPL011_HUMAN_H */
