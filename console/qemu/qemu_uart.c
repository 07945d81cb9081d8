// SPDX-License-Identifier: GPL-2.0-only
#include "qemu/qemu_uart.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "qemu/qmp_msg.h"

/* Time limits in milliseconds: for a monitor to greet, a command, and the VM's whole stop. */
#define OPEN_MS 3000
#define COMMAND_MS 5000
#define STOPPED_MS 15000

/* Continuing a guest is tried for longer, again and again. */
#define CONT_MS 20000
#define CONT_PAUSE_MS 100

/*
 * QEMU moves bytes from its chardev to the UART when it gets to it: the UART counts
 * as drained when it has been empty for QUIET_MS. DRAIN_MS bounds the whole, in case
 * bytes keep coming.
 */
#define QUIET_MS 50
#define QUIET_LOOK_MS 5
#define DRAIN_MS 5000

/* PeriphID0 and 1 of every PL011: part number 0x011, designer 0x41 (3.3.15). */
#define PERIPHID0 0x11
#define PERIPHID1 0x10

static bool fail(struct qemu *qemu, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool fail(struct qemu *qemu, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(qemu->reason, sizeof(qemu->reason), fmt, ap);
	va_end(ap);
	return false;
}

static bool open_path(struct qemu *qemu, uint64_t until)
{
	char reason[QMP_REASON_SIZE];

	qemu->qmp = qmp_open(qemu->path, qemu->pid, until, reason);
	return qemu->qmp || fail(qemu, "monitor %.100s: %.140s", qemu->path, reason);
}

bool qemu_open(struct qemu *qemu, const char *path, pid_t pid, qemu_monitor_cb *monitor)
{
	*qemu = (struct qemu){ .pid = pid };
	if (path && strlen(path) >= sizeof(qemu->path))
		return fail(qemu, "the path of the monitor's socket is too long");
	if (path) {
		strcpy(qemu->path, path);
		return open_path(qemu, clock_ms() + OPEN_MS);
	}
	fail(qemu, "its command line has no QMP monitor with a socket");
	for (size_t i = 0; !monitor(pid, i, qemu->path, sizeof(qemu->path)); i++)
		if (open_path(qemu, clock_ms() + OPEN_MS))
			return true;
	return false;
}

static int execute(struct qemu *qemu, const char *command, json_t *arguments, json_t **value)
{
	uint64_t until = clock_ms() + COMMAND_MS;
	char reason[QMP_REASON_SIZE];
	int err;

	if (qemu->until && until > qemu->until)
		until = qemu->until;
	err = qmp_execute(qemu->qmp, command, arguments, until, value, reason);
	if (err)
		fail(qemu, "monitor %.80s, %.30s: %.130s", qemu->path, command, reason);
	return err;
}

static void hold_signals(struct qemu *qemu)
{
	sigset_t set;

	qemu->held = true;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGTSTP);
	sigprocmask(SIG_BLOCK, &set, &qemu->signals);
}

static void let_signals_go(struct qemu *qemu)
{
	if (qemu->held)
		sigprocmask(SIG_SETMASK, &qemu->signals, NULL);
	qemu->held = false;
}

static bool read_word(struct qemu *qemu, uint64_t address, uint32_t *word)
{
	char line[64];
	json_t *value;
	bool ok;

	snprintf(line, sizeof(line), "xp /1wx 0x%" PRIx64, address);
	if (execute(qemu, "human-monitor-command", json_pack("{s:s}", "command-line", line),
		    &value))
		return false;
	ok = qmp_msg_word(value, address, word);
	json_decref(value);
	return ok ||
	       fail(qemu, "monitor %s does not say what is at 0x%" PRIx64, qemu->path, address);
}

/* Takes one received character. @none: set to whether there was none. */
static bool read_char(struct qemu *qemu, uint64_t gpa, uint32_t *ch, bool *none)
{
	uint32_t fr;

	if (!read_word(qemu, gpa + PL011_FR, &fr))
		return false;
	*none = fr & PL011_FR_RXFE;
	return *none || read_word(qemu, gpa + PL011_DR, ch);
}

static bool is_pl011(struct qemu *qemu, uint64_t gpa)
{
	uint32_t id[2];

	if (!read_word(qemu, gpa + PL011_PERIPHID0, &id[0]) ||
	    !read_word(qemu, gpa + PL011_PERIPHID0 + 4, &id[1]))
		return false;
	if (id[0] == PERIPHID0 && id[1] == PERIPHID1)
		return true;
	return fail(qemu, "QEMU has no PL011 at 0x%" PRIx64, gpa);
}

