// SPDX-License-Identifier: GPL-2.0-only
#include "remote/subscription.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* Bytes of output that may be on their way; twice as many are kept. */
#define WINDOW (128 * 1024)
#define KEPT (2 * WINDOW)

/* Room for bytes at rest, when there are none, and for the smallest piece. */
#define REST 512
#define PIECE_LEAST 4096

/* Credit is given in pieces of at least this part of the window. */
#define CREDIT_STEPS 4

bool subscription_here(const struct subscription *sub)
{
	return remote_state(sub->remote) == REMOTE_HERE;
}

void subscription_gate(struct subscription *sub)
{
	uint64_t newest = mirror_newest(sub->mirror);
	bool room = sub->unsure < WIRE_INPUT_WINDOW && sub->breaks < SUBSCRIPTION_BREAKS;
	/* Nothing was asked for yet: the descriptor is ready, as a read or a write asks for it. */
	bool able = !sub->ended && subscription_here(sub);
	bool idle = able && sub->opening == SUBSCRIPTION_CLOSED;

	if (sub->flushing)
		room = !sub->unsure;
	gate_set_readable(&sub->gate,
			  sub->pos < newest || sub->ended || idle || (able && !sub->wanted));
	gate_set_writable(&sub->gate, sub->input_err || sub->ended || idle ||
					      (sub->opening == SUBSCRIPTION_OPEN &&
					       subscription_here(sub) && room));
}

bool subscription_refresh(struct subscription *sub)
{
	const struct source_facts *facts =
		roster_find(remote_roster(sub->remote), sub->id, sub->life);

	if (!facts)
		return false;
	sub->facts = *facts;
	if (sub->facts.tx_newest < mirror_newest(sub->mirror))
		sub->facts.tx_newest = mirror_newest(sub->mirror);
	return true;
}

/* An answer is due from now on. */
static void begin_wait(struct subscription *sub)
{
	if (!sub->answer_ms)
		sub->answer_ms = clock_ms();
}

/* An answer came: the others have all of their time again. */
static void end_wait(struct subscription *sub)
{
	bool more = sub->opening == SUBSCRIPTION_OPENING || sub->seeking || sub->asked;

	sub->answer_ms = more ? clock_ms() : 0;
	sub->told = false;
}

void subscription_ask_input(struct subscription *sub, enum source_act act)
{
	if (!subscription_here(sub))
		return;
	sub->known = true;
	sub->asked++;
	begin_wait(sub);
	remote_note(sub->remote, sub->channel,
		    json_pack("{s:s, s:s}", "say", "input", "act", wire_act(act)));
}

void subscription_from(struct subscription *sub, uint64_t pos)
{
	sub->wanted = true;
	sub->ended = false;
	sub->err = 0;
	if (pos != mirror_newest(sub->mirror))
		mirror_begin(sub->mirror, pos);
	if (!subscription_here(sub))
		return;
	sub->granted = sub->pos + sub->window;
	if (sub->granted < pos)
		sub->granted = pos;
	begin_wait(sub);
	if (sub->opening != SUBSCRIPTION_CLOSED) {
		/* The far end keeps the same open file, so input on its way and its holder stay. */
		sub->seeking++;
		remote_note(sub->remote, sub->channel,
			    json_pack("{s:s, s:I, s:I}", "say", "seek", "pos", (json_int_t)pos,
				      "credit", (json_int_t)(sub->granted - pos)));
		return;
	}
	sub->opening = SUBSCRIPTION_OPENING;
	remote_note(sub->remote, sub->channel,
		    json_pack("{s:s, s:I, s:I, s:I, s:I, s:b}", "say", "open", "port",
			      (json_int_t)sub->id, "life", (json_int_t)sub->life, "pos",
			      (json_int_t)pos, "credit", (json_int_t)(sub->granted - pos), "write",
			      sub->writable));
}

void subscription_grant(struct subscription *sub)
{
	uint64_t to = sub->pos + sub->window;
	unsigned char count[8];

	if (sub->opening == SUBSCRIPTION_CLOSED || sub->ended || sub->use != SUBSCRIPTION_SHOWN ||
	    to < sub->granted + sub->window / CREDIT_STEPS)
		return;
	frame_put(count, to - sub->granted);
	sub->granted = to;
	remote_send(sub->remote, FRAME_CREDIT, sub->channel, count, sizeof(count));
}

