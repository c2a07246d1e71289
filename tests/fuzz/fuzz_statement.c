#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "event/event.h"
#include "incident/statement.h"
#include "json/build.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
read_text(struct json_parser *parser, struct slice text,
    struct damage_statement *out, char **room)
{
	struct json v;

	*room = xcalloc(1, text.len + JSON_PADDING);
	if (text.len)
		memcpy(*room, text.ptr, text.len);
	return json_parse(parser, slice_of(*room, text.len), &v, NULL) !=
	           JSON_BAD &&
	       statement_read(v, out);
}

static void
write_text(struct buf *out, const struct damage_statement *statement)
{
	size_t mark = json_open(out, NULL, '{');

	statement_add(out, statement);
	json_close(out, mark);
}

/* What was written is read, and written again as the same bytes. */
static void
check(const struct damage_statement *statement)
{
	struct json_parser *parser = json_parser_new();
	struct damage_statement again;
	struct buf one = {0}, two = {0};
	char *room = NULL;

	write_text(&one, statement);
	if (!read_text(parser, buf_slice(&one), &again, &room))
		abort();
	write_text(&two, &again);
	if (!slice_eq(buf_slice(&one), buf_slice(&two)))
		abort();
	buf_release(&one);
	buf_release(&two);
	free(room);
	json_parser_free(parser);
}

/* As what --state says, and as a record. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_parser *parser = json_parser_new();
	struct slice text = slice_of(data, size);
	struct damage_statement said;
	struct err err = {0};
	char *room = NULL;

	if (!statement_parse(text, &said, &err)) {
		if (said.kind != STATEMENT_STATE || !said.by.len ||
		    (said.way == WAY_COUNT) != (said.source.len != 0))
			abort();
		said.evidence = SLICE("");
		said.at_us = 0;
		check(&said);
	} else if (err.code != ERR_USAGE) {
		abort();
	}
	if (read_text(parser, text, &said, &room))
		check(&said);
	free(room);
	json_parser_free(parser);
	return 0;
}
