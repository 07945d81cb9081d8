/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * At the far end: one guest that the near end has opened. A channel has the
 * guest's source, the credit for its output, and the input for it.
 */
#ifndef KPL011_CHANNEL_H
#define KPL011_CHANNEL_H

#include <jansson.h>

#include "base/loop.h"
#include "remote/outbox.h"
#include "source/source.h"

struct channel;

/**
 * channel_open - open a guest, as a note asks
 * @loop: the loop
 * @box: for frames to the near end
 * @number: the channel's number, which the near end chose
 * @note: says which guest, and from which position on
 * @read_only: never open it for writing, even if the note asks for that
 *
 * Tells the near end that it is open, or why it is not.
 *
 * Return: NULL if it is not open
 */
struct channel *channel_open(struct loop *loop, struct outbox *box, uint32_t number, json_t *note,
			     bool read_only);
void channel_close(struct channel *channel);

uint32_t channel_number(const struct channel *channel);

/* What comes for it. False: the near end breaks the protocol. */
bool channel_credit(struct channel *channel, uint64_t count);
bool channel_input(struct channel *channel, const void *bytes, size_t len);
bool channel_break(struct channel *channel);
bool channel_act(struct channel *channel, json_t *note);

/* Output continues from another position, with new credit. */
void channel_seek(struct channel *channel, json_t *note);

/* Answers with the marks of the positions that the note asks for. */
void channel_marks(struct channel *channel, json_t *note);

/* The near end knows that input failed: what it sends from now on is new. False: none failed. */
bool channel_again(struct channel *channel);

/* The outbox has room again. */
void channel_resume(struct channel *channel);

/* To be called now and then: tells the near end if the holder of the input has changed. */
void channel_tick(struct channel *channel);

#endif /* KPL011_CHANNEL_H */
