/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The full-screen console: what its parts share. Only ui*.c include curses.
 */
#ifndef KPL011_UI_H
#define KPL011_UI_H

#include "guests/fleet.h"
#include "ui/keymap.h"
#include "ui/layout.h"
#include "base/loop.h"
#include "vt/quantize.h"
#include "ui/session.h"
#include "ui/view.h"

struct alerts;
struct config;
struct glyphs;
struct search;
struct watcher;

#define UI_MESSAGE_SIZE 256
#define UI_PROMPT_SIZE 512

/* Looking back. Lines are counted from the first that was ever printed. */
struct ui_back {
	bool on;
	long top;	/* the line at the top of the window */
	long line, col; /* where the cursor is */
	int first;	/* the column at the left of the window */
	bool selecting;
	bool whole_lines;
	long from_line, from_col;
	bool hit; /* what was found is shown */
	long hit_line, hit_col, hit_end_line, hit_end_col;
};

/* What a window of the layout shows. */
struct ui_window {
	char wanted[ORIGIN_KEY_SIZE]; /* the guest that it shows, also when it is not there */
	struct view *view;	      /* NULL: nothing */
	struct ui_back back;
	bool hex;
	enum times_shown times;
	uint64_t hex_end; /* position behind the last byte shown, 0: the newest */
	int row, col;	  /* of the guest's screen, in the upper left corner */
	bool panned;	  /* put there by keys: it does not follow the cursor */
	uint64_t newest;  /* of the guest, when it was drawn last, and since when */
	uint64_t newest_ns;
};

enum ui_overlay {
	UI_OVERLAY_NONE,
	UI_OVERLAY_HELP,
	UI_OVERLAY_PROMPT,
	UI_OVERLAY_SYSRQ,
	UI_OVERLAY_CONFIRM,
};

struct ui;

typedef void ui_prompt_cb(struct ui *ui, const char *text);

struct ui_prompt {
	const char *label;
	char text[UI_PROMPT_SIZE];
	size_t len;
	ui_prompt_cb *changed; /* optional: at each key */
	ui_prompt_cb *done;    /* Enter */
	ui_prompt_cb *left;    /* optional: Esc */
};

/* Keys of a paste that may be none of it. */
#define UI_PASTE_HELD 16

struct ui_paste {
	bool on;
	uint64_t last_ns; /* when the last key of it came, CLOCK_MONOTONIC */
	struct loop_event *timer;
	struct {
		uint32_t key;
		unsigned int mods;
	} held[UI_PASTE_HELD];
	size_t held_count;
	bool apart; /* the first of these came after a pause */
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
	UI_GROUP_NAME, /* the part before the last number */
	UI_GROUP_HOST, /* if there are several */
	UI_GROUPS,
};

/* A row of the list: a guest, or the heading of a group. */
struct ui_row {
	struct guest *guest; /* NULL: a heading */
	struct guest *first; /* of the group */
	size_t count;	     /* of its guests */
	bool folded;	     /* which are not shown */
};

struct ui_list {
	bool hidden;
	bool focused;
	bool details;
	enum ui_sort sort;
	char filter[UI_PROMPT_SIZE];
	enum ui_group group;
	char folded[SESSION_FOLDED_MAX][SOURCE_NAME_SIZE]; /* headings */
	size_t folded_count;
	struct guest **shown; /* that pass the filter, in order, folded ones too */
	size_t count;
	size_t room;
	struct ui_row *rows;
	size_t row_count;
	char heading[SOURCE_NAME_SIZE]; /* that is selected; empty: none */
	size_t top;
	struct guest *selected; /* NULL: there is none */
	bool stale;
};

struct ui {
	struct loop *loop;
	struct fleet *fleet;
	struct layout *layout;
	struct keymap keys;
	char take_key[2 * KEY_NAME_SIZE]; /* by which the input is taken; empty: none */
	struct config *config;
	struct ui_list list;
	struct ui_window windows[LAYOUT_WINDOWS_MAX];
	struct ui_term *term;
	struct ui_input *input;
	const struct glyphs *glyphs; /* that the terminal has */
	int rows, cols;		     /* of the operator's terminal */
	bool color;
	int pairs_side; /* of a square of all pairs of colours, the default ones first; 0: none */
	struct quantizer quantizer;
	bool mouse;

	bool prefix; /* the prefix key was typed */
	enum ui_overlay overlay;
	int help_top;
	struct ui_prompt prompt;
	ui_prompt_cb *confirmed;
	struct guest *confirm_guest;
	char message[UI_MESSAGE_SIZE];
	struct loop_event *message_timer;
	char hint[UI_MESSAGE_SIZE]; /* at the first run, until a key is typed */

