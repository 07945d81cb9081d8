// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/human.h"
#include "base/msg.h"
#include "base/unescape.h"
#include "cmd/cmd.h"
#include "cmd/limit.h"
#include "cmd/send.h"
#include "guests/guests.h"
#include "guests/pick.h"

/* The words with a blank between them, as echo prints them. NULL: no memory. */
static char *join(char **words, int count)
{
	size_t size = 1;
	char *text;
	char *at;

	for (int i = 0; i < count; i++)
		size += strlen(words[i]) + 1;
	text = malloc(size);
	if (!text)
		return NULL;
	at = text;
	for (int i = 0; i < count; i++)
		at += sprintf(at, "%s%s", i ? " " : "", words[i]);
	*at = '\0';
	return text;
}

/* Finds out what to send from the words after the guest. @text: "--" came before them. */
static int prepare(struct send_request *send, char **words, int count, bool text, bool many,
		   bool escapes)
{
	bool input = !text && count == 1 && !strcmp(words[0], "-");
	char last = 0;
	int what;

	what = !!send->path + (count > 0) + send->send_break + !!send->sysrq;
	if (what > 1)
		return cmd_usage(&cmd_send,
				 "one thing at a time: a text, --file, --break or --sysrq");
	if (!what && !send->enter)
		return cmd_usage(&cmd_send, "nothing to send");
	if (send->enter && (send->send_break || send->sysrq))
		return cmd_usage(&cmd_send, "--enter goes with a text or a file");
	if (many && (input || send->path))
		return cmd_usage(&cmd_send, "--all-matching goes with a text, a break or a key");
	if (escapes && (!count || input))
		return cmd_usage(&cmd_send, "--escapes goes with a text");
	if ((send->cr || pace_wanted(&send->pace)) && (send->send_break || send->sysrq))
		return cmd_usage(&cmd_send,
				 "--cr, --delay-* and --wait-for go with a text or a file");

	if (input || (send->path && !strcmp(send->path, "-"))) {
		send->path = "standard input";
		send->fd = STDIN_FILENO;
	} else if (count) {
		send->text = join(words, count);
		if (!send->text) {
			msg_error("out of memory");
			return STATUS_FAILED;
		}
		send->text_len = strlen(send->text);
		if (escapes && !unescape(send->text, &send->text_len))
			return cmd_usage(&cmd_send, "the text has an escape that C does not have");
		if (send->cr)
			send->text_len = send_as_typed(send->text, send->text_len, &last);
	} else if (send->path) {
		/* The writer of a pipe may come later: the loop waits for it as for the rest. */
		send->fd = open(send->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		if (send->fd < 0) {
			msg_error("cannot open %s: %s", send->path, strerror(errno));
			return errno == EACCES ? STATUS_PERMISSION : STATUS_FAILED;
		}
	}
	return STATUS_OK;
}

/* Sends to all live guests that match, each by its number, which no other guest has. */
static int to_all(const struct send_request *send, char *const *spec)
{
	struct guests guests;
	int result;

	limit_begin(send->timeout_ms);
	result = pick_guests(&guests, spec, 1, MATCH_LIVE, true);
	if (result)
		return result;
	for (size_t i = 0; i < guests.count && result < STATUS_SIGNAL; i++) {
		char number[SOURCE_NAME_SIZE + 16];
		char label[SOURCE_NAME_SIZE];
		int status;

		guests_number(&guests.all[i], number);
		status = send_to(send, number, label);
		if (status)
			result = status;
		else
			printf("%s: sent (port %s)\n", label, number);
	}
	guests_free(&guests);
	return cmd_flush(result);
}

/* Whether it is one of these options in full: an abbreviation could be the text's beginning. */
static bool is_option(const char *word, const struct option *options)
{
	size_t len = strcspn(word, "=");

	if (strncmp(word, "--", 2) != 0 || len == 2)
		return false;
	for (; options->name; options++)
		if (strlen(options->name) == len - 2 && !memcmp(options->name, word + 2, len - 2))
			return true;
	return false;
}

/*
 * Returns the next option, which is before the guest or right after it. From the first word of the
 * text on nothing is an option: in "send web1 df -h" the -h belongs to df. -1: there are no more
 * options, and what to send is at optind. @guest: NULL until the guest is found; @text: set at
 * "--".
 */
static int next_option(int argc, char **argv, const struct option *options, char **guest,
		       bool *text)
{
	if (!*guest) {
		int before = optind;
		int c = getopt_long(argc, argv, "+h", options, NULL);

		if (c != -1 || optind == argc)
			return c;
		/* getopt_long() has skipped any "--" before the guest: that ends the options. */
		*text = optind > before;
		*guest = argv[optind++];
	}
	/* Before the first word, "--" is not sent; after it, it is part of the text. */
	if (optind < argc && !strcmp(argv[optind], "--")) {
		*text = true;
		optind++;
	}
	if (*text || optind == argc || !is_option(argv[optind], options))
		return -1;
	return getopt_long(argc, argv, "+h", options, NULL);
}

/* Parses seconds, or 0. */
static bool parse_delay(const char *text, uint64_t *ms)
{
	*ms = 0;
	return !strcmp(text, "0") || human_parse_seconds(text, ms);
}

enum { FILE_ = 256, ENTER, BREAK, SYSRQ, ESCAPES, CR, TAKE, CHAR, LINE, WAIT_FOR, TIMEOUT, ALL };

/* Handles an option that has an argument. Returns a status. */
static int set(struct send_request *send, int option, const char *arg)
{
	char error[256];

	switch (option) {
	case FILE_:
		if (!cmd_has_name(&cmd_send, "--file", arg))
			return STATUS_USAGE;
		send->path = arg;
		break;
	case SYSRQ:
		if (arg[0] <= ' ' || arg[0] > '~' || arg[1])
			return cmd_usage(&cmd_send, "--sysrq %s: not one key", arg);
		send->sysrq = arg[0];
		break;
	case CHAR:
		if (!parse_delay(arg, &send->pace.char_ms))
			return cmd_usage(&cmd_send, "--delay-char %s: not a number of seconds",
					 arg);
		break;
	case LINE:
		if (!parse_delay(arg, &send->pace.line_ms))
			return cmd_usage(&cmd_send, "--delay-line %s: not a number of seconds",
					 arg);
		break;
	case WAIT_FOR:
		send->pace.wait_for = arg;
		if (pace_check(&send->pace, error, sizeof(error)))
			return cmd_usage(&cmd_send, "--wait-for %.100s: %s", arg, error);
		break;
	case TIMEOUT:
		if (!human_parse_seconds(arg, &send->timeout_ms))
			return cmd_usage_seconds(&cmd_send, "--timeout", arg);
		break;
	}
	return STATUS_OK;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "file", required_argument, NULL, FILE_ },
		{ "enter", no_argument, NULL, ENTER },
		{ "break", no_argument, NULL, BREAK },
		{ "sysrq", required_argument, NULL, SYSRQ },
		{ "escapes", no_argument, NULL, ESCAPES },
		{ "cr", no_argument, NULL, CR },
		{ "take", no_argument, NULL, TAKE },
		{ "delay-char", required_argument, NULL, CHAR },
		{ "delay-line", required_argument, NULL, LINE },
		{ "wait-for", required_argument, NULL, WAIT_FOR },
		{ "timeout", required_argument, NULL, TIMEOUT },
		{ "all-matching", no_argument, NULL, ALL },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct send_request send = { .fd = -1 };
	char label[SOURCE_NAME_SIZE];
	char *guest = NULL;
	bool escapes = false;
	bool many = false;
	bool text = false;
	int status = STATUS_OK;
	int c;

	while (!status && (c = next_option(argc, argv, options, &guest, &text)) != -1) {
		switch (c) {
		case ENTER:
			send.enter = true;
			break;
		case BREAK:
			send.send_break = true;
			break;
		case ESCAPES:
			escapes = true;
			break;
		case CR:
			send.cr = true;
			break;
		case TAKE:
			send.take = true;
			break;
		case ALL:
			many = true;
			break;
		case 'h':
			return cmd_help(&cmd_send);
		case '?':
			return cmd_usage(&cmd_send, NULL);
		default:
			status = set(&send, c, optarg);
			break;
		}
	}
	if (status)
		return status;
	if (!guest)
		return cmd_usage(&cmd_send, "which guest?");
	send.waits = !many;
	status = prepare(&send, argv + optind, argc - optind, text, many, escapes);
	if (!status)
		status = many ? to_all(&send, &guest) : send_to(&send, guest, label);
	free(send.text);
	if (send.fd > STDIN_FILENO)
		close(send.fd);
	return status;
}

