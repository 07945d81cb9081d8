// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "source/cursor.h"
#include "text/expect.h"
#include "text/shown.h"
#include "text/textline.h"
#include "ui/feed.h"
#include "guests/guests.h"
#include "guests/pick.h"
#include "base/human.h"
#include "base/json_text.h"
#include "base/loop.h"
#include "base/msg.h"
#include "text/when.h"

/* What is looked at before keys and timers have their turn, nanoseconds. */
#define TURN_NS 10000000

/* Of what the guest printed last, for a message. */
#define LAST_LINE 160

enum from {
	FROM_NOW,
	FROM_START,
	FROM_POSITION,
};

struct wait {
	struct loop *loop;
	struct source *src;
	struct source_facts facts;
	char label[SOURCE_NAME_SIZE];
	int status;

	/* As asked. */
	char **patterns;
	size_t count;
	enum from from;
	bool has_from;
	uint64_t pos; /* what is read next */
	uint64_t timeout_ms;
	const char *cursor;
	const char *text;
	bool enter;
	bool json;

	struct expect *expect;
	struct feed *feed;
	struct loop_event *reader;
	struct loop_event *more;
	struct loop_event *timer;
	bool busy;  /* the bytes that were read are not done with */
	bool found; /* told, and only what is sent is still waited for */
	uint64_t skipped;
	struct textline line;
	char last[LAST_LINE + 1]; /* of the lines that ended, with something on them */
};

static void stop(struct wait *wait, int status)
{
	wait->status = status;
	loop_stop(wait->loop);
}

/* The end of a line, if there is something on it. */
static void keep_line(const struct textline *line, char *last)
{
	size_t len = line->len;
	size_t from;

	while (len && strchr(" \t", line->text[len - 1]))
		len--;
	if (!len)
		return;
	from = len < LAST_LINE ? 0 : len - LAST_LINE;
	memcpy(last, line->text + from, len - from);
	last[len - from] = '\0';
}

static void say_last(struct wait *wait)
{
	if (!wait->line.ended)
		keep_line(&wait->line, wait->last);
	if (*wait->last)
		msg_more("Its last line: %s", wait->last);
	else
		msg_more("It printed nothing.");
}

static void keep_last(struct wait *wait, const unsigned char *bytes, size_t len)
{
	for (size_t at = 0; at < len;) {
		at += textline_add(&wait->line, bytes + at, len - at);
		if (wait->line.ended)
			keep_line(&wait->line, wait->last);
	}
}

/* "pattern" is null where none was found; "end" is where to go on from. */
static int print_json(const struct wait *wait, const struct expect_hit *hit)
{
	json_t *groups = json_array();
	int64_t ns = hit ? when_printed(wait->src, hit->start) : 0;
	char iso[WHEN_ISO_SIZE];
	json_t *json;

	for (size_t i = 0; hit && i < hit->groups; i++)
		cmd_json_add(&groups, hit->group[i].text
					      ? json_text(hit->group[i].text, hit->group[i].len)
					      : json_null());
	json = json_pack(
		"{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:I}", "id",
		wait->facts.where ? json_null() : json_integer((json_int_t)wait->facts.id), "name",
		wait->facts.name, "pattern",
		hit ? json_integer((json_int_t)hit->pattern + 1) : json_null(), "regex",
		hit ? json_text(wait->patterns[hit->pattern], strlen(wait->patterns[hit->pattern]))
		    : json_null(),
		"text", hit ? json_text(hit->all.text, hit->all.len) : json_null(), "groups",
		groups, "start", hit ? json_integer((json_int_t)hit->start) : json_null(), "end",
		(json_int_t)(hit ? hit->end : wait->pos), "time_ns",
		ns ? json_integer((json_int_t)ns) : json_null(), "time",
		ns ? json_string(when_iso(ns, iso)) : json_null(), "skipped",
		(json_int_t)wait->skipped);
	return cmd_print_json(json, JSON_COMPACT, "what was found", STATUS_OK);
}

