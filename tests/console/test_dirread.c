// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "daemon/dirread.h"
#include "dir_reads.h"

/* A directory that has so many names, which take several reads. */
static int make(char path[], int count)
{
	char name[64];
	int fd;

	assert_non_null(mkdtemp(path));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "a-name-that-is-as-long-as-those-of-logs-are-%06d", i);
		close(openat(fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	}
	return fd;
}

static void destroy(const char *path, int fd, int count)
{
	char name[64];

	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "a-name-that-is-as-long-as-those-of-logs-are-%06d", i);
		assert_int_equal(unlinkat(fd, name, 0), 0);
	}
	close(fd);
	assert_int_equal(rmdir(path), 0);
}

static int read_all(int fd, int *err)
{
	struct dirread *dir = dirread_open(fd);
	int count = 0;

	assert_non_null(dir);
	while (dirread_next(dir))
		count++;
	*err = dirread_error(dir);
	dirread_close(dir);
	return count;
}

static void test_the_end_of_a_directory_is_told_from_an_error(void **state)
{
	char path[] = "/tmp/kpl011-dirread-XXXXXX";
	int fd = make(path, 200);
	int err;

	(void)state;
	reads_left = -1;
	/* With itself and the one above. */
	assert_int_equal(read_all(fd, &err), 202);
	assert_int_equal(err, 0);
	/* The first of it could be read, or nothing. */
	reads_left = 2;
	assert_in_range(read_all(fd, &err), 2, 199);
	assert_int_equal(err, EIO);
	reads_left = 0;
	assert_int_equal(read_all(fd, &err), 0);
	assert_int_equal(err, EIO);
	reads_left = -1;
	assert_int_equal(read_all(fd, &err), 202);
	destroy(path, fd, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_end_of_a_directory_is_told_from_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
