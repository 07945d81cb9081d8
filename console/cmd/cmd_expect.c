// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/expecting.h"
#include "cmd/limit.h"
#include "base/human.h"
#include "base/msg.h"

struct request {
	struct expecting_options opts;
	struct expect_script script;
	bool has_from;
	const char *path; /* of a script */
	const char *text; /* to send */
	bool enter;
};

static int no_memory(void)
{
	msg_error("out of memory");
	return STATUS_FAILED;
}

/* The command line is a script of one wait, which this begins with --send and --enter. */
static int add_send(struct request *request)
{
	size_t len = request->text ? strlen(request->text) : 0;
	char *text;
	bool added;

	if (!request->text && !request->enter)
		return STATUS_OK;
	text = malloc(len + 2);
	if (!text)
		return no_memory();
	memcpy(text, request->text ? request->text : "", len);
	if (request->enter)
		text[len++] = '\r';
	added = expect_script_add(&request->script, EXPECT_ACT_SEND, text, len);
	free(text);
	return added ? STATUS_OK : no_memory();
}

static int add_patterns(struct request *request, char **patterns, size_t count)
{
	struct expect *expect = expect_new(request->opts.of);
	int status = expect ? STATUS_OK : no_memory();
	char error[256];

	for (size_t i = 0; !status && i < count; i++) {
		if (expect_pattern(expect, patterns[i], error, sizeof(error)))
			status = cmd_usage(&cmd_expect, "pattern %zu, '%.100s': %s", i + 1,
					   patterns[i], error);
		else if (!expect_script_add(&request->script, i ? EXPECT_ACT_OR : EXPECT_ACT_LOOK,
					    patterns[i], strlen(patterns[i])))
			status = no_memory();
	}
	expect_free(expect);
	return status;
}

/* Reads the file, up to one byte more than allowed. Returns its length or a negative errno. */
static ssize_t read_file(int fd, char *text, int64_t until)
{
	size_t len = 0;
	ssize_t n;

	while (len <= EXPECT_SCRIPT_MAX) {
		/* The writer of a pipe may take its time. */
		if (!limit_wait_readable(until, fd))
			return -ETIMEDOUT;
		n = read(fd, text + len, EXPECT_SCRIPT_MAX + 1 - len);
		if (!n)
			break;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		len += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)len;
}

static int parse_script(struct request *request, const char *text, size_t len)
{
	char why[1024];
	size_t line;

	if (len > EXPECT_SCRIPT_MAX) {
		msg_error("%s is longer than %d bytes: it is not a script", request->script.name,
			  EXPECT_SCRIPT_MAX);
		return STATUS_USAGE;
	}
	if (expect_script_parse(&request->script, text, len, request->opts.of == EXPECT_TEXT, &line,
				why, sizeof(why)))
		return STATUS_OK;
	msg_error("%s:%zu: %s", request->script.name, line, why);
	msg_more("Nothing was done.");
	return STATUS_USAGE;
}

