// SPDX-License-Identifier: GPL-2.0-only
#include "remote/source_remote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/gate.h"
#include "remote/mirror.h"
#include "remote/wire.h"

/* Bytes of output that may be on their way; twice as many are kept. */
#define WINDOW (128 * 1024)
#define KEPT (2 * WINDOW)

/* Credit is given in pieces of at least so many bytes. */
#define CREDIT_STEP (WINDOW / 4)

/* Bytes of input in one frame. */
#define INPUT_CHUNK 16384

/* Breaks that may be on their way. */
#define BREAKS 32

enum opening {
	CLOSED,	 /* not asked for */
	OPENING, /* and not answered */
	OPEN,
};

struct source_remote {
	struct source src;
	struct remote *remote;
	struct gate gate;
	uint32_t channel;
	uint32_t id;
	uint64_t life;
	bool writable;
	bool joined;
	struct source_facts facts; /* as they were known last */

	/* Output. */
	enum opening opening;
	unsigned int seeking; /* bytes that come are none of those that are wanted now */
	bool wanted;	      /* it was asked for, and is again when the host comes back */
	struct mirror *mirror;
	uint64_t pos;	  /* of what is read next */
	uint64_t granted; /* up to this position bytes may come */
	bool ended;	  /* nothing comes behind the mirror */
	int err;	  /* why, a negative errno; 0: its end */

	/* Input. */
	size_t unsure; /* bytes and breaks on their way */
	unsigned int breaks;
	bool flushing; /* writable when nothing is on its way */
	int input_err; /* why the last of it did not arrive; told once */
	struct source_input input;
	unsigned int asked; /* questions about it that were not answered yet */
	bool known;	    /* one was asked: the other side tells when it changes */
	int answer;	    /* the negative errno of the last */

	/* Marks that were asked for. */
	struct source_mark *marks;
	size_t marks_room;
	size_t marks_count;
	bool marks_came;
};

static struct source_remote *to_remote(struct source *src)
{
	return (struct source_remote *)((char *)src - offsetof(struct source_remote, src));
}

static bool is_here(const struct source_remote *source)
{
	return remote_state(source->remote) == REMOTE_HERE;
}

/* What the descriptor says. */
static void set_gate(struct source_remote *source)
{
	uint64_t newest = mirror_newest(source->mirror);
	bool room = source->unsure < WIRE_INPUT_WINDOW && source->breaks < BREAKS;
	/* Who waits for it has to ask first. */
	bool idle = source->opening == CLOSED && !source->ended && is_here(source);

	if (source->flushing)
		room = !source->unsure;
	gate_set_readable(&source->gate, source->pos < newest || source->ended || idle);
	gate_set_writable(&source->gate,
			  source->input_err || source->ended || idle ||
				  (source->opening == OPEN && is_here(source) && room));
}

/* Looks at what is known of it now. */
static bool refresh(struct source_remote *source)
{
	const struct source_facts *facts =
		roster_find(remote_roster(source->remote), source->id, source->life);

	if (!facts)
		return false;
	source->facts = *facts;
	if (source->facts.tx_newest < mirror_newest(source->mirror))
		source->facts.tx_newest = mirror_newest(source->mirror);
	return true;
}

static void ask_input(struct source_remote *source, enum source_act act)
{
	if (!is_here(source))
		return;
	source->known = true;
	source->asked++;
	remote_note(source->remote, source->channel,
		    json_pack("{s:s, s:s}", "say", "input", "act", wire_act(act)));
}

