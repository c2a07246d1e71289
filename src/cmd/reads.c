#include "cmd/reads.h"

#include <stdio.h>

#include "cmd/who.h"
#include "cmd/writer.h"
#include "ledger/head.h"
#include "json/build.h"
#include "json/json.h"

static void
print(struct buf *out, const struct read_asked *asked)
{
	size_t mark = json_open(out, NULL, '{'), list;

	json_cstr(out, "by", asked->command);
	json_key(out, "query");
	json_add_str(out, asked->query);
	list = json_open(out, "tenants", '[');
	for (size_t i = 0; i < asked->tenant_count; i++)
		json_text(out, NULL, asked->tenants[i]);
	json_close(out, list);
	json_text(out, "purpose", asked->purpose);
	who_add(out);
	json_close(out, mark);
}

void
reads_record(const char *dir, const struct read_asked *asked)
{
	struct buf raw = {0};
	struct err err = {0};
	uint64_t index;

	/* Of what is no ledger nothing will be shown. */
	if (head_is(dir, NULL))
		return;
	print(&raw, asked);
	if (writer_add(dir, "read", buf_slice(&raw), &index, &err))
		fprintf(stderr,
		    "firn: this read is not recorded in the ledger: %s\n",
		    err.msg);
	buf_release(&raw);
}
