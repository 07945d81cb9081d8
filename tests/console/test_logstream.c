// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>

#include "daemon/journal.h"
#include "daemon/logfile.h"
#include "daemon/logstream.h"
#include "fake_clock.h"
#include "fake_loop.h"
#include "guests/guests.h"
#include "logdir_fake.h"
#include "source/source_port.h"
#include "told_all.h"

/* The events of a stream. */
enum { READER, RETRY, PAUSE };

/* A guest, its log, its ledger and the journal of this test. */
static const char *printed;
static size_t read_to;
static uint64_t lost; /* in front of what is read next */
static bool ends;     /* there is no more */
static bool is_done;
static char logged[512];
static int disk_err;
static bool notes_all; /* what is noted has its place on the disk already */
static uint64_t noted;
static int journal_err;
static size_t journal_room; /* lines */
static char entries[512];

static ssize_t read_source(struct source *src, void *bytes, size_t size, uint64_t *skipped)
{
	size_t len = strlen(printed + read_to);

	(void)src;
	*skipped = 0;
	if (!len)
		return ends ? 0 : -EAGAIN;
	*skipped = lost;
	lost = 0;
	if (len > size)
		len = size;
	memcpy(bytes, printed + read_to, len);
	read_to += len;
	return (ssize_t)len;
}

static int seek_source(struct source *src, uint64_t pos)
{
	(void)src;
	read_to = pos;
	return 0;
}

static int facts_of_source(struct source *src, struct source_facts *facts)
{
	(void)src;
	*facts = (struct source_facts){ .live = true };
	return 0;
}

static void close_source(struct source *src)
{
	(void)src;
}

static const struct source_ops source_ops = {
	.read = read_source,
	.seek = seek_source,
	.facts = facts_of_source,
	.close = close_source,
};

int port_open(uint32_t id, bool writable, struct source **src)
{
	static struct source source = { .ops = &source_ops };

	assert_int_equal(id, 7);
	assert_false(writable);
	*src = &source;
	return 0;
}

int logfile_open(struct logfile *file, struct logdir *dir, struct keeper *keeper,
		 const struct ledger_port *port, const char *base, const char *kind,
		 const struct ledger_truth *truth)
{
	(void)dir;
	(void)keeper;
	(void)base;
	(void)kind;
	(void)truth;
	*file = (struct logfile){ .fd = -1, .ledger_fd = -1, .ledger = { .port = *port } };
	return 0;
}

int logfile_append(struct logfile *file, const void *bytes, size_t len, bool exact,
		   const struct ledger_point *to)
{
	size_t n = strlen(logged);

	assert_false(exact);
	if (disk_err && (len || !notes_all))
		return disk_err;
	assert_in_range(n + len, 0, sizeof(logged) - 1);
	if (len)
		memcpy(logged + n, bytes, len);
	logged[n + len] = '\0';
	noted = to->pos;
	file->at = *to;
	return 0;
}

int logfile_done(struct logfile *file)
{
	file->ledger.done = !disk_err;
	return disk_err;
}

void logfile_rotate(struct logfile *file)
{
	(void)file;
}

void logfile_close(struct logfile *file)
{
	(void)file;
}

const char *logfile_fault(const struct logfile *file, char path[LOGNAME_SIZE])
{
	(void)file;
	return strcpy(path, "its log");
}

int journal_send(int fd, const char *path, const struct journal_line *line)
{
	size_t n = strlen(entries);

	assert_int_equal(fd, 9);
	assert_string_equal(path, "/journal");
	if (journal_err)
		return journal_err;
	if (!journal_room)
		return -EAGAIN;
	journal_room--;
	assert_in_range(n + line->len, 0, sizeof(entries) - 2);
	memcpy(entries + n, line->text, line->len);
	memcpy(entries + n + line->len, "|", 2);
	return 0;
}

static void on_done(void *arg)
{
	(void)arg;
	assert_true(ends);
	is_done = true;
}

