// SPDX-License-Identifier: GPL-2.0-only
#define PCRE2_CODE_UNIT_WIDTH 8

#include "text/alerts.h"

#include <pcre2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "guests/match.h"
#include "base/msg.h"

/* Steps of a match; a line that takes more does not match. */
#define MATCH_LIMIT 20000
#define HEAP_KIB 64

struct alert {
	char *name;
	char *guests;
	pcre2_code *code;
	uint32_t least; /* bytes that a match has */
	size_t machine; /* bytes of its machine code; 0: there is none */
};

struct alerts {
	struct alert all[ALERTS_MAX];
	size_t count;
	pcre2_match_context *context;
	pcre2_match_data *data;
};

static const struct {
	const char *name;
	int priority;
	const char *pattern;
} defaults[] = {
	{ "panic", LOG_CRIT, "Kernel panic - not syncing|end Kernel panic" },
	{ "oops", LOG_CRIT, "Internal error: Oops|Unable to handle kernel |kernel BUG at |BUG: " },
	{ "hung-task", LOG_ERR,
	  "blocked for more than \\d+ seconds|soft lockup|rcu.{0,80}detected stalls" },
	{ "memory", LOG_ERR, "Out of memory: Killed process" },
	{ "disk", LOG_ERR, "EXT4-fs error|I/O error, dev |Remounting filesystem read-only" },
	{ "emergency", LOG_ERR, "emergency mode|dracut:/#|\\(initramfs\\)" },
	{ "firmware", LOG_ERR, "Synchronous Exception at|ASSERT \\[" },
};

struct alerts *alerts_new(void)
{
	struct alerts *alerts = calloc(1, sizeof(*alerts));

	if (!alerts)
		return NULL;
	alerts->context = pcre2_match_context_create(NULL);
	alerts->data = pcre2_match_data_create(1, NULL);
	if (!alerts->context || !alerts->data) {
		alerts_free(alerts);
		return NULL;
	}
	pcre2_set_match_limit(alerts->context, MATCH_LIMIT);
	pcre2_set_depth_limit(alerts->context, MATCH_LIMIT);
	pcre2_set_heap_limit(alerts->context, HEAP_KIB);
	return alerts;
}

void alerts_free(struct alerts *alerts)
{
	if (!alerts)
		return;
	for (size_t i = 0; i < alerts->count; i++) {
		free(alerts->all[i].name);
		free(alerts->all[i].guests);
		pcre2_code_free(alerts->all[i].code);
	}
	pcre2_match_data_free(alerts->data);
	pcre2_match_context_free(alerts->context);
	free(alerts);
}

bool alerts_add(struct alerts *alerts, const char *name, const char *guests, const char *pattern,
		char *error, size_t size)
{
	struct alert alert = { 0 };
	PCRE2_UCHAR text[128];
	PCRE2_SIZE at;
	int number;

	if (alerts->count == ALERTS_MAX) {
		snprintf(error, size, "there are %d patterns already", ALERTS_MAX);
		return false;
	}
	alert.code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
				   PCRE2_NEVER_BACKSLASH_C, &number, &at, NULL);
	if (!alert.code) {
		pcre2_get_error_message(number, text, sizeof(text));
		snprintf(error, size, "%s, at character %zu", (const char *)text, (size_t)at + 1);
		return false;
	}
	/* Without it the pattern is only slower. */
	pcre2_jit_compile(alert.code, PCRE2_JIT_COMPLETE);
	pcre2_pattern_info(alert.code, PCRE2_INFO_JITSIZE, &alert.machine);
	pcre2_pattern_info(alert.code, PCRE2_INFO_MINLENGTH, &alert.least);
	alert.name = strdup(name);
	alert.guests = guests ? strdup(guests) : NULL;
	if (!alert.name || (guests && !alert.guests)) {
		free(alert.name);
		pcre2_code_free(alert.code);
		snprintf(error, size, "out of memory");
		return false;
	}
	alerts->all[alerts->count++] = alert;
	return true;
}

bool alerts_add_defaults(struct alerts *alerts)
{
	char error[160];

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (!alerts_add(alerts, defaults[i].name, NULL, defaults[i].pattern, error,
				sizeof(error)))
			return false;
	return true;
}

const char *alerts_default(size_t index, const char **pattern, int *priority)
{
	if (index >= sizeof(defaults) / sizeof(defaults[0]))
		return NULL;
	*pattern = defaults[index].pattern;
	*priority = defaults[index].priority;
	return defaults[index].name;
}

