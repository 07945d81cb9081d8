// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/typing.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/cmd.h"
#include "cmd/escape.h"
#include "cmd/hold.h"
#include "source/feed.h"
#include "vt/glyphs.h"
#include "vt/keyseq.h"

/* How many bytes of input wait here; the rest stays unread in standard input. */
#define QUEUE 65536

/*
 * A guest that takes nothing must not lock its operator in: the escape key comes
 * after the rest of a paste. After STALL_MS more input is read, up to STALL_QUEUE.
 */
#define STALL_MS 2000
#define STALL_QUEUE (8 * 1024 * 1024)

/* How long to wait for the end of a guest's output after nothing could be sent any more. */
#define GONE_MS 1000

/* How many times to wait that long if it prints on and standard input is not a terminal. */
#define GONE_MAX 10

/* Time for the guest's answer after the end of standard input that is not a terminal. */
#define LINGER_MS 500

/* How long a message is likely to stay on the screen. */
#define TOLD_NS 3000000000ull

/* Bytes per read. */
#define CHUNK 4096

/* Room for a last read beyond the queue's limit: in UTF-8 a byte may become three. */
#define FEED_LIMIT (STALL_QUEUE + 4 * (CHUNK + KEYSEQ_MAX))

/* How long to wait again for the rest of a key when input has come but was not read yet. */
#define AGAIN_MS 10

struct typing {
	struct loop *loop;
	struct source *src;
	const char *label;
	const struct notes *notes;
	const bool *cursor_keys; /* the guest wants application cursor keys; or NULL */
	typing_left_cb *left;
	void *arg;
	struct hold *hold;
	struct feed *feed; /* NULL: nothing can be sent */
	struct escape escape;
	struct glyphs glyphs; /* of the terminal */
	struct glyphs_typed typed;
	bool translates;
	struct keyseq keyseq;
	struct loop_event *cut;
	size_t in_len;
	unsigned char in[CHUNK + KEYSEQ_MAX]; /* read; from one turn to the next, part of a key */
	char escape_name[ESCAPE_NAME_SIZE];
	struct loop_event *keys;
	struct loop_event *stall;
	struct loop_event *linger;
	bool keyboard;	    /* stdin is a terminal */
	bool takes_nothing; /* the source takes no input, and --spy was not given */
	bool stalled;
	bool gone;    /* nothing can be sent any more */
	int gone_for; /* how many times GONE_MS has passed since */
	const struct drain *drain;
	bool input_ended;
	uint64_t told_ns; /* when it was last said that what is typed goes nowhere; 0: never */
};

static void leave(struct typing *typing, int status)
{
	typing->left(status, typing->arg);
}

static void help(struct typing *typing)
{
	const char *esc = typing->escape_name;

	note(typing->notes, "after %s:", esc);
	note_more(typing->notes, "q d .   leave");
	if (typing->feed) {
		note_more(typing->notes, "b       send a break");
		note_more(typing->notes,
			  "s KEY   send a break and KEY: a Linux guest's magic SysRq");
		note_more(typing->notes, "t       take the input from its holder");
		note_more(typing->notes, "%-7s send %s itself", esc, esc);
	}
	note_more(typing->notes, "z       suspend kpl011");
	note_more(typing->notes, "? h     this help");
}

static size_t queue_limit(const struct typing *typing)
{
	/* Input that goes nowhere fills no queue. */
	if (typing->gone)
		return SIZE_MAX;
	return typing->stalled ? STALL_QUEUE : QUEUE;
}

/* Reads keys while there is room for them. */
static void gate(struct typing *typing)
{
	size_t queued = typing_unsent(typing);

	if (typing->stalled && queued < QUEUE)
		typing->stalled = false;
	if (typing->input_ended)
		return;
	if (queued < queue_limit(typing)) {
		loop_on(typing->keys);
		return;
	}
	loop_off(typing->keys);
	if (typing->keyboard && !typing->stalled)
		loop_timer_set(typing->stall, STALL_MS);
}

/* Limits messages about keys, so that not every key of a word gets one. */
static bool may_tell(struct typing *typing)
{
	uint64_t now = clock_ns();

	if (typing->told_ns && now - typing->told_ns < TOLD_NS)
		return false;
	typing->told_ns = now;
	return true;
}

/* The guest prints on, but takes no input, as with a connection that is closed one way. */
static void say_gone(struct typing *typing)
{
	if (may_tell(typing))
		note(typing->notes, "cannot send to %s any more: what is typed goes nowhere",
		     typing->label);
}

