// SPDX-License-Identifier: GPL-2.0-only
#include "vt/vtparse.h"

#include <string.h>

enum {
	BEL = 0x07,
	LF = 0x0a,
	CAN = 0x18,
	SUB = 0x1a,
	ESC = 0x1b,
	DEL = 0x7f,
};

/* Of an intermediate: there were several. */
#define SEVERAL '\x7f'

struct sink {
	const struct vtparse_ops *ops;
	void *arg;
};

void vtparse_init(struct vtparse *parse)
{
	*parse = (struct vtparse){ .state = VTPARSE_GROUND };
}

/* A character that was cut off is shown as broken. */
static void end_character(struct vtparse *parse, const struct sink *sink)
{
	if (parse->need)
		sink->ops->glyph(VTPARSE_REPLACEMENT, sink->arg);
	parse->need = 0;
}

/* The first byte of a character, by table 3-7 of the Unicode Standard. */
static void begin_character(struct vtparse *parse, unsigned char c, const struct sink *sink)
{
	parse->lower = 0x80;
	parse->upper = 0xbf;
	if (c >= 0xc2 && c <= 0xdf) {
		parse->need = 1;
		parse->ch = c & 0x1f;
	} else if (c >= 0xe0 && c <= 0xef) {
		parse->need = 2;
		parse->ch = c & 0x0f;
		if (c == 0xe0)
			parse->lower = 0xa0;
		if (c == 0xed)
			parse->upper = 0x9f;
	} else if (c >= 0xf0 && c <= 0xf4) {
		parse->need = 3;
		parse->ch = c & 0x07;
		if (c == 0xf0)
			parse->lower = 0x90;
		if (c == 0xf4)
			parse->upper = 0x8f;
	} else {
		sink->ops->glyph(VTPARSE_REPLACEMENT, sink->arg);
	}
}

/* A byte from 0x80 on. */
static void character(struct vtparse *parse, unsigned char c, const struct sink *sink)
{
	if (!parse->need || c < parse->lower || c > parse->upper) {
		end_character(parse, sink);
		begin_character(parse, c, sink);
		return;
	}
	parse->ch = parse->ch << 6 | (c & 0x3f);
	parse->lower = 0x80;
	parse->upper = 0xbf;
	if (--parse->need)
		return;
	/* C1 controls are no text. */
	sink->ops->glyph(parse->ch < 0xa0 ? VTPARSE_REPLACEMENT : parse->ch, sink->arg);
}

/* A control in text or in the midst of a sequence; true: it was one. */
static bool control(struct vtparse *parse, unsigned char c, const struct sink *sink)
{
	if (c >= 0x20 && c != DEL)
		return false;
	if (c == ESC) {
		parse->state = VTPARSE_ESCAPE;
		parse->intermediate = 0;
	} else if (c == CAN || c == SUB) {
		parse->state = VTPARSE_GROUND;
	} else if (c && c != DEL) {
		sink->ops->control(c, sink->arg);
	}
	return true;
}

/* Text; returns how many bytes of it are done. */
static size_t ground(struct vtparse *parse, const unsigned char *bytes, size_t len,
		     const struct sink *sink)
{
	size_t run = 0;

	if (bytes[0] >= 0x80) {
		character(parse, bytes[0], sink);
		return 1;
	}
	end_character(parse, sink);
	while (run < len && bytes[run] >= 0x20 && bytes[run] < DEL)
		run++;
	if (run) {
		sink->ops->ascii((const char *)bytes, run, sink->arg);
		return run;
	}
	control(parse, bytes[0], sink);
	return 1;
}

static void begin_string(struct vtparse *parse, char kind)
{
	parse->state = VTPARSE_STRING_TEXT;
	parse->kind = kind;
	parse->len = 0;
}

static void escape(struct vtparse *parse, unsigned char c, const struct sink *sink)
{
	if (control(parse, c, sink))
		return;
	parse->state = VTPARSE_GROUND;
	if (c >= 0x80) {
		character(parse, c, sink);
	} else if (c < 0x30) {
		parse->state = VTPARSE_ESCAPE;
		parse->intermediate = (char)(parse->intermediate ? SEVERAL : c);
	} else if (parse->intermediate) {
		sink->ops->escape(parse->intermediate, (char)c, sink->arg);
	} else if (c == '[') {
		parse->state = VTPARSE_CSI;
		parse->seq = (struct vtparse_csi){ .count = 0 };
	} else if (strchr("]P_^X", c)) {
		begin_string(parse, (char)c);
	} else {
		sink->ops->escape(0, (char)c, sink->arg);
	}
}

