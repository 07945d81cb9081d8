// SPDX-License-Identifier: GPL-2.0-only
#include "ui/view.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "source/feed.h"
#include "source/holder.h"

static void say(struct view *view, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct view *view, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	view->ops->say(view, text, view->arg);
}

/*
 * The emulator answers the guest's queries only if this process holds the input, has released it
 * because nobody typed, or the source is one without holders.
 */
static void set_live(struct view *view, uint64_t pos)
{
	bool holds = view->input.mine || view->released || !view->guest->src ||
		     !view->guest->src->ops->input;

	vt_live(view->vt, pos >= view->replayed && holds && !view->spy);
}

/* Writes line by line, since each line has a time of its own. */
static void write_lines(struct view *view, const unsigned char *bytes, size_t len)
{
	while (len) {
		const unsigned char *end = memchr(bytes, '\n', len);
		size_t n = end ? (size_t)(end - bytes) + 1 : len;
		struct vt_cursor cursor;
		bool begins;

		vt_cursor(view->vt, &cursor);
		begins = (!cursor.col || *bytes == '\r') && !vt_on_alternate(view->vt);
		times_line(view->times, (long)vt_scrolled(view->vt) + cursor.row, n, begins);
		vt_write(view->vt, bytes, n);
		bytes += n;
		len -= n;
	}
}

void view_look_for_reset(struct view *view)
{
	struct source_facts facts;

	if (!view->guest->src || source_facts(view->guest->src, &facts))
		return;
	if (view->was_gone ? facts.live : view->has_resets && facts.resets > view->resets) {
		vt_revive(view->vt);
		view->was_gone = false;
		view->ops->changed(view, view->arg);
	}
	view->has_resets = true;
	view->resets = facts.resets;
}

static void on_bytes(uint64_t pos, const unsigned char *bytes, size_t len, uint64_t skipped,
		     void *arg)
{
	struct view *view = arg;
	size_t old = 0;

	view->skipped += skipped;
	if (pos < view->oldest)
		view->oldest = pos;
	times_begin(view->times, pos, view->guest->src);
	vt_begin(view->vt);
	if (source_begins(view->guest->src, pos))
		vt_revive(view->vt);
	if (pos < view->replayed) {
		old = len;
		if (view->replayed - pos < len)
			old = (size_t)(view->replayed - pos);
		vt_live(view->vt, false);
		write_lines(view, bytes, old);
	}
	if (len > old) {
		view_look_for_reset(view);
		set_live(view, pos + old);
		write_lines(view, bytes + old, len - old);
	}
	view->guest->seen = view->guest->newest;
	view->echoes = view->typed;
	view->typed = false;
	view->ops->changed(view, view->arg);
}

static void on_send(const char *bytes, size_t len, void *arg)
{
	view_send(arg, bytes, len);
}

static void on_bell(void *arg)
{
	struct view *view = arg;

	view->guest->bell = true;
	view->ops->changed(view, view->arg);
}

static const struct vt_ops vt_ops = {
	.send = on_send,
	.bell = on_bell,
};

static void make_feed(struct view *view);

static void on_taken(void *arg)
{
	struct view *view = arg;

	view->ops->changed(view, view->arg);
}

static void say_failed(struct view *view, int err)
{
	const char *name = view->guest->origin.name;

	if (err == -ENODEV)
		say(view, "cannot send to %s any more", name);
	else
		say(view, "cannot send to %s: %s", name, strerror(-err));
}

static void on_failed(int err, void *arg)
{
	struct view *view = arg;
	const char *name = view->guest->origin.name;

	switch (err) {
	case -ENODEV:
		/* The reader reports that the guest is gone. */
		break;
	case -ECONNRESET:
		/* The connection to the guest's host reports what was on its way. */
		make_feed(view);
		break;
	case -EBUSY:
		view_refresh_input(view);
		make_feed(view);
		say(view, "%s: another process holds the input; what was typed did not arrive",
		    name);
		break;
	default:
		say_failed(view, err);
		break;
	}
	view->ops->changed(view, view->arg);
}

static const struct feed_ops feed_ops = {
	.taken = on_taken,
	.failed = on_failed,
};

static void make_feed(struct view *view)
{
	struct guest *guest = view->guest;

	feed_free(view->feed);
	view->feed = NULL;
	view->bulk_end = 0;
	if (guest->src && guest->src->fd >= 0 && guest_takes_input(guest))
		view->feed = feed_new(guest->loop, guest->src, VIEW_QUEUE, &feed_ops, view);
}

static void look_from(struct view *view, uint64_t from)
{
	view->looks = view->guest->src;
	view->replayed = UINT64_MAX;
	view->replayed = guest_look(view->guest, from, on_bytes, view);
}

