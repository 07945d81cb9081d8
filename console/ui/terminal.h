/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The terminal that a guest has in front of it, by the settings: NAME = VALUE for
 * all guests, NAME@PATTERN = VALUE for those with such names. Pure.
 */
#ifndef KPL011_TERMINAL_H
#define KPL011_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "vt/encoding.h"

#define TERMINAL_ROWS 24
#define TERMINAL_COLS 80

struct terminal {
	bool fit; /* the size of the window; else this one */
	int rows, cols;
	enum encoding encoding;
	bool sends_bs; /* Backspace is ^H, not DEL */
};

struct terminals;

/* NULL: no memory. */
struct terminals *terminals_new(void);
void terminals_free(struct terminals *terminals);

/* Whether there is a setting of that name: "size", "encoding", "backspace". */
bool terminals_know(const char *name);

/**
 * terminals_add - a setting; where several are for a guest, the last holds
 * @terminals: the settings
 * @name: its name, which terminals_know()
 * @guests: a pattern of names, or NULL: all guests
 * @value: its value
 * @why: if false is returned, what it may be
 */
bool terminals_add(struct terminals *terminals, const char *name, const char *guests,
		   const char *value, const char **why);

/* What is in front of a guest, unless the operator sets it otherwise. */
void terminals_find(const struct terminals *terminals, const char *guest,
		    struct terminal *terminal);

/* "80x24", or "fit". False: neither. */
bool terminal_parse_size(const char *text, struct terminal *terminal);

#endif /* KPL011_TERMINAL_H */
