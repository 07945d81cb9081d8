// SPDX-License-Identifier: GPL-2.0-only
#include "guests/pick.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/msg.h"
#include "guests/match.h"
#include "remote/hosts.h"
#include "source/dial.h"
#include "source/origin_open.h"
#include "source/owner.h"
#include "source/source_port.h"
#include "source/words.h"

/* Candidates that are listed at most. */
#define CANDIDATES 10

static void say_candidate(const struct source_facts *facts)
{
	char label[SOURCE_NAME_SIZE];
	char user[USER_NAME_SIZE];
	char pid[24] = "";

	if (facts->pid)
		snprintf(pid, sizeof(pid), "pid %d, ", (int)facts->pid);
	msg_more("%-4u %s  (%s, %suser %s)", facts->id,
		 facts->name[0] ? guests_label(facts, label) : "without a name", facts_state(facts),
		 pid, facts_user(facts, user));
}

static enum status say_hidden_port(uint64_t id)
{
	char path[PORT_PATH_SIZE];
	char user[USER_NAME_SIZE];
	struct stat st;

	port_path((int64_t)id, path);
	if (stat(path, &st))
		return STATUS_NO_GUEST;
	user_name(st.st_uid, user);
	msg_error("port %u belongs to user %s: only that user and root may use it",
		  (unsigned int)id, user);
	return STATUS_PERMISSION;
}

static enum status say_none(const struct guests *guests, const char *spec,
			    const struct match *match)
{
	size_t said = 0;

	if (match->kind == MATCH_ID && guests->hidden && !hosts_given() &&
	    say_hidden_port(match->number) == STATUS_PERMISSION)
		return STATUS_PERMISSION;

	if (match->kind == MATCH_ID)
		msg_error("there is no port %s", spec);
	else if (match->kind == MATCH_PID)
		msg_error("no guest's VM belongs to process %u", (unsigned int)match->number);
	else
		msg_error("no guest is called '%s'", match->text);

	if (match->kind == MATCH_ANY) {
		for (size_t i = 0; i < guests->count && strchr(match->text, '@'); i++)
			if (!strcmp(guests->all[i].name, match->text)) {
				msg_more("There is a guest with this whole name: name:%s",
					 match->text);
				break;
			}
		for (size_t i = 0; i < guests->count; i++) {
			if (!strcasestr(guests->all[i].name, match->text))
				continue;
			if (!said++)
				msg_more("Similar names:");
			if (said <= CANDIDATES)
				say_candidate(&guests->all[i]);
		}
	}
	if (guests->hidden)
		msg_more("%zu more %s to other users; root sees all.", guests->hidden,
			 guests->hidden == 1 ? "port belongs" : "ports belong");
	if (!said && origin_is_unknown(spec))
		msg_more("If it is to be a source, the kinds are " ORIGIN_KINDS ".");
	else if (!said)
		msg_more("'kpl011 list' shows what there is.");
	/* A host that could not be reached may have it. */
	return guests->unreached ? STATUS_NO_HOST : STATUS_NO_GUEST;
}

static enum status say_several(const struct guests *guests, const char *spec, const size_t *found,
			       size_t n)
{
	const char *how = "give the number of one:";
	bool hosts = false;
	bool users = false;

	for (size_t i = 1; i < n; i++) {
		const struct source_facts *a = &guests->all[found[i - 1]];
		const struct source_facts *b = &guests->all[found[i]];

		hosts |= a->host != b->host;
		users |= a->uid != b->uid;
	}
	if (hosts)
		how = "say which, as in HOST/GUEST:";
	msg_error("'%s' stands for %zu guests%s; %s", spec, n,
		  users && !hosts ? " of several users" : "",
		  users && !hosts ? "say which, as in GUEST@USER:" : how);
	for (size_t i = 0; i < n && i < CANDIDATES; i++)
		say_candidate(&guests->all[found[i]]);
	if (n > CANDIDATES)
		msg_more("and %zu more", n - CANDIDATES);
	return STATUS_AMBIGUOUS;
}

