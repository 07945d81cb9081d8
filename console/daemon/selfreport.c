// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/selfreport.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "base/msg.h"
#include "base/newfile.h"
#include "daemon/failures.h"
#include "daemon/openmetrics.h"
#include "guests/guests.h"
#include "source/owner.h"
#include "source/source_port.h"
#include "text/when.h"

#define METRICS_MODE 0644

/* The length of a turn of the loop. */
#define TURN_NS ((uint64_t)10 * 1000000)

static const char *const reasons[KEEPER_REASONS] = {
	[ARCHIVE_BYTES] = "budget",
	[ARCHIVE_FILES] = "files",
	[ARCHIVE_GUESTS] = "guests",
	[KEEPER_GUEST] = "guest",
};

static json_t *seconds(int64_t ns)
{
	return json_real((double)(ns / 1000000) / 1000);
}

static json_t *text(const char *string)
{
	return json_text(string, strlen(string));
}

static json_t *sample_json(const struct recorder_sample *sample)
{
#define INT(member) #member, (json_int_t)sample->member
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "output",
			 (json_int_t)sample->tx_newest, "input", (json_int_t)sample->rx_bytes,
			 INT(lost), INT(interrupts), INT(stalls), INT(stall_ns), INT(drops));
#undef INT
}

static uint64_t behind(uint64_t newest, uint64_t pos)
{
	return newest > pos ? newest - pos : 0;
}

static json_t *counts_json(const struct logstream_counts *counts)
{
	return json_pack("{s:I, s:I, s:I}", "written", (json_int_t)counts->written, "lost",
			 (json_int_t)counts->lost, "errors", (json_int_t)counts->errors);
}

static json_t *stream_json(const struct recorder *recorder, enum logstream_kind kind)
{
	struct logstream_state state;
	json_t *json;

	logstream_state(recorder->streams[kind], &state);
	json = counts_json(&state.counts);
	json_object_set_new(json, "log", json_string(logstream_kind_name(kind)));
	json_object_set_new(json, "file", text(state.file));
	json_object_set_new(json, "position", json_integer((json_int_t)state.pos));
	json_object_set_new(
		json, "behind",
		json_integer((json_int_t)behind(recorder->sample.tx_newest, state.pos)));
	json_object_set_new(json, "state",
			    json_string(state.done	? "done"
					: state.failing ? "failing"
					: state.waiting ? "waiting"
							: "writing"));
	return json;
}

static json_t *guest_alerts(const struct recorder *recorder, const struct alertrules *rules)
{
	json_t *json = json_object();
	const uint64_t *counts;

	if (!recorder->alerts || !rules)
		return json;
	counts = alertstream_counts(recorder->alerts);
	for (size_t i = 0; i < rules->count; i++)
		if (recorder->decision.alerts >> i & 1)
			json_object_set_new(json, rules->all[i].name,
					    json_integer((json_int_t)counts[i]));
	return json;
}

static json_t *guest_json(const struct source_facts *facts, const struct recorder_sample *sample)
{
	char user[USER_NAME_SIZE];
	json_t *json = sample_json(sample);

	json_object_set_new(json, "name", text(facts->name));
	json_object_set_new(json, "uid", json_integer(facts->uid));
	json_object_set_new(json, "user", text(facts_user(facts, user)));
	json_object_set_new(json, "port", json_integer(facts->id));
	json_object_set_new(json, "attach_ns", json_integer(facts->attach_ns));
	json_object_set_new(json, "pid", json_integer(facts->pid));
	json_object_set_new(json, "live", json_boolean(sample->live));
	return json;
}

static json_t *recorder_json(const struct recorder *recorder, const struct alertrules *rules)
{
	json_t *json = guest_json(&recorder->facts, &recorder->sample);
	json_t *streams = json_array();

	for (int kind = 0; kind < LOGSTREAM_KINDS; kind++)
		if (recorder->streams[kind])
			json_array_append_new(streams,
					      stream_json(recorder, (enum logstream_kind)kind));
	json_object_set_new(json, "logs", streams);
	json_object_set_new(json, "alerts", guest_alerts(recorder, rules));
	json_object_set_new(json, "state",
			    json_string(recorder->done	   ? "done"
					: recorder->waits  ? "waits"
					: recorder->broken ? "broken"
							   : "begun"));
	return json;
}

static json_t *alerts_json(const struct alerting *alerting)
{
	const struct alertcounts *counts = alerting_counts(alerting);
	json_t *json = json_array();

	for (size_t i = 0; counts && i < counts->count; i++) {
		const struct alertcounts_of *count = &counts->all[i];

		json_array_append_new(json, json_pack("{s:s, s:I, s:I}", "alert", count->alert,
						      "told", (json_int_t)count->told, "seen",
						      (json_int_t)count->seen));
	}
	return json;
}

