// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "ui/config.h"
#include "base/msg.h"
#include "base/regular.h"
#include "remote/hosts.h"
#include "source/origin.h"
#include "screen/screen.h"
#include "source/words.h"

/* How long to wait for hosts before the screen is drawn. */
#define HOSTS_MS 3000

/*
 * Reads the settings. A file that was named must exist. @path: the place of the default file; empty
 * if a file was named or there is no such place.
 */
static int read_config(struct config *config, const char *named, char path[PATH_MAX])
{
	int err;

	path[0] = '\0';
	if (!named && !config_path(path))
		return STATUS_OK;
	err = config_read(config, named ? named : path);
	if (!err || (err == -ENOENT && !named))
		return STATUS_OK;
	msg_error("cannot read the settings in %s: %s", named ? named : path, regular_reason(err));
	return STATUS_FAILED;
}

/* Prints each wrong line, as the daemon's --check does. */
static int check(const struct config *config, const char *path)
{
	char clean[4 * PATH_MAX];

	for (size_t i = 0; i < config->wrong_count; i++)
		msg_error("%s:%zu: %s", config->path, config->wrong[i].line, config->wrong[i].why);
	if (config->wrong_count)
		return STATUS_FAILED;
	msg_clean(clean, sizeof(clean), config->path ? config->path : path);
	if (config->path)
		printf("the settings in %s were read, and nothing is wrong in them\n", clean);
	else
		printf("there is no %s: all settings have their defaults\n",
		       *path ? clean : "place for settings, neither XDG_CONFIG_HOME nor HOME");
	return STATUS_OK;
}

/* Connects to the hosts that were named, or else to those in the settings besides this machine. */
static int find_hosts(struct ui_options *ui)
{
	int status = STATUS_OK;

	if (!hosts_given() && ui->config->hosts) {
		status = hosts_add(HOST_LOCAL);
		if (!status)
			status = hosts_add(ui->config->hosts);
	}
	if (status)
		return status;
	if (!hosts_local()) {
		ui->ports = false;
		ui->attach = false;
	}
	/* Hosts that are not reached have been reported, and may be reached later. */
	return hosts_connect_for(HOSTS_MS) == STATUS_FAILED ? STATUS_FAILED : STATUS_OK;
}

static int run(int argc, char **argv)
{
	enum { CHECK = 256 };
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' }, { "check", no_argument, NULL, CHECK },
		{ "find", no_argument, NULL, 'F' },	    { "fresh", no_argument, NULL, 'f' },
		{ "no-attach", no_argument, NULL, 'A' },    { "no-ports", no_argument, NULL, 'P' },
		{ "help", no_argument, NULL, 'h' },	    { NULL, 0, NULL, 0 },
	};
	struct ui_options ui = { .ports = true, .attach = true, .session = true };
	const char *config = NULL;
	struct origin *origins;
	char path[PATH_MAX];
	bool checks = false;
	const char *why;
	int status;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			if (!cmd_has_name(&cmd_screen, "--config", optarg))
				return STATUS_USAGE;
			config = optarg;
			break;
		case CHECK:
			checks = true;
			break;
		case 'F':
			ui.find = true;
			break;
		case 'f':
			ui.session = false;
			break;
		case 'A':
			ui.attach = false;
			break;
		case 'P':
			ui.ports = false;
			ui.attach = false;
			break;
		case 'h':
			return cmd_help(&cmd_screen);
		default:
			return cmd_usage(&cmd_screen, NULL);
		}
	}
	if (checks && optind != argc)
		return cmd_usage(&cmd_screen, "--check takes no sources: '%s'", argv[optind]);
	origins = calloc((size_t)(argc - optind) + 1, sizeof(*origins));
	if (!origins) {
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	for (; optind < argc; optind++) {
		if (!origin_parse(argv[optind], &origins[ui.count], &why)) {
			free(origins);
			return cmd_usage(&cmd_screen, "%s: %s", argv[optind], why);
		}
		ui.count++;
	}
	if (!checks && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))) {
		free(origins);
		return cmd_usage(
			&cmd_screen,
			"standard input and output have to be a terminal; in scripts use list, log and send");
	}
	ui.origins = origins;
	/* A user who names sources wants to see these, not the windows of the last run. */
	ui.session = ui.session && !ui.count;
	ui.config = config_new();
	ui.config_named = config != NULL;
	status = ui.config ? read_config(ui.config, config, path) : STATUS_FAILED;
	if (!status && checks) {
		status = cmd_flush(check(ui.config, path));
	} else if (!status) {
		status = find_hosts(&ui);
		if (!status)
			status = ui_run(&ui);
	}
	config_free(ui.config);
	free(origins);
	return status;
}

const struct cmd cmd_screen = {
	.name = "screen",
	.args = "[--config FILE] [--check] [--find] [--fresh] [--no-attach] [--no-ports] [[NAME=]SOURCE...]",
	.summary = "all guests on the full screen; what kpl011 alone does",
	.help = "\n"
		"Shows the guests that have a port, and each SOURCE:\n"
		"\n"
		"  unix:PATH         a socket that a VMM listens on: -serial unix:PATH,server,nowait;\n"
		"                    unix:@NAME is an abstract one\n"
		"  tcp:HOST:PORT     a TCP port; an IPv6 address is in brackets\n"
		"  telnet:HOST:PORT  the same with the negotiation of telnet: a terminal server\n"
		"  pty:PATH          a terminal that a VMM made: -serial pty\n"
		"  pipe:PATH         named pipes, PATH.in and PATH.out: -serial pipe:PATH\n"
		"  file:PATH         a file that a VMM writes, also rotated: nothing can be sent\n"
		"\n"
		"NAME is what to call the guest. Keys go to the guest in the window that has the\n"
		"focus; after the prefix key, Ctrl-] by default, they are commands for kpl011:\n"
		"Ctrl-] ? lists them, Ctrl-] q leaves.\n"
		"\n"
		"  --config FILE  read the settings from FILE, not ~/.config/kpl011/screen.conf\n"
		"  --check        read the settings, print each wrong line and the reason, and end\n"
		"  --find         also show the guests of running QEMUs and cloud-hypervisors that\n"
		"                 listen on a socket; kpl011 is then the one client that most of\n"
		"                 these accept\n"
		"  --fresh        neither restore the last run's windows nor keep this run's\n"
		"  --no-attach    do not give ports to VMs that start\n"
		"  --no-ports     do not show the kernel's ports\n",
	.run = run,
	.hosts = CMD_HERE,
};
