#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/time.h"
#include "cmd/child.h"
#include "cmd/ledger.h"
#include "cmd/sealing.h"
#include "cmd/who.h"
#include "cmd/writer.h"
#include "store/query.h"
#include "json/build.h"

/*
 * Records are destroyed where they lie, in segments: those that are still in
 * the WAL are sealed first, and the WAL's file is left for another.  The order
 * is: a record of what will be done (firn/erasure), the segments one by one,
 * what they stand for is removed, a record that it was done (firn/erased).  Who
 * is cut off runs it again.
 */
#define WAIT_SECONDS 60    /* for who reads */
#define PATIENCE_MS  10000 /* for a writer that does not answer */

/* What a ledger is made of; it is not about people. */
#define NOT_OURS                                                               \
	"source NOT IN ('firn/delivery', 'firn/delivered', 'firn/key', "       \
	"'firn/succession', 'firn/erasure', 'firn/erased') "                   \
	"AND kind IS DISTINCT FROM 'erased'"

struct indexes {
	uint64_t *list; /* owned; sorted */
	size_t count, room;
};

struct erasing {
	const struct ledger_args *args;
	const char *dir;
	struct buf words;     /* of a query */
	struct buf condition; /* of SQL, besides */
	struct append *append;
	struct seals *seals;
	uint64_t erased;
};

/* --- which records --- */

static int
ask(struct erasing *e, const struct query *asked, const char *format,
    struct buf *said, struct err *err)
{
	const char *argv[] = {"firn-query", e->dir, format, NULL};
	struct query query = *asked;
	struct plan plan = {0};
	struct buf input = {0};
	int code = -1;

	query.all_tenants = true;
	query.purpose = SLICE("erasing records");
	query.words = buf_slice(&e->words);
	if (!query.where.len)
		query.where = buf_slice(&e->condition);
	if (!query_plan(&query, &plan, err)) {
		plan_print(&input, &plan);
		code = child_run(argv, buf_slice(&input), said, err);
	}
	if (code > 0)
		err_set(err, ERR_SYSTEM, "the records could not be looked for");
	plan_release(&plan);
	buf_release(&input);
	return code ? -1 : 0;
}

static void
add_index(struct indexes *out, uint64_t index)
{
	if (out->count == out->room) {
		out->room = out->room ? 2 * out->room : 1024;
		out->list = xrealloc(out->list, out->room * sizeof(*out->list));
	}
	out->list[out->count++] = index;
}

/* The records in [first, end) that are meant, in order. */
static int
find(struct erasing *e, uint64_t first, uint64_t end, struct indexes *out,
    struct err *err)
{
	struct buf sql = {0}, said = {0};
	struct query query = {.what = QUERY_OWN,
	    .select = SLICE("r.index"),
	    .behind = SLICE("ORDER BY r.index")};
	struct slice rest;
	int status;

	buf_printf(&sql, "index >= %ju AND index < %ju AND ", (uintmax_t)first,
	    (uintmax_t)end);
	buf_slice_add(&sql, buf_slice(&e->condition));
	query.where = buf_slice(&sql);
	status = ask(e, &query, "csv", &said, err);
	rest = buf_slice(&said);
	slice_cut(&rest, '\n'); /* the head */
	out->count = 0;
	while (!status && rest.len) {
		struct slice line = slice_cut(&rest, '\n');
		uint64_t index;

		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (!slice_to_u64(line, &index))
			status = err_set(err, ERR_SYSTEM,
			    "firn-query answers with what is no record");
		else
			add_index(out, index);
	}
	buf_release(&sql);
	buf_release(&said);
	return status;
}

/* What would be erased, and how much of it; *count of records. */
static int
show(struct erasing *e, uint64_t *count, struct err *err)
{
	const struct query counted = {.what = QUERY_COUNT};
	const struct query grouped = {.what = QUERY_OWN,
	    .select = SLICE("source, count(*) AS records, min(received) AS "
	                    "first, max(received) AS last"),
	    .behind = SLICE("GROUP BY source ORDER BY source")};
	const struct slice head = SLICE("{\"count\":");
	struct buf said = {0};
	struct slice rest;
	int status = ask(e, &counted, "ndjson", &said, err);

	rest = slice_skip(buf_slice(&said), head.len);
	if (!status && !slice_to_u64(slice_cut(&rest, '}'), count))
		status = err_set(
		    err, ERR_SYSTEM, "firn-query answers with no number");
	if (!status && *count)
		status = ask(e, &grouped, "table", NULL, err);
	buf_release(&said);
	return status;
}

/* --- what is told of it --- */

/*
 * Adds a record of it, and leaves the WAL's file: *size records are there. What
 * was asked for may name people: it is not kept.
 */
static int
tell(struct erasing *e, const char *stream, uint64_t count, uint64_t *size,
    struct err *err)
{
	struct buf text = {0};
	size_t mark = json_open(&text, NULL, '{');
	struct ledger_own own = {.stream = slice_cstr(stream)};
	uint64_t index;
	int status;

	json_cstr(&text, "by", e->args->before ? "expire" : "erase");
	json_cstr(&text, "reason", e->args->reason);
	json_u64(&text, "records", count);
	who_add(&text);
	json_close(&text, mark);
	own.raw = buf_slice(&text);
	status = append_own(e->append, &own, &index, err);
	if (!status)
		status = append_roll(e->append, size, err);
	buf_release(&text);
	return status;
}

/* --- erasing --- */

