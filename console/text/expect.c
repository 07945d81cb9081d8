// SPDX-License-Identifier: GPL-2.0-only
#define PCRE2_CODE_UNIT_WIDTH 8

#include "text/expect.h"

#include <errno.h>
#include <pcre2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pattern.h"

/*
 * Work is counted in items of a pattern that are tried, by callouts of PCRE2 before each, and in
 * bytes that an item has passed. Each byte that is added pays for this many items; what is not used
 * is kept up to a limit.
 */
#define PER_BYTE 24
#define KEPT 16000000
#define BYTES_PER_ITEM 16

/* Items that one place may take, and a step: some milliseconds. Places of a step. */
#define PLACE_ITEMS 262144
#define STEP_ITEMS 300000
#define PLACES 4096

/* While no items are left: items of a place, places of a step, and bytes to search after these. */
#define POOR_ITEMS 24
#define POOR_PLACES 256
#define POOR_BYTES 256

/* Text that was taken back may change what is found in this many bytes before it. */
#define AGAIN 4096

/* Memory for a match, in KiB. */
#define MATCH_HEAP 4096

struct pattern {
	pcre2_code *code;
	pcre2_match_data *data;
	size_t at;   /* in buf: no match begins before this */
	size_t hard; /* a place where a step had to end; it is tried alone */
	bool retry;  /* a match might begin at @retry_at with the bytes to come */
	size_t retry_at;
	bool passed; /* it has skipped a place that takes too much work */
	bool told;
	int64_t items; /* that it may still use */
};

/* What a call of PCRE2 uses. */
struct work {
	size_t place; /* where a match is tried to begin */
	size_t pos;
	int64_t here; /* items used at this place */
	int64_t all;
	int64_t limit; /* of items at one place */
};

struct expect {
	bool text;
	bool stands;
	pcre2_compile_context *options;
	pcre2_match_context *limits;
	struct work work;
	struct pattern patterns[EXPECT_PATTERNS];
	size_t count;
	size_t current; /* the pattern that is searched for */
	bool has_best;
	size_t best; /* the pattern that matches at best_at; no other matches before that */
	size_t best_at;
	uint64_t pos;	 /* of buf[0] */
	bool line_start; /* buf[0] begins a line */
	size_t len;
	unsigned char buf[EXPECT_WINDOW + EXPECT_CHUNK];
};

static int count_work(pcre2_callout_block *block, void *arg)
{
	struct work *work = arg;
	size_t pos = block->current_position;
	int64_t items;

	if (block->callout_flags & PCRE2_CALLOUT_STARTMATCH) {
		work->place = block->start_match;
		work->pos = pos;
		work->here = 0;
	}
	items = 1 + (int64_t)((pos > work->pos ? pos - work->pos : 0) / BYTES_PER_ITEM);
	work->pos = pos;
	work->here += items;
	work->all += items;
	return work->here > work->limit || work->all > STEP_ITEMS ? PCRE2_ERROR_CALLOUT : 0;
}

struct expect *expect_new(enum expect_of of)
{
	struct expect *expect = calloc(1, sizeof(*expect));

	if (!expect)
		return NULL;
	expect->text = of == EXPECT_TEXT;
	expect->options = pcre2_compile_context_create(NULL);
	expect->limits = pcre2_match_context_create(NULL);
	if (!expect->options || !expect->limits) {
		expect_free(expect);
		return NULL;
	}
	pcre2_set_newline(expect->options, PCRE2_NEWLINE_ANYCRLF);
	pcre2_set_heap_limit(expect->limits, MATCH_HEAP);
	pcre2_set_callout(expect->limits, count_work, &expect->work);
	expect->line_start = true;
	return expect;
}

void expect_free(struct expect *expect)
{
	if (!expect)
		return;
	for (size_t i = 0; i < expect->count; i++) {
		pcre2_match_data_free(expect->patterns[i].data);
		pcre2_code_free(expect->patterns[i].code);
	}
	pcre2_match_context_free(expect->limits);
	pcre2_compile_context_free(expect->options);
	free(expect);
}

/* A pattern as PCRE2 gets it, and where each byte of it is in the pattern as it was given. */
struct copy {
	char text[EXPECT_PATTERN_MAX + 1];
	uint16_t at[EXPECT_PATTERN_MAX + 1];
};

/* Bytes of the \r of a \r\n that is here. */
static size_t return_at(const char *pattern)
{
	if (!strncmp(pattern, "\r\n", 2))
		return 1;
	return strncmp(pattern, "\\r\\n", 4) ? 0 : 2;
}

/* Lines of @text end with \n alone: \r\n in a pattern, which means their end, becomes \n. */
static void copy_pattern(struct copy *copy, const char *pattern, bool text)
{
	size_t len = strlen(pattern);
	bool escaped = false;
	size_t to = 0;

	for (size_t from = 0; from <= len; from++) {
		if (text && !escaped)
			from += return_at(pattern + from);
		escaped = !escaped && pattern[from] == '\\';
		copy->text[to] = pattern[from];
		copy->at[to++] = (uint16_t)from;
	}
}

