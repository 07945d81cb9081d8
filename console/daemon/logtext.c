// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/logtext.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "text/when.h"

void logtext_begin(struct logtext *text, uint64_t pos)
{
	*text = (struct logtext){ .pos = pos };
}

size_t logtext_take(struct logtext *text, const struct lineread_piece *piece, size_t from,
		    bool *whole)
{
	struct textline *line = &text->line;
	size_t n;

	if (line->ended || !line->len)
		text->ns = piece->ns;
	n = textline_add(line, piece->bytes + from, piece->len - from);
	text->pos = piece->pos + from + n;
	*whole = line->ended || line->give;
	return n;
}

bool logtext_open(const struct logtext *text)
{
	const struct textline *line = &text->line;

	return line->len && !line->ended && line->give != line->len;
}

void logtext_given(struct logtext *text, struct ledger_point *to)
{
	if (!text->line.ended)
		text->line.give = text->line.len;
	to->pos = text->pos - text->line.rest;
}

static size_t put_front(int64_t ns, unsigned char *out)
{
	char iso[WHEN_ISO_SIZE];

	return (size_t)snprintf((char *)out, LOGTEXT_FRONT, "%-29s ", ns ? when_iso(ns, iso) : "-");
}

static size_t put_line(struct logtext *text, struct ledger_point *to, unsigned char *out)
{
	const struct textline *line = &text->line;
	size_t n = 0;

	if (!to->in_line)
		n += put_front(text->ns, out);
	memcpy(out + n, line->text, line->len);
	n += line->len;
	if (line->ended)
		out[n++] = '\n';
	to->in_line = !line->ended;
	logtext_given(text, to);
	return n;
}

size_t logtext_put(struct logtext *text, const struct lineread_piece *piece,
		   struct ledger_point *to, unsigned char *out)
{
	size_t n = 0;
	bool whole;

	for (size_t at = 0; at < piece->len;) {
		at += logtext_take(text, piece, at, &whole);
		if (whole)
			n += put_line(text, to, out + n);
	}
	return n;
}

size_t logtext_put_open(struct logtext *text, struct ledger_point *to, unsigned char *out)
{
	return logtext_open(text) ? put_line(text, to, out) : 0;
}

size_t logtext_put_end(struct logtext *text, struct ledger_point *to, unsigned char *out)
{
	size_t n = logtext_put_open(text, to, out);

	if (to->in_line)
		out[n++] = '\n';
	to->in_line = false;
	to->pos = text->pos;
	logtext_begin(text, text->pos);
	return n;
}

size_t logtext_put_lost(struct logtext *text, uint64_t count, struct ledger_point *to,
			unsigned char *out)
{
	size_t n = logtext_put_end(text, to, out);

	to->pos = text->pos += count;
	n += put_front((int64_t)when_now(), out + n);
	return n + (size_t)sprintf((char *)out + n, "[kpl011: %" PRIu64 " bytes lost]\n", count);
}
