#include "source/sniff.h"

#include <string.h>
#include <strings.h>

#include "text/csv.h"

#define HEADER_COLUMNS_MAX 2000
#define NAME_MAX_LEN       128

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct slice
trim(struct slice s)
{
	while (s.len && is_blank(s.ptr[0]))
		s = slice_skip(s, 1);
	while (s.len && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

/* Length of the string at the start of s with its quotes; 0 if it is open. */
static size_t
string_end(struct slice s)
{
	size_t at = 1;

	while (at < s.len) {
		const char *quote = memchr(s.ptr + at, '"', s.len - at);
		size_t slashes = 0, i;

		if (!quote)
			return 0;
		i = (size_t)(quote - s.ptr);
		while (i > 1 + slashes && s.ptr[i - 1 - slashes] == '\\')
			slashes++;
		at = i + 1;
		if (slashes % 2 == 0)
			return at;
	}
	return 0;
}

size_t
sniff_json_end(struct slice s)
{
	size_t at = 0, depth = 0;

	while (at < s.len) {
		size_t n;

		switch (s.ptr[at]) {
		case '"':
			n = string_end(slice_skip(s, at));
			if (!n)
				return 0;
			at += n;
			break;
		case '{':
		case '[':
			depth++;
			at++;
			break;
		case '}':
		case ']':
			if (depth)
				depth--;
			at++;
			break;
		default:
			at++;
			continue;
		}
		if (!depth)
			return at;
	}
	return 0;
}

size_t
sniff_step(struct sniff_state *state, struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (state->lines && state->feed && (c == '{' || c == '[')) {
			state->torn = true;
			return i;
		}
		state->feed = c == '\n';
		if (state->escape) {
			state->escape = false;
		} else if (state->string) {
			state->escape = c == '\\';
			state->string = c != '"';
			state->ended = c == '"' && !state->depth;
		} else if (c == '"') {
			state->string = true;
		} else if (c == '{' || c == '[') {
			state->depth++;
		} else if (c == '}' || c == ']') {
			state->depth -= state->depth > 0;
			state->ended = !state->depth;
		}
		if (state->ended)
			return i + 1;
	}
	return s.len;
}

bool
sniff_wrapper(struct slice s, size_t *behind)
{
	static const char *const names[] = {"\"value\"", "\"records\"",
	    "\"Records\"", "\"events\"", "\"items\""};
	size_t at = 1;

	/* Member by member; only scalars may stand before the list. */
	for (;;) {
		size_t n;
		bool hit = false;

		while (at < s.len && (is_blank(s.ptr[at]) || s.ptr[at] == ','))
			at++;
		if (at >= s.len || s.ptr[at] != '"')
			return false;
		n = string_end(slice_skip(s, at));
		for (size_t i = 0; n && i < sizeof(names) / sizeof(*names); i++)
			hit = hit || slice_eq(slice_of(s.ptr + at, n),
			                 slice_cstr(names[i]));
		at += n;
		while (at < s.len && (is_blank(s.ptr[at]) || s.ptr[at] == ':'))
			at++;
		if (!n || at >= s.len || s.ptr[at] == '{')
			return false;
		if (s.ptr[at] == '[') {
			*behind = at + 1;
			return hit;
		}
		if (s.ptr[at] == '"') {
			n = string_end(slice_skip(s, at));
			if (!n)
				return false;
			at += n;
			continue;
		}
		while (at < s.len && s.ptr[at] != ',')
			at++;
	}
}

/* A first line in s that begins with '{': are the records lines? */
static bool
is_lines(struct slice s, bool whole)
{
	struct slice rest = s, line = trim(slice_cut(&rest, '\n'));
	bool ends = rest.len || (whole && line.len);
	size_t n;
	char last;

	if (!ends || !line.len)
		return false;
	if (line.ptr[line.len - 1] == ',')
		line = trim(slice_of(line.ptr, line.len - 1));
	n = sniff_json_end(line);
	if (n)
		return n == line.len;
	/*
	 * A first line that is cut short does not make its file an indented
	 * one: the second line tells.
	 */
	last = line.ptr[line.len - 1];
	line = trim(slice_cut(&rest, '\n'));
	return last != '{' && last != '[' && last != ',' && last != ':' &&
	       line.len && line.ptr[0] == '{' &&
	       sniff_json_end(line) == line.len;
}

static bool
has_name(struct slice name, const char *const *list)
{
	for (; *list; list++)
		if (name.len == strlen(*list) &&
		    !strncasecmp(name.ptr, *list, name.len))
			return true;
	return false;
}

/* The header's cell as a name: no blanks around, no "[UTC]", no mark. */
static struct slice
column_name(struct arena *arena, struct slice cell, bool quoted)
{
	static const char zone[] = "[UTC]";
	struct buf text = {0};
	struct slice name;

	csv_text(&text, cell, quoted);
	name = trim(buf_slice(&text));
	if (name.len >= 3 && !memcmp(name.ptr, "\xef\xbb\xbf", 3))
		name = slice_skip(name, 3);
	if (name.len > sizeof(zone) &&
	    !memcmp(name.ptr + name.len - 5, zone, 5))
		name = trim(slice_of(name.ptr, name.len - 5));
	name = arena_copy(arena, name);
	buf_release(&text);
	return name;
}

const struct csv_header *
sniff_header(struct slice row, char separator, struct arena *arena)
{
	static const char *const times[] = {"CreationDate", "CreationTime",
	    "TimeGenerated", "createdDateTime", "activityDateTime",
	    "ActivityDateTime", "time", "timestamp", "@timestamp", "_time",
	    "date", "Date (UTC)", "published", "created_at", "Received",
	    "date_time_utc", "origin_timestamp_utc", "EventTime", "eventTime",
	    "activity_time", "id.time", "Start Date", "Timestamp (UTC)", NULL};
	static const char *const held[] = {"AuditData", "o365audit",
	    "event.original", "_raw", "message", NULL};
	struct csv_header *header = arena_calloc(arena, 1, sizeof(*header));
	struct csv_walk walk = csv_begin(row, separator);
	struct slice *names, cell;
	static const char *const objects[] = {"IsValid", "ObjectState",
	    "AuditBypassEnabled", "RuleIdentity", "AccessRights",
	    "ForwardingSmtpAddress", "JournalEmailAddress", "ConnectorType",
	    "RoleGroup", "AuditEnabled", "UnifiedAuditLogIngestionEnabled",
	    NULL};
	bool quoted, known = false, listed = false, named = false;
	size_t held_rank = sizeof(held) / sizeof(held[0]);

	while (csv_next(&walk, &cell, &quoted))
		header->count++;
	if (header->count < 2 || header->count > HEADER_COLUMNS_MAX)
		return NULL;
	names = arena_calloc(arena, header->count, sizeof(*names));
	header->envelope = header->count;
	walk = csv_begin(row, separator);
	for (size_t i = 0; csv_next(&walk, &cell, &quoted); i++) {
		names[i] = column_name(arena, cell, quoted);
		if (names[i].len > NAME_MAX_LEN)
			return NULL;
		known = known || has_name(names[i], times);
		/* Exchange's lists, as PowerShell exports them, have none. */
		listed = listed || has_name(names[i], objects);
		named = named || has_name(names[i], (const char *[]){"Identity",
		                                        "Name", NULL});
		for (size_t k = 0; k < held_rank && held[k]; k++) {
			if (!has_name(
			        names[i], (const char *[]){held[k], NULL}))
				continue;
			header->envelope = i;
			held_rank = k;
			known = known || k == 0;
		}
	}
	/* Only AuditData is sure to hold the record; the others may not. */
	header->separator = separator;
	header->names = names;
	return known || (listed && named) ? header : NULL;
}

/* A line that Export-Csv or Excel puts in front of the header. */
static bool
is_preamble(struct slice line)
{
	return (line.len >= 5 && !memcmp(line.ptr, "#TYPE", 5)) ||
	       (line.len == 5 && !strncasecmp(line.ptr, "sep=", 4));
}

static bool
is_rows(struct slice head, bool whole, struct sniffed *out)
{
	static const char separators[] = ",;\t";
	struct slice s = head, rest = s, line = trim(slice_cut(&rest, '\n'));
	struct arena arena = {0};
	bool found = false;

	while (is_preamble(line) || (!line.len && rest.len)) {
		s = rest;
		line = trim(slice_cut(&rest, '\n'));
	}
	for (size_t i = 0; !found && separators[i]; i++) {
		uint64_t lines;
		bool open;
		size_t n = csv_row(s, separators[i], whole, &lines, &open);

		found = n && !open &&
		        sniff_header(slice_of(s.ptr, n), separators[i], &arena);
		out->separator = separators[i];
	}
	arena_release(&arena);
	out->skip = (size_t)(s.ptr - head.ptr);
	return found;
}

/* Whether a bracket begins JSON and not some other text. */
static bool
begins_json(struct slice s)
{
	char first = s.ptr[0];

	s = slice_skip(s, 1);
	while (s.len && is_blank(s.ptr[0]))
		s = slice_skip(s, 1);
	if (!s.len)
		return false;
	if (first == '{')
		return s.ptr[0] == '"' || s.ptr[0] == '}';
	return s.ptr[0] == '{' || s.ptr[0] == '[' || s.ptr[0] == ']' ||
	       s.ptr[0] == '"';
}

struct sniffed
sniff(struct slice head, bool whole)
{
	struct sniffed out = {.form = FORM_NONE};
	struct slice s = head;

	while (s.len && is_blank(s.ptr[0]))
		s = slice_skip(s, 1);
	if (!s.len) {
		out.why = "empty";
		return out;
	}
	if (s.ptr[0] == '{' || s.ptr[0] == '[') {
		out.skip = head.len - s.len;
		if (!begins_json(s)) {
			out.why = "begins like JSON but is not";
			return out;
		}
		out.form = s.ptr[0] == '{' && is_lines(s, whole)
		               ? FORM_LINES
		               : FORM_ELEMENTS;
		return out;
	}
	if (memchr(s.ptr, '\0', s.len))
		out.why = "not text";
	else if (is_rows(head, whole, &out))
		out.form = FORM_ROWS;
	else
		out.why = "neither JSON nor a CSV export with a time column";
	return out;
}
