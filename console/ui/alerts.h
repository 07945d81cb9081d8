/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Patterns that the operator wants to hear of, in what any guest prints, as it is seen
 * (textline.h). A line is searched when it ends, pauses, or is about to be printed over,
 * and a long one in pieces that overlap by some 1500 bytes; the work for it is bounded,
 * whatever the pattern and the guest.
 */
#ifndef KPL011_ALERTS_H
#define KPL011_ALERTS_H

#include <stdbool.h>
#include <stddef.h>

#include "text/textline.h"

struct alerts;

/* The line under way of one guest. Zeroes are a good beginning. */
struct alerts_line {
	struct textline line;
	bool told; /* what is there was found */
};

/* NULL: no memory. */
struct alerts *alerts_new(void);
void alerts_free(struct alerts *alerts);

/**
 * alerts_add - a pattern to look for
 * @alerts: the alerts
 * @name: what to call it
 * @guests: a pattern for names (*, ?), or NULL: all guests
 * @pattern: a regular expression
 * @error: what is wrong with it
 * @size: bytes at @error
 */
bool alerts_add(struct alerts *alerts, const char *name, const char *guests, const char *pattern,
		char *error, size_t size);

/* Kernel panics, oopses, hung tasks, and what else nobody wants to miss. */
bool alerts_add_defaults(struct alerts *alerts);

size_t alerts_count(const struct alerts *alerts);

/**
 * alerts_scan - look at bytes of a guest
 * @alerts: the alerts
 * @line: of this guest
 * @guest: its name
 * @bytes: what came
 * @len: how many
 * @found: where the line goes that matched last, printable
 * @size: bytes at @found
 *
 * Return: the name of what matched, or NULL
 */
const char *alerts_scan(const struct alerts *alerts, struct alerts_line *line, const char *guest,
			const unsigned char *bytes, size_t len, char *found, size_t size);

#endif /* KPL011_ALERTS_H */
