// SPDX-License-Identifier: GPL-2.0-only
#include "remote/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/status.h"
#include "remote/channel.h"
#include "remote/errand.h"
#include "remote/wire.h"
#include "source/ports.h"
#include "source/source_port.h"

/* How often guests are looked at. */
#define TICK_MS 1000

/* A near end that is silent for more ticks is gone: the inputs that it holds are released. */
#define SILENCE_TICKS 90

/* Channels that are open at a time, at most. */
#define CHANNELS 1024

/* Guests in one note: everything that is known of one takes about 700 bytes. */
#define GUESTS_IN_NOTE 50

struct server {
	struct loop *loop;
	struct server_options options;
	int in_fd;
	struct frame_in *in;
	struct outbox *box;
	struct loop_event *reader;
	struct loop_event *tick;
	unsigned int silence; /* ticks */
	bool greeted;	      /* the hello of the other side has come */
	int status;	      /* negative: it has not ended */
	struct ports known;   /* as they were reported last */
	int known_err;
	bool told; /* they were reported at least once */
	struct channel **channels;
	size_t count;
	struct errand *errand;
	uint32_t errand_number;
};

static void stop(struct server *server, int status)
{
	server->status = status;
	loop_stop(server->loop);
}

/* The near end breaks the protocol: prints how, and ends the connection. */
static void refuse(struct server *server, const char *why)
{
	msg_error("serve: the connection to the near end is closed: %s", why);
	stop(server, STATUS_FAILED);
}

