/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes a guest's bytes apart as a terminal does (ECMA-48, UTF-8), cut anywhere.
 * What it gives is whole and bounded, whatever comes in: characters are valid,
 * parameters few and small, strings short. Pure.
 */
#ifndef KPL011_VTPARSE_H
#define KPL011_VTPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/utf8.h"

/* More parameters are dropped, greater ones are this. */
#define VTPARSE_ARGS 32
#define VTPARSE_ARG_MAX 9999

/* Bytes of a string that are kept; of what is longer only the beginning is told. */
#define VTPARSE_STRING 512

/*
 * A string that goes on and on is one that a crash or a lost byte has left open; what follows is
 * text again. OSC has no line feeds, and ends there as well. It may be as long as any if what
 * is behind the shorter bound is encoded, as a picture or what is to be pasted: that has no blanks,
 * and what a guest prints has some.
 */
#define VTPARSE_OSC_MAX 4096
#define VTPARSE_STRING_MAX (1u << 20)

struct vtparse_csi {
	char leader;	   /* one of <=>? or 0 */
	char intermediate; /* or 0; '\x7f': more than one, nobody knows them */
	char final;
	uint8_t count; /* of args, at least 1 */
	uint16_t args[VTPARSE_ARGS];
	uint32_t given; /* a bit each: the argument is not left out (it is 0 then) */
	uint32_t sub;	/* a bit each: it came after a colon */
};

/* NULL: nobody wants to know. */
struct vtparse_ops {
	/* Printable ASCII. */
	void (*ascii)(const char *text, size_t len, void *arg);
	/* Any other character; no control, no surrogate. */
	void (*glyph)(uint32_t ch, void *arg);
	/* A C0 control but NUL, ESC, CAN and SUB. */
	void (*control)(unsigned char c, void *arg);
	/* ESC, @intermediate or 0, @final. */
	void (*escape)(char intermediate, char final, void *arg);
	void (*csi)(const struct vtparse_csi *csi, void *arg);
	/* @kind: ']' OSC, 'P' DCS; those of other kinds are not given. Terminated. */
	void (*string)(char kind, const char *text, size_t len, void *arg);
	/* The beginning of one that is not given: it is too long, or did not end as it has to. */
	void (*cut)(char kind, const char *text, size_t len, void *arg);
};

enum vtparse_state {
	VTPARSE_GROUND,
	VTPARSE_ESCAPE,
	VTPARSE_CSI,
	VTPARSE_STRING_TEXT,
	VTPARSE_STRING_ESCAPE,
};

struct vtparse {
	enum vtparse_state state;
	/*
	 * Set after vtparse_init(): a line feed ends any sequence. But sixels have lines: they end
	 * at a byte that is none of theirs, or not at the beginning of one of their lines.
	 */
	bool by_line;
	bool fed;   /* there was a line feed in the string */
	bool fresh; /* it was the last byte */
	struct utf8 utf8;
	char intermediate;
	char kind;
	struct vtparse_csi seq;
	size_t len; /* of the string, also when it is too long */
	char string[VTPARSE_STRING];
};

void vtparse_init(struct vtparse *parse);

/* Neither a sequence nor a character is under way. */
static inline bool vtparse_is_idle(const struct vtparse *parse)
{
	return parse->state == VTPARSE_GROUND && !parse->utf8.need;
}

void vtparse_bytes(struct vtparse *parse, const void *bytes, size_t len,
		   const struct vtparse_ops *ops, void *arg);

/* A string that is under way is told as one that is cut off here, and goes on. */
void vtparse_tell_begun(struct vtparse *parse, const struct vtparse_ops *ops, void *arg);

#endif /* KPL011_VTPARSE_H */
