// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/compress.h"
#include "daemon/packer.h"
#include "fake_clock.h"
#include "fake_loop.h"
#include "told.h"

#define STUCK_MS (10 * 60 * 1000)

/* The events of a packer. */
enum { CHILDREN, LATER, STUCK, OVERDUE };

/* What the process of web2 makes is gone at once. */
static bool loses;

/* Or it fails: a negative errno. */
static int fails;

/* In place of compress.c, in a process of its own: that of web1 hangs. */
int compress_file(int from_dir, const char *from, int to_dir, const char *to, bool *other_group)
{
	*other_group = false;
	(void)from_dir;
	while (!strncmp(from, "web1.", 5))
		pause();
	if (!loses && !fails)
		close(openat(to_dir, to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	return fails;
}

/* The directory cannot be synced: an errno. */
static int unsynced;

/* One of the two files may go while it is synced. */
static bool removes;

struct fixture {
	char path[64];
	struct logdir dir;
	struct archive archive;
	struct packer *packer;
	struct archive_file *files[2]; /* of web1, of web2 */
	int changes;
	char changed[64]; /* whose files changed last */
	bool busy;	  /* that of web1 was, then */
};

/* The log of web2, or what was made of it. */
static bool is_there(const struct fixture *fixture, bool packed)
{
	struct logname name = { .base = "web2", .time = 1700000001, .seq = 1, .packed = packed };
	char text[LOGNAME_SIZE];

	return !faccessat(fixture->dir.fd, logname_put(&name, text), F_OK, 0);
}

static const struct fixture *current;

/* In a process of its own, too. Both files are there by then. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	bool both = is_there(current, true) && is_there(current, false);

	errno = fd == current->dir.fd && (both || removes) ? unsynced : EPROTO;
	return errno ? -1 : 0;
}

static void on_changed(const char *base, void *arg)
{
	struct fixture *fixture = arg;

	fixture->changes++;
	snprintf(fixture->changed, sizeof(fixture->changed), "%s", base);
	fixture->busy = fixture->files[0] && fixture->files[0]->busy;
}

static struct archive_file *add(struct fixture *fixture, const char *base, int64_t time)
{
	struct logname name = { .time = time, .seq = 1 };
	struct archive_file *file;
	char text[LOGNAME_SIZE];

	snprintf(name.base, sizeof(name.base), "%s", base);
	close(openat(fixture->dir.fd, logname_put(&name, text), O_WRONLY | O_CREAT | O_CLOEXEC,
		     0600));
	file = archive_add(&fixture->archive, &name, 4096);
	assert_non_null(file);
	archive_compress(&fixture->archive, file->guest, true);
	return file;
}

static int begin(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	strcpy(fixture->path, "/tmp/kpl011-packer-XXXXXX");
	assert_non_null(mkdtemp(fixture->path));
	fixture->dir.fd = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(fixture->dir.fd, LOGDIR_STATE, 0700), 0);
	fixture->dir.state =
		openat(fixture->dir.fd, LOGDIR_STATE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fake_event_count = 0;
	loses = false;
	fails = 0;
	unsynced = 0;
	removes = false;
	current = fixture;
	fixture->packer = packer_new(NULL, &fixture->dir, &fixture->archive, on_changed, fixture);
	assert_non_null(fixture->packer);
	fixture->files[0] = add(fixture, "web1", 1700000000);
	fixture->files[1] = add(fixture, "web2", 1700000001);
	fake_now_ms += 1000000;
	packer_run(fixture->packer);
	assert_true(fixture->files[0]->busy);
	*state = fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;
	char command[128];

	packer_free(fixture->packer);
	archive_free(&fixture->archive);
	close(fixture->dir.state);
	close(fixture->dir.fd);
	snprintf(command, sizeof(command), "rm -r %s", fixture->path);
	assert_int_equal(system(command), 0);
	free(fixture);
	return 0;
}

/* Until the process of web2 has ended, and was seen to. */
static void wait_for_web2(struct fixture *fixture)
{
	siginfo_t info;

	while (strcmp(fixture->changed, "web2")) {
		assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
		assert_true(fake_happens(CHILDREN));
	}
}

/* It is its turn, after that of web1. */
static void begin_web2(struct fixture *fixture)
{
	assert_true(fake_happens(STUCK));
	fake_now_ms += 2000;
	assert_true(fake_happens(LATER));
	assert_true(fixture->files[1]->busy);
}

/* What its process has written: it is the second. */
static bool is_left(const struct fixture *fixture)
{
	char name[64];

	snprintf(name, sizeof(name), PACKER_TMP "%d.1", (int)getpid());
	return !faccessat(fixture->dir.state, name, F_OK, 0);
}

static void test_others_go_on_while_one_is_stuck(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(fake_events[STUCK]->ms, STUCK_MS);
	assert_true(fake_happens(STUCK));
	/* It is no compressor's any more, and whoever counts it is told. */
	assert_int_equal(fixture->changes, 1);
	assert_string_equal(fixture->changed, "web1");
	assert_false(fixture->busy);
	assert_false(fixture->files[0]->busy);
	assert_true(fixture->files[0]->retry > (int64_t)fake_now_ms);
	assert_non_null(strstr(told, "the process that does it was killed"));
	/* The other one is next, after a moment. */
	assert_true(fake_events[LATER]->on);
	assert_false(fixture->files[1]->busy);
	fake_now_ms += 2000;
	assert_true(fake_happens(LATER));
	assert_true(fixture->files[1]->busy);
	wait_for_web2(fixture);
	assert_true(fixture->files[1]->packed);
	/* What was made of it has its place. */
	assert_true(is_there(fixture, true));
	assert_false(is_there(fixture, false));
	assert_false(is_left(fixture));
}

static void expect_that_it_begins_again(struct fixture *fixture)
{
	assert_true(fixture->files[1]->busy);
	fixture->changed[0] = '\0';
	wait_for_web2(fixture);
	assert_true(fixture->files[1]->packed);
	assert_true(is_there(fixture, true));
	assert_false(is_there(fixture, false));
}

/* A crash of the host could lose both. */
static void test_a_log_stays_until_what_was_made_of_it_is_on_the_disk(void **state)
{
	struct fixture *fixture = *state;

	unsynced = EIO;
	begin_web2(fixture);
	wait_for_web2(fixture);
	assert_true(fixture->files[1]->packed);
	assert_true(is_there(fixture, true));
	assert_true(is_there(fixture, false));
}

static void test_a_log_goes_where_no_directory_can_be_synced(void **state)
{
	struct fixture *fixture = *state;

	unsynced = EINVAL;
	begin_web2(fixture);
	wait_for_web2(fixture);
	assert_true(is_there(fixture, true));
	assert_false(is_there(fixture, false));
}

/* What was made of web2 has its name, and nobody has seen yet whether that is on the disk. */
static void name_web2(struct fixture *fixture)
{
	siginfo_t info;

	removes = true;
	begin_web2(fixture);
	while (!fixture->files[1]->packed) {
		assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
		assert_true(fake_happens(CHILDREN));
	}
	assert_string_equal(fixture->changed, "web1");
	assert_true(is_there(fixture, true));
	assert_true(is_there(fixture, false));
}

/* By a limit or a look, in the form that it has. */
static void take_web2(struct fixture *fixture)
{
	struct logname name;
	char text[LOGNAME_SIZE];

	archive_name(fixture->files[1], &name);
	assert_int_equal(unlinkat(fixture->dir.fd, logname_put(&name, text), 0), 0);
	archive_remove(&fixture->archive, fixture->files[1]);
	fixture->files[1] = NULL;
}

/* By a limit. */
static void test_with_what_was_made_of_it_a_log_goes_as_well(void **state)
{
	struct fixture *fixture = *state;

	name_web2(fixture);
	take_web2(fixture);
	wait_for_web2(fixture);
	assert_false(is_there(fixture, true));
	assert_false(is_there(fixture, false));
}

/* Another program may have made the other one: the look keeps the log, and it begins again. */
static void test_a_log_that_a_look_has_found_stays(void **state)
{
	struct fixture *fixture = *state;
	struct archive_file *found;

	name_web2(fixture);
	found = add(fixture, "web2", 1700000001);
	assert_ptr_equal(archive_twin(found->guest), fixture->files[1]);
	take_web2(fixture);
	fixture->files[1] = found;
	wait_for_web2(fixture);
	assert_true(is_there(fixture, false));
	expect_that_it_begins_again(fixture);
}

/* By a limit, say: the process may be through before it is killed. */
static void test_what_went_meanwhile_does_not_come_back(void **state)
{
	struct fixture *fixture = *state;

	begin_web2(fixture);
	take_web2(fixture);
	wait_for_web2(fixture);
	assert_false(is_there(fixture, true));
	assert_false(is_left(fixture));
}

/* It was removed and found again: what is made is not known to be of that. */
static void test_what_is_there_again_is_compressed_again(void **state)
{
	struct fixture *fixture = *state;

	begin_web2(fixture);
	archive_remove(&fixture->archive, fixture->files[1]);
	fixture->files[1] = add(fixture, "web2", 1700000001);
	wait_for_web2(fixture);
	assert_false(is_there(fixture, true));
	assert_false(is_left(fixture));
	expect_that_it_begins_again(fixture);
}

/* It is tried again. */
static void expect_that_web2_stays(struct fixture *fixture)
{
	begin_web2(fixture);
	wait_for_web2(fixture);
	assert_non_null(archive_guest(&fixture->archive, "web2"));
	assert_ptr_equal(archive_file_after(archive_guest(&fixture->archive, "web2"), false, NULL),
			 fixture->files[1]);
	assert_false(fixture->files[1]->packed);
	assert_int_equal(fixture->files[1]->err, ENOENT);
	assert_true(fixture->files[1]->retry > (int64_t)fake_now_ms);
	assert_non_null(strstr(told, "No such file or directory; it stays as it is"));
	assert_true(is_there(fixture, false));
	assert_false(is_there(fixture, true));
}

static void test_a_log_stays_if_what_was_made_of_it_is_gone(void **state)
{
	loses = true;
	expect_that_web2_stays(*state);
}

/* There is no .kpl011/ any more. */
static void test_a_log_stays_if_nothing_can_be_made_of_it(void **state)
{
	fails = -ENOENT;
	expect_that_web2_stays(*state);
}

static void remove_web2(struct fixture *fixture)
{
	struct logname name;
	char text[LOGNAME_SIZE];

	begin_web2(fixture);
	told[0] = '\0';
	archive_name(fixture->files[1], &name);
	assert_int_equal(unlinkat(fixture->dir.fd, logname_put(&name, text), 0), 0);
	wait_for_web2(fixture);
	assert_null(archive_find(&fixture->archive, &name));
	assert_false(is_there(fixture, true));
	assert_false(is_left(fixture));
	assert_string_equal(told, "");
}

/* By an operator, before it was read. */
static void test_a_log_that_was_removed_is_known_no_more(void **state)
{
	fails = -ENOENT;
	remove_web2(*state);
}

/* Or later. */
static void test_a_log_that_was_removed_is_not_replaced(void **state)
{
	remove_web2(*state);
}

/* The directory was replaced: what was made is not of the log that has this name now. */
static void test_what_was_made_in_another_directory_is_not_taken(void **state)
{
	struct fixture *fixture = *state;

	begin_web2(fixture);
	fixture->dir.generation++;
	wait_for_web2(fixture);
	assert_false(fixture->files[1]->packed);
	assert_false(is_there(fixture, true));
	assert_true(is_there(fixture, false));
	/* Nothing failed: it begins again at once. */
	expect_that_it_begins_again(fixture);
}

/* A look through the directory may have been where its new name is: it is not missing. */
static void test_what_is_compressed_during_a_look_was_seen_by_it(void **state)
{
	struct fixture *fixture = *state;

	begin_web2(fixture);
	fixture->archive.seen++;
	assert_int_not_equal(fixture->files[1]->seen, fixture->archive.seen);
	wait_for_web2(fixture);
	assert_true(fixture->files[1]->packed);
	assert_int_equal(fixture->files[1]->seen, fixture->archive.seen);
	/* The same for what is new. */
	assert_int_equal(add(fixture, "web3", 1700000002)->seen, fixture->archive.seen);
}

static void test_who_writes_is_not_stuck(void **state)
{
	struct fixture *fixture = *state;
	char name[64];
	int fd;

	snprintf(name, sizeof(name), PACKER_TMP "%d.0", (int)getpid());
	assert_true(packer_makes(fixture->packer, name));
	for (int i = 0; i < 2; i++) {
		fd = openat(fixture->dir.state, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
			    0600);
		assert_int_equal(write(fd, "x", 1), 1);
		close(fd);
		assert_true(fake_happens(STUCK));
		assert_true(fixture->files[0]->busy);
		assert_int_equal(fixture->changes, 0);
		assert_true(fake_events[STUCK]->on);
	}
	assert_true(fake_happens(STUCK));
	assert_int_equal(fixture->changes, 1);
	assert_false(fixture->files[0]->busy);
	/* What it has made so far has no name any more. */
	assert_int_equal(faccessat(fixture->dir.state, name, F_OK, 0), -1);
}

static void test_a_file_that_went_meanwhile_is_nobodys(void **state)
{
	struct fixture *fixture = *state;

	archive_remove(&fixture->archive, fixture->files[0]);
	fixture->files[0] = NULL;
	assert_true(fake_happens(STUCK));
	assert_int_equal(fixture->changes, 1);
	assert_string_equal(fixture->changed, "web1");
	/* Nothing failed, so nobody waits. */
	assert_true(fixture->files[1]->busy);
	wait_for_web2(fixture);
}

static int failing(const struct fixture *fixture)
{
	struct packer_failing failing;

	packer_fails(fixture->packer, &failing);
	return failing.err;
}

static void test_what_is_not_to_be_compressed_any_more_fails_no_more(void **state)
{
	struct fixture *fixture = *state;
	struct archive_guest *guest = fixture->files[0]->guest;

	assert_true(fake_happens(STUCK));
	assert_int_not_equal(failing(fixture), 0);
	assert_true(archive_compress(&fixture->archive, guest, false));
	packer_leave(fixture->packer, guest);
	assert_int_equal(failing(fixture), 0);
	assert_non_null(strstr(told, "do not have to be any more: the process that does it was"));
	/* Another policy again, and another one while it is under way. */
	assert_true(archive_compress(&fixture->archive, guest, true));
	fake_now_ms += 2000;
	assert_true(fake_happens(LATER));
	wait_for_web2(fixture);
	fake_now_ms += 100000;
	assert_true(fake_happens(LATER));
	assert_true(fixture->files[0]->busy);
	assert_true(archive_compress(&fixture->archive, guest, false));
	packer_leave(fixture->packer, guest);
	assert_true(fake_happens(STUCK));
	assert_false(fixture->files[0]->busy);
	assert_int_equal(failing(fixture), 0);
}

/* By a limit, or by an operator: it was told that it is tried again, and is so no more. */
static void test_what_went_before_it_could_be_compressed_fails_no_more(void **state)
{
	struct fixture *fixture = *state;

	assert_true(fake_happens(STUCK));
	assert_int_not_equal(failing(fixture), 0);
	packer_forget(fixture->packer, fixture->files[0]);
	archive_remove(&fixture->archive, fixture->files[0]);
	fixture->files[0] = NULL;
	assert_int_equal(failing(fixture), 0);
	assert_non_null(strstr(told, "logs that could not be compressed are gone: the process "
				     "that does it was killed"));
	/* What did not fail goes without a word. */
	told[0] = '\0';
	packer_forget(fixture->packer, fixture->files[1]);
	assert_string_equal(told, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_others_go_on_while_one_is_stuck, begin, end),
		cmocka_unit_test_setup_teardown(
			test_a_log_stays_until_what_was_made_of_it_is_on_the_disk, begin, end),
		cmocka_unit_test_setup_teardown(test_a_log_goes_where_no_directory_can_be_synced,
						begin, end),
		cmocka_unit_test_setup_teardown(test_with_what_was_made_of_it_a_log_goes_as_well,
						begin, end),
		cmocka_unit_test_setup_teardown(test_a_log_that_a_look_has_found_stays, begin, end),
		cmocka_unit_test_setup_teardown(test_what_went_meanwhile_does_not_come_back, begin,
						end),
		cmocka_unit_test_setup_teardown(test_what_is_there_again_is_compressed_again, begin,
						end),
		cmocka_unit_test_setup_teardown(test_a_log_stays_if_what_was_made_of_it_is_gone,
						begin, end),
		cmocka_unit_test_setup_teardown(test_a_log_stays_if_nothing_can_be_made_of_it,
						begin, end),
		cmocka_unit_test_setup_teardown(test_a_log_that_was_removed_is_known_no_more, begin,
						end),
		cmocka_unit_test_setup_teardown(test_a_log_that_was_removed_is_not_replaced, begin,
						end),
		cmocka_unit_test_setup_teardown(
			test_what_was_made_in_another_directory_is_not_taken, begin, end),
		cmocka_unit_test_setup_teardown(
			test_what_is_compressed_during_a_look_was_seen_by_it, begin, end),
		cmocka_unit_test_setup_teardown(test_who_writes_is_not_stuck, begin, end),
		cmocka_unit_test_setup_teardown(
			test_what_is_not_to_be_compressed_any_more_fails_no_more, begin, end),
		cmocka_unit_test_setup_teardown(
			test_what_went_before_it_could_be_compressed_fails_no_more, begin, end),
		cmocka_unit_test_setup_teardown(test_a_file_that_went_meanwhile_is_nobodys, begin,
						end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
