// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "cmd/cmd.h"
#include "base/msg.h"
#include "doctor/checks.h"

static const char *const levels[] = {
	[FINDING_OK] = "ok",
	[FINDING_WARNING] = "warning",
	[FINDING_WRONG] = "wrong",
};

struct report {
	bool json; /* else text */
	bool well; /* nothing but FINDING_OK so far */
	json_t *array;
};

static void add(struct report *report, const struct finding *finding)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:s?}", "check", finding->check, "status",
				   levels[finding->level], "text", finding->text, "todo",
				   finding->todo[0] ? finding->todo : NULL);

	cmd_json_add(&report->array, object);
}

static void found(const struct finding *finding, void *arg)
{
	struct report *report = arg;
	struct finding clean = { .check = finding->check, .level = finding->level };

	if (finding->level != FINDING_OK)
		report->well = false;
	/* Names of processes and files may hold control characters. */
	msg_clean(clean.text, sizeof(clean.text), finding->text);
	msg_clean(clean.todo, sizeof(clean.todo), finding->todo);
	if (report->json) {
		add(report, &clean);
		return;
	}
	printf("%-8s  %-9s  %s\n", levels[clean.level], clean.check, clean.text);
	if (clean.todo[0])
		printf("%21s%s\n", "", clean.todo);
}

static int run(int argc, char **argv)
{
	struct report report = { .well = true };
	int status;

	status = cmd_one_option(&cmd_doctor, argc, argv, "json", &report.json);
	if (status >= 0)
		return status;
	if (optind != argc)
		return cmd_usage(&cmd_doctor, "takes no arguments: '%s'", argv[optind]);

	if (report.json)
		report.array = json_array();
	checks_run(found, &report);
	status = report.well ? STATUS_OK : STATUS_FAILED;
	return report.json ? cmd_print_json(report.array, JSON_INDENT(2), "the findings", status)
			   : cmd_flush(status);
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.args = "[--json]",
	.summary = "check whether this host has what guests need for a port",
	.help = "\n"
		"Prints a line for each check: ok; warning, if something does not work or not for\n"
		"everybody; or wrong, if no guest can have a port. The line below says what to do.\n"
		"The exit status is 0 only if all is ok. doctor changes nothing.\n"
		"\n"
		"  --json   print an array of objects: check, status, text and todo, which is null if\n"
		"           there is nothing to do\n",
	.run = run,
	.hosts = CMD_THERE,
};
