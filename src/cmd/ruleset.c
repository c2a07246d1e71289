#include "cmd/ruleset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

int
ruleset_load(const struct ruleset *set, struct rules **out, struct err *err)
{
	struct rules_report report = {0};
	struct rules_source source = {.placeholders = set->placeholders,
	    .placeholder_count = set->placeholder_count};
	const char **paths = xcalloc(set->count + 1, sizeof(*paths));
	char *shipped = rules_shipped_dir(err), *mapping = NULL;
	const char *mappings[1];
	int status = -1;

	if (!shipped && set->shipped)
		goto out;
	if (shipped && set->shipped)
		paths[source.path_count++] = shipped;
	for (size_t i = 0; i < set->count; i++)
		paths[source.path_count++] = set->paths[i];
	source.paths = paths;
	/* Others' rules need our mappings, too. */
	if (shipped && !set->shipped) {
		mapping = xmalloc(strlen(shipped) + sizeof("/mapping"));
		memcpy(mapping, shipped, strlen(shipped) + 1);
		memcpy(
		    mapping + strlen(shipped), "/mapping", sizeof("/mapping"));
		mappings[0] = mapping;
		source.mappings = mappings;
		source.mapping_count = 1;
	}
	status = rules_load(out, &source, &report, err);
	for (size_t i = 0; !status && i < report.count; i++) {
		const struct rules_problem *p = &report.list[i];

		fprintf(stderr, "firn: " SLICE_FMT ":%u:%u: " SLICE_FMT "\n",
		    SLICE_ARG(p->path), p->line, p->column,
		    SLICE_ARG(p->reason));
	}
out:
	rules_report_release(&report);
	free(paths);
	free(shipped);
	free(mapping);
	return status;
}
