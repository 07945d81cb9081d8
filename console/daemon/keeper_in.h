/* SPDX-License-Identifier: GPL-2.0-only */
/* Of the keeper's own files alone: its state, and how it looks through the directory. */
#ifndef KPL011_KEEPER_IN_H
#define KPL011_KEEPER_IN_H

#include "daemon/beside.h"
#include "daemon/calendar.h"
#include "daemon/dirread.h"
#include "daemon/keeper.h"
#include "daemon/packer.h"
#include "daemon/removal.h"
#include "daemon/retire.h"
#include "daemon/roll.h"
#include "daemon/room.h"

#define AGES_MS ((uint64_t)3600 * 1000)
#define RETRY_MS ((uint64_t)60 * 1000)

enum keeper_phase {
	KEEPER_IDLE,
	KEEPER_FILES,  /* what there is in the directory */
	KEEPER_GUESTS, /* what their limits say */
};

struct keeper {
	struct loop *loop;
	struct logdir *dir;
	const struct keeper_ops *ops;
	void *arg;
	struct archive archive;
	struct packer *packer;
	struct calendar calendar;
	struct room room;
	struct removal removal;
	struct retire retire;
	struct roll roll;
	struct beside *beside;
	/* Looking through it. */
	enum keeper_phase phase;
	bool ready;   /* it was through once, in this directory */
	bool named;   /* who writes to which log is known */
	bool again;   /* the limits are others since */
	bool telling; /* that it was through */
	bool waits;   /* something of a guest goes, by its limits, when it was compressed */
	struct dirread *entries;
	uint32_t generation; /* of the directory */
	uint32_t seen;	     /* counts how often */
	uint64_t count;	     /* of files, this time */
	uint64_t told_ms;
	int unlooked;		  /* it could not be looked through, and that was told: an errno */
	bool sweeping;		  /* who was not seen is gone */
	bool swept;		  /* this guest is */
	char guest[LOGNAME_SIZE]; /* the one before */
	struct loop_event *look;
	struct loop_event *making; /* room: there is too much */
	struct loop_event *ages;   /* files grow too old without anything happening */
	struct loop_event *retry;  /* of removing */
};

/* A timer's: a turn of looking through the directory. @arg: the keeper. */
void keeper_go_on(void *arg);

/* A timer's: makes room where there is too much. @arg: the keeper. */
void keeper_make_room(void *arg);

/* Removes what the limits of a guest do not allow. True: the turn is over, and it is not done. */
bool keeper_limit_guest(struct keeper *keeper, struct archive_guest *guest, uint64_t begun);

#endif /* KPL011_KEEPER_IN_H */
