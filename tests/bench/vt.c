// SPDX-License-Identifier: GPL-2.0-only
/*
 * How fast a guest's screen takes what the guest prints, in MB/s of CPU time; beside
 * it libvterm's own screen, with damage merged and lines that leave dropped.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <vterm.h>

#include "vt/vt.h"

#define ROWS 24
#define COLS 80
#define SCROLLBACK 10000
#define PIECE 65536
#define BYTES (4 << 20)

static void on_send(const char *bytes, size_t len, void *arg)
{
	(void)bytes;
	(void)len;
	(void)arg;
}

static const struct vt_ops ops = { .send = on_send };

/* What is printed: one piece, of whole lines. */
static size_t plain(char *out, unsigned int line)
{
	return (size_t)sprintf(out, "[%5u.%06u] pci 0000:00:%02x.0: BAR %u: assigned [mem 0x%08x]\r\n",
			       line, line * 7, line % 32, line % 6, line * 4096);
}

static size_t colored(char *out, unsigned int line)
{
	return (size_t)sprintf(out,
			       "[\033[0;32m  OK  \033[0m] Started \033[0;1;39munit-%u.service\033[0m"
			       " - \033[38;2;%u;120;40mUnit %u\033[0m.\r\n",
			       line, line % 256, line);
}

static size_t scrolling(char *out, unsigned int line)
{
	(void)line;
	return (size_t)sprintf(out, "y\r\n");
}

static size_t unicode(char *out, unsigned int line)
{
	return (size_t)sprintf(out, "%u: \xe2\x94\x80\xe2\x94\x80 na\xc3\xafve e\xcc\x81 "
				    "\xe4\xb8\x96\xe7\x95\x8c \xf0\x9f\x98\x80\r\n", line);
}

/* A full-screen program's: places, colours, text. */
static size_t drawing(char *out, unsigned int line)
{
	return (size_t)sprintf(out, "\033[%u;%uH\033[%u;%um%-20u\033[K\033[m", line % ROWS + 1,
			       line % 40 + 1, line % 2, 30 + line % 8, line);
}

/* Few bytes for much work. */
static size_t hostile(char *out, unsigned int line)
{
	static const char *const most[] = { "\033[9999b", "\033#8", "\033[2J", "\033[9999L",
					    "\033[9999S", "\033[?1049h", "\033[?1049l", "\033c",
					    "\033[9999@", "\033[H\033[J" };

	return (size_t)sprintf(out, "\033[4%um\033[%u;%uHx%s\033[4%um%s", line % 8,
			       line % ROWS + 1, line % COLS + 1, most[line % 10], line / 3 % 8, most[line / 10 % 10]);
}

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double ours(const char *text, size_t len)
{
	struct vt *vt = vt_new(ROWS, COLS, SCROLLBACK, &ops, NULL);
	double began = cpu_seconds();

	for (size_t done = 0; done < BYTES; done += len) {
		vt_begin(vt);
		vt_write(vt, text, len);
	}
	began = cpu_seconds() - began;
	vt_free(vt);
	return began;
}

static int on_pushline(int cols, const VTermScreenCell *cells, void *arg)
{
	(void)cols;
	(void)cells;
	(void)arg;
	return 1;
}

static double libvterm(const char *text, size_t len)
{
	static const VTermScreenCallbacks callbacks = { .sb_pushline = on_pushline };
	VTerm *term = vterm_new(ROWS, COLS);
	VTermScreen *screen = vterm_obtain_screen(term);
	double began = cpu_seconds();

	vterm_set_utf8(term, 1);
	vterm_screen_set_callbacks(screen, &callbacks, NULL);
	vterm_screen_set_damage_merge(screen, VTERM_DAMAGE_SCROLL);
	vterm_screen_enable_altscreen(screen, 1);
	vterm_screen_reset(screen, 1);
	began = cpu_seconds();
	for (size_t done = 0; done < BYTES; done += len) {
		vterm_input_write(term, text, len);
		vterm_screen_flush_damage(screen);
	}
	began = cpu_seconds() - began;
	vterm_free(term);
	return began;
}

static const struct {
	const char *name;
	size_t (*make)(char *out, unsigned int line);
} rows[] = {
	{ "plain lines", plain },	    { "coloured lines", colored },
	{ "lines of one character", scrolling }, { "Unicode", unicode },
	{ "a full-screen program", drawing }, { "a hostile guest", hostile },
};

/* The best of some rounds: what else runs makes it slower. */
static double best(double (*run)(const char *text, size_t len), const char *text, size_t len)
{
	double least = run(text, len);

	for (int i = 0; i < 2; i++) {
		double now = run(text, len);

		if (now < least)
			least = now;
	}
	return BYTES / least / 1e6;
}

int main(void)
{
	static char text[PIECE + 256];

	printf("| a screen of %dx%d, MB/s | libvterm's | kpl011 | ratio |\n|---|---|---|---|\n", COLS,
	       ROWS);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double theirs, mine;
		size_t len = 0;

		for (unsigned int line = 0; len < PIECE; line++)
			len += rows[i].make(text + len, line);
		theirs = best(libvterm, text, len);
		mine = best(ours, text, len);
		printf("| %s | %.1f | %.1f | %.1fx |\n", rows[i].name, theirs, mine, mine / theirs);
	}
	return 0;
}
