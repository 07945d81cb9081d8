/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which key triggers which action of the screen: the defaults below, and changes from the
 * settings. The help overlay is generated from this table, too. Pure.
 */
#ifndef KPL011_KEYMAP_H
#define KPL011_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A key is a Unicode character, control characters included, or one of these. */
enum key_code {
	KEY_CODE_NONE = 0x200000,
	KEY_CODE_UP,
	KEY_CODE_DOWN,
	KEY_CODE_LEFT,
	KEY_CODE_RIGHT,
	KEY_CODE_INSERT,
	KEY_CODE_DELETE,
	KEY_CODE_HOME,
	KEY_CODE_END,
	KEY_CODE_PAGE_UP,
	KEY_CODE_PAGE_DOWN,
	KEY_CODE_BACKTAB,
	KEY_CODE_F1, /* F2 is KEY_CODE_F1 + 1, up to F12 */
	KEY_CODE_F12 = KEY_CODE_F1 + 11,
	KEY_CODE_SHIFT_UP, /* these four only after the prefix key */
	KEY_CODE_SHIFT_DOWN,
	KEY_CODE_SHIFT_LEFT,
	KEY_CODE_SHIFT_RIGHT,
	KEY_CODE_BYTE = 0x300000, /* plus a byte >= 0x80 of a paste that belongs to no character */
};

#define KEY_ENTER_CODE '\r'
#define KEY_TAB_CODE '\t'
#define KEY_ESCAPE_CODE 0x1b
#define KEY_BACKSPACE_CODE 0x7f

/* Size of a key's name, including its NUL. */
#define KEY_NAME_SIZE 16

/* Parses "Ctrl-A" or "^A", "F1", "PageUp", "Space", or one character. False: no such key. */
bool key_parse(const char *text, uint32_t *key);

/* The name of a key, for messages; of KEY_CODE_NONE: "no key". */
const char *key_text(uint32_t key, char text[KEY_NAME_SIZE]);

/* Where a key has a meaning. */
enum keymap_place {
	KEYMAP_PREFIX, /* after the prefix key, anywhere */
	KEYMAP_LIST,   /* in the list of guests */
	KEYMAP_SCROLL, /* while looking back */
	KEYMAP_PLACES,
};

