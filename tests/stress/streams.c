// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two threads that do any two things with a port, on one open file or on two,
 * while its guest prints and takes what they type:
 *
 *	streams SECONDS [SEED [CALL CALL]]	of these two calls alone
 *
 * What holds whatever they do:
 *
 *  - The byte at position p is p % 251, whichever way it is read.
 *  - What is read(2) of one file, by both threads together, is each byte from
 *    the first position to the last once, if nobody seeks and none is lost.
 *    None is while flow control is on, or the guest prints less than the ring
 *    keeps. If they skip from where they are it is as many as they passed.
 *  - The guest receives what each thread's write(2) and KPL011_INJECT took, in
 *    order, and as many breaks as KPL011_BREAK took.
 *  - Nobody sleeps for what poll(2) says is there.
 *  - When the port is detached everybody is told, and the rest can be read.
 *
 * The calls that sleep come first, in any order, with each that can disturb
 * them; then any two. Those of them that matter most are done even where the
 * seconds are over before.
 *
 * In some rounds the UART is reset or gets a state meanwhile. Bytes are lost
 * then, and are not looked at; all else still holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "streams.h"

#define PAIRS_PER_PORT	40
#define SKIPS_BACK	(2 * SKIP_BACK * CALLS_PER_RUN) /* bytes, at most */
#define SKIPS_FROM	2000	/* bytes behind the newest, some 600 before the last */
#define SILENCE		20000	/* us in which nothing is printed, at most */
#define OPS		32

struct vm vm;
struct kpl011_attach args;
struct actor actors[2];
int files[2];
bool overwrites;
bool lossy;
_Atomic bool stop;
_Atomic bool gone;

static unsigned long long counted[OPS];	/* calls of each op */
static bool seen[OPS][OPS][2];
static struct pair {
	const struct op *a, *b;
	bool one_file;
} first[2 * OPS * OPS];		/* pairs that are done first */
static unsigned int n_first;
static unsigned int n_later;	/* of these, if there is time */

static void *act(void *arg)
{
	struct actor *actor = arg;

	actor->tid = gettid();
	while (!stop && !actor->ended && actor->calls < actor->most) {
		actor->op->fn(actor);
		actor->calls++;
	}
	actor->done = true;
	return NULL;
}

static void start(struct actor *actor, const struct op *op, int fd, unsigned int *seed)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };

	actor->op = op;
	actor->fd = fd;
	actor->seed = rand_r(seed);
	actor->mapped = info_of(fd).tx_newest;
	actor->calls = 0;
	actor->skipped = 0;
	actor->most = below(seed, 4) ? CALLS_PER_RUN : 1 + below(seed, CALLS_PER_RUN);
	actor->done = actor->ended = false;
	memset(actor->got, 0, sizeof(actor->got));
	actor->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (actor->epfd < 0 || epoll_ctl(actor->epfd, EPOLL_CTL_ADD, fd, &event))
		fail("epoll: %s", strerror(errno));
}

/* What was read of a file is what it has moved over. */
static void account(int fd, uint64_t from, bool skips)
{
	uint64_t to = lseek(fd, 0, SEEK_CUR);
	long long all = 0;
	unsigned int i;

	for (i = 0; i < BYTES; i++) {
		/* How many of from..to - 1 are i. */
		uint64_t due = (to + BYTES - 1 - i) / BYTES - (from + BYTES - 1 - i) / BYTES;
		uint64_t got = 0;

		got += actors[0].fd == fd ? actors[0].got[i] : 0;
		got += actors[1].fd == fd ? actors[1].got[i] : 0;
		all += got;
		if (got != due && !skips)
			fail("from %llu to %llu byte %u was read %llu times, not %llu",
			     (unsigned long long)from, (unsigned long long)to, i,
			     (unsigned long long)got, (unsigned long long)due);
	}
	for (i = 0; i < 2; i++)
		all += actors[i].fd == fd ? actors[i].skipped : 0;
	if (from + all != to)
		fail("from %llu to %llu %lld bytes were passed",
		     (unsigned long long)from, (unsigned long long)to, all);
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
	bool seeks, skips, flows, lossless;
	struct kpl011_info info;
	uint64_t from[2];
	unsigned int i, in, out;

	doing("streams: %s and %s on %s, run seed %u", a->name, b->name,
	      one_file ? "one file" : "two files", seed);
	seeks = a->kind == SEEKS || b->kind == SEEKS;
	skips = a->kind == SKIPS || b->kind == SKIPS;
	flows = a->kind == FLOWS || b->kind == FLOWS;
	overwrites = call_reads(a) && call_reads(b) && !below(&seed, one_file ? 4 : 2);
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
		if (skips)
			from[i] = lseek(files[i], -SKIPS_FROM, SEEK_CUR);
		else if (from[i] > RING - BEHIND && (overwrites || below(&seed, 2)))
			from[i] = lseek(files[i], BEHIND - RING, SEEK_CUR);
	}
	lossless = call_reads(a) && (one_file || call_reads(b)) && !flows &&
		   !seeks && !skips && !overwrites && below(&seed, 2);
	start(&actors[0], a, files[0], &seed);
	start(&actors[1], b, files[one_file ? 0 : 1], &seed);
	if (lossless) {
		set_flow(files[0], KPL011_FLOW_ON);
		if (!one_file)
			set_flow(files[1], KPL011_FLOW_ON);
	}
	guest.seed = rand_r(&seed);
	/* Late readers lose some of the longer ones. */
	guest.budget = overwrites ? 3 * BEHIND :
		1 + below(&seed, (lossless || below(&seed, 2) ? 3 : 1) * BEHIND);
	guest.types = call_types(a) || call_types(b);
	guest.last_held = a->kind == HOLDS || b->kind == HOLDS;
	guest.over = guest.quit = false;
	guest.nudges = guest.takes = 0;
	if (pthread_create(&guest.thread, NULL, run_guest, NULL) ||
	    pthread_create(&actors[0].thread, NULL, act, &actors[0]) ||
	    pthread_create(&actors[1].thread, NULL, act, &actors[1]))
		fail("no thread");
	while (!guest.over && !gone)
		nap(500);
	/* Whoever is woken now is woken by the other call. */
	nap(below(&seed, SILENCE));
	stop = true;
	finish();
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
		    (lossless || info.tx_newest - from[i] + (skips ? SKIPS_BACK : 0) <= RING))
			account(files[i], from[i], skips);
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
	in = actors[0].taken + actors[1].taken + actors[0].breaks + actors[1].breaks;
	out = guest.received[0] + guest.received[1] + guest.breaks + info.rx_queued;
	if (in != out)
		fail("%u characters were typed, and %u received or are queued", in, out);
}

