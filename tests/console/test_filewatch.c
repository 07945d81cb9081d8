// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source/filewatch.h"

#define FILES 3

struct fixture {
	struct loop *loop;
	int fds[FILES];
	/* How often each of the watches was told. */
	unsigned int told[FILES + 1];
	struct filewatch *watches[FILES + 1];
};

static void changed(void *arg)
{
	++*(unsigned int *)arg;
}

static int make_file(void)
{
	char path[] = "/tmp/kpl011-test-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

static void watch(struct fixture *fixture, int number, int fd)
{
	fixture->watches[number] =
		filewatch_new(fixture->loop, fd, changed, &fixture->told[number]);
	assert_non_null(fixture->watches[number]);
}

static void end(struct fixture *fixture, int number)
{
	filewatch_free(fixture->watches[number]);
	fixture->watches[number] = NULL;
}

/* A watch of each file, and another one of the first. */
static int begin(void **state)
{
	static struct fixture fixture;

	/* Where nothing comes the loop waits for ever. */
	alarm(60);
	fixture = (struct fixture){ .loop = loop_new() };
	for (int i = 0; i < FILES; i++) {
		fixture.fds[i] = make_file();
		watch(&fixture, i, fixture.fds[i]);
	}
	watch(&fixture, FILES, fixture.fds[0]);
	*state = &fixture;
	return 0;
}

static int leave(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 0; i <= FILES; i++)
		end(fixture, i);
	for (int i = 0; i < FILES; i++)
		close(fixture->fds[i]);
	loop_free(fixture->loop);
	return 0;
}

static void change(const struct fixture *fixture, int number)
{
	assert_int_equal(write(fixture->fds[number], "x", 1), 1);
}

/* Those and no other are told of what was written. */
static void hear(struct fixture *fixture, const char *wanted)
{
	memset(fixture->told, 0, sizeof(fixture->told));
	assert_int_equal(loop_turn(fixture->loop), 0);
	for (int i = 0; i <= FILES; i++)
		assert_int_equal(!!fixture->told[i], wanted[i] == '+');
}

/* What an instance of ours watches, as the kernel tells. */
static int watched(const char *fd)
{
	char path[PATH_MAX];
	char line[512];
	int count = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%.16s", fd);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		count += !strncmp(line, "inotify wd:", 11);
	fclose(file);
	return count;
}

/* @files: that they watch together */
static int instances(int *files)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	char target[PATH_MAX];
	int count = 0;

	*files = 0;
	while ((entry = readdir(dir))) {
		ssize_t len = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		target[len < 0 ? 0 : len] = '\0';
		if (strcmp(target, "anon_inode:inotify"))
			continue;
		*files += watched(entry->d_name);
		count++;
	}
	closedir(dir);
	return count;
}

static void test_one_instance_is_for_all(void **state)
{
	struct fixture *fixture = *state;
	int files;

	assert_int_equal(instances(&files), 1);
	change(fixture, 1);
	hear(fixture, "-+--");
	change(fixture, 0);
	hear(fixture, "+--+");
	for (int i = 0; i <= FILES; i++)
		end(fixture, i);
	assert_int_equal(instances(&files), 0);
	watch(fixture, 2, fixture->fds[2]);
	assert_int_equal(instances(&files), 1);
	change(fixture, 2);
	hear(fixture, "--+-");
}

static void test_a_watch_that_ends_takes_nothing_from_another(void **state)
{
	struct fixture *fixture = *state;
	int files;

	end(fixture, 0);
	/* A watch that is taken away is told as well, once. */
	for (int i = 0; i < 2; i++) {
		change(fixture, 0);
		hear(fixture, "---+");
	}
	end(fixture, FILES);
	assert_int_equal(instances(&files), 1);
	assert_int_equal(files, FILES - 1);
	change(fixture, 0);
	change(fixture, 1);
	hear(fixture, "-+--");
	watch(fixture, 0, fixture->fds[0]);
	change(fixture, 0);
	hear(fixture, "+---");
}

static void test_another_file_takes_the_place_of_one(void **state)
{
	struct fixture *fixture = *state;

	filewatch_set(fixture->watches[0], fixture->fds[2]);
	change(fixture, 0);
	hear(fixture, "---+");
	change(fixture, 2);
	hear(fixture, "+-+-");
	/* The one before is gone, with all that the kernel knew of it. */
	close(fixture->fds[1]);
	fixture->fds[1] = make_file();
	filewatch_set(fixture->watches[1], fixture->fds[1]);
	change(fixture, 1);
	hear(fixture, "-+--");
}

/* The kernel keeps so many events, and says that it lost some. */
static void test_all_are_told_where_events_were_lost(void **state)
{
	struct fixture *fixture = *state;
	FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
	unsigned int heard[FILES + 1] = { 0 };
	int max;

	assert_int_equal(fscanf(file, "%d", &max), 1);
	fclose(file);
	/* One like the last is no other. */
	for (int i = 0; i <= max; i++)
		change(fixture, i % 2);
	while (!heard[2]) {
		memset(fixture->told, 0, sizeof(fixture->told));
		assert_int_equal(loop_turn(fixture->loop), 0);
		for (int i = 0; i <= FILES; i++)
			heard[i] += fixture->told[i];
	}
	for (int i = 0; i <= FILES; i++)
		assert_true(heard[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_instance_is_for_all, begin, leave),
		cmocka_unit_test_setup_teardown(test_a_watch_that_ends_takes_nothing_from_another,
						begin, leave),
		cmocka_unit_test_setup_teardown(test_another_file_takes_the_place_of_one, begin,
						leave),
		cmocka_unit_test_setup_teardown(test_all_are_told_where_events_were_lost, begin,
						leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
