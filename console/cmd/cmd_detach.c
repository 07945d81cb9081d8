// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "guests/guests.h"
#include "guests/pick.h"
#include "guests/vmfind.h"
#include "base/msg.h"
#include "qemu/qemu_uart.h"
#include "source/source_port.h"

static void say_detached(const struct source_facts *facts)
{
	char label[SOURCE_NAME_SIZE];

	printf("%s: detached; its history: kpl011 log %u\n", guests_label(facts, label), facts->id);
}

static int detach(const struct source_facts *facts)
{
	int err = facts->live ? port_detach(facts->id) : -ENODEV;

	if (err)
		return guests_say_failed("detach", facts, err);
	say_detached(facts);
	return STATUS_OK;
}

/*
 * While the port was attached, QEMU's UART took what was sent to its own chardev,
 * without the guest noticing. QEMU raises the interrupt only for the first character
 * that waits, so the guest would not notice what comes next either. This drains that
 * UART before the detach, and once more after it.
 */
static int give_back(struct qemu *qemu, const struct source_facts *facts)
{
	char label[SOURCE_NAME_SIZE];
	char reason[QMP_REASON_SIZE];
	size_t dropped = 0;
	bool goes_on;
	bool before;
	bool after = false;
	bool more = false;
	int status = STATUS_OK;
	int err = 0;

	guests_label(facts, label);
	before = qemu_stop(qemu) && qemu_drain_uart(qemu, facts->gpa, &dropped, &more);
	if (before)
		err = port_detach(facts->id);
	if (before && !err)
		after = qemu_drain_uart(qemu, facts->gpa, &dropped, &more);
	strcpy(reason, qemu->reason);
	goes_on = qemu_cont(qemu);

	if (!before) {
		msg_error("cannot detach %s (port %u): %s", label, facts->id, reason);
		status = STATUS_FAILED;
	} else if (err) {
		status = guests_say_failed("detach", facts, err);
	} else {
		say_detached(facts);
		printf("%s: QEMU has its UART again; %zu %s sent to it meanwhile, and dropped\n",
		       label, dropped, dropped == 1 ? "character was" : "characters were");
		if (after && more)
			msg_error("%s gets the rest of it, because more kept coming", label);
		if (!after) {
			msg_error("%s may not answer at QEMU's serial port: %s", label, reason);
			status = STATUS_FAILED;
		}
	}
	if (!goes_on) {
		msg_error("%s may stand still: %s", label, qemu->reason);
		msg_more("The command 'cont' of QEMU's monitor continues it.");
		status = STATUS_FAILED;
	}
	return cmd_flush(status);
}

static int detach_with_qmp(const struct source_facts *facts, const char *path)
{
	char label[SOURCE_NAME_SIZE];
	struct qemu qemu;
	int status;

	if (!facts->live)
		return guests_say_failed("detach", facts, -ENODEV);
	if (qemu_open(&qemu, path, facts->pid, vmfind_qmp)) {
		status = give_back(&qemu, facts);
	} else {
		msg_error("cannot detach %s (port %u): %s", guests_label(facts, label), facts->id,
			  qemu.reason);
		msg_more("Without --qmp, detach does not need the monitor.");
		status = STATUS_FAILED;
	}
	qemu_close(&qemu);
	return status;
}

static int detach_with_found(const struct source_facts *facts)
{
	return detach_with_qmp(facts, NULL);
}

static const struct option options[] = {
	{ "qmp", required_argument, NULL, 'q' },
	{ "all-matching", no_argument, NULL, 'a' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int run(int argc, char **argv)
{
	const char *qmp = NULL;
	struct source_facts facts;
	bool many = false;
	int status;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'q':
			if (!*optarg)
				return cmd_usage(&cmd_detach, "--qmp: give a socket, or 'found'");
			qmp = optarg;
			break;
		case 'a':
			many = true;
			break;
		case 'h':
			return cmd_help(&cmd_detach);
		default:
			return cmd_usage(&cmd_detach, NULL);
		}
	}
	if (argc == optind)
		return cmd_usage(&cmd_detach, "which guests?");
	if (!qmp || !strcmp(qmp, "found"))
		return cmd_flush(pick_each(argv + optind, argc - optind, MATCH_LIVE, many,
					   qmp ? detach_with_found : detach));
	if (many || argc - optind > 1)
		return cmd_usage(
			&cmd_detach,
			"a socket belongs to one guest's QEMU; for several guests use --qmp found");
	status = pick_one(argv[optind], true, &facts);
	return status ? status : detach_with_qmp(&facts, qmp);
}

const struct cmd cmd_detach = {
	.name = "detach",
	.args = "[--qmp SOCKET|found] [--all-matching] GUEST...",
	.summary = "take the port out of a running VM",
	.help = "\n"
		"The VM continues with QEMU's own UART, as that was when the port was attached: a\n"
		"guest that was attached before it set up its UART has to set it up again. The port\n"
		"keeps its history until 'kpl011 reap'.\n"
		"\n"
		"  --qmp SOCKET   QEMU's monitor, a QMP socket, or 'found' for the one on QEMU's\n"
		"                 command line. detach stops the guest for a moment, and drops what\n"
		"                 was sent to QEMU's serial port while the guest did not listen\n"
		"                 there: without this, the guest may not receive what comes next\n"
		"  --all-matching a pattern means all guests that it matches\n",
	.run = run,
	.hosts = CMD_THERE,
	.options = options,
};
