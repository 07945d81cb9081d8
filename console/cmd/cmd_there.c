// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/cmd.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "base/utf8.h"
#include "cmd/shares.h"
#include "remote/hosts.h"
#include "remote/wire.h"

/* An errand: a command that runs on another host. */
struct there {
	struct remote *remote;
	bool ended;
	bool raw;	    /* standard output is not a terminal: print bytes as they are */
	const char *prefix; /* for lines that do not begin with a blank; NULL: none */
	bool begins;	    /* a line of its output begins here */
	int status;
	int err; /* why the host did not run it, an errno; 0: it ran */
	char line[1024];
	size_t line_len;
	const char *command;
	struct loop_event *beat;
	uint64_t moved_ms; /* when it last ended a line */
	bool told;	   /* the wait for it has been reported */
};

/* By how much an errand's time limit is longer than usual: attach and detach stop a guest. */
static unsigned int times(const struct there *there)
{
	return strcmp(there->command, "attach") && strcmp(there->command, "detach") ? 1
										    : REMOTE_LONG;
}

/* A host may keep the connection and answer nothing: gives up then. */
static void on_beat(void *arg)
{
	struct there *there = arg;
	char what[64];

	snprintf(what, sizeof(what), "'%s' to end there", there->command);
	remote_tell_wait(there->remote, &there->told, there->moved_ms, what);
	if (!remote_is_late(there->remote, there->moved_ms, times(there))) {
		loop_timer_set(there->beat, REMOTE_BEAT_MS);
		return;
	}
	msg_error("%s: it is there, but '%s' does not end: whether it was done is not known",
		  remote_name(there->remote), there->command);
	there->ended = true;
	there->status = STATUS_NO_HOST;
}

/* Prints its output; a terminal gets control characters as \xNN. */
static void put_out(struct there *there, const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = bytes[i];

		if (c == '\n')
			there->moved_ms = clock_ms();
		if (there->begins && there->prefix && c != ' ' && c != '\n')
			fputs(there->prefix, stdout);
		there->begins = c == '\n';
		if (there->raw || (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t')
			putchar(c);
		else
			printf("\\x%02x", c);
	}
}

/* Prints a line of its standard error; the host's name precedes messages of kpl011. */
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
		if (there->err == EACCES || there->err == EPERM)
			status = STATUS_PERMISSION;
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

static int run_there(struct remote *remote, const char *command, json_t *words, const char *prefix)
{
	struct there there = {
		.remote = remote,
		.prefix = prefix,
		.begins = true,
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
		loop_timer_set(there.beat, REMOTE_BEAT_MS);
		/* A lost connection ends it, too. */
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
		msg_error("%s: cannot run '%s' there: %s", remote_name(remote), command,
			  strerror(there.err));
	return cmd_flush(there.status);
}

static bool is_utf8(const char *text)
{
	size_t left = strlen(text);

	while (left) {
		int n = utf8_check((const unsigned char *)text, left);

		if (n <= 0)
			return false;
		text += n;
		left -= (size_t)n;
	}
	return true;
}

/* Runs a command with these words on a host. @prefix: as in struct there. Returns a status. */
static int run_words(struct remote *remote, const struct cmd *cmd, int argc, char **argv,
		     const char *prefix)
{
	json_t *words;
	bool fine;

	for (int i = 1; i < argc; i++)
		if (!is_utf8(argv[i]))
			return cmd_usage(cmd, "an argument is not UTF-8 text");
	words = json_array();
	fine = !json_array_append_new(words, json_string(cmd->name));
	for (int i = 1; fine && i < argc; i++)
		fine = !json_array_append_new(words, json_string(argv[i]));
	if (!fine) {
		json_decref(words);
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	return run_there(remote, cmd->name, words, prefix);
}

/*
 * attach: its one word says which host, as in HOST/NAME, unless there is only one host. Returns as
 * cmd_there() does.
 */
static int attach_there(const struct cmd *cmd, int argc, char **argv)
{
	bool *is_guest = shares_guests(cmd, argc, argv);
	struct remote *remote = hosts_count() ? hosts_at(0) : NULL;
	struct remote *named;
	bool found = !hosts_many();

	if (!is_guest) {
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	for (int i = 1; i < argc; i++) {
		if (!is_guest[i] || !shares_host(argv[i], &named))
			continue;
		remote = named;
		argv[i] = strchr(argv[i], '/') + 1;
		found = true;
		break;
	}
	free(is_guest);
	if (!found)
		return cmd_usage(cmd, "there are several hosts: say which, as in HOST/GUEST");
	if (!remote) {
		hosts_free();
		return -1;
	}
	if (hosts_connect() && remote_state(remote) != REMOTE_HERE)
		return STATUS_NO_HOST;
	return run_words(remote, cmd, argc, argv, NULL);
}

/* Runs this machine's share, after all the others. */
static int run_here(const struct cmd *cmd, const struct share *share)
{
	char name[64];

	hosts_free();
	snprintf(name, sizeof(name), "kpl011: %s", cmd->name);
	free(share->argv[0]);
	share->argv[0] = strdup(name);
	optind = 0;
	return share->argv[0] ? cmd->run(share->argc, share->argv) : STATUS_FAILED;
}

/* Runs all shares, but none before all of their hosts have been reached. */
static int run_shares(const struct cmd *cmd, const struct shares *shares)
{
	const struct share *here = NULL;
	const struct share *share;
	int result = STATUS_OK;
	char prefix[SOURCE_NAME_SIZE + 4];

	for (share = shares->all; share < shares->all + shares->count; share++)
		if (share->remote && hosts_connect() && remote_state(share->remote) != REMOTE_HERE)
			return STATUS_NO_HOST;
	for (share = shares->all; share < shares->all + shares->count; share++) {
		int status;

		if (!share->remote) {
			here = share;
			continue;
		}
		snprintf(prefix, sizeof(prefix),
			 strcmp(cmd->name, "doctor") ? "%s/" : "%s: ", remote_name(share->remote));
		status = run_words(share->remote, cmd, share->argc, share->argv,
				   shares->count > 1 ? prefix : NULL);
		if (status)
			result = status;
	}
	if (here) {
		int status = run_here(cmd, here);

		if (status)
			result = status;
	}
	return result;
}

int cmd_there(const struct cmd *cmd, int argc, char **argv)
{
	struct shares shares;
	int status;

	/* Its word names a VM that has no port yet, so no host can be asked for it. */
	if (!strcmp(cmd->name, "attach"))
		return attach_there(cmd, argc, argv);
	status = shares_make(&shares, cmd, argc, argv);
	if (!status)
		status = run_shares(cmd, &shares);
	shares_free(&shares);
	return status;
}