/* Constant, place, name in the settings, default keys, help (at most 51 columns). */
#define KEYMAP_ACTIONS(X)                                                                         \
	X(QUIT, PREFIX, "quit", "q d .", "leave; the guests keep running")                        \
	X(HELP, PREFIX, "help", "? h", "show this help")                                          \
	X(LIST, PREFIX, "list", "l Tab", "go to the list of guests, and back")                    \
	X(LIST_HIDE, PREFIX, "list-hide", "L", "hide or show the list")                           \
	X(NEXT_GUEST, PREFIX, "next-guest", "n", "next guest in this window")                     \
	X(PREVIOUS_GUEST, PREFIX, "previous-guest", "p", "previous guest")                        \
	X(ACTIVE_GUEST, PREFIX, "active-guest", "a", "next guest that did something")             \
	X(SCROLL, PREFIX, "scroll", "[ PageUp", "look back, search and copy")                     \
	X(SEARCH, PREFIX, "search", "/", "look back for a pattern")                               \
	X(PASTE, PREFIX, "paste", "]", "send what was copied last")                               \
	X(BREAK, PREFIX, "break", "b", "send a break")                                            \
	X(SYSRQ, PREFIX, "sysrq", "s", "menu of magic SysRq keys for Linux")                      \
	X(SEND_FILE, PREFIX, "send-file", "f", "send a file as it is")                            \
	X(DROP_INPUT, PREFIX, "drop-input", "D", "drop input that the guest has not taken")       \
	X(STTY, PREFIX, "stty", "t", "type 'stty rows R cols C' for the guest")                   \
	X(SIZE, PREFIX, "size", "=", "set the size of the guest's screen")                        \
	X(ENCODING, PREFIX, "encoding", "E", "set its encoding: UTF-8, code page 437 or Latin-1") \
	X(BACKSPACE, PREFIX, "backspace", "H", "set what Backspace sends: DEL or Ctrl-H")         \
	X(RESET, PREFIX, "reset-terminal", "R", "reset the guest's terminal here")                \
	X(VIEW_LEFT, PREFIX, "view-left", "Shift-Left (",                                         \
	  "show what is to the left of the window")                                               \
	X(VIEW_RIGHT, PREFIX, "view-right", "Shift-Right )", "show what is to its right")         \
	X(VIEW_UP, PREFIX, "view-up", "Shift-Up ^", "show what is above it")                      \
	X(VIEW_DOWN, PREFIX, "view-down", "Shift-Down v", "show what is below it")                \
	X(TAKE, PREFIX, "take-input", "i", "take the input from whoever has it")                  \
	X(GIVE, PREFIX, "give-input", "I", "release the input: anyone may type")                  \
	X(SPY, PREFIX, "spy", "w", "only watch, or stop only watching")                           \
	X(MARK, PREFIX, "mark", "m", "mark this guest, or unmark it")                             \
	X(BROADCAST, PREFIX, "broadcast", "B", "type to all marked guests, or stop doing so")     \
	X(SPLIT_RIGHT, PREFIX, "split-right", "| %", "open another window on the right")          \
	X(SPLIT_DOWN, PREFIX, "split-down", "- \"", "open another window below")                  \
	X(CLOSE, PREFIX, "close-window", "x", "close this window; the guest keeps running")       \
	X(ZOOM, PREFIX, "zoom", "z", "show this window alone, or all again")                      \
	X(NEXT_WINDOW, PREFIX, "next-window", "o", "go to the next window")                       \
	X(WINDOW_LEFT, PREFIX, "window-left", "Left", "go to the window on the left")             \
	X(WINDOW_RIGHT, PREFIX, "window-right", "Right", "go to the window on the right")         \
	X(WINDOW_UP, PREFIX, "window-up", "Up", "go to the window above")                         \
	X(WINDOW_DOWN, PREFIX, "window-down", "Down", "go to the window below")                   \
	X(WIDER, PREFIX, "wider", ">", "make this window wider")                                  \
	X(NARROWER, PREFIX, "narrower", "<", "make it narrower")                                  \
	X(TALLER, PREFIX, "taller", "+", "make it taller")                                        \
	X(SHORTER, PREFIX, "shorter", "_", "make it shorter")                                     \
	X(TAB_NEW, PREFIX, "new-tab", "c", "open another tab")                                    \
	X(TAB_NEXT, PREFIX, "next-tab", "} Space", "next tab")                                    \
	X(TAB_PREVIOUS, PREFIX, "previous-tab", "{", "previous tab")                              \
	X(GRID, PREFIX, "grid", "g", "open a tab with all marked guests, or all guests")          \
	X(TIMES, PREFIX, "times", "T", "show line times: of day, since the last line, none")      \
	X(HEX, PREFIX, "hex", "X", "show the bytes in hexadecimal")                               \
	X(MOUSE, PREFIX, "mouse", "M", "leave the mouse to the terminal, or use it here")         \
	X(REDRAW, PREFIX, "redraw", "r Ctrl-L", "draw the screen again")                          \
	X(SUSPEND, PREFIX, "suspend", "Ctrl-Z", "suspend kpl011")                                 \
	X(LIST_UP, LIST, "up", "k Up", "up")                                                      \
	X(LIST_DOWN, LIST, "down", "j Down", "down")                                              \
	X(LIST_PAGE_UP, LIST, "page-up", "PageUp Ctrl-B", "a page up")                            \
	X(LIST_PAGE_DOWN, LIST, "page-down", "PageDown Ctrl-F", "a page down")                    \
	X(LIST_FIRST, LIST, "first", "g Home", "first guest")                                     \
	X(LIST_LAST, LIST, "last", "G End", "last guest")                                         \
	X(LIST_OPEN, LIST, "open", "Enter", "type at this guest; fold or unfold a group")         \
	X(LIST_UNFOLD, LIST, "unfold", "Right", "unfold a group; type at this guest")             \
	X(LIST_FOLD, LIST, "fold", "Left", "fold the group")                                      \
	X(LIST_LEAVE, LIST, "leave", "Tab l", "go back to the window")                            \
	X(LIST_FILTER, LIST, "filter", "/", "show only names that contain a text")                \
	X(LIST_CLEAR, LIST, "clear", "Esc", "clear the filter")                                   \
	X(LIST_SORT, LIST, "sort", "s", "sort by name, activity, state, rate or number")          \
	X(LIST_GROUP, LIST, "group", "b", "group by state, user, name or host, or not at all")    \
	X(LIST_MARK, LIST, "mark-guest", "Space m", "mark a guest, for broadcast and the grid")   \
	X(LIST_DETAILS, LIST, "details", "i", "show all columns, or name and state")              \
	X(LIST_GRID, LIST, "list-grid", "v", "open a tab with all marked guests, or all guests")  \
	X(LIST_REAP, LIST, "forget", "d", "forget a guest that is gone")                          \
	X(LIST_HELP, LIST, "list-help", "? h", "show this help")                                  \
	X(LIST_QUIT, LIST, "list-quit", "q", "leave; the guests keep running")                    \
	X(BACK_UP, SCROLL, "line-up", "k Up", "a line up")                                        \
	X(BACK_DOWN, SCROLL, "line-down", "j Down", "a line down")                                \
	X(BACK_LEFT, SCROLL, "char-left", "h Left", "a character to the left")                    \
	X(BACK_RIGHT, SCROLL, "char-right", "l Right", "a character to the right")                \
	X(BACK_PAGE_UP, SCROLL, "back-page-up", "PageUp Ctrl-B", "a page up")                     \
	X(BACK_PAGE_DOWN, SCROLL, "back-page-down", "PageDown Ctrl-F Space", "a page down")       \
	X(BACK_LINE_START, SCROLL, "line-start", "0 Home", "start of the line")                   \
	X(BACK_LINE_END, SCROLL, "line-end", "$ End", "end of the line")                          \
	X(BACK_TOP, SCROLL, "oldest", "g", "the oldest line")                                     \
	X(BACK_BOTTOM, SCROLL, "newest", "G", "the newest line")                                  \
	X(BACK_SEARCH, SCROLL, "search-back", "/ ?", "search for a pattern, upwards")             \
	X(BACK_AGAIN, SCROLL, "search-again", "n", "search again, upwards")                       \
	X(BACK_REVERSE, SCROLL, "search-reverse", "N", "search again, downwards")                 \
	X(BACK_SELECT, SCROLL, "select", "v", "select from here")                                 \
	X(BACK_SELECT_LINE, SCROLL, "select-line", "V", "select lines")                           \
	X(BACK_COPY, SCROLL, "copy", "y Enter", "copy what is selected, also to the clipboard")   \
	X(BACK_SAVE, SCROLL, "save", "s", "write what is selected, or all, to a file")            \
	X(BACK_TIMES, SCROLL, "back-times", "T",                                                  \
	  "show line times: of day, since the last line, none")                                   \
	X(BACK_LEAVE, SCROLL, "scroll-leave", "q Esc", "go back to the present")

