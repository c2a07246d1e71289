#include <inttypes.h>
#include <stdio.h>

#include "cmd/ledger.h"
#include "ledger/publish.h"

int
ledger_publish(const struct ledger_args *args, struct err *err)
{
	const char *out = args->words[1];
	struct publish_report r;

	if (publish(args->words[0], out, args->bundles, &r, err))
		return err->code == ERR_CORRUPT ? 1 : 2;
	printf("%s: %" PRIu64 " records, %" PRIu64 " of them new; %" PRIu64
	       " tiles and %" PRIu64 " bundles of entries written\n",
	    out, r.size, r.size - r.before, r.tiles, r.bundles);
	return 0;
}
