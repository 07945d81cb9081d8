// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "guests/pick.h"
#include "remote/hosts.h"
#include "remote/wire.h"

struct there {
	struct remote *remote;
	bool ended;
	bool raw; /* what it prints goes to no terminal */
	int status;
	int err; /* why it was not run, an errno; 0: it was */
	char line[1024];
	size_t line_len;
	const char *command;
	struct loop_event *beat;
	uint64_t moved_ms; /* when it ended a line last */
	bool told;	   /* that it is waited for */
};

/* How often it is looked whether anything comes. */
#define BEAT_MS 1000

/* Times the silence that a host may keep: what stops a guest and goes on takes longer. */
#define LONG 10

static uint64_t patience(const struct there *there)
{
	uint64_t ms = remote_patience(there->remote);

	return strcmp(there->command, "attach") && strcmp(there->command, "detach") ? ms
										    : LONG * ms;
}

/* A host that keeps the connection may answer nothing all the same. */
static void on_beat(void *arg)
{
	struct there *there = arg;
	char what[64];

	snprintf(what, sizeof(what), "'%s' to end there", there->command);
	remote_tell_wait(there->remote, &there->told, there->moved_ms, what);
	if (clock_ms() - there->moved_ms < patience(there)) {
		loop_timer_set(there->beat, BEAT_MS);
		return;
	}
	msg_error("%s: it is there, but '%s' does not end: whether it was done is not known",
		  remote_name(there->remote), there->command);
	there->ended = true;
	there->status = STATUS_NO_HOST;
}

/* What it prints, and what drives a terminal as \xNN. */
static void put_out(struct there *there, const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = bytes[i];

		if (c == '\n')
			there->moved_ms = clock_ms();
		if (there->raw || (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t')
			putchar(c);
		else
			printf("\\x%02x", c);
	}
}

/* A message of the kpl011 there: the host's name goes in front. */
static void end_line(struct there *there)
{
	static const char own[] = "kpl011: ";
	char clean[4 * sizeof(there->line)];

	there->line[there->line_len] = '\0';
	there->line_len = 0;
	there->moved_ms = clock_ms();
	if (!strncmp(there->line, own, strlen(own))) {
		msg_error("%s: %s", remote_name(there->remote), there->line + strlen(own));
		return;
	}
	msg_clean(clean, sizeof(clean), there->line);
	fprintf(stderr, "%s\n", clean);
}

static void put_err(struct there *there, const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n' || there->line_len == sizeof(there->line) - 1)
			end_line(there);
		if (bytes[i] != '\n')
			there->line[there->line_len++] = (char)bytes[i];
	}
}

static void on_up(void *arg)
{
	(void)arg;
}

static void on_down(void *arg)
{
	struct there *there = arg;

	there->ended = true;
	there->status = STATUS_NO_HOST;
}

static void on_frame(const struct frame *frame, void *arg)
{
	struct there *there = arg;

	if (frame->type == FRAME_OUT)
		put_out(there, frame->payload, frame->len);
	else if (frame->type == FRAME_ERR)
		put_err(there, frame->payload, frame->len);
}

static void on_note(const char *say, json_t *note, void *arg)
{
	struct there *there = arg;
	uint64_t status = STATUS_FAILED;

	if (!strcmp(say, "failed")) {
		there->err = -wire_errno(note);
	} else if (strcmp(say, "ran") || !wire_number(note, "status", 255, &status)) {
		return;
	}
	there->status = (int)status;
	there->ended = true;
}

static const struct remote_ear ear = {
	.up = on_up,
	.down = on_down,
	.frame = on_frame,
	.note = on_note,
};

static int run_there(struct remote *remote, const char *command, json_t *words)
{
	struct there there = {
		.remote = remote,
		.raw = !isatty(STDOUT_FILENO),
		.command = command,
		.moved_ms = clock_ms(),
	};
	struct loop *loop = loop_new();
	uint32_t channel = remote_listen(remote, &ear, &there);

	there.beat = loop ? loop_timer(loop, on_beat, &there) : NULL;
	if (!there.beat || !channel || remote_join(remote, loop)) {
		msg_error("out of memory");
		there.status = STATUS_FAILED;
		json_decref(words);
	} else {
		remote_note(remote, channel, json_pack("{s:s, s:o}", "say", "run", "words", words));
		loop_timer_set(there.beat, BEAT_MS);
		/* A host that is lost ends it. */
		while (!there.ended && !loop_turn(loop))
			;
		remote_leave(remote);
	}
	if (channel)
		remote_unlisten(remote, channel);
	loop_event_free(there.beat);
	loop_free(loop);
	if (there.line_len)
		end_line(&there);
	if (there.err)
		msg_error("%s: it does not run that: %s", remote_name(remote), strerror(there.err));
	return cmd_flush(there.status);
}

/* Which of the words is "a/web1", of a host that there is; 0: none. */
static int find_prefix(int argc, char **argv, struct remote **remote, bool *local)
{
	char name[SOURCE_NAME_SIZE];

	for (int i = 1; i < argc; i++) {
		size_t len = strcspn(argv[i], "/");

		if (argv[i][0] == '-' || !argv[i][len] || len >= sizeof(name))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)len, argv[i]);
		*remote = hosts_find(name);
		*local = !*remote && hosts_local() && !strcmp(name, "local");
		if (*remote || *local)
			return i;
	}
	return 0;
}

/* The last word is a guest of any host: there it is a number. */
static int find_guest(const struct cmd *cmd, int argc, char **argv, char number[16],
		      struct remote **remote)
{
	struct source_facts facts;
	int status;

	if (argc < 2 || argv[argc - 1][0] == '-' || !strcmp(cmd->name, "attach"))
		return cmd_usage(cmd, "there are several hosts: say which, as in HOST/GUEST");
	/* Only the dead are reaped. */
	status = pick_one(argv[argc - 1], strcmp(cmd->name, "reap"), &facts);
	if (status)
		return status;
	snprintf(number, 16, "%u", facts.id);
	*remote = facts.host ? hosts_find(facts.host) : NULL;
	return STATUS_OK;
}

int cmd_there(const struct cmd *cmd, int argc, char **argv)
{
	char number[16];
	int status;
	struct remote *remote = NULL;
	bool local = false;
	json_t *words;
	int at;

	at = find_prefix(argc, argv, &remote, &local);
	if (!at && hosts_many()) {
		status = find_guest(cmd, argc, argv, number, &remote);
		if (status)
			return status;
		/* It is read until the program ends. */
		argv[argc - 1] = strdup(number);
		if (!argv[argc - 1]) {
			msg_error("out of memory");
			return STATUS_FAILED;
		}
	}
	if (!at && !hosts_many())
		remote = hosts_at(0);
	if (at > 0)
		argv[at] = strchr(argv[at], '/') + 1;
	if (!remote) {
		hosts_free();
		return -1;
	}
	if (hosts_connect() && remote_state(remote) != REMOTE_HERE)
		return STATUS_NO_HOST;
	words = json_array();
	json_array_append_new(words, json_string(cmd->name));
	for (int i = 1; i < argc; i++) {
		if (json_array_append_new(words, json_string(argv[i]))) {
			json_decref(words);
			return cmd_usage(cmd, "an argument is no text of UTF-8");
		}
	}
	return run_there(remote, cmd->name, words);
}
