// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/cmd.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/msg.h"

#define STATUS_ROW(name, number, text) { number, text },

static const struct {
	int number;
	const char *text;
} status_rows[] = { STATUS_LIST(STATUS_ROW) };

void cmd_print_status(void)
{
	printf("Exit codes:\n");
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

int cmd_usage(const struct cmd *cmd, const char *fmt, ...)
{
	char text[512];
	va_list ap;

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

int cmd_flush(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	msg_error("cannot write to standard output: %s", strerror(errno));
	return status ? status : STATUS_FAILED;
}
