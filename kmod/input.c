// SPDX-License-Identifier: GPL-2.0-only
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "gfp.h"
#include "input.h"
#include "trace.h"
#include "wake.h"

static void who_set(struct kpl_who *who, struct pid *pid, const char *comm)
{
	put_pid(who->pid);
	who->pid = get_pid(pid);
	strscpy(who->comm, comm, sizeof(who->comm));
}

/**
 * kpl_input_init() - start without a queue
 * @input: zeroed
 * @sleepers: where writers are to sleep for room
 * @ready: as in struct kpl_input
 * @taker: its argument
 */
void kpl_input_init(struct kpl_input *input, struct kpl_wake *sleepers,
		    void (*ready)(void *taker), void *taker)
{
	spin_lock_init(&input->lock);
	input->sleepers = sleepers;
	input->ready = ready;
	input->taker = taker;
}

/**
 * kpl_input_free() - free the queue
 * @input: the input, which nobody uses any more
 */
void kpl_input_free(struct kpl_input *input)
{
	kfifo_free(&input->queue);
}

/**
 * kpl_input_take() - take the input
 * @typist: the file, for the calling task
 * @force: take it even from another file, which is told
 *
 * Return: 0, or EBUSY if another file holds it and @force is not set.
 */
int kpl_input_take(struct kpl_typist *typist, bool force)
{
	struct kpl_input *input = typist->input;
	struct kpl_typist *loser;
	bool changed;
	char comm[sizeof(current->comm)];
	int ret = 0;

	get_task_comm(comm, current);
	spin_lock(&input->lock);
	changed = input->holder != typist;
	loser = changed ? input->holder : NULL;
	if (loser && !force) {
		ret = -EBUSY;
		goto out;
	}
	if (loser) {
		who_set(&loser->taker, task_tgid(current), comm);
		WRITE_ONCE(loser->lost, true);
	}
	who_set(&typist->holder, task_tgid(current), comm);
	WRITE_ONCE(typist->lost, false);
	input->holder = typist;
	if (changed) {
		input->takes++;
		typist->takes++;
		/* Wake the loser and sleeping writers: they may write no more. */
		kpl_wake(input->sleepers);
	}
out:
	spin_unlock(&input->lock);
	return ret;
}

/**
 * kpl_input_give() - release the input
 * @typist: the file, which need not hold it
 */
void kpl_input_give(struct kpl_typist *typist)
{
	struct kpl_input *input = typist->input;

	spin_lock(&input->lock);
	if (input->holder == typist)
		input->holder = NULL;
	spin_unlock(&input->lock);
}

/**
 * kpl_input_status() - tell a file who may type
 * @typist: the file; it is told once that it lost the input
 * @args: its status, pid and comm are returned
 */
void kpl_input_status(struct kpl_typist *typist, struct kpl011_input *args)
{
	struct kpl_input *input = typist->input;
	const struct kpl_who *who = NULL;

	args->status = 0;
	args->pid = 0;
	memset(args->comm, 0, sizeof(args->comm));

	spin_lock(&input->lock);
	if (input->holder == typist) {
		args->status |= KPL011_INPUT_MINE;
	} else if (input->holder) {
		args->status |= KPL011_INPUT_OTHER;
		who = &input->holder->holder;
	}
	if (typist->lost) {
		args->status |= KPL011_INPUT_LOST;
		who = &typist->taker;
	}
	WRITE_ONCE(typist->lost, false);
	if (who) {
		args->pid = kpl_pid_nr(who->pid);
		strscpy(args->comm, who->comm, sizeof(args->comm));
	}
	spin_unlock(&input->lock);
}

/**
 * kpl_input_untell() - a file did not learn after all that it lost the input
 * @typist: the file; kpl_input_status() said so, and nobody heard it
 */
void kpl_input_untell(struct kpl_typist *typist)
{
	struct kpl_input *input = typist->input;

	spin_lock(&input->lock);
	/* Unless it has taken the input again. */
	if (input->holder != typist) {
		WRITE_ONCE(typist->lost, true);
		/* Who polled the file in between was told of nothing. */
		kpl_wake(input->sleepers);
	}
	spin_unlock(&input->lock);
}

