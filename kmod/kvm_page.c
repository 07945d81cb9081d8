// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page that vCPUs read without a trap: one read-only leaf of the VM's stage 2
 * at the device's address, where there is no memslot. A write of it faults, and
 * KVM, which finds no memory there, takes it to the MMIO bus as ever.
 *
 * KVM may drop the leaf whenever it likes (it drops the whole of stage 2 with
 * the VMM's memory): then reads trap again. It never needs the page: what the
 * leaf points to is not counted and not freed by KVM's tables.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/gfp.h>
#include <linux/kpl011.h>
#include <linux/mm.h>
#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/kvm_mmu.h>
#include <asm/kvm_pgtable.h>
#include <asm/stage2_pgtable.h>
#include <asm/virt.h>

#include "kvm_vm.h"

#define POINTER_TO(function)	typeof(true ? function : NULL)

static struct {
	POINTER_TO(kvm_pgtable_stage2_map) map;
	POINTER_TO(kvm_pgtable_stage2_unmap) unmap;
} page_fn __ro_after_init;

/* Bytes of the smallest line of the data caches: CTR_EL0, bits 19 to 16. */
static u32 page_line __ro_after_init;

/**
 * kpl_kvm_page_init() - find what is needed in this kernel
 *
 * Without it there are no pages, and that is all.
 */
void __init kpl_kvm_page_init(void)
{
	if (kpl_kvm_find("kvm_pgtable_stage2_map", (void **)&page_fn.map) ||
	    kpl_kvm_find("kvm_pgtable_stage2_unmap", (void **)&page_fn.unmap))
		page_fn.map = NULL;
	page_line = 4 << (read_sanitised_ftr_reg(SYS_CTR_EL0) >> 16 & 0xf);
}

/* Pages of tables below the first that a leaf of this VM may need. */
static unsigned int tables_needed(struct kvm *kvm)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	return kvm_mmu_cache_min_pages(&kvm->arch.mmu);
#else
	return kvm_mmu_cache_min_pages(kvm);
#endif
}

static int stage2_map(struct kvm *kvm, gpa_t gpa, struct page *page,
		      enum kvm_pgtable_prot prot,
		      struct kvm_mmu_memory_cache *cache)
{
	struct kvm_pgtable *pgt = kvm->arch.mmu.pgt;

	/* Gone with the VMM's memory. */
	if (!pgt)
		return -ENODEV;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	return page_fn.map(pgt, gpa, PAGE_SIZE, page_to_phys(page), prot,
			   cache, 0);
#else
	return page_fn.map(pgt, gpa, PAGE_SIZE, page_to_phys(page), prot,
			   cache);
#endif
}

/**
 * kpl_vm_page_create() - have a page that may be mapped
 * @vm: open
 * @words: returned: the page
 *
 * Return: KPL011_PAGE_UNMAPPED; or KPL011_PAGE_*, the reason why there is none.
 */
u32 kpl_vm_page_create(struct kpl_vm *vm, u32 **words)
{
	if (!page_fn.map)
		return KPL011_PAGE_NO_FUNCTION;
	/* A larger one would cover what the guest has beside the UART. */
	if (PAGE_SIZE != KPL011_MMIO_SIZE)
		return KPL011_PAGE_SIZE;
	/* There the tables are the hypervisor's, who shares no such page. */
	if (is_protected_kvm_enabled())
		return KPL011_PAGE_PROTECTED;
	vm->page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!vm->page)
		return KPL011_PAGE_NO_MEMORY;
	/*
	 * With FWB the guest reads it through the caches, whatever it believes
	 * the page to be. Without, or where it would have tags, as a device.
	 */
	vm->page_device = !cpus_have_final_cap(ARM64_HAS_STAGE2_FWB) ||
			  kvm_has_mte(vm->kvm);
	*words = page_address(vm->page);
	return KPL011_PAGE_UNMAPPED;
}

/**
 * kpl_vm_page_free() - free the page
 * @vm: not attached
 */
void kpl_vm_page_free(struct kpl_vm *vm)
{
	if (vm->page)
		__free_page(vm->page);
}

/* Under mmu_lock. */
static void tables_drop(struct kpl_vm *vm)
{
	unsigned int i;

	for (i = 0; i < KPL_VM_TABLES; i++) {
		if (!vm->tables[i])
			continue;
		/* KVM has let go of it, and counted it as still there. */
		if (page_count(vm->tables[i]) == 1)
			kvm_account_pgtable_pages(page_address(vm->tables[i]),
						  -1);
		put_page(vm->tables[i]);
		vm->tables[i] = NULL;
	}
}

/* Whether the tables for the leaf are there since it was last. */
static bool tables_kept(const struct kpl_vm *vm)
{
	unsigned int i, kept = 0;

	for (i = 0; i < KPL_VM_TABLES; i++) {
		if (!vm->tables[i])
			continue;
		if (page_count(vm->tables[i]) == 1)
			return false;
		kept++;
	}
	return kept;
}

/**
 * kpl_vm_tables_get() - have memory for kpl_vm_page_map()
 * @vm: attached
 * @tables: filled; to be given to kpl_vm_tables_put()
 *
 * Context: does not sleep.
 *
 * Return: whether there is enough.
 */