static int by_id(const void *a, const void *b)
{
	const struct source_facts *x = a;
	const struct source_facts *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* Ports are in the order of their numbers. */
static const struct source_facts *find(const struct ports *ports, const struct source_facts *facts)
{
	if (!ports->count)
		return NULL;
	return bsearch(facts, ports->all, ports->count, sizeof(*facts), by_id);
}

static void send_guests(struct server *server, json_t *changed, json_t *gone, bool all, bool more)
{
	wire_send(server->box, 0,
		  json_pack("{s:s, s:b, s:b, s:o, s:o, s:I, s:i}", "say", "guests", "all", all,
			    "more", more, "guests", changed, "gone", gone, "hidden",
			    (json_int_t)server->known.hidden, "errno", -server->known_err));
}

/* Sends what has changed since the last time. */
static void tell_guests(struct server *server)
{
	struct ports now;
	int err = ports_look(&now, NULL, NULL);
	bool all = !server->told;
	bool news = all || err != server->known_err || now.hidden != server->known.hidden;
	json_t *changed = json_array();
	json_t *gone = json_array();

	server->known_err = err;
	for (size_t i = 0; i < server->known.count; i++)
		if (!find(&now, &server->known.all[i]))
			json_array_append_new(gone,
					      json_integer((json_int_t)server->known.all[i].id));
	for (size_t i = 0; i < now.count; i++) {
		const struct source_facts *before = find(&server->known, &now.all[i]);

		if (!all && before && !memcmp(before, &now.all[i], sizeof(*before)))
			continue;
		if (json_array_size(changed) == GUESTS_IN_NOTE) {
			send_guests(server, changed, gone, all, true);
			all = false;
			changed = json_array();
			gone = json_array();
		}
		json_array_append_new(changed, wire_facts(&now.all[i]));
		news = true;
	}
	news = news || json_array_size(gone);
	ports_free(&server->known);
	server->known = now;
	server->told = true;
	if (news) {
		send_guests(server, changed, gone, all, false);
	} else {
		json_decref(changed);
		json_decref(gone);
	}
}

static void tell_time(struct server *server)
{
	json_t *note = json_pack("{s:s}", "say", "tick");

	wire_clocks(note);
	wire_send(server->box, 0, note);
}

static void on_tick(void *arg)
{
	struct server *server = arg;

	if (++server->silence > SILENCE_TICKS) {
		refuse(server, "it was silent for too long");
		return;
	}
	/* A near end that does not read gets nothing more to read. */
	if (server->greeted && !outbox_full(server->box)) {
		tell_guests(server);
		tell_time(server);
		for (size_t i = 0; i < server->count; i++)
			channel_tick(server->channels[i]);
	}
	loop_timer_set(server->tick, TICK_MS);
}

static size_t index_of(const struct server *server, uint32_t number)
{
	size_t i;

	for (i = 0; i < server->count; i++)
		if (channel_number(server->channels[i]) == number)
			break;
	return i;
}

static void open_channel(struct server *server, uint32_t number, json_t *note)
{
	struct channel *channel;

	if (index_of(server, number) < server->count || server->count == CHANNELS) {
		refuse(server, "it opens a channel that is open already, or too many");
		return;
	}
	channel = channel_open(server->loop, server->box, number, note, server->options.read_only);
	if (channel)
		server->channels[server->count++] = channel;
}

static void close_channel(struct server *server, size_t index)
{
	if (index == server->count)
		return;
	channel_close(server->channels[index]);
	server->channels[index] = server->channels[--server->count];
}

static void errand_done(int status, void *arg)
{
	struct server *server = arg;

	wire_send(server->box, server->errand_number,
		  json_pack("{s:s, s:i}", "say", "ran", "status", status));
	errand_free(server->errand);
	server->errand = NULL;
	/* The near end knows what the errand has changed before it asks for more. */
	tell_guests(server);
}

static void run_errand(struct server *server, uint32_t number, json_t *note)
{
	json_t *words = json_object_get(note, "words");
	int err = 0;

	if (server->errand) {
		err = EBUSY;
	} else if (!errand_allowed(words, server->options.read_only)) {
		err = EACCES;
	} else {
		server->errand_number = number;
		server->errand =
			errand_new(server->loop, words, server->box, number, errand_done, server);
		err = server->errand ? 0 : EAGAIN;
	}
	if (err)
		wire_send(server->box, number,
			  json_pack("{s:s, s:i}", "say", "failed", "errno", err));
}

static int reap_port(json_t *note)
{
	struct source_facts facts;
	struct source *src;
	uint64_t port;
	uint64_t life;
	int err;

	if (!wire_number(note, "port", UINT32_MAX, &port) ||
	    !wire_number(note, "life", INT64_MAX, &life))
		return -EPROTO;
	err = port_open((uint32_t)port, true, &src);
	if (err)
		return err;
	err = source_facts(src, &facts);
	if (!err)
		err = facts.life == life ? source_reap(src) : -ENOENT;
	source_close(src);
	return err;
}

static void reap(struct server *server, uint32_t number, json_t *note)
{
	int err = server->options.read_only ? -EACCES : reap_port(note);

	wire_send(server->box, number, json_pack("{s:s, s:i}", "say", "reaped", "errno", -err));
	tell_guests(server);
}

static void greeted(struct server *server, json_t *note)
{
	struct wire_hello hello;
	const char *why;

	if (!wire_hello_read(note, &hello, &why)) {
		refuse(server, why);
		return;
	}
	server->greeted = true;
	tell_guests(server);
}

static void note_for_channel(struct server *server, const char *say, uint32_t number, json_t *note)
{
	size_t index = index_of(server, number);

	/* The near end may not know yet that the channel has failed here. */
	if (index == server->count)
		return;
	if (!strcmp(say, "close"))
		close_channel(server, index);
	else if (!strcmp(say, "seek"))
		channel_seek(server->channels[index], note);
	else if (!strcmp(say, "marks"))
		channel_marks(server->channels[index], note);
	else if (!strcmp(say, "input") && !channel_act(server->channels[index], note))
		refuse(server, "it asks for the input in an unknown way");
	else if (!strcmp(say, "again") && !channel_again(server->channels[index]))
		refuse(server, "it acknowledges failed input where none has failed");
}

static void on_note(struct server *server, const struct frame *frame)
{
	const char *say;
	json_t *note = wire_read(frame, &say);

	if (!note) {
		refuse(server, "it sends a note that is not JSON, or says nothing");
		return;
	}
	if (!server->greeted && strcmp(say, "hello"))
		refuse(server, "it does not say hello first");
	else if (!strcmp(say, "hello"))
		greeted(server, note);
	else if (!strcmp(say, "open"))
		open_channel(server, frame->channel, note);
	else if (!strcmp(say, "reap"))
		reap(server, frame->channel, note);
	else if (!strcmp(say, "run"))
		run_errand(server, frame->channel, note);
	else
		note_for_channel(server, say, frame->channel, note);
	json_decref(note);
}

static void on_frame(struct server *server, const struct frame *frame)
{
	size_t index = index_of(server, frame->channel);
	struct channel *channel = index < server->count ? server->channels[index] : NULL;
	bool fine = true;

	server->silence = 0;
	if (frame->type == FRAME_NOTE) {
		on_note(server, frame);
		return;
	}
	if (!server->greeted) {
		refuse(server, "it does not say hello first");
		return;
	}
	switch (frame->type) {
	case FRAME_CREDIT:
		fine = !channel || channel_credit(channel, frame_get(frame->payload));
		break;
	case FRAME_INPUT:
		fine = !channel || channel_input(channel, frame->payload, frame->len);
		break;
	case FRAME_BREAK:
		fine = !channel || channel_break(channel);
		break;
	default:
		fine = false;
		break;
	}
	if (!fine)
		refuse(server, "it sends what is not allowed, or more than is allowed");
}

static void on_readable(void *arg)
{
	struct server *server = arg;
	enum frame_result result = FRAME_MORE;
	struct frame frame;
	unsigned char *room;
	size_t len;
	ssize_t n;

	room = frame_in_room(server->in, &len);
	n = read(server->in_fd, room, len);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		/* The ordinary end looks the same. */
		stop(server, STATUS_OK);
		return;
	}
	frame_in_added(server->in, (size_t)n);
	while (server->status < 0 && (result = frame_in_next(server->in, &frame)) == FRAME_ONE)
		on_frame(server, &frame);
	if (result == FRAME_WRONG)
		refuse(server, frame_in_why(server->in));
	/* While answers wait to be sent, no more questions are read. */
	if (outbox_full(server->box))
		loop_off(server->reader);
}

