// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/expect_out.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_io.h"
#include "base/json_text.h"
#include "base/msg.h"
#include "cmd/cmd.h"
#include "text/secrets.h"
#include "text/shown.h"
#include "text/when.h"
#include "vt/glyphs.h"

/* How many bytes of a line a message shows, counted from its end. */
#define LINE_SIZE 160

static json_t *text_of(const struct expect_out *out, const struct expect_text *text)
{
	size_t len = text->len;
	json_t *json = NULL;
	char *copy;

	if (!text->text)
		return json_null();
	copy = secrets_hide(out->script, SECRETS_IN_MATCH, text->text, &len);
	if (copy)
		json = json_text(copy, len);
	free(copy);
	return json;
}

/* Returns a status. It does not matter after a signal, which loop_run() then returns. */
static int print(const struct expect_out *out, const char *text, size_t len)
{
	int err = output_all(out->out, out->loop, text, len);

	if (err && err != -EINTR)
		msg_error("cannot write to standard output: %s", strerror(-err));
	return err ? STATUS_FAILED : STATUS_OK;
}

/* Prints a line. Takes @json. */
static int print_json(const struct expect_out *out, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT | json_flags_for(out->out->fd)) : NULL;
	int status = STATUS_FAILED;

	json_decref(json);
	if (text) {
		size_t len = strlen(text);

		/* Replace the NUL, so that the line is written in one piece. */
		text[len] = '\n';
		status = print(out, text, len + 1);
	} else {
		msg_error("cannot write what was found as JSON");
	}
	free(text);
	return status;
}

/* Without a match "pattern" is null; "end" is for --from. */
int expect_out_json(const struct expect_out *out, const struct expect_hit *hit)
{
	json_t *groups = json_array();
	int64_t ns = hit ? when_printed(out->src, hit->start) : 0;
	char iso[WHEN_ISO_SIZE];
	json_t *json;

	for (size_t i = 0; hit && i < hit->groups; i++)
		cmd_json_add(&groups, text_of(out, &hit->group[i]));
	json = json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:I}", "id",
			 out->facts->where ? json_null() : json_integer((json_int_t)out->facts->id),
			 "name", out->facts->name, "pattern",
			 hit ? json_integer((json_int_t)hit->pattern + 1) : json_null(), "regex",
			 hit ? json_text(out->regex, strlen(out->regex)) : json_null(), "text",
			 hit ? text_of(out, &hit->all) : json_null(), "groups", groups, "start",
			 hit ? json_integer((json_int_t)hit->start) : json_null(), "end",
			 (json_int_t)(hit ? hit->end : out->pos), "time_ns",
			 ns ? json_integer((json_int_t)ns) : json_null(), "time",
			 ns ? json_string(when_iso(ns, iso)) : json_null(), "skipped",
			 (json_int_t)out->skipped);
	if (json && out->line)
		json_object_set_new(json, "line", json_integer((json_int_t)out->line));
	return print_json(out, json);
}

int expect_out_text(const struct expect_out *out, const struct expect_hit *hit)
{
	size_t len = hit->all.len;
	char *copy = secrets_hide(out->script, SECRETS_IN_MATCH, hit->all.text, &len);
	char *text = copy ? malloc(SHOWN_ROOM(len)) : NULL;
	struct shown shown;
	int status;

	if (!text) {
		free(copy);
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	shown_open(&shown, out->out->fd, false);
	shown.filter.quiet = true;
	status = print(out, text, shown_bytes(&shown, copy, len, text));
	/* Reset the terminal before the line ends. */
	shown_close(&shown);
	if (!status)
		status = print(out, "\n", 1);
	free(text);
	free(copy);
	return status;
}

static void say_line(const struct expect_script *script, const char *front, const char *line)
{
	size_t len = strlen(line);
	char *copy = secrets_hide(script, SECRETS_IN_LINE, line, &len);
	size_t from = len < LINE_SIZE ? 0 : len - LINE_SIZE;
	locale_t locale = glyphs_locale();

	/* Do not begin in the middle of a character. */
	while (copy && from && ((unsigned char)copy[from] & 0xc0) == 0x80)
		from++;
	if (copy)
		(locale ? msg_more : msg_more_utf8)("%s%s", front, copy + from);
	free(copy);
	if (locale)
		freelocale(locale);
}

void expect_out_seen(const struct expect_script *script, struct seen *seen)
{
	if (!seen_line(seen, 0)) {
		msg_more("It printed nothing.");
		return;
	}
	if (!seen_line(seen, 1)) {
		say_line(script, "Its last line: ", seen_line(seen, 0));
		return;
	}
	msg_more("Its last lines:");
	for (size_t i = 0; seen_line(seen, i); i++)
		say_line(script, "| ", seen_line(seen, i));
}