/* Asks for its output from @pos on, whatever was asked for before. */
static void subscribe(struct source_remote *source, uint64_t pos)
{
	source->wanted = true;
	source->ended = false;
	source->err = 0;
	if (pos != mirror_newest(source->mirror))
		mirror_begin(source->mirror, pos);
	if (!is_here(source))
		return;
	source->granted = source->pos + WINDOW;
	if (source->granted < pos)
		source->granted = pos;
	if (source->opening != CLOSED) {
		/* The same file over there: what is typed, and who may type, stays. */
		source->seeking++;
		remote_note(source->remote, source->channel,
			    json_pack("{s:s, s:I, s:I}", "say", "seek", "pos", (json_int_t)pos,
				      "credit", (json_int_t)(source->granted - pos)));
		return;
	}
	source->opening = OPENING;
	remote_note(source->remote, source->channel,
		    json_pack("{s:s, s:I, s:I, s:I, s:I, s:b}", "say", "open", "port",
			      (json_int_t)source->id, "life", (json_int_t)source->life, "pos",
			      (json_int_t)pos, "credit", (json_int_t)(source->granted - pos),
			      "write", source->writable));
}

/* More may come as room is made. */
static void grant(struct source_remote *source)
{
	uint64_t to = source->pos + WINDOW;
	unsigned char count[8];

	if (source->opening == CLOSED || source->ended || to < source->granted + CREDIT_STEP)
		return;
	frame_put(count, to - source->granted);
	source->granted = to;
	remote_send(source->remote, FRAME_CREDIT, source->channel, count, sizeof(count));
}

/* What was asked for on it is not answered any more. */
static void close_channel(struct source_remote *source)
{
	if (source->opening != CLOSED)
		remote_note(source->remote, source->channel, json_pack("{s:s}", "say", "close"));
	source->channel = remote_listen_anew(source->remote, source->channel);
	source->opening = CLOSED;
	source->seeking = 0;
	source->known = false;
	source->asked = 0;
}

static void finish(struct source_remote *source, int err)
{
	source->ended = true;
	source->err = err;
	close_channel(source);
}

/* What is on its way does not arrive. */
static void lose_input(struct source_remote *source, int err)
{
	source->input_err = err;
	source->unsure = 0;
	source->breaks = 0;
}

/* What comes. */

static void on_up(void *arg)
{
	struct source_remote *source = arg;
	bool mine = source->input.mine;

	if (!source->wanted || (source->ended && !source->err)) {
		set_gate(source);
		return;
	}
	if (source->pos < mirror_oldest(source->mirror) ||
	    source->pos > mirror_newest(source->mirror))
		subscribe(source, source->pos);
	else
		subscribe(source, mirror_newest(source->mirror));
	if (mine)
		ask_input(source, SOURCE_TAKE);
	set_gate(source);
}

static void on_down(void *arg)
{
	struct source_remote *source = arg;

	close_channel(source);
	if (source->unsure) {
		remote_say(source->remote,
			   "%zu bytes of input for %s were on their way: they may not have arrived",
			   source->unsure, source->facts.name);
		lose_input(source, -ECONNRESET);
	}
	set_gate(source);
}

static bool take_bytes(struct source_remote *source, const struct frame *frame)
{
	uint64_t pos = frame_get(frame->payload);
	size_t len = frame->len - 8;

	/* No more than may come, wherever it begins. */
	if (len > source->granted - mirror_newest(source->mirror))
		return false;
	if (pos < mirror_newest(source->mirror))
		return false;
	/* What is missing needs no room. */
	source->granted += pos - mirror_newest(source->mirror);
	return mirror_add(source->mirror, pos, frame->payload + 8, len);
}

static void take_marks(struct source_remote *source, const struct frame *frame)
{
	for (size_t i = 0; i < frame->len; i += 16) {
		uint64_t pos = frame_get(frame->payload + i);
		uint64_t ns = frame_get(frame->payload + i + 8);

		if (ns && ns < INT64_MAX / 4)
			mirror_mark(source->mirror, pos,
				    roster_time(remote_roster(source->remote), (int64_t)ns));
	}
}

static bool take_credit(struct source_remote *source, uint64_t count)
{
	if (count > source->unsure)
		return false;
	source->unsure -= (size_t)count;
	if (!source->unsure)
		source->breaks = 0;
	return true;
}

