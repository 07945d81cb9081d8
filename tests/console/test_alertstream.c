// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>

#include "daemon/alertstream.h"
#include "daemon/logfile.h"
#include "fake_loop.h"
#include "logdir_fake.h"
#include "text/when.h"

/* The events of a stream: those of what waits come when something does. */
enum { READER, REST, RETRY, AFTER };

/* A guest, a ledger and a journal of this test; what is done is a letter each in @order. */
static const char *printed;
static bool gone;
static int ledger_err;
static uint64_t noted;
static bool counted;
static char order[64];
static int done_count;
static int generation;
static unsigned int moved_by; /* each rule, with that */
static uint64_t kept_pos, kept_told;

static struct alertrules *rules;
static size_t after_all;
static struct alertnews *news;

static void happened(char what)
{
	size_t n = strlen(order);

	assert_in_range(n, 0, sizeof(order) - 2);
	order[n] = what;
	order[n + 1] = '\0';
}

static ssize_t read_source(struct source *src, void *bytes, size_t size, uint64_t *skipped)
{
	size_t len = strlen(printed);

	(void)src;
	*skipped = 0;
	if (!len)
		return gone ? 0 : -EAGAIN;
	assert_in_range(len, 1, size);
	memcpy(bytes, printed, len);
	printed = "";
	return (ssize_t)len;
}

static int seek_source(struct source *src, uint64_t pos)
{
	(void)src;
	(void)pos;
	return 0;
}

static void close_source(struct source *src)
{
	(void)src;
}

static const struct source_ops source_ops = {
	.read = read_source,
	.seek = seek_source,
	.close = close_source,
};

int logstream_open(struct logstream_shared *shared, const struct ledger_port *port,
		   const char *base, const char *kind, struct source **src,
		   struct source_facts *facts, struct logfile *file)
{
	static struct source source = { .ops = &source_ops };

	(void)shared;
	(void)base;
	assert_string_equal(kind, ALERTSTREAM_KIND);
	*src = &source;
	*facts = (struct source_facts){ .ring_size = 65536 };
	*file = (struct logfile){ .fd = -1, .ledger_fd = -1, .ledger = { .port = *port } };
	return 0;
}

uint64_t logstream_rest_ms(const struct source_facts *facts, size_t len)
{
	(void)facts;
	return len ? 100 : 0;
}

int64_t when_printed(struct source *src, uint64_t pos)
{
	(void)src;
	(void)pos;
	return 0;
}

int64_t when_now(void)
{
	return 1;
}

int64_t when_real_now(void)
{
	return 1;
}

int logfile_append(struct logfile *file, const void *bytes, size_t len, bool exact,
		   const struct ledger_point *to)
{
	(void)bytes;
	(void)len;
	(void)exact;
	happened('n');
	/* A kill behind it loses no count. */
	assert_true(counted);
	counted = false;
	if (!ledger_err)
		noted = to->pos;
	file->at = *to;
	return ledger_err;
}

int logfile_done(struct logfile *file)
{
	happened('d');
	file->ledger.done = !ledger_err;
	return ledger_err;
}

void logfile_close(struct logfile *file)
{
	(void)file;
}

const char *logfile_fault(const struct logfile *file, char path[LOGNAME_SIZE])
{
	(void)file;
	return strcpy(path, "its ledger");
}

const struct alertrules *alerting_has(const struct alerting *alerting)
{
	(void)alerting;
	return rules;
}

uint32_t alerting_generation(const struct alerting *alerting)
{
	(void)alerting;
	return (uint32_t)generation;
}

uint64_t alerting_renumber(const struct alerting *alerting, uint32_t from, uint64_t bits)
{
	(void)alerting;
	(void)from;
	return bits << moved_by;
}

struct alertnews *alerting_seen(struct alerting *alerting, uid_t uid, const char *guest,
				size_t rule)
{
	(void)alerting;
	(void)uid;
	(void)guest;
	(void)rule;
	happened('m');
	if (news)
		return NULL;
	news = alertnews_new(&after_all);
	return news;
}

void alerting_seen_again(struct alerting *alerting, size_t rule)
{
	(void)alerting;
	(void)rule;
	happened('a');
}

void alerting_tell(struct alerting *alerting)
{
	(void)alerting;
}

void alerting_note_new(struct alerting *alerting)
{
	(void)alerting;
	counted = true;
}