static void digit(struct vtparse_csi *seq, unsigned int value)
{
	unsigned int at;

	if (!seq->count)
		seq->count = 1;
	if (seq->count > VTPARSE_ARGS)
		return;
	at = seq->count - 1u;
	value += seq->args[at] * 10u;
	seq->args[at] = value > VTPARSE_ARG_MAX ? VTPARSE_ARG_MAX : (uint16_t)value;
	seq->given |= 1u << at;
}

/* One more than there is room for: those that follow are dropped. */
static void separator(struct vtparse_csi *seq, bool sub)
{
	if (!seq->count)
		seq->count = 1;
	if (seq->count > VTPARSE_ARGS)
		return;
	seq->count++;
	if (seq->count <= VTPARSE_ARGS && sub)
		seq->sub |= 1u << (seq->count - 1u);
}

static void csi(struct vtparse *parse, unsigned char c, const struct sink *sink)
{
	struct vtparse_csi *seq = &parse->seq;

	if (control(parse, c, sink))
		return;
	if (c >= 0x80) {
		parse->state = VTPARSE_GROUND;
		character(parse, c, sink);
	} else if (c >= '0' && c <= '9') {
		digit(seq, c - '0');
	} else if (c == ';' || c == ':') {
		separator(seq, c == ':');
	} else if (c >= '<' && c <= '?') {
		/* Not at its place: a sequence that nobody knows. */
		seq->leader = (char)(seq->count || seq->leader ? SEVERAL : c);
	} else if (c < 0x30) {
		seq->intermediate = (char)(seq->intermediate ? SEVERAL : c);
	} else {
		parse->state = VTPARSE_GROUND;
		seq->final = (char)c;
		if (!seq->count)
			seq->count = 1;
		if (seq->count > VTPARSE_ARGS)
			seq->count = VTPARSE_ARGS;
		sink->ops->csi(seq, sink->arg);
	}
}

static void end_string(struct vtparse *parse, const struct sink *sink)
{
	parse->state = VTPARSE_GROUND;
	if (parse->len >= VTPARSE_STRING || (parse->kind != ']' && parse->kind != 'P'))
		return;
	parse->string[parse->len] = '\0';
	sink->ops->string(parse->kind, parse->string, parse->len, sink->arg);
}

/*
 * The Linux console's own, without an end (console_codes(4)): ESC ] R, and ESC ] P
 * with seven digits. A kernel's init has TERM=linux.
 */
static bool is_linux_osc(const struct vtparse *parse)
{
	return parse->kind == ']' && ((parse->len == 1 && parse->string[0] == 'R') ||
				      (parse->len == 8 && parse->string[0] == 'P'));
}

static void string(struct vtparse *parse, unsigned char c, const struct sink *sink)
{
	size_t most = parse->kind == ']' ? VTPARSE_OSC_MAX : VTPARSE_STRING_MAX;

	if (parse->state == VTPARSE_STRING_ESCAPE) {
		if (c == '\\') {
			end_string(parse, sink);
			return;
		}
		/* It was cut off; this is the next sequence. */
		parse->state = VTPARSE_ESCAPE;
		parse->intermediate = 0;
		escape(parse, c, sink);
		return;
	}
	if (c == ESC) {
		parse->state = VTPARSE_STRING_ESCAPE;
	} else if (c == BEL && parse->kind == ']') {
		end_string(parse, sink);
	} else if (c == CAN || c == SUB) {
		parse->state = VTPARSE_GROUND;
	} else if (parse->len >= most || (c == LF && parse->kind == ']')) {
		parse->state = VTPARSE_GROUND;
		ground(parse, &c, 1, sink);
	} else {
		if (parse->len < VTPARSE_STRING)
			parse->string[parse->len] = (char)c;
		parse->len++;
		if (is_linux_osc(parse))
			parse->state = VTPARSE_GROUND;
	}
}

void vtparse_bytes(struct vtparse *parse, const void *bytes, size_t len,
		   const struct vtparse_ops *ops, void *arg)
{
	const struct sink sink = { ops, arg };
	const unsigned char *at = bytes;
	const unsigned char *end = at + len;

	while (at < end) {
		switch (parse->state) {
		case VTPARSE_GROUND:
			at += ground(parse, at, (size_t)(end - at), &sink);
			break;
		case VTPARSE_ESCAPE:
			escape(parse, *at++, &sink);
			break;
		case VTPARSE_CSI:
			csi(parse, *at++, &sink);
			break;
		case VTPARSE_STRING_TEXT:
		case VTPARSE_STRING_ESCAPE:
			string(parse, *at++, &sink);
			break;
		}
	}
}
