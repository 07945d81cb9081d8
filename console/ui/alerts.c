// SPDX-License-Identifier: GPL-2.0-only
#define PCRE2_CODE_UNIT_WIDTH 8

#include "ui/alerts.h"

#include <pcre2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guests/match.h"
#include "base/msg.h"

#define ALERTS_MAX 64

/* Steps of a match; a line that takes more does not match. */
#define MATCH_LIMIT 20000
#define HEAP_KIB 64

struct alert {
	char *name;
	char *guests;
	pcre2_code *code;
};

struct alerts {
	struct alert all[ALERTS_MAX];
	size_t count;
	pcre2_match_context *context;
	pcre2_match_data *data;
};

static const struct {
	const char *name;
	const char *pattern;
} defaults[] = {
	{ "panic", "Kernel panic - not syncing|end Kernel panic" },
	{ "oops", "Internal error: Oops|Unable to handle kernel |kernel BUG at |BUG: " },
	{ "hung", "blocked for more than \\d+ seconds|soft lockup|rcu.*detected stalls" },
	{ "memory", "Out of memory: Killed process" },
	{ "disk", "EXT4-fs error|I/O error, dev |Remounting filesystem read-only" },
	{ "emergency", "emergency mode|dracut:/#|\\(initramfs\\)" },
	{ "firmware", "Synchronous Exception at|ASSERT \\[" },
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

size_t alerts_count(const struct alerts *alerts)
{
	return alerts->count;
}

static const char *search_line(const struct alerts *alerts, const struct alerts_line *line,
			       const char *guest)
{
	for (size_t i = 0; i < alerts->count; i++) {
		const struct alert *alert = &alerts->all[i];

		if (alert->guests && !match_glob(alert->guests, guest))
			continue;
		if (pcre2_match(alert->code, (PCRE2_SPTR)line->text, line->len, 0, 0, alerts->data,
				alerts->context) >= 0)
			return alert->name;
	}
	return NULL;
}

/* Escape sequences are no text: ESC, [ and its parameters, a letter. */
static bool in_sequence(struct alerts_line *line, unsigned char byte)
{
	if (byte == 0x1b) {
		line->escape = true;
		line->sequence = false;
		return true;
	}
	if (!line->escape)
		return false;
	if (!line->sequence && byte == '[') {
		line->sequence = true;
		return true;
	}
	if (!line->sequence || (byte >= 0x40 && byte <= 0x7e) || byte < ' ')
		line->escape = false;
	return true;
}

const char *alerts_scan(const struct alerts *alerts, struct alerts_line *line, const char *guest,
			const unsigned char *bytes, size_t len, char *found, size_t size)
{
	const char *name = NULL;

	for (size_t i = 0; i <= len; i++) {
		bool end = i == len || bytes[i] == '\n' || line->len == sizeof(line->text) - 1;
		const char *hit = NULL;

		if (end && !line->told) {
			line->text[line->len] = '\0';
			hit = search_line(alerts, line, guest);
		}
		if (hit) {
			name = hit;
			msg_clean(found, size, line->text);
			line->told = true;
		}
		if (i == len)
			break;
		if (end) {
			line->len = 0;
			line->told = false;
		}
		if (bytes[i] != '\n' && bytes[i] != '\r' && !in_sequence(line, bytes[i]))
			line->text[line->len++] = bytes[i] ? (char)bytes[i] : ' ';
	}
	return name;
}
