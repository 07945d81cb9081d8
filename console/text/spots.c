// SPDX-License-Identifier: GPL-2.0-only
#include "text/spots.h"

#include <string.h>

#include "text/linecells.h"

/*
 * Places printed text: each character comes from a byte of its own, or the only character from all
 * the bytes. Returns where the first one is, or the cursor if that is unknown.
 */
static size_t place_printed(struct spot *spots, const struct textline *line, size_t changed,
			    const struct spots_run *run)
{
	size_t at = line->at;

	/*
	 * The bytes are in the line as they came. But a match that begins inside a character is
	 * the end of U+FFFD, which replaced a byte that was not a character.
	 */
	if (at >= run->len && at - run->len >= changed &&
	    !memcmp(line->text + at - run->len, run->bytes, run->len) &&
	    !cells_continues(line, at - run->len)) {
		at -= run->len;
		for (size_t i = 0; i < run->len; i++)
			spots[at + i] = (struct spot){ run->pos + i, run->pos + i + 1 };
		return at;
	}
	if (!charset_translates(&line->charset) || run->bytes[0] >= 0x80)
		return at;
	for (size_t i = run->len; i && at > changed; i--) {
		do
			spots[--at] = (struct spot){ run->pos + i - 1, run->pos + i };
		while (at > changed && cells_continues(line, at));
	}
	return at;
}

void spots_place(struct spot *spots, const struct textline *line, size_t changed, size_t was,
		 const struct spots_run *run)
{
	size_t rest = line->len > line->at ? line->len - line->at : 0;
	struct spot spot = { run->pos, run->pos + run->len };
	size_t end = line->len;

	if (run->printed && line->at > changed && rest <= was) {
		memmove(spots + line->at, spots + was - rest, rest * sizeof(*spots));
		end = place_printed(spots, line, changed, run);
		/* What a movement before has put in between comes from that movement. */
		if (end < line->at && run->pos)
			spot = (struct spot){ run->pos - 1, run->pos };
	}
	for (size_t i = changed; i < end; i++)
		spots[i] = spot;
}

void spots_join(struct spot *all, const struct spot *next)
{
	if (next->to > all->to)
		all->to = next->to;
}
