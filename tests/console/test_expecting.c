// SPDX-License-Identifier: GPL-2.0-only
/* What is waited for, and what is sent, with a guest of which each step is known. */
#include "cmocka_all.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/status.h"
#include "cmd/expecting.h"
#include "cmd/limit.h"
#include "guests/await.h"

/* All that one of these guests prints. */
#define TEXT (64 << 20)

/* Longer than any of it takes. */
#define LIMIT_MS 60000

/* A connection: what was printed waits in it until it is read, and is in the history then. */
static struct {
	struct source src;
	char *text;
	size_t len;    /* that was printed */
	size_t newest; /* of it, what was read once */
	size_t pos;
	bool closed;	    /* by its end, behind all that */
	bool deaf;	    /* nothing can be sent to it any more */
	bool floods;	    /* there is more whenever all was read, until it is sent something */
	bool slow;	    /* who reads it has the processor for a part of the time */
	bool far;	    /* what was read before is there again a while after it is asked for */
	bool away;	    /* it was asked for just now */
	const char *late;   /* is printed when nothing is left to be read */
	const char *answer; /* is printed when something is sent, or would be */
	const char *more;   /* the same, the next time */
	char sent[64];
} guest;

static char told[512];

void __wrap_msg_error(const char *fmt, ...);
void __wrap_msg_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(told, sizeof(told), fmt, ap);
	va_end(ap);
}

static void print(const char *text, size_t len)
{
	assert_true(guest.len + len <= TEXT);
	memcpy(guest.text + guest.len, text, len);
	guest.len += len;
	eventfd_write(guest.src.fd, 1);
}

static void flood(void)
{
	static char dots[65536];

	memset(dots, '.', sizeof(dots));
	dots[sizeof(dots) - 1] = '\n';
	print(dots, sizeof(dots));
}

static ssize_t guest_read(struct source *src, void *buf, size_t len, uint64_t *skipped)
{
	eventfd_t count;

	*skipped = 0;
	if (guest.slow)
		usleep(20000);
	if (guest.away) {
		guest.away = false;
		return -EAGAIN;
	}
	if (guest.floods && guest.pos == guest.len)
		flood();
	if (guest.pos == guest.newest)
		guest.newest += len < guest.len - guest.newest ? len : guest.len - guest.newest;
	if (len > guest.newest - guest.pos)
		len = guest.newest - guest.pos;
	memcpy(buf, guest.text + guest.pos, len);
	guest.pos += len;
	if (len || guest.closed)
		return (ssize_t)len;
	eventfd_read(src->fd, &count);
	if (guest.late)
		print(guest.late, strlen(guest.late));
	guest.late = NULL;
	return -EAGAIN;
}

static int guest_seek(struct source *src, uint64_t pos)
{
	(void)src;
	if (pos > guest.newest)
		return -EINVAL;
	guest.away = guest.far && pos < guest.pos;
	guest.pos = (size_t)pos;
	eventfd_write(guest.src.fd, 1);
	return 0;
}

static ssize_t guest_write(struct source *src, const void *buf, size_t len)
{
	(void)src;
	guest.floods = false;
	if (guest.answer)
		print(guest.answer, strlen(guest.answer));
	guest.answer = guest.more;
	guest.more = NULL;
	if (guest.deaf)
		return -ENODEV;
	strncat(guest.sent, buf, len);
	return (ssize_t)len;
}

static int guest_facts(struct source *src, struct source_facts *facts)
{
	(void)src;
	*facts = (struct source_facts){
		.where = "unix:/con",
		.name = "con",
		.live = true,
		.tx_newest = guest.newest,
	};
	return 0;
}

static void guest_close(struct source *src)
{
	close(src->fd);
	free(guest.text);
	memset(&guest, 0, sizeof(guest));
}

static const struct source_ops guest_ops = {
	.read = guest_read,
	.seek = guest_seek,
	.write = guest_write,
	.facts = guest_facts,
	.close = guest_close,
};

