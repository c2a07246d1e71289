#include "cmd/verify_columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/child.h"

static int
read_answer(
    struct slice line, struct verified_columns *columns, struct err *err)
{
	if (slice_to_u64(slice_cut(&line, ' '), &columns->compared) &&
	    slice_to_u64(slice_cut(&line, ' '), &columns->others) &&
	    slice_to_u64(line, &columns->without_country))
		return 0;
	return err_set(
	    err, ERR_SYSTEM, "firn-seal does not say what it compared");
}

int
verify_columns(const char *dir, uint64_t sealed,
    struct verified_columns *columns, struct err *err)
{
	const char *tmp = getenv("TMPDIR");
	struct buf said = {0}, folder = {0};
	struct slice rest, line;
	char end[24];
	int code;

	*columns = (struct verified_columns){0};
	if (!sealed)
		return 0;
	snprintf(end, sizeof(end), "%ju", (uintmax_t)sealed);
	buf_printf(&folder, "%s/firn-verify-XXXXXX", tmp ? tmp : "/tmp");
	buf_char(&folder, '\0');
	if (!mkdtemp(folder.ptr)) {
		code = err_sys(err, "cannot make a folder '%s'", folder.ptr);
	} else {
		const char *argv[] = {
		    "firn-seal", "check", dir, "0", end, folder.ptr, NULL};

		code = child_run(argv, SLICE(""), &said, err);
		rmdir(folder.ptr);
	}
	rest = buf_slice(&said);
	line = slice_cut(&rest, '\n');
	if (code == 1)
		err_set(err, ERR_CORRUPT, SLICE_FMT, SLICE_ARG(line));
	else if (code > 1)
		err_set(err, ERR_SYSTEM, "the columns could not be compared");
	else if (!code)
		code = read_answer(line, columns, err);
	buf_release(&said);
	buf_release(&folder);
	return code ? -1 : 0;
}
