// SPDX-License-Identifier: GPL-2.0-only
#include "remote/source_remote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "remote/subscription.h"

/* Bytes of input in one frame. */
#define INPUT_CHUNK 16384

struct source_remote {
	struct source src;
	struct subscription sub;
	bool joined; /* it has joined a loop: answers are not waited for */
};

static struct source_remote *to_remote(struct source *src)
{
	return (struct source_remote *)((char *)src - offsetof(struct source_remote, src));
}

static struct subscription *to_subscription(struct source *src)
{
	return &to_remote(src)->sub;
}

/* Waits for an answer; only while it has joined no loop. */
static int wait_for(struct subscription *sub, bool (*done)(void *arg))
{
	char what[SOURCE_NAME_SIZE + 32];
	int err;

	snprintf(what, sizeof(what), "an answer about %s", sub->facts.name);
	err = remote_wait(sub->remote, done, sub, what);
	if (err == -ETIMEDOUT)
		subscription_give_up(sub);
	/* The wait may have been given up meanwhile, by the beat. */
	return !err && sub->ended && sub->err == -ETIMEDOUT ? sub->err : err;
}

static bool has_more(void *arg)
{
	struct subscription *sub = arg;

	return sub->ended || sub->pos < mirror_newest(sub->mirror);
}

static ssize_t remote_read(struct source *src, void *buf, size_t len, uint64_t *skipped)
{
	struct subscription *sub = to_subscription(src);
	int err = 0;
	size_t n;

	*skipped = 0;
	if (sub->pos < mirror_oldest(sub->mirror) || sub->pos > mirror_newest(sub->mirror))
		subscription_from(sub, sub->pos);
	else if ((sub->opening == SUBSCRIPTION_CLOSED || !sub->wanted) && !sub->ended)
		subscription_from(sub, mirror_newest(sub->mirror));
	/* Without a loop, wait for history that the host has. */
	if (!to_remote(src)->joined && sub->pos < sub->facts.tx_newest)
		err = wait_for(sub, has_more);
	n = mirror_copy(sub->mirror, &sub->pos, buf, len, skipped);
	if (n) {
		subscription_grant(sub);
		subscription_gate(sub);
		return (ssize_t)n;
	}
	subscription_gate(sub);
	/* History is missing because the host is away: that is not the guest's end. */
	if (err == -EHOSTDOWN)
		return err;
	if (!sub->ended)
		return -EAGAIN;
	/* A guest that went while the host was away has ended, too. */
	if (!sub->err || sub->err == -ENOENT || sub->err == -ENODEV)
		return 0;
	return sub->err;
}

static int remote_seek(struct source *src, uint64_t pos)
{
	struct subscription *sub = to_subscription(src);

	subscription_refresh(sub);
	if (pos > sub->facts.tx_newest)
		return -EINVAL;
	sub->pos = pos;
	subscription_gate(sub);
	return 0;
}

/* Whether input can be taken now: 0, or a negative errno. */
static int may_write(struct source *src)
{
	struct subscription *sub = to_subscription(src);
	int err = sub->input_err;

	sub->flushing = false;
	sub->input_err = 0;
	src->unsent = err ? sub->unsent : 0;
	if (sub->opening == SUBSCRIPTION_CLOSED && !sub->ended && !err)
		subscription_from(sub, mirror_newest(sub->mirror));
	if (!err && sub->ended)
		err = sub->err == -ETIMEDOUT ? sub->err : -ENODEV;
	if (!err && !sub->writable)
		err = -EACCES;
	if (!err && (sub->opening != SUBSCRIPTION_OPEN || !subscription_here(sub)))
		err = -EAGAIN;
	subscription_gate(sub);
	return err;
}

static ssize_t remote_write(struct source *src, const void *buf, size_t len)
{
	struct subscription *sub = to_subscription(src);
	const unsigned char *from = buf;
	size_t room;
	size_t n;
	int err;

	err = may_write(src);
	if (err)
		return err;
	room = WIRE_INPUT_WINDOW - sub->unsure;
	if (!room)
		return -EAGAIN;
	len = len < room ? len : room;
	for (size_t at = 0; at < len; at += n) {
		n = len - at < INPUT_CHUNK ? len - at : INPUT_CHUNK;
		remote_send(sub->remote, FRAME_INPUT, sub->channel, from + at, n);
	}
	sub->unsure += len;
	subscription_gate(sub);
	return (ssize_t)len;
}

static int remote_break(struct source *src)
{
	struct subscription *sub = to_subscription(src);
	int err = may_write(src);

	if (err)
		return err;
	if (sub->breaks == SUBSCRIPTION_BREAKS || sub->unsure == WIRE_INPUT_WINDOW)
		return -EAGAIN;
	remote_send(sub->remote, FRAME_BREAK, sub->channel, NULL, 0);
	sub->breaks++;
	sub->unsure++;
	subscription_gate(sub);
	return 0;
}

static int remote_flush(struct source *src)
{
	struct subscription *sub = to_subscription(src);
	int err = sub->input_err;

	sub->input_err = 0;
	src->unsent = err ? sub->unsent : 0;
	sub->flushing = !err && sub->unsure;
	subscription_gate(sub);
	if (err)
		return err;
	return sub->unsure ? -EAGAIN : 0;
}

