// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include "daemon/troubles.h"

static void test_each_kind_is_told_when_it_begins_and_when_it_is_over(void **state)
{
	struct troubles troubles = { 0 };

	(void)state;
	assert_true(troubles_begin(&troubles, 28));
	assert_false(troubles_begin(&troubles, 28));
	assert_true(troubles_begin(&troubles, -5));
	assert_false(troubles_end(&troubles, 28));
	assert_true(troubles_end(&troubles, -5));
	assert_true(troubles_end(&troubles, 28));
	/* Nobody has it. */
	assert_false(troubles_end(&troubles, 28));
	assert_true(troubles_begin(&troubles, 28));
	/* More kinds than there is room for: none is lost count of. */
	for (int err = 100; err < 130; err++)
		troubles_begin(&troubles, err);
	for (int err = 100; err < 130; err++)
		troubles_end(&troubles, err);
	assert_true(troubles_end(&troubles, 28));
	assert_true(troubles_begin(&troubles, 100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind_is_told_when_it_begins_and_when_it_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
