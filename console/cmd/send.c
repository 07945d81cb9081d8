// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/send.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/msg.h"
#include "cmd/busy.h"
#include "cmd/cmd.h"
#include "cmd/limit.h"
#include "cmd/unread.h"
#include "guests/await.h"
#include "guests/guests.h"
#include "guests/pick.h"
#include "source/feed.h"
#include "source/words.h"

#define QUEUE 65536

struct send {
	const struct send_request *request;
	struct loop *loop;
	struct source *src;
	struct source_facts facts;
	const char *label;
	struct feed *feed;
	struct pace *pace; /* NULL: send everything at once */
	struct unread unread;
	int64_t until; /* as when_now(); 0: no limit */
	int status;
	int err; /* why it could not be sent */
	/* What to send next, of the text or of what was read of the file. */
	const char *next;
	size_t left;
	struct loop_event *reader; /* NULL: there is no file, or it has ended */
	char last;		   /* the last byte that was read of it */
	bool enter;		   /* the carriage return of --enter is still to come */
	struct loop_event *timer;
	struct loop_event *settle; /* looks for what the guest has not read */
	uint64_t given;		   /* bytes that were put into the feed */
	char buf[16384];
};

static void stop(struct send *send, int status)
{
	send->status = status;
	loop_stop(send->loop);
}

/* Whether there is more to send, now or once it has been read. */
static bool has_more(struct send *send)
{
	if (!send->left && !send->reader && send->enter) {
		send->enter = false;
		send->next = "\r";
		send->left = 1;
	}
	return send->left || send->reader;
}

static void failed(int err, void *arg)
{
	struct send *send = arg;

	send->err = err;
	stop(send, cmd_unsent(err));
}

/* False: they cannot be sent, and nothing after them. */
static bool give(struct send *send, const void *bytes, size_t len)
{
	int err = feed_bytes(send->feed, bytes, len);

	if (err) {
		failed(err, send);
		return false;
	}
	send->given += len;
	return true;
}

/*
 * Everything was taken: waits until the guest has read it. Without --timeout it waits only half a
 * second, or as long as closing a pipe or connection would lose it.
 */
static void look_unread(void *arg)
{
	struct send *send = arg;

	switch (unread_look(&send->unread, send->request->timeout_ms != 0)) {
	case UNREAD_WAIT:
		loop_timer_set(send->settle, UNREAD_ASK_MS);
		break;
	case UNREAD_LATE:
		msg_error("%s has not read everything yet: waiting for it", send->label);
		loop_timer_set(send->settle, UNREAD_ASK_MS);
		break;
	case UNREAD_NONE:
		stop(send, STATUS_OK);
		break;
	case UNREAD_GONE:
		failed(-ENODEV, send);
		break;
	case UNREAD_SOME:
		msg_error("%s has not read %" PRIu64 " %s in its %s", send->label,
			  send->unread.bytes,
			  send->unread.bytes == 1 ? "byte yet: it waits" : "bytes yet: they wait",
			  send->unread.known ? "port" : "pipe");
		stop(send, STATUS_OK);
		break;
	case UNREAD_LOST:
		msg_error("%s lost %" PRIu64 " of %" PRIu64 " bytes unread", send->label,
			  send->unread.bytes, send->given);
		msg_more("It emptied its FIFO, as when it sets up its UART. Send them again.");
		stop(send, STATUS_FAILED);
		break;
	}
}

/* Keeps the feed filled, as fast as the pace allows; stops when everything was taken. */
static void refill(struct send *send)
{
	while (has_more(send)) {
		size_t room = QUEUE - feed_queued(send->feed);
		size_t len = send->left < room ? send->left : room;

		if (len)
			len = pace_allow(send->pace, (const unsigned char *)send->next, len);
		if (!len)
			break;
		if (!give(send, send->next, len))
			return;
		send->next += len;
		send->left -= len;
	}
	if (send->reader && !send->left)
		loop_on(send->reader);
	else if (send->reader)
		loop_off(send->reader);
	if (!has_more(send) && feed_empty(send->feed) && pace_done(send->pace) &&
	    !pace_end(send->pace))
		look_unread(send);
}

static void ready(void *arg)
{
	refill(arg);
}

static void taken(void *arg)
{
	struct send *send = arg;

	if (feed_empty(send->feed))
		pace_taken(send->pace);
	refill(send);
}

static const struct feed_ops feed_ops = {
	.taken = taken,
	.failed = failed,
};

static void unreadable(int err, void *arg)
{
	struct send *send = arg;

	if (!err)
		failed(-ENODEV, send);
	else if (!send->err)
		failed(err, send);
}

static void too_hard(void *arg)
{
	struct send *send = arg;

	msg_error("%s takes too many steps at some places in what %s prints: they are skipped",
		  send->request->pace.wait_for, send->label);
	msg_more("Nested repeats, as in (a+)+, are the usual cause.");
}

static const struct pace_ops pace_ops = {
	.ready = ready,
	.failed = unreadable,
	.too_hard = too_hard,
};

static void say_left(struct send *send)
{
	uint64_t queued = feed_queued(send->feed) + send->src->unsent;
	uint64_t waits = unread_bytes(&send->unread);
	bool lost = source_unread_lost(send->src);

	if (!queued && !send->given)
		return;
	if (lost)
		msg_more("What nobody has read of it is lost: send it again.");
	if (lost && !queued)
		return;
	/* A break does not count as a byte. */
	if (queued || has_more(send))
		msg_more("%" PRIu64 " bytes were taken; the rest was not sent.",
			 queued < send->given ? send->given - queued : 0);
	else
		msg_more("All of it was sent: %" PRIu64 " bytes were taken.", send->given);
	if (waits)
		msg_more("%" PRIu64 " of them wait in its port: it has not read them yet.", waits);
}

