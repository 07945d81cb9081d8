// SPDX-License-Identifier: GPL-2.0-only
#include "guests/match.h"

#include <fnmatch.h>
#include <string.h>

#include "base/human.h"

bool match_glob(const char *glob, const char *name)
{
	return !fnmatch(glob, name, 0);
}

bool match_parse(const char *spec, struct match *match)
{
	const char *slash = strchr(spec, '/');

	*match = (struct match){ .kind = MATCH_ANY };
	/* No name has one in it. */
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
	const char *host = facts->host ? facts->host : "local";

	return !match->host ||
	       (strlen(host) == match->host_len && !memcmp(host, match->host, match->host_len));
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
	if (pattern)
		return match_glob(match->text, facts->name);
	return !strcmp(match->text, facts->name);
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

size_t match_find(const struct match *match, const struct source_facts *all, size_t count,
		  bool live, size_t *found)
{
	size_t preferred = 0;
	size_t n;

	n = collect(match, all, count, false, found);
	if (!n && match->kind == MATCH_ANY && strpbrk(match->text, "*?["))
		n = collect(match, all, count, true, found);

	for (size_t i = 0; i < n; i++)
		preferred += all[found[i]].live == live;
	if (!preferred)
		return n;

	preferred = 0;
	for (size_t i = 0; i < n; i++)
		if (all[found[i]].live == live)
			found[preferred++] = found[i];
	return preferred;
}
