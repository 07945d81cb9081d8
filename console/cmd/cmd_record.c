// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "guests/guests.h"
#include "guests/pick.h"
#include "base/human.h"
#include "base/json_io.h"
#include "base/json_text.h"
#include "base/loop.h"
#include "base/msg.h"
#include "base/output.h"
#include "base/spool.h"
#include "base/utf8.h"
#include "source/lineread.h"
#include "source/words.h"
#include "text/when.h"

/* Pieces per turn of the loop. */
#define TURN 256

/* The default size of the terminal. */
#define COLUMNS 80
#define ROWS 24

struct record {
	struct loop *loop;
	struct source *src;
	struct source_facts facts;
	char label[SOURCE_NAME_SIZE];
	const char *path; /* NULL: standard output */
	bool kept;
	uint64_t columns;
	uint64_t rows;
	int status;

	struct lineread *read;
	struct spool *spool;
	struct loop_event *reader;
	int64_t start; /* the time of the first byte */
	int64_t last;
	bool begun;
	bool ended;
	size_t held_len; /* of the beginning of a character, whose rest is to come */
	unsigned char held[UTF8_MAX];
};

static void stop(struct record *record, int status)
{
	record->status = status;
	loop_stop(record->loop);
}

/* Enough for microseconds of thirty years, and too few to show rounding of a double. */
#define DIGITS 15

/* Writes a line of the file. Takes @json. */
static void put(struct record *record, json_t *json)
{
	size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(DIGITS);
	char *text;

	if (!record->path)
		flags |= json_flags_for(STDOUT_FILENO);
	text = json ? json_dumps(json, flags) : NULL;
	json_decref(json);
	if (!text) {
		msg_error("out of memory");
		stop(record, STATUS_FAILED);
		return;
	}
	spool_add(record->spool, text, strlen(text));
	spool_add(record->spool, "\n", 1);
	free(text);
}

static void put_header(struct record *record)
{
	int64_t ago = when_now() - record->start;

	put(record,
	    json_pack("{s:i, s:I, s:I, s:I, s:s}", "version", 2, "width",
		      (json_int_t)record->columns, "height", (json_int_t)record->rows, "timestamp",
		      (json_int_t)((when_real_now() - ago) / 1000000000), "title", record->label));
	record->begun = true;
}

/* Bytes whose time is not known (0) have the time of those before them; no time goes back. */
static void put_event(struct record *record, int64_t ns, const unsigned char *bytes, size_t len)
{
	if (ns && (!record->last || ns > record->last))
		record->last = ns;
	if (!record->begun) {
		if (!record->last)
			record->last = record->facts.attach_ns;
		record->start = record->last;
		put_header(record);
	}
	if (len)
		put(record, json_pack("[f, s, o]",
				      (double)((record->last - record->start) / 1000) / 1000000.0,
				      "o", json_text(bytes, len)));
}

/* How many bytes at the end are the beginning of an incomplete character. */
static size_t unfinished(const unsigned char *bytes, size_t len)
{
	for (size_t n = 1; n <= len && n < UTF8_MAX; n++)
		if (bytes[len - n] >= 0xc0)
			return utf8_check(bytes + len - n, n) < 0 ? n : 0;
	return 0;
}

static void take(struct record *record, const struct lineread_piece *piece)
{
	unsigned char text[UTF8_MAX + LINEREAD_MAX];
	size_t len = record->held_len + piece->len;

	memcpy(text, record->held, record->held_len);
	memcpy(text + record->held_len, piece->bytes, piece->len);
	record->held_len = unfinished(text, len);
	len -= record->held_len;
	memcpy(record->held, text + len, record->held_len);
	put_event(record, piece->ns, text, len);
}

static void end(struct record *record)
{
	char text[SOURCE_ENDED_SIZE];

	put_event(record, 0, record->held, record->held_len);
	record->held_len = 0;
	record->ended = true;
	if (!record->kept)
		msg_error("%s", source_ended(record->src, record->label, text));
}

static void go_on(void *arg)
{
	struct record *record = arg;
	char text[SOURCE_BLOCKED_SIZE];
	struct lineread_piece piece;
	int err;

	loop_off(record->reader);
	/* The next turn comes when what waits has been written. */
	for (int i = 0; i < TURN && !spool_full(record->spool) && !record->ended; i++) {
		switch (lineread_next(record->read, true, &piece)) {
		case LINEREAD_PIECE:
			take(record, &piece);
			break;
		case LINEREAD_SKIPPED:
			msg_error("skipped %" PRIu64 " bytes of %s: they are no longer kept",
				  piece.skipped, record->label);
			break;
		case LINEREAD_BEGINS:
			break;
		case LINEREAD_WAIT:
			if (source_blocked_news(record->src, &err))
				msg_error("%s", source_blocked_text(record->label, err, text));
			loop_on(record->reader);
			return;
		case LINEREAD_END:
			end(record);
			break;
		case LINEREAD_FAILED:
			msg_error("cannot read the output of %s: %s", record->label,
				  strerror(-piece.err));
			stop(record, STATUS_FAILED);
			return;
		}
	}
	if (!spool_empty(record->spool))
		return;
	if (record->ended)
		stop(record, STATUS_OK);
	else
		loop_on(record->reader);
}

static void failed(int err, void *arg)
{
	struct record *record = arg;

	if (err == -EPIPE && !record->path) {
		stop(record, STATUS_SIGNAL + SIGPIPE);
		return;
	}
	msg_error("cannot write %s: %s", record->path ? record->path : "to standard output",
		  strerror(-err));
	stop(record, STATUS_FAILED);
}

