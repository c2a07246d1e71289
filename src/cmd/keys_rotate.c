#include "cmd/keys_rotate.h"

#include <stdio.h>
#include <stdlib.h>

#include "cmd/place.h"
#include "ledger/ledger_change.h"

static void
show(const char *dir, const char *path, const struct ledger_rotated *done)
{
	struct buf out = {0};

	buf_printf(&out, "ledger        %s\nsecret key    %s\nverifier key  ",
	    dir, path);
	key_print(&out, &done->new);
	buf_printf(&out, "\nsigns since   record %ju, %sinstead of %s+%08x\n",
	    (uintmax_t)done->index, done->before ? "already, " : "",
	    done->old.name, done->old.id);
	fwrite(out.ptr, 1, out.len, stdout);
	buf_release(&out);
}

int
keys_rotate(const char *dir, const char *key, const char *new, struct err *err)
{
	struct ledger_options options = {0};
	struct ledger_rotated done = {0};
	char *origin = place_origin(dir, err), *own = NULL, *state = NULL;
	int status = -1;

	if (!origin || (!key && !(own = place_key(slice_cstr(origin), err))))
		goto out;
	options.key = key ? key : own;
	options.state = state = place_state(err);
	if (!state || place_new_key(new, origin, err) ||
	    ledger_rotate(dir, &options, new, &done, err))
		goto out;
	place_tell_cut(done.found.cut_bytes);
	show(dir, new, &done);
	status = 0;
out:
	free(origin);
	free(own);
	free(state);
	return status;
}
