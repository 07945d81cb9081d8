// SPDX-License-Identifier: GPL-2.0-only
#include "ui/times.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

/* How many marks are fetched from the source at once. */
#define MARKS 256

struct entry {
	long line;
	int64_t ns;
	uint64_t begins; /* position of its first byte, plus 1; 0: not known */
};

struct times {
	size_t size;
	struct entry *entries; /* line n is at n % size */
	struct source *src;
	uint64_t pos;
	struct source_mark marks[MARKS];
	size_t count;
	size_t at;
};

struct times *times_new(size_t lines)
{
	struct times *times = calloc(1, sizeof(*times));

	if (!times)
		return NULL;
	times->size = lines;
	times->entries = calloc(lines, sizeof(*times->entries));
	if (!times->entries) {
		free(times);
		return NULL;
	}
	return times;
}

void times_free(struct times *times)
{
	if (!times)
		return;
	free(times->entries);
	free(times);
}

void times_begin(struct times *times, uint64_t pos, struct source *src)
{
	times->src = src;
	times->pos = pos;
	times->count = 0;
	times->at = 0;
}

/* When the byte at times->pos was sent; 0: not known. */
static int64_t when(struct times *times)
{
	if (times->at + 1 >= times->count && (!times->count || times->count == MARKS)) {
		times->count = source_marks(times->src, times->pos, times->marks, MARKS);
		times->at = 0;
	}
	while (times->at + 1 < times->count && times->marks[times->at + 1].pos <= times->pos)
		times->at++;
	if (times->at < times->count && times->marks[times->at].pos <= times->pos)
		return times->marks[times->at].ns;
	return 0;
}

void times_line(struct times *times, long line, size_t len, bool begins)
{
	struct entry *entry = &times->entries[(size_t)line % times->size];

	/* A line has the time of its first byte. */
	if (entry->line != line || !entry->ns)
		*entry = (struct entry){
			.line = line,
			.ns = when(times),
			.begins = entry->line == line ? entry->begins : 0,
		};
	if (begins)
		entry->begins = times->pos + 1;
	times->pos += len;
}

bool times_begins(const struct times *times, long line, uint64_t *pos)
{
	const struct entry *entry = &times->entries[(size_t)line % times->size];

	if (entry->line != line || !entry->begins)
		return false;
	*pos = entry->begins - 1;
	return true;
}

void times_forget(struct times *times, long line)
{
	for (size_t i = 0; i < times->size; i++) {
		struct entry *entry = &times->entries[i];

		/* Unused entries are not written: those pages of calloc() have no memory yet. */
		if (entry->line >= line && (entry->ns || entry->begins))
			*entry = (struct entry){ 0 };
	}
}

int64_t times_get(const struct times *times, long line)
{
	const struct entry *entry = &times->entries[(size_t)line % times->size];

	return entry->line == line ? entry->ns : 0;
}

static void blank(char text[TIMES_TEXT_SIZE])
{
	memset(text, ' ', TIMES_TEXT_SIZE - 1);
	text[TIMES_TEXT_SIZE - 1] = '\0';
}

const char *times_since(int64_t before, int64_t ns, char text[TIMES_TEXT_SIZE])
{
	char seconds[TIMES_TEXT_SIZE * 2];

	blank(text);
	if (!before || ns < before)
		return text;
	snprintf(seconds, sizeof(seconds), "+%.6f", (double)(ns - before) / 1e9);
	snprintf(text, TIMES_TEXT_SIZE, "%*.*s ", TIMES_TEXT_SIZE - 2, TIMES_TEXT_SIZE - 2,
		 seconds);
	return text;
}

const char *times_text(int64_t ns, char text[TIMES_TEXT_SIZE])
{
	int64_t then;
	time_t seconds;
	struct tm tm;

	blank(text);
	if (!ns)
		return text;
	then = clock_real_of_boot(ns);
	seconds = (time_t)(then / 1000000000);
	localtime_r(&seconds, &tm);
	snprintf(text, TIMES_TEXT_SIZE, "%02u:%02u:%02u.%03u ", (unsigned int)tm.tm_hour % 24,
		 (unsigned int)tm.tm_min % 60, (unsigned int)tm.tm_sec % 61,
		 (unsigned int)(then / 1000000 % 1000) % 1000);
	return text;
}
