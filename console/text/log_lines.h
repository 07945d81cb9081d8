/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The logs of guests made for reading: with names, times, cleaned, or in
 * hexadecimal; of several guests, in the order of time.
 */
#ifndef KPL011_LOG_LINES_H
#define KPL011_LOG_LINES_H

#include <stdbool.h>

#include "source/source.h"

enum log_times {
	LOG_NO_TIMES,
	LOG_ISO,
	LOG_RELATIVE, /* to the attach */
	LOG_DELTA,    /* to the line before */
};

struct log_guest {
	struct source *src; /* at position @from */
	struct source_facts facts;
	char label[SOURCE_NAME_SIZE];
	uint64_t from;
	uint64_t until; /* UINT64_MAX: until it is gone */
};

struct log_style {
	enum log_times times;
	bool clean;
	bool hex;
	bool raw; /* byte by byte on a terminal, too */
	bool names;
	bool colours;
};

/* Prints them to standard output. Returns a status; it has said why. */
int log_lines(struct log_guest *guests, size_t count, const struct log_style *style);

#endif /* KPL011_LOG_LINES_H */
