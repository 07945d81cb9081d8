/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Alerts as the policy defines them: what is searched for, how severe it is, and what is run. The
 * built-in ones of text/alerts.h exist by name; [alert NAME] changes one of them or defines
 * another.
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

/* Words of a command, at most. */
#define ALERTRULES_WORDS_MAX 16

/* The user that a command runs as. */
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
	int priority;	     /* as of syslog(3) */
	uint64_t quiet;	     /* seconds in which the same alert of a guest is not sent again */
	uint64_t after;	     /* lines after the match that it waits for */
	uint64_t after_time; /* seconds that it waits for these and its own line, at most */
	char *command;	     /* NULL: none */
	char *user;	     /* as the policy has it; NULL: it names none */
	uint64_t every;	     /* seconds between two runs for one owner, at least */
	uint64_t limit;	     /* seconds that one run may take */
	char *text;	     /* holds the words */
	char *words[ALERTRULES_WORDS_MAX + 1]; /* NULL after the last */
	struct alertuser run_as;
	uint32_t set; /* a bit for each setting of its own section, not of [alerts] */
	size_t line;  /* where it is defined or first used; 0: nowhere */
	bool defined;
};

struct alertrules {
	struct alertrule common; /* [alerts] */
	struct alertrule all[ALERTS_MAX];
	size_t count;
	struct alerts *alerts; /* the compiled patterns, with the same indexes */
};

/* The built-in ones. NULL: no memory. */
struct alertrules *alertrules_new(void);
void alertrules_free(struct alertrules *rules);

/* Whether an alert can have this name: none of its characters has a meaning in JSON. */
bool alertrules_is_name(const char *name);

/*
 * Begins section [alert NAME], or [alerts] if @name is NULL. NULL: that is an error, and @why
 * says which.
 */
struct alertrule *alertrules_section(struct alertrules *rules, const char *name, size_t line,
				     char *why, size_t size);

/* A line of that section. False: it is wrong, and @why says why. */
bool alertrules_set(struct alertrule *rule, const char *name, const char *value, char *why,
		    size_t size);

/* The alerts of a guest: @names with blanks between, or "none". Sets a bit for each rule. */
bool alertrules_pick(struct alertrules *rules, const char *names, size_t line, uint64_t *mask,
		     char *why, size_t size);

/*
 * At the end of the policy: compiles the patterns and looks up the users. False: something is
 * wrong at @line.
 */
bool alertrules_end(struct alertrules *rules, size_t *line, char *why, size_t size);

/* The names of these with blanks between, or "none". */
const char *alertrules_names(const struct alertrules *rules, uint64_t mask, char *out, size_t size);

/* The name of a priority, as in "crit". */
const char *alertrules_priority(int priority);

#endif /* KPL011_ALERTRULES_H */
