/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's port, and where its output goes.
 */
#ifndef KPL011_RECORDER_H
#define KPL011_RECORDER_H

#include "daemon/alertstream.h"
#include "daemon/decide.h"
#include "daemon/logstream.h"

struct naming_group;
struct recorder;

struct recorder_ops {
	/* Its guest is gone and everything was written; it may be freed. */
	void (*done)(struct recorder *recorder, void *arg);
	/* What this one waited for is through: recorder_go_on(), soon. */
	void (*follows)(struct recorder *recorder, void *arg);
};

/* What was known of a port last. */
struct recorder_sample {
	bool live;
	uint64_t tx_newest;
	uint64_t rx_bytes;
	uint64_t lost; /* in the UART */
	uint64_t interrupts;
	uint64_t stalls; /* of readers without loss */
	uint64_t stall_ns;
	uint64_t drops;
};

struct recorder {
	struct recorder *next; /* of who has it */
	struct logstream_shared *shared;
	const struct recorder_ops *ops;
	void *arg;
	struct ledger_port port;
	struct source_facts facts; /* as they were when it was found */
	uid_t payer;		   /* who answered for its owner then */
	struct decide_seen seen;   /* its process, then */
	struct recorder_sample sample;
	char label[SOURCE_NAME_SIZE];
	char base[LOGNAME_SIZE];     /* empty: it has to wait for its name */
	struct naming_group *naming; /* it waits among these; or NULL */
	/*
	 * The lives before and behind it that write to the same files, and are not done. Each
	 * of its logs waits for the same of those before, and for none of another kind.
	 */
	struct recorder *before;
	struct recorder *after;
	bool follows; /* recorder_go_on() is due */
	struct policy_decision decision;
	struct logstream *streams[LOGSTREAM_KINDS];
	bool finished[LOGSTREAM_KINDS];
	bool begun[LOGSTREAM_KINDS]; /* once: earlier lives are too late for it */
	struct alertstream *alerts;
	bool looked;	/* for alerts, to its end */
	bool broken;	/* not all of it could be begun; tried again by recorder_decide() */
	bool asked;	/* whether it has written before */
	bool waits;	/* for descriptors, and has none */
	size_t held;	/* descriptors, at most */
	size_t sharer;	/* whose, while it holds some or waits */
	bool undecided; /* it came, or the policy is another one */
	bool to_rotate; /* it was asked for */
	bool to_retry;	/* it is broken, and its turn is to come */
	bool done;
	bool forgotten;	  /* its port was reaped */
	uint32_t reports; /* the last one that it is in */
	uint32_t missed;  /* as that of all of them when it was seen to be there */
};

/* There is something to do with what its guest prints. */
bool recorder_wanted(const struct recorder *recorder);

/* Something of it is open. */
bool recorder_open(const struct recorder *recorder);

/* Nothing is written yet. 0 or a negative errno of the port. */
int recorder_new(struct logstream_shared *shared, uint32_t id, const char *boot,
		 const struct recorder_ops *ops, void *arg, struct recorder **recorder);
void recorder_free(struct recorder *recorder);

/*
 * What its files were called before, if it has written any. @owner: what the number in their
 * names is; a name that is of another guest is put aside.
 */
bool recorder_remembers(const struct recorder *recorder, int64_t owner, char base[LOGNAME_SIZE]);

/* Goes on as @decision says, now or with other limits than before. It has a base. */
void recorder_decide(struct recorder *recorder, const struct policy_decision *decision);

/* Begins what does not have to wait any more. */
void recorder_go_on(struct recorder *recorder);

/* It is no more: who waited for it is told. */
void recorder_leaves(struct recorder *recorder);

/*
 * Whether a log is being written, or will be, by this life or one before; @base: of the guest,
 * or of its logs in JSON.
 */
bool recorder_writes(const struct recorder *recorder, const char *base, bool clean);

/* Cuts that off. */
void recorder_rotate_log(struct recorder *recorder, const char *base, bool clean);

/* Closes what it has open, when it is done. */
void recorder_rest(struct recorder *recorder);

void recorder_rotate(struct recorder *recorder);

/* Whether its guest lives, asked now. */
bool recorder_lives(const struct recorder *recorder);

/* 1, or 0: its port was reaped; asked now. A negative errno: that cannot be known. */
int recorder_is_there(const struct recorder *recorder);

/* Its guest's process, asked now; 0: it is gone. */
pid_t recorder_process(const struct recorder *recorder);

/* What there is to know of a port; false: it is no more. */
bool recorder_sample_of(uint32_t id, uint64_t attach_ns, struct recorder_sample *sample);

void recorder_add(struct recorder_sample *sum, const struct recorder_sample *sample);

/* Looks at its port; what is known stays if it is no more. */
void recorder_look(struct recorder *recorder);

/* Has the module forget its port. */
void recorder_reap(const struct recorder *recorder);

/* Removes its ledgers: nobody will ask for the port again. */
void recorder_forget(const struct recorder *recorder);

#endif /* KPL011_RECORDER_H */
