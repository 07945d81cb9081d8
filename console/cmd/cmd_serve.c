// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "base/loop.h"
#include "base/msg.h"
#include "base/output.h"
#include "remote/server.h"

static int serve(const struct server_options *options)
{
	struct output out;
	struct server *server = NULL;
	struct loop *loop;
	int status = STATUS_FAILED;
	int sig = 0;

	loop_allow_many();
	loop = loop_new();
	output_open(&out, STDOUT_FILENO);
	fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
	if (loop)
		server = server_new(loop, STDIN_FILENO, out.fd, options);
	if (!server || loop_stop_on_signals(loop)) {
		msg_error("out of memory");
	} else {
		sig = loop_run(loop);
		status = server_status(server);
	}
	server_free(server);
	output_close(&out);
	loop_free(loop);
	return status_after(sig, status);
}

static int run(int argc, char **argv)
{
	enum { STDIO = 256, READ_ONLY };
	static const struct option options[] = {
		{ "stdio", no_argument, NULL, STDIO },
		{ "read-only", no_argument, NULL, READ_ONLY },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct server_options server = { 0 };
	bool stdio = false;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case STDIO:
			stdio = true;
			break;
		case READ_ONLY:
			server.read_only = true;
			break;
		case 'h':
			return cmd_help(&cmd_serve);
		default:
			return cmd_usage(&cmd_serve, NULL);
		}
	}
	if (argc != optind)
		return cmd_usage(&cmd_serve, "takes no arguments: '%s'", argv[optind]);
	if (!stdio)
		return cmd_usage(&cmd_serve, "give --stdio: there is no other way to serve");
	if (isatty(STDIN_FILENO) || isatty(STDOUT_FILENO))
		return cmd_usage(&cmd_serve,
				 "a terminal cannot be served; 'kpl011 --host' runs this over ssh");
	return serve(&server);
}

const struct cmd cmd_serve = {
	.name = "serve",
	.args = "--stdio [--read-only]",
	.summary = "the far end of 'kpl011 --host', which runs it over ssh",
	.help = "\n"
		"Shows another kpl011, on standard input and output, the guests that this user may\n"
		"see. It listens nowhere and authenticates nobody: whoever may log in by ssh may use\n"
		"it, with the rights of that user. It ends with the connection.\n"
		"\n"
		"  --stdio      serve on standard input and output\n"
		"  --read-only  send nothing to guests and change nothing: for\n"
		"               command=\"kpl011 serve --stdio --read-only\" in authorized_keys\n",
	.run = run,
};