static int remote_facts(struct source *src, struct source_facts *facts)
{
	struct subscription *sub = to_subscription(src);
	bool known = subscription_refresh(sub);

	*facts = sub->facts;
	if (!subscription_here(sub))
		return -EHOSTDOWN;
	return known ? 0 : -ENODEV;
}

static int remote_reap(struct source *src)
{
	struct subscription *sub = to_subscription(src);

	if (!subscription_here(sub))
		return -EHOSTDOWN;
	if (!subscription_refresh(sub))
		return 0;
	if (sub->facts.live)
		return -EBUSY;
	return remote_forget(sub->remote, &sub->facts);
}

static bool marks_came(void *arg)
{
	struct subscription *sub = arg;

	return sub->marks_came || (sub->ended && sub->opening == SUBSCRIPTION_CLOSED);
}

static size_t remote_marks(struct source *src, uint64_t pos, struct source_mark *marks,
			   size_t count)
{
	struct subscription *sub = to_subscription(src);

	if (to_remote(src)->joined)
		return mirror_marks(sub->mirror, pos, marks, count);
	/* Also of a guest whose output has ended, as often as it is asked. */
	if (sub->opening == SUBSCRIPTION_CLOSED && (!sub->ended || !sub->err))
		subscription_from(sub, sub->pos);
	sub->marks = marks;
	sub->marks_room = count;
	sub->marks_count = 0;
	sub->marks_came = false;
	remote_note(sub->remote, sub->channel,
		    json_pack("{s:s, s:I, s:I}", "say", "marks", "pos", (json_int_t)pos, "count",
			      (json_int_t)count));
	if (wait_for(sub, marks_came))
		sub->marks_count = 0;
	sub->marks_room = 0;
	return sub->marks_count;
}

static bool was_answered(void *arg)
{
	struct subscription *sub = arg;

	return !sub->asked || sub->ended;
}

/* Assumes what the far end will answer if nothing has changed there. */
static int guess(struct subscription *sub, enum source_act act)
{
	switch (act) {
	case SOURCE_TAKE:
		if (sub->input.other)
			return -EBUSY;
		/* fall through */
	case SOURCE_SEIZE:
		sub->input = (struct source_input){ .mine = true };
		break;
	case SOURCE_GIVE:
		sub->input.mine = false;
		break;
	case SOURCE_ASK:
		break;
	}
	return 0;
}

static int remote_input(struct source *src, enum source_act act, struct source_input *input)
{
	struct subscription *sub = to_subscription(src);
	int err = -EBUSY;

	if (!subscription_here(sub) && act != SOURCE_GIVE)
		return -EHOSTDOWN;
	if (sub->opening == SUBSCRIPTION_CLOSED && !sub->ended)
		subscription_from(sub, mirror_newest(sub->mirror));
	if (act != SOURCE_ASK || !sub->known)
		subscription_ask_input(sub, act);
	if (!to_remote(src)->joined)
		err = wait_for(sub, was_answered);
	if (!err)
		err = sub->answer;
	else if (err != -ETIMEDOUT)
		err = guess(sub, act);
	*input = sub->input;
	sub->input.lost = false;
	return err;
}

static int remote_again(struct source *src)
{
	struct subscription *sub = to_subscription(src);

	if (!subscription_here(sub))
		return -EHOSTDOWN;
	return subscription_refresh(sub) && sub->facts.live && !sub->ended ? 0 : -ENODEV;
}

static int remote_join_loop(struct source *src, struct loop *loop)
{
	struct source_remote *source = to_remote(src);

	if (source->joined == (loop != NULL))
		return 0;
	source->joined = loop;
	if (loop)
		return remote_join(source->sub.remote, loop);
	remote_leave(source->sub.remote);
	return 0;
}

static void remote_here(struct source *src, uint64_t *oldest, uint64_t *newest)
{
	struct subscription *sub = to_subscription(src);

	*oldest = mirror_oldest(sub->mirror);
	*newest = mirror_newest(sub->mirror);
}

static void remote_show(struct source *src, bool on)
{
	subscription_show(to_subscription(src), on);
}

static int remote_fetch(struct source *src, uint64_t pos, size_t len)
{
	return subscription_fetch(to_subscription(src), pos, len);
}

static void remote_close(struct source *src)
{
	struct source_remote *source = to_remote(src);

	subscription_end(&source->sub);
	source_leave(src);
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
	.here = remote_here,
	.show = remote_show,
	.fetch = remote_fetch,
	.close = remote_close,
};

int remote_source(struct remote *remote, uint32_t id, uint64_t life, bool writable,
		  struct source **src)
{
	struct source_remote *source = calloc(1, sizeof(*source));
	int err;

	if (!source)
		return -ENOMEM;
	err = subscription_begin(&source->sub, remote, id, life, writable);
	if (err) {
		free(source);
		return err;
	}
	source->src.ops = &remote_ops;
	source->src.fd = source->sub.gate.fd;
	*src = &source->src;
	return 0;
}
