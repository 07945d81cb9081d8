// SPDX-License-Identifier: GPL-2.0-only
#include "remote/remote.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/msg.h"
#include "remote/link.h"
#include "remote/wire.h"

/* A host that says nothing for so long is lost; it says something each second. */
#define SILENCE_MS 30000

/* Between two tries, at first and at last. */
#define RETRY_MS 1000
#define RETRY_MAX_MS 30000

/* Who hears nothing for long ends: something is said so often. */
#define WORD_MS 10000

#define LINE_SIZE LINK_LINE_SIZE

struct ear {
	uint32_t channel;
	const struct remote_ear *ops;
	void *arg;
};

struct remote {
	struct host host;
	const char *command;
	const struct remote_ops *ops;
	void *arg;
	struct loop *own;
	struct loop *loop; /* own, or that of a command */
	size_t joined;

	enum remote_state state;
	bool keeps_on; /* connects again, for ever */
	bool was_here; /* at least once */
	uint64_t retry_ms;
	char why[LINE_SIZE];
	struct link *link; /* NULL: there is none */
	bool greeted;
	struct roster roster;
	struct loop_event *timer;
	uint64_t timer_at; /* CLOCK_MONOTONIC in milliseconds; 0: it is off */
	struct loop_event *word;
	uint64_t silence_ms;

	struct ear *ears;
	size_t ear_count;
	uint32_t next_channel;
};

static void set_timer(struct remote *remote, uint64_t ms)
{
	remote->timer_at = clock_ms() + ms;
	loop_timer_set(remote->timer, ms);
}

static void stop_timer(struct remote *remote)
{
	remote->timer_at = 0;
	loop_off(remote->timer);
}

