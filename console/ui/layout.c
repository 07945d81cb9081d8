// SPDX-License-Identifier: GPL-2.0-only
#include "ui/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Limits for the first child's share of a split, in thousandths. */
#define SHARE_MIN 100
#define SHARE_MAX 900

#define NODES (2 * LAYOUT_WINDOWS_MAX)

struct node {
	int parent; /* -1: the root of a tab */
	bool used;
	bool split;
	bool down; /* its children are one above the other */
	int share;
	int child[2];
	int window;
};

struct tab {
	int root;
	int focus; /* a node */
	bool zoomed;
};

struct layout {
	struct node nodes[NODES];
	bool windows[LAYOUT_WINDOWS_MAX]; /* in use */
	struct tab tabs[LAYOUT_TABS_MAX];
	int tab_count;
	int tab;
};

struct area {
	int row, col, rows, cols;
};

static int new_node(struct layout *layout)
{
	for (int i = 0; i < NODES; i++) {
		if (layout->nodes[i].used)
			continue;
		layout->nodes[i] = (struct node){ .parent = -1, .used = true, .share = 500 };
		return i;
	}
	return -1;
}

/* A leaf with a new window, or -1: too many windows. */
static int new_leaf(struct layout *layout)
{
	int node;

	for (int i = 0; i < LAYOUT_WINDOWS_MAX; i++) {
		if (layout->windows[i])
			continue;
		node = new_node(layout);
		if (node < 0)
			return -1;
		layout->windows[i] = true;
		layout->nodes[node].window = i;
		return node;
	}
	return -1;
}

static struct tab *current(struct layout *layout)
{
	return &layout->tabs[layout->tab];
}

static const struct node *focus_node(const struct layout *layout)
{
	return &layout->nodes[layout->tabs[layout->tab].focus];
}

struct layout *layout_new(void)
{
	struct layout *layout = calloc(1, sizeof(*layout));

	if (layout)
		layout_tab_new(layout);
	return layout;
}

void layout_free(struct layout *layout)
{
	free(layout);
}

int layout_focus(const struct layout *layout)
{
	return focus_node(layout)->window;
}

static int root_of(const struct layout *layout, int node)
{
	while (layout->nodes[node].parent >= 0)
		node = layout->nodes[node].parent;
	return node;
}

static int leaf_of(const struct layout *layout, int window)
{
	for (int i = 0; i < NODES; i++)
		if (layout->nodes[i].used && !layout->nodes[i].split &&
		    layout->nodes[i].window == window)
			return i;
	return -1;
}

void layout_set_focus(struct layout *layout, int window)
{
	int node = leaf_of(layout, window);
	int root;

	if (node < 0)
		return;
	root = root_of(layout, node);
	for (int i = 0; i < layout->tab_count; i++) {
		if (layout->tabs[i].root != root)
			continue;
		layout->tab = i;
		if (layout->tabs[i].focus != node)
			layout->tabs[i].zoomed = false;
		layout->tabs[i].focus = node;
	}
}

/* Puts @with in the place of @node. */
static void replace(struct layout *layout, int node, int with)
{
	int parent = layout->nodes[node].parent;

	layout->nodes[with].parent = parent;
	for (int i = 0; i < layout->tab_count; i++)
		if (layout->tabs[i].root == node)
			layout->tabs[i].root = with;
	if (parent >= 0)
		layout->nodes[parent].child[layout->nodes[parent].child[1] == node] = with;
}

/* Puts a split in the place of @node, with @node and @leaf as its children. */
static bool join(struct layout *layout, int node, int leaf, enum layout_side side, int share)
{
	bool first = side == LAYOUT_LEFT || side == LAYOUT_UP;
	int split = new_node(layout);

	if (split < 0)
		return false;
	replace(layout, node, split);
	layout->nodes[split].split = true;
	layout->nodes[split].down = side == LAYOUT_UP || side == LAYOUT_DOWN;
	layout->nodes[split].share = share;
	layout->nodes[split].child[0] = first ? leaf : node;
	layout->nodes[split].child[1] = first ? node : leaf;
	layout->nodes[node].parent = split;
	layout->nodes[leaf].parent = split;
	return true;
}

