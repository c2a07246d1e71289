#include "cmd/check_ask.h"

#include "cmd/child.h"
#include "store/query.h"

int
check_ask(const char *dir, const char *sql, struct buf *rows, struct slice *out,
    struct err *err)
{
	const char *argv[] = {"firn-query", dir, "csv", NULL};
	struct plan_list all = {0};
	struct plan plan = {0};
	struct buf input = {0};
	int status = query_plan_sql(
	    slice_cstr(sql), &all, SLICE("firn check"), &plan, err);

	if (!status) {
		plan_print(&input, &plan);
		status = child_run(argv, buf_slice(&input), rows, err) ? -1 : 0;
		if (status && !err->code)
			err_set(err, ERR_SYSTEM, "it cannot be searched");
		*out = buf_slice(rows);
		(void)slice_cut(out, '\n');
	}
	plan_release(&plan);
	buf_release(&input);
	return status;
}
