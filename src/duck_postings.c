#include "duck_postings.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/sha256.h"
#include "duck_pages.h"
#include "store/postings.h"

struct making {
	struct postings_writer *writer;
	enum column columns[POSTINGS_COLUMNS];
	uint32_t which;
	uint64_t rows;
	/* What a column had in the row before: people come in runs. */
	struct slice before[POSTINGS_COLUMNS];
	uint64_t block;
};

static enum column
find_column(enum postings_column of)
{
	unsigned c = 0;

	while (strcmp(column_name(c), postings_name(of)) != 0)
		c++;
	return (enum column)c;
}

static void
add_row(struct making *m, const struct row *row)
{
	uint64_t block = m->rows / POSTINGS_ROWS;

	for (unsigned i = 0; i < POSTINGS_COLUMNS; i++) {
		struct slice value = row->text[m->columns[i]];

		if (!(row->has & COLUMN_BIT(m->columns[i])) ||
		    (block == m->block && slice_eq(value, m->before[i])))
			continue;
		m->before[i] = value;
		postings_add(
		    m->writer, m->rows, (enum postings_column)i, value);
	}
	m->block = block;
	m->rows++;
}

static int
add_rows(struct making *m, struct pages *pages, struct err *err)
{
	struct page *page;
	struct row row;
	int status;

	while (!(status = pages_next(pages, &page, err)) && page) {
		memset(m->before, 0, sizeof(m->before));
		for (size_t i = 0; i < page_rows(page); i++) {
			page_columns(page, i, m->which, &row);
			add_row(m, &row);
		}
		page_free(page);
	}
	return status;
}

/* Those that are looked at; of the others there need be nothing. */
static void
list_columns(struct making *m, struct buf *sql)
{
	for (unsigned i = 0; i < POSTINGS_COLUMNS; i++) {
		m->columns[i] = find_column((enum postings_column)i);
		m->which |= COLUMN_BIT(m->columns[i]);
	}
	for (unsigned c = 0; c < COLUMNS; c++) {
		const char *name = column_name(c);

		buf_str(sql, c ? ", " : "");
		if (m->which & COLUMN_BIT(c))
			buf_str(sql, name);
		else
			buf_printf(
			    sql, "if(false, %s, NULL) AS %s", name, name);
	}
	buf_char(sql, '\0');
}

int
postings_make(struct duck *duck, const char *path,
    const struct segment *segment, const char *out, struct err *err)
{
	struct making m = {.writer = postings_writer_new(segment->parquet.bytes,
	                       segment->end - segment->first)};
	struct buf columns = {0};
	struct pages *pages = NULL;
	int status;

	list_columns(&m, &columns);
	status = pages_open(&pages, duck,
	    &(struct pages_of){.path = path, .columns = columns.ptr}, err);
	if (!status)
		status = add_rows(&m, pages, err);
	if (!status && m.rows != segment->end - segment->first)
		status = err_set(err, ERR_CORRUPT,
		    "'%s' has another number of rows than records", path);
	if (!status)
		status = postings_write(m.writer, out, err);
	pages_close(pages);
	buf_release(&columns);
	postings_writer_free(m.writer);
	return status;
}

int
postings_check(struct duck *duck, const char *path,
    const struct segment *segment, const char *have, const char *out,
    struct err *err)
{
	unsigned char is[SHA256_LEN], should[SHA256_LEN];
	int status;

	if (access(have, F_OK))
		return 0;
	status = postings_make(duck, path, segment, out, err);
	if (!status)
		status =
		    sha256_file(out, should, err) || sha256_file(have, is, err);
	unlink(out);
	if (!status && memcmp(is, should, SHA256_LEN) != 0)
		status = err_set(err, ERR_CORRUPT,
		    "'%s': it does not say where values stand in the columns",
		    have);
	return status ? -1 : 0;
}
