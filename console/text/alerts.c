// SPDX-License-Identifier: GPL-2.0-only
#define PCRE2_CODE_UNIT_WIDTH 8

#include "text/alerts.h"

#include <pcre2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/glob.h"
#include "base/msg.h"
#include "base/pattern.h"
#include "base/utf8.h"

/* Steps of a match from one place on; a line that needs more does not match. */
#define MATCH_LIMIT 20000

/*
 * Steps at all places that are searched in one go: a long or hard line is searched in several, and
 * a caller that asks for it may do something else in between.
 */
#define STEPS_MAX 400000
#define HEAP_KIB 64

struct alert {
	char *name;
	char *guests;
	pcre2_code *code;
	uint32_t least; /* the least characters, and so bytes, of a match */
	size_t machine; /* bytes of its machine code; 0: it has none */
};

struct alerts {
	struct alert all[ALERTS_MAX];
	size_t count;
	pcre2_match_context *context; /* for a search in one go */
	pcre2_match_context *part;    /* for a few places, each with all its steps */
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

static pcre2_match_context *new_context(void)
{
	pcre2_match_context *context = pcre2_match_context_create(NULL);

	if (!context)
		return NULL;
	pcre2_set_match_limit(context, MATCH_LIMIT);
	pcre2_set_depth_limit(context, MATCH_LIMIT);
	pcre2_set_heap_limit(context, HEAP_KIB);
	return context;
}

struct alerts *alerts_new(void)
{
	struct alerts *alerts = calloc(1, sizeof(*alerts));

	if (!alerts)
		return NULL;
	alerts->context = new_context();
	alerts->part = new_context();
	alerts->data = pcre2_match_data_create(1, NULL);
	if (!alerts->context || !alerts->part || !alerts->data) {
		alerts_free(alerts);
		return NULL;
	}
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
	pcre2_match_context_free(alerts->part);
	free(alerts);
}

bool alerts_add(struct alerts *alerts, const char *name, const char *guests, const char *pattern,
		char *error, size_t size)
{
	struct alert alert = { 0 };
	PCRE2_SIZE at;
	int number;

	if (alerts->count == ALERTS_MAX) {
		snprintf(error, size, "there are %d patterns already", ALERTS_MAX);
		return false;
	}
	alert.code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
				   PATTERN_OF_TEXT | PCRE2_USE_OFFSET_LIMIT, &number, &at, NULL);
	if (!alert.code) {
		pattern_reason(error, size, pattern, number, at);
		return false;
	}
	/* Without machine code the pattern is only slower. */
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

/*
 * Skips what pcre2_match() would check each time: a line is UTF-8, whatever the guest has printed.
 */
static int match(const struct alerts *alerts, const struct alert *alert, const char *text,
		 size_t len, size_t from, pcre2_match_context *context)
{
	return (alert->machine ? pcre2_jit_match : pcre2_match)(alert->code, (PCRE2_SPTR)text, len,
								from, PCRE2_NO_UTF_CHECK,
								alerts->data, context);
}

/* Searches the whole text in one go, with as many steps at each place as that allows. */
static int match_all(const struct alerts *alerts, const struct alert *alert, const char *text,
		     size_t len)
{
	size_t steps = STEPS_MAX / (len + 1);

	pcre2_set_match_limit(alerts->context, steps < MATCH_LIMIT ? (uint32_t)steps : MATCH_LIMIT);
	return match(alerts, alert, text, len, 0, alerts->context);
}

/* Searches the next places of the text from *@from on, and moves *@from after them. */
static int match_part(const struct alerts *alerts, const struct alert *alert, const char *text,
		      size_t len, size_t *from)
{
	size_t to = *from + STEPS_MAX / MATCH_LIMIT - 1;
	int result;

	/* No character begins at these bytes. */
	while (to + 1 < len && ((unsigned char)text[to + 1] & 0xc0) == 0x80)
		to++;
	pcre2_set_offset_limit(alerts->part, to);
	result = match(alerts, alert, text, len, *from, alerts->part);
	*from = to + 1;
	return result;
}

/* What to search for, in which line, and whom to tell. */
struct look {
	const struct alerts *alerts;
	struct alerts_line *line;
	const char *guest;
	uint64_t wanted;
	const struct alerts_ops *ops;
	void *arg;
};

enum found {
	FOUND,
	FOUND_NOT,
	FOUND_NOT_YET,
};

/* Searches for one pattern in one go; if it was too hard, in the next part of the line. */
static enum found try(const struct look *look, const struct alert *alert)
{
	struct alerts_search *search = &look->line->search;
	const char *text = look->line->line.text;
	int result;