	bool broadcast;
	struct view *broadcast_views[LAYOUT_WINDOWS_MAX];
	size_t broadcast_count;

	struct ui_paste paste;
	char *copied; /* what was copied last, UTF-8 */
	size_t copied_len;
	struct search *search; /* what was searched for last, or NULL */
	char pattern[UI_PROMPT_SIZE];
	const struct view *searched;
	struct loop_event *search_timer;

	struct loop_event *frame;
	struct loop_event *rest; /* a guest prints no more, perhaps */
	bool dirty;
	bool frame_set;
	uint64_t frame_ns; /* when the last one was drawn */
	int status;

	int control; /* of the module, or negative */
	struct watcher *watcher;

	bool started; /* windows have the guests that were there first */
	bool keeps_session;
	bool first_run;
	struct session *session; /* as it was kept last */
	struct loop_event *save;
	bool save_set;
};

/* ui.c */
struct ui_options {
	const struct origin *origins;
	size_t count;
	bool ports;
	bool attach;  /* new VMs */
	bool find;    /* sockets of VMMs that run */
	bool session; /* windows as they were, and kept */
	struct config *config;
	bool config_named; /* and not where it is unless one is named */
};

/* Runs it until the operator leaves. Returns a status. */
int ui_run(const struct ui_options *options);

