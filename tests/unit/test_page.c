// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/page.c: when a VM has the page. What KVM does is a model here: a leaf,
 * memory slots, tables. The page is freed after kpl_page_exit(), and memory is
 * written by the guest: so there must be no leaf that the port does not know of.
 */
#include "pl011_host.h"

#include "image.h"
#include "kvm.h"

unsigned long jiffies;
extern const struct kernel_param_ops *const unit_param_page;

/**
 * struct kpl_vm - what KVM has
 * @leaf: the guest reads the page
 * @slot: there is memory at the page's address
 * @changing: somebody changes the memory slots
 * @no_table: there is no memory for tables
 * @stale: what was mapped is gone with the port
 */
struct kpl_vm {
	bool leaf;
	bool slot;
	bool changing;
	bool no_table;
	bool stale;
};

static struct kpl_vm vm;
static struct kpl_stream stream;
static struct kpl_input input;
static struct kpl_pl011 dev;
static u32 image[KPL_UART_PAGE / 4];

u32 kpl_vm_page_create(struct kpl_vm *vm, u32 **words)
{
	*words = image;
	return KPL011_PAGE_UNMAPPED;
}

void kpl_vm_page_prepare(struct kpl_vm *vm)
{
	assert_true(stream.lock.held);
}

bool kpl_vm_page_map(struct kpl_vm *vm)
{
	assert_true(dev.page.lock.held);
	assert_false(stream.lock.held);
	assert_false(vm->stale);
	if (vm->no_table || vm->changing || vm->slot)
		return false;
	vm->leaf = true;
	return true;
}

void kpl_vm_page_unmap(struct kpl_vm *vm)
{
	assert_true(dev.page.lock.held);
	assert_false(stream.lock.held);
	vm->leaf = false;
}

unsigned int kpl_vm_page_clean(struct kpl_vm *vm, u64 changed)
{
	assert_true(stream.lock.held);
	return 0;
}

static void assert_no_leaf_unknown(void)
{
	assert_false(stream.lock.held);
	assert_false(dev.page.lock.held);
	if (vm.leaf) {
		assert_true(dev.page.mapped);
		assert_true(dev.place.live);
		assert_int_equal(input.queued, 0);
		assert_false(vm.slot);
	}
	assert_int_equal(dev.page.state == KPL011_PAGE_MAPPED, dev.page.mapped);
	assert_int_equal(dev.uart.mirrored, dev.page.mapped);
}

static int start(void **state)
{
	(void)state;
	assert_int_equal(unit_param_page->set("asked", NULL), 0);
	kpl_page_untrace();
	kpl_page_free(&dev);
	jiffies = -5ul;
	vm = (struct kpl_vm){ 0 };
	stream = (struct kpl_stream){ 0 };
	input = (struct kpl_input){ 0 };
	dev = (struct kpl_pl011){
		.stream = &stream,
		.input = &input,
		.place.vm = &vm,
		.place.live = true,
	};
	kpl_uart_init(&dev.uart, false);
	kpl_uart_write(&dev.uart, PL011_LCR_H, 4, PL011_LCR_FEN);
	kpl_uart_write(&dev.uart, PL011_CR, 4,
		       PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE);
	kpl_page_init(&dev, true);
	kpl_page_open(&dev);
	jiffies += 2;
	return 0;
}

/* A read that traps, and finds nothing to take. */
static void read_traps(void)
{
	bool due;

	spin_lock(&stream.lock);
	due = dev.place.live && kpl_page_due(&dev.page);
	spin_unlock(&stream.lock);
	if (due)
		kpl_page_try_map(&dev);
}

/* The guest reads: without a trap if there is a leaf. */
static void guest_reads(unsigned int n)
{
	while (n--)
		if (!vm.leaf)
			read_traps();
}

/* Reads that trapped before the page was mapped, and get here after that. */
static void late_reads(unsigned int n)
{
	while (n--)
		read_traps();
}

/* As kpl_pl011_ready() has it. */
static void input_is_ready(void)
{
	kpl_page_begin(&dev);
	kpl_page_end(&dev);
}

static void characters(unsigned int n)
{
	input.queued += n;
	input_is_ready();
}

static void mapped_after_reads_that_find_nothing(void **state)
{
	(void)state;
	guest_reads(KPL_PAGE_READS - 1);
	assert_false(vm.leaf);
	guest_reads(1);
	assert_true(vm.leaf);
	assert_int_equal(dev.page.maps, 1);
	assert_no_leaf_unknown();
}