int layout_split(struct layout *layout, enum layout_side side)
{
	struct tab *tab = current(layout);
	int leaf = new_leaf(layout);

	if (leaf < 0)
		return -1;
	/* Cannot fail: there are two nodes for each window. */
	join(layout, tab->focus, leaf, side, 500);
	tab->focus = leaf;
	tab->zoomed = false;
	return layout->nodes[leaf].window;
}

static int first_leaf(const struct layout *layout, int node)
{
	while (layout->nodes[node].split)
		node = layout->nodes[node].child[0];
	return node;
}

int layout_close(struct layout *layout)
{
	struct tab *tab = current(layout);
	int leaf = tab->focus;
	int window = layout->nodes[leaf].window;
	int parent = layout->nodes[leaf].parent;
	int other;

	if (parent < 0 && layout->tab_count == 1)
		return -1;
	if (parent < 0) {
		memmove(tab, tab + 1, (size_t)(layout->tab_count - layout->tab - 1) * sizeof(*tab));
		layout->tab_count--;
		if (layout->tab == layout->tab_count)
			layout->tab--;
	} else {
		other = layout->nodes[parent].child[layout->nodes[parent].child[0] == leaf];
		replace(layout, parent, other);
		layout->nodes[parent].used = false;
		tab->focus = first_leaf(layout, other);
		tab->zoomed = false;
	}
	layout->nodes[leaf].used = false;
	layout->windows[window] = false;
	return window;
}

int layout_tab_new(struct layout *layout)
{
	int leaf;

	if (layout->tab_count == LAYOUT_TABS_MAX)
		return -1;
	leaf = new_leaf(layout);
	if (leaf < 0)
		return -1;
	layout->tab = layout->tab_count++;
	*current(layout) = (struct tab){ .root = leaf, .focus = leaf };
	return layout->nodes[leaf].window;
}

/*
 * Splits the leaf @node into @count equal parts, which it fills into @leaves: @node is the
 * first. Returns how many there are.
 */
static size_t divide(struct layout *layout, int node, enum layout_side side, size_t count,
		     int *leaves)
{
	size_t made = 1;

	leaves[0] = node;
	while (made < count) {
		int leaf = new_leaf(layout);

		if (leaf < 0)
			break;
		/* Cuts one part off the rest: 1/n of it, then 1/(n-1), and at last 1/2. */
		if (!join(layout, leaves[made - 1], leaf, side, (int)(1000 / (count - made + 1))))
			break;
		leaves[made++] = leaf;
	}
	return made;
}

size_t layout_grid(struct layout *layout, size_t count, int *windows)
{
	int rows[LAYOUT_WINDOWS_MAX];
	int leaves[LAYOUT_WINDOWS_MAX];
	size_t across = 1;
	size_t made = 0;
	size_t lines;
	size_t n;

	if (!count || layout_tab_new(layout) < 0)
		return 0;
	if (count > LAYOUT_WINDOWS_MAX)
		count = LAYOUT_WINDOWS_MAX;
	while (across * across < count)
		across++;
	lines = (count + across - 1) / across;
	lines = divide(layout, current(layout)->focus, LAYOUT_DOWN, lines, rows);
	for (size_t i = 0; i < lines && made < count; i++) {
		/* The last line may have fewer windows. */
		n = count - made < across ? count - made : across;
		n = divide(layout, rows[i], LAYOUT_RIGHT, n, leaves);
		for (size_t j = 0; j < n; j++)
			windows[made++] = layout->nodes[leaves[j]].window;
	}
	return made;
}

int layout_tab_count(const struct layout *layout)
{
	return layout->tab_count;
}

int layout_tab(const struct layout *layout)
{
	return layout->tab;
}

int layout_tab_focus(const struct layout *layout, int tab)
{
	return layout->nodes[layout->tabs[tab].focus].window;
}

void layout_tab_go(struct layout *layout, int tab)
{
	layout->tab = (tab % layout->tab_count + layout->tab_count) % layout->tab_count;
}

