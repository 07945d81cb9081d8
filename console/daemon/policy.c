// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/policy_in.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/human.h"
#include "base/inifile.h"
#include "base/msg.h"
#include "daemon/alertrules.h"
#include "daemon/policy_daemon.h"
#include "daemon/section.h"

#define RULES_MAX 10000

/* Addresses of UARTs are multiples of this. */
#define UART_ALIGN 4096

/* The architecture has 52 bits of addresses. */
#define GPA_MAX (((uint64_t)1 << 52) - UART_ALIGN)

#define AGE_MAX ((uint64_t)100 * 366 * 24 * 3600)

enum kind {
	FLAG,
	NUMBER,
	HEX,
	SIZE,
	HISTORY, /* a size that is a power of two */
	AGE,
	LOGS,
	COUNT, /* a number, or "all" */
};

static const struct {
	const char *name;
	enum kind kind;
	uint64_t otherwise;
	uint64_t min;
	uint64_t max;
} settings[POLICY_SETTINGS] = {
	[POLICY_ATTACH] = { "attach", FLAG, 1, 0, 1 },
	[POLICY_GPA] = { "gpa", HEX, 0x9000000, 0, GPA_MAX },
	[POLICY_INTID] = { "intid", NUMBER, 33, 32, 1019 },
	[POLICY_HISTORY] = { "history", HISTORY, 65536, 4096, 16 << 20 },
	[POLICY_STRICT] = { "strict", FLAG, 0, 0, 1 },
	[POLICY_PAGE] = { "page", FLAG, 0, 0, 1 },
	[POLICY_LOG] = { "log", LOGS, POLICY_LOG_RAW, 0, 15 },
	[POLICY_ROTATE_SIZE] = { "rotate-size", SIZE, 64 << 20, 65536, UINT64_MAX },
	[POLICY_ROTATE_AGE] = { "rotate-age", AGE, 0, 1, AGE_MAX },
	[POLICY_KEEP_FILES] = { "keep-files", COUNT, 0, 1, UINT32_MAX },
	[POLICY_KEEP_SIZE] = { "keep-size", SIZE, 0, 1, UINT64_MAX },
	[POLICY_KEEP_AGE] = { "keep-age", AGE, 0, 1, AGE_MAX },
	[POLICY_COMPRESS] = { "compress", FLAG, 1, 0, 1 },
	[POLICY_LOSSLESS] = { "lossless", FLAG, 0, 0, 1 },
	[POLICY_REAP] = { "reap", FLAG, 0, 0, 1 },
};

struct parser {
	struct policy *policy;
	size_t line;
	bool failed;
	bool no_memory;
	bool in_daemon;
	bool in_owner;
	struct alertrule *alert; /* of this section; NULL: another section */
	bool skip;		 /* this section is wrong, and was reported */
	policy_wrong_cb *wrong;
	void *arg;
};