	if (search->hard) {
		result = match_part(look->alerts, alert, text, search->len, &search->from);
		if (result == PCRE2_ERROR_NOMATCH && search->from <= search->len)
			return FOUND_NOT_YET;
	} else {
		result = match_all(look->alerts, alert, text, search->len);
		search->hard = result == PCRE2_ERROR_MATCHLIMIT;
		if (search->hard)
			return FOUND_NOT_YET;
	}
	return result >= 0 ? FOUND : FOUND_NOT;
}

static bool is_wanted(const struct look *look, size_t i)
{
	const struct alert *alert = &look->alerts->all[i];

	return (look->wanted & ~look->line->told) >> i & 1 &&
	       look->line->search.len >= alert->least &&
	       (!alert->guests || glob_matches(alert->guests, look->guest));
}

static void next_pattern(struct alerts_search *search)
{
	search->pattern++;
	search->hard = false;
	search->from = 0;
}

/* False: the turn is over, and the search is not finished. */
static bool search(const struct look *look, size_t behind)
{
	const struct alerts_ops *ops = look->ops;
	struct alerts_line *line = look->line;
	struct alerts_search *search = &line->search;

	while (search->pattern < look->alerts->count && look->wanted >> search->pattern) {
		size_t i = search->pattern;
		enum found found;

		found = is_wanted(look, i) ? try(look, &look->alerts->all[i]) : FOUND_NOT;
		if (found == FOUND) {
			line->line.low = line->line.len;
			line->told |= UINT64_C(1) << i;
			if (ops->matched(i, line->line.text, search->len, behind, look->arg)) {
				line->told = UINT64_MAX;
				break;
			}
		}
		if (found != FOUND_NOT_YET)
			next_pattern(search);
		if (ops->over && ops->over(look->arg))
			return false;
	}
	search->on = false;
	return true;
}

/* Begins to search the first @len bytes of the line. */
static void begin_search(struct alerts_line *line, size_t len)
{
	/* The line was printed over from its beginning since. */
	if (!line->line.low)
		line->told = 0;
	line->search = (struct alerts_search){ .on = true, .len = len };
}

void alerts_look_again(struct alerts_line *line)
{
	line->told = 0;
	line->search.pattern = 0;
	line->search.hard = false;
	line->search.from = 0;
}

/*
 * Before something is printed over, the line is searched as it is, but only this often: each time
 * all of it is searched.
 */
#define RETURNS 64

/* The next carriage return after which something is printed over, or @len. */
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

/* Something was added to the line: begins to search the line, if it is time for that. */
static void added(struct alerts_line *line, bool at_return, bool at_end)
{
	const struct textline *text = &line->line;

	if (text->ended || text->give || at_end)
		begin_search(line, text->len);
	else if (at_return && line->returns++ < RETURNS)
		begin_search(line, text->at);
	line->searched = true;
}

/* The search of what was added is finished. */
static void searched(const struct look *look, size_t at)
{
	struct alerts_line *line = look->line;
	const struct textline *text = &line->line;

	line->searched = false;
	if (look->ops->ended && (text->ended || text->give))
		look->ops->ended(text->text, text->ended ? text->len : text->give, text->ended,
				 at - text->rest, look->arg);
	if (text->ended)
		line->told = 0;
	if (text->ended || text->give)
		line->returns = 0;
}

size_t alerts_look(const struct alerts *alerts, struct alerts_line *line, const char *guest,
		   uint64_t wanted, const unsigned char *bytes, size_t from, size_t len,
		   const struct alerts_ops *ops, void *arg)
{
	const struct look look = { alerts, line, guest, wanted, ops, arg };
	size_t end = 0;
	size_t at = from;

	while (at < len || line->searched) {
		if (!line->searched) {
			/* Not for each line, which would scan all the rest again and again. */
			if (at >= end)
				end = next_return(bytes, at + 1, len);
			at += textline_add(&line->line, bytes + at, end - at);
			added(line, at == end, end == len);
		}
		if (line->search.on && !search(&look, at))
			return at;
		searched(&look, at);
		/* Making the line has taken time, too. */
		if (at < len && ops->over && ops->over(arg))
			return at;
	}
	return at;
}

struct scan {
	const struct alerts *alerts;
	const char *name;
	char *found;
	size_t size;
};

/* Copies the beginning of the line, or what matched if that is far after it. */
static bool scanned(size_t index, const char *text, size_t len, size_t behind, void *arg)
{
	struct scan *scan = arg;
	size_t start = alerts_start(scan->alerts);
	char part[256];

	(void)behind;
	if (start < scan->size / 2)
		start = 0;
	len = utf8_cut(text + start, len - start, sizeof(part) - 1);
	snprintf(part, sizeof(part), "%.*s", (int)len, text + start);
	msg_clean_utf8(scan->found, scan->size, part);
	scan->name = scan->alerts->all[index].name;
	return true;
}

const char *alerts_scan(const struct alerts *alerts, struct alerts_line *line, const char *guest,
			const unsigned char *bytes, size_t len, char *found, size_t size)
{
	static const struct alerts_ops ops = { .matched = scanned };
	struct scan scan = { .alerts = alerts, .found = found, .size = size };

	alerts_look(alerts, line, guest, UINT64_MAX, bytes, 0, len, &ops, &scan);
	return scan.name;
}
