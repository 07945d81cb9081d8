// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/alertcounts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/msg.h"
#include "base/newfile.h"
#include "daemon/alertkeep.h"

/*
 * Each count has a line of this many bytes, padded with blanks. As no line crosses a page
 * boundary, each line is whole even if the daemon is killed while it overwrites the file.
 */
#define LINE 128

void alertcounts_free(struct alertcounts *counts)
{
	json_decref(counts->before);
	counts->before = NULL;
}

static void add_before(struct alertcounts *counts, struct alertcounts_of *count)
{
	const json_t *before = json_object_get(counts->before, count->alert);

	count->seen += alertkeep_count(before, "seen");
	count->told += alertkeep_count(before, "told");
	json_object_del(counts->before, count->alert);
}

/* The index for a new count. */
static size_t free_place(const struct alertcounts *counts)
{
	size_t oldest = 0;

	if (counts->count < ALERTCOUNTS_MAX)
		return counts->count;
	for (size_t i = 1; i < ALERTCOUNTS_MAX; i++)
		if (counts->all[i].used < counts->all[oldest].used)
			oldest = i;
	return oldest;
}

size_t alertcounts_find(struct alertcounts *counts, const char *alert)
{
	size_t i = 0;

	while (i < counts->count && strcmp(counts->all[i].alert, alert))
		i++;
	if (i == counts->count) {
		i = free_place(counts);
		counts->count += i == counts->count;
		counts->all[i] = (struct alertcounts_of){ 0 };
		strcpy(counts->all[i].alert, alert);
		add_before(counts, &counts->all[i]);
		/* The lines move: none may be written over another's. */
		counts->written = false;
	}
	counts->all[i].used = ++counts->uses;
	return i;
}

void alertcounts_load(struct alertcounts *counts, const struct logdir *dir)
{
	json_t *json = alertkeep_load_counts(dir);
	const json_t *commands = json_object_get(json, "commands");

	counts->runs.started += alertkeep_count(commands, "started");
	counts->runs.failed += alertkeep_count(commands, "failed");
	counts->before = json_incref(json_object_get(json, "alerts"));
	for (size_t i = 0; i < counts->count; i++)
		add_before(counts, &counts->all[i]);
	json_decref(json);
}

static char *put_line(char *to, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static char *put_line(char *to, const char *fmt, ...)
{
	char line[LINE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	memset(to, ' ', LINE - 1);
	memcpy(to, line, strlen(line));
	to[LINE - 1] = '\n';
	return to + LINE;
}

static char *put_count(char *to, bool first, const char *alert, uint64_t seen, uint64_t told)
{
	return put_line(to, "%c\"%s\": {\"seen\": %20" PRIu64 ", \"told\": %20" PRIu64 "}",
			first ? ' ' : ',', alert, seen, told);
}

static size_t put(const struct alertcounts *counts, char *text)
{
	size_t n = counts->count;
	char *to = text;
	const char *alert;
	const json_t *json;

	to = put_line(to,
		      "{\"format\": \"" ALERTKEEP_COUNTS_FORMAT "\", \"commands\": "
		      "{\"started\": %20" PRIu64 ", \"failed\": %20" PRIu64 "}, \"alerts\": {",
		      counts->runs.started, counts->runs.failed);
	for (size_t i = 0; i < n; i++)
		to = put_count(to, !i, counts->all[i].alert, counts->all[i].seen,
			       counts->all[i].told);
	/* A rule that is missing from the policy for a while continues from its old counts. */
	json_object_foreach(counts->before, alert, json)
	{
		if (n < ALERTCOUNTS_MAX && alertrules_is_name(alert))
			to = put_count(to, !n++, alert, alertkeep_count(json, "seen"),
				       alertkeep_count(json, "told"));
	}
	to = put_line(to, "}}");
	return (size_t)(to - text);
}

static int store(const struct alertcounts *counts, const struct logdir *dir)
{
	char *text = malloc((ALERTCOUNTS_MAX + 2) * LINE);
	bool over = counts->written && dir->generation == counts->noted_in;
	int err = -ENOMEM;

	if (text)
		err = alertkeep_store_counts(dir, text, put(counts, text), over);
	free(text);
	return err;
}

static void tell(struct alertcounts *counts, const struct logdir *dir, int err)
{
	if (err && !counts->err)
		msg_error("cannot write %s/" ALERTKEEP_COUNTS ": %s; it is tried again", dir->path,
			  newfile_reason(err));
	else if (!err && counts->err)
		msg_error("%s/" ALERTKEEP_COUNTS " is written again", dir->path);
	counts->err = err;
}

static uint64_t sum_of(const struct alertcounts *counts)
{
	uint64_t sum = counts->runs.started + counts->runs.failed;

	for (size_t i = 0; i < counts->count; i++)
		sum += counts->all[i].seen + counts->all[i].told;
	return sum;
}

void alertcounts_note(struct alertcounts *counts, const struct logdir *dir, bool again)
{
	uint64_t sum = sum_of(counts);
	bool same = counts->written && dir->generation == counts->noted_in;
	int err;

	if (dir->state < 0 || (same && sum == counts->noted))
		return;
	if (counts->err && !again && sum == counts->tried)
		return;
	err = store(counts, dir);
	counts->tried = sum;
	/* The directory was moved or removed. logdir reports this, and makes it again. */
	if (err == -ENOENT)
		return;
	tell(counts, dir, err);
	if (err)
		return;
	counts->written = true;
	counts->noted = sum;
	counts->noted_in = dir->generation;
}
