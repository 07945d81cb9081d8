/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each part of the screen may do to the whole: have it drawn, tell the operator something,
 * leave it.
 */
#ifndef KPL011_UI_TOUCH_H
#define KPL011_UI_TOUCH_H

#include "ui/ui.h"

void ui_leave(struct ui *ui, int status);

/*
 * Schedules a frame: something has changed. It is drawn at once if the last frame is long ago, so
 * that an echo is not late.
 */
void ui_touch(struct ui *ui);
/* Draws an echo before the next frame is due, once per key. */
void ui_touch_now(struct ui *ui);

/* Shows the operator a message for some seconds. */
void ui_say(struct ui *ui, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Timer: the message has been there for long enough. */
void ui_message_old(void *ui);
/* Tells the operator that a key means nothing where it was typed. */
void ui_say_nothing(struct ui *ui, uint32_t key);
/* The same of a key's name; %KEYMAP_PREFIX: it was typed after the prefix key. */
void ui_say_nothing_at(struct ui *ui, enum keymap_place place, const char *name);
/* A key is typed: the message has been read, except amid a paste. */
void ui_forget_words(struct ui *ui);

void ui_suspend(void);

#endif /* KPL011_UI_TOUCH_H */
