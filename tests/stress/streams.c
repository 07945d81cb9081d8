// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two threads that do any two things with a port, on one open file or on two,
 * while its guest prints and takes what they type:
 *
 *	streams SECONDS [SEED [CALL CALL]]	of these two calls alone
 *
 * What holds whatever they do:
 *
 *  - The byte at position p is p % 256, whichever way it is read.
 *  - What is read(2) of one file, by both threads together, is each byte from
 *    the first position to the last once, if nobody seeks and none is lost.
 *    None is while flow control is on, or the guest prints less than the ring
 *    keeps.
 *  - The guest receives what each thread's write(2) and KPL011_INJECT took, in
 *    order, and as many breaks as KPL011_BREAK took.
 *  - Nobody sleeps for what poll(2) says is there.
 *  - When the port is detached everybody is told, and the rest can be read.
 *
 * In some rounds the UART is reset or gets a state meanwhile. Bytes are lost
 * then, and are not looked at; all else still holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest/port.h"
#include "../kselftest/vm.h"

#define REG(offset)	(VM_UART_GPA + (offset))
#define RING		KPL011_RING_MIN
#define FIFO		32	/* what the UART holds in each direction */
#define QUEUED	(2048 + FIFO) /* characters that wait for the guest at most */
#define PAIRS_PER_PORT	40
#define BEHIND		200	/* bytes of the ring that are free for a late reader */
#define CALLS_PER_RUN	100	/* of each thread at most */
#define TOO_LONG	20.0	/* seconds, of any sleep that is to end */

enum kind {
	PLAIN,		/* reads of the position, or nothing to do with it */
	SEEKS,		/* sets the file's position */
	FLOWS,		/* switches flow control */
	BREAKS_IN,	/* loses bytes: of some rounds alone */
	ENDS,		/* the last of a port */
};

enum sleeper { AWAKE, READER, WRITER };

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
	unsigned int got[256];	/* of each byte what read(2) returned */
	_Atomic unsigned int taken; /* of what it typed */
	_Atomic unsigned int breaks;
	_Atomic unsigned int calls;
	unsigned int most;	/* of these */
	_Atomic int sleeps;	/* enum sleeper */
	_Atomic bool done;
	pthread_t thread;
};

struct op {
	const char *name;
	enum kind kind;
	void (*fn)(struct actor *actor);
};

static struct vm vm;
static struct kpl011_attach args;
static struct actor actors[2];
static int files[2];
static bool lossy;		/* of this round: RESET and STATE_SET */
static _Atomic bool stop;	/* the actors end when they are not asleep */
static _Atomic bool gone;	/* the port may be detached */

/* The guest. */
static struct {
	uint64_t printed;	/* in all */
	unsigned int budget;	/* to be printed in this run */
	unsigned int seed;
	_Atomic bool over;	/* the budget is */
	_Atomic unsigned int nudges; /* bytes beyond it, when it is */
	_Atomic bool quit;
	unsigned int received[2];
	unsigned int breaks;
	pthread_t thread;
} guest;

static unsigned long long counted[64];	/* calls of each op */
static unsigned int run_seed;

