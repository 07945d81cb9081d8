/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The notes that two kpl011 send each other in frames of FRAME_NOTE: JSON objects with
 * a member "say" (docs/serve.md). Pure, but for wire_hello() and wire_clocks().
 *
 * What is read here is checked: names are printable, numbers are in their ranges.
 * Unknown members and notes are not an error: a newer kpl011 has more.
 */
#ifndef KPL011_WIRE_H
#define KPL011_WIRE_H

#include <jansson.h>

#include "remote/frame.h"
#include "source/source.h"

struct outbox;

/* The version of the notes, and the oldest one that this kpl011 still speaks. */
#define WIRE_VERSION 1
#define WIRE_VERSION_LEAST 1

/* Bytes of input for a guest that may be on their way at a time. */
#define WIRE_INPUT_WINDOW 65536

#define WIRE_BOOT_SIZE 48
#define WIRE_PROGRAM_SIZE 32

struct wire_hello {
	char program[WIRE_PROGRAM_SIZE]; /* its version */
	char boot[WIRE_BOOT_SIZE];	 /* identifies the boot of its kernel */
	int64_t boot_ns;		 /* CLOCK_BOOTTIME */
	int64_t real_ns;		 /* CLOCK_REALTIME at the same time */
};

/* Sends a note, and takes the reference to it. Does nothing if it is NULL: out of memory. */
void wire_send(struct outbox *box, uint32_t channel, json_t *note);

/* The note in a frame, the caller's; NULL: it is not a note. @say: its member of that name. */
json_t *wire_read(const struct frame *frame, const char **say);

/* The note with which each side starts: its versions, boot and clocks. */
json_t *wire_hello(void);

/* @why: if it is false, a sentence about the other side. */
bool wire_hello_read(json_t *note, struct wire_hello *hello, const char **why);

/* Puts the current clocks into a note, and reads them from one. */
void wire_clocks(json_t *note);
bool wire_clocks_read(json_t *note, int64_t *boot_ns, int64_t *real_ns);

/* A guest's facts, with times of its host's clock. @life is not a time here: it stays as it is. */
json_t *wire_facts(const struct source_facts *facts);
bool wire_facts_read(json_t *json, struct source_facts *facts);

/*
 * Who holds the input of a guest, with what else is known of the holder. @answer: it answers a
 * request, and @err is its result, a negative errno or 0; else the holder has changed.
 */
json_t *wire_input(const struct source_input *input, bool answer, int err);
bool wire_input_read(json_t *note, struct source_input *input, bool *answer, int *err);

/* "ask", "take", "seize", "give". */
const char *wire_act(enum source_act act);
bool wire_act_read(json_t *note, enum source_act *act);

/* The member "errno" of a note as a negative errno; -EPROTO if it has none. */
int wire_errno(json_t *note);

/* Reads a member that is a number from 0 to @max; false: it is not. */
bool wire_number(json_t *note, const char *name, uint64_t max, uint64_t *value);

#endif /* KPL011_WIRE_H */