size_t alerts_count(const struct alerts *alerts)
{
	return alerts->count;
}

size_t alerts_start(const struct alerts *alerts)
{
	return pcre2_get_ovector_pointer(alerts->data)[0];
}

/* Nothing that pcre2_match() looks at first can be wrong, for each line and pattern anew. */
static bool matches(const struct alerts *alerts, const struct alert *alert, const char *text,
		    size_t len)
{
	return (alert->machine ? pcre2_jit_match : pcre2_match)(alert->code, (PCRE2_SPTR)text, len,
								0, 0, alerts->data,
								alerts->context) >= 0;
}

/* What is looked for, by whom, and for whom. */
struct look {
	const struct alerts *alerts;
	struct alerts_line *line;
	const char *guest;
	uint64_t wanted;
	const struct alerts_ops *ops;
	void *arg;
};

/* In the first @len bytes of the line. */
static void search(const struct look *look, size_t len, size_t behind)
{
	struct alerts_line *line = look->line;
	uint64_t left;

	/* It was printed over from its beginning since. */
	if (!line->line.low)
		line->told = 0;
	left = look->wanted & ~line->told;
	for (size_t i = 0; left >> i && i < look->alerts->count; i++) {
		const struct alert *alert = &look->alerts->all[i];

		if (!(left >> i & 1) || len < alert->least)
			continue;
		if (alert->guests && !match_glob(alert->guests, look->guest))
			continue;
		if (!matches(look->alerts, alert, line->line.text, len))
			continue;
		line->line.low = line->line.len;
		line->told |= UINT64_C(1) << i;
		if (look->ops->matched(i, line->line.text, len, behind, look->arg)) {
			line->told = UINT64_MAX;
			return;
		}
	}
}

/*
 * What is printed over is looked for in what was there, but not for ever: each time it is
 * all of the line.
 */
#define RETURNS 64

/* Where the next carriage return is behind which something is printed over, or @len. */
static size_t next_return(const unsigned char *bytes, size_t from, size_t len)
{
	const unsigned char *at = bytes + from;

	while ((at = memchr(at, '\r', (size_t)(bytes + len - at)))) {
		if (at + 1 == bytes + len)
			return len;
		if (at[1] != '\n' && at[1] != '\r')
			return (size_t)(at - bytes);
		at++;
	}
	return len;
}

void alerts_look(const struct alerts *alerts, struct alerts_line *line, const char *guest,
		 uint64_t wanted, const unsigned char *bytes, size_t len,
		 const struct alerts_ops *ops, void *arg)
{
	const struct look look = { alerts, line, guest, wanted, ops, arg };
	struct textline *text = &line->line;
	size_t end = 0;
	size_t at = 0;

	while (at < len) {
		/* Not for each line: that would be all that follows, again and again. */
		if (at >= end)
			end = next_return(bytes, at + 1, len);
		at += textline_add(text, bytes + at, end - at);
		if (text->ended || text->give || end == len)
			search(&look, text->len, at);
		else if (at == end && line->returns++ < RETURNS)
			search(&look, text->at, at);
		if (ops->ended && (text->ended || text->give))
			ops->ended(text->text, text->ended ? text->len : text->give, text->ended,
				   at - text->rest, arg);
		if (text->ended)
			line->told = 0;
		if (text->ended || text->give)
			line->returns = 0;
	}
}

struct scan {
	const struct alerts *alerts;
	const char *name;
	char *found;
	size_t size;
};

/* Tells of the beginning of the line, or of what matched if that is far behind. */
static bool scanned(size_t index, const char *text, size_t len, size_t behind, void *arg)
{
	struct scan *scan = arg;
	size_t start = alerts_start(scan->alerts);
	char part[256];

	(void)behind;
	if (start < scan->size / 2)
		start = 0;
	snprintf(part, sizeof(part), "%.*s", (int)(len - start), text + start);
	msg_clean(scan->found, scan->size, part);
	scan->name = scan->alerts->all[index].name;
	return true;
}

const char *alerts_scan(const struct alerts *alerts, struct alerts_line *line, const char *guest,
			const unsigned char *bytes, size_t len, char *found, size_t size)
{
	static const struct alerts_ops ops = { .matched = scanned };
	struct scan scan = { .alerts = alerts, .found = found, .size = size };

	alerts_look(alerts, line, guest, UINT64_MAX, bytes, len, &ops, &scan);
	return scan.name;
}