static void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *fmt, ...)
{
	va_list ap;

	printf("not ok streams: ");
	if (actors[0].op && actors[1].op)
		printf("%s and %s on %s, run seed %u: ", actors[0].op->name,
		       actors[1].op->name,
		       actors[0].fd == actors[1].fd ? "one file" : "two files",
		       run_seed);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	_exit(1);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void nap(unsigned int us)
{
	struct timespec ts = { .tv_nsec = us * 1000l };

	nanosleep(&ts, NULL);
}

static unsigned int below(unsigned int *seed, unsigned int n)
{
	return rand_r(seed) % n;
}

/* An ioctl may fail with what its entry in the ABI says, here @allowed. */
static int ask(int fd, unsigned int cmd, void *arg, const int *allowed)
{
	if (!ioctl(fd, cmd, arg))
		return 0;
	while (*allowed && *allowed != errno)
		allowed++;
	if (!*allowed)
		fail("ioctl 0x%x: %s", cmd, strerror(errno));
	return errno;
}

static const int nothing[] = { 0 };
static const int no_device[] = { ENODEV, 0 };
static const int no_input[] = { EBUSY, EAGAIN, ENODEV, 0 };

static struct kpl011_info info_of(int fd)
{
	struct kpl011_info info = { .size = sizeof(info) };

	ask(fd, KPL011_INFO, &info, nothing);
	return info;
}

/* What was read follows upon itself. */
static void look(const unsigned char *bytes, size_t n)
{
	size_t i;

	for (i = 1; !lossy && i < n; i++)
		if (bytes[i] != (unsigned char)(bytes[i - 1] + 1))
			fail("%u follows upon %u", bytes[i], bytes[i - 1]);
}

static void told_the_end(struct actor *actor, bool it)
{
	if (it && !gone)
		fail("it is attached, and that is the end");
	actor->ended |= it;
}

/* read(2), which counts what it returns. The bytes, or -1 for EAGAIN. */
static ssize_t take(struct actor *actor, size_t size)
{
	unsigned char buf[512];
	ssize_t i, n;

	actor->sleeps = READER;
	n = read(actor->fd, buf, size);
	actor->sleeps = AWAKE;
	if (n < 0 && errno != EAGAIN)
		fail("read: %s", strerror(errno));
	told_the_end(actor, !n);
	look(buf, n > 0 ? n : 0);
	for (i = 0; i < n; i++)
		actor->got[buf[i]]++;
	return n;
}

static size_t some_size(struct actor *actor)
{
	return 1 + below(&actor->seed, below(&actor->seed, 2) ? 8 : 512);
}

/* Sleep for what poll(2) tells. */
static void await(struct actor *actor, short events)
{
	struct pollfd pfd = { .fd = actor->fd, .events = events };

	actor->sleeps = events == POLLOUT ? WRITER : READER;
	if (poll(&pfd, 1, -1) != 1)
		fail("poll: %s", strerror(errno));
	actor->sleeps = AWAKE;
}

/* Sleep for an edge. Returns whether that is the last. */
static bool await_edge(struct actor *actor)
{
	struct epoll_event event;

	actor->sleeps = READER;
	if (epoll_wait(actor->epfd, &event, 1, -1) != 1)
		fail("epoll_wait: %s", strerror(errno));
	actor->sleeps = AWAKE;
	return event.events & EPOLLHUP;
}

static void do_read(struct actor *actor)
{
	if (take(actor, some_size(actor)) < 0)
		await(actor, POLLIN);
}

static void do_readv(struct actor *actor)
{
	unsigned char first[8], second[56];
	struct iovec to[2] = { { first, 8 }, { second, 56 } };
	ssize_t i, n;

	actor->sleeps = READER;
	n = readv(actor->fd, to, 2);
	actor->sleeps = AWAKE;
	if (n < 0 && errno != EAGAIN)
		fail("readv: %s", strerror(errno));
	told_the_end(actor, !n);
	/* Each buffer is a read of its own: others may come between. */
	look(first, n < 8 ? (n < 0 ? 0 : n) : 8);
	look(second, n > 8 ? n - 8 : 0);
	for (i = 0; i < n; i++)
		actor->got[i < 8 ? first[i] : second[i - 8]]++;
	if (n < 0)
		await(actor, POLLIN);
}

static void do_poll(struct actor *actor)
{
	await(actor, POLLIN);
	take(actor, some_size(actor));
}

/* As epoll(7) has it: to the end, which is a short read or EAGAIN. */
static void do_edge(struct actor *actor)
{
	size_t size = some_size(actor);
	bool last = await_edge(actor);
	ssize_t n;

	do
		n = take(actor, size);
	while (last ? n : n == (ssize_t)size && !stop);
}

static void do_pread(struct actor *actor)
{
	struct kpl011_info info = info_of(actor->fd);
	uint64_t span = info.tx_newest - info.tx_oldest;
	unsigned char buf[64];
	uint64_t at;
	ssize_t n;

	if (!span)
		return;
	at = info.tx_oldest + rand_r(&actor->seed) % span;
	n = pread(actor->fd, buf, sizeof(buf), at);
	if (n <= 0)
		fail("pread: %zd %s", n, strerror(errno));
	look(buf, n);
	if (!lossy && info_of(actor->fd).tx_oldest <= at &&
	    buf[0] != (unsigned char)at)
		fail("pread: byte %llu is %u", (unsigned long long)at, buf[0]);
}

static void do_mapped(struct actor *actor)
{
	const struct kpl011_ring *ring = actor->ring;
	const unsigned char *bytes = (const unsigned char *)ring + ring->offset;
	uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
	uint64_t at, reserved;
	unsigned char copy[RING];

	if (actor->mapped == head) {
		if (lseek(actor->fd, head, SEEK_SET) != (off_t)head)
			fail("lseek: %s", strerror(errno));
		told_the_end(actor, await_edge(actor));
		return;
	}
	at = head - actor->mapped > RING ? head - RING : actor->mapped;
	for (uint64_t p = at; p < head; p++)
		copy[p % RING] = bytes[p % RING];
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	reserved = __atomic_load_n(&ring->reserved, __ATOMIC_RELAXED);
	if (reserved > RING && at < reserved - RING)
		at = reserved - RING;
	for (; !lossy && at < head; at++)
		if (copy[at % RING] != (unsigned char)at)
			fail("mapped: byte %llu is %u", (unsigned long long)at,
			     copy[at % RING]);
	actor->mapped = head;
}

static void do_write(struct actor *actor)
{
	unsigned char bytes[3000];
	size_t i, n = 1 + below(&actor->seed, below(&actor->seed, 2) ? 16 :
							sizeof(bytes));
	ssize_t done;

	for (i = 0; i < n; i++)
		bytes[i] = actor->n << 7 | ((actor->taken + i) & 0x7f);
	actor->sleeps = WRITER;
	done = write(actor->fd, bytes, n);
	actor->sleeps = AWAKE;
	if (done < 0 && errno == EAGAIN)
		await(actor, POLLOUT);
	else if (done < 0 && errno != EBUSY && !(errno == ENODEV && gone))
		fail("write: %s", strerror(errno));
	else if (done > 0)
		actor->taken += done;
}

static void do_inject(struct actor *actor)
{
	struct kpl011_inject arg = {
		.size = sizeof(arg),
		.character = actor->n << 7 | (actor->taken & 0x7f),
	};

	if (!ask(actor->fd, KPL011_INJECT, &arg, no_input))
		actor->taken++;
}

static void do_break(struct actor *actor)
{
	struct kpl011_break arg = { .size = sizeof(arg) };

	if (!ask(actor->fd, KPL011_BREAK, &arg, no_input))
		actor->breaks++;
}

static void do_lseek(struct actor *actor)
{
	struct kpl011_info info = info_of(actor->fd);
	uint64_t span = info.tx_newest - info.tx_oldest;
	off_t at = info.tx_oldest + (span ? rand_r(&actor->seed) % span : 0);

	switch (below(&actor->seed, 5)) {
	case 0:
		lseek(actor->fd, at, SEEK_SET);
		break;
	case 1:
		lseek(actor->fd, 0, SEEK_END);
		break;
	case 2:
		/* It may be near the beginning, or the end. */
		lseek(actor->fd, (off_t)below(&actor->seed, 20) - 10, SEEK_CUR);
		break;
	case 3:
		lseek(actor->fd, at, SEEK_DATA);
		break;
	default:
		lseek(actor->fd, 0, SEEK_CUR);
	}
	at = lseek(actor->fd, 0, SEEK_CUR);
	if (at < 0 || at > (off_t)info_of(actor->fd).tx_newest)
		fail("the position is %lld", (long long)at);
}

static void do_seek(struct actor *actor)
{
	struct kpl011_seek arg = {
		.size = sizeof(arg), .whence = below(&actor->seed, 4),
	};

	if (arg.whence == KPL011_SEEK_LINES)
		arg.arg = below(&actor->seed, 10);
	ask(actor->fd, KPL011_SEEK, &arg, nothing);
}

static void do_info(struct actor *actor)
{
	struct kpl011_info info = info_of(actor->fd);

	if (info.tx_oldest > info.tx_newest ||
	    info.tx_newest - info.tx_oldest > RING)
		fail("info: bytes %llu to %llu",
		     (unsigned long long)info.tx_oldest,
		     (unsigned long long)info.tx_newest);
}

static void do_marks(struct actor *actor)
{
	struct kpl011_mark marks[32];
	struct kpl011_marks arg = {
		.size = sizeof(arg), .marks = (uintptr_t)marks, .count = 32,
		.pos = rand_r(&actor->seed) % (info_of(actor->fd).tx_newest + 1),
	};
	unsigned int i;

	ask(actor->fd, KPL011_MARKS, &arg, nothing);
	for (i = 1; i < arg.count; i++)
		if (marks[i].pos <= marks[i - 1].pos ||
		    marks[i].ns < marks[i - 1].ns)
			fail("marks: out of order");
}

static void do_input(struct actor *actor)
{
	static const uint32_t flags[] = {
		0, KPL011_INPUT_TAKE, KPL011_INPUT_TAKE | KPL011_INPUT_FORCE,
		KPL011_INPUT_GIVE,
	};
	struct kpl011_input arg = {
		.size = sizeof(arg), .flags = flags[below(&actor->seed, 4)],
	};

	ask(actor->fd, KPL011_INPUT, &arg, no_input);
}

static void set_flow(int fd, uint32_t flags)
{
	struct kpl011_flow arg = { .size = sizeof(arg), .flags = flags };

	ask(fd, KPL011_FLOW, &arg, nothing);
}

static void do_flow(struct actor *actor)
{
	set_flow(actor->fd, below(&actor->seed, 3));
}

static void do_modem(struct actor *actor)
{
	struct kpl011_modem arg = {
		.size = sizeof(arg), .flags = below(&actor->seed, 2),
		.inputs = rand_r(&actor->seed) & (PL011_FR_CTS | PL011_FR_DSR |
						  PL011_FR_DCD | PL011_FR_RI),
	};

	ask(actor->fd, KPL011_MODEM, &arg, no_device);
}

static void do_dup(struct actor *actor)
{
	int fd = dup(actor->fd);

	if (fd < 0 || close(fd))
		fail("dup: %s", strerror(errno));
}

/* Another file, which may take the input or hold up the guest for a moment. */
static void do_open(struct actor *actor)
{
	int fd = port_open(args.id, O_RDWR | O_NONBLOCK);
	struct actor other = { .seed = rand_r(&actor->seed), .fd = fd };

	if (fd == -ENOENT && gone)
		return;
	if (fd < 0)
		fail("open: %s", strerror(-fd));
	do_input(&other);
	do_flow(&other);
	actor->seed = other.seed;
	close(fd);
}

static void do_state_get(struct actor *actor)
{
	struct kpl011_state arg = { .size = sizeof(arg) };

	ask(actor->fd, KPL011_STATE_GET, &arg, nothing);
}

static void do_state_set(struct actor *actor)
{
	struct kpl011_state arg = { .size = sizeof(arg) };

	ask(actor->fd, KPL011_STATE_GET, &arg, nothing);
	ask(actor->fd, KPL011_STATE_SET, &arg, no_device);
}

static void do_reset(struct actor *actor)
{
	struct kpl011_reset arg = { .size = sizeof(arg) };

	ask(actor->fd, KPL011_RESET, &arg, no_device);
}

static void do_detach(struct actor *actor)
{
	struct kpl011_detach arg = { .size = sizeof(arg) };

	nap(below(&actor->seed, 5000));
	gone = true;
	ask(actor->fd, KPL011_DETACH, &arg, no_device);
}

static void do_reap(struct actor *actor)
{
	struct kpl011_reap arg = { .size = sizeof(arg) };

	ask(actor->fd, KPL011_REAP, &arg, no_input);
}

static const struct op ops[] = {
	{ "read", PLAIN, do_read },
	{ "readv", PLAIN, do_readv },
	{ "poll", PLAIN, do_poll },
	{ "edge", PLAIN, do_edge },
	{ "write", PLAIN, do_write },
	{ "FLOW", FLOWS, do_flow },
	{ "mapped", SEEKS, do_mapped },
	{ "pread", PLAIN, do_pread },
	{ "INJECT", PLAIN, do_inject },
	{ "BREAK", PLAIN, do_break },
	{ "lseek", SEEKS, do_lseek },
	{ "SEEK", SEEKS, do_seek },
	{ "INFO", PLAIN, do_info },
	{ "MARKS", PLAIN, do_marks },
	{ "INPUT", PLAIN, do_input },
	{ "MODEM", PLAIN, do_modem },
	{ "dup", PLAIN, do_dup },
	{ "open", PLAIN, do_open },
	{ "STATE_GET", PLAIN, do_state_get },
	{ "STATE_SET", BREAKS_IN, do_state_set },
	{ "RESET", BREAKS_IN, do_reset },
	{ "REAP", PLAIN, do_reap },
	{ "DETACH", ENDS, do_detach },
};

#define OPS	(sizeof(ops) / sizeof(*ops))
#define WAITING	7		/* the first of them */

static bool seen[OPS][OPS][2];

static void *act(void *arg)
{
	struct actor *actor = arg;

	while (!stop && !actor->ended && actor->calls < actor->most) {
		actor->op->fn(actor);
		actor->calls++;
	}
	actor->done = true;
	return NULL;
}

/* The guest prints up to @n bytes, if none of them can be lost. Returns how many. */
static unsigned int guest_print(unsigned int n)
{
	uint64_t fr;

	if (n > FIFO)
		n = FIFO;
	if (vm_load(&vm, REG(PL011_FR), 4, &fr, 1))
		return 0;
	/* Held, or it was told for once that the FIFO is full. */
	if (!(fr & PL011_FR_TXFE))
		return 0;
	if (vm_store(&vm, REG(PL011_DR), 4, guest.printed, n))
		return 0;
	guest.printed += n;
	return n;
}

static void guest_receive(void)
{
	unsigned int i, n = info_of(files[0]).rx_queued;
	uint32_t ch[QUEUED];

	if (n > QUEUED)
		fail("%u characters are queued", n);
	if (!n || vm_load_each(&vm, REG(PL011_DR), ch, n) || lossy)
		return;
	for (i = 0; i < n; i++) {
		unsigned int from = ch[i] >> 7 & 1;

		if (ch[i] == PL011_BREAK)
			guest.breaks++;
		else if (ch[i] > 0xff ||
			 (ch[i] & 0x7f) != (guest.received[from] & 0x7f))
			fail("the guest received 0x%x for number %u of thread %u",
			     ch[i], guest.received[from], from);
		else
			guest.received[from]++;
	}
}

static void *run_guest(void *arg)
{
	unsigned int *seed = &guest.seed;
	unsigned int tries = 0;

	(void)arg;
	while (!guest.quit) {
		unsigned int n = below(seed, 3) ? 1 + below(seed, 4) : FIFO;

		if (guest.budget && tries < 20) {
			n = guest_print(n < guest.budget ? n : guest.budget);
			guest.budget -= n;
			tries = n ? 0 : tries + 1;
		} else {
			guest.over = true;
			if (guest.nudges && guest_print(1))
				guest.nudges--;
		}
		if (!below(seed, 3))
			guest_receive();
		if (!below(seed, 8))
			nap(below(seed, 300));
	}
	if (!gone)
		guest_receive();
	return NULL;
}

/* Wait for the end of an actor, whose sleep is to end as soon as it can. */
static void finish(struct actor *actor)
{
	unsigned int calls = actor->calls;
	double since = now(), due = 0;

	while (!actor->done) {
		int sleeps = actor->sleeps;
		short revents = 0, events = sleeps == WRITER ? POLLOUT : POLLIN;
		struct pollfd pfd = { .fd = actor->fd, .events = events };

		nap(300);
		if (actor->calls != calls) {
			calls = actor->calls;
			since = now();
			due = 0;
		}
		if (sleeps != AWAKE && poll(&pfd, 1, 0) == 1)
			revents = pfd.revents;
		if (!revents || sleeps == AWAKE)
			due = 0;
		else if (!due)
			due = now();
		if (due && now() - due > TOO_LONG && actor->sleeps == sleeps)
			fail("thread %u sleeps for what is there: events 0x%x of 0x%x",
			     actor->n, revents, events);
		if (now() - since > 3 * TOO_LONG)
			fail("thread %u does not end", actor->n);
		if (sleeps == READER && !revents) {
			/* It is right to sleep. Bytes that are held first. */
			set_flow(files[0], KPL011_FLOW_OFF);
			set_flow(files[1], KPL011_FLOW_OFF);
			if (!poll(&pfd, 1, 0) && !guest.nudges)
				guest.nudges = 1;
		}
	}
	pthread_join(actor->thread, NULL);
}

static void start(struct actor *actor, const struct op *op, int fd, unsigned int *seed)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };

	actor->op = op;
	actor->fd = fd;
	actor->seed = rand_r(seed);
	actor->mapped = info_of(fd).tx_newest;
	actor->calls = 0;
	actor->most = 1 + below(seed, CALLS_PER_RUN);
	actor->done = actor->ended = false;
	memset(actor->got, 0, sizeof(actor->got));
	actor->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (actor->epfd < 0 || epoll_ctl(actor->epfd, EPOLL_CTL_ADD, fd, &event))
		fail("epoll: %s", strerror(errno));
}