/*
 * Whether the guest's end may still come: some output has yet to be read or written. A guest that
 * prints on for ever has no end.
 */
static bool may_end(const struct typing *typing)
{
	struct pollfd more = { .fd = typing->src->fd, .events = POLLIN };
	struct source_facts facts;

	if (drain_is_behind(typing->drain))
		return true;
	/* Another host has reported the end, and the output may be on its way. */
	if (!source_facts(typing->src, &facts) && !facts.live)
		return true;
	poll(&more, 1, 0);
	return more.revents & (POLLHUP | POLLERR) ||
	       (more.revents & POLLIN && typing->gone_for < GONE_MAX);
}

static void on_gone(struct typing *typing)
{
	if (typing->keyboard) {
		say_gone(typing);
	} else if (may_end(typing)) {
		typing->gone_for++;
		loop_timer_set(typing->stall, GONE_MS);
	} else {
		/* The rest of a file is not sent. */
		note(typing->notes, "cannot send to %s any more", typing->label);
		leave(typing, TYPING_UNSENT);
	}
}

static void on_stall(void *arg)
{
	struct typing *typing = arg;
	size_t queued = typing_unsent(typing);

	if (typing->gone) {
		on_gone(typing);
		return;
	}
	if (queued < QUEUE || typing->stalled)
		return;
	typing->stalled = true;
	note(typing->notes, "%s takes no input; %zu KiB wait for it", typing->label, queued / 1024);
	gate(typing);
}

static void taken(void *arg)
{
	struct typing *typing = arg;

	gate(typing);
	if (typing->input_ended && feed_empty(typing->feed))
		loop_timer_set(typing->linger, LINGER_MS);
}

static void make_feed(struct typing *typing);

/* Another process holds the input: lost keys are reported, and the rest of a file is not sent. */
static void refused(struct typing *typing, bool tell)
{
	if (tell)
		hold_refused(typing->hold);
	if (!typing->keyboard)
		leave(typing, STATUS_FAILED);
}

/*
 * What was typed is lost. At a keyboard the next key may have better luck; of a file nothing more
 * is sent, or there would be a gap in it.
 */
static void lost(struct typing *typing, int err)
{
	if (!typing->keyboard || may_tell(typing))
		note(typing->notes, "cannot send to %s: %s", typing->label, strerror(-err));
	if (!typing->keyboard)
		leave(typing, cmd_unsent(err));
}

static void failed(int err, void *arg)
{
	struct typing *typing = arg;

	/* Most likely the output ends as well: wait for that. */
	typing->gone = err == -ENODEV;
	if (typing->gone) {
		loop_timer_set(typing->stall, GONE_MS);
		gate(typing);
		return;
	}
	if (err == -EBUSY)
		refused(typing, true);
	else
		lost(typing, err);
	/* Keys that come later are sent if that can be done then; the rest of a paste is not. */
	make_feed(typing);
}

static const struct feed_ops feed_ops = {
	.taken = taken,
	.failed = failed,
};

static void make_feed(struct typing *typing)
{
	feed_free(typing->feed);
	typing->feed = feed_new(typing->loop, typing->src, FEED_LIMIT, &feed_ops, typing);
}

static void on_linger(void *arg)
{
	struct typing *typing = arg;

	if (source_unread_lost(typing->src))
		loop_timer_set(typing->linger, LINGER_MS);
	else
		leave(typing, STATUS_OK);
}

/* Says that nothing is sent, so that no key remains without an answer. */
static void say_watching(struct typing *typing)
{
	if (typing->takes_nothing && !typing->keyboard) {
		note(typing->notes, "nothing can be sent to %s: it can only be read",
		     typing->label);
		leave(typing, STATUS_USAGE);
	}
	if (typing->keyboard && may_tell(typing))
		note(typing->notes, "this console only watches: what is typed goes nowhere");
}

static void queue(struct typing *typing, const void *bytes, size_t len)
{
	int err = feed_bytes(typing->feed, bytes, len);

	if (err)
		lost(typing, err);
}

static void queue_translated(struct typing *typing, const unsigned char *bytes, size_t len)
{
	char out[CHUNK + GLYPHS_TYPED_ROOM];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		n += glyphs_type(&typing->glyphs, &typing->typed, (char)bytes[i], out + n);
		if (n > CHUNK) {
			queue(typing, out, n);
			n = 0;
		}
	}
	if (n)
		queue(typing, out, n);
}