static struct logstream_shared shared;

static struct logstream *begin(enum logstream_kind kind, const char *text)
{
	const struct policy_decision decision = { 0 };
	const struct ledger_port port = { .id = 7 };
	struct logstream *stream;

	printed = text;
	assert_int_equal(
		logstream_new(&shared, kind, &port, "web1", &decision, on_done, NULL, &stream), 0);
	assert_int_equal(logstream_begin(stream), 0);
	return stream;
}

static bool fails(const struct logstream *stream)
{
	struct logstream_state state;

	logstream_state(stream, &state);
	return state.failing;
}

static int setup(void **state)
{
	(void)state;
	fake_event_count = 0;
	fake_now_ms = 1000000;
	read_to = 0;
	lost = 0;
	ends = false;
	is_done = false;
	logged[0] = '\0';
	entries[0] = '\0';
	disk_err = 0;
	notes_all = false;
	journal_err = 0;
	journal_room = 100;
	logdir_failing = 0;
	noted = 0;
	told_all[0] = '\0';
	shared = (struct logstream_shared){ .journal = 9, .journal_path = "/journal" };
	strcpy(shared.dir.path, "/logs");
	shared.scratch = malloc(LOGSTREAM_SCRATCH);
	assert_non_null(shared.scratch);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(shared.scratch);
	return 0;
}

/* A line that stands still, when it is written and there is no room. */
static struct logstream *stand_still(enum logstream_kind kind)
{
	struct logstream *stream = begin(kind, "Password: ");

	assert_true(fake_happens(READER));
	assert_string_equal(logged, "");
	disk_err = -ENOSPC;
	assert_true(fake_happens(PAUSE));
	assert_true(fails(stream));
	assert_int_equal(logdir_err, disk_err);
	assert_int_equal(logdir_failing, 1);
	/* It is tried, and not only told that it is. */
	assert_true(fake_happens(RETRY));
	assert_true(fails(stream));
	assert_int_equal(logdir_failing, 1);
	return stream;
}

static const enum logstream_kind of_lines[] = { LOGSTREAM_CLEAN, LOGSTREAM_JSON };

static void test_a_line_that_stands_still_is_written_when_there_is_room(void **state)
{
	for (size_t i = 0; i < ROWS(of_lines); i++) {
		struct logstream *stream = stand_still(of_lines[i]);

		disk_err = 0;
		assert_true(fake_happens(RETRY));
		assert_non_null(strstr(logged, "Password: "));
		assert_false(fails(stream));
		assert_int_equal(logdir_failing, 0);
		logstream_free(stream);
		teardown(state);
		setup(state);
	}
}

static void test_a_line_that_stands_still_is_written_at_the_end(void **state)
{
	for (size_t i = 0; i < ROWS(of_lines); i++) {
		struct logstream *stream = stand_still(of_lines[i]);

		disk_err = 0;
		logstream_free(stream);
		assert_non_null(strstr(logged, "Password: "));
		assert_int_equal(logdir_failing, 0);
		teardown(state);
		setup(state);
	}
}

/* What there was to write is there no more: that it could be is known all the same. */
static void test_with_nothing_left_to_write_it_is_known_that_it_can(void **state)
{
	for (size_t i = 0; i < ROWS(of_lines); i++) {
		struct logstream *stream = stand_still(of_lines[i]);

		printed = "Password: \b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b";
		assert_true(fake_happens(RETRY));
		assert_true(fails(stream));
		disk_err = 0;
		assert_true(fake_happens(RETRY));
		assert_false(fails(stream));
		assert_int_equal(logdir_failing, 0);
		logstream_free(stream);
		teardown(state);
		setup(state);
	}
}

