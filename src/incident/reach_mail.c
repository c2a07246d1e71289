/*
 * What mailbox records reached.  Microsoft's rule for MailItemsAccessed: a Bind
 * names the messages; a Sync names a folder, and then all in it is taken to be
 * read; a record that is throttled is the last for 24 hours.
 */
#include "event/read.h"
#include "event/read_fields.h"
#include "incident/act_part.h"

#define DAY_US (INT64_C(86400) * 1000000)

static bool
is_value(
    const struct act_reading *reading, const char *property, struct slice value)
{
	const struct record *record = reading->record;
	struct json list =
	    read_any(record, record->root, "OperationProperties");

	return read_same(
	    read_scalar(record, read_named(record, list, property, "Value")),
	    value);
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

	if (path.len > 0 && !read_same(path, SLICE("Not Available")))
		return path;
	return read_text(record, folder, "Id|Name");
}

static bool
is_folder(const struct record *record, struct json folder)
{
	return folder_path(record, folder).len > 0;
}

static void
add_folder(struct act_reading *reading, struct json folder, enum reach_how how)
{
	const struct record *record = reading->record;
	struct slice path = folder_path(record, folder);
	struct slice id = read_text(record, folder, "Id");

	act_add_reach(reading, (struct reach){
	                           .kind = REACH_FOLDER,
	                           .how = how,
	                           .id = id.len > 0 ? id : path,
	                           .folder = path,
	                           .name = read_text(record, folder, "Name"),
	                           .size = -1,
	                       });
}

/* A message, or what hangs on one; false if it has no id. */
static bool
add_item(struct act_reading *reading, const struct reach_op *op,
    struct json item, struct slice folder)
{
	const struct record *record = reading->record;
	struct slice id =
	    read_text(record, item, "InternetMessageId|ImmutableId|Id");
	struct json parent = JSON_GET(item, "ParentFolder");
	struct reach reach;

	if (is_folder(record, parent))
		folder = folder_path(record, parent);
	/* What was done to a whole folder has the folder's id as item, too. */
	id = slice_trim(id);
	if (id.len == 0 || slice_eq(id, read_text(record, parent, "Id")))
		return false;
	reach = (struct reach){
	    .kind = op->kind,
	    .how = op->how,
	    .id = id,
	    .folder = folder,
	    .name = read_text(record, item, "Subject|Name"),
	    .label = read_text(record, item, "Sensitivity"),
	    .size = size_of(JSON_GET(item, "SizeInBytes")),
	};
	reach_store_read(read_text(record, item, "Id"), reach.store);
	act_add_reach(reading, reach);
	return true;
}

/* --- the places that a record has its items in --- */

/* [{Path, <member>: [item, ...]}, ...]; how many items there are. */
static uint64_t
add_folders(struct act_reading *reading, const struct reach_op *op,
    struct json folders, struct slice member)
{
	const struct record *record = reading->record;
	struct json_iter it = json_iter(read_open(record, folders));
	struct json folder, item;
	uint64_t count = 0;

	while (json_next(&it, NULL, &folder)) {
		struct slice path = folder_path(record, folder);
		struct json_iter in = json_iter(json_get(folder, member));

		while (json_next(&in, NULL, &item))
			count += add_item(reading, op, item, path);
	}
	return count;
}

/* Item, and AffectedItems of Folder. */
static uint64_t
add_items(struct act_reading *reading, const struct reach_op *op)
{
	const struct record *record = reading->record;
	struct slice folder = folder_path(
	    record, read_open(record, keys_get(&reading->keys, KEY_FOLDER)));
	struct json_iter it = json_iter(
	    read_open(record, keys_get(&reading->keys, KEY_AFFECTED_ITEMS)));
	uint64_t count = 0;
	struct json item;

	while (json_next(&it, NULL, &item))
		count += add_item(reading, op, item, folder);
	item = read_open(record, keys_get(&reading->keys, KEY_ITEM));
	if (json_type(item) == JSON_OBJECT)
		count += add_item(reading, op, item, folder);
	return count;
}

/* All folders that the record names. */
static uint64_t
add_whole_folders(struct act_reading *reading, enum reach_how how)
{
	const struct record *record = reading->record;
	const struct keys *keys = &reading->keys;
	struct json_iter it =
	    json_iter(read_open(record, keys_get(keys, KEY_FOLDERS)));
	uint64_t count = 0;
	struct json folder;

	while (json_next(&it, NULL, &folder))
		if (is_folder(record, folder)) {
			add_folder(reading, folder, how);
			count++;
		}
	folder = read_open(record, keys_get(keys, KEY_FOLDER));
	if (is_folder(record, folder)) {
		add_folder(reading, folder, how);
		count++;
	}
	folder = JSON_GET(
	    read_open(record, keys_get(keys, KEY_ITEM)), "ParentFolder");
	if (is_folder(record, folder)) {
		add_folder(reading, folder, how);
		count++;
	}
	return count;
}

