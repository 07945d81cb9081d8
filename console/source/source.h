/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A source: where the output of one guest comes from and its input goes to. In
 * the code a port is one, too, as is anything else that has a history with
 * positions, takes input and knows when its guest is gone.
 *
 * Calls do not block, with two exceptions: closing a connection waits, for up to a
 * second, until what was written has arrived (@settled); and a source of another host
 * waits for answers until it has joined a loop. Errors are negative errno values:
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
	SOURCE_DETACHED, /* its VM continues without it */
};

/* Bytes of a user's name with its NUL. */
#define SOURCE_USER_SIZE 33

/*
 * What is known about a guest's port. Times are CLOCK_BOOTTIME of this machine, in
 * nanoseconds; a time of another host is negative if it lies before this machine's
 * boot.
 */
struct source_facts {
	const char *host;  /* as the operator calls it; NULL: this machine */
	const char *where; /* the source as an operator writes it; NULL: a port, with an @id */
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
	uint64_t life;	    /* identifies this attach among all of its port, also later */
	uint64_t tx_newest; /* position after the newest byte */
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

/* Who holds the input of a guest. While nobody does, anybody may type. */
struct source_input {
	bool mine;
	bool other;
	bool lost;    /* another took it since this was last reported */
	pid_t pid;    /* of the other that holds it or took it; 0: not known */
	char who[16]; /* its task's name */
	/* The process is on another host, which says in @about what it knows of it. */
	bool far;
	char about[SOURCE_ABOUT_SIZE];
};

/* A position in a guest's output, to be kept for a later process. */
struct source_place {
	uint64_t life; /* as of the facts */
	uint64_t pos;  /* counted within that life */
	/* Of a file, which may be rewritten within a life: these tell. @size 0: not used. */
	uint64_t size;
	int64_t changed_ns;
	uint64_t sum;
};

struct loop;
struct source;

struct source_ops {
	/*
	 * Reads from the source's position on. @skipped: bytes that were no
	 * longer kept, just before those returned. With -EAGAIN they are
	 * counted again by the next read that returns bytes. 0: the end.
	 */
	ssize_t (*read)(struct source *src, void *buf, size_t len, uint64_t *skipped);
	/* Sets the position. -EINVAL: it is beyond the newest byte. */
	int (*seek)(struct source *src, uint64_t pos);
	/* Takes as many bytes as there is room for, in order; never returns 0. */
	ssize_t (*write)(struct source *src, const void *buf, size_t len);
	/* Sends a break, after the bytes that were written before. */
	int (*send_break)(struct source *src);
	int (*facts)(struct source *src, struct source_facts *facts);
	/* Forgets a guest that is gone. -EBUSY: it is not. */
	int (*reap)(struct source *src);
	/*
	 * Optional. The last mark at or before @pos, then those after it, at
	 * most @count; if the one for @pos is lost, from the oldest kept on.
	 */
	size_t (*marks)(struct source *src, uint64_t pos, struct source_mark *marks, size_t count);
	/*
	 * Optional. Asks for, takes or releases the input, as @act says; @input is who
	 * holds it afterwards. -EBUSY: not taken, as another process holds it.
	 */
	int (*input)(struct source *src, enum source_act act, struct source_input *input);
	/*
	 * Optional: flow control. The guest waits, for a bounded time, before a byte
	 * is overwritten that was not read. -EPERM: the port does not allow it.
	 */
	int (*lossless)(struct source *src, bool on);
	/*
	 * Optional: tries to connect again to a guest that is gone. 0: it is back,
	 * and its history continues. -EINPROGRESS: see @connecting. With both the
	 * descriptor is another one.
	 */
	int (*again)(struct source *src);
	/*
	 * Optional. 0: all that was written has arrived; -EAGAIN: not yet; the
	 * descriptor becomes writable when it has, unless more is written before.
	 */
	int (*flush)(struct source *src);
	/*
	 * Optional, after the last write: how many bytes have arrived but were not read yet, or
	 * SOURCE_UNREAD_SOME. @kept: they can still be read after the source was closed.
	 * -ENODEV: the reader has gone without reading them.
	 */
	int (*unread)(struct source *src, bool *kept);
	/*
	 * Optional: does the source's work in @loop from now on; NULL: in none, and
	 * calls may then wait for an answer. 0 or -ENOMEM.
	 */
	int (*join)(struct source *src, struct loop *loop);
	/*
	 * Optional, both. A source may have other positions and another life when it is opened the
	 * next time. place: what to keep for @pos, in place of @pos and the life of the facts.
	 * has_place: whether a source that was just opened has a place of its life.
	 */
	void (*place)(struct source *src, uint64_t pos, struct source_place *place);
	bool (*has_place)(struct source *src, const struct source_place *place);
	/*
	 * Optional: keeps @size bytes of what is read from now on, a power of two; 0: as many as
	 * usual, but no fewer than there is room for now.
	 */
	void (*keep)(struct source *src, size_t size);
	/*
	 * Optional, of a source whose history is elsewhere: the part of it that is here. Reading
	 * that asks for nothing, and leaves what comes next as it is.
	 */
	void (*here)(struct source *src, uint64_t *oldest, uint64_t *newest);
	/*
	 * Optional, both, of such a source. show: whether somebody looks at it, as at first, so
	 * that its newest part is kept here; else none of it is. fetch: none but @len bytes from
	 * @pos on are, which come to be read once. 0; -EAGAIN: others have to be read first, so
	 * ask again later; or another negative errno.
	 */
	void (*show)(struct source *src, bool on);
	int (*fetch)(struct source *src, uint64_t pos, size_t len);
	void (*close)(struct source *src);
};

/* The source's name now belongs to something that cannot be read: reading cannot continue there. */
struct source_blocked {
	int err; /* why, for origin_strerror(); 0: it does not */
	dev_t dev;
	ino_t ino;
	bool holds; /* it is so now; else, with @err, it has gone and nothing readable has come */
	bool news;  /* this was not reported yet */
	bool told;  /* an error was reported, and its end was not */
};

/* Something was not read, but nobody can tell how many bytes. */
#define SOURCE_UNREAD_SOME INT_MAX

struct source {
	const struct source_ops *ops;
	int fd;	     /* to wait for: bytes, room, or the guest's end */
	int room_fd; /* to wait for room to write, if that is another one; else 0 */
	/* What a port has and this source lacks. */
	bool no_input;
	bool no_break;
	bool no_past; /* output that was printed while nobody read is not kept */
	/* After an error of writing: bytes and breaks taken before that have not arrived. */
	size_t unsent;
	/* What was written was waited for, or that wait was ended: closing does not wait again. */
	bool settled;
	/* Not connected yet: @fd is readable when source_again() has something to do. */
	bool connecting;
	/* The position from which on the output is another VMM's than before; 0: none. */
	uint64_t begins;
	/* As the last read found it. */
	struct source_blocked blocked;
};

static inline ssize_t source_read(struct source *src, void *buf, size_t len, uint64_t *skipped)
{
	return src->ops->read(src, buf, len, skipped);
}

/* Whether what was just read, from @pos on, is another VMM's than what was before. */
static inline bool source_begins(const struct source *src, uint64_t pos)
{
	return pos && src->begins == pos;
}

/*
 * After a read: whether there is something to report; once for each event. @err: why what has the
 * source's name now cannot be read, for origin_strerror(); 0: that is over.
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

/* The descriptor to wait on for room to write. */
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

/* -EOPNOTSUPP: the source cannot do this; anybody may type. */
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

/* What of it is lost if the source is closed now, as source_unread() tells it; 0: nothing. */
static inline int source_unread_lost(struct source *src)
{
	bool kept;
	int left = source_unread(src, &kept);

	return left > 0 && !kept ? left : 0;
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

/* Of a source without such a part: any position, since it tells what is not kept any more. */
static inline void source_here(struct source *src, uint64_t *oldest, uint64_t *newest)
{
	*oldest = 0;
	*newest = UINT64_MAX;
	if (src->ops->here)
		src->ops->here(src, oldest, newest);
}

static inline void source_show(struct source *src, bool on)
{
	if (src->ops->show)
		src->ops->show(src, on);
}

static inline void source_close(struct source *src)
{
	if (src)
		src->ops->close(src);
}

#endif /* KPL011_SOURCE_H */
