// SPDX-License-Identifier: GPL-2.0-only
#include "text/seen.h"

#include <stdlib.h>
#include <string.h>

#include "text/glued.h"
#include "text/spots.h"
#include "text/textline.h"

/* Runs of bytes to take in a step. */
#define RUNS 512

/* Bytes of text whose places are known, all that the engine may hold: a power of two. */
#define RING 262144

/* The most bytes of a line that was interrupted, and of what continues it. */
#define PROMPT 512

_Static_assert(RING >= EXPECT_WINDOW + EXPECT_CHUNK + TEXTLINE_MAX, "all that can be found");

/* How many of the latest pauses are known: a power of two. */
#define PAUSES 1024

/* A line without the messages in it. */
struct prompt {
	struct expect *expect;
	bool looks; /* a step of @expect has to be done */
	bool ended;
	bool in_line;	/* it continues a line whose beginning is unknown */
	size_t before;	/* bytes that were there when the message came; 0: none came */
	size_t earlier; /* those of @before that belong to lines before this one */
	size_t joint;	/* @before of what @expect searches */
	size_t len;
	char text[PROMPT];
	struct spot spots[PROMPT];
};

struct seen {
	bool bytes;
	struct expect *expect;
	bool looks;    /* a step of @expect has to be done */
	bool stands;   /* seen_stand() was called */
	bool in_line;  /* the line is the rest of a line that began before */
	bool returned; /* to the beginning of that, by a carriage return */
	size_t added;  /* bytes since @expect was last done */
	struct prompt prompt;

	uint64_t pauses[PAUSES]; /* positions of bytes before which the guest paused */
	size_t paused;		 /* how many pauses there were */

	struct textline line;
	struct spot spots[TEXTLINE_MAX]; /* of its text */
	uint64_t begin;			 /* where its text begins in all the text that there was */
	size_t given;			 /* bytes of it that @expect has */
	size_t low;			 /* of those, how many have not changed */
	size_t unglued;			 /* no message begins before this, or it was handled */
	size_t target;			 /* bytes of it to be given to @expect */
	bool giving;
	bool stops; /* there is no more of the line for now */
	struct spot ring[RING];

	uint64_t pos; /* of the next byte */
	size_t at;
	size_t len;
	unsigned char input[SEEN_CHUNK];

	size_t lines; /* how many have ended */
	char last[SEEN_LINES][TEXTLINE_MAX + 1];
	char open[TEXTLINE_MAX + 1]; /* the unfinished line, when it was asked for */
	char part[TEXTLINE_MAX + 1]; /* that line as it was when a part of it was given out */
};

struct seen *seen_new(enum expect_of of)
{
	struct seen *seen = calloc(1, sizeof(*seen));

	if (!seen)
		return NULL;
	seen->bytes = of == EXPECT_BYTES;
	seen->expect = expect_new(of);
	seen->prompt.expect = expect_new(of);
	if (!seen->expect || !seen->prompt.expect) {
		seen_free(seen);
		return NULL;
	}
	return seen;
}

void seen_free(struct seen *seen)
{
	if (!seen)
		return;
	expect_free(seen->expect);
	expect_free(seen->prompt.expect);
	free(seen);
}

int seen_pattern(struct seen *seen, const char *pattern, char *error, size_t size)
{
	int err = expect_pattern(seen->expect, pattern, error, size);

	return err ? err : expect_pattern(seen->prompt.expect, pattern, error, size);
}

void seen_begin(struct seen *seen, uint64_t pos)
{
	seen->looks = seen->stands = seen->giving = seen->stops = false;
	seen->in_line = seen->returned = false;
	seen->added = 0;
	seen->prompt.looks = seen->prompt.ended = false;
	seen->prompt.before = seen->prompt.earlier = seen->prompt.len = 0;
	seen->line = (struct textline){ .ended = false };
	seen->begin = 0;
	seen->given = seen->low = seen->unglued = 0;
	seen->pos = pos;
	seen->at = seen->len = 0;
	seen->lines = 0;
	seen->paused = 0;
	seen->part[0] = '\0';
	expect_begin(seen->expect, seen->bytes ? pos : 0);
}

void seen_behind(struct seen *seen, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	struct textline *line = &seen->line;

	if (seen->bytes) {
		seen->in_line = len && !memchr("\r\n", at[len - 1], 2);
	} else {
		for (size_t done = 0; done < len;)
			done += textline_add(line, at + done, len - done);
		textline_add(line, at, 0);
		seen->in_line = line->at || line->beyond || line->half;
		*line = (struct textline){ .ended = false };
	}
	expect_in_line(seen->expect, seen->in_line);
}