/* --- MailItemsAccessed --- */

static void
add_mailbox(struct act_reading *reading, enum reach_how how, uint64_t more)
{
	int64_t from = reading->event->time_us, to = from;

	if (how == REACH_THROTTLED && from != EVENT_NO_TIME &&
	    __builtin_add_overflow(from, DAY_US, &to))
		to = from;
	act_add_reach(reading, (struct reach){.kind = REACH_MAILBOX,
	                           .how = how,
	                           .more = more,
	                           .size = -1,
	                           .from_us = from,
	                           .to_us = to});
	if (how == REACH_THROTTLED)
		act_add_blind(reading, (struct blind){.cause = BLIND_THROTTLED,
		                           .place = reading->place,
		                           .to_us = to});
}

/* How many operations the record stands for; what it names is not all. */
static void
add_unnamed(struct act_reading *reading, uint64_t named)
{
	const struct record *record = reading->record;
	int64_t count;

	if (!json_to_i64(
	        read_any(record, record->root, "OperationCount"), &count) ||
	    count < 0)
		count = 0;
	if ((uint64_t)count > named)
		add_mailbox(reading, REACH_AGGREGATED, (uint64_t)count - named);
	else if (named == 0)
		add_mailbox(reading, REACH_AGGREGATED, 1);
}

void
reach_mail_access(struct act_reading *reading, const struct reach_op *op)
{
	bool sync = is_value(reading, "MailAccessType", SLICE("Sync"));
	bool bind = is_value(reading, "MailAccessType", SLICE("Bind"));
	uint64_t named = 0;

	reading->place = act_mailbox(reading);
	named += add_folders(reading, op, keys_get(&reading->keys, KEY_FOLDERS),
	    SLICE("FolderItems"));
	named += add_items(reading, op);
	/* A record that names a folder and no message tells of all in it. */
	if (sync || (!bind && named == 0)) {
		if (add_whole_folders(reading, REACH_SYNCED) == 0)
			add_mailbox(reading, REACH_SYNCED, 0);
	} else {
		add_unnamed(reading, named);
	}
	if (is_value(reading, "IsThrottled", SLICE("True")))
		add_mailbox(reading, REACH_THROTTLED, 0);
}

/* --- other operations --- */

void
reach_mail_attachments(struct act_reading *reading, const struct reach_op *op)
{
	const struct record *record = reading->record;
	struct json list = keys_get(&reading->keys, KEY_MESSAGES);
	uint64_t named = 0;

	reading->place = act_mailbox(reading);
	named += add_folders(reading, op, list, SLICE("MessageItems"));
	if (named == 0) {
		struct json_iter it = json_iter(read_open(record, list));
		struct json item;

		while (json_next(&it, NULL, &item))
			named += add_item(
			    reading, op, item, folder_path(record, item));
	}
	add_unnamed(reading, named);
}

void
reach_mail_items(struct act_reading *reading, const struct reach_op *op)
{
	reading->place = act_mailbox(reading);
	/* A folder as a whole, where it was copied with all in it. */
	if (add_items(reading, op) == 0 && op->kind == REACH_MESSAGE)
		add_whole_folders(reading, REACH_UNLISTED);
}

/* A thing that is taken to another mailbox can be read there. */
void
reach_mail_moved(struct act_reading *reading, const struct reach_op *op)
{
	const struct record *record = reading->record;

	if (json_is_true(read_any(record, record->root,
	        "CrossMailboxOperation|CrossMailboxOperations")))
		reach_mail_items(reading, op);
}

void
reach_mail_folder(struct act_reading *reading, const struct reach_op *op)
{
	reading->place = act_mailbox(reading);
	add_whole_folders(reading, op->how);
}

void
reach_mail_search(struct act_reading *reading, const struct reach_op *op)
{
	const struct record *record = reading->record;
	struct slice text =
	    read_text(record, record->root, "QueryText|SearchQueryText");

	reading->place = act_mailbox(reading);
	act_add_reach(reading, (struct reach){.kind = op->kind,
	                           .how = op->how,
	                           .id = text,
	                           .name = text,
	                           .size = -1});
}
