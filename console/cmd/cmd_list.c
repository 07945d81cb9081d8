// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "cmd/cmd.h"
#include "guests/guests.h"
#include "guests/pick.h"
#include "base/clock.h"
#include "base/human.h"
#include "base/msg.h"
#include "source/facts.h"
#include "source/owner.h"
#include "source/source_port.h"
#include "source/words.h"
#include "base/users.h"
#include "remote/hosts.h"

enum {
	COL_HOST,
	COL_ID,
	COL_NAME,
	COL_STATE,
	COL_PID,
	COL_USER,
	COL_UPTIME,
	COL_SENT,
	COL_RECEIVED,
	COLUMNS
};

_Static_assert(USER_NAME_SIZE <= SOURCE_NAME_SIZE && HUMAN_SIZE <= SOURCE_NAME_SIZE,
	       "every text fits in a cell");

struct row {
	char text[COLUMNS][SOURCE_NAME_SIZE];
};

static const struct {
	const char *title;
	bool right;
} columns[COLUMNS] = {
	[COL_HOST] = { "HOST", false },	       [COL_ID] = { "ID", true },
	[COL_NAME] = { "NAME", false },	       [COL_STATE] = { "STATE", false },
	[COL_PID] = { "PID", true },	       [COL_USER] = { "USER", false },
	[COL_UPTIME] = { "UPTIME", true },     [COL_SENT] = { "SENT", true },
	[COL_RECEIVED] = { "RECEIVED", true },
};

static void fill(struct row *row, const struct source_facts *facts, int64_t now)
{
	int64_t end = facts->live ? now : facts->death_ns;
	uint64_t lived = end > facts->attach_ns ? (uint64_t)(end - facts->attach_ns) : 0;
	char user[USER_NAME_SIZE];
	char text[HUMAN_SIZE];

	strcpy(row->text[COL_HOST], facts_host(facts));
	snprintf(row->text[COL_ID], SOURCE_NAME_SIZE, "%u", facts->id);
	msg_clean(row->text[COL_NAME], SOURCE_NAME_SIZE, facts->name[0] ? facts->name : "-");
	strcpy(row->text[COL_STATE], facts_state(facts));
	strcpy(row->text[COL_PID], "-");
	if (facts->pid)
		snprintf(row->text[COL_PID], SOURCE_NAME_SIZE, "%d", (int)facts->pid);
	strcpy(row->text[COL_USER], facts_user(facts, user));
	strcpy(row->text[COL_UPTIME], human_duration(lived, text));
	strcpy(row->text[COL_SENT], human_bytes(facts->tx_newest, text));
	strcpy(row->text[COL_RECEIVED], human_bytes(facts->rx_bytes, text));
}

static void print_row(const struct row *row, const int *widths)
{
	for (int c = hosts_many() ? COL_HOST : COL_ID; c < COLUMNS; c++) {
		int width = columns[c].right ? widths[c] : -widths[c];

		/* The line must not end with blanks. */
		if (c == COLUMNS - 1 && !columns[c].right)
			width = 0;
		printf("%s%*s", c == (hosts_many() ? COL_HOST : COL_ID) ? "" : "  ", width,
		       row->text[c]);
	}
	printf("\n");
}

/* Goes over the guests twice: once for the widths, once to print. */
static int print_table(const struct guests *guests)
{
	int64_t now = clock_boot_ns();
	int widths[COLUMNS];
	struct row row;

	for (int c = 0; c < COLUMNS; c++) {
		snprintf(row.text[c], SOURCE_NAME_SIZE, "%s", columns[c].title);
		widths[c] = (int)strlen(columns[c].title);
	}
	for (size_t i = 0; i < guests->count; i++) {
		struct row probe;

		fill(&probe, &guests->all[i], now);
		for (int c = 0; c < COLUMNS; c++) {
			int len = (int)strlen(probe.text[c]);

			if (len > widths[c])
				widths[c] = len;
		}
	}
	print_row(&row, widths);
	for (size_t i = 0; i < guests->count; i++) {
		fill(&row, &guests->all[i], now);
		print_row(&row, widths);
	}
	return cmd_flush(STATUS_OK);
}

static int print_json(const struct guests *guests)
{
	json_t *array = json_array();

	for (size_t i = 0; i < guests->count; i++)
		cmd_json_add(&array, facts_to_json(&guests->all[i]));
	return cmd_print_json(array, JSON_INDENT(2), "the list", STATUS_OK);
}

static int run(int argc, char **argv)
{
	struct guests guests;
	bool json = false;
	int status;

	status = cmd_one_option(&cmd_list, argc, argv, "json", &json);
	if (status >= 0)
		return status;
	status = pick_guests(&guests, argv + optind, argc - optind, MATCH_BOTH, true);
	if (status)
		return status;
	status = json ? print_json(&guests) : print_table(&guests);
	if (guests.hidden && optind == argc)
		msg_more("%zu more %s to other users.", guests.hidden,
			 guests.hidden == 1 ? "belongs" : "belong");
	if (!status && guests.unreached)
		status = STATUS_NO_HOST;
	if (!status && guests.without)
		status = STATUS_NO_MODULE;
	guests_free(&guests);
	return status;
}

const struct cmd cmd_list = {
	.name = "list",
	.args = "[--json] [GUEST...]",
	.summary = "show the guests that have a port",
	.help = "\n"
		"UPTIME counts from the attach, until the VM was gone if the port is dead, or until\n"
		"it was detached. SENT is what the guest has sent, RECEIVED what was sent to it, in\n"
		"bytes. A dead or detached port keeps its history until 'kpl011 reap'. With GUESTs,\n"
		"list shows only these, live or not; a pattern means all that it matches.\n"
		"\n"
		"  --json   print an array of objects with everything that is known, in plain units:\n"
		"           bytes, and nanoseconds of CLOCK_BOOTTIME. death_ns is 0 while the port is\n"
		"           live, pid is 0 if the process has ended. With --host there is a \"host\",\n"
		"           and times are of this machine's clock\n",
	.run = run,
	.hosts = CMD_HERE,
};
