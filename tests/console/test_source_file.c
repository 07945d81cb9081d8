// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/origin_open.h"

struct fixture {
	char dir[32];
	char path[48];
	char old[48];
	char other[48];
	struct source *src;
};

/* By so many bytes the size of a file is told too large, as that of one on another host may be. */
static off_t too_large;

int __real_fstat64(int fd, struct stat *st);
int __wrap_fstat64(int fd, struct stat *st);
int __wrap_fstat64(int fd, struct stat *st)
{
	int err = __real_fstat64(fd, st);

	if (!err && S_ISREG(st->st_mode))
		st->st_size += too_large;
	return err;
}

static void append(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Whatever is there by this name, nothing is afterwards. */
static void clear(const char *path)
{
	if (unlink(path))
		rmdir(path);
}

static int begin(void **state)
{
	static struct fixture fixture;
	struct origin origin;
	const char *why;
	char text[64];

	too_large = 0;
	fixture = (struct fixture){ .dir = "/tmp/kpl011-test-XXXXXX" };
	assert_non_null(mkdtemp(fixture.dir));
	snprintf(fixture.path, sizeof(fixture.path), "%s/web.log", fixture.dir);
	snprintf(fixture.old, sizeof(fixture.old), "%s/web.log.1", fixture.dir);
	snprintf(fixture.other, sizeof(fixture.other), "%s/other", fixture.dir);
	append(fixture.path, "one");
	snprintf(text, sizeof(text), "file:%s", fixture.path);
	assert_true(origin_parse(text, &origin, &why));
	assert_int_equal(origin_open(&origin, &fixture.src), 0);
	*state = &fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;

	source_close(fixture->src);
	clear(fixture->path);
	clear(fixture->old);
	clear(fixture->other);
	return rmdir(fixture->dir);
}

static void reads_after(struct fixture *fixture, uint64_t lost, const char *want)
{
	uint64_t skipped;
	char text[16];
	ssize_t n = source_read(fixture->src, text, sizeof(text), &skipped);

	assert_int_equal(n, *want ? (ssize_t)strlen(want) : -EAGAIN);
	if (n > 0)
		assert_memory_equal(text, want, strlen(want));
	assert_int_equal(skipped, lost);
}

static void reads(struct fixture *fixture, const char *want)
{
	reads_after(fixture, 0, want);
}

/* Once, and not with the next read. */
static void tells(struct fixture *fixture, int want)
{
	int err;

	assert_true(source_blocked_news(fixture->src, &err));
	assert_int_equal(err, want);
	reads(fixture, "");
	assert_false(source_blocked_news(fixture->src, &err));
}

static void test_each_that_cannot_be_read_in_its_place_is_told_once(void **state)
{
	struct fixture *fixture = *state;
	int err;

	reads(fixture, "one");
	rename(fixture->path, fixture->old);
	reads(fixture, "");
	/* None is there yet. */
	assert_false(source_blocked_news(fixture->src, &err));
	mkdir(fixture->path, 0700);
	mkdir(fixture->other, 0700);
	reads(fixture, "");
	tells(fixture, -EISDIR);
	/* Another one, of the same kind. */
	rename(fixture->other, fixture->path);
	reads(fixture, "");
	tells(fixture, -EISDIR);
	rmdir(fixture->path);
	mkfifo(fixture->path, 0600);
	reads(fixture, "");
	tells(fixture, ORIGIN_NOW_PIPE);
	unlink(fixture->path);
	symlink(fixture->path, fixture->path);
	reads(fixture, "");
	tells(fixture, -ELOOP);
	assert_true(fixture->src->blocked.holds);
	/* What is written to the old one is read on. */
	append(fixture->old, "more");
	reads(fixture, "more");
	assert_false(source_blocked_news(fixture->src, &err));
	/* It has gone: there is nothing that cannot be read, nor anything that can. */
	unlink(fixture->path);
	reads(fixture, "");
	assert_false(fixture->src->blocked.holds);
	append(fixture->path, "");
	reads(fixture, "");
	assert_false(source_blocked_news(fixture->src, &err));
	/* The next one is gone before it was told. */
	unlink(fixture->path);
	mkfifo(fixture->path, 0600);
	reads(fixture, "");
	unlink(fixture->path);
	append(fixture->path, "two");
	reads(fixture, "two");
	tells(fixture, 0);
}

static void test_what_was_not_told_is_not_told_to_be_over(void **state)
{
	struct fixture *fixture = *state;
	int err;

	reads(fixture, "one");
	rename(fixture->path, fixture->old);
	mkfifo(fixture->path, 0600);
	reads(fixture, "");
	unlink(fixture->path);
	append(fixture->path, "two");
	reads(fixture, "two");
	assert_false(source_blocked_news(fixture->src, &err));
}

static void write_anew(const char *path, const char *text)
{
	assert_int_equal(truncate(path, 0), 0);
	append(path, text);
}

static void test_bytes_that_were_never_there_are_not_lost(void **state)
{
	struct fixture *fixture = *state;
	struct source_facts facts;

	/* The size is put right, and the file is the same. */
	too_large = 100;
	reads(fixture, "one");
	reads(fixture, "");
	too_large = 0;
	reads(fixture, "");
	append(fixture->path, "two");
	reads(fixture, "two");
	/* The file is written anew. */
	too_large = 100;
	reads(fixture, "");
	too_large = 0;
	write_anew(fixture->path, "four");
	reads(fixture, "four");
	/* Another one takes its name. */
	too_large = 100;
	reads(fixture, "");
	rename(fixture->path, fixture->old);
	append(fixture->path, "five");
	reads(fixture, "five");
	reads(fixture, "");
	too_large = 0;
	/* These were there. */
	append(fixture->path, "lost");
	assert_int_equal(source_facts(fixture->src, &facts), 0);
	write_anew(fixture->path, "new");
	reads_after(fixture, 4, "new");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_each_that_cannot_be_read_in_its_place_is_told_once, begin, end),
		cmocka_unit_test_setup_teardown(test_what_was_not_told_is_not_told_to_be_over,
						begin, end),
		cmocka_unit_test_setup_teardown(test_bytes_that_were_never_there_are_not_lost,
						begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
