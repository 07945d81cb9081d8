/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operator's terminal. curses draws frames into memory, from where they are written as fast
 * as the terminal takes them: a terminal that is slow, or stopped with Ctrl-S, delays nothing
 * but itself, and gets the newest frame next.
 */
#ifndef KPL011_UI_TERM_H
#define KPL011_UI_TERM_H

#include "ui/ui.h"

/**
 * ui_term_open - put the screen on the operator's terminal
 * @ui: the screen
 * @drained: called when the terminal has taken all of a frame, and something has changed since
 *
 * Return: 0 or a negative errno; -ENOTTY: this terminal cannot show it
 */
int ui_term_open(struct ui *ui, void (*drained)(struct ui *ui));
void ui_term_close(struct ui *ui);

/* Makes a frame of what was drawn. */
void ui_term_refresh(struct ui *ui);
/* Writes what was drawn, as fast as the terminal takes it. */
void ui_term_flush(struct ui *ui);
/* Whether the last frame is still being written. */
bool ui_term_busy(const struct ui *ui);
/* Writes bytes to the terminal itself, between frames. */
void ui_term_put(struct ui *ui, const char *bytes, size_t len);

/* Somebody else has used the terminal, as a shell while this program was suspended. */
void ui_term_again(struct ui *ui);
void ui_term_resized(struct ui *ui);
/* Whether this program or the terminal itself uses the mouse. */
void ui_term_mouse(struct ui *ui, bool on);

#endif /* KPL011_UI_TERM_H */
