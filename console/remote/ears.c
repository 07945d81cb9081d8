// SPDX-License-Identifier: GPL-2.0-only
#include "remote/ears.h"

#include <stdlib.h>

struct ear {
	uint32_t channel;
	const struct remote_ear *ops;
	void *arg;
};

void ears_free(struct ears *ears)
{
	free(ears->all);
}

static struct ear *find(struct ears *ears, uint32_t channel)
{
	for (size_t i = 0; i < ears->count; i++)
		if (ears->all[i].channel == channel)
			return &ears->all[i];
	return NULL;
}

uint32_t ears_add(struct ears *ears, const struct remote_ear *ops, void *arg)
{
	struct ear *all;

	all = reallocarray(ears->all, ears->count + 1, sizeof(*all));
	if (!all)
		return 0;
	ears->all = all;
	all[ears->count++] = (struct ear){ ++ears->last, ops, arg };
	return ears->last;
}

uint32_t ears_renew(struct ears *ears, uint32_t channel)
{
	struct ear *ear = find(ears, channel);

	ear->channel = ++ears->last;
	return ear->channel;
}

void ears_remove(struct ears *ears, uint32_t channel)
{
	struct ear *ear = find(ears, channel);

	if (ear)
		*ear = ears->all[--ears->count];
}

void ears_up(struct ears *ears)
{
	for (size_t i = ears->count; i-- > 0;)
		if (i < ears->count)
			ears->all[i].ops->up(ears->all[i].arg);
}

void ears_down(struct ears *ears)
{
	for (size_t i = ears->count; i-- > 0;)
		if (i < ears->count)
			ears->all[i].ops->down(ears->all[i].arg);
}

void ears_beat(struct ears *ears)
{
	for (size_t i = ears->count; i-- > 0;)
		if (i < ears->count && ears->all[i].ops->beat)
			ears->all[i].ops->beat(ears->all[i].arg);
}

void ears_frame(struct ears *ears, const struct frame *frame)
{
	struct ear *ear = find(ears, frame->channel);

	if (ear)
		ear->ops->frame(frame, ear->arg);
}

void ears_note(struct ears *ears, uint32_t channel, const char *say, json_t *note)
{
	struct ear *ear = find(ears, channel);

	if (ear)
		ear->ops->note(say, note, ear->arg);
}