const struct cmd cmd_send = {
	.name = "send",
	.args = "[--enter] [--cr] [--escapes] [--take] [--delay-char S] [--delay-line S] [--wait-for RE] [--timeout S] [--all-matching] GUEST TEXT... | --file F | - | --break | --sysrq KEY",
	.summary = "type a text or a file into a guest, or send a break",
	.help = "\n"
		"Ends when the guest's port has taken everything; it drops nothing, however slow the\n"
		"guest is. With --timeout it also waits until the guest has read everything; without,\n"
		"it reports what the guest has not read half a second later. Words are sent with a\n"
		"blank between them and without a newline. Options end with the first word of the\n"
		"text, as in 'send web1 df -h'. A text that begins with one of the options below goes\n"
		"after '--', which is not sent; after the first word, '--' is a word like others.\n"
		"\n"
		"  -, --file F     send standard input, or a file of any size, as it is\n"
		"  --enter         send the Enter key (carriage return) after it, or alone\n"
		"  --cr            end each line of it with the Enter key, too\n"
		"  --escapes       replace the escapes of C in the text: \\n \\t \\e \\x1b \\033 ...\n"
		"  --break         send a break\n"
		"  --sysrq KEY     send a break and KEY: a Linux guest's magic SysRq\n"
		"  --take          take the input from its holder until the command ends\n"
		"  --delay-char S  pause S seconds (0.01) after each character that was read\n"
		"  --delay-line S  pause S seconds after each line\n"
		"  --wait-for RE   wait after each line, including the last one, until the guest\n"
		"                  prints a match of the regular expression, such as '=> $', the\n"
		"                  prompt of a boot loader\n"
		"  --timeout S     give up after S seconds, and say what was not taken; also wait\n"
		"                  this long for a guest that is not there yet\n"
		"  --all-matching  send to each live guest that the pattern GUEST matches, one after\n"
		"                  another, and print a line for each\n",
	.run = run,
	.hosts = CMD_HERE,
};
