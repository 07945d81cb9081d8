/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of a command that is run where its guests are: which of them go to which host.
 */
#ifndef KPL011_SHARES_H
#define KPL011_SHARES_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/cmd.h"
#include "remote/hosts.h"

struct share {
	struct remote *remote; /* NULL: this machine */
	char **argv;	       /* as for the command, from its name on; NULL behind the last */
	int argc;
};

struct shares {
	struct share all[HOSTS_MAX + 1];
	size_t count;
};

/**
 * shares_make - have each guest's words go to its host
 * @shares: to be given to shares_free(), whatever is returned
 * @cmd: the command
 * @argc: its words
 * @argv: from its name on
 *
 * A guest of several hosts is looked for, and goes by its number from then on. Nothing is done
 * yet: what is wrong with any of the words was told.
 *
 * Return: STATUS_OK, or why there are no shares
 */
enum status shares_make(struct shares *shares, const struct cmd *cmd, int argc, char **argv);
void shares_free(struct shares *shares);

/*
 * Which of the words are guests: neither options nor the arguments of these. To be freed; NULL:
 * no memory.
 */
bool *shares_guests(const struct cmd *cmd, int argc, char **argv);

/* Whether a word is "a/web1" of a host that there is. @remote: NULL if that is this machine. */
bool shares_host(const char *word, struct remote **remote);

#endif /* KPL011_SHARES_H */
