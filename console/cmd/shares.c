// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/shares.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/msg.h"
#include "guests/guests.h"
#include "guests/pick.h"

/* No word after this one is an option. */
static const char ends_options[] = "--";

static bool is(const struct cmd *cmd, const char *name)
{
	return !strcmp(cmd->name, name);
}

bool *shares_guests(const struct cmd *cmd, int argc, char **argv)
{
	bool *is_guest = calloc((size_t)argc + 1, sizeof(*is_guest));
	bool options = true;

	for (int i = 1; is_guest && i < argc; i++) {
		if (options && !strcmp(argv[i], ends_options)) {
			options = false;
		} else if (options && argv[i][0] == '-' && argv[i][1]) {
			i += cmd_takes_word(cmd, argv[i]);
		} else {
			is_guest[i] = true;
		}
	}
	return is_guest;
}

static bool has_option(const struct cmd *cmd, char *const *argv, int argc, const bool *is_guest,
		       const char *name)
{
	for (int i = 1; i < argc && strcmp(argv[i], ends_options); i++) {
		size_t len = strlen(argv[i]);

		if (is_guest[i])
			continue;
		if (len > 2 && !strncmp(argv[i], name, len))
			return true;
		i += cmd_takes_word(cmd, argv[i]);
	}
	return false;
}

static bool add_word(struct share *share, const char *word)
{
	char **argv = reallocarray(share->argv, (size_t)share->argc + 2, sizeof(*argv));

	if (!argv)
		return false;
	share->argv = argv;
	argv[share->argc] = strdup(word);
	if (!argv[share->argc])
		return false;
	argv[++share->argc] = NULL;
	return true;
}

/* Finds or makes the share of a host, with all words that are not guests. NULL: no memory. */
static struct share *share_of(struct shares *shares, struct remote *remote, int argc, char **argv,
			      const bool *is_guest)
{
	struct share *share;

	for (size_t i = 0; i < shares->count; i++)
		if (shares->all[i].remote == remote)
			return &shares->all[i];
	share = &shares->all[shares->count++];
	*share = (struct share){ .remote = remote };
	for (int i = 0; i < argc; i++)
		if (!is_guest[i] && strcmp(argv[i], ends_options) && !add_word(share, argv[i]))
			return NULL;
	return add_word(share, ends_options) ? share : NULL;
}

bool shares_host(const char *word, struct remote **remote)
{
	size_t len = strcspn(word, "/");

	*remote = NULL;
	return word[len] && hosts_named(word, len, remote);
}

struct making {
	struct shares *shares;
	const struct cmd *cmd;
	int argc;
	char **argv;
	bool *is_guest;
	bool many; /* a pattern means all guests that it matches */
};

static enum status add(struct making *making, struct remote *remote, const char *word)
{
	struct share *share =
		share_of(making->shares, remote, making->argc, making->argv, making->is_guest);

	if (share && add_word(share, word))
		return STATUS_OK;
	msg_error("out of memory");
	return STATUS_FAILED;
}

/* Adds a guest whose host is not named: finds it, and gives its host the port's number. */
static enum status add_any(struct making *making, char *word)
{
	/* A plain name must mean one guest on all hosts; only a pattern may mean several. */
	bool many = making->many && strpbrk(word, "*?[");
	enum status status;
	struct guests guests;

	status = pick_guests(&guests, &word, 1, is(making->cmd, "reap") ? MATCH_DEAD : MATCH_LIVE,
			     many);
	if (status)
		return status;
	for (size_t i = 0; !status && i < guests.count; i++) {
		char number[16];

		snprintf(number, sizeof(number), "%u", guests.all[i].id);
		status = add(making, guests.all[i].host ? hosts_find(guests.all[i].host) : NULL,
			     number);
	}
	guests_free(&guests);
	return status;
}

static enum status add_guest(struct making *making, char *word)
{
	struct remote *remote;

	if (shares_host(word, &remote))
		return add(making, remote, strchr(word, '/') + 1);
	if (hosts_many())
		return add_any(making, word);
	return add(making, hosts_count() ? hosts_at(0) : NULL, word);
}

/* Without a guest word, the command runs on every host. */
static enum status add_all(struct making *making)
{
	enum status status = STATUS_OK;
	struct share *share;

	if (hosts_many() && !is(making->cmd, "doctor"))
		return (enum status)cmd_usage(
			making->cmd, "there are several hosts: say which, as in HOST/GUEST");
	for (size_t i = 0; !status && i <= hosts_count(); i++) {
		struct remote *remote = i < hosts_count() ? hosts_at(i) : NULL;

		if (!remote && !hosts_local())
			continue;
		share = share_of(making->shares, remote, making->argc, making->argv,
				 making->is_guest);
		if (share)
			continue;
		msg_error("out of memory");
		status = STATUS_FAILED;
	}
	return status;
}

static enum status make(struct making *making)
{
	enum status status = STATUS_OK;

	making->many =
		is(making->cmd, "info") || has_option(making->cmd, making->argv, making->argc,
						      making->is_guest, "--all-matching");
	for (int i = 1; !status && i < making->argc; i++)
		if (making->is_guest[i])
			status = add_guest(making, making->argv[i]);
	if (!status && !making->shares->count)
		status = add_all(making);
	if (status || making->shares->count < 2 ||
	    !has_option(making->cmd, making->argv, making->argc, making->is_guest, "--json"))
		return status;
	msg_error("%s: --json works with one host only: these are %zu", making->cmd->name,
		  making->shares->count);
	msg_more("Ask each host separately.");
	return STATUS_USAGE;
}

enum status shares_make(struct shares *shares, const struct cmd *cmd, int argc, char **argv)
{
	bool *is_guest = shares_guests(cmd, argc, argv);
	struct making making = { shares, cmd, argc, argv, is_guest, false };
	enum status status;

	shares->count = 0;
	if (!is_guest) {
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	status = make(&making);
	free(is_guest);
	return status;
}

void shares_free(struct shares *shares)
{
	while (shares->count) {
		struct share *share = &shares->all[--shares->count];

		while (share->argc)
			free(share->argv[--share->argc]);
		free(share->argv);
	}
}
