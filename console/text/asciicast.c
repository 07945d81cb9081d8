// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads asciicasts. Version 1 is one object that contains all that was printed; 2 and 3 have a line
 * for each event, with the time since the start in 2 and since the event before in 3.
 */
#include "text/recording_in.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_mend.h"

/* The most values in an object or a line: all of them are in memory. */
#define VALUES_MAX (4 * 1024 * 1024)

#define BLANKS " \t\r\n"

/*
 * An event that is up to this much earlier than the one before is out of order, as from two that
 * wrote at once; one that is still earlier means that a clock was set back.
 */
#define DISORDER_MS 1000

static bool is_blank(const char *line, size_t len)
{
	return strspn(line, " \t\r") == len;
}

/* The next line that is not blank; NULL: there is none. */
static char *next_line(struct recording *recording, size_t *len)
{
	char *line;

	do {
		line = recording_line(&recording->in, len);
	} while (line && is_blank(line, *len));
	return line;
}

/* Two bytes of a file can become a value of some hundred bytes in memory. */
static bool has_too_many_values(const char *text, size_t len)
{
	bool in_string = false;
	size_t count = 0;

	if (len <= VALUES_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"')
			in_string = !in_string;
		else if (in_string)
			i += text[i] == '\\';
		else
			count += text[i] == ',' || text[i] == '[' || text[i] == '{';
	}
	return count > VALUES_MAX;
}

/*
 * Parses JSON, even with damaged strings, which it reports. NULL: it is not JSON, or has too many
 * values.
 */
static json_t *load(struct recording *recording, const char *text, size_t len)
{
	json_t *json;
	char *copy;

	recording->too_much = has_too_many_values(text, len);
	if (recording->too_much)
		return NULL;
	json = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
	if (json)
		return json;
	copy = json_mend(text, &len);
	json = copy ? json_loadb(copy, len, JSON_ALLOW_NUL, NULL) : NULL;
	free(copy);
	if (json)
		recording_bad(recording,
			      "from line %zu on it has bytes that are not text, shown as U+FFFD",
			      recording->in.line);
	return json;
}

/* What follows a key of the outermost object and its colon; NULL: there is nothing. */
static const char *behind_key(const char *text, const char *end, const char *key)
{
	const char *at = memmem(text, (size_t)(end - text), key, strlen(key));

	if (!at)
		return NULL;
	at += strlen(key);
	at += strspn(at, BLANKS);
	if (*at != ':')
		return NULL;
	return at + 1 + strspn(at + 1, BLANKS);
}

/* Gets the whole events of a damaged asciicast 1, one after another. A NUL follows @text. */
static json_t *salvage(struct recording *recording, const char *text, size_t len)
{
	const char *end = text + len;
	const char *version = behind_key(text, end, "\"version\"");
	const char *at = behind_key(text, end, "\"stdout\"");
	json_error_t error;
	json_t *events;
	json_t *event;

	if (!version || version[0] != '1' || strchr(".0123456789", version[1]) || !at || *at != '[')
		return NULL;
	/* Check this again: damage before it may have hidden how many there are. */
	recording->too_much = has_too_many_values(at, (size_t)(end - at));
	if (recording->too_much)
		return NULL;
	events = json_array();
	for (at++;; at += error.position) {
		at += strspn(at, BLANKS ",");
		event = json_loadb(at, (size_t)(end - at), JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL,
				   &error);
		if (!event || json_array_append_new(events, event))
			break;
	}
	if (*at == ']')
		recording_bad(recording, "what follows its events is not JSON");
	else
		recording_bad(recording, "event %zu is not JSON, or is incomplete",
			      json_array_size(events) + 1);
	return json_pack("{s:i, s:o}", "version", 1, "stdout", events);
}

/*
 * An asciicast 1 on several lines begins with a line that is not JSON. NULL: it is none, or it
 * cannot be read, which sets why.
 */
static json_t *read_whole(struct recording *recording, char *line, size_t len)
{
	struct recording_in *in = &recording->in;
	size_t at = (size_t)((unsigned char *)line - in->buf);
	json_t *json;
	char *copy;

	if (line[strspn(line, " \t")] != '{')
		return NULL;
	/* Put back what recording_line() has replaced by a NUL. */
	if (at + len < in->head)
		in->buf[at + len] = '\n';
	in->head = at;
	if (!recording_fill(in, RECORDING_LINE_MAX)) {
		recording_fail(recording, "out of memory");
		return NULL;
	}
	if (in->tail - in->head >= RECORDING_LINE_MAX) {
		recording_fail(
			recording,
			"it begins like an asciicast 1 on several lines, but is too long for one: "
			"it may have %d MiB",
			RECORDING_LINE_MAX >> 20);
		return NULL;
	}
	len = in->tail - in->head;
	json = load(recording, (char *)in->buf + in->head, len);
	if (json || recording->too_much)
		return json;
	copy = json_mend((char *)in->buf + in->head, &len);
	json = copy ? salvage(recording, copy, len) : NULL;
	free(copy);
	return json;
}

