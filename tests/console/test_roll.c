// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/roll.h"

/* More than may be too many. */
#define GUESTS 3000

struct fixture {
	char path[40];
	struct logdir dir;
	struct roll roll;
};

static int begin(void **state)
{
	struct fixture *fixture = test_calloc(1, sizeof(*fixture));

	strcpy(fixture->path, "/tmp/kpl011-roll-XXXXXX");
	assert_non_null(mkdtemp(fixture->path));
	strcpy(fixture->dir.path, fixture->path);
	fixture->dir.fd = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fixture->dir.state = fixture->dir.fd;
	fixture->roll.dir = &fixture->dir;
	roll_load(&fixture->roll);
	*state = fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;

	roll_free(&fixture->roll);
	assert_int_equal(unlinkat(fixture->dir.fd, LOGDIR_ROLL, 0), 0);
	close(fixture->dir.fd);
	assert_int_equal(rmdir(fixture->path), 0);
	test_free(fixture);
	return 0;
}

static void load_again(struct fixture *fixture)
{
	roll_free(&fixture->roll);
	fixture->roll = (struct roll){ .dir = &fixture->dir };
	roll_load(&fixture->roll);
}

/* As when many guests have come and gone. */
static void add_many(struct roll *roll)
{
	char name[32];

	for (int i = 0; i < GUESTS; i++) {
		snprintf(name, sizeof(name), "gone%d.log", i);
		roll_add(roll, name, 1);
	}
}

static void test_what_is_not_there_any_more_is_dropped(void **state)
{
	struct fixture *fixture = *state;

	roll_add(&fixture->roll, "web1.log", 1);
	add_many(&fixture->roll);
	assert_true(roll_has(&fixture->roll, "web1.log", 2));
	roll_prune(&fixture->roll, 2);
	for (int again = 0; again < 2; again++) {
		assert_true(roll_has(&fixture->roll, "web1.log", 3));
		assert_false(roll_has(&fixture->roll, "gone1.log", 3));
		load_again(fixture);
	}
}

/* It was cut off, and began anew where nobody looked any more. */
static void test_what_is_made_while_it_is_looked_through_is_kept(void **state)
{
	struct fixture *fixture = *state;

	roll_add(&fixture->roll, "web1.log", 1);
	add_many(&fixture->roll);
	roll_add(&fixture->roll, "web1.log", 2);
	roll_prune(&fixture->roll, 2);
	for (int again = 0; again < 2; again++) {
		assert_true(roll_has(&fixture->roll, "web1.log", 3));
		assert_false(roll_has(&fixture->roll, "gone1.log", 3));
		load_again(fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_not_there_any_more_is_dropped, begin,
						end),
		cmocka_unit_test_setup_teardown(
			test_what_is_made_while_it_is_looked_through_is_kept, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
