// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/openmetrics.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct out {
	FILE *file;
	enum openmetrics_form form;
};

/* A counter's samples have _total behind the family's name. */
enum type {
	GAUGE,
	COUNTER,
};

/* What a family is, before its samples. */
static void family(const struct out *out, const char *name, enum type type, const char *help)
{
	const char *end = type == COUNTER && out->form == OPENMETRICS_TEXTFILE ? "_total" : "";

	fprintf(out->file, "# HELP kpl011_%s%s %s\n# TYPE kpl011_%s%s %s\n", name, end, help, name,
		end, type == COUNTER ? "counter" : "gauge");
}

static void put_label(const struct out *out, const char *name, const char *value, bool first)
{
	fprintf(out->file, "%s%s=\"", first ? "" : ",", name);
	for (const char *p = value; *p; p++) {
		if (*p == '\n')
			fputs("\\n", out->file);
		else if (*p == '"' || *p == '\\')
			fprintf(out->file, "\\%c", *p);
		else
			fputc(*p, out->file);
	}
	fputc('"', out->file);
}

static double number(const json_t *json)
{
	return json_is_true(json) ? 1 : json_number_value(json);
}

static void put_value(const struct out *out, double value)
{
	if (value == (double)(long long)value)
		fprintf(out->file, " %lld\n", (long long)value);
	else
		fprintf(out->file, " %.3f\n", value);
}

/* Of an object a label's name is the key, and its value what there is. */
static const char *label_value(const json_t *object, const char *key, char text[32])
{
	const json_t *value = json_object_get(object, key);

	if (json_is_string(value))
		return json_string_value(value);
	snprintf(text, 32, "%lld", (long long)json_integer_value(value));
	return text;
}

static void begin_sample(const struct out *out, const char *name, enum type type)
{
	fprintf(out->file, "kpl011_%s%s", name, type == COUNTER ? "_total" : "");
}

/* One without labels, if there is a value. */
static void one(const struct out *out, const char *name, enum type type, const char *help,
		const json_t *value, double unit)
{
	if (!value || json_is_null(value))
		return;
	family(out, name, type, help);
	begin_sample(out, name, type);
	put_value(out, number(value) / unit);
}

/* One for each of an array's objects, which have its label as well as its value. */
static void each(const struct out *out, const char *name, enum type type, const char *help,
		 const json_t *array, const char *label, const char *key)
{
	const json_t *item;
	char text[32];
	size_t i;

	if (!json_array_size(array))
		return;
	family(out, name, type, help);
	json_array_foreach(array, i, item)
	{
		begin_sample(out, name, type);
		fputc('{', out->file);
		put_label(out, label, label_value(item, label, text), true);
		fputc('}', out->file);
		put_value(out, number(json_object_get(item, key)));
	}
}

/* "guest" is the only label that a guest's owner chooses. */
static void guest_labels(const struct out *out, const json_t *guest)
{
	static const char *const labels[] = { "uid", "user", "port" };
	char text[32];

	put_label(out, "guest", label_value(guest, "name", text), true);
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		put_label(out, labels[i], label_value(guest, labels[i], text), false);
}

static void each_guest(const struct out *out, const char *name, enum type type, const char *help,
		       const json_t *guests, const char *key, double unit)
{
	const json_t *guest;
	size_t i;

	if (!json_array_size(guests))
		return;
	family(out, name, type, help);
	json_array_foreach(guests, i, guest)
	{
		begin_sample(out, name, type);
		fputc('{', out->file);
		guest_labels(out, guest);
		fputc('}', out->file);
		put_value(out, number(json_object_get(guest, key)) / unit);
	}
}

static void each_log(const struct out *out, const char *name, enum type type, const char *help,
		     const json_t *guests, const char *key)
{
	const json_t *guest;
	const json_t *log;
	size_t i, k;

	family(out, name, type, help);
	json_array_foreach(guests, i, guest)
	{
		json_array_foreach(json_object_get(guest, "logs"), k, log)
		{
			const json_t *value = json_object_get(log, key);
			char text[32];

			begin_sample(out, name, type);
			fputc('{', out->file);
			guest_labels(out, guest);
			put_label(out, "log", label_value(log, "log", text), false);
			fputc('}', out->file);
			put_value(out, json_is_string(value)
					       ? !strcmp(json_string_value(value), "failing")
					       : number(value));
		}
	}
}

