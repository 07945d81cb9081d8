// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "daemon/beside.h"
#include "dir_reads.h"
#include "fake_loop.h"
#include "told.h"

#define OWNER 7
#define FILES 200
#define RETRY_MS (60 * 1000)

/* In place of packer.c: nothing is compressed. */
bool packer_makes(const struct packer *packer, const char *name)
{
	(void)packer;
	(void)name;
	return false;
}

struct fixture {
	char path[64];
	struct logdir dir;
	struct archive archive;
	struct beside *beside;
	int counts;
};

static bool owner_of(const char *name, int64_t *uid, void *arg)
{
	(void)name;
	(void)arg;
	*uid = OWNER;
	return true;
}

static void on_counted(void *arg)
{
	struct fixture *fixture = arg;

	fixture->counts++;
}

static const struct beside_ops ops = { .owner_of = owner_of, .counted = on_counted };

static const char *name_of(int number)
{
	static char name[64];

	snprintf(name, sizeof(name), "%030d-1.raw", number);
	return name;
}

static int begin(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	strcpy(fixture->path, "/tmp/kpl011-beside-XXXXXX");
	assert_non_null(mkdtemp(fixture->path));
	strcpy(fixture->dir.path, "/logs");
	fixture->dir.state = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < FILES; i++)
		close(openat(fixture->dir.state, name_of(i), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	fake_event_count = 0;
	reads_left = -1;
	told[0] = '\0';
	told_count = 0;
	fixture->beside = beside_new(NULL, &fixture->dir, &fixture->archive, NULL, &ops, fixture);
	assert_non_null(fixture->beside);
	*state = fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;

	beside_free(fixture->beside);
	archive_free(&fixture->archive);
	for (int i = 0; i < FILES; i++)
		unlinkat(fixture->dir.state, name_of(i), 0);
	close(fixture->dir.state);
	assert_int_equal(rmdir(fixture->path), 0);
	free(fixture);
	return 0;
}

/* Turn after turn, as long as there is another at once. */
static void go_on(void)
{
	while (fake_events[0]->on && !fake_events[0]->ms)
		assert_true(fake_happens(0));
}

static void expect(const struct fixture *fixture, uint64_t files, int counts)
{
	assert_non_null(archive_owner(&fixture->archive, OWNER));
	assert_int_equal(archive_owner(&fixture->archive, OWNER)->total[ARCHIVE_FILES], files);
	assert_int_equal(fixture->counts, counts);
}

/* It could not be read, and is again later, when so many reads succeed. */
static void look_again(int reads)
{
	assert_true(fake_events[0]->on);
	assert_int_equal(fake_events[0]->ms, RETRY_MS);
	reads_left = reads;
	assert_true(fake_happens(0));
	go_on();
}

static void test_what_cannot_be_read_to_its_end_counts_as_before(void **state)
{
	struct fixture *fixture = *state;

	beside_look(fixture->beside);
	go_on();
	expect(fixture, FILES, 1);
	assert_false(fake_events[0]->on);
	assert_int_equal(told_count, 0);
	/* The first of it can be read, and then nothing. */
	reads_left = 2;
	beside_look(fixture->beside);
	go_on();
	expect(fixture, FILES, 1);
	assert_string_equal(told, "cannot look through /logs/.kpl011: Input/output error; it is "
				  "tried again");
	assert_int_equal(beside_fails(fixture->beside), EIO);
	look_again(0);
	expect(fixture, FILES, 1);
	assert_int_equal(told_count, 1);
	/* All of it, which is less by now. */
	assert_int_equal(unlinkat(fixture->dir.state, name_of(0), 0), 0);
	look_again(-1);
	expect(fixture, FILES - 1, 2);
	assert_string_equal(told, "/logs/.kpl011 can be looked through again");
	assert_int_equal(told_count, 2);
	assert_int_equal(beside_fails(fixture->beside), 0);
	assert_false(fake_events[0]->on);
}

static void test_what_cannot_be_opened_is_tried_again(void **state)
{
	struct fixture *fixture = *state;
	int there = fixture->dir.state;

	fixture->dir.state = openat(there, name_of(0), O_RDONLY | O_CLOEXEC);
	assert_true(fixture->dir.state >= 0);
	beside_look(fixture->beside);
	go_on();
	assert_int_equal(fixture->counts, 0);
	assert_string_equal(told, "cannot look through /logs/.kpl011: Not a directory; it is tried "
				  "again");
	close(fixture->dir.state);
	fixture->dir.state = there;
	look_again(-1);
	expect(fixture, FILES, 1);
	assert_string_equal(told, "/logs/.kpl011 can be looked through again");
	assert_false(fake_events[0]->on);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_what_cannot_be_read_to_its_end_counts_as_before, begin, end),
		cmocka_unit_test_setup_teardown(test_what_cannot_be_opened_is_tried_again, begin,
						end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
