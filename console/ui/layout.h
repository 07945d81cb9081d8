/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where windows are: tabs, each with a tree of splits. Windows are numbers
 * here, their contents someone else's. Pure.
 */
#ifndef KPL011_LAYOUT_H
#define KPL011_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#define LAYOUT_TABS_MAX 16
#define LAYOUT_WINDOWS_MAX 64

enum layout_side {
	LAYOUT_LEFT,
	LAYOUT_RIGHT,
	LAYOUT_UP,
	LAYOUT_DOWN,
};

/* Between windows side by side there is one column. */
struct layout_place {
	int window;
	int row, col, rows, cols;
	bool focused;
};

struct layout;

/* One tab, window 0. NULL: no memory. */
struct layout *layout_new(void);
void layout_free(struct layout *layout);

/* The window that keys go to. */
int layout_focus(const struct layout *layout);

/* Makes a window its tab's focus, and the tab the current one. */
void layout_set_focus(struct layout *layout, int window);

/* Halves the focused window; the new one has the focus. -1: there are too many. */
int layout_split(struct layout *layout, enum layout_side side);

/* Closes the focused window, and a tab with its last. -1: it is the last of all. */
int layout_close(struct layout *layout);

/* A tab of its own. -1: there are too many. */
int layout_tab_new(struct layout *layout);

/**
 * layout_grid - a new tab of equal windows
 * @layout: the layout
 * @count: how many
 * @windows: their numbers
 *
 * Return: how many there was room for, 0: no tab
 */
size_t layout_grid(struct layout *layout, size_t count, int *windows);

int layout_tab_count(const struct layout *layout);
int layout_tab(const struct layout *layout);

/* The focused window of a tab. */
int layout_tab_focus(const struct layout *layout, int tab);

/* Counts around: beyond the last comes the first. */
void layout_tab_go(struct layout *layout, int tab);

/* The focused window alone, or all of the tab again. */
void layout_zoom(struct layout *layout);
bool layout_zoomed(const struct layout *layout);

/* Windows of the current tab. */
size_t layout_window_count(const struct layout *layout);

/* To the window on that side, or the next one in order. */
void layout_move(struct layout *layout, enum layout_side side, int rows, int cols);
void layout_next(struct layout *layout, int step);

/* Moves the border on that side of the focused window by so many hundredths. */
void layout_resize(struct layout *layout, enum layout_side side, int hundredths);

/**
 * layout_places - where the windows of the current tab are
 * @layout: the layout
 * @rows: height of all
 * @cols: width
 * @places: room for %LAYOUT_WINDOWS_MAX
 *
 * Windows that have no room are left out.
 *
 * Return: how many
 */
size_t layout_places(const struct layout *layout, int rows, int cols, struct layout_place *places);

/* Bytes that layout_write() needs at most. */
#define LAYOUT_TEXT_SIZE 4096

/* The layout as a line of text, and the opposite; false: it is malformed. */
void layout_write(const struct layout *layout, char text[LAYOUT_TEXT_SIZE]);
bool layout_read(struct layout *layout, const char *text);

#endif /* KPL011_LAYOUT_H */
