// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/alertrules.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/human.h"

#define QUIET 300
#define EVERY 10
#define LIMIT 30
#define AFTER_TIME 3
#define AGE_MAX ((uint64_t)366 * 24 * 3600)
#define LIMIT_MAX 3600
#define AFTER_MAX 500
#define AFTER_TIME_MAX 60

/* Enough lines for the call trace of most panics, registers included. */
#define TRACE 60

/* The user that runs a command if root's daemon has no other. */
#define NOBODY "nobody"

enum setting {
	PATTERN,
	PRIORITY,
	QUIET_FOR,
	AFTER,
	AFTER_FOR,
	COMMAND,
	USER,
	EVERY_SO,
	TIME_LIMIT,
	SETTINGS,
};

static const char *const settings[SETTINGS] = {
	"pattern", "priority", "quiet", "after",      "after-time",
	"command", "user",     "every", "time-limit",
};

static const char *const priorities[] = {
	[LOG_EMERG] = "emerg", [LOG_ALERT] = "alert",	  [LOG_CRIT] = "crit",
	[LOG_ERR] = "err",     [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice",
	[LOG_INFO] = "info",   [LOG_DEBUG] = "debug",
};

const char *alertrules_priority(int priority)
{
	return priorities[priority];
}

static struct alertrule *add(struct alertrules *rules, const char *name, size_t line)
{
	struct alertrule *rule = &rules->all[rules->count++];

	*rule = (struct alertrule){ .priority = LOG_WARNING, .line = line };
	snprintf(rule->name, sizeof(rule->name), "%s", name);
	return rule;
}

/* Whether the guest's kernel prints a call trace with it. */
static bool has_trace(const char *name)
{
	return !strcmp(name, "panic") || !strcmp(name, "oops") || !strcmp(name, "hung-task");
}

struct alertrules *alertrules_new(void)
{
	struct alertrules *rules = calloc(1, sizeof(*rules));
	const char *pattern;
	const char *name;
	int priority;

	if (!rules)
		return NULL;
	rules->common = (struct alertrule){
		.quiet = QUIET, .after_time = AFTER_TIME, .every = EVERY, .limit = LIMIT
	};
	while ((name = alerts_default(rules->count, &pattern, &priority))) {
		struct alertrule *rule = add(rules, name, 0);

		rule->priority = priority;
		rule->defined = true;
		rule->after = has_trace(name) ? TRACE : 0;
		rule->pattern = strdup(pattern);
		if (!rule->pattern) {
			alertrules_free(rules);
			return NULL;
		}
	}
	return rules;
}

static void free_rule(struct alertrule *rule)
{
	free(rule->pattern);
	free(rule->command);
	free(rule->user);
	free(rule->text);
	free(rule->run_as.name);
	free(rule->run_as.home);
	free(rule->run_as.groups);
}

void alertrules_free(struct alertrules *rules)
{
	if (!rules)
		return;
	for (size_t i = 0; i < rules->count; i++)
		free_rule(&rules->all[i]);
	free_rule(&rules->common);
	alerts_free(rules->alerts);
	free(rules);
}

bool alertrules_is_name(const char *name)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	size_t len = strlen(name);

	return len && len < ALERTRULES_NAME_SIZE && strspn(name, safe) == len &&
	       strcmp(name, "none");
}

/* The rule of that name, added if there is none. */
static struct alertrule *find(struct alertrules *rules, const char *name, size_t line, char *why,
			      size_t size)
{
	for (size_t i = 0; i < rules->count; i++)
		if (!strcmp(rules->all[i].name, name))
			return &rules->all[i];
	if (!alertrules_is_name(name)) {
		snprintf(
			why, size,
			"'%s' is not a name for an alert: use up to %d letters, digits, '-', '_' and '.'",
			name, ALERTRULES_NAME_SIZE - 1);
		return NULL;
	}
	if (rules->count == ALERTS_MAX) {
		snprintf(why, size, "there are more than %d alerts", ALERTS_MAX);
		return NULL;
	}
	return add(rules, name, line);
}

struct alertrule *alertrules_section(struct alertrules *rules, const char *name, size_t line,
				     char *why, size_t size)
{
	struct alertrule *rule;

	if (!name) {
		rules->common.line = line;
		return &rules->common;
	}
	rule = find(rules, name, line, why, size);
	if (rule) {
		rule->defined = true;
		rule->line = line;
	}
	return rule;
}

static bool set_text(const char *value, char **text, char *why, size_t size)
{
	free(*text);
	*text = strdup(value);
	if (!*text)
		snprintf(why, size, "out of memory");
	return *text;
}

