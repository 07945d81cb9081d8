/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The escape key of `kpl011 console`: a prefix that makes the next key a command. Pure:
 * the caller passes whole keys (see keyseq.h) and acts on what they mean.
 */
#ifndef KPL011_ESCAPE_H
#define KPL011_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#define ESCAPE_NONE (-1)
#define ESCAPE_DEFAULT 0x1d

/* Size of a key's name, including its NUL: "^]", "none". */
#define ESCAPE_NAME_SIZE 8

enum escape_act {
	ESCAPE_ACT_WAIT, /* nothing yet */
	ESCAPE_ACT_SEND, /* the key goes to the guest */
	ESCAPE_ACT_LEAVE,
	ESCAPE_ACT_BREAK,
	ESCAPE_ACT_SYSRQ,    /* a break, then this key, which is one byte */
	ESCAPE_ACT_NO_SYSRQ, /* the key cannot be one of SysRq */
	ESCAPE_ACT_TAKE,     /* take the input from its holder */
	ESCAPE_ACT_HELP,
	ESCAPE_ACT_SUSPEND,
	ESCAPE_ACT_UNKNOWN, /* the key has no meaning after the escape key */
};

enum escape_state {
	ESCAPE_PLAIN,
	ESCAPE_PREFIX, /* the escape key was typed */
	ESCAPE_SYSRQ,  /* and then s: the next key is one of SysRq */
};

struct escape {
	int key;
	enum escape_state state;
};

/* @key: the byte of the escape key, or ESCAPE_NONE */
void escape_init(struct escape *esc, int key);

/* What the next key means, of @len bytes. */
enum escape_act escape_step(struct escape *esc, const unsigned char *key, size_t len);

/* Parses "^A", "^]", "^?", one character, or "none". False: none of these. */
bool escape_parse(const char *text, int *key);

/* The inverse of escape_parse(). */
const char *escape_name(int key, char out[ESCAPE_NAME_SIZE]);

#endif /* KPL011_ESCAPE_H */
