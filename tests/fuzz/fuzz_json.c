#include <stdint.h>
#include <stdlib.h>

#include "json/json.h"
#include "json/lenient.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
parse(struct buf *padded, struct json_parser *parser, struct slice text,
    struct buf *out, enum json_result *result)
{
	struct json root;

	buf_clear(padded);
	buf_slice_add(padded, text);
	memset(buf_reserve(padded, JSON_PADDING), 0, JSON_PADDING);
	*result = json_parse(parser, buf_slice(padded), &root, NULL);
	buf_clear(out);
	if (*result != JSON_BAD)
		json_write(out, root);
}

/*
 * What is read and written again is read without repair and written the same.
 * What simdjson takes, the lenient path takes, and reads the same.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_parser *parser = json_parser_new();
	struct lenient lenient = {0};
	struct buf padded = {0}, first = {0}, second = {0};
	enum json_result result, again;

	parse(&padded, parser, slice_of(data, size), &first, &result);
	if (result != JSON_BAD) {
		parse(&padded, parser, buf_slice(&first), &second, &again);
		if (again != JSON_OK ||
		    !slice_eq(buf_slice(&first), buf_slice(&second)))
			abort();
	}
	if (result == JSON_OK) {
		struct json_doc doc;

		if (lenient_parse(&lenient, slice_of(data, size)))
			abort();
		doc.tape = lenient.tape;
		doc.strings = lenient.strings.ptr;
		buf_clear(&second);
		json_write(&second, (struct json){&doc, 1});
		if (!slice_eq(buf_slice(&first), buf_slice(&second)))
			abort();
	}
	lenient_release(&lenient);
	buf_release(&padded);
	buf_release(&first);
	buf_release(&second);
	json_parser_free(parser);
	return 0;
}