/* What was read of a file is what it has moved over. */
static void account(int fd, uint64_t from)
{
	uint64_t to = lseek(fd, 0, SEEK_CUR);
	unsigned int i;

	for (i = 0; i < 256; i++) {
		/* How many of from..to - 1 are i in their low byte. */
		uint64_t due = (to + 255 - i) / 256 - (from + 255 - i) / 256;
		uint64_t got = 0;

		got += actors[0].fd == fd ? actors[0].got[i] : 0;
		got += actors[1].fd == fd ? actors[1].got[i] : 0;
		if (got != due)
			fail("from %llu to %llu byte %u was read %llu times, not %llu",
			     (unsigned long long)from, (unsigned long long)to, i,
			     (unsigned long long)got, (unsigned long long)due);
	}
}

static bool reads(const struct op *op)
{
	return op->fn == do_read || op->fn == do_readv || op->fn == do_poll ||
	       op->fn == do_edge;
}

/* The rest can be read, and then comes the end. */
static void last_words(int fd)
{
	uint64_t newest = info_of(fd).tx_newest;
	unsigned char buf[512];
	ssize_t n;

	fcntl(fd, F_SETFL, 0);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		look(buf, n);
	if (n || (uint64_t)lseek(fd, 0, SEEK_CUR) != newest)
		fail("the end is %zd at %lld of %llu", n,
		     (long long)lseek(fd, 0, SEEK_CUR),
		     (unsigned long long)newest);
}

