// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jiffies.h>
#include <linux/moduleparam.h>

#include "image.h"
#include "kvm.h"
#include "page.h"
#include "port.h"
#include "registry.h"

/* Who has a page: nobody, those who ask for it, all. */
enum { PAGES_OFF, PAGES_ASKED, PAGES_ON };
static int pages = PAGES_ASKED;

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
	/* Of the module's state nothing is asked: ports come before it is live. */
	if (!all)
		kpl_registry_each(kpl_page_take_away);
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
MODULE_PARM_DESC(page, "Whether guests read registers without a trap: off (never), asked (of ports attached so; default), on (of all)");

/* Somebody traces reads, which shall trap. */
static bool page_traced;

/**
 * kpl_page_init() - have a page, if one is wanted and can be had
 * @port: the port, whose VM is open
 * @wanted: one is
 */
void kpl_page_init(struct kpl_port *port, bool wanted)
{
	struct kpl_page *page = &port->page;

	spin_lock_init(&page->lock);
	page->state = KPL011_PAGE_OFF;
	page->rest_tick = jiffies;
	if (!wanted && READ_ONCE(pages) != PAGES_ON)
		return;
	if (READ_ONCE(pages) == PAGES_OFF) {
		page->state = KPL011_PAGE_FORBIDDEN;
		return;
	}
	page->state = kpl_vm_page_create(port->vm, &page->image);
	if (page->image)
		kpl_image_init(page->image, &port->uart);
}

/**
 * kpl_page_open() - from here on it may be mapped
 * @port: the port, in the registry
 */
void kpl_page_open(struct kpl_port *port)
{
	WRITE_ONCE(port->page.open, true);
}

/* The caller has page->lock, and this is under port->lock. */
static void page_set(struct kpl_port *port, bool mapped)
{
	lockdep_assert_held(&port->lock);

	port->page.mapped = mapped;
	port->page.state = mapped ? KPL011_PAGE_MAPPED : KPL011_PAGE_UNMAPPED;
	kpl_uart_mirror(&port->uart, mapped);
}

static void page_unmap(struct kpl_port *port)
{
	lockdep_assert_held(&port->page.lock);

	if (!port->page.mapped)
		return;
	/* From its return on no vCPU reads it. */
	kpl_vm_page_unmap(port->vm);
	spin_lock(&port->lock);
	port->page.unmaps++;
	page_set(port, false);
	spin_unlock(&port->lock);
}

/* What a read would answer is in the image, and remains so until begin(). */
static bool page_show(struct kpl_port *port)
{
	bool ok;

	lockdep_assert_held(&port->page.lock);

	spin_lock(&port->lock);
	ok = port->live && !port->detached && kfifo_is_empty(&port->rx) &&
	     kpl_uart_can_mirror(&port->uart);
	if (ok) {
		kpl_vm_page_prepare(port->vm);
		page_set(port, true);
		kpl_page_write(port);
	}
	spin_unlock(&port->lock);
	return ok;
}

/* Whether no port may have its page at the moment. */
static bool page_barred(void)
{
	return READ_ONCE(page_traced) || READ_ONCE(pages) == PAGES_OFF;
}

/**
 * kpl_page_try_map() - let the guest read without a trap, if that can be now
 * @port: the port; its lock is not held
 *
 * Called from one of the VM's vCPUs, which never waits here for another one.
 */
void kpl_page_try_map(struct kpl_port *port)
{
	struct kpl_page *page = &port->page;
	bool again;

	/*
	 * A whole tick without input, or the page comes and goes with it. What
	 * is read of page_barred() is not older than @open, or who takes the
	 * pages away would know nothing of the port, and this nothing of that.
	 */
	if (!smp_load_acquire(&page->open) || page_barred() ||
	    time_before_eq(jiffies, READ_ONCE(page->rest_tick) + 1) ||
	    !spin_trylock(&page->lock))
		return;
	again = page->mapped;
	if (!page_barred() && page_show(port)) {
		if (kpl_vm_page_map(port->vm)) {
			spin_lock(&port->lock);
			page->maps++;
			spin_unlock(&port->lock);
		} else if (again) {
			/* It may still be there: it was a read under way. */
			page_unmap(port);
			page->rest_tick = jiffies;
		} else {
			spin_lock(&port->lock);
			page_set(port, false);
			spin_unlock(&port->lock);
			page->rest_tick = jiffies;
		}
	}
	spin_unlock(&page->lock);
}

/**
 * kpl_page_begin() - before something that a read could change
 * @port: the port; its lock is not held
 *
 * From the return on, and until kpl_page_end(), every read traps. Where there is
 * no page that is so anyway.
 */
void kpl_page_begin(struct kpl_port *port)
	__acquires(&port->page.lock)
{
	if (!port->page.image) {
		__acquire(&port->page.lock);
		return;
	}
	spin_lock(&port->page.lock);
	page_unmap(port);
	port->page.rest_tick = jiffies;
}

/**
 * kpl_page_end() - after it
 * @port: the port; its lock is not held
 *
 * If there is something to take by now the port says so, and the page stays
 * away until there is not.
 */
void kpl_page_end(struct kpl_port *port)
	__releases(&port->page.lock)
{
	if (!port->page.image) {
		__release(&port->page.lock);
		return;
	}
	spin_unlock(&port->page.lock);
}

/**
 * kpl_page_write() - the UART has changed: bring the page up to date
 * @port: the port; the caller holds its lock, and the page is mapped
 *
 * Before the interrupt line follows: who is interrupted reads the reason.
 */
void kpl_page_write(struct kpl_port *port)
{
	unsigned int step;
	u64 changed;

	lockdep_assert_held(&port->lock);

	for (step = 0; step < KPL_IMAGE_STEPS; step++) {
		changed = kpl_image_step(port->page.image, &port->uart, step);
		if (changed)
			port->page.cleans += kpl_vm_page_clean(port->vm, changed);
	}
}

/**
 * kpl_page_take_away() - have every read trap, for a while
 * @port: the port; its lock is not held
 *
 * Context: does not sleep.
 */
void kpl_page_take_away(struct kpl_port *port)
{
	kpl_page_begin(port);
	kpl_page_end(port);
}

/**
 * kpl_page_exit() - the port leaves its VM
 * @port: the port, where page_show() fails by now; its lock is not held
 *
 * The page is freed after this. So it is taken out of the VM whatever @mapped
 * says, but not where it never was: there may be a leaf of KVM's own, of a GICv2
 * whose address the VMM chose later.
 */
void kpl_page_exit(struct kpl_port *port)
{
	kpl_page_begin(port);
	if (port->page.maps)
		kpl_vm_page_unmap(port->vm);
	kpl_page_end(port);
}

/**
 * kpl_page_trace() - reads are traced from now on: every one shall trap
 *
 * Return: 0, as the tracing of the kernel wants it.
 */
int kpl_page_trace(void)
{
	WRITE_ONCE(page_traced, true);
	kpl_registry_each(kpl_page_take_away);
	return 0;
}

/**
 * kpl_page_untrace() - they are not any more
 */
void kpl_page_untrace(void)
{
	WRITE_ONCE(page_traced, false);
}