/* It is opened by this. */
enum status __wrap_await_open(const char *spec, enum pick_for what, int64_t until,
			      struct source **src, struct source_facts *facts, bool *came);
enum status __wrap_await_open(const char *spec, enum pick_for what, int64_t until,
			      struct source **src, struct source_facts *facts, bool *came)
{
	(void)spec;
	(void)what;
	(void)until;
	*src = &guest.src;
	*came = false;
	return guest_facts(*src, facts) ? STATUS_FAILED : STATUS_OK;
}

/* It has printed so much, and nobody has read it. */
static void begin(const char *text)
{
	guest.src = (struct source){
		.ops = &guest_ops,
		.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
		.no_past = true,
	};
	guest.text = malloc(TEXT);
	assert_true(guest.src.fd >= 0 && guest.text);
	print(text, strlen(text));
	told[0] = '\0';
}

static uint64_t limit_ms = LIMIT_MS;

/* What the script, which looks at bytes, ends with, and all that it prints. */
static int does(const char *text, enum expecting_from from, bool keeps, char out[256])
{
	struct expect_script script = { .name = "script" };
	struct expecting_options opts = {
		.script = &script, .of = EXPECT_BYTES, .from = from, .keeps = keeps
	};
	int shown = memfd_create("shown", MFD_CLOEXEC);
	int before = dup(STDOUT_FILENO);
	char why[256];
	ssize_t len;
	size_t line;
	int status;

	assert_true(shown >= 0 && before >= 0);
	assert_true(
		expect_script_parse(&script, text, strlen(text), true, &line, why, sizeof(why)));
	opts.until = limit_begin(limit_ms);
	fflush(stdout);
	dup2(shown, STDOUT_FILENO);
	status = expecting(&opts, "unix:/con");
	dup2(before, STDOUT_FILENO);
	len = pread(shown, out, 255, 0);
	assert_true(len >= 0);
	out[len] = '\0';
	close(before);
	close(shown);
	expect_script_free(&script);
	return status;
}

static void test_who_has_gone_cannot_be_sent_to_although_all_was_found(void **state)
{
	char out[256];

	(void)state;
	begin("Power down\r\n");
	guest.deaf = guest.closed = true;
	assert_int_equal(does("send x\nexpect 'Power down'\n", EXPECTING_FROM_START, true, out),
			 STATUS_GONE);
	assert_string_equal(out, "Power down\n");
	assert_string_equal(told, "cannot send to con: it is gone");
	/* What was to be sent before, and is to be sent next. */
	begin("login: ");
	guest.deaf = true;
	guest.answer = "Password: ";
	assert_int_equal(does("expect login:\nsend root\nexpect Password:\nsend x\nexpect '# '\n",
			      EXPECTING_FROM_START, false, out),
			 STATUS_GONE);
	assert_string_equal(out, "login:\nPassword:\n");
	assert_string_equal(told, "cannot send to con: it is gone");
	/* Its end is among what it prints. */
	begin("login: ");
	guest.deaf = guest.closed = true;
	assert_int_equal(does("expect login:\nsend root\nexpect Password:\n", EXPECTING_FROM_START,
			      false, out),
			 STATUS_GONE);
	assert_string_equal(told, "script:3: the console of con was closed and did not print "
				  "Password:");
}

static void test_what_was_printed_before_is_not_what_comes_from_now_on(void **state)
{
	char out[256];

	(void)state;
	begin("yesterday\r\n");
	guest.late = "today\r\n";
	assert_int_equal(does("expect '\\w+day'\n", EXPECTING_FROM_NOW, false, out), STATUS_OK);
	assert_string_equal(out, "today\n");
	begin("yesterday\r\n");
	assert_int_equal(does("expect '\\w+day'\n", EXPECTING_FROM_START, false, out), STATUS_OK);
	assert_string_equal(out, "yesterday\n");
}