static int
erase_in(struct erasing *e, size_t at, const struct indexes *indexes,
    struct err *err)
{
	const struct segment *old = &seals_manifest(e->seals)->list[at];
	struct segment made = {.first = old->first, .end = old->end};
	struct buf input = {0};
	unsigned char number[8];
	int status;

	memcpy(made.day, old->day, sizeof(made.day));
	for (size_t i = 0; i < indexes->count; i++) {
		put_le(number, sizeof(number), indexes->list[i]);
		buf_add(&input, number, sizeof(number));
	}
	status = sealing_make(
	    e->seals, e->dir, "erase", buf_slice(&input), &made, err);
	if (!status)
		status = seals_replace(e->seals, at, 1, &made, err);
	e->erased += status ? 0 : indexes->count;
	buf_release(&input);
	return status;
}

/* The part of the list that is in the segment; the rest is what is behind. */
static struct indexes
cut(struct indexes *rest, const struct segment *s)
{
	struct indexes part = {.list = rest->list};

	while (part.count < rest->count && part.list[part.count] < s->end)
		part.count++;
	rest->list += part.count;
	rest->count -= part.count;
	return part;
}

/*
 * Of a query all records are looked for at once: they are few.  What is old is
 * many, and looked for in one segment after another.
 */
static int
erase_all(struct erasing *e, uint64_t size, struct err *err)
{
	bool old = e->args->before != NULL;
	struct indexes found = {0}, rest;
	int status = old ? 0 : find(e, 0, size, &found, err);

	rest = found;
	for (size_t i = 0; !status && i < seals_manifest(e->seals)->count;
	     i++) {
		const struct segment *s = &seals_manifest(e->seals)->list[i];
		struct indexes part;

		/* The first of it was received when it was too late. */
		if (old && strcmp(s->day, e->args->before) > 0)
			break;
		if (old) {
			status = find(e, s->first, s->end, &found, err);
			part = found;
		} else {
			part = cut(&rest, s);
		}
		if (!status && part.count)
			status = erase_in(e, i, &part, err);
	}
	free(found.list);
	return status;
}

/* Only when the old files are gone nothing is left of what was erased. */
static int
sweep(struct erasing *e, struct err *err)
{
	bool left = true;

	for (int i = 0; left && i < WAIT_SECONDS * 10; i++) {
		const struct timespec tenth = {.tv_nsec = 100000000};

		if (i)
			nanosleep(&tenth, NULL);
		if (seals_sweep(e->seals, &left, err))
			return -1;
	}
	if (!left)
		return 0;
	return err_set(err, ERR_LIMIT,
	    "the records are erased, but somebody reads the ledger, and their "
	    "old files are still there; 'firn ledger seal' removes them");
}

static int
erase(struct erasing *e, uint64_t count, struct err *err)
{
	struct sealing_done done;
	uint64_t size, rest;

	/* They are looked for among what is signed for until here. */
	if (tell(e, "erasure", count, &size, err) ||
	    seals_open(&e->seals, e->dir, err) ||
	    sealing_pass(e->seals, e->dir, 1, &done, err) ||
	    erase_all(e, size, err) || sweep(e, err))
		return -1;
	return tell(e, "erased", e->erased, &rest, err);
}

/* Who was killed when all was erased left the old files. */
static int
clear_away(struct erasing *e, struct err *err)
{
	return seals_open(&e->seals, e->dir, err) ? -1 : sweep(e, err);
}

/* --- the verbs --- */

static int
run(struct erasing *e, struct err *err)
{
	const struct writer_options how = {.dir = e->args->words[0],
	    .key = e->args->key,
	    .serve = true,
	    .patience_ms = PATIENCE_MS};
	uint64_t count = 0;
	int code = 2;

	e->dir = e->args->words[0];
	if (show(e, &count, err))
		goto out;
	if (!count) {
		puts("no records to erase");
		code = e->args->yes && clear_away(e, err) ? 1 : 0;
	} else if (!e->args->yes) {
		printf("\n%ju records would be erased for good; --yes erases "
		       "them\n",
		    (uintmax_t)count);
		code = 1;
	} else if (!writer_open(&e->append, &how, err) &&
	           !erase(e, count, err)) {
		printf("\n%ju records erased\n", (uintmax_t)e->erased);
		code = 0;
	} else if (err->code == ERR_CORRUPT || e->erased) {
		code = 1;
	}
out:
	seals_close(e->seals);
	writer_close(e->append);
	buf_release(&e->words);
	buf_release(&e->condition);
	return code;
}

int
ledger_erase(const struct ledger_args *args, struct err *err)
{
	struct erasing erasing = {.args = args};

	buf_str(&erasing.words, args->query);
	buf_str(&erasing.condition, NOT_OURS);
	return run(&erasing, err);
}

int
ledger_expire(const struct ledger_args *args, struct err *err)
{
	struct erasing erasing = {.args = args};
	int64_t before_us;

	if (strlen(args->before) != SEGMENT_DAY ||
	    !time_parse(slice_cstr(args->before), &before_us)) {
		err_set(err, ERR_USAGE, "--before: '%s' is no day: 2026-01-31",
		    args->before);
		return 2;
	}
	buf_printf(&erasing.condition,
	    "received < make_timestamp(%jd) AND " NOT_OURS,
	    (intmax_t)before_us);
	if (args->source)
		buf_printf(&erasing.words, "source:\"%s\"", args->source);
	return run(&erasing, err);
}
