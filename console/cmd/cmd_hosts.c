// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/cmd.h"

#include <stdlib.h>
#include <string.h>

#include "base/msg.h"
#include "remote/hosts.h"

/*
 * The value of an option that is argv[1], as "--host A" or "--host=A", and how many words it has;
 * NULL: argv[1] is something else.
 */
static const char *value_of(const char *option, int argc, char **argv, int *words)
{
	size_t len = strlen(option);

	if (strncmp(argv[1], option, len))
		return NULL;
	*words = 1;
	if (argv[1][len] == '=')
		return argv[1] + len + 1;
	if (argv[1][len])
		return NULL;
	*words = 2;
	return argc > 2 ? argv[2] : "";
}

int cmd_hosts_options(int *argc, char **argv, const char **hosts)
{
	const char *ssh = getenv("KPL011_SSH");
	const char *value;
	int words;

	hosts_set_ssh(ssh && *ssh ? ssh : NULL);
	for (;;) {
		bool is_host;

		value = *argc > 1 ? value_of("--host", *argc, argv, &words) : NULL;
		is_host = value;
		if (!value && *argc > 1)
			value = value_of("--ssh", *argc, argv, &words);
		if (!value)
			return STATUS_OK;
		if (!*value) {
			msg_error("%s needs %s", is_host ? "--host" : "--ssh",
				  is_host ? "hosts, as in 'me@a,me@b'" : "a command");
			return STATUS_USAGE;
		}
		if (is_host)
			*hosts = value;
		else
			hosts_set_ssh(value);
		memmove(argv + 1, argv + 1 + words, (size_t)(*argc - words) * sizeof(*argv));
		*argc -= words;
	}
}

static bool asks_for_help(const struct cmd *cmd, int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
		i += cmd_takes_word(cmd, argv[i]);
	}
	return false;
}

int cmd_hosts_begin(const struct cmd *cmd, int *argc, char **argv, const char *hosts)
{
	const char *always = getenv("KPL011_HOSTS");
	int status;

	if (cmd->hosts == CMD_LOCAL && hosts) {
		msg_error("%s works on this machine alone, not on other hosts", cmd->name);
		msg_more("To run it there: ssh HOST kpl011 %s ...", cmd->name);
		return STATUS_USAGE;
	}
	/* A command that works here alone ignores hosts of the environment. */
	if (cmd->hosts == CMD_LOCAL || (!hosts && (!always || !*always)))
		return -1;
	status = hosts_add(hosts ? hosts : always);
	if (!status && cmd->hosts == CMD_THERE && !asks_for_help(cmd, *argc, argv))
		status = cmd_there(cmd, *argc, argv);
	else if (!status)
		status = -1;
	if (status >= 0)
		hosts_free();
	return status;
}
