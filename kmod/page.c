// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/sysfs.h>

#include "image.h"
#include "input.h"
#include "kvm.h"
#include "page.h"
#include "pl011.h"
#include "stream.h"

/* Which ports have a page: none, those that ask for it, all. */
enum { PAGES_OFF, PAGES_ASKED, PAGES_ON };
static int pages = PAGES_ASKED;

/* The pages that may be mapped, to take them away; from attach until freed. */
static LIST_HEAD(pages_open);
static DEFINE_MUTEX(pages_lock);

static void pages_take_away(void)
{
	struct kpl_page *page;

	mutex_lock(&pages_lock);
	list_for_each_entry(page, &pages_open, link)
		kpl_page_take_away(container_of(page, struct kpl_pl011, page));
	mutex_unlock(&pages_lock);
}

static int page_param_set(const char *text, const struct kernel_param *param)
{
	bool all;

	if (sysfs_streq(text, "asked")) {
		WRITE_ONCE(pages, PAGES_ASKED);
		return 0;
	}
	if (kstrtobool(text, &all))
		return -EINVAL;
	WRITE_ONCE(pages, all ? PAGES_ON : PAGES_OFF);
	/* Also while the module is not live yet: there may be ports already. */
	if (!all)
		pages_take_away();
	return 0;
}

static int page_param_get(char *buf, const struct kernel_param *param)
{
	static const char * const names[] = {
		[PAGES_OFF] = "off",
		[PAGES_ASKED] = "asked",
		[PAGES_ON] = "on",
	};

	return sysfs_emit(buf, "%s\n", names[READ_ONCE(pages)]);
}

static const struct kernel_param_ops page_param_ops = {
	.set = page_param_set,
	.get = page_param_get,
};

module_param_cb(page, &page_param_ops, NULL, 0644);
MODULE_PARM_DESC(page, "Ports whose guests read registers without a trap: off (none), asked (those attached so; default), on (also all attached from now on)");

/* Somebody traces reads, so all of them must trap. */
static bool page_traced;

/**
 * kpl_page_init() - give a device a page, if one is wanted and possible
 * @dev: the device, whose VM is open
 * @wanted: whether one was asked for
 */
void kpl_page_init(struct kpl_pl011 *dev, bool wanted)
{
	struct kpl_page *page = &dev->page;

	spin_lock_init(&page->lock);
	page->state = KPL011_PAGE_OFF;
	INIT_LIST_HEAD(&page->link);
	page->rest_tick = jiffies;
	if (!wanted && READ_ONCE(pages) != PAGES_ON)
		return;
	if (READ_ONCE(pages) == PAGES_OFF) {
		page->state = KPL011_PAGE_FORBIDDEN;
		return;
	}
	page->state = kpl_vm_page_create(dev->place.vm, &page->image);
	if (page->image)
		kpl_image_init(page->image, &dev->uart);
}

/**
 * kpl_page_open() - allow a device's page to be mapped from now on
 * @dev: the device, attached
 */
void kpl_page_open(struct kpl_pl011 *dev)
{
	struct kpl_page *page = &dev->page;

	if (!page->image)
		return;
	mutex_lock(&pages_lock);
	list_add_tail(&page->link, &pages_open);
	mutex_unlock(&pages_lock);
	WRITE_ONCE(page->open, true);
}

/**
 * kpl_page_free() - let go of the page of a device that is freed
 * @dev: the device, which is in no VM
 */
void kpl_page_free(struct kpl_pl011 *dev)
{
	struct kpl_page *page = &dev->page;

	if (!page->image)
		return;
	mutex_lock(&pages_lock);
	list_del(&page->link);
	mutex_unlock(&pages_lock);
}

/* Called with page->lock and the stream's lock held. */
static void page_set(struct kpl_pl011 *dev, bool mapped)
{
	lockdep_assert_held(&dev->stream->lock);

	dev->page.mapped = mapped;
	WRITE_ONCE(dev->page.state,
		   mapped ? KPL011_PAGE_MAPPED : KPL011_PAGE_UNMAPPED);
	kpl_uart_mirror(&dev->uart, mapped);
}

static void page_unmap(struct kpl_pl011 *dev)
{
	lockdep_assert_held(&dev->page.lock);

	if (!dev->page.mapped)
		return;
	/* Once this has returned, no vCPU reads the page. */
	kpl_vm_page_unmap(dev->place.vm);
	spin_lock(&dev->stream->lock);
	dev->page.unmaps++;
	page_set(dev, false);
	spin_unlock(&dev->stream->lock);
}

/*
 * Have the image read as the UART does, from now until kpl_page_begin().
 * Returns whether that is possible.
 */
static bool page_show(struct kpl_pl011 *dev)
{
	bool ok;

	lockdep_assert_held(&dev->page.lock);

	spin_lock(&dev->stream->lock);
	ok = kpl_place_is_in(&dev->place) && kpl_input_is_empty(dev->input) &&
	     kpl_uart_can_mirror(&dev->uart);
	if (ok) {
		kpl_vm_page_prepare(dev->place.vm);
		page_set(dev, true);
		kpl_page_write(dev);
	}
	spin_unlock(&dev->stream->lock);
	return ok;
}

