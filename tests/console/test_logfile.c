// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/logfile.h"

#define LOG "web1.log"

static struct logdir dir;
static struct logfile file;
static struct ledger_point to; /* how far the guest's output was written */

/* Whether the roll has the log, and what happens before the log is created. */
static bool is_listed;
static void (*meanwhile)(void);

void keeper_own(struct keeper *keeper, const char *name)
{
	(void)keeper;
	assert_string_equal(name, LOG);
	is_listed = true;
	if (meanwhile)
		meanwhile();
}

void keeper_disown(struct keeper *keeper, const char *name)
{
	(void)keeper;
	assert_string_equal(name, LOG);
	is_listed = false;
}

bool keeper_owns(struct keeper *keeper, const char *name)
{
	(void)keeper;
	assert_string_equal(name, LOG);
	return is_listed;
}

/* Nothing is rotated here. */
bool keeper_is_ready(const struct keeper *keeper)
{
	(void)keeper;
	return false;
}

bool keeper_time(struct keeper *keeper, int64_t *now)
{
	(void)keeper;
	(void)now;
	return false;
}

uint64_t keeper_rotate_size(const struct keeper *keeper, const char *base)
{
	(void)keeper;
	(void)base;
	return 0;
}

void keeper_name(struct keeper *keeper, struct logname *name)
{
	(void)keeper;
	(void)name;
	fail();
}

void keeper_add(struct keeper *keeper, const struct logname *name, uint64_t bytes)
{
	(void)keeper;
	(void)name;
	(void)bytes;
	fail();
}

void keeper_live(struct keeper *keeper, const char *base, bool clean, bool exists, uint64_t bytes)
{
	(void)keeper;
	(void)base;
	(void)clean;
	(void)exists;
	(void)bytes;
}

void keeper_ledgers(struct keeper *keeper, const char *base, int64_t count)
{
	(void)keeper;
	(void)base;
	(void)count;
}

void keeper_renew(struct keeper *keeper)
{
	(void)keeper;
}

static int begin(void **state)
{
	const struct ledger_port port = { .boot = "a", .id = 1, .attach_ns = 2, .uid = 0 };
	const struct ledger_truth truth = { .base = "web1", .newest = 100, .live = true };
	char path[] = "/tmp/kpl011-logfile-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(path));
	assert_int_equal(logdir_open(&dir, path), STATUS_OK);
	assert_int_equal(logfile_open(&file, &dir, NULL, &port, "web1", "raw", &truth), 0);
	is_listed = false;
	meanwhile = NULL;
	to = (struct ledger_point){ 0 };
	return 0;
}

static int end(void **state)
{
	(void)state;
	logfile_close(&file);
	unlinkat(dir.fd, LOG, 0);
	unlinkat(dir.state, file.ledger_name, 0);
	unlinkat(dir.state, LOGDIR_ROLL, 0);
	unlinkat(dir.state, LOGDIR_FORMAT, 0);
	unlinkat(dir.state, "lock", 0);
	assert_int_equal(unlinkat(dir.fd, LOGDIR_STATE, AT_REMOVEDIR), 0);
	assert_int_equal(rmdir(dir.path), 0);
	logdir_close(&dir);
	return 0;
}

/* The guest prints this. */
static int append(const char *text)
{
	struct ledger_point end = { .pos = to.pos + strlen(text) };
	int err = logfile_append(&file, text, strlen(text), true, &end);

	if (!err)
		to = end;
	return err;
}

/* Another program creates a file by the log's name. */
static void intrude(void)
{
	int fd = openat(dir.fd, LOG, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "theirs\n", 7), 7);
	close(fd);
}

static void assert_log_has(const char *text)
{
	char bytes[64];
	int fd = openat(dir.fd, LOG, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, bytes, sizeof(bytes) - 1);

	assert_true(n >= 0);
	close(fd);
	bytes[n] = '\0';
	assert_string_equal(bytes, text);
}

static struct rlimit had;

/* From now on nothing can be opened. */
static void run_out(void)
{
	struct rlimit none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &had), 0);
	none = had;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
}

static void test_a_file_that_another_creates_meanwhile_is_left_alone(void **state)
{
	(void)state;
	meanwhile = intrude;
	assert_int_equal(append("ours\n"), LOGDIR_NOT_OURS);
	meanwhile = NULL;
	assert_int_equal(append("ours\n"), LOGDIR_NOT_OURS);
	assert_false(is_listed);
	assert_log_has("theirs\n");
	assert_int_equal(unlinkat(dir.fd, LOG, 0), 0);
	assert_int_equal(append("ours\n"), 0);
	assert_true(is_listed);
	assert_log_has("ours\n");
}

static void test_a_log_that_could_not_be_created_is_not_taken_for_created(void **state)
{
	int err;

	(void)state;
	meanwhile = run_out;
	err = append("ours\n");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &had), 0);
	assert_int_equal(err, -EMFILE);
	meanwhile = NULL;
	intrude();
	assert_int_equal(append("ours\n"), LOGDIR_NOT_OURS);
	assert_log_has("theirs\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_file_that_another_creates_meanwhile_is_left_alone),
		TEST(test_a_log_that_could_not_be_created_is_not_taken_for_created),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
