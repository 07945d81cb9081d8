// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/cmd.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json_io.h"
#include "base/msg.h"

#define STATUS_ROW(name, number, text) { number, text },

static const struct {
	int number;
	const char *text;
} status_rows[] = { STATUS_LIST(STATUS_ROW) };

void cmd_print_status(void)
{
	printf("Exit status:\n");
	for (size_t i = 0; i < sizeof(status_rows) / sizeof(status_rows[0]); i++)
		printf("  %-4d %s\n", status_rows[i].number, status_rows[i].text);
	printf("  20+N expect found pattern N, from the second on\n");
	printf("  128+N ended by signal N\n");
}

int cmd_help(const struct cmd *cmd)
{
	printf("Usage: kpl011 %s %s\n\n%s\n%s\n", cmd->name, cmd->args, cmd->summary, cmd->help);
	cmd_print_status();
	return cmd_flush(STATUS_OK);
}

static bool option_refused;

int cmd_usage(const struct cmd *cmd, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	option_refused = !fmt;
	if (fmt) {
		va_start(ap, fmt);
		vsnprintf(text, sizeof(text), fmt, ap);
		va_end(ap);
		msg_error("%s: %s", cmd->name, text);
	}
	msg_more("usage: kpl011 %s %s", cmd->name, cmd->args);
	msg_more("more:  kpl011 %s --help", cmd->name);
	return STATUS_USAGE;
}

bool cmd_option_refused(void)
{
	return option_refused;
}

bool cmd_has_name(const struct cmd *cmd, const char *option, const char *text)
{
	if (*text)
		return true;
	cmd_usage(cmd, "%s is empty: give a name", option);
	return false;
}

int cmd_usage_seconds(const struct cmd *cmd, const char *option, const char *text)
{
	if (text[0] && text[0] != '.' && strspn(text, "0.") == strlen(text))
		return cmd_usage(
			cmd, "%s %s: not a number of seconds above 0; without %s there is no limit",
			option, text, option);
	return cmd_usage(cmd, "%s %s: not a number of seconds like 5 or 0.5", option, text);
}

bool cmd_takes_word(const struct cmd *cmd, const char *word)
{
	size_t len = strlen(word);

	if (len < 3 || strncmp(word, "--", 2) != 0)
		return false;
	/* getopt_long() accepts any beginning of an option's name. */
	for (const struct option *known = cmd->options; known && known->name; known++)
		if (!strncmp(known->name, word + 2, len - 2))
			return known->has_arg == required_argument;
	return false;
}

int cmd_one_option(const struct cmd *cmd, int argc, char **argv, const char *name, bool *given)
{
	const struct option options[] = {
		{ name, no_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			*given = true;
			break;
		case 'h':
			return cmd_help(cmd);
		default:
			return cmd_usage(cmd, NULL);
		}
	}
	return -1;
}

int cmd_flush(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	msg_error("cannot write to standard output: %s", strerror(errno));
	return status ? status : STATUS_FAILED;
}

enum status cmd_unsent(int err)
{
	if (err == -EACCES || err == -EPERM)
		return STATUS_PERMISSION;
	return err == -ENODEV ? STATUS_GONE : STATUS_FAILED;
}

void cmd_json_add(json_t **array, json_t *json)
{
	if (json_array_append_new(*array, json)) {
		json_decref(*array);
		*array = NULL;
	}
}

int cmd_print_json(json_t *json, size_t flags, const char *what, int status)
{
	flags |= json_flags_for(STDOUT_FILENO);
	if (!json || json_dumpf(json, stdout, flags) || putchar('\n') == EOF) {
		msg_error("cannot write %s as JSON", what);
		status = STATUS_FAILED;
	}
	json_decref(json);
	return cmd_flush(status);
}
