// SPDX-License-Identifier: GPL-2.0-only
#include "parts/sysrq.h"

#include <stdlib.h>

#include "ui/ui_ask.h"
#include "ui/ui_broadcast.h"
#include "ui/ui_paint.h"
#include "ui/ui_touch.h"
#include "ui/ui_type.h"

/* As in Linux's Documentation/admin-guide/sysrq.rst. */
static const struct {
	char key;
	bool hurts; /* the operator has to confirm it */
	const char *words;
} sysrqs[] = {
	{ 'h', false, "help: which keys the guest knows" },
	{ 'l', false, "backtraces of all active CPUs" },
	{ 'w', false, "tasks that are blocked" },
	{ 't', false, "all tasks" },
	{ 'm', false, "memory" },
	{ 'p', false, "registers and flags of this CPU" },
	{ 'd', false, "locks that are held" },
	{ 'q', false, "timers" },
	{ '9', false, "print all kernel messages" },
	{ 's', false, "sync all file systems" },
	{ 'u', true, "remount all file systems read-only" },
	{ 'f', true, "kill the task that uses most memory" },
	{ 'e', true, "terminate all tasks but init" },
	{ 'i', true, "kill all tasks but init" },
	{ 'c', true, "crash, for a dump" },
	{ 'b', true, "reboot at once, without sync" },
	{ 'o', true, "power off" },
};

#define SYSRQS ((int)(sizeof(sysrqs) / sizeof(sysrqs[0])))

static void draw(struct ui *ui)
{
	int rows = SYSRQS;
	int cols = 52;
	int row;
	int col;

	ui_box(ui, &row, &col, &rows, &cols, "magic SysRq: a break, then the key; Esc leaves");
	for (int i = 0; i < rows && i < SYSRQS; i++) {
		ui_role(ui, sysrqs[i].hurts ? UI_BAD : UI_PLAIN);
		ui_print(ui, row + i, col, cols, "%c   %s%s", sysrqs[i].key, sysrqs[i].words,
			 sysrqs[i].hurts ? " (asks first)" : "");
	}
}

static void send_sysrq(struct view *view, const void *arg)
{
	if (view_break(view) && view_send(view, arg, 1))
		view_flush(view);
}

static void confirmed(struct ui *ui, const char *text)
{
	char key = ui->prompt.label[0];

	if (text[0] == 'y' && !text[1])
		ui_each_typed(ui, send_sysrq, &key);
	else
		ui_say(ui, "nothing was sent");
}

/* Its label says which key, and at how many guests. */
static const struct ui_question really = {
	.done = confirmed,
};

static void on_key(struct ui *ui, uint32_t key)
{
	size_t reached = ui_broadcast_reached(ui);
	char label[UI_LABEL_SIZE];

	ui_close(ui);
	for (int i = 0; i < SYSRQS; i++) {
		if ((uint32_t)sysrqs[i].key != key)
			continue;
		if (sysrqs[i].hurts) {
			if (ui->broadcast)
				snprintf(label, sizeof(label), "%c: %s, in %zu %s? (y, Enter)",
					 sysrqs[i].key, sysrqs[i].words, reached,
					 reached == 1 ? "guest" : "guests");
			else
				snprintf(label, sizeof(label), "%c: %s? (y, Enter)", sysrqs[i].key,
					 sysrqs[i].words);
			ui_ask(ui, &really, label, "");
			return;
		}
		if (ui_each_typed(ui, send_sysrq, &sysrqs[i].key))
			ui_say(ui, "SysRq %c: %s", sysrqs[i].key, sysrqs[i].words);
		return;
	}
	if (key != KEY_ESCAPE_CODE)
		ui_say(ui, "no SysRq was chosen; nothing was sent");
}

static void on_lost(struct ui *ui)
{
	on_key(ui, KEY_CODE_NONE);
}

const struct ui_part ui_sysrq_part = {
	.draw = draw,
	.key = on_key,
	.lost = on_lost,
};
