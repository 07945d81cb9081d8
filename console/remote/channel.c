// SPDX-License-Identifier: GPL-2.0-only
#include "remote/channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "remote/wire.h"
#include "source/feed.h"
#include "source/holder.h"
#include "source/source_port.h"

/* Bytes of a guest in one frame; after it other guests have their turn. */
#define CHUNK 16384

/* Bytes of credit that a channel may have at a time. */
#define CREDIT_MAX (16 * 1024 * 1024)

#define MARKS 256

struct channel {
	struct loop *loop;
	struct outbox *box;
	uint32_t number;
	struct source *src;
	uint64_t pos;	 /* of what is read next */
	uint64_t credit; /* bytes that may be sent */
	bool ended;	 /* no more output comes */
	struct loop_event *reader;
	uint64_t marked; /* position of the last mark that was sent */
	bool has_marks;

	struct feed *feed; /* input for the guest; NULL: it is only read */
	size_t owed;	   /* input bytes and breaks that were not confirmed */
	bool deaf;	   /* input failed, and the near end does not know yet */
	struct source_input input;
	bool asked; /* the near end was told @input */
};

/* Turns reading on if output may be sent, else off. */
static void gate(struct channel *channel)
{
	if (channel->ended || !channel->credit || outbox_full(channel->box))
		loop_off(channel->reader);
	else
		loop_on(channel->reader);
}

static void fail(struct channel *channel, int err)
{
	wire_send(channel->box, channel->number,
		  json_pack("{s:s, s:i}", "say", "failed", "errno", -err));
}

/* Sends the marks before @until that were not sent yet. */
static void tell_marks(struct channel *channel, uint64_t until)
{
	struct source_mark marks[MARKS];
	unsigned char out[MARKS * 16];
	uint64_t at;
	size_t count;

	/* The last mark of each piece is the first of the next one. */
	do {
		size_t n = 0;

		at = channel->has_marks ? channel->marked : channel->pos;
		count = source_marks(channel->src, at, marks, MARKS);
		for (size_t i = 0; i < count && marks[i].pos < until; i++) {
			if (channel->has_marks && marks[i].pos <= channel->marked)
				continue;
			frame_put(out + n, marks[i].pos);
			frame_put(out + n + 8, (uint64_t)marks[i].ns);
			n += 16;
			channel->marked = marks[i].pos;
			channel->has_marks = true;
		}
		if (n)
			outbox_frame(channel->box, FRAME_MARKS, channel->number, out, n, NULL, 0);
	} while (count == MARKS && channel->marked > at && channel->marked == marks[MARKS - 1].pos);
}

static void on_readable(void *arg)
{
	struct channel *channel = arg;
	unsigned char bytes[CHUNK];
	unsigned char pos[8];
	size_t len = channel->credit < CHUNK ? (size_t)channel->credit : CHUNK;
	uint64_t skipped;
	ssize_t n;

	n = source_read(channel->src, bytes, len, &skipped);
	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		channel->ended = true;
		if (n < 0)
			fail(channel, (int)n);
		else
			outbox_frame(channel->box, FRAME_END, channel->number, NULL, 0, NULL, 0);
	} else {
		channel->pos += skipped;
		tell_marks(channel, channel->pos + (uint64_t)n);
		/* The position of the bytes tells how many are missing before them. */
		frame_put(pos, channel->pos);
		outbox_frame(channel->box, FRAME_BYTES, channel->number, pos, sizeof(pos), bytes,
			     (size_t)n);
		channel->pos += (uint64_t)n;
		channel->credit -= (uint64_t)n;
	}
	gate(channel);
}

static void confirm(struct channel *channel)
{
	size_t queued = feed_queued(channel->feed) + feed_breaks(channel->feed);
	unsigned char count[8];

	if (channel->owed == queued)
		return;
	frame_put(count, channel->owed - queued);
	channel->owed = queued;
	outbox_frame(channel->box, FRAME_CREDIT, channel->number, count, sizeof(count), NULL, 0);
}

static void on_taken(void *arg)
{
	confirm(arg);
}

static void on_failed(int err, void *arg)
{
	struct channel *channel = arg;

	channel->deaf = true;
	wire_send(channel->box, channel->number,
		  json_pack("{s:s, s:i}", "say", "unsent", "errno", -err));
}

static const struct feed_ops feed_ops = {
	.taken = on_taken,
	.failed = on_failed,
};

static int make_feed(struct channel *channel)
{
	feed_free(channel->feed);
	channel->owed = 0;
	channel->feed =
		feed_new(channel->loop, channel->src, WIRE_INPUT_WINDOW, &feed_ops, channel);
	return channel->feed ? 0 : -ENOMEM;
}

