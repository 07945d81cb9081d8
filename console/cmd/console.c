// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/console.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/msg.h"
#include "base/msg_out.h"
#include "base/output.h"
#include "base/term.h"
#include "cmd/escape.h"
#include "cmd/hold.h"
#include "cmd/typing.h"
#include "guests/pick.h"
#include "qemu/qemu_output.h"
#include "remote/hosts.h"
#include "source/catch_up.h"
#include "source/drain.h"
#include "source/note.h"
#include "source/tail.h"
#include "source/words.h"
#include "text/shown.h"
#include "vt/rawset.h"

/* Bytes of history that are shown by default. */
#define HISTORY 65536

struct console {
	struct console_request *request;
	struct loop *loop;
	struct source *src;
	struct source_facts facts;
	char label[SOURCE_NAME_SIZE];
	int status;

	/* The guest's output. */
	struct output out;
	struct drain *drain;
	struct shown shown;
	struct rawset set; /* what to reset on a terminal, with --raw */
	bool screen;	   /* stdout is a terminal */
	struct notes notes;

	/* The operator's keys. */
	struct typing *typing;
	struct hold *hold; /* NULL: nothing can be sent */
	char take_key[ESCAPE_NAME_SIZE + 2];
	int escape;
	struct loop_event *resume;
	bool keyboard;	/* stdin is a terminal */
	bool prints_on; /* nothing can be sent to the guest any more, but it still prints */

	/* For the command that has opened the console: its request's @output and @stop. */
	struct qemu_output *told;
	struct loop_event *stopped;
};

static void leave(struct console *con, int status)
{
	con->status = status;
	loop_stop(con->loop);
}

static void skipped(uint64_t count, void *arg)
{
	struct console *con = arg;

	note(&con->notes, "skipped %" PRIu64 " bytes", count);
}

static void blocked(int err, void *arg)
{
	char text[SOURCE_BLOCKED_SIZE];
	struct console *con = arg;

	note(&con->notes, "%s", source_blocked_text(con->label, err, text));
}

static void ended(enum drain_end how, int err, void *arg)
{
	struct console *con = arg;

	switch (how) {
	case DRAIN_DONE:
		leave(con, STATUS_GONE);
		return;
	case DRAIN_SOURCE_FAILED:
		term_restore();
		msg_error("cannot read the output of %s: %s", con->label, strerror(-err));
		leave(con, STATUS_FAILED);
		return;
	case DRAIN_OUTPUT_FAILED:
		if (err == -EPIPE) {
			leave(con, STATUS_SIGNAL + SIGPIPE);
			return;
		}
		term_restore();
		msg_error("cannot write the output of %s: %s", con->label, strerror(-err));
		leave(con, STATUS_FAILED);
		return;
	}
}

/* Filters the output. The bells of the history have rung already, so they are left out. */
static size_t filter(uint64_t pos, const unsigned char *in, size_t len, unsigned char *out,
		     void *arg)
{
	struct console *con = arg;
	size_t old = 0;
	size_t n;

	if (source_begins(con->src, pos))
		shown_begin(&con->shown);
	if (con->screen && con->request->raw)
		rawset_bytes(&con->set, in, len);
	if (pos < con->facts.tx_newest) {
		old = len;
		if (con->facts.tx_newest - pos < len)
			old = (size_t)(con->facts.tx_newest - pos);
	}
	con->shown.filter.quiet = true;
	n = shown_bytes(&con->shown, in, old, out);
	con->shown.filter.quiet = false;
	return n + shown_bytes(&con->shown, in + old, len - old, out + n);
}

static const struct drain_ops drain_ops = {
	.skipped = skipped,
	.blocked = blocked,
	.end = ended,
	.filter = filter,
};

_Static_assert(DRAIN_FILTER_ROOM >= SHOWN_ROOM(DRAIN_CHUNK), "the filter has room");

static void typing_left(int status, void *arg)
{
	struct console *con = arg;

	con->request->left |= status == TYPING_LEFT;
	con->prints_on = status == TYPING_UNSENT;
	if (con->prints_on)
		status = STATUS_GONE;
	leave(con, status == TYPING_LEFT ? STATUS_OK : status);
}

