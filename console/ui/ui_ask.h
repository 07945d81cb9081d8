/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a part may ask of others without knowing them: to open what can lie over the screen, to
 * carry out an action, to ask the operator for a line of text.
 */
#ifndef KPL011_UI_ASK_H
#define KPL011_UI_ASK_H

#include "ui/ui.h"

typedef void ui_prompt_cb(struct ui *ui, const char *text);

/* What the prompt asks, and who gets the text. */
struct ui_question {
	const char *label;
	ui_prompt_cb *changed; /* optional: at each key */
	ui_prompt_cb *done;    /* Enter */
	ui_prompt_cb *left;    /* optional: Esc */
};

void ui_open(struct ui *ui, enum ui_which which);
void ui_close(struct ui *ui);

/* Carries out an action, whichever part does. */
void ui_do(struct ui *ui, enum action action);

/* Opens the prompt with a text to begin with. @label: in place of the question's own, or NULL. */
void ui_ask(struct ui *ui, const struct ui_question *question, const char *label, const char *text);

#endif /* KPL011_UI_ASK_H */
