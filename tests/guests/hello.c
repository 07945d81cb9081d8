// SPDX-License-Identifier: GPL-2.0-only
/* Says hello, one 32-bit store a character, and stays or powers off. */
#include "guest.h"

void main(void)
{
	put_string("Hello World\n");
#ifdef END_off
	power_off();
#endif
}
