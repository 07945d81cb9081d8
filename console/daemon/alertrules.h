/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Alerts as the policy has them: what is looked for, how bad it is, and what is run.
 * Those of alerts.h that are built in are there by name; [alert NAME] changes one of
 * them, or makes another.
 */
#ifndef KPL011_ALERTRULES_H
#define KPL011_ALERTRULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "text/alerts.h"

/* Bytes of an alert's name with its NUL. */
#define ALERTRULES_NAME_SIZE 32

/* Words of a command. */
#define ALERTRULES_WORDS_MAX 16

/* Who a command is run as. */
struct alertuser {
	char *name;
	char *home;
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	int count;
};

struct alertrule {
	char name[ALERTRULES_NAME_SIZE];
	char *pattern;
	int priority;	     /* of syslog(3) */
	uint64_t quiet;	     /* seconds in which the same of a guest is not told again */
	uint64_t after;	     /* lines behind the match that it waits for */
	uint64_t after_time; /* seconds that it waits for these and for its own line, at most */
	char *command;	     /* NULL: none */
	char *user;	     /* as it was written; NULL: not said */
	uint64_t every;	     /* seconds between two runs for one owner, at least */
	uint64_t limit;	     /* seconds that one may take */
	char *text;	     /* of the words */
	char *words[ALERTRULES_WORDS_MAX + 1]; /* NULL behind the last */
	struct alertuser run_as;
	uint32_t set; /* what was said of it itself, and not in [alerts] */
	size_t line;  /* where it was begun or asked for; 0: nowhere */
	bool defined;
};

struct alertrules {
	struct alertrule common; /* [alerts] */
	struct alertrule all[ALERTS_MAX];
	size_t count;
	struct alerts *alerts; /* the patterns, by the same index */
};

/* Those that are built in. NULL: no memory. */
struct alertrules *alertrules_new(void);
void alertrules_free(struct alertrules *rules);

/* What an alert can be called: no character of it has a meaning in JSON. */
bool alertrules_is_name(const char *name);

/*
 * [alert NAME], or [alerts] if @name is NULL. NULL: it cannot be, and @why says why not.
 */
struct alertrule *alertrules_section(struct alertrules *rules, const char *name, size_t line,
				     char *why, size_t size);

/* A line of that section. False: it is wrong. */
bool alertrules_set(struct alertrule *rule, const char *name, const char *value, char *why,
		    size_t size);

/* What a guest has: names with blanks between, or "none". As a bit for each rule. */
bool alertrules_pick(struct alertrules *rules, const char *names, size_t line, uint64_t *mask,
		     char *why, size_t size);

/*
 * All was said: patterns are compiled and users looked up. False: something is wrong; then
 * @line is where.
 */
bool alertrules_end(struct alertrules *rules, size_t *line, char *why, size_t size);

/* The names of these with blanks between, or "none". */
const char *alertrules_names(const struct alertrules *rules, uint64_t mask, char *out, size_t size);

/* "crit" */
const char *alertrules_priority(int priority);

#endif /* KPL011_ALERTRULES_H */
