/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Splits a guest's bytes into text and sequences as a terminal does (ECMA-48, UTF-8).
 * The bytes may come in pieces of any size. What it passes on is complete and bounded,
 * whatever comes in: characters are valid, parameters few and small, strings short.
 * Pure.
 */
#ifndef KPL011_VTPARSE_H
#define KPL011_VTPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/utf8.h"

/* Further parameters are dropped; greater values become VTPARSE_ARG_MAX. */
#define VTPARSE_ARGS 32
#define VTPARSE_ARG_MAX 9999

/* Bytes of a string that are kept, with its NUL; of a longer one only the beginning. */
#define VTPARSE_STRING 512

/*
 * A string longer than VTPARSE_STRING_MAX was left open by a crash or a lost byte: what follows is
 * text again. A line feed ends an OSC, too. So does the first blank, control or byte beyond ASCII
 * after VTPARSE_OSC_MAX bytes: what a guest prints has blanks, but encoded data, such as a picture
 * or something to paste, does not, and may be as long as other strings.
 */
#define VTPARSE_OSC_MAX 4096
#define VTPARSE_STRING_MAX (1u << 20)

struct vtparse_csi {
	char leader;	   /* one of <=>? or 0 */
	char intermediate; /* or 0; '\x7f': more than one, which no terminal knows */
	char final;
	uint8_t count; /* of args, at least 1 */
	uint16_t args[VTPARSE_ARGS];
	uint32_t given; /* a bit for each argument that was not left out; others are 0 */
	uint32_t sub;	/* a bit for each argument that came after a colon */
};

/* Each of these may be NULL. */
struct vtparse_ops {
	/* Printable ASCII. */
	void (*ascii)(const char *text, size_t len, void *arg);
	/* Any other character; never a control or a surrogate. */
	void (*glyph)(uint32_t ch, void *arg);
	/* A C0 control other than NUL, ESC, CAN and SUB. */
	void (*control)(unsigned char c, void *arg);
	/* ESC, @intermediate or 0, @final. */
	void (*escape)(char intermediate, char final, void *arg);
	void (*csi)(const struct vtparse_csi *csi, void *arg);
	/* A whole string, terminated. @kind: ']' OSC, 'P' DCS; other kinds are dropped. */
	void (*string)(char kind, const char *text, size_t len, void *arg);
	/* The beginning of a string that is too long, or has no proper end. */
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
	 * May be set after vtparse_init(): a line feed ends any sequence. But sixel pictures may
	 * have line feeds: after one, they end at a byte that no sixel has, or that none has at the
	 * beginning of a line.
	 */
	bool by_line;
	bool fed;   /* the string has a line feed */
	bool fresh; /* its last byte other than NUL was one */
	struct utf8 utf8;
	char intermediate;
	char kind;
	struct vtparse_csi seq;
	size_t len; /* of the string, including bytes that are not kept */
	char string[VTPARSE_STRING];
};

void vtparse_init(struct vtparse *parse);

/* Whether it is between two characters or sequences. */
static inline bool vtparse_is_idle(const struct vtparse *parse)
{
	return parse->state == VTPARSE_GROUND && !parse->utf8.need;
}

void vtparse_bytes(struct vtparse *parse, const void *bytes, size_t len,
		   const struct vtparse_ops *ops, void *arg);

/* Passes a string that has not ended yet to ops->cut(). The string continues afterwards. */
void vtparse_tell_begun(struct vtparse *parse, const struct vtparse_ops *ops, void *arg);

#endif /* KPL011_VTPARSE_H */