void layout_zoom(struct layout *layout)
{
	current(layout)->zoomed = !current(layout)->zoomed && layout_window_count(layout) > 1;
}

bool layout_zoomed(const struct layout *layout)
{
	return layout->tabs[layout->tab].zoomed;
}

static size_t place(const struct layout *layout, int node, struct area area,
		    struct layout_place *places, size_t n)
{
	const struct node *this = &layout->nodes[node];
	struct area first = area;
	struct area second = area;

	if (area.rows < 1 || area.cols < 1)
		return n;
	if (!this->split) {
		places[n] = (struct layout_place){
			.window = this->window,
			.row = area.row,
			.col = area.col,
			.rows = area.rows,
			.cols = area.cols,
			.focused = node == layout->tabs[layout->tab].focus,
		};
		return n + 1;
	}
	if (this->down) {
		first.rows = (area.rows * this->share + 500) / 1000;
		second.row = area.row + first.rows;
		second.rows = area.rows - first.rows;
	} else {
		first.cols = ((area.cols - 1) * this->share + 500) / 1000;
		second.col = area.col + first.cols + 1;
		second.cols = area.cols - first.cols - 1;
	}
	n = place(layout, this->child[0], first, places, n);
	return place(layout, this->child[1], second, places, n);
}

size_t layout_places(const struct layout *layout, int rows, int cols, struct layout_place *places)
{
	const struct tab *tab = &layout->tabs[layout->tab];
	struct area all = { .rows = rows, .cols = cols };

	return place(layout, tab->zoomed ? tab->focus : tab->root, all, places, 0);
}

static size_t count_leaves(const struct layout *layout, int node)
{
	const struct node *this = &layout->nodes[node];

	if (!this->split)
		return 1;
	return count_leaves(layout, this->child[0]) + count_leaves(layout, this->child[1]);
}

size_t layout_window_count(const struct layout *layout)
{
	return count_leaves(layout, layout->tabs[layout->tab].root);
}

/* Whether @there is next to @here on that side, and they share a row or a column. */
static bool beside(const struct layout_place *here, const struct layout_place *there,
		   enum layout_side side)
{
	bool rows = there->row < here->row + here->rows && here->row < there->row + there->rows;
	bool cols = there->col < here->col + here->cols && here->col < there->col + there->cols;

	switch (side) {
	case LAYOUT_LEFT:
		return rows && there->col + there->cols + 1 == here->col;
	case LAYOUT_RIGHT:
		return rows && here->col + here->cols + 1 == there->col;
	case LAYOUT_UP:
		return cols && there->row + there->rows == here->row;
	case LAYOUT_DOWN:
		return cols && here->row + here->rows == there->row;
	}
	return false;
}

void layout_move(struct layout *layout, enum layout_side side, int rows, int cols)
{
	struct layout_place places[LAYOUT_WINDOWS_MAX];
	const struct layout_place *here = NULL;
	size_t n;

	current(layout)->zoomed = false;
	n = layout_places(layout, rows, cols, places);
	for (size_t i = 0; i < n; i++)
		if (places[i].focused)
			here = &places[i];
	for (size_t i = 0; here && i < n; i++) {
		if (!beside(here, &places[i], side))
			continue;
		layout_set_focus(layout, places[i].window);
		return;
	}
}

void layout_next(struct layout *layout, int step)
{
	struct layout_place places[LAYOUT_WINDOWS_MAX];
	size_t at = 0;
	size_t n;

	current(layout)->zoomed = false;
	/* So large that no window is left out. */
	n = layout_places(layout, 30000, 30000, places);
	for (size_t i = 0; i < n; i++)
		if (places[i].focused)
			at = i;
	layout_set_focus(layout, places[(at + n + (size_t)(step + (int)n)) % n].window);
}