static void wrong(struct parser *parser, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void wrong(struct parser *parser, const char *fmt, ...)
{
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	parser->failed = true;
	parser->wrong(parser->line, why, parser->arg);
}

static char *copy(struct parser *parser, const char *text)
{
	char *new = strdup(text);

	parser->no_memory |= !new;
	return new;
}

static struct policy_rule *add_rule(struct parser *parser)
{
	struct policy *policy = parser->policy;
	struct policy_rule *rules;

	if (policy->count == RULES_MAX) {
		wrong(parser, "there are more than %d sections", RULES_MAX);
		return NULL;
	}
	rules = reallocarray(policy->rules, policy->count + 1, sizeof(*rules));
	if (!rules) {
		parser->no_memory = true;
		return NULL;
	}
	policy->rules = rules;
	rules[policy->count] = (struct policy_rule){ .line = parser->line };
	return &rules[policy->count++];
}

static bool add_owner(struct parser *parser, const char *pattern)
{
	if (parser->policy->owner_count == RULES_MAX) {
		wrong(parser, "there are more than %d sections", RULES_MAX);
		return false;
	}
	if (policy_owner_add(parser->policy, pattern, parser->line))
		return true;
	parser->no_memory = true;
	return false;
}

static struct alertrules *alert_rules(struct parser *parser)
{
	struct policy *policy = parser->policy;

	if (!policy->alerts)
		policy->alerts = alertrules_new();
	parser->no_memory |= !policy->alerts;
	return policy->alerts;
}

/* @name: NULL for [alerts] */
static void begin_alert(struct parser *parser, const char *name)
{
	struct alertrules *rules = alert_rules(parser);
	char why[256];

	if (!rules)
		return;
	parser->alert = alertrules_section(rules, name, parser->line, why, sizeof(why));
	if (!parser->alert)
		wrong(parser, "%s", why);
	parser->skip = !parser->alert;
}

static void on_section(size_t line, const char *text, size_t len, void *arg)
{
	struct parser *parser = arg;
	struct policy_rule *rule;
	struct section section;
	char why[512];

	parser->line = line;
	parser->skip = true;
	parser->in_daemon = false;
	parser->in_owner = false;
	parser->alert = NULL;
	if (!text)
		return;
	if (!section_get(text, len, &section, why, sizeof(why))) {
		wrong(parser, "%s", why);
		return;
	}
	switch (section.kind) {
	case SECTION_DAEMON:
		parser->in_daemon = true;
		parser->skip = false;
		break;
	case SECTION_OWNER:
		parser->in_owner = add_owner(parser, section.of);
		parser->skip = !parser->in_owner;
		break;
	case SECTION_DEFAULTS:
		parser->skip = !add_rule(parser);
		break;
	case SECTION_GUEST:
		rule = add_rule(parser);
		if (rule)
			rule->name = copy(parser, section.of);
		parser->skip = !rule;
		break;
	case SECTION_ALERTS:
		begin_alert(parser, NULL);
		break;
	case SECTION_ALERT:
		begin_alert(parser, section.of);
		break;
	}
}

static bool parse_logs(const char *text, uint64_t *value)
{
	static const char *const names[] = { "raw", "clean", "journal", "json" };
	char copied[INIFILE_LINE_MAX + 1];
	char *rest = copied;
	uint64_t logs = 0;
	char *word;

	snprintf(copied, sizeof(copied), "%s", text);
	*value = 0;
	if (!strcmp(copied, "none"))
		return true;
	while ((word = strsep(&rest, " \t,"))) {
		size_t i;

		if (!*word)
			continue;
		for (i = 0; i < 4 && strcmp(word, names[i]); i++)
			;
		if (i == 4)
			return false;
		logs |= 1u << i;
	}
	*value = logs;
	return logs;
}

/* "never" and "all" mean no limit. */
static bool parse_value(enum policy_setting setting, const char *text, uint64_t *value)
{
	uint64_t min = settings[setting].min;
	uint64_t max = settings[setting].max;
	enum kind kind = settings[setting].kind;

	switch (kind) {
	case FLAG:
		*value = !strcmp(text, "yes");
		return *value || !strcmp(text, "no");
	case LOGS:
		return parse_logs(text, value);
	case HISTORY:
		return human_parse_size(text, min, max, value) && !(*value & (*value - 1));
	case HEX:
		return human_parse(text, min, max, value) && *value % UART_ALIGN == 0;
	case SIZE:
	case AGE:
	case COUNT:
	case NUMBER:
		break;
	}
	if (kind != NUMBER && (!strcmp(text, "never") || !strcmp(text, "all"))) {
		*value = 0;
		return true;
	}
	if (kind == SIZE)
		return human_parse_size(text, min, max, value);
	if (kind == AGE)
		return human_parse_age(text, min, max, value);
	return human_parse(text, min, max, value);
}

static const char *const kinds[] = {
	[FLAG] = "yes or no",
	[NUMBER] = "a number from 32 to 1019",
	[COUNT] = "a number, at least 1, or all",
	[HEX] = "an address below 2^52, a multiple of 4096",
	[SIZE] = "a size like 64M or 2G, or never, which is no limit",
	[HISTORY] = "a power of two from 4k to 16M",
	[AGE] = "a time like 12h or 30d, or never",
	[LOGS] = "one or more of raw, clean, journal and json, or none",
};

static void wrong_value(struct parser *parser, enum policy_setting setting, const char *value)
{
	const char *name = settings[setting].name;
	enum kind kind = settings[setting].kind;
	uint64_t min = settings[setting].min;
	char least[POLICY_TEXT_SIZE];

	if (kind == SIZE && min > 1)
		wrong(parser,
		      "%s is '%s': it is a size like 64M or 2G, at least %s, or never, which is no limit",
		      name, value, policy_text(setting, min, least));
	else
		wrong(parser, "%s is '%s': it is %s", name, value, kinds[kind]);
}

static bool set_text(struct parser *parser, const char *name, const char *value, char **text)
{
	if (!*value) {
		wrong(parser, "%s has no pattern", name);
		return true;
	}
	free(*text);
	*text = copy(parser, value);
	return true;
}

/* Sets a condition of a section. Returns false if @name is not one. */
static bool set_condition(struct parser *parser, struct policy_rule *rule, const char *name,
			  const char *value)
{
	for (int i = 0; i < POLICY_CONDITIONS; i++) {
		if (strcmp(name, policy_condition_name((enum policy_condition)i)))
			continue;
		parser->policy->asks_command |= i == POLICY_COMMAND;
		parser->policy->asks_uuid |= i == POLICY_UUID;
		parser->policy->asks_cgroup |= i == POLICY_UNIT || i == POLICY_CGROUP;
		return set_text(parser, name, value, &rule->patterns[i]);
	}
	if (strcmp(name, "address"))
		return false;
	rule->has_address =
		human_parse(value, 0, GPA_MAX, &rule->address) && rule->address % UART_ALIGN == 0;
	if (!rule->has_address)
		wrong(parser, "address is '%s': it is %s", value, kinds[HEX]);
	return true;
}

static void set_alerts(struct parser *parser, struct policy_rule *rule, const char *value)
{
	struct alertrules *rules = alert_rules(parser);
	char why[256];

	rule->has_alerts = rules && alertrules_pick(rules, value, parser->line, &rule->alerts, why,
						    sizeof(why));
	if (rules && !rule->has_alerts)
		wrong(parser, "%s", why);
}

static void set_guest(struct parser *parser, const char *name, const char *value)
{
	struct policy_rule *rule = &parser->policy->rules[parser->policy->count - 1];

	if (set_condition(parser, rule, name, value)) {
		if (!rule->name)
			wrong(parser, "[defaults] is for all guests: '%s' is for [guest PATTERN]",
			      name);
		return;
	}
	if (!strcmp(name, "alert")) {
		set_alerts(parser, rule, value);
		return;
	}
	for (int i = 0; i < POLICY_SETTINGS; i++) {
		uint64_t parsed;

		if (strcmp(name, settings[i].name))
			continue;
		if (parse_value((enum policy_setting)i, value, &parsed)) {
			rule->value[i] = parsed;
			rule->set |= 1u << i;
			return;
		}
		wrong_value(parser, (enum policy_setting)i, value);
		return;
	}
	wrong(parser, "guests have no setting '%s'", name);
}

static void set_alert(struct parser *parser, const char *name, const char *value)
{
	char why[512];

	if (!alertrules_set(parser->alert, name, value, why, sizeof(why)))
		wrong(parser, "%s", why);
}

static void on_setting(size_t line, const char *name, const char *value, void *arg)
{
	struct parser *parser = arg;
	char why[POLICY_WHY_SIZE];

	parser->line = line;
	if (parser->skip)
		return;
	if (parser->in_daemon) {
		if (!policy_daemon_set(parser->policy, name, value, why))
			wrong(parser, "%s", why);
	} else if (parser->in_owner) {
		if (!policy_owner_set(parser->policy, name, value, why))
			wrong(parser, "%s", why);
	} else if (parser->alert) {
		set_alert(parser, name, value);
	} else if (!parser->policy->count) {
		wrong(parser, "'%s' is in no section", name);
	} else {
		set_guest(parser, name, value);
	}
}

static void on_wrong(size_t line, const char *why, void *arg)
{
	struct parser *parser = arg;

	parser->line = line;
	wrong(parser, "%s", why);
}

void policy_init(struct policy *policy)
{
	*policy = (struct policy){ .plain = geteuid() };
	policy_daemon_init(policy);
}

void policy_free(struct policy *policy)
{
	for (size_t i = 0; i < policy->count; i++) {
		free(policy->rules[i].name);
		for (int k = 0; k < POLICY_CONDITIONS; k++)
			free(policy->rules[i].patterns[k]);
	}
	free(policy->rules);
	policy_daemon_free(policy);
	alertrules_free(policy->alerts);
	policy_init(policy);
}

static void end_alerts(struct parser *parser)
{
	char why[512];

	if (!parser->failed && !parser->no_memory && parser->policy->alerts &&
	    !alertrules_end(parser->policy->alerts, &parser->line, why, sizeof(why)))
		wrong(parser, "%s", why);
}

int policy_parse(struct policy *policy, const char *text, size_t len, policy_wrong_cb *tell,
		 void *arg)
{
	static const struct inifile_ops ops = {
		.section = on_section,
		.setting = on_setting,
		.wrong = on_wrong,
	};
	struct parser parser = { .policy = policy, .wrong = tell, .arg = arg };

	if (inifile_parse(text, len, &ops, &parser))
		parser.no_memory = true;
	end_alerts(&parser);
	if (parser.no_memory)
		return -ENOMEM;
	return parser.failed ? -EINVAL : 0;
}

void policy_decide(const struct policy *policy, const struct policy_guest *guest,
		   struct policy_decision *decision)
{
	struct policy_guest known = *guest;

	for (int i = 0; i < POLICY_SETTINGS; i++)
		decision->value[i] = settings[i].otherwise;
	decision->alerts = 0;
	for (size_t r = 0; r < policy->count; r++) {
		const struct policy_rule *rule = &policy->rules[r];

		/* Without a port a guest has the address at which it would be attached. */
		if (!guest->gpa)
			known.gpa = decision->value[POLICY_GPA];
		if (!policy_rule_matches(rule, &known))
			continue;
		for (int i = 0; i < POLICY_SETTINGS; i++)
			if (rule->set & 1u << i)
				decision->value[i] = rule->value[i];
		if (rule->has_alerts)
			decision->alerts = rule->alerts;
	}
}

const char *policy_name(enum policy_setting setting)
{
	return settings[setting].name;
}

struct unit {
	uint64_t of;
	const char *name;
};

/* Uses the largest unit of which the value is a multiple. The last of @unit is 1. */
static void unit_text(const struct unit *unit, uint64_t value, char text[POLICY_TEXT_SIZE])
{
	while (value % unit->of)
		unit++;
	snprintf(text, POLICY_TEXT_SIZE, "%" PRIu64 "%s", value / unit->of, unit->name);
}

static void logs_text(uint64_t value, char text[POLICY_TEXT_SIZE])
{
	static const struct {
		uint64_t bit;
		const char *name;
	} logs[] = {
		{ POLICY_LOG_RAW, "raw" },
		{ POLICY_LOG_CLEAN, "clean" },
		{ POLICY_LOG_JSON, "json" },
		{ POLICY_LOG_JOURNAL, "journal" },
	};
	size_t length = 0;

	snprintf(text, POLICY_TEXT_SIZE, "none");
	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++)
		if (value & logs[i].bit)
			length += (size_t)snprintf(text + length, POLICY_TEXT_SIZE - length, "%s%s",
						   length ? " " : "", logs[i].name);
}

