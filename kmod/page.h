/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads that do not trap: while a PL011 has nothing to receive, its registers
 * are a page that the guest reads as memory (image.h), and only writes trap.
 *
 * The page is mapped after some reads that had nothing to take, and unmapped
 * before a read could change the UART. It is a hint: without it, or when KVM
 * drops it, reads trap.
 */
#ifndef KPL011_PAGE_H
#define KPL011_PAGE_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct kpl_pl011;

/**
 * struct kpl_page - the page of a PL011
 * @lock: orders mapping and unmapping, and keeps the page unmapped during what
 *	  must not happen while it is mapped; outside of stream->lock and of
 *	  KVM's mmu_lock
 * @image: the page, or NULL if there is none; written under stream->lock
 *	   while @mapped. Nothing that matters is read from it.
 * @state: KPL011_PAGE_*; changed under @lock and stream->lock, read by sysfs
 *	   without
 * @link: on the list of pages that may be mapped, from kpl_page_open() to
 *	  kpl_page_free()
 * @open: it may be mapped: it is where kpl_page_trace() finds it
 * @mapped: the guest reads it; changed under @lock and stream->lock
 * @reads: reads that trapped with nothing to take, since the page was last to
 *	   be mapped; under stream->lock
 * @rest_tick: jiffies when there was last something to take; written under
 *	       @lock
 * @maps: times that it was mapped; written under @lock and stream->lock
 * @unmaps: times that it was unmapped; likewise
 * @cleans: cache lines cleaned; under stream->lock
 */
struct kpl_page {
	spinlock_t lock; /* protects mapping and unmapping */
	u32 *image;
	u32 state;
	struct list_head link;
	bool open;
	bool mapped;
	unsigned int reads;
	unsigned long rest_tick;
	u64 maps;
	u64 unmaps;
	u64 cleans;
};

/* Trapped reads before a map, which with its unmap costs about one of them. */
#define KPL_PAGE_READS	12

void kpl_page_init(struct kpl_pl011 *dev, bool wanted);
void kpl_page_open(struct kpl_pl011 *dev);
void kpl_page_take_away(struct kpl_pl011 *dev);
void kpl_page_exit(struct kpl_pl011 *dev);
void kpl_page_free(struct kpl_pl011 *dev);

void kpl_page_try_map(struct kpl_pl011 *dev);
void kpl_page_begin(struct kpl_pl011 *dev);
void kpl_page_end(struct kpl_pl011 *dev);
void kpl_page_write(struct kpl_pl011 *dev);

int kpl_page_trace(void);
void kpl_page_untrace(void);

/**
 * kpl_page_due() - whether to map, after a trapped read with nothing to take
 * @page: the page; under stream->lock
 *
 * Return: whether kpl_page_try_map() is to be called, without the lock.
 */
static inline bool kpl_page_due(struct kpl_page *page)
{
	if (likely(!page->image) || ++page->reads < KPL_PAGE_READS)
		return false;
	page->reads = 0;
	return true;
}

#endif /* KPL011_PAGE_H */