static void begin_line(struct seen *seen)
{
	seen->in_line = false;
	expect_in_line(seen->expect, false);
}

void seen_paused(struct seen *seen, uint64_t pos)
{
	seen->pauses[seen->paused++ % PAUSES] = pos;
}

void seen_add(struct seen *seen, const void *bytes, size_t len)
{
	memcpy(seen->input, bytes, len);
	seen->at = 0;
	seen->len = len;
	seen->stands = false;
	if (seen->bytes) {
		expect_add(seen->expect, bytes, len);
		seen->looks = true;
	}
}

void seen_stand(struct seen *seen)
{
	seen->stands = true;
}

/* Returns false, and leaves @out as it is, if the line is blank. */
static bool keep_line(const struct textline *line, char *out)
{
	size_t len = line->len;

	while (len && strchr(" \t", line->text[len - 1]))
		len--;
	if (!len)
		return false;
	memcpy(out, line->text, len);
	out[len] = '\0';
	return true;
}

/* The unfinished line: what is new on it, or else what was before. NULL: there is nothing. */
static const char *open_line(struct seen *seen)
{
	if (seen->line.ended)
		return NULL;
	if (keep_line(&seen->line, seen->open))
		return seen->open;
	return seen->part[0] ? seen->part : NULL;
}

const char *seen_line(struct seen *seen, size_t index)
{
	size_t kept = seen->lines < SEEN_LINES ? seen->lines : SEEN_LINES;

	if (index >= kept)
		return index == kept ? open_line(seen) : NULL;
	return seen->last[(seen->lines - kept + index) % SEEN_LINES];
}

/* How much of the line shows: blanks after the cursor are where something was deleted. */
static size_t showing(const struct textline *line)
{
	size_t at = line->at;

	while (at < line->len && line->text[at] == ' ')
		at++;
	return at < line->len ? line->len : line->at;
}

/* Takes back from the engine what may have changed, from @to on. */
static void take_back(struct seen *seen, size_t to)
{
	if (to < seen->given) {
		expect_take_back(seen->expect, seen->given - to);
		seen->given = to;
	}
}

static bool paused_at(const struct seen *seen, uint64_t pos)
{
	for (size_t i = 0; i < seen->paused && i < PAUSES; i++)
		if (seen->pauses[i] == pos)
			return true;
	return false;
}

/* A message in the middle of a line is a line of its own. */
static bool is_message(const struct seen *seen)
{
	const struct textline *line = &seen->line;

	if (!line->len)
		return false;
	return glued_begins(line->text, line->len, 0) ||
	       (line->ended && paused_at(seen, seen->spots[0].from) &&
		glued_may_begin(line->text, line->len, 0));
}

/* Begins to give the line to the engine, up to @target. @stops: there is no more for now. */
static void begin_to_give(struct seen *seen, size_t target, bool stops)
{
	if (seen->in_line && is_message(seen)) {
		begin_line(seen);
		seen->low = 0;
	}
	take_back(seen, seen->low < target ? seen->low : target);
	/* What was kept as the prompt has changed. */
	if (seen->low < seen->unglued) {
		seen->unglued = 0;
		seen->prompt.before = seen->prompt.earlier;
	}
	seen->low = TEXTLINE_MAX;
	seen->target = target;
	seen->giving = true;
	seen->stops = stops;
}

static void give_text(struct seen *seen, const char *text, size_t from, size_t to,
		      const struct spot *spots)
{
	for (size_t i = from; i < to; i++)
		seen->ring[(seen->begin + i) % RING] = spots[i];
	expect_add(seen->expect, text + from, to - from);
	seen->added += to - from;
	seen->given = to;
}

/* Keeps the line so far, as it was when a message was glued to it, and what came after that. */
static void keep_prompt(struct seen *seen, size_t len)
{
	struct prompt *prompt = &seen->prompt;

	prompt->len = prompt->before;
	if (len > PROMPT - prompt->before) {
		prompt->before = prompt->earlier = prompt->len = 0;
		return;
	}
	if (!prompt->before)
		prompt->in_line = seen->in_line;
	memcpy(prompt->text + prompt->len, seen->line.text, len);
	memcpy(prompt->spots + prompt->len, seen->spots, len * sizeof(*seen->spots));
	prompt->len += len;
}