/* Opens the guest of a note, at the note's position. @writes: may write; cleared if it cannot. */
static int open_source(struct channel *channel, json_t *note, bool *writes)
{
	struct source_facts facts;
	uint64_t port;
	uint64_t life;
	int err;

	*writes = *writes && json_is_true(json_object_get(note, "write"));
	if (!wire_number(note, "port", UINT32_MAX, &port) ||
	    !wire_number(note, "life", INT64_MAX, &life) ||
	    !wire_number(note, "pos", INT64_MAX, &channel->pos) ||
	    !wire_number(note, "credit", CREDIT_MAX, &channel->credit))
		return -EPROTO;
	err = port_open((uint32_t)port, *writes, &channel->src);
	if (*writes && (err == -EACCES || err == -EPERM || err == -EROFS)) {
		*writes = false;
		err = port_open((uint32_t)port, false, &channel->src);
	}
	if (err) {
		channel->src = NULL;
		return err;
	}
	err = source_facts(channel->src, &facts);
	if (err)
		return err;
	/* Ports get the same numbers again after the module was loaded again. */
	if (facts.life != life)
		return -ENOENT;
	*writes = *writes && facts.live;
	return source_seek(channel->src, channel->pos);
}

struct channel *channel_open(struct loop *loop, struct outbox *box, uint32_t number, json_t *note,
			     bool read_only)
{
	struct channel *channel = calloc(1, sizeof(*channel));
	bool writes = !read_only;
	int err = -ENOMEM;

	if (!channel)
		goto refuse;
	channel->loop = loop;
	channel->box = box;
	channel->number = number;
	err = open_source(channel, note, &writes);
	if (err)
		goto refuse;
	channel->reader = loop_reader(loop, channel->src->fd, LOOP_DATA, on_readable, channel);
	err = channel->reader ? 0 : -ENOMEM;
	if (!err && writes)
		err = make_feed(channel);
	if (err)
		goto refuse;
	wire_send(box, number, json_pack("{s:s, s:b}", "say", "opened", "write", writes));
	gate(channel);
	return channel;

refuse:
	wire_send(box, number, json_pack("{s:s, s:i}", "say", "failed", "errno", -err));
	channel_close(channel);
	return NULL;
}

void channel_close(struct channel *channel)
{
	if (!channel)
		return;
	feed_free(channel->feed);
	loop_event_free(channel->reader);
	source_close(channel->src);
	free(channel);
}

uint32_t channel_number(const struct channel *channel)
{
	return channel->number;
}

bool channel_credit(struct channel *channel, uint64_t count)
{
	if (count > CREDIT_MAX - channel->credit)
		return false;
	channel->credit += count;
	gate(channel);
	return true;
}

bool channel_input(struct channel *channel, const void *bytes, size_t len)
{
	/* Input that was under way when other input failed is lost, which was reported. */
	if (!channel->feed || channel->deaf)
		return true;
	if (feed_bytes(channel->feed, bytes, len))
		return false;
	channel->owed += len;
	feed_flush(channel->feed);
	return true;
}

bool channel_break(struct channel *channel)
{
	if (!channel->feed || channel->deaf)
		return true;
	if (feed_break(channel->feed))
		return false;
	channel->owed++;
	feed_flush(channel->feed);
	return true;
}

bool channel_again(struct channel *channel)
{
	if (!channel->deaf)
		return false;
	channel->deaf = false;
	if (!make_feed(channel))
		return true;
	fail(channel, -ENOMEM);
	return true;
}

static void tell_input(struct channel *channel, bool answer, int err)
{
	struct source_input input = channel->input;

	/* Only this host can find out who that is. */
	input.about[0] = '\0';
	if (input.other || input.lost)
		holder_about(&channel->input, input.about);
	wire_send(channel->box, channel->number, wire_input(&input, answer, err));
	channel->asked = true;
}

bool channel_act(struct channel *channel, json_t *note)
{
	enum source_act act;
	int err;

	if (!wire_act_read(note, &act))
		return false;
	err = source_input(channel->src, channel->feed ? act : SOURCE_ASK, &channel->input);
	if (!channel->feed && act != SOURCE_ASK)
		err = -EACCES;
	tell_input(channel, true, err);
	return true;
}

void channel_seek(struct channel *channel, json_t *note)
{
	int err = -EPROTO;

	if (wire_number(note, "pos", INT64_MAX, &channel->pos) &&
	    wire_number(note, "credit", CREDIT_MAX, &channel->credit))
		err = source_seek(channel->src, channel->pos);
	channel->ended = err;
	channel->has_marks = false;
	if (err)
		fail(channel, err);
	else
		wire_send(channel->box, channel->number, json_pack("{s:s}", "say", "sought"));
	gate(channel);
}

void channel_marks(struct channel *channel, json_t *note)
{
	struct source_mark marks[MARKS];
	json_t *pairs = json_array();
	uint64_t count = 0;
	uint64_t pos;

	if (wire_number(note, "pos", INT64_MAX, &pos) &&
	    wire_number(note, "count", INT32_MAX, &count))
		count = source_marks(channel->src, pos, marks, count < MARKS ? count : MARKS);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(pairs, json_pack("[I, I]", (json_int_t)marks[i].pos,
						       (json_int_t)marks[i].ns));
	wire_send(channel->box, channel->number,
		  json_pack("{s:s, s:o}", "say", "marks", "marks", pairs));
}

void channel_resume(struct channel *channel)
{
	gate(channel);
}

void channel_tick(struct channel *channel)
{
	struct source_input input;
	int err;

	if (!channel->asked || channel->ended)
		return;
	err = source_input(channel->src, SOURCE_ASK, &input);
	if (err || (input.mine == channel->input.mine && input.other == channel->input.other &&
		    input.pid == channel->input.pid && !input.lost))
		return;
	channel->input = input;
	tell_input(channel, false, 0);
}
