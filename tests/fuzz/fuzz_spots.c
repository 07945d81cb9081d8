// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hostile guests, before the places of what was seen: each byte of a line has one, in what
 * came; a place of one byte that was printed is that of the very character that is there, and
 * no other character has it, however the line was edited and however the bytes come. A line
 * of nothing but characters has each at its place.
 */
#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "must.h"
#include "text/spots.h"
#include "text/textline.h"
#include "vt/vtparse.h"

#define INPUT 4096
#define BEGIN 1000

static struct textline line;
static struct spot spots[TEXTLINE_MAX];
static bool printed_at[INPUT];
static bool remade; /* tabs became blanks, or folds were undone: it is nearly where it says */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_graphic(char c)
{
	return c > ' ' && c < 0x7f;
}

static void check(const uint8_t *bytes, uint64_t end)
{
	static bool taken[INPUT];

	memset(taken, false, sizeof(taken));
	for (size_t i = 0; i < line.len; i++) {
		const struct spot *spot = &spots[i];
		size_t at = (size_t)(spot->from - BEGIN);

		MUST(spot->from >= BEGIN && spot->from < spot->to && spot->to <= end);
		/* What a movement or a sequence has made is of no byte's own. */
		if (remade || spot->to != spot->from + 1 || !printed_at[at] ||
		    !is_graphic(line.text[i]))
			continue;
		MUST(line.text[i] == (char)bytes[at]);
		MUST(!taken[at]);
		taken[at] = true;
	}
}

static void give(void)
{
	if (line.ended || !line.give)
		return;
	memmove(spots, spots + line.give, (line.len - line.give) * sizeof(*spots));
}

/* Else all that has changed is of the whole run. */
static bool is_placed(const struct spots_run *run, size_t changed, size_t was)
{
	return run->printed && line.at > changed && line.len <= line.at + was;
}

/* As seen.c has it, in @piece bytes at most. */
static void take(const uint8_t *bytes, size_t len, size_t piece)
{
	memset(&line, 0, sizeof(line));
	memset(printed_at, false, sizeof(printed_at));
	for (size_t at = 0; at < len;) {
		size_t was = line.ended ? 0 : line.len - line.give;
		struct spots_run run = { .pos = BEGIN + at, .bytes = bytes + at };
		size_t changed;

		give();
		remade &= was > 0;
		line.low = line.len;
		run.printed = bytes[at] >= 0x20 && vtparse_is_idle(&line.parse);
		run.len = textline_step(&line, bytes + at, len - at < piece ? len - at : piece);
		MUST(run.len && run.len <= len - at);
		remade |= line.tabs || line.fold.row || line.fold.last || line.fold.editor;
		changed = line.low < was ? line.low : was;
		for (size_t i = 0; is_placed(&run, changed, was) && i < run.len; i++)
			printed_at[at + i] = true;
		MUST(line.len <= TEXTLINE_MAX);
		spots_place(spots, &line, changed, was, &run);
		at += run.len;
		check(bytes, BEGIN + at);
	}
}

/* Nothing but characters in one row, which is as it came. */
static void check_plain(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_graphic((char)bytes[i]))
			return;
	if (line.len != len)
		return;
	for (size_t i = 0; i < len; i++)
		MUST(spots[i].from == BEGIN + i && spots[i].to == BEGIN + i + 1);
}

/* Of the places of a match the last is the end, wherever in it that stands. */
static void check_join(void)
{
	struct spot all = spots[0];
	uint64_t last = 0;

	if (line.ended || line.len < 2)
		return;
	for (size_t i = 0; i < line.len; i++) {
		spots_join(&all, &spots[i]);
		last = spots[i].to > last ? spots[i].to : last;
	}
	MUST(all.from == spots[0].from && all.to == last);
}

/* A byte is the size of pieces; the rest is printed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	if (size < 2 || size > INPUT)
		return 0;
	take(data + 1, size - 1, data[0] % 16 + 1u);
	check_plain(data + 1, size - 1);
	check_join();
	take(data + 1, size - 1, INPUT);
	check_plain(data + 1, size - 1);
	return 0;
}
