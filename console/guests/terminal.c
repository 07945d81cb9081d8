// SPDX-License-Identifier: GPL-2.0-only
#include "guests/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/glob.h"
#include "vt/vt.h"

struct setting {
	const char *name;
	bool (*parse)(const char *text, struct terminal *terminal);
	const char *what; /* which values are valid, for messages */
};

static bool parse_encoding(const char *text, struct terminal *terminal)
{
	return encoding_parse(text, &terminal->encoding);
}

static bool parse_backspace(const char *text, struct terminal *terminal)
{
	terminal->sends_bs = !strcmp(text, "^H") || !strcasecmp(text, "Ctrl-H");
	return terminal->sends_bs || !strcmp(text, "^?") || !strcasecmp(text, "DEL");
}

static const struct setting settings[] = {
	{ "encoding", parse_encoding, "it is utf-8, cp437 or latin-1" },
	{ "backspace", parse_backspace, "it is ^H or DEL" },
	{ "size", terminal_parse_size,
	  "it is COLUMNSxROWS, like 80x24 (10 to 1000 by 2 to 500), or fit" },
};

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

struct rule {
	const struct setting *setting;
	char *guests; /* NULL: all */
	char *value;
};

struct terminals {
	struct rule *rules;
	size_t count;
};

/* Parses digits, no sign or blanks, and moves *@text past them. 0: none, or too large. */
static int number(const char **text)
{
	int n = 0;

	while (**text >= '0' && **text <= '9' && n < 10000)
		n = n * 10 + *(*text)++ - '0';
	return n < 10000 ? n : 0;
}

bool terminal_parse_size(const char *text, struct terminal *terminal)
{
	int cols;
	int rows;

	if (!strcmp(text, "fit")) {
		terminal->fit = true;
		return true;
	}
	cols = number(&text);
	if (*text++ != 'x')
		return false;
	rows = number(&text);
	if (*text || cols < VT_COLS_MIN || cols > VT_COLS_MAX || rows < VT_ROWS_MIN ||
	    rows > VT_ROWS_MAX)
		return false;
	terminal->fit = false;
	terminal->rows = rows;
	terminal->cols = cols;
	return true;
}

static const struct setting *find(const char *name)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (!strcmp(settings[i].name, name))
			return &settings[i];
	return NULL;
}

bool terminals_know(const char *name)
{
	return find(name);
}

struct terminals *terminals_new(void)
{
	return calloc(1, sizeof(struct terminals));
}

static void free_rule(struct rule *rule)
{
	free(rule->guests);
	free(rule->value);
}

void terminals_free(struct terminals *terminals)
{
	if (!terminals)
		return;
	while (terminals->count)
		free_rule(&terminals->rules[--terminals->count]);
	free(terminals->rules);
	free(terminals);
}

bool terminals_add(struct terminals *terminals, const char *name, const char *guests,
		   const char *value, const char **why)
{
	struct rule rule = { .setting = find(name) };
	struct terminal tried;
	struct rule *rules;

	*why = rule.setting->what;
	if (!rule.setting->parse(value, &tried))
		return false;
	*why = "a pattern of guests' names is missing after @";
	if (guests && !*guests)
		return false;
	*why = "out of memory";
	rule.guests = guests ? strdup(guests) : NULL;
	rule.value = strdup(value);
	rules = reallocarray(terminals->rules, terminals->count + 1, sizeof(*rules));
	if (rules)
		terminals->rules = rules;
	if (!rules || !rule.value || (guests && !rule.guests)) {
		free_rule(&rule);
		return false;
	}
	rules[terminals->count++] = rule;
	return true;
}

void terminals_find(const struct terminals *terminals, const char *guest, struct terminal *terminal)
{
	*terminal = (struct terminal){ .rows = TERMINAL_ROWS, .cols = TERMINAL_COLS };
	for (size_t i = 0; i < terminals->count; i++) {
		const struct rule *rule = &terminals->rules[i];

		if (!rule->guests || glob_matches(rule->guests, guest))
			rule->setting->parse(rule->value, terminal);
	}
}