/* What is still queued, and all of it. */
static void receive_the_rest(void)
{
	unsigned int i;

	guest_receive(QUEUED);
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
	unsigned char typed[QUEUED];
	unsigned int i;
	ssize_t done;
	int err;

	doing("streams: a new port");
	args = port_args(vm.fd);
	args.ring_size = RING;
	args.flow_ms = KPL011_FLOW_MS_MAX;
	gone = false;
	err = port_attach(&args);
	if (err)
		fail("attach: %s", strerror(-err));
	lossy = n_first <= n_later && !below(seed, 4);
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
	/* With the FIFO, and a ring and a queue that are full. */
	if (vm_store(&vm, REG(PL011_LCR_H), 4, 0x70, 1) || !guest_print(RING))
		fail("no guest");
	for (i = 0; i < QUEUED; i++)
		typed[i] = i & 0x7f;
	fcntl(files[0], F_SETFL, O_NONBLOCK);
	done = write(files[0], typed, QUEUED);
	if (done < QUEUED - FIFO)
		fail("write: %zd", done);
	actors[0].taken = done;
}

static void detach(void)
{
	struct kpl011_detach arg = { .size = sizeof(arg) };
	unsigned int i;
	int err;

	doing("streams: the end of a port");
	if (!gone && !lossy)
		receive_the_rest();
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
		const struct op *op = &ops[below(seed, below(seed, 2) ? n_disturbing : n_ops)];

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

	for (i = 0; i < n_ops; i++)
		if (!strcmp(ops[i].name, name))
			return &ops[i];
	fail("no call %s", name);
}

static void shuffle(struct pair *pairs, unsigned int n, unsigned int *seed)
{
	while (n > 1) {
		unsigned int i = below(seed, n--);
		struct pair pair = pairs[i];

		pairs[i] = pairs[n];
		pairs[n] = pair;
	}
}

/*
 * The pairs that are done first, from the last on. Last are those where the one
 * call ends the sleep of the other, or moves its position: these are done
 * however long it takes.
 */
static void choose_first(unsigned int *seed)
{
	unsigned int i, j, k, close;
	struct pair pairs[2 * OPS * OPS];

	for (i = 0; i < n_waiting; i++)
		for (j = i; j < n_disturbing; j++)
			for (k = 0; k < 2; k++) {
				struct pair pair = { &ops[i], &ops[j], k };

				if (call_reads(&ops[i]) && (k || i == j || ops[j].kind == HOLDS) &&
				    ops[j].kind <= HOLDS)
					first[n_first++] = pair;
				else
					pairs[n_later++] = pair;
			}
	close = n_first;
	shuffle(first, close, seed);
	shuffle(pairs, n_later, seed);
	memmove(first + n_later, first, close * sizeof(*first));
	memcpy(first, pairs, n_later * sizeof(*first));
	n_first += n_later;
}

static struct pair choose(unsigned int *seed)
{
	const struct op *a;

	if (n_first)
		return first[--n_first];
	a = some_op(seed);
	return (struct pair){ a, some_op(seed), below(seed, 2) };
}

static bool goes_on(double end)
{
	return now() < end || n_first > n_later;
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
	doing("streams");
	end = now() + atof(argv[1]);
	pager_init();
	if (argc <= 4)
		choose_first(&seed);
	if (vm_create(&vm, true))
		fail("no VM");
	while (goes_on(end)) {
		attach(&seed);
		ports++;
		for (i = 0; i < PAIRS_PER_PORT && !gone && goes_on(end); i++) {
			struct pair pair = choose(&seed);

			if (argc > 4) {
				pair.a = op_named(argv[3]);
				pair.b = op_named(argv[4]);
			}
			run_pair(pair.a, pair.b, pair.one_file, rand_r(&seed));
			j = pair.a - ops;
			k = pair.b - ops;
			seen[j][k][pair.one_file] = true;
			seen[k][j][pair.one_file] = true;
			runs++;
		}
		detach();
	}
	vm_destroy(&vm);
	for (i = 0; i < n_ops; i++)
		for (j = 0; j <= i; j++)
			for (k = 0; k < 2; k++)
				pairs += seen[i][j][k];
	printf("#");
	for (i = 0; i < n_ops; i++) {
		printf(" %s %llu", ops[i].name, counted[i]);
		calls += counted[i];
	}
	printf("\n# %llu calls in %u runs on %u ports, %u of %u pairs\n", calls,
	       runs, ports, pairs, n_ops * (n_ops + 1));
	printf("ok streams\n");
	return 0;
}
