// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/human.h"
#include "base/json_io.h"
#include "base/msg.h"
#include "daemon/daemon.h"
#include "daemon/ledger.h"
#include "daemon/logfile.h"
#include "daemon/selfreport.h"
#include "daemon/where.h"
#include "source/source_port.h"
#include "text/when.h"

static uint64_t count(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

/* The text in printable form, as others may have chosen it; "-" if there is none. */
static const char *word(const json_t *object, const char *key, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(object, key));

	msg_clean(out, size, text && *text ? text : "-");
	return out;
}

/* Where the daemon's files are. */
struct place {
	int dir;
	int state; /* .kpl011/ */
};

/*
 * Updates the position of a guest's log from its ledger and its port: the report may be old. The
 * ledger says what is about to be written; whether it was, only the log tells.
 */
static void renew(json_t *guest, json_t *log, const struct place *place, uint64_t newest)
{
	const char *kind = json_string_value(json_object_get(log, "log"));
	const char *file = json_string_value(json_object_get(log, "file"));
	struct ledger_port port = {
		.id = (uint32_t)count(guest, "port"),
		.attach_ns = count(guest, "attach_ns"),
	};
	struct ledger_found found = { 0 };
	char name[LOGFILE_LEDGER_SIZE];
	struct ledger_point at;
	struct ledger ledger;

	if (!kind || ledger_load(place->state, logfile_ledger_name(&port, kind, name), &ledger))
		return;
	if (file)
		logfile_find(place->dir, file, &found);
	ledger_resume(&ledger, &found, &at);
	if (at.pos < count(log, "position"))
		return;
	json_object_set_new(log, "position", json_integer((json_int_t)at.pos));
	json_object_set_new(log, "behind",
			    json_integer(newest > at.pos ? (json_int_t)(newest - at.pos) : 0));
}

static void renew_guest(json_t *guest, const struct place *place)
{
	uint64_t newest = count(guest, "output");
	struct port_info info;
	json_t *log;
	size_t i;

	if (!port_info((uint32_t)count(guest, "port"), &info) &&
	    (uint64_t)info.facts.attach_ns == count(guest, "attach_ns")) {
		newest = info.facts.tx_newest;
		json_object_set_new(guest, "output", json_integer((json_int_t)newest));
		json_object_set_new(guest, "live", json_boolean(info.facts.live));
	}
	json_array_foreach(json_object_get(guest, "logs"), i, log) renew(guest, log, place, newest);
}

static void renew_all(json_t *report)
{
	const char *path = json_string_value(json_object_get(report, "directory"));
	struct place place = {
		.dir = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1,
		.state = -1,
	};
	json_t *guest;
	size_t i;

	if (place.dir >= 0)
		place.state = openat(place.dir, ".kpl011", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place.state >= 0 && json_is_true(json_object_get(report, "running")))
		json_array_foreach(json_object_get(report, "guests"), i, guest)
			renew_guest(guest, &place);
	if (place.state >= 0)
		close(place.state);
	if (place.dir >= 0)
		close(place.dir);
}

static const char *size_of(const json_t *object, const char *key, char text[HUMAN_SIZE])
{
	return human_bytes(count(object, key), text);
}

static void print_limit(const json_t *logs, const char *key, const char *what)
{
	const json_t *limits = json_object_get(logs, "limits");

	printf(", %" PRIu64 " %s", count(logs, key), what);
	if (json_object_get(limits, key))
		printf(" of %" PRIu64, count(limits, key));
}

static void print_logs(const json_t *logs)
{
	static const struct {
		const char *limit;
		const char *text;
	} reasons[] = {
		{ "budget", "the budget" },
		{ "files", "the limit on files" },
		{ "guests", "the limit on guests" },
		{ "guest", "the limits of their guests" },
	};
	const json_t *limits = json_object_get(logs, "limits");
	const json_t *item;
	char text[HUMAN_SIZE];
	bool any = false;
	size_t i;

	printf("logs: %s on the disk", size_of(logs, "bytes", text));
	if (json_object_get(limits, "bytes"))
		printf(" of %s", size_of(limits, "bytes", text));
	print_limit(logs, "files", "files");
	print_limit(logs, "guests", "guests");
	printf("\nremoved:");
	json_array_foreach(json_object_get(logs, "removed"), i, item)
	{
		if (!count(item, "files") || i >= sizeof(reasons) / sizeof(reasons[0]))
			continue;
		printf("%s %" PRIu64 " files (%s) by %s", any ? "," : "", count(item, "files"),
		       size_of(item, "bytes", text), reasons[i].text);
		any = true;
	}
	printf("%s\n", any ? "" : " nothing");
}

static void print_descriptors(const json_t *report)
{
	const json_t *fds = json_object_get(report, "descriptors");

	if (!fds)
		return;
	printf("descriptors of guests: %" PRIu64 " of %" PRIu64, count(fds, "used"),
	       count(fds, "limit"));
	if (count(fds, "waiting"))
		printf("; %" PRIu64 " guest%s not logged, waiting for some", count(fds, "waiting"),
		       count(fds, "waiting") == 1 ? " is" : "s are");
	printf("\n");
}