/* Like those of alerts, absent before it is known where the counts continue. */
static json_t *commands_json(const struct alerting *alerting)
{
	const struct alertcounts *counts = alerting_counts(alerting);

	if (!counts)
		return json_object();
	return json_pack("{s:I, s:I}", "started", (json_int_t)counts->runs.started, "failed",
			 (json_int_t)counts->runs.failed);
}

static json_t *logs_json(const struct recorders *all)
{
	static const char *const measures[ARCHIVE_MEASURES] = { "bytes", "files", "guests" };
	json_t *json = json_object();
	json_t *limits = json_object();
	json_t *removed = json_array();

	for (int i = 0; i < ARCHIVE_MEASURES; i++) {
		uint64_t limit = all->policy->limits[i];

		json_object_set_new(json, measures[i],
				    json_integer((json_int_t)keeper_total(
					    all->shared.keeper, (enum archive_measure)i)));
		if (limit)
			json_object_set_new(limits, measures[i], json_integer((json_int_t)limit));
	}
	for (size_t i = 0; i < KEEPER_REASONS; i++)
		json_array_append_new(removed,
				      json_pack("{s:s, s:I, s:I}", "limit", reasons[i], "files",
						(json_int_t)all->removed[i].files, "bytes",
						(json_int_t)all->removed[i].bytes));
	json_object_set_new(json, "limits", limits);
	json_object_set_new(json, "removed", removed);
	return json;
}

static json_t *why(int err)
{
	if (err == LOGDIR_NOT_OURS)
		return json_string("in the place of a log there is a file of another program");
	return json_string(
		err == LOGDIR_NO_FILE
			? "in the place of a log there is something that is not a regular file"
			: strerror(-err));
}

/* Why logs cannot be written now, or null. */
static json_t *failing(const struct logdir *dir)
{
	const size_t kinds = sizeof(dir->troubles.of) / sizeof(dir->troubles.of[0]);

	if (dir->never)
		return why(dir->never);
	for (size_t i = 0; i < kinds; i++)
		if (dir->troubles.of[i].count)
			return why(dir->troubles.of[i].err);
	return json_null();
}

static void put_daemon(json_t *json, const struct recorders *all)
{
	const struct logstream_shared *shared = &all->shared;
	json_t *written = json_array();

	for (int kind = 0; kind < LOGSTREAM_KINDS; kind++) {
		json_t *counts = counts_json(&shared->totals[kind]);

		json_object_set_new(counts, "log",
				    json_string(logstream_kind_name((enum logstream_kind)kind)));
		json_array_append_new(written, counts);
	}
	json_object_set_new(json, "pid", json_integer(getpid()));
	json_object_set_new(json, "directory", text(shared->dir.path));
	json_object_set_new(json, "started",
			    seconds(when_real_now() - (when_now() - all->began_ns)));
	json_object_set_new(json, "written", written);
	json_object_set_new(json, "logs", logs_json(all));
	json_object_set_new(json, "failing", failing(&shared->dir));
	json_object_set_new(json, "failures", failures_json(all));
	json_object_set_new(json, "unsent", json_integer(shared->unsent));
	json_object_set_new(json, "descriptors",
			    json_pack("{s:I, s:I, s:I}", "limit", (json_int_t)all->fds.max, "used",
				      (json_int_t)all->fds.used, "waiting",
				      (json_int_t)all->fds.waiting));
	json_object_set_new(json, "alerts", alerts_json(shared->alerting));
	json_object_set_new(json, "commands", commands_json(shared->alerting));
}

static json_t *begin(const char *boot)
{
	json_t *json = json_object();

	json_object_set_new(json, "format", json_string("kpl011-status"));
	json_object_set_new(json, "version", json_integer(1));
	json_object_set_new(json, "program", json_string(KPL011_VERSION));
	json_object_set_new(json, "time", seconds(when_real_now()));
	if (boot)
		json_object_set_new(json, "boot", json_string(boot));
	return json;
}

/* A report that is being made, in turns: all of it grows with the guests. */
struct report {
	json_t *guests; /* those that were asked */
	json_t *json;	/* the whole report, after that; for metrics */
	FILE *file;	/* its text, which is written meanwhile */
	char *text;
	size_t size;
	bool written; /* the text was written */
	struct openmetrics *metrics;
};

void report_free(struct report *report)
{
	if (!report)
		return;
	json_decref(report->json ? report->json : report->guests);
	if (report->file)
		fclose(report->file);
	free(report->text);
	if (report->metrics)
		free(openmetrics_end(report->metrics));
	free(report);
}

static struct report *begin_report(struct recorders *all)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return NULL;
	report->guests = json_array();
	report->file = open_memstream(&report->text, &report->size);
	if (!report->guests || !report->file) {
		report_free(report);
		return NULL;
	}
	fputs("{\"guests\":[", report->file);
	all->reports++;
	return report;
}

