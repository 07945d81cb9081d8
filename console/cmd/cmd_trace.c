// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints what guests do to their UARTs, as they do it.
 *
 * The lines wait in a buffer for the reader of standard output. While it is full,
 * the kernel's ring is not read: what is lost then is lost there, and the kernel
 * counts it.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "guests/guests.h"
#include "guests/pick.h"
#include "base/clock.h"
#include "base/human.h"
#include "base/loop.h"
#include "base/msg.h"
#include "base/output.h"
#include "trace/regs.h"
#include "trace/trace_text.h"
#include "trace/tracer.h"

#define BUFFER_MIN (64 * 1024)
#define BUFFER_MAX (1ull << 40)
#define BUFFER_DEFAULT (1024 * 1024)

/*
 * How long to rest before the kernel is asked again to wake us: a wakeup costs
 * the guest more than the record of an event.
 */
#define REST_MS 5

#define OUT_SIZE 65536
#define LABEL_SIZE (4 * SOURCE_NAME_SIZE)
#define LINE_SIZE (TRACE_TIME_SIZE + LABEL_SIZE + TRACE_TEXT_SIZE)

/* Reads and writes of a register. */
struct count {
	uint64_t reads;
	uint64_t writes;
};

struct trace;

struct guest {
	struct trace *trace;
	struct source *src;
	uint32_t id;
	char label[LABEL_SIZE]; /* fit to be printed */
	struct loop_event *hangup;
	struct count *counts; /* by offset; NULL without --counts */
};

struct trace {
	struct tracer_request request;
	bool names;
	bool times;
	bool counts;
	bool has_max;
	uint64_t max; /* lines */

	struct loop *loop;
	struct tracer *tracer;
	struct guest *guests;
	size_t guest_count;
	size_t live;
	uint64_t printed;
	uint64_t lost;
	bool lost_unknown; /* and more, whose number is not known */
	int64_t boot_to_real;
	int status;

	struct output out;
	struct loop_event *reader;
	struct loop_event *writer;
	struct loop_event *again;
	size_t head; /* in @lines: what is written next */
	size_t tail;
	char lines[OUT_SIZE + LINE_SIZE];
};

static void stop(struct trace *trace, int status)
{
	if (!trace->status)
		trace->status = status;
	loop_stop(trace->loop);
}

