// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/openmetrics.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"

struct out {
	FILE *file;
	enum openmetrics_form form;
};

/* The samples of a counter have _total after the name of their family. */
enum type {
	GAUGE,
	COUNTER,
};

/* Writes the head of a family, which comes before its samples. */
static void family(const struct out *out, const char *name, enum type type, const char *help)
{
	const char *end = type == COUNTER && out->form == OPENMETRICS_TEXTFILE ? "_total" : "";

	fprintf(out->file, "# HELP kpl011_%s%s %s\n# TYPE kpl011_%s%s %s\n", name, end, help, name,
		end, type == COUNTER ? "counter" : "gauge");
}

/* Whether a terminal would act on the character. */
static bool is_control(uint32_t ch)
{
	return ch < ' ' || (ch >= 0x7f && ch < 0xa0) || utf8_turns(ch);
}

/* The report, from which most values come, may be another user's. */
static void put_label(const struct out *out, const char *name, const char *value, bool first)
{
	char replacement[UTF8_MAX];

	fprintf(out->file, "%s%s=\"", first ? "" : ",", name);
	for (const char *p = value; *p;) {
		uint32_t ch;
		size_t len = utf8_get(p, &ch);

		if (ch == '\n')
			fputs("\\n", out->file);
		else if (is_control(ch))
			fwrite(replacement, 1, utf8_put(replacement, UTF8_REPLACEMENT), out->file);
		else if (ch == '"' || ch == '\\')
			fprintf(out->file, "\\%c", *p);
		else
			fwrite(p, 1, len, out->file);
		p += len;
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

/* The value of a label, which is that of the @object's @key. */
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

/* Writes one sample without labels, if there is a value. */
static void one(const struct out *out, const char *name, enum type type, const char *help,
		const json_t *value, double unit)
{
	if (!value || json_is_null(value))
		return;
	family(out, name, type, help);
	begin_sample(out, name, type);
	put_value(out, number(value) / unit);
}

/* Writes a sample for each object of an array, which has the label's value as well. */
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

/* Of these labels the guest's owner chooses "guest" only. */
static void guest_labels(const struct out *out, const json_t *guest)
{
	static const char *const labels[] = { "uid", "user", "port" };
	char text[32];

	put_label(out, "guest", label_value(guest, "name", text), true);
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		put_label(out, labels[i], label_value(guest, labels[i], text), false);
}

/* A family with samples for each guest. */
struct guest_family {
	const char *name;
	enum type type;
	const char *help;
	/* Writes all samples of one guest. */
	void (*put)(const struct out *out, const struct guest_family *family, const json_t *guest);
	const char *key;
	double unit;
	bool logging; /* only in a daemon's report */
};

static void put_guest(const struct out *out, const struct guest_family *family, const json_t *guest)
{
	begin_sample(out, family->name, family->type);
	fputc('{', out->file);
	guest_labels(out, guest);
	fputc('}', out->file);
	put_value(out, number(json_object_get(guest, family->key)) / family->unit);
}

static void put_logs(const struct out *out, const struct guest_family *family, const json_t *guest)
{
	const json_t *log;
	size_t i;

	json_array_foreach(json_object_get(guest, "logs"), i, log)
	{
		const json_t *value = json_object_get(log, family->key);
		char text[32];

		begin_sample(out, family->name, family->type);
		fputc('{', out->file);
		guest_labels(out, guest);
		put_label(out, "log", label_value(log, "log", text), false);
		fputc('}', out->file);
		put_value(out, json_is_string(value) ? !strcmp(json_string_value(value), "failing")
						     : number(value));
	}
}

static void put_alerts(const struct out *out, const struct guest_family *family,
		       const json_t *guest)
{
	const char *alert;
	json_t *count;

	json_object_foreach(json_object_get(guest, family->key), alert, count)
	{
		begin_sample(out, family->name, family->type);
		fputc('{', out->file);
		guest_labels(out, guest);
		put_label(out, "alert", alert, false);
		fputc('}', out->file);
		put_value(out, number(count));
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
	family(out, "guests", GAUGE, "Guests that have a port, by whether they are live.");
	fprintf(out->file, "kpl011_guests{state=\"live\"} %zu\nkpl011_guests{state=\"dead\"} %zu\n",
		live, i - live);
	one(out, "output_bytes", COUNTER, "Bytes that guests have printed.",
	    json_object_get(totals, "output"), 1);
	one(out, "input_bytes", COUNTER, "Bytes that were typed at guests.",
	    json_object_get(totals, "input"), 1);
	one(out, "lost_bytes", COUNTER, "Bytes that guests wrote to a full transmit FIFO.",
	    json_object_get(totals, "lost"), 1);
	one(out, "interrupts", COUNTER, "Interrupts that ports have raised.",
	    json_object_get(totals, "interrupts"), 1);
	one(out, "reader_stalls", COUNTER, "Times that lossless readers held up a guest.",
	    json_object_get(totals, "stalls"), 1);
	one(out, "reader_stall_seconds", COUNTER, "For how long lossless readers held up guests.",
	    json_object_get(totals, "stall_ns"), 1e9);
	one(out, "readers_dropped", COUNTER,
	    "Times that a lossless reader took too long and was dropped.",
	    json_object_get(totals, "drops"), 1);
}

static void put_limits(const struct out *out, const json_t *logs)
{
	const json_t *limits = json_object_get(logs, "limits");

	one(out, "log_bytes", GAUGE, "Bytes that all logs have on the disk.",
	    json_object_get(logs, "bytes"), 1);
	one(out, "log_budget_bytes", GAUGE, "Bytes that all logs may have on the disk.",
	    json_object_get(limits, "bytes"), 1);
	one(out, "log_files", GAUGE, "Files of all logs.", json_object_get(logs, "files"), 1);
	one(out, "log_files_limit", GAUGE, "How many files of logs there may be.",
	    json_object_get(limits, "files"), 1);
	one(out, "log_guests", GAUGE, "Guests that have logs, whether or not they live.",
	    json_object_get(logs, "guests"), 1);
	one(out, "log_guests_limit", GAUGE, "How many guests may have logs.",
	    json_object_get(limits, "guests"), 1);
	each(out, "removed_files", COUNTER,
	     "Files of logs that were removed, by the limit that was exceeded.",
	     json_object_get(logs, "removed"), "limit", "files");
	each(out, "removed_bytes", COUNTER, "Bytes that these had on the disk.",
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
	one(out, "daemon_start_time_seconds", GAUGE, "When the daemon started, since 1970.",
	    json_object_get(report, "started"), 1);
	one(out, "report_time_seconds", GAUGE, "When the daemon made this report, since 1970.",
	    json_object_get(report, "time"), 1);
	each(out, "logged_bytes", COUNTER, "Bytes that were logged.", written, "log", "written");
	each(out, "log_lost_bytes", COUNTER,
	     "Bytes that were overwritten before they could be logged.", written, "log", "lost");
	each(out, "log_errors", COUNTER, "How often writing a log began to fail.", written, "log",
	     "errors");
	if (failing) {
		family(out, "log_failing", GAUGE, "Whether a log cannot be written now.");
		fprintf(out->file, "kpl011_log_failing %d\n", !json_is_null(failing));
	}
	if (json_is_array(json_object_get(report, "failures"))) {
		family(out, "failures", GAUGE,
		       "How many things fail now besides logs and the journal: kpl011 daemon --status lists them.");
		fprintf(out->file, "kpl011_failures %zu\n",
			json_array_size(json_object_get(report, "failures")));
	}
	one(out, "journal_unsent", GAUGE, "Guests whose lines the journal does not take now.",
	    json_object_get(report, "unsent"), 1);
	put_limits(out, json_object_get(report, "logs"));
	each(out, "alerts", COUNTER, "Alerts that were reported.", alerts, "alert", "told");
	each(out, "alert_matches", COUNTER, "Matches of an alert in the output of guests.", alerts,
	     "alert", "seen");
	one(out, "alert_commands", COUNTER, "Commands that were run for alerts.",
	    json_object_get(commands, "started"), 1);
	one(out, "alert_command_failures", COUNTER, "Commands for alerts that failed.",
	    json_object_get(commands, "failed"), 1);
}

static const struct guest_family guest_families[] = {
	{ "guest_live", GAUGE, "Whether a guest is live.", put_guest, "live", 1, false },
	{ "guest_output_bytes", COUNTER, "Bytes that a guest has printed.", put_guest, "output", 1,
	  false },
	{ "guest_input_bytes", COUNTER, "Bytes that were typed at a guest.", put_guest, "input", 1,
	  false },
	{ "guest_lost_bytes", COUNTER, "Bytes that a guest wrote to a full transmit FIFO.",
	  put_guest, "lost", 1, false },
	{ "guest_interrupts", COUNTER, "Interrupts that its port has raised.", put_guest,
	  "interrupts", 1, false },
	{ "guest_reader_stalls", COUNTER, "Times that a lossless reader held up a guest.",
	  put_guest, "stalls", 1, false },
	{ "guest_reader_stall_seconds", COUNTER, "For how long lossless readers held up a guest.",
	  put_guest, "stall_ns", 1e9, false },
	{ "guest_readers_dropped", COUNTER,
	  "Times that a lossless reader took too long and was dropped.", put_guest, "drops", 1,
	  false },
	{ "guest_logged_bytes", COUNTER, "Bytes of a guest that were logged.", put_logs, "written",
	  1, true },
	{ "guest_log_behind_bytes", GAUGE,
	  "Bytes that a guest has printed and that are not logged yet.", put_logs, "behind", 1,
	  true },
	{ "guest_log_lost_bytes", COUNTER,
	  "Bytes that were overwritten before they could be logged.", put_logs, "lost", 1, true },
	{ "guest_log_errors", COUNTER, "How often writing a guest's log began to fail.", put_logs,
	  "errors", 1, true },
	{ "guest_log_failing", GAUGE, "Whether a guest's log cannot be written now.", put_logs,
	  "state", 1, true },
	{ "guest_alert_matches", COUNTER, "Matches of an alert in a guest's output.", put_alerts,
	  "alerts", 1, true },
};

#define GUEST_FAMILIES (sizeof(guest_families) / sizeof(guest_families[0]))

struct openmetrics {
	struct out out;
	char *text;
	size_t size;
	const json_t *report;
	size_t family; /* the current family, and the next guest in it */
	size_t guest;
};

static void put_head(const struct out *out, const json_t *report)
{
	char version[32];

	family(out, "build_info", GAUGE, "The version of kpl011.");
	fprintf(out->file, "kpl011_build_info{");
	put_label(out, "version", label_value(report, "program", version), true);
	fprintf(out->file, "} 1\n");
	put_ports(out, report);
	if (json_object_get(report, "written"))
		put_daemon(out, report);
}

struct openmetrics *openmetrics_begin(const json_t *report, enum openmetrics_form form, bool guests)
{
	struct openmetrics *metrics = calloc(1, sizeof(*metrics));

	if (!metrics)
		return NULL;
	metrics->out.form = form;
	metrics->out.file = open_memstream(&metrics->text, &metrics->size);
	if (!metrics->out.file) {
		free(metrics);
		return NULL;
	}
	metrics->report = report;
	if (!guests)
		metrics->family = GUEST_FAMILIES;
	put_head(&metrics->out, report);
	return metrics;
}

/* Returns true if the turn is over, and there is more of this family. */
static bool put_family(struct openmetrics *metrics, uint64_t begun, uint64_t turn_ns)
{
	const struct guest_family *it = &guest_families[metrics->family];
	const json_t *guests = json_object_get(metrics->report, "guests");
	size_t count = json_array_size(guests);

	if ((it->logging && !json_object_get(metrics->report, "written")) ||
	    (it->put == put_guest && !count))
		return false;
	if (!metrics->guest)
		family(&metrics->out, it->name, it->type, it->help);
	while (metrics->guest < count) {
		it->put(&metrics->out, it, json_array_get(guests, metrics->guest++));
		if (clock_passed(begun, turn_ns) && metrics->guest < count)
			return true;
	}
	return false;
}

bool openmetrics_go_on(struct openmetrics *metrics, uint64_t turn_ns)
{
	uint64_t begun = clock_ns();

	while (metrics->family < GUEST_FAMILIES) {
		if (put_family(metrics, begun, turn_ns))
			return true;
		metrics->family++;
		metrics->guest = 0;
		if (clock_passed(begun, turn_ns))
			return true;
	}
	return false;
}

char *openmetrics_end(struct openmetrics *metrics)
{
	char *text = NULL;

	fprintf(metrics->out.file, "# EOF\n");
	if (!fclose(metrics->out.file))
		text = metrics->text;
	else
		free(metrics->text);
	free(metrics);
	return text;
}

char *openmetrics_make(const json_t *report, enum openmetrics_form form, bool guests)
{
	struct openmetrics *metrics = openmetrics_begin(report, form, guests);

	if (!metrics)
		return NULL;
	openmetrics_go_on(metrics, UINT64_MAX);
	return openmetrics_end(metrics);
}
