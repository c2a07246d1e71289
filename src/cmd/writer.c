#include "cmd/writer.h"

#include <stdio.h>
#include <stdlib.h>

#include "cmd/place.h"

/* For a process that writes and does not answer, where one record is added. */
#define PATIENCE_MS 10000

int
writer_open(
    struct append **out, const struct writer_options *options, struct err *err)
{
	struct append_options how = {
	    .serve = options->serve, .patience_ms = options->patience_ms};
	char *origin = place_origin(options->dir, err);
	char *key = NULL, *state = NULL;
	int status = -1;

	if (origin && !options->key)
		key = place_key(slice_cstr(origin), err);
	if (origin && (options->key || key))
		state = place_state(err);
	how.ledger.key = options->key ? options->key : key;
	how.ledger.state = state;
	if (state)
		status = append_open(out, options->dir, &how, err);
	free(origin);
	free(key);
	free(state);
	return status;
}

void
writer_close(struct append *append)
{
	const struct err *unserved;

	if (!append)
		return;
	unserved = append_unserved(append);
	if (append_cut_bytes(append))
		fprintf(stderr,
		    "firn: %ju bytes of a write that was cut off were removed; "
		    "none of it had been acknowledged\n",
		    (uintmax_t)append_cut_bytes(append));
	if (unserved->code)
		fprintf(stderr,
		    "firn: no other command could write meanwhile: %s\n",
		    unserved->msg);
	append_close(append);
}

int
writer_add(const char *dir, const char *stream, struct slice raw,
    uint64_t *index, struct err *err)
{
	const struct writer_options how = {
	    .dir = dir, .patience_ms = PATIENCE_MS};
	const struct ledger_own own = {
	    .stream = slice_cstr(stream), .raw = raw};
	struct append *append = NULL;
	int status = writer_open(&append, &how, err);

	if (!status)
		status = append_own(append, &own, index, err);
	if (!status)
		status = append_sign(append, err);
	writer_close(append);
	return status;
}