static void send_bytes(struct typing *typing, const unsigned char *bytes, size_t len)
{
	if (!len)
		return;
	if (!typing->feed) {
		say_watching(typing);
		return;
	}
	if (typing->gone) {
		/* The first message comes later, from on_gone(), unless the console ends before. */
		if (typing->told_ns)
			say_gone(typing);
		return;
	}
	if (!hold_may_type(typing->hold))
		refused(typing, false);
	else if (typing->translates)
		queue_translated(typing, bytes, len);
	else
		queue(typing, bytes, len);
}

static void send_break(struct typing *typing, const unsigned char *key)
{
	int err;

	if (!typing->feed)
		note(typing->notes, "this console only watches");
	else if (typing->src->no_break)
		note(typing->notes, "the console of %s carries no break", typing->label);
	else if (!hold_may_type(typing->hold))
		return;
	else if ((err = feed_break(typing->feed)) == -ENOBUFS)
		note(typing->notes, "too many breaks wait for %s", typing->label);
	else if (err == -ENODEV)
		say_gone(typing);
	else if (err)
		note(typing->notes, "cannot send a break to %s: %s", typing->label, strerror(-err));
	else if (key)
		send_bytes(typing, key, 1);
}

static void say_unknown(const struct typing *typing, const unsigned char *key, size_t len)
{
	char text[KEYSEQ_TEXT_SIZE];

	note(typing->notes, "%s %s means nothing, %s ? lists what does", typing->escape_name,
	     len == 1 ? escape_name(*key, text) : keyseq_text(key, len, text), typing->escape_name);
}

static void act(struct typing *typing, enum escape_act what, const unsigned char *key, size_t len)
{
	switch (what) {
	case ESCAPE_ACT_LEAVE:
		leave(typing, TYPING_LEFT);
		break;
	case ESCAPE_ACT_BREAK:
		send_break(typing, NULL);
		break;
	case ESCAPE_ACT_SYSRQ:
		send_break(typing, key);
		break;
	case ESCAPE_ACT_NO_SYSRQ:
		note(typing->notes, "no SysRq was chosen; nothing was sent");
		break;
	case ESCAPE_ACT_TAKE:
		if (typing->feed)
			hold_take(typing->hold);
		else
			note(typing->notes, "this console only watches");
		break;
	case ESCAPE_ACT_HELP:
		help(typing);
		break;
	case ESCAPE_ACT_SUSPEND:
		/* Stop the whole pipeline, as a terminal's Ctrl-Z does. */
		kill(0, SIGTSTP);
		break;
	case ESCAPE_ACT_UNKNOWN:
		say_unknown(typing, key, len);
		break;
	case ESCAPE_ACT_SEND:
	case ESCAPE_ACT_WAIT:
		break;
	}
}

/* Handles keys. After the escape key it waits until the next key is whole, unless @ended. */
static void keys_typed(struct typing *typing, bool ended)
{
	const unsigned char *in = typing->in;
	size_t from = 0;
	size_t at = 0;

	while (at < typing->in_len) {
		bool plain = typing->escape.state == ESCAPE_PLAIN;
		size_t left = typing->in_len - at;
		enum escape_act what;
		size_t n;

		if (plain && !memchr(in + at, typing->escape.key, left)) {
			at = typing->in_len;
			break;
		}
		n = keyseq_length(&typing->keyseq, in + at, left, ended || plain);
		if (!n)
			break;
		what = escape_step(&typing->escape, in + at, n);
		if (what != ESCAPE_ACT_SEND) {
			/* Keep the order: first send what was typed before it. */
			send_bytes(typing, in + from, at - from);
			from = at + n;
			act(typing, what, in + at, n);
		}
		at += n;
		if (what == ESCAPE_ACT_LEAVE) {
			/* Discard what was typed after it. */
			typing->in_len = at;
			break;
		}
	}
	send_bytes(typing, in + from, at - from);
	typing->in_len -= at;
	memmove(typing->in, typing->in + at, typing->in_len);
	if (typing->in_len)
		loop_timer_set(typing->cut, keyseq_wait_ms(typing->in, typing->in_len));
	/* Send at once what was typed just before the operator leaves. */
	if (typing->feed)
		feed_flush(typing->feed);
}

