// SPDX-License-Identifier: GPL-2.0-only
#include "remote/remote.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/human.h"
#include "base/msg.h"
#include "remote/outbox.h"
#include "remote/ssh.h"
#include "remote/wire.h"

/* A host that says nothing for so long is lost; it says something each second. */
#define SILENCE_MS 30000

/* Between two tries, at first and at last. */
#define RETRY_MS 1000
#define RETRY_MAX_MS 30000

/* Who hears nothing for long ends: something is said so often. */
#define WORD_MS 10000

/* After the end of its output ssh ends soon. */
#define END_MS 2000

/* The other host's clock may move by so much before that is believed. */
#define SHIFT_NS 100000000

#define LINE_SIZE 512

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
	bool ending;   /* ssh's output has ended, and it will */
	uint64_t retry_ms;
	char why[LINE_SIZE];
	struct ssh ssh;
	struct frame_in *in;
	struct outbox *box;
	struct loop_event *reader;
	struct loop_event *errors;
	struct loop_event *exited;
	struct loop_event *timer;
	uint64_t timer_at; /* CLOCK_MONOTONIC in milliseconds; 0: it is off */
	struct loop_event *word;
	uint64_t silence_ms;
	char line[LINE_SIZE]; /* of its standard error */
	size_t line_len;

	bool greeted;
	char boot[WIRE_BOOT_SIZE];
	int64_t shift; /* from its CLOCK_BOOTTIME to ours */
	struct source_facts *guests;
	size_t count;
	size_t hidden;
	int ports_error;

	struct ear *ears;
	size_t ear_count;
	uint32_t next_channel;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void set_timer(struct remote *remote, uint64_t ms)
{
	remote->timer_at = now_ms() + ms;
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

/* The connection, and nothing else. */
static int hang_up(struct remote *remote)
{
	loop_event_free(remote->reader);
	loop_event_free(remote->errors);
	loop_event_free(remote->exited);
	remote->reader = NULL;
	remote->errors = NULL;
	remote->exited = NULL;
	outbox_free(remote->box);
	remote->box = NULL;
	frame_in_free(remote->in);
	remote->in = NULL;
	remote->greeted = false;
	remote->ending = false;
	return ssh_end(&remote->ssh);
}

static void lose(struct remote *remote, const char *why)
{
	bool was_here = remote->state == REMOTE_HERE;

	stop_timer(remote);
	loop_off(remote->word);
	hang_up(remote);
	remote->state = REMOTE_AWAY;
	if (why != remote->why)
		snprintf(remote->why, sizeof(remote->why), "%s", why);
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

/* Its standard error, line by line: for the operator, and a reason if it is the last. */
static void end_line(struct remote *remote)
{
	remote->line[remote->line_len] = '\0';
	remote->line_len = 0;
	if (!remote->line[0])
		return;
	/*
	 * The last one before it ends is the reason. While it tries again, what it
	 * says is the same each time.
	 */
	if (remote->why[0] && (remote->state == REMOTE_HERE || !remote->keeps_on))
		remote_say(remote, "%s", remote->why);
	memcpy(remote->why, remote->line, sizeof(remote->why));
}

static void take_errors(struct remote *remote)
{
	char bytes[4096];
	ssize_t n;

	n = read(remote->ssh.err, bytes, sizeof(bytes));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		loop_off(remote->errors);
		return;
	}
	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] == '\n')
			end_line(remote);
		else if (bytes[i] != '\r' && bytes[i] && remote->line_len < LINE_SIZE - 1)
			remote->line[remote->line_len++] = bytes[i];
	}
}

static void on_errors(void *arg)
{
	take_errors(arg);
}

/* The first line of what stood in the place of a greeting; empty: there is none. */
static void noise_line(struct remote *remote, char out[LINE_SIZE])
{
	const char *noise = frame_in_noise(remote->in);

	noise += strspn(noise, "\r\n \t");
	if (frame_in_greeted(remote->in))
		noise = "";
	snprintf(out, LINE_SIZE, "%.*s", (int)strcspn(noise, "\r\n"), noise);
}

