// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "base/human.h"
#include "base/loop.h"
#include "base/msg.h"
#include "base/output.h"
#include "base/spool.h"
#include "text/vtscan.h"

/* Bytes of a line of the file, at most: what it becomes fits the spool. */
#define LINE_SIZE (SPOOL_LIMIT - VTSCAN_HELD)

/* As far as an event may be behind another, in milliseconds: ten years. */
#define MS_MAX (10.0 * 366 * 24 * 3600 * 1000)

struct play {
	struct loop *loop;
	const char *path;
	FILE *file;
	unsigned int line_number;
	double speed;
	uint64_t idle_ms; /* 0: no limit */
	int status;

	struct spool *spool;
	struct loop_event *timer;
	struct vtscan scan;
	bool terminal;
	bool ended;
	double last_ms; /* of the event before, in the file's time */
	json_t *event;	/* what comes next */
	char line[LINE_SIZE];
};

static void stop(struct play *play, int status)
{
	play->status = status;
	loop_stop(play->loop);
}

static int bad(const struct play *play, const char *why)
{
	msg_error("%s is no asciicast v2: line %u %s", play->path, play->line_number, why);
	return STATUS_FAILED;
}

/* The next line as JSON: NULL at the end, or with a status that is not 0. */
static json_t *next_line(struct play *play, int *status)
{
	json_t *json;
	size_t len;

	*status = STATUS_OK;
	do {
		play->line_number++;
		if (!fgets(play->line, sizeof(play->line), play->file)) {
			if (ferror(play->file)) {
				msg_error("cannot read %s: %s", play->path, strerror(errno));
				*status = STATUS_FAILED;
			}
			return NULL;
		}
		len = strlen(play->line);
	} while (play->line[strspn(play->line, " \r\n")] == '\0' && len && !feof(play->file));
	if (len == sizeof(play->line) - 1 && play->line[len - 1] != '\n') {
		*status = bad(play, "is longer than 64 KiB");
		return NULL;
	}
	json = json_loads(play->line, JSON_ALLOW_NUL, NULL);
	if (!json)
		*status = bad(play, "is not JSON");
	return json;
}

static int read_header(struct play *play)
{
	json_int_t version = 0;
	json_t *json;
	int status;

	json = next_line(play, &status);
	if (!json)
		return status ? status : bad(play, "is missing");
	if (json_unpack(json, "{s:I}", "version", &version) || version != 2)
		status = bad(play, "is not its header");
	json_decref(json);
	return status;
}

/* The next event of output; NULL as next_line(). */
static json_t *next_event(struct play *play, double *ms, int *status)
{
	const char *kind;
	json_t *json;
	json_t *data;

	while ((json = next_line(play, status))) {
		if (json_unpack(json, "[F, s, o]", ms, &kind, &data) || !json_is_string(data)) {
			*status = bad(play, "is no event");
		} else {
			*ms *= 1000;
			if (*ms >= play->last_ms && *ms - play->last_ms <= MS_MAX) {
				if (!strcmp(kind, "o"))
					return json;
				json_decref(json);
				continue;
			}
			*status = bad(play, "has a time that cannot be");
		}
		json_decref(json);
		return NULL;
	}
	return NULL;
}

static void prepare(struct play *play)
{
	double wait;
	double ms;
	int status;

	play->event = next_event(play, &ms, &status);
	if (!play->event) {
		play->ended = true;
		play->status = status;
		if (spool_empty(play->spool))
			stop(play, status);
		return;
	}
	wait = ms - play->last_ms;
	play->last_ms = ms;
	if (play->idle_ms && wait > (double)play->idle_ms)
		wait = (double)play->idle_ms;
	loop_timer_set(play->timer, (uint64_t)(wait / play->speed));
}