static void look(struct view *view)
{
	look_from(view, guest_history(view->guest, VIEW_REPLAY));
}

/* Reports what is still queued, as it is about to be dropped. */
static void say_unsent(struct view *view)
{
	size_t queued = view_queued(view);

	if (queued)
		say(view, "%zu bytes that were typed were not sent to %s", queued,
		    view->guest->origin.name);
}

void view_guest_changed(struct view *view)
{
	bool lives = view->guest->state == GUEST_LIVE;
	bool feeds = view->feed;

	/* A guest that comes back is another life. */
	view->was_gone |= view->lives && !lives;
	view->lives = lives;
	if (guest_takes_input(view->guest) != feeds) {
		say_unsent(view);
		make_feed(view);
	}
	/* The guest has come: show it like a terminal that is switched on. */
	if (lives && !view->looks)
		look(view);
}

/*
 * Finds the line from which on everything was printed at position *@from or later, and moves
 * *@from to where that begins. A line of unknown position continues the line before it. Lines on
 * the screen need not be in order: an older one below the line found is taken to be drawn again.
 * UINT64_MAX: there is no such line.
 */
static uint64_t find_line(const struct view *view, uint64_t *from)
{
	uint64_t scrolled = vt_scrolled(view->vt);
	uint64_t oldest = scrolled - vt_scrollback(view->vt);
	uint64_t first = UINT64_MAX;
	uint64_t found = UINT64_MAX;
	uint64_t pos;
	int rows;
	int cols;

	vt_size(view->vt, &rows, &cols);
	for (uint64_t line = scrolled + (uint64_t)rows; line-- > oldest;) {
		if (!times_begins(view->times, (long)line, &pos))
			continue;
		if (pos < *from && line < scrolled)
			break;
		if (pos < *from)
			continue;
		found = line;
		first = pos < first ? pos : first;
	}
	if (found != UINT64_MAX)
		*from = first;
	return found;
}

bool view_read_again(struct view *view, enum encoding encoding)
{
	struct guest *guest = view->guest;
	uint64_t from = guest_history(guest, VIEW_REPLAY);
	bool all;

	vt_encode(view->vt, encoding);
	if (guest->err)
		from = guest->newest;
	all = from <= view->oldest;
	if (from >= guest->newest)
		return all;
	vt_go_back(view->vt, all ? 0 : find_line(view, &from));
	times_forget(view->times, (long)vt_scrolled(view->vt));
	guest_unlook(guest);
	look_from(view, from);
	return all;
}

void view_key_char(struct view *view, uint32_t ch, unsigned int mods)
{
	if (vt_key_char(view->vt, ch, mods))
		return;
	say(view, "U+%04X was not sent: the encoding of %s does not have it", ch,
	    view->guest->origin.name);
}

struct view *view_get(struct guest *guest, const struct terminal *terminal, size_t scrollback,
		      const struct view_ops *ops, void *arg)
{
	struct view *view = guest->view;

	if (view) {
		view->users++;
		return view;
	}
	view = calloc(1, sizeof(*view));
	if (!view)
		return NULL;
	view->guest = guest;
	view->ops = ops;
	view->arg = arg;
	view->users = 1;
	view->lives = guest->state == GUEST_LIVE;
	view->oldest = UINT64_MAX;
	view->vt = vt_new(terminal->rows, terminal->cols, scrollback, &vt_ops, view);
	view->times = times_new(scrollback + VT_ROWS_MAX);
	if (!view->vt || !view->times) {
		times_free(view->times);
		vt_free(view->vt);
		free(view);
		return NULL;
	}
	vt_encode(view->vt, terminal->encoding);
	vt_let_resize(view->vt, !terminal->fit);
	guest->view = view;
	look(view);
	view_refresh_input(view);
	view_look_for_reset(view);
	make_feed(view);
	guest_seen(guest);
	return view;
}

void view_put(struct view *view)
{
	if (!view || --view->users)
		return;
	say_unsent(view);
	guest_unlook(view->guest);
	feed_free(view->feed);
	if (view->input.mine)
		source_input(view->guest->src, SOURCE_GIVE, &view->input);
	view->guest->view = NULL;
	vt_free(view->vt);
	times_free(view->times);
	free(view);
}

/* The most important part comes first, as the status line may cut off the rest. */
static void say_holder(struct view *view, const char *what, const char *takes)
{
	char about[SOURCE_ABOUT_SIZE];
	char name[HOLDER_NAME_SIZE];
	bool key = view->take_key && view->input.other;

	holder_about(&view->input, about);
	say(view, "%s: %s %s%s%s%s%s%s", view->guest->origin.name, what,
	    holder_name(&view->input, name), key ? ", " : "", key ? view->take_key : "",
	    key ? takes : "", *about ? ": " : "", about);
}