int expect_pattern(struct expect *expect, const char *text, char *error, size_t size)
{
	uint32_t of = expect->text ? PATTERN_OF_TEXT : PCRE2_NEVER_UTF;
	struct pattern *pattern = &expect->patterns[expect->count];
	struct copy copy;
	PCRE2_SIZE at;
	int number;

	if (expect->count == EXPECT_PATTERNS) {
		snprintf(error, size, "more than %d patterns", EXPECT_PATTERNS);
		return -ENOSPC;
	}
	if (strlen(text) > EXPECT_PATTERN_MAX) {
		snprintf(error, size, "longer than %d bytes", EXPECT_PATTERN_MAX);
		return -EINVAL;
	}
	if (!*text) {
		snprintf(error, size, "empty");
		return -EINVAL;
	}
	copy_pattern(&copy, text, expect->text);
	*pattern = (struct pattern){ .items = KEPT };
	pattern->code =
		pcre2_compile((PCRE2_SPTR)copy.text, PCRE2_ZERO_TERMINATED,
			      of | PCRE2_MULTILINE | PCRE2_USE_OFFSET_LIMIT | PCRE2_AUTO_CALLOUT,
			      &number, &at, expect->options);
	if (!pattern->code) {
		pattern_reason(error, size, text, number, copy.at[at]);
		return -EINVAL;
	}
	pattern->data = pcre2_match_data_create_from_pattern(pattern->code, NULL);
	if (!pattern->data) {
		pcre2_code_free(pattern->code);
		snprintf(error, size, "out of memory");
		return -ENOMEM;
	}
	expect->count++;
	return 0;
}

static void look_anew(struct expect *expect)
{
	expect->stands = false;
	expect->current = 0;
	expect->has_best = false;
}

void expect_begin(struct expect *expect, uint64_t pos)
{
	expect->pos = pos;
	expect->len = 0;
	expect->line_start = true;
	look_anew(expect);
	for (size_t i = 0; i < expect->count; i++) {
		expect->patterns[i].at = 0;
		expect->patterns[i].retry = false;
	}
}

void expect_in_line(struct expect *expect, bool in_line)
{
	expect->line_start = !in_line;
}

/* The first place from @at on where a character begins. */
static size_t begin_from(const struct expect *expect, size_t at)
{
	while (expect->text && at < expect->len && (expect->buf[at] & 0xc0) == 0x80)
		at++;
	return at;
}

static size_t back(size_t from, size_t count)
{
	return from > count ? from - count : 0;
}

/* Forgets the oldest bytes. */
static void drop(struct expect *expect, size_t len)
{
	expect->line_start = expect->buf[len - 1] == '\n' || expect->buf[len - 1] == '\r';
	memmove(expect->buf, expect->buf + len, expect->len - len);
	expect->len -= len;
	expect->pos += len;
	for (size_t i = 0; i < expect->count; i++)
		expect->patterns[i].at = back(expect->patterns[i].at, len);
}

/* Searches again from @at on, where a match may begin that continues with what comes. */
static void go_back_to(struct expect *expect, struct pattern *pattern, size_t at)
{
	size_t least = begin_from(expect, back(expect->len, POOR_BYTES));

	if (pattern->items < 0 && at < least) {
		at = least;
		pattern->passed = true;
	}
	if (pattern->at > at)
		pattern->at = at;
}

static void retry(struct expect *expect)
{
	for (size_t i = 0; i < expect->count; i++) {
		struct pattern *pattern = &expect->patterns[i];

		if (pattern->retry)
			go_back_to(expect, pattern, pattern->retry_at);
		pattern->retry = false;
	}
}

void expect_add(struct expect *expect, const void *bytes, size_t len)
{
	retry(expect);
	if (expect->len + len > sizeof(expect->buf))
		drop(expect, begin_from(expect, expect->len - EXPECT_WINDOW));
	memcpy(expect->buf + expect->len, bytes, len);
	expect->len += len;
	for (size_t i = 0; i < expect->count; i++) {
		struct pattern *pattern = &expect->patterns[i];

		pattern->items += (int64_t)len * PER_BYTE;
		if (pattern->items > KEPT)
			pattern->items = KEPT;
	}
	look_anew(expect);
}

void expect_take_back(struct expect *expect, size_t len)
{
	retry(expect);
	expect->len -= len;
	for (size_t i = 0; i < expect->count; i++)
		go_back_to(expect, &expect->patterns[i],
			   begin_from(expect, back(expect->len, AGAIN)));
	look_anew(expect);
}

void expect_stand(struct expect *expect)
{
	retry(expect);
	look_anew(expect);
	expect->stands = true;
}

/* A part of the bytes, in which a match is tried to begin. */
struct slice {
	size_t places; /* how many, from the pattern's @at on */
	size_t end;    /* of what is searched */
	bool cut;      /* there is more after @end */
};

