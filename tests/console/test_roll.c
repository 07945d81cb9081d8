// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/roll.h"
#include "fake_clock.h"
#include "fake_loop.h"
#include "told.h"

/* More than may be too many. */
#define GUESTS 3000

/* More than a turn takes; and how many names it does. */
#define MANY 200000
#define A_TURN 500

struct fixture {
	char path[40];
	struct logdir dir;
	struct roll roll;
	int known;
};

/* The events of a roll. */
enum { TIMER, CHILDREN, EVENTS };

/* Also for the process that waits for the disk. */
static struct {
	int count;
	int err;
} * synced;

int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	(void)fd;
	synced->count++;
	errno = synced->err;
	return synced->err ? -1 : 0;
}

/* The disk has it. */
static void child_ends(const struct roll *roll)
{
	siginfo_t info;

	assert_int_equal(waitid(P_PID, (id_t)roll->child, &info, WEXITED | WNOWAIT), 0);
	assert_true(fake_happens(CHILDREN));
	assert_int_equal(roll->child, 0);
}

static void turns(void)
{
	while (fake_events[TIMER]->on && !fake_events[TIMER]->ms)
		fake_happens(TIMER);
}

static void go_on(const struct roll *roll)
{
	turns();
	while (roll->child) {
		child_ends(roll);
		turns();
	}
}

static void on_known(void *arg)
{
	struct fixture *fixture = arg;

	fixture->known++;
}

/* Another one, as of a daemon that begins. */
static void begin_roll(struct fixture *fixture, struct roll *roll)
{
	*roll = (struct roll){ .dir = &fixture->dir, .known = on_known, .arg = fixture };
	assert_true(roll_begin(roll, NULL));
	roll_load(roll);
}

