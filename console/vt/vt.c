// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtparse splits the bytes into text and sequences, and vtguest carries them out. The
 * pen has the attributes and colours of what is written, the page all cells, those of
 * the scrollback included. Plain text goes directly to the page. The rest goes through
 * libvterm, which moves the cursor and knows margins, modes, keys and answers. Only its
 * state layer is used, which is the same in all versions.
 */
#include "vt/vt.h"

#include <locale.h>
#include <stdlib.h>

#include "vt/pen.h"
#include "vt/vtguest.h"

struct vt *vt_new(int rows, int cols, size_t scrollback, const struct vt_ops *ops, void *arg)
{
	struct vt *vt = calloc(1, sizeof(*vt));

	if (!vt)
		return NULL;
	vt->ops = ops;
	vt->arg = arg;
	vt->hidden_row = -1;
	vtparse_init(&vt->parse);
	/* Widths do not depend on the operator's language. */
	vt->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (page_init(&vt->page, rows, cols, scrollback) || !vt->locale) {
		vt_free(vt);
		return NULL;
	}
	vtterm_open(vt, rows, cols);
	vt->writing = true;
	vtguest_reset(vt, true);
	vt->writing = false;
	return vt;
}

void vt_free(struct vt *vt)
{
	if (!vt)
		return;
	vtterm_close(vt);
	if (vt->locale)
		freelocale(vt->locale);
	page_fini(&vt->page);
	free(vt);
}

void vt_live(struct vt *vt, bool live)
{
	vt->live = live;
}

static void write_encoded(struct vt *vt, const char *bytes, size_t len)
{
	char text[512];
	size_t piece = sizeof(text) / ENCODING_GROWTH;

	for (; len; len -= piece, bytes += piece) {
		size_t n;

		if (piece > len)
			piece = len;
		n = encoding_to_utf8(vt->encoding, bytes, piece, text);
		vtparse_bytes(&vt->parse, text, n, &vtguest_ops, vt);
	}
}

void vt_begin(struct vt *vt)
{
	vt->answered = 0;
	vt->taken = 0;
	vt->filled = vt->touched = 0;
}

void vt_write(struct vt *vt, const void *bytes, size_t len)
{
	vt->writing = true;
	vt->hidden_row = -1;
	vt->taken += len;
	if (vt->encoding == ENCODING_UTF8)
		vtparse_bytes(&vt->parse, bytes, len, &vtguest_ops, vt);
	else
		write_encoded(vt, bytes, len);
	vt->writing = false;
}

void vt_encode(struct vt *vt, enum encoding encoding)
{
	/* A character that was begun cannot end in another encoding. */
	if (vt->encoding != encoding)
		vtparse_init(&vt->parse);
	vt->encoding = encoding;
}

void vt_let_resize(struct vt *vt, bool may)
{
	vt->may_resize = may;
}

void vt_size(const struct vt *vt, int *rows, int *cols)
{
	*rows = vt->page.rows;
	*cols = vt->page.cols;
}

size_t vt_scrollback(const struct vt *vt)
{
	return lines_count(vt->page.lines);
}

uint64_t vt_scrolled(const struct vt *vt)
{
	return lines_total(vt->page.lines);
}

/* Reverses a row's cells if the whole screen is reversed (DECSCNM). */
static void reverse_row(const struct vt *vt, long row, struct vt_cell *cells, int cols)
{
	for (int col = 0; col < cols && vt->reversed && row >= 0; col++)
		pen_reverse_screen(&cells[col]);
}

int vt_hidden(const struct vt *vt)
{
	return page_hidden(&vt->page);
}

bool vt_row(const struct vt *vt, long row, struct vt_cell *cells)
{
	if (!page_row(&vt->page, row, cells))
		return false;
	reverse_row(vt, row, cells, vt->page.cols);
	return true;
}

int vt_row_width(const struct vt *vt, long row)
{
	return page_row_width(&vt->page, row);
}

bool vt_row_whole(const struct vt *vt, long row, struct vt_cell *cells)
{
	if (!page_row_whole(&vt->page, row, cells))
		return false;
	reverse_row(vt, row, cells, vt_row_width(vt, row));
	return true;
}

bool vt_row_wraps(const struct vt *vt, long row)
{
	return page_row_wraps(&vt->page, row);
}

size_t vt_row_text(const struct vt *vt, long row, char *text, size_t size, uint16_t *cols)
{
	return page_row_text(&vt->page, row, text, size, cols);
}

bool vt_damage(struct vt *vt, uint64_t *rows)
{
	return page_damage(&vt->page, rows);
}

void vt_cursor(const struct vt *vt, struct vt_cursor *cursor)
{
	struct vt_place place = vt_place(vt);

	*cursor = (struct vt_cursor){ place.row, place.col, vt->cursor_visible, vt->cursor_blinks };
}

const char *vt_title(const struct vt *vt)
{
	return vt->title;
}

bool vt_on_alternate(const struct vt *vt)
{
	return !page_is_primary(&vt->page);
}

enum vt_mouse vt_mouse(const struct vt *vt)
{
	return vt->mouse;
}

enum vt_backspace vt_backspace(const struct vt *vt)
{
	return vt->backspace;
}

void vt_forget_backspace(struct vt *vt)
{
	vt->backspace = VT_BACKSPACE_UNSAID;
}

size_t vt_memory(const struct vt *vt)
{
	return sizeof(*vt) + vt->term_memory + page_memory(&vt->page);
}
