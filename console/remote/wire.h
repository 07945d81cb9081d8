/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What two kpl011 say to each other in FRAME_NOTEs: objects of JSON with a member
 * "say" (docs/serve.md). Pure, but for wire_hello().
 *
 * Whatever is read here was checked: names are printable, numbers are in their
 * ranges. Members and notes that are not known are no error: a newer one has more.
 */
#ifndef KPL011_WIRE_H
#define KPL011_WIRE_H

#include <jansson.h>

#include "remote/frame.h"
#include "source/source.h"

struct outbox;

/* Of what is said. A newer one may still speak an older version. */
#define WIRE_VERSION 1
#define WIRE_VERSION_LEAST 1

/* Bytes of input for a guest that may be on their way. */
#define WIRE_INPUT_WINDOW 65536

#define WIRE_BOOT_SIZE 48
#define WIRE_PROGRAM_SIZE 32

struct wire_hello {
	char program[WIRE_PROGRAM_SIZE]; /* its version */
	char boot[WIRE_BOOT_SIZE];	 /* tells the boot of its kernel from all others */
	int64_t boot_ns;		 /* CLOCK_BOOTTIME */
	int64_t real_ns;		 /* CLOCK_REALTIME at the same time */
};

/* Sends a note, and takes it. Nothing happens if it is NULL: out of memory. */
void wire_send(struct outbox *box, uint32_t channel, json_t *note);

/* The note in a frame, or NULL: it is none. @say: its member of that name. */
json_t *wire_read(const struct frame *frame, const char **say);

/* Who we are. */
json_t *wire_hello(void);

/* @why: if it is false, a sentence about the other side. */
bool wire_hello_read(json_t *note, struct wire_hello *hello, const char **why);

/* The clocks of now: into a note, and out of it. */
void wire_clocks(json_t *note);
bool wire_clocks_read(json_t *note, int64_t *boot_ns, int64_t *real_ns);

/* A guest's facts, with times of its host. @life of it comes as it is. */
json_t *wire_facts(const struct source_facts *facts);
bool wire_facts_read(json_t *json, struct source_facts *facts);

/*
 * Who holds the input of a guest. @answer: this was asked, and @err is what became of it, a
 * negative errno; else it has changed. What else is known of the holder goes with it.
 */
json_t *wire_input(const struct source_input *input, bool answer, int err);
bool wire_input_read(json_t *note, struct source_input *input, bool *answer, int *err);

/* "ask", "take", "seize", "give". */
const char *wire_act(enum source_act act);
bool wire_act_read(json_t *note, enum source_act *act);

/* The member "errno" of a note as a negative errno; -EPROTO if it has none. */
int wire_errno(json_t *note);

/* A member that is a number between 0 and @max; false: it is none. */
bool wire_number(json_t *note, const char *name, uint64_t max, uint64_t *value);

#endif /* KPL011_WIRE_H */
