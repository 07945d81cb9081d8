/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One guest at the far end of a connection, as long as the other side looks at
 * it: its source, how much may be sent of it, and what is typed.
 */
#ifndef KPL011_CHANNEL_H
#define KPL011_CHANNEL_H

#include <jansson.h>

#include "base/loop.h"
#include "remote/outbox.h"
#include "source/source.h"

struct channel;

/**
 * channel_open - as a note asks
 * @loop: the loop
 * @box: where to speak to the other side
 * @number: what it calls the channel
 * @note: says which guest, and from where on
 * @read_only: also if it asks to write
 *
 * Tells the other side that it is open, or why it is not.
 *
 * Return: NULL: it is not
 */
struct channel *channel_open(struct loop *loop, struct outbox *box, uint32_t number, json_t *note,
			     bool read_only);
void channel_close(struct channel *channel);

uint32_t channel_number(const struct channel *channel);

/* What comes for it. False: the other side does what it may not. */
bool channel_credit(struct channel *channel, uint64_t count);
bool channel_input(struct channel *channel, const void *bytes, size_t len);
bool channel_break(struct channel *channel);
bool channel_act(struct channel *channel, json_t *note);

/* Output goes on from another position, with other credit. */
void channel_seek(struct channel *channel, json_t *note);

/* It asks when what was printed. */
void channel_marks(struct channel *channel, json_t *note);

/* The other side knows that input was not taken; what it sends now came later. */
bool channel_again(struct channel *channel);

/* The outbox has room again. */
void channel_resume(struct channel *channel);

/* Now and then: tells it if another took the input. */
void channel_tick(struct channel *channel);

#endif /* KPL011_CHANNEL_H */