/* Searches for a match that begins before the message and ends after it. */
static void look_at_prompt(struct seen *seen, size_t len, bool ended)
{
	struct prompt *prompt = &seen->prompt;

	if (!prompt->before || !len)
		return;
	keep_prompt(seen, len);
	if (!prompt->before)
		return;
	expect_begin(prompt->expect, 0);
	expect_in_line(prompt->expect, prompt->in_line);
	expect_add(prompt->expect, prompt->text, prompt->len);
	expect_stand(prompt->expect);
	prompt->joint = prompt->before;
	prompt->ended = ended;
	/* After @expect is done with what was there before. */
	prompt->looks = true;
	seen->looks = true;
}

/* A message is glued to the line at @given. */
static void glued(struct seen *seen)
{
	bool first = !seen->unglued;

	seen->unglued = seen->given;
	/* Nothing continues a message, whether it is a line of its own or not. */
	if (!first || glued_begins(seen->line.text, seen->line.len, 0))
		return;
	look_at_prompt(seen, seen->given, false);
	keep_prompt(seen, seen->given);
	seen->prompt.before = seen->prompt.len;
}

static void line_ended(struct seen *seen)
{
	static const char end[] = "\n";
	struct textline *line = &seen->line;

	seen->ring[(seen->begin + line->len) % RING] = (struct spot){ seen->pos - 1, seen->pos };
	expect_add(seen->expect, end, 1);
	seen->added++;
	seen->begin += line->len + 1;
	/*
	 * A message, and a line that one is glued to, leave the prompt as it is; any other line
	 * continues and ends it.
	 */
	if (!seen->unglued && !glued_begins(line->text, line->len, 0)) {
		look_at_prompt(seen, line->len, true);
		if (!seen->prompt.looks)
			seen->prompt.before = 0;
	}
	seen->prompt.earlier = seen->prompt.before;
	seen->given = seen->unglued = 0;
	seen->low = 0;
	seen->in_line = false;
}

/* The beginning of an unfinished line is final. */
static void part_ended(struct seen *seen)
{
	size_t give = seen->line.give;

	seen->in_line = false;
	seen->begin += give;
	seen->given = 0;
	seen->low = 0;
	seen->unglued -= seen->unglued < give ? seen->unglued : give;
	seen->prompt.before = seen->prompt.earlier = 0;
	memmove(seen->spots, seen->spots + give, (seen->line.len - give) * sizeof(*seen->spots));
	textline_add(&seen->line, seen->input, 0);
}

/*
 * The byte of the line that came from there, or else the line's length. What was printed over may
 * be further on.
 */
static size_t find_spot(const struct seen *seen, uint64_t from)
{
	size_t at = 0;

	while (at < seen->line.len && seen->spots[at].from != from)
		at++;
	return at;
}

/* Where the first message begins that only a pause tells from typed text. */
static size_t find_paused(const struct seen *seen)
{
	const struct textline *line = &seen->line;
	size_t kept = seen->paused < PAUSES ? seen->paused : PAUSES;
	size_t first = line->len;

	for (size_t i = 1; line->len && i <= kept; i++) {
		uint64_t pos = seen->pauses[(seen->paused - i) % PAUSES];
		size_t at;

		if (pos <= seen->spots[0].from)
			break;
		at = find_spot(seen, pos);
		if (at > seen->unglued && at < first && glued_may_begin(line->text, line->len, at))
			first = at;
	}
	return first;
}

/* Where a message begins, or the end of the line. */
static size_t find_message(const struct seen *seen)
{
	const struct textline *line = &seen->line;
	size_t stop = glued_find(line->text, line->len, seen->unglued);
	size_t paused = line->ended ? find_paused(seen) : stop;

	return paused < stop ? paused : stop;
}

/* Gives some of the line to the engine: up to a message, or all. */
static void give(struct seen *seen)
{
	struct textline *line = &seen->line;
	size_t stop = find_message(seen);

	if (stop < seen->target) {
		take_back(seen, stop);
		give_text(seen, line->text, seen->given, stop, seen->spots);
		glued(seen);
		expect_stand(seen->expect);
		seen->looks = true;
		return;
	}
	give_text(seen, line->text, seen->given, seen->target, seen->spots);
	seen->giving = false;
	if (seen->stops) {
		if (!seen->unglued)
			look_at_prompt(seen, seen->given, false);
		expect_stand(seen->expect);
		seen->looks = true;
	} else if (line->ended) {
		line_ended(seen);
	} else {
		part_ended(seen);
	}
}

