/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_KFIFO_H
#define UNIT_LINUX_KFIFO_H

#include <stdlib.h>

#define DECLARE_KFIFO_PTR(name, type) \
	struct { type *at; unsigned int size; unsigned int in; unsigned int out; } name

#define kfifo_init(fifo, memory, bytes)					\
	do {								\
		(fifo)->at = (memory);					\
		(fifo)->size = (bytes) / sizeof(*(fifo)->at);		\
		(fifo)->in = (fifo)->out = 0;				\
	} while (0)
#define kfifo_initialized(fifo)	(!!(fifo)->at)
#define kfifo_free(fifo)	free((fifo)->at)
#define kfifo_len(fifo)		((fifo)->in - (fifo)->out)
#define kfifo_is_empty(fifo)	(!kfifo_len(fifo))
#define kfifo_avail(fifo)	((fifo)->size - kfifo_len(fifo))
#define kfifo_put(fifo, value)						\
	(kfifo_avail(fifo) &&						\
	 ((fifo)->at[(fifo)->in++ % (fifo)->size] = (value), true))
#define kfifo_get(fifo, to)						\
	(!kfifo_is_empty(fifo) &&					\
	 (*(to) = (fifo)->at[(fifo)->out++ % (fifo)->size], true))

#endif