/* Whether no page may be mapped at the moment. */
static bool page_barred(void)
{
	return READ_ONCE(page_traced) || READ_ONCE(pages) == PAGES_OFF;
}

/**
 * kpl_page_try_map() - let the guest read without a trap, if possible now
 * @dev: the device; its lock is not held
 *
 * Called by one of the VM's vCPUs, which never waits here for another one.
 */
void kpl_page_try_map(struct kpl_pl011 *dev)
{
	struct kpl_page *page = &dev->page;
	bool again;

	/*
	 * Wait for a whole tick without input, or the page comes and goes with
	 * each character. page_barred() must not be read before @open.
	 * Otherwise whoever bars pages might not find this one among those
	 * that are open, and this might not find that pages are barred.
	 */
	if (!smp_load_acquire(&page->open) || page_barred() ||
	    time_before_eq(jiffies, READ_ONCE(page->rest_tick) + 1) ||
	    !spin_trylock(&page->lock))
		return;
	again = page->mapped;
	if (!page_barred() && page_show(dev)) {
		if (kpl_vm_page_map(dev->place.vm)) {
			spin_lock(&dev->stream->lock);
			page->maps++;
			spin_unlock(&dev->stream->lock);
		} else if (again) {
			/*
			 * It may still be mapped: this read may have trapped
			 * before it was.
			 */
			page_unmap(dev);
			WRITE_ONCE(page->rest_tick, jiffies);
		} else {
			spin_lock(&dev->stream->lock);
			page_set(dev, false);
			spin_unlock(&dev->stream->lock);
			WRITE_ONCE(page->rest_tick, jiffies);
		}
	}
	spin_unlock(&page->lock);
}

/**
 * kpl_page_begin() - make every read trap, before one could change the UART
 * @dev: the device; its lock is not held
 *
 * From the return of this until kpl_page_end(), every read traps. Without a
 * page they always do.
 */
void kpl_page_begin(struct kpl_pl011 *dev)
	__acquires(&dev->page.lock)
{
	if (!dev->page.image) {
		__acquire(&dev->page.lock);
		return;
	}
	spin_lock(&dev->page.lock);
	page_unmap(dev);
	WRITE_ONCE(dev->page.rest_tick, jiffies);
}

/**
 * kpl_page_end() - allow the page to be mapped again
 * @dev: the device; its lock is not held
 *
 * If the guest has something to take by now, page_show() sees that, and the
 * page stays unmapped until it was taken.
 */
void kpl_page_end(struct kpl_pl011 *dev)
	__releases(&dev->page.lock)
{
	if (!dev->page.image) {
		__release(&dev->page.lock);
		return;
	}
	spin_unlock(&dev->page.lock);
}

/**
 * kpl_page_write() - bring the page up to date once the UART has changed
 * @dev: the device; the caller holds its lock, and the page is mapped
 *
 * Called before the interrupt line follows, so that a vCPU that is interrupted
 * reads the reason.
 */
void kpl_page_write(struct kpl_pl011 *dev)
{
	unsigned int step;
	u64 changed;

	lockdep_assert_held(&dev->stream->lock);

	for (step = 0; step < KPL_IMAGE_STEPS; step++) {
		changed = kpl_image_step(dev->page.image, &dev->uart, step);
		if (changed)
			dev->page.cleans += kpl_vm_page_clean(dev->place.vm, changed);
	}
}

/**
 * kpl_page_take_away() - unmap the page, for now
 * @dev: the device; its lock is not held
 *
 * Context: does not sleep.
 */
void kpl_page_take_away(struct kpl_pl011 *dev)
{
	kpl_page_begin(dev);
	kpl_page_end(dev);
}

/**
 * kpl_page_exit() - unmap the page of a device that leaves its VM
 * @dev: the device, for which page_show() fails by now; its lock is not held
 *
 * The page is freed after this. So unmap it whatever @mapped says, but not if
 * it never was mapped: there may be a leaf of KVM's own, of a GICv2 whose
 * address the VMM chose later.
 */
void kpl_page_exit(struct kpl_pl011 *dev)
{
	kpl_page_begin(dev);
	if (dev->page.maps)
		kpl_vm_page_unmap(dev->place.vm);
	kpl_page_end(dev);
}

/**
 * kpl_page_trace() - make every read trap: reads are traced from now on
 *
 * Return: 0, as the kernel's tracing expects.
 */
int kpl_page_trace(void)
{
	WRITE_ONCE(page_traced, true);
	pages_take_away();
	return 0;
}

/**
 * kpl_page_untrace() - allow pages again: reads are not traced any more
 */
void kpl_page_untrace(void)
{
	WRITE_ONCE(page_traced, false);
}
