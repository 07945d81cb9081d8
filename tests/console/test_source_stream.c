// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/origin_open.h"
#include "source/source_stream.h"

/* A server of telnet that answers nothing, or pipes; and who reads from it. */
struct fixture {
	int listener;
	int peer;
	char dir[32];
	char in[48];
	char out[48];
	struct source *src;
};

static int begin(void **state)
{
	static struct fixture fixture;

	/* What never comes is waited for for ever. */
	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	fixture = (struct fixture){ .listener = -1, .peer = -1 };
	*state = &fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;

	source_close(fixture->src);
	if (fixture->listener >= 0)
		close(fixture->listener);
	if (fixture->peer >= 0)
		close(fixture->peer);
	if (*fixture->dir) {
		unlink(fixture->in);
		unlink(fixture->out);
		rmdir(fixture->dir);
	}
	alarm(0);
	return 0;
}

/* Begins to connect. The server has accepted it, and nothing else has happened. */
static void connect_telnet(struct fixture *fixture)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	struct origin origin;
	const char *why;
	char text[64];

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fixture->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fixture->listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(fixture->listener, 1), 0);
	assert_int_equal(getsockname(fixture->listener, (struct sockaddr *)&address, &len), 0);
	snprintf(text, sizeof(text), "telnet:127.0.0.1:%u", ntohs(address.sin_port));
	assert_true(origin_parse(text, &origin, &why));
	assert_int_equal(origin_open(&origin, &fixture->src), 0);
	fixture->peer = accept4(fixture->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(fixture->peer >= 0);
}

static void wait_readable(const struct source *src)
{
	struct pollfd ready = { .fd = src->fd, .events = POLLIN };

	assert_int_equal(poll(&ready, 1, -1), 1);
}

/* What the server says at a position: nothing of telnet's. */
static char at(size_t pos)
{
	return (char)('a' + (pos + pos / 1000) % 26);
}

/* As much of the first @all bytes as there is room for. */
static void say_more(const struct fixture *fixture, size_t *said, size_t all)
{
	char text[1000];
	ssize_t n = 1;

	while (*said < all && n > 0) {
		size_t len = all - *said < sizeof(text) ? all - *said : sizeof(text);

		for (size_t i = 0; i < len; i++)
			text[i] = at(*said + i);
		n = send(fixture->peer, text, len, 0);
		*said += n > 0 ? (size_t)n : 0;
	}
}

static void test_all_that_is_said_before_an_answer_is_read(void **state)
{
	const size_t all = 6 * STREAM_HISTORY;
	struct fixture *fixture = *state;
	char text[4096];
	uint64_t skipped;
	size_t said = 0;
	size_t got = 0;
	ssize_t n;

	connect_telnet(fixture);
	while (fixture->src->connecting) {
		say_more(fixture, &said, all);
		wait_readable(fixture->src);
		source_again(fixture->src);
	}
	while (got < all) {
		say_more(fixture, &said, all);
		n = source_read(fixture->src, text, sizeof(text), &skipped);
		assert_int_equal(skipped, 0);
		if (n == -EAGAIN) {
			wait_readable(fixture->src);
			continue;
		}
		assert_true(n > 0);
		for (ssize_t i = 0; i < n; i++)
			assert_int_equal(text[i], at(got++));
	}
}

/* What it says is in @text when the connection has been made; then it hangs up. */
static int connect_to_closed(struct fixture *fixture, const char *text)
{
	int err;

	connect_telnet(fixture);
	if (*text)
		assert_int_equal(send(fixture->peer, text, strlen(text), 0), strlen(text));
	/* With what was asked unread it would be a reset. */
	shutdown(fixture->peer, SHUT_WR);
	do {
		wait_readable(fixture->src);
		err = source_again(fixture->src);
	} while (err == -EINPROGRESS);
	return err;
}

static void test_what_is_said_before_it_hangs_up_is_read(void **state)
{
	static const char busy[] = "\r\nPort 7 is in use by anna\r\n";
	struct fixture *fixture = *state;
	char text[100];
	uint64_t skipped;

	assert_int_equal(connect_to_closed(fixture, busy), 0);
	assert_int_equal(source_read(fixture->src, text, sizeof(text), &skipped), sizeof(busy) - 1);
	assert_memory_equal(text, busy, sizeof(busy) - 1);
	wait_readable(fixture->src);
	assert_int_equal(source_read(fixture->src, text, sizeof(text), &skipped), 0);
}

static void test_who_hangs_up_without_a_word_is_not_there(void **state)
{
	assert_int_equal(connect_to_closed(*state, ""), ORIGIN_CLOSED);
}