/* Closes the channel; what was asked for on it is not answered any more. */
static void close_channel(struct subscription *sub)
{
	if (sub->opening != SUBSCRIPTION_CLOSED)
		remote_note(sub->remote, sub->channel, json_pack("{s:s}", "say", "close"));
	sub->channel = remote_listen_anew(sub->remote, sub->channel);
	sub->opening = SUBSCRIPTION_CLOSED;
	sub->seeking = 0;
	sub->known = false;
	sub->asked = 0;
	sub->answer_ms = 0;
	sub->output_ms = 0;
	sub->input_ms = 0;
}

/* Input that is on its way is taken for lost. */
static void lose_input(struct subscription *sub, int err)
{
	sub->input_err = err;
	sub->unsent = sub->unsure;
	sub->unsure = 0;
	sub->breaks = 0;
}

static void finish(struct subscription *sub, int err)
{
	/* Input that was taken was confirmed before this; the rest is not confirmed any more. */
	if (sub->unsure)
		lose_input(sub, err ? err : -ENODEV);
	sub->ended = true;
	sub->err = err;
	/* A dead guest's output ends at once, but its marks may have been asked for. */
	if (err || !sub->marks_room || sub->marks_came)
		close_channel(sub);
}

/* Puts a mirror of another size in the place of the one that there is. False: no memory. */
static bool replace_mirror(struct subscription *sub, size_t size)
{
	struct mirror *mirror = mirror_new(size);

	if (!mirror)
		return false;
	mirror_begin(mirror, mirror_newest(sub->mirror));
	mirror_free(sub->mirror);
	sub->mirror = mirror;
	return true;
}

void subscription_show(struct subscription *sub, bool on)
{
	enum subscription_use use = on ? SUBSCRIPTION_SHOWN : SUBSCRIPTION_AT_REST;
	bool fits;

	if (sub->use == use)
		return;
	fits = replace_mirror(sub, on ? KEPT : REST);
	if (!fits && !on)
		return;
	remote_give_room(sub->remote, sub->room);
	sub->room = 0;
	sub->use = use;
	/* Without memory it is shown a little at a time. */
	sub->window = !on ? 0 : fits ? WINDOW : REST / 2;
	/* There is no place for what is on its way. A read asks for it again. */
	sub->wanted = false;
	subscription_gate(sub);
}

int subscription_fetch(struct subscription *sub, uint64_t pos, size_t len)
{
	size_t size = PIECE_LEAST;

	if (!subscription_here(sub))
		return -EHOSTDOWN;
	if (sub->ended)
		return sub->err ? sub->err : -ENODEV;
	subscription_show(sub, false);
	if (sub->use != SUBSCRIPTION_AT_REST)
		return -ENOMEM;
	while (size < len)
		size *= 2;
	if (!remote_take_room(sub->remote, size))
		return -EAGAIN;
	sub->room = size;
	if (!replace_mirror(sub, size)) {
		remote_give_room(sub->remote, sub->room);
		sub->room = 0;
		return -ENOMEM;
	}
	sub->use = SUBSCRIPTION_FETCHED;
	sub->window = len;
	sub->pos = pos;
	subscription_from(sub, pos);
	subscription_gate(sub);
	return 0;
}

void subscription_give_up(struct subscription *sub)
{
	remote_say(sub->remote, "it is there, but does not answer for %s", sub->facts.name);
	finish(sub, -ETIMEDOUT);
	subscription_gate(sub);
}

/* What comes. */

static void on_up(void *arg)
{
	struct subscription *sub = arg;
	bool mine = sub->input.mine;

	/* What failed may be asked for again. */
	if (!sub->wanted && sub->err) {
		sub->ended = false;
		sub->err = 0;
	}
	if (!sub->wanted || (sub->ended && !sub->err)) {
		subscription_gate(sub);
		return;
	}
	if (sub->pos < mirror_oldest(sub->mirror) || sub->pos > mirror_newest(sub->mirror))
		subscription_from(sub, sub->pos);
	else
		subscription_from(sub, mirror_newest(sub->mirror));
	if (mine)
		subscription_ask_input(sub, SOURCE_TAKE);
	subscription_gate(sub);
}