/* The process has ended, or its output has and it will not. */
static void on_ended(void *arg)
{
	struct remote *remote = arg;
	char why[LINE_SIZE + 80];
	char noise[LINE_SIZE];
	int status;

	/* What it said last is the reason. */
	for (int i = 0; i < 16; i++)
		take_errors(remote);
	if (remote->line_len)
		end_line(remote);
	noise_line(remote, noise);
	status = hang_up(remote);
	if (status == 127)
		snprintf(why, sizeof(why), "kpl011 is not installed there, or not in the PATH (%s)",
			 remote->why);
	else if (remote->why[0])
		snprintf(why, sizeof(why), "%s", remote->why);
	else if (noise[0])
		snprintf(why, sizeof(why), "it says: %s", noise);
	else if (status)
		snprintf(why, sizeof(why), "ssh has ended with exit code %d", status);
	else
		snprintf(why, sizeof(why), "the other side has closed the connection");
	lose(remote, why);
}

static void start(struct remote *remote, bool asks);

static void on_timer(void *arg)
{
	struct remote *remote = arg;

	remote->timer_at = 0;
	if (remote->state == REMOTE_AWAY)
		start(remote, false);
	else if (remote->ending)
		on_ended(remote);
	else
		lose(remote, "it does not answer");
}

static void on_word(void *arg)
{
	struct remote *remote = arg;

	remote_note(remote, 0, json_pack("{s:s}", "say", "tick"));
	loop_timer_set(remote->word, WORD_MS);
}

/* Notes of the host itself. */

static void take_clocks(struct remote *remote, int64_t boot_ns, int64_t real_ns, bool sure)
{
	struct timespec boot;
	struct timespec real;
	int64_t shift;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	clock_gettime(CLOCK_REALTIME, &real);
	/* By the calendar: both sides have the same, or the operator sees that they have not. */
	shift = real_ns - boot_ns -
		((int64_t)(real.tv_sec - boot.tv_sec) * 1000000000 + real.tv_nsec - boot.tv_nsec);
	if (sure || shift - remote->shift > SHIFT_NS || remote->shift - shift > SHIFT_NS)
		remote->shift = shift;
}

static void take_hello(struct remote *remote, json_t *note)
{
	struct wire_hello hello;
	const char *why;

	if (!wire_hello_read(note, &hello, &why)) {
		/* Another try would end so, too, but the other side may be upgraded. */
		lose(remote, why);
		return;
	}
	take_clocks(remote, hello.boot_ns, hello.real_ns,
		    !remote->was_here || strcmp(remote->boot, hello.boot));
	memcpy(remote->boot, hello.boot, sizeof(remote->boot));
	remote->greeted = true;
}

static size_t index_of_guest(const struct remote *remote, uint32_t id)
{
	size_t i;

	for (i = 0; i < remote->count; i++)
		if (remote->guests[i].id == id)
			break;
	return i;
}

static void take_guest(struct remote *remote, json_t *json)
{
	struct source_facts facts;
	struct source_facts *all;
	size_t at;

	if (!wire_facts_read(json, &facts))
		return;
	facts.host = remote->host.name;
	facts.attach_ns = remote_time(remote, facts.attach_ns);
	facts.death_ns = facts.death_ns ? remote_time(remote, facts.death_ns) : 0;
	at = index_of_guest(remote, facts.id);
	if (at == remote->count) {
		if (at == REMOTE_GUESTS)
			return;
		all = reallocarray(remote->guests, at + 1, sizeof(*all));
		if (!all)
			return;
		remote->guests = all;
		remote->count++;
	}
	remote->guests[at] = facts;
}

