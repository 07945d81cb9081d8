// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <search.h>
#include <string.h>

#include "daemon/naming.h"
#include "daemon/recorder.h"

#define BASE "web1"

static bool no_memory;

void *__wrap_tsearch(const void *key, void **root, __compar_fn_t compare);
void *__real_tsearch(const void *key, void **root, __compar_fn_t compare);
void *__wrap_tsearch(const void *key, void **root, __compar_fn_t compare)
{
	return no_memory ? tfind(key, root, compare) : __real_tsearch(key, root, compare);
}

bool recorder_lives(const struct recorder *recorder)
{
	(void)recorder;
	return true;
}

bool keeper_is_free(struct keeper *keeper, const char *base)
{
	(void)keeper;
	(void)base;
	return true;
}

struct fixture {
	struct recorder_index index;
	struct logstream_shared shared;
	struct recorder first;
	struct recorder next;
};

static int begin(void **state)
{
	struct fixture *fixture = test_calloc(1, sizeof(*fixture));

	fixture->first.shared = &fixture->shared;
	strcpy(fixture->first.facts.name, BASE);
	fixture->next.port.id = fixture->first.port.id;
	no_memory = false;
	*state = fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;

	index_free(&fixture->index);
	test_free(fixture);
	return 0;
}

static void test_the_next_life_is_found_without_memory(void **state)
{
	struct fixture *fixture = *state;
	struct recorder_index *index = &fixture->index;

	assert_true(index_set_base(index, &fixture->first, BASE));
	no_memory = true;
	assert_true(index_set_base(index, &fixture->next, BASE));
	assert_ptr_equal(index_base(index, BASE), &fixture->next);
	assert_ptr_equal(fixture->next.before, &fixture->first);
	assert_ptr_equal(fixture->first.after, &fixture->next);
	/* When the next life is gone, the first one is found again. */
	index_take_base(index, &fixture->next);
	assert_ptr_equal(index_base(index, BASE), &fixture->first);
	assert_null(fixture->first.after);
	index_take_base(index, &fixture->first);
	assert_null(index_base(index, BASE));
}

static void test_a_recorder_that_would_not_be_found_has_no_base(void **state)
{
	struct fixture *fixture = *state;
	struct recorder_index *index = &fixture->index;

	no_memory = true;
	assert_false(index_set_base(index, &fixture->first, BASE));
	assert_string_equal(fixture->first.base, "");
	assert_null(index_base(index, BASE));
	no_memory = false;
	assert_true(index_set_base(index, &fixture->first, BASE));
	assert_ptr_equal(index_base(index, BASE), &fixture->first);
}

static void test_a_recorder_waits_for_its_name_until_there_is_memory(void **state)
{
	struct fixture *fixture = *state;
	struct naming naming = { .index = &fixture->index };
	struct recorder *recorder = &fixture->first;

	assert_true(naming_join(&naming, recorder, LOGNAME_OWN));
	no_memory = true;
	assert_int_equal(naming_give(&naming, recorder, 0, UINT64_MAX), NAMED_NOT);
	assert_non_null(recorder->naming);
	no_memory = false;
	assert_int_equal(naming_give(&naming, recorder, 0, UINT64_MAX), NAMED);
	assert_null(recorder->naming);
	assert_ptr_equal(index_base(&fixture->index, recorder->base), recorder);
}

static void test_an_id_is_taken_over_without_memory(void **state)
{
	struct fixture *fixture = *state;
	struct recorder_index *index = &fixture->index;

	assert_true(index_set_id(index, &fixture->first));
	fixture->first.forgotten = true;
	no_memory = true;
	assert_true(index_set_id(index, &fixture->next));
	assert_ptr_equal(index_id(index, fixture->next.port.id), &fixture->next);
	/* The one that was forgotten is not the one that is found. */
	index_take_id(index, &fixture->first);
	assert_ptr_equal(index_id(index, fixture->next.port.id), &fixture->next);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_next_life_is_found_without_memory),
		TEST(test_a_recorder_that_would_not_be_found_has_no_base),
		TEST(test_a_recorder_waits_for_its_name_until_there_is_memory),
		TEST(test_an_id_is_taken_over_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