static void on_down(void *arg)
{
	struct subscription *sub = arg;

	close_channel(sub);
	if (sub->unsure) {
		remote_say(sub->remote,
			   "%zu bytes of input for %s were on their way, and may not have arrived",
			   sub->unsure, sub->facts.name);
		lose_input(sub, -ECONNRESET);
	}
	subscription_gate(sub);
}

static bool take_bytes(struct subscription *sub, const struct frame *frame)
{
	uint64_t pos = frame_get(frame->payload);
	size_t len = frame->len - 8;

	/* No more than the credit, wherever it begins. */
	if (len > sub->granted - mirror_newest(sub->mirror))
		return false;
	if (pos < mirror_newest(sub->mirror))
		return false;
	sub->output_ms = 0;
	sub->told = false;
	/* Missing bytes need no credit. */
	sub->granted += pos - mirror_newest(sub->mirror);
	return mirror_add(sub->mirror, pos, frame->payload + 8, len);
}

static void take_marks(struct subscription *sub, const struct frame *frame)
{
	for (size_t i = 0; i < frame->len; i += 16) {
		uint64_t pos = frame_get(frame->payload + i);
		uint64_t ns = frame_get(frame->payload + i + 8);

		if (ns && ns < INT64_MAX / 4)
			mirror_mark(sub->mirror, pos,
				    roster_time(remote_roster(sub->remote), (int64_t)ns));
	}
}

static bool take_credit(struct subscription *sub, uint64_t count)
{
	if (count > sub->unsure)
		return false;
	sub->unsure -= (size_t)count;
	sub->input_ms = 0;
	if (!sub->unsure)
		sub->breaks = 0;
	return true;
}

static void on_frame(const struct frame *frame, void *arg)
{
	struct subscription *sub = arg;
	bool fine = true;

	if (sub->opening == SUBSCRIPTION_CLOSED || sub->ended)
		return;
	/* From before the seek, or before there was no place for it any more. */
	if ((sub->seeking || !sub->wanted) && frame->type != FRAME_CREDIT)
		return;
	switch (frame->type) {
	case FRAME_BYTES:
		fine = take_bytes(sub, frame);
		break;
	case FRAME_MARKS:
		take_marks(sub, frame);
		break;
	case FRAME_END:
		finish(sub, 0);
		break;
	case FRAME_CREDIT:
		fine = take_credit(sub, frame_get(frame->payload));
		break;
	}
	if (!fine) {
		remote_say(sub->remote, "what it sends of %s makes no sense", sub->facts.name);
		finish(sub, -EPROTO);
	}
	subscription_gate(sub);
}

/* Pairs of a position and a time. */
static void keep_marks(struct subscription *sub, json_t *note)
{
	json_t *pairs = json_object_get(note, "marks");

	sub->marks_came = true;
	for (size_t i = 0; i < json_array_size(pairs) && sub->marks_count < sub->marks_room; i++) {
		json_t *pair = json_array_get(pairs, i);
		json_int_t pos = json_integer_value(json_array_get(pair, 0));
		json_int_t ns = json_integer_value(json_array_get(pair, 1));

		if (pos >= 0 && ns > 0 && ns < INT64_MAX / 4)
			sub->marks[sub->marks_count++] =
				(struct source_mark){ (uint64_t)pos,
						      roster_time(remote_roster(sub->remote), ns) };
	}
	if (sub->ended)
		close_channel(sub);
}

static void take_input(struct subscription *sub, json_t *note)
{
	struct source_input input;
	bool answer;
	int err;

	if (!wire_input_read(note, &input, &answer, &err))
		return;
	if (answer && sub->asked) {
		sub->asked--;
		end_wait(sub);
	}
	/* It is older than what was asked since. */
	if (sub->asked)
		return;
	/* We held the input, or expected to, and another does: stays set until it was reported. */
	input.lost |= (sub->input.mine && !input.mine && input.other) || sub->input.lost;
	sub->input = input;
	sub->answer = err;
}