void ui_leave(struct ui *ui, int status);
/* Something is to be drawn, soon. */
void ui_touch(struct ui *ui);
/* A message for the operator, for some seconds. */
void ui_say(struct ui *ui, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The first of the settings that are wrong. @named: the file, by who started this. */
void ui_say_wrong_settings(struct ui *ui, bool named);
void ui_suspend(void);

/* The window that keys go to; its view may be NULL. */
struct ui_window *ui_focus(struct ui *ui);
/* Shows a guest in a window, NULL: nothing. */
void ui_show(struct ui *ui, struct ui_window *window, struct guest *guest);
/* A guest to type at without a window; to be given to view_put(). NULL: no memory. */
struct view *ui_view(struct ui *ui, struct guest *guest);
/* Where windows are; returns how many. Rows and columns of the whole screen. */
size_t ui_places(const struct ui *ui, struct layout_place *places);
/* The sizes of guests' screens that are to fit follow those of their windows. */
void ui_fit(struct ui *ui);

/* ui_draw.c */
void ui_draw(struct ui *ui);

/* ui_list.c */
void ui_list_rebuild(struct ui *ui);
void ui_list_draw(struct ui *ui, int rows, int cols);
/* Width of the list on the screen, with its border; 0: hidden. */
int ui_list_width(const struct ui *ui);
void ui_list_select(struct ui *ui, struct guest *guest);
void ui_list_act(struct ui *ui, enum action action);
/* The guest @step further in the list as it is shown, from @guest on. */
struct guest *ui_list_next(struct ui *ui, const struct guest *guest, int step, bool active);

/* What lives comes first. */
int ui_list_state_rank(const struct guest *guest);

/* ui_rows.c */
/* Rows of the guests in @list->shown; there is room for two for each. */
void ui_rows_build(struct ui_list *list);
/* Groups in their order; 0: the same group. */
int ui_rows_compare(enum ui_group group, const struct guest *a, const struct guest *b);
/* The heading of a guest's group. */
const char *ui_rows_heading(const struct ui_list *list, const struct guest *guest,
			    char text[SOURCE_NAME_SIZE]);
/* The row that is selected. */
size_t ui_rows_at(const struct ui_list *list);
void ui_rows_fold(struct ui_list *list, const char *heading, bool fold);

/* ui_window.c */
void ui_window_draw(struct ui *ui, struct ui_window *window, const struct layout_place *place);

/* ui_terminal.c: the terminal in front of a guest */
/* By the settings, unless by keys. */
struct terminal *ui_terminal(struct ui *ui, struct guest *guest);
void ui_terminal_act(struct ui *ui, enum action action);

/* Whether the Backspace key sends ^H to a guest. */
bool ui_sends_bs(const struct view *view);

/* ui_pan.c: which part of a guest's screen a window shows that is smaller */
void ui_pan_follow(struct ui *ui, struct ui_window *window, int height, int width);
void ui_pan_act(struct ui *ui, struct ui_window *window, enum action action);
/* Where there is more of it: one of each of "<>^v" at most. */
const char *ui_pan_more(const struct ui_window *window, const struct layout_place *place,
			char text[8]);
/* A key goes to the guest: back to the cursor. */
void ui_pan_typed(struct ui_window *window);
/* Columns in front of the screen, for times. */
int ui_pan_gutter(const struct ui_window *window);

/* ui_hex.c */
void ui_hex_draw(struct ui *ui, struct ui_window *window, const struct layout_place *place);
/* Up or down by so many of its lines. */
void ui_hex_scroll(struct ui_window *window, long lines);
/* A key of looking back, in the hexadecimal view; false: none that it knows. */
bool ui_hex_act(struct ui *ui, struct ui_window *window, enum action action);

/* ui_status.c */
void ui_status_draw(struct ui *ui);
void ui_tabs_draw(struct ui *ui);

/* ui_help.c */
void ui_help_draw(struct ui *ui);
bool ui_help_key(struct ui *ui, uint32_t key);

/* ui_prompt.c */
void ui_prompt_open(struct ui *ui, const char *label, const char *text, ui_prompt_cb *changed,
		    ui_prompt_cb *done, ui_prompt_cb *left);
void ui_prompt_key(struct ui *ui, uint32_t key);
void ui_prompt_draw(struct ui *ui);

/* ui_sysrq.c */
void ui_sysrq_draw(struct ui *ui);
void ui_sysrq_key(struct ui *ui, uint32_t key);

/* ui_session.c */
/* False: there is none. */
bool ui_session_load(struct ui *ui);
void ui_session_changed(struct ui *ui);
void ui_session_save(void *ui);

/* ui_keys.c: what the operator does */
void ui_key(struct ui *ui, uint32_t key, unsigned int mods);
/* Tells that a key means nothing where it was typed. */
void ui_say_nothing(struct ui *ui, uint32_t key);
/* A whole key that has no name here: the guest gets its bytes, if keys go to it. */
void ui_sequence(struct ui *ui, const unsigned char *bytes, size_t len);
/* For the guest, whatever it means elsewhere. */
void ui_type(struct ui *ui, uint32_t key, unsigned int mods);

/* ui_paste.c */
void ui_paste_begin(struct ui *ui);
void ui_paste_end(struct ui *ui);
/* True: the key belongs to a paste, or has aborted it. */
bool ui_paste_key(struct ui *ui, uint32_t key, unsigned int mods);
/* Whether the key has aborted a paste or a file that waits for the guest. */
/* The same of the bytes of one that has no name. */
bool ui_paste_sequence(struct ui *ui, const unsigned char *bytes, size_t len);
bool ui_paste_abort(struct ui *ui, uint32_t key);
void ui_paste_pause(void *ui);

/* ui_broadcast.c: typing at several guests */
void ui_broadcast_start(struct ui *ui);
void ui_broadcast_stop(struct ui *ui);
/* Keys go to those that are marked and live by now. Not while they are given to each. */
void ui_broadcast_follow(struct ui *ui);
/* A guest was marked, or is not any more. */
void ui_broadcast_marked(struct ui *ui);
/* Whether what is typed goes to this one as to others: then it is red. */
bool ui_broadcasts(const struct ui *ui, const struct view *view);
/* How many there are. */
size_t ui_broadcast_reached(const struct ui *ui);
/* The guest is about to be freed. */
void ui_broadcast_forget(struct ui *ui, const struct guest *guest);

/* ui_act.c */
void ui_act(struct ui *ui, enum action action);
/* Calls @fn for each guest that typing goes to and that may be typed at. */
size_t ui_each_typed(struct ui *ui, void (*fn)(struct view *view, const void *arg),
		     const void *arg);
void ui_send(struct ui *ui, const void *bytes, size_t len);

/* ui_term.c: the operator's terminal */
int ui_term_open(struct ui *ui);
void ui_term_close(struct ui *ui);

/* Behind the screen: which guests did not get what was typed. */
void ui_say_unread(struct ui *ui);
/* Writes out what was drawn, as fast as the terminal takes it. */
void ui_term_flush(struct ui *ui);
/* The last frame is still on its way. */
bool ui_term_busy(const struct ui *ui);
/* What was drawn becomes the next frame. */
void ui_term_refresh(struct ui *ui);
/* Whether there are keys that were not read. */
bool ui_input_waits(void);
/* Bytes for the terminal itself, between frames. */
void ui_term_put(struct ui *ui, const char *bytes, size_t len);
void ui_term_again(struct ui *ui);
void ui_term_resized(struct ui *ui);
void ui_term_mouse(struct ui *ui, bool on);

#endif /* KPL011_UI_H */