static void not_before_a_tick_without_input(void **state)
{
	(void)state;
	characters(0);
	jiffies++;
	guest_reads(3 * KPL_PAGE_READS);
	assert_false(vm.leaf);
	jiffies++;
	guest_reads(KPL_PAGE_READS);
	assert_true(vm.leaf);
}

static void input_takes_it_away(void **state)
{
	(void)state;
	guest_reads(KPL_PAGE_READS);
	assert_true(vm.leaf);
	characters(1);
	assert_false(vm.leaf);
	assert_no_leaf_unknown();
	jiffies += 2;
	guest_reads(KPL_PAGE_READS);
	assert_false(vm.leaf);
	input.queued = 0;
	guest_reads(KPL_PAGE_READS);
	assert_true(vm.leaf);
	assert_int_equal(dev.page.unmaps, 1);
}

/* Queued, and the writer has not come further yet. */
static void input_keeps_it_away_before_it_takes_it_away(void **state)
{
	(void)state;
	input.queued = 1;
	guest_reads(2 * KPL_PAGE_READS);
	assert_false(vm.leaf);
	input.queued = 0;
	guest_reads(KPL_PAGE_READS);
	assert_true(vm.leaf);
	input.queued = 1;
	late_reads(2 * KPL_PAGE_READS);
	assert_true(dev.page.mapped);
	assert_true(dev.uart.mirrored);
	input_is_ready();
	assert_false(vm.leaf);
	assert_no_leaf_unknown();
}

static void first_map_that_fails_leaves_it_unmapped(void **state)
{
	(void)state;
	vm.no_table = true;
	guest_reads(KPL_PAGE_READS);
	assert_no_leaf_unknown();
	assert_false(dev.page.mapped);
	vm.no_table = false;
	/* The next try waits for a tick. */
	guest_reads(KPL_PAGE_READS);
	assert_false(vm.leaf);
	jiffies += 2;
	guest_reads(KPL_PAGE_READS);
	assert_true(vm.leaf);
}

static void second_map_that_fails_takes_it_away(void **state)
{
	bool *const reasons[] = { &vm.no_table, &vm.changing };
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		guest_reads(KPL_PAGE_READS);
		assert_true(vm.leaf);
		*reasons[i] = true;
		late_reads(KPL_PAGE_READS);
		assert_no_leaf_unknown();
		assert_false(vm.leaf);
		*reasons[i] = false;
		jiffies += 2;
	}
}

static void second_map_that_works_leaves_it(void **state)
{
	(void)state;
	guest_reads(KPL_PAGE_READS);
	late_reads(2 * KPL_PAGE_READS);
	assert_true(vm.leaf);
	assert_no_leaf_unknown();
}

/* KVM drops the leaf whenever it likes. */
static void comes_back_when_kvm_dropped_it(void **state)
{
	(void)state;
	guest_reads(KPL_PAGE_READS);
	vm.leaf = false;
	guest_reads(KPL_PAGE_READS);
	assert_true(vm.leaf);
	assert_no_leaf_unknown();
}

static void traced_reads_trap(void **state)
{
	(void)state;
	guest_reads(KPL_PAGE_READS);
	assert_int_equal(kpl_page_trace(), 0);
	assert_false(vm.leaf);
	jiffies += 2;
	guest_reads(KPL_PAGE_READS);
	assert_false(vm.leaf);
	kpl_page_untrace();
	guest_reads(KPL_PAGE_READS);
	assert_true(vm.leaf);
}

static void parameter_forbids_it(void **state)
{
	char text[8];

	(void)state;
	guest_reads(KPL_PAGE_READS);
	assert_int_equal(unit_param_page->set("off", NULL), 0);
	assert_false(vm.leaf);
	jiffies += 2;
	guest_reads(KPL_PAGE_READS);
	assert_false(vm.leaf);
	assert_no_leaf_unknown();
	unit_param_page->get(text, NULL);
	assert_string_equal(text, "off\n");
	kpl_page_free(&dev);
	dev.page.image = NULL;
	kpl_page_init(&dev, true);
	assert_int_equal(dev.page.state, KPL011_PAGE_FORBIDDEN);
	assert_int_equal(unit_param_page->set("perhaps", NULL), -EINVAL);
	unit_param_page->get(text, NULL);
	assert_string_equal(text, "off\n");
}

static void parameter_gives_it_to_all(void **state)
{
	(void)state;
	kpl_page_free(&dev);
	dev.page.image = NULL;
	kpl_page_init(&dev, false);
	assert_int_equal(dev.page.state, KPL011_PAGE_OFF);
	assert_null(dev.page.image);
	assert_int_equal(unit_param_page->set("on", NULL), 0);
	kpl_page_init(&dev, false);
	assert_int_equal(dev.page.state, KPL011_PAGE_UNMAPPED);
	assert_ptr_equal(dev.page.image, image);
}

