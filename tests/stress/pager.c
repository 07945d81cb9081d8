// SPDX-License-Identifier: GPL-2.0-only
/*
 * A read(2) or write(2) is held up in the middle of its copy, at a page that is
 * not there, until the other thread has made a call meanwhile, or has gone to
 * sleep, or is held up itself. Or it is held up until the guest has written over
 * what a late reader copies. So calls overlap that take no time.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "streams.h"

static struct {
	unsigned char *pages;	/* two */
	unsigned char *filled;	/* what they have when they are there */
	unsigned char *_Atomic faulted;	/* the one that is waited for, or NULL */
	bool for_guest;		/* it is held up for that to print */
	unsigned int calls;	/* of the other thread, when the page was missed */
	uint64_t printed;	/* by the guest, at that time */
} room[2];

static size_t page;
static int uffd;

static void fill(unsigned int i, unsigned char *missing)
{
	struct uffdio_copy copy = {
		.dst = (unsigned long)missing,
		.src = (unsigned long)(room[i].filled + (missing - room[i].pages)),
		.len = page,
	};

	if (ioctl(uffd, UFFDIO_COPY, &copy) && errno != EEXIST)
		fail("UFFDIO_COPY: %s", strerror(errno));
}

static void take_fault(void)
{
	struct uffd_msg msg;
	unsigned int i;

	if (read(uffd, &msg, sizeof(msg)) != sizeof(msg)) {
		if (errno == EAGAIN)
			return;
		fail("userfaultfd: %s", strerror(errno));
	}
	for (i = 0; i < 2; i++) {
		unsigned long at = msg.arg.pagefault.address & ~(page - 1);
		unsigned char *fault = (unsigned char *)at;

		if (fault < room[i].pages || fault >= room[i].pages + 2 * page)
			continue;
		room[i].faulted = fault;
		room[i].calls = actors[!i].calls;
		room[i].printed = guest.printed;
	}
}

static bool waits_long_enough(unsigned int i)
{
	struct actor *other = &actors[!i];

	if (room[i].for_guest)
		return guest.over || gone || guest.printed >= room[i].printed + 2 * BEHIND;
	return other->done || other->calls != room[i].calls || room[!i].faulted ||
	       (other->sleeps != AWAKE && sleep_number(other));
}

static void *run_pager(void *arg)
{
	struct pollfd pfd = { .fd = uffd, .events = POLLIN };
	unsigned int i;

	(void)arg;
	for (;;) {
		bool some = room[0].faulted || room[1].faulted;

		if (poll(&pfd, 1, some ? 0 : -1) == 1)
			take_fault();
		for (i = 0; i < 2; i++)
			if (room[i].faulted && waits_long_enough(i)) {
				fill(i, room[i].faulted);
				room[i].faulted = NULL;
			}
		if (some)
			nap(100);
	}
	return NULL;
}

void pager_init(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	pthread_t thread;
	unsigned int i;

	page = sysconf(_SC_PAGESIZE);
	uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api))
		fail("userfaultfd: %s", strerror(errno));
	for (i = 0; i < 2; i++) {
		struct uffdio_register args = {
			.range.len = 2 * page, .mode = UFFDIO_REGISTER_MODE_MISSING,
		};
		unsigned char *pages = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		args.range.start = (unsigned long)pages;
		if (pages == MAP_FAILED || ioctl(uffd, UFFDIO_REGISTER, &args))
			fail("UFFDIO_REGISTER: %s", strerror(errno));
		room[i].pages = pages;
		room[i].filled = pages + 2 * page;
	}
	if (pthread_create(&thread, NULL, run_pager, NULL) || pthread_detach(thread))
		fail("no thread");
}

bool pager_holds(const struct actor *actor)
{
	return room[actor->n].faulted;
}

static unsigned char *room_at(struct actor *actor, size_t at)
{
	unsigned char *pages = room[actor->n].pages;

	if (below(&actor->seed, 2))
		return room[actor->n].filled + at;
	room[actor->n].for_guest = overwrites || !below(&actor->seed, 4);
	madvise(pages, 2 * page, MADV_DONTNEED);
	/* It is the first byte that is waited for, or one in the middle. */
	if (below(&actor->seed, 2))
		fill(actor->n, pages);
	return pages + at;
}

unsigned char *pager_room(struct actor *actor, size_t n)
{
	return room_at(actor, page - below(&actor->seed, n + 1));
}

unsigned char *pager_bytes(struct actor *actor, const unsigned char *bytes, size_t n)
{
	size_t at = page - below(&actor->seed, n + 1);

	memcpy(room[actor->n].filled + at, bytes, n);
	return room_at(actor, at);
}
