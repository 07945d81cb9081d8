/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prints the logs of guests for reading: with names, times, cleaned, or in
 * hexadecimal; those of several guests in the order of time.
 */
#ifndef KPL011_LOG_LINES_H
#define KPL011_LOG_LINES_H

#include <stdbool.h>

#include "source/source.h"

enum log_times {
	LOG_NO_TIMES,
	LOG_ISO,
	LOG_RELATIVE, /* since the attach */
	LOG_DELTA,    /* since the line before */
};

struct log_guest {
	struct source *src; /* at position @from */
	struct source_facts facts;
	char label[SOURCE_NAME_SIZE];
	uint64_t from;
	uint64_t until; /* UINT64_MAX: until the guest is gone */
};

struct log_style {
	enum log_times times;
	bool clean;
	bool hex;
	bool raw; /* the bytes as they are, on a terminal, too */
	bool names;
	bool colours;
};

/* Prints them to standard output. Returns an exit status, and has printed why. */
int log_lines(struct log_guest *guests, size_t count, const struct log_style *style);

#endif /* KPL011_LOG_LINES_H */