/**
 * kpl_input_forget() - forget a file
 * @typist: the file, which nobody uses any more
 */
void kpl_input_forget(struct kpl_typist *typist)
{
	kpl_input_give(typist);
	put_pid(typist->holder.pid);
	put_pid(typist->taker.pid);
}

/**
 * kpl_input_open() - allocate the queue to the guest, unless it exists
 * @input: the input
 *
 * Return: 0 or ENOMEM
 */
int kpl_input_open(struct kpl_input *input)
{
	bool there;
	u16 *queue;

	spin_lock(&input->lock);
	there = kfifo_initialized(&input->queue);
	spin_unlock(&input->lock);
	if (there)
		return 0;
	queue = kmalloc_array(KPL_INPUT_QUEUE, sizeof(*queue), KPL_GFP);
	if (!queue)
		return -ENOMEM;
	spin_lock(&input->lock);
	if (!kfifo_initialized(&input->queue)) {
		kfifo_init(&input->queue, queue, KPL_INPUT_QUEUE * sizeof(*queue));
		queue = NULL;
	}
	spin_unlock(&input->lock);
	kfree(queue);
	return 0;
}

static bool input_has_room(struct kpl_input *input)
{
	lockdep_assert_held(&input->lock);

	return kfifo_avail(&input->queue) >= KPL_INPUT_ROOM;
}

/* The queue was changed. */
static void input_count(struct kpl_input *input)
{
	lockdep_assert_held(&input->lock);

	WRITE_ONCE(input->queued, kfifo_len(&input->queue));
}

/* A writer's character did not fit into the queue. */
static void input_full(struct kpl_input *input)
{
	if (!input->full)
		trace_kpl011_flow(input->id, KPL_FLOW_FULL);
	input->full = true;
}

/* Whether a file may queue characters. Returns 0, EBUSY or ENODEV. */
static int may_queue(struct kpl_typist *typist)
{
	struct kpl_input *input = typist->input;

	lockdep_assert_held(&input->lock);

	if (input->closed)
		return -ENODEV;
	return input->holder && input->holder != typist ? -EBUSY : 0;
}

/* How often files other than this one have taken the input; it may wrap. */
static u32 others_took(const struct kpl_typist *typist)
{
	lockdep_assert_held(&typist->input->lock);

	return typist->input->takes - typist->takes;
}

/*
 * Whether a file may queue more of a write(2) that has begun. While the writer
 * slept, another file may have taken the input and released it; what that file
 * queued would then stand in the middle of this write. Returns 0, EBUSY or
 * ENODEV.
 */
static int may_continue(struct kpl_typist *typist, u32 others)
{
	int ret = may_queue(typist);

	return ret ?: others_took(typist) != others ? -EBUSY : 0;
}

/**
 * kpl_input_begin() - begin a write(2) of a file
 * @typist: the file
 *
 * Return: what tells kpl_input_write() whether another file has taken the input
 * since then.
 */
u32 kpl_input_begin(struct kpl_typist *typist)
{
	struct kpl_input *input = typist->input;
	u32 others;

	spin_lock(&input->lock);
	others = others_took(typist);
	spin_unlock(&input->lock);
	return others;
}

/**
 * kpl_input_write() - queue bytes for the guest
 * @typist: the file that writes them; open for writing
 * @others: what kpl_input_begin() returned for this write
 * @bytes: what the guest is to receive
 * @n: how many bytes
 *
 * Return: how many were queued, fewer than @n if the queue is full; ENODEV if
 * the input is closed, EBUSY if another file holds it or has held it since the
 * write began.
 */
