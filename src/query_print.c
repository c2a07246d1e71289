#include "query_print.h"

#include <stdio.h>

#include "base/term.h"
#include "text/csv_write.h"
#include "json/json.h"

#define CELL_MAX 48 /* columns of a terminal */

bool
print_format_parse(const char *name, enum print_format *format)
{
	static const char *const names[] = {"table", "csv", "ndjson"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) != 0)
			continue;
		*format = (enum print_format)i;
		return true;
	}
	return false;
}

static void
flush(struct print *p)
{
	if (p->text.len)
		fwrite(p->text.ptr, 1, p->text.len, stdout);
	buf_clear(&p->text);
}

void
print_begin(struct print *p, enum print_format format,
    struct print_column *columns, size_t count)
{
	*p = (struct print){
	    .format = format, .columns = columns, .count = count};
	for (size_t i = 0; i < count; i++)
		columns[i].wide = term_width(columns[i].name);
	if (format != PRINT_CSV)
		return;
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_char(&p->text, ',');
		csv_add_cell(&p->text, columns[i].name);
	}
	csv_end_row(&p->text);
	flush(p);
}

/* A list or an object is JSON, but in a cell of CSV just text. */
static bool
is_number(const struct print_column *column, struct slice cell)
{
	return column->bare && cell.len && cell.ptr[0] != '[' &&
	       cell.ptr[0] != '{';
}

static void
add_csv(struct print *p, const struct slice *cells)
{
	for (size_t i = 0; i < p->count; i++) {
		if (i)
			buf_char(&p->text, ',');
		if (is_number(&p->columns[i], cells[i]))
			buf_slice_add(&p->text, cells[i]);
		else if (cells[i].ptr)
			csv_add_cell(&p->text, cells[i]);
	}
	csv_end_row(&p->text);
}

static void
add_json(struct print *p, const struct slice *cells)
{
	for (size_t i = 0; i < p->count; i++) {
		buf_char(&p->text, i ? ',' : '{');
		json_add_str(&p->text, p->columns[i].name);
		buf_char(&p->text, ':');
		if (!cells[i].ptr)
			buf_str(&p->text, "null");
		else if (p->columns[i].bare)
			buf_slice_add(&p->text, cells[i]);
		else
			json_add_str(&p->text, cells[i]);
	}
	buf_str(&p->text, p->count ? "}\n" : "{}\n");
}

static void
keep(struct print *p, const struct slice *cells)
{
	for (size_t i = 0; i < p->count; i++) {
		size_t wide = term_width(cells[i]);

		if (wide > p->columns[i].wide)
			p->columns[i].wide = wide;
		buf_slice_add(&p->text, cells[i]);
		buf_add(&p->cells, &cells[i].len, sizeof(cells[i].len));
	}
}

int
print_row(struct print *p, const struct slice *cells, struct err *err)
{
	p->rows++;
	switch (p->format) {
	case PRINT_CSV:
		add_csv(p, cells);
		break;
	case PRINT_NDJSON:
		add_json(p, cells);
		break;
	case PRINT_TABLE:
		keep(p, cells);
		if (p->text.len <= PRINT_TABLE_MAX)
			return 0;
		return err_set(err, ERR_LIMIT,
		    "more than 64 MiB are too much for a table: take fewer "
		    "rows, or --format csv or ndjson");
	}
	if (p->text.len >= 1 << 16)
		flush(p);
	return 0;
}

static size_t
cell_width(const struct print *p, size_t column)
{
	size_t wide = p->columns[column].wide;

	return wide < CELL_MAX ? wide : CELL_MAX;
}

static void
show_line(
    const struct print *p, struct slice (*cell)(void *, size_t), void *ctx)
{
	struct buf line = {0};

	for (size_t i = 0; i < p->count; i++) {
		if (i)
			term_blanks(&line, 2);
		term_pad(&line, cell(ctx, i), cell_width(p, i));
	}
	while (line.len && line.ptr[line.len - 1] == ' ')
		line.len--;
	buf_char(&line, '\n');
	fwrite(line.ptr, 1, line.len, stdout);
	buf_release(&line);
}

static struct slice
name_of(void *ctx, size_t i)
{
	const struct print *p = ctx;

	return p->columns[i].name;
}

/* The cells of a row lie behind one another. */
struct walk {
	const char *text, *lens;
};

static struct slice
next_cell(void *ctx, size_t i)
{
	struct walk *walk = ctx;
	size_t len;
	struct slice cell;

	(void)i;
	memcpy(&len, walk->lens, sizeof(len));
	cell = slice_of(walk->text, len);
	if (len)
		walk->text += len;
	walk->lens += sizeof(len);
	return cell;
}

int
print_end(struct print *p, struct err *err)
{
	struct walk walk = {p->text.ptr, p->cells.ptr};

	if (p->format == PRINT_TABLE) {
		show_line(p, name_of, p);
		for (uint64_t i = 0; i < p->rows; i++)
			show_line(p, next_cell, &walk);
	} else {
		flush(p);
	}
	if (fflush(stdout) || ferror(stdout))
		return err_sys(err, "cannot write");
	return 0;
}

void
print_release(struct print *p)
{
	buf_release(&p->text);
	buf_release(&p->cells);
}
