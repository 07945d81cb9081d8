/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers as people write and read them: sizes, ages, durations. Pure. */
#ifndef KPL011_HUMAN_H
#define KPL011_HUMAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Enough for every text made here. */
#define HUMAN_SIZE 24

/**
 * human_parse - read a whole number, and nothing else
 * @text: decimal digits, or "0x" and hexadecimal digits; no sign, no blanks
 * @min: the least value allowed
 * @max: the greatest value allowed
 * @value: where it goes; left alone if false is returned
 */
bool human_parse(const char *text, uint64_t min, uint64_t max, uint64_t *value);

/* The same, with an optional k, M, G or T (powers of 1024) after the digits. */
bool human_parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *value);

/* A time in seconds: digits, followed by s, m, h, d or w. */
bool human_parse_age(const char *text, uint64_t min, uint64_t max, uint64_t *seconds);

/* Seconds with an optional fraction ("1.5"), as milliseconds; not zero, at most ten years. */
bool human_parse_seconds(const char *text, uint64_t *ms);

/*
 * Reads a number inside a text: at least one and at most @max (19) decimal digits, without the sign
 * and the blanks that sscanf() would accept. Moves @text past the digits. False: there is no digit.
 */
bool human_digits(const char **text, unsigned int max, uint64_t *value);

/* "0", "999", "1.5K", "64K", "2.0G": at most five characters. */
const char *human_bytes(uint64_t bytes, char out[HUMAN_SIZE]);

/* "5s", "12m05s", "3h07m", "8d04h". */
const char *human_duration(uint64_t ns, char out[HUMAN_SIZE]);

#endif /* KPL011_HUMAN_H */