void layout_resize(struct layout *layout, bool height, int hundredths)
{
	int child = current(layout)->focus;
	int node;

	for (; (node = layout->nodes[child].parent) >= 0; child = node) {
		struct node *this = &layout->nodes[node];

		if (this->down != height)
			continue;
		/* The share is the first child's; the second one has the rest. */
		this->share += (this->child[0] == child ? 10 : -10) * hundredths;
		if (this->share < SHARE_MIN)
			this->share = SHARE_MIN;
		if (this->share > SHARE_MAX)
			this->share = SHARE_MAX;
		return;
	}
}

static void write_node(const struct layout *layout, int node, FILE *out)
{
	const struct node *this = &layout->nodes[node];

	if (!this->split) {
		fprintf(out, "%d", this->window);
		return;
	}
	fprintf(out, "(%c%d ", this->down ? '-' : '|', this->share);
	write_node(layout, this->child[0], out);
	fputc(' ', out);
	write_node(layout, this->child[1], out);
	fputc(')', out);
}

void layout_write(const struct layout *layout, char text[LAYOUT_TEXT_SIZE])
{
	FILE *out = fmemopen(text, LAYOUT_TEXT_SIZE, "w");

	text[0] = '\0';
	if (!out)
		return;
	fprintf(out, "%d", layout->tab);
	for (int i = 0; i < layout->tab_count; i++) {
		fprintf(out, " [%d ", layout->nodes[layout->tabs[i].focus].window);
		write_node(layout, layout->tabs[i].root, out);
		fputc(']', out);
	}
	fputc('\0', out);
	fclose(out);
}

static bool read_number(const char **text, int max, int *value)
{
	char *end;
	long n;

	if (**text < '0' || **text > '9')
		return false;
	n = strtol(*text, &end, 10);
	if (n > max)
		return false;
	*value = (int)n;
	*text = end;
	return true;
}

static bool skip(const char **text, char c)
{
	if (**text != c)
		return false;
	++*text;
	return true;
}

/* Returns a node, or -1: malformed; the caller discards the whole layout then. */
static int read_node(struct layout *layout, const char **text)
{
	int node = new_node(layout);
	int child[2];
	int window;
	int share;
	bool down;

	if (node < 0)
		return -1;
	if (!skip(text, '(')) {
		if (!read_number(text, LAYOUT_WINDOWS_MAX - 1, &window) || layout->windows[window])
			return -1;
		layout->windows[window] = true;
		layout->nodes[node].window = window;
		return node;
	}
	down = **text == '-';
	if (!skip(text, '-') && !skip(text, '|'))
		return -1;
	if (!read_number(text, SHARE_MAX, &share) || share < 1)
		return -1;
	for (int i = 0; i < 2; i++) {
		if (!skip(text, ' '))
			return -1;
		child[i] = read_node(layout, text);
		if (child[i] < 0)
			return -1;
		layout->nodes[child[i]].parent = node;
	}
	layout->nodes[node].split = true;
	layout->nodes[node].down = down;
	layout->nodes[node].share = share;
	layout->nodes[node].child[0] = child[0];
	layout->nodes[node].child[1] = child[1];
	return skip(text, ')') ? node : -1;
}

static bool read_tab(struct layout *layout, const char **text)
{
	struct tab tab = { 0 };
	int focus;

	if (layout->tab_count == LAYOUT_TABS_MAX || !skip(text, ' ') || !skip(text, '[') ||
	    !read_number(text, LAYOUT_WINDOWS_MAX - 1, &focus) || !skip(text, ' '))
		return false;
	tab.root = read_node(layout, text);
	if (tab.root < 0 || !skip(text, ']'))
		return false;
	tab.focus = leaf_of(layout, focus);
	if (tab.focus < 0 || root_of(layout, tab.focus) != tab.root)
		return false;
	layout->tabs[layout->tab_count++] = tab;
	return true;
}

bool layout_read(struct layout *layout, const char *text)
{
	struct layout read = { 0 };
	int tab;

	if (!read_number(&text, LAYOUT_TABS_MAX - 1, &tab))
		return false;
	while (*text)
		if (!read_tab(&read, &text))
			return false;
	if (tab >= read.tab_count)
		return false;
	read.tab = tab;
	*layout = read;
	return true;
}