void remote_say(struct remote *remote, const char *fmt, ...)
{
	char text[LINE_SIZE];
	char whole[LINE_SIZE + SOURCE_NAME_SIZE + 4];
	char clean[sizeof(whole) * 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(whole, sizeof(whole), "%s: %s", remote->host.name, text);
	msg_clean(clean, sizeof(clean), whole);
	if (remote->ops && remote->ops->say)
		remote->ops->say(clean, remote->arg);
	else
		msg_error("%s", clean);
}

static void changed(struct remote *remote)
{
	if (remote->ops && remote->ops->changed)
		remote->ops->changed(remote, remote->arg);
}

/* Ears may go while they are called. */
static void call_ears(struct remote *remote, bool up)
{
	for (size_t i = remote->ear_count; i-- > 0;) {
		struct ear ear;

		if (i >= remote->ear_count)
			continue;
		ear = remote->ears[i];
		if (up)
			ear.ops->up(ear.arg);
		else
			ear.ops->down(ear.arg);
	}
}

static void lose(struct remote *remote, const char *why)
{
	bool was_here = remote->state == REMOTE_HERE;

	stop_timer(remote);
	loop_off(remote->word);
	snprintf(remote->why, sizeof(remote->why), "%s", why);
	link_free(remote->link);
	remote->link = NULL;
	remote->greeted = false;
	remote->state = REMOTE_AWAY;
	if (was_here) {
		remote->retry_ms = RETRY_MS;
		remote_say(remote, "the connection is lost: %s; trying again", remote->why);
		call_ears(remote, false);
	}
	if (remote->keeps_on) {
		set_timer(remote, remote->retry_ms);
		remote->retry_ms =
			remote->retry_ms < RETRY_MAX_MS / 2 ? remote->retry_ms * 2 : RETRY_MAX_MS;
	}
	changed(remote);
}

static void start(struct remote *remote, bool asks);

static void on_timer(void *arg)
{
	struct remote *remote = arg;

	remote->timer_at = 0;
	if (remote->state == REMOTE_AWAY)
		start(remote, false);
	else
		lose(remote, "it does not answer");
}

static void on_word(void *arg)
{
	struct remote *remote = arg;

	remote_note(remote, 0, json_pack("{s:s}", "say", "tick"));
	loop_timer_set(remote->word, WORD_MS);
}

/* What comes: each returns NULL, or why the connection is of no use. */

static const char *take_hello(struct remote *remote, json_t *note)
{
	struct wire_hello hello;
	const char *why;

	/* Another try would end so, too, but the other side may be upgraded. */
	if (!wire_hello_read(note, &hello, &why))
		return why;
	roster_hello(&remote->roster, &hello);
	remote->greeted = true;
	return NULL;
}

static void take_guests(struct remote *remote, json_t *note)
{
	if (!roster_take(&remote->roster, note))
		return;
	if (remote->state == REMOTE_COMING) {
		remote->state = REMOTE_HERE;
		remote->retry_ms = RETRY_MS;
		if (remote->was_here)
			remote_say(remote, "the connection is there again");
		remote->was_here = true;
		set_timer(remote, remote->silence_ms);
		loop_timer_set(remote->word, WORD_MS);
		call_ears(remote, true);
	}
	changed(remote);
}

static struct ear *ear_of(struct remote *remote, uint32_t channel)
{
	for (size_t i = 0; i < remote->ear_count; i++)
		if (remote->ears[i].channel == channel)
			return &remote->ears[i];
	return NULL;
}

static const char *take_note(struct remote *remote, const struct frame *frame)
{
	struct ear *ear = ear_of(remote, frame->channel);
	const char *why = NULL;
	const char *say;
	json_t *note = wire_read(frame, &say);
	int64_t boot_ns;
	int64_t real_ns;

	if (!note)
		return "it is not understood";
	if (!frame->channel && !strcmp(say, "hello")) {
		why = take_hello(remote, note);
	} else if (!remote->greeted) {
		why = "it does not greet first";
	} else if (frame->channel) {
		if (ear)
			ear->ops->note(say, note, ear->arg);
	} else if (!strcmp(say, "guests")) {
		take_guests(remote, note);
	} else if (!strcmp(say, "tick") && wire_clocks_read(note, &boot_ns, &real_ns)) {
		roster_clocks(&remote->roster, boot_ns, real_ns);
	}
	json_decref(note);
	return why;
}

static const char *on_frame(const struct frame *frame, void *arg)
{
	struct remote *remote = arg;
	struct ear *ear;

	if (frame->type == FRAME_NOTE)
		return take_note(remote, frame);
	if (!remote->greeted)
		return "it does not greet first";
	ear = ear_of(remote, frame->channel);
	if (ear)
		ear->ops->frame(frame, ear->arg);
	return NULL;
}

static void on_heard(void *arg)
{
	struct remote *remote = arg;

	if (remote->state == REMOTE_HERE)
		set_timer(remote, remote->silence_ms);
}

static void on_line(const char *line, void *arg)
{
	struct remote *remote = arg;

	/* While it tries again, what is said is the same each time. */
	if (remote->state == REMOTE_HERE || !remote->keeps_on)
		remote_say(remote, "%s", line);
}

static void on_lost(const char *why, void *arg)
{
	lose(arg, why);
}

static const struct link_ops link_ops = {
	.frame = on_frame,
	.heard = on_heard,
	.line = on_line,
	.lost = on_lost,
};

static void start(struct remote *remote, bool asks)
{
	int err;

	remote->state = REMOTE_COMING;
	err = link_new(remote->loop, &remote->host, remote->command, asks, &link_ops, remote,
		       &remote->link);
	if (err) {
		lose(remote, strerror(-err));
		return;
	}
	wire_send(link_box(remote->link), 0, wire_hello());
	/* Who types a password takes the time that it takes. */
	if (!asks)
		set_timer(remote, remote->silence_ms);
	changed(remote);
}

void remote_try(struct remote *remote, bool asks)
{
	if (remote->state == REMOTE_AWAY)
		start(remote, asks);
}

void remote_keep(struct remote *remote)
{
	remote->keeps_on = true;
	if (remote->state == REMOTE_AWAY)
		set_timer(remote, remote->retry_ms);
}

static bool move(struct remote *remote, struct loop *loop)
{
	uint64_t now = clock_ms();
	uint64_t at = remote->timer_at;

	loop_event_free(remote->timer);
	loop_event_free(remote->word);
	remote->loop = loop;
	remote->timer = loop_timer(loop, on_timer, remote);
	remote->word = loop_timer(loop, on_word, remote);
	if (!remote->timer || !remote->word)
		return false;
	if (at)
		set_timer(remote, at > now ? at - now : 0);
	if (remote->state == REMOTE_HERE)
		loop_timer_set(remote->word, WORD_MS);
	return !remote->link || link_move(remote->link, loop);
}

int remote_join(struct remote *remote, struct loop *loop)
{
	if (!remote->joined && !move(remote, loop))
		return -ENOMEM;
	remote->joined++;
	return 0;
}

void remote_leave(struct remote *remote)
{
	if (remote->joined && !--remote->joined && !move(remote, remote->own))
		lose(remote, strerror(ENOMEM));
}

bool remote_wait(struct remote *remote, bool (*done)(void *arg), void *arg)
{
	uint64_t until = clock_ms() + remote->silence_ms;

	/* It says something each second: no turn takes longer. */
	while (!done(arg)) {
		if (remote->joined || remote->state != REMOTE_HERE || clock_ms() > until ||
		    loop_turn(remote->own))
			return false;
	}
	return true;
}

struct remote *remote_new(const struct host *host, const char *ssh)
{
	const char *seconds = getenv("KPL011_HOST_TIMEOUT");
	struct remote *remote = calloc(1, sizeof(*remote));

	if (!remote)
		return NULL;
	remote->host = *host;
	remote->command = ssh;
	remote->roster.host = remote->host.name;
	remote->retry_ms = RETRY_MS;
	remote->silence_ms = SILENCE_MS;
	if (seconds)
		human_parse_seconds(seconds, &remote->silence_ms);
	remote->own = loop_new();
	if (!remote->own || !move(remote, remote->own)) {
		remote_free(remote);
		return NULL;
	}
	return remote;
}

void remote_free(struct remote *remote)
{
	if (!remote)
		return;
	link_free(remote->link);
	loop_event_free(remote->timer);
	loop_event_free(remote->word);
	loop_free(remote->own);
	free(remote->ears);
	roster_free(&remote->roster);
	free(remote);
}

void remote_set_ops(struct remote *remote, const struct remote_ops *ops, void *arg)
{
	remote->ops = ops;
	remote->arg = arg;
}

const char *remote_name(const struct remote *remote)
{
	return remote->host.name;
}

enum remote_state remote_state(const struct remote *remote)
{
	return remote->state;
}

const char *remote_why(const struct remote *remote)
{
	return remote->why;
}

const struct roster *remote_roster(const struct remote *remote)
{
	return &remote->roster;
}

void remote_forget(struct remote *remote, uint32_t id)
{
	roster_forget(&remote->roster, id);
}

uint32_t remote_listen(struct remote *remote, const struct remote_ear *ops, void *arg)
{
	struct ear *ears;

	ears = reallocarray(remote->ears, remote->ear_count + 1, sizeof(*ears));
	if (!ears)
		return 0;
	remote->ears = ears;
	ears[remote->ear_count++] = (struct ear){ ++remote->next_channel, ops, arg };
	return remote->next_channel;
}

uint32_t remote_listen_anew(struct remote *remote, uint32_t channel)
{
	struct ear *ear = ear_of(remote, channel);

	ear->channel = ++remote->next_channel;
	return ear->channel;
}

void remote_unlisten(struct remote *remote, uint32_t channel)
{
	struct ear *ear = ear_of(remote, channel);

	if (ear)
		*ear = remote->ears[--remote->ear_count];
}

void remote_send(struct remote *remote, enum frame_type type, uint32_t channel, const void *bytes,
		 size_t len)
{
	if (remote->state == REMOTE_HERE)
		outbox_frame(link_box(remote->link), type, channel, bytes, len, NULL, 0);
}

void remote_note(struct remote *remote, uint32_t channel, json_t *note)
{
	if (remote->state == REMOTE_HERE)
		wire_send(link_box(remote->link), channel, note);
	else
		json_decref(note);
}
