// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/alertnews.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

struct alertnews *alertnews_new(size_t *after_all)
{
	struct alertnews *news = calloc(1, sizeof(*news));

	if (news)
		news->after_all = after_all;
	return news;
}

void alertnews_free(struct alertnews *news)
{
	if (!news)
		return;
	*news->after_all -= news->after_len;
	free(news->after);
	free(news);
}

size_t alertnews_text(char *to, size_t size, const char *text, size_t len)
{
	len = utf8_cut(text, len, size - 1);
	for (size_t i = 0; i < len; i++)
		to[i] = text[i] == '\t' ? ' ' : text[i];
	to[len] = '\0';
	return len;
}

static void put_match(char match[ALERTNEWS_LINE_SIZE], const char *text, size_t len, size_t start)
{
	size_t from = start < ALERTNEWS_LINE_SIZE / 2 ? 0 : start - ALERTNEWS_LINE_SIZE / 4;

	if (len < ALERTNEWS_LINE_SIZE)
		from = 0;
	while (from && ((unsigned char)text[from] & 0xc0) == 0x80)
		from--;
	alertnews_text(match, ALERTNEWS_LINE_SIZE, text + from, len - from);
}

void alertnews_match(struct alertnews *news, const char *text, size_t len, size_t start)
{
	put_match(news->match, text, len, start);
}

void alertnews_rematch(struct alertnews *news, const char *text, size_t len, size_t start)
{
	size_t was = strlen(news->match);
	char match[ALERTNEWS_LINE_SIZE];

	if (len < start)
		return;
	put_match(match, text, len, start);
	if (strncmp(match, news->match, was))
		return;
	strcpy(news->match, match);
	/* The line that matched is the last of the lines. */
	strcpy(news->lines + strlen(news->lines) - was, match);
}

bool alertnews_add(struct alertnews *news, const char *text, size_t len)
{
	char line[ALERTNEWS_LINE_SIZE];
	char *after;

	len = alertnews_text(line, sizeof(line), text, len);
	if (news->after_len + 1 + len > ALERTNEWS_AFTER_MAX ||
	    *news->after_all + 1 + len > ALERTNEWS_AFTER_ALL_MAX)
		return false;
	after = realloc(news->after, news->after_len + 1 + len + 1);
	if (!after)
		return false;
	after[news->after_len] = '\n';
	memcpy(after + news->after_len + 1, line, len + 1);
	news->after = after;
	news->after_len += 1 + len;
	*news->after_all += 1 + len;
	return true;
}
