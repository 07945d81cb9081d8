/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of streams:
 *
 *	streams.c	rounds and runs, and what must hold after each
 *	calls.c		what the two threads call, and what each call must return
 *	sleep.c		that nobody sleeps for what is there
 *	pager.c		calls that are held up in the middle of their copy
 *	guest.c		the guest: it prints, and takes what is typed
 */
#ifndef KPL011_STRESS_STREAMS_H
#define KPL011_STRESS_STREAMS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../kselftest/port.h"
#include "../kselftest/vm.h"
#include "common.h"

#define REG(offset)	(VM_UART_GPA + (offset))
#define RING		KPL011_RING_MIN
#define FIFO		32	/* what the UART holds in each direction */
#define QUEUED	(2048 + FIFO) /* characters that wait for the guest at most */
#define ROOM		1024	/* of these, are free when a writer is woken */
#define BYTES		251	/* a prime: each lap of the ring has other bytes */
#define BEHIND		200	/* bytes of the ring that are free for a late reader */
#define CALLS_PER_RUN	100	/* of each thread at most */
#define SKIP_BACK	4	/* bytes that a call goes back, of those that skip */

enum kind {
	PLAIN,		/* reads of the position, or nothing to do with it */
	SKIPS,		/* moves the file's position by what it counts */
	HOLDS,		/* has flow control hold up the guest, with a file of its own */
	SEEKS,		/* sets the file's position */
	FLOWS,		/* switches flow control */
	BREAKS_IN,	/* loses bytes: of some rounds alone */
	ENDS,		/* the last of a port */
};

enum sleeper {
	AWAKE,
	READER,		/* for a byte */
	POLLER,		/* for room, in poll(2) */
	WRITER,		/* for room, or until another one has the input */
};

/* One of the two threads. */
struct actor {
	unsigned int n;
	unsigned int seed;
	const struct op *op;
	int fd;
	int epfd;		/* of fd, by edges */
	bool ended;		/* it was told that the port has */
	const struct kpl011_ring *ring;
	uint64_t mapped;	/* position of the reader of that */
	unsigned int got[BYTES]; /* of each byte what read(2) returned */
	long skipped;		/* by how much it moved the position */
	_Atomic unsigned int taken; /* of what it typed */
	_Atomic unsigned int breaks;
	_Atomic unsigned int calls;
	unsigned int most;	/* of these */
	_Atomic int sleeps;	/* enum sleeper */
	_Atomic bool done;
	_Atomic pid_t tid;
	pthread_t thread;
};

struct op {
	const char *name;
	enum kind kind;
	void (*fn)(struct actor *actor);
};

/* streams.c */
extern struct vm vm;
extern struct kpl011_attach args;
extern struct actor actors[2];
extern int files[2];
extern bool overwrites;		/* of this run: late readers lose bytes */
extern bool lossy;		/* of this round: RESET and STATE_SET */
extern _Atomic bool stop;	/* the actors end when they are not asleep */
extern _Atomic bool gone;	/* the port may be detached */

/* calls.c */
extern const struct op ops[];
extern const unsigned int n_ops;
extern const unsigned int n_waiting;	/* the first: a run needs one of these */
extern const unsigned int n_disturbing;	/* the first: they do most to those */

bool call_reads(const struct op *op);
bool call_types(const struct op *op);
/* An ioctl, which may fail with what its entry in the ABI says, here @allowed. */
int ask(int fd, unsigned int cmd, void *arg, const int *allowed);
extern const int nothing[], no_device[];
/* Bytes that were read follow upon each other. */
void look(const unsigned char *bytes, size_t n);
struct kpl011_info info_of(int fd);
void set_flow(int fd, uint32_t flags);

/* sleep.c */
/* How often the thread has gone to sleep, or 0 if it does not sleep now. */
unsigned long sleep_number(const struct actor *actor);
/* Wait for the end of the actors, whose sleep is to end as soon as it can. */
void finish(void);

/* pager.c */
void pager_init(void);
/* Whether that is what the actor sleeps for. */
bool pager_holds(const struct actor *actor);
/* Memory for @n bytes, that holds up who copies to it, or not. */
unsigned char *pager_room(struct actor *actor, size_t n);
/* The same with these bytes, for who copies from it. */
unsigned char *pager_bytes(struct actor *actor, const unsigned char *bytes, size_t n);

/* guest.c */
struct guest {
	_Atomic uint64_t printed; /* in all */
	unsigned int budget;	/* to be printed in this run */
	unsigned int seed;
	bool types;		/* somebody does */
	bool last_held;		/* the last bytes are to be printed while it is held */
	_Atomic unsigned int held; /* by so many calls */
	_Atomic bool over;	/* the budget is */
	_Atomic unsigned int nudges; /* bytes beyond it, when it is */
	_Atomic unsigned int takes; /* characters, when it is */
	_Atomic bool quit;
	unsigned int received[2];
	unsigned int breaks;
	pthread_t thread;
};

extern struct guest guest;

void *run_guest(void *arg);
/* Print @n bytes at once. Returns whether the UART was there. */
bool guest_print(unsigned int n);
/* Take what was typed, @most of it. */
void guest_receive(unsigned int most);

#endif
