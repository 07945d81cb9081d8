// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "source/catch_up.h"
#include "source/drain.h"
#include "guests/guests.h"
#include "guests/pick.h"
#include "base/human.h"
#include "text/log_lines.h"
#include "base/loop.h"
#include "base/msg.h"
#include "base/output.h"
#include "source/tail.h"
#include "source/words.h"
#include "text/shown.h"
#include "text/when.h"

/* Guests whose logs are printed together, at most. */
#define GUESTS 64

struct log {
	struct loop *loop;
	struct log_guest guests[GUESTS];
	size_t count;
	const struct log_guest *guest; /* for print_plain(), which has one */
	struct log_style style;
	struct shown shown;
	bool follow;
	bool has_lines;
	bool has_from;
	bool has_since;
	bool has_until;
	uint64_t lines;
	uint64_t from;
	int64_t since; /* CLOCK_REALTIME in nanoseconds */
	int64_t until;
	int status;
};

static void skipped(uint64_t count, void *arg)
{
	struct log *log = arg;

	shown_break(&log->shown);
	msg_error("skipped %" PRIu64 " bytes of %s: they are no longer kept", count,
		  log->guest->label);
}

static void blocked(int err, void *arg)
{
	char text[SOURCE_BLOCKED_SIZE];
	struct log *log = arg;

	shown_break(&log->shown);
	msg_error("%s", source_blocked_text(log->guest->label, err, text));
}

static void end(enum drain_end how, int err, void *arg)
{
	char text[SOURCE_ENDED_SIZE];
	struct log *log = arg;

	switch (how) {
	case DRAIN_DONE:
		if (!log->follow)
			break;
		shown_break(&log->shown);
		msg_error("%s", source_ended(log->guest->src, log->guest->label, text));
		break;
	case DRAIN_SOURCE_FAILED:
		shown_break(&log->shown);
		msg_error("cannot read the output of %s: %s", log->guest->label, strerror(-err));
		log->status = STATUS_FAILED;
		break;
	case DRAIN_OUTPUT_FAILED:
		if (err == -EPIPE) {
			log->status = STATUS_SIGNAL + SIGPIPE;
			break;
		}
		msg_error("cannot write the output of %s: %s", log->guest->label, strerror(-err));
		log->status = STATUS_FAILED;
		break;
	}
	loop_stop(log->loop);
}

/* The reader of standard output is gone; this is noticed even without anything to write. */
static void reader_gone(void *arg)
{
	end(DRAIN_OUTPUT_FAILED, -EPIPE, arg);
}

static size_t filter(uint64_t pos, const unsigned char *in, size_t len, unsigned char *out,
		     void *arg)
{
	struct log *log = arg;

	if (source_begins(log->guest->src, pos))
		shown_begin(&log->shown);
	return shown_bytes(&log->shown, in, len, out);
}

static const struct drain_ops drain_ops = {
	.skipped = skipped,
	.blocked = blocked,
	.end = end,
	.filter = filter,
};

_Static_assert(DRAIN_FILTER_ROOM >= SHOWN_ROOM(DRAIN_CHUNK), "the filter has room");

static int say_unread(const struct log_guest *guest, int err)
{
	msg_error("cannot read the output of %s: %s", guest->label, strerror(-err));
	return STATUS_FAILED;
}

/* Limits @facts to the output between --since and --until. */
static int between(const struct log *log, struct log_guest *guest, struct source_facts *facts)
{
	uint64_t oldest = facts->tx_oldest;
	uint64_t newest = facts->tx_newest;
	bool known = true;

	if (log->has_since)
		known = when_find(guest->src, facts, when_from_real(log->since), &oldest);
	if (known && log->has_until)
		known = when_find(guest->src, facts, when_from_real(log->until), &newest);
	if (!known) {
		msg_error("cannot use --since or --until: it is not known when %s printed what",
			  guest->label);
		return STATUS_FAILED;
	}
	facts->tx_oldest = oldest;
	facts->tx_newest = newest > oldest ? newest : oldest;
	return STATUS_OK;
}