static void on_frame(const struct frame *frame, void *arg)
{
	struct source_remote *source = arg;
	bool fine = true;

	if (source->opening == CLOSED)
		return;
	/* From where it was read before. */
	if (source->seeking && frame->type != FRAME_CREDIT)
		return;
	switch (frame->type) {
	case FRAME_BYTES:
		fine = take_bytes(source, frame);
		break;
	case FRAME_MARKS:
		take_marks(source, frame);
		break;
	case FRAME_END:
		finish(source, 0);
		break;
	case FRAME_CREDIT:
		fine = take_credit(source, frame_get(frame->payload));
		break;
	}
	if (!fine) {
		remote_say(source->remote, "what it sends of %s makes no sense",
			   source->facts.name);
		finish(source, -EPROTO);
	}
	set_gate(source);
}

/* Pairs of a position and a time. */
static void keep_marks(struct source_remote *source, json_t *note)
{
	json_t *pairs = json_object_get(note, "marks");

	source->marks_came = true;
	for (size_t i = 0; i < json_array_size(pairs) && source->marks_count < source->marks_room;
	     i++) {
		json_t *pair = json_array_get(pairs, i);
		json_int_t pos = json_integer_value(json_array_get(pair, 0));
		json_int_t ns = json_integer_value(json_array_get(pair, 1));

		if (pos >= 0 && ns > 0 && ns < INT64_MAX / 4)
			source->marks[source->marks_count++] = (struct source_mark){
				(uint64_t)pos, roster_time(remote_roster(source->remote), ns)
			};
	}
}

static void take_input(struct source_remote *source, json_t *note)
{
	struct source_input input;
	bool answer;
	int err;

	if (!wire_input_read(note, &input, &answer, &err))
		return;
	if (answer && source->asked)
		source->asked--;
	/* It was so before what is asked for now. */
	if (source->asked)
		return;
	/* It was not to be had, or is not ours any more: who is not told yet will be. */
	input.lost |= (source->input.mine && !input.mine && input.other) || source->input.lost;
	source->input = input;
	source->answer = err;
}

static void on_note(const char *say, json_t *note, void *arg)
{
	struct source_remote *source = arg;

	if (!strcmp(say, "opened") && source->opening == OPENING) {
		source->opening = OPEN;
		source->writable &= json_is_true(json_object_get(note, "write"));
	} else if (!strcmp(say, "sought") && source->seeking) {
		source->seeking--;
	} else if (!strcmp(say, "failed")) {
		finish(source, wire_errno(note));
	} else if (!strcmp(say, "unsent")) {
		lose_input(source, wire_errno(note));
		remote_note(source->remote, source->channel, json_pack("{s:s}", "say", "again"));
	} else if (!strcmp(say, "input")) {
		take_input(source, note);
	} else if (!strcmp(say, "marks")) {
		keep_marks(source, note);
	}
	set_gate(source);
}

static const struct remote_ear ear = {
	.up = on_up,
	.down = on_down,
	.frame = on_frame,
	.note = on_note,
};

/* What is asked for. */

static bool has_more(void *arg)
{
	struct source_remote *source = arg;

	return source->ended || source->pos < mirror_newest(source->mirror);
}

static ssize_t remote_read(struct source *src, void *buf, size_t len, uint64_t *skipped)
{
	struct source_remote *source = to_remote(src);
	size_t n;

	*skipped = 0;
	if (source->pos < mirror_oldest(source->mirror) ||
	    source->pos > mirror_newest(source->mirror))
		subscribe(source, source->pos);
	else if (source->opening == CLOSED && !source->ended)
		subscribe(source, mirror_newest(source->mirror));
	/* Before there is a loop, history that is there is waited for. */
	if (!source->joined && source->pos < source->facts.tx_newest)
		remote_wait(source->remote, has_more, source);
	n = mirror_copy(source->mirror, &source->pos, buf, len, skipped);
	if (n) {
		grant(source);
		set_gate(source);
		return (ssize_t)n;
	}
	set_gate(source);
	if (!source->ended)
		return -EAGAIN;
	/* A guest that went while the host was away, too, has ended. */
	if (!source->err || source->err == -ENOENT || source->err == -ENODEV)
		return 0;
	return source->err;
}