static bool set_priority(const char *value, int *priority, char *why, size_t size)
{
	for (int i = LOG_EMERG; i <= LOG_DEBUG; i++) {
		if (strcmp(value, priorities[i]))
			continue;
		*priority = i;
		return true;
	}
	snprintf(why, size,
		 "priority is '%s': it is emerg, alert, crit, err, warning, notice, info or debug",
		 value);
	return false;
}

static bool set_age(const char *name, const char *value, uint64_t min, uint64_t max, uint64_t *age,
		    char *why, size_t size)
{
	if (human_parse_age(value, min, max, age))
		return true;
	snprintf(why, size, "%s is '%s': it is a time like 30s or 5m, at least %us", name, value,
		 (unsigned int)min);
	return false;
}

static bool set_after(const char *value, uint64_t *after, char *why, size_t size)
{
	if (!strcmp(value, "none")) {
		*after = 0;
		return true;
	}
	if (human_parse(value, 1, AFTER_MAX, after))
		return true;
	snprintf(why, size, "after is '%s': it is a number of lines, up to %d, or none", value,
		 AFTER_MAX);
	return false;
}

static bool set_command(struct alertrule *rule, const char *value, char *why, size_t size)
{
	const char *rest = value;
	size_t words = 0;

	if (!strcmp(value, "none")) {
		free(rule->command);
		rule->command = NULL;
		return true;
	}
	if (*value != '/') {
		snprintf(why, size,
			 "command is '%s': it is the path of a program from /, and its arguments",
			 value);
		return false;
	}
	if (value[strcspn(value, " \t") - 1] == '/') {
		snprintf(why, size, "command is '%s': that is a directory, not a program", value);
		return false;
	}
	while (*rest) {
		rest += strcspn(rest, " \t");
		rest += strspn(rest, " \t");
		words++;
	}
	if (words > ALERTRULES_WORDS_MAX) {
		snprintf(why, size, "command has more than %d words", ALERTRULES_WORDS_MAX);
		return false;
	}
	return set_text(value, &rule->command, why, size);
}

static bool set(struct alertrule *rule, enum setting setting, const char *value, char *why,
		size_t size)
{
	const char *name = settings[setting];

	switch (setting) {
	case PATTERN:
		return set_text(value, &rule->pattern, why, size);
	case PRIORITY:
		return set_priority(value, &rule->priority, why, size);
	case QUIET_FOR:
		return set_age(name, value, 1, AGE_MAX, &rule->quiet, why, size);
	case AFTER:
		return set_after(value, &rule->after, why, size);
	case AFTER_FOR:
		return set_age(name, value, 1, AFTER_TIME_MAX, &rule->after_time, why, size);
	case COMMAND:
		return set_command(rule, value, why, size);
	case USER:
		return set_text(value, &rule->user, why, size);
	case EVERY_SO:
		return set_age(name, value, 1, AGE_MAX, &rule->every, why, size);
	case TIME_LIMIT:
	case SETTINGS:
		break;
	}
	return set_age(name, value, 1, LIMIT_MAX, &rule->limit, why, size);
}

bool alertrules_set(struct alertrule *rule, const char *name, const char *value, char *why,
		    size_t size)
{
	bool common = !rule->name[0];

	for (int i = 0; i < SETTINGS; i++) {
		if (strcmp(name, settings[i]))
			continue;
		if (common && (i == PATTERN || i == PRIORITY)) {
			snprintf(why, size, "[alerts] is for all alerts: '%s' is for [alert NAME]",
				 name);
			return false;
		}
		if (!*value) {
			snprintf(why, size, "%s is empty", name);
			return false;
		}
		rule->set |= 1u << i;
		return set(rule, (enum setting)i, value, why, size);
	}
	snprintf(why, size, "alerts have no setting '%s'", name);
	return false;
}

bool alertrules_pick(struct alertrules *rules, const char *names, size_t line, uint64_t *mask,
		     char *why, size_t size)
{
	char *copied = strdup(names);
	char *rest = copied;
	bool good = copied;
	char *word;

	*mask = 0;
	if (!copied)
		snprintf(why, size, "out of memory");
	while (good && strcmp(names, "none") && (word = strsep(&rest, " \t,"))) {
		const struct alertrule *rule;

		if (!*word)
			continue;
		rule = find(rules, word, line, why, size);
		good = rule;
		if (good)
			*mask |= UINT64_C(1) << (rule - rules->all);
	}
	free(copied);
	if (good && !*mask && strcmp(names, "none")) {
		snprintf(why, size, "alert is '%s': it is the names of alerts, or none", names);
		return false;
	}
	return good;
}

