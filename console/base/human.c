// SPDX-License-Identifier: GPL-2.0-only
#include "base/human.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int digit(char c, unsigned int base)
{
	int d = -1;

	if (c >= '0' && c <= '9')
		d = c - '0';
	else if (c >= 'a' && c <= 'f')
		d = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		d = c - 'A' + 10;
	return d < (int)base ? d : -1;
}

/*
 * Reads digits up to the first character that is not one. Returns NULL if there
 * is no digit or the number does not fit. Not strtoull(), which accepts blanks
 * and signs and reads 010 as 8.
 */
static const char *digits(const char *text, uint64_t *value)
{
	unsigned int base = 10;
	uint64_t sum = 0;
	const char *p;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	for (p = text; digit(*p, base) >= 0; p++) {
		if (__builtin_mul_overflow(sum, (uint64_t)base, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)digit(*p, base), &sum))
			return NULL;
	}
	if (p == text)
		return NULL;
	*value = sum;
	return p;
}

bool human_parse(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	const char *end;
	uint64_t n;

	end = digits(text, &n);
	if (!end || *end || n < min || n > max)
		return false;
	*value = n;
	return true;
}

bool human_parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	static const char units[] = "kKmMgGtT";
	const char *unit;
	const char *end;
	uint64_t n;

	end = digits(text, &n);
	if (!end)
		return false;
	unit = *end ? strchr(units, *end) : NULL;
	for (long i = unit ? (unit - units) / 2 : -1; i >= 0; i--)
		if (__builtin_mul_overflow(n, (uint64_t)1024, &n))
			return false;
	if (end[unit ? 1 : 0] || n < min || n > max)
		return false;
	*value = n;
	return true;
}

bool human_parse_age(const char *text, uint64_t min, uint64_t max, uint64_t *seconds)
{
	static const struct {
		char name;
		uint64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
	const char *end;
	uint64_t n;

	end = digits(text, &n);
	for (size_t i = 0; end && i < sizeof(units) / sizeof(units[0]); i++) {
		if (*end != units[i].name || end[1])
			continue;
		if (__builtin_mul_overflow(n, units[i].seconds, &n) || n < min || n > max)
			return false;
		*seconds = n;
		return true;
	}
	return false;
}

bool human_parse_seconds(const char *text, uint64_t *ms)
{
	/* Ten years. */
	const uint64_t max = 10ull * 366 * 24 * 3600;
	unsigned int scale = 100;
	const char *end;
	uint64_t sum;

	if (digit(text[0], 10) < 0 || text[1] == 'x' || text[1] == 'X')
		return false;
	end = digits(text, &sum);
	if (!end || sum > max)
		return false;
	sum *= 1000;
	if (*end == '.') {
		if (digit(*++end, 10) < 0)
			return false;
		for (; digit(*end, 10) >= 0; end++, scale /= 10)
			sum += (uint64_t)digit(*end, 10) * scale;
	}
	if (*end || !sum)
		return false;
	*ms = sum;
	return true;
}

bool human_digits(const char **text, unsigned int max, uint64_t *value)
{
	const char *p = *text;
	uint64_t sum = 0;

	for (; max && digit(*p, 10) >= 0; p++, max--)
		sum = sum * 10 + (uint64_t)digit(*p, 10);
	if (p == *text)
		return false;
	*value = sum;
	*text = p;
	return true;
}

const char *human_bytes(uint64_t bytes, char out[HUMAN_SIZE])
{
	static const char units[] = "KMGTPE";
	uint64_t tenths;
	size_t unit = 0;

	if (bytes < 1000) {
		snprintf(out, HUMAN_SIZE, "%" PRIu64, bytes);
		return out;
	}
	/* tenths is ten times the value, rounded down. */
	while (bytes >= 1000 * 1024 && units[unit + 1]) {
		bytes /= 1024;
		unit++;
	}
	tenths = bytes * 10 / 1024;
	if (tenths < 100)
		snprintf(out, HUMAN_SIZE, "%" PRIu64 ".%" PRIu64 "%c", tenths / 10, tenths % 10,
			 units[unit]);
	else
		snprintf(out, HUMAN_SIZE, "%" PRIu64 "%c", tenths / 10, units[unit]);
	return out;
}

const char *human_duration(uint64_t ns, char out[HUMAN_SIZE])
{
	uint64_t s = ns / 1000000000;

	if (s < 60)
		snprintf(out, HUMAN_SIZE, "%" PRIu64 "s", s);
	else if (s < 3600)
		snprintf(out, HUMAN_SIZE, "%" PRIu64 "m%02" PRIu64 "s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(out, HUMAN_SIZE, "%" PRIu64 "h%02" PRIu64 "m", s / 3600, s / 60 % 60);
	else
		snprintf(out, HUMAN_SIZE, "%" PRIu64 "d%02" PRIu64 "h", s / 86400, s / 3600 % 24);
	return out;
}