static void make_pipes(const struct fixture *fixture)
{
	assert_int_equal(mkfifo(fixture->in, 0600), 0);
	assert_int_equal(mkfifo(fixture->out, 0600), 0);
}

static void make_anew(const struct fixture *fixture)
{
	unlink(fixture->in);
	unlink(fixture->out);
	make_pipes(fixture);
}

static void reopen(struct fixture *fixture)
{
	struct origin origin;
	const char *why;
	char text[64];

	snprintf(text, sizeof(text), "pipe:%s/con", fixture->dir);
	assert_true(origin_parse(text, &origin, &why));
	assert_int_equal(origin_open(&origin, &fixture->src), 0);
}

static void open_pipes(struct fixture *fixture)
{
	strcpy(fixture->dir, "/tmp/kpl011-test-XXXXXX");
	assert_non_null(mkdtemp(fixture->dir));
	snprintf(fixture->in, sizeof(fixture->in), "%s/con.in", fixture->dir);
	snprintf(fixture->out, sizeof(fixture->out), "%s/con.out", fixture->dir);
	make_pipes(fixture);
	reopen(fixture);
}

static int open_end(const char *path)
{
	int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* What is read next, be it the end: 0. */
static ssize_t read_next(const struct fixture *fixture, char *text, size_t size)
{
	uint64_t skipped;
	ssize_t n;

	do {
		wait_readable(fixture->src);
		n = source_read(fixture->src, text, size, &skipped);
	} while (n == -EAGAIN);
	return n;
}

/* A VMM says something, and goes when that was heard: a pipe that nobody has keeps nothing. */
static void say_and_hear(const struct fixture *fixture, const char *text)
{
	int fd = open_end(fixture->out);
	char heard[64];

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(read_next(fixture, heard, sizeof(heard)), strlen(text));
	assert_memory_equal(heard, text, strlen(text));
	close(fd);
}

static void test_pipes_that_were_made_anew_are_gone_on_with(void **state)
{
	struct fixture *fixture = *state;
	int room_fd;
	char text[8];
	int typed;
	int old;

	open_pipes(fixture);
	room_fd = source_room_fd(fixture->src);
	say_and_hear(fixture, "one");
	for (uint64_t i = 1; i < 3; i++) {
		/* What waits in the old one is not left behind. */
		old = open_end(fixture->out);
		assert_int_equal(write(old, "end", 3), 3);
		make_anew(fixture);
		assert_int_equal(read_next(fixture, text, sizeof(text)), 3);
		typed = open_end(fixture->in);
		say_and_hear(fixture, "new");
		assert_true(source_begins(fixture->src, i * 6));
		assert_int_equal(source_room_fd(fixture->src), room_fd);
		assert_int_equal(source_write(fixture->src, "typed", 5), 5);
		assert_int_equal(read(typed, text, sizeof(text)), 5);
		close(typed);
		close(old);
	}
}

/* While a pair is made anew, something else has the name without their ends. */
static void test_what_has_the_name_of_a_pair_is_no_pipe_of_it(void **state)
{
	struct fixture *fixture = *state;
	char text[sizeof(fixture->dir) + 8];
	int err;

	open_pipes(fixture);
	snprintf(text, sizeof(text), "%s/con", fixture->dir);
	assert_int_equal(mkdir(text, 0700), 0);
	unlink(fixture->in);
	unlink(fixture->out);
	for (int i = 0; i < 2; i++) {
		wait_readable(fixture->src);
		assert_int_equal(source_read(fixture->src, text, 1, &(uint64_t){ 0 }), -EAGAIN);
		assert_false(source_blocked_news(fixture->src, &err));
	}
	make_pipes(fixture);
	say_and_hear(fixture, "two");
	snprintf(text, sizeof(text), "%s/con", fixture->dir);
	assert_int_equal(rmdir(text), 0);
}

static void test_a_pipe_with_something_unread_that_was_made_anew_ends(void **state)
{
	struct fixture *fixture = *state;
	char text[8];

	open_pipes(fixture);
	assert_int_equal(source_write(fixture->src, "typed", 5), 5);
	make_anew(fixture);
	assert_int_equal(read_next(fixture, text, sizeof(text)), 0);
	assert_int_equal(source_again(fixture->src), 0);
	say_and_hear(fixture, "two");
}

static void test_what_is_no_pipe_in_its_place_is_told_once(void **state)
{
	struct fixture *fixture = *state;
	char text[8];
	int told = 0;
	int err;
	int fd;

	open_pipes(fixture);
	unlink(fixture->out);
	fd = open(fixture->out, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	/* As often as the names are looked at. */
	for (int i = 0; i < 3; i++) {
		uint64_t skipped;

		wait_readable(fixture->src);
		assert_int_equal(source_read(fixture->src, text, sizeof(text), &skipped), -EAGAIN);
		if (source_blocked_news(fixture->src, &err)) {
			assert_int_equal(err, ORIGIN_PIPE_NO_MORE);
			told++;
		}
	}
	assert_int_equal(told, 1);
	make_anew(fixture);
	say_and_hear(fixture, "two");
	assert_true(source_blocked_news(fixture->src, &err));
	assert_int_equal(err, 0);
}

/* What open(2) finds first at this path is taken away behind it, for a link to @victim. */
static struct {
	const char *path;
	const char *victim;
} swap;

static void swap_now(const char *path)
{
	if (!swap.path || strcmp(path, swap.path))
		return;
	swap.path = NULL;
	unlink(path);
	assert_int_equal(symlink(swap.victim, path), 0);
}

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;
	int fd;

	va_start(ap, flags);
	if (flags & O_CREAT)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	/* To who has looked at it already it is another one. */
	if (!(flags & O_PATH))
		swap_now(path);
	fd = __real_open64(path, flags, mode);
	if (flags & O_PATH)
		swap_now(path);
	return fd;
}

static void test_a_link_in_the_place_of_a_pipe_is_not_written_to(void **state)
{
	struct fixture *fixture = *state;
	char victim[sizeof(fixture->dir) + 8];
	struct stat st;
	int fd;

	open_pipes(fixture);
	source_close(fixture->src);
	fixture->src = NULL;
	snprintf(victim, sizeof(victim), "%s/victim", fixture->dir);
	fd = open(victim, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	swap.path = fixture->in;
	swap.victim = victim;
	reopen(fixture);
	assert_null(swap.path);
	assert_int_equal(source_write(fixture->src, "typed", 5), 5);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 0);
	close(fd);
	unlink(victim);
}

static bool no_memory;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
	return no_memory ? NULL : __real_malloc(size);
}

