// SPDX-License-Identifier: GPL-2.0-only
#include "ui/ui_table.h"

#include "ui/ui_help.h"
#include "ui/ui_prompt.h"
#include "ui/ui_sysrq.h"

static const struct ui_part *const parts[UI_PARTS] = {
	[UI_PART_PROMPT] = &ui_prompt_part,
	[UI_PART_HELP] = &ui_help_part,
	[UI_PART_SYSRQ] = &ui_sysrq_part,
};

void ui_set_parts(struct ui *ui)
{
	ui->parts = parts;
}
