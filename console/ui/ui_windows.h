/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the windows are, which guest each of them shows, and as which terminal.
 */
#ifndef KPL011_UI_WINDOWS_H
#define KPL011_UI_WINDOWS_H

#include "ui/ui.h"

/* The terminal emulated for a guest, as set in the settings, or changed with keys. */
struct terminal *ui_terminal(struct ui *ui, struct guest *guest);
/* A view to type at a guest without a window, for view_put(). NULL: no memory. */
struct view *ui_view(struct ui *ui, struct guest *guest);

/* The window that keys go to; its view may be NULL. */
struct ui_window *ui_focus(struct ui *ui);
/* Its view; NULL: it shows no guest, and the operator was told. */
struct view *ui_need_view(struct ui *ui);
/* Shows a guest in a window; NULL: none. */
void ui_show(struct ui *ui, struct ui_window *window, struct guest *guest);

/* Width of the list on the screen, with its border; 0: hidden. */
int ui_list_width(const struct ui *ui);
/* Where the windows of this tab are, in rows and columns of the screen. Returns how many. */
size_t ui_places(const struct ui *ui, struct layout_place *places);
/* Resizes guests' screens that have the size `fit` to their windows. */
void ui_fit(struct ui *ui);

#endif /* KPL011_UI_WINDOWS_H */
