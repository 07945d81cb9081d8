/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arrangement of the screen's windows: tabs, each a tree of splits. Here a window is
 * only a number; the caller knows what it shows. Pure.
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

/* Where a window is. One column separates windows that are side by side. */
struct layout_place {
	int window;
	int row, col, rows, cols;
	bool focused;
};

struct layout;

/* One tab with window 0. NULL: no memory. */
struct layout *layout_new(void);
void layout_free(struct layout *layout);

/* The window that keys go to. */
int layout_focus(const struct layout *layout);

/* Focuses a window in its tab, and makes that tab the current one. */
void layout_set_focus(struct layout *layout, int window);

/* Splits the focused window in half and focuses the new one. -1: too many windows. */
int layout_split(struct layout *layout, enum layout_side side);

/* Closes the focused window, and its tab if it is empty then. -1: the last window of all. */
int layout_close(struct layout *layout);

/* Opens a tab with one window, which it returns. -1: too many tabs or windows. */
int layout_tab_new(struct layout *layout);

/**
 * layout_grid - open a tab of equal windows
 * @layout: the layout
 * @count: number of windows
 * @windows: filled in with the windows
 *
 * Return: how many windows there was room for; 0: no tab was opened
 */
size_t layout_grid(struct layout *layout, size_t count, int *windows);

int layout_tab_count(const struct layout *layout);
int layout_tab(const struct layout *layout);

/* The focused window of a tab. */
int layout_tab_focus(const struct layout *layout, int tab);

/* Switches to a tab, modulo their number: after the last comes the first. */
void layout_tab_go(struct layout *layout, int tab);

/* Shows the focused window alone, or all of the tab again. */
void layout_zoom(struct layout *layout);
bool layout_zoomed(const struct layout *layout);

/* The number of windows in the current tab. */
size_t layout_window_count(const struct layout *layout);

/* Focuses the window on that side, or the one @step further in order. */
void layout_move(struct layout *layout, enum layout_side side, int rows, int cols);
void layout_next(struct layout *layout, int step);

/*
 * Makes the focused window taller if @height, else wider, by @hundredths of the innermost split in
 * this direction around it. A negative number makes it shorter or narrower.
 */
void layout_resize(struct layout *layout, bool height, int hundredths);

/**
 * layout_places - where the windows of the current tab are
 * @layout: the layout
 * @rows: height of the area for all windows
 * @cols: its width
 * @places: room for %LAYOUT_WINDOWS_MAX
 *
 * Windows without room are left out.
 *
 * Return: the number of places
 */
size_t layout_places(const struct layout *layout, int rows, int cols, struct layout_place *places);

/* Bytes that layout_write() needs at most. */
#define LAYOUT_TEXT_SIZE 4096

/* Writes the layout as a line of text, and reads it again; false: it is malformed. */
void layout_write(const struct layout *layout, char text[LAYOUT_TEXT_SIZE]);
bool layout_read(struct layout *layout, const char *text);

#endif /* KPL011_LAYOUT_H */
