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

/* What the mouse did. */
struct ui_click {
	int button; /* 1 to 3; 4 and 5: the wheel up and down; 0: it moved */
	bool pressed;
	int row, col;
	unsigned int mods;
};

/* How many lines the wheel scrolls up, or down if negative; 0: it was not the wheel. */
int ui_wheel_lines(const struct ui_click *click);

/* Whom it tells. */
struct ui_input_ops {
	void (*key)(struct ui *ui, uint32_t key, unsigned int mods);
	/* A key that has no key code: the bytes that the terminal has sent. */
	void (*sequence)(struct ui *ui, const unsigned char *bytes, size_t len);
	void (*click)(struct ui *ui, const struct ui_click *click);
	/* A paste begins or ends. */
	void (*paste)(struct ui *ui, bool begins);
};

/* Reads keys from now on, in the locale of the terminal. False: no memory. */
bool ui_input_open(struct ui *ui, locale_t locale, const struct ui_input_ops *ops);
void ui_input_close(struct ui *ui);

/* Whether there is input that was not read yet. */
bool ui_input_waits(void);

#endif /* KPL011_UI_INPUT_H */