static bool split(struct alertrule *rule)
{
	size_t count = 0;
	char *rest;
	char *word;

	free(rule->text);
	rule->text = rest = strdup(rule->command);
	while (rest && (word = strsep(&rest, " \t")))
		if (*word)
			rule->words[count++] = word;
	rule->words[count] = NULL;
	return rule->text;
}

static bool look_up(struct alertuser *run_as, const struct passwd *user)
{
	int count = 0;

	run_as->uid = user->pw_uid;
	run_as->gid = user->pw_gid;
	run_as->name = strdup(user->pw_name);
	run_as->home = strdup(user->pw_dir);
	getgrouplist(user->pw_name, user->pw_gid, NULL, &count);
	run_as->groups = calloc((size_t)count + 1, sizeof(*run_as->groups));
	if (!run_as->name || !run_as->home || !run_as->groups)
		return false;
	if (getgrouplist(user->pw_name, user->pw_gid, run_as->groups, &count) < 0)
		count = 0;
	run_as->count = count;
	return true;
}

static bool find_user(struct alertrule *rule, char *why, size_t size)
{
	uid_t me = geteuid();
	const struct passwd *user;

	if (rule->user)
		user = getpwnam(rule->user);
	else
		user = me ? getpwuid(me) : getpwnam(NOBODY);
	if (!user) {
		snprintf(why, size, "alert %s: there is no user '%s'", rule->name,
			 rule->user ? rule->user
			 : me	    ? "with the daemon's own uid"
				    : NOBODY);
		return false;
	}
	if (me && user->pw_uid != me) {
		snprintf(why, size, "alert %s: only root can run a command as another user, '%s'",
			 rule->name, rule->user);
		return false;
	}
	if (!look_up(&rule->run_as, user)) {
		snprintf(why, size, "out of memory");
		return false;
	}
	return true;
}

/* Takes what the rule's own section does not set from [alerts]. */
static bool complete(struct alertrule *rule, const struct alertrule *common)
{
	if (!(rule->set & 1u << QUIET_FOR))
		rule->quiet = common->quiet;
	/* The built-in ones have a default of their own. */
	if (!(rule->set & 1u << AFTER) && common->set & 1u << AFTER)
		rule->after = common->after;
	if (!(rule->set & 1u << AFTER_FOR))
		rule->after_time = common->after_time;
	if (!(rule->set & 1u << EVERY_SO))
		rule->every = common->every;
	if (!(rule->set & 1u << TIME_LIMIT))
		rule->limit = common->limit;
	if (!(rule->set & 1u << COMMAND) && common->command) {
		rule->command = strdup(common->command);
		if (!rule->command)
			return false;
	}
	if (!(rule->set & 1u << USER) && common->user) {
		rule->user = strdup(common->user);
		if (!rule->user)
			return false;
	}
	return !rule->command || split(rule);
}

static bool end(struct alertrules *rules, struct alertrule *rule, char *why, size_t size)
{
	char error[192];

	if (!rule->defined) {
		snprintf(why, size, "there is no alert '%s': no section [alert %s] defines it",
			 rule->name, rule->name);
		return false;
	}
	if (!rule->pattern) {
		snprintf(why, size, "[alert %s] has no pattern", rule->name);
		return false;
	}
	if (!alerts_add(rules->alerts, rule->name, NULL, rule->pattern, error, sizeof(error))) {
		snprintf(why, size, "[alert %s]: its pattern: %s", rule->name, error);
		return false;
	}
	if (!complete(rule, &rules->common)) {
		snprintf(why, size, "out of memory");
		return false;
	}
	return !rule->command || find_user(rule, why, size);
}

bool alertrules_end(struct alertrules *rules, size_t *line, char *why, size_t size)
{
	rules->alerts = alerts_new();
	if (!rules->alerts) {
		*line = 1;
		snprintf(why, size, "out of memory");
		return false;
	}
	for (size_t i = 0; i < rules->count; i++) {
		*line = rules->all[i].line ? rules->all[i].line : rules->common.line;
		if (!end(rules, &rules->all[i], why, size))
			return false;
	}
	return true;
}

const char *alertrules_names(const struct alertrules *rules, uint64_t mask, char *out, size_t size)
{
	size_t n = 0;

	if (!rules || !mask) {
		snprintf(out, size, "none");
		return out;
	}
	*out = '\0';
	for (size_t i = 0; i < rules->count && n < size; i++)
		if (mask >> i & 1)
			n += (size_t)snprintf(out + n, size - n, "%s%s", n ? " " : "",
					      rules->all[i].name);
	return out;
}
