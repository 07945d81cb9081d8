/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The recorders of all ports that are logged, and which of them writes to which files.
 */
#ifndef KPL011_RECORDERS_H
#define KPL011_RECORDERS_H

#include <jansson.h>

#include "daemon/fdshare.h"
#include "daemon/naming.h"
#include "daemon/recorder_index.h"

struct recorders_removed {
	uint64_t files;
	uint64_t bytes;
};

struct recorders {
	const struct policy *policy;
	struct logstream_shared shared;
	char boot[LEDGER_BOOT_SIZE];
	struct recorders_removed removed[KEEPER_REASONS]; /* since it began */
	int64_t began_ns;				  /* CLOCK_BOOTTIME */
	/* A negative errno that was told; what fails is in the report. */
	int report_err;
	int metrics_err;
	bool report_again; /* the next one says another thing of the metrics */
	struct {
		bool policy; /* the one that was to be read last is wrong */
		bool module; /* there is none */
		bool scan;   /* VMs that run cannot be looked for */
		int port;    /* one cannot be looked at: an errno */
	} failing;
	struct report *report;	     /* that is being made, or NULL */
	uint32_t reports;	     /* that were begun */
	struct recorder_sample gone; /* of ports that are no more */
	struct recorder *first;	     /* those of earlier attaches first */
	uint32_t missed;	     /* so often was it missed that ports were reaped */
	uint32_t sure_of;	     /* and what was up to then is known of all that are there */
	uint32_t asking;	     /* or will be when those that are left have been asked */
	struct recorder_index index;
	struct naming naming;
	struct fdshare fds;
	/* What was begun is done: those that were there are logged, or the policy holds. */
	void (*ready)(void *arg);
	void *ready_arg;
	uint64_t told_ns;  /* when its manager heard of it last */
	bool open;	   /* there is something to close */
	bool starting;	   /* all there are come first */
	bool held;	   /* who has come is given no name yet */
	bool coming;	   /* they are being named and begun */
	bool deciding;	   /* not all have had the new policy */
	bool undecided;	   /* not all have had one */
	bool rotating;	   /* not all have been told to */
	bool rotate_again; /* and it was asked for once more */
	bool retrying;	   /* not all that are broken have been tried again */
	bool retry_set;	   /* it is known when they are */
	bool reloading;	   /* it is not known to hold */
	bool renamed;	   /* what was called otherwise, in the directory of */
	uint32_t generation;
	struct renaming *renaming; /* it is at it */
	bool looking;		   /* the keeper has begun */
	bool hidden;		   /* there are ports of others, and that was told */
	struct loop_event *tidying;
	struct loop_event *settling;  /* the rest, after others had their turn */
	struct loop_event *again;     /* what could not be begun */
	struct loop_event *following; /* what had to wait for the life before */
};

/**
 * recorders_open - begin, with no port yet
 * @all: to be given to recorders_close(), whatever comes of it
 * @loop: outlives it
 * @policy: as well; when it is another one, recorders_decide()
 * @path: the directory of the logs
 *
 * Says why if it fails.
 */
enum status recorders_open(struct recorders *all, struct loop *loop, const struct policy *policy,
			   const char *path);
void recorders_close(struct recorders *all);

/* A port, if it is not known and may be read: it is logged. 0 or a negative errno. */
int recorders_add(struct recorders *all, uint32_t id);

/* Whether a process has a live port there, that is known. */
bool recorders_have(const struct recorders *all, pid_t pid, uint64_t gpa);

/* It was reaped. */
void recorders_gone(struct recorders *all, uint32_t id);

/* Any may have been reaped, and its number be another's by now: they are looked at. */
void recorders_missed(struct recorders *all);

/*
 * Ports are added in any order from now on, as they are from the start: they are named when
 * recorders_all_there() is called, the lives of a guest one after the other.
 */
void recorders_hold(struct recorders *all);

/*
 * Those that were there are added: they are named. The first time what others left is dropped,
 * and it is ready when they are logged.
 */
void recorders_all_there(struct recorders *all);

/* The policy is another one. Ready when it holds. */
void recorders_decide(struct recorders *all);

/* A new file of each log. */
void recorders_rotate(struct recorders *all);

#endif /* KPL011_RECORDERS_H */
