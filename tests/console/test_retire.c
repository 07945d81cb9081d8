// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/clocks.h"
#include "daemon/retire.h"

#define LOG "web1.log"
#define NOW 1790000000
#define WRITTEN 1780000000 /* the log, last */

void clocks_read(int64_t *wall, int64_t *since_boot)
{
	*wall = NOW;
	*since_boot = 100;
}

static void make(const struct logdir *dir, const char *name, const char *text)
{
	const struct timespec times[2] = { { .tv_sec = WRITTEN }, { .tv_sec = WRITTEN } };
	int fd = openat(dir->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

/* The file of that name has this text; it is removed. */
static void take(const struct logdir *dir, const char *name, const char *text)
{
	char bytes[16] = "";
	int fd = openat(dir->fd, name, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, bytes, sizeof(bytes) - 1) > 0);
	close(fd);
	assert_string_equal(bytes, text);
	assert_int_equal(unlinkat(dir->fd, name, 0), 0);
}

static void test_no_archive_that_could_not_be_looked_at_is_overwritten(void **state)
{
	char path[] = "/tmp/kpl011-retire-XXXXXX";
	const struct archive_live live = { .exists = true, .bytes = 4096, .time = WRITTEN };
	struct logdir dir = { .state = -1 };
	struct roll roll = { .dir = &dir };
	struct calendar calendar;
	struct archive archive;
	const struct retire retire = {
		.archive = &archive, .dir = &dir, .calendar = &calendar, .roll = &roll
	};
	struct archive_file *file;
	char rotated[LOGNAME_SIZE];
	char text[LOGNAME_SIZE];

	(void)state;
	assert_non_null(mkdtemp(path));
	dir.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	calendar_begin(&calendar, &dir, "a");
	for (int packed = 0; packed < 2; packed++) {
		struct logname name = {
			.base = "web1", .time = WRITTEN, .seq = 1, .packed = packed
		};

		archive = (struct archive){ 0 };
		assert_true(archive_live(&archive, "web1", false, &live));
		make(&dir, LOG, "new");
		/* The archive does not know it. */
		make(&dir, logname_put(&name, text), "old");
		assert_true(retire_log(&retire, archive_guest(&archive, "web1"), false, &file));
		assert_non_null(file);
		assert_int_equal(file->time, WRITTEN);
		assert_int_equal(file->seq, 2);
		archive_name(file, &name);
		take(&dir, logname_put(&name, rotated), "new");
		take(&dir, text, "old");
		archive_free(&archive);
	}
	close(dir.fd);
	assert_int_equal(rmdir(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_archive_that_could_not_be_looked_at_is_overwritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
