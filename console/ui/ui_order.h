/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order of the list: which guests pass its filter and how they are sorted, and its rows, which
 * are guests and the headings of their groups. A group can be folded.
 */
#ifndef KPL011_UI_ORDER_H
#define KPL011_UI_ORDER_H

#include "ui/ui.h"

/*
 * Brings list.shown and list.rows up to date. Without memory they lack guests, and the list stays
 * stale.
 */
void ui_list_rebuild(struct ui *ui);
/*
 * Takes out a guest that is about to be freed. If it was selected, the next one in the order shown
 * is selected in its place, or the one before it if it was the last.
 */
void ui_list_forget(struct ui *ui, const struct guest *guest);
/* The guest @step after @guest in the order shown, or the next with news if @active. */
struct guest *ui_list_next(struct ui *ui, const struct guest *guest, int step, bool active);

/* How urgent a guest's news is: 0 is the most urgent, 3 none. */
int ui_urgency(const struct guest *guest);

/* Compares the groups of two guests; 0: the same group. */
int ui_rows_compare(enum ui_group group, const struct guest *a, const struct guest *b);
/* The heading of a guest's group. */
const char *ui_rows_heading(const struct ui_list *list, const struct guest *guest,
			    char text[SOURCE_NAME_SIZE]);
/* The index of the selected row. */
size_t ui_rows_at(const struct ui_list *list);
void ui_rows_fold(struct ui_list *list, const char *heading, bool fold);

#endif /* KPL011_UI_ORDER_H */
