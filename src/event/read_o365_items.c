/*
 * The messages and files that an audit record names.  One record of mail
 * access names up to a thousand.
 */
#include "event/read.h"
#include "event/read_o365.h"

#define ITEMS_FIRST 16

struct list {
	const struct record *record;
	struct event_item *items;
	size_t count, size;
};

static void
add(struct list *list, struct event_item item)
{
	struct event_item *larger;

	if (list->count == list->size) {
		list->size = list->size ? list->size * 2 : ITEMS_FIRST;
		larger = arena_calloc(
		    list->record->arena, list->size, sizeof(*larger));
		if (list->count > 0)
			memcpy(
			    larger, list->items, list->count * sizeof(*larger));
		list->items = larger;
	}
	list->items[list->count++] = item;
}

static int64_t
size_of(struct json v)
{
	int64_t size;

	return json_to_i64(v, &size) && size >= 0 ? size : -1;
}

/* Where the path is withheld, the record says so in words. */
static struct slice
folder_path(const struct record *record, struct json folder)
{
	struct slice path = read_text(record, folder, "Path");

	return slice_eq(path, SLICE("Not Available")) ? SLICE("") : path;
}

static void
add_message(struct list *list, struct json v, struct slice folder)
{
	const struct record *record = list->record;
	struct slice folder_id;
	struct json parent = JSON_GET(v, "ParentFolder");
	struct event_item item = {
	    .id = read_text(record, v, "InternetMessageId|Id"),
	    .parent = folder,
	    .name = read_text(record, v, "Subject"),
	    .size = size_of(JSON_GET(v, "SizeInBytes")),
	};

	if (json_present(parent))
		item.parent = folder_path(record, parent);
	/* A sync names no message: what it reached is the folder. */
	folder_id = read_text(record, parent, "Id");
	if (item.name.len == 0 &&
	    (item.id.len == 0 || slice_eq(item.id, folder_id))) {
		item.id = folder_id;
		item.name = read_text(record, parent, "Name");
	}
	if (item.id.len > 0 || item.name.len > 0)
		add(list, item);
}

/* [{Path, <member>: [message, ...]}, ...] */
static void
add_folders(struct list *list, struct json folders, struct slice member)
{
	struct json_iter it = json_iter(read_open(list->record, folders));
	struct json folder, message;

	while (json_next(&it, NULL, &folder)) {
		struct slice path = folder_path(list->record, folder);
		struct json_iter in = json_iter(json_get(folder, member));

		while (json_next(&in, NULL, &message))
			add_message(list, message, path);
	}
}

size_t
items_o365(const struct record *record, const struct event_item **items)
{
	struct list list = {.record = record};
	struct slice folder;
	struct json_iter it;
	struct keys keys;
	struct json v;

	read_keys(record, &keys);
	add_folders(&list, keys_get(&keys, KEY_FOLDERS), SLICE("FolderItems"));
	add_folders(
	    &list, keys_get(&keys, KEY_MESSAGES), SLICE("MessageItems"));
	folder =
	    folder_path(record, read_open(record, keys_get(&keys, KEY_FOLDER)));
	it = json_iter(read_open(record, keys_get(&keys, KEY_AFFECTED_ITEMS)));
	while (json_next(&it, NULL, &v))
		add_message(&list, v, folder);
	v = read_open(record, keys_get(&keys, KEY_ITEM));
	if (json_type(v) == JSON_OBJECT)
		add_message(&list, v, SLICE(""));
	if (keys_str(&keys, KEY_SOURCE_FILE).len > 0)
		add(&list, (struct event_item){
		               .id = keys_str(&keys, KEY_OBJECT_ID),
		               .parent = keys_str(&keys, KEY_SITE_URL),
		               .name = keys_str(&keys, KEY_SOURCE_FILE),
		               .size = size_of(keys_get(&keys, KEY_FILE_SIZE)),
		           });
	*items = list.items;
	return list.count;
}
