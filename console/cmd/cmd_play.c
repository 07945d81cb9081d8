// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "base/clock.h"
#include "base/human.h"
#include "base/loop.h"
#include "base/msg.h"
#include "base/output.h"
#include "base/spool.h"
#include "base/unpack.h"
#include "text/recording.h"
#include "text/shown.h"

/* Bytes of an event at a time, so that what the filter makes of them fits the spool. */
#define PIECE 4096

/*
 * If an event is later than this, the program was stopped or the terminal stood still, and the
 * clock starts again.
 */
#define LATE_MS 1000

_Static_assert(SHOWN_ROOM(PIECE) <= SPOOL_LIMIT, "the spool takes it");

struct play;

/* The file that is played, or the file of its times. */
struct input {
	struct play *play;
	const char *path; /* NULL: there is no such file */
	int fd;
	struct loop_event *reader; /* NULL: it is always readable */
	bool readable;
	struct unpack *unpack;
};

struct play {
	struct loop *loop;
	struct input file;
	struct input timing;
	struct recording *recording;
	double speed;
	bool has_idle;
	double idle_ms; /* 0: no limit */
	int status;

	struct spool *spool;
	struct loop_event *timer;
	struct shown shown;
	bool raw;
	bool waits;	   /* for the timer */
	uint64_t since_ns; /* when the clock last started, as clock_ns() */
	double due_ms;	   /* when the event is due, after @since_ns */
	bool ended;
	struct recording_event event;
};

static void stop(struct play *play, int status)
{
	play->status = status;
	loop_stop(play->loop);
}

static void say_window(const char *path)
{
	msg_error("cannot read %s: decompressing it takes more than %d MiB of memory", path,
		  UNPACK_WINDOW_MIB);
	msg_more("If you trust it: zstd -dc --long=31 FILE | kpl011 play -");
}

static int read_failed(const struct play *play)
{
	bool timing;
	int err = recording_error(play->recording, &timing);
	const char *path = timing ? play->timing.path : play->file.path;

	if (err == -ENODATA)
		msg_error("%s is damaged: its compressed data ends too early", path);
	else if (err == -EBADMSG)
		msg_error("%s is damaged: its compressed data is corrupt", path);
	else if (err == UNPACK_WINDOW)
		say_window(path);
	else if (err)
		msg_error("cannot read %s: %s", path, strerror(-err));
	return err ? STATUS_FAILED : STATUS_OK;
}

/* Reports damage at the end, since a message would be in the midst of what is shown. */
static int say_damage(const struct play *play)
{
	int status = read_failed(play);
	const char *why;
	size_t count = recording_damage(play->recording, &why);

	if (!count)
		return status;
	msg_error("%s is damaged: %s", play->file.path, why);
	if (count > 1)
		msg_more("%zu places are damaged; the rest was shown.", count);
	return STATUS_FAILED;
}

static bool is_damaged(const struct play *play)
{
	const char *why;
	bool timing;

	return recording_error(play->recording, &timing) || recording_damage(play->recording, &why);
}

/* Runs the loop once. False: it was stopped. */
static bool turn(struct play *play)
{
	if (!loop_stopped(play->loop) && loop_turn(play->loop))
		stop(play, STATUS_FAILED);
	return !loop_stopped(play->loop);
}

static void on_time(void *arg)
{
	struct play *play = arg;

	play->waits = false;
}

static void start_clock(struct play *play)
{
	play->since_ns = clock_ns();
	play->due_ms = 0;
}

/* Milliseconds until the event is due; negative if it is late. */
static double left_ms(const struct play *play)
{
	return play->due_ms - (double)(clock_ns() - play->since_ns) / 1000000;
}

/*
 * Waits until the event is due. Each event's time counts from the start of the clock and not from
 * the event before, so that delays of timers and parts of milliseconds do not add up.
 */
static bool wait_for_time(struct play *play)
{
	double wait = play->event.wait_ms;
	double left;

	if (play->idle_ms > 0 && wait > play->idle_ms)
		wait = play->idle_ms;
	play->due_ms += wait / play->speed;
	left = left_ms(play);
	do {
		play->waits = true;
		loop_timer_set(play->timer, left > 0 ? (uint64_t)ceil(left) : 0);
		while (play->waits)
			if (!turn(play))
				return false;
		/* The timers' clock is coarser, so they may be early. */
		left = left_ms(play);
	} while (left > 0);
	return true;
}

static bool show(struct play *play)
{
	const unsigned char *bytes = play->event.bytes;
	size_t left = play->event.len;
	char out[SHOWN_ROOM(PIECE)];

	while (left) {
		size_t len = left < PIECE ? left : PIECE;

		while (spool_full(play->spool))
			if (!turn(play))
				return false;
		spool_add(play->spool, out, shown_bytes(&play->shown, bytes, len, out));
		bytes += len;
		left -= len;
	}
	return true;
}

