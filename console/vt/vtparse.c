// SPDX-License-Identifier: GPL-2.0-only
#include "vt/vtparse.h"

#include <string.h>

#include "vt/controls.h"

/* An intermediate or leader that stands for several, or for one at the wrong place. */
#define SEVERAL '\x7f'

struct sink {
	const struct vtparse_ops *ops;
	void *arg;
};

static void glyph(const struct sink *sink, uint32_t ch)
{
	if (sink->ops->glyph)
		sink->ops->glyph(ch, sink->arg);
}

static void tell_escape(const struct sink *sink, char intermediate, unsigned char final)
{
	if (sink->ops->escape)
		sink->ops->escape(intermediate, (char) final, sink->arg);
}

void vtparse_init(struct vtparse *parse)
{
	*parse = (struct vtparse){ .state = VTPARSE_GROUND };
}

/* Passes on a replacement for a character that was cut off. */
static void end_character(struct vtparse *parse, const struct sink *sink)
{
	if (parse->utf8.need)
		glyph(sink, UTF8_REPLACEMENT);
	parse->utf8.need = 0;
}

/* Takes a byte from 0x80 on. C1 controls are not text, and are replaced. */
static void character(struct vtparse *parse, unsigned char c, const struct sink *sink)
{
	uint32_t ch = UTF8_REPLACEMENT;
	enum utf8_got got;

	while ((got = utf8_byte(&parse->utf8, c, &ch)) == UTF8_CUT)
		glyph(sink, UTF8_REPLACEMENT);
	if (got != UTF8_PART)
		glyph(sink, ch < 0xa0 ? UTF8_REPLACEMENT : ch);
}

/* Takes a control in text or inside a sequence. False: @c is not a control. */
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
		if (c == LF && parse->by_line)
			parse->state = VTPARSE_GROUND;
		if (sink->ops->control)
			sink->ops->control(c, sink->arg);
	}
	return true;
}

/* Takes text. Returns the number of bytes taken. */
static size_t ground(struct vtparse *parse, const unsigned char *bytes, size_t len,
		     const struct sink *sink)
{
	size_t run;

	if (bytes[0] >= 0x80) {
		int whole = parse->utf8.need ? 0 : utf8_check(bytes, len);
		uint32_t ch;

		if (whole <= 0) {
			character(parse, bytes[0], sink);
			return 1;
		}
		utf8_get((const char *)bytes, &ch);
		glyph(sink, ch < 0xa0 ? UTF8_REPLACEMENT : ch);
		return (size_t)whole;
	}
	end_character(parse, sink);
	run = utf8_ascii(bytes, len);
	if (run) {
		if (sink->ops->ascii)
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
	parse->fed = false;
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
		tell_escape(sink, parse->intermediate, c);
	} else if (c == '[') {
		parse->state = VTPARSE_CSI;
		parse->seq = (struct vtparse_csi){ .count = 0 };
	} else if (strchr("]P_^X", c)) {
		begin_string(parse, (char)c);
	} else {
		tell_escape(sink, 0, c);
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

/* Begins the next argument. A count of VTPARSE_ARGS + 1 means that further ones are dropped. */
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
		/* At the wrong place it makes a sequence that no terminal knows. */
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
		if (sink->ops->csi)
			sink->ops->csi(seq, sink->arg);
	}
}

/* @whole: the string has a proper end. */
static void tell_string(struct vtparse *parse, bool whole, const struct sink *sink)
{
	bool fits = parse->len < VTPARSE_STRING;
	size_t len = fits ? parse->len : VTPARSE_STRING - 1;

	if (parse->kind != ']' && parse->kind != 'P')
		return;
	parse->string[len] = '\0';
	if (whole && fits && sink->ops->string)
		sink->ops->string(parse->kind, parse->string, len, sink->arg);
	else if ((!whole || !fits) && sink->ops->cut)
		sink->ops->cut(parse->kind, parse->string, len, sink->arg);
}

static void end_string(struct vtparse *parse, bool whole, const struct sink *sink)
{
	parse->state = VTPARSE_GROUND;
	tell_string(parse, whole, sink);
}

/*
 * The Linux console has two OSC that have no end (console_codes(4)): ESC ] R, and
 * ESC ] P with seven digits. The kernel starts init with TERM=linux.
 */
static bool is_linux_osc(const struct vtparse *parse)
{
	return parse->kind == ']' && ((parse->len == 1 && parse->string[0] == 'R') ||
				      (parse->len == 8 && parse->string[0] == 'P'));
}

/* Whether this is a sixel picture: parameters, q, and data, which may be broken into lines. */
static bool is_sixel(const struct vtparse *parse)
{
	size_t len = parse->len < VTPARSE_STRING ? parse->len : VTPARSE_STRING;
	size_t at = 0;

	while (at < len &&
	       ((parse->string[at] >= '0' && parse->string[at] <= '9') || parse->string[at] == ';'))
		at++;
	return parse->kind == 'P' && at < len && parse->string[at] == 'q';
}

/* Whether @c ends the lines of a picture. Text that follows it soon has such a byte. */
static bool ends_sixel(const struct vtparse *parse, unsigned char c)
{
	if (c == CR || !c || strchr("#$-!\"", c))
		return false;
	return parse->fresh || !((c >= '?' && c < DEL) || (c >= '0' && c <= '9') || c == ';');
}

/* Whether the string was left open: @c is not part of it any more. */
static bool was_left_open(const struct vtparse *parse, unsigned char c)
{
	if (parse->len >= VTPARSE_STRING_MAX)
		return true;
	if (parse->kind == ']')
		return c == LF || (parse->len >= VTPARSE_OSC_MAX && (c <= ' ' || c >= DEL));
	if (c == LF)
		return parse->by_line && !is_sixel(parse);
	return parse->by_line && parse->fed && ends_sixel(parse, c);
}

static void string(struct vtparse *parse, unsigned char c, const struct sink *sink)
{
	if (parse->state == VTPARSE_STRING_ESCAPE) {
		end_string(parse, c == '\\', sink);
		if (c == '\\')
			return;
		/* The string was cut off: this ESC begins the next sequence. */
		parse->state = VTPARSE_ESCAPE;
		parse->intermediate = 0;
		escape(parse, c, sink);
		return;
	}
	if (c == ESC) {
		parse->state = VTPARSE_STRING_ESCAPE;
	} else if (c == BEL && parse->kind == ']') {
		end_string(parse, true, sink);
	} else if (c == CAN || c == SUB) {
		end_string(parse, false, sink);
	} else if (was_left_open(parse, c)) {
		end_string(parse, false, sink);
		ground(parse, &c, 1, sink);
	} else {
		if (parse->len < VTPARSE_STRING)
			parse->string[parse->len] = (char)c;
		parse->len++;
		parse->fed |= c == LF;
		/* Terminals ignore NULs. */
		parse->fresh = c == LF || (!c && parse->fresh);
		if (is_linux_osc(parse))
			end_string(parse, true, sink);
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

void vtparse_tell_begun(struct vtparse *parse, const struct vtparse_ops *ops, void *arg)
{
	const struct sink sink = { ops, arg };

	if (parse->state == VTPARSE_STRING_TEXT || parse->state == VTPARSE_STRING_ESCAPE)
		tell_string(parse, false, &sink);
}
