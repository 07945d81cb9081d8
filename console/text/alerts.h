/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Searches what any guest prints, as a person sees it (textline.h), for patterns that the operator
 * wants to hear of. A line is searched when it ends, when it pauses and before it is printed over,
 * and a long line in pieces that overlap by some 1500 bytes. The work for a line is bounded,
 * whatever the pattern and the guest.
 */
#ifndef KPL011_ALERTS_H
#define KPL011_ALERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/textline.h"

/* The most patterns; each has a bit. */
#define ALERTS_MAX 64

struct alerts;

/* How far the search of a line has come. */
struct alerts_search {
	bool on;
	size_t len; /* bytes of the line to search */
	size_t pattern;
	bool hard;   /* search for the pattern place by place, */
	size_t from; /* and from here on next */
};

/* The current line of one guest. All zero is a valid initial state. */
struct alerts_line {
	struct textline line;
	uint64_t told;	      /* patterns found in what is there, a bit for each */
	unsigned int returns; /* searches of the line before it was printed over */
	bool searched;	      /* the search of what was added last is not finished */
	struct alerts_search search;
};

struct alerts_ops {
	/*
	 * The current line matches pattern @index; the first @len bytes of the line, at @text, were
	 * searched. @behind: how many of the bytes given to alerts_look() were read. True: report
	 * no more of this line.
	 */
	bool (*matched)(size_t index, const char *text, size_t len, size_t behind, void *arg);
	/* Optional, called after some work. True: leave the rest to another turn. */
	bool (*over)(void *arg);
	/*
	 * Optional. The line has ended or, if @whole is false, its first @len bytes are final.
	 * @behind: as above, without the bytes of a sequence that is still incomplete.
	 */
	void (*ended)(const char *text, size_t len, bool whole, size_t behind, void *arg);
};

/* NULL: out of memory. */
struct alerts *alerts_new(void);
void alerts_free(struct alerts *alerts);

/**
 * alerts_add - add a pattern to search for
 * @alerts: the alerts
 * @name: what to call it
 * @guests: a pattern for the names of guests (*, ?), or NULL: all guests
 * @pattern: a regular expression
 * @error: returned: what is wrong with it
 * @size: bytes at @error
 */
bool alerts_add(struct alerts *alerts, const char *name, const char *guests, const char *pattern,
		char *error, size_t size);

/* Adds the default patterns: kernel panics, oopses, hung tasks, and others nobody wants to miss. */
bool alerts_add_defaults(struct alerts *alerts);

/*
 * The name of a default pattern, counted from 0, with the pattern and its priority as in syslog(3).
 * NULL: there are no more.
 */
const char *alerts_default(size_t index, const char **pattern, int *priority);

size_t alerts_count(const struct alerts *alerts);

/* Where the last match begins in the searched text; to be called during alerts_ops.matched(). */
size_t alerts_start(const struct alerts *alerts);

/**
 * alerts_look - search bytes of a guest
 * @alerts: the alerts
 * @line: of this guest
 * @guest: its name
 * @wanted: which of the patterns to search for, a bit for each
 * @bytes: what came
 * @from: where to continue: what the call before has returned, or 0
 * @len: how many bytes came
 * @ops: called for what is found, once a line for each pattern
 * @arg: for @ops
 *
 * Return: how many were read. If ops->over() has ended the turn, the function has to be called
 * again with the same arguments, and @from at that place, even if that is @len: see
 * @line->searched.
 */
size_t alerts_look(const struct alerts *alerts, struct alerts_line *line, const char *guest,
		   uint64_t wanted, const unsigned char *bytes, size_t from, size_t len,
		   const struct alerts_ops *ops, void *arg);

/* The patterns have changed: the next alerts_look() searches the current line again. */
void alerts_look_again(struct alerts_line *line);

/**
 * alerts_scan - the same for a caller that wants one pattern of each line
 * @alerts: the alerts
 * @line: of this guest
 * @guest: its name
 * @bytes: what came
 * @len: how many
 * @found: where the line that matched last goes, printable
 * @size: bytes at @found
 *
 * Return: the name of the pattern that matched last, or NULL
 */
const char *alerts_scan(const struct alerts *alerts, struct alerts_line *line, const char *guest,
			const unsigned char *bytes, size_t len, char *found, size_t size);

#endif /* KPL011_ALERTS_H */
