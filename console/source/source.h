/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A source: where the bytes of one guest come from and go to. A kernel port is
 * one; whatever else has a history with positions, takes input and knows when
 * its guest is gone can be another.
 *
 * Nothing here waits. Errors are negative errno values:
 *   -EAGAIN  not now; the descriptor becomes readable or writable
 *   -EHOSTDOWN  its host is not connected
 *   -ENODEV  the guest is gone
 */
#ifndef KPL011_SOURCE_H
#define KPL011_SOURCE_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes of a name with its NUL. */
#define SOURCE_NAME_SIZE 64

enum source_state {
	SOURCE_DEAD, /* its VM is gone */
	SOURCE_LIVE,
	SOURCE_DETACHED, /* its VM goes on without it */
};

/* What an account is called, with its NUL. */
#define SOURCE_USER_SIZE 33

/*
 * What is known about a guest's port. Times: CLOCK_BOOTTIME of this machine in
 * nanoseconds; on another host it may have been before this one's boot, and is
 * negative then.
 */
struct source_facts {
	const char *host;  /* what the operator calls it, or NULL: this machine */
	const char *where; /* as an operator writes it; NULL: a port, with an @id */
	uint32_t id;
	enum source_state state;
	bool live; /* @state is SOURCE_LIVE */
	pid_t pid; /* 0: not known, or ended */
	uid_t uid;
	uint64_t gpa;
	uint32_t intid;
	uint32_t ring_size;
	int64_t attach_ns;
	int64_t death_ns;   /* 0: it lives */
	uint64_t life;	    /* tells this attach from all others of its port, also tomorrow */
	uint64_t tx_newest; /* position behind the newest byte */
	uint64_t tx_oldest; /* position of the oldest that is kept */
	uint64_t tx_breaks;
	uint64_t rx_bytes;
	uint64_t rx_queued;
	uint64_t rx_breaks;
	uint64_t reads;
	uint64_t writes;
	uint64_t interrupts;
	uint64_t resets; /* of its UART, by an operator or with the VM */
	char name[SOURCE_NAME_SIZE];
	char user[SOURCE_USER_SIZE]; /* of @uid on its host; empty: ask this machine */
};

/* When the byte at a position was sent; the time is as in the facts. */
struct source_mark {
	uint64_t pos;
	int64_t ns;
};

enum source_act {
	SOURCE_ASK,
	SOURCE_TAKE,  /* unless another has it */
	SOURCE_SEIZE, /* from whoever has it */
	SOURCE_GIVE,
};

/* What is known about who holds the input, with its NUL. */
#define SOURCE_ABOUT_SIZE 288

/* Who holds the input of a guest; nobody: any may type. */
struct source_input {
	bool mine;
	bool other;
	bool lost;    /* another took it since this was last told */
	pid_t pid;    /* of @other, or who took it; 0: not known */
	char who[16]; /* its task's name */
	/* It is another host's process, and that host said so much about it. */
	bool far;
	char about[SOURCE_ABOUT_SIZE];
};

/* A position in what a guest printed, for another day. */
struct source_place {
	uint64_t life; /* as of the facts */
	uint64_t pos;  /* of that life alone */
	/* What tells whether it is the same life still, where that does not; @size 0: nothing. */
	uint64_t size;
	int64_t changed_ns;
	uint64_t sum;
};

struct loop;
struct source;

struct source_ops {
	/*
	 * Reads on from the source's position. @skipped: bytes that were no
	 * longer kept, just before those returned; with -EAGAIN, which are told
	 * again with those that come. 0: the end.
	 */
	ssize_t (*read)(struct source *src, void *buf, size_t len, uint64_t *skipped);
	/* Sets the position. -EINVAL: it is beyond the newest byte. */
	int (*seek)(struct source *src, uint64_t pos);
	/* Takes what there is room for, in order; never 0. */
	ssize_t (*write)(struct source *src, const void *buf, size_t len);
	/* A break, behind the bytes that were written before. */
	int (*send_break)(struct source *src);
	int (*facts)(struct source *src, struct source_facts *facts);
	/* Forgets a guest that is gone. -EBUSY: it is not. */
	int (*reap)(struct source *src);
	/*
	 * Optional. The last mark at or before @pos, then those behind it, at
	 * most @count; if the one for @pos is lost, from the oldest kept on.
	 */
	size_t (*marks)(struct source *src, uint64_t pos, struct source_mark *marks, size_t count);
	/* Optional. Who may type. @act as asked; -EBUSY: @input says who does. */
	int (*input)(struct source *src, enum source_act act, struct source_input *input);
	/*
	 * Optional: no byte is overwritten that the next read would return; the
	 * guest waits, for a while. -EPERM: it is not to.
	 */
	int (*lossless)(struct source *src, bool on);
	/*
	 * Optional: a guest that is gone may come back. 0: it has, its history
	 * goes on, and the descriptor is another one; also with -EINPROGRESS.
	 */
	int (*again)(struct source *src);
	/*
	 * Optional. 0: all that was written has arrived; -EAGAIN: not yet, the
	 * descriptor is writable when it has, unless more is written before.
	 */
	int (*flush)(struct source *src);
	/*
	 * Optional. What has arrived and is not read, when nothing more is written: bytes, or
	 * SOURCE_UNREAD_SOME. @kept: it can still be read when this has been closed. -ENODEV: who
	 * was to read it has gone without.
	 */
	int (*unread)(struct source *src, bool *kept);
	/*
	 * Optional: a loop does what there is to do for it from now on, NULL: none
	 * does. Without one, what is asked for may wait for an answer. -ENOMEM.
	 */
	int (*join)(struct source *src, struct loop *loop);
	/*
	 * Optional, both: what @pos is to be kept as, since positions and the life are others when
	 * it is opened the next time; and, when it was just opened, whether it has the place, of
	 * its own life. Without them it is as in the facts.
	 */
	void (*place)(struct source *src, uint64_t pos, struct source_place *place);
	bool (*has_place)(struct source *src, const struct source_place *place);
	/*
	 * Optional: of what is read from now on so many bytes are kept, a power of two; 0: as many
	 * as usual, and what is there.
	 */
	void (*keep)(struct source *src, size_t size);
	void (*close)(struct source *src);
};

