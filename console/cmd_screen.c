// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"
#include "msg.h"
#include "origin.h"
#include "ui.h"

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "no-ports", no_argument, NULL, 'P' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct ui_options ui = { .ports = true };
	struct origin *origins;
	const char *why;
	int status;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'P':
			ui.ports = false;
			break;
		case 'h':
			return cmd_help(&cmd_screen);
		default:
			return cmd_usage(&cmd_screen, NULL);
		}
	}
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
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		free(origins);
		return cmd_usage(
			&cmd_screen,
			"standard input and output are to be a terminal; for scripts there are list, log and send");
	}
	ui.origins = origins;
	status = ui_run(&ui);
	free(origins);
	return status;
}

const struct cmd cmd_screen = {
	.name = "screen",
	.args = "[--no-ports] [[NAME=]SOURCE...]",
	.summary = "all guests on the full screen; what kpl011 alone does",
	.help = "\n"
		"Shows the guests that have a port, and those of each SOURCE besides:\n"
		"\n"
		"  unix:PATH   a socket that a VMM listens on: -serial unix:PATH,server,nowait\n"
		"  pty:PATH    a terminal that a VMM made: -serial pty\n"
		"  file:PATH   a file that a VMM writes: nothing can be sent\n"
		"\n"
		"NAME is what to call the guest. Keys go to the guest that is shown; behind the\n"
		"prefix key, Ctrl-] unless set otherwise, they are for kpl011: Ctrl-] ? lists\n"
		"them, Ctrl-] q leaves.\n"
		"\n"
		"  --no-ports   not the kernel's ports\n",
	.run = run,
};