static void on_drained(void *arg)
{
	struct server *server = arg;

	loop_on(server->reader);
	for (size_t i = 0; i < server->count; i++)
		channel_resume(server->channels[i]);
	if (server->errand)
		errand_resume(server->errand);
}

static void on_failed(int err, void *arg)
{
	/* With EPIPE the near end has gone, which is an ordinary end. */
	if (err == -EPIPE) {
		stop(arg, STATUS_OK);
		return;
	}
	msg_error("serve: cannot write to the near end: %s", strerror(-err));
	stop(arg, STATUS_FAILED);
}

static const struct outbox_ops outbox_ops = {
	.drained = on_drained,
	.failed = on_failed,
};

struct server *server_new(struct loop *loop, int in, int out, const struct server_options *options)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server)
		return NULL;
	server->loop = loop;
	server->options = *options;
	server->in_fd = in;
	server->status = -1;
	server->in = frame_in_new(false);
	server->box = outbox_new(loop, out, &outbox_ops, server);
	server->reader = loop_reader(loop, in, LOOP_KEYS, on_readable, server);
	server->tick = loop_timer(loop, on_tick, server);
	server->channels = calloc(CHANNELS, sizeof(struct channel *));
	if (!server->in || !server->box || !server->reader || !server->tick || !server->channels) {
		server_free(server);
		return NULL;
	}
	wire_send(server->box, 0, wire_hello());
	loop_on(server->reader);
	loop_timer_set(server->tick, TICK_MS);
	return server;
}

int server_status(const struct server *server)
{
	return server->status < 0 ? STATUS_OK : server->status;
}

void server_free(struct server *server)
{
	if (!server)
		return;
	errand_free(server->errand);
	while (server->count)
		channel_close(server->channels[--server->count]);
	free(server->channels);
	ports_free(&server->known);
	loop_event_free(server->tick);
	loop_event_free(server->reader);
	outbox_free(server->box);
	frame_in_free(server->in);
	free(server);
}