/* What has the name of what is read by now cannot be read itself: nothing is gone on with. */
struct source_blocked {
	int err; /* why, for origin_strerror(); 0: nothing is so */
	dev_t dev;
	ino_t ino;
	bool holds; /* now: it may have gone, and nothing that can be read has come */
	bool news;  /* this was not told yet */
	bool told;  /* something was, and not that it is over */
};

/* Something is not read, and nobody can tell how many bytes. */
#define SOURCE_UNREAD_SOME INT_MAX

struct source {
	const struct source_ops *ops;
	int fd;	     /* to wait for: bytes, room, or the guest's end */
	int room_fd; /* for room, where that is another one; else 0 */
	/* What a port has and this does not. */
	bool no_input;
	bool no_break;
	bool no_past; /* nothing is kept of what was printed when nobody read */
	/* With an error of writing: bytes and breaks that were taken before and have not arrived.
	 */
	size_t unsent;
	/* What was written was waited for, or that was ended: closing it waits for nothing. */
	bool settled;
	/* It is not there yet: @fd is readable when source_again() has something to do. */
	bool connecting;
	/* What was read from there on is another VMM's than what is in front of it; 0: nothing. */
	uint64_t begins;
	/* As of the last read. */
	struct source_blocked blocked;
};

static inline ssize_t source_read(struct source *src, void *buf, size_t len, uint64_t *skipped)
{
	return src->ops->read(src, buf, len, skipped);
}

/* Whether what was read just now, from @pos on, does not go on with what was before. */
static inline bool source_begins(const struct source *src, uint64_t pos)
{
	return pos && src->begins == pos;
}

/*
 * After a read: something is to be told, once for each of them. @err: what would be read next
 * cannot be, and why, for origin_strerror(); 0: that is over.
 */
static inline bool source_blocked_news(struct source *src, int *err)
{
	bool news = src->blocked.news;

	*err = src->blocked.err;
	src->blocked.news = false;
	if (news)
		src->blocked.told = *err;
	return news;
}

static inline int source_seek(struct source *src, uint64_t pos)
{
	return src->ops->seek(src, pos);
}

static inline ssize_t source_write(struct source *src, const void *buf, size_t len)
{
	return src->ops->write(src, buf, len);
}

/* The descriptor to wait for room with. */
static inline int source_room_fd(const struct source *src)
{
	return src->room_fd ? src->room_fd : src->fd;
}

static inline int source_break(struct source *src)
{
	return src->ops->send_break(src);
}

static inline int source_facts(struct source *src, struct source_facts *facts)
{
	return src->ops->facts(src, facts);
}

static inline int source_reap(struct source *src)
{
	return src->ops->reap(src);
}

/* 0: not known. */
static inline size_t source_marks(struct source *src, uint64_t pos, struct source_mark *marks,
				  size_t count)
{
	return src->ops->marks ? src->ops->marks(src, pos, marks, count) : 0;
}

/* -EOPNOTSUPP: it has no such thing; any may type. */
static inline int source_input(struct source *src, enum source_act act, struct source_input *input)
{
	*input = (struct source_input){ 0 };
	return src->ops->input ? src->ops->input(src, act, input) : -EOPNOTSUPP;
}

static inline int source_lossless(struct source *src, bool on)
{
	return src->ops->lossless ? src->ops->lossless(src, on) : -EOPNOTSUPP;
}

static inline int source_again(struct source *src)
{
	return src->ops->again ? src->ops->again(src) : -ENODEV;
}

static inline int source_flush(struct source *src)
{
	return src->ops->flush ? src->ops->flush(src) : 0;
}

static inline int source_unread(struct source *src, bool *kept)
{
	*kept = true;
	return src->ops->unread ? src->ops->unread(src, kept) : 0;
}

static inline int source_join(struct source *src, struct loop *loop)
{
	return src->ops->join ? src->ops->join(src, loop) : 0;
}

static inline void source_leave(struct source *src)
{
	source_join(src, NULL);
}

static inline bool source_has_place(struct source *src, const struct source_place *place)
{
	return !src->ops->has_place || src->ops->has_place(src, place);
}

static inline void source_close(struct source *src)
{
	if (src)
		src->ops->close(src);
}

#endif /* KPL011_SOURCE_H */
