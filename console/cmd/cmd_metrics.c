// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/msg.h"
#include "cmd/cmd.h"
#include "daemon/openmetrics.h"
#include "daemon/selfreport.h"
#include "daemon/where.h"
#include "guests/guests.h"

/* The daemon's last report, if a daemon runs and its report can be read; else one of the ports. */
static json_t *find_report(const struct daemon_options *where, enum status *status)
{
	json_t *json = where_report(where, status);

	if (json && json_is_true(json_object_get(json, "running")))
		return json;
	json_decref(json);
	if (!json && *status != STATUS_NO_GUEST && *status != STATUS_PERMISSION)
		return NULL;
	json = report_of_ports();
	*status = json ? STATUS_OK : guests_no_module(ENOENT);
	return json;
}

static int print_metrics(const struct daemon_options *where, enum openmetrics_form form,
			 bool guests)
{
	enum status status;
	json_t *json = find_report(where, &status);
	char *text;

	if (!json)
		return (int)status;
	text = openmetrics_make(json, form, guests);
	json_decref(json);
	if (!text) {
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	fputs(text, stdout);
	free(text);
	return cmd_flush(STATUS_OK);
}

static int run(int argc, char **argv)
{
	enum { TEXTFILE = 256 };
	static const struct option options[] = {
		{ "guests", no_argument, NULL, 'g' },
		{ "textfile", no_argument, NULL, TEXTFILE },
		{ "config", required_argument, NULL, 'c' },
		{ "directory", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	enum openmetrics_form form = OPENMETRICS;
	struct daemon_options where = { 0 };
	bool guests = false;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'g':
			guests = true;
			break;
		case TEXTFILE:
			form = OPENMETRICS_TEXTFILE;
			break;
		case 'c':
			if (!cmd_has_name(&cmd_metrics, "--config", optarg))
				return STATUS_USAGE;
			where.config = optarg;
			break;
		case 'd':
			if (!cmd_has_name(&cmd_metrics, "--directory", optarg))
				return STATUS_USAGE;
			where.directory = optarg;
			break;
		case 'h':
			return cmd_help(&cmd_metrics);
		default:
			return cmd_usage(&cmd_metrics, NULL);
		}
	}
	if (optind != argc)
		return cmd_usage(&cmd_metrics, "takes no arguments: '%s'", argv[optind]);
	return print_metrics(&where, form, guests);
}

const struct cmd cmd_metrics = {
	.name = "metrics",
	.args = "[--guests] [--textfile] [--config FILE] [--directory DIR]",
	.summary = "print metrics for Prometheus and similar programs",
	.help = "\n"
		"Prints OpenMetrics: the totals of all guests, and of the daemon's logs and alerts,\n"
		"as the daemon last reported them, which is up to a minute ago. If no daemon runs, or\n"
		"its logs cannot be read, it prints the metrics of the ports that this user can see.\n"
		"The daemon itself writes the same to a file, see 'metrics' in kpl011.conf(5).\n"
		"\n"
		"  --guests          also print the metrics of each guest\n"
		"  --textfile        use the older format that the textfile collector of Prometheus'\n"
		"                    node exporter reads\n"
		"  --config FILE     the daemon's policy, in place of /etc/kpl011/kpl011.conf\n"
		"  --directory DIR   where its logs are, whatever the policy says\n",
	.run = run,
};
