/* SPDX-License-Identifier: GPL-2.0-only */
/* The prompt: a line of text that the operator types in place of the status line. */
#ifndef KPL011_PROMPT_H
#define KPL011_PROMPT_H

#include "ui/ui_part.h"

extern const struct ui_part ui_prompt_part;

#endif /* KPL011_PROMPT_H */