static void on_time(void *arg)
{
	struct play *play = arg;
	json_t *data = json_array_get(play->event, 2);
	const char *text = json_string_value(data);
	size_t len = json_string_length(data);
	unsigned char out[LINE_SIZE + VTSCAN_HELD];

	if (play->terminal) {
		len = vtscan_bytes(&play->scan, true, (const unsigned char *)text, len, out);
		spool_add(play->spool, out, len);
	} else {
		spool_add(play->spool, text, len);
	}
	json_decref(play->event);
	play->event = NULL;
	/* On a terminal that stands still so does the time. */
	if (!spool_full(play->spool))
		prepare(play);
}

static void drained(void *arg)
{
	struct play *play = arg;

	if (play->ended)
		stop(play, play->status);
	else if (!play->event)
		prepare(play);
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

/* What the recording has done to the terminal is undone. */
static void restore(const struct play *play)
{
	char undo[VTSCAN_UNDO_SIZE];

	vtscan_undo(&play->scan, undo);
	if (play->terminal && *undo)
		fputs(undo, stdout);
	fflush(stdout);
}

static int work(struct play *play)
{
	struct output out;
	int sig = 0;

	play->loop = loop_new();
	if (!play->loop) {
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	output_open(&out, STDOUT_FILENO);
	play->terminal = isatty(STDOUT_FILENO);
	vtscan_init(&play->scan);
	play->spool = spool_new(play->loop, out.fd, &spool_ops, play);
	play->timer = loop_timer(play->loop, on_time, play);
	if (!play->spool || !play->timer || loop_stop_on_signals(play->loop)) {
		msg_error("out of memory");
		play->status = STATUS_FAILED;
	} else {
		prepare(play);
		sig = loop_run(play->loop);
	}
	json_decref(play->event);
	loop_event_free(play->timer);
	spool_free(play->spool);
	output_close(&out);
	loop_free(play->loop);
	restore(play);
	if (sig > 0)
		return STATUS_SIGNAL + sig;
	return sig < 0 ? STATUS_FAILED : play->status;
}

static int play_file(struct play *play)
{
	int status;

	if (!strcmp(play->path, "-")) {
		play->path = "standard input";
		play->file = stdin;
	} else {
		play->file = fopen(play->path, "re");
	}
	if (!play->file) {
		msg_error("cannot open %s: %s", play->path, strerror(errno));
		return errno == EACCES ? STATUS_PERMISSION : STATUS_FAILED;
	}
	status = read_header(play);
	if (!status)
		status = work(play);
	if (play->file != stdin)
		fclose(play->file);
	return status;
}

static int run(int argc, char **argv)
{
	enum { SPEED = 256, IDLE };
	static const struct option options[] = {
		{ "speed", required_argument, NULL, SPEED },
		{ "idle-limit", required_argument, NULL, IDLE },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct play play = { .speed = 1 };
	uint64_t thousandths;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case SPEED:
			if (!human_parse_seconds(optarg, &thousandths))
				return cmd_usage(&cmd_play, "--speed %s: not as in 2 or 0.5",
						 optarg);
			play.speed = (double)thousandths / 1000;
			break;
		case IDLE:
			if (!human_parse_seconds(optarg, &play.idle_ms))
				return cmd_usage(&cmd_play,
						 "--idle-limit %s: not a number of seconds",
						 optarg);
			break;
		case 'h':
			return cmd_help(&cmd_play);
		default:
			return cmd_usage(&cmd_play, NULL);
		}
	}
	if (argc - optind != 1)
		return cmd_usage(&cmd_play, "give one file");
	play.path = argv[optind];
	return play_file(&play);
}

const struct cmd cmd_play = {
	.name = "play",
	.args = "[--speed N] [--idle-limit S] FILE",
	.summary = "show a recording (asciicast v2) as it was printed",
	.help = "\n"
		"FILE is - for standard input. On a terminal sequences that would have it answer\n"
		"are left out, and what the recording changed of it is undone at the end.\n"
		"\n"
		"  --speed N        N times as fast: 2, or 0.5\n"
		"  --idle-limit S   no pause is longer than S seconds of the recording\n",
	.run = run,
};
