/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's port, and the logs and alerts that its output goes to. */
#ifndef KPL011_RECORDER_H
#define KPL011_RECORDER_H

#include "daemon/alertstream.h"
#include "daemon/decide.h"
#include "daemon/logstream.h"

struct naming_group;
struct recorder;

struct recorder_ops {
	/* The guest is gone, and all its output was written; the recorder may be freed. */
	void (*done)(struct recorder *recorder, void *arg);
	/* An earlier life has finished what this one waited for: call recorder_go_on(), soon. */
	void (*follows)(struct recorder *recorder, void *arg);
};

/* What was last known of a port. */
struct recorder_sample {
	bool live;
	uint64_t tx_newest;
	uint64_t rx_bytes;
	uint64_t lost; /* in the UART */
	uint64_t interrupts;
	uint64_t stalls; /* of lossless readers, as are the next two */
	uint64_t stall_ns;
	uint64_t drops;
};

struct recorder {
	struct recorder *next; /* for the list of whoever uses it */
	struct logstream_shared *shared;
	const struct recorder_ops *ops;
	void *arg;
	struct ledger_port port;
	struct source_facts facts; /* as they were when the port was found */
	uid_t payer;		   /* the owner to whom it is charged: payer_of(), asked then */
	struct decide_seen seen;   /* what is known about its process */
	struct recorder_sample sample;
	char label[SOURCE_NAME_SIZE];
	char base[LOGNAME_SIZE];     /* empty: it waits for its base */
	struct naming_group *naming; /* the group it waits in, or NULL */
	/*
	 * The lives before and after it that write to the same files, and are not done. Each log
	 * waits for the same kind of log of the lives before, and for no other kind.
	 */
	struct recorder *before;
	struct recorder *after;
	bool follows; /* recorder_go_on() is due */
	struct policy_decision decision;
	struct logstream *streams[LOGSTREAM_KINDS];
	bool finished[LOGSTREAM_KINDS];
	bool begun[LOGSTREAM_KINDS]; /* once begun: then earlier lives are too late */
	struct alertstream *alerts;
	bool looked;	/* all its output was searched for alerts */
	bool broken;	/* something could not begin; recorder_decide() tries again */
	bool asked;	/* it was looked up whether it has written before */
	bool waits;	/* for descriptors, and has none */
	size_t held;	/* descriptors that it may have open */
	size_t sharer;	/* index of its owner in fdshare, while it holds some or waits */
	bool undecided; /* it is new, or the policy has changed */
	bool to_rotate; /* a rotation was requested */
	bool to_retry;	/* it is broken, and not yet tried again */
	bool done;
	bool forgotten;	  /* its port was reaped */
	uint32_t reports; /* the last report that includes it */
	uint32_t missed;  /* recorders.missed when its port was last known to exist */
};

/* Whether anything is to be done with the guest's output. */
bool recorder_wanted(const struct recorder *recorder);

/* Whether any of its streams is open. */
bool recorder_open(const struct recorder *recorder);

/* Writes nothing yet. Returns 0, or a negative errno of the port. */
int recorder_new(struct logstream_shared *shared, uint32_t id, const char *boot,
		 const struct recorder_ops *ops, void *arg, struct recorder **recorder);
void recorder_free(struct recorder *recorder);

/*
 * Finds the base of its files, if it has written any before. @owner: the owner in their names. A
 * ledger with another guest's base is put aside.
 */
bool recorder_remembers(const struct recorder *recorder, int64_t owner, char base[LOGNAME_SIZE]);

/* Begins or continues as @decision says. The recorder must have a base. */
void recorder_decide(struct recorder *recorder, const struct policy_decision *decision);

/* Begins what does not have to wait any more. */
void recorder_go_on(struct recorder *recorder);

/* The recorder is about to go: lets those continue that waited for it. */
void recorder_leaves(struct recorder *recorder);

/*
 * Whether a log is being written or will be, by this life or an earlier one. @base: of the guest,
 * or of its JSON log.
 */
bool recorder_writes(const struct recorder *recorder, const char *base, bool clean);

/* Rotates that log. */
void recorder_rotate_log(struct recorder *recorder, const char *base, bool clean);

/* Closes what a recorder has open when it is done. */
void recorder_rest(struct recorder *recorder);

void recorder_rotate(struct recorder *recorder);

/* Asks whether the guest is live. */
bool recorder_lives(const struct recorder *recorder);

/* Asks whether the port exists: 1; 0: it was reaped; a negative errno: that cannot be known. */
int recorder_is_there(const struct recorder *recorder);

/* Asks for the guest's process; 0: it is gone. */
pid_t recorder_process(const struct recorder *recorder);

/* Gets what is known of a port. Returns false if the port no longer exists. */
bool recorder_sample_of(uint32_t id, uint64_t attach_ns, struct recorder_sample *sample);

void recorder_add(struct recorder_sample *sum, const struct recorder_sample *sample);

/* Updates the sample from the port; if that no longer exists, only @live changes. */
void recorder_look(struct recorder *recorder);

/* Reaps the port. */
void recorder_reap(const struct recorder *recorder);

/* Removes its ledgers: nobody will log this port again. */
void recorder_forget(const struct recorder *recorder);

#endif /* KPL011_RECORDER_H */
