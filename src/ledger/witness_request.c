#include "ledger/witness_request.h"

#include <assert.h>

#include "base/base64.h"
#include "ledger/checkpoint.h"

static const struct slice old_prefix = SLICE_INIT("old ");

/* A line that ends in a line feed; false if none does. */
static bool
next_line(struct slice *rest, struct slice *line)
{
	bool ends = rest->len && memchr(rest->ptr, '\n', rest->len);

	if (ends)
		*line = slice_cut(rest, '\n');
	return ends;
}

static bool
read_old(struct slice line, uint64_t *old)
{
	return line.len > old_prefix.len &&
	       !memcmp(line.ptr, old_prefix.ptr, old_prefix.len) &&
	       checkpoint_number(slice_skip(line, old_prefix.len), old);
}

int
witness_request_parse(
    struct slice bytes, struct witness_request *request, struct err *err)
{
	struct slice rest = bytes, line;
	bool ends;

	if (bytes.len > WITNESS_REQUEST_MAX)
		return err_set(err, ERR_LIMIT,
		    "request: %zu bytes, more than %zu", bytes.len,
		    WITNESS_REQUEST_MAX);
	if (!next_line(&rest, &line) || !read_old(line, &request->old))
		return err_set(
		    err, ERR_INPUT, "request: line 1 is not 'old <size>'");
	request->count = 0;
	while ((ends = next_line(&rest, &line)) && line.len) {
		if (request->count == WITNESS_PROOF_MAX)
			return err_set(err, ERR_INPUT,
			    "request: more than %d hashes", WITNESS_PROOF_MAX);
		if (!checkpoint_hash(line, &request->proof[request->count]))
			return err_set(err, ERR_INPUT,
			    "request: line %zu is not a hash",
			    request->count + 2);
		request->count++;
	}
	if (!ends || !rest.len)
		return err_set(err, ERR_INPUT,
		    "request: no checkpoint behind an empty line");
	request->note = rest;
	return 0;
}

void
witness_request_print(struct buf *out, const struct witness_request *request)
{
	assert(request->count <= WITNESS_PROOF_MAX);
	buf_slice_add(out, old_prefix);
	buf_u64(out, request->old);
	buf_char(out, '\n');
	for (size_t i = 0; i < request->count; i++) {
		base64_add(out, request->proof[i].bytes,
		    sizeof(request->proof[i].bytes));
		buf_char(out, '\n');
	}
	buf_char(out, '\n');
	buf_slice_add(out, request->note);
}
