// SPDX-License-Identifier: GPL-2.0-only
/*
 * kpl011: the consoles of KVM guests whose UART is in the kernel.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/complete.h"
#include "base/msg.h"
#include "source/origin.h"

static const struct cmd *const commands[] = {
	&cmd_attach, &cmd_console, &cmd_detach, &cmd_doctor, &cmd_expect, &cmd_info,  &cmd_list,
	&cmd_log,    &cmd_play,	   &cmd_pty,	&cmd_reap,   &cmd_record, &cmd_reset, &cmd_run,
	&cmd_screen, &cmd_send,	   &cmd_state,	&cmd_top,    &cmd_trace,  &cmd_watch,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(void)
{
	printf("Usage: kpl011 COMMAND [OPTIONS] [ARGUMENTS]\n"
	       "       kpl011 [SOURCE...]     on a terminal: all guests on the full screen\n"
	       "\n"
	       "The serial consoles of KVM guests whose UART is in the kernel.\n"
	       "\n"
	       "Commands:\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-9s %s\n", commands[i]->name, commands[i]->summary);
	printf("\n"
	       "  kpl011 COMMAND --help   what a command takes\n"
	       "  kpl011 --version        the version\n"
	       "\n"
	       "GUEST is a port number (3), a name (web1), a pattern ('web*'), pid:N, or\n"
	       "name:NAME for a name that is all digits. A live guest goes before a dead one.\n"
	       "\n"
	       "Environment:\n"
	       "  KPL011_DEV_DIR   where the ports are, /dev/kpl011 if not set\n"
	       "\n");
	cmd_print_status();
	return cmd_flush(STATUS_OK);
}

/* Else the first file that is opened, a guest's port, becomes stdout. */
static void open_standard_files(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_WRONLY : O_RDONLY) < 0)
			_exit(STATUS_FAILED);
}

static int run(const struct cmd *cmd, int argc, char **argv)
{
	char name[64];
	int status;

	snprintf(name, sizeof(name), "kpl011: %s", cmd->name);
	argv[0] = name;
	status = cmd->run(argc, argv);
	if (status > STATUS_SIGNAL) {
		/* The shell shall see the signal, and end a loop for it. */
		signal(status - STATUS_SIGNAL, SIG_DFL);
		raise(status - STATUS_SIGNAL);
	}
	return status;
}

/* `kpl011` alone, or with sources: argv[0] is in the place of the command. */
static bool is_screen(int argc, char **argv)
{
	if (argc > 1)
		return origin_looks(argv[1]);
	return argc == 1 && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "--help";

	open_standard_files();
	if (is_screen(argc, argv))
		return run(&cmd_screen, argc, argv);
	if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help"))
		return help();
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		printf("kpl011 %s\n", KPL011_VERSION);
		return cmd_flush(STATUS_OK);
	}
	/* For the scripts in completion/. */
	if (!strcmp(name, "__complete") && argc > 2)
		return complete_print(commands, COMMANDS, argv + 2, argc - 2);
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(name, commands[i]->name))
			return run(commands[i], argc - 1, argv + 1);
	msg_error("'%s' is no command", name);
	msg_more("The commands: kpl011 --help");
	return STATUS_USAGE;
}
