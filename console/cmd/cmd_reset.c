// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "guests/guests.h"
#include "guests/pick.h"
#include "source/source_port.h"

static int reset(const struct source_facts *facts)
{
	char label[SOURCE_NAME_SIZE];
	int err = facts->live ? port_reset(facts->id) : -ENODEV;

	if (err)
		return guests_say_failed("reset the UART of", facts, err);
	printf("%s: its UART was reset\n", guests_label(facts, label));
	return STATUS_OK;
}

static int run(int argc, char **argv)
{
	bool many = false;
	int status;

	status = cmd_one_option(&cmd_reset, argc, argv, "all-matching", &many);
	if (status >= 0)
		return status;
	if (argc == optind)
		return cmd_usage(&cmd_reset, "which guests?");
	return cmd_flush(pick_each(argv + optind, argc - optind, MATCH_LIVE, many, reset));
}

const struct cmd cmd_reset = {
	.name = "reset",
	.args = "[--all-matching] GUEST...",
	.summary = "reset the UART of a guest",
	.help = "\n"
		"Does what the UART's reset input does: registers are as after power-on, and what the\n"
		"guest has received and not read is lost. The guest does not notice, and has to set\n"
		"up the UART again. The history, and what waits to be sent, stay. A reset of the VM\n"
		"resets its UART by itself.\n"
		"\n"
		"  --all-matching   a pattern means all guests that it matches\n",
	.run = run,
	.hosts = CMD_THERE,
};