static void each_alert(const struct out *out, const json_t *guests)
{
	const json_t *guest;
	const char *alert;
	json_t *count;
	size_t i;

	family(out, "guest_alert_matches", COUNTER, "What a guest printed that matches an alert.");
	json_array_foreach(guests, i, guest)
	{
		json_object_foreach(json_object_get(guest, "alerts"), alert, count)
		{
			begin_sample(out, "guest_alert_matches", COUNTER);
			fputc('{', out->file);
			guest_labels(out, guest);
			put_label(out, "alert", alert, false);
			fputc('}', out->file);
			put_value(out, number(count));
		}
	}
}

static void put_ports(const struct out *out, const json_t *report)
{
	const json_t *totals = json_object_get(report, "totals");
	const json_t *guest;
	size_t live = 0;
	size_t i;

	json_array_foreach(json_object_get(report, "guests"), i, guest) live +=
		json_is_true(json_object_get(guest, "live"));
	family(out, "guests", GAUGE, "Guests that have a port, by whether they live.");
	fprintf(out->file, "kpl011_guests{state=\"live\"} %zu\nkpl011_guests{state=\"dead\"} %zu\n",
		live, i - live);
	one(out, "output_bytes", COUNTER, "Bytes that guests have printed.",
	    json_object_get(totals, "output"), 1);
	one(out, "input_bytes", COUNTER, "Bytes that were typed at guests.",
	    json_object_get(totals, "input"), 1);
	one(out, "lost_bytes", COUNTER, "Bytes that guests have printed and nobody kept.",
	    json_object_get(totals, "lost"), 1);
	one(out, "interrupts", COUNTER, "Interrupts that ports have raised.",
	    json_object_get(totals, "interrupts"), 1);
	one(out, "reader_stalls", COUNTER, "Times that readers without loss held up a guest.",
	    json_object_get(totals, "stalls"), 1);
	one(out, "reader_stall_seconds", COUNTER,
	    "For how long readers without loss held up guests.",
	    json_object_get(totals, "stall_ns"), 1e9);
	one(out, "readers_dropped", COUNTER, "Readers that may not hold up a guest any more.",
	    json_object_get(totals, "drops"), 1);
}

static void put_limits(const struct out *out, const json_t *logs)
{
	const json_t *limits = json_object_get(logs, "limits");

	one(out, "log_bytes", GAUGE, "What all logs have on the disk.",
	    json_object_get(logs, "bytes"), 1);
	one(out, "log_budget_bytes", GAUGE, "What they may have.", json_object_get(limits, "bytes"),
	    1);
	one(out, "log_files", GAUGE, "Files of all logs.", json_object_get(logs, "files"), 1);
	one(out, "log_files_limit", GAUGE, "How many there may be.",
	    json_object_get(limits, "files"), 1);
	one(out, "log_guests", GAUGE, "Guests that have logs, whether or not they live.",
	    json_object_get(logs, "guests"), 1);
	one(out, "log_guests_limit", GAUGE, "How many there may be.",
	    json_object_get(limits, "guests"), 1);
	each(out, "removed_files", COUNTER, "Logs that were removed, by which limit.",
	     json_object_get(logs, "removed"), "limit", "files");
	each(out, "removed_bytes", COUNTER, "What these had on the disk.",
	     json_object_get(logs, "removed"), "limit", "bytes");
}

