// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>

#include "base/human.h"
#include "cmd/cmd.h"
#include "cmd/console.h"
#include "cmd/escape.h"
#include "source/holder.h"

static int run(int argc, char **argv)
{
	enum { RAW = 256, TAKE, RELEASE };
	static const struct option options[] = {
		{ "escape", required_argument, NULL, 'e' },
		{ "lines", required_argument, NULL, 'n' },
		{ "no-history", no_argument, NULL, 'N' },
		{ "spy", no_argument, NULL, 's' },
		{ "take", no_argument, NULL, TAKE },
		{ "release-input", required_argument, NULL, RELEASE },
		{ "raw", no_argument, NULL, RAW },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct console_request request = { .escape = CONSOLE_ESCAPE,
					   .output = -1,
					   .stop = -1,
					   .release_ms = HOLDER_RELEASE * 1000 };
	int c;

	while ((c = getopt_long(argc, argv, "e:n:h", options, NULL)) != -1) {
		switch (c) {
		case 'e':
			if (!escape_parse(optarg, &request.escape))
				return cmd_usage(&cmd_console,
						 "-e %s: not a key like ^A, a character, or none",
						 optarg);
			break;
		case 'n':
			if (!human_parse(optarg, 0, UINT64_MAX, &request.lines))
				return cmd_usage(&cmd_console, "-n %s: not a number of lines",
						 optarg);
			request.has_lines = true;
			break;
		case 'N':
			request.no_history = true;
			break;
		case 's':
			request.spy = true;
			break;
		case TAKE:
			request.take = true;
			break;
		case RELEASE:
			if (!holder_parse_release(optarg, &request.release_ms))
				return cmd_usage(
					&cmd_console,
					"--release-input %s: not a time like 30s, 5m, or 0",
					optarg);
			break;
		case RAW:
			request.raw = true;
			break;
		case 'h':
			return cmd_help(&cmd_console);
		default:
			return cmd_usage(&cmd_console, NULL);
		}
	}
	if (request.has_lines && request.no_history)
		return cmd_usage(&cmd_console, "-n and --no-history do not go together");
	if (request.spy && request.take)
		return cmd_usage(&cmd_console, "--spy and --take do not go together");
	if (argc - optind != 1)
		return cmd_usage(&cmd_console, "give one guest");
	request.guest = argv[optind];
	return console_open(&request);
}

const struct cmd cmd_console = {
	.name = "console",
	.args = "[-e KEY] [-n LINES | --no-history] [--spy | --take] [--release-input TIME] [--raw] GUEST",
	.summary = "talk to a guest",
	.help = "\n"
		"Shows the last 64 KiB that the guest has sent, and continues with what it sends;\n"
		"keys go to the guest as they are. After the escape key, Ctrl-] by default:\n"
		"\n"
		"  q d .   leave                     b       send a break\n"
		"  z       suspend kpl011            s KEY   send a break and KEY (SysRq)\n"
		"  t       take the input            Ctrl-]  send the escape key itself\n"
		"  ?       list these\n"
		"\n"
		"If standard input is not a terminal, it is sent as it is, without an escape key\n"
		"unless -e is given. The command ends half a second after standard input has ended\n"
		"and everything was taken. The exit status is 7 if it ends because the VM is gone. A\n"
		"dead guest's last output is shown.\n"
		"\n"
		"  -e, --escape KEY   the escape key: ^A to ^_, ^?, a character, or none\n"
		"  -n, --lines N      begin with the last N lines\n"
		"      --no-history   begin with what the guest sends from now on\n"
		"      --spy          watch only; send no keys\n"
		"      --take         take the input from its holder; nobody else can type then\n"
		"      --release-input TIME\n"
		"                     release the input when nothing was typed for this time, 5m by\n"
		"                     default; 0 keeps it. The next key takes it again\n"
		"      --raw          the terminal gets everything that the guest prints: also\n"
		"                     queries, which it answers, modes and titles\n",
	.run = run,
	.hosts = CMD_HERE,
};
