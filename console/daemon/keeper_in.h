/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to keeper.c, to keeper_look.c, which scans the directory, and to keeper_limits.c, which
 * removes what the limits do not allow: the keeper's state.
 */
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

/* Milliseconds between two turns that make room, in which guests are logged. */
#define MAKING_MS 1

#define AGES_MS ((uint64_t)3600 * 1000)
#define RETRY_MS ((uint64_t)60 * 1000)

enum keeper_phase {
	KEEPER_IDLE,
	KEEPER_FILES,  /* reading the directory */
	KEEPER_GUESTS, /* applying the limits of guests */
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
	/* The scan of the directory. */
	enum keeper_phase phase;
	bool ready;   /* this directory was scanned once */
	bool named;   /* it is known who writes to which log */
	bool again;   /* the limits have changed since it began */
	bool telling; /* ops->looked() is to be called */
	bool waits;   /* a guest's limits remove a file once it is compressed */
	struct dirread *entries;
	uint32_t generation; /* the directory's generation */
	uint64_t count;	     /* files seen in this scan */
	uint64_t told_ms;
	int unlooked;		  /* the directory could not be read, which was printed: an errno */
	bool sweeping;		  /* files that this scan has not seen are gone */
	bool swept;		  /* this was applied to the present guest */
	char guest[LOGNAME_SIZE]; /* the last guest that is done */
	struct loop_event *look;
	struct loop_event *making; /* to make room where there is too much */
	struct loop_event *ages;   /* to rescan, as files become too old without any event */
	struct loop_event *retry;  /* to retry what could not be removed */
};

/* A timer's callback: one turn of the scan. @arg: the keeper. */
void keeper_go_on(void *arg);

/* How the keeper removes what is too much of all logs together; their argument: the keeper. */
extern const struct room_ops keeper_room_ops;

/* A timer's callback: makes room where there is too much. @arg: the keeper. */
void keeper_make_room(void *arg);

/*
 * Removes what the limits of a guest do not allow. True: the turn is over, and there is more to
 * do.
 */
bool keeper_limit_guest(struct keeper *keeper, struct archive_guest *guest, uint64_t begun);

#endif /* KPL011_KEEPER_IN_H */
