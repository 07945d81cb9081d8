/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Patterns that the operator wants to hear of, in what any guest prints. A
 * line is searched when it ends or pauses, and a long one in pieces; the work for it is
 * bounded, whatever the pattern and the guest.
 */
#ifndef KPL011_ALERTS_H
#define KPL011_ALERTS_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of a line that are searched together. */
#define ALERTS_LINE 512

struct alerts;

/* The line under way of one guest. */
struct alerts_line {
	size_t len;
	bool told;   /* what is there was found */
	bool escape; /* in an escape sequence, which is left out */
	bool sequence;
	char text[ALERTS_LINE];
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