static void test_bytes_that_no_memory_was_left_for_are_counted_with_the_next(void **state)
{
	struct fixture *fixture = *state;
	uint64_t skipped;
	char text[8];
	int fd;

	open_pipes(fixture);
	fd = open_end(fixture->out);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(write(fd, "lost", 4), 4);
		wait_readable(fixture->src);
		no_memory = true;
		assert_int_equal(source_read(fixture->src, text, sizeof(text), &skipped), -EAGAIN);
		no_memory = false;
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(write(fd, "kept", 4), 4);
		wait_readable(fixture->src);
		assert_int_equal(source_read(fixture->src, text, sizeof(text), &skipped), 4);
		assert_memory_equal(text, "kept", 4);
		assert_int_equal(skipped, i ? 0 : 8);
	}
	close(fd);
}

/* No read returns bytes any more, so the end has to tell of them, and only once. */
static void test_the_end_counts_bytes_that_no_memory_was_left_for(void **state)
{
	struct fixture *fixture = *state;
	uint64_t skipped;
	char text[8];
	int err;

	connect_telnet(fixture);
	assert_int_equal(send(fixture->peer, "lost", 4, 0), 4);
	shutdown(fixture->peer, SHUT_WR);
	do {
		wait_readable(fixture->src);
		no_memory = true;
		err = source_again(fixture->src);
		no_memory = false;
	} while (err == -EINPROGRESS);
	assert_int_equal(err, 0);
	for (int i = 0; i < 2; i++) {
		wait_readable(fixture->src);
		assert_int_equal(source_read(fixture->src, text, sizeof(text), &skipped), 0);
		assert_int_equal(skipped, i ? 0 : 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_that_is_said_before_an_answer_is_read,
						begin, end),
		cmocka_unit_test_setup_teardown(test_what_is_said_before_it_hangs_up_is_read, begin,
						end),
		cmocka_unit_test_setup_teardown(test_who_hangs_up_without_a_word_is_not_there,
						begin, end),
		cmocka_unit_test_setup_teardown(test_pipes_that_were_made_anew_are_gone_on_with,
						begin, end),
		cmocka_unit_test_setup_teardown(test_what_is_no_pipe_in_its_place_is_told_once,
						begin, end),
		cmocka_unit_test_setup_teardown(
			test_a_pipe_with_something_unread_that_was_made_anew_ends, begin, end),
		cmocka_unit_test_setup_teardown(
			test_a_link_in_the_place_of_a_pipe_is_not_written_to, begin, end),
		cmocka_unit_test_setup_teardown(
			test_bytes_that_no_memory_was_left_for_are_counted_with_the_next, begin,
			end),
		cmocka_unit_test_setup_teardown(
			test_the_end_counts_bytes_that_no_memory_was_left_for, begin, end),
		cmocka_unit_test_setup_teardown(test_what_has_the_name_of_a_pair_is_no_pipe_of_it,
						begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
