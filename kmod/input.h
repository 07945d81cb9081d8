/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What users type: who may type, which is one file alone once it has taken the
 * input, and the queue of what the UART has no room for yet.
 */
#ifndef KPL011_INPUT_H
#define KPL011_INPUT_H

#include <linux/kpl011.h>
#include <linux/types.h>

struct kpl_file;
struct kpl_port;

#define KPL_INPUT_QUEUE	2048	/* characters; a power of two */
#define KPL_INPUT_ROOM	1024	/* with this much, poll(2) says writable */

int kpl_input_take(struct kpl_file *file, bool force);
void kpl_input_give(struct kpl_file *file);
void kpl_input_status(struct kpl_file *file, struct kpl011_input *args);
void kpl_input_close(struct kpl_file *file);

int kpl_input_open(struct kpl_port *port);
u32 kpl_input_begin(struct kpl_file *file);
ssize_t kpl_input_write(struct kpl_file *file, u32 others, const u8 *bytes,
			size_t n);
int kpl_input_inject(struct kpl_file *file, u16 ch);
bool kpl_input_waits(struct kpl_file *file, u32 others);
bool kpl_input_room(struct kpl_port *port);
bool kpl_input_writable(struct kpl_port *port);

#endif /* KPL011_INPUT_H */