bool kpl_vm_tables_get(struct kpl_vm *vm, struct kpl_vm_tables *tables)
{
	unsigned int need = tables_needed(vm->kvm);

	tables->count = 0;
	if (tables_kept(vm))
		return true;
	if (need > KPL_VM_TABLES)
		return false;
	while (tables->count < need) {
		void *page = (void *)__get_free_page(GFP_NOWAIT | __GFP_ZERO |
						     __GFP_ACCOUNT |
						     __GFP_NOWARN);

		if (!page) {
			kpl_vm_tables_put(tables);
			return false;
		}
		tables->page[tables->count++] = page;
	}
	return true;
}

/**
 * kpl_vm_tables_put() - free what was not used
 * @tables: from kpl_vm_tables_get()
 */
void kpl_vm_tables_put(struct kpl_vm_tables *tables)
{
	while (tables->count)
		free_page((unsigned long)tables->page[--tables->count]);
}

/*
 * Keep the tables that a mapping took from @tables, and those it left there;
 * let go of what was kept before. KVM frees a table when nothing but its own
 * reference is left. Under mmu_lock.
 */
static void tables_keep(struct kpl_vm *vm, const struct kpl_vm_tables *tables,
			unsigned int left)
{
	unsigned int i;

	if (left == tables->count)
		return;
	tables_drop(vm);
	for (i = left; i < tables->count; i++) {
		vm->tables[i] = virt_to_page(tables->page[i]);
		get_page(vm->tables[i]);
	}
}

/**
 * kpl_vm_page_map() - let vCPUs read the page
 * @vm: attached, and called from one of its vCPUs
 * @tables: from kpl_vm_tables_get(); what was used is taken out
 *
 * Context: does not sleep. The caller serialises it with kpl_vm_page_unmap().
 *
 * Return: whether they do.
 */
bool kpl_vm_page_map(struct kpl_vm *vm, struct kpl_vm_tables *tables)
{
	enum kvm_pgtable_prot prot = KVM_PGTABLE_PROT_R;
	struct kvm_mmu_memory_cache cache = {
		.gfp_zero = __GFP_ZERO,
		.capacity = KPL_VM_TABLES,
		.nobjs = tables->count,
		.objects = tables->page,
	};
	struct kvm *kvm = vm->kvm;
	int ret = -EEXIST;

	if (vm->page_device) {
		prot |= KVM_PGTABLE_PROT_DEVICE;
		kpl_vm_page_clean(vm, ~0ull);
	}
	write_lock(&kvm->mmu_lock);
	/* Memory that the VMM has put there since is the guest's. */
	if ((tables->count || tables_kept(vm)) &&
	    !__gfn_to_memslot(kvm_memslots(kvm), gpa_to_gfn(vm->gpa)))
		ret = stage2_map(kvm, vm->gpa, vm->page, prot, &cache);
	tables_keep(vm, tables, cache.nobjs);
	write_unlock(&kvm->mmu_lock);
	tables->count = cache.nobjs;
	/* EAGAIN: it is there already. */
	return !ret || ret == -EAGAIN;
}

/**
 * kpl_vm_page_unmap() - have every read trap again
 * @vm: attached, or its @gone is being called
 *
 * Context: does not sleep.
 */
void kpl_vm_page_unmap(struct kpl_vm *vm)
{
	struct kvm *kvm = vm->kvm;

	write_lock(&kvm->mmu_lock);
	if (kvm->arch.mmu.pgt)
		page_fn.unmap(kvm->arch.mmu.pgt, vm->gpa, PAGE_SIZE);
	write_unlock(&kvm->mmu_lock);
}

/**
 * kpl_vm_page_leave() - leave nothing of the page in the VM
 * @vm: as for kpl_vm_page_unmap(), which has been called
 */
void kpl_vm_page_leave(struct kpl_vm *vm)
{
	struct kvm *kvm = vm->kvm;

	if (!vm->page)
		return;
	write_lock(&kvm->mmu_lock);
	tables_drop(vm);
	/* Tables that are empty go with this. */
	if (kvm->arch.mmu.pgt)
		page_fn.unmap(kvm->arch.mmu.pgt, vm->gpa, PAGE_SIZE);
	write_unlock(&kvm->mmu_lock);
}

/* To where a read of a device gets it from. */
static void clean_line(const void *at)
{
	asm volatile("dc cvac, %0" : : "r" (at) : "memory");
}

/**
 * kpl_vm_page_clean() - have words that changed be seen
 * @vm: the VM
 * @changed: a bit for each word from the start of the page; all bits: the page
 *
 * Return: how many lines had to be cleaned: none where caches are coherent.
 */
unsigned int kpl_vm_page_clean(struct kpl_vm *vm, u64 changed)
{
	unsigned int cleaned = 0;
	u32 at;

	if (!vm->page_device)
		return 0;
	for (at = 0; at < PAGE_SIZE; at += page_line) {
		u64 words = ~0ull;

		if (changed != ~0ull) {
			if (at / 4 >= 64)
				break;
			words = changed >> at / 4;
			if (page_line / 4 < 64)
				words &= (1ull << page_line / 4) - 1;
		}
		if (!words)
			continue;
		clean_line(page_address(vm->page) + at);
		cleaned++;
	}
	dsb(sy);
	return cleaned;
}