static int read_script(struct request *request)
{
	bool input = !strcmp(request->path, "-");
	char *text = malloc(EXPECT_SCRIPT_MAX + 1);
	int status = STATUS_FAILED;
	ssize_t len = -ENOMEM;
	int fd;

	request->script.name = input ? "standard input" : request->path;
	fd = input ? STDIN_FILENO
		   : open(request->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (text)
		len = fd < 0 ? -errno : read_file(fd, text, request->opts.until);
	if (fd > STDIN_FILENO)
		close(fd);
	if (len >= 0) {
		status = parse_script(request, text, (size_t)len);
	} else if (len == -ETIMEDOUT) {
		msg_error("the script %s did not come in time", request->script.name);
		status = STATUS_TIMEOUT;
	} else {
		msg_error("cannot read the script %s: %s", request->script.name,
			  strerror((int)-len));
		if (len == -EACCES)
			status = STATUS_PERMISSION;
	}
	free(text);
	return status;
}

static int prepare(struct request *request, char **words, size_t count)
{
	bool sends = request->text || request->enter;
	int status;

	if (request->opts.cursor && request->has_from)
		return cmd_usage(&cmd_expect, "--from and --cursor do not go together");
	if (request->opts.cursor && !*request->opts.cursor)
		return cmd_usage(
			&cmd_expect,
			"--cursor: the name of the file is empty: give one, like ./web1.cursor");
	if (request->path && !*request->path)
		return cmd_usage(&cmd_expect,
				 "--script: the name of the file is empty: give one, or "
				 "- for standard input");
	if (request->path && sends)
		return cmd_usage(
			&cmd_expect,
			"--send and --enter do not go with --script: the script says what to send");
	if (request->path && count != 1)
		return cmd_usage(&cmd_expect,
				 count ? "--script FILE goes with one guest and no pattern"
				       : "which guest?");
	if (!request->path && count < 2)
		return cmd_usage(&cmd_expect, "give a guest and a pattern");
	if (!request->has_from)
		request->opts.from = sends ? EXPECTING_FROM_NOW : EXPECTING_FROM_START;
	request->opts.keeps = !request->path && (request->has_from || request->opts.cursor);
	if (request->path)
		return read_script(request);
	status = add_send(request);
	return status ? status : add_patterns(request, words + 1, count - 1);
}

static bool parse_from(struct request *request, const char *text)
{
	request->has_from = true;
	request->opts.from = EXPECTING_FROM_POSITION;
	if (!strcmp(text, "now"))
		request->opts.from = EXPECTING_FROM_NOW;
	else if (!strcmp(text, "start"))
		request->opts.from = EXPECTING_FROM_START;
	else
		return human_parse(text, 0, INT64_MAX, &request->opts.pos);
	return true;
}

/* Returns a status, or a negative number: the other words are from optind on. */
static int parse_options(struct request *request, int argc, char **argv)
{
	enum { TIMEOUT = 256, FROM, CURSOR, SEND, ENTER, TAKE, SCRIPT, BYTES, JSON };
	static const struct option options[] = {
		{ "timeout", required_argument, NULL, TIMEOUT },
		{ "from", required_argument, NULL, FROM },
		{ "cursor", required_argument, NULL, CURSOR },
		{ "send", required_argument, NULL, SEND },
		{ "enter", no_argument, NULL, ENTER },
		{ "take", no_argument, NULL, TAKE },
		{ "script", required_argument, NULL, SCRIPT },
		{ "bytes", no_argument, NULL, BYTES },
		{ "json", no_argument, NULL, JSON },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct expecting_options *opts = &request->opts;
	uint64_t ms;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case TIMEOUT:
			if (!human_parse_seconds(optarg, &ms))
				return cmd_usage_seconds(&cmd_expect, "--timeout", optarg);
			opts->until = limit_begin(ms);
			break;
		case FROM:
			if (!parse_from(request, optarg))
				return cmd_usage(&cmd_expect,
						 "--from %s: not now, start or a position", optarg);
			break;
		case CURSOR:
			opts->cursor = optarg;
			break;
		case SEND:
			request->text = optarg;
			break;
		case ENTER:
			request->enter = true;
			break;
		case TAKE:
			opts->take = true;
			break;
		case SCRIPT:
			request->path = optarg;
			break;
		case BYTES:
			opts->of = EXPECT_BYTES;
			break;
		case JSON:
			opts->json = true;
			break;
		case 'h':
			return cmd_help(&cmd_expect);
		default:
			msg_more("a pattern that begins with a dash goes after --");
			return cmd_usage(&cmd_expect, NULL);
		}
	}
	return -1;
}

static int run(int argc, char **argv)
{
	struct request request = { .opts.of = EXPECT_TEXT };
	int status = parse_options(&request, argc, argv);

	if (status >= 0)
		return status;
	request.opts.script = &request.script;
	status = prepare(&request, argv + optind, (size_t)(argc - optind));
	if (!status && request.opts.take && !expect_script_sends(&request.script))
		status = cmd_usage(&cmd_expect, "--take goes with --send, --enter or a script that "
						"sends: nothing else needs the input");
	if (!status)
		status = expecting(&request.opts, argv[optind]);
	expect_script_free(&request.script);
	return status;
}

const struct cmd cmd_expect = {
	.name = "expect",
	.args = "[--timeout S] [--from WHERE | --cursor FILE] [--bytes] [--json] [--take] [--send TEXT] [--enter] GUEST REGEX... | --script FILE GUEST",
	.summary = "wait until a guest prints something, and answer",
	.help = "\n"
		"Waits until what the guest prints matches one of the regular expressions (PCRE2),\n"
		"and prints the match. The exit status says which one matched: 0 for the first, 22\n"
		"for the second, 23 for the third and so on; it is 11 if the time is over, 7 if the\n"
		"guest is gone. Patterns see the text that a person would see: without escape\n"
		"sequences, and with corrections made. ^ and $ match at the ends of lines; $ also\n"
		"matches at the end of the output whenever the guest pauses, and before a message of\n"
		"its kernel that came in between: 'login: $' is a prompt. A match has 1 to 65536\n"
		"bytes.\n"
		"\n"
		"  --timeout S     give up after S seconds; also wait this long for a guest that is\n"
		"                  not there yet\n"
		"  --from WHERE    where to begin: start (of the history, the default), now (with\n"
		"                  what comes), or a position: bytes since the attach\n"
		"  --cursor FILE   begin after the match of the last command that used FILE, or at\n"
		"                  the start if there is no FILE yet: nothing is missed between two\n"
		"                  commands. Without a match FILE stays as it is\n"
		"  --send TEXT     type TEXT first, and search only what comes after it, unless it\n"
		"                  goes with --from or --cursor\n"
		"  --enter         send the Enter key (carriage return) after TEXT, or alone\n"
		"  --take          take the input from its holder until the command ends\n"
		"  --script FILE   run the script in FILE, or on standard input if FILE is -, which\n"
		"                  may send and expect several times; see kpl011(1)\n"
		"  --bytes         patterns see the bytes as they are: escapes, \\r\\n, no UTF-8\n"
		"  --json          print the match as an object: pattern, text, groups, where, when;\n"
		"                  without a match the pattern is null. \"end\" is for --from\n",
	.run = run,
	.hosts = CMD_HERE,
};
