// SPDX-License-Identifier: GPL-2.0-only
/* The lines of several guests, of which one is loud and another is not. */
#include "cmocka_all.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/status.h"
#include "text/log_lines.h"

/* The loud one prints so many lines of so many bytes, some of which are read at a time. */
#define LINES 20000
#define LINE_SIZE 10
#define PIECE 100
#define PIECES (LINES / PIECE)

#define QUIET "quiet\n"

static struct {
	struct source src;
	size_t pieces; /* that were read */
	int64_t ns[PIECES];
} loud;

static struct {
	struct source src;
	size_t behind; /* it prints its line when so many pieces of the other have been read */
	bool printed;
	bool read;
	int64_t ns;
	unsigned int looks;
} quiet;

/* Just before the loud one prints. */
static void quiet_prints(void)
{
	quiet.printed = true;
	quiet.ns = clock_boot_ns();
	eventfd_write(quiet.src.fd, 1);
}

static ssize_t loud_read(struct source *src, void *buf, size_t len, uint64_t *skipped)
{
	char line[32];
	char *out = buf;

	(void)src;
	*skipped = 0;
	if (loud.pieces == PIECES)
		return 0;
	assert_in_range(len, PIECE * LINE_SIZE, SIZE_MAX);
	if (loud.pieces == quiet.behind)
		quiet_prints();
	for (size_t i = 0; i < PIECE; i++, out += LINE_SIZE) {
		snprintf(line, sizeof(line), "line%05zu\n", loud.pieces * PIECE + i);
		memcpy(out, line, LINE_SIZE);
	}
	loud.ns[loud.pieces++] = clock_boot_ns();
	/* No line comes after that. */
	if (loud.pieces == PIECES && !quiet.printed)
		quiet_prints();
	return PIECE * LINE_SIZE;
}

static size_t loud_marks(struct source *src, uint64_t pos, struct source_mark *marks, size_t count)
{
	size_t n = 0;

	(void)src;
	for (size_t i = pos / (PIECE * LINE_SIZE); i < loud.pieces && n < count; i++)
		marks[n++] = (struct source_mark){ i * PIECE * LINE_SIZE, loud.ns[i] };
	return n;
}

static ssize_t quiet_read(struct source *src, void *buf, size_t len, uint64_t *skipped)
{
	eventfd_t count;

	*skipped = 0;
	quiet.looks++;
	if (!quiet.printed)
		return -EAGAIN;
	if (quiet.read)
		return 0;
	assert_in_range(len, strlen(QUIET), SIZE_MAX);
	eventfd_read(src->fd, &count);
	memcpy(buf, QUIET, strlen(QUIET));
	quiet.read = true;
	return (ssize_t)strlen(QUIET);
}

static size_t quiet_marks(struct source *src, uint64_t pos, struct source_mark *marks, size_t count)
{
	(void)src;
	(void)pos;
	if (!quiet.printed || !count)
		return 0;
	marks[0] = (struct source_mark){ 0, quiet.ns };
	return 1;
}

static const struct source_ops loud_ops = { .read = loud_read, .marks = loud_marks };
static const struct source_ops quiet_ops = { .read = quiet_read, .marks = quiet_marks };

/* What is printed of both; to be freed. */
static char *printed_of_both(size_t behind)
{
	const struct log_style style = { .names = true };
	struct log_guest guests[] = {
		{ .src = &loud.src, .label = "a", .until = LINES * LINE_SIZE },
		{ .src = &quiet.src, .label = "b", .until = strlen(QUIET) },
	};
	int shown = memfd_create("shown", MFD_CLOEXEC);
	int before = dup(STDOUT_FILENO);
	char *text;
	ssize_t len;

	alarm(60);
	memset(&loud, 0, sizeof(loud));
	memset(&quiet, 0, sizeof(quiet));
	loud.src.ops = &loud_ops;
	loud.src.fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
	quiet.src.ops = &quiet_ops;
	quiet.src.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	quiet.behind = behind;
	assert_true(shown >= 0 && before >= 0 && loud.src.fd >= 0 && quiet.src.fd >= 0);
	fflush(stdout);
	dup2(shown, STDOUT_FILENO);
	assert_int_equal(log_lines(guests, ROWS(guests), &style), STATUS_OK);
	dup2(before, STDOUT_FILENO);
	len = lseek(shown, 0, SEEK_END);
	text = calloc(1, (size_t)len + 1);
	assert_non_null(text);
	assert_int_equal(pread(shown, text, (size_t)len, 0), len);
	close(before);
	close(shown);
	close(loud.src.fd);
	close(quiet.src.fd);
	alarm(0);
	return text;
}

static void test_who_is_quiet_is_not_looked_at_for_each_line_of_others(void **state)
{
	char *text = printed_of_both(SIZE_MAX);

	(void)state;
	assert_in_range(quiet.looks, 1, LINES / 20);
	assert_non_null(strstr(text, "a | line19999\n"));
	assert_non_null(strstr(text, "b | quiet\n"));
	free(text);
}

/* In the middle of a turn the quiet one prints a line, and then the loud one more of them. */
static void test_lines_are_in_order_also_of_who_was_quiet(void **state)
{
	(void)state;
	for (size_t behind = 1; behind < 10; behind++) {
		char *text = printed_of_both(behind);
		char both[128];

		snprintf(both, sizeof(both), "a | line%05zu\nb | quiet\na | line%05zu\n",
			 behind * PIECE - 1, behind * PIECE);
		assert_non_null(strstr(text, both));
		assert_in_range(quiet.looks, 1, LINES / 20);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_quiet_is_not_looked_at_for_each_line_of_others),
		cmocka_unit_test(test_lines_are_in_order_also_of_who_was_quiet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
