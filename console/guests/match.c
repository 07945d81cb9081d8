// SPDX-License-Identifier: GPL-2.0-only
#include "guests/match.h"

#include <string.h>

#include "base/glob.h"
#include "base/human.h"
#include "source/owner.h"
#include "source/words.h"

bool match_parse(const char *spec, struct match *match)
{
	const char *slash = strchr(spec, '/');

	*match = (struct match){ .kind = MATCH_ANY };
	/* A port's name has no slash. */
	if (slash) {
		match->host = spec;
		match->host_len = (size_t)(slash - spec);
		spec = slash + 1;
	}
	match->text = spec;

	if (!strncmp(spec, "pid:", 4)) {
		match->kind = MATCH_PID;
		return human_parse(spec + 4, 1, INT32_MAX, &match->number);
	}
	if (!strncmp(spec, "name:", 5)) {
		match->kind = MATCH_NAME;
		match->text = spec + 5;
	} else if (spec[strspn(spec, "0123456789")] == '\0' && *spec) {
		match->kind = MATCH_ID;
		return human_parse(spec, 0, UINT32_MAX, &match->number);
	}
	return *match->text;
}

static bool of_host(const struct match *match, const struct source_facts *facts)
{
	const char *host = facts_host(facts);

	return !match->host ||
	       (strlen(host) == match->host_len && !memcmp(host, match->host, match->host_len));
}

static bool same_name(const char *text, const char *name, bool pattern)
{
	return pattern ? glob_matches(text, name) : !strcmp(text, name);
}

static bool of_user(const char *wanted, const struct source_facts *facts)
{
	char user[USER_NAME_SIZE];
	uint64_t uid;

	return !strcmp(wanted, facts_user(facts, user)) ||
	       (human_parse(wanted, 0, UINT32_MAX, &uid) && uid == facts->uid);
}

/* NAME@USER; either of them may itself have an @ in it. */
static bool same_name_and_user(const char *text, const struct source_facts *facts, bool pattern)
{
	char name[SOURCE_NAME_SIZE];

	for (const char *at = strchr(text, '@'); at; at = strchr(at + 1, '@')) {
		size_t len = (size_t)(at - text);

		if (len >= sizeof(name) || !at[1])
			break;
		memcpy(name, text, len);
		name[len] = '\0';
		if (same_name(name, facts->name, pattern) && of_user(at + 1, facts))
			return true;
	}
	return false;
}

static bool matches(const struct match *match, const struct source_facts *facts, bool pattern)
{
	if (!of_host(match, facts))
		return false;
	switch (match->kind) {
	case MATCH_ID:
		return facts->id == match->number;
	case MATCH_PID:
		return (uint64_t)facts->pid == match->number;
	case MATCH_NAME:
	case MATCH_ANY:
		break;
	}
	/* Not a guest called web1@anna: users other than anna may choose that name. */
	if (match->kind == MATCH_ANY && strchr(match->text, '@'))
		return same_name_and_user(match->text, facts, pattern);
	return same_name(match->text, facts->name, pattern);
}

static size_t collect(const struct match *match, const struct source_facts *all, size_t count,
		      bool pattern, size_t *found)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (matches(match, &all[i], pattern))
			found[n++] = i;
	return n;
}

static bool same_owner(const struct source_facts *a, const struct source_facts *b)
{
	return a->uid == b->uid && !strcmp(a->host ? a->host : "", b->host ? b->host : "");
}

/* Of an owner who has live and dead guests in @found, leaves only those that are @live. */
static size_t prefer(const struct source_facts *all, bool live, size_t *found, size_t n)
{
	size_t kept = 0;
	size_t other = 0;

	for (size_t i = 0; i < n; i++) {
		const struct source_facts *facts = &all[found[i]];

		if (facts->live != live) {
			/* Most often the one that was found last has the same owner. */
			if (other >= n || all[found[other]].live != live ||
			    !same_owner(facts, &all[found[other]]))
				for (other = 0;
				     other < n && (all[found[other]].live != live ||
						   !same_owner(facts, &all[found[other]]));
				     other++)
					;
			if (other < n)
				continue;
		}
		found[kept++] = found[i];
	}
	return kept;
}

size_t match_find(const struct match *match, const struct source_facts *all, size_t count,
		  enum match_lives lives, size_t *found)
{
	size_t n = collect(match, all, count, false, found);

	if (!n && match->kind == MATCH_ANY && strpbrk(match->text, "*?["))
		n = collect(match, all, count, true, found);
	return lives == MATCH_BOTH ? n : prefer(all, lives == MATCH_LIVE, found, n);
}