/* More of a line than a turn takes: until all of it was read nothing is known of the disk. */
static void test_in_the_midst_of_a_line_nothing_is_told_to_be_over(void **state)
{
	static char line[200000];

	memset(line, '\r', sizeof(line) - 1);
	memcpy(line + sizeof(line) - 7, "done\n", 6);
	for (size_t i = 0; i < ROWS(of_lines); i++) {
		struct logstream *stream = begin(of_lines[i], line);
		int turns = 0;

		disk_err = -ENOSPC;
		notes_all = true;
		assert_true(fake_happens(READER));
		while (!fails(stream)) {
			assert_true(fake_happens(RETRY));
			assert_in_range(turns++, 0, 1000);
		}
		for (turns = 0; turns < 20; turns++) {
			assert_int_equal(logdir_failing, 1);
			assert_true(fails(stream));
			assert_true(fake_happens(RETRY));
		}
		disk_err = 0;
		while (fails(stream)) {
			assert_string_equal(logged, "");
			assert_true(fake_happens(RETRY));
			assert_in_range(turns++, 0, 1000);
		}
		assert_non_null(strstr(logged, "done"));
		assert_int_equal(logdir_failing, 0);
		logstream_free(stream);
		teardown(state);
		setup(state);
	}
}

/* Of what stands still it is not known what becomes of it; of this it is. */
static void test_what_nothing_goes_on_with_is_not_open(void **state)
{
	for (int is_end = 0; is_end < 2; is_end++) {
		struct logstream *stream = begin(LOGSTREAM_JSON, "Password: ");

		assert_true(fake_happens(READER));
		assert_string_equal(logged, "");
		if (is_end) {
			ends = true;
		} else {
			lost = 5;
			printed = "Password: root\n";
		}
		assert_true(fake_happens(READER));
		assert_non_null(strstr(logged, "\"text\":\"Password: \"}\n"));
		assert_null(strstr(logged, "\"open\""));
		assert_int_equal(!strstr(logged, "5 bytes lost"), is_end);
		logstream_free(stream);
		teardown(state);
		setup(state);
	}
}

static void test_what_stands_still_is_open(void **state)
{
	struct logstream *stream = begin(LOGSTREAM_JSON, "Password: ");

	(void)state;
	assert_true(fake_happens(READER));
	assert_true(fake_happens(PAUSE));
	assert_non_null(strstr(logged, "\"open\":true,\"text\":\"Password: \"}\n"));
	printed = "Password: root\n";
	assert_true(fake_happens(READER));
	assert_non_null(strstr(strchr(logged, '\n'), "\"text\":\"root\"}\n"));
	assert_null(strstr(strchr(logged, '\n'), "\"open\""));
	logstream_free(stream);
}

static void test_how_far_a_journal_has_come_is_noted_when_it_can_be(void **state)
{
	struct logstream *stream = begin(LOGSTREAM_JOURNAL, "one\n");

	(void)state;
	disk_err = -ENOSPC;
	assert_true(fake_happens(READER));
	assert_string_equal(entries, "one|");
	assert_true(fails(stream));
	assert_true(fake_happens(RETRY));
	assert_true(fails(stream));
	assert_int_equal(noted, 0);
	disk_err = 0;
	assert_true(fake_happens(RETRY));
	assert_int_equal(noted, strlen("one\n"));
	assert_false(fails(stream));
	assert_int_equal(logdir_failing, 0);
	assert_string_equal(entries, "one|");
	logstream_free(stream);
}