static void place(struct seen *seen, size_t was, const unsigned char *bytes, size_t used,
		  bool printed)
{
	size_t changed = seen->line.low < was ? seen->line.low : was;
	const struct spots_run run = { seen->pos, bytes, used, printed };

	spots_place(seen->spots, &seen->line, changed, was, &run);
	if (seen->low > changed)
		seen->low = changed;
}

/* Keeps a line that has ended, or a part of one. */
static void keep_last(struct seen *seen)
{
	struct textline *line = &seen->line;

	if (!line->ended) {
		keep_line(line, seen->part);
		return;
	}
	seen->part[0] = '\0';
	seen->lines += keep_line(line, seen->last[seen->lines % SEEN_LINES]);
}

static void take_run(struct seen *seen)
{
	const unsigned char *bytes = seen->input + seen->at;
	struct textline *line = &seen->line;
	size_t was = line->ended ? 0 : line->len - line->give;
	bool printed;
	size_t used;

	line->low = line->len;
	printed = bytes[0] >= 0x20 && vtparse_is_idle(&line->parse);
	used = textline_step(line, bytes, seen->len - seen->at);
	/* What is printed after a carriage return is at the beginning of the row. */
	if (seen->in_line && seen->returned && printed)
		begin_line(seen);
	seen->returned |= bytes[0] == '\r';
	place(seen, was, bytes, used, printed);
	seen->at += used;
	seen->pos += used;
	if (line->ended || line->give) {
		keep_last(seen);
		if (!seen->bytes)
			begin_to_give(seen, line->ended ? line->len : line->give, false);
	}
}

/* Does some of the work before the engine searches again. False: there is none. */
static bool take(struct seen *seen)
{
	bool any = false;

	for (int i = 0; i < RUNS && !seen->looks && !seen->prompt.looks; i++) {
		if (seen->giving)
			give(seen);
		else if (seen->added > EXPECT_CHUNK - 2 * TEXTLINE_MAX)
			seen->looks = true;
		else if (seen->at < seen->len)
			take_run(seen);
		else
			break;
		any = true;
	}
	return any;
}

/* Nothing more is there: gives the line to the engine as it is. */
static void stand(struct seen *seen)
{
	seen->stands = false;
	if (seen->bytes) {
		expect_stand(seen->expect);
		seen->looks = true;
	} else {
		begin_to_give(seen, seen->line.ended ? 0 : showing(&seen->line), true);
	}
}

static void find_place(const struct seen *seen, struct expect_hit *hit)
{
	uint64_t at = hit->start;
	uint64_t end = hit->end;
	struct spot spot = seen->ring[at % RING];

	if (seen->bytes)
		return;
	while (++at < end)
		spots_join(&spot, &seen->ring[at % RING]);
	hit->start = spot.from;
	hit->end = spot.to;
}

static bool find_in_prompt(struct seen *seen, struct expect_hit *hit)
{
	const struct prompt *prompt = &seen->prompt;
	size_t at = (size_t)hit->start;
	size_t end = (size_t)hit->end;
	struct spot spot;

	if (at >= prompt->joint || end <= prompt->joint)
		return false;
	spot = prompt->spots[at];
	while (++at < end)
		spots_join(&spot, &prompt->spots[at]);
	hit->start = spot.from;
	hit->end = spot.to;
	return true;
}

static enum expect_result step_of_prompt(struct seen *seen, struct expect_hit *hit)
{
	struct prompt *prompt = &seen->prompt;
	enum expect_result result = expect_step(prompt->expect, hit);

	/* This was reported for the line as it is, or will be. */
	if (result == EXPECT_MORE || result == EXPECT_TOO_HARD)
		return EXPECT_MORE;
	if (result == EXPECT_FOUND && find_in_prompt(seen, hit))
		return EXPECT_FOUND;
	prompt->looks = false;
	if (prompt->ended)
		prompt->before = prompt->earlier = 0;
	prompt->ended = false;
	return EXPECT_MORE;
}

enum expect_result seen_step(struct seen *seen, struct expect_hit *hit)
{
	enum expect_result result;

	if (seen->looks) {
		result = expect_step(seen->expect, hit);
		if (result == EXPECT_FOUND)
			find_place(seen, hit);
		if (result != EXPECT_NONE)
			return result;
		seen->looks = false;
		seen->added = 0;
	}
	if (seen->prompt.looks)
		return step_of_prompt(seen, hit);
	if (take(seen))
		return EXPECT_MORE;
	if (seen->added) {
		seen->looks = true;
		return EXPECT_MORE;
	}
	if (!seen->stands)
		return EXPECT_NONE;
	stand(seen);
	return EXPECT_MORE;
}
