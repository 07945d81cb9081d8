// SPDX-License-Identifier: GPL-2.0-only
#include "text/secrets.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* This much of the beginning of a secret is hidden even in the middle of a line. */
#define MIDDLE 4

/*
 * Shorter parts could be anything, and stay. A guest's line that is nothing but the beginning of a
 * secret is an echo, however short.
 */
static const struct least {
	size_t alone; /* a whole line that is the beginning of a secret */
	size_t edge;  /* a part at an end of a line */
} leasts[] = {
	[SECRETS_IN_MATCH] = { 3, 3 },
	[SECRETS_IN_LINE] = { 1, 2 },
};

struct piece {
	const unsigned char *text;
	size_t len;
	bool whole; /* it is a secret with all of its lines */
};

struct pieces {
	struct piece *all;
	size_t count;
};

/* The length of what is sent, without the Enter key at its end. */
static size_t secret_len(const struct expect_line *step)
{
	return step->len && step->text[step->len - 1] == '\r' ? step->len - 1 : step->len;
}

static bool is_end(unsigned char c)
{
	return c == '\n' || c == '\r';
}

/* Control characters are echoed as something else, or not at all. */
static bool is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

static void add(struct pieces *pieces, const unsigned char *text, size_t len, bool whole)
{
	if (pieces->all && len)
		pieces->all[pieces->count] = (struct piece){ text, len, whole };
	pieces->count += len > 0;
}

static void add_lines(struct pieces *pieces, const unsigned char *text, size_t len)
{
	size_t begin = 0;

	for (size_t i = 0; i <= len; i++) {
		if (i < len && !is_end(text[i]))
			continue;
		add(pieces, text + begin, i - begin, false);
		begin = i + 1;
	}
}

/* Adds what is between control characters, unless it is so short that it could be anywhere. */
static void add_words(struct pieces *pieces, const unsigned char *text, size_t len)
{
	size_t begin = 0;

	for (size_t i = 0; i <= len; i++) {
		if (i < len && !is_control(text[i]))
			continue;
		if (i - begin >= MIDDLE)
			add(pieces, text + begin, i - begin, false);
		begin = i + 1;
	}
}

/* Adds each secret as a whole, which may be found in bytes, and the parts that a line may have. */
static void split(const struct expect_script *script, struct pieces *pieces)
{
	pieces->count = 0;
	for (size_t i = 0; i < script->count; i++) {
		const struct expect_line *step = &script->steps[i];
		const unsigned char *text = (const unsigned char *)step->text;

		if (!step->secret)
			continue;
		add(pieces, text, secret_len(step), true);
		add_lines(pieces, text, secret_len(step));
		add_words(pieces, text, secret_len(step));
	}
}

static size_t common(const unsigned char *one, size_t len, const unsigned char *other, size_t most)
{
	size_t n = 0;

	while (n < len && n < most && one[n] == other[n])
		n++;
	return n;
}

/* A line, and what has to be hidden in it. */
struct line {
	const unsigned char *text;
	size_t len;
	bool *hide;
};

static void hide(struct line *line, size_t at, size_t len)
{
	/* Do not hide only the beginning of a character. */
	while (len && at + len < line->len && (line->text[at + len] & 0xc0) == 0x80)
		len--;
	memset(line->hide + at, true, len);
}

static bool is_of_word(unsigned char c)
{
	return isalnum(c) || c >= 0x80;
}

/* A few letters could be anywhere; but as a word they were echoed. */
static bool is_word(const struct line *line, size_t at, size_t len)
{
	return len >= MIDDLE || ((!at || !is_of_word(line->text[at - 1])) &&
				 (at + len == line->len || !is_of_word(line->text[at + len])));
}

/* Hides the piece, or its beginning, at @at. */
static void hide_from(struct line *line, size_t at, const struct piece *piece,
		      const struct least *least)
{
	size_t len = common(piece->text, piece->len, line->text + at, line->len - at);
	size_t enough = MIDDLE;

	if (at + len == line->len)
		enough = at ? least->edge : least->alone;
	if ((len == piece->len && is_word(line, at, len)) || len >= enough)
		hide(line, at, len);
}

/* Hides a part from the middle of the piece that the line begins with. */
static void hide_rest(struct line *line, const struct piece *piece, const struct least *least)
{
	size_t most = 0;

	for (size_t i = 1; i < piece->len; i++) {
		size_t len = common(piece->text + i, piece->len - i, line->text, line->len);
		bool edge = i + len == piece->len || len == line->len;

		if (len > most && len >= (edge ? least->edge : MIDDLE))
			most = len;
	}
	hide(line, 0, most);
}

static void hide_in_line(struct line *line, const struct pieces *pieces, const struct least *least)
{
	for (size_t i = 0; line->len && i < pieces->count; i++) {
		const struct piece *piece = &pieces->all[i];

		hide_rest(line, piece, least);
		for (size_t at = 0; at < line->len; at++)
			if (line->text[at] == piece->text[0])
				hide_from(line, at, piece, least);
	}
}

/* Hides secrets as they are, even over several lines. */
static void hide_whole(struct line *text, const struct pieces *pieces)
{
	for (size_t i = 0; i < pieces->count; i++) {
		const struct piece *piece = &pieces->all[i];

		for (size_t at = 0; piece->whole && at + piece->len <= text->len; at++)
			if (text->text[at] == piece->text[0] &&
			    !memcmp(text->text + at, piece->text, piece->len))
				hide(text, at, piece->len);
	}
}

static void find(struct line *text, const struct pieces *pieces, const struct least *least)
{
	size_t begin = 0;

	hide_whole(text, pieces);
	for (size_t i = 0; i <= text->len; i++) {
		if (i < text->len && !is_end(text->text[i]))
			continue;
		hide_in_line(&(struct line){ text->text + begin, i - begin, text->hide + begin },
			     pieces, least);
		begin = i + 1;
	}
}

static char *copy(const struct line *text, size_t *len)
{
	char *copy = malloc(text->len * strlen(SECRETS_HIDDEN) + 1);
	char *to = copy;

	if (!copy)
		return NULL;
	for (size_t i = 0; i < text->len; i++) {
		if (!text->hide[i])
			*to++ = (char)text->text[i];
		else if (!i || !text->hide[i - 1])
			to = stpcpy(to, SECRETS_HIDDEN);
	}
	*to = '\0';
	*len = (size_t)(to - copy);
	return copy;
}

char *secrets_hide(const struct expect_script *script, enum secrets_in in, const void *text,
		   size_t *len)
{
	struct line all = { text, *len, calloc(*len + 1, sizeof(bool)) };
	struct pieces pieces = { NULL, 0 };
	char *hidden = NULL;

	split(script, &pieces);
	pieces.all = calloc(pieces.count + 1, sizeof(*pieces.all));
	if (all.hide && pieces.all) {
		split(script, &pieces);
		find(&all, &pieces, &leasts[in]);
		hidden = copy(&all, len);
	}
	free(pieces.all);
	free(all.hide);
	return hidden;
}
