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

/* A host that sends nothing for this long is lost; it sends something each second. */
#define SILENCE_MS 30000

/* Time between two tries to connect: the first one, and at most. */
#define RETRY_MS 1000
#define RETRY_MAX_MS 30000

/* A far end that hears nothing for long ends, so something is sent this often. */
#define WORD_MS 10000

/* Bytes of output of its guests that no window shows that are here at a time. */
#define ROOM (16 * 1024 * 1024)

/* After this time it reports what it waits for. */
#define TELL_MS 5000

#define LINE_SIZE LINK_LINE_SIZE

struct remote {
	struct host host;
	const char *command;
	const struct remote_ops *ops;
	void *arg;
	struct loop *own;
	struct loop *loop; /* own, or that of a command */
	size_t joined;

	enum remote_state state;
	bool keeps_on; /* connects again and again */
	bool was_here; /* at least once */
	uint64_t retry_ms;
	char why[LINE_SIZE];
	struct link *link; /* NULL: there is none */
	bool greeted;
	bool asks; /* ssh may ask for a password, until the first byte comes from over there */
	bool told; /* it has reported what it waits for */
	uint64_t begun_ms;  /* when it began to connect */
	uint64_t moved_ms;  /* when output of a guest came last */
	uint64_t waited_ms; /* time of earlier waits in remote_wait() */
	struct roster roster;
	bool news; /* of it, since changed() */
	/* Guests that were to be reaped, until the answers come, which have the same order. */
	struct source_facts *forgotten;
	size_t forgotten_count;
	int forget_err; /* the last answer: 0 or a negative errno */
	struct loop_event *timer;
	uint64_t timer_at; /* CLOCK_MONOTONIC in milliseconds; 0: it is off */
	struct loop_event *beat;
	uint64_t word_at;
	uint64_t silence_ms;
	uint64_t until_ms; /* when the command has to end, of clock_ms(); 0: no limit */

	struct ears ears;
	size_t room; /* of ROOM, what is taken */
};

static void set_timer(struct remote *remote, uint64_t ms)
{
	remote->timer_at = clock_ms() + ms;
	loop_timer_set(remote->timer, ms);
}

static bool is_over(const struct remote *remote)
{
	return remote->until_ms && clock_ms() >= remote->until_ms;
}