/* A full disk and the journal are not the same: the one does not wait for the other. */
static void test_a_journal_goes_on_where_that_cannot_be_noted(void **state)
{
	struct logstream *stream = begin(LOGSTREAM_JOURNAL, "one\n");
	uint64_t before = 0;

	(void)state;
	disk_err = -EROFS;
	assert_true(fake_happens(READER));
	assert_true(fails(stream));
	printed = "one\ntwo\n";
	assert_true(fake_happens(READER));
	assert_string_equal(entries, "one|two|");
	/* A guest that prints no more has it tried again, ever later. */
	for (int i = 0; i < 8; i++) {
		assert_in_range(fake_events[RETRY]->ms, before + 1, 30000);
		before = fake_events[RETRY]->ms < 30000 ? fake_events[RETRY]->ms : 29999;
		assert_true(fake_happens(RETRY));
	}
	printed = "one\ntwo\nthree\n";
	assert_true(fake_happens(READER));
	assert_string_equal(entries, "one|two|three|");
	assert_int_equal(logdir_failing, 1);
	disk_err = 0;
	assert_true(fake_happens(RETRY));
	assert_int_equal(noted, strlen(printed));
	assert_false(fails(stream));
	assert_int_equal(logdir_failing, 0);
	assert_false(fake_events[RETRY]->on);
	logstream_free(stream);
}

/* It is tried ever later, as often as that of a guest that lives. */
static void test_the_end_of_a_journal_is_noted_when_it_can_be(void **state)
{
	struct logstream *stream = begin(LOGSTREAM_JOURNAL, "one\n");
	uint64_t ms = 1000;

	(void)state;
	disk_err = -EROFS;
	ends = true;
	assert_true(fake_happens(READER));
	assert_string_equal(entries, "one|");
	for (int i = 0; i < 8; i++) {
		assert_int_equal(fake_events[RETRY]->ms, ms);
		assert_true(fake_happens(RETRY));
		ms = 2 * ms < 30000 ? 2 * ms : 30000;
	}
	assert_true(fails(stream));
	assert_int_equal(logdir_failing, 1);
	disk_err = 0;
	assert_true(fake_happens(RETRY));
	assert_true(is_done);
	assert_false(fails(stream));
	assert_int_equal(logdir_failing, 0);
	assert_string_equal(entries, "one|");
	logstream_free(stream);
}

/* A line was sent and is not noted; for the next one the journal is away as well. */
static struct logstream *begin_where_both_fail(void)
{
	struct logstream *stream = begin(LOGSTREAM_JOURNAL, "one\n");

	disk_err = -ENOSPC;
	assert_true(fake_happens(READER));
	printed = "one\ntwo\n";
	journal_err = -ENOENT;
	assert_true(fake_happens(READER));
	return stream;
}

/* The disk that comes back first is known to, and what was sent is noted. */
static void test_a_disk_comes_back_while_the_journal_is_away(void **state)
{
	struct logstream *stream = begin_where_both_fail();

	(void)state;
	assert_true(fake_happens(RETRY));
	assert_int_equal(logdir_failing, 1);
	disk_err = 0;
	assert_true(fake_happens(RETRY));
	assert_int_equal(logdir_failing, 0);
	assert_int_equal(noted, strlen("one\n"));
	assert_int_equal(shared.unsent, 1);
	/* It is the journal that is tried later. */
	assert_int_equal(fake_events[RETRY]->ms, 4000);
	journal_err = 0;
	assert_true(fake_happens(RETRY));
	assert_string_equal(entries, "one|two|");
	assert_int_equal(noted, strlen(printed));
	assert_false(fails(stream));
	logstream_free(stream);
}

/* Each is told for itself, and is over for itself. */
static void test_a_journal_that_is_away_is_told_beside_a_full_disk(void **state)
{
	struct logstream *stream = begin_where_both_fail();

	(void)state;
	assert_int_equal(shared.unsent, 1);
	assert_int_equal(logdir_failing, 1);
	journal_err = 0;
	assert_true(fake_happens(RETRY));
	assert_string_equal(entries, "one|two|");
	assert_int_equal(shared.unsent, 0);
	assert_true(fails(stream));
	assert_int_equal(logdir_failing, 1);
	/* And both at its end. */
	printed = "one\ntwo\nthree\n";
	journal_err = -ENOENT;
	assert_true(fake_happens(READER));
	logstream_free(stream);
	assert_int_equal(shared.unsent, 0);
	assert_int_equal(logdir_failing, 0);
}

