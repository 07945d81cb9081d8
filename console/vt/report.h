/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Answers a guest's questions about states that libvterm does not know. No answer has
 * anything of the operator's: no title, no size of a window, no colour.
 */
#ifndef KPL011_REPORT_H
#define KPL011_REPORT_H

#include "vt/vtterm.h"

/* DA, DSR and DECRQM. False: libvterm may have an answer, or it is no question. */
bool report_csi(struct vt *vt, const struct vtparse_csi *csi);

/* DECRQSS. @text: the string without its introducer. */
void report_setting(struct vt *vt, const char *text);

#endif /* KPL011_REPORT_H */