/* Two of the ops at once. */
static void run_pair(const struct op *a, const struct op *b, bool one_file,
		     unsigned int seed)
{
	bool seeks, flows, lossless;
	struct kpl011_info info;
	uint64_t from[2];
	unsigned int i;

	run_seed = seed;
	stop = false;
	/* Another run's actors may hold it. */
	for (i = 0; i < 2; i++) {
		struct kpl011_input give = {
			.size = sizeof(give), .flags = KPL011_INPUT_GIVE,
		};

		ask(files[i], KPL011_INPUT, &give, nothing);
		fcntl(files[i], F_SETFL, below(&seed, 2) ? O_NONBLOCK : 0);
		from[i] = lseek(files[i], 0, SEEK_END);
		/* Flow control is soon needed by one that is far behind. */
		if (from[i] > RING - BEHIND && below(&seed, 2))
			from[i] = lseek(files[i], BEHIND - RING, SEEK_CUR);
	}
	seeks = a->kind == SEEKS || b->kind == SEEKS;
	flows = a->kind == FLOWS || b->kind == FLOWS;
	lossless = reads(a) && (one_file || reads(b)) && !flows && !seeks &&
		   below(&seed, 2);
	start(&actors[0], a, files[0], &seed);
	start(&actors[1], b, files[one_file ? 0 : 1], &seed);
	if (lossless) {
		set_flow(files[0], KPL011_FLOW_ON);
		if (!one_file)
			set_flow(files[1], KPL011_FLOW_ON);
	}
	guest.seed = rand_r(&seed);
	guest.budget = below(&seed, lossless ? 3 * BEHIND : BEHIND);
	guest.over = guest.quit = false;
	guest.nudges = 0;
	if (pthread_create(&guest.thread, NULL, run_guest, NULL) ||
	    pthread_create(&actors[0].thread, NULL, act, &actors[0]) ||
	    pthread_create(&actors[1].thread, NULL, act, &actors[1]))
		fail("no thread");
	while (!guest.over && !gone)
		nap(500);
	stop = true;
	finish(&actors[0]);
	finish(&actors[1]);
	for (i = 0; i < 2; i++) {
		set_flow(files[i], KPL011_FLOW_OFF);
		close(actors[i].epfd);
		counted[actors[i].op - ops] += actors[i].calls;
	}
	guest.quit = true;
	pthread_join(guest.thread, NULL);

	info = info_of(files[0]);
	for (i = 0; i < (one_file ? 1u : 2u); i++)
		if (!seeks && !lossy &&
		    (lossless || info.tx_newest - from[i] <= RING))
			account(files[i], from[i]);
	if (gone) {
		last_words(files[0]);
		last_words(files[1]);
		return;
	}
	if (lossy) {
		/* Where the guest is now: what waited in the FIFO may be lost. */
		guest.printed = info.tx_newest;
		return;
	}
	if (info.tx_newest != guest.printed || info.tx_lost)
		fail("the guest printed %llu, and %llu are here, %llu lost",
		     (unsigned long long)guest.printed,
		     (unsigned long long)info.tx_newest,
		     (unsigned long long)info.tx_lost);
	for (i = 0; i < 2; i++)
		if (guest.received[i] != actors[i].taken)
			fail("of thread %u's %u the guest received %u", i,
			     actors[i].taken, guest.received[i]);
	if (guest.breaks != actors[0].breaks + actors[1].breaks)
		fail("the guest received %u breaks", guest.breaks);
}

