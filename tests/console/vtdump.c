// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtdump ROWS COLS SEED FILE OFFSET...: writes a file to a screen, cut at places
 * that the seed says, and at each offset prints what is on it: a line of JSON,
 * {"cursor": [row, col], "rows": [[[text, width, attributes, fg, bg], ...], ...]}.
 * A colour is null, an index, or "rrggbb".
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "vt/vt.h"

static void on_send(const char *bytes, size_t len, void *arg)
{
	(void)bytes;
	(void)len;
	(void)arg;
}

static const struct vt_ops ops = { .send = on_send };

static void print_color(const struct vt_color *color)
{
	if (color->kind == VT_COLOR_INDEXED)
		printf(",%u", color->index);
	else if (color->kind == VT_COLOR_RGB)
		printf(",\"%02x%02x%02x\"", color->red, color->green, color->blue);
	else
		printf(",null");
}

static void print_cell(const struct vt_cell *cell)
{
	printf("[\"");
	for (int i = 0; i < VT_CHARS && cell->chars[i]; i++) {
		char bytes[UTF8_MAX];

		if (cell->chars[i] == '"' || cell->chars[i] == '\\')
			putchar('\\');
		fwrite(bytes, 1, utf8_put(bytes, cell->chars[i]), stdout);
	}
	printf("\",%u,%u", cell->width, cell->attrs);
	print_color(&cell->fg);
	print_color(&cell->bg);
	putchar(']');
}

static void print_screen(const struct vt *vt)
{
	static struct vt_cell cells[VT_COLS_MAX];
	struct vt_cursor cursor;
	int rows, cols;

	vt_size(vt, &rows, &cols);
	vt_cursor(vt, &cursor);
	printf("{\"cursor\":[%d,%d],\"rows\":[", cursor.row, cursor.col);
	for (int row = 0; row < rows; row++) {
		printf("%s[", row ? "," : "");
		vt_row(vt, row, cells);
		for (int col = 0; col < cols; col++) {
			if (col)
				putchar(',');
			print_cell(&cells[col]);
		}
		putchar(']');
	}
	puts("]}");
}

int main(int argc, char **argv)
{
	char piece[256];
	unsigned int seed;
	struct vt *vt;
	FILE *file;
	long at = 0;

	if (argc < 6) {
		fputs("usage: vtdump ROWS COLS SEED FILE OFFSET...\n", stderr);
		return 2;
	}
	vt = vt_new(atoi(argv[1]), atoi(argv[2]), 100, &ops, NULL);
	seed = (unsigned int)atoi(argv[3]);
	file = fopen(argv[4], "rb");
	if (!vt || !file) {
		perror(argv[4]);
		return 1;
	}
	for (int i = 5; i < argc; i++) {
		for (long end = atol(argv[i]); at < end;) {
			long len = 1 + rand_r(&seed) % (long)sizeof(piece);

			len = (long)fread(piece, 1, (size_t)(len < end - at ? len : end - at),
					  file);
			if (len <= 0)
				break;
			vt_begin(vt);
			vt_write(vt, piece, (size_t)len);
			at += len;
		}
		print_screen(vt);
	}
	fclose(file);
	vt_free(vt);
	return 0;
}
