/* SPDX-License-Identifier: GPL-2.0-only */
/* Who may type: one file at a time, where one asked for it. */
#ifndef KPL011_INPUT_H
#define KPL011_INPUT_H

#include <linux/kpl011.h>
#include <linux/types.h>

struct kpl_file;

int kpl_input_take(struct kpl_file *file, bool force);
void kpl_input_give(struct kpl_file *file);
void kpl_input_status(struct kpl_file *file, struct kpl011_input *args);
void kpl_input_close(struct kpl_file *file);

#endif /* KPL011_INPUT_H */