#define KEYMAP_ENUM(id, place, name, keys, help) ACTION_##id,

enum action {
	ACTION_NONE,
	KEYMAP_ACTIONS(KEYMAP_ENUM) ACTIONS,
};

#undef KEYMAP_ENUM

/* An action has at most one key less than this. */
#define KEYMAP_KEYS_MAX 6

struct keymap {
	uint32_t prefix;
	uint32_t keys[ACTIONS][KEYMAP_KEYS_MAX]; /* each row ends with KEY_CODE_NONE */
};

void keymap_init(struct keymap *map);

/**
 * keymap_set - bind keys to an action, in place of those it had
 * @map: the map
 * @name: the action's name, or "prefix"
 * @keys: names of keys, separated by blanks; empty: the action has no key
 * @why: set to the reason if false is returned
 *
 * Other actions of the same place lose these keys.
 */
bool keymap_set(struct keymap *map, const char *name, const char *keys, const char **why);

/* The action of a key; ACTION_NONE: the key has no meaning there. */
enum action keymap_find(const struct keymap *map, enum keymap_place place, uint32_t key);

/* The name of an action's first key, for messages. */
const char *keymap_key(const struct keymap *map, enum action action, char text[KEY_NAME_SIZE]);

/* For the help: an action's place, its name and help text, and its keys as text. */
enum keymap_place keymap_place(enum action action);
const char *keymap_name(enum action action);
const char *keymap_help(enum action action);
const char *keymap_keys(const struct keymap *map, enum action action, char *text, size_t size);

#endif /* KPL011_KEYMAP_H */
