// SPDX-License-Identifier: GPL-2.0-only
#include "parts/prompt.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "ui/ui_ask.h"
#include "ui/ui_paint.h"
#include "ui/ui_touch.h"

static void erase_last(struct ui_prompt *prompt)
{
	while (prompt->len && (prompt->text[--prompt->len] & 0xc0) == 0x80)
		;
	prompt->text[prompt->len] = '\0';
}

static void insert(struct ui_prompt *prompt, uint32_t ch)
{
	char bytes[UTF8_MAX];
	size_t n = utf8_put(bytes, ch);

	if (prompt->len + n >= sizeof(prompt->text))
		return;
	memcpy(prompt->text + prompt->len, bytes, n);
	prompt->len += n;
	prompt->text[prompt->len] = '\0';
}

static void on_key(struct ui *ui, uint32_t key)
{
	struct ui_prompt *prompt = &ui->prompt;
	/* A copy, since the callback may open another prompt. */
	char text[UI_PROMPT_SIZE];

	switch (key) {
	case '\r':
	case '\n':
		ui_close(ui);
		memcpy(text, prompt->text, sizeof(text));
		prompt->question->done(ui, text);
		break;
	case KEY_ESCAPE_CODE:
	case 0x03:
	case 0x07:
		ui_close(ui);
		if (prompt->question->left)
			prompt->question->left(ui, prompt->text);
		break;
	case KEY_BACKSPACE_CODE:
	case '\b':
		erase_last(prompt);
		if (prompt->question->changed)
			prompt->question->changed(ui, prompt->text);
		break;
	case 0x15:
		prompt->len = 0;
		prompt->text[0] = '\0';
		if (prompt->question->changed)
			prompt->question->changed(ui, prompt->text);
		break;
	default:
		if (key < ' ' || key >= KEY_CODE_NONE) {
			ui_say_nothing(ui, key);
			break;
		}
		insert(prompt, key);
		if (prompt->question->changed)
			prompt->question->changed(ui, prompt->text);
		break;
	}
	ui_touch(ui);
}

/* A Return in a paste does not end the prompt, or the guest would get the rest of the paste. */
static void on_paste(struct ui *ui, uint32_t key)
{
	if (key == '\r' || key == '\n' || key == '\t')
		key = ' ';
	if (key >= ' ' && key < KEY_CODE_NONE && key != KEY_BACKSPACE_CODE)
		on_key(ui, key);
}

static void draw(struct ui *ui)
{
	const struct ui_prompt *prompt = &ui->prompt;
	int col;

	ui_role(ui, UI_STATUS);
	/* The prompt takes the place of messages: show them above it. */
	if (ui->message[0]) {
		ui_text(ui, ui->rows - 2, 0, ui->cols, true, " ");
		ui_print(ui, ui->rows - 2, 0, ui->cols, " %s", ui->message);
	}
	ui_text(ui, ui->rows - 1, 0, ui->cols, true, "");
	col = ui_print(ui, ui->rows - 1, 0, ui->cols, " %s: ", prompt->label);
	/* The end of a long text, with the cursor after it. */
	col += ui_text(ui, ui->rows - 1, col, ui->cols - col, false,
		       ui_tail(prompt->text, ui->cols - col - 1));
	wmove(stdscr, ui->rows - 1, col < ui->cols ? col : ui->cols - 1);
	curs_set(1);
}

const struct ui_part ui_prompt_part = {
	.draw = draw,
	.key = on_key,
	.pasted = on_paste,
};
