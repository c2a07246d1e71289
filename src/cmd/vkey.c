#include "cmd/vkey.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "ledger/dir.h"

#define FILE_MAX ((size_t)64 << 10)

static int
read_lines(
    struct keys *keys, const char *path, struct slice rest, struct err *err)
{
	for (unsigned line = 1; rest.len; line++) {
		if (keys->count == KEYS_MAX)
			return err_set(err, ERR_USAGE,
			    "'%s' has more than %d keys", path, KEYS_MAX);
		if (key_parse(
		        slice_cut(&rest, '\n'), &keys->list[keys->count], err))
			return err_context(err, "%s:%u", path, line);
		keys->count++;
	}
	return keys->count ? 0 : err_set(err, ERR_USAGE, "'%s' is empty", path);
}

int
vkey_read(struct keys *keys, const char *word, struct err *err)
{
	struct buf text = {0};
	bool found = false;
	int status;

	keys->list = xcalloc(KEYS_MAX, sizeof(*keys->list));
	status = dir_read(word, FILE_MAX, &text, &found, err);
	if (status) {
		err_context(err, "--key");
	} else if (found) {
		status = read_lines(keys, word, buf_slice(&text), err);
	} else if (key_parse(slice_cstr(word), keys->list, err)) {
		status = err_context(
		    err, "--key: '%s' is no file, and no verifier key", word);
	} else {
		keys->count = 1;
	}
	buf_release(&text);
	return status;
}