/* Asks guests that were not asked yet. Returns true if the turn is over, and there are more. */
static bool gather(struct recorders *all, struct report *report, uint64_t turn_ns)
{
	const struct alertrules *rules = alerting_has(all->shared.alerting);
	uint64_t begun = clock_ns();

	for (struct recorder *r = all->first; r; r = r->next) {
		json_t *guest;

		if (r->reports == all->reports)
			continue;
		r->reports = all->reports;
		if (!r->done || !r->sample.tx_newest)
			recorder_look(r);
		guest = recorder_json(r, rules);
		if (json_array_size(report->guests))
			fputc(',', report->file);
		json_dumpf(guest, report->file, JSON_COMPACT);
		json_array_append_new(report->guests, guest);
		if (clock_passed(begun, turn_ns))
			return true;
	}
	return false;
}

/* Adds what is not of one guest, to the report and to its text. */
static void finish(struct recorders *all, struct report *report, bool ending)
{
	struct recorder_sample sum = all->gone;
	json_t *json = begin(all->boot);
	char *text;

	for (const struct recorder *r = all->first; r; r = r->next)
		recorder_add(&sum, &r->sample);
	alerting_note(all->shared.alerting);
	put_daemon(json, all);
	json_object_set_new(json, "running", json_boolean(!ending));
	json_object_set_new(json, "totals", sample_json(&sum));
	text = json_dumps(json, JSON_COMPACT);
	/* Without its opening brace. */
	fprintf(report->file, "],%s", text ? text + 1 : "");
	if (fclose(report->file) || !text) {
		free(report->text);
		report->text = NULL;
	}
	report->file = NULL;
	free(text);
	json_object_set_new(json, "guests", report->guests);
	report->json = json;
}

json_t *report_of_ports(void)
{
	struct recorder_sample sum = { 0 };
	json_t *guests = json_array();
	struct guests found;
	json_t *json;

	if (guests_look(&found)) {
		json_decref(guests);
		return NULL;
	}
	json = begin(NULL);
	for (size_t i = 0; i < found.count; i++) {
		struct recorder_sample sample;

		if (!recorder_sample_of(found.all[i].id, (uint64_t)found.all[i].attach_ns, &sample))
			continue;
		recorder_add(&sum, &sample);
		json_array_append_new(guests, guest_json(&found.all[i], &sample));
	}
	guests_free(&found);
	json_object_set_new(json, "totals", sample_json(&sum));
	json_object_set_new(json, "guests", guests);
	return json;
}

static void put(const char *path, mode_t mode, const char *bytes, int *told)
{
	mode_t mask = umask(0);
	int err = bytes ? newfile_put(path, mode, NEWFILE_QUICK, bytes, strlen(bytes)) : -ENOMEM;

	umask(mask);
	if (err && !*told)
		msg_error("cannot write %s: %s; it is tried again", path, newfile_reason(err));
	else if (!err && *told)
		msg_error("%s is written again", path);
	*told = err;
}

static void write_status(struct recorders *all, const char *text)
{
	char path[PATH_MAX + sizeof(REPORT_PATH) + 1];

	snprintf(path, sizeof(path), "%s/" REPORT_PATH, all->shared.dir.path);
	put(path, LOGDIR_FILE_MODE, text, &all->report_err);
	/* The file exists now. */
	if (all->reports == 1)
		keeper_look_at_ledgers(all->shared.keeper);
}

/*
 * Returns true if the turn is over, and there is more. The policy may have changed since the last.
 */
static bool write_metrics(struct recorders *all, struct report *report, uint64_t turn_ns)
{
	const struct policy *policy = all->policy;
	bool failed = all->metrics_err;
	char *text;

	if (!policy->metrics[0])
		return false;
	if (!report->metrics)
		report->metrics = openmetrics_begin(report->json, OPENMETRICS_TEXTFILE,
						    policy->metrics_guests);
	if (report->metrics && openmetrics_go_on(report->metrics, turn_ns))
		return true;
	text = report->metrics ? openmetrics_end(report->metrics) : NULL;
	report->metrics = NULL;
	put(policy->metrics, METRICS_MODE, text, &all->metrics_err);
	all->report_again = failed != !!all->metrics_err;
	free(text);
	return false;
}

static bool go_on(struct recorders *all, bool ending, uint64_t turn_ns)
{
	struct report *report = all->report;

	if (!report->json) {
		if (gather(all, report, turn_ns))
			return true;
		finish(all, report, ending);
		return true;
	}
	if (!report->written) {
		write_status(all, report->text);
		report->written = true;
		free(report->text);
		report->text = NULL;
		return true;
	}
	return write_metrics(all, report, turn_ns);
}

static bool write_some(struct recorders *all, bool ending, uint64_t turn_ns)
{
	if (!all->report)
		all->report = begin_report(all);
	if (all->report && go_on(all, ending, turn_ns))
		return true;
	report_free(all->report);
	all->report = NULL;
	return false;
}

bool report_write(struct recorders *all)
{
	return write_some(all, false, TURN_NS);
}

void report_write_last(struct recorders *all)
{
	/* An unfinished report is too old. */
	report_free(all->report);
	all->report = NULL;
	while (write_some(all, true, UINT64_MAX))
		;
}