static int remote_seek(struct source *src, uint64_t pos)
{
	struct source_remote *source = to_remote(src);

	refresh(source);
	if (pos > source->facts.tx_newest)
		return -EINVAL;
	source->pos = pos;
	set_gate(source);
	return 0;
}

/* Whether input can be taken now: 0, or a negative errno. */
static int may_write(struct source_remote *source)
{
	int err = source->input_err;

	source->flushing = false;
	source->input_err = 0;
	if (source->opening == CLOSED && !source->ended && !err)
		subscribe(source, mirror_newest(source->mirror));
	if (!err && source->ended)
		err = -ENODEV;
	if (!err && !source->writable)
		err = -EACCES;
	if (!err && (source->opening != OPEN || !is_here(source)))
		err = -EAGAIN;
	set_gate(source);
	return err;
}

static ssize_t remote_write(struct source *src, const void *buf, size_t len)
{
	struct source_remote *source = to_remote(src);
	const unsigned char *from = buf;
	size_t room;
	size_t n;
	int err;

	err = may_write(source);
	if (err)
		return err;
	room = WIRE_INPUT_WINDOW - source->unsure;
	if (!room)
		return -EAGAIN;
	len = len < room ? len : room;
	for (size_t at = 0; at < len; at += n) {
		n = len - at < INPUT_CHUNK ? len - at : INPUT_CHUNK;
		remote_send(source->remote, FRAME_INPUT, source->channel, from + at, n);
	}
	source->unsure += len;
	set_gate(source);
	return (ssize_t)len;
}

static int remote_break(struct source *src)
{
	struct source_remote *source = to_remote(src);
	int err = may_write(source);

	if (err)
		return err;
	if (source->breaks == BREAKS || source->unsure == WIRE_INPUT_WINDOW)
		return -EAGAIN;
	remote_send(source->remote, FRAME_BREAK, source->channel, NULL, 0);
	source->breaks++;
	source->unsure++;
	set_gate(source);
	return 0;
}

static int remote_flush(struct source *src)
{
	struct source_remote *source = to_remote(src);
	int err = source->input_err;

	source->input_err = 0;
	source->flushing = !err && source->unsure;
	set_gate(source);
	if (err)
		return err;
	return source->unsure ? -EAGAIN : 0;
}

static int remote_facts(struct source *src, struct source_facts *facts)
{
	struct source_remote *source = to_remote(src);
	bool known = refresh(source);

	*facts = source->facts;
	if (!is_here(source))
		return -EHOSTDOWN;
	return known ? 0 : -ENODEV;
}

static int remote_reap(struct source *src)
{
	struct source_remote *source = to_remote(src);

	if (!is_here(source))
		return -EHOSTDOWN;
	if (!refresh(source))
		return 0;
	if (source->facts.live)
		return -EBUSY;
	remote_note(source->remote, 0,
		    json_pack("{s:s, s:I, s:I}", "say", "reap", "port", (json_int_t)source->id,
			      "life", (json_int_t)source->life));
	remote_forget(source->remote, source->id);
	return 0;
}

static bool marks_came(void *arg)
{
	struct source_remote *source = arg;

	return source->marks_came || source->ended;
}

