/*
 * firn-seal - makes and rewrites segments of a ledger (docs/ledger.md):
 *
 *	firn-seal make LEDGER FIRST END OUT     of records that are in none
 *	firn-seal merge LEDGER FIRST END OUT    one of all those in [FIRST, END)
 *	firn-seal columns LEDGER FIRST END OUT  the columns of one, again
 *	firn-seal erase LEDGER FIRST END OUT    one without some records: their
 *	    indexes stand on standard input, eight bytes each, little-endian,
 *	    sorted
 *
 * writes OUT/<first>-<end>.raw, .parquet, .idx and .postings, as far as they
 * are new, and prints the segment's line of the manifest.
 *
 *	firn-seal check LEDGER FIRST END OUT
 *
 * compares the columns of the segments in [FIRST, END) with their records, and
 * their postings with the columns, and prints how many records it compared, how
 *many have columns of other readers, and of how many compared ones the country
 *was left out, because it comes from another table.  OUT is a folder for what
 *is too much for memory.
 *
 * A child of firn: it reads records that others wrote and loads DuckDB, so it
 * has no key, and whoever starts it checks what it made.  Killing it leaves
 *files that no manifest names.  Exits with 1 if columns are not those of the
 *records.
 */
#include "seal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "duck_postings.h"
#include "geo/geo.h"
#include "ledger/dir.h"

static const struct verb {
	const char *name;
	int (*run)(struct seal *seal, struct err *err);
	bool reads; /* segments that are there */
	bool makes; /* one */
} verbs[] = {
    {"make", seal_make, false, true},
    {"merge", seal_merge, true, true},
    {"columns", seal_columns, true, true},
    {"erase", seal_erase, true, true},
    {"check", seal_check, true, false},
};

int
seal_file(struct seal *seal, enum segment_file file, struct err *err)
{
	char *path = segment_draft(seal->out, &seal->segment, file);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int status = fd < 0 || fsync(fd)
	                 ? err_sys(err, "cannot sync '%s'", path)
	                 : sha256_file(path,
	                       segment_hash(&seal->segment, file)->bytes, err);

	if (fd >= 0)
		close(fd);
	free(path);
	return status;
}

int
seal_parquet(struct seal *seal, struct err *err)
{
	const struct segment *s = &seal->segment;
	char *parquet = segment_draft(seal->out, s, SEGMENT_PARQUET);
	char *postings = segment_draft(seal->out, s, SEGMENT_POSTINGS);
	int status = seal_file(seal, SEGMENT_PARQUET, err) ||
	             postings_make(&seal->duck, parquet, s, postings, err);

	free(parquet);
	free(postings);
	return status ? -1 : 0;
}

/* The country table that comes with the program, if there is one. */
static int
open_geo(struct seal *seal, struct err *err)
{
	char *path = geo_shipped();
	int status = 0;

	if (path) {
		status = geo_open(&seal->geo, path, err) ||
		         sha256_file(path, seal->segment.geography.bytes, err);
		seal->segment.has_geography = !status;
	}
	free(path);
	return status ? -1 : 0;
}

/*
 * The segments that begin and end where we do, and those between; who only
 * looks takes those that reach beyond, too: they may have been put together
 * since.
 */
static int
find_segments(struct seal *seal, bool exactly, struct err *err)
{
	const struct manifest *m = view_manifest(seal->view);
	const struct segment *s = &seal->segment;
	size_t from, to;

	if (s->end > manifest_end(m))
		return err_set(err, ERR_USAGE,
		    "no segment ends with record %ju", (uintmax_t)s->end);
	from = manifest_find(m, s->first);
	to = manifest_find(m, s->end - 1);
	if (exactly &&
	    (m->list[from].first != s->first || m->list[to].end != s->end))
		return err_set(err, ERR_USAGE,
		    "records %ju to %ju are not whole segments",
		    (uintmax_t)s->first, (uintmax_t)s->end);
	seal->from = &m->list[from];
	seal->from_count = to - from + 1;
	return 0;
}

static int
open_all(struct seal *seal, const struct verb *verb, struct err *err)
{
	const struct segment *s = &seal->segment;
	struct buf path = {0};

	if (view_open(&seal->view, seal->dir, err))
		return -1;
	if (s->end > view_tree(seal->view)->size)
		return err_set(err, ERR_USAGE,
		    "there is no record %ju: the checkpoint is over %ju",
		    (uintmax_t)s->end - 1,
		    (uintmax_t)view_tree(seal->view)->size);
	if (verb->reads && find_segments(seal, verb->makes, err))
		return -1;
	buf_printf(&path, "%s/spill", seal->out);
	buf_char(&path, '\0');
	seal->spill = path.ptr;
	return open_geo(seal, err) ||
	               duck_open(&seal->duck, SEAL_MEMORY_MIB, seal->spill, err)
	           ? -1
	           : 0;
}

static int
print_line(const struct seal *seal, struct err *err)
{
	struct buf line = {0};

	segment_print(&line, &seal->segment);
	fwrite(line.ptr, 1, line.len, stdout);
	buf_release(&line);
	return fflush(stdout) ? err_sys(err, "cannot write") : 0;
}

static int
run(struct seal *seal, const struct verb *verb, struct err *err)
{
	int status;

	status = open_all(seal, verb, err) || verb->run(seal, err);
	if (!status && verb->makes)
		status = dir_sync(seal->out, err) || print_line(seal, err);
	duck_close(&seal->duck);
	if (seal->spill)
		rmdir(seal->spill);
	free(seal->spill);
	geo_close(seal->geo);
	view_close(seal->view);
	return status ? -1 : 0;
}

int
main(int argc, char **argv)
{
	struct seal seal = {0};
	struct segment *s = &seal.segment;
	const struct verb *verb = NULL;
	struct err err = {0};

	for (size_t i = 0; argc == 6 && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(argv[1], verbs[i].name))
			verb = &verbs[i];
	if (!verb || !slice_to_u64(slice_cstr(argv[3]), &s->first) ||
	    !slice_to_u64(slice_cstr(argv[4]), &s->end) || s->first >= s->end ||
	    (verb->makes && s->end - s->first > UINT32_MAX)) {
		fputs("usage: firn-seal make|merge|columns|erase|check LEDGER "
		      "FIRST END OUT\n",
		    stderr);
		return 2;
	}
	umask(077);
	/* Who is left alone would write where the next one does. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	seal.dir = argv[2];
	seal.out = argv[5];
	if (!run(&seal, verb, &err))
		return 0;
	if (err.code == ERR_CORRUPT && !verb->makes)
		puts(err.msg);
	else
		fprintf(stderr, "firn-seal: %s\n", err.msg);
	return err.code == ERR_CORRUPT ? 1 : 2;
}
