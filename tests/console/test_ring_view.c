// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <pthread.h>
#include <string.h>

#include "source/ring_view.h"

#define SIZE 1024

static struct {
	uint64_t head;
	uint64_t reserved;
	unsigned char bytes[SIZE];
} shared;

static const struct ring_view ring = {
	.head = &shared.head,
	.reserved = &shared.reserved,
	.bytes = shared.bytes,
	.size = SIZE,
};

static unsigned char byte_at(uint64_t pos)
{
	return (unsigned char)(pos * 7 + pos / 251);
}

static void reserve(uint64_t len)
{
	__atomic_store_n(&shared.reserved, shared.head + len, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static void add(uint64_t len)
{
	reserve(len);
	for (uint64_t i = 0; i < len; i++)
		__atomic_store_n(&shared.bytes[(shared.head + i) % SIZE], byte_at(shared.head + i),
				 __ATOMIC_RELAXED);
	__atomic_store_n(&shared.head, shared.head + len, __ATOMIC_RELEASE);
}

static int start(void **state)
{
	(void)state;
	memset(&shared, 0, sizeof(shared));
	return 0;
}

/* Takes, and looks at each byte. */
static size_t take(uint64_t *pos, size_t len, uint64_t *skipped)
{
	unsigned char buf[SIZE];
	uint64_t from = *pos;
	size_t n = ring_view_take(&ring, pos, buf, len, skipped);

	assert_true(n <= len);
	assert_int_equal(*pos, from + *skipped + n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(buf[i], byte_at(*pos - n + i));
	return n;
}

static void test_bytes_are_taken_in_pieces_and_across_the_end(void **state)
{
	uint64_t pos = 0;
	uint64_t skipped;

	(void)state;
	assert_int_equal(take(&pos, 10, &skipped), 0);
	assert_true(ring_view_at_end(&ring, pos));
	for (int i = 0; i < 20; i++) {
		add(700);
		assert_int_equal(take(&pos, 300, &skipped), 300);
		assert_int_equal(take(&pos, SIZE, &skipped), 400);
		assert_int_equal(skipped, 0);
	}
	assert_int_equal(pos, 14000);
}

static void test_what_was_overwritten_before_is_counted(void **state)
{
	uint64_t pos = 0;
	uint64_t skipped;

	(void)state;
	add(SIZE + 476);
	assert_int_equal(take(&pos, 24, &skipped), 24);
	assert_int_equal(skipped, 476);
	assert_int_equal(take(&pos, SIZE, &skipped), SIZE - 24);
	assert_int_equal(skipped, 0);
}

static void test_what_is_being_overwritten_is_not_taken(void **state)
{
	uint64_t pos = 0;
	uint64_t skipped;

	(void)state;
	add(SIZE);
	/* A write is under way, which has spoiled some of the oldest. */
	reserve(100);
	memset(shared.bytes, 0xee, 60);
	assert_int_equal(take(&pos, 500, &skipped), 400);
	assert_int_equal(skipped, 100);
	/* All that was asked for is gone: the rest is taken in another try. */
	pos = 0;
	assert_int_equal(take(&pos, 50, &skipped), 50);
	assert_int_equal(skipped, 100);
	/* And it can be that nothing is left. */
	pos = 0;
	reserve(SIZE);
	assert_int_equal(take(&pos, SIZE, &skipped), 0);
}

static void *write_on(void *arg)
{
	uint64_t total = *(uint64_t *)arg;

	while (shared.head < total)
		add(1 + shared.head % 97);
	return NULL;
}

static void test_a_writer_that_overtakes_spoils_nothing(void **state)
{
	uint64_t total = 3000000;
	uint64_t pos = 0;
	uint64_t lost = 0;
	uint64_t got = 0;
	uint64_t skipped;
	pthread_t writer;

	(void)state;
	assert_int_equal(pthread_create(&writer, NULL, write_on, &total), 0);
	while (pos < total) {
		got += take(&pos, 1 + pos % SIZE, &skipped);
		lost += skipped;
	}
	pthread_join(writer, NULL);
	while ((got += take(&pos, SIZE, &skipped)), lost += skipped, pos < shared.head)
		;
	assert_int_equal(got + lost, shared.head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_bytes_are_taken_in_pieces_and_across_the_end, start),
		cmocka_unit_test_setup(test_what_was_overwritten_before_is_counted, start),
		cmocka_unit_test_setup(test_what_is_being_overwritten_is_not_taken, start),
		cmocka_unit_test_setup(test_a_writer_that_overtakes_spoils_nothing, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
