// SPDX-License-Identifier: GPL-2.0-only
#include "remote/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for a frame, and as much again to be read with it. */
#define SIZE (2 * (FRAME_HEAD + FRAME_MAX))

/* Bytes of noise that are kept. */
#define NOISE_KEPT 200

struct frame_in {
	bool may_be_noisy;
	bool greeted;
	size_t noise; /* bytes before the greeting */
	char kept[NOISE_KEPT + 1];
	const char *why; /* NULL: nothing is wrong */
	size_t head;	 /* of buf: what is looked at next */
	size_t tail;
	unsigned char buf[SIZE];
};

static void put32(unsigned char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> 8 * i);
}

static uint32_t get32(const unsigned char *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

void frame_put(unsigned char at[8], uint64_t value)
{
	put32(at, (uint32_t)value);
	put32(at + 4, (uint32_t)(value >> 32));
}

uint64_t frame_get(const unsigned char at[8])
{
	return get32(at) | (uint64_t)get32(at + 4) << 32;
}

void frame_head(unsigned char head[FRAME_HEAD], enum frame_type type, uint32_t channel, size_t len)
{
	put32(head, (uint32_t)len);
	put32(head + 4, type);
	put32(head + 8, channel);
}

struct frame_in *frame_in_new(bool noise)
{
	struct frame_in *in = calloc(1, sizeof(*in));

	if (in)
		in->may_be_noisy = noise;
	return in;
}

void frame_in_free(struct frame_in *in)
{
	free(in);
}

unsigned char *frame_in_room(struct frame_in *in, size_t *len)
{
	memmove(in->buf, in->buf + in->head, in->tail - in->head);
	in->tail -= in->head;
	in->head = 0;
	*len = sizeof(in->buf) - in->tail;
	return in->buf + in->tail;
}

void frame_in_added(struct frame_in *in, size_t len)
{
	in->tail += len;
}

static enum frame_result wrong(struct frame_in *in, const char *why)
{
	in->why = why;
	return FRAME_WRONG;
}

/* Drops one byte that is not of the greeting. */
static void drop_noise(struct frame_in *in)
{
	if (in->noise < NOISE_KEPT)
		in->kept[in->noise] = (char)in->buf[in->head];
	in->noise++;
	in->head++;
}

/* Looks for the greeting in what there is. */
static enum frame_result greet(struct frame_in *in)
{
	while (in->head < in->tail) {
		size_t have = in->tail - in->head;
		size_t len = have < FRAME_GREETING_SIZE ? have : FRAME_GREETING_SIZE;

		if (!memcmp(in->buf + in->head, FRAME_GREETING, len)) {
			if (len < FRAME_GREETING_SIZE)
				return FRAME_MORE;
			in->head += len;
			in->greeted = true;
			return FRAME_ONE;
		}
		/* The greeting except for its version and the end of its line. */
		if (have >= FRAME_GREETING_SIZE &&
		    !memcmp(in->buf + in->head, FRAME_GREETING, FRAME_GREETING_SIZE - 2))
			return wrong(in, "it speaks another version of the protocol");
		if (!in->may_be_noisy)
			return wrong(in, "it is not kpl011");
		if (in->noise == FRAME_NOISE_MAX)
			return wrong(in, "it prints a lot, but not the greeting of kpl011");
		drop_noise(in);
	}
	return FRAME_MORE;
}

static bool is_type(uint32_t type)
{
	switch (type) {
	case FRAME_NOTE:
	case FRAME_BYTES:
	case FRAME_MARKS:
	case FRAME_END:
	case FRAME_INPUT:
	case FRAME_BREAK:
	case FRAME_CREDIT:
	case FRAME_OUT:
	case FRAME_ERR:
		return true;
	}
	return false;
}

/* Whether a payload can have that length. */
static bool fits(uint32_t type, size_t len)
{
	switch (type) {
	case FRAME_BYTES:
		return len > 8;
	case FRAME_MARKS:
		return len && len % 16 == 0;
	case FRAME_END:
	case FRAME_BREAK:
		return !len;
	case FRAME_CREDIT:
		return len == 8;
	default:
		return len;
	}
}

enum frame_result frame_in_next(struct frame_in *in, struct frame *frame)
{
	const unsigned char *head;
	enum frame_result result;
	uint32_t type;
	size_t len;

	if (in->why)
		return FRAME_WRONG;
	if (!in->greeted) {
		result = greet(in);
		if (result != FRAME_ONE)
			return result;
	}
	if (in->tail - in->head < FRAME_HEAD)
		return FRAME_MORE;
	head = in->buf + in->head;
	len = get32(head);
	type = get32(head + 4);
	if (len > FRAME_MAX)
		return wrong(in, "a frame is longer than the protocol allows");
	if (!is_type(type))
		return wrong(in, "a frame has an unknown type");
	if (!fits(type, len))
		return wrong(in, "a frame has a length that its type does not allow");
	if (in->tail - in->head < FRAME_HEAD + len)
		return FRAME_MORE;
	*frame = (struct frame){
		.type = (uint8_t)type,
		.channel = get32(head + 8),
		.payload = head + FRAME_HEAD,
		.len = len,
	};
	in->head += FRAME_HEAD + len;
	return FRAME_ONE;
}

bool frame_in_greeted(const struct frame_in *in)
{
	return in->greeted;
}

const char *frame_in_why(const struct frame_in *in)
{
	return in->why ? in->why : "nothing is wrong";
}

const char *frame_in_noise(const struct frame_in *in)
{
	return in->kept;
}
