/*
 * What a request to Graph reached, by its address.  An answer is not logged:
 * an id in the path names what was asked for; a list or a search does not say
 * what it gave.  A message's id here is the store's, not the InternetMessageId
 * of mailbox records: items.c joins them where a record has both.
 */
#include "event/read_fields.h"
#include "incident/act_part.h"

#define PARTS_MAX 12

/* An address without host and version, in parts, and its query. */
struct path {
	struct slice parts[PARTS_MAX];
	size_t count;
	size_t at;       /* the next part to look at */
	const char *end; /* of the path, also if it has more parts */
	struct slice query;
};

static bool
is(struct slice part, const char *word)
{
	return read_same(part, slice_cstr(word));
}

static bool
is_one_of(struct slice part, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is(part, words[i]))
			return true;
	return false;
}

static void
add_part(struct path *path, struct slice part)
{
	if (part.len > 0 && path->count < PARTS_MAX)
		path->parts[path->count++] = part;
}

/* users('ID') is users/ID. */
static void
add_parts(struct path *path, struct slice part)
{
	static const char *const keyed[] = {"users", "messages", "mailFolders",
	    "childFolders", "attachments", "drives", "items", "sites", "lists",
	    "chats", "teams", "channels"};
	struct slice open = SLICE("('"), rest = part, name = part;
	const char *at = part.len > 0
	                     ? memmem(part.ptr, part.len, open.ptr, open.len)
	                     : NULL;

	if (at != NULL) {
		name.len = (size_t)(at - part.ptr);
		rest = slice_skip(part, name.len + open.len);
	}
	if (at == NULL || rest.len < 2 ||
	    memcmp(rest.ptr + rest.len - 2, "')", 2) != 0 ||
	    !is_one_of(name, keyed, sizeof(keyed) / sizeof(keyed[0]))) {
		add_part(path, part);
		return;
	}
	add_part(path, name);
	add_part(path, slice_of(rest.ptr, rest.len - 2));
}

static void
split(struct slice uri, struct path *path)
{
	const char *host;

	path->query = uri;
	uri = slice_cut(&path->query, '?');
	host = uri.len > 0 ? memmem(uri.ptr, uri.len, "://", 3) : NULL;
	if (host != NULL) {
		uri = slice_skip(uri, (size_t)(host - uri.ptr) + 3);
		slice_cut(&uri, '/');
	}
	path->end = slice_skip(uri, uri.len).ptr;
	while (uri.len > 0 && path->count < PARTS_MAX)
		add_parts(path, slice_cut(&uri, '/'));
	/* The version, as the gateway has it. */
	if (path->count > 0 && (read_same(path->parts[0], SLICE("v1.0")) ||
	                           read_same(path->parts[0], SLICE("beta"))))
		path->at = 1;
}

/* The next part; empty at the end. */
static struct slice
next(struct path *path)
{
	return path->at < path->count ? path->parts[path->at++]
	                              : (struct slice){0};
}

/* The path from part n on. */
static struct slice
rest_of(const struct path *path, size_t n)
{
	const char *from = path->parts[n].ptr;

	return slice_of(from, (size_t)(path->end - from));
}

/* The value of a parameter of the query, as it was sent; NULL ptr: none. */
static struct slice
parameter(const struct path *path, const char *name)
{
	struct slice rest = path->query;

	while (rest.len > 0) {
		struct slice value = slice_cut(&rest, '&');
		struct slice key = slice_cut(&value, '=');

		if (is(key, name))
			return value;
	}
	return (struct slice){0};
}

static struct slice
searched(const struct path *path)
{
	struct slice text = parameter(path, "$search");

	if (text.len == 0)
		text = parameter(path, "%24search");
	return text.len > 0 ? text : parameter(path, "search");
}

static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* An id or name as it is where it stands in no address. */
static struct slice
unescape(struct act_reading *reading, struct slice part)
{
	size_t len = 0;
	char *plain;

	if (part.len == 0 || memchr(part.ptr, '%', part.len) == NULL)
		return part;
	plain = arena_alloc(reading->arena, part.len);
	for (size_t i = 0; i < part.len; i++) {
		bool coded = part.ptr[i] == '%' && part.len - i > 2;
		int high = coded ? hex_digit(part.ptr[i + 1]) : -1;
		int low = coded ? hex_digit(part.ptr[i + 2]) : -1;

		coded = high >= 0 && low >= 0;
		plain[len++] = (char)(coded ? high << 4 | low : part.ptr[i]);
		i += coded ? 2 : 0;
	}
	return slice_of(plain, len);
}

static void
add(struct act_reading *reading, enum reach_kind kind, enum reach_how how,
    struct slice id)
{
	struct reach reach = {.kind = kind, .how = how, .id = id, .size = -1};

