// SPDX-License-Identifier: GPL-2.0-only
/* kpl011: PL011 UARTs of KVM guests, emulated in the kernel. */
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "chardev.h"
#include "control.h"
#include "kvm.h"
#include "node.h"
#include "registry.h"

static int __init kpl011_init(void)
{
	int ret;

	ret = kpl_kvm_init();
	if (ret)
		return ret;
	ret = kpl_registry_init();
	if (ret)
		goto out_kvm;
	ret = kpl_node_init_class(&kpl_chardev_fops);
	if (ret)
		goto out_registry;
	ret = kpl_control_init();
	if (ret)
		goto out_node;
	return 0;

out_node:
	kpl_node_exit_class();
out_registry:
	kpl_registry_exit();
out_kvm:
	kpl_kvm_exit();
	return ret;
}

static void __exit kpl011_exit(void)
{
	kpl_control_exit();
	kpl_registry_exit();
	kpl_node_exit_class();
	kpl_kvm_exit();
	/* A vm_dev_destructor() (kvm_bus.c) may still be on its way out. */
	synchronize_rcu_tasks();
}

module_init(kpl011_init);
module_exit(kpl011_exit);

MODULE_DESCRIPTION("ARM PL011 UARTs of KVM guests, emulated in the kernel");
MODULE_AUTHOR("The kpl011 authors");
MODULE_VERSION(KPL_VERSION);
MODULE_LICENSE("GPL");