static void test_how_far_a_journal_has_come_is_noted_at_the_end(void **state)
{
	struct logstream *stream = begin(LOGSTREAM_JOURNAL, "one\n");

	(void)state;
	disk_err = -ENOSPC;
	assert_true(fake_happens(READER));
	disk_err = 0;
	logstream_free(stream);
	assert_int_equal(noted, strlen("one\n"));
	assert_int_equal(logdir_failing, 0);
}

/* Of all of them once, and only of those that have sent something. */
static void test_what_cannot_be_noted_at_the_end_is_told_once(void **state)
{
	struct logstream *stream;

	(void)state;
	for (int i = 0; i < 2; i++) {
		fake_event_count = 0;
		disk_err = 0;
		stream = begin(LOGSTREAM_JOURNAL, "one\n");
		disk_err = -EROFS;
		assert_true(fake_happens(READER));
		logstream_free(stream);
	}
	fake_event_count = 0;
	stream = begin(LOGSTREAM_JOURNAL, "");
	ends = true;
	assert_true(fake_happens(READER));
	assert_true(fails(stream));
	logstream_free(stream);
	assert_string_equal(told_all, "");
	logstream_ended_all(&shared);
	assert_string_equal(told_all, "cannot note what was sent to the journal, for 2 guests: "
				      "/logs still cannot be written\n");
	assert_string_equal(entries, "one|one|");
}

static void test_a_journal_that_takes_nothing_for_long_is_told_until_it_takes_a_line(void **state)
{
	struct logstream *stream = begin(LOGSTREAM_JOURNAL, "one\ntwo\nthree\n");

	(void)state;
	journal_room = 0;
	assert_true(fake_happens(READER));
	assert_true(fake_happens(RETRY));
	assert_false(fails(stream));
	assert_string_equal(told_all, "");
	journal_err = -ETIMEDOUT;
	assert_true(fake_happens(RETRY));
	assert_true(fake_happens(RETRY));
	assert_true(fails(stream));
	assert_int_equal(shared.unsent, 1);
	assert_string_equal(told_all, "cannot send to the journal at /journal: "
				      "it has taken nothing for half a minute\n");
	told_all[0] = '\0';
	/* It is behind, which is nothing to tell. */
	journal_err = 0;
	assert_true(fake_happens(RETRY));
	assert_true(fails(stream));
	journal_room = 1;
	assert_true(fake_happens(RETRY));
	assert_string_equal(entries, "one|");
	assert_false(fails(stream));
	assert_int_equal(shared.unsent, 0);
	assert_string_equal(told_all, "the journal takes lines again\n");
	journal_room = 100;
	assert_true(fake_happens(RETRY));
	assert_string_equal(entries, "one|two|three|");
	logstream_free(stream);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_line_that_stands_still_is_written_when_there_is_room),
		TEST(test_a_line_that_stands_still_is_written_at_the_end),
		TEST(test_with_nothing_left_to_write_it_is_known_that_it_can),
		TEST(test_in_the_midst_of_a_line_nothing_is_told_to_be_over),
		TEST(test_what_nothing_goes_on_with_is_not_open),
		TEST(test_what_stands_still_is_open),
		TEST(test_how_far_a_journal_has_come_is_noted_when_it_can_be),
		TEST(test_a_journal_goes_on_where_that_cannot_be_noted),
		TEST(test_the_end_of_a_journal_is_noted_when_it_can_be),
		TEST(test_a_disk_comes_back_while_the_journal_is_away),
		TEST(test_a_journal_that_is_away_is_told_beside_a_full_disk),
		TEST(test_how_far_a_journal_has_come_is_noted_at_the_end),
		TEST(test_what_cannot_be_noted_at_the_end_is_told_once),
		TEST(test_a_journal_that_takes_nothing_for_long_is_told_until_it_takes_a_line),
	};

	return cmocka_run_group_tests_name("logstream", tests, NULL, NULL);
}
