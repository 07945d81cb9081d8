/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of the screen, which its parts share. The operator's terminal is drawn on with curses,
 * which only files of ui/ that begin with ui_, those of parts/, and screen/draw.c include.
 */
#ifndef KPL011_UI_H
#define KPL011_UI_H

#include "guests/fleet.h"
#include "ui/keymap.h"
#include "ui/layout.h"
#include "base/loop.h"
#include "vt/quantize.h"
#include "ui/session.h"
#include "ui/ui_part.h"
#include "ui/view.h"

struct alerts;
struct config;
struct glyphs;
struct search;
struct ui_question;
struct watcher;

#define UI_MESSAGE_SIZE 256
#define UI_LABEL_SIZE 96
#define UI_PROMPT_SIZE 512

/* Looking back in a window. Lines are numbered from the first one ever printed. */
struct ui_back {
	bool on;
	long top;	/* the line at the top of the window */
	long line, col; /* where the cursor is */
	int first;	/* the column at the left edge of the window */
	bool selecting;
	bool whole_lines;
	long from_line, from_col;
	bool hit; /* the match between the positions below is highlighted */
	long hit_line, hit_col, hit_end_line, hit_end_col;
};

/* What a window of the layout shows, and how. */
struct ui_window {
	char wanted[ORIGIN_KEY_SIZE]; /* key of the guest to show, there or not; empty: none */
	struct view *view;	      /* NULL: no guest is shown */
	struct ui_back back;
	bool hex;
	enum times_shown times;
	uint64_t hex_end; /* position after the last byte shown; 0: after the newest */
	int row, col;	  /* the cell of the guest's screen in the upper left corner */
	bool panned;	  /* chosen with keys: does not follow the cursor */
	uint64_t newest;  /* of the guest, when last drawn, and since when */
	uint64_t newest_ns;
};

struct ui_prompt {
	const struct ui_question *question;
	char label[UI_LABEL_SIZE];
	char text[UI_PROMPT_SIZE];
	size_t len;
};

/* How many keys are held until it is known whether they belong to a paste. */
#define UI_PASTE_HELD 16

struct ui_paste {
	bool on;
	uint64_t last_ns; /* CLOCK_MONOTONIC, when its last key came */
	struct loop_event *timer;
	struct {
		uint32_t key;
		unsigned int mods;
	} held[UI_PASTE_HELD];
	size_t held_count;
	bool apart; /* the first key held came after a pause */
	/* Takes a key that was held, as if it were typed now. */
	void (*type)(struct ui *ui, uint32_t key, unsigned int mods);
};

enum ui_sort {
	UI_SORT_NUMBER,
	UI_SORT_NAME,
	UI_SORT_ACTIVITY,
	UI_SORT_STATE,
	UI_SORT_RATE,
	UI_SORTS,
};

enum ui_group {
	UI_GROUP_NONE,
	UI_GROUP_STATE,
	UI_GROUP_USER,
	UI_GROUP_NAME, /* the part of the name before its last number */
	UI_GROUP_HOST, /* only if there are other hosts */
	UI_GROUPS,
};

/* A row of the list: a guest, or the heading of a group. */
struct ui_row {
	struct guest *guest; /* NULL: a heading */
	struct guest *first; /* the first guest of the group */
	size_t count;	     /* how many guests the group has */
	bool folded;	     /* these guests are not shown */
};

struct ui_list {
	bool hidden;
	bool focused;
	bool details;
	enum ui_sort sort;
	char filter[UI_PROMPT_SIZE];
	enum ui_group group;
	char folded[SESSION_FOLDED_MAX][SOURCE_NAME_SIZE]; /* headings of folded groups */
	size_t folded_count;
	struct guest **shown; /* those that pass the filter, in order, folded ones included */
	size_t count;
	size_t room;
	struct ui_row *rows;
	size_t row_count;
	char heading[SOURCE_NAME_SIZE]; /* of the selected group; empty: none */
	size_t top;
	struct guest *selected; /* NULL: no guest is selected */
	bool stale;		/* to be rebuilt before it is used */
};

struct ui {
	const struct ui_part *const *parts; /* by enum ui_which; of UI_PART_NONE: NULL */
	const struct ui_look *const *looks; /* NULL ends them */
	ui_act_cb *const *acts;		    /* by enum action; of ACTION_NONE: NULL */
	struct loop *loop;
	struct fleet *fleet;
	struct layout *layout;
	struct keymap keys;
	char take_key[2 * KEY_NAME_SIZE]; /* name of the keys that take the input; empty: none */
	struct config *config;
	struct ui_list list;
	struct ui_window windows[LAYOUT_WINDOWS_MAX];
	struct ui_term *term;
	struct ui_input *input;
	const struct glyphs *glyphs; /* which characters the terminal has */
	int rows, cols;		     /* of the operator's terminal */
	bool color;
	int pairs_side; /* colours, the default one included, if any two have a pair; else 0 */
	struct quantizer quantizer;
	bool mouse;

	bool prefix; /* the prefix key was typed; the next key is a command */
	enum ui_which overlay;
	int help_top;
	struct ui_prompt prompt;
	struct guest *confirm_guest;
	char message[UI_MESSAGE_SIZE];
	struct loop_event *message_timer;
	char hint[UI_MESSAGE_SIZE]; /* on the first run, until a key is typed */

	bool broadcast;
	struct view *broadcast_views[LAYOUT_WINDOWS_MAX];
	size_t broadcast_count;

	struct ui_paste paste;
	char *copied; /* what was copied last, in UTF-8 */
	size_t copied_len;
	struct search *search; /* the last pattern, compiled, or NULL */
	char pattern[UI_PROMPT_SIZE];
	const struct view *searched; /* by the search that is running */
	struct loop_event *search_timer;

	struct loop_event *frame;
	struct loop_event *rest; /* timer: draw again once a guest may have stopped printing */
	bool dirty;
	bool frame_set;
	uint64_t frame_ns; /* CLOCK_MONOTONIC, when the last frame was drawn */
	int status;

	int control; /* control device of the module; negative: not open */
	struct watcher *watcher;

	bool started; /* windows have been given the guests that were there at first */
	bool keeps_session;
	bool first_run;
	bool told_denied;	 /* that --find may not look at all processes */
	struct session *session; /* as last saved, or about to be */
	struct loop_event *save;
	bool save_set;
};

#endif /* KPL011_UI_H */
