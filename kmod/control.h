/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/kpl011/control. */
#ifndef KPL011_CONTROL_H
#define KPL011_CONTROL_H

int kpl_control_init(void);
void kpl_control_exit(void);

#endif /* KPL011_CONTROL_H */