static int begin(void **state)
{
	struct fixture *fixture = test_calloc(1, sizeof(*fixture));

	fake_event_count = 0;
	fake_step_ns = 0;
	told_count = 0;
	strcpy(fixture->path, "/tmp/kpl011-roll-XXXXXX");
	assert_non_null(mkdtemp(fixture->path));
	strcpy(fixture->dir.path, fixture->path);
	fixture->dir.fd = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fixture->dir.state = fixture->dir.fd;
	synced->err = 0;
	begin_roll(fixture, &fixture->roll);
	go_on(&fixture->roll);
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

/* What a daemon knows that begins now, while the one before was killed. */
static bool is_noted(struct fixture *fixture, const char *name)
{
	struct roll roll;
	bool has;

	begin_roll(fixture, &roll);
	has = roll_has(&roll, name, 1);
	/* It writes nothing. */
	roll.stale = false;
	roll_free(&roll);
	fake_event_count -= EVENTS;
	return has;
}

static size_t lines(const struct fixture *fixture)
{
	char path[64];
	size_t count = 0;
	FILE *file;
	int c;

	snprintf(path, sizeof(path), "%s/" LOGDIR_ROLL, fixture->path);
	file = fopen(path, "r");
	assert_non_null(file);
	while ((c = getc(file)) != EOF)
		count += c == '\n';
	fclose(file);
	return count;
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

static void child_ends_of_another(const struct roll *roll)
{
	siginfo_t info;

	assert_int_equal(waitid(P_PID, (id_t)roll->child, &info, WEXITED | WNOWAIT), 0);
	assert_true(fake_happens(CHILDREN));
	assert_true(roll->child > 0);
}

/* Until it is, the one before is in its place, also after a power failure. */
static void test_it_takes_its_place_when_it_is_on_the_disk(void **state)
{
	struct fixture *fixture = *state;
	struct roll *roll = &fixture->roll;
	int before;

	roll_add(roll, "web1.log", 2);
	add_many(roll);
	before = synced->count;
	roll_prune(roll, 2);
	turns();
	assert_true(roll->child > 0);
	assert_false(fake_events[TIMER]->on);
	assert_true(is_noted(fixture, "gone1.log"));
	/* Guests come and go meanwhile. */
	roll_add(roll, "web2.log", 2);
	roll_add(roll, "web3.log", 2);
	roll_drop(roll, "web3.log");
	assert_true(is_noted(fixture, "web2.log"));
	child_ends(roll);
	assert_int_equal(synced->count, before + 1);
	assert_false(is_noted(fixture, "gone1.log"));
	assert_true(is_noted(fixture, "web1.log"));
	assert_true(is_noted(fixture, "web2.log"));
	assert_false(is_noted(fixture, "web3.log"));
	assert_false(fake_events[TIMER]->on);
	assert_int_equal(told_count, 0);
}

static void test_what_does_not_come_to_the_disk_is_told_and_tried_again(void **state)
{
	struct fixture *fixture = *state;
	struct roll *roll = &fixture->roll;

	roll_add(roll, "web1.log", 2);
	add_many(roll);
	synced->err = EIO;
	roll_prune(roll, 2);
	go_on(roll);
	assert_int_equal(told_count, 1);
	assert_non_null(strstr(told, "cannot note in"));
	assert_int_equal(roll->failing, -EIO);
	assert_true(is_noted(fixture, "gone1.log"));
	assert_int_equal(fake_events[TIMER]->ms, ROLL_RETRY_MS);
	synced->err = 0;
	assert_true(fake_happens(TIMER));
	go_on(roll);
	assert_int_equal(told_count, 2);
	assert_non_null(strstr(told, "/" LOGDIR_STATE "/" LOGDIR_ROLL " is written again"));
	assert_int_equal(roll->failing, 0);
	assert_false(is_noted(fixture, "gone1.log"));
	assert_true(is_noted(fixture, "web1.log"));
	/* Once. */
	add_many(roll);
	roll_prune(roll, 3);
	go_on(roll);
	assert_int_equal(told_count, 2);
}

/* What waits for its disk may wait for ever: the next one is not taken for on its disk by that. */
static void test_another_directory_has_its_own_wait(void **state)
{
	struct fixture *fixture = *state;
	struct roll *roll = &fixture->roll;
	int before = synced->count;

	roll_add(roll, "web1.log", 2);
	add_many(roll);
	roll_prune(roll, 2);
	turns();
	assert_true(roll->child > 0);
	fixture->dir.generation++;
	roll_load(roll);
	assert_true(roll_has(roll, "web1.log", 3));
	roll_prune(roll, 3);
	turns();
	child_ends_of_another(roll);
	assert_true(is_noted(fixture, "gone1.log"));
	go_on(roll);
	assert_int_equal(synced->count, before + 2);
	assert_true(is_noted(fixture, "web1.log"));
	assert_false(is_noted(fixture, "gone1.log"));
}

/* It went, and another one may have come that has not been looked at: nothing is put there. */
static void test_a_directory_that_went_meanwhile_gets_no_list(void **state)
{
	struct fixture *fixture = *state;
	struct roll *roll = &fixture->roll;

	for (int i = 0; i < 2; i++) {
		roll_add(roll, "web1.log", 2);
		add_many(roll);
		roll_prune(roll, 2);
		turns();
		assert_true(roll->child > 0);
		if (i)
			fixture->dir.generation++;
		else
			fixture->dir.state = -1;
		child_ends(roll);
		assert_int_equal(told_count, 0);
		fixture->dir.state = fixture->dir.fd;
		assert_true(is_noted(fixture, "gone1.log"));
		fixture->dir.generation++;
		roll_load(roll);
		go_on(roll);
		assert_true(is_noted(fixture, "web1.log"));
	}
	assert_int_equal(unlinkat(fixture->dir.fd, LOGDIR_ROLL ".tmp", 0), 0);
}

/* Whoever was told that it fails waits to hear that it does no more, wherever that is. */
static void test_what_failed_is_over_in_another_directory(void **state)
{
	struct fixture *fixture = *state;
	struct roll *roll = &fixture->roll;

	add_many(roll);
	synced->err = EIO;
	roll_prune(roll, 2);
	go_on(roll);
	assert_int_equal(told_count, 1);
	fixture->dir.generation++;
	roll_load(roll);
	go_on(roll);
	/* As there. */
	assert_int_equal(told_count, 1);
	assert_int_equal(fake_events[TIMER]->ms, ROLL_RETRY_MS);
	synced->err = 0;
	fixture->dir.generation++;
	roll_load(roll);
	go_on(roll);
	assert_int_equal(told_count, 2);
	assert_non_null(strstr(told, "is written again"));
	/* And so where it could not be read. */
	assert_int_equal(renameat(fixture->dir.fd, LOGDIR_ROLL, fixture->dir.fd, "away"), 0);
	assert_int_equal(mkdirat(fixture->dir.fd, LOGDIR_ROLL, 0700), 0);
	fixture->dir.generation++;
	roll_load(roll);
	assert_int_equal(told_count, 3);
	assert_int_equal(unlinkat(fixture->dir.fd, LOGDIR_ROLL, AT_REMOVEDIR), 0);
	assert_int_equal(renameat(fixture->dir.fd, "away", fixture->dir.fd, LOGDIR_ROLL), 0);
	fixture->dir.generation++;
	roll_load(roll);
	assert_int_equal(told_count, 4);
	assert_non_null(strstr(told, "can be read again"));
	go_on(roll);
}

static void test_what_is_not_there_any_more_is_dropped(void **state)
{
	struct fixture *fixture = *state;

	roll_add(&fixture->roll, "web1.log", 1);
	add_many(&fixture->roll);
	assert_true(roll_has(&fixture->roll, "web1.log", 2));
	roll_prune(&fixture->roll, 2);
	go_on(&fixture->roll);
	assert_int_equal(fixture->roll.count, 1);
	assert_true(roll_has(&fixture->roll, "web1.log", 3));
	assert_false(roll_has(&fixture->roll, "gone1.log", 3));
	assert_true(is_noted(fixture, "web1.log"));
	assert_false(is_noted(fixture, "gone1.log"));
}

/* It was cut off, and began anew where nobody looked any more. */
static void test_what_is_made_while_it_is_looked_through_is_kept(void **state)
{
	struct fixture *fixture = *state;

	roll_add(&fixture->roll, "web1.log", 1);
	add_many(&fixture->roll);
	roll_add(&fixture->roll, "web1.log", 2);
	roll_prune(&fixture->roll, 2);
	go_on(&fixture->roll);
	assert_true(roll_has(&fixture->roll, "web1.log", 3));
	assert_false(roll_has(&fixture->roll, "gone1.log", 3));
	assert_true(is_noted(fixture, "web1.log"));
	assert_false(is_noted(fixture, "gone1.log"));
}

/* However many there have been: in memory as many as there are, in the file about twice. */
static void test_the_name_of_a_log_that_went_is_forgotten(void **state)
{
	struct fixture *fixture = *state;
	struct roll *roll = &fixture->roll;
	char name[32];

	roll_add(roll, "web1.log", 1);
	for (int i = 0; i < 10 * GUESTS; i++) {
		snprintf(name, sizeof(name), "ci%d.log", i);
		roll_add(roll, name, 1);
		assert_int_equal(roll->count, 2);
		roll_drop(roll, name);
		go_on(&fixture->roll);
	}
	assert_int_equal(roll->count, 1);
	assert_in_range(lines(fixture), 1, 1100);
	assert_true(is_noted(fixture, "web1.log"));
	assert_false(is_noted(fixture, name));
	/* That it is gone is forgotten when it is made again. */
	roll_add(roll, name, 1);
	assert_true(is_noted(fixture, name));
}

static void add_to(struct fixture *fixture, const char *text)
{
	int fd = openat(fixture->dir.fd, LOGDIR_ROLL, O_WRONLY | O_APPEND | O_CREAT, 0600);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* Of a kill: neither is what is half there a name, nor does the next one begin with it. */
static void test_half_a_line_is_no_name_and_spoils_none(void **state)
{
	struct fixture *fixture = *state;

	roll_add(&fixture->roll, "web1.log", 1);
	/* Of web.log.log. */
	add_to(fixture, "web.log");
	roll_free(&fixture->roll);
	fake_event_count = 0;
	begin_roll(fixture, &fixture->roll);
	roll_add(&fixture->roll, "web2.log", 1);
	assert_true(is_noted(fixture, "web1.log"));
	assert_true(is_noted(fixture, "web2.log"));
	assert_false(is_noted(fixture, "web.log"));
	assert_false(is_noted(fixture, "web.logweb2.log"));
}

/* A damaged file: what follows the first bytes of such a line is no line of its own. */
static void test_no_part_of_a_long_line_is_a_name(void **state)
{
	struct fixture *fixture = *state;
	FILE *file;

	file = fdopen(openat(fixture->dir.fd, LOGDIR_ROLL, O_WRONLY | O_TRUNC), "w");
	assert_non_null(file);
	/* As many bytes as are read at a time, and as many again. */
	fprintf(file, "%0*dtail.log\nweb1.log\n", LOGNAME_SIZE + 2, 0);
	fprintf(file, "%0*dtail.log\nweb2.log\n", 2 * (LOGNAME_SIZE + 2), 0);
	/* A line with NUL bytes has an end nevertheless. */
	fprintf(file, "web%c.log\nweb3.log\n", 0);
	fclose(file);
	assert_false(is_noted(fixture, "tail.log"));
	assert_true(is_noted(fixture, "web1.log"));
	assert_true(is_noted(fixture, "web2.log"));
	assert_true(is_noted(fixture, "web3.log"));
}

/* A turn is as long as it is with few; and a kill in between loses nothing. */
static void test_many_names_go_in_turns(void **state)
{
	struct fixture *fixture = *state;
	struct roll *roll = &fixture->roll;
	size_t turns = 0;
	char name[32];
	FILE *file;

	file = fdopen(openat(fixture->dir.fd, LOGDIR_ROLL, O_WRONLY | O_TRUNC), "w");
	assert_non_null(file);
	for (int i = 0; i < MANY; i++)
		fprintf(file, "gone%06d.log\n", i);
	for (int i = 0; i < MANY / 10; i++)
		fprintf(file, "here%06d.log\n", i);
	fclose(file);
	roll_free(roll);
	fake_event_count = 0;
	begin_roll(fixture, roll);
	assert_int_equal(roll->count, MANY + MANY / 10);
	for (int i = 0; i < MANY / 10; i++) {
		snprintf(name, sizeof(name), "here%06d.log", i);
		assert_true(roll_has(roll, name, 2));
	}
	fake_step_ns = ROLL_TURN_NS / A_TURN;
	roll_prune(roll, 2);
	while (fake_events[0]->on) {
		size_t before = roll->count;
		size_t written = roll->file_lines;

		assert_int_equal(fake_events[0]->ms, 0);
		fake_happens(0);
		assert_in_range(before - roll->count, 0, A_TURN + 1);
		if (roll->file && written)
			assert_in_range(roll->file_lines - written, 0, A_TURN + 1);
		/* Guests come and go meanwhile, in front of where it is and behind it. */
		if (turns++ % 16)
			continue;
		snprintf(name, sizeof(name), "come%06zu.log", turns);
		roll_add(roll, name, 2);
		name[0] = 'x';
		roll_add(roll, name, 2);
		if (turns == 17) {
			assert_true(is_noted(fixture, name));
			assert_true(is_noted(fixture, "here000007.log"));
		}
		roll_drop(roll, name);
		snprintf(name, sizeof(name), "here%06zu.log", turns);
		roll_drop(roll, name);
	}
	assert_in_range(turns, (MANY + MANY / 10) / (A_TURN + 1), MANY / 100);
	fake_step_ns = 0;
	go_on(roll);
	/* All that came is there, and as many are gone. */
	assert_int_equal(roll->count, MANY / 10);
	assert_in_range(lines(fixture), MANY / 10, MANY / 10 + 4 * turns / 16 + 4);
	assert_true(is_noted(fixture, "come000001.log"));
	assert_true(is_noted(fixture, "here019999.log"));
	assert_false(is_noted(fixture, "xome000001.log"));
	assert_false(is_noted(fixture, "here000001.log"));
	assert_false(is_noted(fixture, "gone000001.log"));
}

/* As where there were no descriptors at the start; and what was made meanwhile is noted then. */
static void test_what_could_not_be_read_is_tried_again(void **state)
{
	struct fixture *fixture = *state;
	struct roll *roll = &fixture->roll;

	roll_add(roll, "web1.log", 1);
	roll_add(roll, "gone.log", 1);
	roll_free(roll);
	assert_int_equal(renameat(fixture->dir.fd, LOGDIR_ROLL, fixture->dir.fd, "away"), 0);
	assert_int_equal(mkdirat(fixture->dir.fd, LOGDIR_ROLL, 0700), 0);
	fake_event_count = 0;
	begin_roll(fixture, roll);
	assert_int_equal(told_count, 1);
	/* Anything may be its own, and nothing is certainly. */
	assert_true(roll_has(roll, "dpkg.log", 1));
	assert_false(roll_lists(roll, "web1.log", 1));
	roll_tell(roll, "dpkg.log");
	roll_add(roll, "web2.log", 1);
	roll_add(roll, "gone.log", 1);
	roll_drop(roll, "gone.log");
	assert_true(roll_lists(roll, "web2.log", 1));
	assert_int_equal(fake_events[0]->ms, ROLL_RETRY_MS);
	assert_true(fake_happens(0));
	roll_load(roll);
	assert_int_equal(told_count, 1);
	assert_int_equal(fixture->known, 0);
	assert_int_equal(unlinkat(fixture->dir.fd, LOGDIR_ROLL, AT_REMOVEDIR), 0);
	assert_int_equal(renameat(fixture->dir.fd, "away", fixture->dir.fd, LOGDIR_ROLL), 0);
	assert_int_equal(fake_events[0]->ms, ROLL_RETRY_MS);
	assert_true(fake_happens(0));
	assert_int_equal(fixture->known, 1);
	assert_non_null(strstr(told, "can be read again"));
	assert_false(roll_has(roll, "dpkg.log", 2));
	assert_true(roll_lists(roll, "web1.log", 2));
	go_on(&fixture->roll);
	assert_true(is_noted(fixture, "web1.log"));
	assert_true(is_noted(fixture, "web2.log"));
}

/* Where it is removed while it is in use, half of the names is worse than none. */
static void test_a_file_that_was_removed_is_written_anew(void **state)
{
	struct fixture *fixture = *state;

	roll_add(&fixture->roll, "web1.log", 1);
	assert_int_equal(unlinkat(fixture->dir.fd, LOGDIR_ROLL, 0), 0);
	roll_add(&fixture->roll, "web2.log", 1);
	assert_int_equal(faccessat(fixture->dir.fd, LOGDIR_ROLL, F_OK, 0), -1);
	go_on(&fixture->roll);
	assert_true(is_noted(fixture, "web1.log"));
	assert_true(is_noted(fixture, "web2.log"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_it_takes_its_place_when_it_is_on_the_disk),
		TEST(test_what_does_not_come_to_the_disk_is_told_and_tried_again),
		TEST(test_another_directory_has_its_own_wait),
		TEST(test_a_directory_that_went_meanwhile_gets_no_list),
		TEST(test_what_failed_is_over_in_another_directory),
		TEST(test_what_is_not_there_any_more_is_dropped),
		TEST(test_what_is_made_while_it_is_looked_through_is_kept),
		TEST(test_the_name_of_a_log_that_went_is_forgotten),
		TEST(test_half_a_line_is_no_name_and_spoils_none),
		TEST(test_no_part_of_a_long_line_is_a_name),
		TEST(test_many_names_go_in_turns),
		TEST(test_what_could_not_be_read_is_tried_again),
		TEST(test_a_file_that_was_removed_is_written_anew),
	};

	synced = mmap(NULL, sizeof(*synced), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