/* Output is written by the loop, also while this waits for the next event. */
static void show_all(struct play *play)
{
	start_clock(play);
	do {
		if (!wait_for_time(play) || !show(play))
			return;
		/* Time stands still while the terminal does, or while this program is stopped. */
		if (left_ms(play) < -LATE_MS)
			start_clock(play);
	} while (recording_next(play->recording, &play->event) == RECORDING_EVENT);
	while (!spool_empty(play->spool))
		if (!turn(play))
			return;
}

static void drained(void *arg)
{
	(void)arg;
}

static void failed(int err, void *arg)
{
	struct play *play = arg;

	if (err == -EPIPE) {
		stop(play, STATUS_SIGNAL + SIGPIPE);
		return;
	}
	msg_error("cannot write to standard output: %s", strerror(-err));
	stop(play, STATUS_FAILED);
}

static const struct spool_ops spool_ops = {
	.drained = drained,
	.failed = failed,
};

static int open_input(struct input *input)
{
	if (!strcmp(input->path, "-")) {
		input->path = "standard input";
		input->fd = STDIN_FILENO;
	} else {
		input->fd = open(input->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	}
	if (input->fd < 0) {
		msg_error("cannot open %s: %s", input->path, strerror(errno));
		return errno == EACCES ? STATUS_PERMISSION : STATUS_FAILED;
	}
	input->unpack = unpack_new(input->fd);
	if (input->unpack)
		return STATUS_OK;
	msg_error("out of memory");
	return STATUS_FAILED;
}

static void close_input(struct input *input)
{
	unpack_free(input->unpack);
	if (input->fd > STDIN_FILENO)
		close(input->fd);
}

/* Handles signals even if there is nothing to wait for. False: the loop was stopped. */
static bool goes_on(struct play *play)
{
	return !loop_stopped(play->loop) && (loop_pause(play->loop, 0) || turn(play));
}

/* A few compressed bytes may become gigabytes, so each read looks for signals. */
static ssize_t read_input(void *buf, size_t len, void *arg)
{
	const struct input *input = arg;

	if (!goes_on(input->play))
		return -ECANCELED;
	return unpack_read(input->unpack, buf, len);
}

/* Reads the first event, and reports it if the file is not a recording. */
static int begin(struct play *play)
{
	enum recording_result result = recording_next(play->recording, &play->event);
	int status;

	if (loop_stopped(play->loop))
		return STATUS_FAILED;
	if (result == RECORDING_FAILED) {
		status = read_failed(play);
		if (!status && recording_times_are_none(play->recording))
			msg_error("%s holds no times: the typescript comes first, and its times "
				  "after it",
				  play->timing.path);
		else if (!status)
			msg_error("%s is not a recording: %s", play->file.path,
				  recording_why(play->recording));
		return STATUS_FAILED;
	}
	play->ended = result == RECORDING_END;
	if (!play->has_idle)
		play->idle_ms = recording_idle_ms(play->recording);
	if (recording_without_times(play->recording)) {
		msg_error("%s is a typescript without its times: it is shown at once",
			  play->file.path);
		msg_more("With them: kpl011 play --timing TIMES TYPESCRIPT");
	}
	return STATUS_OK;
}

static void on_readable(void *arg)
{
	struct input *input = arg;

	input->readable = true;
}

/* Waits for more of a pipe, while the loop writes what was shown and handles signals. */
static bool wait_for_input(void *arg)
{
	struct input *input = arg;
	struct pollfd more = { .fd = input->fd, .events = POLLIN };

	if (!input->reader || poll(&more, 1, 0))
		return goes_on(input->play);
	input->readable = false;
	loop_on(input->reader);
	while (!input->readable && turn(input->play))
		;
	loop_off(input->reader);
	return input->readable && !loop_stopped(input->play->loop);
}

static bool watch_input(struct play *play, struct input *input)
{
	struct stat st;

	input->play = play;
	unpack_set_wait(input->unpack, wait_for_input, input);
	if (fstat(input->fd, &st) || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return true;
	input->reader = loop_reader(play->loop, input->fd, LOOP_KEYS, on_readable, input);
	return input->reader;
}

static bool make_events(struct play *play, int fd)
{
	play->spool = spool_new(play->loop, fd, &spool_ops, play);
	play->timer = loop_timer(play->loop, on_time, play);
	return play->spool && play->timer && !loop_stop_on_signals(play->loop) &&
	       watch_input(play, &play->file) &&
	       (!play->timing.path || watch_input(play, &play->timing));
}

static int begin_and_show(struct play *play)
{
	int status = begin(play);

	if (!status && !play->ended)
		show_all(play);
	return status;
}

static int work(struct play *play)
{
	struct output out;
	int status = STATUS_FAILED;
	int sig = 0;

	play->loop = loop_new();
	if (!play->loop) {
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	output_open(&out, STDOUT_FILENO);
	shown_open(&play->shown, out.fd, play->raw);
	play->shown.filter.quiet = true;
	if (make_events(play, out.fd))
		status = begin_and_show(play);
	else
		msg_error("out of memory");
	if (loop_stopped(play->loop)) {
		/* This returns at once, with the signal if one stopped the loop. */
		sig = loop_run(play->loop);
		status = play->status;
	}
	loop_event_free(play->file.reader);
	loop_event_free(play->timing.reader);
	loop_event_free(play->timer);
	spool_free(play->spool);
	if (is_damaged(play))
		shown_break(&play->shown);
	shown_close(&play->shown);
	output_close(&out);
	loop_free(play->loop);
	return sig > 0 ? STATUS_SIGNAL + sig : status;
}

static int play_recording(struct play *play)
{
	int status;

	play->recording = recording_new(read_input, &play->file);
	if (!play->recording) {
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	if (play->timing.path)
		recording_set_timing(play->recording, read_input, &play->timing);
	status = work(play);
	if (!status)
		status = say_damage(play);
	recording_free(play->recording);
	return status;
}

static int play_file(struct play *play)
{
	int status = open_input(&play->file);

	if (!status && play->timing.path)
		status = open_input(&play->timing);
	if (!status)
		status = play_recording(play);
	close_input(&play->timing);
	close_input(&play->file);
	return status;
}

static int run(int argc, char **argv)
{
	enum { SPEED = 256, IDLE, TIMING, RAW };
	static const struct option options[] = {
		{ "speed", required_argument, NULL, SPEED },
		{ "idle-limit", required_argument, NULL, IDLE },
		{ "timing", required_argument, NULL, TIMING },
		{ "raw", no_argument, NULL, RAW },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct play play = { .speed = 1, .file.fd = -1, .timing.fd = -1 };
	uint64_t thousandths;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case SPEED:
			if (!human_parse_seconds(optarg, &thousandths))
				return cmd_usage(&cmd_play,
						 "--speed %s: not a number like 2 or 0.5", optarg);
			play.speed = (double)thousandths / 1000;
			break;
		case IDLE:
			if (!human_parse_seconds(optarg, &thousandths))
				return cmd_usage_seconds(&cmd_play, "--idle-limit", optarg);
			play.idle_ms = (double)thousandths;
			play.has_idle = true;
			break;
		case TIMING:
			if (!cmd_has_name(&cmd_play, "--timing", optarg))
				return STATUS_USAGE;
			play.timing.path = optarg;
			break;
		case RAW:
			play.raw = true;
			break;
		case 'h':
			return cmd_help(&cmd_play);
		default:
			return cmd_usage(&cmd_play, NULL);
		}
	}
	if (argc - optind == 2 && !play.timing.path)
		play.timing.path = argv[--argc];
	if (argc - optind != 1)
		return cmd_usage(&cmd_play, "give one file, and maybe the file of its times");
	play.file.path = argv[optind];
	if (!cmd_has_name(&cmd_play, "FILE", play.file.path) ||
	    (play.timing.path && !cmd_has_name(&cmd_play, "TIMINGFILE", play.timing.path)))
		return STATUS_USAGE;
	if (play.timing.path && !strcmp(play.timing.path, "-") && !strcmp(play.file.path, "-"))
		return cmd_usage(&cmd_play,
				 "standard input is the typescript or its times, not both");
	return play_file(&play);
}

const struct cmd cmd_play = {
	.name = "play",
	.args = "[--speed N] [--idle-limit S] [--timing FILE] [--raw] FILE [TIMINGFILE]",
	.summary = "show a recording (asciicast, typescript) as it was printed",
	.help = "\n"
		"FILE is an asciicast, version 1, 2 or 3, or a typescript of script(1), perhaps\n"
		"compressed by gzip or zstd; - is standard input. play leaves out what is damaged,\n"
		"shows U+FFFD for bytes that are not text, and reports this at the end. An event\n"
		"whose time goes back comes without a pause. A terminal gets only what is visible:\n"
		"characters, colours, cursor movement. It does not get what would query or configure\n"
		"it, and is left as it was.\n"
		"\n"
		"  --speed N        play N times as fast: 2, or 0.5\n"
		"  --idle-limit S   shorten longer pauses to S seconds of the recording; the default\n"
		"                   is the limit in the recording\n"
		"  --timing FILE    the times of a typescript, in either format of script(1); they\n"
		"                   may also be named after the typescript\n"
		"      --raw        send everything in the recording to the terminal\n",
	.run = run,
};
