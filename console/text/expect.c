// SPDX-License-Identifier: GPL-2.0-only
#define PCRE2_CODE_UNIT_WIDTH 8

#include "text/expect.h"

#include <errno.h>
#include <pcre2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What a step costs at most, some milliseconds: so many places, and so many
 * calls inside of PCRE2 for each. Places of which one takes more are tried
 * again, a few at a time and with patience.
 */
#define PLACES 1024
#define CALLS 2000
#define HARD_PLACES 8
#define HARD_CALLS 200000

/* Memory for a match, KiB. */
#define MATCH_HEAP 4096

struct pattern {
	pcre2_code *code;
	pcre2_match_data *data;
	size_t at;	/* of buf: places before it have no match */
	size_t hard_to; /* places up to here need patience */
	bool retry;	/* but one might begin at .. with the bytes to come */
	size_t retry_at;
};

struct expect {
	pcre2_compile_context *options;
	pcre2_match_context *limits;
	struct pattern patterns[EXPECT_PATTERNS];
	size_t count;
	size_t current; /* of patterns, that which is looked for */
	bool has_best;
	size_t best; /* pattern that matches at best_at; none of the others before it */
	size_t best_at;
	uint64_t pos;	 /* of buf[0] */
	bool line_start; /* buf[0] begins a line */
	size_t len;
	unsigned char buf[EXPECT_WINDOW + EXPECT_CHUNK];
};

struct expect *expect_new(void)
{
	struct expect *expect = calloc(1, sizeof(*expect));

	if (!expect)
		return NULL;
	expect->options = pcre2_compile_context_create(NULL);
	expect->limits = pcre2_match_context_create(NULL);
	if (!expect->options || !expect->limits) {
		expect_free(expect);
		return NULL;
	}
	pcre2_set_newline(expect->options, PCRE2_NEWLINE_ANYCRLF);
	pcre2_set_heap_limit(expect->limits, MATCH_HEAP);
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

int expect_pattern(struct expect *expect, const char *text, char *error, size_t size)
{
	struct pattern *pattern = &expect->patterns[expect->count];
	PCRE2_UCHAR why[128];
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
	*pattern = (struct pattern){ 0 };
	pattern->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
				      PCRE2_MULTILINE | PCRE2_NEVER_UTF | PCRE2_USE_OFFSET_LIMIT,
				      &number, &at, expect->options);
	if (!pattern->code) {
		pcre2_get_error_message(number, why, sizeof(why));
		snprintf(error, size, "%s at character %zu", (const char *)why, at + 1);
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

void expect_begin(struct expect *expect, uint64_t pos)
{
	expect->pos = pos;
	expect->len = 0;
	expect->line_start = true;
	expect->current = 0;
	expect->has_best = false;
	for (size_t i = 0; i < expect->count; i++) {
		expect->patterns[i].at = 0;
		expect->patterns[i].hard_to = 0;
		expect->patterns[i].retry = false;
	}
}

/* Forgets the oldest bytes. */
static void drop(struct expect *expect, size_t len)
{
	expect->line_start = expect->buf[len - 1] == '\n' || expect->buf[len - 1] == '\r';
	memmove(expect->buf, expect->buf + len, expect->len - len);
	expect->len -= len;
	expect->pos += len;
	for (size_t i = 0; i < expect->count; i++) {
		struct pattern *pattern = &expect->patterns[i];

		pattern->at -= pattern->at < len ? pattern->at : len;
		pattern->hard_to -= pattern->hard_to < len ? pattern->hard_to : len;
	}
}

void expect_add(struct expect *expect, const void *bytes, size_t len)
{
	for (size_t i = 0; i < expect->count; i++) {
		struct pattern *pattern = &expect->patterns[i];

		if (pattern->retry)
			pattern->at = pattern->retry_at;
		pattern->retry = false;
	}
	if (expect->len + len > sizeof(expect->buf))
		drop(expect, expect->len - EXPECT_WINDOW);
	memcpy(expect->buf + expect->len, bytes, len);
	expect->len += len;
	expect->current = 0;
	expect->has_best = false;
}

static int match(struct expect *expect, const struct pattern *pattern, size_t slice, bool hard)
{
	uint32_t options = PCRE2_PARTIAL_SOFT | PCRE2_NOTEMPTY;

	if (!expect->line_start)
		options |= PCRE2_NOTBOL;
	pcre2_set_match_limit(expect->limits, hard ? HARD_CALLS : CALLS);
	pcre2_set_offset_limit(expect->limits, pattern->at + slice - 1);
	return pcre2_match(pattern->code, expect->buf, expect->len, pattern->at, options,
			   pattern->data, expect->limits);
}

/* Tries some places of the current pattern. False: one is too hard. */
static bool try_slice(struct expect *expect)
{
	struct pattern *pattern = &expect->patterns[expect->current];
	size_t end = expect->has_best ? expect->best_at : expect->len;
	bool hard = pattern->at < pattern->hard_to;
	size_t slice = hard ? HARD_PLACES : PLACES;
	size_t found;
	int got;

	if (pattern->at >= end) {
		expect->current++;
		return true;
	}
	if (slice > end - pattern->at)
		slice = end - pattern->at;
	got = match(expect, pattern, slice, hard);
	if (got == PCRE2_ERROR_MATCHLIMIT && !hard) {
		pattern->hard_to = pattern->at + slice;
		return true;
	}
	found = pcre2_get_ovector_pointer(pattern->data)[0];
	if (got >= 0) {
		/* \K can have moved it behind another's. */
		if (!expect->has_best || found < expect->best_at) {
			expect->has_best = true;
			expect->best = expect->current;
			expect->best_at = found;
		}
		expect->current++;
		return true;
	}
	if (got == PCRE2_ERROR_PARTIAL && !pattern->retry) {
		pattern->retry = true;
		pattern->retry_at = found;
	}
	pattern->at += slice;
	return got == PCRE2_ERROR_PARTIAL || got == PCRE2_ERROR_NOMATCH;
}

static void tell(const struct expect *expect, struct expect_hit *hit)
{
	const struct pattern *pattern = &expect->patterns[expect->best];
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(pattern->data);
	uint32_t count = pcre2_get_ovector_count(pattern->data);

	*hit = (struct expect_hit){ .pattern = expect->best,
				    .start = expect->pos + at[0],
				    .end = expect->pos + at[1] };
	for (uint32_t i = 0; i < count && i <= EXPECT_GROUPS; i++) {
		struct expect_text *text = i ? &hit->group[hit->groups++] : &hit->all;

		if (at[2 * i] != PCRE2_UNSET)
			*text = (struct expect_text){ expect->buf + at[2 * i],
						      at[2 * i + 1] - at[2 * i] };
	}
}

enum expect_result expect_step(struct expect *expect, struct expect_hit *hit)
{
	if (expect->current < expect->count && !try_slice(expect)) {
		hit->pattern = expect->current;
		return EXPECT_TOO_HARD;
	}
	if (expect->current < expect->count)
		return EXPECT_MORE;
	if (!expect->has_best)
		return EXPECT_NONE;
	tell(expect, hit);
	return EXPECT_FOUND;
}
