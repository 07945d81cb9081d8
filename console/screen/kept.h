/* SPDX-License-Identifier: GPL-2.0-only */
/* Restores the windows of the last run, and saves them when they change. */
#ifndef KPL011_KEPT_H
#define KPL011_KEPT_H

#include "ui/ui.h"

/* Restores the windows, if they were kept. */
void ui_session_load(struct ui *ui);
/* To be called at each frame. */
void ui_session_changed(struct ui *ui);
/* Timer: saves what has changed. */
void ui_session_save(void *ui);

#endif /* KPL011_KEPT_H */
