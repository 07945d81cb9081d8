// SPDX-License-Identifier: GPL-2.0-only
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "streams.h"

/*
 * A thread that sleeps for what is there, and has not been woken since, will
 * be within KPL_WAKE_NS, or was forgotten. On a busy host a thread that was
 * woken does not sleep, however long it has to wait for a CPU.
 */
#define TOO_LONG	5.0	/* seconds */
#define NO_END		60.0
#define LOOKS		1000	/* in that time: the host may have stood still */

static struct watch {
	unsigned int calls;
	double since;		/* its last call, or the first look at it */
	unsigned int looks;	/* at it from then on */
	double due;		/* since when it sleeps for what is there, or 0 */
	unsigned int due_looks;
	unsigned long number;	/* of that sleep */
	bool waits;		/* for what is not there */
} watches[2];

unsigned long sleep_number(const struct actor *actor)
{
	unsigned long number = 0;
	bool sleeps = false;
	char line[128];
	FILE *file;

	snprintf(line, sizeof(line), "/proc/self/task/%d/status", actor->tid);
	file = fopen(line, "r");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "State:\tS", 8))
			sleeps = true;
		sscanf(line, "voluntary_ctxt_switches: %lu", &number);
	}
	fclose(file);
	return sleeps ? number : 0;
}

/*
 * Whether what it sleeps for is there. That is found out without poll(2), which
 * would have the module wake those who sleep when the next byte comes.
 */
static bool is_due(const struct actor *actor, enum sleeper sleeps)
{
	struct pollfd pfd = { .fd = actor->fd, .events = POLLIN };
	struct kpl011_input input = { .size = sizeof(input) };
	struct kpl011_info info = info_of(actor->fd);

	if (sleeps == READER)
		return (uint64_t)lseek(actor->fd, 0, SEEK_CUR) < info.tx_newest ||
		       (gone && poll(&pfd, 1, 0) == 1);
	if (info.state != KPL011_STATE_LIVE || info.rx_queued <= QUEUED - FIFO - ROOM)
		return true;
	return sleeps == WRITER && !ioctl(actor->fd, KPL011_INPUT, &input) &&
	       input.status & KPL011_INPUT_OTHER;
}

/*
 * It is right to sleep: have the guest do what ends it. The other one does not
 * sleep for what is there, so that it could be woken by this.
 */
static void end_sleep(const struct actor *actor, enum sleeper sleeps)
{
	bool held = guest.printed > info_of(actor->fd).tx_newest;

	if (sleeps != READER) {
		guest.takes = ROOM + FIFO;
		return;
	}
	/*
	 * Bytes that are held first. Where bytes are lost nobody knows whether
	 * some are held; and the end is not told before a hold is over.
	 */
	if (held || lossy || gone) {
		set_flow(files[0], KPL011_FLOW_OFF);
		set_flow(files[1], KPL011_FLOW_OFF);
	}
	if ((!held || lossy) && !is_due(actor, sleeps))
		guest.nudges = 1;
}

static void begin(const struct actor *actor, struct watch *watch)
{
	*watch = (struct watch){ .calls = actor->calls, .since = now() };
}

static void does_not_end(const struct actor *actor)
{
	struct kpl011_info info = info_of(actor->fd);

	fail("thread %u does not end: state %d, call %u, at %lld of %llu, printed %llu, %u queued, stalls %llu, other %s %d%s",
	     actor->n, actor->sleeps, actor->calls,
	     (long long)lseek(actor->fd, 0, SEEK_CUR), (unsigned long long)info.tx_newest,
	     (unsigned long long)guest.printed, (unsigned int)info.rx_queued,
	     (unsigned long long)info.flow_stalls,
	     actors[!actor->n].done ? "done" : "not done", actors[!actor->n].sleeps,
	     lossy ? ", bytes are lost" : "");
}

/* Look at an actor: it does something, or waits, or was forgotten. */
static void look_at(const struct actor *actor, struct watch *watch)
{
	enum sleeper sleeps = actor->sleeps;
	unsigned long number;

	watch->waits = false;
	if (actor->done)
		return;
	if (actor->calls != watch->calls)
		begin(actor, watch);
	if (++watch->looks > LOOKS && now() - watch->since > NO_END)
		does_not_end(actor);
	number = sleep_number(actor);
	if (sleeps == AWAKE || !number || pager_holds(actor)) {
		watch->due = 0;
	} else if (!is_due(actor, sleeps)) {
		watch->waits = true;
		watch->due = 0;
	} else if (!watch->due || number != watch->number) {
		watch->due = now();
		watch->due_looks = 0;
		watch->number = number;
	} else if (++watch->due_looks > LOOKS && now() - watch->due > TOO_LONG) {
		fail("thread %u sleeps for what is there", actor->n);
	}
}

void finish(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		begin(&actors[i], &watches[i]);
	while (!actors[0].done || !actors[1].done) {
		nap(300);
		for (i = 0; i < 2; i++)
			look_at(&actors[i], &watches[i]);
		for (i = 0; i < 2; i++)
			if (watches[i].waits && (actors[!i].done || watches[!i].waits))
				end_sleep(&actors[i], actors[i].sleeps);
	}
	for (i = 0; i < 2; i++)
		pthread_join(actors[i].thread, NULL);
}
