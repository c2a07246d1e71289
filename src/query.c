/*
 * firn-query - runs one SELECT over the records of a ledger:
 *
 *	firn-query LEDGER FORMAT <SQL
 *
 * A child of firn, which has no key and can write nothing (base/confine.h).
 * The view `records` has the columns of every record up to the checkpoint:
 *those of the segments, and those of the records that are not sealed yet, which
 *are read again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/confine.h"
#include "duck_columns.h"
#include "ledger/manifest.h"
#include "query_ip.h"
#include "query_run.h"

#define MEMORY_MIB  2048 /* of DuckDB */
#define TAIL_MEMORY (2 * COLUMNS_MEMORY)
#define CPU_SECONDS 600
#define SQL_MAX     ((size_t)1 << 20)

struct query {
	struct view *view;
	struct geo *geo;
	struct manifest manifest;
	struct duck duck;
	struct columns *tail;
	char *dir; /* absolute */
};

static int
read_sql(struct buf *sql, struct err *err)
{
	size_t n;

	do {
		n = fread(buf_reserve(sql, 65536), 1, 65536, stdin);
		sql->len += n;
	} while (n && sql->len <= SQL_MAX);
	if (ferror(stdin))
		return err_sys(err, "cannot read the query");
	if (sql->len > SQL_MAX || memchr(sql->ptr, '\0', sql->len))
		return err_set(err, ERR_USAGE,
		    "a query is at most 1 MiB of text without NUL");
	buf_char(sql, '\0');
	return 0;
}

static int
open_all(struct query *q, const char *dir, struct err *err)
{
	char *geo = geo_shipped();
	int status;

	q->dir = realpath(dir, NULL);
	if (!q->dir) {
		status = err_sys(err, "cannot open '%s'", dir);
	} else {
		status = manifest_read(&q->manifest, q->dir, err);
		if (!status)
			status = view_open(&q->view, q->dir, err);
		if (!status && geo)
			status = geo_open(&q->geo, geo, err);
	}
	free(geo);
	return status;
}

/* The records behind the segments, as rows of a table function. */
static int
fill_tail(struct query *q, struct err *err)
{
	uint64_t size = view_tree(q->view)->size;
	struct reread *reread = reread_new(q->view, q->geo);
	struct reread_record record;
	int status = columns_new(&q->tail, &q->duck, TAIL_MEMORY, NULL, err);

	for (uint64_t i = manifest_end(&q->manifest); !status && i < size;
	     i++) {
		status = reread_record(reread, i, &record, err);
		if (!status)
			status = columns_add(q->tail, i, &record, err);
	}
	reread_free(reread);
	if (status && err->code == ERR_LIMIT)
		err_set(err, ERR_LIMIT,
		    "too many records are not sealed yet: 'firn ledger seal' "
		    "seals them");
	return status;
}

static int
make_view(struct query *q, struct err *err)
{
	struct buf sql = {0};
	int status;

	buf_printf(&sql, "CREATE TEMP VIEW records AS SELECT * FROM %s()",
	    columns_name(q->tail));
	for (size_t i = 0; i < q->manifest.count; i++) {
		char *path =
		    segment_path(q->dir, &q->manifest.list[i], ".parquet");

		buf_str(
		    &sql, i ? ", " : " UNION ALL SELECT * FROM read_parquet([");
		duck_quote(&sql, slice_cstr(path));
		free(path);
	}
	/* A folder `a=b` on the way to the ledger is no column. */
	if (q->manifest.count)
		buf_str(&sql, "], hive_partitioning = false)");
	buf_char(&sql, '\0');
	status = duck_run(&q->duck, sql.ptr, err);
	buf_release(&sql);
	return status;
}

/* What SQL may open, and that SQL cannot change it. */
static int
lock(struct query *q, struct err *err)
{
	struct buf sql = {0};
	int status;

	buf_str(&sql, "SET allowed_directories = [");
	duck_quote(&sql, slice_cstr(q->dir));
	buf_str(&sql, "]; SET enable_external_access = false; "
	              "SET lock_configuration = true");
	buf_char(&sql, '\0');
	status = duck_run(&q->duck, sql.ptr, err);
	buf_release(&sql);
	return status;
}

static int
run(struct query *q, const char *dir, enum print_format format, struct err *err)
{
	struct buf sql = {0};
	int status;

	status = read_sql(&sql, err) || open_all(q, dir, err) ||
	         duck_open(&q->duck, MEMORY_MIB, NULL, err) ||
	         confine(q->dir, CPU_SECONDS, err) ||
	         query_ip_register(&q->duck, err) || fill_tail(q, err) ||
	         make_view(q, err) || lock(q, err) ||
	         query_run(&q->duck, sql.ptr, format, err);
	buf_release(&sql);
	return status ? -1 : 0;
}

int
main(int argc, char **argv)
{
	struct query q = {0};
	struct err err = {0};
	enum print_format format;

	if (argc != 3 || !print_format_parse(argv[2], &format)) {
		fputs(
		    "usage: firn-query LEDGER table|csv|ndjson <SQL\n", stderr);
		return 2;
	}
	if (run(&q, argv[1], format, &err))
		fprintf(stderr, "firn: %s\n", err.msg);
	duck_close(&q.duck);
	columns_free(q.tail);
	manifest_release(&q.manifest);
	view_close(q.view);
	geo_close(q.geo);
	free(q.dir);
	return err.code ? 2 : 0;
}
