/* SPDX-License-Identifier: GPL-2.0-only */
/* An open file of a port: what it is to output, and what to input. */
#ifndef KPL011_FILE_H
#define KPL011_FILE_H

#include "input.h"
#include "reader.h"

struct kpl_port;

/**
 * struct kpl_file - an open file
 * @port: the port, on which the open file holds a reference
 * @reader: the file as one that reads
 * @typist: the file as one that types
 */
struct kpl_file {
	struct kpl_port *port;
	struct kpl_reader reader;
	struct kpl_typist typist;
};

#endif /* KPL011_FILE_H */
