/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_SLAB_H
#define UNIT_LINUX_SLAB_H

#include <stdlib.h>

#define kmalloc_array(n, size, flags)	((void)(flags), calloc((n), (size)))
#define kfree(memory)			free(memory)

#endif