void alerting_send(struct alerting *alerting, const struct alertnews *it)
{
	(void)alerting;
	assert_ptr_equal(it, news);
	assert_false(news->waits);
	counted = false;
	happened('s');
}

bool alerting_resume(struct alerting *alerting, const struct ledger_port *port, uint64_t pos,
		     struct alertafter *after, uint64_t *told)
{
	(void)alerting;
	(void)port;
	(void)pos;
	(void)after;
	(void)told;
	return false;
}

void alerting_keep(struct alerting *alerting, const struct ledger_port *port, uint64_t pos,
		   const struct alertafter *after, uint64_t told)
{
	(void)alerting;
	assert_int_equal(port->id, 7);
	assert_non_null(after->first);
	happened('k');
	kept_pos = pos;
	kept_told = told;
}

static void on_done(void *arg)
{
	(void)arg;
	done_count++;
}

static struct logstream_shared shared;

static struct alertstream *begin(const char *text)
{
	const struct ledger_port port = { .id = 7 };
	struct alertstream *stream;

	printed = text;
	assert_int_equal(alertstream_new(&shared, &port, "web1", 1, on_done, NULL, &stream), 0);
	return stream;
}

static int setup(void **state)
{
	static unsigned char scratch[1 << 16];
	uint64_t mask;
	size_t line;
	char why[256];

	(void)state;
	shared.scratch = scratch;
	fake_event_count = 0;
	order[0] = '\0';
	gone = false;
	ledger_err = 0;
	logdir_failing = 0;
	noted = 0;
	done_count = 0;
	moved_by = 0;
	rules = alertrules_new();
	assert_true(alertrules_pick(rules, "panic", 1, &mask, why, sizeof(why)));
	assert_int_equal(mask, 1);
	assert_true(alertrules_end(rules, &line, why, sizeof(why)));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	alertnews_free(news);
	news = NULL;
	alertrules_free(rules);
	return 0;
}

static void test_it_ends_once_whatever_waits(void **state)
{
	struct alertstream *stream = begin("hello\n");

	(void)state;
	ledger_err = -ENOSPC;
	assert_true(fake_happens(READER));
	assert_false(fake_events[READER]->on);
	assert_true(fake_events[REST]->on);
	/* It rests, and there is another policy: it is read at once, and that was all. */
	alertstream_decide(stream, 1);
	gone = true;
	assert_true(fake_happens(READER));
	assert_int_equal(done_count, 1);
	assert_false(fake_events[READER]->on);
	fake_happens(REST);
	assert_int_equal(done_count, 1);
	assert_string_equal(order, "nnd");
	alertstream_free(stream);
}

static void test_counts_go_on_with_another_policy(void **state)
{
	struct alertstream *stream = begin("Kernel panic - not syncing: x\n");

	(void)state;
	assert_true(fake_happens(READER));
	assert_int_equal(alertstream_counts(stream)[0], 1);
	alertstream_decide(stream, 1);
	assert_int_equal(alertstream_counts(stream)[0], 1);
	/* There is another rule in front of it now. */
	moved_by = 1;
	alertstream_decide(stream, 2);
	assert_int_equal(alertstream_counts(stream)[0], 0);
	assert_int_equal(alertstream_counts(stream)[1], 1);
	/* And then it is none any more. */
	moved_by = 63;
	alertstream_decide(stream, 0);
	for (size_t i = 0; i < ALERTS_MAX; i++)
		assert_int_equal(alertstream_counts(stream)[i], 0);
	alertstream_free(stream);
}

static void test_what_waits_is_told_before_it_is_noted(void **state)
{
	struct alertstream *stream = begin("before\nKernel panic - not syncing: x\nCall trace:\n");

	(void)state;
	assert_true(fake_happens(READER));
	/* Up to where it is to be looked at again. */
	assert_string_equal(order, "mn");
	assert_int_equal(noted, strlen("before\n"));
	printed = " ---[ end Kernel panic - not syncing: x ]---\n";
	assert_true(fake_happens(REST));
	assert_string_equal(order, "mnasn");
	assert_int_equal(noted, strlen("before\nKernel panic - not syncing: x\nCall trace:\n"
				       " ---[ end Kernel panic - not syncing: x ]---\n"));
	alertstream_free(stream);
}

