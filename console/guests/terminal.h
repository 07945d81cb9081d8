/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The terminal that is emulated for a guest: its size, encoding and Backspace key, and the
 * settings for these: NAME = VALUE for all guests, NAME@PATTERN = VALUE for guests whose
 * names match. Pure.
 */
#ifndef KPL011_TERMINAL_H
#define KPL011_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "vt/encoding.h"

#define TERMINAL_ROWS 24
#define TERMINAL_COLS 80

struct terminal {
	bool fit; /* as large as its window; otherwise of the size below */
	int rows, cols;
	enum encoding encoding;
	bool sends_bs; /* the Backspace key sends ^H, not DEL */
};

struct terminals;

/* NULL: no memory. */
struct terminals *terminals_new(void);
void terminals_free(struct terminals *terminals);

/* Whether this is the name of a setting: "size", "encoding", "backspace". */
bool terminals_know(const char *name);

/**
 * terminals_add - add a setting; of several that match a guest the last one applies
 * @terminals: the settings
 * @name: its name, for which terminals_know() is true
 * @guests: a pattern of guests' names; NULL: all guests
 * @value: its value
 * @why: set to the reason, such as the valid values, if false is returned
 */
bool terminals_add(struct terminals *terminals, const char *name, const char *guests,
		   const char *value, const char **why);

/* The terminal that the settings give a guest. */
void terminals_find(const struct terminals *terminals, const char *guest,
		    struct terminal *terminal);

/* Parses "80x24" or "fit". False: neither, or a size out of range. */
bool terminal_parse_size(const char *text, struct terminal *terminal);

#endif /* KPL011_TERMINAL_H */