const char *policy_text(enum policy_setting setting, uint64_t value, char text[POLICY_TEXT_SIZE])
{
	static const struct unit sizes[] = {
		{ 1ULL << 40, "T" }, { 1 << 30, "G" }, { 1 << 20, "M" }, { 1 << 10, "k" }, { 1, "" }
	};
	static const struct unit ages[] = {
		{ 86400, "d" }, { 3600, "h" }, { 60, "m" }, { 1, "s" }
	};

	switch (settings[setting].kind) {
	case FLAG:
		snprintf(text, POLICY_TEXT_SIZE, "%s", value ? "yes" : "no");
		break;
	case HEX:
		snprintf(text, POLICY_TEXT_SIZE, "0x%" PRIx64, value);
		break;
	case LOGS:
		logs_text(value, text);
		break;
	case HISTORY:
	case SIZE:
		if (value)
			unit_text(sizes, value, text);
		else
			snprintf(text, POLICY_TEXT_SIZE, "never");
		break;
	case AGE:
		if (value)
			unit_text(ages, value, text);
		else
			snprintf(text, POLICY_TEXT_SIZE, "never");
		break;
	case COUNT:
	case NUMBER:
		if (value || settings[setting].kind == NUMBER)
			snprintf(text, POLICY_TEXT_SIZE, "%" PRIu64, value);
		else
			snprintf(text, POLICY_TEXT_SIZE, "all");
		break;
	}
	return text;
}