ssize_t kpl_input_write(struct kpl_typist *typist, u32 others, const u8 *bytes,
			size_t n)
{
	struct kpl_input *input = typist->input;
	size_t taken = 0;
	int ret;

	spin_lock(&input->lock);
	ret = may_continue(typist, others);
	if (!ret) {
		while (taken < n && kfifo_put(&input->queue, bytes[taken]))
			taken++;
		input_count(input);
		input->bytes += taken;
		if (taken < n)
			input_full(input);
	}
	spin_unlock(&input->lock);
	if (ret)
		return ret;
	input->ready(input->taker);
	return taken;
}

/**
 * kpl_input_inject() - queue a character for the guest
 * @typist: the file that sends it; open for writing
 * @ch: a DR value: a byte and its error bits
 * @is_break: whether these say that it is a break
 *
 * Return: 0; EAGAIN if the queue is full, ENODEV if the input is closed, EBUSY
 * if another file holds it.
 */
int kpl_input_inject(struct kpl_typist *typist, u16 ch, bool is_break)
{
	struct kpl_input *input = typist->input;
	int ret;

	spin_lock(&input->lock);
	ret = may_queue(typist);
	if (!ret && !kfifo_put(&input->queue, ch)) {
		input_full(input);
		ret = -EAGAIN;
	}
	if (!ret) {
		input_count(input);
		if (is_break)
			input->breaks++;
		else
			input->bytes++;
	}
	spin_unlock(&input->lock);
	if (!ret)
		input->ready(input->taker);
	return ret;
}

/**
 * kpl_input_waits() - whether a write(2) that did not fit has to wait
 * @typist: the file
 * @others: as for kpl_input_write()
 *
 * Return: false if there is room, or if kpl_input_write() would fail.
 */
bool kpl_input_waits(struct kpl_typist *typist, u32 others)
{
	struct kpl_input *input = typist->input;
	bool waits;

	spin_lock(&input->lock);
	waits = !may_continue(typist, others) && !input_has_room(input);
	spin_unlock(&input->lock);
	return waits;
}

/**
 * kpl_input_writable() - whether the queue to the guest has room
 * @input: the input
 *
 * It takes the lock: otherwise it would read the two ends of the queue at
 * different moments.
 *
 * Return: whether KPL_INPUT_ROOM characters fit; that may have changed already.
 */
bool kpl_input_writable(struct kpl_input *input)
{
	bool room;

	spin_lock(&input->lock);
	room = input_has_room(input);
	spin_unlock(&input->lock);
	return room;
}

/**
 * kpl_input_pull() - take characters for the device
 * @input: the input
 * @to: where to
 * @n: how many the device has room for
 * @more: returned: whether some are left
 *
 * Writers are woken once, when the queue has room again, not for each
 * character.
 *
 * Return: how many there were.
 */
unsigned int kpl_input_pull(struct kpl_input *input, u16 *to, unsigned int n,
			    bool *more)
{
	unsigned int done = 0;
	bool had_room;

	spin_lock(&input->lock);
	had_room = input_has_room(input);
	while (done < n && kfifo_get(&input->queue, &to[done]))
		done++;
	input_count(input);
	*more = !kfifo_is_empty(&input->queue);
	if (!had_room && input_has_room(input)) {
		if (input->full)
			trace_kpl011_flow(input->id, KPL_FLOW_ROOM);
		input->full = false;
		kpl_wake(input->sleepers);
	}
	spin_unlock(&input->lock);
	return done;
}

/**
 * kpl_input_close() - queue nothing any more
 * @input: the input; the caller then wakes all sleepers
 *
 * What is queued remains, and can be pulled.
 */
void kpl_input_close(struct kpl_input *input)
{
	spin_lock(&input->lock);
	input->closed = true;
	spin_unlock(&input->lock);
}

/**
 * kpl_input_info() - report what was typed
 * @input: the input
 * @info: its rx_bytes, rx_queued, without what the device has pulled, and
 *	  rx_breaks are returned
 */
void kpl_input_info(struct kpl_input *input, struct kpl011_info *info)
{
	spin_lock(&input->lock);
	info->rx_bytes = input->bytes;
	info->rx_queued = input->queued;
	info->rx_breaks = input->breaks;
	spin_unlock(&input->lock);
}
