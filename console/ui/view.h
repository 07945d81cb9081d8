/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that is looked at: its bytes in an emulator, and keys to it. There
 * is one for each guest, however many windows show it.
 */
#ifndef KPL011_VIEW_H
#define KPL011_VIEW_H

#include "guests/guest.h"
#include "ui/times.h"
#include "vt/vt.h"

struct feed;

/* Bytes of history that are replayed. */
#define VIEW_REPLAY (256 * 1024)

/* Bytes that may wait for a guest: a paste of any reasonable size. */
#define VIEW_QUEUE (64 * 1024 * 1024)

struct view_ops {
	void (*changed)(struct view *view, void *arg);
	/* Something to tell the operator. */
	void (*say)(struct view *view, const char *text, void *arg);
};

struct view {
	struct guest *guest;
	const struct view_ops *ops;
	void *arg;
	unsigned int users; /* windows that show it */
	struct vt *vt;
	struct times *times; /* of its lines */
	struct feed *feed;   /* NULL: nothing can be sent */
	struct source *fed;  /* where the feed goes */
	uint64_t bulk_end;   /* of a paste or a file: when so many bytes were taken */
	bool bulk_pasted;
	uint64_t oldest;   /* of the bytes that were shown */
	uint64_t replayed; /* what lies before this is history */
	uint64_t skipped;  /* bytes that were missed, in all */
	bool looks;	   /* there was something to look at */
	bool lives;	   /* the guest did when it was last heard of */
	bool was_gone;	   /* it has not come back since */
	bool has_resets;   /* @resets is known */
	uint64_t resets;   /* of the guest */
	bool spy;
	bool typed;  /* and nothing came since */
	bool echoes; /* what came is the first since: it is to be shown at once */
	struct source_input input;
	uint64_t release_ms;  /* set by its user; 0: the input is not let go of by itself */
	const char *take_key; /* likewise: behind which the input is taken; NULL: none */
	uint64_t typed_ms;    /* CLOCK_MONOTONIC, when something was typed or waited last */
	bool released;	      /* it was let go of since, and nobody has had it */
};

/**
 * view_get - look at a guest
 * @guest: the guest
 * @terminal: its size, whether the guest may change that, and encoding, if nobody looks at it yet
 * @scrollback: lines, likewise
 * @ops: likewise
 * @arg: for @ops
 *
 * Each is to be given back with view_put(). NULL: no memory.
 */
struct view *view_get(struct guest *guest, const struct terminal *terminal, size_t scrollback,
		      const struct view_ops *ops, void *arg);
void view_put(struct view *view);

/* After the guest came, went, or came back. */
void view_guest_changed(struct view *view);

/*
 * The operator types: takes the input if nobody holds it. False: another does,
 * or it is only watched, or the guest takes none; the operator was told.
 */
bool view_may_type(struct view *view);

/* Bytes for the guest, as they are; between them view_may_type() was true. */
bool view_send(struct view *view, const void *bytes, size_t len);
bool view_break(struct view *view);
/* A character, or the operator is told that the guest has none such. */
void view_key_char(struct view *view, uint32_t ch, unsigned int mods);
void view_flush(struct view *view);

/* Bytes that wait for the guest; and forgets them. */
size_t view_queued(const struct view *view);
void view_drop_queue(struct view *view);

/* What was sent up to here is a paste, or else a file: it can be aborted. */
void view_bulk(struct view *view, bool pasted);
/* Whether some of it still waits. */
bool view_bulk_waits(const struct view *view);
/* Forgets all that waits, ends the paste that it was, and says so. */
void view_abort(struct view *view);

/* Takes or gives the input, and says so. */
void view_input(struct view *view, enum source_act act);

/* Asks who holds the input, and lets go of it when nothing was typed for long. */
void view_refresh_input(struct view *view);

/*
 * What is kept of its history is shown anew, in another encoding. False: not all that it has
 * printed is kept; lines of which nothing is stay as they were.
 */
bool view_read_again(struct view *view, enum encoding encoding);

/* Of a VM that was reset the emulator is, too. */
void view_look_for_reset(struct view *view);

#endif /* KPL011_VIEW_H */
