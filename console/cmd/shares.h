/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Splits the words of a CMD_THERE command by host: each host gets the command with the words for
 * its own guests.
 */
#ifndef KPL011_SHARES_H
#define KPL011_SHARES_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/cmd.h"
#include "remote/hosts.h"

struct share {
	struct remote *remote; /* NULL: this machine */
	char **argv;	       /* as for the command, from its name on; ends with NULL */
	int argc;
};

struct shares {
	struct share all[HOSTS_MAX + 1];
	size_t count;
};

/**
 * shares_make - assign each guest word to the host of the guest
 * @shares: the result; pass it to shares_free() whatever is returned
 * @cmd: the command
 * @argc: number of its words
 * @argv: its words, from its name on
 *
 * With several hosts, a guest without a host's name is looked up on all of them and becomes a
 * number. No command has run yet when this returns, and it has printed any error.
 *
 * Return: STATUS_OK, or why there are no shares
 */
enum status shares_make(struct shares *shares, const struct cmd *cmd, int argc, char **argv);
void shares_free(struct shares *shares);

/*
 * Says for each word whether it is a guest: neither an option nor the argument of one. The caller
 * frees it. NULL: no memory.
 */
bool *shares_guests(const struct cmd *cmd, int argc, char **argv);

/* Whether a word is "a/web1", and a is a known host. @remote: NULL if that is this machine. */
bool shares_host(const char *word, struct remote **remote);

#endif /* KPL011_SHARES_H */
