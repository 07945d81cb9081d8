// SPDX-License-Identifier: GPL-2.0-only
#include "ui/ui_touch.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/msg.h"
#include "ui/ui_term.h"

/* At most 60 frames a second. */
#define FRAME_NS 16666667

#define MESSAGE_MS 6000

void ui_leave(struct ui *ui, int status)
{
	ui->status = status;
	loop_stop(ui->loop);
}

void ui_touch(struct ui *ui)
{
	uint64_t since;

	ui->dirty = true;
	if (ui->frame_set || ui_term_busy(ui))
		return;
	since = clock_ns() - ui->frame_ns;
	loop_timer_set(ui->frame, since >= FRAME_NS ? 0 : (FRAME_NS - since) / 1000000 + 1);
	ui->frame_set = true;
}

void ui_touch_now(struct ui *ui)
{
	ui->dirty = true;
	if (ui_term_busy(ui))
		return;
	loop_timer_set(ui->frame, 0);
	ui->frame_set = true;
}

void ui_say(struct ui *ui, const char *fmt, ...)
{
	char text[UI_MESSAGE_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	msg_clean_utf8(ui->message, sizeof(ui->message), text);
	loop_timer_set(ui->message_timer, MESSAGE_MS);
	ui_touch(ui);
}

void ui_message_old(void *arg)
{
	struct ui *ui = arg;

	ui->message[0] = '\0';
	ui_touch(ui);
}

void ui_say_nothing_at(struct ui *ui, enum keymap_place place, const char *name)
{
	char prefix[KEY_NAME_SIZE];
	char help[KEY_NAME_SIZE];

	key_text(ui->keys.prefix, prefix);
	keymap_key(&ui->keys, ACTION_HELP, help);
	if (place == KEYMAP_PREFIX)
		ui_say(ui, "%s %s means nothing; %s %s lists what does", prefix, name, prefix,
		       help);
	else
		ui_say(ui, "%s means nothing here; %s %s lists what does", name, prefix, help);
}

void ui_say_nothing(struct ui *ui, uint32_t key)
{
	char name[KEY_NAME_SIZE];

	ui_say_nothing_at(ui, KEYMAP_PLACES, key_text(key, name));
}

void ui_forget_words(struct ui *ui)
{
	if (ui->message[0] && !ui->paste.on) {
		ui->message[0] = '\0';
		ui_touch(ui);
	}
	if (ui->hint[0]) {
		ui->hint[0] = '\0';
		ui_touch(ui);
	}
}

void ui_suspend(void)
{
	/* The whole process group, this process included; SIGCONT calls on_cont(). */
	kill(0, SIGTSTP);
}