static int print_text(const struct expect_hit *hit)
{
	char *text = malloc(SHOWN_ROOM(hit->all.len));
	struct shown shown;

	if (!text) {
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	shown_open(&shown, STDOUT_FILENO, false);
	shown.filter.quiet = true;
	fwrite(text, 1, shown_bytes(&shown, hit->all.text, hit->all.len, text), stdout);
	free(text);
	/* As it should be, before the line ends. */
	fflush(stdout);
	shown_close(&shown);
	putchar('\n');
	return cmd_flush(STATUS_OK);
}

static void matched(struct wait *wait, const struct expect_hit *hit)
{
	int status = wait->json ? print_json(wait, hit) : print_text(hit);

	if (wait->cursor && !cursor_save(wait->cursor, &wait->facts, hit->end))
		status = STATUS_FAILED;
	if (!status && hit->pattern)
		status = STATUS_PATTERN + (int)hit->pattern + 1;
	wait->found = true;
	wait->status = status;
	loop_off(wait->reader);
	if (!wait->feed || feed_empty(wait->feed))
		loop_stop(wait->loop);
}

static void failed_without(struct wait *wait, int status)
{
	if (wait->json)
		print_json(wait, NULL);
	stop(wait, status);
}

static void ended(struct wait *wait)
{
	char text[GUESTS_ENDED_SIZE];

	msg_error("%s and did not print %s", guests_ended(wait->src, wait->label, text),
		  wait->count == 1 ? wait->patterns[0] : "any of the patterns");
	say_last(wait);
	failed_without(wait, STATUS_GONE);
}

/* Reads some more. False: there is nothing now, or it was the end. */
static bool take(struct wait *wait)
{
	char chunk[EXPECT_CHUNK / 4];
	uint64_t skipped;
	ssize_t n;

	n = source_read(wait->src, chunk, sizeof(chunk), &skipped);
	if (n == -EAGAIN)
		return false;
	if (n < 0) {
		msg_error("cannot read the output of %s: %s", wait->label, strerror((int)-n));
		stop(wait, STATUS_FAILED);
		return false;
	}
	if (skipped) {
		msg_error("skipped %" PRIu64 " bytes of %s: they are no longer kept", skipped,
			  wait->label);
		wait->skipped += skipped;
		wait->pos += skipped;
		wait->line = (struct textline){ .ended = false };
		*wait->last = '\0';
		expect_begin(wait->expect, wait->pos);
	}
	if (!n) {
		ended(wait);
		return false;
	}
	expect_add(wait->expect, chunk, (size_t)n);
	keep_last(wait, (const unsigned char *)chunk, (size_t)n);
	wait->pos += (uint64_t)n;
	wait->busy = true;
	return true;
}

static void go_on(void *arg)
{
	struct wait *wait = arg;
	int64_t start = when_now();
	struct expect_hit hit;

	loop_off(wait->reader);
	while (when_now() - start < TURN_NS) {
		if (!wait->busy && !take(wait)) {
			if (!wait->status)
				loop_on(wait->reader);
			return;
		}
		switch (expect_step(wait->expect, &hit)) {
		case EXPECT_FOUND:
			matched(wait, &hit);
			return;
		case EXPECT_NONE:
			wait->busy = false;
			break;
		case EXPECT_MORE:
			break;
		case EXPECT_TOO_HARD:
			msg_error("%s takes too many steps in what %s prints",
				  wait->patterns[hit.pattern], wait->label);
			msg_more("Give a pattern without repeats inside of repeats.");
			failed_without(wait, STATUS_FAILED);
			return;
		}
	}
	loop_timer_set(wait->more, 0);
}

static void on_timeout(void *arg)
{
	struct wait *wait = arg;

	if (wait->found) {
		msg_error("%s did not take everything that was to be sent in time", wait->label);
		stop(wait, STATUS_TIMEOUT);
		return;
	}
	msg_error("%s did not print %s in time", wait->label,
		  wait->count == 1 ? wait->patterns[0] : "any of the patterns");
	say_last(wait);
	failed_without(wait, STATUS_TIMEOUT);
}

static void taken(void *arg)
{
	struct wait *wait = arg;

	if (wait->found && feed_empty(wait->feed))
		loop_stop(wait->loop);
}

static void failed(int err, void *arg)
{
	struct wait *wait = arg;
	struct source_input input;

	/* Its end is among what it prints, too. */
	if (err == -ENODEV && !wait->found)
		return;
	if (err == -EBUSY && (source_input(wait->src, SOURCE_ASK, &input), input.other)) {
		msg_error("cannot send to %s: %s (process %d) holds its input", wait->label,
			  input.who, (int)input.pid);
		msg_more("Try again when it has given it up.");
	} else {
		msg_error("cannot send to %s: %s", wait->label,
			  err == -ENODEV ? "it is gone" : strerror(-err));
	}
	stop(wait, err == -ENODEV ? STATUS_GONE : STATUS_FAILED);
}

static const struct feed_ops feed_ops = {
	.taken = taken,
	.failed = failed,
};

static bool begin_to_send(struct wait *wait)
{
	size_t len = wait->text ? strlen(wait->text) : 0;

	if (!wait->text && !wait->enter)
		return true;
	wait->feed = feed_new(wait->loop, wait->src, len + 1, &feed_ops, wait);
	return wait->feed && feed_bytes(wait->feed, wait->text, len) &&
	       (!wait->enter || feed_bytes(wait->feed, "\r", 1));
}

static int work(struct wait *wait)
{
	int sig = 0;

	wait->reader = loop_reader(wait->loop, wait->src->fd, LOOP_DATA, go_on, wait);
	wait->more = loop_timer(wait->loop, go_on, wait);
	wait->timer = loop_timer(wait->loop, on_timeout, wait);
	if (!wait->reader || !wait->more || !wait->timer || source_join(wait->src, wait->loop) ||
	    loop_stop_on_signals(wait->loop) || !begin_to_send(wait)) {
		msg_error("out of memory");
		wait->status = STATUS_FAILED;
	} else {
		if (wait->timeout_ms)
			loop_timer_set(wait->timer, wait->timeout_ms);
		expect_begin(wait->expect, wait->pos);
		loop_timer_set(wait->more, 0);
		sig = loop_run(wait->loop);
	}
	source_leave(wait->src);
	feed_free(wait->feed);
	loop_event_free(wait->timer);
	loop_event_free(wait->more);
	loop_event_free(wait->reader);
	if (sig > 0)
		return STATUS_SIGNAL + sig;
	return sig < 0 ? STATUS_FAILED : wait->status;
}

static int find_start(struct wait *wait)
{
	int err;

	if (wait->cursor) {
		err = (int)pick_need_past(wait->src, &wait->facts, "--cursor", "without it");
		if (err)
			return err;
		if (!cursor_load(wait->cursor, &wait->facts, &wait->pos))
			return STATUS_FAILED;
		if (!wait->pos)
			wait->pos = wait->facts.tx_oldest;
	} else if (wait->from == FROM_NOW) {
		wait->pos = wait->facts.tx_newest;
	} else if (wait->from == FROM_START) {
		wait->pos = wait->facts.tx_oldest;
	} else if (wait->pos > wait->facts.tx_newest) {
		msg_error("position %" PRIu64 " of %s does not exist yet: there are %" PRIu64
			  " bytes",
			  wait->pos, wait->label, wait->facts.tx_newest);
		return STATUS_FAILED;
	}
	err = source_seek(wait->src, wait->pos);
	if (!err)
		return STATUS_OK;
	msg_error("cannot read the output of %s: %s", wait->label, strerror(-err));
	return STATUS_FAILED;
}

static int for_guest(struct wait *wait, const char *spec)
{
	bool writes = wait->text || wait->enter;
	int status;

	status = pick_open(spec, writes ? PICK_WRITE : PICK_READ, &wait->src, &wait->facts);
	if (status)
		return status;
	guests_label(&wait->facts, wait->label);
	status = find_start(wait);
	if (!status) {
		wait->loop = loop_new();
		if (wait->loop) {
			status = work(wait);
		} else {
			msg_error("out of memory");
			status = STATUS_FAILED;
		}
		loop_free(wait->loop);
	}
	source_close(wait->src);
	return status;
}

static int compile(struct wait *wait)
{
	char error[256];

	wait->expect = expect_new();
	if (!wait->expect) {
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	for (size_t i = 0; i < wait->count; i++)
		if (expect_pattern(wait->expect, wait->patterns[i], error, sizeof(error)))
			return cmd_usage(&cmd_expect, "pattern %zu, '%.100s': %s", i + 1,
					 wait->patterns[i], error);
	return STATUS_OK;
}

static bool parse_from(struct wait *wait, const char *text)
{
	wait->has_from = true;
	wait->from = FROM_POSITION;
	if (!strcmp(text, "now"))
		wait->from = FROM_NOW;
	else if (!strcmp(text, "start"))
		wait->from = FROM_START;
	else
		return human_parse(text, 0, INT64_MAX, &wait->pos);
	return true;
}

static int run(int argc, char **argv)
{
	enum { TIMEOUT = 256, FROM, CURSOR, SEND, ENTER, JSON };
	static const struct option options[] = {
		{ "timeout", required_argument, NULL, TIMEOUT },
		{ "from", required_argument, NULL, FROM },
		{ "cursor", required_argument, NULL, CURSOR },
		{ "send", required_argument, NULL, SEND },
		{ "enter", no_argument, NULL, ENTER },
		{ "json", no_argument, NULL, JSON },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct wait wait = { .status = STATUS_OK };
	int status;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case TIMEOUT:
			if (!human_parse_seconds(optarg, &wait.timeout_ms))
				return cmd_usage(&cmd_expect,
						 "--timeout %s: not a number of seconds", optarg);
			break;
		case FROM:
			if (!parse_from(&wait, optarg))
				return cmd_usage(&cmd_expect,
						 "--from %s: not now, start or a position", optarg);
			break;
		case CURSOR:
			wait.cursor = optarg;
			break;
		case SEND:
			wait.text = optarg;
			break;
		case ENTER:
			wait.enter = true;
			break;
		case JSON:
			wait.json = true;
			break;
		case 'h':
			return cmd_help(&cmd_expect);
		default:
			msg_more("a pattern that begins with a dash goes behind --");
			return cmd_usage(&cmd_expect, NULL);
		}
	}
	if (wait.cursor && wait.has_from)
		return cmd_usage(&cmd_expect, "--from and --cursor do not go together");
	if (argc - optind < 2)
		return cmd_usage(&cmd_expect, "give a guest and a pattern");
	wait.patterns = argv + optind + 1;
	wait.count = (size_t)(argc - optind - 1);

	status = compile(&wait);
	if (!status)
		status = for_guest(&wait, argv[optind]);
	expect_free(wait.expect);
	return status;
}

const struct cmd cmd_expect = {
	.name = "expect",
	.args = "[--timeout S] [--from WHERE | --cursor FILE] [--send TEXT] [--enter] [--json] GUEST REGEX...",
	.summary = "wait until a guest prints something",
	.help = "\n"
		"Ends when what the guest prints has a match for one of the regular expressions\n"
		"(PCRE2), and prints the match. The exit code says which: 0 for the first, 22 for\n"
		"the second, 23 for the third and so on; 11 when the time is over, 7 when the\n"
		"guest is gone. Patterns see bytes; ^ and $ match at the ends of lines, and $\n"
		"behind the last byte so far; a match has at least 1 byte and at most 65536.\n"
		"\n"
		"  --timeout S     give up after so many seconds\n"
		"  --from WHERE    where to begin: now (with what comes; unless told otherwise),\n"
		"                  start (of what is kept), or a position: bytes since the attach\n"
		"  --cursor FILE   begin behind the match of the command that used FILE before,\n"
		"                  or at the start if there is none yet: nothing is missed between\n"
		"                  two commands. FILE stays as it is when there is no match.\n"
		"  --send TEXT     type TEXT first; what was there before is no answer to it,\n"
		"                  unless --from or --cursor says so\n"
		"  --enter         the Enter key (carriage return) behind it, or alone\n"
		"  --json          the match as an object: pattern, text, groups, where, when;\n"
		"                  without a match the pattern is null. \"end\" is for --from.\n",
	.run = run,
	.hosts = CMD_HERE,
};
