/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The escape key of the console: a prefix that takes one more key. Pure: it is
 * given whole keys (see keyseq.h) and says what they mean.
 */
#ifndef KPL011_ESCAPE_H
#define KPL011_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#define ESCAPE_NONE (-1)
#define ESCAPE_DEFAULT 0x1d

/* Room for the name of a key: "^]", "none". */
#define ESCAPE_NAME_SIZE 8

enum escape_act {
	ESCAPE_ACT_WAIT, /* nothing yet */
	ESCAPE_ACT_SEND, /* the key goes to the guest */
	ESCAPE_ACT_LEAVE,
	ESCAPE_ACT_BREAK,
	ESCAPE_ACT_SYSRQ,    /* a break, then the key, which is one byte */
	ESCAPE_ACT_NO_SYSRQ, /* it is no SysRq key */
	ESCAPE_ACT_TAKE,     /* the input, from whoever has it */
	ESCAPE_ACT_HELP,
	ESCAPE_ACT_SUSPEND,
	ESCAPE_ACT_UNKNOWN, /* it means nothing behind the escape */
};

enum escape_state {
	ESCAPE_PLAIN,
	ESCAPE_PREFIX, /* the escape key was typed */
	ESCAPE_SYSRQ,  /* and then s: the next key is that of SysRq */
};

struct escape {
	int key;
	enum escape_state state;
};

/* @key: the byte that is the prefix, or ESCAPE_NONE */
void escape_init(struct escape *esc, int key);

/* What the next key means, of @len bytes. */
enum escape_act escape_step(struct escape *esc, const unsigned char *key, size_t len);

/* Reads "^A", "^]", "^?", one character, or "none". False: it is neither. */
bool escape_parse(const char *text, int *key);

/* The opposite. */
const char *escape_name(int key, char out[ESCAPE_NAME_SIZE]);

#endif /* KPL011_ESCAPE_H */