/* Called after the loop, since busy_say() may have to ask another host for the holder. */
static void say_failed(struct send *send)
{
	if (send->err == -EBUSY)
		busy_say(send->src, send->label, "send to", true);
	else if (send->err == -ENODEV)
		msg_error("cannot send to %s: %s", send->label,
			  source_detached(send->src) ? "it was detached"
			  : send->src->no_past	     ? "its console was closed"
						     : "its VM is gone");
	else
		msg_error("cannot send to %s: %s", send->label, strerror(-send->err));
	say_left(send);
}

static void on_input(void *arg)
{
	struct send *send = arg;
	ssize_t n = read(send->request->fd, send->buf, sizeof(send->buf));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		msg_error("cannot read %s: %s", send->request->path, strerror(errno));
		say_left(send);
		stop(send, STATUS_FAILED);
		return;
	}
	if (!n) {
		loop_event_free(send->reader);
		send->reader = NULL;
	}
	send->next = send->buf;
	send->left =
		send->request->cr ? send_as_typed(send->buf, (size_t)n, &send->last) : (size_t)n;
	refill(send);
}

static void on_timeout(void *arg)
{
	struct send *send = arg;

	if (pace_waits(send->pace)) {
		msg_error("%s did not print %s after line %" PRIu64 " in time", send->label,
			  send->request->pace.wait_for, pace_lines(send->pace));
		if (*pace_last(send->pace))
			msg_more("Its last line: %s", pace_last(send->pace));
		else
			msg_more("It printed nothing after it.");
	} else {
		msg_error("%s did not %s everything in time", send->label,
			  has_more(send) || !feed_empty(send->feed) ? "take" : "read");
	}
	say_left(send);
	stop(send, STATUS_TIMEOUT);
}

static bool make(struct send *send)
{
	const struct send_request *request = send->request;
	bool local = !send->facts.host && !send->facts.where;

	send->feed = feed_new(send->loop, send->src, QUEUE, &feed_ops, send);
	send->timer = loop_timer(send->loop, on_timeout, send);
	send->settle = loop_timer(send->loop, look_unread, send);
	if (request->fd >= 0)
		send->reader = loop_reader(send->loop, request->fd, LOOP_DATA, on_input, send);
	if (pace_wanted(&request->pace))
		send->pace =
			pace_new(send->loop, send->src, &request->pace, local, &pace_ops, send);
	return send->feed && send->timer && send->settle && (send->reader || request->fd < 0) &&
	       (send->pace || !pace_wanted(&request->pace)) &&
	       !source_join(send->src, send->loop) && !loop_stop_on_signals(send->loop);
}

static int work(struct send *send)
{
	const struct send_request *request = send->request;
	char key = (char)request->sysrq;
	int sig = 0;

	if (!make(send)) {
		msg_error("out of memory");
		send->status = STATUS_FAILED;
	} else {
		if (send->until)
			loop_timer_set(send->timer, limit_left_ms(send->until));
		if (request->send_break || request->sysrq)
			feed_break(send->feed);
		if (!request->sysrq || give(send, &key, 1))
			refill(send);
		sig = loop_run(send->loop);
	}
	source_leave(send->src);
	if (send->err)
		say_failed(send);
	else if (sig > 0)
		say_left(send);
	loop_event_free(send->settle);
	loop_event_free(send->timer);
	loop_event_free(send->reader);
	pace_free(send->pace);
	feed_free(send->feed);
	return status_after(sig, send->status);
}

/* What has to be done before anything is sent. */
static int prepare(struct send *send)
{
	const struct send_request *request = send->request;
	int err;

	if (send->src->no_break && (request->send_break || request->sysrq)) {
		msg_error("cannot send a break to %s: its console carries none", send->label);
		return STATUS_USAGE;
	}
	if (request->pace.wait_for) {
		err = source_seek(send->src, send->facts.tx_newest);
		if (err) {
			msg_error("cannot read the output of %s: %s", send->label, strerror(-err));
			return STATUS_FAILED;
		}
	}
	if (request->take && !busy_take(send->src, send->label))
		return limit_is_over(send->until) ? STATUS_TIMEOUT : STATUS_FAILED;
	unread_begin(&send->unread, send->src, &send->facts);
	send->loop = loop_new();
	if (send->loop)
		return STATUS_OK;
	msg_error("out of memory");
	return STATUS_FAILED;
}

int send_to(const struct send_request *request, const char *spec, char label[SOURCE_NAME_SIZE])
{
	struct send send = {
		.request = request,
		.label = label,
		.next = request->text,
		.left = request->text_len,
		.enter = request->enter,
	};
	bool came;
	int status;

	send.until = limit_begin(request->timeout_ms);
	if (send.until && request->waits)
		status = await_open(spec, PICK_WRITE, send.until, &send.src, &send.facts, &came);
	else
		status = pick_open(spec, PICK_WRITE, &send.src, &send.facts);
	if (status)
		return status;
	guests_label(&send.facts, label);
	status = prepare(&send);
	if (!status)
		status = work(&send);
	loop_free(send.loop);
	source_close(send.src);
	return status;
}

size_t send_as_typed(char *bytes, size_t len, char *last)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		bool second = bytes[i] == '\n' && *last == '\r';

		*last = bytes[i];
		if (!second)
			bytes[n++] = bytes[i] == '\n' ? '\r' : bytes[i];
	}
	return n;
}
