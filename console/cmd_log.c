// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "drain.h"
#include "guests.h"
#include "human.h"
#include "loop.h"
#include "msg.h"
#include "output.h"
#include "tail.h"

struct log {
	struct loop *loop;
	struct source *src;
	struct source_facts facts;
	char label[SOURCE_NAME_SIZE];
	bool follow;
	bool has_lines;
	bool has_from;
	uint64_t lines;
	uint64_t from;
	int status;
};

static void skipped(uint64_t count, void *arg)
{
	struct log *log = arg;

	msg_error("skipped %" PRIu64 " bytes of %s: they are no longer kept", count, log->label);
}

static void end(enum drain_end how, int err, void *arg)
{
	struct log *log = arg;

	switch (how) {
	case DRAIN_DONE:
		if (log->follow)
			msg_error(guests_detached(log->src) ? "%s was detached"
							    : "the VM of %s is gone",
				  log->label);
		break;
	case DRAIN_SOURCE_FAILED:
		msg_error("cannot read the output of %s: %s", log->label, strerror(-err));
		log->status = STATUS_FAILED;
		break;
	case DRAIN_OUTPUT_FAILED:
		if (err == -EPIPE) {
			log->status = STATUS_SIGNAL + SIGPIPE;
			break;
		}
		msg_error("cannot write the output of %s: %s", log->label, strerror(-err));
		log->status = STATUS_FAILED;
		break;
	}
	loop_stop(log->loop);
}

/* Nobody reads what is written: found out without anything to write. */
static void reader_gone(void *arg)
{
	end(DRAIN_OUTPUT_FAILED, -EPIPE, arg);
}

static const struct drain_ops drain_ops = {
	.skipped = skipped,
	.end = end,
};

static int find_start(struct log *log)
{
	int err = 0;

	if (log->has_from) {
		if (log->from > log->facts.tx_newest) {
			msg_error("position %" PRIu64
				  " of %s does not exist yet: there are %" PRIu64 " bytes",
				  log->from, log->label, log->facts.tx_newest);
			return STATUS_FAILED;
		}
	} else if (log->has_lines) {
		err = tail_lines(log->src, &log->facts, log->lines, &log->from);
	} else {
		log->from = log->facts.tx_oldest;
	}
	if (!err)
		err = source_seek(log->src, log->from);
	if (!err)
		return STATUS_OK;
	msg_error("cannot read the output of %s: %s", log->label, strerror(-err));
	return STATUS_FAILED;
}

static int print(struct log *log)
{
	uint64_t until = log->follow ? UINT64_MAX : log->facts.tx_newest;
	struct loop_event *hangup;
	struct drain *drain;
	struct output out;
	int sig = 0;

	output_open(&out, STDOUT_FILENO);
	drain = drain_new(log->loop, log->src, log->from, until, out.fd, &drain_ops, log);
	/* A file has no reader: NULL, and that is fine. */
	hangup = loop_hangup(log->loop, out.fd, reader_gone, log);
	if (!drain || loop_stop_on_signals(log->loop)) {
		msg_error("out of memory");
		log->status = STATUS_FAILED;
	} else {
		sig = loop_run(log->loop);
	}
	loop_event_free(hangup);
	drain_free(drain);
	output_close(&out);
	if (sig > 0)
		return STATUS_SIGNAL + sig;
	return sig < 0 ? STATUS_FAILED : log->status;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "follow", no_argument, NULL, 'f' },
		{ "lines", required_argument, NULL, 'n' },
		{ "from", required_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct log log = { .status = STATUS_OK };
	int status;
	int c;

	while ((c = getopt_long(argc, argv, "fn:h", options, NULL)) != -1) {
		switch (c) {
		case 'f':
			log.follow = true;
			break;
		case 'n':
			if (!human_parse(optarg, 0, UINT64_MAX, &log.lines))
				return cmd_usage(&cmd_log, "-n %s: not a number of lines", optarg);
			log.has_lines = true;
			break;
		case 'p':
			if (!human_parse(optarg, 0, INT64_MAX, &log.from))
				return cmd_usage(&cmd_log, "--from %s: not a position", optarg);
			log.has_from = true;
			break;
		case 'h':
			return cmd_help(&cmd_log);
		default:
			return cmd_usage(&cmd_log, NULL);
		}
	}
	if (log.has_lines && log.has_from)
		return cmd_usage(&cmd_log, "-n and --from do not go together");
	if (argc - optind != 1)
		return cmd_usage(&cmd_log, "give one guest");

	status = guests_open(argv[optind], false, &log.src, &log.facts);
	if (status)
		return status;
	guests_label(&log.facts, log.label);
	status = find_start(&log);
	if (!status) {
		log.loop = loop_new();
		if (log.loop) {
			status = print(&log);
		} else {
			msg_error("out of memory");
			status = STATUS_FAILED;
		}
		loop_free(log.loop);
	}
	source_close(log.src);
	return status;
}

const struct cmd cmd_log = {
	.name = "log",
	.args = "[-f] [-n LINES | --from POS] GUEST",
	.summary = "print what a guest has sent",
	.help = "\n"
		"Prints the history that is kept, byte by byte as the guest sent it. Bytes that\n"
		"were overwritten before they could be printed are counted on standard error.\n"
		"\n"
		"  -f, --follow      go on until the VM is gone\n"
		"  -n, --lines N     begin with the last N lines\n"
		"      --from POS    begin with byte POS, counted from the attach; what is no\n"
		"                    longer kept of it counts as skipped\n",
	.run = run,
};
