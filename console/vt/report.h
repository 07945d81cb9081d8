/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the guest is answered when it asks for a state that libvterm does not know.
 * Nothing of it is the operator's: not the title, the size of a window or a colour.
 */
#ifndef KPL011_REPORT_H
#define KPL011_REPORT_H

#include "vt/vtguest.h"

/* DA, DSR and DECRQM. True: it is answered, or is no question that has an answer. */
bool report_csi(struct vt *vt, const struct vtparse_csi *csi);

/* DECRQSS, a string without its introducer. */
void report_setting(struct vt *vt, const char *text);

#endif /* KPL011_REPORT_H */