	if (kind == REACH_SEARCH)
		reach.name = id;
	if (kind == REACH_MESSAGE || kind == REACH_ATTACHMENT) {
		reach.id = unescape(reading, id);
		reach_store_read(reach.id, reach.store);
	}
	act_add_reach(reading, reach);
}

/* A list, or a search in it. */
static void
add_list(struct act_reading *reading, const struct path *path,
    enum reach_kind kind, struct slice id)
{
	struct slice text = searched(path);

	if (text.len > 0)
		add(reading, REACH_SEARCH, REACH_UNLISTED, text);
	else
		add(reading, kind, REACH_UNLISTED, id);
}

/* One thing by its id, or the list of them. */
static void
add_either(struct act_reading *reading, const struct path *path,
    enum reach_kind kind, struct slice id)
{
	if (id.len > 0 && id.ptr[0] != '$' && !is(id, "delta"))
		add(reading, kind, REACH_NAMED, id);
	else
		add_list(reading, path, kind, SLICE(""));
}

/* --- mail --- */

/* messages[/ID[/attachments[/ID]]] */
static void
messages(struct act_reading *reading, struct path *path, struct slice folder)
{
	struct slice id = next(path);

	if (id.len == 0 || id.ptr[0] == '$' || is(id, "delta")) {
		add_list(reading, path,
		    folder.len > 0 ? REACH_FOLDER : REACH_MAILBOX, folder);
		return;
	}
	if (!is(next(path), "attachments")) {
		add(reading, REACH_MESSAGE, REACH_NAMED, id);
		return;
	}
	/* All attachments of a message are known by the message. */
	add(reading, REACH_ATTACHMENT, REACH_NAMED,
	    path->at < path->count ? next(path) : id);
}

/* mailFolders[/ID[/childFolders/ID…][/messages…]] */
static void
folders(struct act_reading *reading, struct path *path)
{
	struct slice folder = next(path), part = next(path);

	while (is(part, "childFolders") && path->at < path->count) {
		folder = next(path);
		part = next(path);
	}
	if (is(part, "messages"))
		messages(reading, path, folder);
	else if (part.len == 0 || is(part, "childFolders"))
		add(reading, REACH_FOLDER, REACH_UNLISTED, folder);
}

/* --- files --- */

/* items('ID') is written, too. */
static bool
is_search_call(struct slice part, struct slice *text)
{
	struct slice call = SLICE("search(q=");

	if (part.len < call.len ||
	    !read_same(slice_of(part.ptr, call.len), call))
		return false;
	*text = slice_skip(part, call.len);
	if (text->len > 0 && text->ptr[text->len - 1] == ')')
		text->len--;
	return true;
}

/*
 * [root|items/ID|root:/PATH:][/content|/children|/search(q='…')].  An item
 * without its content is named, too: the answer has an address to download it
 * from that is not logged.
 */
static void
drive(struct act_reading *reading, struct path *path)
{
	struct slice id = SLICE(""), text = SLICE(""), part;
	bool list = true;

	while ((part = next(path)).len > 0) {
		if (is_search_call(part, &text)) {
			add(reading, REACH_SEARCH, REACH_UNLISTED, text);
			return;
		}
		if (is(part, "items") && path->at < path->count) {
			id = next(path);
			list = false;
		} else if (is(part, "root:") && path->at < path->count) {
			/* what follows is a path, with a ':' at its end */
			struct slice rest = rest_of(path, path->at);

			id = slice_cut(&rest, ':');
			list = is(rest, "/children") || is(rest, "/delta");
			path->at = path->count;
		} else if (is(part, "children") || is(part, "delta")) {
			list = true;
		}
	}
	if (list)
		add_list(reading, path, REACH_FILE, id);
	else
		add(reading, REACH_FILE, REACH_NAMED, id);
}

/* --- chats, sites --- */

/* chats[/ID[/messages…]]; members and settings are no messages. */
static void
chats(struct act_reading *reading, struct path *path)
{
	struct slice id = next(path), part = next(path);

	if (is(id, "getAllMessages"))
		id = SLICE("");
	if (part.len == 0 || is(part, "messages"))
		add_either(reading, path, REACH_CHAT, id);
}

/* teams/ID/channels/ID/messages… */
static bool
team(struct act_reading *reading, struct path *path)
{
	struct slice id = next(path), channel;

	if (!is(next(path), "channels"))
		return false;
	channel = next(path);
	reading->place = arena_copy(reading->arena, id);
	if (is(channel, "getAllMessages"))
		add(reading, REACH_CHAT, REACH_UNLISTED, SLICE(""));
	else if (is(next(path), "messages"))
		add_either(reading, path, REACH_CHAT, channel);
	else
		return false;
	return true;
}

