// SPDX-License-Identifier: GPL-2.0-only
#include "source/facts.h"

#include "source/owner.h"
#include "source/source_port.h"
#include "source/words.h"

json_t *facts_to_json(const struct source_facts *facts)
{
	char path[PORT_PATH_SIZE];
	char user[USER_NAME_SIZE];
	json_t *json;

#define INT(member) #member, (json_int_t)facts->member
	json = json_pack("{s:I, s:s, s:s, s:s, s:I, s:I, s:s, s:I, s:I, s:I,"
			 " s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I,"
			 " s:I}",
			 INT(id), "name", facts->name, "device", port_path(facts->id, path),
			 "state", facts_state(facts), INT(pid), INT(uid), "user",
			 facts_user(facts, user), INT(gpa), INT(intid), INT(ring_size),
			 INT(attach_ns), INT(death_ns), INT(tx_newest), INT(tx_oldest),
			 INT(tx_breaks), INT(rx_bytes), INT(rx_queued), INT(rx_breaks), INT(reads),
			 INT(writes), INT(interrupts));
#undef INT
	if (json && facts->host) {
		json_object_set_new(json, "host", json_string(facts->host));
		json_object_del(json, "device");
	}
	return json;
}
