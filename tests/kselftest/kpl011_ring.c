// SPDX-License-Identifier: GPL-2.0-only
/* The mapped ring. */
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "request.h"

/*
 * ABI: "Maps struct kpl011_ring, with PROT_READ and from offset 0."
 * ABI: "@version: 1"
 * ABI: struct kpl011_ring "@offset:"
 * ABI: struct kpl011_ring "@size:"
 * ABI: struct kpl011_ring "@pad: 0"
 * ABI: struct kpl011_ring "@head:"
 * ABI: "@reserved: what @head will be"
 * ABI: "The byte at position p is at @offset + p % @size."
 */
TEST_F(request, mapped_ring_is_read_without_a_call)
{
	long page = sysconf(_SC_PAGESIZE);
	size_t size = page + KPL011_RING_MIN;
	const volatile struct kpl011_ring *ring;
	const char *bytes;
	void *map;

	map = mmap(NULL, size, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	ring = map;
	EXPECT_EQ(1, ring->version);
	EXPECT_EQ(page, ring->offset);
	EXPECT_EQ(KPL011_RING_MIN, ring->size);
	EXPECT_EQ(0, ring->pad);
	EXPECT_EQ(0, ring->head);
	ASSERT_EQ(0, print(&self->vm, "mapped"));
	EXPECT_EQ(6, __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE));
	bytes = (const char *)map + ring->offset;
	EXPECT_EQ(0, memcmp(bytes, "mapped", 6));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'A',
			      KPL011_RING_MIN));
	EXPECT_EQ(6 + KPL011_RING_MIN, ring->head);
	EXPECT_EQ(ring->head, ring->reserved);
	EXPECT_EQ('A', bytes[6]);
	/* It stays when the port goes. */
	vm_destroy(&self->vm);
	EXPECT_EQ('A', bytes[6]);
	EXPECT_EQ(0, munmap(map, size));
}

/*
 * ABI: "An mmap(2) shall have @offset + @size bytes and PROT_READ alone"
 * ABI: "EPERM with PROT_WRITE (EACCES from a later mprotect(2))"
 * ABI: "EACCES for a file that is not open for reading"
 */
TEST_F(request, mapped_ring_can_not_be_written)
{
	int writer = port_open(self->args.id, O_WRONLY);
	long page = sysconf(_SC_PAGESIZE);
	size_t size = page + KPL011_RING_MIN;
	void *map;

	EXPECT_EQ(MAP_FAILED, mmap(NULL, size, PROT_READ | PROT_WRITE,
				   MAP_SHARED, self->fd, 0));
	EXPECT_EQ(EPERM, errno);
	/* Nor a part that is not there. */
	EXPECT_EQ(MAP_FAILED, mmap(NULL, size + 16 * page, PROT_READ,
				   MAP_SHARED, self->fd, 0));
	EXPECT_EQ(EINVAL, errno);
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-1, mprotect(map, size, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	munmap(map, size);
	/* Nor read by who may only type. */
	ASSERT_LE(0, writer);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, size, PROT_READ, MAP_SHARED, writer, 0));
	EXPECT_EQ(EACCES, errno);
	close(writer);
}

#define FLOOD_BYTES	40000

static void *flood(void *vm)
{
	return (void *)(intptr_t)vm_store(vm, REG(PL011_DR), 4, 0, FLOOD_BYTES);
}

/* The way to read that the header tells; the byte at position p is p & 0xff. */
/*
 * ABI: "1. head = load of @head"
 * ABI: "2. copy bytes p to head - 1"
 * ABI: "3. a barrier between loads"
 * ABI: "To wait for more bytes"
 */
TEST_F(request, mapped_ring_shows_no_wrong_byte_while_the_guest_prints)
{
	size_t size = sysconf(_SC_PAGESIZE) + KPL011_RING_MIN;
	const volatile struct kpl011_ring *ring;
	uint64_t p = 0, head, reserved, i, read = 0, sleeps = 0;
	unsigned char copy[KPL011_RING_MIN];
	const volatile unsigned char *bytes;
	pthread_t thread;
	void *ret;

	ring = mmap(NULL, size, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, (void *)ring);
	bytes = (const volatile unsigned char *)ring + ring->offset;
	ASSERT_EQ(0, pthread_create(&thread, NULL, flood, &self->vm));
	while (p < FLOOD_BYTES) {
		head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
		if (p == head) {
			ASSERT_EQ(head, lseek(self->fd, head, SEEK_SET));
			ASSERT_EQ(POLLIN, port_poll(self->fd, POLLIN));
			sleeps++;
			continue;
		}
		if (head - p > ring->size)
			p = head - ring->size;
		for (i = p; i < head; i++)
			copy[i % ring->size] = bytes[i % ring->size];
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		reserved = __atomic_load_n(&ring->reserved, __ATOMIC_RELAXED);
		ASSERT_LE(head, reserved);
		if (reserved > ring->size && reserved - ring->size > p)
			p = reserved - ring->size;
		for (; p < head; p++, read++)
			ASSERT_EQ(p & 0xff, copy[p % ring->size]);
		p = head;
	}
	ASSERT_EQ(0, pthread_join(thread, &ret));
	EXPECT_EQ(NULL, ret);
	EXPECT_LT(0, read);
	EXPECT_LT(0, sleeps);
	EXPECT_EQ(0, munmap((void *)ring, size));
}

TEST_HARNESS_MAIN
