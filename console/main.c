// SPDX-License-Identifier: GPL-2.0-only
/*
 * kpl011: the consoles of KVM guests whose UART is in the kernel. This file finds
 * the command that is meant, and runs it.
 */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/complete.h"
#include "base/msg.h"
#include "remote/hosts.h"
#include "source/origin.h"

static const struct cmd *const commands[] = {
	&cmd_attach, &cmd_console, &cmd_daemon, &cmd_detach,  &cmd_doctor, &cmd_expect,
	&cmd_info,   &cmd_list,	   &cmd_log,	&cmd_metrics, &cmd_play,   &cmd_pty,
	&cmd_reap,   &cmd_record,  &cmd_reset,	&cmd_run,     &cmd_screen, &cmd_send,
	&cmd_serve,  &cmd_state,   &cmd_top,	&cmd_trace,   &cmd_watch,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(void)
{
	printf("Usage: kpl011 COMMAND [OPTIONS] [ARGUMENTS]\n"
	       "       kpl011 [SOURCE...]     on a terminal: all guests on the full screen\n"
	       "       kpl011 --host A[,B...] [COMMAND ...]     guests of other hosts, over ssh\n"
	       "\n"
	       "The serial consoles of KVM guests whose UART is in the kernel.\n"
	       "\n"
	       "To begin:\n"
	       "  kpl011 doctor           check that this host has what guests need for a port\n"
	       "  kpl011 attach web1      give a guest a port, by QEMU's -name or the PID; if its\n"
	       "                          kernel has set up the UART already, use --take-over\n"
	       "  kpl011 console web1     talk to the guest; Ctrl-] q leaves\n"
	       "\n"
	       "Commands:\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-9s %s\n", commands[i]->name, commands[i]->summary);
	printf("\n"
	       "  kpl011 COMMAND --help   what a command takes\n"
	       "  man kpl011              everything, with examples\n"
	       "  kpl011 --version        the version\n"
	       "\n"
	       "GUEST is a port number (3), a name (web1), a pattern ('web*'), pid:N, NAME@USER,\n"
	       "or name:NAME for a name that is all digits or has an @ in it. A name that a live\n"
	       "and a dead guest have means the live one. With several hosts, write A/GUEST.\n"
	       "\n"
	       "In place of a GUEST, console, expect, log, pty, record and send take a SOURCE,\n"
	       "which needs no module: unix:PATH, tcp:HOST:PORT, telnet:HOST:PORT, pty:PATH,\n"
	       "pipe:PATH or file:PATH; see kpl011 screen --help.\n"
	       "\n"
	       "  --host LIST   hosts, separated by commas: [NAME=][USER@]HOST[:PORT] as for ssh,\n"
	       "                or local for this machine. kpl011 must be installed there, too\n"
	       "  --ssh CMD     a command to run in place of ssh, with the same arguments\n"
	       "\n"
	       "Environment:\n"
	       "  KPL011_DEV_DIR       where the ports are, by default /dev/kpl011\n"
	       "  KPL011_HOSTS         hosts, as with --host\n"
	       "  KPL011_HOST_TIMEOUT  seconds that a host may be silent, by default 30\n"
	       "  KPL011_SSH           as with --ssh\n"
	       "\n");
	cmd_print_status();
	return cmd_flush(STATUS_OK);
}

/* If standard output were closed, the next file opened, such as a port, would become it. */
static void open_standard_files(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_WRONLY : O_RDONLY) < 0)
			_exit(STATUS_FAILED);
}

static bool is_option(const char *word, const char *option)
{
	size_t len = strlen(option);

	return !strncmp(word, option, len) && (!word[len] || word[len] == '=');
}

/*
 * After a word that getopt_long() has refused, the one before optind: --host and --ssh stand before
 * the command, not among its options. After another wrong usage the word there may be the argument
 * of an option, or belong to a text that was to be sent or to a program that was run.
 */
static void say_in_front(const struct cmd *cmd, int argc, char **argv)
{
	const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";

	if (is_option(word, "--host") || is_option(word, "--ssh"))
		msg_more("%s goes before the command: kpl011 --host HOST %s ...", word, cmd->name);
}