/* Connecting may take @ms, but no more than the command has left. */
static void set_limit(struct remote *remote, uint64_t ms)
{
	uint64_t now = clock_ms();
	uint64_t left = remote->until_ms > now ? remote->until_ms - now : 0;

	set_timer(remote, remote->until_ms && left < ms ? left : ms);
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

static uint64_t tell_ms(const struct remote *remote)
{
	return remote->silence_ms / 2 < TELL_MS ? remote->silence_ms / 2 : TELL_MS;
}

void remote_tell_wait(struct remote *remote, bool *told, uint64_t since_ms, const char *what)
{
	if (*told || clock_ms() - since_ms < tell_ms(remote))
		return;
	*told = true;
	if (remote->ops && remote->ops->say)
		remote_say(remote, "waiting for %s", what);
	else if (isatty(STDERR_FILENO))
		remote_say(remote, "waiting for %s; Ctrl-C ends this", what);
}

bool remote_is_late(const struct remote *remote, uint64_t since_ms, unsigned int times)
{
	uint64_t now = clock_ms();
	/* On a slow line the answer comes after the output that is on its way. */
	uint64_t moved = remote->moved_ms > since_ms ? remote->moved_ms : since_ms;

	return now - moved > times * remote->silence_ms ||
	       now - since_ms > REMOTE_LONG * remote->silence_ms;
}

static void changed(struct remote *remote)
{
	remote->news = false;
	if (remote->ops && remote->ops->changed)
		remote->ops->changed(remote, remote->arg);
}

static void lose(struct remote *remote, const char *why)
{
	bool was_here = remote->state == REMOTE_HERE;

	stop_timer(remote);
	loop_off(remote->beat);
	snprintf(remote->why, sizeof(remote->why), "%s", why);
	link_free(remote->link);
	remote->link = NULL;
	remote->greeted = false;
	remote->state = REMOTE_AWAY;
	/* Who was not reaped is among the guests when it is back. */
	remote->forgotten_count = 0;
	remote->forget_err = -EHOSTDOWN;
	if (was_here) {
		remote->retry_ms = RETRY_MS;
		remote_say(remote, "the connection is lost: %s; trying again", remote->why);
		ears_down(&remote->ears);
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

static void on_beat(void *arg)
{
	struct remote *remote = arg;
	uint64_t now = clock_ms();

	loop_timer_set(remote->beat, REMOTE_BEAT_MS);
	if (remote->state != REMOTE_HERE) {
		/* Silent while ssh asks the operator, and about tries to connect again. */
		if (!remote->asks && !remote->keeps_on)
			remote_tell_wait(remote, &remote->told, remote->begun_ms, "it to answer");
		return;
	}
	if (now >= remote->word_at) {
		remote_note(remote, 0, json_pack("{s:s}", "say", "tick"));
		remote->word_at = now + WORD_MS;
	}
	ears_beat(&remote->ears);
}

/* What comes: each returns NULL, or why the connection is of no use. */

static const char *take_hello(struct remote *remote, json_t *note)
{
	struct wire_hello hello;
	const char *why;

	/* The next try may end differently: the other side may be upgraded. */
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
			remote_say(remote, "the connection is back");
		remote->was_here = true;
		set_timer(remote, remote->silence_ms);
		remote->told = false;
		remote->word_at = clock_ms() + WORD_MS;
		ears_up(&remote->ears);
	}
	remote->news = true;
}

static void take_reaped(struct remote *remote, json_t *note)
{
	struct source_facts facts;
	uint64_t number;
	int err = -EPROTO;

	if (!remote->forgotten_count)
		return;
	facts = remote->forgotten[0];
	memmove(remote->forgotten, remote->forgotten + 1,
		--remote->forgotten_count * sizeof(facts));
	if (wire_number(note, "errno", 4095, &number))
		err = -(int)number;
	/* Somebody else has reaped it. */
	if (err == -ENOENT || err == -ENODEV || err == -ENXIO)
		err = 0;
	remote->forget_err = err;
	if (!err)
		return;
	roster_put_back(&remote->roster, &facts);
	remote->news = true;
	if (remote->joined)
		remote_say(remote, "cannot forget %s (port %u): %s", facts.name, facts.id,
			   strerror(-err));
}

static const char *take_note(struct remote *remote, const struct frame *frame)
{
	const char *why = NULL;
	const char *say;
	json_t *note = wire_read(frame, &say);
	int64_t boot_ns;
	int64_t real_ns;

	if (!note)
		return "it sends a note that is not JSON, or says nothing";
	if (!frame->channel && !strcmp(say, "hello")) {
		why = take_hello(remote, note);
	} else if (!remote->greeted) {
		why = "it does not say hello first";
	} else if (frame->channel) {
		ears_note(&remote->ears, frame->channel, say, note);
	} else if (!strcmp(say, "guests")) {
		take_guests(remote, note);
	} else if (!strcmp(say, "reaped")) {
		take_reaped(remote, note);
	} else if (!strcmp(say, "tick") && wire_clocks_read(note, &boot_ns, &real_ns)) {
		roster_clocks(&remote->roster, boot_ns, real_ns);
	}
	json_decref(note);
	return why;
}

static const char *on_frame(const struct frame *frame, void *arg)
{
	struct remote *remote = arg;

	if (frame->type == FRAME_NOTE)
		return take_note(remote, frame);
	if (!remote->greeted)
		return "it does not say hello first";
	if (frame->type == FRAME_BYTES)
		remote->moved_ms = clock_ms();
	ears_frame(&remote->ears, frame);
	return NULL;
}

static void on_heard(void *arg)
{
	struct remote *remote = arg;

	if (remote->state == REMOTE_HERE)
		set_timer(remote, remote->silence_ms);
	else if (remote->asks)
		set_limit(remote, remote->silence_ms);
	/* The operator has answered ssh; from here on the host is waited for. */
	if (remote->asks)
		remote->begun_ms = clock_ms();
	remote->asks = false;
}

/* A host may send notes by the thousand: whoever has its guests looks at them once for all. */
static void on_through(void *arg)
{
	struct remote *remote = arg;

	if (remote->news)
		changed(remote);
}

static void on_line(const char *line, void *arg)
{
	struct remote *remote = arg;

	/* When it tries again, ssh prints the same each time. */
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
	.through = on_through,
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
	remote->asks = asks;
	remote->told = false;
	remote->begun_ms = clock_ms();
	/* Typing a password takes time, and sshd gives two minutes. */
	set_limit(remote, asks ? REMOTE_LONG * remote->silence_ms : remote->silence_ms);
	loop_timer_set(remote->beat, REMOTE_BEAT_MS);
	changed(remote);
}

void remote_try(struct remote *remote, bool asks)
{
	if (remote->state == REMOTE_AWAY)
		start(remote, asks);
}

void remote_limit(struct remote *remote, uint64_t ms)
{
	remote->until_ms = ms ? clock_ms() + ms : 0;
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
	loop_event_free(remote->beat);
	remote->loop = loop;
	remote->timer = loop_timer(loop, on_timer, remote);
	remote->beat = loop_timer(loop, on_beat, remote);
	if (!remote->timer || !remote->beat)
		return false;
	if (at)
		set_timer(remote, at > now ? at - now : 0);
	if (remote->state != REMOTE_AWAY)
		loop_timer_set(remote->beat, REMOTE_BEAT_MS);
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

int remote_wait(struct remote *remote, bool (*done)(void *arg), void *arg, const char *what)
{
	uint64_t begun = clock_ms();

	/* No turn takes longer than from one beat to the next. */
	while (!done(arg)) {
		if (remote->joined)
			return -EBUSY;
		if (remote->state != REMOTE_HERE || loop_turn(remote->own))
			return -EHOSTDOWN;
		if ((is_over(remote) || remote_is_late(remote, begun, 1)) && !done(arg))
			return -ETIMEDOUT;
		/* Earlier waits count, too, as an answer may come in many small pieces. */
		remote_tell_wait(remote, &remote->told, begun - remote->waited_ms, what);
	}
	remote->waited_ms += clock_ms() - begun;
	return 0;
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
	loop_event_free(remote->beat);
	loop_free(remote->own);
	ears_free(&remote->ears);
	free(remote->forgotten);
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

bool remote_take_room(struct remote *remote, size_t size)
{
	if (size > ROOM - remote->room)
		return false;
	remote->room += size;
	return true;
}

void remote_give_room(struct remote *remote, size_t size)
{
	remote->room -= size;
}

static bool all_answered(void *arg)
{
	const struct remote *remote = arg;

	return !remote->forgotten_count;
}

int remote_forget(struct remote *remote, const struct source_facts *facts)
{
	char what[SOURCE_NAME_SIZE + 32];
	struct source_facts *all;
	int err;

	all = reallocarray(remote->forgotten, remote->forgotten_count + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	remote->forgotten = all;
	all[remote->forgotten_count++] = *facts;
	snprintf(what, sizeof(what), "an answer about %s", facts->name);
	remote_note(remote, 0,
		    json_pack("{s:s, s:I, s:I}", "say", "reap", "port", (json_int_t)facts->id,
			      "life", (json_int_t)facts->life));
	roster_forget(&remote->roster, facts->id);
	if (remote->joined)
		return 0;
	err = remote_wait(remote, all_answered, remote, what);
	return err ? err : remote->forget_err;
}

uint32_t remote_listen(struct remote *remote, const struct remote_ear *ear, void *arg)
{
	return ears_add(&remote->ears, ear, arg);
}

uint32_t remote_listen_anew(struct remote *remote, uint32_t channel)
{
	return ears_renew(&remote->ears, channel);
}

void remote_unlisten(struct remote *remote, uint32_t channel)
{
	ears_remove(&remote->ears, channel);
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
