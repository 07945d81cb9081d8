// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>

#include "base/human.h"
#include "cmd/cmd.h"
#include "cmd/console.h"
#include "source/holder.h"
#include "ui/escape.h"

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
		"Shows the last 64 KiB that the guest has sent and then goes on; keys go to the\n"
		"guest as they are. Behind the escape key, Ctrl-] unless set otherwise:\n"
		"\n"
		"  q d .   leave                     b       send a break\n"
		"  z       suspend kpl011            s KEY   send a break and KEY (SysRq)\n"
		"  t       take the input            Ctrl-]  send the escape key itself\n"
		"  ?       list these\n"
		"\n"
		"If standard input is no terminal, it is sent as it is, without an escape key;\n"
		"half a second after its end was taken the command leaves. The exit code is 7\n"
		"when it ends because the VM is gone. A dead guest's last output is shown.\n"
		"\n"
		"  -e, --escape KEY   the escape key: ^A to ^_, ^?, a character, or none\n"
		"  -n, --lines N      show the last N lines at first\n"
		"      --no-history   show none\n"
		"      --spy          watch only; keys are not sent\n"
		"      --take         take the input from whoever has it; others cannot type then\n"
		"      --release-input TIME\n"
		"                     let go of it when nothing was typed for so long: 5m unless set,\n"
		"                     0 is never; the next key has it again\n"
		"      --raw          the terminal gets all that the guest prints: questions, which it\n"
		"                     answers, modes and titles, too\n",
	.run = run,
	.hosts = CMD_HERE,
};