static void put_daemon(const struct out *out, const json_t *report)
{
	const json_t *written = json_object_get(report, "written");
	const json_t *alerts = json_object_get(report, "alerts");
	const json_t *commands = json_object_get(report, "commands");
	const json_t *failing = json_object_get(report, "failing");

	one(out, "daemon_running", GAUGE, "Whether the daemon runs.",
	    json_object_get(report, "running"), 1);
	one(out, "daemon_start_time_seconds", GAUGE, "When the daemon began, since 1970.",
	    json_object_get(report, "started"), 1);
	one(out, "report_time_seconds", GAUGE, "When the daemon has told this, since 1970.",
	    json_object_get(report, "time"), 1);
	each(out, "logged_bytes", COUNTER, "Bytes that were logged.", written, "log", "written");
	each(out, "log_lost_bytes", COUNTER,
	     "Bytes that were overwritten before they could be logged.", written, "log", "lost");
	each(out, "log_errors", COUNTER, "How often a log could not be written any more.", written,
	     "log", "errors");
	if (failing) {
		family(out, "log_failing", GAUGE, "Whether a log cannot be written now.");
		fprintf(out->file, "kpl011_log_failing %d\n", !json_is_null(failing));
	}
	one(out, "journal_unsent", GAUGE, "Guests whose lines the journal does not take now.",
	    json_object_get(report, "unsent"), 1);
	put_limits(out, json_object_get(report, "logs"));
	each(out, "alerts", COUNTER, "Alerts that were told.", alerts, "alert", "told");
	each(out, "alert_matches", COUNTER, "What was printed that matches an alert.", alerts,
	     "alert", "seen");
	one(out, "alert_commands", COUNTER, "Commands that were run for alerts.",
	    json_object_get(commands, "started"), 1);
	one(out, "alert_command_failures", COUNTER, "Those of them that failed.",
	    json_object_get(commands, "failed"), 1);
}

static void put_guests(const struct out *out, const json_t *report)
{
	const json_t *guests = json_object_get(report, "guests");

	each_guest(out, "guest_live", GAUGE, "Whether a guest lives.", guests, "live", 1);
	each_guest(out, "guest_output_bytes", COUNTER, "Bytes that a guest has printed.", guests,
		   "output", 1);
	each_guest(out, "guest_input_bytes", COUNTER, "Bytes that were typed at a guest.", guests,
		   "input", 1);
	each_guest(out, "guest_lost_bytes", COUNTER,
		   "Bytes that a guest has printed and nobody kept.", guests, "lost", 1);
	each_guest(out, "guest_interrupts", COUNTER, "Interrupts that its port has raised.", guests,
		   "interrupts", 1);
	each_guest(out, "guest_reader_stalls", COUNTER,
		   "Times that a reader without loss held up a guest.", guests, "stalls", 1);
	each_guest(out, "guest_reader_stall_seconds", COUNTER,
		   "For how long readers without loss held up a guest.", guests, "stall_ns", 1e9);
	each_guest(out, "guest_readers_dropped", COUNTER,
		   "Readers that may not hold up a guest any more.", guests, "drops", 1);
	if (!json_object_get(report, "written"))
		return;
	each_log(out, "guest_logged_bytes", COUNTER, "Bytes of a guest that were logged.", guests,
		 "written");
	each_log(out, "guest_log_behind_bytes", GAUGE,
		 "Bytes that were printed and are not logged.", guests, "behind");
	each_log(out, "guest_log_lost_bytes", COUNTER,
		 "Bytes that were overwritten before they could be logged.", guests, "lost");
	each_log(out, "guest_log_errors", COUNTER, "How often it could not be written any more.",
		 guests, "errors");
	each_log(out, "guest_log_failing", GAUGE, "Whether it cannot be written now.", guests,
		 "state");
	each_alert(out, guests);
}

char *openmetrics_make(const json_t *report, enum openmetrics_form form, bool guests)
{
	struct out out = { .form = form };
	char *text = NULL;
	size_t size;
	char version[32];

	out.file = open_memstream(&text, &size);
	if (!out.file)
		return NULL;
	family(&out, "build_info", GAUGE, "The version of kpl011.");
	fprintf(out.file, "kpl011_build_info{");
	put_label(&out, "version", label_value(report, "program", version), true);
	fprintf(out.file, "} 1\n");
	put_ports(&out, report);
	if (json_object_get(report, "written"))
		put_daemon(&out, report);
	if (guests)
		put_guests(&out, report);
	fprintf(out.file, "# EOF\n");
	if (fclose(out.file)) {
		free(text);
		return NULL;
	}
	return text;
}