bool qemu_read_uart(struct qemu *qemu, uint64_t gpa, struct takeover *uart)
{
	bool none = false;

	*uart = (struct takeover){ 0 };
	if (!is_pl011(qemu, gpa))
		return false;
	for (uint16_t at = takeover_next(0); at; at = takeover_next(at + 4))
		if (!read_word(qemu, gpa + at, &uart->regs[at / 4]))
			return false;
	while (uart->rx_count < takeover_room(uart)) {
		if (!read_char(qemu, gpa, &uart->rx[uart->rx_count], &none))
			return false;
		if (none)
			break;
		uart->rx_count++;
	}
	return true;
}

bool qemu_drain_uart(struct qemu *qemu, uint64_t gpa, size_t *dropped, bool *more)
{
	uint64_t until = clock_ms() + DRAIN_MS;
	uint64_t last = clock_ms();
	bool none = false;
	uint32_t ch;

	if (!is_pl011(qemu, gpa))
		return false;
	while (clock_ms() < until && (!none || clock_ms() < last + QUIET_MS)) {
		if (none)
			poll(NULL, 0, QUIET_LOOK_MS);
		if (!read_char(qemu, gpa, &ch, &none))
			return false;
		if (none)
			continue;
		last = clock_ms();
		++*dropped;
	}
	*more = !none;
	/* Reading DR of an empty FIFO takes nothing, but makes QEMU update its interrupt line. */
	return read_word(qemu, gpa + PL011_DR, &ch);
}

static bool process_lives(pid_t pid)
{
	return !pid || !kill(pid, 0) || errno == EPERM;
}

/* Connects again, as soon as that is possible. */
static bool open_again(struct qemu *qemu, uint64_t until)
{
	uint64_t now;

	qmp_close(qemu->qmp);
	qemu->qmp = NULL;
	while ((now = clock_ms()) < until && process_lives(qemu->pid)) {
		uint64_t end = now + OPEN_MS < until ? now + OPEN_MS : until;

		poll(NULL, 0, CONT_PAUSE_MS);
		if (open_path(qemu, end))
			return true;
	}
	return false;
}

static int try_cont(struct qemu *qemu, int err)
{
	uint64_t until = clock_ms() + CONT_MS;

	qemu->until = 0;
	while (err && err != -EREMOTEIO && open_again(qemu, until))
		err = execute(qemu, "cont", NULL, NULL);
	return err;
}

/*
 * The guard, a process of its own: waits for a byte, which means that all is well, or for the end
 * of the pipe, which means that its parent is gone and the guest has to be continued.
 */
static _Noreturn void guard(struct qemu *qemu, int fd)
{
	char word;
	ssize_t n;

	setsid();
	/* QEMU serves one connection at a time. */
	qmp_close(qemu->qmp);
	qemu->qmp = NULL;
	do
		n = read(fd, &word, 1);
	while (n < 0 && errno == EINTR);
	_exit(n > 0 ? 0 : !!try_cont(qemu, -ECONNRESET));
}

static bool set_guard(struct qemu *qemu)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return fail(qemu, "cannot create a pipe: %s", strerror(errno));
	qemu->guard = fork();
	if (!qemu->guard) {
		close(fds[1]);
		guard(qemu, fds[0]);
	}
	close(fds[0]);
	if (qemu->guard < 0) {
		close(fds[1]);
		return fail(qemu, "cannot start another process: %s", strerror(errno));
	}
	qemu->guarded = fds[1];
	return true;
}

static void end_guard(struct qemu *qemu)
{
	/* The guard itself may have been killed: then the write fails. */
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);

	(void)!write(qemu->guarded, "", 1);
	signal(SIGPIPE, before);
	close(qemu->guarded);
	while (waitpid(qemu->guard, NULL, 0) < 0 && errno == EINTR)
		;
}

bool qemu_stop(struct qemu *qemu)
{
	json_t *status;
	bool running;
	bool told;

	if (execute(qemu, "query-status", NULL, &status))
		return false;
	told = qmp_msg_running(status, &running);
	json_decref(status);
	if (!told)
		return fail(qemu, "monitor %s does not say whether the guest runs", qemu->path);
	/* Even if the VM is stopped already, a signal must not interrupt us half-way. */
	hold_signals(qemu);
	qemu->until = clock_ms() + STOPPED_MS;
	if (!running)
		return true;
	if (!set_guard(qemu)) {
		let_signals_go(qemu);
		return false;
	}
	/* From here on the VM may be stopped, whatever the answer. */
	qemu->stopped = true;
	return !execute(qemu, "stop", NULL, NULL);
}

bool qemu_cont(struct qemu *qemu)
{
	int err;

	qemu->until = 0;
	if (!qemu->stopped) {
		let_signals_go(qemu);
		return true;
	}
	err = try_cont(qemu, execute(qemu, "cont", NULL, NULL));
	end_guard(qemu);
	qemu->stopped = false;
	let_signals_go(qemu);
	return !err;
}

void qemu_close(struct qemu *qemu)
{
	qmp_close(qemu->qmp);
	qemu->qmp = NULL;
}
