// SPDX-License-Identifier: GPL-2.0-only
/* kmod/ring.c: the newest bytes are kept, and no reader takes a wrong one. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ring.h"

#define SIZE 64

/* The ring as it is shared: its positions, and its bytes right behind. */
static struct {
	struct kpl011_ring shared;
	u8 bytes[SIZE];
} memory;
static struct kpl_ring ring;

static int reset(void **state)
{
	(void)state;
	memset(&memory, 0, sizeof(memory));
	kpl_ring_init(&ring, &memory.shared, offsetof(typeof(memory), bytes),
		      SIZE);
	return 0;
}

/* The byte that these tests push at a position. */
static u8 byte_at(u64 pos)
{
	return pos * 7 + (pos >> 8);
}

static void push_up_to(struct kpl_ring *to, u64 head)
{
	while (kpl_ring_head(to) < head)
		kpl_ring_push(to, byte_at(kpl_ring_head(to)));
}

static void push_text(const char *text)
{
	for (; *text; text++)
		kpl_ring_push(&ring, (u8)*text);
}

static void new_ring_is_empty(void **state)
{
	const u8 *bytes;
	u64 pos = 0;

	(void)state;
	assert_int_equal(kpl_ring_head(&ring), 0);
	assert_int_equal(kpl_ring_oldest(&ring), 0);
	assert_int_equal(kpl_ring_peek(&ring, &pos, &bytes), 0);
	assert_int_equal(pos, 0);
}

static void bytes_come_back_in_order(void **state)
{
	const u8 *bytes;
	u64 pos = 0;

	(void)state;
	push_text("hello");
	assert_int_equal(kpl_ring_peek(&ring, &pos, &bytes), 5);
	assert_memory_equal(bytes, "hello", 5);
	pos = 3;
	assert_int_equal(kpl_ring_peek(&ring, &pos, &bytes), 2);
	assert_memory_equal(bytes, "lo", 2);
}

static void full_ring_keeps_exactly_its_size(void **state)
{
	(void)state;
	push_up_to(&ring, SIZE);
	assert_int_equal(kpl_ring_oldest(&ring), 0);
	push_up_to(&ring, SIZE + 1);
	assert_int_equal(kpl_ring_oldest(&ring), 1);
	assert_int_equal(kpl_ring_head(&ring), SIZE + 1);
}

static void peek_moves_a_lost_position_to_the_oldest(void **state)
{
	const u8 *bytes;
	u64 pos = 3;

	(void)state;
	push_up_to(&ring, 1000);
	assert_int_not_equal(kpl_ring_peek(&ring, &pos, &bytes), 0);
	assert_int_equal(pos, 1000 - SIZE);
	assert_int_equal(*bytes, byte_at(pos));
}

static void line_is_found_backwards_and_no_further_than_asked(void **state)
{
	(void)state;
	push_text("one\ntwo\n\nlast");
	assert_int_equal(kpl_ring_line_back(&ring, 13, 0), 9);
	assert_int_equal(kpl_ring_line_back(&ring, 9, 0), 9);
	assert_int_equal(kpl_ring_line_back(&ring, 8, 0), 8);
	assert_int_equal(kpl_ring_line_back(&ring, 7, 0), 4);
	assert_int_equal(kpl_ring_line_back(&ring, 3, 0), 0);
	assert_int_equal(kpl_ring_line_back(&ring, 13, 11), 11);
	assert_int_equal(kpl_ring_line_back(&ring, 5, 5), 5);
}

static void shared_page_says_where_the_bytes_are(void **state)
{
	const struct kpl011_ring *shared = &memory.shared;

	(void)state;
	assert_int_equal(shared->version, 1);
	assert_int_equal(shared->size, SIZE);
	push_up_to(&ring, 100);
	assert_int_equal(shared->head, 100);
	assert_int_equal(shared->reserved, 100);
	assert_int_equal(((const u8 *)shared)[shared->offset + 99 % SIZE],
			 byte_at(99));
}

static void peek_stops_at_the_end_of_the_memory(void **state)
{
	const u8 *bytes;
	u64 pos = SIZE - 4;

	(void)state;
	push_up_to(&ring, SIZE + 10);
	assert_int_equal(kpl_ring_peek(&ring, &pos, &bytes), 4);
	pos += 4;
	assert_int_equal(kpl_ring_peek(&ring, &pos, &bytes), 10);
	assert_ptr_equal(bytes, memory.bytes);
}

static void position_beyond_the_head_stays(void **state)
{
	const u8 *bytes;
	u64 pos = 50;

	(void)state;
	push_up_to(&ring, 10);
	assert_int_equal(kpl_ring_peek(&ring, &pos, &bytes), 0);
	assert_int_equal(pos, 50);
}

/* Readers race with a writer that laps them all the time. */
#define RACE_BYTES 20000000ull

struct race_reader {
	u64 good;
	u64 skipped;
	u64 wrong;
};

static void *race_read(void *arg)
{
	struct race_reader *reader = arg;
	u64 pos = 0;

	while (pos < RACE_BYTES) {
		const u8 *bytes;
		u8 copy[SIZE];
		u64 at = pos;
		u64 oldest;
		u32 n = kpl_ring_peek(&ring, &at, &bytes);
		u32 i;

		for (i = 0; i < n; i++)
			copy[i] = READ_ONCE(bytes[i]);
		oldest = kpl_ring_oldest(&ring);
		if (!n || oldest > at)
			continue;
		for (i = 0; i < n; i++)
			reader->wrong += copy[i] != byte_at(at + i);
		reader->skipped += at - pos;
		reader->good += n;
		pos = at + n;
	}
	return NULL;
}

static void no_reader_takes_a_byte_that_was_overwritten(void **state)
{
	struct race_reader readers[2] = { 0 };
	pthread_t threads[2];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race_read,
						&readers[i]), 0);
	push_up_to(&ring, RACE_BYTES);
	for (i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(readers[i].wrong, 0);
		assert_int_equal(readers[i].good + readers[i].skipped,
				 RACE_BYTES);
		assert_true(readers[i].good >= SIZE);
	}
}

#define TEST(name)	cmocka_unit_test_setup(name, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(new_ring_is_empty),
		TEST(bytes_come_back_in_order),
		TEST(full_ring_keeps_exactly_its_size),
		TEST(peek_moves_a_lost_position_to_the_oldest),
		TEST(peek_stops_at_the_end_of_the_memory),
		TEST(line_is_found_backwards_and_no_further_than_asked),
		TEST(shared_page_says_where_the_bytes_are),
		TEST(position_beyond_the_head_stays),
		TEST(no_reader_takes_a_byte_that_was_overwritten),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