/* Ends as the command has ended, which may be by a signal. */
static int end(int status)
{
	int sig = status - STATUS_SIGNAL;

	if (sig < 0)
		return status;
	/*
	 * The shell has to see the signal, to end a loop because of it. No core is dumped here:
	 * nothing went wrong in this process.
	 */
	prctl(PR_SET_DUMPABLE, 0);
	signal(sig, SIG_DFL);
	raise(sig);
	return STATUS_SHELL + sig;
}

static int run(const struct cmd *cmd, int argc, char **argv, const char *named)
{
	char name[64];
	int status;

	status = cmd_hosts_begin(cmd, &argc, argv, named);
	if (status >= 0)
		return end(status);
	snprintf(name, sizeof(name), "kpl011: %s", cmd->name);
	argv[0] = name;
	status = cmd->run(argc, argv);
	hosts_free();
	if (status == STATUS_USAGE && cmd_option_refused())
		say_in_front(cmd, argc, argv);
	return end(status);
}

/* Whether it is `kpl011` alone, or with sources: argv[0] then stands for the command. */
static bool is_screen(int argc, char **argv)
{
	if (argc > 1)
		return origin_looks(argv[1]);
	return argc == 1 && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static const struct cmd *find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(name, commands[i]->name))
			return commands[i];
	return NULL;
}

static int help_for(const char *name)
{
	const struct cmd *cmd = find_command(name);

	if (cmd)
		return cmd_help(cmd);
	msg_error("'%s' is not a command, and has no help", name);
	msg_more("The commands: kpl011 --help");
	return STATUS_USAGE;
}

/* Whether a command's usage has the option. */
static bool has_option(const struct cmd *cmd, const char *option, size_t len)
{
	const char *p = cmd->args;

	while ((p = strstr(p, option)))
		if (!strchr("abcdefghijklmnopqrstuvwxyz-", p[len]) || !p[len])
			return true;
		else
			p += len;
	return false;
}

/* An option stands where the command should be. */
static int option_first(const char *word)
{
	size_t len = strcspn(word, "=");
	char option[64];
	bool told = false;

	msg_error("%s: no command is given", word);
	snprintf(option, sizeof(option), "%.*s", (int)len, word);
	for (size_t i = 0; i < COMMANDS && !strncmp(word, "--", 2) && len < sizeof(option); i++) {
		if (!has_option(commands[i], option, len))
			continue;
		msg_more("%s kpl011 %s %s",
			 told ? "     or:" : "It goes with a command:", commands[i]->name, option);
		told = true;
	}
	msg_more("The commands: kpl011 --help");
	return STATUS_USAGE;
}

int main(int argc, char **argv)
{
	const char *hosts = NULL;
	const struct cmd *cmd;
	struct origin origin;
	char source[512];
	const char *name;
	const char *why;
	int status;

	open_standard_files();
	msg_clean_stderr();
	/* What guests print is UTF-8, even if the operator's locale is not. */
	setlocale(LC_CTYPE, "C.UTF-8");
	status = cmd_hosts_options(&argc, argv, &hosts);
	if (status)
		return status;
	name = argc > 1 ? argv[1] : "--help";
	if (is_screen(argc, argv))
		return run(&cmd_screen, argc, argv, hosts);
	if (!strcmp(name, "help") && argc > 2)
		return help_for(argv[2]);
	if (argc == 1 && hosts) {
		msg_error("--host %s: no command is given, and the full screen needs a terminal",
			  hosts);
		msg_more("For example: kpl011 --host %s list", hosts);
		return STATUS_USAGE;
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help"))
		return help();
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		printf("kpl011 %s\n", KPL011_VERSION);
		return cmd_flush(STATUS_OK);
	}
	/* For the scripts in completion/. */
	if (!strcmp(name, "__complete") && argc > 2)
		return complete_print(commands, COMMANDS, argv + 2, argc - 2);
	cmd = find_command(name);
	if (cmd)
		return run(cmd, argc - 1, argv + 1, hosts);
	if (name[0] == '-')
		return option_first(name);
	msg_error("'%s' is not a command", name);
	snprintf(source, sizeof(source), "tcp:%s", name);
	if (origin_parse(source, &origin, &why))
		msg_more("For a console there: kpl011 %s", source);
	msg_more("The commands: kpl011 --help");
	return STATUS_USAGE;
}