/* Finds at least one guest; exactly one unless @many. */
static enum status find_some(const struct guests *guests, const char *spec, enum match_lives which,
			     bool many, size_t *found, size_t *n)
{
	struct remote *remote;
	struct match match;

	if (!match_parse(spec, &match)) {
		msg_error("'%s' is not a guest: give a port number, a name, a pattern or pid:N",
			  spec);
		return STATUS_USAGE;
	}
	if (match.host && !hosts_named(match.host, match.host_len, &remote)) {
		msg_error("no host is called '%.*s'", (int)match.host_len, match.host);
		if (origin_is_unknown(spec))
			msg_more("If it is to be a source, the kinds are " ORIGIN_KINDS ".");
		else
			msg_more("Hosts have to be given with --host.");
		return STATUS_NO_GUEST;
	}
	*n = match_find(&match, guests->all, guests->count, which, found);
	if (!*n)
		return say_none(guests, spec, &match);
	return *n > 1 && !many ? say_several(guests, spec, found, *n) : STATUS_OK;
}

/* Leaves the chosen ones. */
static void keep(struct guests *guests, const bool *chosen)
{
	size_t kept = 0;

	for (size_t i = 0; i < guests->count; i++)
		if (chosen[i])
			guests->all[kept++] = guests->all[i];
	guests->count = kept;
}

/* Leaves the guests that are meant. @says: prints why it cannot; else a word may mean none. */
static enum status select_meant(struct guests *guests, char *const *specs, int count,
				enum match_lives which, bool many, bool says)
{
	enum status status;
	struct match match;
	size_t *found;
	bool *chosen;
	size_t n = 0;

	if (!count)
		return STATUS_OK;
	found = calloc(guests->count + 1, sizeof(*found));
	chosen = calloc(guests->count + 1, sizeof(*chosen));
	status = found && chosen ? STATUS_OK : STATUS_FAILED;
	if (status && says)
		msg_error("out of memory");
	for (int i = 0; !status && i < count; i++) {
		if (says)
			status = find_some(guests, specs[i], which, many, found, &n);
		else if (match_parse(specs[i], &match))
			n = match_find(&match, guests->all, guests->count, which, found);
		while (!status && n)
			chosen[found[--n]] = true;
	}
	if (!status)
		keep(guests, chosen);
	free(chosen);
	free(found);
	return status;
}

/*
 * Refuses sources, for commands about ports. Comes before the search for ports, so that this error
 * is printed even without the module.
 */
static bool are_no_sources(char *const *specs, int count)
{
	for (int i = 0; i < count; i++) {
		if (!origin_looks(specs[i]))
			continue;
		msg_error("'%s' is a source: this command is for guests that have a port",
			  specs[i]);
		msg_more(
			"Sources can be given to console, expect, log, pty, record, screen and send.");
		return false;
	}
	return true;
}

/* "foo:bar", perhaps with NAME= before it; pid:N is a guest. */
static bool may_be_source(const char *spec)
{
	const char *word = strchr(spec, '=') ? strchr(spec, '=') + 1 : spec;
	size_t letters = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return letters && word[letters] == ':' && strncmp(word, "pid:", 4);
}

enum status pick_guests(struct guests *guests, char *const *specs, int count,
			enum match_lives which, bool many)
{
	enum status status = STATUS_USAGE;

	if (are_no_sources(specs, count))
		status = guests_scan(guests);
	for (int i = 0; status == STATUS_NO_MODULE && i < count; i++)
		if (may_be_source(specs[i]))
			msg_more("If '%s' is to be a source, the kinds are " ORIGIN_KINDS ".",
				 specs[i]);
	if (status)
		return status;
	status = select_meant(guests, specs, count, which, many, true);
	if (status)
		guests_free(guests);
	return status;
}

enum status pick_each(char *const *specs, int count, enum match_lives which, bool many,
		      int (*act)(const struct source_facts *facts))
{
	struct guests guests;
	enum status result;
	int status;

	result = pick_guests(&guests, specs, count, which, many);
	if (result)
		return result;
	for (size_t i = 0; i < guests.count; i++) {
		status = act(&guests.all[i]);
		if (status)
			result = (enum status)status;
	}
	guests_free(&guests);
	return result;
}

void pick_filter(struct guests *guests, char *const *specs, int count)
{
	select_meant(guests, specs, count, MATCH_BOTH, true, false);
}