static int find_start(const struct log *log, struct log_guest *guest)
{
	struct source_facts facts;
	int status;
	int err = 0;

	/* The last lines include what waits unread in a connection. */
	if (log->has_lines)
		err = catch_up_facts(guest->src, &guest->facts, log->lines);
	if (err)
		return say_unread(guest, err);
	facts = guest->facts;
	status = between(log, guest, &facts);
	if (status)
		return status;
	guest->from = facts.tx_oldest;
	guest->until = log->follow ? UINT64_MAX : facts.tx_newest;
	if (log->has_from) {
		guest->from = log->from;
		if (log->from > facts.tx_newest) {
			msg_error("position %" PRIu64
				  " of %s does not exist yet: there are %" PRIu64 " bytes",
				  log->from, guest->label, facts.tx_newest);
			return STATUS_FAILED;
		}
	} else if (log->has_lines) {
		err = tail_lines(guest->src, &facts, log->lines, &guest->from);
	}
	if (!err)
		err = source_seek(guest->src, guest->from);
	return err ? say_unread(guest, err) : STATUS_OK;
}

static int print(struct log *log)
{
	struct loop_event *hangup;
	struct drain *drain;
	struct output out;
	int sig = 0;

	output_open(&out, STDOUT_FILENO);
	shown_open(&log->shown, out.fd, log->style.raw);
	/* The bells of the history have rung already. */
	log->shown.filter.quiet = !log->follow;
	drain = drain_new(log->loop, log->guest->src, log->guest->from, log->guest->until, out.fd,
			  &drain_ops, log);
	/* NULL for a regular file, which has no reader. */
	hangup = loop_hangup(log->loop, out.fd, reader_gone, log);
	if (!drain || source_join(log->guest->src, log->loop) || loop_stop_on_signals(log->loop)) {
		msg_error("out of memory");
		log->status = STATUS_FAILED;
	} else {
		sig = loop_run(log->loop);
	}
	source_leave(log->guest->src);
	loop_event_free(hangup);
	drain_free(drain);
	shown_close(&log->shown);
	output_close(&out);
	return status_after(sig, log->status);
}

static int print_plain(struct log *log)
{
	int status = STATUS_FAILED;

	log->guest = &log->guests[0];
	log->loop = loop_new();
	if (log->loop)
		status = print(log);
	else
		msg_error("out of memory");
	loop_free(log->loop);
	return status;
}

static int print_all(struct log *log, char **specs, size_t count)
{
	const char *no_colour = getenv("NO_COLOR");
	int status = STATUS_OK;

	for (; !status && log->count < count; log->count++) {
		struct log_guest *guest = &log->guests[log->count];

		status = pick_open(specs[log->count], PICK_READ, &guest->src, &guest->facts);
		if (status)
			break;
		if (!log->follow)
			status = pick_need_past(guest->src, &guest->facts, "log", "log -f");
		if (status) {
			source_close(guest->src);
			break;
		}
		guests_label(&guest->facts, guest->label);
		status = find_start(log, guest);
	}
	log->style.names = count > 1;
	log->style.colours = isatty(STDOUT_FILENO) && !(no_colour && *no_colour);
	if (!status) {
		if (count > 1 || log->style.times || log->style.clean || log->style.hex)
			status = log_lines(log->guests, count, &log->style);
		else
			status = print_plain(log);
	}
	for (size_t i = 0; i < log->count; i++)
		source_close(log->guests[i].src);
	return status;
}

/* "iso", "relative" or "delta"; NULL is the first. */
static bool parse_times(const char *text, enum log_times *times)
{
	static const char *const names[] = {
		[LOG_ISO] = "iso",
		[LOG_RELATIVE] = "relative",
		[LOG_DELTA] = "delta",
	};

	*times = LOG_ISO;
	for (int i = LOG_ISO; text && i <= LOG_DELTA; i++) {
		*times = (enum log_times)i;
		if (!strcmp(text, names[i]))
			return true;
	}
	return !text;
}

