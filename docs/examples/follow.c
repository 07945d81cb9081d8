// SPDX-License-Identifier: GPL-2.0-only
/*
 * follow ID: print what a guest prints, from the oldest byte that is kept to
 * its end, out of the mapped ring. The only system calls of the loop are those
 * that print and those that sleep.
 */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/kpl011.h>

static const struct kpl011_ring *ring;
static const unsigned char *bytes;

/*
 * Copy what there is from *pos on, at most @size bytes, and move *pos behind
 * it. Bytes that were overwritten before they could be copied are left out,
 * and counted in *lost.
 */
static size_t take(uint64_t *pos, unsigned char *to, size_t size, uint64_t *lost)
{
	uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
	uint64_t from = *pos, oldest;
	size_t n, at, first;

	if (head - from > ring->size)
		from = head - ring->size;
	n = head - from < size ? head - from : size;
	at = from % ring->size;
	first = n < ring->size - at ? n : ring->size - at;
	memcpy(to, bytes + at, first);
	memcpy(to + first, bytes, n - first);

	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	oldest = __atomic_load_n(&ring->reserved, __ATOMIC_RELAXED);
	oldest = oldest > ring->size ? oldest - ring->size : 0;
	if (oldest > from) {
		size_t gone = oldest - from < n ? oldest - from : n;

		memmove(to, to + gone, n - gone);
		n -= gone;
		from += gone;
	}
	*lost += from - *pos;
	*pos = from + n;
	return n;
}

int main(int argc, char **argv)
{
	struct kpl011_info info = { .size = sizeof(info) };
	unsigned char buf[4096];
	struct pollfd pfd = { .events = POLLIN };
	uint64_t pos, lost = 0;
	char path[64];
	size_t size, n;

	if (argc != 2)
		errx(2, "usage: follow ID");
	snprintf(path, sizeof(path), "/dev/kpl011/%s", argv[1]);
	pfd.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (pfd.fd < 0)
		err(1, "%s", path);
	if (ioctl(pfd.fd, KPL011_INFO, &info))
		err(1, "KPL011_INFO");
	size = sysconf(_SC_PAGESIZE) + info.ring_size;
	ring = mmap(NULL, size, PROT_READ, MAP_SHARED, pfd.fd, 0);
	if (ring == MAP_FAILED)
		err(1, "mmap");
	bytes = (const unsigned char *)ring + ring->offset;

	pos = info.tx_oldest;
	for (;;) {
		while ((n = take(&pos, buf, sizeof(buf), &lost)))
			fwrite(buf, 1, n, stdout);
		fflush(stdout);
		/* The end is after the last byte: look for it before. */
		if (pfd.revents & POLLHUP)
			break;
		lseek(pfd.fd, pos, SEEK_SET);
		if (poll(&pfd, 1, -1) < 0)
			err(1, "poll");
	}
	if (lost)
		warnx("%llu bytes were overwritten first", (unsigned long long)lost);
	return 0;
}
