// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "streams.h"

int ask(int fd, unsigned int cmd, void *arg, const int *allowed)
{
	if (!ioctl(fd, cmd, arg))
		return 0;
	while (*allowed && *allowed != errno)
		allowed++;
	if (!*allowed)
		fail("ioctl 0x%x: %s", cmd, strerror(errno));
	return errno;
}

const int nothing[] = { 0 };
const int no_device[] = { ENODEV, 0 };
static const int no_input[] = { EBUSY, EAGAIN, ENODEV, 0 };

struct kpl011_info info_of(int fd)
{
	struct kpl011_info info = { .size = sizeof(info) };

	ask(fd, KPL011_INFO, &info, nothing);
	return info;
}

void set_flow(int fd, uint32_t flags)
{
	struct kpl011_flow arg = { .size = sizeof(arg), .flags = flags };

	ask(fd, KPL011_FLOW, &arg, nothing);
}

void look(const unsigned char *bytes, size_t n)
{
	size_t i;

	for (i = 1; !lossy && i < n; i++)
		if (bytes[i] != (bytes[i - 1] + 1) % BYTES)
			fail("%u follows upon %u", bytes[i], bytes[i - 1]);
}

static void told_the_end(struct actor *actor, bool it)
{
	if (it && !gone)
		fail("it is attached, and that is the end");
	actor->ended |= it;
}

/* Who reads a file alone knows where it has read. */
static void look_where(struct actor *actor, unsigned char first, size_t n)
{
	const struct actor *other = &actors[!actor->n];
	uint64_t at = lseek(actor->fd, 0, SEEK_CUR) - n;

	if (!lossy && other->fd != actor->fd && first != at % BYTES)
		fail("read: byte %llu is %u", (unsigned long long)at, first);
}

/* read(2), which counts what it returns. The bytes, or -1 for EAGAIN. */
static ssize_t take(struct actor *actor, size_t size)
{
	unsigned char *buf = pager_room(actor, size);
	ssize_t i, n;

	actor->sleeps = READER;
	n = read(actor->fd, buf, size);
	actor->sleeps = AWAKE;
	if (n < 0 && errno != EAGAIN)
		fail("read: %s", strerror(errno));
	told_the_end(actor, !n);
	look(buf, n > 0 ? n : 0);
	if (n > 0)
		look_where(actor, buf[0], n);
	for (i = 0; i < n; i++)
		actor->got[buf[i] % BYTES]++;
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

	actor->sleeps = events == POLLOUT ? POLLER : READER;
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
		actor->got[(i < 8 ? first[i] : second[i - 8]) % BYTES]++;
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
	size_t size = some_size(actor);
	unsigned char *buf = pager_room(actor, size);
	uint64_t at;
	ssize_t n;

	if (!span)
		return;
	at = info.tx_oldest + rand_r(&actor->seed) % span;
	n = pread(actor->fd, buf, size, at);
	if (n <= 0)
		fail("pread: %zd %s", n, strerror(errno));
	look(buf, n);
	if (!lossy && info_of(actor->fd).tx_oldest <= at &&
	    buf[0] != at % BYTES)
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
		if (copy[at % RING] != at % BYTES)
			fail("mapped: byte %llu is %u", (unsigned long long)at,
			     copy[at % RING]);
	actor->mapped = head;
}

static void do_write(struct actor *actor)
{
	unsigned char bytes[1000];
	size_t i, n = 1 + below(&actor->seed, below(&actor->seed, 4) ? 16 :
							sizeof(bytes));
	unsigned char *from;
	ssize_t done;

	for (i = 0; i < n; i++)
		bytes[i] = actor->n << 7 | ((actor->taken + i) & 0x7f);
	from = pager_bytes(actor, bytes, n);
	actor->sleeps = WRITER;
	done = write(actor->fd, from, n);
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

/* lseek(2) from where the file is, unless that is too near to the end. */
static bool skip(struct actor *actor, off_t by)
{
	if (lseek(actor->fd, by, SEEK_CUR) < 0) {
		if (errno != EINVAL)
			fail("lseek: %s", strerror(errno));
		return false;
	}
	actor->skipped += by;
	return true;
}

static void do_skip(struct actor *actor)
{
	unsigned int i;

	for (i = 0; i < 20; i++) {
		off_t by = 1 + below(&actor->seed, 10);

		if (skip(actor, by))
			skip(actor, -by);
	}
	/* Bytes for one who sleeps at the end. */
	if (below(&actor->seed, 2))
		skip(actor, -SKIP_BACK);
	nap(below(&actor->seed, 3000));
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

/*
 * Another file, which holds up the guest until that has something in its FIFO:
 * nothing but the end of the hold tells of those bytes.
 */
static void do_hold(struct actor *actor)
{
	int fd = port_open(args.id, O_RDWR | O_NONBLOCK);
	struct kpl011_seek newest = {
		.size = sizeof(newest), .whence = KPL011_SEEK_NEWEST,
	};
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char buf[RING / 4];

	if (fd == -ENOENT && gone)
		return;
	if (fd < 0)
		fail("open: %s", strerror(-fd));
	/* It is at the oldest byte of a full ring. */
	set_flow(fd, KPL011_FLOW_ON);
	guest.held++;
	do
		nap(300);
	while (!guest.over && !gone && guest.printed == info_of(fd).tx_newest);
	guest.held--;
	switch (below(&actor->seed, 8)) {
	case 0:
		lseek(fd, 0, SEEK_END);
		break;
	case 1:
		ask(fd, KPL011_SEEK, &newest, nothing);
		break;
	case 2:
	case 3:
		set_flow(fd, KPL011_FLOW_OFF);
		break;
	case 4:
	case 5:
		/* With the next call it has been read. */
		if (read(fd, buf, sizeof(buf)) < 0 || poll(&pfd, 1, 0) < 0)
			fail("read: %s", strerror(errno));
		break;
	default:
		break;
	}
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

const struct op ops[] = {
	{ "read", PLAIN, do_read },
	{ "readv", PLAIN, do_readv },
	{ "poll", PLAIN, do_poll },
	{ "edge", PLAIN, do_edge },
	{ "write", PLAIN, do_write },
	{ "hold", HOLDS, do_hold },
	{ "skip", SKIPS, do_skip },
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

const unsigned int n_ops = sizeof(ops) / sizeof(*ops);
const unsigned int n_waiting = 5;
const unsigned int n_disturbing = 9;

bool call_reads(const struct op *op)
{
	return op->fn == do_read || op->fn == do_readv || op->fn == do_poll ||
	       op->fn == do_edge;
}

bool call_types(const struct op *op)
{
	return op->fn == do_write || op->fn == do_inject || op->fn == do_break;
}
