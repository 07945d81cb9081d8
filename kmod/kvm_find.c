// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions of KVM by their names.
 *
 * KVM exports little of what an in-kernel device needs. The module links
 * against those functions that Kbuild finds exported by the target kernel. For
 * each of the others it registers a kprobe at load, takes the function's
 * address from it and unregisters it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/kprobes.h>
#include <linux/printk.h>

#include "kvm_vm.h"

#if !IS_ENABLED(CONFIG_KPROBES)
#error "the target kernel is configured without CONFIG_KPROBES"
#endif

/**
 * kpl_kvm_find() - find a function of the kernel that is not exported
 * @name: its name
 * @fn: where its address goes; left alone if there is one already
 *
 * Return: 0, or the error of register_kprobe().
 */
int __init kpl_kvm_find(const char *name, void **fn)
{
	struct kprobe probe = { .symbol_name = name };
	int ret;

	if (*fn)
		return 0;
	ret = register_kprobe(&probe);
	if (ret)
		return ret;
	*fn = probe.addr;
	unregister_kprobe(&probe);
	return 0;
}

/**
 * kpl_kvm_need() - find a function that the module cannot do without
 * @name: its name
 * @fn: as for kpl_kvm_find()
 *
 * Return: 0; or ENOENT, and the log names the function.
 */
int __init kpl_kvm_need(const char *name, void **fn)
{
	int ret = kpl_kvm_find(name, fn);

	if (!ret)
		return 0;
	pr_err("this kernel has no %s(), which kpl011 needs (%d)\n", name, ret);
	return -ENOENT;
}