/* A report that is older than this was not written when it should have been. */
#define OVERDUE_SECONDS (3 * REPORT_EVERY_MS / 1000)

static double age_of(const json_t *report)
{
	return (double)when_real_now() / 1e9 - json_number_value(json_object_get(report, "time"));
}

/* The separator before the next item. */
static const char *between(bool *any)
{
	const char *text = *any ? ";" : "";

	*any = true;
	return text;
}

static void print_failures(const json_t *report)
{
	const json_t *commands = json_object_get(report, "commands");
	const json_t *item;
	bool any = false;
	char what[4096];
	char why[512];
	size_t i;

	printf("failing:");
	if (json_is_string(json_object_get(report, "failing")))
		printf("%s the logs, %s", between(&any), word(report, "failing", why, sizeof(why)));
	if (count(report, "unsent"))
		printf("%s the journal, for %" PRIu64 " guest%s", between(&any),
		       count(report, "unsent"), count(report, "unsent") == 1 ? "" : "s");
	json_array_foreach(json_object_get(report, "failures"), i, item)
		printf("%s %s, %s", between(&any), word(item, "what", what, sizeof(what)),
		       word(item, "why", why, sizeof(why)));
	if (json_is_true(json_object_get(report, "running")) && age_of(report) > OVERDUE_SECONDS)
		printf("%s this report, which is older than it should be", between(&any));
	printf("%s\n", any ? "" : " nothing");
	if (count(commands, "started"))
		printf("commands of alerts: %" PRIu64 ", %" PRIu64 " of them failed\n",
		       count(commands, "started"), count(commands, "failed"));
}

static void print_alerts(const json_t *report)
{
	const json_t *item;
	char name[64];
	size_t i;

	json_array_foreach(json_object_get(report, "alerts"), i, item) if (count(item, "seen"))
		printf("alert %s: seen %" PRIu64 ", told %" PRIu64 "\n",
		       word(item, "alert", name, sizeof(name)), count(item, "seen"),
		       count(item, "told"));
}

static void print_head(const json_t *report)
{
	double now = (double)when_real_now() / 1e9;
	double time = json_number_value(json_object_get(report, "time"));
	double started = json_number_value(json_object_get(report, "started"));
	bool running = json_is_true(json_object_get(report, "running"));
	char path[4096];
	char text[HUMAN_SIZE];

	if (running && now > started)
		printf("kpl011 daemon runs, process %" PRIu64 ", since %s", count(report, "pid"),
		       human_duration((uint64_t)((now - started) * 1e9), text));
	else
		printf("kpl011 daemon %s", running ? "runs" : "does not run");
	printf("; its logs are in %s\n", word(report, "directory", path, sizeof(path)));
	if (now > time)
		printf("%s %s ago\n", running ? "reported" : "last reported",
		       human_duration((uint64_t)((now - time) * 1e9), text));
}

static void print_row(const json_t *guest, const json_t *log, bool first)
{
	char text[HUMAN_SIZE];
	char name[160];
	char user[160];
	char kind[32];
	char file[512];
	char state[32];

	if (first)
		printf("%-20s %-12s %6" PRIu64 "  ", word(guest, "name", name, sizeof(name)),
		       word(guest, "user", user, sizeof(user)), count(guest, "port"));
	else
		printf("%-20s %-12s %6s  ", "", "", "");
	printf("%-8s %-8s %8s %8" PRIu64 " %7" PRIu64 "  %s\n",
	       log ? word(log, "log", kind, sizeof(kind)) : "-",
	       word(log ? log : guest, "state", state, sizeof(state)),
	       log ? size_of(log, "behind", text) : "-", count(log, "lost"), count(log, "errors"),
	       log ? word(log, "file", file, sizeof(file)) : "-");
}

static void print_guests(const json_t *guests)
{
	const json_t *guest;
	const json_t *log;
	size_t i, k;

	if (json_array_size(guests))
		printf("\n%-20s %-12s %6s  %-8s %-8s %8s %8s %7s  %s\n", "GUEST", "USER", "PORT",
		       "LOG", "STATE", "BEHIND", "LOST", "ERRORS", "FILE");
	json_array_foreach(guests, i, guest)
	{
		const json_t *logs = json_object_get(guest, "logs");

		if (!json_array_size(logs))
			print_row(guest, NULL, true);
		json_array_foreach(logs, k, log) print_row(guest, log, !k);
	}
}

enum status daemon_status(const struct daemon_options *options, bool as_json)
{
	enum status status;
	json_t *report = where_report(options, &status);

	if (!report) {
		if (status == STATUS_NO_GUEST)
			msg_error(
				"no kpl011 daemon has written a report there: give the --config or --directory that it uses");
		return status == STATUS_NO_GUEST ? STATUS_FAILED : status;
	}
	renew_all(report);
	if (as_json) {
		if (json_dumpf(report, stdout, JSON_INDENT(2) | json_flags_for(STDOUT_FILENO)))
			status = STATUS_FAILED;
		printf("\n");
	} else {
		print_head(report);
		print_logs(json_object_get(report, "logs"));
		print_descriptors(report);
		print_failures(report);
		print_alerts(report);
		print_guests(json_object_get(report, "guests"));
	}
	json_decref(report);
	return status;
}