static void test_at_its_end_what_waits_is_told_with_what_is_left(void **state)
{
	struct alertstream *stream = begin("Kernel panic - not syncing: x\nlast words");

	(void)state;
	assert_true(fake_happens(READER));
	gone = true;
	assert_true(fake_happens(REST));
	assert_string_equal(order, "msnd");
	assert_string_equal(news->after, "\nlast words");
	assert_int_equal(done_count, 1);
	assert_int_equal(noted, strlen("Kernel panic - not syncing: x\nlast words"));
	alertstream_free(stream);
	assert_int_equal(done_count, 1);
}

static void test_at_the_daemons_end_nothing_is_noted_before_all_is_kept(void **state)
{
	struct alertstream *stream = begin("before\nKernel panic - not syncing: x");

	(void)state;
	assert_true(fake_happens(READER));
	assert_string_equal(order, "mn");
	assert_int_equal(noted, strlen("before\n"));
	alertstream_keep(stream);
	assert_string_equal(order, "mnks");
	assert_int_equal(kept_pos, strlen("before\n"));
	assert_int_equal(kept_told, 1);
	/* It could be: the line is looked at again. */
	alertstream_kept(stream);
	alertstream_free(stream);
	assert_int_equal(noted, strlen("before\n"));
}

static void test_at_the_daemons_end_what_was_told_is_noted_if_nothing_can_be_kept(void **state)
{
	struct alertstream *stream = begin("before\nKernel panic - not syncing: x");

	(void)state;
	assert_true(fake_happens(READER));
	alertstream_keep(stream);
	alertstream_free(stream);
	assert_string_equal(order, "mnksn");
	assert_int_equal(noted, strlen("before\nKernel panic - not syncing: x"));
}

/* Who prints no more is noted all the same, and that it can be is told. */
static void test_what_could_not_be_noted_is_tried_again(void **state)
{
	struct alertstream *stream = begin("hello\n");

	(void)state;
	ledger_err = -ENOSPC;
	assert_true(fake_happens(READER));
	assert_int_equal(logdir_failing, 1);
	assert_int_equal(fake_events[RETRY]->ms, 1000);
	assert_true(fake_happens(RETRY));
	assert_int_equal(fake_events[RETRY]->ms, 2000);
	assert_int_equal(logdir_failing, 1);
	ledger_err = 0;
	assert_true(fake_happens(RETRY));
	assert_int_equal(logdir_failing, 0);
	assert_int_equal(noted, strlen("hello\n"));
	assert_false(fake_happens(RETRY));
	assert_string_equal(order, "nnn");
	alertstream_free(stream);
}

/* Or its output would be looked at again after a restart, and be told again. */
static void test_that_it_has_ended_is_noted_when_that_can_be(void **state)
{
	struct alertstream *stream = begin("Kernel panic - not syncing: x\n");

	(void)state;
	assert_true(fake_happens(READER));
	ledger_err = -ENOSPC;
	gone = true;
	assert_true(fake_happens(REST));
	/* Its next life waits no longer. */
	assert_int_equal(done_count, 1);
	assert_false(alertstream_is_noted(stream));
	assert_int_equal(logdir_failing, 1);
	assert_true(fake_happens(RETRY));
	assert_int_equal(done_count, 1);
	ledger_err = 0;
	assert_true(fake_happens(RETRY));
	assert_int_equal(done_count, 2);
	assert_true(alertstream_is_noted(stream));
	assert_int_equal(logdir_failing, 0);
	assert_false(fake_happens(RETRY));
	alertstream_free(stream);
	assert_string_equal(order, "msnndndnd");
}

static void test_at_the_daemons_end_it_is_tried_once_more(void **state)
{
	struct alertstream *stream = begin("before\nKernel panic - not syncing: x");

	(void)state;
	ledger_err = -ENOSPC;
	assert_true(fake_happens(READER));
	assert_int_equal(noted, 0);
	ledger_err = 0;
	alertstream_keep(stream);
	alertstream_kept(stream);
	alertstream_free(stream);
	assert_int_equal(noted, strlen("before\n"));
	assert_int_equal(logdir_failing, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_it_ends_once_whatever_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_counts_go_on_with_another_policy, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_what_waits_is_told_before_it_is_noted, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			test_at_its_end_what_waits_is_told_with_what_is_left, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_at_the_daemons_end_nothing_is_noted_before_all_is_kept, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			test_at_the_daemons_end_what_was_told_is_noted_if_nothing_can_be_kept,
			setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_could_not_be_noted_is_tried_again, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_that_it_has_ended_is_noted_when_that_can_be,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_at_the_daemons_end_it_is_tried_once_more,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
