// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes from the other side of a connection, in pieces of any size: what is
 * taken holds what its header promises, and what is not is told once and for all.
 * Bytes of a guest go through a mirror, whose copies are what came.
 */
#include <stdint.h>
#include <string.h>

#include "must.h"
#include "remote/frame.h"
#include "remote/mirror.h"
#include "remote/outbox.h"
#include "remote/wire.h"
#include "source/facts.h"

#define KEPT 4096

/* For what is sent, which this does not do. */
json_t *facts_to_json(const struct source_facts *facts)
{
	(void)facts;
	return NULL;
}

void outbox_frame(struct outbox *box, enum frame_type type, uint32_t channel, const void *first,
		  size_t first_len, const void *second, size_t second_len)
{
	(void)box, (void)type, (void)channel, (void)first, (void)first_len, (void)second,
		(void)second_len;
}

static unsigned char byte_at(uint64_t pos)
{
	return (unsigned char)((pos * 0x9e3779b97f4a7c15u) >> 56);
}

static void must_be_text(const char *text, size_t size)
{
	MUST(strnlen(text, size) < size);
	for (; *text; text++)
		MUST(*text >= ' ' && *text <= '~');
}

static void check_facts(const struct source_facts *facts)
{
	must_be_text(facts->name, sizeof(facts->name));
	must_be_text(facts->user, sizeof(facts->user));
	MUST(!strchr(facts->name, '/'));
	MUST(facts->tx_oldest <= facts->tx_newest && facts->tx_newest <= INT64_MAX);
	MUST(facts->attach_ns >= 0 && facts->death_ns >= 0 && facts->pid >= 0);
	MUST(facts->live == (facts->state == SOURCE_LIVE));
}

static void check_note(const struct frame *frame)
{
	struct source_facts facts;
	struct source_input input;
	struct wire_hello hello;
	enum source_act act;
	const char *say;
	const char *why = NULL;
	json_t *all;
	json_t *note = wire_read(frame, &say);
	bool answer;
	int err;

	if (!note)
		return;
	MUST(say);
	if (wire_hello_read(note, &hello, &why))
		MUST(hello.boot_ns >= 0 && hello.real_ns >= 0);
	else
		MUST(why);
	must_be_text(hello.program, sizeof(hello.program));
	must_be_text(hello.boot, sizeof(hello.boot));
	if (wire_input_read(note, &input, &answer, &err))
		MUST(input.pid >= 0 && err <= 0 && err > -4096);
	must_be_text(input.who, sizeof(input.who));
	if (wire_act_read(note, &act))
		MUST(!strcmp(wire_act(act), json_string_value(json_object_get(note, "act"))));
	MUST(wire_errno(note) < 0);
	all = json_object_get(note, "guests");
	for (size_t i = 0; i < json_array_size(all); i++)
		if (wire_facts_read(json_array_get(all, i), &facts))
			check_facts(&facts);
	if (wire_facts_read(note, &facts))
		check_facts(&facts);
	json_decref(note);
}

static void check_copy(const struct mirror *mirror, uint64_t pos)
{
	unsigned char bytes[KEPT];
	uint64_t skipped;
	uint64_t before;
	size_t n;

	while (pos <= mirror_newest(mirror)) {
		before = pos;
		n = mirror_copy(mirror, &pos, bytes, sizeof(bytes), &skipped);
		MUST(n <= sizeof(bytes) && pos == before + skipped + n);
		MUST(pos <= mirror_newest(mirror));
		for (size_t i = 0; i < n; i++)
			MUST(bytes[i] == byte_at(pos - n + i));
		if (!n)
			break;
	}
	MUST(pos == mirror_newest(mirror) || pos > mirror_newest(mirror));
}

static void take_bytes(struct mirror *mirror, const struct frame *frame)
{
	unsigned char bytes[FRAME_MAX];
	uint64_t pos = frame_get(frame->payload);
	uint64_t newest = mirror_newest(mirror);
	size_t len = frame->len - 8;

	/* Most positions go on where it is. */
	if (pos & 1)
		pos = newest + (pos >> 1 & 0xfff);
	for (size_t i = 0; i < len; i++)
		bytes[i] = byte_at(pos + i);
	if (!mirror_add(mirror, pos, bytes, len)) {
		MUST(mirror_newest(mirror) == newest);
		return;
	}
	MUST(pos >= newest && mirror_newest(mirror) == pos + len);
	MUST(mirror_oldest(mirror) <= mirror_newest(mirror));
	check_copy(mirror, mirror_oldest(mirror));
	check_copy(mirror, 0);
}

static void take_marks(struct mirror *mirror, const struct frame *frame)
{
	struct source_mark marks[16];
	size_t n;

	for (size_t i = 0; i < frame->len; i += 16)
		mirror_mark(mirror, frame_get(frame->payload + i),
			    (int64_t)frame_get(frame->payload + i + 8));
	n = mirror_marks(mirror, frame_get(frame->payload), marks, 16);
	MUST(n <= 16);
	for (size_t i = 1; i < n; i++)
		MUST(marks[i].pos > marks[i - 1].pos);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum frame_result result = FRAME_MORE;
	struct mirror *mirror = mirror_new(KEPT);
	struct frame_in *in;
	struct frame frame;
	size_t piece;

	if (!size) {
		mirror_free(mirror);
		return 0;
	}
	in = frame_in_new(data[0] & 1);
	piece = (size_t)(data[0] >> 2) + 1;
	/* Few inputs would find it. */
	if (data[0] & 2) {
		size_t len;

		memcpy(frame_in_room(in, &len), FRAME_GREETING, FRAME_GREETING_SIZE);
		frame_in_added(in, FRAME_GREETING_SIZE);
	}
	for (data++, size--; size && result != FRAME_WRONG;) {
		size_t len;
		unsigned char *room = frame_in_room(in, &len);

		MUST(len);
		len = len < piece ? len : piece;
		len = len < size ? len : size;
		memcpy(room, data, len);
		frame_in_added(in, len);
		data += len, size -= len;
		while ((result = frame_in_next(in, &frame)) == FRAME_ONE) {
			MUST(frame_in_greeted(in) && frame.len <= FRAME_MAX);
			if (frame.type == FRAME_NOTE)
				check_note(&frame);
			else if (frame.type == FRAME_BYTES)
				take_bytes(mirror, &frame);
			else if (frame.type == FRAME_MARKS)
				take_marks(mirror, &frame);
		}
	}
	if (result == FRAME_WRONG)
		MUST(frame_in_next(in, &frame) == FRAME_WRONG && *frame_in_why(in));
	MUST(strlen(frame_in_noise(in)) <= 200);
	frame_in_free(in);
	mirror_free(mirror);
	return 0;
}