/* The rest of a key did not come in time, unless it is there and was not read yet. */
static void on_cut(void *arg)
{
	struct typing *typing = arg;
	struct pollfd more = { .fd = STDIN_FILENO, .events = POLLIN };

	if (poll(&more, 1, 0) == 1 && more.revents & POLLIN)
		loop_timer_set(typing->cut, AGAIN_MS);
	else if (typing->in_len)
		keys_typed(typing, true);
}

/*
 * DECCKM: makes arrows, Home and End as the guest wants them, since the terminal does not know of
 * the mode. It changes keys that come alone; a paste stays as it is.
 */
static void make_cursor_keys(unsigned char *keys, size_t len)
{
	for (size_t i = 0; i < len; i += 3)
		if (i + 2 >= len || keys[i] != 0x1b || keys[i + 1] != '[' ||
		    !memchr("ABCDFH", keys[i + 2], 6))
			return;
	for (size_t i = 0; i < len; i += 3)
		keys[i + 1] = 'O';
}

static void on_keys(void *arg)
{
	struct typing *typing = arg;
	size_t queued = typing_unsent(typing);
	size_t room = queue_limit(typing) - queued;
	unsigned char *buf = typing->in + typing->in_len;
	ssize_t n;

	n = read(STDIN_FILENO, buf, room < CHUNK ? room : CHUNK);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		if (typing->keyboard && typing->cursor_keys && *typing->cursor_keys)
			make_cursor_keys(buf, (size_t)n);
		typing->in_len += (size_t)n;
		keys_typed(typing, false);
		gate(typing);
		return;
	}
	if (n < 0 && errno != EIO) {
		note(typing->notes, "cannot read standard input: %s", strerror(errno));
		leave(typing, STATUS_FAILED);
		return;
	}
	if (typing->in_len)
		keys_typed(typing, true);
	typing->input_ended = true;
	loop_off(typing->keys);
	/* The end of input from a terminal means that the terminal was closed. */
	if (typing->keyboard)
		leave(typing, STATUS_SIGNAL + SIGHUP);
	else if (!typing->feed || feed_empty(typing->feed))
		loop_timer_set(typing->linger, LINGER_MS);
}

struct typing *typing_new(struct loop *loop, struct source *src, struct hold *hold, int escape,
			  const char *label, const struct notes *notes, typing_left_cb *left,
			  void *arg)
{
	struct typing *typing = calloc(1, sizeof(*typing));

	if (!typing)
		return NULL;
	typing->loop = loop;
	typing->src = src;
	typing->label = label;
	typing->notes = notes;
	typing->left = left;
	typing->arg = arg;
	typing->keyboard = isatty(STDIN_FILENO);
	escape_init(&typing->escape, escape);
	escape_name(escape, typing->escape_name);
	glyphs_init(&typing->glyphs, glyphs_locale());
	typing->keyseq = (struct keyseq){
		.apart = escape,
		.locale = glyphs_typed(&typing->glyphs),
	};
	typing->hold = hold;
	if (hold)
		make_feed(typing);
	typing->keys = loop_reader(loop, STDIN_FILENO, LOOP_KEYS, on_keys, typing);
	typing->stall = loop_timer(loop, on_stall, typing);
	typing->linger = loop_timer(loop, on_linger, typing);
	typing->cut = loop_timer(loop, on_cut, typing);
	if (!typing->keys || !typing->cut || !typing->stall || !typing->linger ||
	    (hold && !typing->feed)) {
		typing_free(typing);
		return NULL;
	}
	gate(typing);
	return typing;
}

void typing_follow_output(struct typing *typing, const struct drain *drain)
{
	typing->drain = drain;
}

void typing_takes_nothing(struct typing *typing)
{
	typing->takes_nothing = true;
}

void typing_follow_cursor_keys(struct typing *typing, const bool *wanted)
{
	typing->cursor_keys = wanted;
}

void typing_translate(struct typing *typing)
{
	typing->translates = typing->keyboard && glyphs_typed(&typing->glyphs);
}

size_t typing_unsent(const struct typing *typing)
{
	return typing->feed ? feed_queued(typing->feed) : 0;
}

void typing_free(struct typing *typing)
{
	if (!typing)
		return;
	loop_event_free(typing->linger);
	loop_event_free(typing->stall);
	loop_event_free(typing->keys);
	loop_event_free(typing->cut);
	feed_free(typing->feed);
	if (typing->glyphs.locale)
		freelocale(typing->glyphs.locale);
	free(typing);
}
