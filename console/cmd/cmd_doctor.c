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
	json_t *json; /* an array, or NULL: text */
	bool well;
	bool failed;
};

static void add(struct report *report, const struct finding *finding)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:s?}", "check", finding->check, "status",
				   levels[finding->level], "text", finding->text, "todo",
				   finding->todo[0] ? finding->todo : NULL);

	if (json_array_append_new(report->json, object))
		report->failed = true;
}

static void found(const struct finding *finding, void *arg)
{
	struct report *report = arg;
	struct finding clean = { .check = finding->check, .level = finding->level };

	if (finding->level != FINDING_OK)
		report->well = false;
	/* Names of processes and files are others'. */
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
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct report report = { .well = true };
	bool json = false;
	int status;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'j':
			json = true;
			break;
		case 'h':
			return cmd_help(&cmd_doctor);
		default:
			return cmd_usage(&cmd_doctor, NULL);
		}
	}
	if (optind != argc)
		return cmd_usage(&cmd_doctor, "takes no arguments: '%s'", argv[optind]);

	if (json)
		report.json = json_array();
	checks_run(found, &report);
	if (json) {
		if (report.failed || json_dumpf(report.json, stdout, JSON_INDENT(2))) {
			msg_error("cannot write the findings as JSON");
			report.well = false;
		}
		printf("\n");
		json_decref(report.json);
	}
	status = report.well ? STATUS_OK : STATUS_FAILED;
	return cmd_flush(status);
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.args = "[--json]",
	.summary = "look whether this host has what guests need for a port",
	.help = "\n"
		"A line for each thing that was looked at: ok; warning, where something does not\n"
		"work or not for everybody; or wrong, where no guest can have a port. What to do\n"
		"is below it. The exit code is 0 only if all is ok. Nothing is changed.\n"
		"\n"
		"  --json   an array of objects: check, status, text and todo, which is null\n"
		"           where nothing is to be done\n",
	.run = run,
};