/* Writes the lines. Returns whether all of them were taken. */
static bool flush(struct trace *trace)
{
	while (trace->head < trace->tail) {
		ssize_t n =
			write(trace->out.fd, trace->lines + trace->head, trace->tail - trace->head);

		if (n > 0) {
			trace->head += (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return false;
		if (n < 0 && errno == EPIPE) {
			stop(trace, STATUS_SIGNAL + SIGPIPE);
			return false;
		}
		msg_error("cannot write to standard output: %s", strerror(n ? errno : EIO));
		stop(trace, STATUS_FAILED);
		return false;
	}
	trace->head = 0;
	trace->tail = 0;
	return true;
}

static struct guest *guest_of(struct trace *trace, uint32_t id)
{
	for (size_t i = 0; i < trace->guest_count; i++)
		if (trace->guests[i].id == id)
			return &trace->guests[i];
	return NULL;
}

static void print_event(struct trace *trace, const struct guest *guest,
			const struct trace_event *event)
{
	bool many = trace->guest_count > 1;
	char text[TRACE_TEXT_SIZE];
	char time[TRACE_TIME_SIZE];
	int n;

	if (trace->times)
		trace_time(time, event->ns + (uint64_t)trace->boot_to_real);
	n = snprintf(trace->lines + trace->tail, LINE_SIZE, "%s%s%s%s%s\n",
		     trace->times ? time : "", trace->times ? " " : "", many ? guest->label : "",
		     many ? ": " : "", trace_text(text, event, trace->names));
	trace->tail += (size_t)n;
	trace->printed++;
}

static void note_lost(struct trace *trace, uint64_t count)
{
	/* If both are the same terminal, the message is where the events are missing. */
	flush(trace);
	if (count)
		msg_error("lost %" PRIu64 " events: they came faster than they were read", count);
	else
		msg_error("lost events, and it is not known how many");
	trace->lost += count;
	trace->lost_unknown |= !count;
}

static void take(struct trace *trace, const struct trace_event *event)
{
	struct guest *guest;

	if (event->kind == TRACE_LOST) {
		note_lost(trace, event->value);
		return;
	}
	guest = guest_of(trace, event->port);
	if (!guest)
		return;
	print_event(trace, guest, event);
	if (!guest->counts)
		return;
	if (event->kind == TRACE_READ)
		guest->counts[event->offset % REGS_SPACE].reads++;
	else if (event->kind == TRACE_WRITE)
		guest->counts[event->offset % REGS_SPACE].writes++;
}

static bool is_done(const struct trace *trace)
{
	return trace->has_max && trace->printed >= trace->max;
}

/* Moves events to the output, a buffer of lines at a time. */
static void pump(void *arg)
{
	struct trace *trace = arg;
	struct trace_event event;
	bool more = true;
	bool any = false;

	loop_off(trace->reader);
	loop_off(trace->writer);
	while (more && trace->tail < OUT_SIZE && !is_done(trace)) {
		int ret = tracer_next(trace->tracer, &event);

		if (ret < 0) {
			msg_error("cannot read the trace: %s", strerror(-ret));
			stop(trace, STATUS_FAILED);
			return;
		}
		if (ret)
			take(trace, &event);
		more = ret;
		any |= more;
	}
	if (!flush(trace))
		loop_on(trace->writer);
	else if (is_done(trace) || (!more && !trace->live))
		stop(trace, STATUS_OK);
	else if (more)
		/* Let signals and ends of guests have their turn first. */
		loop_timer_set(trace->again, 0);
	else if (any)
		loop_timer_set(trace->again, REST_MS);
	else
		loop_on(trace->reader);
}

/* All that the guest did is in the kernel's ring by now, or has been read. */
static void guest_gone(void *arg)
{
	struct guest *guest = arg;
	struct trace *trace = guest->trace;

	loop_event_free(guest->hangup);
	guest->hangup = NULL;
	trace->live--;
	msg_error("the VM of %s is gone", guest->label);
	if (!trace->live)
		pump(trace);
}

/* The reader of standard output is gone; this is noticed even without anything to print. */
static void reader_gone(void *arg)
{
	stop(arg, STATUS_SIGNAL + SIGPIPE);
}

static void print_counts(const struct guest *guest)
{
	bool any = false;

	msg_error("accesses of %s:", guest->label);
	for (uint32_t at = 0; at < REGS_SPACE; at++) {
		const struct count *count = &guest->counts[at];
		const char *name = regs_name(at, false);
		char number[16];

		if (!count->reads && !count->writes)
			continue;
		if (!any)
			msg_more("%-10s %12s %12s", "REGISTER", "READS", "WRITES");
		any = true;
		snprintf(number, sizeof(number), "0x%03x", at);
		msg_more("%-10s %12" PRIu64 " %12" PRIu64, name ? name : number, count->reads,
			 count->writes);
	}
	if (!any)
		msg_more("none");
}

static void print_totals(const struct trace *trace)
{
	if (trace->counts) {
		for (size_t i = 0; i < trace->guest_count; i++)
			print_counts(&trace->guests[i]);
	}
	if (trace->counts || trace->lost || trace->lost_unknown)
		msg_error("%s%" PRIu64 " events lost", trace->lost_unknown ? "more than " : "",
			  trace->lost);
}

/* Makes the loop's events. */
static enum status set_up(struct trace *trace)
{
	bool ok = true;

	for (size_t i = 0; i < trace->guest_count; i++) {
		struct guest *guest = &trace->guests[i];

		guest->trace = trace;
		guest->hangup = loop_hangup(trace->loop, guest->src->fd, guest_gone, guest);
		ok = ok && guest->hangup;
		trace->live++;
	}
	trace->reader = loop_reader(trace->loop, tracer_fd(trace->tracer), LOOP_DATA, pump, trace);
	trace->writer = loop_writer(trace->loop, trace->out.fd, LOOP_DATA, pump, trace);
	trace->again = loop_timer(trace->loop, pump, trace);
	if (ok && trace->reader && trace->writer && trace->again)
		return STATUS_OK;
	msg_error("out of memory");
	return STATUS_FAILED;
}

static int follow(struct trace *trace)
{
	struct loop_event *reader_end;
	enum status status;
	int sig = 0;

	/* From here on a signal only ends the loop, so that the tracer is always removed. */
	if (loop_stop_on_signals(trace->loop)) {
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	status = tracer_start(&trace->request, &trace->tracer);
	if (status)
		return status;
	output_open(&trace->out, STDOUT_FILENO);
	/* NULL for a regular file, which has no reader. */
	reader_end = loop_hangup(trace->loop, trace->out.fd, reader_gone, trace);
	trace->boot_to_real = clock_real_of_boot(0);
	trace->status = set_up(trace);
	if (!trace->status) {
		for (size_t i = 0; i < trace->guest_count; i++)
			msg_error("tracing %s", trace->guests[i].label);
		pump(trace);
		sig = loop_run(trace->loop);
		print_totals(trace);
	}
	loop_event_free(reader_end);
	loop_event_free(trace->reader);
	loop_event_free(trace->writer);
	loop_event_free(trace->again);
	for (size_t i = 0; i < trace->guest_count; i++)
		loop_event_free(trace->guests[i].hangup);
	output_close(&trace->out);
	tracer_free(trace->tracer);
	return status_after(sig, trace->status);
}

static enum status add_guest(struct trace *trace, const char *spec)
{
	struct guest *guest = &trace->guests[trace->guest_count];
	char label[SOURCE_NAME_SIZE];
	struct source_facts facts;
	enum status status;

	status = pick_one(spec, true, &facts);
	if (!status)
		status = guests_open(&facts, false, &guest->src);
	if (status)
		return status;
	guests_label(&facts, label);
	msg_clean(guest->label, sizeof(guest->label), label);
	guest->id = facts.id;
	if (!facts.live) {
		msg_error("the VM of %s (port %u) is gone: there is nothing to trace", label,
			  facts.id);
		msg_more("Its last output: kpl011 log %u", facts.id);
		status = STATUS_GONE;
	} else if (guest_of(trace, facts.id)) {
		status = cmd_usage(&cmd_trace, "'%s' is named twice", spec);
	} else if (trace->counts) {
		guest->counts = calloc(REGS_SPACE, sizeof(guest->counts[0]));
		if (!guest->counts) {
			msg_error("out of memory");
			status = STATUS_FAILED;
		}
	}
	if (status) {
		source_close(guest->src);
		return status;
	}
	trace->request.ports[trace->guest_count++] = guest->id;
	trace->request.port_count = trace->guest_count;
	return STATUS_OK;
}

static int trace_guests(struct trace *trace, char **specs, size_t count)
{
	int status = STATUS_OK;

	trace->guests = calloc(count, sizeof(trace->guests[0]));
	trace->loop = loop_new();
	if (!trace->guests || !trace->loop) {
		msg_error("out of memory");
		status = STATUS_FAILED;
	}
	for (size_t i = 0; i < count && !status; i++)
		status = add_guest(trace, specs[i]);
	if (!status)
		status = follow(trace);
	for (size_t i = 0; i < trace->guest_count; i++) {
		source_close(trace->guests[i].src);
		free(trace->guests[i].counts);
	}
	loop_free(trace->loop);
	free(trace->guests);
	return status;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "reads", no_argument, NULL, 'r' },
		{ "writes", no_argument, NULL, 'w' },
		{ "register", required_argument, NULL, 'R' },
		{ "events", required_argument, NULL, 'e' },
		{ "names", no_argument, NULL, 'N' },
		{ "timestamps", no_argument, NULL, 't' },
		{ "lines", required_argument, NULL, 'n' },
		{ "counts", no_argument, NULL, 'c' },
		{ "buffer", required_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct trace trace = { .request.buffer = BUFFER_DEFAULT };
	bool *kinds = trace.request.kinds;
	const char *bad;
	uint64_t bytes;
	size_t count;
	int c;

	while ((c = getopt_long(argc, argv, "tn:h", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			kinds[TRACE_READ] = true;
			break;
		case 'w':
			kinds[TRACE_WRITE] = true;
			break;
		case 'R':
			bad = regs_parse(optarg, trace.request.offsets, TRACER_OFFSETS_MAX,
					 &trace.request.offset_count);
			if (bad)
				return cmd_usage(&cmd_trace, "--register %s: no register at '%s'",
						 optarg, bad);
			break;
		case 'e':
			bad = trace_parse_events(optarg, kinds);
			if (bad)
				return cmd_usage(&cmd_trace,
						 "--events %s: not line, break or flow: '%s'",
						 optarg, bad);
			break;
		case 'N':
			trace.names = true;
			break;
		case 't':
			trace.times = true;
			break;
		case 'n':
			if (!human_parse(optarg, 1, UINT64_MAX, &trace.max))
				return cmd_usage(&cmd_trace, "-n %s: not a number of lines",
						 optarg);
			trace.has_max = true;
			break;
		case 'c':
			trace.counts = true;
			break;
		case 'b':
			if (!human_parse_size(optarg, BUFFER_MIN, BUFFER_MAX, &bytes))
				return cmd_usage(&cmd_trace, "--buffer %s: not 64k or more",
						 optarg);
			trace.request.buffer = (size_t)bytes;
			break;
		case 'h':
			return cmd_help(&cmd_trace);
		default:
			return cmd_usage(&cmd_trace, NULL);
		}
	}
	if (!kinds[TRACE_READ] && !kinds[TRACE_WRITE]) {
		kinds[TRACE_READ] = true;
		kinds[TRACE_WRITE] = true;
	}
	count = (size_t)(argc - optind);
	if (!count)
		return cmd_usage(&cmd_trace, "give at least one guest");
	if (count > TRACER_PORTS_MAX)
		return cmd_usage(&cmd_trace, "more than %d guests", TRACER_PORTS_MAX);
	return trace_guests(&trace, argv + optind, count);
}

const struct cmd cmd_trace = {
	.name = "trace",
	.args = "[OPTIONS] GUEST...",
	.summary = "print each access of a guest to its UART",
	.help = "\n"
		"Prints a line for each access to a register, as the guest makes it, until the VM is\n"
		"gone: 'write offset 0 value 72'. With several guests each line begins with the\n"
		"guest's name. When the trace has begun, trace says 'kpl011: tracing NAME' on\n"
		"standard error. To see a guest from its first access on, have QEMU hold it (-S)\n"
		"until then.\n"
		"\n"
		"Needs root, as all of the kernel's tracing does. The guest never waits: events that\n"
		"come faster than they are read are lost, and standard error says how many.\n"
		"\n"
		"      --reads           print reads, and no writes unless --writes is given as well\n"
		"      --writes          print writes, and no reads\n"
		"      --register LIST   only these registers: names as DR,FR or offsets as 0,0x18\n"
		"      --events LIST     also print these: line (the interrupt line goes high or\n"
		"                        low), break (the guest sent or received one), flow (the\n"
		"                        queue to the guest is full or has room again)\n"
		"      --names           print names of registers and bits: write DR 0x48 'H'\n"
		"  -t, --timestamps      begin each line with the time\n"
		"  -n, --lines N         end after N lines\n"
		"      --counts          at the end, print reads and writes of each register, and\n"
		"                        events lost, on standard error\n"
		"      --buffer BYTES    size of the kernel's buffer for each CPU, 64k or more (1M)\n",
	.run = run,
};
