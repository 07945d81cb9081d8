/* SPDX-License-Identifier: GPL-2.0-only */
/* The recorders of all ports that are logged, and which of them writes to which files. */
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
	struct recorders_removed removed[KEEPER_REASONS]; /* since the daemon began */
	int64_t began_ns;				  /* CLOCK_BOOTTIME */
	/* Negative errnos that were reported; the report lists what fails. */
	int report_err;
	int metrics_err;
	bool report_again; /* the failure of the metrics changed: report again */
	struct {
		bool policy; /* the policy that was read last is wrong */
		bool module; /* it is not loaded */
		bool scan;   /* running VMs cannot be looked for */
		int port;    /* errno: one cannot be looked at */
	} failing;
	struct report *report;	     /* that is being made, or NULL */
	uint32_t reports;	     /* number of reports begun */
	struct recorder_sample gone; /* sum of ports that no longer exist */
	struct recorder *first;	     /* list, in the order of their attaches */
	uint32_t missed;	     /* how often reaped ports may have been missed */
	uint32_t sure_of;	     /* value of @missed at which all ports were known to exist */
	uint32_t asking;	     /* value that @sure_of gets when the rest have been asked */
	struct recorder_index index;
	struct naming naming;
	struct fdshare fds;
	/* What was begun is done: the first guests are logged, or the new policy applies. */
	void (*ready)(void *arg);
	void *ready_arg;
	uint64_t told_ns;  /* when the service manager was last told of progress */
	bool open;	   /* there is something to close */
	bool starting;	   /* the ports that exist at the start are being added */
	bool held;	   /* new recorders get no base yet */
	bool coming;	   /* the first ones are being named and begun */
	bool deciding;	   /* not all have a decision of the new policy */
	bool undecided;	   /* some have no current decision */
	bool rotating;	   /* not all were rotated */
	bool rotate_again; /* requested again meanwhile */
	bool retrying;	   /* not all broken ones were tried again */
	bool retry_set;	   /* retry_later() has set a time for that */
	bool reloading;	   /* ready() is due for a new policy */
	bool renamed;	   /* old names were renamed, in the directory of this */
	uint32_t generation;
	struct renaming *renaming; /* in progress, or NULL */
	bool looking;		   /* the keeper has begun */
	bool hidden;		   /* others have ports, and that was reported */
	struct loop_event *tidying;
	struct loop_event *settling;  /* continues after others had their turn */
	struct loop_event *again;     /* what could not begin */
	struct loop_event *following; /* what waited for an earlier life */
};

/**
 * recorders_open - begin, without any port
 * @all: to be passed to recorders_close() afterwards, even if this fails
 * @loop: must outlive it
 * @policy: must outlive it; call recorders_decide() when it has changed
 * @path: the directory of the logs
 *
 * Reports why it fails.
 */
enum status recorders_open(struct recorders *all, struct loop *loop, const struct policy *policy,
			   const char *path);
void recorders_close(struct recorders *all);

/* Logs a port, unless it is known or may not be read. Returns 0 or a negative errno. */
int recorders_add(struct recorders *all, uint32_t id);

/* Whether a process has a live port at that address, among those that are known. */
bool recorders_have(const struct recorders *all, pid_t pid, uint64_t gpa);

/* The port was reaped. */
void recorders_gone(struct recorders *all, uint32_t id);

/* Any port may have been reaped and its id reused: asks all of them. */
void recorders_missed(struct recorders *all);

/*
 * From now on ports are added in any order, as at the start. They get their names when
 * recorders_all_there() is called, so that the lives of a guest are named in their order.
 */
void recorders_hold(struct recorders *all);

/*
 * All ports that exist were added: names them. The first time this also removes from .kpl011/ what
 * nobody needs any more, and calls ready() when the guests are logged.
 */
void recorders_all_there(struct recorders *all);

/* The policy has changed. Calls ready() when it applies. */
void recorders_decide(struct recorders *all);

/* Rotates all logs. */
void recorders_rotate(struct recorders *all);

#endif /* KPL011_RECORDERS_H */
