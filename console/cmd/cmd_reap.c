// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "guests/guests.h"
#include "guests/pick.h"
#include "base/msg.h"
#include "source/source_port.h"

static int reap(const struct source_facts *facts)
{
	char label[SOURCE_NAME_SIZE];
	struct source *src;
	int err;

	guests_label(facts, label);
	err = port_open(facts->id, true, &src);
	if (!err) {
		err = source_reap(src);
		source_close(src);
	}
	switch (err) {
	case 0:
		printf("%s: port %u is forgotten\n", label, facts->id);
		return STATUS_OK;
	case -EBUSY:
		msg_error("cannot reap %s (port %u): its VM lives", label, facts->id);
		msg_more("Only a port that is dead or detached can be forgotten.");
		return STATUS_FAILED;
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		msg_error("port %u of %s was reaped already", facts->id, label);
		return STATUS_NO_GUEST;
	default:
		msg_error("cannot reap %s (port %u): %s", label, facts->id, strerror(-err));
		return err == -EACCES || err == -EPERM ? STATUS_PERMISSION : STATUS_FAILED;
	}
}

static int reap_all(const struct guests *guests)
{
	int result = STATUS_OK;

	for (size_t i = 0; i < guests->count; i++) {
		int status;

		if (guests->all[i].live)
			continue;
		status = reap(&guests->all[i]);
		/* If somebody else has reaped it, it is gone as well. */
		if (status && status != STATUS_NO_GUEST)
			result = status;
	}
	return result;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "all-matching", no_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct guests guests;
	bool all = false;
	bool many = false;
	int status;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'a':
			all = true;
			break;
		case 'm':
			many = true;
			break;
		case 'h':
			return cmd_help(&cmd_reap);
		default:
			return cmd_usage(&cmd_reap, NULL);
		}
	}
	if (all && (many || argc != optind))
		return cmd_usage(&cmd_reap, "--all takes no guest");
	if (!all && argc == optind)
		return cmd_usage(&cmd_reap, "which guests? or --all");
	if (!all)
		return cmd_flush(pick_each(argv + optind, argc - optind, MATCH_DEAD, many, reap));

	status = guests_scan(&guests);
	if (status)
		return status;
	status = reap_all(&guests);
	guests_free(&guests);
	return cmd_flush(status);
}

const struct cmd cmd_reap = {
	.name = "reap",
	.args = "[--all-matching] GUEST... | --all",
	.summary = "forget the port of a guest that is gone",
	.help = "\n"
		"Forgets a port that is dead or detached. Its history is lost. If such a port and a\n"
		"live guest have the same name, the name means the former here.\n"
		"\n"
		"  --all            reap every dead or detached port that you may write to\n"
		"  --all-matching   a pattern means all guests that it matches\n",
	.run = run,
	.hosts = CMD_THERE,
};
