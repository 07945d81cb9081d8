/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads what the operator's terminal sends, key by key. curses knows the names of the terminal's
 * keys, but not where a key ends that has no name: keyseq.h splits the input, and curses is
 * asked for the name of each whole key.
 */
#ifndef KPL011_UI_INPUT_H
#define KPL011_UI_INPUT_H

#include <locale.h>

#include "ui/ui.h"

/* Reads keys from now on, in the locale of the terminal. False: no memory. */
bool ui_input_open(struct ui *ui, locale_t locale);
void ui_input_close(struct ui *ui);

/* Whether there is input that was not read yet. */
bool ui_input_waits(void);

#endif /* KPL011_UI_INPUT_H */
