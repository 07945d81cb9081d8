// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kpl011.h>
#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "control.h"
#include "ioctl.h"
#include "kvm.h"
#include "node.h"
#include "port.h"
#include "registry.h"

static_assert(KPL_UART_PAGE == KPL011_MMIO_SIZE);

/* NUL-terminated, printable, without '/', and all zero after its end. */
static bool name_is_valid(const char *name)
{
	size_t len = strnlen(name, KPL011_NAME_SIZE);
	size_t i;

	if (len == KPL011_NAME_SIZE)
		return false;
	for (i = 0; i < len; i++)
		if (name[i] < ' ' || name[i] > '~' || name[i] == '/')
			return false;
	return !memchr_inv(name + len, 0, KPL011_NAME_SIZE - len);
}

static int attach_check(const struct kpl011_attach *args,
			struct kpl_port_config *config)
{
	u32 ring_size = args->ring_size ?: KPL011_RING_DEFAULT;
	u32 flow_ms = args->flow_ms ?: KPL011_FLOW_MS_DEFAULT;

	if (args->intid < KPL011_INTID_MIN || args->intid > KPL011_INTID_MAX)
		return -ERANGE;
	if (args->gpa % KPL011_MMIO_SIZE)
		return -EINVAL;
	if (ring_size < KPL011_RING_MIN || ring_size > KPL011_RING_MAX ||
	    !is_power_of_2(ring_size))
		return -EINVAL;
	if (flow_ms > KPL011_FLOW_MS_MAX || args->pad)
		return -EINVAL;
	if (!name_is_valid(args->name))
		return -EINVAL;

	*config = (struct kpl_port_config) { .flags = args->flags };
	config->gpa = args->gpa;
	config->intid = args->intid;
	config->ring_size = ring_size;
	config->flow_ms = flow_ms;
	memcpy(config->name, args->name, sizeof(config->name));
	return 0;
}

static int control_attach(void __user *user)
{
	struct kpl011_uart_state state;
	struct kpl_port_config config;
	struct kpl011_attach args;
	struct kpl_port *port;
	struct kpl_vm *vm;
	int ret;

	ret = kpl_ioctl_copy_in(&args, sizeof(args),
				offsetof(struct kpl011_attach, state),
				KPL011_ATTACH_STRICT | KPL011_ATTACH_NO_FLOW |
				KPL011_ATTACH_PAGE, user);
	if (ret)
		return ret;
	ret = attach_check(&args, &config);
	if (ret)
		return ret;
	if (args.state) {
		if (copy_from_user(&state, u64_to_user_ptr(args.state),
				   sizeof(state)))
			return -EFAULT;
		config.state = &state;
	}

	vm = kpl_vm_open(args.vm_fd);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	port = kpl_registry_create(&config, vm);
	if (IS_ERR(port)) {
		kpl_vm_close(vm);
		kpl_vm_free(vm);
		return PTR_ERR(port);
	}
	kpl_node_init(port);

	/*
	 * Do all that can fail before the port is in the VM: from then on it
	 * takes what a running guest prints, and the line that the VMM has
	 * raised. An attach that must be refused is refused before everybody
	 * sees its node, unless what is in its way comes to the VM only after
	 * the check.
	 */
	ret = kpl_vm_check(vm, config.gpa, KPL011_MMIO_SIZE, config.intid);
	if (ret)
		goto out_close;
	ret = kpl_registry_number(port);
	if (ret)
		goto out_close;
	args.id = port->id;
	ret = kpl_ioctl_copy_out(user, &args, sizeof(args));
	if (ret) {
		kpl_registry_unspend(port);
		goto out_close;
	}
	/* From here on others may have seen the number, so it is used up. */
	ret = kpl_node_add(port);
	if (ret)
		goto out_close;
	ret = kpl_port_attach(port);
	if (ret) {
		kpl_node_del(port);
		goto out_close;
	}
	kpl_node_show(port);
	kpl_registry_add(port);
	kpl_page_open(&port->pl011);

out_close:
	kpl_vm_close(vm);
	put_device(&port->dev);
	return ret;
}

static long control_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	switch (cmd) {
	case KPL011_ATTACH:
		return control_attach((void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = control_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

/* Open to all: an attach needs a file descriptor of the VM. */
static struct miscdevice control = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kpl011-control",
	.nodename = "kpl011/control",
	.mode = 0666,
	.fops = &control_fops,
};

/**
 * kpl_control_init() - make /dev/kpl011/control
 *
 * Return: 0 or an error of misc_register().
 */
int __init kpl_control_init(void)
{
	return misc_register(&control);
}

/**
 * kpl_control_exit() - remove /dev/kpl011/control: no new ports from here on
 */
void kpl_control_exit(void)
{
	misc_deregister(&control);
}
