#include "query_ids.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "duck_columns.h"
#include "event/identity.h"
#include "ledger/idx.h"
#include "ledger/raw.h"

/*
 * An identity is a hash that a tenant is part of, and a family: so each id is
 * looked up under all tenants of a segment and all families.
 */
struct ids {
	struct records *records;
	const struct plan_list *ids;
	struct set *set;
	struct sha256 *sha;
	struct err *err;
};

static int
add(struct ids *ids, uint64_t index)
{
	/* A damaged index can say anything. */
	return index < ids->records->size
	           ? records_add(ids->set, index, ids->err)
	           : 0;
}

/* The family that an id names, and the id behind it; NULL: any. */
static const char *
family_of(struct slice *id)
{
	struct slice rest = *id, name = slice_cut(&rest, ':');

	for (size_t i = 0; event_families[i] && rest.len; i++)
		if (slice_eq(name, slice_cstr(event_families[i]))) {
			*id = rest;
			return event_families[i];
		}
	return NULL;
}

static int
look_up(struct ids *ids, const struct idx *idx, struct event *event)
{
	unsigned char id[EVENT_IDENTITY_LEN];
	uint64_t index;

	if (!event_identity(ids->sha, event, id))
		return 0;
	for (size_t n = 0; idx_record(idx, id, n, &index); n++)
		if (add(ids, index))
			return -1;
	return 0;
}

static int
look_up_all(struct ids *ids, const struct idx *idx, struct slice tenant)
{
	for (size_t i = 0; i < ids->ids->count; i++) {
		struct slice id = ids->ids->list[i];
		const char *family = family_of(&id);
		struct event event = {0};

		event.col[EV_TENANT] = tenant;
		event.col[EV_ID] = id;
		for (size_t k = 0; event_families[k]; k++) {
			if (family && strcmp(family, event_families[k]) != 0)
				continue;
			event.family = event_families[k];
			if (look_up(ids, idx, &event))
				return -1;
		}
	}
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct stream *x = a, *y = b;

	return slice_order(x->tenant, y->tenant);
}

/* Of each tenant once; it has a stream for each of its sources. */
static int
look_up_tenants(struct ids *ids, const struct idx *idx, const struct raw *raw)
{
	uint32_t count;
	const struct stream *streams = raw_streams(raw, &count);
	struct stream *sorted = xcalloc((size_t)count + 1, sizeof(*sorted));
	int status = 0;

	memcpy(sorted, streams, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare);
	for (size_t i = 0; !status && i < count; i++)
		if (records_has_tenant(ids->records, sorted[i].tenant) &&
		    (!i || compare(&sorted[i - 1], &sorted[i])))
			status = look_up_all(ids, idx, sorted[i].tenant);
	free(sorted);
	return status;
}

static int
look_in_segment(struct ids *ids, const struct segment *segment)
{
	char *path = segment_path(ids->records->dir, segment, SEGMENT_IDX);
	char *raw_path = segment_path(ids->records->dir, segment, SEGMENT_RAW);
	struct raw *raw = NULL;
	struct idx *idx = NULL;
	int status;

	status = idx_open(&idx, path, false, ids->err) ||
	         raw_open(&raw, raw_path, ids->err) ||
	         look_up_tenants(ids, idx, raw);
	raw_close(raw);
	idx_close(idx);
	free(path);
	free(raw_path);
	return status ? -1 : 0;
}

/* Of what is not sealed there are columns, but no index. */
static int
look_in_tail(struct ids *ids)
{
	struct buf sql = {0}, event_id = {0};
	const char *between = "";
	int status;

	buf_printf(&sql, "SELECT index FROM %s() WHERE event_id IN (",
	    columns_name(ids->records->tail));

	for (size_t i = 0; i < ids->ids->count; i++) {
		struct slice id = ids->ids->list[i];
		const char *family = family_of(&id);

		for (size_t k = 0; event_families[k]; k++) {
			if (family && strcmp(family, event_families[k]) != 0)
				continue;
			buf_clear(&event_id);
			buf_printf(&event_id, "%s:", event_families[k]);
			buf_slice_add(&event_id, id);
			buf_str(&sql, between);
			duck_quote(&sql, buf_slice(&event_id));
			between = ", ";
		}
	}
	buf_str(&sql, ")");
	status = records_fetch(ids->records, &sql, ids->set, ids->err);
	buf_release(&sql);
	buf_release(&event_id);
	return status;
}

int
query_ids(struct records *records, const struct plan_list *list,
    struct set *set, struct err *err)
{
	struct ids ids = {.records = records,
	    .ids = list,
	    .set = set,
	    .sha = sha256_new(),
	    .err = err};
	const struct manifest *manifest = view_manifest(records->view);
	int status = look_in_tail(&ids);

	for (size_t i = 0; !status && i < manifest->count; i++)
		if (manifest->list[i].first < records->size)
			status = look_in_segment(&ids, &manifest->list[i]);
	sha256_free(ids.sha);
	return status;
}
