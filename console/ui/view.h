/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A view of a guest: the terminal emulator that its output goes to, and the queue of what is
 * typed at it. A guest has at most one view, which all windows that show it share.
 */
#ifndef KPL011_VIEW_H
#define KPL011_VIEW_H

#include "guests/guest.h"
#include "ui/times.h"
#include "vt/vt.h"

struct feed;

/* Bytes of history that a new view replays. */
#define VIEW_REPLAY (256 * 1024)

/* Bytes that may be queued for a guest: a paste of any reasonable size. */
#define VIEW_QUEUE (64 * 1024 * 1024)

struct view_ops {
	/* What the view shows has changed. */
	void (*changed)(struct view *view, void *arg);
	/* A message for the operator. */
	void (*say)(struct view *view, const char *text, void *arg);
};

struct view {
	struct guest *guest;
	const struct view_ops *ops;
	void *arg;
	unsigned int users; /* calls of view_get() without their view_put() */
	struct vt *vt;
	struct times *times; /* when its lines were printed */
	struct feed *feed;   /* NULL: nothing can be sent */
	uint64_t bulk_end;   /* feed_taken() at the end of the last paste or file */
	bool bulk_pasted;
	uint64_t oldest;   /* position of the oldest byte shown */
	uint64_t replayed; /* bytes before this position are replayed history */
	uint64_t skipped;  /* bytes that were missed, in total */
	bool looks;	   /* there was a source when the view last began to show it */
	bool lives;	   /* the guest was live at the last change */
	bool was_gone;	   /* the guest was, and its terminal is not revived yet */
	bool has_resets;   /* @resets is known */
	uint64_t resets;   /* of the VM, at the last check */
	bool spy;	   /* the guest is only watched */
	bool typed;	   /* something, and no output came since */
	bool echoes;	   /* the output is the first since: draw it at once */
	struct source_input input;
	uint64_t release_ms;  /* set by the user: release an input unused this long; 0: never */
	const char *take_key; /* likewise: name of the key that takes the input; NULL: none */
	uint64_t typed_ms;    /* CLOCK_MONOTONIC, when something was last typed or queued */
	bool released;	      /* the input, after @release_ms, and it was not taken since */
};

/**
 * view_get - get the view of a guest, or make it
 * @guest: the guest
 * @terminal: size, whether the guest may change it, and encoding; only for a new view
 * @scrollback: lines to keep, likewise
 * @ops: likewise
 * @arg: for @ops
 *
 * Return: the view, to be released with view_put(); NULL: no memory
 */
struct view *view_get(struct guest *guest, const struct terminal *terminal, size_t scrollback,
		      const struct view_ops *ops, void *arg);
void view_put(struct view *view);

/* To be called after the guest came, went, or came back. */
void view_guest_changed(struct view *view);

/*
 * Call this before sending what the operator types: it takes the input if nobody holds it.
 * False: another process holds it, the guest is only watched, or it takes no input; the
 * operator was told.
 */
bool view_may_type(struct view *view);

/* Queue bytes, unchanged, or a break, after view_may_type(). False: it was not queued. */
bool view_send(struct view *view, const void *bytes, size_t len);
bool view_break(struct view *view);
/* Queues a character in the guest's encoding; if that lacks it, tells the operator. */
void view_key_char(struct view *view, uint32_t ch, unsigned int mods);
/* Sends what the guest takes of the queue now. */
void view_flush(struct view *view);

/* How many bytes are queued for the guest; and drops them. */
size_t view_queued(const struct view *view);
void view_drop_queue(struct view *view);

/* Marks what was sent up to here as a paste, or else a file, which can be aborted. */
void view_bulk(struct view *view, bool pasted);
/* Whether some of it is still queued. */
bool view_bulk_waits(const struct view *view);
/* Drops the queue, ends the paste if it was one, and tells the operator. */
void view_abort(struct view *view);

/* Takes or releases the input, and tells the operator. */
void view_input(struct view *view, enum source_act act);

/* Finds out who holds the input, and releases ours after @release_ms without typing. */
void view_refresh_input(struct view *view);

/*
 * Shows the guest's history again in another encoding. False: not all that the view has shown
 * is kept; lines of which no bytes are kept stay as they were.
 */
bool view_read_again(struct view *view, enum encoding encoding);

/* Revives the emulator if the VM was reset, or is live again after it was gone. */
void view_look_for_reset(struct view *view);

#endif /* KPL011_VIEW_H */
