/*
 * What records of SharePoint and OneDrive reached: files, pages and lists,
 * links to them, searches.
 */
#include "event/read.h"
#include "event/read_fields.h"
#include "incident/act_part.h"

/* Without the slashes at its end: the log writes sites with and without. */
static struct slice
bare(struct slice url)
{
	while (url.len > 0 && url.ptr[url.len - 1] == '/')
		url.len--;
	return url;
}

static bool
is_collection(struct slice part)
{
	return read_same(part, SLICE("sites")) ||
	       read_same(part, SLICE("teams")) ||
	       read_same(part, SLICE("personal"));
}

/* The site in an address: https://HOST, or https://HOST/sites/NAME. */
static struct slice
site_of(struct slice url)
{
	const char *scheme =
	    url.len > 0 ? memmem(url.ptr, url.len, "://", 3) : NULL;
	struct slice rest, part;

	if (scheme == NULL)
		return (struct slice){0};
	rest = slice_skip(url, (size_t)(scheme - url.ptr) + 3);
	part = slice_cut(&rest, '/');
	if (is_collection(slice_cut(&rest, '/')) && rest.len > 0)
		part = slice_cut(&rest, '/');
	return bare(slice_of(url.ptr, (size_t)(part.ptr + part.len - url.ptr)));
}

static struct slice
text(const struct act_reading *reading, enum key key)
{
	return read_scalar(reading->record, keys_get(&reading->keys, key));
}

static struct slice
object_url(const struct act_reading *reading)
{
	struct slice url = text(reading, KEY_OBJECT_ID);
	struct slice parts[] = {
	    bare(text(reading, KEY_SITE_URL)),
	    read_text(
	        reading->record, reading->record->root, "SourceRelativeUrl"),
	    text(reading, KEY_SOURCE_FILE),
	};

	if (url.len > 0 || parts[0].len == 0)
		return url;
	return read_join(reading->record, parts, 3, '/');
}

static struct slice
site_place(const struct act_reading *reading, struct slice url)
{
	struct slice site = bare(text(reading, KEY_SITE_URL));

	return site.len > 0 ? site : site_of(url);
}

/* A file's folder, from a path that may have the file at its end. */
static struct slice
folder_of(const struct act_reading *reading, struct slice name)
{
	struct slice path = read_text(
	    reading->record, reading->record->root, "SourceRelativeUrl");
	size_t n = name.len + 1;

	if (path.len >= n && path.ptr[path.len - n] == '/' &&
	    slice_eq(slice_skip(path, path.len - name.len), name))
		path.len -= n;
	return bare(path);
}

static void
add(struct act_reading *reading, const struct reach_op *op, struct slice url,
    struct slice name)
{
	const struct record *record = reading->record;
	int64_t size;

	if (!json_to_i64(keys_get(&reading->keys, KEY_FILE_SIZE), &size))
		size = -1;
	act_add_reach(
	    reading, (struct reach){
	                 .kind = op->kind,
	                 .how = op->how,
	                 .place = site_place(reading, url),
	                 .id = url,
	                 .folder = folder_of(reading, name),
	                 .name = name,
	                 .label = read_text(record, record->root,
	                     "SensitivityLabelName|SensitivityLabelId"),
	                 .size = size,
	             });
}

void
reach_site_file(struct act_reading *reading, const struct reach_op *op)
{
	struct slice url = object_url(reading);

	if (url.len > 0)
		add(reading, op, url, text(reading, KEY_SOURCE_FILE));
}

void
reach_site_page(struct act_reading *reading, const struct reach_op *op)
{
	const struct record *record = reading->record;
	struct slice url = object_url(reading);

	if (url.len > 0)
		add(reading, op, url,
		    read_text(record, record->root, "ListTitle"));
}

void
reach_site_search(struct act_reading *reading, const struct reach_op *op)
{
	const struct record *record = reading->record;
	struct slice query =
	    read_text(record, record->root, "QueryText|SearchQueryText");

	act_add_reach(reading,
	    (struct reach){
	        .kind = op->kind,
	        .how = op->how,
	        .place = site_place(reading, text(reading, KEY_OBJECT_ID)),
	        .id = query,
	        .name = query,
	        .size = -1,
	    });
}
