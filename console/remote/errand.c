// SPDX-License-Identifier: GPL-2.0-only
#include "remote/errand.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/status.h"

#define CHUNK 16384

struct pipe_end {
	struct errand *errand;
	enum frame_type type;
	int fd; /* -1: its end was reached */
	struct loop_event *reader;
};

struct errand {
	struct outbox *box;
	uint32_t number;
	errand_cb *done;
	void *arg;
	pid_t pid;
	struct pipe_end out;
	struct pipe_end err;
};

static const struct {
	const char *name;
	bool changes;
} allowed[] = {
	{ "attach", true }, { "detach", true }, { "doctor", false },
	{ "info", false },  { "reap", true },	{ "reset", true },
};

bool errand_allowed(json_t *words, bool read_only)
{
	const char *name = json_string_value(json_array_get(words, 0));

	for (size_t i = 0; name && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (!strcmp(name, allowed[i].name))
			return !allowed[i].changes || !read_only;
	return false;
}

static void gate(struct pipe_end *end)
{
	if (end->fd < 0)
		return;
	if (outbox_full(end->errand->box))
		loop_off(end->reader);
	else
		loop_on(end->reader);
}

static void close_end(struct pipe_end *end)
{
	loop_event_free(end->reader);
	end->reader = NULL;
	if (end->fd >= 0)
		close(end->fd);
	end->fd = -1;
}

static void on_readable(void *arg)
{
	struct pipe_end *end = arg;
	struct errand *errand = end->errand;
	unsigned char bytes[CHUNK];
	int status = 0;
	ssize_t n;

	n = read(end->fd, bytes, sizeof(bytes));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		outbox_frame(errand->box, end->type, errand->number, bytes, (size_t)n, NULL, 0);
		gate(end);
		return;
	}
	close_end(end);
	if (errand->out.fd >= 0 || errand->err.fd >= 0)
		return;
	/* It has closed both, so it has ended or is about to. */
	while (waitpid(errand->pid, &status, 0) < 0 && errno == EINTR)
		;
	errand->pid = 0;
	errand->done(WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_SHELL + WTERMSIG(status),
		     errand->arg);
}

static void child(char **words, int out, int err)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(err, STDERR_FILENO) < 0)
		_exit(STATUS_FAILED);
	signal(SIGPIPE, SIG_DFL);
	/* Signals that end the session of `kpl011 serve` are not meant for it. */
	setsid();
	/* It is about this host, whatever hosts the user's environment names. */
	unsetenv("KPL011_HOSTS");
	unsetenv("KPL011_SSH");
	execv("/proc/self/exe", words);
	_exit(STATUS_FAILED);
}

static bool start(struct errand *errand, struct loop *loop, char **words)
{
	int out[2];
	int err[2];

	if (pipe2(out, O_CLOEXEC))
		return false;
	if (pipe2(err, O_CLOEXEC)) {
		close(out[0]);
		close(out[1]);
		return false;
	}
	errand->pid = fork();
	if (!errand->pid)
		child(words, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	errand->out.fd = out[0];
	errand->err.fd = err[0];
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	errand->out.reader = loop_reader(loop, out[0], LOOP_DATA, on_readable, &errand->out);
	errand->err.reader = loop_reader(loop, err[0], LOOP_DATA, on_readable, &errand->err);
	return errand->pid > 0 && errand->out.reader && errand->err.reader;
}

struct errand *errand_new(struct loop *loop, json_t *words, struct outbox *box, uint32_t number,
			  errand_cb *done, void *arg)
{
	char *argv[ERRAND_WORDS + 2] = { (char *)"kpl011" };
	struct errand *errand;
	const char *word;

	if (json_array_size(words) > ERRAND_WORDS)
		return NULL;
	for (size_t i = 0; i < json_array_size(words); i++) {
		word = json_string_value(json_array_get(words, i));
		if (!word)
			return NULL;
		argv[i + 1] = (char *)word;
	}
	errand = calloc(1, sizeof(*errand));
	if (!errand)
		return NULL;
	*errand = (struct errand){
		.box = box,
		.number = number,
		.done = done,
		.arg = arg,
		.out = { .errand = errand, .type = FRAME_OUT, .fd = -1 },
		.err = { .errand = errand, .type = FRAME_ERR, .fd = -1 },
	};
	if (!start(errand, loop, argv)) {
		errand_free(errand);
		return NULL;
	}
	errand_resume(errand);
	return errand;
}

void errand_resume(struct errand *errand)
{
	gate(&errand->out);
	gate(&errand->err);
}

void errand_free(struct errand *errand)
{
	if (!errand)
		return;
	close_end(&errand->out);
	close_end(&errand->err);
	/*
	 * If it has stopped a guest, it defers this signal until the guest continues. Its output
	 * goes nowhere then, and init reaps it.
	 */
	if (errand->pid > 0) {
		kill(errand->pid, SIGTERM);
		waitpid(errand->pid, NULL, WNOHANG);
	}
	free(errand);
}