static const struct spool_ops spool_ops = {
	.drained = go_on,
	.failed = failed,
};

static int work(struct record *record, int fd)
{
	uint64_t until = record->kept ? record->facts.tx_newest : UINT64_MAX;
	int sig = 0;

	record->loop = loop_new();
	if (!record->loop) {
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	record->read = lineread_new(record->src, record->facts.tx_oldest, until, LINEREAD_TIMES);
	record->spool = spool_new(record->loop, fd, &spool_ops, record);
	record->reader = loop_reader(record->loop, record->src->fd, LOOP_DATA, go_on, record);
	if (!record->read || !record->spool || !record->reader ||
	    source_join(record->src, record->loop) || loop_stop_on_signals(record->loop)) {
		msg_error("out of memory");
		record->status = STATUS_FAILED;
	} else {
		go_on(record);
		sig = loop_run(record->loop);
	}
	source_leave(record->src);
	loop_event_free(record->reader);
	spool_free(record->spool);
	lineread_free(record->read);
	loop_free(record->loop);
	return status_after(sig, record->status);
}

/*
 * After a failure, keeps what was recorded, which nobody can record again, up to the last whole
 * line. Removes a file without one, unless another file has taken its name.
 */
static void cut_to_lines(const struct record *record, int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	struct stat named;
	struct stat st;
	char last = '\0';

	while (size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n')
		size--;
	if (size < 0 || ftruncate(fd, size))
		return;
	if (!size && !fstat(fd, &st) && !lstat(record->path, &named) && named.st_ino == st.st_ino &&
	    named.st_dev == st.st_dev)
		unlink(record->path);
}

/*
 * Network file systems may report an error of writing only when the file is closed. A copy of the
 * descriptor stays open, to cut the file after that.
 */
static int close_file(const struct record *record, int fd, int status)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (close(fd)) {
		msg_error("cannot write %s: %s", record->path, strerror(errno));
		if (!status)
			status = STATUS_FAILED;
	}
	if (status)
		cut_to_lines(record, copy);
	if (copy >= 0)
		close(copy);
	return status;
}

static int to_file(struct record *record)
{
	struct output out;
	int status;
	int fd;

	if (record->path) {
		/* Never overwrite a recording: nobody can record it again. */
		fd = open(record->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
		if (fd < 0) {
			int err = errno;

			msg_error("cannot make %s: %s", record->path, strerror(err));
			if (err == EEXIST)
				msg_more("No file is overwritten: give the name of a new one.");
			return err == EACCES ? STATUS_PERMISSION : STATUS_FAILED;
		}
		return close_file(record, fd, work(record, fd));
	}
	output_open(&out, STDOUT_FILENO);
	status = work(record, out.fd);
	output_close(&out);
	return status;
}

/* Parses a size such as "80x24". */
static bool parse_size(const char *text, struct record *record)
{
	return human_digits(&text, 4, &record->columns) && *text++ == 'x' &&
	       human_digits(&text, 4, &record->rows) && !*text && record->columns && record->rows;
}

static int run(int argc, char **argv)
{
	enum { KEPT = 256, SIZE };
	static const struct option options[] = {
		{ "kept", no_argument, NULL, KEPT },
		{ "size", required_argument, NULL, SIZE },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct record record = { .columns = COLUMNS, .rows = ROWS };
	int status;
	int err;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case KEPT:
			record.kept = true;
			break;
		case SIZE:
			if (!parse_size(optarg, &record))
				return cmd_usage(&cmd_record, "--size %s: not a size like 80x24",
						 optarg);
			break;
		case 'h':
			return cmd_help(&cmd_record);
		default:
			return cmd_usage(&cmd_record, NULL);
		}
	}
	if (argc - optind < 1 || argc - optind > 2)
		return cmd_usage(&cmd_record, "give a guest, and perhaps a file");
	if (argc - optind == 2 && strcmp(argv[optind + 1], "-")) {
		record.path = argv[optind + 1];
		if (!cmd_has_name(&cmd_record, "FILE", record.path))
			return STATUS_USAGE;
	}
	status = pick_open(argv[optind], PICK_READ, &record.src, &record.facts);
	if (status)
		return status;
	guests_label(&record.facts, record.label);
	if (record.kept)
		status = pick_need_past(record.src, &record.facts, "--kept", "record without it");
	if (status) {
		source_close(record.src);
		return status;
	}
	err = source_seek(record.src, record.facts.tx_oldest);
	if (err) {
		msg_error("cannot read the output of %s: %s", record.label, strerror(-err));
		status = STATUS_FAILED;
	} else {
		status = to_file(&record);
	}
	source_close(record.src);
	return status;
}

const struct cmd cmd_record = {
	.name = "record",
	.args = "[--kept] [--size COLUMNSxROWS] GUEST [FILE]",
	.summary = "write what a guest prints, with its times, as an asciicast",
	.help = "\n"
		"The recording begins with the history, with the times at which it was printed, and\n"
		"continues until the VM is gone or the command is interrupted. FILE must be new; the\n"
		"default, and -, is standard output. 'kpl011 play', asciinema and others show an\n"
		"asciicast v2. It holds text: a byte that is not UTF-8 becomes U+FFFD.\n"
		"\n"
		"  --kept       record only the history that there is now\n"
		"  --size CxR   size of the terminal that the recording is for (80x24)\n",
	.run = run,
	.hosts = CMD_HERE,
};
