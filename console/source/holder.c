// SPDX-License-Identifier: GPL-2.0-only
#include "source/holder.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/msg.h"

#define SECOND 1000000000ull

/* Device numbers of terminals (Documentation/admin-guide/devices.txt). */
#define TTY_MAJOR 4
#define PTS_MAJOR_FIRST 136
#define PTS_MAJOR_LAST 143

const char *holder_name(const struct source_input *input, char out[HOLDER_NAME_SIZE])
{
	char who[HOLDER_NAME_SIZE / 2];

	msg_clean(who, sizeof(who), input->who);
	if (input->pid)
		snprintf(out, HOLDER_NAME_SIZE, "%s (process %d)", who, (int)input->pid);
	else if (*who)
		snprintf(out, HOLDER_NAME_SIZE, "%s (a process that has ended)", who);
	else
		snprintf(out, HOLDER_NAME_SIZE, "another process");
	return out;
}

/* Reads the start of a file of /proc/PID and adds a NUL. Returns the bytes read, 0 if none. */
static size_t read_proc(int dir, const char *name, char *text, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

/* Its arguments with blanks between them, or nothing. */
static void command_of(int dir, char out[HOLDER_COMMAND_SIZE])
{
	char args[HOLDER_COMMAND_SIZE + 1];
	size_t len = read_proc(dir, "cmdline", args, sizeof(args));
	bool cut = len == HOLDER_COMMAND_SIZE;

	for (size_t i = 0; i < len; i++)
		if (!args[i])
			args[i] = ' ';
	while (len && args[len - 1] == ' ')
		args[--len] = '\0';
	msg_clean(out, HOLDER_COMMAND_SIZE - 3, args);
	if (*out && (cut || strlen(out) < len))
		strcat(out, "...");
}

static bool user_of(int dir, char out[USER_NAME_SIZE])
{
	char status[1024];
	unsigned int uid;
	const char *line;

	if (!read_proc(dir, "status", status, sizeof(status)))
		return false;
	line = strstr(status, "\nUid:");
	if (!line || sscanf(line, "\nUid: %u", &uid) != 1)
		return false;
	user_name(uid, out);
	return true;
}

static void tty_of(long number, char *out, size_t size)
{
	/* The kernel packs it as a dev_t of 32 bits. */
	unsigned int class = (unsigned int)(number >> 8) & 0xfff;
	unsigned int index = (unsigned int)((number & 0xff) | ((number >> 12) & 0xfff00));

	*out = '\0';
	if (class >= PTS_MAJOR_FIRST && class <= PTS_MAJOR_LAST)
		snprintf(out, size, "pts/%u", (class - PTS_MAJOR_FIRST) * 256 + index);
	else if (class == TTY_MAJOR && index < 64)
		snprintf(out, size, "tty%u", index);
}

/* The date is given only if it is not today's. */
static void since(int64_t start_ns, char *out, size_t size)
{
	struct timespec now;
	struct timespec up;
	struct tm then;
	struct tm today;
	time_t start;

	*out = '\0';
	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &up);
	start = now.tv_sec - up.tv_sec + start_ns / (int64_t)SECOND;
	if (!start_ns || !localtime_r(&start, &then) || !localtime_r(&now.tv_sec, &today))
		return;
	if (then.tm_yday == today.tm_yday && then.tm_year == today.tm_year)
		strftime(out, size, ", running since %H:%M", &then);
	else
		strftime(out, size, ", running since %Y-%m-%d %H:%M", &then);
}

static void terminal_and_start(int dir, struct holder *holder)
{
	char stat[1024];
	unsigned long long ticks;
	const char *behind;
	long number;

	read_proc(dir, "stat", stat, sizeof(stat));
	/* The name before it may have anything in it, parentheses too. */
	behind = strrchr(stat, ')');
	if (!behind || sscanf(behind,
			      ") %*c %*d %*d %*d %ld %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d"
			      " %*d %*d %*d %llu",
			      &number, &ticks) != 2)
		return;
	tty_of(number, holder->terminal, sizeof(holder->terminal));
	holder->start_ns = (int64_t)(ticks * (SECOND / (unsigned long long)sysconf(_SC_CLK_TCK)));
}

/* Where its user logged in from by ssh, as for --host. Only known of this user's processes. */
static void from_where(int dir, char *out, size_t size)
{
	static const char name[] = "SSH_CONNECTION=";
	char env[16384];
	size_t len = read_proc(dir, "environ", env, sizeof(env));
	char from[48];

	for (const char *p = env; p < env + len; p += strlen(p) + 1) {
		if (strncmp(p, name, sizeof(name) - 1) != 0)
			continue;
		snprintf(from, sizeof(from), "%.*s", (int)strcspn(p + sizeof(name) - 1, " "),
			 p + sizeof(name) - 1);
		if (*from && strspn(from, "0123456789abcdefABCDEF.:%") == strlen(from))
			snprintf(out, size, "%s", from);
		return;
	}
}

bool holder_look(const struct source_input *input, struct holder *holder)
{
	char path[32];
	bool known;
	int dir;

	*holder = (struct holder){ .start_ns = 0 };
	if (input->far || !input->pid)
		return false;
	/* With the directory open all files are of one process, even if its number is reused. */
	snprintf(path, sizeof(path), "/proc/%d", (int)input->pid);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return false;
	command_of(dir, holder->command);
	terminal_and_start(dir, holder);
	from_where(dir, holder->from, sizeof(holder->from));
	known = user_of(dir, holder->user);
	close(dir);
	if (!*holder->command)
		msg_clean(holder->command, sizeof(holder->command), input->who);
	return known;
}

const char *holder_about(const struct source_input *input, char out[SOURCE_ABOUT_SIZE])
{
	struct holder holder;
	char start[48];

	*out = '\0';
	if (input->far)
		msg_clean(out, SOURCE_ABOUT_SIZE, input->about);
	if (!holder_look(input, &holder))
		return out;
	since(holder.start_ns, start, sizeof(start));
	snprintf(out, SOURCE_ABOUT_SIZE, "'%s' of %.32s%s%s%s%s%s", holder.command, holder.user,
		 *holder.from ? ", from " : "", holder.from, *holder.terminal ? ", on " : "",
		 holder.terminal, start);
	return out;
}