/* A new port of the VM. */
static void attach(unsigned int *seed)
{
	unsigned int i;
	int err;

	args = port_args(vm.fd);
	args.ring_size = RING;
	args.flow_ms = KPL011_FLOW_MS_MAX;
	gone = false;
	err = port_attach(&args);
	if (err)
		fail("attach: %s", strerror(-err));
	lossy = !below(seed, 4);
	guest.printed = 0;
	guest.breaks = 0;
	for (i = 0; i < 2; i++) {
		files[i] = port_open(args.id, O_RDWR);
		if (files[i] < 0)
			fail("open: %s", strerror(-files[i]));
		actors[i].n = i;
		actors[i].taken = actors[i].breaks = 0;
		guest.received[i] = 0;
		actors[i].ring = mmap(NULL, sysconf(_SC_PAGESIZE) + RING,
				      PROT_READ, MAP_SHARED, files[i], 0);
		if (actors[i].ring == MAP_FAILED)
			fail("mmap: %s", strerror(errno));
	}
	/* With the FIFO, and a ring that is full. */
	if (vm_store(&vm, REG(PL011_LCR_H), 4, 0x70, 1) ||
	    vm_store(&vm, REG(PL011_DR), 4, 0, RING))
		fail("no guest");
	guest.printed = RING;
}

