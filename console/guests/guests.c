// SPDX-License-Identifier: GPL-2.0-only
#include "guests/guests.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/human.h"
#include "guests/match.h"
#include "base/msg.h"
#include "source/source_port.h"
#include "base/users.h"
#include "remote/hosts.h"
#include "remote/source_remote.h"

/* As many candidates are listed. */
#define CANDIDATES 10

enum status guests_no_module(int err)
{
	char path[PORT_PATH_SIZE];

	port_path(-1, path);
	if (err == EACCES || err == EPERM) {
		msg_error("cannot open %s: %s", path, strerror(err));
		msg_more("Every user may by default: see 'ls -l %s'.", path);
		return STATUS_PERMISSION;
	}
	if (err != ENOENT && err != ENODEV && err != ENXIO && err != ENOTDIR) {
		msg_error("cannot open %s: %s", path, strerror(err));
		return STATUS_FAILED;
	}
	msg_error("no %s: the kernel module kpl011 is not loaded", path);
	if (access("/dev/kvm", F_OK))
		msg_more(
			"Nor is there a /dev/kvm: this machine cannot run KVM guests, or its KVM is switched off.");
	else
		msg_more("Load it: modprobe kpl011");
	return STATUS_NO_MODULE;
}

static int by_id(const void *a, const void *b)
{
	const struct source_facts *x = a;
	const struct source_facts *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* Reads the facts of one port; 1: there are none, it went or is not ours. */
static int read_port(struct guests *guests, uint32_t id)
{
	struct source_facts *facts = &guests->all[guests->count];
	struct source *src;
	int err;

	err = port_open(id, false, &src);
	if (err == -EACCES || err == -EPERM) {
		guests->hidden++;
		return 1;
	}
	if (err == -ENOENT || err == -ENODEV || err == -ENXIO)
		return 1;
	if (err)
		return err;
	err = source_facts(src, facts);
	source_close(src);
	if (err == -ENODEV)
		return 1;
	return err;
}

static int scan_dir(DIR *dir, struct guests *guests, bool says)
{
	size_t room = 0;
	struct dirent *entry;
	uint64_t id;
	int err;

	while (errno = 0, (entry = readdir(dir))) {
		if (entry->d_name[strspn(entry->d_name, "0123456789")] ||
		    !human_parse(entry->d_name, 0, UINT32_MAX, &id))
			continue;
		if (guests->count == room) {
			struct source_facts *all;

			room = room ? room * 2 : 32;
			all = reallocarray(guests->all, room, sizeof(*all));
			if (!all)
				return -ENOMEM;
			guests->all = all;
		}
		err = read_port(guests, (uint32_t)id);
		if (err < 0) {
			char path[PORT_PATH_SIZE];

			if (!says)
				continue;
			msg_error("cannot read %s: %s", port_path((int64_t)id, path),
				  strerror(-err));
			continue;
		}
		if (!err)
			guests->count++;
	}
	return -errno;
}

static int look(struct guests *guests, bool says)
{
	DIR *dir;
	int err;

	*guests = (struct guests){ 0 };
	dir = opendir(port_dir());
	if (!dir)
		return -errno;
	err = scan_dir(dir, guests, says);
	closedir(dir);
	if (err)
		guests_free(guests);
	if (guests->count)
		qsort(guests->all, guests->count, sizeof(*guests->all), by_id);
	return err;
}

int guests_look(struct guests *guests)
{
	return look(guests, false);
}

static enum status scan_local(struct guests *guests)
{
	int err = look(guests, true);

	if (!err)
		return STATUS_OK;
	if (err == -ENOENT || err == -ENOTDIR)
		return guests_no_module(ENOENT);
	msg_error("cannot read %s: %s", port_dir(), strerror(-err));
	return err == -EACCES ? STATUS_PERMISSION : STATUS_FAILED;
}

static bool add_remote(struct guests *guests, const struct roster *roster)
{
	size_t count = roster->count;
	struct source_facts *all;

	all = reallocarray(guests->all, guests->count + count + 1, sizeof(*all));
	if (!all)
		return false;
	guests->all = all;
	for (size_t i = 0; i < count; i++)
		all[guests->count++] = roster->all[i];
	guests->hidden += roster->hidden;
	return true;
}

static enum status scan_remotes(struct guests *guests)
{
	for (size_t i = 0; i < hosts_count(); i++) {
		const struct remote *remote = hosts_at(i);
		const struct roster *roster = remote_roster(remote);
		int err = roster->ports_error;

		guests->unreached += remote_state(remote) != REMOTE_HERE;
		if (err == -ENOENT || err == -ENOTDIR)
			msg_error("%s: the kernel module kpl011 is not loaded there",
				  remote_name(remote));
		else if (err)
			msg_error("%s: cannot look for ports there: %s", remote_name(remote),
				  strerror(-err));
		if (!add_remote(guests, roster)) {
			msg_error("out of memory");
			return STATUS_FAILED;
		}
	}
	return STATUS_OK;
}

enum status guests_scan(struct guests *guests)
{
	enum status status = STATUS_OK;

	*guests = (struct guests){ 0 };
	if (hosts_local())
		status = scan_local(guests);
	/* Which are not reached it has said, and the others are there. */
	if (!status && hosts_connect() == STATUS_FAILED)
		status = STATUS_FAILED;
	if (!status)
		status = scan_remotes(guests);
	if (!status && hosts_count() && guests->unreached == hosts_count() && !hosts_local())
		status = STATUS_NO_HOST;
	if (status)
		guests_free(guests);
	return status;
}

void guests_free(struct guests *guests)
{
	free(guests->all);
	*guests = (struct guests){ 0 };
}

const char *guests_label(const struct source_facts *facts, char label[SOURCE_NAME_SIZE])
{
	const char *host = facts->host ? facts->host : "local";
	int n = 0;

	/* What is too long for both is cut. */
	if (hosts_many())
		n = snprintf(label, SOURCE_NAME_SIZE / 2, "%.*s/", SOURCE_NAME_SIZE / 2 - 2, host);
	if (facts->name[0])
		snprintf(label + n, (size_t)(SOURCE_NAME_SIZE - n), "%.*s",
			 SOURCE_NAME_SIZE - 1 - n, facts->name);
	else
		snprintf(label + n, (size_t)(SOURCE_NAME_SIZE - n), "port %u", facts->id);
	return label;
}

const char *guests_number(const struct source_facts *facts, char out[SOURCE_NAME_SIZE + 16])
{
	if (hosts_many())
		snprintf(out, SOURCE_NAME_SIZE + 16, "%.63s/%u",
			 facts->host ? facts->host : "local", facts->id);
	else
		snprintf(out, SOURCE_NAME_SIZE + 16, "%u", facts->id);
	return out;
}

const char *guests_user(const struct source_facts *facts, char out[USER_NAME_SIZE])
{
	if (!facts->host)
		return user_name(facts->uid, out);
	snprintf(out, USER_NAME_SIZE, "%s", facts->user);
	if (!out[0])
		snprintf(out, USER_NAME_SIZE, "%u", facts->uid);
	return out;
}

const char *guests_state(const struct source_facts *facts)
{
	if (facts->live)
		return "live";
	return facts->state == SOURCE_DETACHED ? "detached" : "dead";
}

bool guests_detached(struct source *src)
{
	struct source_facts facts;

	return !source_facts(src, &facts) && facts.state == SOURCE_DETACHED;
}

static void say_candidate(const struct source_facts *facts)
{
	char label[SOURCE_NAME_SIZE];
	char user[USER_NAME_SIZE];

	msg_more("%-4u %s  (%s, pid %d, user %s)", facts->id,
		 facts->name[0] ? guests_label(facts, label) : "without a name",
		 guests_state(facts), (int)facts->pid, guests_user(facts, user));
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
	if (!said)
		msg_more("'kpl011 list' shows what there is.");
	/* It may be there. */
	return guests->unreached ? STATUS_NO_HOST : STATUS_NO_GUEST;
}

static bool is_host(const struct match *match)
{
	char name[SOURCE_NAME_SIZE];

	snprintf(name, sizeof(name), "%.*s", (int)match->host_len, match->host);
	return hosts_find(name) || (!strcmp(name, "local") && hosts_local());
}

static enum status say_several(const struct guests *guests, const char *spec, const size_t *found,
			       size_t n)
{
	msg_error(hosts_many() ? "'%s' stands for %zu guests; say which, as in HOST/GUEST:"
			       : "'%s' stands for %zu guests; give the number of one:",
		  spec, n);
	for (size_t i = 0; i < n && i < CANDIDATES; i++)
		say_candidate(&guests->all[found[i]]);
	if (n > CANDIDATES)
		msg_more("and %zu more", n - CANDIDATES);
	return STATUS_AMBIGUOUS;
}

/* The indices of all that are meant; @found has room for them twice. */
static size_t find_all(const struct guests *guests, const struct match *match,
		       enum guests_which which, size_t *found)
{
	size_t n;

	n = match_find(match, guests->all, guests->count, which != GUESTS_DEAD, found);
	if (which != GUESTS_BOTH || !n || !guests->all[found[0]].live)
		return n;
	/* The live ones were preferred: there may be others. */
	for (size_t i = match_find(match, guests->all, guests->count, false, found + n);
	     i && !guests->all[found[n]].live; i--)
		n++;
	return n;
}

/* At least one, and unless @many one. */
static enum status find_some(const struct guests *guests, const char *spec, enum guests_which which,
			     bool many, size_t *found, size_t *n)
{
	struct match match;

	if (!match_parse(spec, &match)) {
		msg_error("'%s' is no guest: give a port number, a name, a pattern or pid:N", spec);
		return STATUS_USAGE;
	}
	if (match.host && !is_host(&match)) {
		msg_error("no host is called '%.*s'", (int)match.host_len, match.host);
		msg_more("Those that there are: --host");
		return STATUS_NO_GUEST;
	}
	*n = find_all(guests, &match, which, found);
	if (!*n)
		return say_none(guests, spec, &match);
	return *n > 1 && !many ? say_several(guests, spec, found, *n) : STATUS_OK;
}

static size_t *room_for(const struct guests *guests)
{
	size_t *found = calloc(guests->count + 1, 2 * sizeof(*found));

	if (!found)
		msg_error("out of memory");
	return found;
}

enum status guests_find(const struct guests *guests, const char *spec, bool live, size_t *index)
{
	size_t *found = room_for(guests);
	enum status status;
	size_t n;

	if (!found)
		return STATUS_FAILED;
	status = find_some(guests, spec, live ? GUESTS_LIVE : GUESTS_DEAD, false, found, &n);
	if (!status)
		*index = found[0];
	free(found);
	return status;
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

static enum status choose(const struct guests *guests, char *const *specs, int count,
			  enum guests_which which, bool many, size_t *found, bool *chosen)
{
	enum status status = STATUS_OK;
	size_t n;

	for (int i = 0; !status && i < count; i++) {
		status = find_some(guests, specs[i], which, many, found, &n);
		for (size_t k = 0; !status && k < n; k++)
			chosen[found[k]] = true;
	}
	return status;
}

static enum status select_meant(struct guests *guests, char *const *specs, int count,
				enum guests_which which, bool many)
{
	enum status status = STATUS_FAILED;
	size_t *found;
	bool *chosen;

	if (!count)
		return STATUS_OK;
	found = room_for(guests);
	chosen = calloc(guests->count + 1, sizeof(*chosen));
	if (found && chosen)
		status = choose(guests, specs, count, which, many, found, chosen);
	if (!status)
		keep(guests, chosen);
	free(chosen);
	free(found);
	return status;
}

enum status guests_meant(struct guests *guests, char *const *specs, int count,
			 enum guests_which which, bool many)
{
	enum status status = guests_scan(guests);

	if (status)
		return status;
	status = select_meant(guests, specs, count, which, many);
	if (status)
		guests_free(guests);
	return status;
}

enum status guests_each(char *const *specs, int count, enum guests_which which, bool many,
			int (*act)(const struct source_facts *facts))
{
	struct guests guests;
	enum status result;
	int status;

	result = guests_meant(&guests, specs, count, which, many);
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

void guests_filter(struct guests *guests, char *const *specs, int count)
{
	struct match match;
	size_t *found;
	bool *chosen;

	if (!count)
		return;
	found = room_for(guests);
	chosen = calloc(guests->count + 1, sizeof(*chosen));
	for (int i = 0; found && chosen && i < count; i++) {
		if (!match_parse(specs[i], &match))
			continue;
		for (size_t n = find_all(guests, &match, GUESTS_BOTH, found); n; n--)
			chosen[found[n - 1]] = true;
	}
	if (found && chosen)
		keep(guests, chosen);
	free(chosen);
	free(found);
}

enum status guests_choose(const char *spec, bool live, struct source_facts *facts)
{
	enum status status;
	struct guests guests;
	size_t index;

	status = guests_scan(&guests);
	if (status)
		return status;
	status = guests_find(&guests, spec, live, &index);
	if (!status)
		*facts = guests.all[index];
	guests_free(&guests);
	return status;
}

enum status guests_say_failed(const char *what, const struct source_facts *facts, int err)
{
	enum status status = STATUS_FAILED;
	const char *why = strerror(-err);
	char label[SOURCE_NAME_SIZE];

	switch (err) {
	case -ENODEV:
		why = facts->live ? "it is not attached any more" : "its VM is gone";
		if (facts->state == SOURCE_DETACHED)
			why = "it was detached";
		status = STATUS_GONE;
		break;
	case -ENOENT:
	case -ENXIO:
		why = "it was reaped";
		status = STATUS_NO_GUEST;
		break;
	case -ENOTTY:
	case -E2BIG:
		why = "the module is older than this program";
		status = STATUS_NO_MODULE;
		break;
	case -EACCES:
	case -EPERM:
		status = STATUS_PERMISSION;
		break;
	}
	msg_error("cannot %s %s (port %u): %s", what, guests_label(facts, label), facts->id, why);
	return status;
}

static enum status say_open_failed(const struct source_facts *facts, int err)
{
	char label[SOURCE_NAME_SIZE];
	char path[PORT_PATH_SIZE];

	guests_label(facts, label);
	if (facts->host)
		msg_error("cannot open port %u of the host %s, that of %s: %s", facts->id,
			  facts->host, label, strerror(-err));
	else
		msg_error("cannot open %s, the port of %s: %s", port_path(facts->id, path), label,
			  strerror(-err));
	switch (-err) {
	case EACCES:
	case EPERM:
		return STATUS_PERMISSION;
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return STATUS_NO_GUEST;
	default:
		return STATUS_FAILED;
	}
}

static int open_source(const struct source_facts *facts, bool writable, struct source **src)
{
	if (!facts->host)
		return port_open(facts->id, writable, src);
	return remote_source(hosts_find(facts->host), facts->id, facts->life, writable, src);
}

enum status guests_open_again(struct source_facts *facts, bool writable, struct source **src)
{
	char label[SOURCE_NAME_SIZE];
	int err;

	if (writable && !facts->live) {
		guests_label(facts, label);
		if (facts->state == SOURCE_DETACHED)
			msg_error("%s (port %u) was detached: nothing can be sent", label,
				  facts->id);
		else
			msg_error("the VM of %s (port %u) is gone: nothing can be sent", label,
				  facts->id);
		msg_more("Its last output: kpl011 log %u", facts->id);
		return STATUS_GONE;
	}
	err = open_source(facts, writable, src);
	if (!err) {
		err = source_facts(*src, facts);
		if (!err)
			return STATUS_OK;
		source_close(*src);
	}
	return say_open_failed(facts, err);
}

enum status guests_open(const char *spec, bool writable, struct source **src,
			struct source_facts *facts)
{
	enum status status = guests_choose(spec, true, facts);

	return status ? status : guests_open_again(facts, writable, src);
}