static size_t remote_marks(struct source *src, uint64_t pos, struct source_mark *marks,
			   size_t count)
{
	struct source_remote *source = to_remote(src);

	if (source->joined)
		return mirror_marks(source->mirror, pos, marks, count);
	if (source->opening == CLOSED && !source->ended)
		subscribe(source, source->pos);
	source->marks = marks;
	source->marks_room = count;
	source->marks_count = 0;
	source->marks_came = false;
	remote_note(source->remote, source->channel,
		    json_pack("{s:s, s:I, s:I}", "say", "marks", "pos", (json_int_t)pos, "count",
			      (json_int_t)count));
	if (!remote_wait(source->remote, marks_came, source))
		source->marks_count = 0;
	source->marks_room = 0;
	return source->marks_count;
}

static bool was_answered(void *arg)
{
	struct source_remote *source = arg;

	return !source->asked || source->ended;
}

/* What the other side will say, if nothing has changed there. */
static int guess(struct source_remote *source, enum source_act act)
{
	switch (act) {
	case SOURCE_TAKE:
		if (source->input.other)
			return -EBUSY;
		/* fall through */
	case SOURCE_SEIZE:
		source->input = (struct source_input){ .mine = true };
		break;
	case SOURCE_GIVE:
		source->input.mine = false;
		break;
	case SOURCE_ASK:
		break;
	}
	return 0;
}

static int remote_input(struct source *src, enum source_act act, struct source_input *input)
{
	struct source_remote *source = to_remote(src);
	int err;

	if (!is_here(source) && act != SOURCE_GIVE)
		return -EHOSTDOWN;
	if (source->opening == CLOSED && !source->ended)
		subscribe(source, mirror_newest(source->mirror));
	if (act != SOURCE_ASK || !source->known)
		ask_input(source, act);
	if (!source->joined && remote_wait(source->remote, was_answered, source))
		err = source->answer;
	else
		err = guess(source, act);
	*input = source->input;
	source->input.lost = false;
	return err;
}

static int remote_again(struct source *src)
{
	struct source_remote *source = to_remote(src);

	if (!is_here(source))
		return -EHOSTDOWN;
	return refresh(source) && source->facts.live && !source->ended ? 0 : -ENODEV;
}

static int remote_join_loop(struct source *src, struct loop *loop)
{
	struct source_remote *source = to_remote(src);

	if (source->joined == (loop != NULL))
		return 0;
	source->joined = loop;
	if (loop)
		return remote_join(source->remote, loop);
	remote_leave(source->remote);
	return 0;
}

static void remote_close(struct source *src)
{
	struct source_remote *source = to_remote(src);

	close_channel(source);
	source_leave(src);
	remote_unlisten(source->remote, source->channel);
	gate_close(&source->gate);
	mirror_free(source->mirror);
	free(source);
}

static const struct source_ops remote_ops = {
	.read = remote_read,
	.seek = remote_seek,
	.write = remote_write,
	.send_break = remote_break,
	.facts = remote_facts,
	.reap = remote_reap,
	.marks = remote_marks,
	.input = remote_input,
	.again = remote_again,
	.flush = remote_flush,
	.join = remote_join_loop,
	.close = remote_close,
};

int remote_source(struct remote *remote, uint32_t id, uint64_t life, bool writable,
		  struct source **src)
{
	struct source_remote *source = calloc(1, sizeof(*source));
	int err;

	if (!source)
		return -ENOMEM;
	err = gate_open(&source->gate);
	if (err) {
		free(source);
		return err;
	}
	source->src.ops = &remote_ops;
	source->src.fd = source->gate.fd;
	source->remote = remote;
	source->id = id;
	source->life = life;
	source->writable = writable;
	source->mirror = mirror_new(KEPT);
	source->channel = source->mirror ? remote_listen(remote, &ear, source) : 0;
	if (!source->channel) {
		gate_close(&source->gate);
		mirror_free(source->mirror);
		free(source);
		return -ENOMEM;
	}
	if (!refresh(source)) {
		remote_close(&source->src);
		return -ENOENT;
	}
	source->pos = source->facts.tx_newest;
	mirror_begin(source->mirror, source->pos);
	set_gate(source);
	*src = &source->src;
	return 0;
}