/* The operator's terminal. */

static const char *undo_all(void *arg)
{
	return rawset_undo(&((struct console *)arg)->set);
}

static void undo_screen(struct console *con)
{
	if (con->screen && con->request->raw)
		term_write(con->out.fd, undo_all(con));
	else
		shown_undo(&con->shown);
}

static void on_resume(int sig, void *arg)
{
	(void)sig;
	(void)arg;
	/* After a SIGSTOP, which cannot be caught, the shell has changed the terminal. */
	term_again();
}

static void host_says(const char *text, void *arg)
{
	struct console *con = arg;

	note(&con->notes, "%s", text);
}

static const struct remote_ops host_ops = {
	.say = host_says,
};

static void on_stop(void *arg)
{
	leave(arg, STATUS_OK);
}

/* Makes the events of the request's @output and @stop. */
static bool make_outer(struct console *con)
{
	if (con->request->output >= 0) {
		con->told = qemu_output_new(con->loop, con->request->output, &con->notes);
		if (!con->told)
			return false;
	}
	if (con->request->stop < 0)
		return true;
	con->stopped = loop_reader(con->loop, con->request->stop, LOOP_KEYS, on_stop, con);
	if (con->stopped)
		loop_on(con->stopped);
	return con->stopped;
}

static bool make_hold(struct console *con)
{
	char key[ESCAPE_NAME_SIZE];

	if (con->escape != ESCAPE_NONE)
		snprintf(con->take_key, sizeof(con->take_key), "%s t",
			 escape_name(con->escape, key));
	con->hold = hold_new(con->loop, con->src, con->label, &con->notes,
			     *con->take_key ? con->take_key : NULL, con->request->release_ms);
	/* Before the source joins the loop: then this waits for another host's answer. */
	if (con->hold && con->request->take)
		hold_take(con->hold);
	return con->hold;
}

static bool make_events(struct console *con)
{
	bool sends = !con->request->spy && con->facts.live && !con->src->no_input;

	con->drain = drain_new(con->loop, con->src, con->facts.tx_oldest, UINT64_MAX, con->out.fd,
			       &drain_ops, con);
	if (con->screen && isatty(STDERR_FILENO))
		con->notes.among = con->drain;
	if (con->shown.filters)
		con->notes.filter = &con->shown.filter;
	hosts_set_ops(&host_ops, con);
	if (sends && !make_hold(con))
		return false;
	con->typing = typing_new(con->loop, con->src, con->hold, con->escape, con->label,
				 &con->notes, typing_left, con);
	if (con->typing && con->drain)
		typing_follow_output(con->typing, con->drain);
	if (con->typing && con->src->no_input && !con->request->spy)
		typing_takes_nothing(con->typing);
	if (con->typing && con->shown.filters) {
		typing_follow_cursor_keys(con->typing, &con->shown.filter.cursor_keys);
		typing_translate(con->typing);
	}
	if (con->keyboard)
		con->resume = loop_signal(con->loop, SIGCONT, on_resume, con);
	return !source_join(con->src, con->loop) && con->drain && con->typing &&
	       (!con->keyboard || con->resume) && make_outer(con) &&
	       !loop_stop_on_signals(con->loop);
}

static void free_events(struct console *con)
{
	hosts_set_ops(NULL, NULL);
	source_leave(con->src);
	con->notes.among = NULL;
	qemu_output_free(con->told);
	loop_event_free(con->stopped);
	loop_event_free(con->resume);
	typing_free(con->typing);
	hold_free(con->hold);
	drain_free(con->drain);
}