static void not_before_the_port_is_found(void **state)
{
	(void)state;
	kpl_page_free(&dev);
	dev.page.open = false;
	guest_reads(KPL_PAGE_READS);
	assert_false(vm.leaf);
	kpl_page_open(&dev);
	guest_reads(KPL_PAGE_READS);
	assert_true(vm.leaf);
}

/* Its memory may be something else by then. */
static void nobody_looks_for_what_was_freed(void **state)
{
	(void)state;
	guest_reads(KPL_PAGE_READS);
	assert_true(vm.leaf);
	kpl_page_free(&dev);
	assert_int_equal(kpl_page_trace(), 0);
	assert_true(vm.leaf);
	kpl_page_open(&dev);
	assert_int_equal(kpl_page_trace(), 0);
	assert_false(vm.leaf);
}

/* Out of the VM, whatever the port believes. */
static void exit_takes_it_away(void **state)
{
	(void)state;
	guest_reads(KPL_PAGE_READS);
	assert_true(vm.leaf);
	dev.page.mapped = false;
	dev.place.live = false;
	kpl_page_exit(&dev);
	assert_false(vm.leaf);
	jiffies += 2;
	kpl_page_try_map(&dev);
	assert_false(vm.leaf);
}

/* KVM has another one there, of a GIC that the VMM put over the port. */
static void exit_leaves_what_was_never_its_own(void **state)
{
	(void)state;
	vm.leaf = true;
	dev.place.live = false;
	kpl_page_exit(&dev);
	assert_true(vm.leaf);
}

/* Whatever comes in whatever order, no leaf stays that nobody knows of. */
static void nothing_stays_in_any_order(void **state)
{
	unsigned int seed = 2026, life, i;
	unsigned long maps = 0;

	(void)state;
	for (life = 0; life < 2000; life++) {
		start(NULL);
		for (i = 0; i < 200; i++) {
			seed = seed * 1103515245 + 12345;
			switch (seed >> 16 & 15) {
			case 0: case 1: case 2:
				guest_reads(KPL_PAGE_READS);
				break;
			case 3: case 4:
				late_reads(seed >> 20 & 15);
				break;
			case 5:
				input.queued += seed >> 20 & 1;
				late_reads(seed >> 21 & 15);
				input_is_ready();
				break;
			case 6:
				input.queued = 0;
				break;
			case 7: case 8:
				jiffies++;
				break;
			case 9:
				vm.changing = !vm.changing;
				break;
			case 10:
				vm.no_table = !vm.no_table;
				break;
			case 11:
				/* As watch_slots() has it: first away, then the memory. */
				if (!vm.slot) {
					vm.changing = true;
					kpl_page_take_away(&dev);
					late_reads(seed >> 20 & 31);
				}
				vm.slot = !vm.slot;
				vm.changing = false;
				break;
			case 12:
				vm.leaf = false;
				break;
			case 13:
				if (!(seed >> 20 & 7))
					kpl_page_trace();
				else
					kpl_page_untrace();
				break;
			case 14:
				unit_param_page->set(seed >> 20 & 7 ? "asked" : "off", NULL);
				break;
			default:
				vm.changing = vm.no_table = false;
			}
			assert_no_leaf_unknown();
		}
		maps += dev.page.maps;
		spin_lock(&stream.lock);
		dev.place.live = false;
		spin_unlock(&stream.lock);
		kpl_page_exit(&dev);
		vm.stale = true;
		late_reads(40);
		assert_false(vm.leaf);
	}
	assert_true(maps > 2000);
}

#define TEST(name)	cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mapped_after_reads_that_find_nothing),
		TEST(not_before_a_tick_without_input),
		TEST(input_takes_it_away),
		TEST(input_keeps_it_away_before_it_takes_it_away),
		TEST(first_map_that_fails_leaves_it_unmapped),
		TEST(second_map_that_fails_takes_it_away),
		TEST(second_map_that_works_leaves_it),
		TEST(comes_back_when_kvm_dropped_it),
		TEST(traced_reads_trap),
		TEST(parameter_forbids_it),
		TEST(parameter_gives_it_to_all),
		TEST(not_before_the_port_is_found),
		TEST(nobody_looks_for_what_was_freed),
		TEST(exit_takes_it_away),
		TEST(exit_leaves_what_was_never_its_own),
		TEST(nothing_stays_in_any_order),
	};

	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