static int run(int argc, char **argv)
{
	enum { FROM = 256, SINCE, UNTIL, CLEAN, HEX, RAW };
	static const struct option options[] = {
		{ "follow", no_argument, NULL, 'f' },
		{ "lines", required_argument, NULL, 'n' },
		{ "from", required_argument, NULL, FROM },
		{ "since", required_argument, NULL, SINCE },
		{ "until", required_argument, NULL, UNTIL },
		{ "timestamps", optional_argument, NULL, 't' },
		{ "clean", no_argument, NULL, CLEAN },
		{ "hex", no_argument, NULL, HEX },
		{ "raw", no_argument, NULL, RAW },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct log log = { .status = STATUS_OK };
	int64_t now = when_real_now();
	int c;

	while ((c = getopt_long(argc, argv, "fn:th", options, NULL)) != -1) {
		switch (c) {
		case 'f':
			log.follow = true;
			break;
		case 'n':
			if (!human_parse(optarg, 0, UINT64_MAX, &log.lines))
				return cmd_usage(&cmd_log, "-n %s: not a number of lines", optarg);
			log.has_lines = true;
			break;
		case FROM:
			if (!human_parse(optarg, 0, INT64_MAX, &log.from))
				return cmd_usage(&cmd_log, "--from %s: not a position", optarg);
			log.has_from = true;
			break;
		case SINCE:
		case UNTIL:
			if (!when_parse(optarg, now, c == SINCE ? &log.since : &log.until))
				return cmd_usage(
					&cmd_log,
					"--%s %s: not a time, as 12:34, '2026-01-31 12:34', -5m or today",
					c == SINCE ? "since" : "until", optarg);
			if (c == SINCE)
				log.has_since = true;
			else
				log.has_until = true;
			break;
		case 't':
			if (!parse_times(optarg, &log.style.times))
				return cmd_usage(&cmd_log,
						 "--timestamps=%s: not iso, relative or delta",
						 optarg);
			break;
		case CLEAN:
			log.style.clean = true;
			break;
		case HEX:
			log.style.hex = true;
			break;
		case RAW:
			log.style.raw = true;
			break;
		case 'h':
			return cmd_help(&cmd_log);
		default:
			return cmd_usage(&cmd_log, NULL);
		}
	}
	if (log.has_from && (log.has_lines || log.has_since))
		return cmd_usage(&cmd_log, "--from goes with neither -n nor --since");
	if (log.follow && log.has_until)
		return cmd_usage(&cmd_log, "-f and --until do not go together");
	if (log.style.clean + log.style.hex + log.style.raw > 1)
		return cmd_usage(&cmd_log, "--clean, --hex and --raw do not go together");
	if (argc == optind)
		return cmd_usage(&cmd_log, "give a guest");
	if (argc - optind > GUESTS)
		return cmd_usage(&cmd_log, "more than %d guests", GUESTS);
	if (argc - optind > 1 && log.has_from)
		return cmd_usage(&cmd_log, "--from goes with one guest");
	return print_all(&log, argv + optind, (size_t)(argc - optind));
}

const struct cmd cmd_log = {
	.name = "log",
	.args = "[-f] [-t] [-n LINES] [--since TIME] [--until TIME] [--from POS] [--clean | --hex | --raw] GUEST...",
	.summary = "print what guests have sent",
	.help = "\n"
		"Prints the history. A pipe or a file gets it byte by byte, as the guest sent it. A\n"
		"terminal gets only what is visible: characters, colours, cursor movement. It does\n"
		"not get what would query or configure it, and is left as it was. Standard error says\n"
		"how many bytes were overwritten before they could be printed.\n"
		"\n"
		"The lines of several guests are printed in the order of their times, each after the\n"
		"name of its guest. A line that has not ended is printed as it is when it has stood\n"
		"still for half a second.\n"
		"\n"
		"  -f, --follow      continue until the VM is gone\n"
		"  -n, --lines N     begin with the last N lines\n"
		"      --since TIME, --until TIME\n"
		"                    print what was sent from the first time on and before the\n"
		"                    second, to within some milliseconds: '2026-01-31 12:34:56',\n"
		"                    '12:34', today, yesterday, -1h30m, '5 min ago', @SECONDS since\n"
		"                    1970\n"
		"      --from POS    begin with the byte at POS, counted from the attach; bytes of it\n"
		"                    that are no longer kept count as skipped\n"
		"  -t, --timestamps[=iso|relative|delta]\n"
		"                    print before each line when it was printed: the time, seconds\n"
		"                    since the attach, or seconds since the line before\n"
		"      --clean       print text alone: no escape sequences, no control characters\n"
		"      --hex         print hexadecimal, with positions\n"
		"      --raw         print byte by byte on a terminal, too\n"
		"\n"
		"On a terminal names have colours unless NO_COLOR is set.\n",
	.run = run,
	.hosts = CMD_HERE,
};