enum recording_result asciicast_begin(struct recording *recording)
{
	json_int_t version = 0;
	double idle = 0;
	json_t *json;
	char *line;
	size_t len;

	line = next_line(recording, &len);
	if (!line)
		return recording_fail(recording,
				      recording->in.err ? "it cannot be read" : "it is empty");
	json = load(recording, line, len);
	if (!json)
		json = read_whole(recording, line, len);
	if (!json && recording->why[0])
		return RECORDING_FAILED;
	if (!json && recording->too_much)
		return recording_fail(recording, "it has more than %d values in one object",
				      VALUES_MAX);
	if (!json)
		return recording_fail(recording,
				      "line %zu is neither the header of an asciicast nor '%s...'",
				      recording->in.line, TYPESCRIPT_START);
	if (json_unpack(json, "{s:I}", "version", &version) || version < 1 || version > 3) {
		json_decref(json);
		return recording_fail(
			recording,
			"line %zu is not the header of an asciicast of version 1, 2 or 3",
			recording->in.line);
	}
	recording->kind = RECORDING_CAST_1 + (enum recording_kind)(version - 1);
	if (!json_unpack(json, "{s:F}", "idle_time_limit", &idle) && idle > 0 &&
	    idle * 1000 < RECORDING_MS_MAX)
		recording->idle_ms = idle * 1000;
	if (version > 1) {
		json_decref(json);
		return RECORDING_EVENT;
	}
	recording->json = json;
	if (json_is_array(json_object_get(json, "stdout")))
		return RECORDING_EVENT;
	return recording_fail(recording, "it is an asciicast 1 without \"stdout\"");
}

static void give(struct recording_event *event, double wait_ms, const json_t *data)
{
	*event = (struct recording_event){
		.wait_ms = wait_ms,
		.bytes = (const unsigned char *)json_string_value(data),
		.len = json_string_length(data),
	};
}

static enum recording_result next_of_object(struct recording *recording,
					    struct recording_event *event)
{
	json_t *all = json_object_get(recording->json, "stdout");

	while (recording->index < json_array_size(all)) {
		json_t *pair = json_array_get(all, recording->index++);
		json_t *data;
		double delay;

		if (!json_unpack(pair, "[F, o]", &delay, &data) && json_is_string(data)) {
			give(event, recording_wait(recording, delay, recording->index), data);
			return RECORDING_EVENT;
		}
		recording_bad(recording, "event %zu lacks a time or a text", recording->index);
	}
	return RECORDING_END;
}

/* Milliseconds after the event before, also if a clock was set back meanwhile. */
static double wait_of(struct recording *recording, double time)
{
	double before = recording->pos_ms;

	if (recording->kind == RECORDING_CAST_3)
		return recording_wait(recording, time, recording->in.line);
	if (time * 1000 < before && time * 1000 >= before - DISORDER_MS)
		return 0;
	recording->pos_ms = time * 1000;
	return recording_wait(recording, time - before / 1000, recording->in.line);
}

static enum recording_result next_of_lines(struct recording *recording,
					   struct recording_event *event)
{
	double wait_ms = 0;
	char *line;
	size_t len;

	while ((line = next_line(recording, &len))) {
		const char *kind;
		json_t *data;
		double time;

		/* A comment of version 3. */
		if (line[0] == '#')
			continue;
		json_decref(recording->json);
		recording->json = load(recording, line, len);
		if (!recording->json && recording->in.cut)
			break;
		if (recording->too_much) {
			recording_bad(recording, "line %zu has more than %d values",
				      recording->in.line, VALUES_MAX);
			continue;
		}
		if (!recording->json) {
			recording_bad(recording, "line %zu is not JSON", recording->in.line);
			continue;
		}
		if (json_unpack(recording->json, "[F, s, o]", &time, &kind, &data) ||
		    !json_is_string(data)) {
			recording_bad(recording, "line %zu is not an event", recording->in.line);
			continue;
		}
		/* Typed keys, marks and other events took their time, too. */
		wait_ms += wait_of(recording, time);
		if (strcmp(kind, "o"))
			continue;
		give(event, wait_ms, data);
		return RECORDING_EVENT;
	}
	return RECORDING_END;
}

enum recording_result asciicast_next(struct recording *recording, struct recording_event *event)
{
	if (recording->kind == RECORDING_CAST_1)
		return next_of_object(recording, event);
	return next_of_lines(recording, event);
}
