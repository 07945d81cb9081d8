/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What users type: who may type, which is one file alone once it has taken the
 * input, and the queue of what the UART has no room for yet.
 */
#ifndef KPL011_INPUT_H
#define KPL011_INPUT_H

#include <linux/kpl011.h>
#include <linux/types.h>

#include "who.h"

struct kpl_port;

#define KPL_INPUT_QUEUE	2048	/* characters; a power of two */
#define KPL_INPUT_ROOM	1024	/* with this much, poll(2) says writable */

/**
 * struct kpl_typist - an open file that types
 * @port: the port, on which the open file holds a reference
 * @holder: the task that took the input with this file
 * @taker: the task that took it from this file
 * @lost: @taker did so, and this file was not told yet
 * @takes: times that this file has become port->input; it may wrap
 *
 * port->stream.lock protects all but @port.
 */
struct kpl_typist {
	struct kpl_port *port;
	struct kpl_who holder;
	struct kpl_who taker;
	bool lost;
	u32 takes;
};

int kpl_input_take(struct kpl_typist *typist, bool force);
void kpl_input_give(struct kpl_typist *typist);
void kpl_input_status(struct kpl_typist *typist, struct kpl011_input *args);
void kpl_input_forget(struct kpl_typist *typist);

int kpl_input_open(struct kpl_port *port);
u32 kpl_input_begin(struct kpl_typist *typist);
ssize_t kpl_input_write(struct kpl_typist *typist, u32 others, const u8 *bytes,
			size_t n);
int kpl_input_inject(struct kpl_typist *typist, u16 ch);
bool kpl_input_waits(struct kpl_typist *typist, u32 others);
bool kpl_input_room(struct kpl_port *port);
bool kpl_input_writable(struct kpl_port *port);

#endif /* KPL011_INPUT_H */
