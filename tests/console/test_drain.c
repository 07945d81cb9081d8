// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake_loop.h"
#include "source/drain.h"

/* In the order in which the drain makes them. */
enum {
	READER,
	WRITER,
};

/* A source of which so much has been read before: its descriptor says nothing of that. */
#define THERE ((size_t)3 * DRAIN_CHUNK)

struct guest {
	struct source src;
	size_t pos;
	size_t there;
	bool ended;
};

static ssize_t read_guest(struct source *src, void *buf, size_t len, uint64_t *skipped)
{
	struct guest *guest = (struct guest *)src;

	*skipped = 0;
	if (len > guest->there - guest->pos)
		len = guest->there - guest->pos;
	if (!len)
		return guest->ended ? 0 : -EAGAIN;
	memset(buf, 'x', len);
	guest->pos += len;
	return (ssize_t)len;
}

static const struct source_ops guest_ops = { .read = read_guest };

static void skipped(uint64_t count, void *arg)
{
	(void)count;
	(void)arg;
	fail();
}

static void ended(enum drain_end how, int err, void *arg)
{
	assert_int_equal(how, DRAIN_DONE);
	assert_int_equal(err, 0);
	(*(int *)arg)++;
}

static const struct drain_ops ops = { .skipped = skipped, .end = ended };

/* All that can be written is. */
static void run(void)
{
	for (int i = 0; i < 100 && fake_happens(WRITER); i++)
		;
}

static void test_what_was_read_before_comes_without_a_wake_up(void **state)
{
	static const size_t lengths[] = { 0, 1, DRAIN_CHUNK, THERE, THERE + 1 };

	(void)state;
	for (size_t i = 0; i < ROWS(lengths); i++) {
		struct guest guest = { .src = { .ops = &guest_ops, .no_past = true } };
		int fd = memfd_create("drained", MFD_CLOEXEC);
		struct drain *drain;
		int ends = 0;

		assert_true(fd >= 0);
		fake_event_count = 0;
		guest.there = lengths[i];
		drain = drain_new(NULL, &guest.src, 0, UINT64_MAX, fd, &ops, &ends);
		assert_non_null(drain);
		run();
		assert_int_equal(lseek(fd, 0, SEEK_END), lengths[i]);
		/* From now on it wakes up for what comes, and for nothing else. */
		assert_false(drain_is_behind(drain));
		assert_true(fake_events[READER]->on);
		assert_false(fake_events[WRITER]->on);
		guest.there += THERE;
		assert_true(fake_happens(READER));
		run();
		assert_int_equal(lseek(fd, 0, SEEK_END), lengths[i] + THERE);
		guest.ended = true;
		assert_true(fake_happens(READER));
		run();
		assert_int_equal(ends, 1);
		drain_free(drain);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_read_before_comes_without_a_wake_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
