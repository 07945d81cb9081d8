// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/attach_args.h"

#include "base/human.h"
#include "source/port_name.h"
#include "source/source_port.h"

static bool power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

bool attach_arg(const struct cmd *cmd, int c, const char *arg, struct attach_options *opts,
		int *status)
{
	uint64_t number;

	*status = STATUS_OK;
	switch (c) {
	case ATTACH_ARG_GPA:
		if (!human_parse(arg, 0, UINT64_MAX, &opts->gpa) ||
		    opts->gpa % port_limits.page_size)
			*status = cmd_usage(cmd,
					    "--gpa %s: not an address that is a multiple of 0x%x",
					    arg, port_limits.page_size);
		return true;
	case ATTACH_ARG_INTID:
		if (human_parse(arg, port_limits.intid_min, port_limits.intid_max, &number))
			opts->intid = (uint32_t)number;
		else
			*status = cmd_usage(cmd, "--intid %s: not a shared interrupt, %u to %u",
					    arg, port_limits.intid_min, port_limits.intid_max);
		return true;
	case ATTACH_ARG_RING:
		if (human_parse_size(arg, port_limits.ring_min, port_limits.ring_max, &number) &&
		    power_of_two(number))
			opts->ring_size = (uint32_t)number;
		else
			*status = cmd_usage(cmd, "--ring %s: not a power of two from %uk to %uM",
					    arg, port_limits.ring_min / 1024,
					    port_limits.ring_max / 1048576);
		return true;
	case ATTACH_ARG_NAME:
		if (*arg && port_name_ok(arg, SOURCE_NAME_SIZE))
			opts->name = arg;
		else
			*status = cmd_usage(
				cmd,
				"--name '%s': not 1 to %d printable ASCII characters without '/'",
				arg, SOURCE_NAME_SIZE - 1);
		return true;
	case ATTACH_ARG_STRICT:
		opts->strict = true;
		return true;
	case ATTACH_ARG_PAGE:
		opts->page = true;
		return true;
	default:
		return false;
	}
}
