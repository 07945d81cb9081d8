// SPDX-License-Identifier: GPL-2.0-only
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "ioctl.h"

/**
 * kpl_ioctl_copy_in() - copy a structure from user space
 * @args: where to; begins with struct kpl_ioctl_head
 * @size: size of the structure as this module knows it
 * @size_v1: size of its first version
 * @flags: the flags that this module knows
 * @user: where from
 *
 * Members that the caller's structure does not have are zero in @args.
 *
 * Return: 0; EFAULT, EINVAL, E2BIG, EOPNOTSUPP as uapi/linux/kpl011.h says.
 */
int kpl_ioctl_copy_in(void *args, size_t size, size_t size_v1,
		      u32 flags, const void __user *user)
{
	struct kpl_ioctl_head *head = args;
	u32 user_size;
	int ret;

	if (get_user(user_size, (const u32 __user *)user))
		return -EFAULT;
	if (user_size < size_v1)
		return -EINVAL;
	/*
	 * Bounds the search for a byte that is not zero in what is beyond
	 * @size.
	 */
	if (user_size > PAGE_SIZE)
		return -E2BIG;

	ret = copy_struct_from_user(args, size, user, user_size);
	if (ret)
		return ret;
	/* Another thread may have changed the size between the two reads. */
	head->size = user_size;
	return head->flags & ~flags ? -EOPNOTSUPP : 0;
}

/**
 * kpl_ioctl_copy_out() - copy a structure to user space
 * @user: where to
 * @args: the structure; its size is as kpl_ioctl_copy_in() left it
 * @size: size of the structure as this module knows it
 *
 * Return: 0 or EFAULT.
 */
int kpl_ioctl_copy_out(void __user *user, const void *args, size_t size)
{
	const struct kpl_ioctl_head *head = args;

	if (copy_to_user(user, args, min_t(size_t, size, head->size)))
		return -EFAULT;
	return 0;
}