/* sites[/ID[/drive…|/lists/ID…]] */
static void
site(struct act_reading *reading, struct path *path)
{
	struct slice id = next(path), part = next(path);

	if (id.len > 0)
		reading->place = arena_copy(reading->arena, id);
	if (is(part, "drive") || is(part, "drives"))
		drive(reading, path);
	else if (is(part, "lists") && path->at < path->count)
		add(reading, REACH_SITE, REACH_UNLISTED, next(path));
	else
		add_either(reading, path, REACH_SITE, id);
}

/* --- people --- */

/* What of a mailbox is no message. */
static const char *const calendars[] = {"events", "calendar", "calendars",
    "calendarView", "contacts", "contactFolders"};

static void
set_owner(struct act_reading *reading, struct slice owner)
{
	const struct slice *col = reading->event->col;

	if (owner.len == 0)
		owner = reading->account.len > 0 ? reading->account
		                                 : col[EV_ACTOR_ID];
	reading->place = act_fold(reading->arena, unescape(reading, owner));
}

/* Of me, or of users/X; false if it is about the person, not their things. */
static bool
person(struct act_reading *reading, struct path *path)
{
	struct slice part = next(path);

	if (is(part, "messages"))
		messages(reading, path, SLICE(""));
	else if (is(part, "mailFolders"))
		folders(reading, path);
	else if (is(part, "drive") || is(part, "drives") || is(part, "onenote"))
		drive(reading, path);
	else if (is(part, "chats"))
		chats(reading, path);
	else if (is_one_of(
	             part, calendars, sizeof(calendars) / sizeof(calendars[0])))
		add(reading, REACH_FOLDER, REACH_UNLISTED, part);
	else
		return false;
	return true;
}

static bool
users(struct act_reading *reading, struct path *path)
{
	struct slice owner = next(path);

	set_owner(reading, owner);
	return owner.len > 0 && person(reading, path);
}

/* --- the request --- */

/* Anything else is a question to the directory, known by its path. */
static void
directory(struct act_reading *reading, const struct path *path, size_t first)
{
	struct slice last = path->parts[path->count - 1];
	struct slice text = searched(path);
	bool list =
	    path->count == first + 1 || is(last, "delta") || is(last, "$count");

	reading->place = SLICE("");
	if (text.len > 0)
		add(reading, REACH_SEARCH, REACH_UNLISTED, text);
	else
		add(reading, REACH_DIRECTORY,
		    list ? REACH_UNLISTED : REACH_NAMED, rest_of(path, first));
}

static void
read_get(struct act_reading *reading, struct path *path)
{
	size_t first = path->at;
	struct slice part = next(path);
	bool read = true;

	if (part.len == 0)
		return;
	if (is(part, "me")) {
		set_owner(reading, SLICE(""));
		read = person(reading, path);
	} else if (is(part, "users")) {
		read = users(reading, path);
	} else if (is(part, "drives") || is(part, "drive") ||
	           is(part, "shares")) {
		drive(reading, path);
	} else if (is(part, "sites")) {
		site(reading, path);
	} else if (is(part, "chats")) {
		chats(reading, path);
	} else if (is(part, "teams")) {
		read = team(reading, path);
	} else {
		read = false;
	}
	if (!read)
		directory(reading, path, first);
}

/* search/query has its words in a body that is not logged; mail is sent. */
static void
read_post(struct act_reading *reading, struct path *path)
{
	struct slice part = next(path);

	if (is(part, "search") && is(next(path), "query")) {
		add(reading, REACH_SEARCH, REACH_UNLISTED, SLICE(""));
		return;
	}
	if (is(part, "me"))
		set_owner(reading, SLICE(""));
	else if (is(part, "users"))
		set_owner(reading, next(path));
	else
		return;
	part = path->count > 0 ? path->parts[path->count - 1] : part;
	if (is(part, "sendMail") || is(part, "send") || is(part, "reply") ||
	    is(part, "replyAll") || is(part, "forward"))
		add(reading, REACH_SENT, REACH_UNLISTED, SLICE(""));
}

void
reach_graph(struct act_reading *reading)
{
	const struct slice *col = reading->event->col;
	struct slice method = col[EV_OPERATION];
	struct slice code = col[EV_STATUS_CODE];
	struct path path = {0};
	uint64_t status;

	method = slice_cut(&method, ' ');
	if (!slice_to_u64(code, &status) || status < 200 || status > 299)
		return;
	split(col[EV_TARGET_ID], &path);
	if (is(method, "GET"))
		read_get(reading, &path);
	else if (is(method, "POST"))
		read_post(reading, &path);
}
