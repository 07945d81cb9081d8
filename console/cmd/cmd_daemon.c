// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "cmd/cmd.h"
#include "daemon/daemon.h"

static int run(int argc, char **argv)
{
	enum { CHECK = 256, STATUS, JSON };
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "directory", required_argument, NULL, 'd' },
		{ "check", no_argument, NULL, CHECK },
		{ "status", no_argument, NULL, STATUS },
		{ "json", no_argument, NULL, JSON },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct daemon_options daemon = { 0 };
	bool check = false;
	bool status = false;
	bool json = false;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			if (!cmd_has_name(&cmd_daemon, "--config", optarg))
				return STATUS_USAGE;
			daemon.config = optarg;
			break;
		case 'd':
			if (!cmd_has_name(&cmd_daemon, "--directory", optarg))
				return STATUS_USAGE;
			daemon.directory = optarg;
			break;
		case CHECK:
			check = true;
			break;
		case STATUS:
			status = true;
			break;
		case JSON:
			json = true;
			break;
		case 'h':
			return cmd_help(&cmd_daemon);
		default:
			return cmd_usage(&cmd_daemon, NULL);
		}
	}
	if (optind != argc)
		return cmd_usage(&cmd_daemon, "takes no arguments: '%s'", argv[optind]);
	if (check && status)
		return cmd_usage(&cmd_daemon, "--check and --status do not go together");
	if (json && !status)
		return cmd_usage(&cmd_daemon, "--json is for --status");
	if (status)
		return cmd_flush((int)daemon_status(&daemon, json));
	if (check)
		return cmd_flush((int)daemon_check(&daemon));
	return (int)daemon_run(&daemon);
}

const struct cmd cmd_daemon = {
	.name = "daemon",
	.args = "[--config FILE] [--directory DIR] [--check] [--status [--json]]",
	.summary = "attach every VM and log every guest, by a policy",
	.help = "\n"
		"Gives each VM a port as it starts, and writes what each guest prints to a file of\n"
		"its own, from the first byte; when it is started again it continues where it was. It\n"
		"runs until SIGTERM stops it. On SIGHUP it reads the policy again, on SIGUSR1 it\n"
		"begins a new file of each log. See kpl011-daemon(8) and kpl011.conf(5).\n"
		"\n"
		"  --config FILE     the policy, in place of /etc/kpl011/kpl011.conf\n"
		"  --directory DIR   where the logs go, whatever the policy says\n"
		"  --check           read the policy, print what it means for the guests there are,\n"
		"                    and end\n"
		"  --status          print what is logged where, how far behind, what failed, and\n"
		"                    which limit removed what, and end\n"
		"  --json            with --status: print an object\n",
	.run = run,
};
