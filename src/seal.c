/*
 * firn-seal - makes a segment of some records of a ledger:
 *
 *	firn-seal LEDGER FIRST END OUT
 *
 * writes OUT/<first>-<end>.raw, .parquet and .idx (docs/ledger.md, "Segments")
 * for the records [FIRST, END) and prints their line of the manifest.  A child
 * of firn: it reads records that others wrote and loads DuckDB, so it has no
 * key, and whoever starts it checks what it made.  Killing it leaves files that
 * no manifest names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "duck_columns.h"
#include "ledger/dir.h"
#include "ledger/idx.h"
#include "ledger/manifest.h"
#include "ledger/raw.h"

#define MEMORY_MIB 1024 /* of DuckDB */

struct seal {
	struct view *view;
	struct geo *geo;
	struct reread *reread;
	struct duck duck;
	struct columns *columns;
	struct raw_writer *raw;
	struct idx_writer *idx;
	const char *out;
	char *spill; /* a folder of DuckDB's */
	struct segment segment;
};

/* OUT/<first>-<end><ending>, for free(). */
static char *
path_of(const struct seal *seal, const char *ending)
{
	struct buf path = {0};

	buf_printf(&path, "%s/%020ju-%020ju%s", seal->out,
	    (uintmax_t)seal->segment.first, (uintmax_t)seal->segment.end,
	    ending);
	buf_char(&path, '\0');
	return path.ptr;
}

/* --- writing --- */

static int
add_record(struct seal *seal, uint64_t index, struct err *err)
{
	struct reread_record record;
	struct stream stream;
	struct frame frame;

	if (view_record(seal->view, index, &frame, &stream, err) ||
	    raw_add(seal->raw, &frame, &stream, err))
		return -1;
	if (frame.has_identity)
		idx_add(seal->idx, index, &frame.identity);
	if (index == seal->segment.first) {
		char room[TIME_TEXT_MAX];

		memcpy(seal->segment.day,
		    time_format(frame.received_us, room).ptr, SEGMENT_DAY);
	}
	if (reread_record(seal->reread, index, &record, err))
		return -1;
	return columns_add(seal->columns, index, &record, err);
}

static int
hash_file(const char *path, struct merkle_hash *hash, struct err *err)
{
	struct sha256 *sha;
	char room[1 << 16];
	FILE *file = fopen(path, "re");
	size_t n;
	int status = 0;

	if (!file)
		return err_sys(err, "cannot open '%s'", path);
	sha = sha256_new();
	sha256_begin(sha);
	while ((n = fread(room, 1, sizeof(room), file)) > 0)
		sha256_add(sha, room, n);
	sha256_end(sha, hash->bytes);
	sha256_free(sha);
	if (ferror(file))
		status = err_sys(err, "cannot read '%s'", path);
	fclose(file);
	return status;
}

static int
write_files(struct seal *seal, struct err *err)
{
	char *raw = path_of(seal, ".raw"), *idx = path_of(seal, ".idx"),
	     *parquet = path_of(seal, ".parquet");
	struct segment *s = &seal->segment;
	int status;

	status = raw_create(&seal->raw, raw, s->first, s->end, err);
	for (uint64_t i = s->first; !status && i < s->end; i++)
		status = add_record(seal, i, err);
	if (!status)
		status = raw_finish(seal->raw, err);
	if (!status)
		status = idx_write(seal->idx, idx, err);
	if (!status)
		status = columns_write(seal->columns, parquet, err);
	if (!status)
		status = hash_file(raw, &s->raw, err);
	if (!status)
		status = hash_file(idx, &s->idx, err);
	if (!status)
		status = hash_file(parquet, &s->parquet, err);
	if (!status)
		status = dir_sync(seal->out, err);
	free(raw);
	free(idx);
	free(parquet);
	return status;
}

/* --- beginning and end --- */

/* The country table that comes with the program, if there is one. */
static int
open_geo(struct seal *seal, struct err *err)
{
	char *path = geo_shipped();
	int status = 0;

	if (path) {
		status = geo_open(&seal->geo, path, err);
		if (!status)
			status = hash_file(path, &seal->segment.geography, err);
		seal->segment.has_geography = !status;
	}
	free(path);
	return status;
}

static int
open_all(struct seal *seal, const char *dir, struct err *err)
{
	struct segment *s = &seal->segment;

	if (view_open(&seal->view, dir, err))
		return -1;
	if (s->end > view_tree(seal->view)->size)
		return err_set(err, ERR_USAGE,
		    "there is no record %ju: the checkpoint is over %ju",
		    (uintmax_t)s->end - 1,
		    (uintmax_t)view_tree(seal->view)->size);
	seal->spill = path_of(seal, ".tmp");
	if (open_geo(seal, err) ||
	    duck_open(&seal->duck, MEMORY_MIB, seal->spill, err) ||
	    columns_new(
	        &seal->columns, &seal->duck, COLUMNS_MEMORY, seal->spill, err))
		return -1;
	s->reader = COLUMNS_VERSION;
	seal->reread = reread_new(seal->view, seal->geo);
	seal->idx = idx_writer_new(s->first, s->end);
	return 0;
}

static void
release(struct seal *seal)
{
	duck_close(&seal->duck);
	columns_free(seal->columns);
	if (seal->spill)
		rmdir(seal->spill);
	free(seal->spill);
	reread_free(seal->reread);
	geo_close(seal->geo);
	raw_writer_free(seal->raw);
	idx_writer_free(seal->idx);
	view_close(seal->view);
}

int
main(int argc, char **argv)
{
	struct seal seal = {0};
	struct segment *s = &seal.segment;
	struct buf line = {0};
	struct err err = {0};

	if (argc != 5 || !slice_to_u64(slice_cstr(argv[2]), &s->first) ||
	    !slice_to_u64(slice_cstr(argv[3]), &s->end) || s->first >= s->end ||
	    s->end - s->first > IDX_RECORDS_MAX) {
		fputs("usage: firn-seal LEDGER FIRST END OUT\n", stderr);
		return 2;
	}
	umask(077);
	seal.out = argv[4];
	if (!open_all(&seal, argv[1], &err) && !write_files(&seal, &err)) {
		segment_print(&line, s);
		fwrite(line.ptr, 1, line.len, stdout);
		if (fflush(stdout))
			err_sys(&err, "cannot write");
	}
	if (err.code)
		fprintf(stderr, "firn-seal: %s\n", err.msg);
	buf_release(&line);
	release(&seal);
	return err.code ? 2 : 0;
}