static void on_note(const char *say, json_t *note, void *arg)
{
	struct subscription *sub = arg;

	if (!strcmp(say, "opened") && sub->opening == SUBSCRIPTION_OPENING) {
		sub->opening = SUBSCRIPTION_OPEN;
		sub->writable &= json_is_true(json_object_get(note, "write"));
		end_wait(sub);
	} else if (!strcmp(say, "sought") && sub->seeking) {
		sub->seeking--;
		end_wait(sub);
	} else if (!strcmp(say, "failed")) {
		finish(sub, wire_errno(note));
	} else if (!strcmp(say, "unsent")) {
		lose_input(sub, wire_errno(note));
		remote_note(sub->remote, sub->channel, json_pack("{s:s}", "say", "again"));
	} else if (!strcmp(say, "input")) {
		take_input(sub, note);
	} else if (!strcmp(say, "marks")) {
		keep_marks(sub, note);
	}
	subscription_gate(sub);
}

/* Whether there is output that the far end may send: all that came was read, and credit is left. */
static bool owes_output(const struct subscription *sub)
{
	const struct source_facts *facts =
		roster_find(remote_roster(sub->remote), sub->id, sub->life);
	uint64_t newest = mirror_newest(sub->mirror);

	return facts && sub->wanted && sub->opening == SUBSCRIPTION_OPEN && !sub->seeking &&
	       !sub->ended && sub->pos == newest && newest < sub->granted &&
	       newest < facts->tx_newest;
}

/* Sets since when something is owed: now, unless it was before; 0 if it is not. */
static void owe(uint64_t *since_ms, bool owes)
{
	if (!owes)
		*since_ms = 0;
	else if (!*since_ms)
		*since_ms = clock_ms();
}

/* Reports the wait for @before, the guest's name, @behind. */
static void tell_wait(struct subscription *sub, uint64_t since_ms, const char *before,
		      const char *behind)
{
	char what[SOURCE_NAME_SIZE + 64];

	if (!since_ms)
		return;
	snprintf(what, sizeof(what), "%s%s%s", before, sub->facts.name, behind);
	remote_tell_wait(sub->remote, &sub->told, since_ms, what);
}

/* A host may keep the connection and yet do nothing else. */
static void on_beat(void *arg)
{
	struct subscription *sub = arg;

	owe(&sub->output_ms, owes_output(sub));
	owe(&sub->input_ms, sub->unsure);
	tell_wait(sub, sub->answer_ms, "an answer about ", "");
	tell_wait(sub, sub->output_ms, "the output of ", "");
	/* This may take as long as the guest needs: input is not dropped. */
	tell_wait(sub, sub->input_ms, "", " to take what was sent");
	if ((sub->answer_ms && remote_is_late(sub->remote, sub->answer_ms, 1)) ||
	    (sub->output_ms && remote_is_late(sub->remote, sub->output_ms, 1)))
		subscription_give_up(sub);
}

static const struct remote_ear ear = {
	.up = on_up,
	.down = on_down,
	.frame = on_frame,
	.note = on_note,
	.beat = on_beat,
};

int subscription_begin(struct subscription *sub, struct remote *remote, uint32_t id, uint64_t life,
		       bool writable)
{
	int err;

	*sub = (struct subscription){
		.remote = remote,
		.id = id,
		.life = life,
		.writable = writable,
		.window = WINDOW,
	};
	err = gate_open(&sub->gate);
	if (err)
		return err;
	sub->mirror = mirror_new(KEPT);
	sub->channel = sub->mirror ? remote_listen(remote, &ear, sub) : 0;
	if (!sub->channel) {
		gate_close(&sub->gate);
		mirror_free(sub->mirror);
		return -ENOMEM;
	}
	if (!subscription_refresh(sub)) {
		subscription_end(sub);
		return -ENOENT;
	}
	sub->pos = sub->facts.tx_newest;
	mirror_begin(sub->mirror, sub->pos);
	subscription_gate(sub);
	return 0;
}

void subscription_end(struct subscription *sub)
{
	close_channel(sub);
	remote_unlisten(sub->remote, sub->channel);
	gate_close(&sub->gate);
	remote_give_room(sub->remote, sub->room);
	mirror_free(sub->mirror);
}