static void test_what_was_printed_before_is_no_answer(void **state)
{
	char out[256];

	(void)state;
	begin("yesterday\r\nold # ");
	guest.answer = "new # ";
	assert_int_equal(does("send x\nexpect '\\w+ # '\n", EXPECTING_FROM_NOW, false, out),
			 STATUS_OK);
	assert_string_equal(out, "new # \n");
	/* In the middle of a script, behind more than is read at once. */
	begin("boot\r\n");
	for (int i = 0; i < 20; i++)
		flood();
	print("old # ", 6);
	guest.answer = "new # ";
	guest.more = "last # ";
	assert_int_equal(does("expect boot\nsend x\nexpect '\\w+ # '\nsend y\nexpect '\\w+ # '\n",
			      EXPECTING_FROM_START, false, out),
			 STATUS_OK);
	assert_string_equal(out, "boot\nnew # \nlast # \n");
	/* Unless that is said. */
	begin("yesterday\r\nold # ");
	guest.answer = "new # ";
	assert_int_equal(does("send x\nexpect '\\w+ # '\n", EXPECTING_FROM_START, true, out),
			 STATUS_OK);
	assert_string_equal(out, "old # \n");
}

static void test_a_flood_does_not_keep_it_from_sending(void **state)
{
	char out[256];

	(void)state;
	begin("");
	guest.floods = true;
	guest.answer = "done\r\n";
	assert_int_equal(does("send x\nexpect done\n", EXPECTING_FROM_NOW, false, out), STATUS_OK);
	assert_string_equal(out, "done\n");
}

static void test_what_is_there_is_looked_at_whatever_the_limit(void **state)
{
	char out[256];

	(void)state;
	limit_ms = 1;
	begin("");
	flood();
	print("login: ", 7);
	guest.newest = guest.len;
	guest.slow = true;
	assert_int_equal(does("expect login:\n", EXPECTING_FROM_START, false, out), STATUS_OK);
	/* The limit of a step as well, which leaves that of the next one as it is. */
	limit_ms = LIMIT_MS;
	begin("");
	flood();
	print("login: ", 7);
	guest.newest = guest.len;
	guest.slow = true;
	guest.late = "later\n";
	assert_int_equal(does("timeout 0.001\nexpect login:\ntimeout 60\nexpect later\n",
			      EXPECTING_FROM_START, false, out),
			 STATUS_OK);
	limit_ms = 1;
	/* What comes later is not waited for. */
	begin("boot\n");
	guest.newest = guest.len;
	guest.floods = guest.slow = true;
	assert_int_equal(does("expect login:\n", EXPECTING_FROM_START, false, out), STATUS_TIMEOUT);
	limit_ms = LIMIT_MS;
}

/* What was found is known where what is before it is not. */
static void test_behind_what_was_found_a_line_begins_if_that_ends_one(void **state)
{
	static const char ends[] = { 'x', '\0', '\r', '\n' };
	char out[256];

	(void)state;
	for (size_t i = 0; i < sizeof(ends); i++) {
		const char text[] = { 'a', ends[i], 'b' };

		begin("");
		print(text, sizeof(text));
		guest.far = guest.closed = true;
		assert_int_equal(
			does("expect '(?s)a.'\nexpect '^b'\n", EXPECTING_FROM_START, false, out),
			i < 2 ? STATUS_GONE : STATUS_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_has_gone_cannot_be_sent_to_although_all_was_found),
		cmocka_unit_test(test_what_was_printed_before_is_not_what_comes_from_now_on),
		cmocka_unit_test(test_what_was_printed_before_is_no_answer),
		cmocka_unit_test(test_behind_what_was_found_a_line_begins_if_that_ends_one),
		cmocka_unit_test(test_a_flood_does_not_keep_it_from_sending),
		cmocka_unit_test(test_what_is_there_is_looked_at_whatever_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