void remote_forget(struct remote *remote, uint32_t id)
{
	size_t at = index_of_guest(remote, id);

	if (at == remote->count)
		return;
	remote->count--;
	memmove(remote->guests + at, remote->guests + at + 1,
		(remote->count - at) * sizeof(*remote->guests));
}

static int by_id(const void *a, const void *b)
{
	const struct source_facts *x = a;
	const struct source_facts *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void take_guests(struct remote *remote, json_t *note)
{
	json_t *guests = json_object_get(note, "guests");
	json_t *gone = json_object_get(note, "gone");
	uint64_t number;

	if (json_is_true(json_object_get(note, "all")))
		remote->count = 0;
	for (size_t i = 0; i < json_array_size(gone); i++)
		remote_forget(remote, (uint32_t)json_integer_value(json_array_get(gone, i)));
	for (size_t i = 0; i < json_array_size(guests); i++)
		take_guest(remote, json_array_get(guests, i));
	if (remote->count)
		qsort(remote->guests, remote->count, sizeof(*remote->guests), by_id);
	remote->hidden = wire_number(note, "hidden", SIZE_MAX / 2, &number) ? (size_t)number : 0;
	remote->ports_error = wire_number(note, "errno", 4095, &number) ? -(int)number : 0;
	if (json_is_true(json_object_get(note, "more")))
		return;
	if (remote->state == REMOTE_COMING) {
		remote->state = REMOTE_HERE;
		remote->retry_ms = RETRY_MS;
		if (remote->was_here)
			remote_say(remote, "the connection is there again");
		remote->was_here = true;
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

static bool take_note(struct remote *remote, const struct frame *frame)
{
	struct ear *ear = ear_of(remote, frame->channel);
	const char *say;
	json_t *note = wire_read(frame, &say);
	int64_t boot_ns;
	int64_t real_ns;

	if (!note)
		return false;
	if (!remote->greeted && strcmp(say, "hello")) {
		json_decref(note);
		return false;
	}
	if (frame->channel) {
		if (ear)
			ear->ops->note(say, note, ear->arg);
	} else if (!strcmp(say, "hello")) {
		take_hello(remote, note);
	} else if (!strcmp(say, "guests")) {
		take_guests(remote, note);
	} else if (!strcmp(say, "tick") && wire_clocks_read(note, &boot_ns, &real_ns)) {
		take_clocks(remote, boot_ns, real_ns, false);
	}
	json_decref(note);
	return true;
}

static bool take_frame(struct remote *remote, const struct frame *frame)
{
	struct ear *ear;

	if (frame->type == FRAME_NOTE)
		return take_note(remote, frame);
	if (!remote->greeted)
		return false;
	ear = ear_of(remote, frame->channel);
	if (ear)
		ear->ops->frame(frame, ear->arg);
	return true;
}

static void on_readable(void *arg)
{
	struct remote *remote = arg;
	enum frame_result result = FRAME_MORE;
	struct frame frame;
	unsigned char *room;
	size_t len;
	ssize_t n;

	room = frame_in_room(remote->in, &len);
	n = read(remote->ssh.out, room, len);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		loop_off(remote->reader);
		remote->ending = true;
		loop_on(remote->exited);
		set_timer(remote, END_MS);
		return;
	}
	if (remote->state == REMOTE_HERE) {
		/* It goes on: what was said was no last word. */
		if (remote->why[0])
			remote_say(remote, "%s", remote->why);
		remote->why[0] = '\0';
		set_timer(remote, remote->silence_ms);
	}
	frame_in_added(remote->in, (size_t)n);
	/* What is done with a frame may lose the host. */
	while (remote->in && (result = frame_in_next(remote->in, &frame)) == FRAME_ONE) {
		if (!take_frame(remote, &frame)) {
			lose(remote, "it is not understood");
			return;
		}
	}
	if (remote->in && result == FRAME_WRONG)
		lose(remote, frame_in_why(remote->in));
}

static void on_box_drained(void *arg)
{
	(void)arg;
}

static void on_box_failed(int err, void *arg)
{
	struct remote *remote = arg;

	/* Of a process that ends, what it said is the reason. */
	if (err == -EPIPE)
		return;
	lose(remote, strerror(-err));
}

static const struct outbox_ops box_ops = {
	.drained = on_box_drained,
	.failed = on_box_failed,
};

/* Those of the connection, on the loop. */
static bool make_events(struct remote *remote)
{
	remote->reader = loop_reader(remote->loop, remote->ssh.out, LOOP_DATA, on_readable, remote);
	remote->errors = loop_reader(remote->loop, remote->ssh.err, LOOP_DATA, on_errors, remote);
	remote->exited = loop_reader(remote->loop, remote->ssh.pidfd, LOOP_DATA, on_ended, remote);
	if (!remote->reader || !remote->errors || !remote->exited)
		return false;
	loop_on(remote->ending ? remote->exited : remote->reader);
	loop_on(remote->errors);
	return true;
}

static void start(struct remote *remote, bool asks)
{
	int err;

	remote->why[0] = '\0';
	remote->line_len = 0;
	remote->state = REMOTE_COMING;
	err = ssh_start(&remote->host, remote->command, asks, &remote->ssh);
	if (!err) {
		remote->in = frame_in_new(true);
		remote->box = outbox_new(remote->loop, remote->ssh.in, &box_ops, remote);
		if (!remote->in || !remote->box || !make_events(remote))
			err = -ENOMEM;
	}
	if (err) {
		lose(remote, strerror(-err));
		return;
	}
	wire_send(remote->box, 0, wire_hello());
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
	uint64_t now = now_ms();
	uint64_t at = remote->timer_at;

	loop_event_free(remote->reader);
	loop_event_free(remote->errors);
	loop_event_free(remote->exited);
	loop_event_free(remote->timer);
	loop_event_free(remote->word);
	remote->reader = NULL;
	remote->errors = NULL;
	remote->exited = NULL;
	remote->loop = loop;
	remote->timer = loop_timer(loop, on_timer, remote);
	remote->word = loop_timer(loop, on_word, remote);
	if (!remote->timer || !remote->word)
		return false;
	if (at)
		set_timer(remote, at > now ? at - now : 0);
	if (remote->state == REMOTE_HERE)
		loop_timer_set(remote->word, WORD_MS);
	if (!remote->box)
		return true;
	return outbox_move(remote->box, loop) && make_events(remote);
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
	uint64_t until = now_ms() + remote->silence_ms;

	/* It says something each second: no turn takes longer. */
	while (!done(arg)) {
		if (remote->joined || remote->state != REMOTE_HERE || now_ms() > until ||
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
	remote->ssh = SSH_NONE;
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
	hang_up(remote);
	loop_event_free(remote->timer);
	loop_event_free(remote->word);
	loop_free(remote->own);
	free(remote->ears);
	free(remote->guests);
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

size_t remote_count(const struct remote *remote)
{
	return remote->count;
}

const struct source_facts *remote_at(const struct remote *remote, size_t index)
{
	return &remote->guests[index];
}

const struct source_facts *remote_find(const struct remote *remote, uint32_t id, uint64_t life)
{
	size_t at = index_of_guest(remote, id);

	if (at == remote->count || remote->guests[at].life != life)
		return NULL;
	return &remote->guests[at];
}

size_t remote_hidden(const struct remote *remote)
{
	return remote->hidden;
}

int remote_ports_error(const struct remote *remote)
{
	return remote->ports_error;
}

int64_t remote_time(const struct remote *remote, int64_t ns)
{
	return ns + remote->shift;
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
		outbox_frame(remote->box, type, channel, bytes, len, NULL, 0);
}

void remote_note(struct remote *remote, uint32_t channel, json_t *note)
{
	if (remote->state == REMOTE_HERE)
		wire_send(remote->box, channel, note);
	else
		json_decref(note);
}