/* Releases an input that nobody has used for long; our next key takes it again. */
static void release(struct view *view)
{
	if (view_queued(view))
		view->typed_ms = clock_ms();
	if (!view->release_ms || clock_ms() - view->typed_ms < view->release_ms)
		return;
	if (source_input(view->guest->src, SOURCE_GIVE, &view->input) || view->input.mine)
		return;
	view->released = true;
	view->ops->changed(view, view->arg);
}

void view_refresh_input(struct view *view)
{
	struct source_input input;

	if (!view->guest->src || source_input(view->guest->src, SOURCE_ASK, &input))
		return;
	if (input.mine != view->input.mine || input.pid != view->input.pid)
		view->ops->changed(view, view->arg);
	view->input = input;
	if (input.other || input.lost)
		view->released = false;
	if (input.lost)
		say_holder(view, "the input was taken by", " takes it back");
	else if (input.mine)
		release(view);
}

bool view_may_type(struct view *view)
{
	struct guest *guest = view->guest;
	int err;

	if (view->spy) {
		say(view, "%s is only watched (spy): keys do not go to it", guest->origin.name);
		return false;
	}
	if (guest->src && guest->src->no_input) {
		say(view, "%s can only be read: nothing can be sent to it", guest->origin.name);
		return false;
	}
	if (!view->feed) {
		say(view, "%s is %s: nothing can be sent to it", guest->origin.name,
		    guest_state_name(guest));
		return false;
	}
	view->typed_ms = clock_ms();
	if (view->input.mine || !guest->src->ops->input)
		return true;
	err = source_input(guest->src, SOURCE_TAKE, &view->input);
	view->released = false;
	if (err == -EBUSY) {
		say_holder(view, "the input is held by", " takes it");
		return false;
	}
	return true;
}

bool view_send(struct view *view, const void *bytes, size_t len)
{
	int err;

	guest_typed(view->guest);
	view->typed = true;
	/* The emulator answers also where nothing can be sent. */
	if (!view->feed)
		return false;
	err = feed_bytes(view->feed, bytes, len);
	if (err == -ENOBUFS)
		say(view, "%s: no room for this input: %zu of at most %d KiB are waiting already",
		    view->guest->origin.name, feed_queued(view->feed) / 1024, VIEW_QUEUE / 1024);
	else if (err)
		say_failed(view, err);
	return !err;
}

bool view_break(struct view *view)
{
	int err = -ENODEV;

	if (view->guest->src && view->guest->src->no_break) {
		say(view, "the console of %s carries no break; ports and telnet do",
		    view->guest->origin.name);
		return false;
	}
	if (view->feed)
		err = feed_break(view->feed);
	if (err == -ENOBUFS)
		say(view, "%s: too many breaks wait", view->guest->origin.name);
	else if (err)
		say_failed(view, err);
	return !err;
}

void view_flush(struct view *view)
{
	if (view->feed)
		feed_flush(view->feed);
}

size_t view_queued(const struct view *view)
{
	return view->feed ? feed_queued(view->feed) : 0;
}

void view_drop_queue(struct view *view)
{
	bool pasted = view_bulk_waits(view) && view->bulk_pasted;

	make_feed(view);
	/* Otherwise the guest would wait for the end of the paste. */
	if (pasted)
		vt_paste_end(view->vt);
	view_flush(view);
}

void view_bulk(struct view *view, bool pasted)
{
	if (!view->feed)
		return;
	view->bulk_end = feed_taken(view->feed) + feed_queued(view->feed);
	view->bulk_pasted = pasted;
}

bool view_bulk_waits(const struct view *view)
{
	return view->feed && feed_taken(view->feed) < view->bulk_end;
}

void view_abort(struct view *view)
{
	size_t queued = view_queued(view);

	view_drop_queue(view);
	say(view, "%s: aborted, %zu bytes of it were not sent", view->guest->origin.name, queued);
}

void view_input(struct view *view, enum source_act act)
{
	const char *name = view->guest->origin.name;
	int err = -ENODEV;

	view->typed_ms = clock_ms();
	view->released = false;
	if (view->guest->src)
		err = source_input(view->guest->src, act, &view->input);
	if (err == -EOPNOTSUPP)
		say(view, "%s: nobody can hold its input; whoever is connected may type", name);
	else if (err == -EBUSY)
		say_holder(view, "the input is held by", " takes it");
	else if (err == -ENODEV && view->guest->state != GUEST_LIVE)
		say(view, "%s is %s: nobody can hold its input", name,
		    guest_state_name(view->guest));
	else if (err)
		say(view, "%s: cannot %s the input: %s", name,
		    act == SOURCE_GIVE ? "release" : "take", strerror(-err));
	else
		say(view, view->input.mine ? "%s: you hold the input" : "%s: anyone may type",
		    name);
}