static void detach(void)
{
	struct kpl011_detach arg = { .size = sizeof(arg) };
	unsigned int i;
	int err;

	actors[0].op = NULL;
	ask(files[0], KPL011_DETACH, &arg, no_device);
	if (!(port_poll(files[0], 0) & POLLHUP))
		fail("no end");
	err = port_reap(files[0]);
	/* One of them may have done so. */
	if (err && err != -ENODEV)
		fail("reap: %s", strerror(-err));
	for (i = 0; i < 2; i++) {
		munmap((void *)actors[i].ring, sysconf(_SC_PAGESIZE) + RING);
		close(files[i]);
	}
}

static const struct op *some_op(unsigned int *seed)
{
	for (;;) {
		/* Those that wait for bytes or room have most to lose. */
		const struct op *op = &ops[below(seed, below(seed, 2) ? WAITING : OPS)];

		if (op->kind == BREAKS_IN && !lossy)
			continue;
		/* It would end each port soon. */
		if (op->kind == ENDS && below(seed, 4))
			continue;
		return op;
	}
}

static const struct op *op_named(const char *name)
{
	size_t i;

	for (i = 0; i < OPS; i++)
		if (!strcmp(ops[i].name, name))
			return &ops[i];
	fail("no call %s", name);
}

int main(int argc, char **argv)
{
	unsigned int seed = argc > 2 ? strtoul(argv[2], NULL, 0) : (unsigned int)(getpid() ^ time(NULL));
	unsigned int runs = 0, ports = 0, pairs = 0, i, j, k;
	unsigned long long calls = 0;
	double end;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2)
		return fprintf(stderr, "usage: streams SECONDS [SEED [CALL CALL]]\n"), 2;
	printf("# seed %u\n", seed);
	end = now() + atof(argv[1]);
	if (vm_create(&vm, true))
		fail("no VM");
	while (now() < end) {
		attach(&seed);
		ports++;
		for (i = 0; i < PAIRS_PER_PORT && !gone && now() < end; i++) {
			const struct op *a = argc > 4 ? op_named(argv[3]) : some_op(&seed);
			const struct op *b = argc > 4 ? op_named(argv[4]) : some_op(&seed);
			bool one_file = below(&seed, 2);

			run_pair(a, b, one_file, rand_r(&seed));
			seen[a - ops][b - ops][one_file] = true;
			seen[b - ops][a - ops][one_file] = true;
			runs++;
		}
		detach();
	}
	vm_destroy(&vm);
	for (i = 0; i < OPS; i++)
		for (j = 0; j <= i; j++)
			for (k = 0; k < 2; k++)
				pairs += seen[i][j][k];
	printf("#");
	for (i = 0; i < OPS; i++) {
		printf(" %s %llu", ops[i].name, counted[i]);
		calls += counted[i];
	}
	printf("\n# %llu calls in %u runs on %u ports, %u of %zu pairs\n", calls,
	       runs, ports, pairs, OPS * (OPS + 1));
	printf("ok streams\n");
	return 0;
}
