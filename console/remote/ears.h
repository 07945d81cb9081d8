/* SPDX-License-Identifier: GPL-2.0-only */
/* Who hears what comes from another host: each guest and each errand has a channel. */
#ifndef KPL011_EARS_H
#define KPL011_EARS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "remote/frame.h"

/* The callbacks of one channel, for a guest or an errand. */
struct remote_ear {
	/* The connection is made, or made again: a guest may be opened. */
	void (*up)(void *arg);
	void (*down)(void *arg);
	void (*frame)(const struct frame *frame, void *arg);
	/* A note came; @say is its member of that name. */
	void (*note)(const char *say, json_t *note, void *arg);
	/* About each second while connected, to see whether answers are late. May be NULL. */
	void (*beat)(void *arg);
};

struct ear;

struct ears {
	struct ear *all;
	size_t count;
	uint32_t last; /* the last channel that was given to one */
};

void ears_free(struct ears *ears);

/* Gives @ops a channel. Returns its number, which was never used before; 0: no memory. */
uint32_t ears_add(struct ears *ears, const struct remote_ear *ops, void *arg);
/* Gives the ear of a channel, which there has to be, a new number. */
uint32_t ears_renew(struct ears *ears, uint32_t channel);
void ears_remove(struct ears *ears, uint32_t channel);

/* These call all ears, which may be removed meanwhile. */
void ears_up(struct ears *ears);
void ears_down(struct ears *ears);
void ears_beat(struct ears *ears);

/* These call the ear of the channel, if there is one. */
void ears_frame(struct ears *ears, const struct frame *frame);
void ears_note(struct ears *ears, uint32_t channel, const char *say, json_t *note);

#endif /* KPL011_EARS_H */
