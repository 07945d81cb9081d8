// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "guests/guests.h"
#include "source/source_port.h"

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	char label[SOURCE_NAME_SIZE];
	struct source_facts facts;
	int status;
	int err;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h')
			return cmd_help(&cmd_reset);
		return cmd_usage(&cmd_reset, NULL);
	}
	if (argc - optind != 1)
		return cmd_usage(&cmd_reset, "give one guest");

	status = guests_choose(argv[optind], true, &facts);
	if (status)
		return status;
	err = facts.live ? port_reset(facts.id) : -ENODEV;
	if (err)
		return guests_say_failed("reset the UART of", &facts, err);
	printf("%s: its UART was reset\n", guests_label(&facts, label));
	return cmd_flush(STATUS_OK);
}

const struct cmd cmd_reset = {
	.name = "reset",
	.args = "GUEST",
	.summary = "reset the UART of a guest",
	.help = "\n"
		"As its reset input does: registers are as after power-on, and what the guest\n"
		"had received and not read is lost. The guest does not know and has to set it up\n"
		"again. The history and what waits to be sent stay. A reset of the VM resets its\n"
		"UART by itself.\n",
	.run = run,
	.hosts = CMD_THERE,
};
