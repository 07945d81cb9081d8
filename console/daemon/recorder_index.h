/* SPDX-License-Identifier: GPL-2.0-only */
/* Recorders by the number of their port, and by what their files are called. */
#ifndef KPL011_RECORDER_INDEX_H
#define KPL011_RECORDER_INDEX_H

#include "daemon/recorder.h"

struct recorder_index {
	void *by_id;
	void *by_base;
};

/* One that was not forgotten, or NULL. */
struct recorder *index_id(const struct recorder_index *index, uint32_t id);

/* The last of those that write, or wrote, to files of that name, or NULL. */
struct recorder *index_base(const struct recorder_index *index, const char *base);

/* The last of those that are not done, or NULL; those of earlier lives are before it. */
struct recorder *index_writer(const struct recorder_index *index, const char *base);

/* False: no memory. */
bool index_set_id(struct recorder_index *index, struct recorder *recorder);

/* Gives it that name, behind those that have it. */
void index_set_base(struct recorder_index *index, struct recorder *recorder, const char *base);

void index_take_id(struct recorder_index *index, struct recorder *recorder);
void index_take_base(struct recorder_index *index, struct recorder *recorder);

/* It is done: nobody waits for it. */
void index_ended(const struct recorder_index *index, struct recorder *recorder);

void index_free(struct recorder_index *index);

#endif /* KPL011_RECORDER_INDEX_H */
