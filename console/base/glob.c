// SPDX-License-Identifier: GPL-2.0-only
#include "base/glob.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* Shorter texts go to fnmatch(3), which is quicker for them, whatever the pattern. */
#define SHORT 256

#define ASCII 128
#define WORD 64

/* What one character of the text has to be. */
struct element {
	const char *at;
	size_t len;
	bool set; /* a [...]; otherwise the character itself */
};

/*
 * A nondeterministic automaton: a bit for each place in the pattern that the text so far can have
 * reached. All of them advance together, so that there is no backtracking.
 */
struct glob {
	struct element *elements;
	size_t count;
	size_t *special; /* indices of the elements that can match a character beyond ASCII */
	size_t specials;
	size_t words;
	uint64_t *star;	   /* bit n: a * follows the first n elements */
	uint64_t *any;	   /* bit n: element n is a ? */
	uint64_t *ascii;   /* for each ASCII character, the elements that match it */
	uint64_t *is;	   /* the elements that match the next character */
	uint64_t *reached; /* bit n: the text so far can be the first n elements */
};

static void set_bit(uint64_t *words, size_t bit)
{
	words[bit / WORD] |= 1ull << bit % WORD;
}

static bool has_bit(const uint64_t *words, size_t bit)
{
	return words[bit / WORD] >> bit % WORD & 1;
}

/* The bytes of the next character; 1 for a byte that begins no character. */
static size_t char_len(const char *text)
{
	mbstate_t state = { 0 };
	size_t n;

	if ((unsigned char)*text < ASCII)
		return 1;
	n = mbrlen(text, strnlen(text, MB_LEN_MAX), &state);
	return n && n <= MB_LEN_MAX ? n : 1;
}

/* The bytes of a [...]; 0: it has no end, and stands for a plain [. */
static size_t set_len(const char *pattern)
{
	const char *at = pattern + 1;
	const char *end;

	at += *at == '!' || *at == '^';
	for (bool first = true; *at && (*at != ']' || first); at++, first = false) {
		if (*at == '\\' && at[1]) {
			at++;
		} else if (*at == '[' && at[1] && strchr(":.=", at[1])) {
			end = strstr(at + 2, (char[]){ at[1], ']', '\0' });
			if (end)
				at = end + 1;
		}
	}
	return *at ? (size_t)(at - pattern) + 1 : 0;
}

static bool is_element(const struct element *element, const char *text, size_t len)
{
	char pattern[NAME_MAX + 1];
	char one[MB_LEN_MAX + 1];

	if (!element->set)
		return element->len == len && !memcmp(element->at, text, len);
	if (element->len >= sizeof(pattern))
		return false;
	memcpy(pattern, element->at, element->len);
	pattern[element->len] = '\0';
	memcpy(one, text, len);
	one[len] = '\0';
	return !fnmatch(pattern, one, 0);
}

static void add(struct glob *glob, const char *at, size_t len, bool set)
{
	glob->elements[glob->count] = (struct element){ .at = at, .len = len, .set = set };
	if (set || len > 1 || (unsigned char)*at >= ASCII)
		glob->special[glob->specials++] = glob->count;
	glob->count++;
}

static void parse(struct glob *glob, const char *pattern)
{
	size_t len;

	for (const char *at = pattern; *at; at += len) {
		len = 1;
		if (*at == '*') {
			set_bit(glob->star, glob->count);
		} else if (*at == '?') {
			set_bit(glob->any, glob->count);
			glob->elements[glob->count++].len = 0;
		} else if (*at == '[' && (len = set_len(at))) {
			add(glob, at, len, true);
		} else {
			bool nothing = *at == '\\' && !at[1];

			at += *at == '\\' && at[1];
			len = char_len(at);
			/* As in fnmatch(3), a \ at the end matches nothing. */
			add(glob, at, len, nothing);
		}
	}
}

static void fill_ascii(struct glob *glob)
{
	for (int c = 1; c < ASCII; c++) {
		uint64_t *is = glob->ascii + (size_t)c * glob->words;
		char one = (char)c;

		memcpy(is, glob->any, glob->words * sizeof(*is));
		for (size_t i = 0; i < glob->count; i++)
			if (glob->elements[i].len && is_element(&glob->elements[i], &one, 1))
				set_bit(is, i);
	}
}

static const uint64_t *elements_of(const struct glob *glob, const char *text, size_t len)
{
	if ((unsigned char)*text < ASCII)
		return glob->ascii + (size_t)*text * glob->words;
	memcpy(glob->is, glob->any, glob->words * sizeof(*glob->is));
	for (size_t i = 0; i < glob->specials; i++)
		if (is_element(&glob->elements[glob->special[i]], text, len))
			set_bit(glob->is, glob->special[i]);
	return glob->is;
}

/* Takes one character. False: the text does not match, however it continues. */
static bool step(struct glob *glob, const uint64_t *is)
{
	uint64_t carry = 0;
	uint64_t some = 0;

	for (size_t w = 0; w < glob->words; w++) {
		uint64_t met = glob->reached[w] & is[w];

		glob->reached[w] = met << 1 | carry | (glob->reached[w] & glob->star[w]);
		carry = met >> (WORD - 1);
		some |= glob->reached[w];
	}
	return some;
}

static bool run(struct glob *glob, const char *text)
{
	set_bit(glob->reached, 0);
	for (size_t len; *text; text += len) {
		len = char_len(text);
		if (!step(glob, elements_of(glob, text, len)))
			return false;
		/* The pattern ends with a *, which matches the rest. */
		if (has_bit(glob->reached, glob->count) && has_bit(glob->star, glob->count))
			return true;
	}
	return has_bit(glob->reached, glob->count);
}

bool glob_matches(const char *pattern, const char *text)
{
	size_t most = strlen(pattern);
	struct glob glob = { .words = (most + 1 + WORD - 1) / WORD };
	bool matched = false;

	if (strnlen(text, SHORT) < SHORT)
		return !fnmatch(pattern, text, 0);
	glob.elements = calloc(most + 1, sizeof(*glob.elements));
	glob.special = calloc(most + 1, sizeof(*glob.special));
	glob.star = calloc(glob.words * (ASCII + 4), sizeof(*glob.star));
	if (glob.elements && glob.special && glob.star) {
		glob.any = glob.star + glob.words;
		glob.is = glob.any + glob.words;
		glob.reached = glob.is + glob.words;
		glob.ascii = glob.reached + glob.words;
		parse(&glob, pattern);
		fill_ascii(&glob);
		matched = run(&glob, text);
	}
	free(glob.elements);
	free(glob.special);
	free(glob.star);
	return matched;
}