static struct slice next_slice(const struct expect *expect, const struct pattern *pattern,
			       size_t end)
{
	bool poor = pattern->items < 0;
	struct slice slice = { .places = end - pattern->at, .end = expect->len };
	size_t most = poor ? POOR_PLACES : PLACES;

	if (pattern->hard == pattern->at)
		most = 1;
	else if (pattern->hard > pattern->at && pattern->hard - pattern->at < most)
		most = pattern->hard - pattern->at;
	if (slice.places > most)
		slice.places = most;
	if (poor && pattern->at + slice.places + POOR_BYTES < expect->len) {
		slice.end = begin_from(expect, pattern->at + slice.places + POOR_BYTES);
		slice.cut = slice.end < expect->len;
	}
	return slice;
}

static int match(struct expect *expect, const struct pattern *pattern, const struct slice *slice)
{
	uint32_t options = PCRE2_PARTIAL_SOFT | PCRE2_NOTEMPTY;

	if (!expect->line_start)
		options |= PCRE2_NOTBOL;
	if (expect->text)
		options |= PCRE2_NO_UTF_CHECK;
	expect->work = (struct work){
		.place = pattern->at,
		.limit = pattern->items < 0 ? POOR_ITEMS : PLACE_ITEMS,
	};
	pcre2_set_offset_limit(expect->limits, pattern->at + slice->places - 1);
	return pcre2_match(pattern->code, expect->buf, slice->end, pattern->at, options,
			   pattern->data, expect->limits);
}

static void pass_over(struct expect *expect, struct pattern *pattern, size_t place)
{
	pattern->at = begin_from(expect, place + 1);
	pattern->passed = true;
}

/* The match might become longer, or not match at all, with what comes. */
static void come_back(struct expect *expect, struct pattern *pattern, size_t place)
{
	if (!pattern->retry || place < pattern->retry_at)
		pattern->retry_at = place;
	pattern->retry = true;
	if (pattern->items < 0 && expect->len - place > POOR_BYTES)
		pattern->retry_at = begin_from(expect, expect->len - POOR_BYTES);
}

static void matched(struct expect *expect, struct pattern *pattern, const struct slice *slice)
{
	const PCRE2_SIZE *found = pcre2_get_ovector_pointer(pattern->data);

	if (found[1] == slice->end && slice->cut) {
		pass_over(expect, pattern, expect->work.place);
		return;
	}
	if (found[1] == slice->end && !expect->stands) {
		come_back(expect, pattern, expect->work.place);
		pattern->at = expect->len;
	} else if (!expect->has_best || found[0] < expect->best_at) {
		/* \K may have moved its start after another's. */
		expect->has_best = true;
		expect->best = expect->current;
		expect->best_at = found[0];
	}
	expect->current++;
}

/* Tries some places of the current pattern. */
static void try_slice(struct expect *expect)
{
	struct pattern *pattern = &expect->patterns[expect->current];
	size_t end = expect->has_best ? expect->best_at : expect->len;
	struct slice slice;
	int got;

	if (pattern->at >= end) {
		expect->current++;
		return;
	}
	slice = next_slice(expect, pattern, end);
	got = match(expect, pattern, &slice);
	pattern->items -= expect->work.all;
	if (got >= 0) {
		matched(expect, pattern, &slice);
	} else if (got == PCRE2_ERROR_NOMATCH || got == PCRE2_ERROR_PARTIAL) {
		if (got == PCRE2_ERROR_PARTIAL && slice.cut)
			pattern->passed = true;
		else if (got == PCRE2_ERROR_PARTIAL)
			come_back(expect, pattern, pcre2_get_ovector_pointer(pattern->data)[0]);
		pattern->at = begin_from(expect, pattern->at + slice.places);
	} else if (expect->work.place > pattern->at) {
		/* Whether a match before it might continue is unknown: try these places again. */
		pattern->hard = expect->work.place;
	} else {
		pass_over(expect, pattern, pattern->at);
	}
}

static void tell(const struct expect *expect, struct expect_hit *hit)
{
	const struct pattern *pattern = &expect->patterns[expect->best];
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(pattern->data);
	uint32_t count = pcre2_get_ovector_count(pattern->data);

	/* \K in a subroutine of a lookahead may have put the start after the end. */
	*hit = (struct expect_hit){ .pattern = expect->best,
				    .start = expect->pos + (at[0] < at[1] ? at[0] : at[1]),
				    .end = expect->pos + at[1] };
	for (uint32_t i = 0; i < count && i <= EXPECT_GROUPS; i++) {
		struct expect_text *text = i ? &hit->group[hit->groups++] : &hit->all;

		if (at[2 * i] != PCRE2_UNSET && at[2 * i] <= at[2 * i + 1])
			*text = (struct expect_text){ expect->buf + at[2 * i],
						      at[2 * i + 1] - at[2 * i] };
	}
}

enum expect_result expect_step(struct expect *expect, struct expect_hit *hit)
{
	if (expect->current < expect->count) {
		struct pattern *pattern = &expect->patterns[expect->current];

		hit->pattern = expect->current;
		try_slice(expect);
		if (!pattern->passed || pattern->told)
			return EXPECT_MORE;
		pattern->told = true;
		return EXPECT_TOO_HARD;
	}
	if (!expect->has_best)
		return EXPECT_NONE;
	tell(expect, hit);
	return EXPECT_FOUND;
}