enum status pick_one(const char *spec, bool live, struct source_facts *facts)
{
	char *const specs[] = { (char *)spec };
	enum status status;
	struct guests guests;

	status = pick_guests(&guests, specs, 1, live ? MATCH_LIVE : MATCH_DEAD, false);
	if (status)
		return status;
	*facts = guests.all[0];
	guests_free(&guests);
	return status;
}

/* Prints what usually helps if there is nothing at that place. */
static void say_what_to_do(const struct origin *origin, int err)
{
	if (err == ORIGIN_CLOSED)
		msg_more("A terminal server does that while somebody else uses this console.");
	if (err != -ENOENT && err != -ECONNREFUSED)
		return;
	switch (origin->kind) {
	case ORIGIN_UNIX:
		msg_more(err == -ENOENT
				 ? "There is no such socket: a VMM creates it when it starts"
				   " (-serial unix:PATH,server=on,wait=off)."
				 : "Nobody listens there: is the VMM running that created it?");
		break;
	case ORIGIN_TCP:
	case ORIGIN_TELNET:
		msg_more("Nobody listens there: is the port right, and is the server running?");
		break;
	case ORIGIN_PTY:
		msg_more(
			"There is no such terminal: when a VMM starts, it prints which one it created.");
		break;
	case ORIGIN_PIPE:
		msg_more(
			"There are no such pipes: mkfifo PATH.in PATH.out, before the VMM starts.");
		break;
	default:
		msg_more("There is no such file on this machine.");
		break;
	}
}

enum status pick_open_status(int err)
{
	switch (err) {
	case -EACCES:
	case -EPERM:
	case ORIGIN_IN_DENIED:
		return STATUS_PERMISSION;
	case -ENOENT:
	case -ECONNREFUSED:
	case -ECONNRESET:
	case -EHOSTUNREACH:
	case -ENETUNREACH:
	case -ETIMEDOUT:
	case ORIGIN_OUT_MISSING:
	case ORIGIN_IN_MISSING:
	case ORIGIN_CLOSED:
		return STATUS_NO_GUEST;
	default:
		return err < -DIAL_NAME_ERRNO ? STATUS_NO_GUEST : STATUS_FAILED;
	}
}

static enum status say_not_opened(const struct origin *origin, int err)
{
	char key[ORIGIN_KEY_SIZE];
	char why[ORIGIN_WHY_SIZE];

	msg_error("cannot open %s: %s", origin_key(origin, key), origin_why(origin, err, why));
	say_what_to_do(origin, err);
	return pick_open_status(err);
}

enum status pick_opened(const struct origin *origin, int err, enum pick_for what,
			struct source **src, struct source_facts *facts)
{
	if (err)
		return say_not_opened(origin, err);
	err = source_facts(*src, facts);
	if (!err && what == PICK_WRITE && (*src)->no_input) {
		msg_error("nothing can be sent to %s: it can only be read", facts->where);
		source_close(*src);
		return STATUS_USAGE;
	}
	if (!err)
		return STATUS_OK;
	source_close(*src);
	return say_not_opened(origin, err);
}

static enum status open_origin(const char *spec, enum pick_for what, struct source **src,
			       struct source_facts *facts)
{
	struct origin origin;
	const char *why;

	if (!origin_parse(spec, &origin, &why)) {
		msg_error("'%s' is not a source: %s", spec, why);
		return STATUS_USAGE;
	}
	return pick_opened(&origin, origin_open_wait(&origin, src), what, src, facts);
}

enum status pick_open(const char *spec, enum pick_for what, struct source **src,
		      struct source_facts *facts)
{
	enum status status;

	if (origin_looks(spec))
		return open_origin(spec, what, src, facts);
	status = pick_one(spec, true, facts);
	if (status)
		return status;
	return guests_open(facts, what == PICK_WRITE || (what == PICK_TALK && facts->live), src);
}

enum status pick_need_past(const struct source *src, const struct source_facts *facts,
			   const char *what, const char *instead)
{
	if (!src->no_past)
		return STATUS_OK;
	msg_error("%s: %s keeps no history: it begins with the connection", what, facts->where);
	msg_more("To get what comes from now on: %s", instead);
	return STATUS_USAGE;
}