/* Finds out where to begin, and moves the source there. */
static int find_start(struct console *con)
{
	const struct console_request *request = con->request;
	uint64_t pos;
	int err = 0;

	if (request->has_lines || request->no_history)
		err = catch_up_facts(con->src, &con->facts, request->has_lines && request->lines);
	pos = con->facts.tx_newest;
	if (!err && request->has_lines)
		err = tail_lines(con->src, &con->facts, request->lines, &pos);
	else if (!err && !request->no_history)
		err = tail_bytes(con->src, &con->facts, HISTORY, &pos);
	if (!err)
		err = source_seek(con->src, pos);
	if (err) {
		msg_error("cannot read the output of %s: %s", con->label, strerror(-err));
		return STATUS_FAILED;
	}
	/* Only bytes that are missing from here on count as skipped. */
	con->facts.tx_oldest = pos;
	return STATUS_OK;
}

static void say_connected(const struct console *con)
{
	char key[ESCAPE_NAME_SIZE];
	char owned[FACTS_OWNED_SIZE];
	const char *how = con->request->spy || con->src->no_input ? " to watch" : "";
	const char *place = facts_owned(&con->facts, owned);

	if (con->escape == ESCAPE_NONE)
		msg_error("Connected to %s (%s)%s. There is no escape key.", con->label, place,
			  how);
	else
		msg_error("Connected to %s (%s)%s. Escape is %s; %s ? for help.", con->label, place,
			  how, escape_name(con->escape, key), key);
}

static void say_goodbye(const struct console *con, size_t unsent)
{
	char text[SOURCE_ENDED_SIZE];

	/* The cursor may be anywhere in the guest's line. */
	if (con->notes.among)
		msg_out("\r\n", 2);
	if (con->status == STATUS_GONE && !con->prints_on)
		msg_error("%s", source_ended(con->src, con->label, text));
	else
		msg_error("left %s", con->label);
	if (unsent)
		msg_more("%zu bytes of input were not sent: the guest did not take them.", unsent);
	if (con->status != STATUS_GONE && source_unread_lost(con->src))
		msg_more("Nobody has read the last part of the input: it is lost.");
}

static int converse(struct console *con)
{
	int sig = 0;
	int err = 0;

	output_open(&con->out, STDOUT_FILENO);
	shown_open(&con->shown, con->out.fd, con->request->raw);
	rawset_init(&con->set);
	if (con->screen && con->request->raw)
		term_undo(con->out.fd, undo_all, con);
	say_connected(con);
	if (con->keyboard)
		err = term_raw(STDIN_FILENO);
	if (err) {
		msg_error("cannot set up the terminal: %s", strerror(-err));
		con->status = STATUS_FAILED;
	} else if (!make_events(con)) {
		term_restore();
		msg_error("out of memory");
		con->status = STATUS_FAILED;
	} else {
		sig = loop_run(con->loop);
		undo_screen(con);
		/*
		 * The shell must not get keys that were meant for a guest that is
		 * gone.
		 */
		if (con->keyboard && !con->request->left)
			term_discard_input();
		term_restore();
		say_goodbye(con, typing_unsent(con->typing));
	}
	free_events(con);
	term_undo(-1, NULL, NULL);
	shown_close(&con->shown);
	output_close(&con->out);
	return status_after(sig, con->status);
}

static int connect_to(struct console *con)
{
	int status;

	/* A dead guest's output can be shown, but nothing can be sent to it. */
	status = pick_open(con->request->guest, con->request->spy ? PICK_READ : PICK_TALK,
			   &con->src, &con->facts);
	if (status)
		return status;
	guests_label(&con->facts, con->label);
	status = find_start(con);
	if (!status) {
		con->loop = loop_new();
		if (con->loop) {
			status = converse(con);
		} else {
			msg_error("out of memory");
			status = STATUS_FAILED;
		}
		loop_free(con->loop);
	}
	source_close(con->src);
	return status;
}

int console_open(struct console_request *request)
{
	struct console con = {
		.request = request,
		.escape = request->escape,
		.keyboard = isatty(STDIN_FILENO),
		.screen = isatty(STDOUT_FILENO),
	};

	/* A file or a pipe may hold any byte. */
	if (request->escape == CONSOLE_ESCAPE)
		con.escape = con.keyboard ? ESCAPE_DEFAULT : ESCAPE_NONE;
	return connect_to(&con);
}
