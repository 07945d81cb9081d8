// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include "daemon/ondisk.h"

#define CHANGED 1000000

static uint64_t bytes_after(time_t seconds, off_t size, blkcnt_t blocks)
{
	struct stat st = { .st_size = size, .st_blocks = blocks };

	st.st_ctime = CHANGED;
	return ondisk_bytes(&st, CHANGED + seconds);
}

static void test_what_was_not_written_yet_counts_as_what_it_contains(void **state)
{
	(void)state;
	/* As ZFS says it at first. */
	assert_int_equal(bytes_after(0, 100000, 1), 100000);
	assert_int_equal(bytes_after(ONDISK_SECONDS - 1, 100000, 1), 100000);
	/* A clock that was set back, or that of a server, which is ahead. */
	assert_int_equal(bytes_after(-100, 100000, 1), 100000);
	/* Then that is known: it is compressed. */
	assert_int_equal(bytes_after(ONDISK_SECONDS, 100000, 50), 25600);
	assert_int_equal(bytes_after(0, 100, 8), 4096);
	assert_int_equal(bytes_after(ONDISK_SECONDS, 100, 8), 4096);
	assert_int_equal(bytes_after(0, 0, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_not_written_yet_counts_as_what_it_contains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
