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
#include <stdint.h>

#include "text/textline.h"

/* Patterns, at most: a bit for each. */
#define ALERTS_MAX 64

struct alerts;

/* How far the patterns were looked for. */
struct alerts_search {
	bool on;
	size_t len; /* in so much of the line */
	size_t pattern;
	bool hard;   /* it is looked for from place to place, */
	size_t from; /* and next from there on */
};

/* The line under way of one guest. Zeroes are a good beginning. */
struct alerts_line {
	struct textline line;
	uint64_t told;	      /* what was found in what is there, a bit for each */
	unsigned int returns; /* times that it was looked at before it was printed over */
	bool searched;	      /* what was added last is not through */
	struct alerts_search search;
};

struct alerts_ops {
	/*
	 * The line that is under way matches a pattern, and its first @len bytes at @text were
	 * looked at. @behind: so many bytes of this look were read. True: no more of this line.
	 */
	bool (*matched)(size_t index, const char *text, size_t len, size_t behind, void *arg);
	/* Optional, asked after some work: true: the rest is for another turn. */
	bool (*over)(void *arg);
	/* Optional. A line has ended, or so much of it is final (@whole is false). */
	void (*ended)(const char *text, size_t len, bool whole, size_t behind, void *arg);
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

/* One of these, from 0 on, and how bad it is, as of syslog(3); NULL: there are no more. */
const char *alerts_default(size_t index, const char **pattern, int *priority);

size_t alerts_count(const struct alerts *alerts);

/* Where the last match begins in the text that was looked at; during alerts_ops.matched(). */
size_t alerts_start(const struct alerts *alerts);

/**
 * alerts_look - look at bytes of a guest
 * @alerts: the alerts
 * @line: of this guest
 * @guest: its name
 * @wanted: which of the patterns, a bit for each
 * @bytes: what came
 * @from: where to go on: what the call before has returned
 * @len: how many
 * @ops: are told what is found, a pattern once a line
 * @arg: for them
 *
 * Return: how many were read. When ops->over() has said that the turn is over it is to be
 * called again with the same from there on, also where that is @len: see @line->searched.
 */
size_t alerts_look(const struct alerts *alerts, struct alerts_line *line, const char *guest,
		   uint64_t wanted, const unsigned char *bytes, size_t from, size_t len,
		   const struct alerts_ops *ops, void *arg);

/* The patterns are others: what is there of a line is looked at anew. */
void alerts_look_again(struct alerts_line *line);

/**
 * alerts_scan - the same for one who wants to know of one pattern in a line
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
