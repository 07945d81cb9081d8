/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds recorders by the id of their port, and by the base of their files. */
#ifndef KPL011_RECORDER_INDEX_H
#define KPL011_RECORDER_INDEX_H

#include "daemon/recorder.h"

struct recorder_index {
	void *by_id;
	void *by_base;
};

/* Returns the recorder of a port that was not forgotten, or NULL. */
struct recorder *index_id(const struct recorder_index *index, uint32_t id);

/* Returns the last recorder that writes, or wrote, to files of this base, or NULL. */
struct recorder *index_base(const struct recorder_index *index, const char *base);

/* The same, of those that are not done; earlier lives are before it. */
struct recorder *index_writer(const struct recorder_index *index, const char *base);

/* Returns false if there is no memory. */
bool index_set_id(struct recorder_index *index, struct recorder *recorder);

/*
 * Gives it a base, and puts it after those that have the same. Returns false if there is no memory:
 * then it has no base.
 */
bool index_set_base(struct recorder_index *index, struct recorder *recorder, const char *base);

void index_take_id(struct recorder_index *index, struct recorder *recorder);
void index_take_base(struct recorder_index *index, struct recorder *recorder);

/* The recorder is done: no other waits for it. */
void index_ended(const struct recorder_index *index, struct recorder *recorder);

void index_free(struct recorder_index *index);

#endif /* KPL011_RECORDER_INDEX_H */
