/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What goes over a connection between two kpl011, both ways: a greeting, then
 * frames (docs/serve.md). Pure.
 *
 * The other side is not trusted: no payload is longer than FRAME_MAX, and no more
 * than two such frames are buffered of what it sends.
 */
#ifndef KPL011_FRAME_H
#define KPL011_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both sides begin with this; the digit is the version of the frames' format. */
#define FRAME_GREETING "\0KPL011 serve 1\n"
#define FRAME_GREETING_SIZE 16

/* Bytes before the payload: its length (4), the type (1), zeroes (3), the channel (4). */
#define FRAME_HEAD 12

/* Bytes of a payload, at most. */
#define FRAME_MAX 65536

/* Bytes that a login shell may print before the greeting. */
#define FRAME_NOISE_MAX 65536

enum frame_type {
	FRAME_NOTE = 'N',   /* an object of JSON */
	FRAME_BYTES = 'D',  /* a guest's output: the position of its first byte, then the bytes */
	FRAME_MARKS = 'M',  /* pairs of a position and a time */
	FRAME_END = 'E',    /* of a guest's output */
	FRAME_INPUT = 'I',  /* bytes for a guest */
	FRAME_BREAK = 'B',  /* for a guest, after the input before it */
	FRAME_CREDIT = 'C', /* so many more bytes may be sent: of output, or of input */
	FRAME_OUT = 'O',    /* what an errand printed */
	FRAME_ERR = 'e',    /* the same, on standard error */
};

struct frame {
	uint8_t type;
	uint32_t channel;
	const unsigned char *payload;
	size_t len;
};

enum frame_result {
	FRAME_ONE,
	FRAME_MORE,  /* more bytes have to come first */
	FRAME_WRONG, /* see frame_in_why() */
};

/* The head of a frame; @len is at most FRAME_MAX. */
void frame_head(unsigned char head[FRAME_HEAD], enum frame_type type, uint32_t channel, size_t len);

/* Numbers in a payload: 8 bytes, the lowest first. */
void frame_put(unsigned char at[8], uint64_t value);
uint64_t frame_get(const unsigned char at[8]);

/* The bytes that come in. */
struct frame_in;

/* @noise: other bytes may come before the greeting. NULL: no memory. */
struct frame_in *frame_in_new(bool noise);
void frame_in_free(struct frame_in *in);

/* Where to read to next, and how much: at least 1 byte after FRAME_MORE. */
unsigned char *frame_in_room(struct frame_in *in, size_t *len);
void frame_in_added(struct frame_in *in, size_t len);

/* The next frame; its payload is valid until frame_in_room(). */
enum frame_result frame_in_next(struct frame_in *in, struct frame *frame);

/* Whether the greeting has come. */
bool frame_in_greeted(const struct frame_in *in);

/* After FRAME_WRONG: why, a sentence about the other side. */
const char *frame_in_why(const struct frame_in *in);

/* The start of what came before the greeting or in its place: a string of any bytes. */
const char *frame_in_noise(const struct frame_in *in);

#endif /* KPL011_FRAME_H */
