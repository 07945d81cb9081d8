// SPDX-License-Identifier: GPL-2.0-only
/* What is to be sent and cannot even be queued: the command says so, and ends. */
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/status.h"
#include "cmd/cmd.h"
#include "cmd/send.h"
#include "guests/pick.h"
#include "source/feed.h"

/* What feed_bytes() returns, if it is not asked itself. */
static int queue_err;

/* So many feeds can be made. */
static unsigned int feeds;

/* The last message for the operator. */
static char told[512];

/* The terminal of pty; NULL: the command has none. */
static const char *terminal;

int __real_feed_bytes(struct feed *feed, const void *bytes, size_t len);
int __wrap_feed_bytes(struct feed *feed, const void *bytes, size_t len);
int __wrap_feed_bytes(struct feed *feed, const void *bytes, size_t len)
{
	return queue_err ? queue_err : __real_feed_bytes(feed, bytes, len);
}

struct feed *__real_feed_new(struct loop *loop, struct source *src, size_t limit,
			     const struct feed_ops *ops, void *arg);
struct feed *__wrap_feed_new(struct loop *loop, struct source *src, size_t limit,
			     const struct feed_ops *ops, void *arg);
struct feed *__wrap_feed_new(struct loop *loop, struct source *src, size_t limit,
			     const struct feed_ops *ops, void *arg)
{
	if (!feeds)
		return NULL;
	feeds--;
	return __real_feed_new(loop, src, limit, ops, arg);
}

void __wrap_msg_error(const char *fmt, ...);
void __wrap_msg_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(told, sizeof(told), fmt, ap);
	va_end(ap);
}

/* By now the terminal is there, and somebody types at it. */
int __real_loop_run(struct loop *loop);
int __wrap_loop_run(struct loop *loop);
int __wrap_loop_run(struct loop *loop)
{
	int fd = terminal ? open(terminal, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;

	if (terminal) {
		assert_true(fd >= 0);
		assert_int_equal(write(fd, "typed", 5), 5);
		close(fd);
	}
	return __real_loop_run(loop);
}

/* A guest that prints nothing, and whose host is lost when something is sent. */

static ssize_t guest_read(struct source *src, void *buf, size_t len, uint64_t *skipped)
{
	(void)src;
	(void)buf;
	(void)len;
	*skipped = 0;
	return -EAGAIN;
}

static int guest_seek(struct source *src, uint64_t pos)
{
	(void)src;
	return pos ? -EINVAL : 0;
}

static ssize_t guest_write(struct source *src, const void *buf, size_t len)
{
	(void)src;
	(void)buf;
	(void)len;
	return -ECONNRESET;
}

static int guest_facts(struct source *src, struct source_facts *facts)
{
	(void)src;
	*facts = (struct source_facts){ .where = "unix:/con", .name = "con", .live = true };
	return 0;
}

static void guest_close(struct source *src)
{
	close(src->fd);
}

enum status __wrap_pick_open(const char *spec, enum pick_for what, struct source **src,
			     struct source_facts *facts);
enum status __wrap_pick_open(const char *spec, enum pick_for what, struct source **src,
			     struct source_facts *facts)
{
	static const struct source_ops ops = {
		.read = guest_read,
		.seek = guest_seek,
		.write = guest_write,
		.facts = guest_facts,
		.close = guest_close,
	};
	static struct source guest;

	(void)spec;
	(void)what;
	guest = (struct source){ .ops = &ops, .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) };
	assert_true(guest.fd >= 0);
	*src = &guest;
	return guest_facts(*src, facts) ? STATUS_FAILED : STATUS_OK;
}

static int begin(void **state)
{
	(void)state;
	/* What never comes is waited for for ever. */
	alarm(60);
	queue_err = 0;
	feeds = 10;
	told[0] = '\0';
	return 0;
}

/* Its exit status. */
static int run_pty(void)
{
	char dir[] = "/tmp/kpl011-unsent-XXXXXX";
	char link[sizeof(dir) + 8];
	char *argv[] = { "pty", "--link", link, "con", NULL };
	int before = dup(STDOUT_FILENO);
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int status;

	assert_true(before >= 0 && nowhere >= 0);
	assert_non_null(mkdtemp(dir));
	snprintf(link, sizeof(link), "%s/link", dir);
	terminal = link;
	/* It prints the path. */
	fflush(stdout);
	dup2(nowhere, STDOUT_FILENO);
	optind = 0;
	status = cmd_pty.run(4, argv);
	dup2(before, STDOUT_FILENO);
	close(before);
	close(nowhere);
	terminal = NULL;
	assert_int_equal(rmdir(dir), 0);
	return status;
}

static void test_what_is_typed_at_a_pty_is_not_lost_without_a_word(void **state)
{
	(void)state;
	queue_err = -ENOMEM;
	assert_int_equal(run_pty(), STATUS_FAILED);
	assert_string_equal(told, "cannot send to con: Cannot allocate memory");
}

static void test_a_pty_ends_that_has_no_queue_any_more(void **state)
{
	(void)state;
	feeds = 1;
	assert_int_equal(run_pty(), STATUS_FAILED);
	assert_string_equal(told, "cannot send to con: Cannot allocate memory");
}

static void test_what_is_not_queued_was_not_sent(void **state)
{
	char label[SOURCE_NAME_SIZE];
	char text[] = "text";
	struct send_request request = { .text = text, .text_len = strlen(text), .fd = -1 };

	(void)state;
	queue_err = -ENOMEM;
	assert_int_equal(send_to(&request, "con", label), STATUS_FAILED);
	assert_string_equal(told, "cannot send to con: Cannot allocate memory");
	/* The break is queued, and its key is not. */
	told[0] = '\0';
	request.text_len = 0;
	request.sysrq = 'h';
	assert_int_equal(send_to(&request, "con", label), STATUS_FAILED);
	assert_string_equal(told, "cannot send to con: Cannot allocate memory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_what_is_typed_at_a_pty_is_not_lost_without_a_word,
				       begin),
		cmocka_unit_test_setup(test_a_pty_ends_that_has_no_queue_any_more, begin),
		cmocka_unit_test_setup(test_what_is_not_queued_was_not_sent, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
