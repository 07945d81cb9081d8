/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What users type: who may type, which is one file alone once it has taken the
 * input, and the queue of what the device has no room for yet.
 *
 * Lifetime: part of whoever has it, and who keeps it for its typists and its
 * taker. The taker is called by whoever types.
 *
 * Lock: input->lock, for all that changes; taken by tasks alone, and inside the
 * lock of whoever takes characters out.
 */
#ifndef KPL011_INPUT_H
#define KPL011_INPUT_H

#include <linux/compiler.h>
#include <linux/kfifo.h>
#include <linux/kpl011.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "who.h"

struct kpl_typist;
struct kpl_wake;

#define KPL_INPUT_QUEUE	2048	/* characters; a power of two */
#define KPL_INPUT_ROOM	1024	/* with this much, poll(2) says writable */

/**
 * struct kpl_input - what users type
 * @lock: see above
 * @queued: how many characters are in @queue; written under @lock, read without
 *	    it
 * @closed: nothing is queued any more
 * @full: a writer's character did not fit into @queue, and no writer was woken
 *	  since
 * @holder: the file that holds the input, so that no other may type; or NULL
 * @takes: times that a file has become @holder; it may wrap
 * @queue: what the device is to receive, as characters for kpl_uart_rx_push();
 *	   has memory once the node was opened for writing
 * @bytes: bytes taken for @queue
 * @breaks: breaks taken for @queue
 * @sleepers: where writers sleep for room
 * @ready: tells @taker that characters were queued. Called without a lock, each
 *	   time after some were, even if they have been pulled by then.
 * @taker: argument of @ready
 * @id: number of the port, for traces
 */
struct kpl_input {
	spinlock_t lock; /* protects the queue, and who may type */
	u32 queued;
	bool closed;
	bool full;
	struct kpl_typist *holder;
	u32 takes;
	DECLARE_KFIFO_PTR(queue, u16);
	u64 bytes;
	u64 breaks;
	struct kpl_wake *sleepers;
	void (*ready)(void *taker);
	void *taker;
	u32 id;
};

/**
 * struct kpl_typist - an open file that types
 * @input: where it types; the open file has a reference on what that is part of
 * @holder: the task that took the input with this file
 * @taker: the task that took it from this file
 * @lost: @taker did so, and this file was not told yet
 * @takes: times that this file has become the holder; it may wrap
 *
 * input->lock protects all but @input; poll(2) reads @lost without it.
 */
struct kpl_typist {
	struct kpl_input *input;
	struct kpl_who holder;
	struct kpl_who taker;
	bool lost;
	u32 takes;
};

void kpl_input_init(struct kpl_input *input, struct kpl_wake *sleepers,
		    void (*ready)(void *taker), void *taker);
void kpl_input_free(struct kpl_input *input);

int kpl_input_take(struct kpl_typist *typist, bool force);
void kpl_input_give(struct kpl_typist *typist);
void kpl_input_status(struct kpl_typist *typist, struct kpl011_input *args);
void kpl_input_untell(struct kpl_typist *typist);
void kpl_input_forget(struct kpl_typist *typist);

int kpl_input_open(struct kpl_input *input);
u32 kpl_input_begin(struct kpl_typist *typist);
ssize_t kpl_input_write(struct kpl_typist *typist, u32 others, const u8 *bytes,
			size_t n);
int kpl_input_inject(struct kpl_typist *typist, u16 ch, bool is_break);
bool kpl_input_waits(struct kpl_typist *typist, u32 others);
bool kpl_input_writable(struct kpl_input *input);

unsigned int kpl_input_pull(struct kpl_input *input, u16 *to, unsigned int n,
			    bool *more);
void kpl_input_close(struct kpl_input *input);
void kpl_input_info(struct kpl_input *input, struct kpl011_info *info);

/**
 * kpl_input_is_empty() - whether nothing waits for the device
 * @input: the input; its lock need not be held
 *
 * A caller that holds a lock which @ready takes may miss only that for which
 * @ready is still to come.
 *
 * Return: whether the queue is empty.
 */
static inline bool kpl_input_is_empty(const struct kpl_input *input)
{
	return !READ_ONCE(input->queued);
}

#endif /* KPL011_INPUT_H */
