// SPDX-License-Identifier: GPL-2.0-only
#include "ui/ui_ask.h"

#include <stdio.h>
#include <string.h>

#include "ui/ui_touch.h"

void ui_open(struct ui *ui, enum ui_which which)
{
	ui->overlay = which;
	if (ui->parts[which]->enter)
		ui->parts[which]->enter(ui);
	ui_touch(ui);
}

void ui_close(struct ui *ui)
{
	ui->overlay = UI_PART_NONE;
	ui_touch(ui);
}

void ui_do(struct ui *ui, enum action action)
{
	ui_touch(ui);
	if (ui->acts[action])
		ui->acts[action](ui, action);
}

void ui_ask(struct ui *ui, const struct ui_question *question, const char *label, const char *text)
{
	struct ui_prompt *prompt = &ui->prompt;

	prompt->question = question;
	snprintf(prompt->label, sizeof(prompt->label), "%s", label ? label : question->label);
	snprintf(prompt->text, sizeof(prompt->text), "%s", text);
	prompt->len = strlen(prompt->text);
	ui_open(ui, UI_PART_PROMPT);
}
