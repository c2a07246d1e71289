#include <stdio.h>

#include "cmd/ledger.h"
#include "cmd/sealing.h"

int
ledger_seal(const struct ledger_args *args, struct err *err)
{
	const char *dir = args->words[0];
	const struct manifest *manifest;
	struct sealing_done done = {0};
	struct seals *seals = NULL;
	bool left = false;
	int status = seals_open(&seals, dir, err);

	if (!status)
		status = sealing_pass(seals, dir, &done, err);
	if (!status)
		status = seals_sweep(seals, &left, err);
	if (!status) {
		manifest = seals_manifest(seals);
		printf("%12ju  records sealed now\n", (uintmax_t)done.sealed);
		if (done.merged)
			printf("%12zu  segments put together\n", done.merged);
		printf("%12ju  records in %zu segments\n",
		    (uintmax_t)manifest_end(manifest), manifest->count);
	}
	if (left)
		fputs("firn: somebody reads the ledger: what is not needed any "
		      "more stays until the next run\n",
		    stderr);
	seals_close(seals);
	if (!status)
		return 0;
	return err->code == ERR_CORRUPT ? 1 : 2;
}
